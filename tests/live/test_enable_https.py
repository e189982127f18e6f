"""Certificates and ports, and what ``check`` and ``enable`` notice of them."""

import json
import re
import ssl
import subprocess
import time
import unittest

from tests.support.apache_case import HttpsCase
from tests.support.check_case import needs_root
from tests.support.ports import free_port


class Noticed(HttpsCase):

    def findings(self, project):
        """What check finds, by code."""
        report = json.loads(self.run_command(
            "check", project, "--json", "--no-load", "--server-config",
            self.config, status=None)[0])
        return {each["code"]: each for each in report["sites"][0]["problems"]}

    def mend(self, finding):
        """Do as the finding says."""
        subprocess.run(re.sub(r"\bsudo ", "", finding["fix"]), shell=True,
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def served(self):
        """The certificate that visitors get."""
        return ssl.get_server_certificate(("127.0.0.1", self.https))

    def test_a_renewed_certificate(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        self.enable(shop)
        self.assertEqual(self.served(), certificate.read_text())
        self.assertNotIn("MWD708", self.findings(shop))
        for mend in (lambda: self.enable(shop),
                     lambda: self.mend(self.findings(shop)["MWD708"])):
            before = self.served()
            time.sleep(0.02)
            self.certificate("shop")
            self.assertIn("MWD708", self.findings(shop))
            mend()
            end = time.monotonic() + 60
            while self.served() == before and time.monotonic() < end:
                time.sleep(0.01)
            self.assertEqual(self.served(), certificate.read_text())
            self.assertNotIn("MWD708", self.findings(shop))
        self.assertIn("shop is on already", self.enable(shop)[0])

    @needs_root
    def test_processes_of_a_user_of_before(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        self.enable(shop)
        self.assertNotIn("MWD429", self.findings(shop))
        path = self.root / "sites-available" / "shop.conf"
        path.write_text(re.sub(r"(WSGIDaemonProcess \S+)",
                               r"\1 user=daemon", path.read_text()))
        found = self.findings(shop)["MWD429"]
        self.assertRegex(found["message"], r"runs as www-data\b.* as daemon$")
        self.mend(found)
        end = time.monotonic() + 60
        while "MWD429" in self.findings(shop) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertNotIn("MWD429", self.findings(shop))

    def test_ciphers_of_old(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        path = shop / "apache" / "shop"
        self.assertNotIn("MWD707", self.findings(shop))
        path.write_text(re.sub(r"(SSLCipherSuite) \S+", r"\1 HIGH:!aNULL",
                               path.read_text()))
        found = self.findings(shop)["MWD707"]
        self.assertRegex(found["message"], "leaves AES128.* more on")
        self.mend(found)
        self.assertNotIn("MWD707", self.findings(shop))
        self.enable(shop)
        self.assertEqual(self.served(), certificate.read_text())

    def test_a_renewed_certificate_that_has_no_key(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        self.enable(shop)
        before, pid = self.served(), self.pid
        self.certificate("other")
        certificate.write_text((self.top / "other.pem").read_text())
        _, err = self.enable(shop, "--no-check", status=1)
        self.assertIn(f"{key} is not the key of {certificate}", err)
        self.assertEqual((self.served(), self.pid), (before, pid))

    def test_a_port_that_nobody_listens_at(self):
        port = free_port()
        shop = self.project("shop", f"--server-name={self.name}",
                            f"--port={port}", "--mount-point=/")
        finding = self.findings(shop)["MWD428"]
        self.assertIn(f"is for port {port}, at which Apache does not listen",
                      finding["message"])
        self.mend(finding)
        self.assertNotIn("MWD428", self.findings(shop))
        self.assertIn("shop is on", self.enable(shop)[0])


if __name__ == "__main__":
    unittest.main()
