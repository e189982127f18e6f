"""Deployments of an earlier version are updated as by any release.

``old_deployments`` holds what commit 23aa1c9 wrote, with the project in
/home/me: one output directory for each case, and a manifest with its sites.
"""

import json
import os
import re
import shutil
import tempfile
import zlib

from tests.support import TESTS
from tests.support.commands import CommandTest

OLD = os.path.join(TESTS, "old_deployments")
HOME = "/home/me"              # where the projects stood
BASE = ".modwsgideploy.base"
HEADER = "\n{} {} {} {}\n"     # kind, name, length, CRC of the text


def moved(text, home):
    """``text`` as it would be with the projects in ``home``."""
    return text.replace(HOME, home)


def moved_base(text, home):
    """The text of a record, with each checksum as it would be there."""
    end = text.index("\n\n") + 1
    parts = [text[:end]]
    while end < len(text):
        found = re.compile(r"\n(\S+) (\S+) (\d+) (\S+)\n").match(text, end)
        start, end = found.end(), found.end() + int(found[3])
        part = moved(text[start:end], home)
        parts += [HEADER.format(
            found[1], found[2], len(part),
            f"{zlib.crc32(part.encode()):08x}"), part]
    return "".join(parts)


def recorded(choices):
    """A site.ini as it is updated: a site with a host stays at /NAME, which
    was the default then and is none today."""
    name = re.search(r"(?m)^\[(.*)\]$", choices)[1]
    if "server-name = " in choices and "mount-point = " not in choices:
        choices += f"mount-point = /{name}\n"
    return choices


def read(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return stream.read()


class OldDeployment(CommandTest):
    """Projects as commit 23aa1c9 left them."""

    maxDiff = None

    def setUp(self):
        self.home = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home)

    def place_project(self, case, project):
        """A fake project where it was deployed."""
        self.directory = os.path.join(self.home, case, project)
        shutil.copytree(os.path.join(TESTS, "fake_projects", project),
                        self.directory)

    def place_files(self, source, target):
        """All files below ``source``, moved to where the test runs."""
        for head, _, names in os.walk(os.path.join(OLD, source)):
            there = os.path.normpath(os.path.join(
                target, os.path.relpath(head, os.path.join(OLD, source))))
            os.makedirs(there, exist_ok=True)
            for name in names:
                path, copy = (os.path.join(head, name),
                              os.path.join(there, name))
                move = moved_base if name == BASE else moved
                with open(copy, "w", encoding="utf-8") as stream:
                    stream.write(move(read(path), self.home))
                # Git keeps no more of a mode than this.
                os.chmod(copy, 0o640 if name in (BASE, "site.ini") else
                         os.stat(path).st_mode & 0o777)

    def texts(self, directory):
        """The text of each file in ``directory`` but the record, by name."""
        return {name: read(os.path.join(directory, name))
                for name in os.listdir(directory) if name != BASE}

    def update(self, case, project, status=0):
        """Deploy again; the texts before and after, and all actions."""
        self.place_project(case, project)
        output = os.path.join(self.directory, "apache")
        self.place_files(case, output)
        before = self.texts(output)
        told = self.deploy("--json", status=status)[0]
        return before, self.texts(output), {
            os.path.basename(file["path"]): file["action"]
            for file in json.loads(told)["sites"][0]["files"]}

    def fresh(self):
        """The texts of a new deployment with the same choices."""
        output = os.path.join(self.directory, "apache")
        choices = read(os.path.join(output, "site.ini"))
        shutil.rmtree(output)
        os.mkdir(output)
        with open(os.path.join(output, "site.ini"), "w",
                  encoding="utf-8") as stream:
            stream.write(choices)
        self.deploy()
        return self.texts(output)

    def check_told(self, before, after, actions, but=()):
        """What is unchanged is reported so, and nothing else is."""
        for name in set(actions) - set(but):
            self.assertEqual(
                actions[name] == "unchanged",
                before.get(name) == after[name], (name, actions[name]))


class Unedited(OldDeployment):
    """One deployment of each server module."""

    def check_unedited(self, case, project, but=()):
        before, after, actions = self.update(case, project)
        self.assertEqual(after["site.ini"], recorded(before["site.ini"]))
        self.assertEqual(sorted(before), sorted(after))
        self.check_told(before, after, actions, but)
        again = json.loads(self.deploy("--json")[0])["sites"][0]["files"]
        self.assertEqual({file["action"] for file in again}, {"unchanged"})
        self.assertEqual(after, self.fresh())

    def test_of_mod_wsgi(self):
        self.check_unedited("mod_wsgi", "turbogears2")

    def test_of_mod_wsgi_with_many_options(self):
        # What holds values of --env is no longer for everybody to read.
        self.check_unedited("options", "paste", but=["myapp.wsgi"])

    def test_of_fastcgi(self):
        self.check_unedited("fastcgi", "paste")
        self.assertTrue(os.access(os.path.join(
            self.directory, "apache", "dispatch.fcgi"), os.X_OK))

    def test_of_mod_python(self):
        self.check_unedited("mod_python", "pylons")


