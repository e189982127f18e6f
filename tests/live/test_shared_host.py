"""Applications that share a host, switched on and off on a real Apache."""

import os
import re
import subprocess
import time
import unittest

from tests.support.acme import Certbot, authority
from tests.support.apache_case import ApacheCase
from tests.support.own_network import UsualPortsCase

NAME = "shop.example"


class SharedHost(ApacheCase):

    def setUp(self):
        super().setUp()
        self.host = f"{NAME}_{self.port}-host"
        self.directory = f"sites-available/{self.host}.d"
        self.before = self.tree()

    def tree(self):
        return {**super().tree(), **{
            f"{self.directory}/{path.name}": path.read_text()
            for path in (self.root / self.directory).glob("*")}}

    def in_host(self, name, mount_point, *options):
        """A deployment in the host; the project's directory."""
        return self.project(
            name, f"--server-name={NAME}", f"--port={self.port}",
            f"--mount-point={mount_point}", *options)

    def page(self, path):
        return self.get(path, host=NAME)

    def assert_answers(self, **groups):
        """Which application answers at /, /wiki, …; None for none."""
        for path, name in groups.items():
            path = "/" + ("" if path == "root" else path + "/") + "seen"
            answer = self.page(path)
            if name is None:
                self.assertNotIn(b"process_group", answer.body)
                self.assertIn(answer.status, (403, 404))
            else:
                self.assertEqual(answer.status, 200, answer.body)
                self.assertIn(b'"process_group": "%s@' % name.encode(),
                              answer.body)

    def test_the_second_joins_and_the_first_leaves(self):
        site, wiki = self.in_host("site", "/"), self.in_host("wiki", "/wiki")
        self.enable(site)
        alone = self.tree()
        out, _ = self.enable(wiki)
        self.assertRegex(out, rf"wiki is on: http://{NAME}:{self.port}/wiki"
                              " answers 200")
        self.assertEqual(self.tree()["sites-available/site.conf"],
                         alone["sites-available/site.conf"])
        self.assert_answers(root="site", wiki="wiki")
        self.assertIn("wiki is on already", self.enable(wiki)[0])
        self.assertIn("site is on already", self.enable(site)[0])
        self.disable(site)
        self.assert_answers(root=None, wiki="wiki")
        self.enable(site)
        self.assert_answers(root="site", wiki="wiki")
        self.disable(wiki)
        self.assert_answers(root="site", wiki=None)
        self.disable(site)
        self.assertEqual(self.switched_on(), set())
        self.assertEqual(self.page("/neighbour/seen").status, 200)

    def switched_on(self):
        """What is on besides what was on before."""
        return {name for name in self.tree().keys() - self.before.keys()
                if name.endswith(".conf") and (
                    "enabled" in name or name.startswith(self.directory))}

    def test_the_one_at_the_root_comes_last(self):
        wiki, site = self.in_host("wiki", "/wiki"), self.in_host("site", "/")
        self.enable(wiki)
        before = self.tree()
        module = site / "bare_app.py"
        working = module.read_text()
        module.write_text("raise ValueError(7)\n")
        self.enable(site, "--no-check", status=1)
        self.assertEqual(self.tree(), before)
        module.write_text(working)
        self.enable(site)
        self.assert_answers(root="site", wiki="wiki")
        self.assertEqual(self.switched_on(), {
            "sites-enabled/site.conf", "sites-enabled/wiki.conf",
            f"sites-enabled/{self.host}.conf",
            f"{self.directory}/999-site.conf",
            f"{self.directory}/994-wiki.conf"})
        self.assertIn("wiki is on already", self.enable(wiki)[0])
        # Each is updated alone.
        for each, limit in (wiki, "4711"), (site, "4712"):
            self.run_command("deploy", each, "-q",
                             f"--limit-request-body={limit}")
            out, _ = self.enable(each)
            self.assertRegex(out, r"update +\S+-host.d/99\d-")
        tree = self.tree()
        self.assertIn("LimitRequestBody 4711",
                      tree[f"{self.directory}/994-wiki.conf"])
        self.disable(wiki)
        self.assert_answers(root="site", wiki=None)
        self.disable(site)
        self.assertEqual(self.switched_on(), set())

    def test_checks_find_nothing_in_what_is_shared(self):
        projects = [self.in_host("site", "/"), self.in_host("wiki", "/wiki"),
                    self.in_host("api", "/wiki/api")]
        skipped = [f"--skip={code}" for code in ("MWD504", "MWD314")]
        self.enable(projects[0])
        for each in projects[1:]:
            self.enable(each)
            for enabled in (), ("--enabled",):
                out, err = self.run_command(
                    "check", each, "--server-config", self.config,
                    "--no-load", *skipped, *enabled)
                self.assertEqual(err, "")
        self.module("rewrite")
        self.apache("restart")
        self.wait_for("/wiki/seen")
        conf = self.root / "sites-available" / "site.conf"
        text = conf.read_text()
        conf.write_text(text.replace(
            "    DocumentRoot", "    RewriteEngine On\n    RewriteRule"
            " ^/(.*)$ /index.php [L]\n    DocumentRoot"))
        _, err = self.run_command(
            "check", projects[1], "--server-config", self.config, "--no-load",
            *skipped, status=1)
        self.assertIn("RewriteRule ^/(.*)$ /index.php [L], which takes all of"
                      " /wiki from the application", err)
        conf.write_text(text)
        twin = self.in_host("twin", "/wiki")
        out, err = self.run_command(
            "check", twin, "--server-config", self.config, "--no-load",
            *skipped, status=1)
        self.assertRegex(err, r"shop.example/wiki of \S+/apache/twin:\d+ is"
                              r" taken by \S+-host.d/994-wiki.conf:\d+ as")
        self.assertEqual(err.count("error:"), 1)
        out, _ = self.run_command("status", projects[1], "--server-config",
                                  self.config)
        self.assertRegex(out, r"wiki +http://shop.example:\d+/wiki +on ")

    def test_edits_of_the_host_outlive_the_one_that_brought_it(self):
        site, wiki = self.in_host("site", "/"), self.in_host("wiki", "/wiki")
        self.enable(site)
        installed = self.root / "sites-available" / "site.conf"
        installed.write_text(installed.read_text().replace(
            "DocumentRoot", "ServerAdmin me@shop.example\n    DocumentRoot"))
        self.enable(wiki)
        self.disable(site)
        host = self.root / "sites-available" / f"{self.host}.conf"
        self.assertIn("ServerAdmin me@shop.example", host.read_text())
        self.assertIn("ServerAdmin me@shop.example", installed.read_text())
        self.assertNotIn("WSGIScriptAlias", host.read_text())
        self.assert_answers(root=None, wiki="wiki")
        # Edits of the host's own file are nobody's to give up, either.
        host.write_text(host.read_text().replace(
            "ServerAdmin me", "ServerAdmin you"))
        self.enable(site)
        self.run_command("deploy", site, "-q", "--limit-request-body=4711")
        out, _ = self.enable(site)
        self.assertNotIn(str(host), out)
        self.assert_answers(root="site", wiki="wiki")
        self.assertIn("ServerAdmin you@shop.example", host.read_text())
        self.run_command("deploy", site, "-q", "--frame-options=DENY")
        _, err = self.enable(site, status=1)
        self.assertIn(f"{host}: was edited since it was installed", err)

    def test_a_copy_made_by_hand_as_the_runbook_has_it_is_good(self):
        site, wiki = self.in_host("site", "/"), self.in_host("wiki", "/wiki")
        self.enable(site)
        steps = (wiki / "apache" / "README.txt").read_text()
        steps = steps[steps.index("joins it:"):]
        commands = [line.strip() for line in steps.splitlines()[:9]
                    if line.startswith("  ")]
        self.assertEqual(len(commands), 3)
        for command in commands:
            subprocess.run(
                ["sh", "-ec", command.replace("sudo ", "").replace(
                    "/etc/apache2", str(self.root)) + ">/dev/null"],
                check=True)
        os.symlink("../sites-available/wiki.conf",
                   self.root / "sites-enabled" / "wiki.conf")
        before = self.tree()
        self.apache("graceful")
        self.wait_for("/wiki/seen")
        self.assert_answers(root="site", wiki="wiki")
        self.enable(wiki)
        self.assertEqual(before.keys(), self.tree().keys())
        self.assert_answers(root="site", wiki="wiki")

    def test_the_maintenance_of_one_is_its_own(self):
        site, wiki = self.in_host("site", "/"), self.in_host("wiki", "/wiki")
        self.enable(site)
        self.enable(wiki)
        before = self.tree()
        for one, other in ("wiki", "site"), ("site", "wiki"):
            paths = {"site": "/seen", "wiki": "/wiki/seen"}
            self.disable(self.top / one, "--maintenance")
            self.assertEqual(self.page(paths[one]).status, 503)
            self.assert_answers(**{
                {"site": "root"}.get(other, other): other})
            self.enable(self.top / one)
            self.assert_answers(root="site", wiki="wiki")
        self.assertEqual(self.tree(), before)
        self.disable(wiki, "--maintenance")
        self.disable(wiki, "--purge")
        self.assertEqual([path for path in self.tree() if "wiki" in path], [])

    def wait_for(self, path):
        deadline = time.monotonic() + 60
        while self.page(path).status != 200:
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.01)

    def test_all_of_a_manifest_at_once(self):
        projects = [self.in_host("site", "/"), self.in_host("wiki", "/wiki"),
                    self.in_host("api", "/wiki/api")]
        manifest = self.top / "sites.ini"
        manifest.write_text("".join(
            f"[{each.name}]\nproject = {each}\n"
            + "".join((each / "apache" / "site.ini").read_text().partition(
                "]\n")[2]) for each in projects))
        module = projects[0] / "bare_app.py"
        working = module.read_text()
        module.write_text("raise ValueError(7)\n")
        _, err = self.enable(manifest, "--no-check", status=1)
        self.assertIn("ValueError: 7", err)
        self.assert_answers(root=None, wiki="wiki", **{"wiki/api": "api"})
        module.write_text(working)
        self.enable(manifest)
        self.assert_answers(root="site", wiki="wiki", **{"wiki/api": "api"})
        before = self.tree()
        self.enable(manifest)
        self.assertEqual(self.tree(), before)
        self.disable(manifest, "--purge")
        self.assertEqual(self.tree(), self.before)

    def test_a_layout_without_links(self):
        (self.root / "conf.d").mkdir()
        with self.config.open("a") as stream:
            stream.write("IncludeOptional conf.d/*.conf\n")
        wiki, site, api = (self.in_host(name, mount, "--platform=redhat")
                           for name, mount in (
            ("wiki", "/wiki"), ("site", "/"), ("api", "/wiki/api")))
        for each in wiki, site, api:
            self.enable(each)
        self.assert_answers(root="site", wiki="wiki", **{"wiki/api": "api"})
        self.disable(wiki)
        self.assert_answers(root="site", wiki=None, **{"wiki/api": "api"})
        self.enable(wiki)
        self.disable(site)
        self.assert_answers(root=None, wiki="wiki", **{"wiki/api": "api"})
        self.disable(api)
        self.disable(wiki)
        found = [path.name for path in (self.root / "conf.d").rglob("*")
                 if path.name.endswith(".conf")]
        self.assertEqual(found, [])


