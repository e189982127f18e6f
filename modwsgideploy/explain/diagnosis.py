"""Lines of an error log in; what went wrong, where, and the fix out.

The log can be of any size: what repeats is one `Cause`, and so much and no
more is remembered.  What is known of failures stands in failures.py.
"""

import re

from modwsgideploy.catalog.failures import (
    FAILURES,
    OTHER_WSGI,
    ROUTINE,
    SCRIPT_FAILED,
)
from modwsgideploy.explain.lines import _unescaped, split
from modwsgideploy.explain.records import _SYNTAX, _Record
from modwsgideploy.explain.sources import SourceIndex, _at

# No more causes, other lines, unfinished tracebacks and lines of one are kept
# than these; a line has no more bytes.
MOST = 1000
_MOST_OPEN = 64
# What stands for a value that neither the log nor the deployment tells.
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


class Diagnosis:
    """Why something failed, and how often: a Failure with its values."""

    def __init__(self, failure, values, lines, frame=None, where=None):
        self.failure = failure
        self.values = values      # of the log; see failures.py
        self.lines = lines        # the first record of it, as logged
        self.frame = frame        # Place of the application's code, or None
        self.where = where        # Place in the deployment, or None
        self.count = 0
        self.first = self.last = ""

    def seen(self, time):
        """Count one more."""
        self.count += 1
        self.first = self.first or time
        self.last = time or self.last


class Other:
    """A line that is not known, and how often it came."""

    def __init__(self, raw):
        self.raw = raw
        self.count = 0
        self.first = self.last = ""

    seen = Diagnosis.seen


_NAMED = re.compile(r"(?:defined at|directive in) (?P<path>/.+?)"
                    r"(?::| at line )(?P<line>\d+)")


def _combined(patterns):
    """One pattern of all; its lastgroup names the one that matched."""
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


def _find(combined, field, text, errno=0):
    """The Failure whose pattern fits ``text``, and its values; or None."""
    match = combined.match(text)
    if not match:
        return None
    first = int(match.lastgroup[1:])
    for failure in FAILURES[first:]:
        pattern = getattr(failure, field)
        match = pattern and re.match(pattern, text, re.MULTILINE)
        if match and (not failure.errno or errno in failure.errno):
            return failure, _values(match)
    return None


def _values(match):
    """What the groups of ``match`` caught, without the numbers of names."""
    return {name.rstrip("0123456789"): _unescaped(value)
            for name, value in match.groupdict().items()
            if value is not None}


