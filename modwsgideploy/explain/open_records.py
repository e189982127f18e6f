"""Keep the records that may get more lines, each thread's apart."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional

from modwsgideploy.explain.lines import Line
from modwsgideploy.explain.matching import find_line
from modwsgideploy.explain.records import LogRecord

_MOST = 64
# In place of a thread, of lines without any prefix: what a process writes to
# its standard error.  Records of formats that name no thread stand between.
_RAW = "raw"


class Taken(NamedTuple):
    """What became of a line."""

    belongs: bool                # to a record; else it stands by itself
    ended: List[LogRecord]       # for it is not one of theirs


class OpenRecords:
    """The records that may get more lines, by thread."""

    def __init__(self) -> None:
        self._records: Dict[Optional[str], LogRecord] = {}
        self._any = self._any_raw = False

    def take(self, line: Line, number: int) -> Taken:
        """Add ``line`` to an open record, or begin one with it."""
        raw = not (line.thread or line.time or line.level)
        # The beginning of what comes first may have been cut off.
        cut = (raw and not self._any_raw and not find_line(line)
               or not self._any and line.text.startswith("  "))
        self._any, self._any_raw = True, raw or self._any_raw
        ended: List[LogRecord] = []
        for thread in (_RAW, None) if raw else (line.thread,):
            record = self._records.get(thread)
            if record and record.take(line):
                return Taken(True, ended)
            if record:
                ended.append(self._records.pop(thread))
        if not LogRecord.begins(line) and not cut:
            return Taken(False, ended)
        self._records[_RAW if raw else line.thread] = LogRecord(line, number)
        if len(self._records) > _MOST:
            ended.append(self._records.pop(next(iter(self._records))))
        return Taken(True, ended)

    def end(self, every: bool) -> List[LogRecord]:
        """Take out all records, or those that are complete."""
        ended = [(thread, record) for thread, record in self._records.items()
                 if every or record.complete]
        for thread, _ in ended:
            del self._records[thread]
        return [record for _, record in ended]
