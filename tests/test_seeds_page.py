"""docs/seeds.rst: the tests and files that it names are there."""

import ast
import re
import unittest
from pathlib import Path

from tests.support import TESTS, TOP


class Page(unittest.TestCase):

    def test_what_it_names_exists(self):
        text = Path(TOP, "docs", "seeds.rst").read_text(encoding="utf-8")
        named = re.findall(r"``((?:[a-z]+/)?[\w./-]+/[\w.-]+)(?::([\w.]+))?``",
                           text)
        found = [(path, name) for path, name in named
                 if Path(TESTS, path).is_file()]
        self.assertGreater(len(found), 100)
        for path, _ in named:
            if path.endswith(".py") and path.startswith((
                    "live/", "templates/", "deployment/", "cli/", "checks/",
                    "apache/", "explain/")) or path.startswith("golden/"):
                self.assertTrue(Path(TESTS, path).is_file(), path)
        for path, name in found:
            if name:
                self.assertIn(name, self.names(Path(TESTS, path)), path)

    def names(self, path):
        """The classes of a test module, and their tests."""
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                yield node.name
                for part in node.body:
                    if isinstance(part, ast.FunctionDef):
                        yield f"{node.name}.{part.name}"


if __name__ == "__main__":
    unittest.main()
