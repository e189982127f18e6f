"""The writer: what it plans and shows, and that a set is written whole."""

import contextlib
import errno
import fcntl
import mmap
import os
import pickle
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
from modwsgideploy.system import files, transaction
from modwsgideploy.system.diff import diff
from modwsgideploy.system.transaction import (
    STAGE,
    File,
    plan,
    read_files,
    write,
)
from tests.support import TOP

NOBODY = 65534

# Bigger than a page, all different, one of them new, one of them unchanged.
OLD = {"site": "old\n" * 3000, "site.wsgi": "old script\n" * 500,
       "same": "same\n", "README.txt": "old words\n"}
NEW = dict(OLD, **{"site": "new\n" * 4000, "site.wsgi": "new script\n" * 600,
                   "README.txt": "new words\n", "baseline.conf": "new\n"})


def as_files(texts):
    """Files of these names and texts."""
    return [File(name, text) for name, text in texts.items()]


def fill(directory, texts):
    """Make ``directory`` with these files, by other means than `write`."""
    os.makedirs(directory, exist_ok=True)
    for name, text in texts.items():
        with open(os.path.join(directory, name), "w", newline="") as stream:
            stream.write(text)


def tree(directory):
    """All below ``directory``: text by name, None for a directory."""
    found = {}
    for top, directories, names in os.walk(directory):
        for name in directories + names:
            path = os.path.join(top, name)
            text = None
            if name in names:
                with open(path, newline="") as stream:
                    text = stream.read()
            found[os.path.relpath(path, directory)] = text
    return found


def as_nobody(function):
    """What ``function()`` returns, or the error it raises, without root."""
    if os.geteuid() != 0:
        try:
            return function()
        except Exception as error:
            return error
    reading, writing = os.pipe()
    if not os.fork():
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                result = function()
            except Exception as error:
                result = error
            os.write(writing, pickle.dumps(result))
        finally:
            os._exit(0)
    os.close(writing)
    os.wait()
    with open(reading, "rb") as stream:
        return pickle.load(stream)


# The modules through which the writer's child touches a disk.
WATCHED = (files, transaction.changes, transaction.commit, transaction.disk,
           transaction.journal, transaction.paths, transaction.stage,
           transaction.writer)


class WatchedOs:
    """The os module, with `before` called ahead of what touches a disk."""

    CALLS = frozenset("""fchmod fchown fsync link makedirs mkdir open
        rename rmdir setxattr unlink utime write""".split())

    def __init__(self, before):
        self.before = before

    def __getattr__(self, name):
        function = getattr(os, name)
        if name not in self.CALLS:
            return function

        def call(*args, **kwargs):
            reads = name == "open" and args[1] & os.O_NONBLOCK
            if not reads and (name != "write" or not is_pipe(args[0])):
                self.before(name, *args)
            return function(*args, **kwargs)

        return call


def watched(*befores):
    """A context in which the writer's child calls ``befores`` so."""
    parent = os.getpid()

    def before(*args):
        if os.getpid() != parent:
            for function in befores:
                function(*args)

    watched_os = WatchedOs(before)
    stack = contextlib.ExitStack()
    for module in WATCHED:
        stack.enter_context(mock.patch.object(module, "os", watched_os))
    return stack


def nth(number, act):
    """Calls ``act()`` the ``number``-th time."""
    count = iter(range(1, number + 1))
    return lambda *args: next(count, None) == number and act()


def after(number, act):
    """Calls ``act()`` from the ``number``-th time on."""
    count = iter(range(1, number))
    return lambda *args: next(count, None) is None and act()


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def io_error():
    raise OSError(errno.EIO, os.strerror(errno.EIO))


# What other file systems lack.

def no_links(name, *args):
    if name == "link":
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def all_there(name, *args):
    pass


FILE_SYSTEMS = [all_there, no_links]


class WriterTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.directory = os.path.join(self.top, "apache")

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def fresh(self, texts):
        """The output directory holds just ``texts``; None for no directory."""
        shutil.rmtree(self.directory, ignore_errors=True)
        if texts is not None:
            fill(self.directory, texts)

    def plan(self, texts):
        return plan(as_files(texts), self.directory)

    def deploy(self, texts):
        write(self.plan(texts))

    def assert_holds(self, texts):
        """The output directory, and what is around it, is just that."""
        expected = {}
        if texts is not None:
            expected = {os.path.join("apache", name): text
                        for name, text in texts.items()}
            expected["apache"] = None
        found = tree(self.top)
        self.assertEqual(sorted(found), sorted(expected))
        self.assertTrue(found == expected, "other texts")

    def problems(self, function, *args):
        """The messages of the DeployError that it raises."""
        with self.assertRaises(DeployError) as caught:
            function(*args)
        return caught.exception.messages


