"""``restart``: give sites new processes, without a reload of Apache."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.outcome import (
    FAILED,
    RESTARTED,
    Outcome,
    Tally,
)
from modwsgideploy.commands.output import print_findings
from modwsgideploy.commands.progress import progress
from modwsgideploy.commands.targets import works
from modwsgideploy.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.commands.switching import Switching
    from modwsgideploy.sites.options import Setting


def main(targets: Sequence[str], settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Restart each site of ``targets``; return the exit status.

    A target is a project's directory, a manifest, or the name of a site that
    is installed.  Raises DeployError.
    """
    tally = Tally("restart", run)
    sites = [(work, each) for work in works(targets, settings, run)
             for each in work.look()]
    done: set[str] = set()     # groups of processes
    with progress(len(sites), run) as bar:
        for work, candidate in sites:
            outcome = _restarted(work, candidate, done)
            tally.add(outcome)
            bar.advance()
            if not run.json:
                _print(outcome, run, bar.say)
    if run.json:
        tally.print_json()
    elif len(sites) > 1 and run.verbosity >= 0:
        print(tally.summary())
    return tally.exit_status


def _restarted(work: Switching, candidate: Candidate, done: set[str]
               ) -> Outcome:
    """Restart one site, unless its processes are among those ``done``."""
    from modwsgideploy.activation.restart import restart

    site, entry, change = candidate.site, candidate.entry, candidate.change
    outcome = Outcome(
        candidate.name, FAILED, entry.source if entry else "",
        change.url if change else "", site.output_dir if site else "",
        messages=candidate.messages)
    if candidate.context is None or change is None:
        return outcome
    context = candidate.context
    outcome = outcome._replace(
        messages=(), findings=[] if work.run.no_check else _errors(context))
    if outcome.findings:
        return outcome._replace(messages=(
            "would not start, so its processes were left as they are;"
            " --no-check restarts it nevertheless",
            *(f"{finding.message} [{finding.code}]: {finding.fix}"
              for finding in outcome.findings if work.run.verbosity < 0)))
    groups = {alias.group for alias in context.aliases if alias.group}
    try:
        result = restart(context, change, work.layout, work.run.timeout,
                         not groups or not groups <= done)
    except Failed as error:
        return outcome._replace(messages=error.messages)
    done |= groups
    return outcome._replace(
        status=FAILED if result.messages else RESTARTED,
        messages=result.messages, answer=result.answer, details={
            "replaced": result.replaced,
            "processes": [{"pid": process.pid,
                           "since": round(process.started)}
                          for process in result.processes]})


def _errors(context: CheckContext) -> list[Finding]:
    """Load the application, and ask it once; return what is an error."""
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog

    return [finding for finding in checks.run(
        context, (catalog.LOAD,), rejected=False)
        if finding.level == catalog.ERROR]


def _print(outcome: Outcome, run: Invocation, say: Callable[..., object]
           ) -> None:
    """Print what became of one site."""
    print_findings([finding._replace(
        message=f"{outcome.name}: {finding.message}")
        for finding in outcome.findings], run)
    for message in outcome.messages:
        say(f"{outcome.name}: {message.removeprefix(outcome.name + ': ')}",
            file=sys.stderr)
    if outcome.status != RESTARTED or run.verbosity < 0:
        return
    answer, processes = outcome.answer, outcome.details["processes"]
    assert answer and isinstance(processes, list)
    number = len(processes)
    say(f"{outcome.name} is restarted, with {number} new"
        f" process{'es' * (number != 1)}: {outcome.url} answers"
        f" {answer.status} {answer.reason} in {answer.seconds:.3f} s")
