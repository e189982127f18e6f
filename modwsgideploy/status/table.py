"""Lay out how sites are, for a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from modwsgideploy.activation.age import clock
from modwsgideploy.quoting import printable
from modwsgideploy.status.model import SiteStatus

_HEADS = ("NAME", "ADDRESS", "STATE", "RELEASE", "PROCESSES", "MEMORY",
          "ANSWER", "CERTIFICATE")
_RED, _YELLOW, _DIM = 31, 33, 2
_DAY = 24 * 3600


def table(sites: Iterable[SiteStatus], color: bool = False,
          processes: bool = False) -> str:
    """Lay out ``sites``: a row for each, and what is wrong below it.

    With ``processes`` each of them has a line.
    """
    sites = list(sites)
    now = time.time()
    rows = [_HEADS, *(_row(site, now) for site in sites)]
    # What no site has takes no room.
    shown = [column for column in range(len(_HEADS))
             if column < 3 or any(row[column] != "-" for row in rows[1:])]
    widths = [max(len(row[column]) for row in rows) for column in shown]
    lines = [_line(rows[0], shown, widths)]
    for site, row in zip(sites, rows[1:]):
        line = _line(row, shown, widths)
        lines.append(f"\033[{_color(site)}m{line}\033[0m"
                     if color and _color(site) else line)
        lines += [f"    process {process.pid}, since"
                  f" {clock(process.started)}, {process.memory / 1e6:.0f} MB"
                  for process in site.processes if processes]
        lines += [f"    {line}" for text in remarks(site)
                  for line in printable(text).split("\n")]
    return "\n".join(lines)


def remarks(site: SiteStatus) -> Iterator[str]:
    """Yield what is to be said of a site besides its row."""
    if site.trouble and not site.foreign:
        yield site.trouble
    yield from site.messages
    yield from (each.text for each in site.drift)
    yield from site.notes


def _line(row: Sequence[str], shown: Sequence[int], widths: Sequence[int]
          ) -> str:
    return "  ".join(f"{row[column]:{width}}" for column, width
                     in zip(shown, widths)).rstrip()


def _color(site: SiteStatus) -> int:
    if site.is_wrong:
        return _RED
    if site.foreign:
        return _DIM
    return 0 if site.on and not site.maintained else _YELLOW


def state(site: SiteStatus) -> str:
    """Say in a word or two how a site is."""
    if site.foreign:
        return "foreign"
    if not site.on:
        return "off"
    word = "maintenance" if site.maintained else "on"
    return word + ", wrong" * site.is_wrong


def _row(site: SiteStatus, now: float) -> tuple[str, ...]:
    answer, certificate = site.answer, site.certificate
    release, number = site.release, len(site.processes)
    days = "-"
    if certificate:
        days = ("unreadable" if certificate.ends is None else
                f"{(certificate.ends - now) / _DAY:.0f} days")
    return (
        printable(site.name), printable(site.url) or "-", state(site),
        f"{printable(release.name)}, {age(now - release.since)}"
        if release else "-",
        f"{number} since {_since(site.since, now)}" if number else "-",
        f"{site.memory / 1e6:.0f} MB" if number else "-",
        "-" if not answer else "none" if not answer.status else
        f"{answer.status} in {answer.seconds:.3f} s", days)


def age(seconds: float) -> str:
    """Say how long something has been, roughly."""
    for unit, length in (("d", _DAY), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _since(started: float, now: float) -> str:
    """Say when something was: the time of today, or the day."""
    today = time.localtime(now)[:3] == time.localtime(started)[:3]
    return time.strftime("%H:%M" if today else "%Y-%m-%d",
                         time.localtime(started))
