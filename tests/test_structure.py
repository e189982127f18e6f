"""How the package is laid out: sizes of modules, names that stay inside."""

import ast
import glob
import os
import re
import unittest

from tests.support import TOP

PACKAGE = "modwsgideploy"
MOST_LINES = 400
# Written by Cheetah's compiler; what it holds is in no other module's way.
COMPILED = f"{PACKAGE}/_templates.py"


def sources(top):
    """The syntax tree of each Python file below ``top``, by its path."""
    for path in sorted(glob.glob(f"{top}/**/*.py", root_dir=TOP,
                                 recursive=True)):
        if path != COMPILED and not path.startswith(f"{PACKAGE}/templates/"):
            with open(os.path.join(TOP, path), encoding="utf-8") as stream:
                yield path, ast.parse(stream.read())


def length(tree):
    """How many lines a module has, without its tables of data."""
    last = max((node.end_lineno for node in tree.body), default=0)
    return last - sum(
        node.end_lineno - node.lineno for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)))


def private_names(tree):
    """The ``_names`` of the package's other modules that a module uses."""
    modules = set()
    for node in ast.walk(tree):
        if (isinstance(node, ast.ImportFrom)
                and (node.module or "").split(".")[0] in (PACKAGE, "tests")):
            for alias in node.names:
                modules.add(alias.asname or alias.name)
                if is_private(alias.name):
                    yield alias.name
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and is_private(node.attr)
                and isinstance(node.value, ast.Name)
                and node.value.id in modules):
            yield f"{node.value.id}.{node.attr}"


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and (
        name not in ("_templates", "_replace", "_fields"))


class Structure(unittest.TestCase):

    def test_no_module_is_long(self):
        self.assertEqual(
            {path: length(tree) for path, tree in sources(PACKAGE)
             if length(tree) > MOST_LINES}, {})

    def test_no_private_name_is_used_by_another_module(self):
        for top in PACKAGE, "tests", "benchmarks", "docs":
            for path, tree in sources(top):
                with self.subTest(path):
                    self.assertEqual(list(private_names(tree)), [])

    def test_tests_are_laid_out_as_the_package(self):
        self.assertEqual({
            path.split("/")[1] for path, _ in sources("tests")
            if path.split("/")[2:] and "/test_" in path
        } - set(os.listdir(os.path.join(TOP, PACKAGE))), {"live"})

    def test_the_glossary_names_classes_that_there_are(self):
        with open(os.path.join(TOP, "docs", "glossary.rst"),
                  encoding="utf-8") as stream:
            named = set(re.findall(r"``([A-Z][a-z]+\w*)``", stream.read()))
        self.assertGreater(len(named), 20)
        defined = {node.name for _, tree in sources(PACKAGE)
                   for node in tree.body if isinstance(node, ast.ClassDef)}
        self.assertEqual(named - defined, set())

    def test_tests_share_helpers_not_test_modules(self):
        for path, tree in sources("tests"):
            with self.subTest(path):
                self.assertFalse(
                    [node.module for node in ast.walk(tree)
                     if isinstance(node, ast.ImportFrom)
                     and (node.module or "").startswith("tests")
                     and any("test_" in name for name in [
                         node.module, *(alias.name for alias in node.names)])])
