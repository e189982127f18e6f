"""Certificates that Apache gets itself, by mod_md, from a real authority
(pebble) in a network of its own."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from tests.support import samples
from tests.support.acme import authority, refusing
from tests.support.browser import Browser
from tests.support.own_network import UsualPortsCase
from tests.support.ports import free_port

NAME, OTHER, THIRD = "shop.example", "www.shop.example", "old.shop.example"


class AutoCase(UsualPortsCase):
    """An Apache at the usual ports, and an authority that asks it."""

    def lay_out(self):
        super().lay_out()
        for name in ("md", "http2"):
            if name not in self.httpd.static:
                self.module(name)
        (self.root / "mods-enabled" / "md.load").unlink()
        (self.top / "acme").mkdir()

    def options(self, url):
        return (f"--acme-directory={url}", f"--acme-ca={self.top}/acme/"
                "cert.pem", "--https=auto", "--acme-agree",
                "--acme-contact=admin@shop.example")

    def certificate_of(self, name=NAME):
        """What is served for ``name``, as openssl prints it; it has to be one
        of the authority's, for that name."""
        trusted = ssl.create_default_context(
            cafile=f"{self.top}/acme/root.pem")
        with socket.create_connection(("127.0.0.1", 443), 30) as plain, \
                trusted.wrap_socket(plain, server_hostname=name) as stream:
            served = ssl.DER_cert_to_PEM_cert(stream.getpeercert(True))
        return subprocess.run(
            ["openssl", "x509", "-noout", "-serial", "-ext",
             "subjectAltName"], input=served, text=True, check=True,
            stdout=subprocess.PIPE).stdout


