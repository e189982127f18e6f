"""Undo what enabling or disabling has changed, also of a run that was killed.

`apply` calls `put_back` for a site that fails; the next run of any site calls
`recover` for a run that was killed.
"""

from __future__ import annotations

from typing import Iterable

from modwsgideploy.activation.checkpoint import (
    read_checkpoint,
    remove_checkpoint,
)
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.reload import reload_or_start
from modwsgideploy.activation.state import (
    PathChange,
    read_state,
    write_states,
)
from modwsgideploy.apache import control
from modwsgideploy.apache.host import Host


def put_back(changes: Iterable[PathChange]) -> list[str]:
    """Put back what was at each path before ``changes``.

    Returns the paths that somebody else has changed since; they stay as they
    are.  Raises DeployError.
    """
    wanted, changed = [], []
    for change in changes:
        found = read_state(change.path)
        if found.same(change.new):
            wanted.append((change.path, change.old))
        elif not found.same(change.old):
            changed.append(change.path)
    write_states(wanted)
    return changed


def not_put_back(paths: Iterable[str]) -> list[str]:
    """Say of each path why it was not put back."""
    return [f"{path}: was changed by somebody else in the meantime, and stays"
            " as it is" for path in paths]


def recover(layout: ApacheLayout) -> list[str]:
    """Undo a run that was killed; return messages of what was done.

    Raises DeployError.
    """
    changes, apache_ran = read_checkpoint(layout)
    if not changes:
        return []
    changed = put_back(changes)
    messages = ["a run before this one was killed; put back as it was: "
                + ", ".join(change.path for change in changes
                            if change.path not in changed),
                *not_put_back(changed)]
    host = Host(layout.config)
    if host.httpd and host.report.accepted:
        service = control.find_service(host.httpd, layout.config,
                                       layout.platform)
        if service.pid or apache_ran:
            failure = reload_or_start(service)
            messages += [failure] if failure else []
    remove_checkpoint(layout)
    return messages
