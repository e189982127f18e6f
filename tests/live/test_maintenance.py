"""``disable --maintenance``: 503 for visitors, the site for some of them."""

import json
import os
import shutil
import signal
import time
import unittest
from pathlib import Path

from modwsgideploy.activation.maintained import with_block
from modwsgideploy.activation.maintenance import Maintenance as Maintained
from modwsgideploy.activation.maintenance import directives
from tests.support import fastcgi_samples, http_samples, samples
from tests.support.apache_case import ApacheCase, HttpsCase
from tests.support.http import by_http

PAGE = "<!DOCTYPE html>\n<title>Soon</title>\n<p>100%{back} ${soon} \"'\n"


class Maintenance(ApacheCase):

    def setUp(self):
        super().setUp()
        load = self.root / "mods-available" / "headers.load"
        load.write_text(f"LoadModule headers_module"
                        f" {self.httpd.module('headers')}\n")
        self.page = self.top / "down.html"
        self.page.write_text(PAGE)

    def maintain(self, what, *options, **kwargs):
        return self.disable(what, f"--maintenance={self.page}", *options,
                            **kwargs)

    def assert_down(self, *paths, **options):
        for path in paths:
            answer = self.get(path, **options)
            self.assertEqual(answer.status, 503, path)
            self.assertEqual(answer.body.decode(), PAGE)
            self.assertEqual(answer.header("Retry-After"), "300")
            self.assertIn("text/html", answer.header("Content-Type"))

    def test_until_it_is_enabled_again(self):
        # Which needs no mod_headers itself.
        shop = self.project("shop", "--content-type-options=",
                            "--frame-options=", "--referrer-policy=")
        self.enable(shop)
        before, pid = self.tree(), self.pid
        out, _ = self.maintain(shop, "-n")
        self.assertIn("+    ErrorDocument 503 /shop/.maintenance.html", out)
        self.assertIn("shop would be switched to maintenance", out)
        self.assertEqual(self.tree(), before)
        out, _ = self.maintain(shop)
        self.assertRegex(out, "^shop is in maintenance: .* answers 503")
        self.assert_down("/shop", "/shop/", "/shop/seen",
                         "/shop/.maintenance.html")
        self.assertEqual(self.get("/neighbour/seen").status, 200)
        # No restart, for which Apache would have dropped its connections.
        self.assertEqual(self.pid, pid)
        out, _ = self.maintain(shop)
        self.assertIn("shop is in maintenance already", out)
        out, _ = self.enable(shop)
        self.assertRegex(out, "^shop is on: .* answers 200")
        after = self.tree()
        self.assertEqual(after.pop("mods-enabled/headers.load"),
                         "../mods-available/headers.load")
        self.assertEqual(after, before)

    def test_is_not_for_addresses_that_are_named(self):
        shop = self.project("shop")
        self.enable(shop)
        out, _ = self.maintain(shop, "--allow=192.0.2.0/24",
                               "--allow=127.0.0.0/8", "--retry-after=60")
        self.assertIn("shop is in maintenance: ", out)
        self.assertEqual(self.get("/shop/seen").status, 200)
        self.maintain(shop, "--allow=192.0.2.0/24")
        self.assert_down("/shop/seen")

    def test_ends_when_it_is_switched_off(self):
        shop = self.project("shop")
        self.enable(shop)
        before = self.tree()
        self.maintain(shop)
        self.disable(shop)
        self.assertEqual(self.get("/shop/seen").status, 404)
        after = self.tree()
        self.assertEqual(before.pop("sites-enabled/shop.conf"),
                         "../sites-available/shop.conf")
        self.assertEqual(after, before)
        _, err = self.maintain(shop, status=1)
        self.assertIn("so shop is off", err)

    def test_keeps_edits_of_what_is_installed(self):
        shop = self.project("shop")
        self.enable(shop)
        conf = self.root / "sites-available" / "shop.conf"
        edited = conf.read_text().replace(
            "LimitRequestBody 10485760", "LimitRequestBody 4711")
        conf.write_text(edited)
        self.maintain(shop)
        self.assert_down("/shop/seen")
        self.assertIn("LimitRequestBody 4711", conf.read_text())
        # It ends, and what deploy has made meanwhile waits.
        self.run_command("deploy", shop, "-q", "--pass-authorization")
        self.enable(shop)
        self.assertEqual(conf.read_text(), edited)
        self.assertEqual(self.get("/shop/seen").status, 200)
        _, err = self.enable(shop, status=1)
        self.assertIn("was edited since it was installed", err)

    def test_of_many_sites_and_of_a_host(self):
        files = self.top / "files"
        files.mkdir()
        shop = self.project("shop", "--server-name=shop.example",
                            f"--port={self.port}", "--mount-point=/a b",
                            "--static=/files=" + str(files))
        blog = self.project("blog")
        manifest = self.top / "sites.ini"
        manifest.write_text(f"[shop]\nproject = {shop}\n"
                            f"output-dir = {shop}/apache\n"
                            "server-name = shop.example\n"
                            f"port = {self.port}\nmount-point = /a b\n"
                            f"[blog]\nproject = {blog}\n")
        self.enable(shop)
        self.enable(blog)
        out, _ = self.maintain(manifest, "--json", "--platform=debian")
        self.assertEqual(json.loads(out)["counts"]["maintenance"], 2)
        self.assert_down("/a%20b/seen", "/a%20b/files/x", host="shop.example")
        self.assert_down("/blog/seen")

    def test_nobody_joins_below_it(self):
        host = ("--server-name=shop.example", f"--port={self.port}")
        shop = self.project("shop", *host, "--mount-point=/")
        blog = self.project("blog", *host, "--mount-point=/blog")
        self.enable(shop)
        self.maintain(shop)
        before = self.tree()
        _, err = self.enable(blog, status=1)
        self.assertIn("/blog: is below shop, which is in maintenance, and so"
                      " would blog be; `modwsgideploy enable shop` ends that",
                      err)
        self.assertEqual(self.tree(), before)
        # Which ends it in the same run.
        manifest = self.top / "sites.ini"
        manifest.write_text("".join(
            f"[{name}]\nproject = {self.top}/{name}\n"
            f"output-dir = {self.top}/{name}/apache\n"
            f"server-name = shop.example\nport = {self.port}\n"
            f"mount-point = {mount}\n"
            for name, mount in (("shop", "/"), ("blog", "/blog"))))
        self.enable(manifest, "--platform=debian", "--in-place",
                    "--virtualenv", samples.bare().virtualenv)
        for path in "/seen", "/blog/seen":
            self.assertEqual(
                self.get(path, host="shop.example").status, 200, path)
        self.maintain("blog")
        self.assert_down("/blog/seen", host="shop.example")
        self.assertEqual(self.get("/seen", host="shop.example").status, 200)

    def test_asks_nobody_for_a_password(self):
        for name in ("auth_basic", "authn_core", "authn_file", "authz_user"):
            if name not in self.httpd.static:
                self.module(name)
        self.apache("restart")
        login = self.top / "login.conf"
        login.write_text('AuthType Basic\nAuthName "The shop"\n'
                         f"AuthUserFile {self.top}/none\n"
                         "Require valid-user\n")
        shop = self.project("shop", "--require", login)
        self.enable(shop)
        self.assertEqual(self.get("/shop/seen").status, 401)
        self.maintain(shop)
        self.assert_down("/shop/seen")
        self.maintain(shop, "--allow=127.0.0.1")
        self.assertEqual(self.get("/shop/seen").status, 401)

    def test_without_a_page_or_with_a_wrong_one(self):
        shop = self.project("shop")
        self.enable(shop)
        _, err = self.disable(shop, "--allow=127.0.0.1", status=2)
        self.assertIn("--allow: is about --maintenance", err)
        _, err = self.disable(shop, "--maintenance=x.txt", status=2)
        self.assertIn("'x.txt' is not valid; give an HTML file", err)
        _, err = self.disable(shop, "--maintenance=none.html", status=2)
        self.assertIn("none.html: cannot be read", err)
        self.disable("--maintenance", shop)
        answer = self.get("/shop/seen")
        self.assertEqual(answer.status, 503)
        self.assertIn(b"<h1>shop is down for maintenance</h1>", answer.body)

    def other(self, backend):
        """Put a site of ``backend`` into maintenance, and take it out."""
        sample = fastcgi_samples.wire().copy(self.top / "shop")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place", "--name=shop",
            "--egg-cache=", "--platform=debian", "--virtualenv",
            sample.virtualenv, "--config", sample.config,
            "--mount-point=/shop", "--backend", backend)
        self.enable(sample.directory, "--no-check")
        self.maintain(sample.directory)
        self.assert_down("/shop/wsgi", "/shop")
        self.enable(sample.directory, "--no-check")
        self.assertEqual(self.get("/shop/wsgi?name=x").status, 200)

    def test_of_fastcgi(self):
        self.module("fcgid")
        for name in "mods-available", "mods-enabled":
            (self.root / name / "fcgid.conf").write_text(
                f"FcgidIPCDir {self.root}/run/fcgid\n"
                f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")
        self.other("fastcgi")

    def test_of_mod_python(self):
        # Beside mod_wsgi there would be two Pythons in one process.
        for path in (self.root / "mods-enabled" / "wsgi.load",
                     self.root / "sites-enabled" / "neighbour.conf"):
            path.unlink()
        self.module("python")
        self.stop()
        self.apache("start")
        self.other("mod_python")


class OfApplicationServers(unittest.TestCase):

    def test_is_before_what_is_proxied(self):
        with by_http(http_samples.wire()) as site:
            one = site.sites[0]
            page = Path(site.server.directory, "down.html")
            page.write_text(PAGE)
            conf = Path(one.output_dir, one.name)
            conf.write_text(with_block(conf.read_text(), directives(
                one.mount_point, str(page), Maintained())))
            os.kill(site.server.process.pid, signal.SIGUSR1)
            for _ in range(3000):
                answer = site.get("/wsgi?name=x")
                if answer.status == 503:
                    break
                time.sleep(0.01)
            self.assertEqual(answer.status, 503)
            self.assertEqual(answer.body.decode(), PAGE)
            self.assertEqual(answer.header("Retry-After"), "300")


class OfHttps(HttpsCase):

    def test_is_on_both_hosts_and_leaves_the_challenge(self):
        shop = self.shop(*self.certificate("shop"))
        self.enable(shop)
        self.disable(shop, "--maintenance", "--server-config", self.config)
        answer = self.get("/seen", self.https, host=self.name, tls=True)
        self.assertEqual(answer.status, 503)
        challenge = self.get("/.well-known/acme-challenge/x", self.https,
                             host=self.name, tls=True)
        self.assertEqual(challenge.status, 404)
        self.enable(shop)
        self.assertEqual(self.get("/seen", self.https, host=self.name,
                                  tls=True).status, 200)


if __name__ == "__main__":
    unittest.main()