class Certified(AutoCase):

    def test_from_the_first_certificate_to_a_renewed_one(self):
        with authority(self.top / "acme", 80) as url:
            self.url = url
            self.first()
            self.answers()
            self.tls()
            self.in_a_browser()
            self.another_name()
            self.renewal()
            self.another_application()

    def first(self):
        self.shop = self.project(
            "shop", f"--server-name={NAME}", f"--server-alias={OTHER}",
            f"--canonical={NAME}", "--mount-point=/", "--hsts",
            *self.options(self.url))
        before = self.tree()
        out, err = self.enable(self.shop, "-n", "--json", "--no-check")
        self.assertIn(f"shop: would ask {self.url} for a certificate for"
                      f" {NAME} and {OTHER}\n", err)
        site, = json.loads(out)["sites"]
        self.assertEqual((site["status"], site["certificate"]), (
            "on", {"from": self.url, "names": [NAME, OTHER]}))
        self.assertEqual(self.tree(), before)
        out, err = self.enable(self.shop, "--no-check")
        self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
        self.assertIn(f"asking {self.url} for a certificate for {NAME} and"
                      f" {OTHER}\n", err)
        self.assertIn(f"DNS:{NAME}, DNS:{OTHER}", self.certificate_of())
        self.assertIn("mods-enabled/md.load", self.tree())
        self.assertNotIn("certificate.conf", str(self.tree().keys()))
        out, _ = self.enable(self.shop)
        self.assertIn("shop is on already; nothing was changed", out)
        out, _ = self.enable(self.shop, "-n", "--json")
        self.assertIsNone(json.loads(out)["sites"][0]["certificate"])

    def answers(self):
        """Each name, with and without HTTPS, leads to one address."""
        for name, tls in ((NAME, False), (OTHER, False), (OTHER, True)):
            answer = self.get("/a%2Fb?x=1", host=name, tls=tls,
                              port=443 if tls else 80)
            self.assertEqual(
                (answer.status, answer.header("Location")),
                (301, f"https://{NAME}/a%2Fb?x=1"), (name, tls))
        for name in NAME, OTHER:
            answer = self.get("/.well-known/acme-challenge/x", host=name)
            self.assertEqual(answer.status, 404, answer)
        answer = self.get("/seen", port=443, host=NAME, tls=True)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("Strict-Transport-Security"),
                         "max-age=63072000")

    def tls(self):
        """Mozilla's intermediate profile (guidelines 6.0), and HTTP/2."""
        self.assertEqual(
            [each for each in ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")
             if self.agreed(each, "-cipher", "ALL:@SECLEVEL=0")],
            ["-tls1_2", "-tls1_3"])
        # Of those for an ECDSA key; each choice leaves the others.
        wanted = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                  "ECDHE-ECDSA-AES256-GCM-SHA384",
                  "ECDHE-ECDSA-CHACHA20-POLY1305"}
        left, found = "ALL:COMPLEMENTOFALL:@SECLEVEL=0", set()
        while agreed := self.agreed("-tls1_2", "-cipher", left):
            found.add(agreed)
            left += f":!{agreed}"
        self.assertEqual(found, wanted)
        suites = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                  "TLS_CHACHA20_POLY1305_SHA256"}
        self.assertEqual({self.agreed("-tls1_3", "-ciphersuites", each)
                          for each in suites}, suites)
        self.assertEqual(
            [each for each in ("X25519", "P-256", "P-384", "P-521", "X448",
                               "brainpoolP256r1", "ffdhe2048")
             if self.agreed("-groups", each)], ["X25519", "P-256", "P-384"])
        # The client knows best what is fast for it.
        for order in sorted(wanted), sorted(wanted, reverse=True):
            self.assertEqual(self.agreed("-tls1_2", "-cipher",
                                         ":".join(order)), order[0])
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--cacert",
             f"{self.top}/acme/root.pem", "--resolve",
             f"{NAME}:443:127.0.0.1", "-o", "/dev/null", "-w",
             "%{http_version} %{http_code} %{ssl_verify_result}",
             f"https://{NAME}/seen"], check=True, text=True,
            stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(done.stdout, "2 200 0")

    def agreed(self, *options):
        """The cipher on which a client with ``options`` and the server agree,
        with the certificate trusted; "" for none."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", "127.0.0.1:443",
             "-servername", NAME, "-CAfile", f"{self.top}/acme/root.pem",
             *options], stdin=subprocess.DEVNULL, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        cipher = re.search(r"Cipher is ([\w-]+)", done.stdout)
        if not cipher:     # none that this client has
            return ""
        self.assertIn("Verify return code: 0 (ok)", done.stdout)
        return cipher[1]

    def in_a_browser(self):
        """Chromium, which trusts the authority, shows it without a warning.
        """
        picture = self.top / "page.png"
        with Browser(f"{self.top}/acme/root.pem", [NAME]) as browser:
            browser.open(f"https://{NAME}/seen")
            page = next(message["params"]["response"] for message in
                        browser.messages
                        if message["method"] == "Network.responseReceived")
            self.assertEqual(
                (page["url"], page["status"], page["securityState"],
                 page["protocol"]),
                (f"https://{NAME}/seen", 200, "secure", "h2"))
            self.assertIn("process_group", browser.evaluate(
                "document.body.innerText"))
            browser.screenshot(picture)
        self.assertGreater(picture.stat().st_size, 1000)

    def another_name(self):
        """It has the names of the host, also when these change."""
        before = self.certificate_of()
        self.run_command(
            "deploy", self.shop, "-q", f"--server-alias={OTHER}",
            f"--server-alias={THIRD}")
        out, err = self.enable(self.shop, "--no-check")
        self.assertIn(f"a certificate for {NAME} and {OTHER} and {THIRD}",
                      err)
        after = self.certificate_of(THIRD)
        self.assertIn(f"DNS:{THIRD}", after)
        self.assertNotEqual(before.splitlines()[0], after.splitlines()[0])

    def renewal(self):
        """A renewed certificate is seen, and the printed fix has it used."""
        before = self.certificate_of()
        window = self.root / "mods-enabled" / "md.conf"
        window.write_text("MDRenewWindow 3000d\n")
        self.assertNotIn("MWD708", self.findings())
        self.apache("graceful")
        job = self.root / "md" / "staging" / NAME / "job.json"
        self.until(lambda: job.exists() and '"finished": true'
                   in job.read_text())
        window.unlink()
        self.assertEqual(self.certificate_of(), before)
        found = self.findings()["MWD708"]
        self.assertIn(f"mod_md has renewed the certificate for {NAME}",
                      found["message"])
        status = self.status()
        self.assertIn(f"mod_md has renewed the certificate for {NAME}",
                      str(status["messages"]))
        self.assertEqual(status["certificate"]["path"],
                         f"{self.root}/md/domains/{NAME}/"
                         "pubcert.secp256r1.pem")
        subprocess.run(found["fix"].replace("sudo ", ""), shell=True,
                       check=True)
        self.until(lambda: self.certificate_of() != before)
        self.assertNotIn("MWD708", self.findings())
        self.assertEqual(self.status()["messages"], [])

    def another_application(self):
        """The certificate is the host's, and stays with it."""
        wiki = self.project("wiki", f"--server-name={NAME}",
                            "--mount-point=/wiki")
        out, _ = self.enable(wiki, "--no-check")
        self.assertIn(f"wiki is on: https://{NAME}/wiki answers 200", out)
        before = self.certificate_of()
        self.disable(self.shop)
        host = self.root / "sites-enabled" / f"{NAME}-host.conf"
        self.assertIn("<MDomainSet", host.read_text())
        self.until(lambda: self.get("/", host=NAME, port=443, tls=True).status
                   == 403)
        self.assertEqual(self.get("/wiki/seen", host=NAME, port=443,
                                  tls=True).status, 200)
        self.assertEqual(self.certificate_of(), before)

    def findings(self):
        out, _ = self.run_command(
            "check", self.shop, "--enabled", "--json", "--no-load",
            "--server-config", self.config, status=None)
        return {each["code"]: each
                for each in json.loads(out)["sites"][0]["problems"]}

    def status(self):
        out, _ = self.run_command("status", self.shop, "--json",
                                  "--server-config", self.config, status=None)
        return json.loads(out)["sites"][0]

    def until(self, is_so):
        end = time.monotonic() + 60
        while not is_so():
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.05)


