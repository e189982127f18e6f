"""Describe the lines of a manifest, and one section or line of CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from modwsgideploy.errors import DeployError

_LONGEST_LINE = 1 << 20


class Entry(NamedTuple):
    """One key: its texts, and where it stands."""

    texts: tuple[str, ...]
    line: int


class Section(NamedTuple):
    """One section of an ini file, or one line of CSV."""

    name: str
    file: SourceFile
    line: int
    entries: dict[str, Entry]     # by key

    @property
    def source(self) -> str:
        return f"{self.file.name}:{self.line} [{self.name}]"

    def where(self, key: str, line: int) -> str:
        """The source of a key in this section."""
        return f"{self.file.name}:{line} [{self.name}] {key}"


class SourceFile(NamedTuple):
    """A file: its name for messages, and what its paths start from."""

    name: str
    directory: str


def bounded_lines(stream: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of a manifest.

    Raises DeployError for one that would fill the memory.
    """
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise DeployError(
                f"{name}:{number}: has more than {_LONGEST_LINE} characters"
                " in a line, as no manifest has; name an ini or CSV file with"
                " the sites")
        yield line
