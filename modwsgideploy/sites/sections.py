"""Describe one section of a manifest, or one line of CSV."""

from __future__ import annotations

from typing import NamedTuple


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
