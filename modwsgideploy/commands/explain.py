"""``explain``: say what an error log means, why, and what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, BinaryIO

from modwsgideploy.commands.inputs import is_name
from modwsgideploy.commands.outcome import DONE, WRONG, document
from modwsgideploy.commands.output import colored, note, print_json
from modwsgideploy.errors import DeployError

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.explain.diagnosis import (
        Diagnosis,
        Explainer,
        Occurrences,
    )
    from modwsgideploy.sites.options import Setting


def main(logfile: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Explain the error log ``logfile``, or those of the site of that name;
    "-" is standard input.

    Return the exit status: 1 when something known was found.  Raises
    DeployError.
    """
    from modwsgideploy.explain.diagnosis import Explainer
    from modwsgideploy.explain.lines import read_lines
    from modwsgideploy.explain.sources import SourceIndex

    logs, own = (_of_site(logfile, settings, run) if is_name(logfile)
                 else ([logfile], ""))
    explainer = Explainer(SourceIndex(_deployment(run.deployment_dir or own)),
                          spill=None if run.json or run.verbosity < 0
                          else print)
    for path in logs:
        with _opened(path) as stream:
            for line in _readable(read_lines(stream), path):
                explainer.feed(line)
    explainer.flush()
    status = WRONG if explainer.diagnoses else DONE
    if run.json:
        print_json(_document(explainer, logfile, status))
    else:
        _print(explainer, run)
    return status


def _of_site(name: str, settings: Mapping[str, Setting], run: Invocation
             ) -> tuple[list[str], str]:
    """Return the error logs of the site ``name``, and its deployment; or the
    name, where no such site is installed.  Raises DeployError."""
    from modwsgideploy.apache.control import find_service
    from modwsgideploy.commands.targets import installed_sites, works

    if not any(site.name == name for site in installed_sites(settings, run)):
        return [name], ""
    work, = works((name,), settings, run)
    site, = work.look()
    logs = list(site.change.logs) if site.change else []
    host = work.host
    if not logs and host.httpd:
        log = find_service(host.httpd, host.config,
                           work.layout.platform).error_log
        logs = [log] if log else []
    if not logs:
        raise DeployError(f"{name}: no file is known that has its errors; name"
                          " the log")
    return logs, site.site.output_dir if site.site else ""


def _deployment(directory: str) -> tuple[str, ...]:
    """Return the deployment to look into, if one is named."""
    if not directory:
        return ()
    if not os.path.exists(directory):
        raise DeployError(
            f"--deployment-dir: there is no {directory}; name the directory"
            " of a deployment, or of a project that has one in apache")
    return (os.path.abspath(directory),)


def _opened(logfile: str) -> AbstractContextManager[BinaryIO]:
    """Open ``logfile`` to read bytes.  Raises DeployError."""
    if logfile == "-":
        return nullcontext(sys.stdin.buffer)
    from modwsgideploy.explain.opening import is_unreadable, open_log

    try:
        return open_log(logfile)
    except DeployError:
        raise
    except Exception as error:
        if not is_unreadable(error):
            raise
        raise DeployError(
            f"{logfile}: {_reason(error)}; name an error log, such as"
            " /var/log/apache2/error.log (it may need sudo), or an"
            " installed site") from None


def _readable(lines: Iterable[str], logfile: str) -> Iterator[str]:
    """Yield ``lines``; what stops reading them is a user's error."""
    from modwsgideploy.explain.opening import is_unreadable

    try:
        yield from lines
    except Exception as error:
        if not is_unreadable(error):
            raise
        raise DeployError(f"{logfile}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _print(explainer: Explainer, run: Invocation) -> None:
    """Print what is known, and, as they are, the lines that are not."""
    from modwsgideploy.explain.report import occurrences, render

    color = colored(sys.stdout)
    for diagnosis, followers in explainer.report():
        print(*render(explainer, diagnosis, followers, color), sep="\n")
        if run.verbosity > 0 or (
                diagnosis.failure.name == "application-error"):
            print(*("    | " + line for line in diagnosis.lines), sep="\n")
        print()
    others = explainer.unknown.values()
    if run.verbosity >= 0:
        for other in others:
            print(other.raw)
            if other.count > 1:
                print(f"    {occurrences(other)}, apart from numbers")
    note(_summary(explainer), run)


def _summary(explainer: Explainer) -> str:
    """Say of how many lines what is known."""
    causes = len(explainer.diagnoses)
    others = sum(other.count for other in explainer.unknown.values())
    unknown = others + explainer.left_out
    parts = [f"{explainer.lines} line{'' if explainer.lines == 1 else 's'}",
             f"{causes} known cause{'' if causes == 1 else 's'}",
             f"{unknown} that {'is' if unknown == 1 else 'are'} not known",
             f"{explainer.routine} of everyday operation"]
    return ", ".join(parts)


def _document(explainer: Explainer, logfile: str, status: int
              ) -> dict[str, object]:
    """Return all that is known, for --json."""
    return document(
        "explain", status, log=logfile, lines=explainer.lines,
        routine=explainer.routine, left_out=explainer.left_out,
        known=[_known(explainer, diagnosis, followers)
               for diagnosis, followers in explainer.report()],
        unknown=[{"line": other.raw, **_counted(other)}
                 for other in explainer.unknown.values()])


def _known(explainer: Explainer, diagnosis: Diagnosis,
           followers: Sequence[Diagnosis]) -> dict[str, object]:
    """Return a diagnosis as plain values."""
    failure = diagnosis.failure
    return {
        "name": failure.name, "level": failure.level,
        **explainer.text_of(diagnosis), **_counted(diagnosis),
        "where": diagnosis.where and diagnosis.where._asdict(),
        "code": diagnosis.frame and diagnosis.frame._asdict(),
        "check": failure.check or None,
        "docs": failure.reference, "log": diagnosis.lines,
        "so": [_known(explainer, each, ()) for each in followers]}


def _counted(counted: Occurrences) -> dict[str, object]:
    """Say how often something came, and when."""
    from modwsgideploy.explain.report import iso_time

    return {"count": counted.count,
            "first": iso_time(counted.first) if counted.first else None,
            "last": iso_time(counted.last) if counted.last else None}
