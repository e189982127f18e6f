"""Add up what sites ask for, and compare it with what a machine has.

Figures only: `machine` and `measuring` find them out, `proposal` makes them
fit.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Hashable, Iterable, Iterator, NamedTuple, Sequence

KB_PER_MB = 1024
# Of a process whose application nobody has loaded.
ASSUMED_KB = 80 * KB_PER_MB
# What mod_wsgi adds to an application that Python alone has loaded, and what
# a second application in its process does not need again; both were seen with
# Python 3.11 and mod_wsgi 4.9 (2.6 to 2.9, and 11 to 17 MB).
DAEMON_KB = 3 * KB_PER_MB
INTERPRETER_KB = 11 * KB_PER_MB
# An Apache child without any application, and what requests add to a process.
CHILD_KB = 13 * KB_PER_MB
GROWTH = 1.25
# Left for the system, its caches and everybody else: one part of so many.
RESERVED_PART = 5
# Threads that mod_wsgi, and Apache, add to those which serve.
_OWN_THREADS = 3
_OWN_FILES = 10


class Database(NamedTuple):
    """A database of a server that one application connects to."""

    url: str         # without its password
    server: str
    pool: int        # connections of each process at most; 0: one a thread


class Demand(NamedTuple):
    """What one site asks for."""

    name: str
    source: str
    group: str            # the name of its processes; "" for Apache's own
    processes: int
    threads: int
    memory_kb: int        # of a process that serves it and no other
    memory_source: str    # measured, given or assumed
    single: bool = False  # one process is all that it may have
    # Which of processes and threads somebody has chosen.
    chosen: frozenset[str] = frozenset()
    # Sites with an equal one can share processes; None can share none.
    share_key: Hashable = None
    daemon_name: str = "shared"    # what such processes may be called
    log_files: int = 0    # that Apache writes for it
    databases: tuple[Database, ...] = ()


class Machine(NamedTuple):
    """What there is; 0 is unknown."""

    memory_kb: int
    cores: int
    tasks: int = 0              # processes and threads that Apache may have
    open_files: int = 0         # of one process
    connections: int = 0        # of a database server
    request_workers: int = 400
    threads_per_child: int = 25
    mpm: str = "event"
    sources: tuple[tuple[str, str], ...] = ()    # of these figures, by field

    @property
    def children(self) -> int:
        """Apache's own processes when all are busy."""
        return -(-self.request_workers // self.threads_per_child)


class Pool(NamedTuple):
    """Daemon processes with one name, and the sites that they run."""

    name: str
    members: tuple[Demand, ...]
    processes: int
    threads: int

    @property
    def process_kb(self) -> int:
        """The memory of one of its processes."""
        return sum(member.memory_kb for member in self.members) - sum(
            min(INTERPRETER_KB, member.memory_kb // 2)
            for member in self.members[1:])

    @property
    def memory_kb(self) -> int:
        """That of all its processes."""
        return self.processes * self.process_kb

    @property
    def tasks(self) -> int:
        """Its processes and their threads, as the kernel counts them."""
        return self.processes * (self.threads + _OWN_THREADS)


class Figure(NamedTuple):
    """One thing that there must be enough of."""

    name: str
    unit: str
    needs: int
    has: int           # 0: nobody knows
    source: str        # where ``has`` comes from

    @property
    def missing(self) -> int:
        """How much does not fit."""
        return max(0, self.needs - self.has) if self.has else 0


class Plan(NamedTuple):
    """What some pools need of a machine."""

    pools: tuple[Pool, ...]
    apache: Pool                        # its children, with embedded sites
    figures: tuple[Figure, ...]
    databases: tuple[tuple[Database, int], ...]    # with connections

    @property
    def missing(self) -> list[Figure]:
        """The Figures of which there is not enough."""
        return [figure for figure in self.figures if figure.missing]

    @property
    def fits(self) -> bool:
        """Whether there is enough of everything."""
        return not self.missing

    @property
    def memory(self) -> Figure:
        """The Figure of the memory."""
        return next(one for one in self.figures if one.name == "memory")

    @property
    def processes(self) -> int:
        """How many serve the sites, Apache's own left out."""
        return sum(pool.processes for pool in self.pools)

    @property
    def threads(self) -> int:
        """How many requests these can serve at once."""
        return sum(pool.processes * pool.threads for pool in self.pools)


def as_asked(demands: Iterable[Demand], machine: Machine) -> Plan:
    """Add up ``demands`` as they are."""
    groups: dict[str, list[Demand]] = {}
    for demand in demands:
        groups.setdefault(demand.group, []).append(demand)
    embedded = tuple(groups.pop("", ()))
    return add_up([Pool(name, tuple(members), members[0].processes,
                        members[0].threads)
                   for name, members in groups.items()], embedded, machine)


def add_up(pools: Sequence[Pool], embedded: tuple[Demand, ...],
           machine: Machine) -> Plan:
    """Add up ``pools`` and the Demands in Apache's own processes."""
    apache = Pool("Apache", embedded, machine.children,
                  machine.threads_per_child)
    databases: Counter[Database] = Counter()
    for pool in (*pools, apache) if embedded else pools:
        for member in pool.members:
            for database in member.databases:
                databases[database._replace(pool=0)] += pool.processes * (
                    database.pool or pool.threads)
    ordered = tuple(sorted(databases.items()))
    return Plan(tuple(pools), apache, tuple(
        _figures(pools, apache, ordered, machine)), ordered)


def _figures(pools: Sequence[Pool], apache: Pool,
             databases: Iterable[tuple[Database, int]], machine: Machine
             ) -> Iterator[Figure]:
    """Yield each Figure."""
    sources = dict(machine.sources)
    yield Figure(
        "memory", "MB", in_mb(
            sum(pool.memory_kb for pool in pools)
            + apache.processes * (CHILD_KB + sum(
                member.memory_kb for member in apache.members))),
        # Rounded against us, as what is needed is.
        machine.memory_kb * (RESERVED_PART - 1) // RESERVED_PART // KB_PER_MB,
        sources.get("memory_kb", ""))
    yield Figure(
        "tasks", "processes and threads",
        sum(pool.tasks for pool in pools) + apache.tasks + 1,
        machine.tasks, sources.get("tasks", ""))
    members = [member for pool in (*pools, apache) for member in pool.members]
    # Each process has every log, and the socket of every group.
    busiest = max([2 * apache.threads, *(2 * pool.threads for pool in pools)])
    yield Figure(
        "open files", "in one process",
        _OWN_FILES + sum(member.log_files for member in members)
        + len(pools) + busiest, machine.open_files,
        sources.get("open_files", ""))
    for server, group in groupby(databases, key=lambda one: one[0].server):
        yield Figure(f"connections to {server}", "connections",
                     sum(count for _, count in group), machine.connections,
                     sources.get("connections", ""))


def in_mb(kilobytes: int) -> int:
    """Convert to megabytes, rounded up."""
    return -(-kilobytes // KB_PER_MB)
