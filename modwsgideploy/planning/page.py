"""Draw a plan as a page (templates/plan/plan.html_tmpl).

Of thousands of sites the largest are shown, and the others together.
"""

from __future__ import annotations

from typing import Any, Iterable, NamedTuple, Sequence

from modwsgideploy import __version__
from modwsgideploy.planning import capacity
from modwsgideploy.planning.capacity import (
    KB_PER_MB,
    Figure,
    Machine,
    Plan,
    Pool,
)
from modwsgideploy.planning.planned import (
    SHARING,
    Planned,
    described,
    described_pool,
)
from modwsgideploy.templating.engine import Raw, render_template

# So many bars, and so many proposed changes.
_BARS = 16
_CHANGES = 100


class Part(NamedTuple):
    """One piece of a bar; all lengths are percents of its width."""

    start: Raw
    width: Raw
    kind: str      # the CSS class


class Bar(NamedTuple):
    """One bar with its words."""

    name: str
    value: str
    parts: tuple[Part, ...]
    limit: Raw | None = None     # where the line stands
    note: str = ""


def page(planned: Planned) -> str:
    """Give the text of the page."""
    shown = _variables(planned)
    for name in ("figure", "proposed", "memory", "serving", "size",
                 "connection"):
        shown[name + "_bars"] = Raw(render_template(
            "plan/bars.html_tmpl", {"bars": shown[name]}).rstrip("\n"))
    return render_template("plan/plan.html_tmpl", shown)


def _variables(planned: Planned) -> dict[str, Any]:
    """Give the variables of the template."""
    plan, proposed = planned.plan, planned.proposed
    pools = sorted(plan.pools, key=lambda pool: -pool.memory_kb)
    changed = planned.changes[:_CHANGES]
    return {
        "generator": Raw(__version__),
        "summary": planned.summary,
        "fits": plan.fits,
        "proposed_fits": proposed.fits,
        "missing": [_lack(figure) for figure in plan.missing],
        "notes": planned.notes,
        "left": planned.left,
        "figure": [_figure(figure) for figure in plan.figures],
        "proposed": [_figure(figure) for figure in proposed.figures],
        "memory": _memory(plan, pools),
        "size": _sizes(pools) if len(pools) > _BARS else [],
        "serving": _serving(pools, planned.machine.request_workers),
        "connection": _connections(plan, planned.machine),
        "changes": [(member.name, [f"{name} = {value}" for name, value
                                   in settings.items()])
                    for member, settings in changed],
        "more_changes": len(planned.changes) - len(changed),
        "sharing": SHARING if planned.shares else "",
        "machine": [(name, str(value), source)
                    for name, value, source in described(planned.machine)],
        "unloaded": list(planned.unloaded.items())[:_BARS],
        "assumed": _plural(
            sum(member.memory_source == "assumed" for pool in pools
                for member in pool.members), "site", "sites"),
        "has_assumed": any(_kind(pool) == "assumed" for pool in pools),
        "not_counted": [message for broken in planned.fleet.unreadable[:_BARS]
                        for message in broken.messages],
    }


def _lack(figure: Figure) -> str:
    return (f"{figure.name}: {_number(figure.missing)} {figure.unit} are"
            " missing")


