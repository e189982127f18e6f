"""``batch``: write the deployments of all sites of a manifest."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Tuple

from modwsgideploy.commands.inputs import read_sites
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.commands.outcome import (
    FAILED,
    HELD,
    NEEDS_MANIFEST,
    STATUSES,
    UNCHANGED,
    Outcome,
    Tally,
)
from modwsgideploy.commands.output import colored, note, shown
from modwsgideploy.commands.progress import progress
from modwsgideploy.commands.update_outcome import (
    back_up,
    changed_files,
    edits_in_the_way,
    live_scripts,
    status_of,
)
from modwsgideploy.deployment import unchanged, update
from modwsgideploy.deployment.own_files import refuse_own_files
from modwsgideploy.deployment.record import read_record
from modwsgideploy.deployment.render import render
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.site import Site
from modwsgideploy.sites.fleet import Fleet, placed
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.remembered import gone_sites, remember
from modwsgideploy.sites.site_entry import SiteEntry
from modwsgideploy.system.diff import diff
from modwsgideploy.system.transaction import Change, write_each

if TYPE_CHECKING:
    from modwsgideploy.commands.switching import Switching

# What a process that writes reports of a site: the word of its status,
# (path, action) of each file, messages.
Note = Tuple[str, Sequence[Tuple[str, str]], Sequence[str]]

_BY_WORD = {status.word: status for status in STATUSES["batch"]}


def main(manifest: str, settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Write all sites of ``manifest``, a path or "-" for standard input.

    Return the exit status.  Raises DeployError.
    """
    tally = Tally("batch", run)
    if run.prune and manifest == "-":
        raise DeployError(NEEDS_MANIFEST)
    work = _Work(read_sites(manifest, settings, run), run, tally)
    switching = _switching(manifest, settings, run) if run.prune else None
    if run.all_or_nothing:
        with progress(len(work.fleet.sites), run) as bar:
            work.advance = bar.advance
            work.rehearse()
    total = len(work.fleet.sites) + len(work.fleet.unreadable)
    with progress(total, run) as bar:
        work.advance, work.say = bar
        try:
            work.do()
        except DeployError as error:
            # Some sites may be written, and are told of.
            tally.messages += error.messages
            work.say("\n".join(error.messages), file=sys.stderr)
    _remember(manifest, work)
    if switching:
        _prune(manifest, switching, tally)
    if run.json:
        tally.print_json()
    elif run.verbosity >= 0:
        _note_live(work.live, manifest, run)
        print(tally.summary(rate=True))
    return tally.exit_status


def _switching(manifest: str, settings: Mapping[str, Setting],
               run: Invocation) -> Switching:
    """Return what switches off the sites that are gone.

    Raises DeployError where that cannot be, before anything is written.
    """
    from modwsgideploy.commands.pruning import Pruning
    from modwsgideploy.commands.switching import Switching

    switching = Switching(manifest, settings, run, True)
    pruning = Pruning(manifest, switching)
    if not run.simulate:
        pruning.check()
    return switching


def _prune(manifest: str, switching: Switching, tally: Tally) -> None:
    """Switch off the sites that are gone, and tell of each."""
    from modwsgideploy.commands.pruning import pruned

    run = switching.run
    try:
        outcomes = pruned(manifest, switching)
    except DeployError as error:
        tally.messages += error.messages
        print("\n".join(error.messages), file=sys.stderr)
        return
    for outcome in outcomes:
        tally.add(outcome)
        for message in () if run.json else outcome.messages:
            print(f"{outcome.name}: {message}", file=sys.stderr)
        if not (run.json or run.verbosity < 0 or outcome.status.wrong):
            print(f"{outcome.name} {'would be' if run.simulate else 'is'} off")


def _remember(manifest: str, work: _Work) -> None:
    """Note which sites are gone from ``manifest``, and remember the others.
    """
    run, fleet = work.run, work.fleet
    if not run.simulate:
        try:
            remember(manifest, work.written, fleet.names)
        except DeployError as error:
            note("\n".join(error.messages) + "; so a later run cannot tell"
                 " which sites have gone from the manifest", run)
    gone = gone_sites(manifest, fleet.names)
    if gone:
        work.tally.more["gone"] = [{
            "name": site.name, "output_dir": site.output_dir}
            for site in gone]
    for site in () if run.prune else gone:
        note(f"note: {site.name} is not in {shown(manifest)} any more; its"
             f" deployment is in {shown(site.output_dir)}, and --prune"
             " switches it off where it is on", run)


def _note_live(scripts: Mapping[str, str], manifest: str,
               run: Invocation) -> None:
    """Note which sites run other ``scripts`` now, by name."""
    if not scripts:
        return
    name, script = next(iter(scripts.items()))
    others = len(scripts) - 1
    note((f"{name} and {others} other site{'s' * (others > 1)} are on, and"
          f" their scripts, such as {script}, are" if others else
          f"{name} is on, and {script} is") + " live with the next request; `"
         + shlex.join(["modwsgideploy", "enable", manifest])
         + "` asks whether they work", run)


