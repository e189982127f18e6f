"""One host over HTTPS with an application on each backend, and a CGI script
of somebody else's."""

import re
import subprocess
import unittest
from pathlib import Path
from types import SimpleNamespace

from modwsgideploy.sites.fleet import read_fleet
from modwsgideploy.system.accounts import find_account
from tests.support import fastcgi_samples, http_samples, samples
from tests.support.http import Unit
from tests.support.own_network import UsualPortsCase

NAME = "shop.example"
MANIFEST = """\
[DEFAULT]
in-place = yes
egg-cache =
platform = debian
log-directory = {root}/log
server-name = {name}
skip = MWD314
    MWD504
[host:{name}]
certificate = {top}/own.pem
certificate-key = {top}/own.key
[site]
project = {top}/site
virtualenv = {site}
processes = 1
[store]
project = {top}/store
virtualenv = {store}
mount-point = /store
backend = fastcgi
[live]
project = {top}/live
virtualenv = {live}
mount-point = /live
backend = http
application = asgi_app:app
http-socket = {top}/live.sock
[wiki]
project = {top}/wiki
virtualenv = {wiki}
mount-point = /store/wiki
processes = 1
limit-request-body = {limit}
"""
CGI = """\
#!/bin/sh
printf 'Content-Type: text/plain\\nSet-Cookie: old=1; Path=/old\\n\\nold '
cat
"""


class HostOfMany(UsualPortsCase):

    def setUp(self):
        self.samples = {
            "site": samples.pyramid(), "store": fastcgi_samples.pyramid(),
            "live": http_samples.asgi(), "wiki": samples.bare()}
        super().setUp()
        for name in ("fcgid", "proxy", "proxy_http", "cgid"):
            if name not in self.httpd.static:
                self.module(name)
        (self.root / "mods-enabled" / "fcgid.conf").write_text(
            f"FcgidIPCDir {self.root}/run/fcgid\n"
            f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "90",
             "-nodes", "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME}", "-keyout", self.top / "own.key",
             "-out", self.top / "own.pem"], check=True,
            stderr=subprocess.DEVNULL)
        for name, sample in self.samples.items():
            sample.copy(self.top / name)
        self.manifest = self.top / "sites.ini"
        self.write_manifest(4711)
        self.apache("restart")
        self.start_live()

    def write_manifest(self, limit):
        self.manifest.write_text(MANIFEST.format(
            top=self.top, root=self.root, name=NAME, limit=limit,
            **{name: sample.virtualenv
               for name, sample in self.samples.items()}))
        self.run_command("batch", self.manifest, "-q")

    def start_live(self):
        """Do what systemd does."""
        site, = (each.site for each in read_fleet(str(self.manifest)).sites
                 if each.site.name == "live")
        unit = Unit(SimpleNamespace(log_directory=str(self.root / "log"),
                                    account=find_account()), site)
        self.addCleanup(unit.close)

    def page(self, path, **options):
        return self.get(path, host=NAME, port=443, tls=True, **options)

    def by_curl(self, *words):
        """What curl prints of a request by HTTPS."""
        return subprocess.run(
            ["curl", "-sk", "--connect-to", "::127.0.0.1:", *words],
            check=True, stdout=subprocess.PIPE, timeout=60).stdout.decode()

    def assert_all_is_served(self):
        for mount in "", "/store":
            body = self.page(f"{mount}/").body.decode()
            links = re.findall(r'href="([^"]+)"', body)
            self.assertEqual(links, [
                f"https://{NAME}{mount}/static/style.css",
                f"https://{NAME}{mount}/linked"])
            for link in links:
                path = link.partition(NAME)[2]
                self.assertEqual(self.page(path).status, 200, path)
            self.assertEqual(self.by_curl(
                "-d", "body", f"https://{NAME}{mount}/echo"), "body")
        self.assertEqual(self.by_curl(re.search(
            r'"linked":"(https://shop.example[^"]*/live/linked)"',
            self.page("/live/seen").body.decode())[1]), "linked")
        self.assertRegex(self.by_curl(
            "-d", "body", f"https://{NAME}/live/digest"), r"^4 \d+$")
        told = self.by_curl("-i", "-d", "body", f"https://{NAME}/old/page")
        self.assertIn("Set-Cookie: old=1; Path=/old", told)
        self.assertTrue(told.endswith("old body"), told)
        self.assertEqual(self.get("/store/", host=NAME).status, 301)

    def test_all_of_them_and_one_that_comes_changes_fails_and_goes(self):
        others = [f"--only={name}" for name in ("site", "store", "live")]
        self.enable(self.manifest, *others)
        cgi = self.root / "documents" / "cgi"
        cgi.mkdir()
        (cgi / "page").write_text(CGI)
        (cgi / "page").chmod(0o755)
        host = self.root / "sites-available" / f"{NAME}-host.conf"
        host.write_text(host.read_text().replace(
            "    DocumentRoot", f"    ScriptAlias /old/ {cgi}/\n"
            "    DocumentRoot", 1))
        self.enable(self.manifest, "--only=wiki")
        self.assert_all_is_served()
        self.assertIn(b'"process_group": "wiki@',
                      self.page("/store/wiki/seen").body)
        self.write_manifest(4712)
        self.enable(self.manifest, "--only=wiki")
        module = Path(self.top / "wiki" / "bare_app.py")
        module.write_text("raise ValueError(7)\n")
        self.write_manifest(4713)
        _, err = self.enable(self.manifest, "--only=wiki", "--no-check",
                             status=1)
        self.assertIn("ValueError: 7", err)
        self.assert_all_is_served()
        self.disable(self.manifest, "--only=wiki")
        self.assert_all_is_served()
        self.assertIn(f"ScriptAlias /old/ {cgi}/", host.read_text())


if __name__ == "__main__":
    unittest.main()
