"""Tell which failures go together, and how much of their lines is kept."""

from __future__ import annotations

from typing import List, Set

from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.explain.lines import Line
from modwsgideploy.explain.matching import BY_NAME

_MOST_TEXT = 65536


def kept_text(lines: List[Line]) -> List[str]:
    """Return the lines as they were logged, as far as they are kept."""
    kept: List[str] = []
    room = _MOST_TEXT
    for line in lines:
        room -= len(line.raw)
        if kept and room < 0:
            break
        kept.append(line.raw)
    return kept


def lead_of(failure: FailurePattern, names: Set[str]) -> str:
    """Return which of ``names`` brings ``failure`` about, or its own."""
    for name in failure.after:
        if name in names:
            return lead_of(BY_NAME[name], names)
    return failure.name
