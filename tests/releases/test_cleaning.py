"""Which releases are removed, and which never."""

import os
import subprocess
import tempfile
import unittest

from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import (
    ReleasePaths,
    current_project,
    find_root,
    through_current,
)
from modwsgideploy.releases.cleaning import (
    locked,
    prune,
    remove_unfinished,
)
from modwsgideploy.releases.current import flip
from modwsgideploy.releases.records import (
    Release,
    read_releases,
    write_release,
)


class Releases(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.paths = ReleasePaths(os.path.realpath(top.name))
        self.names = [f"20260101-00000{number}" for number in range(6)]

    def make(self, name, **fields):
        os.makedirs(self.paths.code(name))
        write_release(self.paths, Release(name, **{
            "served": "2026-01-01T00:00:00+00:00", **fields}))

    def left(self):
        return sorted(os.listdir(self.paths.releases))

    def test_pruned(self):
        for name in self.names:
            self.make(name, previous=self.names[0])
        flip(self.paths, self.names[4])
        process = subprocess.Popen(["sleep", "60"],
                                   cwd=self.paths.code(self.names[1]))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        # The newest, the one before the current one, and one that runs.
        self.assertEqual(prune(self.paths, 2), [self.names[3], self.names[2]])
        self.assertEqual(self.left(), [
            *self.names[:2], *self.names[4:]])

    def test_what_was_not_finished_or_never_served(self):
        self.make(self.names[0])
        self.make(self.names[1], served="")
        self.make(self.names[2], served="")
        os.makedirs(self.paths.code(self.names[3]))
        os.makedirs(self.paths.python)
        flip(self.paths, self.names[2])
        self.assertEqual(remove_unfinished(self.paths),
                         [self.names[1], self.names[3]])
        self.assertEqual(self.left(),
                         [self.names[0], self.names[2], "python"])

    def test_several_of_one_second_are_in_order(self):
        for number in "", "-2", "-10":
            self.make(self.names[0] + number)
        self.assertEqual(
            [one.name[15:] for one in read_releases(self.paths)],
            ["-10", "-2", ""])

    def test_one_run_at_a_time(self):
        with locked(self.paths), self.assertRaises(DeployError) as caught, \
                locked(self.paths):
            pass
        self.assertIn("another update or rollback of it runs",
                      str(caught.exception))

    def test_paths(self):
        name = self.names[0]
        self.make(name)
        root = self.paths.root
        self.assertEqual(find_root(root), "")
        self.assertEqual(current_project(root), root)
        flip(self.paths, name)
        code = self.paths.code(name)
        for path in (root, f"{root}/current", f"{root}/current/code", code):
            self.assertEqual(find_root(path), root)
            self.assertEqual(current_project(path), code)
        self.assertEqual(current_project(f"{root}/docs"), f"{root}/docs")
        self.assertEqual(through_current(f"{code}/apache/shop"),
                         f"{root}/current/code/apache/shop")


if __name__ == "__main__":
    unittest.main()