class Explainer:
    """Takes a log line by line; tells what is known of it.

    ``places`` (Places) knows the deployment; ``spill`` is called with the
    lines that are too many to be kept.
    """

    def __init__(self, places=None, spill=None):
        self.places = places or SourceIndex()
        self.causes = {}      # by what makes them one
        self.others = {}      # likewise, of Other
        self.lines = self.routine = self.left_out = 0
        self.python = ""      # as Apache's start-up line has it
        self._open = {}       # records that are not at their end, by `who`
        self._spill = spill or (lambda raw: None)

    def feed(self, raw):
        """Take one line; the Causes (list) that were not known before."""
        self.lines += 1
        line = split(raw)
        found = []
        record = self._open.get(line.who)
        if record:
            if record.take(line):
                return found
            found += self._finish(line.who)
        if _Record.begins(line):
            self._open[line.who] = _Record(line)
            if len(self._open) > _MOST_OPEN:
                found += self._finish(next(iter(self._open)))
            return found
        return found + self._judge_line(line)

    def flush(self, every=True):
        """End the records that wait for more lines; new Causes (list).

        With ``every=False`` only those that can stand as they are.
        """
        return [cause for who, record in list(self._open.items())
                if every or record.complete for cause in self._finish(who)]

    def _finish(self, who):
        record = self._open.pop(who)
        if record.state == "syntax":
            return self._judge_syntax(record)
        if record.state == "fatal":
            return self._judge_fatal(record)
        if record.state == "note":
            return self._judge_line(record.lines[0])
        return self._judge_exception(record)

    def _judge_line(self, line):
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
                return self._other(line)
            found = OTHER_WSGI, {"code": line.code,
                                 "code_anchor": line.code.lower()}
        failure, values = found
        if line.script:
            values.setdefault("script", line.script)
        named = _NAMED.search(line.text)
        return self._known(failure, values, [line], place=named and _at(
            named["path"], int(named["line"])))

    def _judge_syntax(self, record):
        head = _SYNTAX.match(record.lines[0].text)
        reason = record.lines[-1].text if len(record.lines) > 1 else ""
        failure, values = _find(_LINES, "line", reason) or (
            _BY_NAME["other-syntax"], {"reason": reason})
        return self._known(failure, values, record.lines,
                           place=_at(head["path"], int(head["line"])))

    def _judge_fatal(self, record):
        text = "\n".join(line.text for line in record.lines)
        home = re.search(r"^  PYTHONHOME = '(.*)'$", text, re.MULTILINE)
        if home:
            found = _BY_NAME["python-home"], {"path": _unescaped(home[1])}
        elif "encodings" in text or "init_" in text:
            found = _BY_NAME["python-not-started"], {}
        else:
            found = _BY_NAME["crash"], {"signal": record.lines[0].text}
        return self._known(*found, record.lines)

    def _judge_exception(self, record):
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

    def _known(self, failure, values, lines, frame=None, place=None):
        """Count one; a list of its Cause if that is new."""
        key = self._key(failure, values, frame, place)
        cause = self.causes.get(key)
        new = []
        if cause is None:
            if len(self.causes) >= MOST:
                self.left_out += len(lines)
                for line in lines:
                    self._spill(line.raw)
                return []
            cause = self.causes[key] = Diagnosis(
                failure, values, [line.raw for line in lines], frame,
                place or self.places.find(failure, values))
            new = [cause]
        cause.frame = cause.frame or frame
        cause.seen(lines[0].time)
        return new

    def _key(self, failure, values, frame, place):
        if failure is SCRIPT_FAILED:
            return failure.name, _masked(values["reason"]), frame
        return (failure.name, place, *sorted(values.items()))

    def _other(self, line):
        """Count a line that is not known."""
        if line.level.startswith(("info", "debug", "notice", "trace")) or (
                not line.text):
            self.routine += 1
            return []
        key = line.level, _masked(line.text)
        other = self.others.get(key)
        if other is None:
            if len(self.others) >= MOST:
                self.left_out += 1
                self._spill(line.raw)
                return []
            other = self.others[key] = Other(line.raw)
        other.seen(line.time)
        return []

    def report(self):
        """Pairs of a Cause, errors first, and the Causes that follow."""
        names = {cause.failure.name for cause in self.causes.values()}
        leads, followers = [], {}
        for cause in self.causes.values():
            lead = _lead_of(cause.failure, names)
            if lead == cause.failure.name:
                leads.append(cause)
            else:
                followers.setdefault(lead, []).append(cause)
        leads.sort(key=lambda cause: cause.failure.level != "error")
        # Those that follow stand once, with the first of the name.
        return [(cause, followers.pop(cause.failure.name, []))
                for cause in leads]

    def text_of(self, cause):
        """Title, cause and fix of ``cause``, as a dict of str."""
        failure = cause.failure
        values = self.places.values(cause.values)
        if self.python:
            values["python_in_log"] = self.python
        plain = {**DEFAULTS, **values}
        quoted = {**DEFAULTS, **{
            name: value if name in _AS_IT_IS else _quoted(value)
            for name, value in values.items()}}
        return {"title": failure.title.format_map(plain),
                "cause": failure.cause.format_map(plain),
                "fix": failure.fix.format_map(quoted)}


def _lead_of(failure, names):
    """The name of what ``failure`` follows from, if that is in ``names``."""
    for name in failure.after:
        if name in names:
            return _lead_of(_BY_NAME[name], names)
    return failure.name


# Values that are commands or words of a sentence already.
_AS_IT_IS = frozenset((
    "configtest", "reload", "restart", "module_fix", "package", "reason",
    "python_in_log", "what"))


def _quoted(value):
    from modwsgideploy.quoting import shell

    return shell(value)


def _masked(text):
    """``text`` without what differs each time: numbers and addresses."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "N", text)
