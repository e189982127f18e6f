"""Merge hand edits of a generated text into the new version of that text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from difflib import SequenceMatcher

# The start of the line that names the version.
_SIGNED = "Written by modwsgideploy "

# (start, end, lines): lines that replace those from start to end.
_Replacement = tuple[int, int, tuple[str, ...]]


def merge(base: str, edited: str, new: str) -> str | None:
    """Return ``new`` with what was changed from ``base`` to ``edited``.

    Return None if both changed the same lines, or added something at the
    same place.
    """
    if new == base:
        return edited
    if "\r\n" in edited and edited.count("\r\n") == edited.count("\n"):
        base, new = (text.replace("\n", "\r\n") for text in (base, new))
    import merge3

    one, other, third = (_lines(text) for text in (base, edited, new))
    _sign_alike(one, other, third)
    merged: list[str] = []
    # Its type says class, but any function that returns a matcher will do.
    groups: Any = merge3.Merge3(
        one, other, third, sequence_matcher=cast(Any, _matcher)).merge_groups()
    for kind, *parts in groups:
        lines = _interleaved(*parts) if kind == "conflict" else parts[0]
        if lines is None:
            return None
        merged += lines
    # A line after one without a line break would be joined to it.
    if not all(line.endswith("\n") for line in merged[:-1]):
        return None
    return "".join(merged)


def _lines(text: str) -> list[str]:
    """Split ``text`` after each line feed, and nowhere else."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _matcher(junk: None, one: Sequence[str],
             other: Sequence[str]) -> SequenceMatcher[str]:
    """Return a matcher that does not take frequent lines for junk."""
    from difflib import SequenceMatcher

    return SequenceMatcher(junk, one, other, autojunk=False)


def _sign_alike(base: list[str], edited: list[str], new: list[str]) -> None:
    """Give ``base`` and ``edited`` the version that ``new`` names.

    Each release changes that line of each file, which must not turn an edit
    next to it into a conflict.
    """
    old_line, new_line = (
        next((line for line in lines if _SIGNED in line), None)
        for lines in (base, new))
    if old_line and new_line:
        for lines in (base, edited):
            lines[:] = [new_line if line == old_line else line
                        for line in lines]


def _interleaved(base: list[str], edited: list[str],
                 new: list[str]) -> list[str] | None:
    """Return lines with both changes, which may touch; None if they overlap.
    """
    merged: list[str] = []
    position, last = 0, (-1, -1)
    for change in sorted(_changed(base, edited) | _changed(base, new)):
        start, end, lines = change
        if start < position or (start, end) == last == (start, start):
            return None
        merged += base[position:start]
        merged += lines
        position, last = end, (start, end)
    return merged + base[position:]


def _changed(base: list[str], other: list[str]) -> set[_Replacement]:
    """Return what ``other`` has in place of lines of ``base``."""
    return {(start, end, tuple(other[first:last]))
            for kind, start, end, first, last
            in _matcher(None, base, other).get_opcodes() if kind != "equal"}
