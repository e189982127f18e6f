"""``enable`` and ``disable``: sites that the system's Apache serves, or not.

Both are the same but for what is to be done of each site.
"""

import sys
import time
from typing import NamedTuple, Optional, Tuple

from modwsgideploy.activation import apply, checkpoint, layout, planner
from modwsgideploy.activation.modules import missing_modules
from modwsgideploy.activation.rollback import recover
from modwsgideploy.activation.state import shown_changes
from modwsgideploy.apache import binaries
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.commands.checking import context_of, find_host
from modwsgideploy.commands.inputs import is_manifest, read, read_sites, recall
from modwsgideploy.commands.output import (
    colored,
    note,
    print_findings,
    print_json,
)
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.fleet import placed

# What became of a site, in the order of the summary.
ON, OFF, SAME = "on", "off", "unchanged"
FAILED, BACK = "failed", "rolled back"
STATUSES = (ON, OFF, SAME, FAILED, BACK)
# What `deploy` may still miss, for somebody is about to put it there, keeps a
# site from starting: the baseline even those of others.
NEEDED = ("MWD101", "MWD102", "MWD103", "MWD104")


class Wanted(NamedTuple):
    """One site, and what shall become of it."""

    name: str
    site: object              # None where it could not be read
    subject: object           # a Subject; None to disable
    move: Optional[planner.SiteChange]
    messages: Tuple[str, ...] = ()    # why there is nothing to be done
    row: object = None


class Outcome(NamedTuple):
    """What became of one site."""

    name: str
    url: str
    status: str               # of STATUSES
    changes: Tuple[Tuple[str, str], ...]    # (path, action)
    messages: Tuple[str, ...]
    answer: object = None     # a Probe


def main(argument, settings, run):
    """Switch on the deployment of a project, or of each site of a manifest.

    Returns 0 when all are on, 1 when some are not.  Raises DeployError.
    """
    return switch(argument, settings, run, True)


def switch(argument, settings, run, on):
    """Switch sites on, or off; the exit status.  Raises DeployError."""
    start = time.perf_counter()
    work = _Work(argument, settings, run, on)
    if run.simulate:
        work.show()
    else:
        work.do()
    return _told(work, time.perf_counter() - start, run)


