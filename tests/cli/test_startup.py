"""What a deploy may load: what takes time to load is for who needs it."""

import os
import subprocess
import sys
import typing
import unittest

from modwsgideploy.cli.arguments import Argument
from modwsgideploy.cli.table import Command, Flag
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.model.project import Project
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import Option
from tests.support.commands import CommandTest

# Of another command, or for what seldom happens.
NOT_OURS = {"activation", "catalog.failures", "deployment.merge", "explain",
            "planning", "server", "sites.fleet", "sites.manifest",
            "sites.shared_daemons", "system.accounts", "system.diff",
            "system.workers", "templating.compiler"}
# Each takes a millisecond or more, or leads to one that does.
SLOW = {"Cheetah", "asyncio", "bz2", "configparser", "dataclasses", "difflib",
        "email", "html", "http", "importlib.metadata", "inspect", "json",
        "logging", "lzma", "merge3", "optparse", "shutil", "socket", "ssl",
        "subprocess", "tempfile", "tqdm", "unittest", "xml"}
# Those that a coverage tool, or a path file of the virtualenv, loads before
# are none of ours.
SCRIPT = """\
import sys

before = set(sys.modules)
from modwsgideploy.cli.console import main

status = main(["deploy", "-q"])
print(*sorted(set(sys.modules) - before))
sys.exit(status)
"""


class LoadedModules(CommandTest):

    def loaded(self):
        """The modules that a deploy of this project loads."""
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=self.directory,
            env=environment, encoding="utf-8", stdout=subprocess.PIPE,
            timeout=60, check=True)
        return set(done.stdout.split())

    def test_a_deploy_loads_only_what_it_uses(self):
        loaded = self.loaded()
        self.assertIn("modwsgideploy.deployment.render", loaded)
        packages = {f"modwsgideploy.{name}" for name in NOT_OURS}
        self.assertEqual(
            {name for name in loaded
             if any(f"{name}.".startswith(f"{one}.")
                    for one in packages | SLOW)}, set())
        self.assertEqual({name for name in loaded
                          if name.startswith("modwsgideploy.commands.")}, {
            f"modwsgideploy.commands.{name}" for name in (
                "deploy", "inputs", "invocation", "outcome", "output",
                "update_outcome")})


class WideTuples(unittest.TestCase):

    def test_their_annotations_need_not_be_compiled(self):
        # With `from __future__ import annotations`, typing compiles each.
        for cls in Argument, Command, Flag, Invocation, Option, Project, Site:
            texts = [field for field, kind in cls.__annotations__.items()
                     if isinstance(kind, typing.ForwardRef)]
            with self.subTest(cls.__name__):
                self.assertLessEqual(len(texts), 1, texts)
