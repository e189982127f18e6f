"""Tell the first failure to load a script from those that come of it.

A process that failed keeps some of the modules it imported, and fails in
another way when it loads the script again.
"""

from __future__ import annotations

from typing import Dict, Generic, Hashable, Tuple, TypeVar

from modwsgideploy.explain.records import LogRecord

Key = TypeVar("Key", bound=Hashable)
_MOST = 1000


class FailedLoads(Generic[Key]):
    """The first failure of each process to load each script, by its key."""

    def __init__(self) -> None:
        self._first: Dict[str, Tuple[int, Key]] = {}
        self._process: Dict[Key, str] = {}

    def add(self, record: LogRecord, key: Key, new: bool) -> None:
        """Note the failure that ``record`` tells, if it is such a one.

        Records may be added in another order than they were begun.
        """
        if not record.loading or len(self._first) >= _MOST:
            return
        first = self._first.get(record.loading)
        if first is None or record.number < first[0]:
            self._first[record.loading] = record.number, key
        if new:
            self._process[key] = record.loading

    def first(self, key: Key) -> Key:
        """Return the key of the failure that brought about that of ``key``,
        which may be its own."""
        return self._first.get(self._process.get(key, ""), (0, key))[1]
