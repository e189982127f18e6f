"""Keep what one run of plan found, and say it in words."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping

from modwsgideploy.planning.capacity import (
    KB_PER_MB,
    Figure,
    Machine,
    Plan,
    Pool,
)
from modwsgideploy.planning.proposal import changes, notes
from modwsgideploy.sites.fleet import Fleet

SHARING = "The working directory of sites that share a daemon is / by default."


class Planned:
    """One run: what there is, what is asked for, what is proposed."""

    def __init__(self, fleet: Fleet, machine: Machine, plan: Plan,
                 proposed: Plan, unloaded: Mapping[str, str]) -> None:
        self.fleet = fleet
        self.machine = machine
        self.plan = plan
        self.proposed = proposed
        self.unloaded = unloaded    # name of a site -> why it did not load
        self.changes = list(changes(plan, proposed))
        self.notes = notes(plan, machine)
        # Of what nothing helps against.
        self.left = [] if proposed.fits else notes(proposed, machine)

    @property
    def shares(self) -> bool:
        """Whether sites are proposed to share processes."""
        return any("daemon" in settings for _, settings in self.changes)

    @property
    def summary(self) -> str:
        """How much it is."""
        count = len(self.fleet.sites)
        return (f"{_count(count, 'site')}:"
                f" {_count(self.plan.processes, 'process')},"
                f" {_count(self.plan.threads, 'thread')}")

    @property
    def verdict(self) -> str:
        """All of it in one line."""
        return (f"{self.summary};"
                + (" all fits" if self.plan.fits else
                   f" DOES NOT FIT: {lacks(self.plan)}"))


def lacks(plan: Plan) -> str:
    """Say how much of what a Plan has too little of."""
    return ", ".join(
        f"{figure.missing} {figure.unit} too {_few(figure)}"
        if figure.name.startswith("connections") else
        f"{figure.name}: {figure.missing} {figure.unit} too {_few(figure)}"
        for figure in plan.missing)


def _few(figure: Figure) -> str:
    return "little" if figure.unit == "MB" else "few"


def _count(number: int, word: str) -> str:
    plural = "es" if word.endswith("s") else "s"
    return f"{number} {word}{plural if number != 1 else ''}"


def described(machine: Machine) -> Iterator[tuple[str, object, str]]:
    """Yield the name of what a Machine has, how much, and who says so."""
    for field, source in machine.sources:
        value = getattr(machine, field)
        if field == "memory_kb":
            field, value = "memory", f"{value // KB_PER_MB} MB"
        if source:
            yield field.replace("_", " "), value, source


def machine_as_dict(machine: Machine) -> Dict[str, Any]:
    """Give a Machine as plain values, for --json; memory is in kilobytes."""
    fields = {**machine._asdict(), "sources": dict(machine.sources)}
    for values in fields, fields["sources"]:
        values["memory"] = values.pop("memory_kb", "")
    return fields


def described_pool(pool: Pool) -> str:
    """Give the name of a pool, and how many sites it has."""
    return pool.name + (f" ({len(pool.members)} sites)"
                        if len(pool.members) > 1 else "")
