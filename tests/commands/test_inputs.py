"""The manifest that ``check``, ``serve`` and ``batch`` read."""

import os
import resource
import subprocess
import sys

from tests.support.commands import CommandTest


class Manifests(CommandTest):

    def test_only_is_about_a_manifest(self):
        for command in ("check", "serve"):
            _, err = self.run_command("modwsgideploy", command, "--only=x",
                                      status=2)
            self.assertIn("--only: chooses sites of a manifest", err)

    def test_mistakes_of_a_manifest_are_told_at_once(self):
        path = os.path.join(self.directory, "sites.ini")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("[one]\nproject = .\nport = x\n[two]\nthreads = y\n")
        for command in (["check"], ["serve", "--probe"]):
            _, err = self.run_command("modwsgideploy", *command, "sites.ini",
                                      status=2)
            for place in ("sites.ini:3 [one] port", "sites.ini:4 [two]",
                          "sites.ini:5 [two] threads"):
                self.assertIn(place, err)
            self.assertNotIn("Traceback", err)

    def test_a_manifest_on_standard_input(self):
        for command in (["check"], ["serve", "--probe"]):
            _, err = self.run_command(
                "modwsgideploy", *command, "-", status=2,
                answers="[one]\nproject = .\nport = x\n")
            self.assertIn("standard input:3 [one] port", err)

    def test_a_machine_without_apache(self):
        with open(os.path.join(self.directory, "sites.ini"), "w") as stream:
            stream.write("[one]\nproject = .\nbaseline =\n")
        for words, status, told in (
                (["batch"], 0, "1 site: 1 created"),
                (["check"], 1, "this machine has no Apache [MWD301]"),
                (["serve", "--probe"], 2, "no Apache was found")):
            with self.subTest(words):
                done = subprocess.run(
                    [sys.executable, "-c", "import sys\n"
                     "from modwsgideploy.apache import binaries\n"
                     "from modwsgideploy.cli import console\n"
                     "binaries._DIRECTORIES = ()\n"
                     "sys.exit(console.main(sys.argv[1:]))", *words,
                     "sites.ini"], cwd=self.directory, text=True, check=False,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env={**os.environ, "PATH": "/nowhere"})
                self.assertIn(told, done.stdout)
                self.assertEqual(done.returncode, status, done.stdout)

    def test_a_file_as_big_as_the_memory_is_refused(self):
        with open(os.path.join(self.directory, "zeros.html"), "wb") as stream:
            stream.truncate(1 << 30)
        for words, told in (
                (["check", "zeros.html"], "html:1: has more than 1048576"),
                (["batch", "zeros.html"], "html:1: has more than 1048576"),
                (["deploy", "--config=zeros.html"],
                 "cannot be read: has more than 16 MiB"),
                (["deploy", "--include=zeros.html"],
                 "--include: {}/zeros.html: cannot be read: has more than"),
                (["disable", "-n", "--maintenance=zeros.html"],
                 "zeros.html: cannot be read: has more than 16 MiB")):
            with self.subTest(words):
                _, err = self.run_command(
                    "modwsgideploy", *words, status=2,
                    preexec_fn=lambda: resource.setrlimit(
                        resource.RLIMIT_AS, (1 << 29, 1 << 29)))
                self.assertIn(told.format(self.directory), err)
                self.assertEqual(err.count("\n"), 1, err)
        self.assertEqual(self.written(), [])
        # One beside a deployment is not of it.
        self.deploy("-q")
        os.rename(os.path.join(self.directory, "zeros.html"),
                  os.path.join(self.directory, "apache", "dump"))
        _, err = self.run_command("modwsgideploy", "check", status=1)
        self.assertNotIn("dump", err)

    def test_a_line_that_is_no_text_is_not_shown_whole(self):
        with open(os.path.join(self.directory, "zeros"), "wb") as stream:
            stream.truncate(1 << 20)
        _, err = self.deploy("--config=zeros", status=2)
        self.assertLess(len(err), 1000)

    def test_none_is_called_so(self):
        with open(os.path.join(self.directory, "sites.ini"), "w") as stream:
            stream.write("[one]\nproject = .\n")
        _, err = self.run_command("modwsgideploy", "check", "sites.ini",
                                  "--only=two", status=2)
        self.assertIn("--only: no site is called two", err)
