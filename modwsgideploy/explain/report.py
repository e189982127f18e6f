"""Write diagnoses as text, and explain a log while it grows."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, List, Optional, Sequence

from modwsgideploy.explain.diagnosis import Diagnosis, Explainer, Occurrences
from modwsgideploy.explain.log_system import WINDOWS
from modwsgideploy.explain.records import LogRecord
from modwsgideploy.explain.sources import SourceIndex


def render(explainer: Explainer, diagnosis: Diagnosis,
           followers: Sequence[Diagnosis] = (),
           color: bool = False) -> Iterator[str]:
    """Yield the lines of the explanation of ``diagnosis``."""
    text = explainer.text_of(diagnosis)
    level = diagnosis.failure.level
    marked = (f"\033[{31 if level == 'error' else 33}m{level}\033[0m"
              if color else level)
    yield f"{marked}: {text['title']}{_bracketed(occurrences(diagnosis))}"
    yield from _wrapped("cause", text["cause"])
    if diagnosis.where:
        place = f"{diagnosis.where}: " if diagnosis.where.path else ""
        yield f"    where: {place}{diagnosis.where.text}".rstrip(": ")
    if diagnosis.frame:
        yield f"    code:  {diagnosis.frame}" + (
            f" in {diagnosis.frame.text}" if diagnosis.frame.text else "")
    yield from _wrapped("fix", text["fix"])
    if diagnosis.failure.check and explainer.platform != WINDOWS:
        yield f"    see:   `modwsgideploy check` {diagnosis.failure.check}"
    yield f"    docs:  {diagnosis.failure.reference}"
    for follower in followers:
        title = explainer.text_of(follower)["title"]
        yield f"    so:    {title}{_bracketed(occurrences(follower))}"


def occurrences(counted: Occurrences) -> str:
    """Say how often something came, from when to when; or ""."""
    parts = [f"{counted.count} times"] if counted.count > 1 else []
    if counted.first:
        first, last = iso_time(counted.first), iso_time(counted.last)
        day = re.match(r"\d{4}-\d\d-\d\d ", first)
        if day and last.startswith(day[0]) and last != first:
            last = last[day.end():]
        parts.append(first if first == last else f"{first} to {last}")
    return ", ".join(parts)


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
           "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
# The ways to write a date with its year.
_DATES = tuple(re.compile(pattern) for pattern in (
    rf"\w{{3}} {_MONTH} +(?P<day>\d+) (?P<clock>[\d:]+).* (?P<year>\d{{4}})$",
    r"(?:\w{3},? )?(?P<year>\d{4})[-/](?P<number>\d\d)[-/](?P<day>\d\d)[T ]"
    r"(?P<clock>[\d:]+)",
    rf"(?P<day>\d\d)/{_MONTH}/(?P<year>\d{{4}}):(?P<clock>[\d:]+)",
    rf"{_MONTH} +(?P<day>\d+) (?P<clock>[\d:]+) (?P<year>\d{{4}})$"))


def iso_time(time: str) -> str:
    """Return "Fri Nov 20 19:21:12 2026" as "2026-11-20 19:21:12".

    A time without its year is returned as it is.
    """
    for pattern in _DATES:
        match = pattern.match(time)
        if match:
            found = match.groupdict()
            number = int(found.get("number")
                         or _MONTHS.index(found["month"]) + 1)
            return (f"{found['year']}-{number:02}-{int(found['day']):02}"
                    f" {found['clock']}")
    return time


def _wrapped(name: str, text: str) -> Iterator[str]:
    """Wrap ``text`` below ``name``, breaking no command."""
    import textwrap

    glued = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", "\0"),
                   text)
    lines = textwrap.wrap(glued, 68, break_long_words=False,
                          break_on_hyphens=False)
    for number, line in enumerate(lines):
        head = f"{name + ':':7}" if not number else " " * 7
        yield f"    {head}" + line.replace("\0", " ")


class Live:
    """Explain a log while it grows, each diagnosis once."""

    def __init__(self, sources: Optional[SourceIndex] = None,
                 color: bool = False) -> None:
        self.explainer = Explainer(sources)
        self.color = color

    def annotate(self, lines: Iterable[str]) -> List[str]:
        """Return ``lines`` with the new explanations between them."""
        shown: List[str] = []
        for line in lines:
            found = self.explainer.feed(line)
            # They are of what came before this line.
            late = self._render(found) if found else []
            if LogRecord.begins(self.explainer.splitter.split(line)[0]):
                shown += [*late, line]
            else:
                shown += [line, *late]
        return shown + self._render(self.explainer.flush(every=False))

    def _render(self, diagnoses: Iterable[Diagnosis]) -> List[str]:
        names = {known.failure.name
                 for known in self.explainer.diagnoses.values()}
        return ["    " + line for diagnosis in diagnoses
                if not names.intersection(diagnosis.failure.after)
                for line in render(self.explainer, diagnosis,
                                   color=self.color)]


def explain_lines(lines: Iterable[str],
                  sources: Optional[SourceIndex] = None) -> List[str]:
    """Explain ``lines``, the end of a log, as lines of text."""
    explainer = Explainer(sources)
    for line in lines:
        explainer.feed(line)
    explainer.flush()
    return [line for diagnosis, followers in explainer.report()
            for line in render(explainer, diagnosis, followers)]
