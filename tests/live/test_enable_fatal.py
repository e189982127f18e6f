"""What would end all of Apache is never given to it, not even unchecked."""

import contextlib
import re
import socket
import threading
import unittest

from tests.support.apache_case import HttpsCase


class Fatal(HttpsCase):

    def setUp(self):
        super().setUp()
        self.before = self.tree()
        (self.root / "documents" / "page.html").write_text("here")

    @contextlib.contextmanager
    def asking(self):
        """The statuses of requests to another page meanwhile (list)."""
        answers, enough = [], threading.Event()

        def ask():
            while not enough.is_set():
                answers.append(self.get("/page.html").status)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield answers
        finally:
            enough.set()
            thread.join()

    def refused(self, project, *words):
        """It is not switched on, and nobody notices."""
        pid = self.pid
        with self.asking() as answers:
            _, err = self.enable(project, "--no-check", status=1)
        for word in words:
            self.assertIn(word, err)
        self.assertEqual(self.tree(), self.before)
        self.assertEqual(self.pid, pid)
        self.assertEqual(set(answers), {200})

    def test_a_key_with_a_passphrase(self):
        certificate, key = self.certificate("shop", "secret")
        self.refused(self.shop(certificate, key), str(key), "password",
                     "MWD702")

    def test_a_key_of_another_certificate(self):
        certificate, _ = self.certificate("shop")
        _, key = self.certificate("other")
        self.refused(self.shop(certificate, key), str(key), "MWD702")

    def test_a_certificate_that_is_none(self):
        certificate, key = self.certificate("shop")
        certificate.write_text("this is no certificate\n")
        self.refused(self.shop(certificate, key), str(certificate), "MWD702")

    def test_a_log_directory_that_is_missing(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        conf = shop / "apache" / "shop"
        conf.write_text(conf.read_text().replace(
            f"{self.root}/log/", f"{self.root}/nolog/"))
        self.refused(shop, f"{self.root}/nolog", "MWD109")

    def test_an_access_log_whose_directory_is_missing(self):
        shop = self.project("shop")
        conf = shop / "apache" / "shop"
        path = f"{self.top}/nolog/access.log"
        conf.write_text(conf.read_text() + f"CustomLog {path} combined\n")
        self.refused(shop, path)

    def test_of_many_sites_the_others_go_on(self):
        certificate, key = self.certificate("shop", "secret")
        shop = self.shop(certificate, key)
        manifest = self.top / "sites.ini"
        cafe = self.project("cafe")
        manifest.write_text("[DEFAULT]\nplatform = debian\nin-place = yes\n"
                            + "".join(f"[{path.name}]\nproject = {path}\n"
                                      for path in (shop, cafe)))
        pid = self.pid
        out, err = self.enable(manifest, "--no-check", status=1)
        self.assertIn("1 on", out)
        self.assertRegex(err, r"(?m)^shop: Apache would end")
        self.assertEqual(self.pid, pid)
        self.assertEqual(self.get("/cafe/seen").status, 200)

    def test_a_port_that_another_program_has(self):
        shop = self.project("shop")
        conf = shop / "apache" / "shop"
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            conf.write_text(conf.read_text() + f"Listen 127.0.0.1:{port}\n")
            self.refused(shop, f"127.0.0.1:{port}", "cannot listen")

    def test_what_only_mod_ssl_refuses(self):
        shop = self.shop(*self.certificate("shop"))
        conf = shop / "apache" / "shop"
        generated = conf.read_text()
        key = self.top / "shop.key"
        for line, said in (
                ("SSLCipherSuite NONSENSE", "no cipher match"),
                ("SSLCipherSuite TLSv1.3 NONSENSE", "TLSv1.3 ciphers"),
                ("SSLProtocol -all", "No SSL protocols available"),
                ("SSLOpenSSLConfCmd Curves nonsense", "Curves nonsense"),
                ("SSLUseStapling on", "no stapling cache"),
                (f"SSLCACertificateFile {key}", "no certificate or crl"),
                ("SSLCARevocationCheck chain", "CRL checking")):
            conf.write_text(re.sub("(?=</VirtualHost>)", f"    {line}\n",
                                   generated))
            with self.subTest(line):
                self.refused(shop, "shop.conf: mod_ssl refuses it: ", said)

    def test_an_apache_that_ends_nevertheless_runs_again(self):
        shop = self.project("shop")
        conf = shop / "apache" / "shop"
        conf.write_text(conf.read_text()
                        + f"CustomLog {self.root}/log combined\n")
        out, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("Apache ended", err)
        self.assertIn("all is as it was before", out)
        self.assertEqual(self.tree(), self.before)
        self.wait("/neighbour/seen")

    def test_a_certificate_as_it_should_be(self):
        out, _ = self.enable(self.shop(*self.certificate("shop")),
                             "--no-check")
        self.assertIn("shop is on", out)


if __name__ == "__main__":
    unittest.main()
