"""Static files that would show what is private."""

import os
import tempfile
import unittest

from modwsgideploy.sites.exposure import exposed
from tests.support.commands import CommandTest


class Exposed(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = os.path.realpath(top.name)
        os.makedirs(f"{self.top}/shop/static")

    def told(self, path, **private):
        return list(exposed([f"{self.top}/{path}"], {
            f"{self.top}/{name}": f"the {name}" for name in private},
            "--static"))

    def test_a_directory_of_nothing_but_static_files(self):
        self.assertEqual(self.told("shop/static", shop=1), [])
        # A name that only starts alike.
        self.assertEqual(self.told("sho", shop=1), [])

    def test_what_is_private_or_holds_it(self):
        for path in "shop", "":
            message, = self.told(path, shop=1)
            self.assertTrue(message.startswith(
                f"--static: {self.top}/{path} holds the shop, "), message)

    def test_a_link_to_it(self):
        os.symlink("shop", f"{self.top}/files")
        self.assertEqual(len(self.told("files", shop=1)), 1)

    def test_the_history_of_a_repository(self):
        os.mkdir(f"{self.top}/shop/static/.git")
        message, = self.told("shop/static")
        self.assertIn("holds the history in .git, ", message)


class Command(CommandTest):

    def test_the_project_is_not_shown(self):
        _, err = self.deploy("--in-place", f"--static=/x={self.directory}",
                             status=2)
        self.assertIn(f"--static: {self.directory} holds ", err)
        self.assertIn("the project", err)
        self.assertEqual(self.written(), [])

    def test_a_directory_that_apache_takes_for_a_pattern(self):
        directory = self.directory + "[1]"
        os.rename(self.directory, directory)
        _, err = self.deploy(directory, cwd="/", status=2)
        self.assertIn(f"the project's directory: {directory!r} contains '[',"
                      " which Apache takes for a wildcard; move the project",
                      err)
        os.rename(directory, self.directory)
