"""The exit statuses of all commands, in the same situations."""

import subprocess
import unittest

from modwsgideploy.cli.table import COMMANDS
from tests.support.apache_case import BIN, ApacheCase

# What each command exits with of a site that is on and answers, one that is
# off, one in maintenance, and one that answers 500; None: it is not called.
ASKED = ("good", "off", "down", "broken")
STATUSES = {
    "status": (0, 0, 0, 1),
    "restart": (0, 1, 0, 1),
    "check": (0, 0, 0, 1),
    "releases": (0, 0, 0, 0),
    "rollback": (1, 1, 1, 1),     # there is none to go back to
    "update": (2, 1, 2, 2),       # nothing says from where
    "explain": (0, 0, 0, 1),
    "enable": (0, 0, 0, 1),
    "disable": (0, 0, 0, 0),
}
OPTIONS = {"restart": ("--no-check",)}


class Statuses(ApacheCase):

    def lay_out(self):
        super().lay_out()
        self.module("headers")

    def setUp(self):
        super().setUp()
        for name in ASKED:
            # A log for each.
            self.project(name, f"--server-name={name}.example",
                         f"--port={self.port}", "--mount-point=/",
                         "--skip=MWD504")
            self.enable(self.top / name, "--no-check")
        self.disable("off")
        self.disable("down", "--maintenance")
        module = self.top / "broken" / "bare_app.py"
        module.write_text("raise ValueError(7)\n")
        self.run_command("restart", "broken", "--no-check",
                         "--server-config", self.config, status=None)

    def run_it(self, command, *words):
        """The exit status, and what is printed."""
        options = ("--server-config", self.config) if any(
            flag.name == "server-config"
            for flag in COMMANDS[command].flags) else ()
        done = subprocess.run(
            [BIN / "modwsgideploy", command, *words, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, text=True, check=False, cwd="/",
            timeout=300)
        return done.returncode, done.stdout, done.stderr

    def test_each_command(self):
        # Those that change something come last.
        found = {command: tuple(
            self.run_it(command, name, *OPTIONS.get(command, ()))[0]
            for name in ASKED) for command in STATUSES}
        self.assertEqual(found, STATUSES)
        for command in COMMANDS:
            for word in "--no-such-option", "goood":
                status, out, err = self.run_it(command, word)
                self.assertEqual((status, out), (2, ""), (command, word, err))
                self.assertIn(word, err)
            # Who types a name a little wrong is told of the right one.
            if command in STATUSES.keys() - {"explain"}:
                self.assertIn(
                    "there is no such directory, manifest or site of this host"
                    " (did you mean 'good'?); its sites are: ", err)



if __name__ == "__main__":
    unittest.main()
