"""Remove the files of a deployment that was switched off, for disable."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from modwsgideploy.activation.own_pairs import is_own, remove_pair
from modwsgideploy.activation.planner import installed_files
from modwsgideploy.commands.outcome import FAILED, PURGED, UNCHANGED, Outcome
from modwsgideploy.commands.output import shown
from modwsgideploy.deployment.purge import Purge, plan_purge, purge
from modwsgideploy.errors import DeployError

if TYPE_CHECKING:
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.switching import Switching
    from modwsgideploy.model.site import Site


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
        pair = _unused_pair(site, change.files, work)
        if not run.simulate:
            purge(planned, site.output_dir)
            if pair:
                remove_pair(site)
        elif not run.json and run.verbosity >= 0:
            # Whole texts would say no more.
            for path in (*(each.path for each in planned.changes), *pair):
                print(f"  remove    {shown(path)}")
    except DeployError as error:
        return outcome._replace(status=FAILED, messages=error.messages)
    files = [*outcome.files,
             *((each.path, each.action) for each in planned.changes),
             *((path, "remove") for path in pair)]
    return outcome._replace(
        status=PURGED if files else UNCHANGED, files=files, messages=[
            *outcome.messages, *_kept(planned, candidate, work)])


def _unused_pair(site: Site, files: Iterable[str], work: Switching
                 ) -> list[str]:
    """Name the self-signed certificate that was made for a site, and its key,
    unless other ``files`` than those of the site have Apache read them."""
    own = {*map(os.path.realpath, files)}
    if not is_own(site, work.layout) or any(
            each.arguments[:1] == (site.certificate,)
            and os.path.realpath(each.path) not in own for each in
            work.host.directives.of("SSLCertificateFile")):
        return []
    return [path for path in (site.certificate, site.certificate_key)
            if os.path.lexists(path)]


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