class _Work:
    """One run over a fleet."""

    def __init__(self, fleet: Fleet, run: Invocation, tally: Tally) -> None:
        self.fleet, self.run, self.tally = fleet, run, tally
        self.advance: Callable[[], object] = lambda: None
        self.say: Callable[..., object] = print
        self.written: list[Site] = []     # or as they should be already
        self.live: dict[str, str] = {}     # scripts of sites that are on

    def rehearse(self) -> None:
        """Find out all that would fail.  Raises Failed."""
        messages = [message for unreadable in self.fleet.unreadable
                    for message in unreadable.messages]
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
            if status == HELD.word:
                messages += texts
        messages += room.missing()
        if messages:
            raise Failed(*messages, "nothing was written, as"
                         " --all-or-nothing has it")

    def do(self) -> None:
        """Write every site that can be written, or show what that does."""
        for entry, messages in self.fleet.unreadable:
            self.note(Outcome(entry.name, FAILED, entry.source,
                              messages=messages))
        numbers = range(len(self.fleet.sites))
        if self.run.simulate:
            for number in numbers:
                self.show(number)
        else:
            write_each(numbers, self.prepare, self.report, self.run.workers,
                       self.run.sync)

    def prepare(self, number: int) -> tuple[Sequence[Change], Note]:
        """Work out the changes of one site, and what to report of it.

        Raises DeployError.
        """
        entry, site, _ = self.fleet.sites[number]
        try:
            refuse_own_files(site)
        except DeployError as error:
            raise DeployError(*placed(entry, error.messages)) from None
        origin = unchanged.origin(site, entry.settings)
        # Which takes no notice of edits, and they are to be overwritten.
        if not self.run.overwrite and unchanged.is_unchanged(site, origin):
            return (), (UNCHANGED.word, [], [])
        try:
            plan, changes = self._update(entry, site, origin)
        except DeployError as error:
            raise DeployError(*placed(entry, error.messages)) from None
        return changes, (
            status_of(plan).word, changed_files(plan),
            list(placed(entry, edits_in_the_way(plan))))

    def _update(self, entry: SiteEntry, site: Site, origin: str
                ) -> tuple[update.UpdatePlan, Sequence[Change]]:
        """Return what happens to one site, and the changes to make or show."""
        files = render(site)
        record = read_record(site.output_dir, [file.path for file in files])

        def planned(answer: Callable[[update.Edited], str],
                    origin: str | None = None) -> update.UpdatePlan:
            return update.plan_update(
                files, site, entry.settings, record, answer, origin)

        plan = planned(back_up if self.run.overwrite
                       else update.merge_or_hold, origin)
        if not plan.held:
            return plan, plan.changes
        if self.run.simulate:
            return plan, planned(update.merge_or_overwrite).changes
        return plan, ()

    def show(self, number: int) -> None:
        """Show what would become of one site."""
        try:
            changes, note = self.prepare(number)
        except DeployError as error:
            self.report(number, None, error.messages)
            return
        paths = {path for path, _ in note[1]}
        shown = [change for change in changes if change.path in paths]
        if not self.run.json and self.run.verbosity >= 0:
            self.say(diff(shown, color=colored(sys.stdout)), end="")
        self.report(number, note, (), diff(shown) if self.run.json else "")

    def report(self, number: int, note: Note | None,
               failure: Sequence[str], difference: str = "") -> None:
        """Note what became of one site, as `write_each` reports it."""
        entry, site, _ = self.fleet.sites[number]
        word, files, messages = note or (FAILED.word, (), ())
        if failure:
            word, files, messages = FAILED.word, (), failure
        for script in () if self.run.simulate else live_scripts(site, files):
            self.live.setdefault(entry.name, script)
        if word != FAILED.word:
            self.written.append(site)
        self.note(Outcome(entry.name, _BY_WORD[word], entry.source, site.url,
                          site.output_dir, files, difference,
                          messages=messages))

    def note(self, outcome: Outcome) -> None:
        """Count one site, and print what became of it."""
        self.tally.add(outcome)
        self.advance()
        if self.run.json:
            return
        for message in outcome.messages:
            self.say(message, file=sys.stderr)
        if self.run.verbosity > 0 and outcome.status.changed:
            self.say(f"{outcome.status.word:9} {outcome.name}"
                     f"  {shown(outcome.output_dir)}  {outcome.url}")
            if self.run.verbosity > 1:
                for path, action in outcome.files:
                    self.say(f"  {action:9} {shown(path)}")


class _Room:
    """The space that all changes take on each disk."""

    def __init__(self) -> None:
        # By device: a directory on it, bytes, files.
        self.needed: dict[int, tuple[str, int, int]] = {}

    def need(self, changes: Iterable[Change]) -> None:
        """Count ``changes`` as well."""
        for change in changes:
            if change.action not in ("create", "update"):
                continue
            directory = os.path.dirname(change.path)
            while not os.path.isdir(directory):
                directory = os.path.dirname(directory)
            device = os.stat(directory).st_dev
            directory, size, files = self.needed.get(
                device, (directory, 0, 0))
            size += 4096 + len((change.new or "").encode(
                "utf-8", "surrogateescape"))
            self.needed[device] = directory, size, files + 1

    def missing(self) -> Iterator[str]:
        """Yield messages for disks that have too little."""
        for directory, size, files in self.needed.values():
            disk = os.statvfs(directory)
            if (disk.f_bavail * disk.f_frsize < size
                    or disk.f_files > 0 and disk.f_favail < files):
                yield (f"{directory}: there is no room for {files} files with"
                       f" {size} bytes; make room and run again")
