"""What sites ask for and what a machine has in; what fits, and how, out.

Figures only: who measured them, and where, stands elsewhere (machine.py,
measuring.py).  Memory is in kilobytes.
"""

from collections import Counter
from itertools import groupby
from typing import NamedTuple, Tuple

MB = 1024
# Of a process whose application nobody has loaded.
ASSUMED = 80 * MB
# What mod_wsgi adds to an application that Python alone has loaded, and what
# a second application in its process does not need again; both were seen with
# Python 3.11 and mod_wsgi 4.9 (2.6 to 2.9, and 11 to 17 MB).
DAEMON = 3 * MB
INTERPRETER = 11 * MB
# An Apache child without any application, and what requests add to a process.
CHILD = 13 * MB
GROWTH = 1.25
# Left for the system, its caches and everybody else: one part of so many.
LEFT = 5
# Threads that mod_wsgi, and Apache, add to those which serve.
_OWN_THREADS = 3
_OWN_FILES = 10
FEW_THREADS = (10, 5)
# So many names are told.
_NAMES = 8
# What may share a process with others, and with how many at most: all of
# them restart together.
SMALL = 160 * MB
TOGETHER = 10


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
    kilobytes: int        # of a process that serves it and no other
    told: str             # how that is known: measured, given or assumed
    single: bool = False  # one process is all that it may have
    given: frozenset = frozenset()   # of what was chosen: processes, threads
    alike: object = None  # sites with an equal one can share processes
    daemon: str = "shared"    # what such processes may be called
    logs: int = 0         # that Apache writes for it
    databases: Tuple[Database, ...] = ()


