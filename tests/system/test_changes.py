"""What is planned for a set of files, and what keeps it from being written."""

import errno
import os
import unittest
from unittest import mock

from modwsgideploy.system import transaction
from modwsgideploy.system.transaction import File, plan, write
from tests.support.transactions import (
    NEW,
    OLD,
    TransactionTest,
    as_nobody,
    count_descriptors,
    fill,
    in_directory,
    io_error,
    nth,
    tree,
    watched,
)


class PlanTest(TransactionTest):
    def test_says_create_update_or_unchanged(self):
        self.fresh({"b": "old", "c": "same"})
        changes = self.plan({"a": "1", "b": "2", "c": "same"})
        self.assertEqual(
            [(change.path, change.action, change.old, change.new)
             for change in changes],
            [(self.path("a"), "create", None, "1"),
             (self.path("b"), "update", "old", "2"),
             (self.path("c"), "unchanged", "same", "same")])

    def test_takes_a_relative_directory_and_an_iterator(self):
        with in_directory(self.top):
            changes = plan(iter([File("a", "1")]), "apache")
        self.assertEqual(changes[0].path, self.path("a"))

    def test_creates_nothing(self):
        self.directory = self.path("deep", "down")
        self.plan(NEW)
        self.assertEqual(tree(self.top), {})

    def test_line_ends_and_foreign_bytes_count(self):
        self.fresh({"a": "1\n"})
        self.assertEqual(self.plan({"a": "1\r\n"})[0].action, "update")
        with open(self.path("a"), "wb") as stream:
            stream.write(b"caf\xe9\n")
        change, = self.plan({"a": "café\n"})
        self.assertEqual((change.action, change.old),
                         ("update", "caf\udce9\n"))
        self.assertEqual(self.plan({"a": change.old})[0].action, "unchanged")

    def test_a_file_gains_the_executable_bits_it_needs(self):
        self.fresh({"a": "1"})
        for before, wanted, after in [
                (0o644, 0o755, 0o755), (0o640, 0o755, 0o750),
                (0o600, 0o755, 0o700), (0o604, 0o755, 0o705)]:
            os.chmod(self.path("a"), before)
            change, = plan([File("a", "1", wanted)], self.directory)
            self.assertEqual((change.action, change.mode, change.old_mode),
                             ("update", after, before))

    def test_a_file_loses_what_its_mode_gives_to_nobody(self):
        self.fresh({"a": "1"})
        os.chmod(self.path("a"), 0o664)
        change, = plan([File("a", "1", 0o600)], self.directory)
        self.assertEqual((change.action, change.mode), ("update", 0o600))

    def test_other_permissions_are_the_users(self):
        self.fresh({"a": "1"})
        for mode in 0o640, 0o600, 0o664, 0o755, 0o444:
            os.chmod(self.path("a"), mode)
            change, = plan([File("a", "1", 0o644)], self.directory)
            self.assertEqual((change.action, change.mode),
                             ("unchanged", mode))

    def test_a_name_with_a_directory_is_a_bug(self):
        for name in "a/b", "/a", "..", "", "a/":
            with self.assertRaises(ValueError):
                self.plan({name: ""})


class ProblemTest(TransactionTest):
    def test_all_are_told_in_one_error(self):
        self.fresh({"ok": "1"})
        os.mkdir(self.path("directory"))
        os.mkfifo(self.path("fifo"))
        os.symlink("nowhere", self.path("dangling"))
        os.symlink("loop", self.path("loop"))
        os.symlink("/dev/null", self.path("device"))
        os.symlink(self.top, self.path("to_directory"))
        names = ["ok", "directory", "fifo", "dangling", "loop", "device",
                 "to_directory", "n" * 300]
        messages = self.problems(self.plan, dict.fromkeys(names, "2"))
        self.assertEqual(len(messages), 7)
        for name, message in zip(names[1:], messages):  # noqa: B905
            self.assertTrue(message.startswith(self.path(name) + ": "),
                            message)
            self.assertRegex(message, "remove the link|move it away|choose")

    def test_a_file_in_the_place_of_the_directory(self):
        fill(self.top, {"apache": ""})
        for directory in self.directory, self.path("below"):
            message, = self.problems(plan, [File("a", "1")], directory)
            self.assertTrue(message.startswith(
                f"{self.directory}: is not a directory; move"), message)
        os.unlink(self.directory)
        os.symlink("apache", self.directory)
        self.problems(self.plan, NEW)

    def test_no_permission_to_write(self):
        self.fresh({"a": "1", "b": "1", "same": "same"})
        os.chmod(self.directory, 0o555)
        os.chmod(self.path("a"), 0o644)
        os.chmod(self.path("b"), 0o444)
        error = as_nobody(lambda: self.plan({"b": "2", "c": ""}))
        self.assertEqual(
            [message.split(": ")[0] for message in error.messages],
            [self.path("b"), self.directory])
        self.assertRegex(str(error), "run as its owner|chmod u[+]w /.*/b")
        self.assertEqual(as_nobody(
            lambda: self.plan({"same": "same"})[0].action), "unchanged")
        os.chmod(self.directory, 0o755)

    def test_no_permission_to_make_the_directory(self):
        os.chmod(self.top, 0o555)
        error = as_nobody(lambda: self.plan(NEW))
        self.assertEqual([message.split(": ")[0]
                          for message in error.messages], [self.top])

    def test_no_permission_to_look_or_read(self):
        self.fresh({"a": "1"})
        os.chmod(self.path("a"), 0)
        error = as_nobody(lambda: self.plan({"a": "2"}))
        self.assertRegex(str(error), "/a: cannot be read .*run as its owner")
        os.chmod(self.directory, 0o600)
        error = as_nobody(lambda: self.plan({"a": "2"}))
        self.assertRegex(str(error), "apache: no permission to look into")
        os.chmod(self.directory, 0o700)

    def test_a_read_only_file_system(self):
        with mock.patch.object(os, "access", return_value=False), \
                mock.patch.object(os, "statvfs") as statvfs, \
                mock.patch.object(
                    transaction.changes, "check_directory"):
            statvfs.return_value.f_flag = os.ST_RDONLY
            message, = self.problems(self.plan, NEW)
        self.assertIn(f"{self.top}: is on a read-only file system", message)

    def test_nothing_is_changed_by_an_error_while_writing(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        with watched(nth(1, io_error)):
            message, = self.problems(write, changes)
        self.assertIn("Input/output error; nothing was changed", message)
        self.assert_holds(OLD)

    def test_no_process_to_be_had(self):
        changes = self.plan(NEW)
        with mock.patch.object(os, "fork", side_effect=BlockingIOError(
                errno.EAGAIN, "Try again")):
            message, = self.problems(write, changes)
        self.assertIn("cannot start the process", message)
        self.assertEqual(count_descriptors(), count_descriptors())

    def test_a_bug_keeps_its_traceback(self):
        changes = self.plan({"a": "\ud800"})
        with self.assertRaisesRegex(RuntimeError, "UnicodeEncodeError"):
            write(changes)
        self.assert_holds(None)


if __name__ == "__main__":
    unittest.main()