class Refused(AutoCase):

    def test_a_site_stays_as_it_was_until_it_has_a_certificate(self):
        """The authority is down, asks in vain, refuses; then it agrees."""
        shop = self.project("shop", f"--server-name={NAME}",
                            "--mount-point=/")
        self.enable(shop, "--no-check")
        port = free_port()
        self.before = self.tree()
        self.interrupted(shop)
        down = f"https://localhost:{port}/dir"
        self.refused(shop, down, re.escape(
            f"Unsuccessful in contacting ACME server at <{down}> (nobody"
            " answers there"))
        with authority(self.top / "acme", 81, port) as url:
            self.refused(shop, url, "perhaps it has a certificate that is not"
                                    " known here", "--acme-ca=")
            self.refused(shop, url, f"the authority says: .*{NAME}:81/.*"
                                    "connection refused")
        with authority(self.top / "acme", 80, port) as url:
            with refusing(self.top / "acme", url, {
                    "type": "urn:ietf:params:acme:error:rateLimited",
                    "detail": "too many certificates already issued"}
                    ) as limited:
                self.refused(shop, limited,
                             "mod_md says: too many certificates already")
            self.run_command("deploy", shop, "-q", *self.options(url))
            out, _ = self.enable(shop, "--no-check")
            self.assertIn(f"shop is on: https://{NAME}/ answers 200", out)
            self.assertEqual(self.get("/seen", host=NAME).status, 301)

    def interrupted(self, shop):
        """A run that ends while it waits is undone, by itself or the next.
        """
        for number in signal.SIGINT, signal.SIGKILL:
            # One for each: an Apache of before may ask the other once more.
            with socket.socket() as silent:
                silent.bind(("127.0.0.1", 0))
                silent.listen()
                silent.settimeout(60)
                port = silent.getsockname()[1]
                self.run_command("deploy", shop, "-q", *self.options(
                    f"https://localhost:{port}/dir"))
                process = self.start_command(
                    "enable", shop, "--no-check", "--server-config",
                    self.config)
                connection, _ = silent.accept()    # the authority is asked
                process.send_signal(number)
                process.wait(60)
                connection.close()
            if number == signal.SIGKILL:
                self.assertIn("sites-enabled/shop-certificate.conf",
                              self.tree())
                self.run_command("deploy", shop, "-q", "--https=")
                _, err = self.enable(shop, "--no-check")
                self.assertIn("shop is now on, as before", err)
            self.assertEqual(self.tree(), self.before)

    def refused(self, shop, url, words, *options):
        self.run_command("deploy", shop, "-q", *self.options(url), *options)
        out, err = self.enable(shop, "--no-check", status=1)
        self.assertIn("shop was not switched on", out)
        self.assertIn(f"there is no certificate for {NAME}\n", err)
        self.assertRegex(err, words)
        self.assertEqual(self.tree(), self.before)
        self.assertEqual(self.get("/seen", host=NAME).status, 200)


