"""What an account can use, tried as that account."""

import os
import pwd
import shutil
import tempfile
import unittest
from unittest import mock

from modwsgideploy.errors import DeployError
from modwsgideploy.server import programs
from modwsgideploy.server.configuration import Served
from modwsgideploy.system import accounts
from modwsgideploy.system.accounts import Account


@unittest.skipIf(os.geteuid(), "only root can act as others")
class Denials(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="mwd test ")
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory)
        self.nobody = Account("nobody", "nogroup",
                              *pwd.getpwnam("nobody")[2:4])

    def make(self, name, text):
        path = f"{self.directory}/{name}"
        with open(path, "w") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
        return path

    def refused(self, function, *args):
        """The message with which ``function`` refuses."""
        with self.assertRaises(DeployError) as caught:
            function(*args)
        return str(caught.exception)

    def denials(self, path, account=None):
        return accounts.access_denials([path], account or self.nobody)

    def test_first_directory_that_stops(self):
        closed = f"{self.directory}/closed"
        os.makedirs(f"{closed}/deep/er")
        script = self.make("closed/deep/er/app.wsgi", "")
        self.assertEqual(self.denials(script), [])
        os.chmod(f"{closed}/deep", 0o700)
        os.chmod(closed, 0o750)
        self.assertEqual(self.denials(script), [
            (script, "nobody", closed, "enter", "0750", "root:root")])
        self.assertEqual(
            str(self.denials(script)[0]),
            f"user nobody cannot read {script}, for it cannot enter {closed}"
            f" (mode 0750, owner root:root); `chmod o+x '{closed}'` lets it")

    def test_what_keeps_a_program_from_running_is_named(self):
        closed = f"{self.directory}/closed"
        os.mkdir(closed, 0o700)
        shutil.copy("/bin/true", f"{closed}/python3")
        python = f"{self.directory}/python"
        os.symlink("closed/python3", python)
        for path, says in (
                (python, f"user nobody cannot read {closed}/python3, for it"
                 f" cannot enter {closed} (mode 0700, owner root:root)"),
                (f"{self.directory}/gone", "No such file or directory")):
            self.assertEqual(
                self.refused(programs.start_programs, [
                    Served((), program=(path,))], self.directory,
                    self.nobody, 0),
                f"{path} cannot be run: {says}")

    def test_files_that_are_closed_to_others_are_let_read(self):
        script, page = self.make("app.wsgi", ""), self.make("page", "")
        os.chmod(script, 0o640)
        self.assertTrue(self.denials(script))
        accounts.let_read(self.directory, self.nobody)
        self.assertEqual(self.denials(script), [])
        status = os.stat(script)
        self.assertEqual((status.st_mode & 0o777, status.st_uid), (0o640, 0))
        self.assertEqual(os.stat(page).st_gid, 0)

    def test_file_and_directory(self):
        script = self.make("app.wsgi", "")
        os.chmod(script, 0o600)
        os.mkdir(f"{self.directory}/static", 0o711)
        for path, mode in ((script, "0600"),
                           (f"{self.directory}/static", "0711")):
            self.assertEqual(self.denials(path), [
                (path, "nobody", path, "read", mode, "root:root")])
            self.assertIn(f"chmod o+rX '{path}'", str(self.denials(path)[0]))

    def test_missing(self):
        path = f"{self.directory}/no/such/file"
        self.assertEqual(self.denials(path), [
            (path, "nobody", f"{self.directory}/no", "find", "", "")])
        self.assertEqual(
            str(self.denials(path)[0]),
            f"{path} is missing: there is no {self.directory}/no")

    def test_links(self):
        os.mkdir(f"{self.directory}/closed", 0o700)
        script = self.make("closed/app.wsgi", "")
        link = f"{self.directory}/link.wsgi"
        os.symlink(script, link)
        self.assertEqual(self.denials(link)[0].blocker,
                         f"{self.directory}/closed")
        for name, target in (("a", "b"), ("b", "a")):
            os.symlink(f"{self.directory}/{target}",
                       f"{self.directory}/{name}")
        self.assertEqual(len(self.denials(f"{self.directory}/a/x")), 1)

    def test_groups_count(self):
        path = f"{self.directory}/shared"
        os.mkdir(path, 0o750)
        os.chown(path, 0, self.nobody.gid)
        self.assertEqual(self.denials(path), [])

    def test_account(self):
        self.assertEqual(accounts.find_account("nobody"), self.nobody)
        self.assertEqual(accounts.find_account(None, self.directory).uid,
                         accounts.find_account().uid)
        self.assertTrue(accounts.find_account().uid)
        self.assertTrue(accounts.find_account(None, "/no/such").uid)
        os.chown(self.directory, self.nobody.uid, -1)
        self.assertEqual(accounts.find_account(None, self.directory),
                         self.nobody)
        self.assertIn("'root' is root",
                      self.refused(accounts.find_account, "root"))
        self.assertIn("no user 'no-such'",
                      self.refused(accounts.find_account, "no-such"))

    def test_what_runs_as_an_account_reports_errors_and_bugs(self):
        self.assertEqual(accounts.run_as(self.nobody, os.getuid),
                         self.nobody.uid)
        with self.assertRaisesRegex(RuntimeError, "PermissionError"):
            accounts.run_as(self.nobody, lambda: os.listdir("/root"))
        with mock.patch.object(os, "setresuid", side_effect=PermissionError):
            self.assertIn("--user: cannot act as 'nobody'", self.refused(
                accounts.run_as, self.nobody, os.getuid))


if __name__ == "__main__":
    unittest.main()
