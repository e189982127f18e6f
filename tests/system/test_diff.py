"""Planned changes, shown as a diff."""

import os
import shutil
import subprocess
import unittest

from modwsgideploy.system.diff import diff
from modwsgideploy.system.transaction import File, plan
from tests.support.transactions import (
    OLD,
    TransactionTest,
    fill,
    in_directory,
)


class DiffTest(TransactionTest):
    def show(self, texts):
        with in_directory(self.top):
            return diff(self.plan(texts))

    def test_is_as_diff_shows_it(self):
        for old, new in [
                ("a\nb\nc\n", "a\nB\nc\n"), ("a\n", "a"), ("a", "a\n"),
                ("a", "b"), ("", "a\n"), ("a\n", ""), ("a\n\n", "a\n"),
                ("a\r\nb\n", "a\nb\n"), ("1\x0c2\u2028\n3\r4\n", "1\x0c2\n"),
                ("\n".join(map(str, range(99))), "0\n50\n97\n98")]:
            self.fresh({"a": old})
            fill(self.top, {"new": new})
            expected = subprocess.run(
                ["diff", "-u", "apache/a", "new"], cwd=self.top, text=False,
                stdout=subprocess.PIPE).stdout.decode().split("\n", 2)[2]
            self.assertEqual(
                self.show({"a": new}),
                "--- apache/a\n+++ apache/a\n" + expected)

    def test_a_new_file_stands_against_dev_null(self):
        self.assertEqual(
            self.show({"a": "1\n2\n"}),
            "--- /dev/null\n+++ apache/a\n@@ -0,0 +1,2 @@\n+1\n+2\n")

    def test_modes_and_empty_files_are_told(self):
        self.fresh({"a": "1", "b": "1"})
        os.chmod(self.path("b"), 0o640)
        with in_directory(self.top):
            changes = plan([File("a", "1", 0o755), File("b", "1"),
                            File("c", ""), File("d", "", 0o755)], "apache")
        with in_directory(self.top):
            self.assertEqual(diff(changes), (
                "diff -u apache/a apache/a\nold mode 0644\nnew mode 0755\n"
                "diff -u /dev/null apache/c\nnew file mode 0644\n"
                "diff -u /dev/null apache/d\nnew file mode 0755\n"))

    def test_unchanged_files_are_not_shown(self):
        self.fresh(OLD)
        self.assertEqual(self.show(OLD), "")

    def test_it_can_always_be_printed(self):
        self.fresh({})
        with open(self.path("a"), "wb") as stream:
            stream.write(b"caf\xe9\n")
        self.assertIn("-caf\\xe9\n+café\n", self.show({"a": "café\n"}))
        self.show({"\udce9": "\udce9"}).encode("utf-8")

    def test_patch_takes_it(self):
        if not shutil.which("patch"):
            self.skipTest("no patch program")
        texts = {"a": "1\n2\n", "b c": "1"}
        self.fresh(texts)
        text = self.show({"a": "1\n3", "b c": "2\n", "new": "x\n"})
        subprocess.run(["patch", "-p0", "--quiet"], cwd=self.top, check=True,
                       input=text.encode())
        self.assert_holds({"a": "1\n3", "b c": "2\n", "new": "x\n"})

    def test_colour_marks_lines_and_nothing_else(self):
        self.fresh({"a": "1\n2", "b": ""})
        changes = plan([File("a", "1\n3"), File("b", "", 0o755)],
                       self.directory)
        colored = diff(changes, color=True)
        self.assertIn("\x1b[31m-2\x1b[m\n\\ No newline", colored)
        self.assertIn("\x1b[32m+3\x1b[m\n", colored)
        self.assertIn("\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n", colored)
        for code in "", "1", "31", "32", "36":
            colored = colored.replace(f"\x1b[{code}m", "")
        self.assertEqual(colored, diff(changes))


if __name__ == "__main__":
    unittest.main()
