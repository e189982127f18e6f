"""Certificates for trying it: those that enable makes, and that of serve."""

import json
import os
import ssl
import subprocess
import unittest

from tests.support import samples
from tests.support.apache_case import BIN
from tests.support.own_network import UsualPortsCase

NAME, OTHER = "shop.example", "www.shop.example"


class Enabled(UsualPortsCase):

    def test_enable_makes_a_certificate_and_takes_it_back(self):
        pair = self.root / "self-signed" / f"{NAME}.pem"
        key = pair.with_suffix(".key")
        shop = self.project(
            "shop", f"--server-name={NAME}", "--mount-point=/",
            "--https=self-signed", f"--certificate={pair}")
        out, err = self.enable(shop, "-n", "--no-check")
        self.assertIn("shop would be switched on", out)
        self.assertIn(f"{key}: is not made yet", err)
        self.assertFalse(pair.parent.exists())
        # What does not work leaves nothing.
        module = shop / "bare_app.py"
        working = module.read_text()
        module.write_text("raise ValueError(7)\n")
        before = self.tree()
        _, err = self.enable(shop, "--no-check", status=1)
        self.assertIn(f"https://{NAME}/ answers 500", err)
        self.assertEqual(self.tree(), before)
        self.assertFalse(pair.parent.exists())
        module.write_text(working)
        out, _ = self.enable(shop, "--no-check")
        self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.check(pair, NAME)
        self.assertEqual(self.get("/seen", host=NAME).status, 301)
        # It is for the names of the host, whatever they are.
        first = pair.read_text()
        self.enable(shop, "--no-check")
        self.assertEqual(pair.read_text(), first)
        self.run_command("deploy", shop, "-q", f"--server-alias={OTHER}")
        self.enable(shop, "--no-check")
        self.check(pair, OTHER)
        # So it goes.
        out, _ = self.disable(shop, "--purge", "-n")
        self.assertIn(f"remove    {key}", out)
        self.assertTrue(key.exists())
        out, _ = self.disable(shop, "--purge")
        self.assertIn(f"remove    {pair}", out)
        self.assertFalse(pair.parent.exists())

    def check(self, pair, name):
        """The certificate is served, and is for ``name``."""
        trusted = ssl.create_default_context(cafile=pair)
        answer = subprocess.run(
            ["curl", "-sS", "--cacert", pair, "--resolve",
             f"{name}:443:127.0.0.1", "-o", os.devnull, "-w",
             "%{http_code} %{ssl_verify_result}", f"https://{name}/seen"],
            check=True, text=True, stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(answer.stdout, "200 0")
        self.assertEqual(len(trusted.get_ca_certs()), 0)    # no authority


class Served(unittest.TestCase):

    def serve(self, *options):
        sample = samples.paste()
        return subprocess.Popen(
            [BIN / "modwsgideploy", "serve", sample.directory, "--https",
             "--virtualenv", sample.virtualenv, "--config", sample.config,
             *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def test_serve_has_a_certificate_for_the_name_on_this_machine(self):
        process = self.serve("--server-name", NAME, "--json", "--probe=/seen")
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, out + err)
        site, = json.loads(out)["sites"]
        self.assertRegex(site["url"],
                         rf"https://{NAME}\.localhost:\d+/seen")

    def test_serve_has_one_for_a_site_without_a_host(self):
        process = self.serve()
        try:
            line = process.stdout.readline()
            self.assertRegex(line, r"Serving https://127\.0\.0\.1:\d+/")
            done = subprocess.run(
                ["curl", "-skS", "-o", os.devnull, "-w", "%{http_code}",
                 line.split()[1] + "/seen"], check=True, text=True,
                stdout=subprocess.PIPE, timeout=60)
            self.assertEqual(done.stdout, "200")
        finally:
            process.terminate()
            process.communicate(timeout=60)


if __name__ == "__main__":
    unittest.main()
