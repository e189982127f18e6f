"""``check`` of a manifest: what would fail of each of its deployments."""

import re
import sys
import time
from typing import NamedTuple, Tuple

from modwsgideploy.commands.checking import (
    context_of,
    costs,
    counted,
    find_host,
    status,
)
from modwsgideploy.commands.inputs import read_sites
from modwsgideploy.commands.output import print_findings, print_json
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.fleet import placed

# So many names of sites are told, unless asked for all.
_NAMES = 8


class Checked(NamedTuple):
    """What was found of one site."""

    row: object               # a manifest.Row
    subject: object           # a Subject; None where nothing could be checked
    problems: tuple           # of Problem
    messages: Tuple[str, ...] = ()    # why nothing could be checked

    @property
    def status(self):
        """The exit status that it asks for."""
        return 2 if self.messages else status(self.problems)


def main(manifest, settings, run):
    """Check all sites of ``manifest``, a path or "-" for standard input.

    Returns the worst status of any: 0 when nothing was found, 1 for warnings,
    2 for errors.  Raises DeployError.
    """
    start = time.perf_counter()
    fleet = read_sites(manifest, settings, run, alone=True)
    sites = _subjects(fleet, find_host(run), run)
    subjects = [site.subject for site in sites if site.subject]
    found = iter(_find(subjects, run))
    sites = [site._replace(problems=tuple(next(found))) if site.subject
             else site for site in sites]
    seconds = time.perf_counter() - start
    if run.json:
        _print_json(sites, seconds)
    else:
        _tell(sites, seconds, run)
    return max((site.status for site in sites), default=0)


def _subjects(fleet, host, run):
    """A Checked for each site, with nothing found yet (list)."""
    sites = [Checked(row, None, (), messages)
             for row, messages in fleet.unreadable]
    for row, site, project in fleet.sites:
        try:
            subject = context_of(site, project, host, run)
        except DeployError as error:
            sites.append(Checked(row, None, (),
                                 tuple(placed(row, error.messages))))
        else:
            sites.append(Checked(row, subject, ()))
    return sites


def _find(subjects, run):
    """The Problems of each of ``subjects`` (list of list)."""
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog
    from modwsgideploy.checks import application
    from modwsgideploy.system.workers import parallel_map

    if not subjects:
        return []
    # Looked at once, and not by each child again.
    subjects[0].host.prefetch()
    wanted = costs(run)
    if catalog.LOAD in wanted:
        _load(application.distinct(subjects), run)
    found = [[] for _ in subjects]
    with progress(len(subjects), run) as bar:
        for number, problems in parallel_map(
                lambda number: [tuple(problem) for problem in checks.run(
                    subjects[number], wanted, rejected=False)],
                range(len(subjects)), run.workers):
            found[number] = [checks.Finding(*each) for each in problems]
            bar.advance()
    accepted = [number for number, problems in enumerate(found)
                if not checks.is_refused(problems)]
    told = checks.run_rejected([subjects[number] for number in accepted])
    for number, problems in zip(accepted, told):  # noqa: B905 (of each)
        found[number] = sorted(found[number] + problems,
                               key=lambda problem: problem.code)
    return found


def _load(groups, run):
    """Load the application of each group of Subjects once, for them all."""
    from modwsgideploy.checks import application
    from modwsgideploy.system.workers import parallel_map

    with progress(len(groups), run, " applications") as bar:
        for number, told in parallel_map(
                lambda number: application.load(groups[number][0]),
                range(len(groups)), run.workers):
            for subject in groups[number]:
                subject.load_report = told
            bar.advance()


def _tell(sites, seconds, run):
    """Print the findings, and how many there are of what."""
    for site in sites:
        for message in site.messages:
            print(f"error: {message}", file=sys.stderr)
    for owners, problems in _grouped(sites, run):
        if run.verbosity >= 0:
            print(_heading(owners, problems, run), file=sys.stderr)
        print_findings([problem for problem, _ in problems], run)
    if run.verbosity >= 0:
        print(_summary(sites, seconds, run))


def _grouped(sites, run):
    """The problems by the sites that have them, those of most sites first.

    A list of a tuple of Checked, and of (Problem as the first of them has it,
    whether it reads the same for all).
    """
    alike = {}
    for number, site in enumerate(sites):
        for problem in site.problems:
            if problem.level != "hint" or run.verbosity > 0:
                alike.setdefault(_general(problem, site.subject), {}
                                 ).setdefault(number, problem)
    groups = {}
    for problems in alike.values():
        first, same = next(iter(problems.values())), set(problems.values())
        groups.setdefault(tuple(problems), []).append(
            (first, len(same) == 1))
    return [(tuple(sites[number] for number in numbers), problems)
            for numbers, problems in sorted(
                groups.items(), key=lambda item: (-len(item[0]), item[0]))]


def _general(problem, subject):
    """``problem`` without what is the site's own: its place and its name."""
    site = subject.site
    own = "|".join(rf"(?<![\w.-]){re.escape(part)}(?![\w-])" for part in (
        site.output_dir, site.project_directory, subject.directory,
        site.server_name, site.name) if part and part != "/")
    return (problem.code, *(re.sub(own, "\0", text)
                            for text in (problem.message, problem.fix)))


def _heading(owners, problems, run):
    """Which sites have ``problems``."""
    names = [site.row.name for site in owners]
    if len(names) == 1:
        return f"\n{names[0]} ({owners[0].row.source}):"
    told = names if run.verbosity > 0 else names[:_NAMES]
    more = len(names) - len(told)
    as_first = "" if all(same for _, same in problems) else (
        f", told as of {names[0]}")
    return (f"\n{len(names)} sites ({', '.join(told)}"
            + (f" and {more} more" if more else "") + f"){as_first}:")


def _summary(sites, seconds, run):
    """One line: how many sites, and what was found of them."""
    total = len(sites)
    unchecked = sum(bool(site.messages) for site in sites)
    errors = sum(site.status == 2 for site in sites) - unchecked
    warnings = sum(site.status == 1 for site in sites)
    parts = [f"{number} {what}" for number, what in (
        (unchecked, "could not be checked"), (errors, "with errors"),
        (warnings, "with warnings"),
        (total - unchecked - errors - warnings, "in order")) if number]
    problems = [problem for site in sites for problem in site.problems]
    found = counted(problems)
    hidden = run.verbosity <= 0 and any(
        problem.level == "hint" for problem in problems)
    return (f"{total} {'site' if total == 1 else 'sites'}:"
            f" {', '.join(parts) or 'nothing to check'}"
            + (f"; {found}" if found else "")
            + (" (-v shows the hints)" if hidden else "")
            + f" ({seconds:.1f} s)")


def _print_json(sites, seconds):
    """Print what was found of all sites as one JSON object."""
    print_json({
        "seconds": round(seconds, 3),
        "sites": [{
            "name": site.row.name,
            "source": site.row.source,
            "deployment": site.subject.conf if site.subject else "",
            "enabled": site.subject.enabled if site.subject else "",
            "skipped": list(site.subject.site.skip) if site.subject else [],
            "status": site.status,
            "messages": list(site.messages),
            "problems": [problem._asdict() for problem in site.problems],
        } for site in sites],
    })
