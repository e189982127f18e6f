"""Diagnose the lines of an error log by the table of failures.

The log can be of any size: what repeats is counted, and no more than a fixed
number of diagnoses and lines is kept.
"""

from __future__ import annotations

import re
from typing import (
    Callable,
    Dict,
    Iterable,
    List,
    Match,
    Optional,
    Pattern,
    Set,
    Tuple,
    Union,
)

from modwsgideploy.catalog.failures import (
    FAILURES,
    OTHER_WSGI,
    ROUTINE,
    SCRIPT_FAILED,
)
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.explain.lines import (
    Line,
    Location,
    Thread,
    split,
    unescape,
)
from modwsgideploy.explain.records import SYNTAX_ERROR, Record
from modwsgideploy.explain.sources import SourceIndex, Values, location_at
from modwsgideploy.quoting import shell

# How many diagnoses and, apart from them, unknown lines are kept.
MOST = 1000
_MOST_OPEN = 64
# The words for values that neither the log nor the deployment has.
DEFAULTS = {
    "account": "ACCOUNT", "address": "ADDRESS", "backend": "it",
    "built": "another version",
    "callable": "the application", "config": "the ini",
    "code": "CODE", "code_anchor": "", "directive": "a directive",
    "directory": "DIRECTORY", "egg_cache": "EGG_CACHE", "file": "FILE",
    "group": "the application", "header": "one", "host": "the host",
    "library": "a library", "limit": "its limit", "locale": "LOCALE",
    "module": "MODULE", "module_fix": "load its module", "name": "NAME",
    "package": "PACKAGE", "path": "PATH", "project": "PROJECT",
    "python_in_log": "the one in Apache's start-up line",
    "reason": "something", "script": "the script", "section": "[loggers]",
    "scheme": "SCHEME", "seconds": "so many", "signal": "a signal",
    "table": "it asks for", "variable": "VARIABLE",
    "virtualenv": "VIRTUALENV", "what": "file",
}


