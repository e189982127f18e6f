"""Root in directories that belong to other users."""

import os
import pwd
import shutil
import stat
import tempfile
import unittest

from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import read_text
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.transaction import STAGE, File, plan, write

ALICE, BOB = 54321, 54322     # users without an account
GROUP = 54320


@unittest.skipIf(os.geteuid(), "only root can be led astray like this")
class OtherUsersDirectoryTest(unittest.TestCase):
    """A tree of root's with a directory of Alice's in it."""

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.mine = self.make("target")
        self.hers = self.make("alice", ALICE)

    def make(self, name, uid=0, mode=0o755):
        path = os.path.join(self.top, name)
        os.mkdir(path)
        os.chmod(path, mode)
        os.chown(path, uid, GROUP if uid else 0)
        return path

    def deploy(self, directory, **texts):
        write(plan([File(name, text) for name, text in texts.items()],
                   directory))

    def plant(self, directory, journal, owner=ALICE):
        """A stage of a killed run, as somebody would have us believe."""
        stage = os.path.join(directory, STAGE)
        os.mkdir(stage, 0o700)
        for name, text in (("journal", journal), ("old-0", "#!/bin/sh\n")):
            path = os.path.join(stage, name)
            with open(path, "w") as stream:
                stream.write(text)
            os.chown(path, owner, GROUP)
        os.chown(stage, owner, GROUP)

    def test_files_there_are_the_owners(self):
        apache = os.path.join(self.hers, "apache")
        self.deploy(apache, site="1")
        self.deploy(apache, site="2", more="3")
        for path in (apache, os.path.join(apache, "site"),
                     os.path.join(apache, "more")):
            self.assertEqual(os.stat(path).st_uid, ALICE)
        self.assertEqual(os.geteuid(), 0)

    def test_a_journal_names_nothing_outside_its_directory(self):
        for journal in ("[('../../target/planted', True, None)]",
                        "[('/etc/planted', True, None)]",
                        "[('..', True, None)]", "[", "[('a',)]",
                        "{}['a']", "(" * 500):
            apache = os.path.join(self.hers, "apache")
            os.mkdir(apache)
            os.chown(apache, ALICE, GROUP)
            self.plant(apache, journal)
            with self.subTest(journal), self.assertRaisesRegex(
                    DeployError, "journal: is damaged"):
                self.deploy(apache, site="1")
            self.assertEqual(os.listdir(self.mine), [])
            self.assertFalse(os.path.exists("/etc/planted"))
            shutil.rmtree(apache)

    def test_a_journal_unlinks_no_file_of_roots(self):
        victim = os.path.join(self.mine, "victim")
        with open(victim, "w") as stream:
            stream.write("root's")
        found = os.stat(victim)
        apache = os.path.join(self.hers, "apache")
        os.mkdir(apache)
        os.chown(apache, ALICE, GROUP)
        os.symlink(victim, os.path.join(apache, "site"))
        self.plant(apache, repr([
            ("site", False, (found.st_size, found.st_mtime_ns))]))
        with self.assertRaises(DeployError):
            self.deploy(apache, other="1")
        self.assertTrue(os.path.exists(victim))

    def test_a_stage_of_another_user_is_not_believed(self):
        common = self.make("common", mode=0o1777)
        self.plant(common, "[('site', True, None)]")
        with self.assertRaisesRegex(DeployError, "another user"):
            self.deploy(common, site="1")
        self.assertEqual(os.listdir(common), [STAGE])

    def test_a_stage_beside_a_directory_to_be_made(self):
        common = self.make("common", mode=0o1777)
        stage = os.path.join(common, f".apache{STAGE}")
        os.mkdir(stage)
        os.chown(stage, BOB, GROUP)
        with self.assertRaisesRegex(DeployError, "another user"):
            self.deploy(os.path.join(common, "apache"), site="1")
        self.assertEqual(os.listdir(stage), [])

    def test_a_link_of_hers_does_not_lead_to_what_is_roots(self):
        os.symlink(self.mine, os.path.join(self.hers, "apache"))
        os.lchown(os.path.join(self.hers, "apache"), ALICE, GROUP)
        with self.assertRaisesRegex(DeployError, "write-protected"):
            self.deploy(os.path.join(self.hers, "apache"), site="1")
        self.assertEqual(os.listdir(self.mine), [])

    def test_a_link_of_hers_below_a_sticky_directory(self):
        common = self.make("common", mode=0o1777)
        link = os.path.join(common, "apache")
        os.symlink(self.mine, link)
        os.lchown(link, ALICE, GROUP)
        with self.assertRaises(DeployError):
            self.deploy(link, site="1")
        self.assertEqual(os.listdir(self.mine), [])

    def test_a_link_of_roots_is_followed(self):
        link = os.path.join(self.top, "link")
        os.symlink("target", link)
        self.deploy(link, site="1")
        self.assertEqual(os.listdir(self.mine), ["site"])
        self.assertEqual(os.stat(
            os.path.join(self.mine, "site")).st_uid, 0)

    def test_what_everybody_can_change_is_refused(self):
        self.make("open", mode=0o777)
        with self.assertRaisesRegex(DeployError, "open: everybody can"):
            self.deploy(os.path.join(self.top, "open", "apache"), site="1")
        self.assertEqual(os.listdir(os.path.join(self.top, "open")), [])

    def test_a_fifo_is_no_file_to_wait_for(self):
        path = os.path.join(self.hers, "PKG-INFO")
        os.mkfifo(path)
        with self.assertRaisesRegex(DeployError, "no regular file"):
            read_text(path)

    def test_a_link_of_hers_does_not_show_what_is_roots(self):
        secret = os.path.join(self.mine, "secret")
        with open(secret, "w") as stream:
            stream.write("root's")
        os.chmod(secret, 0o600)
        link = os.path.join(self.hers, "production.ini")
        os.symlink(secret, link)
        os.lchown(link, ALICE, GROUP)
        with self.assertRaisesRegex(
                DeployError, "Permission denied for .*, as whom root reads"):
            read_text(link)
        self.assertEqual(read_text(secret), "root's")
        self.assertEqual(os.geteuid(), 0)

    def test_the_first_user_on_the_way_counts(self):
        below = os.path.join(self.hers, "bobs")
        os.mkdir(below)
        os.chown(below, BOB, GROUP)
        for path in (self.hers, below, os.path.join(below, "new", "x")):
            self.assertEqual(owner_on_the_way(path).uid, ALICE)
        self.assertIsNone(owner_on_the_way(self.mine))
        loop = os.path.join(self.top, "loop")
        os.symlink(loop, loop)
        self.assertIsNone(owner_on_the_way(loop))

    def test_an_account_brings_its_groups(self):
        nobody = pwd.getpwnam("nobody")
        os.chown(self.hers, nobody.pw_uid, GROUP)
        with acting_as(owner_on_the_way(self.hers)):
            self.assertEqual((os.geteuid(), os.getegid()),
                             (nobody.pw_uid, nobody.pw_gid))
            self.assertNotIn(GROUP, os.getgroups())
        self.assertEqual((os.geteuid(), os.getegid()), (0, 0))

    def test_the_mode_of_a_file_survives(self):
        apache = os.path.join(self.hers, "apache")
        self.deploy(apache, site="1")
        os.chmod(os.path.join(apache, "site"), 0o600)
        self.deploy(apache, site="2")
        self.assertEqual(stat.S_IMODE(os.stat(
            os.path.join(apache, "site")).st_mode), 0o600)
