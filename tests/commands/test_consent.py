"""The terms of an authority, which a person agrees to, at a terminal."""

import os
import pty
import select
import subprocess
import sys
import unittest

from tests.support.commands import CommandTest

PROGRAM = os.path.join(os.path.dirname(sys.executable), "modwsgideploy")
QUESTION = b"[y/N] "


class Consent(CommandTest):

    def command(self, *options):
        return [PROGRAM, "deploy", self.directory, "-q", "--platform=debian",
                "--server-name=shop.example", "--https=auto",
                "--acme-contact=me@shop.example", *options]

    def at_a_terminal(self, answer, *options):
        """Answer the question, if there is one: exit status and screen."""
        pid, terminal = pty.fork()
        if not pid:
            os.execv(PROGRAM, self.command(*options))
        screen, left = b"", answer
        while True:
            self.assertTrue(select.select([terminal], [], [], 60)[0], screen)
            try:
                said = os.read(terminal, 4096)
            except OSError:     # it has ended
                break
            screen += said
            if screen.endswith(QUESTION) and left:
                os.write(terminal, left)
                left = b""
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen

    def recorded(self):
        """Whether the consent is recorded."""
        return "acme-agree = yes\n" in self.text("site.ini")

    def test_yes_is_recorded_and_not_asked_again(self):
        status, screen = self.at_a_terminal(b"y\n")
        self.assertEqual(status, 0, screen)
        self.assertIn(b"made by https://acme-v02.api.letsencrypt.org/", screen)
        self.assertTrue(self.recorded())
        status, screen = self.at_a_terminal(b"", "--hsts")
        self.assertEqual((status, QUESTION in screen), (0, False), screen)
        # It was to the terms of that authority.
        other = "--acme-directory=https://ca.example/dir"
        status, screen = self.at_a_terminal(b"no\n", other)
        self.assertEqual(status, 2)
        self.assertIn(b"made by https://ca.example/dir", screen)
        status, screen = self.at_a_terminal(b"YES\n", other)
        self.assertEqual(status, 0, screen)
        status, screen = self.at_a_terminal(b"", other)
        self.assertEqual((status, QUESTION in screen), (0, False), screen)

    def test_anything_else_is_none_and_nothing_is_written(self):
        for answer, wanted in ((b"\n", 2), (b"n\n", 2), (b"\x04", 2),
                               (b"\x03", 130)):
            status, screen = self.at_a_terminal(answer)
            self.assertEqual(status, wanted, (answer, screen))
            self.assertIn(QUESTION, screen)
            self.assertEqual(b"give --acme-agree" in screen, wanted == 2)
            self.assertEqual(self.written(), [])

    def test_without_a_terminal_nobody_is_asked(self):
        done = subprocess.run(self.command(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertNotIn(QUESTION, done.stderr)
        self.assertIn(b"give --acme-agree", done.stderr)


if __name__ == "__main__":
    unittest.main()