class PlanTest(WriterTest):
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


class ProblemTest(WriterTest):
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


class WriteTest(WriterTest):
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


class DiffTest(WriterTest):
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


class RemoveTest(WriterTest):
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
        for number in range(1, 60):
            self.fresh(self.BEFORE)
            changes = self.plan_it()
            with contextlib.suppress(DeployError), watched(
                    nth(number, kill_self)), mock.patch.object(
                    transaction.writer, "ATTEMPTS", 1):
                write(changes)
            self.deploy(self.BEFORE)
            self.assert_holds(self.BEFORE)


class FaultTest(WriterTest):
    """Errors and kill -9 ahead of each single call that touches the disk."""

    def each_fault(self, act, outcome):
        """Write with ``act()`` ahead of each call; then ``outcome``."""
        hit = mmap.mmap(-1, 1)  # shared with the child
        for lacking in FILE_SYSTEMS:
            for before in None, {}, OLD:
                for number in range(1, 99):
                    hit[0] = 0
                    self.fresh(before)
                    with watched(lacking, nth(number, lambda: (
                            hit.__setitem__(0, 1), act()))):
                        error = self.error_of(write, self.plan(NEW))
                    if not hit[0]:
                        break
                    outcome(before, error)
                self.assertGreater(number, 20)
                self.assertLess(number, 98)

    def error_of(self, function, *args):
        """The text of the DeployError that it raises, or None."""
        try:
            function(*args)
        except DeployError as error:
            return str(error)

    def without_stage(self):
        """The files there, but for stages; None for no output directory."""
        if not os.path.isdir(self.directory):
            return None
        return {name: text for name, text in tree(self.directory).items()
                if STAGE not in name}

    def assert_next_run_mends(self, texts=NEW):
        self.deploy(texts)
        self.assert_holds(texts)

    def test_an_error_at_any_call_leaves_the_old_set_or_the_new_one(self):
        def outcome(before, error):
            if error:
                self.assertIn("Input/output error; nothing was", error)
                self.assertEqual(self.without_stage(), before)
            else:
                self.assertEqual(self.without_stage(), NEW)
            self.assert_next_run_mends()

        self.each_fault(io_error, outcome)

    def test_a_disk_that_fails_for_good_is_told_and_mended_next_time(self):
        told = []
        for number in range(1, 60):
            self.fresh(OLD)
            changes = self.plan(NEW)
            with watched(after(number, io_error)):
                error = self.error_of(write, changes)
            told.append("put back" in (error or ""))
            expected = OLD if error else NEW
            # Half of the set may be there, but a plan already sees it whole.
            changes = self.plan(expected)
            if not told[-1]:
                self.assertEqual(self.without_stage(), expected)
            self.assertEqual({change.action for change in changes},
                             {"unchanged"})
            write(changes)
            self.assert_holds(expected)
        self.assertIn(True, told)
        self.assertIn(False, told)

    def test_a_child_killed_at_any_call_is_put_right_by_the_next_run(self):
        def outcome(before, error):
            if error:
                self.assertIn("was killed", error)
            found = tree(self.top)
            changes = self.plan(NEW)  # sees one set or the other
            self.assertEqual(tree(self.top), found)
            self.assertIn({change.action for change in changes
                           if change.path != self.path("same")}, (
                {"unchanged"}, {"create"},
                {"create", "update"} if before else {"create"}))
            write(changes)
            self.assert_holds(NEW)

        self.each_fault(kill_self, outcome)

    def test_a_child_killed_once_is_not_even_noticed(self):
        for number in range(1, 70):
            self.fresh(OLD)
            flag = os.path.join(self.top, "killed")

            def kill_once(flag=flag):
                if not os.path.exists(flag):
                    open(flag, "w").close()
                    kill_self()

            changes = self.plan(NEW)
            with watched(nth(number, kill_once)):
                write(changes)
            if not os.path.exists(flag):
                break
            os.unlink(flag)
            self.assert_holds(NEW)
        self.assertGreater(number, 30)
        self.assertLess(number, 69)

    def interrupt(self, renames, lacking=all_there, make=None):
        """Kill it for good after so many renames, of which journal is 1."""
        self.fresh(OLD)
        if make:
            make()
        self.kill_after(renames, self.plan(NEW), lacking)
        self.assertIn(STAGE, os.listdir(self.directory))

    def kill_after(self, renames, changes, lacking=all_there):
        done = []

        def before(name, *args):
            if len(done) >= renames:
                kill_self()
            if name == "rename":
                done.append(args)

        # no second child, as that would undo what the first one has done
        with watched(lacking, before), mock.patch.object(
                transaction.writer, "ATTEMPTS", 1):
            self.assertIn("killed", self.problems(write, changes)[0])

    def test_going_back_to_the_old_set_is_possible_too(self):
        for renames in range(1, 6):
            for lacking in FILE_SYSTEMS:
                self.interrupt(renames, lacking)
                self.assert_next_run_mends(OLD)

    def test_edits_after_an_interrupted_run_are_not_lost(self):
        self.interrupt(3)  # the journal and two files
        done = [name for name in OLD
                if tree(self.directory)[name] != OLD[name]]
        self.assertEqual(len(done), 2)
        fill(self.directory, {done[0]: "edited in place"})
        fill(self.top, {"draft": "edited by rename"})
        os.rename(os.path.join(self.top, "draft"), self.path(done[1]))
        edited = dict(OLD, **{done[0]: "edited in place",
                              done[1]: "edited by rename"})
        changes = self.plan(NEW)
        self.assertEqual({change.old for change in changes} - {None},
                         set(edited.values()))
        self.deploy(edited)
        self.assert_holds(edited)

    def test_an_interrupted_update_of_a_linked_file_is_undone(self):
        def make():
            os.rename(self.path("site"), os.path.join(self.top, "real"))
            os.symlink("../real", self.path("site"))

        self.interrupt(4, make=make)
        self.deploy(OLD)
        self.assertTrue(os.path.islink(self.path("site")))
        self.assertEqual(tree(self.directory), OLD)
        self.assertEqual(sorted(os.listdir(self.top)), ["apache", "real"])

    def test_an_interrupted_change_of_modes_is_undone(self):
        for renames in range(1, 4):
            self.fresh({"a": "1", "b": "1"})
            self.kill_after(renames, plan(
                [File("a", "1", 0o755), File("b", "1", 0o755)],
                self.directory))
            self.deploy({"a": "1", "b": "1"})
            self.assertEqual([mode_of(self.path(name)) for name in "ab"],
                             [0o644, 0o644])
            self.assert_holds({"a": "1", "b": "1"})

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_the_interrupted_run_of_another_user(self):
        self.interrupt(3)
        os.chmod(self.directory, 0o777)
        error = as_nobody(lambda: self.plan(NEW))
        self.assertRegex(str(error), r"run again as that user \(root\)")

    def test_litter_beside_a_directory_that_exists_by_now_is_removed(self):
        self.fresh(OLD)
        fill(os.path.join(self.top, ".apache" + STAGE), {"site": "half"})
        self.deploy(OLD)
        self.assert_holds(OLD)

    def test_links_in_a_stage_are_not_followed(self):
        fill(os.path.join(self.top, "precious"), {"a": "1"})
        self.fresh({})
        os.mkdir(self.path(STAGE))
        os.symlink("../../precious", self.path(STAGE, "link"))
        self.deploy({"b": "1"})
        self.assertEqual(sorted(tree(self.top)), [
            "apache", "apache/b", "precious", "precious/a"])
        os.symlink("../precious", self.path(STAGE))
        self.assertIn(STAGE, self.problems(self.deploy, {"b": "2"})[0])
        self.assertEqual(sorted(tree(self.top)), [
            "apache", "apache/.modwsgideploy", "apache/b", "precious",
            "precious/a"])


WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from modwsgideploy.system.transaction import File, plan, write
text = sys.argv[3]
changes = plan([File('file%d' % number, text * 100000 * number)
                for number in range(1, 6)], sys.argv[2])
print('ready', flush=True)
sys.stdin.readline()
write(changes)
"""


class CommandTest(WriterTest):
    """Real commands that write a bigger set."""

    def big(self, text):
        return {f"file{number}": text * 100000 * number
                for number in range(1, 6)}

    def start(self, text, directory=None):
        """A command that has planned, and awaits a line to write."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", WORKER, TOP,
             directory or self.directory, text],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def go(self, process):
        process.stdin.write(b"\n")
        process.stdin.flush()


class KillTest(CommandTest):
    """Commands ended at swept times while they write."""

    def sweep(self, end, check_at_once=False):
        """``end(process)`` 60 commands, some before and some after they
        have written."""
        durations = []
        for text in "01234":
            process = self.start(text)
            began = time.monotonic()
            self.go(process)
            process.stdout.read()
            durations.append(time.monotonic() - began)
            process.wait()
        longest = 1.3 * sorted(durations)[2]
        written, rounds = 0, 60
        waits = [longest * number / rounds for number in range(rounds)]
        # More, should the machine have become slower meanwhile.
        waits += [longest * 2 ** number for number in range(1, 8)]
        for number, wait in enumerate(waits):
            if number >= rounds and written:
                break
            if number % 4:
                before = self.big("0")
                self.deploy(before)
            else:
                before = None
                self.fresh(None)
            process = self.start("x")
            self.go(process)
            time.sleep(wait)
            end(process)
            if not check_at_once:
                process.stdout.read()  # until its child has ended, too
            process.wait()
            is_new = os.path.isdir(self.directory) and (
                tree(self.directory) == self.big("x"))
            written += is_new
            self.assert_holds(self.big("x") if is_new else before)
        self.assertTrue(0 < written < rounds, written)

    def test_kill_of_the_command_leaves_the_old_set_or_the_new_one(self):
        self.sweep(lambda process: process.kill())

    def test_kill_of_the_process_group_leaves_the_old_set_or_the_new(self):
        self.sweep(lambda process: os.killpg(process.pid, signal.SIGKILL))

    def test_after_ctrl_c_one_set_is_there_when_the_command_has_ended(self):
        self.sweep(lambda process: os.killpg(process.pid, signal.SIGINT),
                   check_at_once=True)

    def test_a_waiting_command_that_is_ended_writes_nothing_later(self):
        self.fresh(self.big("0"))
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
            with holding(self.path(STAGE)):
                process = self.start("x")
                self.go(process)
                time.sleep(0.05)
                os.killpg(process.pid, number)
                process.stdout.read()
                self.assertNotEqual(process.wait(), 0)
            os.rmdir(self.path(STAGE))
            self.assert_holds(self.big("0"))


