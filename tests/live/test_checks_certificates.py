"""Certificates and their keys.

Each failure is foretold, seen, and mended by the printed fix.
"""

import subprocess

from tests.support.check_case import HOST, CheckCase


class Certificates(CheckCase):

    http2 = ("http2",)

    def certify(self, name, *options):
        """Make a certificate for NAME.pem and NAME.key."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", f"/CN={HOST}", "-keyout", self.top / f"{name}.key",
             "-out", self.top / f"{name}.pem", *options], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def deploy_with(self, certificate, key):
        self.modules = ("ssl", "socache_shmcb", *self.http2)
        # Apache would have to listen on 80 and 443, which others may have.
        self.deploy(f"--server-name={HOST}", "--skip=MWD428",
                    f"--certificate={self.top}/{certificate}",
                    f"--certificate-key={self.top}/{key}")

    def test_a_good_one_has_no_finding(self):
        self.certify("good", "-days", "60")
        self.deploy_with("good.pem", "good.key")
        self.assertEqual(self.check(), {})

    def test_http2_is_offered_and_apache_does_not_load_it(self):
        self.certify("good", "-days", "60")
        self.http2 = ()
        self.deploy_with("good.pem", "good.key")
        with self.apache():
            found = self.findings()["MWD314"]
            self.assertIn("the module http2: it offers no HTTP/2",
                          found["message"])
            self.mend(found)
            self.assertEqual(self.findings(), {})

    def test_a_key_of_another_certificate(self):
        self.certify("one", "-days", "60")
        self.certify("two", "-days", "60")
        self.deploy_with("one.pem", "two.key")
        self.assertEqual(set(self.check()), {"MWD702"})
        self.assertRegex(self.visit(), "did not start(.|\n)*AH02565")

    def test_one_that_is_missing(self):
        self.certify("one", "-days", "60")
        self.deploy_with("gone.pem", "one.key")
        self.assertEqual(set(self.check()), {"MWD701"})
        self.assertRegex(self.visit(), "did not start")

    def test_one_that_ends_soon(self):
        self.certify("near", "-days", "5")
        self.deploy_with("near.pem", "near.key")
        self.assertEqual(set(self.check()), {"MWD703"})