class _Work:
    """One run over some sites."""

    def __init__(self, argument, settings, run, on):
        self.run, self.on = run, on
        self.many = is_manifest(argument)
        binaries.find_httpd()    # or say how to get one
        self.host = find_host(run)
        self.place = None
        self.sites = list(self._many(argument, settings) if self.many
                          else self._one(argument, settings))
        if not self.place:
            self._find_place(find_platform())
        self.outcomes = []

    def _one(self, directory, settings):
        """The one site of a project: (row, Site, Project, messages)."""
        from modwsgideploy.sites.resolve import make_site

        _, settings = recall(directory, settings)
        project, choices, platform = read(directory, settings)
        self._find_place(platform)
        module = self.host.mod_wsgi
        version = module.version if module else mod_wsgi_module.versions()[1]
        yield (None, make_site(project, choices, platform, version), project,
               ())

    def _many(self, manifest, settings):
        """The same for all sites of a manifest.  Raises DeployError."""
        fleet = read_sites(manifest, settings, self.run, alone=True)
        for platform in {site.platform for _, site, _ in fleet.sites}:
            self._find_place(platform)
        for row, messages in fleet.unreadable:
            yield row, None, None, messages
        for row, site, project in fleet.sites:
            yield row, site, project, ()

    def _find_place(self, platform):
        """Find out where the sites go.  Raises DeployError."""
        place = layout.find_layout(platform, self.host.config)
        if self.place and place != self.place:
            raise DeployError(
                f"--platform: the sites are for {self.place.platform.name}"
                f" and {platform.name}, which are not one Apache; choose some"
                " by --only")
        self.place = place

    def plan(self):
        """What is to be done of each site (list of Wanted)."""
        wanted = [self._plan(*each) for each in self.sites]
        refused = {}
        for move, first, path in planner.disagreements(
                one.move for one in wanted if one.move):
            refused[move.name] = (
                f"{path}: is shared by all sites, and is not to be as"
                f" {first.name} has it; deploy both with the same, or choose"
                " some by --only")
        return [one._replace(move=None, messages=tuple(placed(
            one.row, [refused[one.name]]))) if one.name in refused else one
            for one in wanted]

    def _plan(self, row, site, project, messages):
        if messages:
            return Wanted(row.name, None, None, None, tuple(messages), row)
        site = site._replace(platform=self.place.platform)
        subject = None
        try:
            if self.on:
                subject = context_of(site, project, self.host, self.run)
                move = planner.plan_on(subject, self.place,
                                        self.run.overwrite, self.run.probe)
            else:
                move = planner.plan_off(site, self.place)
        except DeployError as error:
            if not row:
                raise
            return Wanted(row.name, site, None, None,
                          tuple(placed(row, error.messages)), row)
        # As Apache's files are called, and no two sites of it.
        return Wanted(move.name, site, subject, move, (), row)

    def changing(self, wanted):
        """The Moves (list) for which there is anything to do."""
        moves = [one.move for one in wanted if one.move]
        changing = [move for move in moves if move.paths]
        if changing or self.run.no_reload or not moves:
            return changing
        unread = apply.unread_sites(moves, self.place, self.on)
        return [move for move in moves if move.name in unread]

    def show(self):
        """Print what would be done."""
        wanted = self.plan()
        if checkpoint.read_checkpoint(self.place).changes:
            note("a run before this one was killed; the next that is no"
                 " simulation first puts back what it changed", self.run)
        _show(wanted, self.run)
        self.outcomes = [_before(one, self.on) for one in wanted]

    def do(self):
        """Do it."""
        with checkpoint.locked(self.place):
            self._recover()
            # What another run has just changed counts.
            self.host = find_host(self.run)
            wanted = self.plan()
            moves = self.changing(wanted)
            if moves:
                apply.check_rights(self.place, [
                    step for move in moves for step in move.paths])
                if self.on and not self.run.no_check:
                    wanted = self._checked(wanted)
                    moves = self.changing(wanted)
            results = self._switch(moves) if moves else {}
        self.outcomes = [
            _after(one, results[one.name], self.on)
            if one.move and one.name in results else _before(one, self.on)
            for one in wanted]

    def _recover(self):
        """Undo a run that was killed."""
        steps = checkpoint.read_checkpoint(self.place).changes
        if steps:
            apply.check_rights(self.place, steps)
            for line in recover(self.place):
                note(line, self.run)

    def _switch(self, moves):
        """Make ``moves`` take effect (dict of name to Result)."""
        with progress(len(moves), self.run) as bar:
            return apply.apply_changes(
                moves, self.place, apply.ApplyOptions(
                    self.on, not self.run.no_reload, self.run.timeout),
                lambda name: bar.advance())

    def _checked(self, wanted):
        """``wanted``; of those that the checks stop, with why."""
        from modwsgideploy import checks
        from modwsgideploy.catalog import checks as catalog
        from modwsgideploy.system.workers import parallel_map

        wanted = list(wanted)
        numbers = [number for number, one in enumerate(wanted)
                   if one.move and one.move.paths]
        # Looked at once, and not by each child again.
        self.host.prefetch()
        found = {}
        with progress(len(numbers), self.run) as bar:
            # What Apache says itself it says soon, of all sites together.
            for number, problems in parallel_map(
                    lambda number: [tuple(each) for each in checks.run(
                        wanted[number].subject, (catalog.CHEAP, catalog.HOST),
                        rejected=False)], numbers, self.run.workers):
                bar.advance()
                found[number] = [checks.Finding(*each) for each in problems]
        for number in numbers:
            wanted[number] = self._judged(wanted[number], found[number])
        return wanted

    def _judged(self, one, problems):
        """``one``; if ``problems`` stop it, with why."""
        enabled = {f"the module {name}," for name in
                   missing_modules(one.subject, self.place)}
        problems = [
            problem for problem in problems
            if not (problem.code == "MWD302" and any(
                words in problem.message for words in enabled))]
        problems = [problem._replace(level="error")
                    if problem.code in NEEDED else problem
                    for problem in problems]
        errors = [problem for problem in problems if problem.level == "error"]
        told = [problem for problem in problems if problem in errors
                or self.run.verbosity > 0
                or problem.level == "warning" and not self.many]
        if self.many:
            told = [problem._replace(message=f"{one.name}: {problem.message}")
                    for problem in told]
        if not self.run.json:
            print_findings(told, self.run)
        if not errors:
            return one
        messages = [f"{len(errors)} error{'s' * (len(errors) != 1)} in its"
                    " way; --no-check switches it on nevertheless"]
        if self.run.json or self.run.verbosity < 0:
            messages += [f"{problem.message} [{problem.code}]: {problem.fix}"
                         for problem in errors]
        if one.row:
            messages = placed(one.row, messages)
        return one._replace(move=None, messages=tuple(messages))


