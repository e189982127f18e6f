"""Ask sites for a page, and explain by the logs what is wrong with it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Iterable, Iterator, NamedTuple, Sequence

from modwsgideploy.activation.endpoint import Endpoint
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.apache.probe import Probe, probe

# So many sites are asked at a time.
ASKED_TOGETHER = 8
# How each page begins that Apache itself makes of an error.
_PAGE_OF_APACHE = re.compile(
    rb"<!DOCTYPE HTML PUBLIC [^>]*>\n<html><head>\n<title>4\d\d [\w ]+</title>"
    rb"\n</head><body>\n<h1>")


class Answer(NamedTuple):
    """What a site has answered, and where."""

    endpoint: Endpoint
    probe: Probe

    @property
    def trouble(self) -> str:
        """Why it is not what was wanted, as a rule that of a site that
        works; "" if it is."""
        wanted, status = self.endpoint.wanted, self.probe.status
        if not status or not wanted:
            return trouble(self.probe)
        return "" if wanted in (-1, status) else (
            f"answers {status} {self.probe.reason}, and not {wanted}")


def ask(endpoints: Sequence[Endpoint], timeout_seconds: float) -> Answer:
    """Ask for a page at each of ``endpoints``, until one is in trouble.

    Returns the answer of that one, or of the first.
    """
    answers = []
    for endpoint in endpoints:
        answers.append(Answer(endpoint, probe(
            endpoint.path, endpoint.port, endpoint.host,
            address=endpoint.address, tls=endpoint.tls,
            timeout=timeout_seconds)))
        if answers[-1].trouble:
            return answers[-1]
    return answers[0]


def ask_each(endpoints: dict[str, tuple[Endpoint, ...]],
             timeout_seconds: float) -> Iterator[tuple[str, Answer]]:
    """Ask each site for a page; yield its name as soon as it answers."""
    if not endpoints:
        return
    from concurrent.futures import ThreadPoolExecutor, as_completed

    pool = ThreadPoolExecutor(min(ASKED_TOGETHER, len(endpoints)))
    try:
        names = {pool.submit(ask, those, timeout_seconds): name
                 for name, those in endpoints.items()}
        for future in as_completed(names):
            yield names[future], future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def trouble(answer: Probe) -> str:
    """Say why ``answer`` is none of a site that works; "" if it is."""
    if not answer.status:
        return f"does not answer: {answer.reason}"
    if answer.status >= 500:
        return f"answers {answer.failure}"
    if answer.status in (400, 403, 404) and _PAGE_OF_APACHE.match(
            answer.body):
        return (f"answers {answer.status} {answer.reason}, and that is"
                " Apache: the request did not reach the application")
    return ""


class LogMarks:
    """How long logs were at one time, to read what they gain after it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._sizes: dict[str, int] = {}
        for path in filter(None, paths):
            self._sizes[path] = 0
            with suppress(OSError):
                self._sizes[path] = os.path.getsize(path)

    def new_lines(self) -> list[str]:
        """Read the lines since then."""
        found = []
        for path, size in self._sizes.items():
            with suppress(OSError), open(path, "rb") as stream:
                stream.seek(size if size <= os.path.getsize(path) else 0)
                found += stream.read().decode(
                    "utf-8", "replace").splitlines()
        return found


def meaning(lines: Iterable[str], sites: Iterable[SiteChange]) -> list[str]:
    """Explain ``lines`` of a log; give the last ones if nobody knows them."""
    from modwsgideploy.explain.report import explain_lines
    from modwsgideploy.explain.sources import SourceIndex

    lines = [line for line in lines if ":notice]" not in line]
    return explain_lines(lines, SourceIndex(
        [site.source for site in sites])) or lines[-10:]