class Overlapping(AutoCase):

    def test_a_name_that_another_has_managed_does_not_end_apache(self):
        shop = self.project("shop", f"--server-name={NAME}",
                            "--mount-point=/", *self.options("https://a/dir"))
        own = self.root / "sites-enabled" / "own.conf"
        self.module("md")
        own.write_text("MDomain *.example\n")
        _, err = self.enable(shop, status=1)
        self.assertIn("[MWD712]", err)
        before, pid = self.tree(), self.pid
        for options in ["-n"], []:
            _, err = self.enable(shop, "--no-check", *options, status=1)
            self.assertIn("Apache would end when it reads this", err)
            self.assertIn(f"both have mod_md get a certificate for {NAME}",
                          err)
        self.assertEqual((self.tree(), self.pid), (before, pid))
        self.assertEqual(self.get("/neighbour/seen").status, 200)
        # So it is, and `explain` says why.
        (self.root / "sites-enabled" / "shop.conf").symlink_to(
            shop / "apache" / "shop")
        with self.assertRaises(AssertionError):
            self.stop()
            self.apache("start")
        out, _ = self.run_command("explain", self.root / "log" / "error.log",
                                  "--server-config", self.config, status=None)
        self.assertIn("two managed domains are for one name, and Apache ends",
                      out)


class OfManifest(AutoCase):

    def test_one_without_a_certificate_keeps_no_other_off(self):
        sample = samples.bare()
        self.module("md")      # and Apache has still to be started with it
        with authority(self.top / "acme", 80) as url:
            lines = [f"[DEFAULT]\nin-place = yes\negg-cache =\nprocesses = 1\n"
                     f"virtualenv = {sample.virtualenv}\nplatform = debian\n"
                     f"config = {sample.config}\nmount-point = /\n"
                     f"log-directory = {self.root}/log\n"]
            for name in "abc":
                shutil.copytree(sample.directory, self.top / name)
                shutil.rmtree(self.top / name / "apache", ignore_errors=True)
                asked = "https://localhost:1/dir" if name == "b" else url
                options = [each[2:].replace("acme-agree", "acme-agree=yes")
                           for each in self.options(asked)]
                lines += [f"[{name}]\nproject = {self.top}/{name}\n"
                          f"server-name = {name}.example", *options]
            lines += ["[host:a.example]", f"server-alias = {NAME}"]
            manifest = self.top / "sites.ini"
            manifest.write_text("\n".join(lines))
            self.run_command("batch", manifest, "-q")
            out, err = self.enable(manifest, "--no-check", "-v", status=1)
            for line in ("a is on: https://a.example/ answers 200",
                         "b was not switched on",
                         "c is on: https://c.example/ answers 200",
                         "3 sites: 2 on, 1 failed"):
                self.assertIn(line, out, err)
            self.assertIn("there is no certificate for b.example\n", err)
            self.assertIn("nobody answers there", err)
            self.assertIn(f"DNS:{NAME}", self.certificate_of("a.example"))
            self.assertNotIn("sites-available/b.conf", self.tree())
            out, _ = self.enable(manifest, "--no-check", status=1)
            self.assertIn("3 sites: 2 unchanged, 1 failed", out)


if __name__ == "__main__":
    unittest.main()