def _changes(move):
    """(path, action) of what a Move changes."""
    return tuple((step.path, step.action) for step in move.paths)


def _before(one, on):
    """The Outcome of a site for which nothing is done."""
    url = one.move.url if one.move else one.site.url if one.site else ""
    if not one.move:
        return Outcome(one.name, url, FAILED, (), one.messages)
    changes = _changes(one.move)
    status = (ON if on else OFF) if changes else SAME
    return Outcome(one.name, url, status, changes, ())


def _after(one, result, on):
    """The Outcome of a site for which something was done."""
    status = BACK if result.messages else ON if on else OFF
    return Outcome(one.name, one.move.url, status,
                   () if result.messages else _changes(one.move),
                   result.messages, result.answer)


def _show(wanted, run):
    """Print what would change, as a diff."""
    from modwsgideploy.system.diff import diff

    if run.json:
        return
    steps = {step.path: step for one in wanted if one.move
             for step in one.move.paths}
    sys.stdout.write(diff(shown_changes(steps.values()),
                          color=colored(sys.stdout)))
    sys.stdout.flush()


def _told(work, seconds, run):
    """Print what became of the sites; the exit status."""
    counts = dict.fromkeys(STATUSES, 0)
    for outcome in work.outcomes:
        counts[outcome.status] += 1
    if run.json:
        _print_json(work, counts, seconds, run)
    else:
        for outcome in work.outcomes:
            _tell(outcome, work, run)
        if work.many and run.verbosity >= 0:
            print(_summary(counts, seconds, run))
    if run.no_reload and not run.simulate and (counts[ON] or counts[OFF]):
        note("Apache has not read it yet; reload it, or run this once more"
             " without --no-reload", run)
    return int(bool(counts[FAILED] or counts[BACK]))


def _tell(outcome, work, run):
    """Print what became of one site."""
    for message in outcome.messages:
        start = "" if outcome.status == FAILED and work.many else (
            f"{outcome.name}: ")
        print(start + message, file=sys.stderr)
    sys.stderr.flush()
    if run.verbosity < 0 or work.many and run.verbosity < 1:
        return
    print(_line(outcome, work, run))
    for path, action in outcome.changes if not run.simulate else ():
        print(f"  {action:9} {path}")


def _line(outcome, work, run):
    """What became of one site, in a line."""
    name, answer = outcome.name, outcome.answer
    word = ON if work.on else OFF
    if outcome.status == SAME:
        return f"{name} is {word} already; nothing was changed"
    if outcome.status == FAILED:
        return f"{name} was not switched {word}"
    if outcome.status == BACK:
        return f"{name} was not switched {word}: all is as it was before"
    if run.simulate:
        return f"{name} would be switched {word}"
    told = f"{name} is {word}"
    if work.on:
        told += f": {outcome.url}"
    if answer:
        told += (f" answers {answer.status} {answer.reason} in"
                 f" {answer.seconds:.3f} s")
    return told


def _summary(counts, seconds, run):
    """One line: how many, what became of them."""
    total = sum(counts.values())
    parts = [f"{count} {status}" for status, count in counts.items() if count]
    would = "would be: " if run.simulate else ""
    return (f"{total} {'site' if total == 1 else 'sites'}: {would}"
            f"{', '.join(parts) or 'nothing to do'} ({seconds:.1f} s)")


def _print_json(work, counts, seconds, run):
    """Print what became of all sites as one JSON object."""
    print_json({
        "written": not run.simulate,
        "seconds": round(seconds, 3),
        "counts": counts,
        "sites": [{
            "name": outcome.name, "url": outcome.url,
            "status": outcome.status,
            "files": [{"path": path, "action": action}
                      for path, action in outcome.changes],
            "messages": list(outcome.messages),
            "answer": outcome.answer and {
                "status": outcome.answer.status,
                "reason": outcome.answer.reason,
                "seconds": round(outcome.answer.seconds, 3)},
        } for outcome in work.outcomes],
    })
