"""Files as generated now, what is recorded and what is there: the changes out.

What a hand has edited is kept: three texts are known of a file (as it was
generated, as it is, as it is generated now), so both changes are merged, and
where they change the same lines the new text is put beside the file.
"""

import os.path
from typing import NamedTuple, Optional, Tuple

from modwsgideploy.deployment.digest import signed
from modwsgideploy.deployment.merge import merge
from modwsgideploy.deployment.record import (
    BASE,
    CHOICES,
    MODE,
    base_text,
    choices_text,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.system.transaction import Change, File, plan, read_files

# What becomes of an edited file: the answers that `regenerate` takes.
MERGE = "merge"
OVERWRITE = "overwrite"
BACK_UP = "back up"       # as NAME.bak, then overwrite
KEEP = "keep"
HOLD = "hold"             # it, and with it all the others


class Edited(NamedTuple):
    """A file that is neither as it was generated nor as it is now."""

    change: Change            # what overwriting it would do
    base: Optional[str]       # as it was generated; None if that is unknown


class FileOutcome(NamedTuple):
    """What happens to one file, for people and scripts.

    ``action`` is create, update, merge, conflict, remove, keep, unchanged or
    differs; the last one holds all files back.
    """

    path: str                 # absolute
    action: str
    needed: bool = True       # whether it is a part of the deployment


class UpdatePlan(NamedTuple):
    """What `writer.write` has to do, and what to tell of it."""

    changes: Tuple[Change, ...]
    told: Tuple[FileOutcome, ...]

    @property
    def held(self):
        """Whether nothing is to be written."""
        return any(told.action == "differs" for told in self.told)

    @property
    def conflicts(self):
        """Whether a file stayed behind because of its edits."""
        return any(told.action == "conflict" for told in self.told)


def merging(edited):
    """The answer when nobody is asked: merge, if that can be done."""
    return HOLD if edited.base is None else MERGE


def showing(edited):
    """The answer that shows what overwriting does, if merging cannot be done.
    """
    return OVERWRITE if edited.base is None else MERGE


def regenerate(files, site, settings, record, answer=merging, origin=None):
    """What makes the deployment of ``site`` that of ``files``: a Regenerated.

    ``settings`` are all choices it was made from (a dict of option name to
    Given), ``record`` is the Record of its output directory.
    ``answer(edited)`` says what becomes of an Edited file; ``origin`` (see
    unchanged.py) is recorded unless something is left to be done by hand.

    Reads only.  Raises DeployError.
    """
    work = _Work(site.output_dir, record, answer)
    generated = {file.path for file in files}
    gone = [name for name in record.made if name not in generated]
    work.look([*generated, *gone])
    for file in files:
        work.renew(file)
    for name in gone:
        work.drop(name)
    choices = choices_text(
        record.choices, work.path(CHOICES), site.name, settings)
    work.put(File(CHOICES, choices, MODE))
    if work.offered or work.made != {file.path: file.text for file in files}:
        origin = None
    base = File(BASE, base_text(work.made, work.offered,
                                signed(origin, choices)), MODE)
    changes = plan([*work.files, base], site.output_dir, work.found)
    actions = {change.path: change.action for change in changes}
    return UpdatePlan(changes, tuple([
        told if told.action else FileOutcome(told.path, actions[told.path])
        for told in work.told]))


class _Work:
    """One deployment while it is being decided."""

    def __init__(self, directory, record, answer):
        self.directory = os.path.abspath(directory)
        self.record = record
        self.answer = answer
        self.found = dict(record.found)
        self.files = []       # what to plan
        self.told = []        # with "" for the Change's own action
        self.made = {}
        self.offered = {}

    def path(self, name):
        return f"{self.directory}/{name}"

    def look(self, names):
        """Read the files ``names`` that have not been read yet."""
        names = [name for name in names if name not in self.found]
        if names:
            self.found.update(read_files(names, self.directory))

    def text(self, name):
        """The text of the file ``name``, None without one."""
        if name not in self.found:
            self.look([name])
        return self.found[name] and self.found[name].text

    def put(self, file, action=""):
        """Let ``file`` be there, and tell ``action`` of it."""
        self.files.append(file)
        self.told.append(FileOutcome(self.path(file.path), action))

    def renew(self, file):
        """Decide for a File that is generated now."""
        name = file.path
        base, old = self._base(name), self.text(name)
        action, text = "", file.text
        if old is not None and old not in (base, text):
            action, text = self._edited(file, base, old)
        if action not in ("keep", "conflict", "differs"):
            self.made[name] = file.text
            self.put(File(name, text, file.mode), action)
            self._withdraw(name)
            return
        self.put(File(name, text, self.found[name].mode), action)
        if base is not None:
            self.made[name] = base
        if action == "conflict":
            self._offer(file)
        elif (name in self.record.offered
              and self.text(name + ".new") is not None):
            self.offered[name] = self.record.offered[name]

    def _base(self, name):
        """The text from which ``name`` was edited, None if unknown."""
        offered = self.record.offered.get(name)
        # Whoever deletes NAME.new has taken from it what was wanted.
        if offered is not None and self.text(name + ".new") is None:
            return offered
        return self.record.made.get(name)

    def _edited(self, file, base, old):
        """What to tell of an edited file, and its text."""
        mode = self.found[file.path].mode
        answer = self.answer(Edited(Change(
            self.path(file.path), "update", old, file.text, mode, mode), base))
        if answer == HOLD:
            return "differs", old
        if answer == KEEP:
            return "keep", old
        if answer == BACK_UP:
            self.put(File(self._free(file.path + ".bak"), old, mode))
        if answer != MERGE:
            return "", file.text
        merged = merge(base, old, file.text)
        if merged is None:
            return "conflict", old
        return "" if merged == old else "merge", merged

    def _free(self, name):
        """``name``, or the first of name1, name2, … that is not taken."""
        free, number = name, 0
        while os.path.lexists(self.path(free)):
            number += 1
            free = f"{name}{number}"
        return free

    def _offer(self, file):
        """Put the new text beside its file.  Raises DeployError."""
        beside = file.path + ".new"
        there = self.text(beside)
        offered = self.record.offered.get(file.path)
        self.offered[file.path] = file.text
        if there in (None, offered, file.text):
            self.put(File(beside, file.text, self.found[file.path].mode))
        elif offered != file.text:
            raise DeployError(
                f"{self.path(beside)}: is in the way of the new text for"
                f" {file.path}, and not as it was generated; move it away or"
                " delete it, and run again")

    def _withdraw(self, name):
        """Remove NAME.new, which is needed no more."""
        offered = self.record.offered.get(name)
        if offered is not None:
            self._remove(name + ".new", offered)

    def _remove(self, name, base):
        """Remove the file ``name`` unless it was edited; whether it stays."""
        there = self.text(name)
        if there is None:
            return False
        # A link is somebody's work too.
        if there == base and not os.path.islink(self.path(name)):
            self.put(File(name, None))
            return False
        self.told.append(FileOutcome(self.path(name), "keep", needed=False))
        return True

    def drop(self, name):
        """Decide for a file that is not generated any more."""
        base = self.record.made[name]
        if self._remove(name, base):
            self.made[name] = base
        self._withdraw(name)


def message(told, shown):
    """What to say of a Told that needs somebody, "" for nothing.

    ``shown(path)`` is a path as it is to be printed.
    """
    path = shown(told.path)
    if told.action == "conflict":
        return (f"{path}: your edits and the new text change the same lines;"
                f" it stays as it is, and the new text is {path}.new: take"
                " from that what you need, then delete it")
    if not told.needed:
        return (f"{path}: is not a part of the deployment any more, but has"
                " edits, so it stays; delete it when you do not need them")
    return ""
