"""``batch``: write the deployments of all sites of a manifest."""

import os
import sys
import time
from typing import NamedTuple, Tuple

from modwsgideploy.commands.inputs import read_sites
from modwsgideploy.commands.output import colored, print_json, shown
from modwsgideploy.commands.progress import progress
from modwsgideploy.deployment import unchanged, update
from modwsgideploy.deployment.record import read_record
from modwsgideploy.deployment.render import render
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.sites.fleet import placed
from modwsgideploy.system.diff import diff
from modwsgideploy.system.transaction import write_each

# What became of a site, in the order of the summary.
CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"
HELD, CONFLICT, FAILED = "held", "conflict", "failed"
STATUSES = (CREATED, CHANGED, UNCHANGED, HELD, CONFLICT, FAILED)
# The exit status that --changed gives when anything changed.
SOME_CHANGED = 3


class Outcome(NamedTuple):
    """What became of one site."""

    name: str
    source: str                        # its place in the manifest
    url: str
    output_dir: str
    status: str                        # of STATUSES
    files: Tuple[Tuple[str, str], ...]    # (path, action), of the others
    messages: Tuple[str, ...]


def main(manifest, settings, run):
    """Write all sites of ``manifest``, a path or "-" for standard input.

    Returns 0; 1 when sites failed or have edits in the way; with --changed 3
    when that is not so and anything changed.  Raises DeployError.
    """
    start = time.perf_counter()
    work = _Work(read_sites(manifest, settings, run), run)
    if run.all_or_nothing:
        with progress(len(work.fleet.sites), run) as bar:
            work.advance = bar.advance
            work.rehearse()
    total = len(work.fleet.sites) + len(work.fleet.unreadable)
    with progress(total, run) as bar:
        work.advance, work.say = bar
        work.do()
    seconds = time.perf_counter() - start
    if run.json:
        _print_json(work, seconds, run)
    elif run.verbosity >= 0:
        print(_summary(work, seconds, run))
    return _status(work, run)


class _Work:
    """One run over a fleet."""

    def __init__(self, fleet, run):
        self.fleet = fleet
        self.run = run
        self.counts = dict.fromkeys(STATUSES, 0)
        self.outcomes = []       # only for --json
        self.advance = lambda: None
        self.say = print

    def rehearse(self):
        """Find out all that would fail.  Raises Failed."""
        messages = [message for broken in self.fleet.unreadable
                    for message in broken.messages]
        room = _Room()
        for number in range(len(self.fleet.sites)):
            try:
                changes, (status, _, texts) = self.prepare(number)
            except DeployError as error:
                messages += error.messages
                continue
            finally:
                self.advance()
            room.need(changes)
            if status == HELD:
                messages += texts
        messages += room.missing()
        if messages:
            raise Failed(*messages, "nothing was written, as"
                         " --all-or-nothing has it")

    def do(self):
        """Write every site that can be written, or show what that does."""
        for row, messages in self.fleet.unreadable:
            self.note(Outcome(row.name, row.source, "", "", FAILED, (),
                              messages))
        numbers = range(len(self.fleet.sites))
        if self.run.simulate:
            for number in numbers:
                self.show(number)
        else:
            write_each(numbers, self.prepare, self.told, self.run.workers,
                       self.run.sync)

    def prepare(self, number):
        """The changes of one site, and what to tell of it.

        That is its status, (path, action) pairs and messages.  Raises
        DeployError.
        """
        row, site, _ = self.fleet.sites[number]
        origin = unchanged.origin(site, row.settings)
        # Which takes no notice of edits, and they are to be overwritten.
        if not self.run.overwrite and unchanged.is_unchanged(site, origin):
            return (), (UNCHANGED, [], [])
        try:
            done, changes = self._regenerated(row, site, origin)
        except DeployError as error:
            raise DeployError(*placed(row, error.messages)) from None
        return changes, (
            _status_of(done),
            [(told.path, told.action) for told in done.told
             if told.action != "unchanged"],
            list(placed(row, _messages(done))))

    def _regenerated(self, row, site, origin):
        """What is to do for one site, and the changes to make or to show."""
        files = render(site)
        record = read_record(site.output_dir, [file.path for file in files])

        def answered(answer, origin=None):
            return update.regenerate(
                files, site, row.settings, record, answer, origin)

        done = answered(_back_up if self.run.overwrite
                        else update.merging, origin)
        if not done.held:
            return done, done.changes
        if self.run.simulate:
            return done, answered(update.showing).changes
        return done, ()

    def show(self, number):
        """Show what would become of one site."""
        try:
            changes, told = self.prepare(number)
        except DeployError as error:
            self.told(number, None, error.messages)
            return
        if not self.run.json and self.run.verbosity >= 0:
            paths = {path for path, _ in told[1]}
            self.say(diff([change for change in changes
                           if change.path in paths],
                          color=colored(sys.stdout)), end="")
        self.told(number, told, ())

    def told(self, number, told, failure):
        """Note what became of one site, as `writer.write_each` tells it."""
        row, site, _ = self.fleet.sites[number]
        status, files, messages = told or (FAILED, (), ())
        if failure:
            status, files, messages = FAILED, (), failure
        self.note(Outcome(row.name, row.source, site.url, site.output_dir,
                          status, files, messages))

    def note(self, outcome):
        """Count one site, and tell of it."""
        self.counts[outcome.status] += 1
        self.advance()
        if self.run.json:
            self.outcomes.append(outcome)
            return
        for message in outcome.messages:
            self.say(message, file=sys.stderr)
        if self.run.verbosity > 0 and outcome.status in (CREATED, CHANGED):
            self.say(f"{outcome.status:9} {outcome.name}"
                     f"  {shown(outcome.output_dir)}  {outcome.url}")
            if self.run.verbosity > 1:
                for path, action in outcome.files:
                    self.say(f"  {action:9} {shown(path)}")


