"""Check each deployment of a manifest, for ``check``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.commands.checking import (
    context_of,
    costs,
    counted,
    find_host,
    outcome_of,
)
from modwsgideploy.commands.inputs import read_sites
from modwsgideploy.commands.outcome import UNCHECKED, Outcome, Tally
from modwsgideploy.commands.output import print_findings
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.fleet import placed

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.fleet import Fleet
    from modwsgideploy.sites.options import Setting
    from modwsgideploy.sites.site_entry import SiteEntry

# So many names of sites are printed, unless all are asked for.
_NAMES = 8


class Checked(NamedTuple):
    """A site that was checked."""

    context: CheckContext
    outcome: Outcome


class Shared(NamedTuple):
    """A finding of some sites."""

    finding: Finding      # as the first of them has it
    is_same: bool         # whether it reads the same for all


def main(manifest: str, settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Check all sites of ``manifest``, a path or "-" for standard input.

    Return the exit status.  Raises DeployError.
    """
    tally = Tally("check", run)
    fleet = read_sites(manifest, settings, run, alone=True)
    entries, contexts, unchecked = _contexts(fleet, find_host(run), run)
    found = _find(contexts, run)
    checked = [Checked(context, outcome_of(context, findings)._replace(
                   name=entry.name, source=entry.source))
               for entry, context, findings in zip(  # noqa: B905 (of each)
                   entries, contexts, found)]
    for outcome in (*unchecked, *(each.outcome for each in checked)):
        tally.add(outcome)
    if run.json:
        tally.print_json()
    else:
        for outcome in unchecked:
            for message in outcome.messages:
                print(f"error: {message}", file=sys.stderr)
        _print(checked, tally, run)
    return tally.exit_status


def _contexts(fleet: Fleet, host: Host, run: Invocation) -> tuple[
        list[SiteEntry], list[CheckContext], list[Outcome]]:
    """Return the entries and contexts of the sites that can be checked, and
    outcomes of the others."""
    entries, contexts = [], []
    unchecked = [
        Outcome(entry.name, UNCHECKED, entry.source, messages=messages)
        for entry, messages in fleet.unreadable]
    for entry, site, project in fleet.sites:
        try:
            contexts.append(context_of(site, project, host, run))
            entries.append(entry)
        except DeployError as error:
            unchecked.append(Outcome(
                entry.name, UNCHECKED, entry.source, site.url, site.output_dir,
                messages=tuple(placed(entry, error.messages))))
    return entries, contexts, unchecked


def _find(contexts: Sequence[CheckContext], run: Invocation
          ) -> list[list[Finding]]:
    """Return the findings of each of ``contexts``."""
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog
    from modwsgideploy.checks import loading
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.system.workers import parallel_map

    if not contexts:
        return []
    # Looked at once, and not by each child again.
    contexts[0].host.prefetch()
    wanted = costs(run)
    if catalog.LOAD in wanted:
        _load(loading.distinct(contexts), run)
    found: list[list[Finding]] = [[] for _ in contexts]
    with progress(len(contexts), run) as bar:
        for number, rows in parallel_map(
                lambda number: [tuple(finding) for finding in checks.run(
                    contexts[number], wanted, rejected=False)],
                range(len(contexts)), run.workers):
            found[number] = [Finding(*row) for row in rows]
            bar.advance()
    accepted = [number for number, findings in enumerate(found)
                if not checks.is_refused(findings)]
    refused = checks.run_rejected([contexts[number] for number in accepted])
    for number, findings in zip(accepted, refused):  # noqa: B905 (of each)
        found[number] = sorted(found[number] + findings,
                               key=lambda finding: finding.code)
    return found


def _load(groups: Sequence[Sequence[CheckContext]], run: Invocation) -> None:
    """Load the application of each group once, for all in it."""
    from modwsgideploy.checks import loading
    from modwsgideploy.system.workers import parallel_map

    with progress(len(groups), run, " applications") as bar:
        for number, loaded in parallel_map(
                lambda number: loading.load(groups[number][0]),
                range(len(groups)), run.workers):
            for context in groups[number]:
                context.load_report = loaded
            bar.advance()


def _print(checked: Sequence[Checked], tally: Tally, run: Invocation
           ) -> None:
    """Print the findings, and how many there are of what."""
    for owners, findings in _grouped(checked, run):
        if run.verbosity >= 0:
            print(_heading(owners, findings, run), file=sys.stderr)
        print_findings([each.finding for each in findings], run)
    if run.verbosity < 0:
        return
    found = [finding for site in checked
             for finding in site.outcome.findings]
    numbers = counted(found)
    hidden = run.verbosity <= 0 and any(
        finding.level == "hint" for finding in found)
    print(tally.summary((f"; {numbers}" if numbers else "")
                        + " (-v shows the hints)" * hidden))


def _grouped(checked: Sequence[Checked], run: Invocation
             ) -> list[tuple[list[Outcome], list[Shared]]]:
    """Return the findings by the sites that have them, those of most first.
    """
    alike: dict[tuple[str, ...], dict[int, Finding]] = {}
    for number, site in enumerate(checked):
        for finding in site.outcome.findings:
            if finding.level != "hint" or run.verbosity > 0:
                alike.setdefault(_general(finding, site.context), {}
                                 ).setdefault(number, finding)
    groups: dict[tuple[int, ...], list[Shared]] = {}
    for findings in alike.values():
        first, different = next(iter(findings.values())), {*findings.values()}
        groups.setdefault(tuple(findings), []).append(
            Shared(first, len(different) == 1))
    return [([checked[number].outcome for number in numbers], shared)
            for numbers, shared in sorted(
                groups.items(), key=lambda item: (-len(item[0]), item[0]))]


def _general(finding: Finding, context: CheckContext) -> tuple[str, ...]:
    """Return ``finding`` without what is the site's own: places and names."""
    site = context.site
    own = "|".join(rf"(?<![\w.-]){re.escape(part)}(?![\w-])" for part in (
        site.output_dir, site.project_directory, context.directory,
        site.server_name, site.name) if part and part != "/")
    return (finding.code, *(re.sub(own, "\0", text)
                            for text in (finding.message, finding.fix)))


def _heading(owners: Sequence[Outcome], findings: Sequence[Shared],
             run: Invocation) -> str:
    """Say which sites have ``findings``."""
    names = [site.name for site in owners]
    if len(names) == 1:
        return f"\n{names[0]} ({owners[0].source}):"
    some = names if run.verbosity > 0 else names[:_NAMES]
    more = len(names) - len(some)
    as_first = "" if all(each.is_same for each in findings) else (
        f", told as of {names[0]}")
    return (f"\n{len(names)} sites ({', '.join(some)}"
            + (f" and {more} more" if more else "") + f"){as_first}:")
