"""Write sets of files in tests, with faults where they are wanted."""

import contextlib
import errno
import fcntl
import os
import pickle
import shutil
import signal
import stat
import tempfile
import unittest
from unittest import mock

from modwsgideploy.errors import DeployError
from modwsgideploy.system import files, transaction
from modwsgideploy.system.transaction import File, plan, write

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


class TransactionTest(unittest.TestCase):
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
        for name, text in texts.items():
            with open(os.path.join(self.directory, name), "rb") as stream:
                self.assertTrue(stream.read() == text.encode(
                    "utf-8", "surrogateescape"), f"{name} is another")

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
