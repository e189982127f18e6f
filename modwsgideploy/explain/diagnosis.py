"""Diagnose the lines of an error log by the table of failures.

The log can be of any size: what repeats is counted, and no more than a fixed
number of diagnoses and lines is kept.
"""

from __future__ import annotations

import re
from typing import Callable, Dict, List, Optional, Tuple, Union

from modwsgideploy.catalog.failures import (
    OTHER_WSGI,
    ROUTINE,
    SCRIPT_FAILED,
)
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.catalog.failures.names import DISTRIBUTIONS
from modwsgideploy.explain.fastcgi_requests import FastCGIRequests
from modwsgideploy.explain.grouping import kept_text, lead_of
from modwsgideploy.explain.imports import python_version, quoted, refine
from modwsgideploy.explain.lines import Line, Location, Splitter, unescape
from modwsgideploy.explain.loads import FailedLoads
from modwsgideploy.explain.log_system import (
    WINDOWS,
    settings_of,
    system_of,
    windows_values,
)
from modwsgideploy.explain.matching import (
    BY_NAME,
    Found,
    find_by_code,
    find_error,
    find_line,
)
from modwsgideploy.explain.open_records import OpenRecords
from modwsgideploy.explain.pieces import Pieces
from modwsgideploy.explain.records import Error, LogRecord
from modwsgideploy.explain.sources import SourceIndex, Values, location_at
from modwsgideploy.explain.syntax import at_fault, foreign_syntax
from modwsgideploy.explain.texts import texts

# How many diagnoses and, apart from them, unknown lines are kept.
MOST = 1000
_NAMED = re.compile(r"(?:defined at|directive in) (?P<path>/.+?)"
                    r"(?::| at line )(?P<line>\d+)")
# Values that do not make another diagnosis.
_DERIVED = frozenset(("python_in_log", "setting", "path_setting",
                      "virtualenv_in_log", "apache_module", "reload",
                      "restart"))
_FAR = 200
_FIELD_END = re.compile(r"[\]|>:;=] ?|\|")
_ROUTINE = re.compile(ROUTINE)
_STARTED = re.compile(r".* Python/(\d+(?:\.\d+)*)\S* .*configured")
_NOT_STARTED = re.compile(
    r"Fatal Python error: (?:init|Py_Initialize|Failed to import|no mem"
    r"|config|.*encod)|platform (?:in)?dependent|No module named '?(?:"
    r"encodings|site)\b|Python path conf|'import site' failed"
    r"|Failed to import|^  sys\.[a-z_]*prefix = ", re.MULTILINE)
_USED_UP = re.compile(BY_NAME["reloads-used-up"].line)
_ENDS_BY_RELOAD = re.compile(r" mod_python/.* Python/2\.")
_HOME = re.compile(r"^  PYTHONHOME = '(.*)'$", re.MULTILINE)
# What tells one diagnosis from another.
Key = Tuple[Union[str, Tuple[str, str], Location, None], ...]


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