class Machine(NamedTuple):
    """What there is; 0 is unknown."""

    memory: int
    cores: int
    tasks: int = 0              # processes and threads that Apache may have
    open_files: int = 0         # of one process
    connections: int = 0        # of a database server
    request_workers: int = 400
    threads_per_child: int = 25
    mpm: str = "event"
    sources: Tuple[Tuple[str, str], ...] = ()    # of these figures, by field

    @property
    def children(self):
        """Apache's own processes when all are busy."""
        return -(-self.request_workers // self.threads_per_child)


class Pool(NamedTuple):
    """Daemon processes with one name, and the sites that they run."""

    name: str
    members: Tuple[Demand, ...]
    processes: int
    threads: int

    @property
    def each(self):
        """The kilobytes of one of its processes."""
        return sum(member.kilobytes for member in self.members) - sum(
            min(INTERPRETER, member.kilobytes // 2)
            for member in self.members[1:])

    @property
    def kilobytes(self):
        """Those of all its processes."""
        return self.processes * self.each

    @property
    def tasks(self):
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
    def missing(self):
        """How much does not fit."""
        return max(0, self.needs - self.has) if self.has else 0


class Plan(NamedTuple):
    """What some pools need of a machine."""

    pools: Tuple[Pool, ...]
    apache: Pool                        # its children, with embedded sites
    figures: Tuple[Figure, ...]
    databases: Tuple[Tuple[Database, int], ...]    # with connections

    @property
    def missing(self):
        """The Figures of which there is not enough, as a list."""
        return [figure for figure in self.figures if figure.missing]

    @property
    def fits(self):
        """Whether there is enough of everything."""
        return not self.missing

    @property
    def processes(self):
        """How many serve the sites, Apache's own left out."""
        return sum(pool.processes for pool in self.pools)

    @property
    def threads(self):
        """How many requests these can serve at once."""
        return sum(pool.processes * pool.threads for pool in self.pools)


def as_asked(demands, machine):
    """The Plan of ``demands`` (of Demand) as they are."""
    groups = {}
    for demand in demands:
        groups.setdefault(demand.group, []).append(demand)
    embedded = tuple(groups.pop("", ()))
    return add_up([Pool(name, tuple(members), members[0].processes,
                        members[0].threads)
                   for name, members in groups.items()], embedded, machine)


def add_up(pools, embedded, machine):
    """The Plan of ``pools`` and of the Demands in Apache's own processes."""
    apache = Pool("Apache", embedded, machine.children,
                  machine.threads_per_child)
    databases = Counter()
    for pool in (*pools, apache) if embedded else pools:
        for member in pool.members:
            for database in member.databases:
                databases[database._replace(pool=0)] += pool.processes * (
                    database.pool or pool.threads)
    ordered = tuple(sorted(databases.items()))
    return Plan(tuple(pools), apache, tuple(
        _figures(pools, apache, ordered, machine)), ordered)


def _figures(pools, apache, databases, machine):
    """Each Figure."""
    source = dict(machine.sources).get
    yield Figure(
        "memory", "MB", _megabytes(
            sum(pool.kilobytes for pool in pools)
            + apache.processes * (CHILD + sum(
                member.kilobytes for member in apache.members))),
        # Rounded against us, as what is needed is.
        machine.memory * (LEFT - 1) // LEFT // MB, source("memory", ""))
    yield Figure(
        "tasks", "processes and threads",
        sum(pool.tasks for pool in pools) + apache.tasks + 1,
        machine.tasks, source("tasks", ""))
    members = [member for pool in (*pools, apache) for member in pool.members]
    # Each process has every log, and the socket of every group.
    busiest = max([2 * apache.threads, *(2 * pool.threads for pool in pools)])
    yield Figure(
        "open files", "in one process",
        _OWN_FILES + sum(member.logs for member in members) + len(pools)
        + busiest, machine.open_files, source("open_files", ""))
    for server, group in groupby(databases, key=lambda one: one[0].server):
        yield Figure(f"connections to {server}", "connections",
                     sum(count for _, count in group), machine.connections,
                     source("connections", ""))


def _megabytes(kilobytes):
    return -(-kilobytes // MB)


def propose(plan, machine, share=False, works=lambda alike: True):
    """A Plan for the sites of ``plan``, which fits if any does.

    As many processes as the cores can use, fewer where there is not enough of
    something; then small sites share processes (with ``share`` in any case);
    then there are fewer threads.  ``works(alike)`` says whether those that
    are ``alike`` can really share; it is asked only then.
    """
    embedded = plan.apache.members
    pools = [_wanted(pool, machine, len(plan.pools)) for pool in plan.pools]
    for step in (_shared,) if share else (None, _shared):
        pools = step(pools, works) if step else pools
        # A database that takes too few connections is no reason to do more.
        for enough in (lambda plan: plan.fits, _on_machine):
            best = _largest(pools, embedded, machine, enough)
            if enough(best):
                return best
    for count in FEW_THREADS:
        if {"tasks", "open files"} & {one.name for one in best.missing}:
            best = _largest([pool._replace(threads=_fewer(pool, count))
                             for pool in pools], embedded, machine,
                            _on_machine)
    return best


def _on_machine(plan):
    """Whether there is enough of all but connections."""
    return not any(not figure.name.startswith("connections")
                   for figure in plan.missing)


def _wanted(pool, machine, count):
    """``pool`` as it would best be, one of ``count``."""
    if any(member.single for member in pool.members):
        return pool._replace(processes=1)
    if "processes" in pool.members[0].given:
        return pool
    # More than Apache has requests for are never busy.
    return pool._replace(processes=min(
        max(2, machine.cores // count),
        max(1, machine.request_workers // pool.threads)))


def _fewer(pool, count):
    """The threads of ``pool`` if it is to have ``count``."""
    if "threads" in pool.members[0].given:
        return pool.threads
    return min(pool.threads, count)


def _shared(pools, works):
    """``pools`` where small sites that can do so share processes (list)."""
    alike = {}
    for pool in pools:
        member = pool.members[0]
        if len(pool.members) == 1 and member.alike is not None and (
                member.kilobytes <= SMALL):
            alike.setdefault((member.alike, member.single, pool.processes,
                              pool.threads), []).append(pool)
    taken = {pool.name for pool in pools}
    joined, gone = [], set()
    for (what, *_), group in alike.items():
        if len(group) < 2 or not works(what):
            continue
        for start in range(0, len(group), TOGETHER):
            part = group[start:start + TOGETHER]
            if len(part) > 1:
                gone.update(pool.name for pool in part)
                joined.append(part[0]._replace(
                    name=_name(part[0].members[0].daemon, taken),
                    members=tuple(pool.members[0] for pool in part)))
    return [pool for pool in pools if pool.name not in gone] + joined


def _name(wanted, taken):
    """A name that starts with ``wanted`` and is not ``taken`` (set) yet."""
    number = 1
    while f"{wanted}-{number}" in taken:
        number += 1
    taken.add(f"{wanted}-{number}")
    return f"{wanted}-{number}"


def _largest(pools, embedded, machine, enough):
    """The Plan of ``pools`` with as many processes as there is ``enough``
    for, or with one process each.

    All have as many as they want up to a number; of those that want more, the
    smallest have one more.
    """
    order = {pool.name: number for number, pool in enumerate(
        sorted(pools, key=lambda pool: pool.each))}

    def capped(most, more=0):
        return add_up([pool._replace(processes=min(
            pool.processes, most + (order[pool.name] < more)))
            for pool in pools], embedded, machine)

    most = max((pool.processes for pool in pools), default=1)
    most = _last(most, lambda number: enough(capped(number)))
    if not most:
        return capped(1)
    more = _last(len(pools), lambda number: enough(capped(most, number)))
    return capped(most, more)


def _last(number, holds):
    """The largest number up to ``number`` that ``holds``, as each smaller one
    does; 0 if none does."""
    low, high = 0, number + 1
    while high - low > 1:
        middle = high - 1 if high > number else (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def changes(plan, proposed):
    """What to change for a proposed Plan: (Demand, {option: value}) pairs."""
    before = {member: pool for pool in plan.pools for member in pool.members}
    for pool in proposed.pools:
        for member in pool.members:
            old = before[member]
            now = {"processes": pool.processes, "threads": pool.threads}
            if old.name != pool.name:
                yield member, {"daemon": pool.name, **now}
            elif (old.processes, old.threads) != (pool.processes,
                                                  pool.threads):
                yield member, {name: value for name, value in now.items()
                               if getattr(old, name) != value}


def notes(plan, machine):
    """What else there is to say of a Plan, as a list of sentences."""
    found = []
    limit = machine.request_workers
    busy = max(plan.pools, default=None,
               key=lambda pool: pool.processes * pool.threads)
    if busy and busy.processes * busy.threads > limit:
        found.append(
            f"{busy.name} has {busy.processes * busy.threads} threads, and"
            f" Apache asks for {limit} requests at once (MaxRequestWorkers)")
    elif plan.threads > limit:
        found.append(
            f"together they have {plan.threads} threads, and Apache asks for"
            f" {limit} requests at once (MaxRequestWorkers)")
    for figure in plan.missing:
        if figure.name == "memory":
            found.append(_how_many_fit(plan))
        elif figure.name.startswith("connections"):
            found.append(_smaller_pools(plan, figure))
    return [note for note in found if note]


def without_room(plan):
    """The Pools (list) for which there is no memory, the largest first, if
    the smallest are served first."""
    figure = next(one for one in plan.figures if one.name == "memory")
    pools = sorted(plan.pools, key=lambda pool: pool.kilobytes)
    left = (figure.has - figure.needs) * MB + sum(
        pool.kilobytes for pool in pools)
    for count, pool in enumerate(pools if figure.missing else ()):
        left -= pool.kilobytes
        if left < 0:
            return pools[:count - 1 if count else None:-1]
    return []


def _how_many_fit(plan):
    """How many of the pools have room, and which have not."""
    out = without_room(plan)
    told = ", ".join(
        pool.name if len(pool.members) > 1 else pool.members[0].name
        for pool in out[:_NAMES])
    more = len(out) - _NAMES
    return (f"there is memory for {len(plan.pools) - len(out)} of"
            f" {len(plan.pools)} sets of daemon processes, the smallest first;"
            f" not for {told}" + (f" and {more} more" if more > 0 else "")
            ) if out else ""


def _smaller_pools(plan, figure):
    """Which size of their connection pools would do."""
    users = sum(
        pool.processes for pool in plan.pools for member in pool.members
        for database in member.databases if figure.name.endswith(
            " " + database.server))
    size = figure.has // users if users else 0
    return size and (
        f"{figure.name}: with pool_size + max_overflow of {size} or less they"
        " would do")
