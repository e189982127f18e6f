"""Certificates and their keys.

Each failure is foretold, seen, and mended by the printed fix.
"""

import subprocess

from tests.support.check_case import HOST, CheckCase


class Certificates(CheckCase):

    def certify(self, name, *options):
        """Make a certificate for NAME.pem and NAME.key."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", f"/CN={HOST}", "-keyout", self.top / f"{name}.key",
             "-out", self.top / f"{name}.pem", *options], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def deploy_with(self, certificate, key):
        self.modules = ("ssl", "socache_shmcb")
        # Apache would have to listen on 80 and 443, which others may have.
        self.deploy(f"--server-name={HOST}", "--skip=MWD428",
                    f"--certificate={self.top}/{certificate}",
                    f"--certificate-key={self.top}/{key}")

    def test_a_good_one_has_no_finding(self):
        self.certify("good", "-days", "60")
        self.deploy_with("good.pem", "good.key")
        self.assertEqual(self.check(), {})

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