class Explainer:
    """Diagnose a log, line by line.

    ``spill`` is called with the lines that are too many to be kept.
    """

    def __init__(self, sources: Optional[SourceIndex] = None,
                 spill: Optional[Callable[[str], None]] = None) -> None:
        self.sources = sources or SourceIndex()
        self.diagnoses: Dict[Key, Diagnosis] = {}
        self.unknown: Dict[Tuple[str, int], UnknownLine] = {}
        self.lines = self.routine = self.left_out = 0
        self.restarts = False    # as a reload would end this Apache
        self.python = ""      # as Apache's start-up line has it: "3.11.2"
        self.platform = ""    # that the log tells: "redhat", "debian", ...
        self.splitter = Splitter()
        self._loads: FailedLoads[Key] = FailedLoads()
        self._by_fastcgi = FastCGIRequests()
        self._pieces = Pieces()
        self._open = OpenRecords()
        self._spill = spill

    def feed(self, raw: str) -> List[Diagnosis]:
        """Take one line, and return the diagnoses that are new."""
        self.lines += 1
        return [diagnosis for whole in self._pieces.joined(raw)
                for diagnosis in self._take(whole)]

    def _take(self, raw: str) -> List[Diagnosis]:
        """Add the lines of ``raw`` to open records, or judge them."""
        found: List[Diagnosis] = []
        for line in self.splitter.split(raw):
            belongs, ended = self._open.take(line, self.lines)
            for record in ended:
                found += self._judge(record)
            if not belongs:
                found += self._judge_line(line)
        return found

    def flush(self, every: bool = True) -> List[Diagnosis]:
        """End the records that wait for more lines.

        With ``every=False`` only those whose last line has been seen.
        """
        found = [diagnosis for raw in (self._pieces.rest() if every else ())
                 for diagnosis in self._take(raw)]
        return found + [diagnosis for record in self._open.end(every)
                        for diagnosis in self._judge(record)]

    def _judge(self, record: LogRecord) -> List[Diagnosis]:
        judge = {"syntax": self._judge_syntax, "fatal": self._judge_fatal,
                 "note": lambda record: self._judge_line(record.lines[0]),
                 "cut": self._judge_lines,
                 "versions": self._judge_versions}
        return judge.get(record.state, self._judge_exception)(record)

    def _judge_lines(self, record: LogRecord) -> List[Diagnosis]:
        """Diagnose lines that do not go together."""
        return [diagnosis for line in record.lines
                for diagnosis in self._judge_line(line)]

    def _judge_line(self, line: Line) -> List[Diagnosis]:
        """Diagnose a message of one line."""
        line = self._by_fastcgi.marked(line)
        found = (find_line(line) or find_by_code(line)
                 or self._find_after_unknown(line))
        if not found:
            started = _STARTED.match(line.text)
            if started:
                self.python, self.restarts = started[1], bool(
                    _ENDS_BY_RELOAD.search(line.text))
                self._notice_platform(line.text)
            if _ROUTINE.match(line.text):
                self.routine += 1
                return []
            if not line.code.startswith("WSGI"):
                return self._unknown_line(line)
            found = OTHER_WSGI, {"code": line.code,
                                 "code_anchor": line.code.lower()}
        failure, values = found
        if line.script:
            values.setdefault("script", line.script)
        named = _NAMED.search(line.text)
        return self._known(failure, values, [line], where=location_at(
            named["path"], int(named["line"])) if named else None)

    def _find_after_unknown(self, line: Line) -> Optional[Found]:
        """Find a message behind a prefix that nobody knows."""
        if line.time or line.level or line.text != line.raw:
            return None
        for end in _FIELD_END.finditer(line.raw[:_FAR]):
            found = find_line(line._replace(text=line.raw[end.end():]))
            if found:
                return found
        return None

    def _judge_syntax(self, record: LogRecord) -> List[Diagnosis]:
        """Diagnose what Apache says of its configuration."""
        reason = record.reason
        failure, values = find_line(
            record.lines[-1]._replace(text=reason)) or (
                BY_NAME["other-syntax"], {"reason": unescape(reason)})
        place = record.place
        return self._known(failure, values, record.lines, where=location_at(
            place.path, place.line) if place else None)

    def _judge_fatal(self, record: LogRecord) -> List[Diagnosis]:
        """Diagnose that Python does not start."""
        text = "\n".join(line.text for line in record.lines)
        home = _HOME.search(text)
        found: Found
        if home and home[1]:
            found = BY_NAME["python-home-unfit"], {"path": unescape(home[1])}
        elif _USED_UP.search(text):
            found = BY_NAME["reloads-used-up"], {}
        elif "PyEval_SaveThread: NULL tstate" in text:
            found = BY_NAME["mod-python-reload"], {}
        elif _NOT_STARTED.search(text):
            found = BY_NAME["python-not-started"], {}
        else:
            found = BY_NAME["crash"], {"signal": record.lines[0].text}
        return self._known(*found, record.lines)

    def _judge_versions(self, record: LogRecord) -> List[Diagnosis]:
        """Diagnose a mod_wsgi that runs another Python than it is of."""
        built, running = record.versions
        same = built.split(".")[:2] == running.split(".")[:2]
        name = "patch-release" if same or not running else "other-python"
        return self._known(BY_NAME[name], {
            "built": built, **({"running": running} if running else {})},
            record.lines)

    def _judge_exception(self, record: LogRecord) -> List[Diagnosis]:
        """Diagnose a traceback: the last exception of its chain first."""
        errors = record.errors or (
            [Error("SystemExit", ())] if record.leads and "SystemExit" in
            record.leads[-1].text else [])
        found = None
        for error in reversed(errors):
            earlier = None
            if not found or found[0].name == "database-driver":
                earlier = self._find_error(error, record)
            # A driver that does not load is not a missing driver.
            if not found or earlier and earlier[0].name.startswith(
                    ("library-", "c-part")):
                found = earlier
        for error in () if found else reversed(errors):
            inner = quoted(error)
            found = found or inner and self._find_error(inner, record)
        if not found and record.bare:
            for line in record.lines:
                self._unknown_line(line)
            return []
        if not errors and any(known.frame
                              for known in self.diagnoses.values()):
            # It goes with a traceback that is explained already.
            self.routine += len(record.lines)
            return []
        reason = (errors[-1].text.partition("\n")[0] if errors
                  else "an error that the log does not show")
        if record.ignored or not found:
            found = (BY_NAME["exception-ignored"] if record.ignored
                     else SCRIPT_FAILED), {"reason": unescape(reason)}
        failure, values = found
        if record.script:
            values.setdefault("script", record.script)
        settings = settings_of(record.lines[-1].module, [
            each.location.path for error in errors for each in error.frames],
            record.lines[-1].raw)
        values = {**settings, **values} if (
            "python_in_log" in values) else {**values, **settings}
        frame = record.frame
        if failure.name == "syntax" and errors[-1].frames:
            # Where Python could not go on, not where it came from.
            frame = errors[-1].frames[-1]
        place = frame and frame.location
        new = self._known(failure, values, record.lines, place)
        self._loads.add(record, _key(failure, values, place, None), bool(new))
        return new

    def _find_error(self, error: Error, record: LogRecord) -> Optional[Found]:
        """Return the failure that an exception is; None if unknown."""
        searched = error.searched
        if record.bare:
            searched += "\n"       # nobody knows what raised it
        elif error.text.startswith("SystemExit"):
            searched += "\n" + "\n".join(lead.text for lead in record.leads)
        running = python_version(error.frames) or self.python
        python = {"python_in_log": f"Python {running}"} if running else {}
        older = foreign_syntax(error, running)
        if older:
            return BY_NAME[older[0]], {**python, **older[1]}
        found = find_error(searched)
        if found:
            failure, values = found
            if failure.name == "package-of-other-python":
                return BY_NAME[at_fault(values["version"],
                                        self.python)], values
            package = DISTRIBUTIONS.get(values.get("module", ""))
            return failure, {**values, **python, **(
                {"package": package} if package else {})}
        refined = refine(error, record.script, running)
        return refined and (BY_NAME[refined[0]], {**python, **{
            name: unescape(value) for name, value in refined[1].items()
            if value}}) or None

    def _known(self, failure: FailurePattern, values: Dict[str, str],
               lines: List[Line], frame: Optional[Location] = None,
               where: Optional[Location] = None) -> List[Diagnosis]:
        """Count a failure, and return its diagnosis if that is new."""
        key = _key(failure, values, frame, where)
        diagnosis = self.diagnoses.get(key)
        new = []
        if diagnosis is None:
            self._notice_platform("\n".join(line.text for line in lines))
            if len(self.diagnoses) >= MOST:
                self._leave_out(lines)
                return []
            diagnosis = self.diagnoses[key] = Diagnosis(
                failure, values, kept_text(lines), frame,
                self.sources.shown(where) if where
                else self.sources.find(failure, values))
            new = [diagnosis]
        diagnosis.frame = diagnosis.frame or frame
        diagnosis.seen(lines[0].time)
        return new

    def _notice_platform(self, text: str) -> None:
        """Take the log for one of the system that ``text`` tells."""
        self.platform = self.platform or system_of(text)

    def _leave_out(self, lines: List[Line]) -> None:
        self.left_out += len(lines)
        if self._spill:
            for line in lines:
                self._spill(line.raw)

    def _unknown_line(self, line: Line) -> List[Diagnosis]:
        """Count a line that no failure fits."""
        if line.level.startswith(("info", "debug", "notice", "trace")) or (
                not line.text):
            self.routine += 1
            return []
        key = line.level, hash(_masked(line.text))
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
        for key, diagnosis in self.diagnoses.items():
            first = self.diagnoses.get(self._loads.first(key), diagnosis)
            lead = lead_of(first.failure, names)
            if first is diagnosis and lead == diagnosis.failure.name:
                leads.append(diagnosis)
            else:
                followers.setdefault(lead, []).append(diagnosis)
        leads.sort(key=lambda diagnosis: diagnosis.failure.level != "error")
        # Followers are reported once, with the first of that name.
        return [(diagnosis, followers.pop(diagnosis.failure.name, []))
                for diagnosis in leads]

    def text_of(self, diagnosis: Diagnosis) -> Dict[str, str]:
        """Return the title, cause and fix of ``diagnosis``."""
        values = self.sources.values(diagnosis.values, self.platform)
        for name in ("apache_module", "reload", "restart"):
            if not values[name]:
                del values[name]
        if self.restarts and "reload" in values:
            values["reload"] = values["restart"]
        if self.platform == WINDOWS:
            values.update(windows_values(diagnosis.values))
        return texts(diagnosis.failure, values,
                     self.python and f"Python {self.python}",
                     self.platform == WINDOWS)


def _key(failure: FailurePattern, values: Values,
         frame: Optional[Location], where: Optional[Location]) -> Key:
    """Return what makes two failures the same diagnosis."""
    if failure is SCRIPT_FAILED:
        return failure.name, _masked(values["reason"]), frame
    return (failure.name, where, *sorted(
        item for item in values.items() if item[0] not in _DERIVED))


def _masked(text: str) -> str:
    """Replace what differs each time: numbers and addresses."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "N", text)