class Occurrences:
    """How often something was logged, and when first and last."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = ""

    def seen(self, time: str) -> None:
        """Count one more."""
        self.count += 1
        self.first = self.first or time
        self.last = time or self.last


class Diagnosis(Occurrences):
    """A failure with the values of the log, and where it comes from."""

    def __init__(self, failure: FailurePattern, values: Values,
                 lines: List[str], frame: Optional[Location] = None,
                 where: Optional[Location] = None) -> None:
        super().__init__()
        self.failure = failure
        self.values = values
        self.lines = lines        # as they were logged the first time
        self.frame = frame        # in the application's code
        self.where = where        # in the deployment


class UnknownLine(Occurrences):
    """A line that no failure fits."""

    def __init__(self, raw: str) -> None:
        super().__init__()
        self.raw = raw


# A failure and the values of a message that fits it.
Found = Tuple[FailurePattern, Dict[str, str]]
# What tells one diagnosis from another.
Key = Tuple[Union[str, Tuple[str, str], Location, None], ...]


_NAMED = re.compile(r"(?:defined at|directive in) (?P<path>/.+?)"
                    r"(?::| at line )(?P<line>\d+)")


def _combined(patterns: Iterable[str]) -> Pattern[str]:
    """Join patterns to one whose lastgroup names the one that matched."""
    return re.compile("|".join(
        f"(?P<_{number}>{re.sub(r'[(][?]P<[a-z_0-9]+>', '(?:', pattern)})"
        for number, pattern in enumerate(patterns) if pattern), re.MULTILINE)


_LINES = _combined(failure.line for failure in FAILURES)
_ERRORS = _combined(failure.error for failure in FAILURES)
_CODES = {code: failure for failure in FAILURES for code in failure.codes}
_ERRNOS = {number: failure for failure in FAILURES if not failure.line
           for number in failure.errno}
_BY_NAME = {failure.name: failure for failure in FAILURES}
_ROUTINE = re.compile(ROUTINE)


def _find(combined: Pattern[str], field: str, text: str,
          errno: int = 0) -> Optional[Found]:
    """Return the first failure whose pattern fits ``text``."""
    match = combined.match(text)
    if not match or not match.lastgroup:
        return None
    first = int(match.lastgroup[1:])
    for failure in FAILURES[first:]:
        pattern = getattr(failure, field)
        match = re.match(pattern, text, re.MULTILINE) if pattern else None
        if match and (not failure.errno or errno in failure.errno):
            return failure, _values(match)
    return None


def _values(match: Match[str]) -> Dict[str, str]:
    """Return the groups of ``match``, without the numbers of their names."""
    return {name.rstrip("0123456789"): unescape(value)
            for name, value in match.groupdict().items()
            if value is not None}


class Explainer:
    """Diagnose a log, line by line.

    ``spill`` is called with the lines that are too many to be kept.
    """

    def __init__(self, sources: Optional[SourceIndex] = None,
                 spill: Optional[Callable[[str], None]] = None) -> None:
        self.sources = sources or SourceIndex()
        self.diagnoses: Dict[Key, Diagnosis] = {}
        self.unknown: Dict[Tuple[str, str], UnknownLine] = {}
        self.lines = self.routine = self.left_out = 0
        self.python = ""      # as Apache's start-up line has it
        # Records that may get more lines.
        self._open: Dict[Optional[Thread], Record] = {}
        self._spill = spill

    def feed(self, raw: str) -> List[Diagnosis]:
        """Take one line, and return the diagnoses that are new."""
        self.lines += 1
        line = split(raw)
        found: List[Diagnosis] = []
        record = self._open.get(line.thread)
        if record:
            if record.take(line):
                return found
            found += self._finish(line.thread)
        if Record.begins(line):
            self._open[line.thread] = Record(line)
            if len(self._open) > _MOST_OPEN:
                found += self._finish(next(iter(self._open)))
            return found
        return found + self._judge_line(line)

    def flush(self, every: bool = True) -> List[Diagnosis]:
        """End the records that wait for more lines.

        With ``every=False`` only those whose last line has been seen.
        """
        return [diagnosis for thread, record in list(self._open.items())
                if every or record.complete
                for diagnosis in self._finish(thread)]

    def _finish(self, thread: Optional[Thread]) -> List[Diagnosis]:
        record = self._open.pop(thread)
        if record.state == "syntax":
            return self._judge_syntax(record)
        if record.state == "fatal":
            return self._judge_fatal(record)
        if record.state == "note":
            return self._judge_line(record.lines[0])
        return self._judge_exception(record)

    def _judge_line(self, line: Line) -> List[Diagnosis]:
        found = _find(_LINES, "line", line.text, line.errno)
        if not found and line.code in _CODES:
            found = _CODES[line.code], {}
        if not found and line.errno in _ERRNOS:
            found = _ERRNOS[line.errno], {}
        if not found:
            started = re.match(r".* Python/(\d\S*) .*configured", line.text)
            if started:
                self.python = "Python " + started[1]
            if _ROUTINE.match(line.text):
                self.routine += 1
                return []
            if not line.code.startswith("WSGI"):
                return self._unknown(line)
            found = OTHER_WSGI, {"code": line.code,
                                 "code_anchor": line.code.lower()}
        failure, values = found
        if line.script:
            values.setdefault("script", line.script)
        named = _NAMED.search(line.text)
        return self._known(failure, values, [line], where=location_at(
            named["path"], int(named["line"])) if named else None)

    def _judge_syntax(self, record: Record) -> List[Diagnosis]:
        head = SYNTAX_ERROR.match(record.lines[0].text)
        assert head
        reason = record.lines[-1].text if len(record.lines) > 1 else ""
        failure, values = _find(_LINES, "line", reason) or (
            _BY_NAME["other-syntax"], {"reason": reason})
        return self._known(failure, values, record.lines,
                           where=location_at(head["path"],
                                             int(head["line"])))

    def _judge_fatal(self, record: Record) -> List[Diagnosis]:
        text = "\n".join(line.text for line in record.lines)
        home = re.search(r"^  PYTHONHOME = '(.*)'$", text, re.MULTILINE)
        if home:
            found = _BY_NAME["python-home"], {"path": unescape(home[1])}
        elif "encodings" in text or "init_" in text:
            found = _BY_NAME["python-not-started"], {}
        else:
            found = _BY_NAME["crash"], {"signal": record.lines[0].text}
        return self._known(*found, record.lines)

    def _judge_exception(self, record: Record) -> List[Diagnosis]:
        said = "\n".join(lead.text for lead in record.leads)
        errors = record.errors or (
            [("SystemExit", said)] if "SystemExit" in said else [])
        found = None
        for text, code in reversed(errors):
            found = found or _find(_ERRORS, "error", f"{text}\n{code}")
        if not found:
            reason = errors[-1][0] if errors else "an error it does not show"
            found = SCRIPT_FAILED, {"reason": reason}
        failure, values = found
        if record.script:
            values.setdefault("script", record.script)
        return self._known(failure, values, record.lines, record.frame)

    def _known(self, failure: FailurePattern, values: Dict[str, str],
               lines: List[Line], frame: Optional[Location] = None,
               where: Optional[Location] = None) -> List[Diagnosis]:
        """Count a failure, and return its diagnosis if that is new."""
        key = _key(failure, values, frame, where)
        diagnosis = self.diagnoses.get(key)
        new = []
        if diagnosis is None:
            if len(self.diagnoses) >= MOST:
                self._leave_out(lines)
                return []
            diagnosis = self.diagnoses[key] = Diagnosis(
                failure, values, [line.raw for line in lines], frame,
                where or self.sources.find(failure, values))
            new = [diagnosis]
        diagnosis.frame = diagnosis.frame or frame
        diagnosis.seen(lines[0].time)
        return new

    def _leave_out(self, lines: List[Line]) -> None:
        self.left_out += len(lines)
        if self._spill:
            for line in lines:
                self._spill(line.raw)

    def _unknown(self, line: Line) -> List[Diagnosis]:
        """Count a line that no failure fits."""
        if line.level.startswith(("info", "debug", "notice", "trace")) or (
                not line.text):
            self.routine += 1
            return []
        key = line.level, _masked(line.text)
        unknown = self.unknown.get(key)
        if unknown is None:
            if len(self.unknown) >= MOST:
                self._leave_out([line])
                return []
            unknown = self.unknown[key] = UnknownLine(line.raw)
        unknown.seen(line.time)
        return []

    def report(self) -> List[Tuple[Diagnosis, List[Diagnosis]]]:
        """Return each diagnosis, errors first, with those that follow it."""
        names = {known.failure.name for known in self.diagnoses.values()}
        leads: List[Diagnosis] = []
        followers: Dict[str, List[Diagnosis]] = {}
        for diagnosis in self.diagnoses.values():
            lead = _lead_of(diagnosis.failure, names)
            if lead == diagnosis.failure.name:
                leads.append(diagnosis)
            else:
                followers.setdefault(lead, []).append(diagnosis)
        leads.sort(key=lambda diagnosis: diagnosis.failure.level != "error")
        # Followers are reported once, with the first of that name.
        return [(diagnosis, followers.pop(diagnosis.failure.name, []))
                for diagnosis in leads]

    def text_of(self, diagnosis: Diagnosis) -> Dict[str, str]:
        """Return the title, cause and fix of ``diagnosis``."""
        failure = diagnosis.failure
        values = self.sources.values(diagnosis.values)
        if self.python:
            values["python_in_log"] = self.python
        plain = {**DEFAULTS, **values}
        quoted = {**DEFAULTS, **{
            name: value if name in _AS_IT_IS else shell(value)
            for name, value in values.items()}}
        return {"title": failure.title.format_map(plain),
                "cause": failure.cause.format_map(plain),
                "fix": failure.fix.format_map(quoted)}


def _lead_of(failure: FailurePattern, names: Set[str]) -> str:
    """Return which of ``names`` brings ``failure`` about, or its own."""
    for name in failure.after:
        if name in names:
            return _lead_of(_BY_NAME[name], names)
    return failure.name


# Values that are commands or words of a sentence, not to be quoted.
_AS_IT_IS = frozenset((
    "configtest", "reload", "restart", "module_fix", "package", "reason",
    "python_in_log", "what"))


def _key(failure: FailurePattern, values: Values,
         frame: Optional[Location], where: Optional[Location]) -> Key:
    """Return what makes two failures the same diagnosis."""
    if failure is SCRIPT_FAILED:
        return failure.name, _masked(values["reason"]), frame
    return (failure.name, where, *sorted(values.items()))


def _masked(text: str) -> str:
    """Replace what differs each time: numbers and addresses."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "N", text)
