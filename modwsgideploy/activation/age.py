"""Say whether a site still serves the code of before."""

from __future__ import annotations

import time
from typing import Iterable

from modwsgideploy.apache.processes import RunningDaemon
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.running import newer_code


def older_than_files(context: CheckContext | None, apache: int = 0,
                     daemons: Iterable[RunningDaemon] | None = None
                     ) -> tuple[str, ...]:
    """Say that the code of a site is newer than its processes, if it is.

    The site has just been asked for its page.  ``apache`` is the id of
    Apache's main process, if that is known; ``daemons`` are looked for unless
    they are given.
    """
    newer = newer_code(
        context, daemons, apache, asked=True) if context else None
    if not context or not newer:
        return ()
    return (f"its processes were started at {clock(newer.started)}, before"
            f" {newer.path} has changed ({clock(newer.changed)}), and may run"
            f" the code of before; `{context.command('restart')}` gives it"
            " new ones",)


def clock(seconds: float) -> str:
    """Say when something was, in the time of this machine."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
