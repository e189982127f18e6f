"""``enable``: have the system's Apache serve the deployment of a project, or
those of a manifest."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modwsgideploy.activation.state import shown_changes
from modwsgideploy.commands.candidate import Candidate
from modwsgideploy.commands.inputs import is_manifest
from modwsgideploy.commands.outcome import (
    FAILED,
    MAINTAINED,
    NEEDS_MANIFEST,
    OFF,
    ON,
    PURGED,
    ROLLED_BACK,
    UNCHANGED,
    Outcome,
    Status,
    Tally,
)
from modwsgideploy.commands.output import colored, note
from modwsgideploy.commands.pruning import pruned
from modwsgideploy.commands.switching import Switching
from modwsgideploy.errors import DeployError

if TYPE_CHECKING:
    from modwsgideploy.activation.apply import SiteResult
    from modwsgideploy.activation.planner import SiteChange
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Switch on the deployment of a project, or of each site of a manifest.

    Return the exit status.  Raises DeployError.
    """
    return switch("enable", target, settings, run)


def switch(command: str, target: str, settings: Mapping[str, Setting],
           run: Invocation) -> int:
    """Switch sites on or off; return the exit status.

    ``command`` is enable or disable.  Raises DeployError.
    """
    tally = Tally(command, run)
    _refuse(target, run)
    work = Switching(target, settings, run, command == "enable")
    outcomes = [*(pruned(target, work) if work.on and work.many else ()), *(
        _simulated(work) if run.simulate else _done(work))]
    for outcome in outcomes:
        tally.add(outcome)
    if run.json:
        tally.print_json()
    else:
        for outcome in outcomes:
            _print(outcome, work)
        if work.many and run.verbosity >= 0:
            print(tally.summary())
    if tally.changed and run.no_reload and not run.simulate:
        note("Apache has not read it yet; reload it, or run this once more"
             " without --no-reload", run)
    return tally.exit_status


def _refuse(target: str, run: Invocation) -> None:
    """Raise DeployError for flags that say nothing of ``target``."""
    if run.prune and (target == "-" or not is_manifest(target)):
        raise DeployError(NEEDS_MANIFEST)
    if run.purge and run.maintenance is not None:
        raise DeployError("--purge: a site in maintenance stays on, so it"
                          " needs its files; leave one of the two out")


def _simulated(work: Switching) -> list[Outcome]:
    """Show what would be done; return what would become of each site."""
    if work.was_killed():
        note("a run before this one was killed; the next that is no"
             " simulation first finishes it or puts all back", work.run)
    candidates, results = work.foretell()
    accepted = [each for each in candidates if each.name not in results
                or not results[each.name].messages]
    if not work.run.json:
        print(_diff(accepted, work, colored(sys.stdout)), end="", flush=True)
    outcomes = _outcomes(candidates, results, work)
    if work.run.json:
        outcomes = [
            outcome._replace(diff=_diff([each], work)) if each in accepted
            else outcome for each, outcome in zip(candidates, outcomes)]
    return _purged(candidates, outcomes, work)


def _diff(candidates: Iterable[Candidate], work: Switching,
          color: bool = False) -> str:
    """Return what ``candidates`` would change, each path once."""
    from modwsgideploy.system.diff import diff

    changes = {path.path: path for each in candidates if each.change
               for path in each.change.all_paths}
    return diff(shown_changes(changes.values()), color=color)


def _done(work: Switching) -> list[Outcome]:
    """Do it; return what became of each site."""
    candidates, results = work.switch()
    return _purged(candidates, _outcomes(candidates, results, work), work)


def _purged(candidates: Iterable[Candidate], outcomes: list[Outcome],
            work: Switching) -> list[Outcome]:
    """Remove the files of the sites, if that is asked for; return what became
    of each, or would."""
    if not work.run.purge:
        return outcomes
    from modwsgideploy.commands.purging import purged

    return [purged(outcome, each, work)
            for each, outcome in zip(candidates, outcomes)]


def _outcomes(candidates: Iterable[Candidate],
              results: Mapping[str, SiteResult], work: Switching
              ) -> list[Outcome]:
    """Return what became of each site, or would."""
    return [_after(each, each.change, results[each.name], work)
            if each.change and each.name in results
            else _before(each, work) for each in candidates]


