"""Read from /proc which processes run on this machine, and since when."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from modwsgideploy.system.files import names_in, text_or_empty


class RunningProcess(NamedTuple):
    """One process of this machine."""

    pid: int
    parent: int           # the id of the process that started it
    user: int             # the id of the user as whom it runs
    started: float        # like the time of a file
    memory: int           # bytes of its own in memory, and its part of others
    threads: int
    command: tuple[bytes, ...]


class RunningDaemon(NamedTuple):
    """One of mod_wsgi's daemon processes."""

    pid: int
    title: bytes          # "(wsgi:GROUP)", cut to the length that it may have
    directory: str        # it works in; "" where this user may not know

    @property
    def is_cut(self) -> bool:
        """Whether Apache had no room for all of the title."""
        return not self.title.endswith(b")")


def running_daemons() -> list[RunningDaemon]:
    """Find the mod_wsgi daemon processes that run on this machine."""
    found = []
    for pid, command in _commands():
        title = command.partition(b"\0")[0].rstrip()
        if title.startswith(b"(wsgi:"):
            directory = ""
            with suppress(OSError):     # of another user
                directory = os.readlink(f"/proc/{pid}/cwd")
            found.append(RunningDaemon(pid, title, directory))
    return found


def processes_with(argument: str) -> list[RunningProcess]:
    """Find the processes that have ``argument`` on their command lines."""
    wanted = os.fsencode(argument)
    found = (process_of(pid) for pid, command in _commands()
             if wanted in command.split(b"\0"))
    return [process for process in found if process]


def children_of(parent: int) -> list[RunningProcess]:
    """Find the processes that ``parent`` has started."""
    found = (process_of(pid) for pid, _ in _commands())
    return [process for process in found
            if process and process.parent == parent]


def group_lives(group: int) -> bool:
    """Whether a process of a process group runs; a zombie does not.

    True where no /proc says so (proc(5) has the fields of stat).
    """
    pids = [int(name) for name in names_in("/proc") if name.isdigit()]
    return not pids or any(_group_of(pid) == group and not is_zombie(pid)
                           for pid in pids)


def _group_of(pid: int) -> int:
    """The process group of a process; 0 if there is no such process."""
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def is_zombie(pid: int) -> bool:
    """Whether a process has ended, and its parent has not taken notice."""
    status = text_or_empty(f"/proc/{pid}/stat").rpartition(")")[2]
    return status.split()[:1] == ["Z"]


def _commands() -> Iterator[tuple[int, bytes]]:
    """Yield the id and the command line of each process."""
    for name in names_in("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as stream:
                    yield int(name), stream.read()
            except OSError:     # it has ended, or is another user's
                continue


def process_of(pid: int) -> RunningProcess | None:
    """Describe the process ``pid``; None if there is none (proc(5))."""
    try:
        fields = text_or_empty(f"/proc/{pid}/stat").rpartition(")")[2].split()
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            command = tuple(stream.read().rstrip(b"\0 ").split(b"\0"))
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return RunningProcess(
            pid, int(fields[1]), os.stat(f"/proc/{pid}").st_uid,
            _booted() + started, _memory(pid), int(fields[17]), command)
    except (OSError, LookupError, ValueError):
        return None


def connections_of(pid: int) -> int:
    """Count the connections to the Unix socket that is a process's input.

    Those that it has not accepted yet count; 0 where that is not known, as of
    another user's process.
    """
    try:
        number = os.readlink(f"/proc/{pid}/fd/0")[len("socket:["):-1]
    except OSError:
        return 0
    # The last columns are the inode and the path.
    rows = [line.split()[6:] for line in text_or_empty(
        f"/proc/{pid}/net/unix").splitlines()]
    paths = [path for inode, *path in filter(None, rows) if inode == number]
    return sum(path == paths[0] for _, *path in filter(None, rows)
               ) - 1 if paths and paths[0] else 0


@lru_cache(1)
def _booted() -> float:
    """When the machine was started; its btime leaves out parts of a second.
    """
    import time

    if hasattr(time, "CLOCK_BOOTTIME"):    # Linux
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return int(re.findall(r"btime (\d+)", text_or_empty("/proc/stat"))[0])


def _memory(pid: int) -> int:
    """The bytes that a process takes; all that it shares where its own part
    is not told, which the kernel does for its user and root alone."""
    share = re.search(r"(?m)^Pss:\s+(\d+) kB",
                      text_or_empty(f"/proc/{pid}/smaps_rollup"))
    if share:
        return int(share[1]) * 1024
    pages = text_or_empty(f"/proc/{pid}/statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages[1:] else 0
