"""Certificates that enable has the real certbot get, from pebble."""

import json
import os
import signal
import subprocess
import time
import unittest
from unittest import mock

from tests.support.acme import Certbot, authority, refusing
from tests.support.own_network import UsualPortsCase
from tests.support.ports import free_port

NAME, OTHER = "shop.example", "www.shop.example"


class CertbotCase(UsualPortsCase):
    """An Apache at the usual ports, and a certbot that knows of it."""

    def setUp(self):
        super().setUp()
        (self.top / "acme").mkdir()
        (self.top / "bin").mkdir()
        self.certbot = Certbot(self.top / "acme", self, 80, 443)
        self.certbot.install(self.top / "bin" / "certbot")
        path = mock.patch.dict(os.environ, {
            "PATH": f"{self.top}/bin:{os.environ['PATH']}"})
        path.start()
        self.addCleanup(path.stop)

    def options(self, url):
        return ("--https=certbot", "--acme-agree",
                "--acme-contact=admin@shop.example", f"--acme-directory={url}")

    def shop_project(self, url):
        return self.project("shop", f"--server-name={NAME}",
                            "--mount-point=/", *self.options(url))

    def served(self, name=NAME):
        return subprocess.run(
            ["curl", "-sS", "--cacert", f"{self.top}/acme/root.pem",
             "--resolve", f"{name}:443:127.0.0.1", "-o", os.devnull, "-w",
             "%{http_code} %{ssl_verify_result}", f"https://{name}/seen"],
            check=False, text=True, stdout=subprocess.PIPE, timeout=60).stdout

    def foretold(self, project):
        """What -n has of the site, in --json."""
        out, _ = self.enable(project, "-n", "--json", "--no-check")
        return json.loads(out)["sites"][0]


class ByCertbot(CertbotCase):

    def test_enable_has_certbot_get_and_install_it(self):
        with authority(self.top / "acme", 80) as url:
            shop = self.shop_project(url)
            _, err = self.enable(shop, "-n", "--no-check")
            self.assertIn("shop: would have certbot get a certificate for"
                          f" {NAME}\n", err)
            out, err = self.enable(shop, "--no-check")
            self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
            self.assertIn("having certbot get a certificate", err)
            self.assertIn("sites-enabled/shop-le-ssl.conf", self.tree())
            self.assertEqual(self.served(), "200 0")
            self.assertEqual(self.get("/seen", host=NAME).status, 301)
            # There is nothing more to do, and what it wrote is kept.
            before = self.tree()
            self.assertEqual(
                [self.foretold(shop)[key] for key in ("status", "certificate")
                 ], ["unchanged", None])
            out, err = self.enable(shop)
            self.assertIn("shop is on already", out)
            self.assertNotIn("certbot", err)
            self.assertEqual(self.tree(), before)
            # Another name is another certificate.
            self.run_command("deploy", shop, "-q", f"--server-alias={OTHER}",
                             "--limit-request-body=4711")
            self.assertEqual(self.foretold(shop)["certificate"],
                             {"from": "certbot", "names": [NAME, OTHER]})
            out, _ = self.enable(shop, "--no-check")
            self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
            self.assertEqual(self.served(OTHER), "200 0")
            self.assertIn("4711", (self.root / "sites-enabled"
                                   / "shop-le-ssl.conf").read_text())
            self.assertEqual(self.findings(shop), set())
            self.renewed(shop, url)
        self.another_that_cannot(shop, url)

    def renewed(self, shop, url):
        """What certbot renews is served, and stays as it is."""
        def serial():
            return ssl_certificate(NAME)

        first, before = serial(), self.tree()
        self.certbot.run(url, "renew", "--force-renewal",
                         "--no-random-sleep-on-renew")
        end = time.monotonic() + 60
        while serial() == first:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        out, err = self.enable(shop)
        self.assertIn("shop is on already", out)
        self.assertNotIn("certbot", err)
        self.assertEqual(self.tree(), before)

    def another_that_cannot(self, shop, url):
        """With the authority gone a site stays as it was, with HTTPS."""
        before = self.tree()
        self.run_command("deploy", shop, "-q", "--server-alias=a.example",
                         "--limit-request-body=4712")
        out, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("not switched on: all is as it was before", out)
        self.assertRegex(err, "Connection refused|Max retries")
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.served(OTHER), "200 0")

    def findings(self, shop):
        out, _ = self.run_command(
            "check", shop, "--enabled", "--json", "--no-load",
            "--server-config", self.config, status=None)
        return {each["code"] for each in json.loads(out)["sites"][0][
            "problems"] if each["code"].startswith("MWD7")}


def ssl_certificate(name):
    """The certificate that is served for ``name``, in PEM."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", "127.0.0.1:443", "-servername",
         name], stdin=subprocess.DEVNULL, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    return done.stdout.partition("-----END")[0].partition("-----BEGIN")[2]


class Refused(CertbotCase):

    def test_a_site_stays_off_until_it_has_a_certificate(self):
        port = free_port()
        shop = self.shop_project(f"https://localhost:{port}/dir")
        self.before = self.tree()
        self.refused(shop, "Connection refused|Max retries")
        with authority(self.top / "acme", 81, port) as url:
            self.refused(shop, f"Detail: .*{NAME}.*Connection refused"
                               "|Detail: .*connection refused")
        with authority(self.top / "acme", 80) as url:
            with refusing(self.top / "acme", url, {
                    "type": "urn:ietf:params:acme:error:rateLimited",
                    "detail": "too many certificates already issued"}
                    ) as limited:
                self.run_command("deploy", shop, "-q", *self.options(limited))
                self.refused(shop, "the authority says: too many certificates")
            self.run_command("deploy", shop, "-q", *self.options(url))
            self.ended(shop, signal.SIGINT)
            self.ended(shop, signal.SIGKILL)

    def refused(self, shop, words):
        out, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("not switched on: all is as it was before", out)
        self.assertIn("certbot got or installed no certificate", err)
        self.assertRegex(err, words)
        self.assertEqual(self.tree(), self.before)

    def ended(self, shop, number):
        """Whatever ends enable, nothing of certbot's challenge stays."""
        process = self.start_command(
            "enable", shop, "--no-check", "--server-config", self.config)
        conf = self.root / "sites-available" / "shop.conf"
        end = time.monotonic() + 60
        while not (conf.exists() and "le_http_01" in conf.read_text()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(90)
        if number == signal.SIGINT:
            after = self.tree()
            after.pop(".certbot.lock", "")
            self.assertEqual(after, self.before)
            return
        # Certbot goes on, and the next run waits for it.
        _, err = self.enable(shop, "--no-check")
        self.assertIn("killed: shop is now on: http", err)
        self.assertEqual(self.served(), "200 0")
        self.assertNotIn("le_http_01", "".join(self.tree().values()))


if __name__ == "__main__":
    unittest.main()
