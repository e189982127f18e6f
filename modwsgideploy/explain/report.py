"""Explanations as text."""

import re

from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.lines import split
from modwsgideploy.explain.records import _Record


def shown(explainer, cause, followers=(), color=False):
    """The explanation of ``cause`` as lines of text."""
    text = explainer.text_of(cause)
    level = cause.failure.level
    marked = (f"\033[{31 if level == 'error' else 33}m{level}\033[0m"
              if color else level)
    yield f"{marked}: {text['title']}{_bracketed(times(cause))}"
    yield from _wrapped("cause", text["cause"])
    if cause.where:
        yield f"    where: {cause.where}: {cause.where.text}".rstrip(": ")
    if cause.frame:
        yield f"    code:  {cause.frame}" + (
            f" in {cause.frame.text}" if cause.frame.text else "")
    yield from _wrapped("fix", text["fix"])
    if cause.failure.check:
        yield f"    see:   `modwsgideploy check` {cause.failure.check}"
    for follower in followers:
        title = explainer.text_of(follower)["title"]
        yield f"    so:    {title}{_bracketed(times(follower))}"


def times(counted):
    """How often a Cause or an Other came, from when to when; or ""."""
    parts = [f"{counted.count} times"] if counted.count > 1 else []
    if counted.first:
        first, last = when(counted.first), when(counted.last)
        day = first.partition(" ")[0] + " "
        parts.append(first if first == last
                     else f"{first} to {last.replace(day, '')}")
    return ", ".join(parts)


def _bracketed(text):
    return f" ({text})" if text else ""


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
           "Oct", "Nov", "Dec")


def when(time):
    """"Fri Nov 20 19:21:12 2026" as "2026-11-20 19:21:12"."""
    _, month, day, clock, year = time.split()
    if month not in _MONTHS:
        return time
    return f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02} {clock}"


def _wrapped(name, text):
    """``text`` in lines below ``name``; commands are not broken."""
    import textwrap

    glued = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", "\0"),
                   text)
    lines = textwrap.wrap(glued, 68, break_long_words=False,
                          break_on_hyphens=False)
    for number, line in enumerate(lines):
        head = f"{name + ':':7}" if not number else " " * 7
        yield f"    {head}" + line.replace("\0", " ")


class Live:
    """Explains a log while it grows: each cause once."""

    def __init__(self, places=None, color=False):
        self.explainer = Explainer(places)
        self.color = color

    def annotate(self, lines):
        """``lines``, and after each what is new of it."""
        told = []
        for line in lines:
            found = self.explainer.feed(line)
            # What came before this line has its end there.
            late = self._tell(found) if found else []
            if _Record.begins(split(line)):
                told += [*late, line]
            else:
                told += [line, *late]
        return told + self._tell(self.explainer.flush(every=False))

    def _tell(self, causes):
        names = {cause.failure.name
                 for cause in self.explainer.causes.values()}
        return ["    " + line for cause in causes
                if not names.intersection(cause.failure.after)
                for line in shown(self.explainer, cause, color=self.color)]


def explained(lines, places=None):
    """What is known of ``lines``, the end of a log, as lines of text."""
    explainer = Explainer(places)
    for line in lines:
        explainer.feed(line)
    explainer.flush()
    return [line for cause, followers in explainer.report()
            for line in shown(explainer, cause, followers)]
