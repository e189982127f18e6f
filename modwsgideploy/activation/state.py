"""Say what is at a path, and what is to be there."""

from __future__ import annotations

import os
import stat
from typing import Iterable, Iterator, NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction
from modwsgideploy.system.identity import acting_as, owner_on_the_way


class PathState(NamedTuple):
    """The text of a file, or the target of a link; both None for neither."""

    text: str | None = None
    link: str | None = None
    mode: int = 0o644

    def same(self, other: PathState) -> bool:
        """Whether the content is equal; a umask may have changed a mode."""
        return (self.text, self.link) == (other.text, other.link)

    @property
    def exists(self) -> bool:
        """Whether there is anything."""
        return not self.same(NOTHING)


NOTHING = PathState()


class PathChange(NamedTuple):
    """One path, with its states before and after."""

    path: str
    old: PathState
    new: PathState

    @property
    def action(self) -> str:
        """What is done, in one word."""
        if not self.old.exists:
            return "create"
        return "update" if self.new.exists else "remove"


def read_state(path: str) -> PathState:
    """Read what is at ``path``.  Raises DeployError."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return PathState(link=os.readlink(path))
        if stat.S_ISREG(mode):
            with open(path, encoding="utf-8", errors="surrogateescape",
                      newline="") as stream:
                return PathState(stream.read(), mode=stat.S_IMODE(mode))
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING
    except OSError as error:
        raise DeployError(f"{path}: cannot be read ({error.strerror}); run it"
                          " as root") from None
    raise DeployError(f"{path}: is neither a file nor a link; move it away")


def read_written(path: str) -> PathState:
    """Read a file of a deployment with the rights of whoever owns that.

    Raises DeployError.
    """
    with acting_as(owner_on_the_way(path, reading=True)):
        state = read_state(os.path.realpath(path))
    return state._replace(mode=state.mode & 0o644)


def unless_there(changes: Iterable[PathChange]) -> list[PathChange]:
    """Choose those of ``changes`` that change anything."""
    return [change for change in changes if not change.old.same(change.new)]


def is_half_undone(changes: Iterable[PathChange]) -> bool:
    """Whether some of ``changes`` are not made, and nobody made others."""
    states = [(change, read_state(change.path)) for change in changes]
    return any(not found.same(change.new) for change, found in states) and (
        all(found.same(change.old) or found.same(change.new)
            for change, found in states))


def one_of_each_path(changes: Iterable[PathChange]) -> list[PathChange]:
    """Choose one change of each path: several sites may want the same."""
    return [*{change.path: change for change in changes}.values()]


def shown_changes(changes: Iterable[PathChange]
                  ) -> Iterator[transaction.Change]:
    """Give ``changes`` as a diff takes them; a link looks as in git's."""
    for change in changes:
        old, new = (state.text if state.link is None else state.link
                    for state in (change.old, change.new))
        linked = (change.old.link, change.new.link) != (None, None)
        mode = 0o120000 if linked else 0o644
        yield transaction.Change(
            change.path, change.action, old, new, mode, mode)
