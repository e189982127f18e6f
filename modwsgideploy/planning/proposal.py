"""Propose how the sites of a plan would fit, and say what is in the way."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Sequence, Union

from modwsgideploy.planning.capacity import (
    KB_PER_MB,
    Demand,
    Figure,
    Machine,
    Plan,
    Pool,
    add_up,
)

FEW_THREADS = (10, 5)
# So many names are told.
_NAMES = 8
# What may share a process with others, and with how many at most: all of
# them restart together.
SMALL_KB = 160 * KB_PER_MB
TOGETHER = 10

# Whether sites with this share_key can really share processes.
CanShare = Callable[[Any], bool]
# What to write into the manifest: the value of each option.
Settings = Dict[str, Union[str, int]]


def propose(plan: Plan, machine: Machine, share: bool = False,
            can_share: CanShare = lambda share_key: True) -> Plan:
    """Propose a Plan for the sites of ``plan``, which fits if any does.

    As many processes as the cores can use, fewer where there is not enough of
    something; then small sites share processes (with ``share`` in any case);
    then there are fewer threads.  ``can_share`` is asked only then.
    """
    embedded = plan.apache.members
    pools = [_wanted(pool, machine, len(plan.pools)) for pool in plan.pools]
    for sharing in (True,) if share else (False, True):
        pools = _shared(pools, can_share) if sharing else pools
        # A database that takes too few connections is no reason to do more.
        for enough in (lambda plan: plan.fits, _fits_but_for_connections):
            best = _largest(pools, embedded, machine, enough)
            if enough(best):
                return best
    for count in FEW_THREADS:
        if {"tasks", "open files"} & {one.name for one in best.missing}:
            best = _largest([pool._replace(threads=_fewer(pool, count))
                             for pool in pools], embedded, machine,
                            _fits_but_for_connections)
    return best


def _fits_but_for_connections(plan: Plan) -> bool:
    """Tell whether there is enough of all but database connections."""
    return all(_counts_connections(figure) for figure in plan.missing)


def _counts_connections(figure: Figure) -> bool:
    """Tell whether ``figure`` is that of a database server."""
    return figure.name.startswith("connections")


def _wanted(pool: Pool, machine: Machine, count: int) -> Pool:
    """Give ``pool`` as it would best be, one of ``count``."""
    if any(member.single for member in pool.members):
        return pool._replace(processes=1)
    if "processes" in pool.members[0].chosen:
        return pool
    # More than Apache has requests for are never busy.
    return pool._replace(processes=min(
        max(2, machine.cores // count),
        max(1, machine.request_workers // pool.threads)))


def _fewer(pool: Pool, count: int) -> int:
    """Give the threads of ``pool`` if it is to have ``count``."""
    if "threads" in pool.members[0].chosen:
        return pool.threads
    return min(pool.threads, count)


def _shared(pools: Sequence[Pool], can_share: CanShare) -> list[Pool]:
    """Give ``pools`` where small sites that can do so share processes."""
    alike: dict[tuple[Any, ...], list[Pool]] = {}
    for pool in pools:
        member = pool.members[0]
        if len(pool.members) == 1 and member.share_key is not None and (
                member.memory_kb <= SMALL_KB):
            alike.setdefault((member.share_key, member.single, pool.processes,
                              pool.threads), []).append(pool)
    taken = {pool.name for pool in pools}
    joined: list[Pool] = []
    gone: set[str] = set()
    for (share_key, *_), group in alike.items():
        if len(group) < 2 or not can_share(share_key):
            continue
        for start in range(0, len(group), TOGETHER):
            part = group[start:start + TOGETHER]
            if len(part) > 1:
                gone.update(pool.name for pool in part)
                joined.append(part[0]._replace(
                    name=_free_name(part[0].members[0].daemon_name, taken),
                    members=tuple(pool.members[0] for pool in part)))
    return [pool for pool in pools if pool.name not in gone] + joined


def _free_name(wanted: str, taken: set[str]) -> str:
    """Take a name that starts with ``wanted`` and is not ``taken`` yet."""
    number = 1
    while f"{wanted}-{number}" in taken:
        number += 1
    taken.add(f"{wanted}-{number}")
    return f"{wanted}-{number}"


def _largest(pools: Sequence[Pool], embedded: tuple[Demand, ...],
             machine: Machine, enough: Callable[[Plan], bool]) -> Plan:
    """Give ``pools`` as many processes as there is ``enough`` for, or one.

    All have as many as they want up to a number; of those that want more, the
    smallest have one more.
    """
    order = {pool.name: number for number, pool in enumerate(
        sorted(pools, key=lambda pool: pool.process_kb))}

    def capped(most: int, more: int = 0) -> Plan:
        return add_up([pool._replace(processes=min(
            pool.processes, most + (order[pool.name] < more)))
            for pool in pools], embedded, machine)

    most = max((pool.processes for pool in pools), default=1)
    most = _last(most, lambda number: enough(capped(number)))
    if not most:
        return capped(1)
    more = _last(len(pools), lambda number: enough(capped(most, number)))
    return capped(most, more)


def _last(number: int, holds: Callable[[int], bool]) -> int:
    """Find the largest number up to ``number`` that ``holds``.

    Each smaller one does, too; 0 if none does.
    """
    low, high = 0, number + 1
    while high - low > 1:
        middle = high - 1 if high > number else (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def changes(plan: Plan, proposed: Plan) -> Iterator[tuple[Demand, Settings]]:
    """Yield what to change of each site for a proposed Plan."""
    before = {member: pool for pool in plan.pools for member in pool.members}
    for pool in proposed.pools:
        for member in pool.members:
            old = before[member]
            now: Settings = {"processes": pool.processes,
                             "threads": pool.threads}
            if old.name != pool.name:
                yield member, {"daemon": pool.name, **now}
            elif (old.processes, old.threads) != (pool.processes,
                                                  pool.threads):
                yield member, {name: value for name, value in now.items()
                               if getattr(old, name) != value}


def notes(plan: Plan, machine: Machine) -> list[str]:
    """Say in sentences what else there is to a Plan."""
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
        elif _counts_connections(figure):
            found.append(_smaller_pools(plan, figure))
    return [note for note in found if note]


def without_room(plan: Plan) -> list[Pool]:
    """List the Pools for which there is no memory, the largest first, if the
    smallest are served first."""
    pools = sorted(plan.pools, key=lambda pool: pool.memory_kb)
    left = (plan.memory.has - plan.memory.needs) * KB_PER_MB + sum(
        pool.memory_kb for pool in pools)
    for count, pool in enumerate(pools if plan.memory.missing else ()):
        left -= pool.memory_kb
        if left < 0:
            return pools[:count - 1 if count else None:-1]
    return []


def _how_many_fit(plan: Plan) -> str:
    """Say how many of the pools have room, and which have not."""
    out = without_room(plan)
    names = ", ".join(
        pool.name if len(pool.members) > 1 else pool.members[0].name
        for pool in out[:_NAMES])
    more = len(out) - _NAMES
    return (f"there is memory for {len(plan.pools) - len(out)} of"
            f" {len(plan.pools)} sets of daemon processes, the smallest first;"
            f" not for {names}" + (f" and {more} more" if more > 0 else "")
            ) if out else ""


def _smaller_pools(plan: Plan, figure: Figure) -> str:
    """Say which size of their connection pools would do."""
    users = sum(
        pool.processes for pool in plan.pools for member in pool.members
        for database in member.databases if figure.name.endswith(
            " " + database.server))
    size = figure.has // users if users else 0
    return (f"{figure.name}: with pool_size + max_overflow of {size} or less"
            " they would do") if size else ""