def _outcome(candidate: Candidate) -> Outcome:
    """Return the outcome of a site that cannot be switched."""
    site, entry = candidate.site, candidate.entry
    return Outcome(
        candidate.name, FAILED, entry.source if entry else "",
        site.url if site else "", site.output_dir if site else "",
        findings=candidate.findings, messages=candidate.messages)


def _wanted(work: Switching) -> Status:
    """Return what is to become of each site."""
    return ON if work.on else MAINTAINED if work.maintenance else OFF


def _before(candidate: Candidate, work: Switching) -> Outcome:
    """Return the outcome of a site for which nothing is done."""
    outcome, change = _outcome(candidate)._replace(
        details=_details(candidate.name, work)), candidate.change
    if not change:
        return outcome
    return outcome._replace(
        status=_wanted(work) if change.is_change else UNCHANGED,
        url=change.url, files=_files(change))


def _after(candidate: Candidate, change: SiteChange, result: SiteResult,
           work: Switching) -> Outcome:
    """Return the outcome of a site that was switched, or asked."""
    due = work.certificates.due.get(change.name)
    certified = work.certificates.by_certbot.done.get(change.name)
    answer = certified and certified.answer
    outcome = _outcome(candidate)._replace(
        url=answer.endpoint.url if answer else change.url,
        answer=result.answer, details=_details(change.name, work))
    if change.name in work.certificates.uncertified:
        return outcome._replace(status=FAILED, messages=result.messages,
                                files=_files(change))
    if change.name in work.asked and not (
            work.run.simulate and due and not result.messages):
        return outcome._replace(status=FAILED if result.messages
                                else UNCHANGED, messages=result.messages)
    if result.messages:
        return outcome._replace(status=ROLLED_BACK, messages=result.messages,
                                restored=result.restored)
    return outcome._replace(status=_wanted(work), files=_files(change))


def _details(name: str, work: Switching) -> dict[str, object]:
    """Return what --json has of a site's certificate: one that was made for
    it in this run, or would be."""
    due = work.certificates.due.get(name)
    return {"certificate": due and {
        "from": due.source, "names": list(due.names)}} if work.on else {}


def _files(change: SiteChange) -> list[tuple[str, str]]:
    """Return (path, action) of what ``change`` changes."""
    return [(path.path, path.action) for path in change.all_paths]


def _print(outcome: Outcome, work: Switching) -> None:
    """Print what became of one site."""
    for message in outcome.messages:
        start = "" if outcome.status == FAILED and work.many else (
            f"{outcome.name}: ")
        print(start + message, file=sys.stderr)
    sys.stderr.flush()
    if work.run.verbosity < 0 or work.many and work.run.verbosity < 1:
        return
    print(_line(outcome, work))
    for path, action in outcome.files if not work.run.simulate else ():
        print(f"  {action:9} {path}")


def _line(outcome: Outcome, work: Switching) -> str:
    """Say in a line what became of one site."""
    name, answer = outcome.name, outcome.answer
    word = switched = _wanted(work).word
    if work.maintenance:
        word, switched = "in maintenance", "to maintenance"
    if outcome.status == OFF:
        word = switched = OFF.word     # also of what is pruned
    not_switched = ("would not be switched" if work.run.simulate
                    else "was not switched")
    if outcome.status == UNCHANGED:
        return f"{name} is {word} already; nothing " + (
            "would be changed" if work.run.simulate else "was changed")
    if outcome.status == FAILED and name in work.asked:
        return f"{name} is {word} already, and does not work"
    if outcome.status == FAILED and name in work.certificates.uncertified:
        return f"{name} is on, and does not work by HTTPS as it should"
    if outcome.status == FAILED:
        return f"{name} {not_switched} {switched}"
    if outcome.status == ROLLED_BACK:
        return f"{name} {not_switched} {switched}" + (
            ": all is as it was before" if outcome.restored
            and not work.run.simulate else "")
    if outcome.status == PURGED:
        return f"{name} " + ("would be off, and without its files"
                             if work.run.simulate else
                             "is off, and its files are removed")
    if work.run.simulate and name in work.asked:
        return f"{name} is {word} already, and would get a certificate"
    if work.run.simulate:
        return f"{name} would be switched {switched}"
    line = f"{name} is {word}"
    if work.stays_on and outcome.status != OFF:
        line += f": {outcome.url}"
    if answer:
        line += (f" answers {answer.status} {answer.reason} in"
                 f" {answer.seconds:.3f} s")
    return line
