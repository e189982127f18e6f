"""Who builds a release, and who may switch to it."""

import json
import os
import pwd
import subprocess
import unittest

from tests.support.apache_case import BIN
from tests.support.release_case import ReleaseCase


class Owned(ReleaseCase):
    """A site that is ``owner``'s."""

    owner = ""

    def own(self, directory):
        subprocess.run(["chown", "-R", f"{self.owner}:", directory],
                       check=True)

    def as_owner(self, *words):
        entry = pwd.getpwnam(self.owner)
        done = subprocess.run(
            [BIN / "modwsgideploy", *words, "--server-config", self.config],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd="/", timeout=300, user=entry.pw_uid, group=entry.pw_gid,
            extra_groups=[], check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done


@unittest.skipIf(os.geteuid(), "only root can be somebody else")
class SomebodyElses(Owned):
    """A site that is neither root's nor that of Apache's user."""

    owner = "games"

    def test_the_owner_updates_without_root_after_the_first(self):
        code = self.new_code("2")
        done = self.as_owner("update", self.shop, "-y", "--from", code)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("run it as root: sudo ", done.stderr)
        self.assertFalse((self.shop / "releases").exists())
        # All of it is the owner's, though root runs it.
        self.update("--from", code, "-y", "--before", "id -un > who")
        self.assertEqual((self.shop / "current/code/who").read_text(),
                         self.owner + "\n")
        for head, names, files in os.walk(self.shop):
            for name in (*names, *files):
                found = os.lstat(os.path.join(head, name))
                self.assertEqual(pwd.getpwuid(found.st_uid).pw_name,
                                 self.owner, name)
        old = self.processes()
        done = self.as_owner("update", self.shop, "--from",
                             self.new_code("3"), "--before=")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.served(), "3")
        self.assertFalse(old & self.processes())
        done = self.as_owner("rollback", "shop")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.served(), "2")

    def test_root_installs_nothing_that_apache_would_do_as_root(self):
        self.update("--from", self.new_code("2"), "-y")
        conf = self.shop / "current/code/apache/shop"
        first = self.current()
        conf.write_text(conf.read_text() + "LoadModule x_module /tmp/x.so\n")
        self.own(conf)
        installed = self.tree()
        for options in (), ("--no-check",):
            _, err = self.update("--from", self.new_code("3"), *options,
                                 status=1)
            self.assertIn("MWD210", err)
        self.assertEqual((self.served(), self.current()), ("2", first))
        # A release is the owner's, too.
        conf.write_text(conf.read_text().replace("LoadModule", "# "))
        self.update("--from", self.new_code("3"))
        hidden = self.shop / "releases" / first / "code/apache/shop"
        hidden.write_text(hidden.read_text() + "LoadModule y_module /tmp/y\n")
        _, err = self.rollback(status=1)
        self.assertIn("MWD210", err)
        self.assertEqual(self.served(), "3")
        self.assertNotIn("LoadModule", str(
            [self.tree()[name] for name in installed
             if name.startswith("sites")]))

    def test_root_goes_back_to_nothing_of_another_user(self):
        self.update("--from", self.new_code("2"), "-y")
        before = self.tree()
        path = self.shop / "releases" / self.current() / "release.json"
        record = json.loads(path.read_text())
        record["choices"]["taken_over"] = str(self.top / "neighbour")
        path.write_text(json.dumps(record))
        _, err = self.rollback(status=1)
        self.assertIn(f"{self.top}/neighbour: is not the directory of who owns"
                      f" {self.shop}, so root does not go back to it", err)
        # Nor to another site of the same user.
        self.own(self.top / "neighbour")
        _, err = self.rollback(status=1)
        self.assertIn("is of neighbour, and not of shop", err)
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.served(), "2")


@unittest.skipIf(os.geteuid(), "only root can be somebody else")
class Untouched(Owned):
    """Such a site whose processes do not look at the script's time."""

    owner = "games"
    backend = (*Owned.backend, "--no-script-reloading")

    def test_root_alone_switches(self):
        self.update("--from", self.new_code("1"), "-y")
        self.update("--from", self.new_code("2"))
        releases = self.releases()
        for words in (("update", self.shop, "--from", self.new_code("3")),
                      ("rollback", self.shop)):
            done = self.as_owner(*words)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn("shop: has WSGIScriptReloading Off, so its processes"
                          " notice no new code, and they are another user's;"
                          " run it as root: sudo ", done.stderr)
            self.assertEqual((self.served(), self.releases()),
                             ("2", releases))


@unittest.skipIf(os.geteuid(), "only root can be somebody else")
class Roots(Owned):
    """A site in a directory of root's own."""

    owner = "root"

    def test_root_builds_nothing(self):
        _, err = self.update("--from", self.new_code("2"), "-y", status=2)
        self.assertIn(f"{self.shop}: belongs to root, and root runs no code of"
                      " a project", err)
        self.assertEqual(self.served(), "1")


if __name__ == "__main__":
    unittest.main()
