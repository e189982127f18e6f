"""Remove the files of a deployment that was switched off, for disable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modwsgideploy.activation.planner import installed_files
from modwsgideploy.commands.outcome import FAILED, PURGED, UNCHANGED, Outcome
from modwsgideploy.commands.output import shown
from modwsgideploy.deployment.purge import Purge, plan_purge, purge
from modwsgideploy.errors import DeployError

if TYPE_CHECKING:
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.switching import Switching


def purged(outcome: Outcome, candidate: Candidate, work: Switching
           ) -> Outcome:
    """Remove the files of a site, or show what that would do; return what
    became of the site.  Nothing is done where it could not be switched off.
    """
    site, change, run = candidate.site, candidate.change, work.run
    if outcome.status.wrong or site is None or change is None:
        return outcome
    try:
        planned = plan_purge(site.output_dir, site.name)
        if not run.simulate:
            purge(planned, site.output_dir)
        elif not run.json and run.verbosity >= 0:
            # Whole texts would say no more.
            for each in planned.changes:
                print(f"  remove    {shown(each.path)}")
    except DeployError as error:
        return outcome._replace(status=FAILED, messages=error.messages)
    files = [*outcome.files,
             *((each.path, each.action) for each in planned.changes)]
    return outcome._replace(
        status=PURGED if files else UNCHANGED, files=files, messages=[
            *outcome.messages, *_kept(planned, candidate, work)])


def _kept(planned: Purge, candidate: Candidate, work: Switching
          ) -> Iterator[str]:
    """Say which files stay, and why."""
    assert candidate.site and candidate.change
    gone = {change.path for change in candidate.change.own
            if not change.new.exists}
    installed = installed_files(candidate.site, work.layout)[0]
    kept = list(planned.kept)
    for path in installed, installed + ".off":
        if os.path.lexists(path) and path not in gone:
            kept.append(path)
    for path in kept:
        yield (f"{shown(path)}: stays, for it has edits, or a deployment"
               " before this one wrote it; delete it when you do not need it")
