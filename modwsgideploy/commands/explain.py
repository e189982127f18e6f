"""``explain``: what an error log says, why, and what to do."""

import os
import sys

from modwsgideploy.commands.output import colored, note, print_json
from modwsgideploy.errors import DeployError


def main(logfile, settings, run):
    """Explain the error log ``logfile``; "-" is standard input.

    Returns 1 when something known was found, else 0.
    Raises DeployError.
    """
    from modwsgideploy.explain.diagnosis import Explainer
    from modwsgideploy.explain.lines import read_lines
    from modwsgideploy.explain.sources import SourceIndex

    explainer = Explainer(SourceIndex(_given(run.deployment_dir)),
                          spill=None if run.json or run.verbosity < 0
                          else print)
    with _opened(logfile) as stream:
        for line in _readable(read_lines(stream), logfile):
            explainer.feed(line)
    explainer.flush()
    if run.json:
        _print_json(explainer, logfile)
    else:
        _tell(explainer, run)
    return 1 if explainer.diagnoses else 0


def _given(directory):
    """The deployment to look into, as a tuple."""
    if not directory:
        return ()
    if not os.path.exists(directory):
        raise DeployError(
            f"--deployment-dir: there is no {directory}; name the directory"
            " of a deployment, or of a project that has one in apache")
    return (os.path.abspath(directory),)


def _opened(logfile):
    """``logfile``, opened to read bytes, as a context."""
    import contextlib

    if logfile == "-":
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        if logfile.endswith(".gz"):
            import gzip

            return gzip.open(logfile)
        return open(logfile, "rb")
    except OSError as error:
        raise DeployError(
            f"{logfile}: {_reason(error)}; name an error log, such as"
            " /var/log/apache2/error.log (it may need sudo)") from None


def _readable(lines, logfile):
    """``lines``; what stops reading them is a user's error."""
    try:
        yield from lines
    except (OSError, EOFError) as error:
        raise DeployError(f"{logfile}: {_reason(error)}") from None


def _reason(error):
    return getattr(error, "strerror", None) or str(error)


def _tell(explainer, run):
    """Print what is known, and, as they are, the lines that are not."""
    from modwsgideploy.explain.report import occurrences, render

    color = colored(sys.stdout)
    for cause, followers in explainer.report():
        print(*render(explainer, cause, followers, color), sep="\n")
        if run.verbosity > 0 or cause.failure.name == "application-error":
            print(*("    | " + line for line in cause.lines), sep="\n")
        print()
    others = explainer.unknown.values()
    if run.verbosity >= 0:
        for other in others:
            print(other.raw)
            if other.count > 1:
                print(f"    {occurrences(other)}, apart from numbers")
    note(_summary(explainer), run)


def _summary(explainer):
    """Of how many lines what was said."""
    causes = len(explainer.diagnoses)
    others = sum(other.count for other in explainer.unknown.values())
    unknown = others + explainer.left_out
    parts = [f"{explainer.lines} line{'' if explainer.lines == 1 else 's'}",
             f"{causes} known cause{'' if causes == 1 else 's'}",
             f"{unknown} that {'is' if unknown == 1 else 'are'} not known",
             f"{explainer.routine} of everyday operation"]
    return ", ".join(parts)


def _print_json(explainer, logfile):
    """Print all that is known as one JSON object."""
    print_json({
        "log": logfile, "lines": explainer.lines,
        "routine": explainer.routine, "left_out": explainer.left_out,
        "known": [_known(explainer, cause, followers)
                  for cause, followers in explainer.report()],
        "unknown": [{"line": other.raw, **_counted(other)}
                    for other in explainer.unknown.values()],
    })


def _known(explainer, cause, followers):
    """One Cause as a dict."""
    return {
        "name": cause.failure.name, "level": cause.failure.level,
        **explainer.text_of(cause), **_counted(cause),
        "where": cause.where and cause.where._asdict(),
        "code": cause.frame and cause.frame._asdict(),
        "check": cause.failure.check or None,
        "docs": cause.failure.reference, "log": cause.lines,
        "so": [_known(explainer, each, ()) for each in followers]}


def _counted(counted):
    """How often something came, and when."""
    from modwsgideploy.explain.report import iso_time

    return {"count": counted.count,
            "first": iso_time(counted.first) if counted.first else None,
            "last": iso_time(counted.last) if counted.last else None}
