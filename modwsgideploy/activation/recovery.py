"""Finish or undo a run that was killed, as far as it had come.

Once Apache was told to read the change, each site is asked for its page, as
that run would have done, and what answers stays.  Before that, all is put
back.
"""

from __future__ import annotations

import os

from modwsgideploy.activation import units
from modwsgideploy.activation.apply import ApplyOptions, Run
from modwsgideploy.activation.checkpoint import (
    KEPT,
    LOADING,
    OPEN,
    TAKEN_BACK,
    Checkpoint,
    CheckpointFile,
    read_checkpoint,
)
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.placing import remove_left_over
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import reload_or_start
from modwsgideploy.activation.rollback import not_put_back, put_back
from modwsgideploy.apache import control
from modwsgideploy.apache.control import Service
from modwsgideploy.apache.host import Host

_KILLED = "a run before this one was killed: "


def recover(layout: ApacheLayout, reload: bool = True,
            timeout_seconds: int = 30) -> list[str]:
    """Finish or undo a run that was killed; say what became of its sites.

    Without ``reload`` Apache is neither reloaded nor started.  Raises
    DeployError.
    """
    checkpoint = read_checkpoint(layout)
    messages = []
    if checkpoint:
        options = ApplyOptions(checkpoint.on, reload, timeout_seconds)
        act = (_finish if _can_finish(
            checkpoint, _service(checkpoint, layout), reload) else _undo)
        messages = act(checkpoint, layout, options)
    # It was killed before its checkpoint was whole, or after it was removed.
    remove_left_over([
        layout.root, *layout.directories, *layout.shared_hosts,
        # A private Apache's runs are not the only ones there.
        *(() if layout.config else units.directories(layout.platform.units))])
    return messages


def _service(checkpoint: Checkpoint, layout: ApacheLayout
             ) -> Service | None:
    """Find the Apache that the run was for; None where it cannot be told.

    In a copy of the configuration no Apache has anything to do with it.
    """
    host = Host(layout.config)
    if checkpoint.root != os.path.realpath(layout.root) or (
            not host.httpd or not host.report.accepted):
        return None
    return control.find_service(host.httpd, layout.config, layout.platform)


def _has_read(checkpoint: Checkpoint, service: Service) -> bool:
    """Tell whether Apache has read its configuration since the change."""
    return bool(service.pid) and (
        service.generation != checkpoint.generation)


def _can_finish(checkpoint: Checkpoint, service: Service | None,
                reload: bool) -> bool:
    """Tell whether the run had come so far that it can be finished."""
    return checkpoint.run == LOADING and service is not None and (
        _has_read(checkpoint, service)
        or reload and (bool(service.pid) or checkpoint.apache_ran))


def _finish(checkpoint: Checkpoint, layout: ApacheLayout,
            options: ApplyOptions) -> list[str]:
    """Do what the run had still to do."""
    run = Run(layout, options)
    reached = dict(zip(checkpoint.sites, checkpoint.reached))
    gone = [site for site in checkpoint.sites if reached[site] == TAKEN_BACK]
    run.checkpoint.reopen(checkpoint)
    run.applied = list(checkpoint.sites)
    run.servers.resume(checkpoint.sites)
    run.take_back(gone)
    # What interrupts this leaves the checkpoint to the next run.
    run.resume([site for site in run.applied if reached[site] == OPEN],
               checkpoint.generation)
    run.finish(checkpoint.sites)
    return [message for site in checkpoint.sites
            for message in _outcome(run, site, checkpoint.on)]


def _outcome(run: Run, site: SiteChange, on: bool) -> list[str]:
    """Say what became of ``site``."""
    result = run.result(site)
    if result.messages or site not in run.applied:
        return [_KILLED + _as_before(site), *(
            f"{site.name}: {message}" for message in result.messages)]
    answer = "" if not result.answer else (
        f": {site.url} answers {result.answer.status} {result.answer.reason}")
    return [f"{_KILLED}{site.name} is now {'on' if on else 'off'}{answer}"]


def _as_before(site: SiteChange) -> str:
    """Say that ``site`` is as it was before."""
    return f"{site.name} is now {'on' if site.was_on else 'off'}, as before"


def _undo(checkpoint: Checkpoint, layout: ApacheLayout,
          options: ApplyOptions) -> list[str]:
    """Put back what the run has changed, but for sites that answered."""
    changed = put_back(checkpoint.changes)
    if checkpoint.root == os.path.realpath(layout.root):
        changed += _undo_servers(checkpoint)
    messages = []
    for site, letter in zip(checkpoint.sites, checkpoint.reached):
        if letter == KEPT:
            state = "on" if checkpoint.on else "off"
            messages.append(f"{_KILLED}{site.name} is now {state}")
        elif site.files:
            messages.append(_KILLED + _as_before(site))
        else:
            messages.append(_KILLED + "put back as it was: " + ", ".join(
                change.path for change in site.own))
    messages += not_put_back(changed)
    messages += _load(checkpoint, _service(checkpoint, layout), options)
    CheckpointFile(layout).remove()
    return messages


def _undo_servers(checkpoint: Checkpoint) -> list[str]:
    """Have the servers of sites run as they did; return the paths of units
    that somebody else has changed."""
    changed = []
    for site, letter in zip(checkpoint.sites, checkpoint.reached):
        if site.server and letter != KEPT:
            changed += units.take_back(site.server)
        elif site.server and not site.server.starts and letter == KEPT:
            units.stop(site.server)
    return changed


def _load(checkpoint: Checkpoint, service: Service | None,
          options: ApplyOptions) -> list[str]:
    """Have Apache read what was put back, if it has read the other."""
    if service is None:
        return []
    stopped = not service.pid and checkpoint.apache_ran
    if not stopped and not _has_read(checkpoint, service):
        return []
    if options.reload:
        failure = reload_or_start(service, options.timeout_seconds)
        return [failure] if failure else []
    verb = "start" if stopped else "reload"
    return ["Apache has still to read that; `"
            + control.control_command_line(service, verb) + "` does it"]
