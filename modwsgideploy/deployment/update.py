"""Plan the update of a deployment, so that hand edits are kept.

Three texts of a file are known: as it was generated, as it is, and as it is
generated now.  So the edits are merged with what is new; if both change the
same lines, the new text is put beside the file.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from modwsgideploy.deployment.own_lines import (
    has_marks,
    own_lines,
    with_marks,
    with_own_lines,
)
from modwsgideploy.deployment.record import (
    BASE,
    CHOICES,
    MODE,
    Record,
    base_text,
    choices_text,
)
from modwsgideploy.deployment.unchanged import signed
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import Setting
from modwsgideploy.system.transaction import (
    Change,
    File,
    FoundFile,
    plan,
    read_files,
)

# What becomes of an edited file: the answers that `plan_update` takes.
MERGE = "merge"
OVERWRITE = "overwrite"
BACK_UP = "back up"       # as NAME.bak, then overwrite
KEEP = "keep"
HOLD = "hold"             # it, and with it all the others


class Edited(NamedTuple):
    """A file that is neither as it was generated nor as it is generated now.
    """

    change: Change            # what overwriting it would do
    base: str | None          # as it was generated; None if that is unknown


# Says what becomes of an edited file.
EditAnswer = Callable[[Edited], str]


class FileOutcome(NamedTuple):
    """What happens to one file, for people and scripts.

    ``action`` is create, update, merge, conflict, remove, keep, unchanged or
    differs; "differs" holds all files back.
    """

    path: str                 # absolute
    action: str
    needed: bool = True       # whether it is a part of the deployment


class UpdatePlan(NamedTuple):
    """The changes that update a deployment, and the outcome for each file."""

    changes: tuple[Change, ...]
    files: tuple[FileOutcome, ...]

    @property
    def held(self) -> bool:
        """Whether nothing is to be written."""
        return any(file.action == "differs" for file in self.files)

    @property
    def conflicts(self) -> bool:
        """Whether a file stays behind because of its edits."""
        return any(file.action == "conflict" for file in self.files)


def merge_or_hold(edited: Edited) -> str:
    """Answer to merge, or to hold all files back if that cannot be done."""
    return HOLD if edited.base is None else MERGE


def merge_or_overwrite(edited: Edited) -> str:
    """Answer to merge, or to overwrite if that cannot be done."""
    return OVERWRITE if edited.base is None else MERGE


def plan_update(files: Sequence[File], site: Site,
                settings: Mapping[str, Setting], record: Record,
                answer: EditAnswer = merge_or_hold,
                origin: str | None = None) -> UpdatePlan:
    """Plan how the deployment of ``site`` becomes that of ``files``.

    ``settings`` are all choices it was made from, ``record`` is the Record of
    its output directory.  ``answer(edited)`` says what becomes of an Edited
    file.  ``origin`` (see unchanged.py) is recorded unless something is left
    to be done by hand.

    Reads only.  Raises DeployError.
    """
    update = _Update(site.output_dir, record, answer)
    texts = update.renew_all(files)
    choices = choices_text(
        record.choices, update.path(CHOICES), site.name, settings)
    update.put(File(CHOICES, choices, MODE))
    if update.offered or update.generated != texts:
        origin = None
    return update.planned(signed(origin, choices))


def plan_files(files: Sequence[File], directory: str, record: Record,
               answer: EditAnswer = merge_or_hold) -> UpdatePlan:
    """Plan how ``files`` of no site come into ``directory``.

    All is as with `plan_update`, but there are no choices to record.
    """
    update = _Update(directory, record, answer)
    update.renew_all(files)
    return update.planned()


class _Update:
    """An update while it is being planned."""

    def __init__(self, directory: str, record: Record,
                 answer: EditAnswer) -> None:
        self.directory = os.path.abspath(directory)
        self.record = record
        self.answer = answer
        self.found = dict(record.found)
        self.files: list[File] = []       # what to plan
        # "" stands for the action of the file's Change.
        self.outcomes: list[FileOutcome] = []
        # The Record of the next run: texts as generated, and in NAME.new.
        self.generated: dict[str, str] = {}
        self.offered: dict[str, str] = {}

    def renew_all(self, files: Sequence[File]) -> dict[str, str]:
        """Decide about all ``files``, and about those that are generated no
        more; return the texts that are generated, by name."""
        texts = {file.path: file.text or "" for file in files}
        dropped = [name for name in self.record.generated if name not in texts]
        self.read([*texts, *dropped])
        for file in files:
            self.renew(file)
        for name in dropped:
            self.drop(name)
        return texts

    def planned(self, origin: str | None = None) -> UpdatePlan:
        """Return the plan for all that was decided, and for its record."""
        base = File(BASE, base_text(self.generated, self.offered, origin),
                    MODE)
        changes = plan([*self.files, base], self.directory, self.found)
        actions = {change.path: change.action for change in changes}
        return UpdatePlan(changes, tuple([
            file if file.action else FileOutcome(file.path,
                                                 actions[file.path])
            for file in self.outcomes]))

    def path(self, name: str) -> str:
        """Return the absolute path of the file ``name``."""
        return f"{self.directory}/{name}"

    def read(self, names: Iterable[str]) -> None:
        """Read the files ``names`` that have not been read yet."""
        names = [name for name in names if name not in self.found]
        if names:
            self.found.update(read_files(names, self.directory))

    def file(self, name: str) -> FoundFile | None:
        """Return the file ``name`` as it is, None if it is missing."""
        if name not in self.found:
            self.read([name])
        return self.found[name]

    def text(self, name: str) -> str | None:
        """Return the text of the file ``name``, None if it is missing."""
        found = self.file(name)
        return found.text if found else None

    def put(self, file: File, action: str = "") -> None:
        """Plan ``file``, and report ``action`` for it."""
        self.files.append(file)
        self.outcomes.append(FileOutcome(self.path(file.path), action))

    def renew(self, file: File) -> None:
        """Decide about a ``file`` that is generated now."""
        name, generated = file.path, file.text or ""
        base, old = self._base(name), self.file(name)
        own = own_lines(old.text) if old else ""
        text = with_own_lines(generated, own)
        base = base if base is None else with_own_lines(base, own)
        if old is None or old.text in (base, text):
            self._generate(name, file._replace(text=text), generated)
            return
        action, merged = self._resolve(name, base, old, text)
        if action not in ("keep", "conflict", "differs"):
            self._generate(name, file._replace(text=merged), generated, action)
            return
        self.put(File(name, merged, old.mode), action)
        if base is not None:
            self.generated[name] = base
        if action == "conflict":
            self._offer(name, text, old.mode)
        elif (name in self.record.offered
              and self.text(name + ".new") is not None):
            self.offered[name] = self.record.offered[name]

    def _generate(self, name: str, file: File, text: str,
                  action: str = "") -> None:
        """Plan ``file``, of which ``text`` is what is generated."""
        self.generated[name] = text
        self.put(file, action)
        self._withdraw(name)

    def _base(self, name: str) -> str | None:
        """Return the text from which ``name`` was edited, None if unknown."""
        offered = self.record.offered.get(name)
        # Whoever deletes NAME.new has taken from it what was wanted.
        if offered is not None and self.text(name + ".new") is None:
            return offered
        return self.record.generated.get(name)

    def _resolve(self, name: str, base: str | None, old: FoundFile,
                 text: str) -> tuple[str, str]:
        """Return the action for an edited file, and its text."""
        answer = self.answer(Edited(Change(
            self.path(name), "update", old.text, text, old.mode, old.mode),
            base))
        if answer == HOLD:
            return "differs", old.text
        if answer == KEEP:
            return "keep", old.text
        if answer == BACK_UP:
            self.put(File(self._free(name + ".bak"), old.text, old.mode))
        if answer != MERGE or base is None:
            return "", text
        from modwsgideploy.deployment.merge import merge

        edited = old.text
        if not has_marks(base):
            base, edited = with_marks(base, text), with_marks(edited, text)
        merged = merge(base, edited, text)
        if merged is None:
            return "conflict", old.text
        return "" if merged == old.text else "merge", merged

    def _free(self, name: str) -> str:
        """Return ``name``, or the first of name1, name2, … that is free."""
        free, number = name, 0
        while os.path.lexists(self.path(free)):
            number += 1
            free = f"{name}{number}"
        return free

    def _offer(self, name: str, text: str, mode: int) -> None:
        """Put the new text beside its file.

        Raises DeployError if something else is in its place.
        """
        beside = name + ".new"
        offered = self.record.offered.get(name)
        self.offered[name] = text
        if self.text(beside) in (None, offered, text):
            self.put(File(beside, text, mode))
        elif offered != text:
            raise DeployError(
                f"{self.path(beside)}: is in the way of the new text for"
                f" {name}, and not as it was generated; move it away or"
                " delete it, and run again")

    def _withdraw(self, name: str) -> None:
        """Remove NAME.new, which is not needed any more."""
        offered = self.record.offered.get(name)
        if offered is not None:
            self._remove(name + ".new", offered)

    def _remove(self, name: str, base: str) -> bool:
        """Remove the file ``name`` unless it was edited.

        Return whether it stays.
        """
        text = self.text(name)
        if text is None:
            return False
        # A link is somebody's work, too.
        if text == base and not os.path.islink(self.path(name)):
            self.put(File(name, None))
            return False
        self.outcomes.append(
            FileOutcome(self.path(name), "keep", needed=False))
        return True

    def drop(self, name: str) -> None:
        """Decide about a file that is not generated any more."""
        base = self.record.generated[name]
        if self._remove(name, base):
            self.generated[name] = base
        self._withdraw(name)


def message(outcome: FileOutcome, shown: Callable[[str], str]) -> str:
    """Return what a person has to know of an outcome, "" for nothing.

    ``shown(path)`` returns a path as it is to be printed.
    """
    path = shown(outcome.path)
    if outcome.action == "conflict":
        return (f"{path}: your edits and the new text change the same lines;"
                f" it stays as it is, and the new text is {path}.new: take"
                " from that what you need, then delete it")
    if not outcome.needed:
        return (f"{path}: is not a part of the deployment any more, but has"
                " edits, so it stays; delete it when you do not need them")
    return ""
