"""The real certbot on generated sites, with an authority of our own."""

import time
import unittest

from tests.support.acme import Certbot, authority
from tests.support.apache_case import ApacheCase, free_port

NAME = "shop.example"


class Certificates(ApacheCase):

    def setUp(self):
        super().setUp()
        self.https = free_port()
        for name in ("ssl", "socache_shmcb", "setenvif", "rewrite",
                     "authz_host"):
            if name not in self.httpd.static:
                self.module(name)
        with (self.root / "ports.conf").open("a") as stream:
            stream.write(f"Listen {self.https} https\n")
        (self.top / "acme").mkdir()
        self.certbot = Certbot(self.top / "acme", self, self.port, self.https)
        self.copy = self.root / "sites-available" / "shop-le-ssl.conf"

    def enable_shop(self, *options):
        """A site that is on, and whose imports are noted."""
        self.shop = self.project(
            "shop", f"--server-name={NAME}", f"--port={self.port}",
            "--mount-point=/", *options)
        self.imported = self.top / "imported"
        self.imported.touch(0o666)
        self.imported.chmod(0o666)
        with (self.shop / "bare_app.py").open("a") as stream:
            stream.write("\nimport os\nwith open(%r, 'a') as stream:\n"
                         "    stream.write('%%d\\n' %% os.getpid())\n"
                         % str(self.imported))
        self.enable(self.shop, "--no-check")

    def certify(self):
        """Have certbot get a certificate, and install it."""
        with authority(self.top / "acme", self.port) as server:
            self.certbot.run(server, "run", "--apache", "--redirect", "-d",
                             NAME)
        # It writes 443, whatever it is told, and others may have that.
        self.copy.write_text(self.copy.read_text().replace(
            "<VirtualHost *:443>", f"<VirtualHost *:{self.https}>"))
        self.reload()

    def reload(self):
        before = self.generation()
        self.apache("graceful")
        while self.generation() == before:
            time.sleep(0.01)

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns

    def by_http(self, path="/seen"):
        return self.get(path, host=NAME)

    def by_https(self, path="/seen"):
        return self.get(path, host=NAME, port=self.https, tls=True)

    def test_its_copy_of_a_site_that_is_loaded_at_the_start_works(self):
        self.enable_shop("--test-page=local")
        self.certify()
        self.imported.write_text("")
        self.reload()
        deadline = time.monotonic() + 10
        while not self.imported.read_text():
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.01)
        for path in "/seen", "/test.wsgi":
            self.assertEqual(self.by_https(path).status, 200)
            self.assertEqual(self.by_http(path).status, 301)
        self.assertIn(b'"process_group": "shop', self.by_https().body)
        pids = self.imported.read_text().split()
        self.assertEqual(len(pids), len(set(pids)))


if __name__ == "__main__":
    unittest.main()
