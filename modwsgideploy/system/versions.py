"""Compare version numbers as tuples."""

from __future__ import annotations


def version_tuple(version: str) -> tuple[int, ...]:
    """Return ``"4.9.4"`` as (4, 9, 4), and "" as ().

    Raises ValueError if a part is not a number.
    """
    return tuple(int(part) for part in version.split(".")) if version else ()