class TwoRunsTest(CommandTest):
    def test_of_different_sets_one_wins_and_the_other_is_told(self):
        for number in range(10):
            before = self.big("0") if number % 2 else None
            self.fresh(before)
            processes = [self.start(text) for text in "xyz"]
            for process in processes:
                self.go(process)
            statuses = [process.wait() for process in processes]
            self.assertEqual(sorted(statuses), [0, 1, 1])
            self.assert_holds(self.big("xyz"[statuses.index(0)]))

    def test_of_the_same_set_all_succeed(self):
        for number in range(6):
            self.fresh(self.big("0") if number % 2 else None)
            processes = [self.start("x") for _ in range(3)]
            for process in processes:
                self.go(process)
            self.assertEqual([process.wait() for process in processes],
                             [0, 0, 0])
            self.assert_holds(self.big("x"))

    def test_in_directories_of_the_same_missing_parent_all_succeed(self):
        for _ in range(6):
            self.fresh(None)
            directories = [self.path(name) for name in "abc"]
            processes = [self.start("x", directory)
                         for directory in directories]
            for process in processes:
                self.go(process)
            self.assertEqual([process.wait() for process in processes],
                             [0, 0, 0])
            for directory in directories:
                self.assertEqual(tree(directory), self.big("x"))
            self.assertEqual(os.listdir(self.top), ["apache"])
            self.assertEqual(sorted(os.listdir(self.directory)),
                             ["a", "b", "c"])

    def test_the_second_waits_for_the_first(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        with holding(self.path(STAGE)) as release:
            timer = threading.Timer(0.1, release)
            timer.start()
            began = time.monotonic()
            write(changes)
            self.assertGreater(time.monotonic() - began, 0.09)
            timer.join()
        self.assert_holds(NEW)

    def test_but_not_for_ever(self):
        self.fresh(OLD)
        changes = self.plan(NEW)
        with holding(self.path(STAGE)), mock.patch.object(
                transaction.stage, "LOCK_SECONDS", 0.05):
            message, = self.problems(write, changes)
        self.assertIn(f"{self.directory}: another run has been", message)
        os.rmdir(self.path(STAGE))
        self.assert_holds(OLD)


class FullDiskTest(unittest.TestCase):
    def test_leaves_the_old_set_or_the_new_one_and_says_what_is_missing(self):
        code = ("import sys; sys.path.insert(0, sys.argv[1]);"
                "from tests.system.test_transaction import fill_disks;"
                "fill_disks(sys.argv[2])")
        with tempfile.TemporaryDirectory() as disk:
            output = subprocess.run(
                [*self.mounting(disk), sys.executable, "-c", code, TOP, disk],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(output.returncode, 0, output.stdout)

    def mounting(self, disk):
        """The command prefix with which a tmpfs can be mounted."""
        for prefix in (["unshare", "-m"], ["unshare", "-Urm"]):
            with contextlib.suppress(OSError):
                if not subprocess.run(
                        [*prefix, "mount", "-t", "tmpfs", "tmpfs", disk],
                        stderr=subprocess.DEVNULL).returncode:
                    return prefix
        if os.environ.get("CI"):
            self.fail("no tmpfs can be mounted: run as root, or allow"
                      " unprivileged user namespaces")
        self.skipTest("no tmpfs can be mounted")


def fill_disks(disk):
    """Write sets on a tmpfs at ``disk``, too small by ever less."""
    page = os.sysconf("SC_PAGE_SIZE")
    old = {f"f{number}": "o" * (page * number - 7) for number in range(1, 5)}
    new = {f"f{number}": "n" * (page * number - 5) for number in range(6)}
    needed = 1 + 2 + 3 + 4 + 5  # pages; f0 is empty
    for before, pages in (None, 0), ({}, 0), (old, 10):
        for lacking in FILE_SYSTEMS:
            by_size = [
                filled_disk(disk, f"size={size * page}", before, new, lacking)
                for size in range(max(pages, 1), pages + needed + 14)]
            by_inodes = [
                filled_disk(disk, f"size=1m,nr_inodes={count}", before, new,
                            lacking)
                for count in range(8, 40)]
            for outcomes in by_size, by_inodes:
                # too small up to some size, big enough from there on
                assert outcomes == sorted(outcomes), outcomes
                assert set(outcomes) == {False, True}, outcomes


def filled_disk(disk, options, before, new, lacking):
    """Whether ``new`` fits on a disk with these mount options."""
    directory = os.path.join(disk, "deep", "apache")
    with mounted_tmpfs(disk, options):
        if before is not None:
            fill(directory, before)
        earlier = tree(disk)
        error = None
        changes = plan(as_files(new), directory)
        with watched(lacking):
            try:
                write(changes)
            except DeployError as caught:
                error = str(caught)
        if error is None:
            assert tree(directory) == new, "not the new set"
            assert os.listdir(disk) == ["deep"], os.listdir(disk)
        else:
            needed = sum(map(len, new.values()))
            assert error.startswith(
                f"{directory}: No space left on device: its files need"
                f" {needed} bytes, "), error
            assert tree(disk) == earlier, sorted(tree(disk))
    return error is None


@contextlib.contextmanager
def mounted_tmpfs(path, options):
    """A tmpfs at ``path``, by system call: there are hundreds to mount."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, options.encode()):
        raise OSError(ctypes.get_errno(), f"cannot mount with {options}")
    try:
        yield
    finally:
        libc.umount2(path.encode(), 2)  # MNT_DETACH


# Small contexts and questions.

@contextlib.contextmanager
def in_directory(path):
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def umask_of(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def holding(stage):
    """Hold ``stage`` as another run would; gives a function to let go."""
    os.mkdir(stage)
    descriptor = os.open(stage, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    def release():
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    try:
        yield release
    finally:
        os.close(descriptor)


def untouched(path):
    """What differs once ``path`` was written; a mere look may set atime."""
    status = os.lstat(path)
    return (status.st_ino, status.st_mode, status.st_size,
            status.st_mtime_ns, status.st_ctime_ns)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def is_pipe(descriptor):
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def count_descriptors():
    return len(os.listdir("/proc/self/fd"))


if __name__ == "__main__":
    unittest.main()
