"""A file in whose place its copy is put."""

import os
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.system.files import replace_by_copy


class Replaced(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name)
        self.path = self.top / "dispatch.fcgi"
        self.path.write_bytes(b"#!/usr/bin/python3\n\xff")
        self.path.chmod(0o4750)

    def test_the_copy_is_the_same_but_for_its_inode(self):
        before = self.path.stat()
        # What a run that was killed has left.
        (self.top / ".dispatch.fcgi.modwsgideploy-copy").write_text("half")
        with open(self.path, "rb") as old:     # so its inode is not free
            replace_by_copy(str(self.path))
            self.assertNotEqual(os.fstat(old.fileno()).st_ino,
                                self.path.stat().st_ino)
        now = self.path.stat()
        self.assertEqual(self.path.read_bytes(), b"#!/usr/bin/python3\n\xff")
        self.assertEqual((now.st_uid, now.st_gid, now.st_mode & 0o7777),
                         (before.st_uid, before.st_gid, 0o750))
        self.assertEqual([path.name for path in self.top.iterdir()],
                         ["dispatch.fcgi"])

    def test_what_is_missing_is_no_file_afterwards(self):
        self.path.unlink()
        with self.assertRaises(FileNotFoundError):
            replace_by_copy(str(self.path))
        self.assertEqual([*self.top.iterdir()], [])


if __name__ == "__main__":
    unittest.main()
