"""``status``, on a real Apache with sites of ours and of others."""

import json
import re
import shutil
import subprocess
import unittest

from prometheus_client.parser import text_string_to_metric_families

from modwsgideploy.activation.found import installed_names
from tests.support import samples
from tests.support.apache_case import (
    ApacheCase,
    HttpsCase,
    owner_without_rights,
)


class StatusCase(ApacheCase):

    def status(self, *arguments, status=0, **kwargs):
        """What is printed: its lines, by the first word of each row."""
        out, err = self.run_command(
            "status", *arguments, "--server-config", self.config,
            status=status, **kwargs)
        self.assertEqual(err, "")
        found, name = {}, ""
        for line in out.splitlines()[1:]:
            name = name if line.startswith(" ") else line.split()[0]
            found.setdefault(name, []).append(line)
        return {name: "\n".join(lines) for name, lines in found.items()}

    def json(self, *arguments, status=0):
        """The sites of --json, by name."""
        document = json.loads(self.run_command(
            "status", *arguments, "--json", "--server-config", self.config,
            status=status)[0])
        self.assertIs(document["changed"], False)
        return {site["name"]: site for site in document["sites"]}

    def kinds(self, name, *arguments):
        return [each["kind"] for each in
                self.json(*arguments, status=None)[name]["drift"]]


