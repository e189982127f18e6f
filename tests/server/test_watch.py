"""Which changes of a project are noticed."""

import os
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.server.watch import Watch


class Changes(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name)
        for name in ("shop/views.py", "production.ini", "shop/data.json",
                     "virtualenv/pyvenv.cfg", "virtualenv/lib/x.py",
                     ".git/config.py", "node_modules/a.py",
                     "shop/__pycache__/views.py", "Shop.egg-info/x.py"):
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("one")
        self.env = self.top / "secrets"
        self.watch = Watch([str(self.top), str(self.top), ""],
                           [str(self.env), ""])

    def changed(self):
        return [os.path.relpath(path, self.top)
                for path in self.watch.changed()]

    def test_are_those_of_code_and_configuration(self):
        for path in self.top.rglob("*"):
            if path.is_file():
                path.write_text("another")
        self.assertEqual(self.changed(), ["production.ini", "shop/views.py"])
        self.assertEqual(self.changed(), [])

    def test_are_files_that_come_and_go(self):
        (self.top / "shop" / "new.py").write_text("")
        (self.top / "production.ini").unlink()
        self.env.write_text("A=1")
        self.assertEqual(self.changed(),
                         ["production.ini", "secrets", "shop/new.py"])
        self.env.unlink()
        (self.top / "shop" / "new.py").rename(self.top / "shop" / "old.py")
        self.assertEqual(self.changed(),
                         ["secrets", "shop/new.py", "shop/old.py"])

    def test_are_none_of_loops_and_of_what_cannot_be_read(self):
        os.symlink(self.top, self.top / "shop" / "loop")
        os.symlink("nowhere.py", self.top / "shop" / "broken.py")
        self.assertEqual(self.changed(), [])


if __name__ == "__main__":
    unittest.main()
