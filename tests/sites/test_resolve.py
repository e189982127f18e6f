"""What ``check`` and ``serve`` of many sites are made of."""

import os
import subprocess
import sys
import unittest

from modwsgideploy.apache import parser
from modwsgideploy.commands import private_sites
from modwsgideploy.sites.options import Setting
from tests.support import commands


class Directives(unittest.TestCase):

    def test_found_by_name_in_their_order(self):
        found = parser.Directives(parser.parse(
            "Alias /a /1\nDefine X\nALIAS /b /2\nScriptAlias /c /3\n", "x"))
        self.assertEqual([each.arguments[0] for each in found.of("Alias")],
                         ["/a", "/b"])
        self.assertEqual(
            [each.line for each in found.of("ScriptAlias", "Alias")],
            [1, 3, 4])
        self.assertEqual(found.of("Nothing"), [])

    def test_the_names_of_each_host(self):
        found = parser.Directives(parser.parse(
            "ServerName main.example\n<VirtualHost *:80>\n"
            "ServerAlias b.example C.example\nServerName https://A.example:1"
            "\n</VirtualHost>\n<VirtualHost *:81>\nServerName a.example\n"
            "</VirtualHost>\n", "x.conf"))
        self.assertEqual(found.host_names, {
            ("x.conf", 2, "*:80"): ["a.example", "b.example", "c.example"],
            ("x.conf", 6, "*:81"): ["a.example"]})


class Private(unittest.TestCase):
    """What of a deployment's choices a private server repeats."""

    def kept(self, recorded, given=()):
        told = []
        given = {name: Setting(value, "--" + name)
                 for name, value in dict(given).items()}
        settings = {**{name: Setting(value, "site.ini")
                       for name, value in recorded.items()}, **given}
        kept = private_sites.private_settings(settings, given, told.append)
        self.assertEqual(kept.pop("in-place").value, "yes")
        return {name: one.value for name, one in kept.items()}, told

    def test_recorded_ones_are_left_out_quietly(self):
        self.assertEqual(self.kept({
            "user": "x", "certificate": "/c", "port": "443",
            "egg-cache": "/e", "mount-point": "/m", "threads": "3"}),
            ({"mount-point": "/m", "threads": "3"}, []))

    def test_an_egg_cache_that_is_given_is_used(self):
        self.assertEqual(
            self.kept({"threads": "3", "egg-cache": "/e"},
                      {"egg-cache": "/other"}),
            ({"threads": "3", "egg-cache": "/other"}, []))

    def test_directories_of_another_machine(self):
        kept, told = self.kept({"virtualenv": "/srv/of-nobody",
                                "home": "/tmp", "baseline": ""})
        self.assertEqual(kept, {"home": "/tmp", "baseline": ""})
        self.assertEqual(told, ["site.ini: /srv/of-nobody is left out, as it"
                                " is not on this machine"])
        self.assertEqual(
            self.kept({}, {"virtualenv": "/srv/of-nobody"})[0],
            {"virtualenv": "/srv/of-nobody"})

    def test_names_that_lead_to_this_machine(self):
        for name, local in (
                ("www.example.com", "www.example.com.localhost"),
                ("www.example.com.", "www.example.com.localhost"),
                ("shop", "shop.localhost"), ("localhost", "localhost"),
                ("shop.localhost", "shop.localhost"),
                ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"),
                ("x." * 125 + "de", "x." * 125 + "de")):
            self.assertEqual(private_sites.local_name(name), local)


class Commands(commands.CommandTest):

    def test_only_is_about_a_manifest(self):
        for command in ("check", "serve"):
            _, err = self.run_command("modwsgideploy", command, "--only=x",
                                      status=2)
            self.assertIn("--only: chooses sites of a manifest", err)

    def test_mistakes_of_a_manifest_are_told_at_once(self):
        path = os.path.join(self.directory, "sites.ini")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("[one]\nproject = .\nport = x\n[two]\nthreads = y\n")
        for command in (["check"], ["serve", "--probe"]):
            _, err = self.run_command("modwsgideploy", *command, "sites.ini",
                                      status=2)
            for place in ("sites.ini:3 [one] port", "sites.ini:4 [two]",
                          "sites.ini:5 [two] threads"):
                self.assertIn(place, err)
            self.assertNotIn("Traceback", err)

    def test_a_manifest_on_standard_input(self):
        for command in (["check"], ["serve", "--probe"]):
            _, err = self.run_command(
                "modwsgideploy", *command, "-", status=2,
                answers="[one]\nproject = .\nport = x\n")
            self.assertIn("standard input:3 [one] port", err)

    def test_a_machine_without_apache(self):
        with open(os.path.join(self.directory, "sites.ini"), "w") as stream:
            stream.write("[one]\nproject = .\nbaseline =\n")
        for words, status, told in (
                (["batch"], 0, "1 site: 1 created"),
                (["check"], 1, "this machine has no Apache [MWD301]"),
                (["serve", "--probe"], 2, "no Apache was found")):
            with self.subTest(words):
                done = subprocess.run(
                    [sys.executable, "-c", "import sys\n"
                     "from modwsgideploy.apache import binaries as apache\n"
                     "from modwsgideploy.cli import console as cli\n"
                     "apache._DIRECTORIES = ()\n"
                     "sys.exit(cli.main(sys.argv[1:]))", *words,
                     "sites.ini"], cwd=self.directory, text=True, check=False,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env={**os.environ, "PATH": "/nowhere"})
                self.assertIn(told, done.stdout)
                self.assertEqual(done.returncode, status, done.stdout)

    def test_none_is_called_so(self):
        with open(os.path.join(self.directory, "sites.ini"), "w") as stream:
            stream.write("[one]\nproject = .\n")
        _, err = self.run_command("modwsgideploy", "check", "sites.ini",
                                  "--only=two", status=2)
        self.assertIn("--only: no site is called two", err)


if __name__ == "__main__":
    unittest.main()
