"""What a check finds: its message and the command that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Tuple

# What a check yields: the message and the fix of each finding.
CheckResult = Iterator[Tuple[str, str]]


class Finding(NamedTuple):
    """What is wrong, and the command that mends it."""

    level: str      # "hint", "warning" or "error"
    code: str       # stable, MWD...
    message: str
    fix: str        # a command, or what to do
