"""Find in what a site differs from what it should be."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from modwsgideploy.activation.age import older_than_files
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.apache.processes import RunningDaemon
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.deployment import drift
from modwsgideploy.deployment.drift import find_drift
from modwsgideploy.deployment.own_lines import own_lines, with_own_lines
from modwsgideploy.deployment.record import read_record
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.status.model import (
    CODE,
    CONFLICT,
    EDITED,
    GENERATED,
    INSTALLED,
    UNREAD,
    SiteDrift,
)
from modwsgideploy.system.files import text_or_empty


def drift_in_apache(context: CheckContext, change: SiteChange,
                    refusal: Iterable[str]) -> Iterator[SiteDrift]:
    """Find what of a site that is on is not as its deployment has it.

    ``change`` is what `enable` would do, unless there is a ``refusal``.
    """
    for message in refusal:
        yield SiteDrift(INSTALLED, message)
    paths = ", ".join(each.path for each in change.paths)
    if paths:
        yield SiteDrift(INSTALLED, f"{paths}: not as the deployment has it;"
                    f" `{context.command('enable')}` installs it")


def drift_in_processes(context: CheckContext, unread: bool,
                       daemons: Iterable[RunningDaemon], apache: int
                       ) -> Iterator[SiteDrift]:
    """Find whether a site that was just asked runs as its files have it.

    ``unread`` says whether Apache has still to read them; ``apache`` is the
    id of its main process, and ``daemons`` are those that run now.
    """
    if unread:
        yield SiteDrift(UNREAD, "Apache has not read its files since they were"
                    f" changed; `{context.command('enable')}` has it reload")
    for message in older_than_files(context, apache, daemons):
        yield SiteDrift(CODE, message)


def drift_in_files(context: CheckContext, site: Site) -> Iterator[SiteDrift]:
    """Find what of a deployment is not as the choices of ``site`` make it.
    """
    try:
        found = find_drift(site)
    except DeployError as error:
        yield from (SiteDrift(GENERATED, message)
                    for message in error.messages)
        return
    old = [os.path.basename(each.path) for each in found
           if each.kind in (drift.OLD, drift.MISSING)]
    if old:
        yield SiteDrift(GENERATED, f"{', '.join(old)} in"
                    f" {site.output_dir}: not as the choices make"
                    f" {'it' if len(old) == 1 else 'them'};"
                    f" `{context.command('deploy', '-n')}` shows the"
                    " difference")
    for each in found:
        if each.kind == drift.WAITING:
            yield _conflict(each.path)
        elif each.kind == drift.EDITED:
            yield SiteDrift(EDITED, f"{each.path}: has edits, which stay")


def drift_from_record(output_dir: str) -> Iterator[SiteDrift]:
    """Find what of a deployment is not as it was generated, where nothing
    says of which project it is."""
    record = read_record(output_dir)
    for name, base in record.generated.items():
        path = f"{output_dir}/{name}"
        text = text_or_empty(path)
        if name in record.offered and os.path.lexists(path + ".new"):
            yield _conflict(path)
        elif text and text != with_own_lines(base, own_lines(text)):
            yield SiteDrift(EDITED, f"{path}: has edits, which stay")


def _conflict(path: str) -> SiteDrift:
    return SiteDrift(CONFLICT, f"{path}: has edits, and {path}.new waits: take"
                 " from that what you need, then delete it")