def _back_up(edited):
    """The answer of -f to what becomes of an edited file."""
    return update.BACK_UP


def _status_of(done):
    """What becomes of a site for which ``done`` (Regenerated) is to do."""
    if done.held:
        return HELD
    if done.conflicts:
        return CONFLICT
    actions = {told.action for told in done.told}
    if actions == {"create"}:
        return CREATED
    return UNCHANGED if actions <= {"unchanged", "keep"} else CHANGED


def _messages(done):
    """What to say of edits that are in the way."""
    for told in done.told:
        if told.action == "differs":
            yield (f"{shown(told.path)}: is not as it would be written, and"
                   " nothing says who changed it, so nothing of this site was"
                   " written; -n shows the difference, -f saves it as"
                   " FILE.bak and overwrites it")
        elif told.action in ("conflict", "keep"):
            yield update.message(told, shown)


class _Room:
    """The space that all changes take on each disk."""

    def __init__(self):
        self.needed = {}     # device -> [a directory on it, bytes, files]

    def need(self, changes):
        """Count ``changes`` as well."""
        for change in changes:
            if change.action in ("create", "update"):
                directory = os.path.dirname(change.path)
                while not os.path.isdir(directory):
                    directory = os.path.dirname(directory)
                needed = self.needed.setdefault(
                    os.stat(directory).st_dev, [directory, 0, 0])
                needed[1] += len(change.new.encode(
                    "utf-8", "surrogateescape")) + 4096
                needed[2] += 1

    def missing(self):
        """Messages for disks that have too little."""
        for directory, size, files in self.needed.values():
            disk = os.statvfs(directory)
            if (disk.f_bavail * disk.f_frsize < size
                    or disk.f_files > 0 and disk.f_favail < files):
                yield (f"{directory}: there is no room for {files} files with"
                       f" {size} bytes; make room and run again")


def _summary(work, seconds, run):
    """One line: how many, what became of them, how fast."""
    total = sum(work.counts.values())
    parts = [f"{count} {status}" for status, count in work.counts.items()
             if count]
    would = "would be: " if run.simulate else ""
    return (f"{total} {'site' if total == 1 else 'sites'}: {would}"
            f"{', '.join(parts) or 'nothing to do'}"
            f" ({seconds:.1f} s, {total / seconds:.0f} a second)")


def _status(work, run):
    """The exit status."""
    if any(work.counts[status] for status in (HELD, CONFLICT, FAILED)):
        return 1
    if run.changed and (work.counts[CREATED] or work.counts[CHANGED]):
        return SOME_CHANGED
    return 0


def _print_json(work, seconds, run):
    """Print what became of all sites as one JSON object."""
    print_json({
        "written": not run.simulate,
        "seconds": round(seconds, 3),
        "counts": work.counts,
        "sites": [dict(outcome._asdict(), files=[
            {"path": path, "action": action}
            for path, action in outcome.files]) for outcome in work.outcomes],
    })
