"""What is written and removed, and what of a file stays as it was."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction
from modwsgideploy.system.diff import diff
from modwsgideploy.system.transaction import File, plan, read_files, write
from tests.support import TOP
from tests.support.transactions import (
    FILE_SYSTEMS,
    NEW,
    NOBODY,
    OLD,
    TransactionTest,
    as_nobody,
    count_descriptors,
    fill,
    in_directory,
    io_error,
    kill_self,
    mode_of,
    nth,
    tree,
    umask_of,
    untouched,
    watched,
)


class WriteTest(TransactionTest):
    def test_makes_the_directory_and_its_parents(self):
        self.directory = self.path("deep", "down")
        self.deploy(NEW)
        self.assertEqual(tree(self.directory), NEW)
        self.assertEqual(os.listdir(self.top), ["apache"])
        self.assertEqual(os.listdir(os.path.join(self.top, "apache")),
                         ["deep"])

    def test_updates_a_directory(self):
        for texts in OLD, {}:
            self.fresh(texts)
            self.deploy(NEW)
            self.assert_holds(NEW)

    def test_makes_hostile_names_and_texts(self):
        texts = {"a b": "ü\r\n\x00\udce9", "é": "", "-n": "\n", "'\"\n": "x",
                 "\udce9": "y", "journal": "1", "new-0": "2"}
        for _ in range(2):
            self.deploy(texts)
            for name, text in texts.items():
                with open(self.path(name), "rb") as stream:
                    self.assertEqual(stream.read(),
                                     text.encode("utf-8", "surrogateescape"))
            self.assertEqual(len(os.listdir(self.directory)), len(texts))
            self.assertEqual(os.listdir(self.top), ["apache"])
            texts = {name: text + "+" for name, text in texts.items()}

    def test_leaves_identical_and_foreign_files_alone(self):
        self.fresh(dict(OLD, foreign="x"))
        paths = [self.path(name) for name in ("same", "foreign")]
        before = [untouched(path) for path in paths]
        self.deploy(NEW)
        self.assertEqual([untouched(path) for path in paths], before)
        self.assert_holds(dict(NEW, foreign="x"))

    def test_without_changes_it_starts_no_process(self):
        self.fresh(NEW)
        before = untouched(self.directory)
        with mock.patch.object(os, "fork", side_effect=AssertionError):
            self.deploy(NEW)
            write(())
        self.assertEqual(untouched(self.directory), before)

    def test_keeps_the_directory_itself(self):
        self.fresh(OLD)
        os.chmod(self.directory, 0o750)
        before = os.stat(self.directory)
        self.deploy(NEW)
        after = os.stat(self.directory)
        self.assertEqual((after.st_ino, after.st_mode),
                         (before.st_ino, before.st_mode))

    def test_a_new_file_gets_its_mode_less_the_umask(self):
        for umask in 0o022, 0o027, 0o077:
            for texts in None, {"x": ""}:
                for lacking in FILE_SYSTEMS:
                    self.fresh(texts)
                    with umask_of(umask), watched(lacking):
                        write(plan([File("a", "1"), File("b", "1", 0o755)],
                                   self.directory))
                    self.assertEqual(
                        [mode_of(self.path(name)) for name in "ab"],
                        [0o644 & ~umask, 0o755 & ~umask])
                    if texts is None:
                        self.assertEqual(mode_of(self.directory),
                                         0o777 & ~umask)

    def test_an_existing_file_keeps_its_mode(self):
        for lacking in FILE_SYSTEMS:
            self.fresh({"a": "1", "b": "1"})
            os.chmod(self.path("a"), 0o666)
            os.chmod(self.path("b"), 0o640)
            with watched(lacking):
                write(plan([File("a", "2"), File("b", "2", 0o755)],
                           self.directory))
            self.assertEqual([mode_of(self.path(name)) for name in "ab"],
                             [0o666, 0o750])

    def test_a_mode_alone_changes_and_the_time_stays(self):
        self.fresh({"a": "1"})
        before = os.stat(self.path("a"))
        files = [File("a", "1", 0o755)]
        write(plan(files, self.directory))
        after = os.stat(self.path("a"))
        self.assertEqual(stat.S_IMODE(after.st_mode), 0o755)
        self.assertEqual(after.st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(plan(files, self.directory)[0].action, "unchanged")
        self.assert_holds({"a": "1"})

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_root_keeps_owner_and_group(self):
        for lacking in FILE_SYSTEMS:
            self.fresh({"a": "1"})
            os.chown(self.path("a"), NOBODY, 12345)
            with watched(lacking):
                self.deploy({"a": "2", "b": "2"})
            found = os.stat(self.path("a"))
            self.assertEqual((found.st_uid, found.st_gid), (NOBODY, 12345))
            self.assertEqual(os.stat(self.path("b")).st_uid, 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_a_colleagues_file_in_a_shared_directory(self):
        self.fresh({"a": "1"})
        os.chmod(self.directory, 0o777)
        os.chmod(self.path("a"), 0o666)
        self.assertIsNone(as_nobody(lambda: self.deploy({"a": "2"})))
        self.assert_holds({"a": "2"})
        self.assertEqual(mode_of(self.path("a")), 0o666)

    def test_keeps_extended_attributes(self):
        self.fresh({"a": "1"})
        try:
            os.setxattr(self.path("a"), "user.note", b"mine")
        except OSError as error:
            self.skipTest(error)
        self.deploy({"a": "2"})
        self.assertEqual(os.getxattr(self.path("a"), "user.note"), b"mine")

    def test_new_files_get_the_group_of_a_setgid_directory(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        os.chown(self.top, -1, 12345)
        os.chmod(self.top, 0o2755)
        for directory in self.directory, self.directory, self.path("new"):
            text = str(time.monotonic())
            write(plan([File("a", text), File(text, text)], directory))
            for name in "a", text:
                self.assertEqual(
                    os.stat(os.path.join(directory, name)).st_gid, 12345)

    def test_the_directory_may_be_a_link(self):
        real = os.path.join(self.top, "real")
        os.symlink("real", self.directory)
        for texts in OLD, NEW:  # first, it dangles
            self.deploy(texts)
            self.assertTrue(os.path.islink(self.directory))
            self.assertEqual(tree(real), texts)
        self.assertEqual(sorted(os.listdir(self.top)), ["apache", "real"])
        self.assertEqual(self.plan(NEW)[0].path, self.path("site"))

    def test_a_linked_file_stays_a_link_and_what_it_names_is_replaced(self):
        self.fresh({"b": "1"})
        fill(os.path.join(self.top, "elsewhere"), {"real": "1"})
        os.symlink("../elsewhere/real", self.path("a"))
        for lacking in FILE_SYSTEMS:
            text = lacking.__name__
            with watched(lacking):
                self.deploy({"a": text, "b": text})
            self.assertEqual(os.readlink(self.path("a")), "../elsewhere/real")
            self.assertEqual(tree(self.top), {
                "apache": None, "apache/a": text, "apache/b": text,
                "elsewhere": None, "elsewhere/real": text})

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_a_link_of_a_user_to_what_is_not_theirs_is_refused(self):
        self.fresh({})
        fill(self.top, {"passwd": "root"})
        os.symlink("../passwd", self.path("a"))
        os.lchown(self.path("a"), NOBODY, NOBODY)
        message, = self.problems(self.deploy, {"a": "2"})
        self.assertIn("made by another user", message)
        os.chown(os.path.join(self.top, "passwd"), NOBODY, NOBODY)
        self.deploy({"a": "2"})

    def test_a_link_to_another_file_system_is_refused(self):
        other = tempfile.mkdtemp(dir="/dev/shm")
        self.addCleanup(shutil.rmtree, other)
        if os.stat(other).st_dev == os.stat(self.top).st_dev:
            self.skipTest("no other file system")
        fill(other, {"real": "1"})
        self.fresh({})
        os.symlink(os.path.join(other, "real"), self.path("a"))
        message, = self.problems(self.plan, {"a": "2"})
        self.assertIn("another file system", message)

    def test_a_file_changed_since_the_plan_is_not_overwritten(self):
        for before, after in [
                (OLD, dict(OLD, site="edited")), (OLD, dict(OLD, same="!")),
                (OLD, dict(OLD, **{"baseline.conf": "mine"})), (OLD, {}),
                (OLD, None), (None, {"site": "mine"})]:
            self.fresh(before)
            changes = self.plan(NEW)
            self.fresh(after)
            messages = self.problems(write, changes)
            self.assertIn("has changed since it was read", messages[0])
            self.assert_holds(after)

    def test_a_new_mode_of_a_file_since_the_plan_is_not_lost(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        os.chmod(self.path("site"), 0o600)
        self.problems(write, changes)
        self.deploy(NEW)
        self.assertEqual(mode_of(self.path("site")), 0o600)

    def test_what_another_run_has_written_just_so_is_left_alone(self):
        for before in None, OLD:
            self.fresh(before)
            changes = self.plan(NEW)
            self.fresh(NEW)
            inodes = [os.stat(self.path(name)).st_ino for name in NEW]
            write(changes)
            self.assertEqual(
                [os.stat(self.path(name)).st_ino for name in NEW], inodes)
            self.assert_holds(NEW)

    def test_leaves_no_process_and_no_descriptor(self):
        before = count_descriptors()
        self.deploy(OLD)
        self.deploy(NEW)
        self.problems(write, self.plan_then(NEW, {"site": "!"}))
        self.assertEqual(count_descriptors(), before)
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    def plan_then(self, texts, others):
        """A plan for ``texts``, outdated."""
        changes = self.plan(dict(texts, site="?"))
        fill(self.directory, others)
        return changes

    def test_works_beside_threads_and_where_children_are_ignored(self):
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            self.deploy(OLD)
            self.deploy(NEW)
        finally:
            signal.signal(signal.SIGCHLD, before)
            done.set()
            thread.join()
        self.assert_holds(NEW)

    def test_works_in_a_thread(self):
        thread = threading.Thread(target=self.deploy, args=[NEW])
        thread.start()
        thread.join()
        self.assert_holds(NEW)

    def test_output_of_the_command_is_not_doubled(self):
        script = ("import atexit, sys; sys.path.insert(0, sys.argv[1]);"
                  "from modwsgideploy.system.transaction import *;"
                  "atexit.register(print, 'end'); print('start');"
                  "write(plan([File('a', '1')], sys.argv[2]))")
        output = subprocess.check_output(
            [sys.executable, "-c", script, TOP, self.directory])
        self.assertEqual(output, b"start\nend\n")
        self.assert_holds({"a": "1"})


class RemoveTest(TransactionTest):
    """A File without text is one that shall not be there."""

    BEFORE = {"gone": "1\n", "stays": "1\n"}
    AFTER = {"stays": "2\n"}

    def plan_it(self):
        return plan([File("gone", None), File("stays", "2\n")],
                    self.directory)

    def test_it_is_planned_shown_and_removed(self):
        self.fresh(self.BEFORE)
        changes = self.plan_it()
        self.assertEqual([change.action for change in changes],
                         ["remove", "update"])
        with in_directory(self.top):
            self.assertIn("--- apache/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n"
                          "-1\n", diff(changes))
        write(changes)
        self.assert_holds(self.AFTER)

    def test_what_is_not_there_is_unchanged(self):
        for before in None, self.AFTER:
            self.fresh(before)
            changes = self.plan_it()
            self.assertEqual(changes[0].action, "unchanged")
            write(changes)
            self.assert_holds(self.AFTER)

    def test_one_edited_since_the_plan_stays(self):
        self.fresh(self.BEFORE)
        changes = self.plan_it()
        fill(self.directory, {"gone": "edited"})
        self.assertIn("has changed since it was read",
                      self.problems(write, changes)[0])
        self.assert_holds(dict(self.BEFORE, gone="edited"))

    def test_an_error_or_a_kill_at_any_call_is_put_right(self):
        for act in io_error, kill_self:
            for number in range(1, 60):
                self.fresh(self.BEFORE)
                changes = self.plan_it()
                try:
                    with watched(nth(number, act)), mock.patch.object(
                            transaction.writer, "ATTEMPTS", 1):
                        write(changes)
                except DeployError:
                    found = read_files(["gone", "stays"], self.directory)
                    self.assertIn(
                        {name: file.text for name, file in found.items()
                         if file}, (self.BEFORE, self.AFTER))
                write(self.plan_it())
                self.assert_holds(self.AFTER)

    def test_going_back_is_possible_too(self):
        killed = 0
        for number in range(1, 60):
            self.fresh(self.BEFORE)
            changes = self.plan_it()
            with watched(nth(number, kill_self)), mock.patch.object(
                    transaction.writer, "ATTEMPTS", 1):
                try:
                    write(changes)
                except DeployError:
                    killed += 1
            self.deploy(self.BEFORE)
            self.assert_holds(self.BEFORE)
        self.assertTrue(0 < killed < 59, killed)


if __name__ == "__main__":
    unittest.main()