class OfTheHost(StatusCase):

    def setUp(self):
        super().setUp()
        self.shop = self.project("shop", "--processes=2")
        self.wiki = self.project("wiki")
        # As others have them.
        (self.root / "sites-enabled" / "000-default.conf").write_text(
            f"<VirtualHost _default_:{self.port}>\n"
            "    ServerAdmin webmaster@localhost\n"
            f"    DocumentRoot {self.root}/documents\n</VirtualHost>\n")
        script = self.top / "hello.wsgi"
        script.write_text("def application(environ, start_response):\n"
                          "    start_response('200 OK', [])\n"
                          "    return [b'hello']\n")
        (self.root / "sites-enabled" / "django.conf").write_text(
            "WSGIDaemonProcess dj display-name=%{GROUP}\n"
            f"<VirtualHost *:{self.port}>\n"
            f"    ServerName http://django.example.com:{self.port}\n"
            "    ServerAlias www.django.example.com\n"
            "    WSGIProcessGroup dj\n"
            f"    WSGIScriptAlias / {script}\n"
            "</VirtualHost>\n")
        (self.root / "sites-enabled" / "tool.conf").write_text(
            f"WSGIScriptAlias /tool {script} process-group=dj"
            " application-group=%{GLOBAL}\n"
            f"<Directory {self.top}>\n<Files hello.wsgi>\n"
            "Require all granted\n</Files>\n</Directory>\n")
        self.enable(self.shop)
        self.wait("/shop/seen")
        self.settle(shop=2, neighbour=1, dj=1)

    def test_every_site_of_the_host(self):
        self.enable(self.wiki)
        self.disable(self.wiki)
        self.settle(shop=2, neighbour=1, wiki=0, dj=1)
        rows = self.status()
        self.assertEqual([*rows], ["neighbour", "shop", "wiki", "tool",
                                   "000-default", "django"])
        self.assertRegex(rows["shop"], (
            rf"^shop +http://localhost:{self.port}/shop +on +"
            r"2 since \d\d:\d\d +\d+ MB +200 in [\d.]+ s$"))
        self.assertRegex(rows["wiki"], "^wiki .* off( +-)+$")
        self.assertRegex(rows["django"], (
            rf"^django +http://django.example.com:{self.port}/ +foreign +"
            r"1 since .* 200 in "))
        self.assertRegex(rows["tool"], "/tool +foreign +1 since .* 200 in ")
        self.assertRegex(rows["000-default"], " foreign +- +- +404 in ")
        self.assertEqual([*self.status("shop")], ["shop"])
        self.assertEqual(installed_names(str(self.root / "sites-available")),
                         ["shop", "wiki"])
        shop = self.json()["shop"]
        self.assertEqual((shop["status"], shop["on"], shop["foreign"]),
                         ("in order", True, False))
        self.assertEqual(len(shop["processes"]), 2)
        self.assertGreater(min(each["memory"] for each
                               in shop["processes"]), 1_000_000)
        text, _ = self.run_command("status", "--format=prometheus",
                                   "--server-config", self.config)
        up = {sample.labels["site"]: sample.value
              for family in text_string_to_metric_families(text)
              for sample in family.samples
              if sample.name == "modwsgideploy_site_up"}
        self.assertEqual((up["shop"], up["django"], up["000-default"]),
                         (1, 1, 0))

    def test_each_way_to_differ(self):
        self.assertEqual(self.kinds("shop"), [])
        conf = self.shop / "apache" / "shop"
        text = conf.read_text()
        conf.write_text(text.replace("queue-timeout=45", "queue-timeout=44"))
        self.assertEqual(self.kinds("shop"), ["installed", "edited"])
        self.enable(self.shop)
        self.assertEqual(self.kinds("shop"), ["edited"])
        self.status(self.shop)
        choices = self.shop / "apache" / "site.ini"
        choices.write_text(choices.read_text() + "queue-timeout = 43\n")
        self.run_command("deploy", self.shop, "-q", status=1)
        self.assertEqual(self.kinds("shop"), ["conflict"])
        (self.shop / "apache" / "shop.new").unlink()
        self.run_command("deploy", self.shop, "-q")
        self.assertEqual(self.kinds("shop"), ["edited"])
        choices.write_text(choices.read_text() + "env = A=B\n")
        self.assertIn("generated", self.kinds("shop", self.shop))
        module = self.shop / "bare_app.py"
        module.write_text(module.read_text() + "\n")
        row = self.status(status=1)["shop"]
        self.assertIn("on, wrong", row)
        self.assertIn("bare_app.py has changed", row)
        restart = re.findall("`modwsgideploy restart (.*)` gives", row)
        self.run_command("restart", *restart, "--server-config", self.config)
        self.assertNotIn("code", self.kinds("shop"))
        installed = self.root / "sites-available" / "shop.conf"
        installed.write_text(installed.read_text() + "KeepAlive Off\n")
        row = self.status(self.shop, status=1)["shop"]
        self.assertIn("was edited since it was installed", row)
        self.assertIn("Apache has not read its files", row)

    def test_what_does_not_answer_is_explained(self):
        (self.shop / "bare_app.py").write_text("import not_there\n")
        self.run_command("restart", self.shop, "--no-check",
                         "--server-config", self.config, status=1)
        row = self.status(self.shop, status=1)["shop"]
        self.assertRegex(row, r"on, wrong .* 500 in")
        self.assertIn("Python finds no module not_there", row)
        self.stop()
        row = self.status("--timeout=2", status=1)["shop"]
        self.assertIn("Apache does not run", row)
        for name in "shop", "neighbour":
            (self.root / "sites-enabled" / f"{name}.conf").unlink()
        out, err = self.run_command("status", "--server-config", self.config,
                                    status=1)
        self.assertRegex(out, "(?m)^shop .* off$")
        self.assertIn("Apache does not run; start it with", err)

    def test_maintenance_is_not_wrong(self):
        self.disable(self.shop, "--maintenance")
        self.settle(shop=2)
        row = self.status(self.shop)["shop"]
        self.assertRegex(row, " maintenance +2 since .* 503 in [^ ]+ s$")
        self.run_command("restart", self.shop, "--server-config", self.config)

    def test_a_manifest_and_what_is_not_deployed(self):
        shutil.rmtree(self.wiki / "apache")
        manifest = self.top / "sites.ini"
        sample = samples.bare()
        manifest.write_text(
            f"[DEFAULT]\nin-place = yes\nconfig = {sample.config}\n"
            f"virtualenv = {sample.virtualenv}\n"
            f"[shop]\nproject = {self.shop}\nthreads = 9\n"
            f"[wiki]\nproject = {self.wiki}\n[lost]\nproject = nowhere\n")
        rows = self.status(manifest, status=1)
        self.assertIn("there is no deployment of wiki", rows["wiki"])
        self.assertIn("nowhere", rows["lost"])
        # What it is by the manifest, and not by its own record.
        self.assertIn("not as the choices make", rows["shop"])
        self.assertEqual([*self.status(manifest, "--only=wiki", status=1)],
                         ["wiki"])

    def test_a_release(self):
        code = self.top / "srv" / "releases" / "20261127-1" / "code"
        shutil.copytree(self.wiki, code)
        shutil.rmtree(code / "apache")
        link = self.top / "srv" / "current"
        link.symlink_to("releases/20261127-1")
        sample = samples.bare()
        self.run_command(
            "deploy", link / "code", "-q", "--in-place", "--name=served",
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            "--log-directory", self.root / "log", "--egg-cache=",
            "--platform=debian")
        self.enable(link / "code")
        self.assertRegex(self.status()["served"], r" on +20261127-1, \d+ s +")
        site = self.json()["served"]
        self.assertEqual(site["release"], "20261127-1")
        self.assertLess(0, site["release_since"])

    def test_a_project_that_nobody_knows_and_another_user(self):
        elsewhere = self.top / "deployed"
        shutil.move(self.wiki / "apache", elsewhere)
        sample = samples.bare()
        self.run_command(
            "deploy", self.wiki, "-q", "--output-dir", elsewhere, "--in-place",
            "--name=wiki", "--virtualenv", sample.virtualenv, "--config",
            sample.config, "--egg-cache=", "--platform=debian",
            "--log-directory", self.root / "log")
        self.enable(self.wiki, "--output-dir", elsewhere)
        self.settle(shop=2, wiki=1)
        row = self.status()["wiki"]
        self.assertRegex(row, " on +1 since .* 200 in ")
        self.assertIn("nothing says where the project of", row)
        user = owner_without_rights(self, self.shop)
        self.assertRegex(self.status(self.shop, user=user)["shop"],
                         r" on +2 since .* MB +200 in ")


class Https(StatusCase, HttpsCase):

    def test_a_certificate_that_ends(self):
        certificate, key = self.certificate("shop")
        shop = self.shop(certificate, key)
        self.enable(shop)
        self.assertRegex(self.status()["shop"], " 200 in .* (89|90) days$")
        subprocess.run(
            ["openssl", "req", "-x509", "-key", key, "-days", "5", "-subj",
             f"/CN={self.name}", "-out", certificate], check=True,
            stderr=subprocess.DEVNULL)
        row = self.status(status=1)["shop"]
        self.assertRegex(row, " [45] days\n")
        self.assertIn(f"the certificate {certificate} ends on", row)


if __name__ == "__main__":
    unittest.main()