class SecureHost(UsualPortsCase):

    def in_host(self, mount_point, *options):
        name = mount_point.strip("/") or "site"
        return self.project(name, f"--server-name={NAME}",
                            f"--mount-point={mount_point}", *options)

    def answers(self, *paths):
        """Which application answers at each path by HTTPS, or the status;
        by HTTP all are redirected."""
        found = []
        for path in paths:
            self.assertEqual(self.get(path, host=NAME).status, 301)
            answer = self.get(path, host=NAME, port=443, tls=True)
            match = re.search(rb'"process_group": "(\w+)@', answer.body)
            found.append(match[1].decode() if match else answer.status)
        return found

    def own_certificate(self):
        paths = [self.top / f"own.{end}" for end in ("pem", "key")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "90",
             "-nodes", "-subj", f"/CN={NAME}", "-addext",
             f"subjectAltName=DNS:{NAME}", "-keyout", paths[1], "-out",
             paths[0]], check=True, stderr=subprocess.DEVNULL)
        return [f"--certificate={paths[0]}", f"--certificate-key={paths[1]}"]

    def test_whoever_has_a_certificate_brings_it(self):
        wiki = self.in_host("/wiki")
        self.enable(wiki)
        out, _ = self.enable(self.in_host("/", *self.own_certificate()))
        self.assertIn(f"site is on: https://{NAME}/ answers 200", out)
        self.assertEqual(self.answers("/seen", "/wiki/seen"),
                         ["site", "wiki"])
        out, _ = self.enable(self.in_host("/api"))
        self.assertIn(f"api is on: https://{NAME}/api answers 200", out)
        self.disable(self.top / "site")
        self.assertEqual(self.answers("/seen", "/wiki/seen", "/api/seen"),
                         [403, "wiki", "api"])

    def test_what_certbot_has_made_is_for_all(self):
        site = self.in_host("/")
        self.enable(site, "--no-check")
        (self.top / "acme").mkdir()
        certbot = Certbot(self.top / "acme", self, 80, 443)
        with authority(self.top / "acme", 80) as server:
            certbot.run(server, "run", "--apache", "--redirect", "-d", NAME)
            wiki, api = self.in_host("/wiki"), self.in_host("/api")
            out, _ = self.enable(wiki)
            self.assertIn(f"wiki is on: https://{NAME}/wiki answers 200", out)
            self.enable(api)
            self.assertEqual(self.answers("/seen", "/wiki/seen", "/api/seen"),
                             ["site", "wiki", "api"])
            self.disable(site)
            self.assertEqual(self.answers("/seen", "/wiki/seen", "/api/seen"),
                             [403, "wiki", "api"])
            certbot.run(server, "renew", "--force-renewal",
                        "--no-random-sleep-on-renew")
            self.enable(site)
            self.disable(api)
            self.assertEqual(self.answers("/seen", "/wiki/seen", "/api/seen"),
                             ["site", "wiki", 404])
            self.disable(site)
            self.disable(wiki)
            self.assertEqual(self.get("/neighbour/seen").status, 200)
            self.assertEqual(
                [name for name in self.tree() if name.endswith(".conf")
                 and name.startswith("sites-enabled")],
                ["sites-enabled/neighbour.conf"])


if __name__ == "__main__":
    unittest.main()