class Edited(OldDeployment):
    """Hand edits in such a deployment."""

    def test_edits_are_merged_into_a_new_text(self):
        self.place_project("edited", "pyramid")
        output = os.path.join(self.directory, "apache")
        self.place_files("edited", output)
        self.deploy("--processes=5")
        after = self.texts(output)
        self.assertIn('\n    # Ours.\n    Header set X-Shop "yes"\n',
                      after["shop"])
        self.assertIn("deadlock-timeout=90", after["shop"])
        self.assertIn("processes=5", after["shop"])
        self.assertIn("threads=25", after["shop"])
        self.assertIn('\nos.environ["SHOP"] = "ours"\n', after["shop.wsgi"])
        self.assertTrue(after["test.wsgi"].endswith("\n# Ours.\n"))

    def test_edits_stay_where_nothing_else_is_wanted(self):
        before, after, actions = self.update("edited", "pyramid")
        self.assertEqual(after["site.ini"], before["site.ini"])
        self.assertIn("# Ask Ann before you change this.",
                      after["site.ini"])
        self.check_told(before, after, actions, but=["baseline.conf"])
        for name in "shop", "shop.wsgi", "test.wsgi", "baseline.conf":
            with self.subTest(name):
                self.assertEqual(re.findall(".*(?i:ours).*", before[name]),
                                 re.findall(".*(?i:ours).*", after[name]))

    def test_an_edited_file_of_no_use_any_more_is_kept(self):
        before, after, actions = self.update("edited", "pyramid")
        self.assertEqual(actions["baseline.conf"], "keep")
        self.assertEqual(after["baseline.conf"], before["baseline.conf"])

    def test_a_conflict_stays_one_until_it_is_settled(self):
        before, after, actions = self.update("conflict", "pyramid", status=1)
        self.assertEqual(actions["shop"], "conflict")
        self.assertEqual(after["shop"], before["shop"])
        self.assertIn("threads=25", after["shop.new"])
        os.unlink(os.path.join(self.directory, "apache", "shop.new"))
        told = json.loads(self.deploy("--json")[0])["sites"][0]["files"]
        self.assertEqual({file["action"] for file in told}, {"unchanged"})
        self.assertIn("threads=40", self.text("shop"))


class Fleet(OldDeployment):
    """The sites of a manifest."""

    def setUp(self):
        super().setUp()
        for project in "paste", "pyramid", "pylons":
            self.place_project("fleet", project)
        self.directory = os.path.dirname(self.directory)
        self.place_files("fleet", self.directory)

    def sites(self):
        return {f"{site}/{name}": text
                for site in os.listdir(self.path("deployed"))
                for name, text in self.texts(
                    self.path("deployed", site)).items()}

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def test_a_batch_updates_all_sites(self):
        before = self.sites()
        self.run_command("modwsgideploy", "batch", "sites.ini")
        after = self.sites()
        self.assertEqual(sorted(before), sorted(after))
        for name in before:
            if name.endswith("site.ini"):
                self.assertEqual(after[name], recorded(before[name]))
        for name in "shop/shop", "shop-test/shop-test":
            self.assertEqual(*(re.findall(r"(?m)^ *WSGIScriptAlias (\S+) ",
                                          texts[name])
                               for texts in (before, after)))
        self.assertIn('\n    # Ours.\n    Header set X-Shop "yes"\n',
                      after["shop/shop"])
        told, _ = self.run_command("modwsgideploy", "batch", "sites.ini")
        self.assertIn("4 sites: 4 unchanged", told)
        self.assertEqual(self.sites(), after)

    def test_a_batch_changes_what_the_manifest_changes(self):
        text = read(self.path("sites.ini"))
        with open(self.path("sites.ini"), "w", encoding="utf-8") as stream:
            stream.write(text.replace("mount-point = /",
                                      "mount-point = /\nport = 8080"))
        self.run_command("modwsgideploy", "batch", "sites.ini")
        after = self.sites()
        self.assertIn("<VirtualHost *:8080>", after["shop/shop"])
        self.assertIn('\n    # Ours.\n    Header set X-Shop "yes"\n',
                      after["shop/shop"])
        self.assertNotIn("*:8080", after["shop-test/shop-test"])
