"""Bring to an end what an update that was killed has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modwsgideploy.activation import checkpoint
from modwsgideploy.activation.recovery import recover
from modwsgideploy.activation.rights import check_rights
from modwsgideploy.commands.named_sites import ReadSite
from modwsgideploy.commands.output import note
from modwsgideploy.releases import cleaning
from modwsgideploy.releases.current import flip
from modwsgideploy.releases.noticing import have_noticed
from modwsgideploy.releases.records import now, read_release, write_release

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.release import ReleasePaths

_KILLED = "an update before this one was killed"


def settle(paths: ReleasePaths, old: ReadSite, run: Invocation) -> None:
    """Finish or undo what a run that was killed has begun.

    A release that is current and was never seen to answer stays if it
    answers now.  Raises DeployError.
    """
    killed = checkpoint.read_checkpoint(old.layout)
    if killed:
        check_rights(old.layout, killed.changes)
        with checkpoint.locked(old.layout):
            for line in recover(old.layout, True, run.timeout):
                note(line, run)
    release = read_release(paths, paths.current)
    if release and not release.served:
        have_noticed(old.context, old.layout, run.timeout)
        if _answers(old, run):
            write_release(paths, release._replace(served=now()))
            note(f"{old.site.name}: {_KILLED}, and its release {release.name}"
                 " answers, so it stays", run)
        else:
            flip(paths, release.previous)
            have_noticed(old.context, old.layout, run.timeout)
            note(f"{old.site.name}: {_KILLED}, and its release {release.name}"
                 " does not answer, so the one before it is served again", run)
    for name in cleaning.remove_unfinished(paths):
        note(f"{old.site.name}: {_KILLED}; its release {name} was removed",
             run)


def _answers(old: ReadSite, run: Invocation) -> bool:
    """Tell whether what is current answers as Apache is told to serve it."""
    from modwsgideploy.activation import planner
    from modwsgideploy.activation.asking import ask_sites
    from modwsgideploy.activation.maintenance import still_maintained
    from modwsgideploy.activation.sharing import Sharing

    change = planner.plan_on(
        old.context, Sharing(old.layout, old.context.host), path=run.probe)
    change = still_maintained(change, old.site, old.layout)
    if change.paths:
        return False
    why, _ = ask_sites([change], old.layout, run.timeout)[change.name]
    return not why
