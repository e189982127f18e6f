"""Show what ``plan`` found: as text, as JSON, as lines of a manifest."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from modwsgideploy.planning import capacity, proposal
from modwsgideploy.planning.planned import (
    SHARING,
    Planned,
    described,
    described_pool,
    lacks,
    machine_as_dict,
)

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.planning.capacity import Plan

# So many sites are printed, unless all are asked for.
_ROWS = 20


def print_plan(planned: Planned, run: Invocation) -> None:
    """Print the plan: first what does not fit."""
    plan = planned.plan
    print(planned.verdict)
    for unreadable in planned.fleet.unreadable:
        for message in unreadable.messages:
            print(f"not counted: {message}", file=sys.stderr)
    for note in planned.notes:
        print(f"  {note}")
    print()
    figures = sorted(plan.figures, key=lambda one: not one.missing)
    width = max(len(figure.name) for figure in figures)
    print(f"{'':{width}}{'needs':>10}{'has':>10}")
    for figure in figures:
        print(f"{figure.name:{width}}{figure.needs:10}"
              f"{figure.has or '?':>10}  {figure.unit}"
              + (f"; {figure.missing} MISSING" if figure.missing else ""))
    if run.verbosity > 0:
        for name, value, source in described(planned.machine):
            print(f"  {name}: {value} ({source})")
    _print_pools(planned, run)
    _print_changes(planned)


def _print_pools(planned: Planned, run: Invocation) -> None:
    """Print a line for each set of processes, the largest first."""
    plan = planned.plan
    pools = sorted(plan.pools, key=lambda pool: -pool.memory_kb)
    shown = pools if run.verbosity > 0 else pools[:_ROWS]
    rows: list[tuple[object, ...]] = [
        ("processes of", "processes", "threads", "MB each", "MB", "")]
    for pool in shown:
        sources = {member.memory_source for member in pool.members}
        rows.append((described_pool(pool), pool.processes, pool.threads,
                     pool.process_kb // capacity.KB_PER_MB,
                     pool.memory_kb // capacity.KB_PER_MB,
                     ", ".join(sorted(sources - {"measured"}))))
    apache = plan.apache
    each = (capacity.CHILD_KB + apache.process_kb) // capacity.KB_PER_MB
    rows.append(("Apache itself", apache.processes, apache.threads, each,
                 each * apache.processes, ""))
    width = max(len(str(row[0])) for row in rows)
    print()
    for name, processes, threads, each_mb, all_mb, source in rows:
        print(f"{name:{width}}{processes:>11}{threads:>9}{each_mb:>9}"
              f"{all_mb:>9}  {source}".rstrip())
    if len(shown) < len(pools):
        print(f"and {len(pools) - len(shown)} more (-v shows all)")
    for name, reason in list(planned.unloaded.items())[:_ROWS]:
        print(f"assumed, as {name} did not load: {reason}")


def _print_changes(planned: Planned) -> None:
    """Print the proposal."""
    if not planned.changes:
        print("\nNothing to change.")
        return
    print("\nProposed:" if planned.proposed.fits else
          "\nProposed, WHICH DOES NOT FIT EITHER:"
          f" {lacks(planned.proposed)}")
    for note in planned.left:
        print(f"  {note}")
    print()
    print(_sections(planned, _ROWS), end="")
    if planned.shares:
        print("\n" + SHARING)


def _sections(planned: Planned, most: int | None = None) -> str:
    """Return the changes as sections of a manifest, ``most`` of them."""
    shown = planned.changes[:most]
    text = "".join(
        f"[{member.name}]\n" + "".join(f"{name} = {value}\n"
                                       for name, value in settings.items())
        for member, settings in shown)
    left = len(planned.changes) - len(shown)
    return text + (f"and {left} more (--write FILE writes all)\n" if left
                   else "")


def as_manifest(planned: Planned) -> str:
    """Return the proposal as lines of a manifest, for --write."""
    machine = planned.machine
    lines = [
        "# What modwsgideploy plan proposes: put these lines into the sections"
        " of your",
        "# manifest, in place of those which say the same key.",
        f"# For {machine.memory_kb // capacity.KB_PER_MB} MB and"
        f" {machine.cores} cores: {planned.verdict}",
        *([] if planned.proposed.fits else
          [f"# THIS DOES NOT FIT EITHER: {lacks(planned.proposed)}",
           *(f"# {note}" for note in planned.left)]),
        *(["# " + SHARING] if planned.shares else []), "", ""]
    return "\n".join(lines) + _sections(planned)


def as_dict(planned: Planned) -> dict[str, Any]:
    """Return the plan as plain values, for --json."""
    return {
        "machine": machine_as_dict(planned.machine),
        "asked": _plan_as_dict(planned.plan),
        "proposed": _plan_as_dict(planned.proposed),
        "notes": planned.notes,
        "sites": [{
            "name": member.name, "source": member.source,
            "kilobytes": member.memory_kb, "memory": member.memory_source,
            "not_loaded": planned.unloaded.get(member.name, "")}
            for pool in (*planned.plan.pools, planned.plan.apache)
            for member in pool.members],
        "not_counted": [message for unreadable in planned.fleet.unreadable
                        for message in unreadable.messages],
        "changes": {member.name: settings
                    for member, settings in planned.changes},
    }


def _plan_as_dict(plan: Plan) -> dict[str, object]:
    return {
        "fits": plan.fits, "processes": plan.processes,
        "threads": plan.threads,
        "figures": [{**figure._asdict(), "missing": figure.missing}
                    for figure in plan.figures],
        "databases": [{"url": database.url, "connections": count}
                      for database, count in plan.databases],
        "pools": [{
            "name": pool.name, "processes": pool.processes,
            "threads": pool.threads, "kilobytes_each": pool.process_kb,
            "sites": [member.name for member in pool.members]}
            for pool in plan.pools],
        "no_memory_for": [
            member.name for pool in proposal.without_room(plan)
            for member in pool.members]}