def _number(number: int) -> str:
    """``number`` with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def _bar(name: str, value: str, pieces: Iterable[tuple[int, str]],
         scale: float, limit: int = 0, note: str = "") -> Bar:
    """Draw a Bar of ``pieces``, pairs of an amount and a kind.

    Its whole width is ``scale``.
    """
    parts: list[Part] = []
    start = 0
    for amount, kind in pieces:
        if amount:
            parts.append(Part(_percent(start, scale),
                              _percent(amount, scale), kind))
            start += amount
    return Bar(name, value, tuple(parts),
               _percent(limit, scale) if limit else None, note)


def _percent(amount: int, scale: float) -> Raw:
    return Raw(f"{100 * amount / scale:.2f}" if scale else "0")


def _figure(figure: Figure) -> Bar:
    """Draw what is needed, against what there is."""
    if not figure.has:
        return _bar(figure.name, f"{_number(figure.needs)} {figure.unit}",
                    [(figure.needs, "used")], figure.needs,
                    note="nobody knows how many there are")
    inside = min(figure.needs, figure.has)
    value = (f"{_number(figure.needs)} of {_number(figure.has)}"
             f" {figure.unit}")
    if figure.missing:
        value += f": {_number(figure.missing)} missing"
    return _bar(figure.name, value, [
        (inside, "used"), (figure.missing, "over")],
        # Room for the line of what there is.
        max(figure.needs, figure.has) * 1.02, figure.has)


def _memory(plan: Plan, pools: Sequence[Pool]) -> list[Bar]:
    """Draw all against the machine, and each set of processes against the
    largest."""
    apache = plan.apache
    own = apache.processes * (capacity.CHILD_KB + apache.process_kb)
    whole = plan.memory
    rest = pools[_BARS:]
    # Neighbours in two shades.
    together = [(pool.memory_kb, f"used shade{number % 2}")
                for number, pool in enumerate(pools[:_BARS])] + [
        (sum(pool.memory_kb for pool in rest), "rest"), (own, "apache")]
    has = whole.has * KB_PER_MB
    first = _bar(
        "all together", f"{_number(whole.needs)} MB", together,
        max(has, sum(size for size, _ in together)) * 1.02, has)
    rows = [(described_pool(pool), pool.memory_kb,
             f"{pool.processes} × {_mb(pool.process_kb)}", _kind(pool))
            for pool in pools[:_BARS]]
    if rest:
        rows.append((f"{_number(len(rest))} others",
                     sum(pool.memory_kb for pool in rest),
                     f"{_number(sum(pool.processes for pool in rest))}"
                     " processes", "rest"))
    rows.append(("Apache itself", own, f"{apache.processes} ×"
                 f" {_mb(capacity.CHILD_KB + apache.process_kb)}", "apache"))
    # The others together may be far longer; their number says it.
    scale = max(size for _, size, _, kind in rows if kind != "rest")
    return [first, *(_bar(name, f"{_mb(size)} ({text})",
                          [(min(size, scale), kind)], scale)
                     for name, size, text, kind in rows)]


def _kind(pool: Pool) -> str:
    """Choose the look of its bar: what nobody has measured looks so."""
    return ("assumed" if any(member.memory_source == "assumed"
                             for member in pool.members) else "used")


def _mb(kilobytes: int) -> str:
    return f"{_number(capacity.in_mb(kilobytes))} MB"


def _sizes(pools: Sequence[Pool]) -> list[Bar]:
    """Draw how many sets of processes there are of each size, in some ten
    bars."""
    smallest = min(pool.process_kb for pool in pools) // KB_PER_MB
    largest = max(pool.process_kb for pool in pools) // KB_PER_MB
    step = max(1, -(-(largest - smallest + 1) // 10))
    counts: dict[int, int] = {}
    for pool in pools:
        row = (pool.process_kb // KB_PER_MB - smallest) // step
        counts[row] = counts.get(row, 0) + 1
    scale = max(counts.values())
    return [_bar(f"{smallest + row * step} to"
                 f" {smallest + (row + 1) * step - 1} MB"
                 if step > 1 else f"{smallest + row} MB",
                 _number(counts.get(row, 0)),
                 [(counts.get(row, 0), "used")], scale)
            for row in range(max(counts) + 1)]


def _serving(pools: Sequence[Pool], most: int) -> list[Bar]:
    """Draw how many requests each can serve at once, of the ``most`` that
    Apache asks for."""
    busiest = sorted(pools, key=lambda pool: -pool.processes * pool.threads)
    rows = [(described_pool(pool), pool.processes * pool.threads,
             f"{_plural(pool.processes, 'process', 'processes')} ×"
             f" {_plural(pool.threads, 'thread', 'threads')}")
            for pool in busiest[:_BARS]]
    rest = busiest[_BARS:]
    if rest:
        rows.append((
            f"{_number(len(rest))} others",
            sum(pool.processes * pool.threads for pool in rest),
            f"{_number(sum(pool.processes for pool in rest))} processes"))
    scale = max([threads for _, threads, _ in rows[:_BARS]], default=1)
    total = sum(pool.processes * pool.threads for pool in pools)
    first = _bar(
        "all together", f"{_plural(total, 'thread', 'threads')}; Apache asks"
        f" for {_number(most)} at once", [(total, "used")],
        max(total, most) * 1.02, most)
    return [first, *(_bar(
        name, f"{_number(threads)} ({text})" if " others" in name else text,
        [(min(threads, scale), "rest" if threads > scale else "used")],
        scale, most * (most <= scale)) for name, threads, text in rows)]


def _plural(number: int, one: str, many: str) -> str:
    return f"{_number(number)} {one if number == 1 else many}"


def _connections(plan: Plan, machine: Machine) -> list[Bar]:
    """Draw each database, against what its server takes."""
    counts = [count for _, count in plan.databases]
    scale = max([*counts, machine.connections], default=1) * 1.02
    ordered = sorted(plan.databases, key=lambda one: -one[1])
    bars = []
    for database, count in ordered[:_BARS]:
        over = max(0, count - machine.connections) * bool(machine.connections)
        bars.append(_bar(
            database.url, _plural(count, "connection", "connections"),
            [(count - over, "used"), (over, "over")], scale,
            machine.connections))
    rest = ordered[_BARS:]
    if rest:
        bars.append(Bar(
            f"{_number(len(rest))} other databases", _plural(
                sum(count for _, count in rest), "connection",
                "connections"), ()))
    return bars
