"""Certificates that enable has the real certbot get, from pebble."""

import json
import os
import subprocess
import unittest
from unittest import mock

from tests.support.acme import Certbot, authority
from tests.support.own_network import UsualPortsCase

NAME, OTHER = "shop.example", "www.shop.example"


class ByCertbot(UsualPortsCase):

    def setUp(self):
        super().setUp()
        (self.top / "acme").mkdir()
        (self.top / "bin").mkdir()
        Certbot(self.top / "acme", self, 80, 443).install(
            self.top / "bin" / "certbot")
        path = mock.patch.dict(os.environ, {
            "PATH": f"{self.top}/bin:{os.environ['PATH']}"})
        path.start()
        self.addCleanup(path.stop)

    def test_enable_has_certbot_get_and_install_it(self):
        with authority(self.top / "acme", 80) as url:
            shop = self.project(
                "shop", f"--server-name={NAME}", "--mount-point=/",
                "--https=certbot", "--acme-agree",
                "--acme-contact=admin@shop.example",
                f"--acme-directory={url}")
            out, err = self.enable(shop, "--no-check")
            self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
            self.assertIn("having certbot get a certificate", err)
            self.assertIn("sites-enabled/shop-le-ssl.conf", self.tree())
            self.assertEqual(self.served(), "200 0")
            self.assertEqual(self.get("/seen", host=NAME).status, 301)
            # There is nothing more to do, and what it wrote is kept.
            before = self.tree()
            out, err = self.enable(shop)
            self.assertIn("shop is on already", out)
            self.assertNotIn("certbot", err)
            self.assertEqual(self.tree(), before)
            # Another name is another certificate.
            self.run_command("deploy", shop, "-q", f"--server-alias={OTHER}",
                             "--limit-request-body=4711")
            out, _ = self.enable(shop, "--no-check")
            self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
            self.assertEqual(self.served(OTHER), "200 0")
            self.assertIn("4711", (self.root / "sites-enabled"
                                   / "shop-le-ssl.conf").read_text())
            self.assertEqual(self.findings(shop), set())
        # The authority is gone, and the site stays as it is.
        blog = self.project(
            "blog", "--server-name=blog.example", "--mount-point=/",
            "--https=certbot", "--acme-agree",
            "--acme-contact=admin@shop.example", f"--acme-directory={url}")
        out, err = self.enable(blog, "--no-check", status=1)
        self.assertIn("blog is on, without a certificate that works", out)
        self.assertIn("so the site is served by plain HTTP alone", err)
        self.assertRegex(err, "Connection refused|Max retries")
        self.assertEqual(self.get("/seen", host="blog.example").status, 200)

    def served(self, name=NAME):
        return subprocess.run(
            ["curl", "-sS", "--cacert", f"{self.top}/acme/root.pem",
             "--resolve", f"{name}:443:127.0.0.1", "-o", os.devnull, "-w",
             "%{http_code} %{ssl_verify_result}", f"https://{name}/seen"],
            check=False, text=True, stdout=subprocess.PIPE, timeout=60).stdout

    def findings(self, shop):
        out, _ = self.run_command(
            "check", shop, "--enabled", "--json", "--no-load",
            "--server-config", self.config, status=None)
        return {each["code"] for each in json.loads(out)["sites"][0][
            "problems"] if each["code"].startswith("MWD7")}


if __name__ == "__main__":
    unittest.main()
