"""Lines of an error log in; what went wrong, where, and the fix out.

The log can be of any size: what repeats is one `Cause`, and so much and no
more is remembered.  What is known of failures stands in failures.py.
"""

import os
import re
from typing import NamedTuple

from .failures import (
    FAILURES,
    MODULES,
    OTHER_WSGI,
    PACKAGES,
    ROUTINE,
    SCRIPT_FAILED,
)
from .quoting import printable

# No more causes, other lines, unfinished tracebacks and lines of one are kept
# than these; a line has no more bytes.
MOST = 1000
_MOST_OPEN = 64
_MOST_LINES = 300
_LONGEST = 65536

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

_PREFIX = re.compile(
    r"\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4})\] "
    r"\[(?:\w*:)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] ?)?")
# Before what a service says in the system's journal.
_SYSLOG = re.compile(
    r"(?:\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+"
    r" [\w./@-]+(?:\[\d+\])?: ")
_HEAD = re.compile(
    r"\[(?:client|remote) [^\]]*\] |\[script (?P<script>[^\]]*)\] "
    r"|\((?P<errno>\d+)\)[^:]+: |(?P<code>AH\d{5}|WSGI\d{4}): "
    r"|mod_wsgi(?: \(pid=\d+(?:, process='[^']*', application='[^']*')?\))?:"
    r" (?!error: )|mod_fcgid: stderr: |stderr from [^:]*: "
    r"|PythonHandler [\w.:]+: ")


class Line(NamedTuple):
    """One line of a log, taken apart."""

    raw: str
    time: str        # as the log has it, without fractions; "" without one
    level: str       # "error", "warn", ...; "" for what has none
    who: object      # (process, thread); None for what has none
    text: str        # the message itself
    code: str        # AH..... or WSGI....; ""
    errno: int       # 0 for none
    script: str      # of mod_wsgi 6's "[script ...]"; ""


class Place(NamedTuple):
    """A line of a configuration or of code."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}"


class Cause:
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

    seen = Cause.seen


def read_lines(stream):
    """The lines of a binary ``stream``, each as a str without its end.

    What is not UTF-8, or would do something to a terminal, shows as Apache
    itself writes it: ``\\xNN``.
    """
    while True:
        data = stream.readline(_LONGEST)
        if not data:
            return
        rest = data
        while len(rest) == _LONGEST and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST)
        text = data.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
        yield printable(text, "\t")


def split(raw):
    """The Line of ``raw``, a line of an error log or of a journal."""
    match = _PREFIX.match(raw)
    time = level = code = script = ""
    who, errno, position = None, 0, 0
    if match:
        clock, year, level, process, thread = match.groups()
        time, who, position = f"{clock} {year}", (process, thread), match.end()
    else:
        match = _SYSLOG.match(raw)
        position = match.end() if match else 0
    while True:
        match = _HEAD.match(raw, position)
        if not match:
            break
        position = match.end()
        code = match["code"] or code
        script = match["script"] or script
        errno = int(match["errno"] or errno)
    return Line(raw, time, level, who, raw[position:], code, errno, script)


# Records of several lines

# What is said before mod_wsgi logs an exception.
_LEAD = re.compile(
    r"usage: mod_wsgi\b|mod_wsgi: error: "
    r"|(?:Failed to exec|Unable to execute) Python script file"
    r"|Exception occurred processing WSGI|Could not read[ /]"
    r"|\w+ exception raised (?:processing|by|when)|Unable to import handler"
    r"|Failed to import handler")
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"[\w.]*(?:Error|Exception|Exit|Interrupt|Warning"
                        r"|Conflict|NotFound)\b")
_CHAIN = re.compile(r"(?:\\n)?(?:During handling of the above|The above"
                    r" exception was the direct)")
# Messages of exceptions that go on for lines.
_GOES_ON = re.compile(
    r"\[SQL|\[parameters|\(Background on|The following error occurred while"
    r"|to the Python egg cache|The Python egg cache directory is"
    r"|Perhaps your account does not|(?:You can )?change the cache"
    r"|(?:environment )?variable to point to")
# A warning of mod_wsgi with the code that caused it.
_NOTE = "Callback registration for signal"
_FATAL = re.compile(
    r"\s|\]?$|Fatal Python error|Python runtime state|Current thread"
    r"|(?:ModuleNotFound|Import)Error: .*encodings|Extension modules:")
_FRAME = re.compile(r'\s*File "(?P<path>.+?)", line (?P<line>\d+)'
                    r'(?:, in (?P<name>.+?))?(?:\\n.*)?$')
_SYNTAX = re.compile(r"Syntax error on line (?P<line>\d+) of (?P<path>.+):$")
_NAMED = re.compile(r"(?:defined at|directive in) (?P<path>/.+?)"
                    r"(?::| at line )(?P<line>\d+)")
# Code of Python itself or of what is installed, not of the application.
_INSTALLED = re.compile(
    r"<|.*/(?:site|dist)-packages/|/usr/(?:local/)?lib(?:64)?/python"
    r"|.*/lib/python\d\.\d+/")


class _Record:
    """The lines of one traceback, fatal error or syntax error."""

    def __init__(self, line):
        self.lines = []
        self.script = ""
        self.leads = []
        self.errors = []      # of (the last line, all code before it)
        self.frame = None     # of the application, innermost; else the last
        self._code = []
        self.time = line.time
        if _SYNTAX.match(line.text):
            self.state = "syntax"
        elif line.text.startswith(("Python path conf", "Fatal Python")):
            self.state = "fatal"
        elif line.text.startswith(_NOTE):
            self.state = "note"
        else:
            self.state = "lead"
        self._add(line)

    @staticmethod
    def begins(line):
        """Whether ``line`` is the first of such a record."""
        text = line.text
        return bool(text.startswith((_TRACEBACK, "Python path configuration",
                                     "Fatal Python error", _NOTE))
                    or _LEAD.match(text) or _SYNTAX.match(text))

    @property
    def complete(self):
        """Whether it can stand as it is: its last line has been seen."""
        return self.state in ("done", "fatal", "note")

    def take(self, line):
        """Add ``line`` if it belongs here; whether it does."""
        belongs = getattr(self, "_" + self.state)(line.text)
        if belongs:
            self._add(line)
        return belongs

    def _lead(self, text):
        if _LEAD.match(text) or text.startswith((" ", _TRACEBACK)):
            return True
        return bool(_EXCEPTION.match(text))

    def _frames(self, text):
        # Any line that is not indented is the exception itself.
        return True

    def _done(self, text):
        return (not text or bool(_CHAIN.match(text) or _GOES_ON.match(text))
                or text.startswith(" "))

    def _chain(self, text):
        return not text or text.startswith((" ", "\\n", _TRACEBACK))

    def _fatal(self, text):
        return bool(_FATAL.match(text))

    def _note(self, text):
        return text.startswith(" ")

    def _syntax(self, text):
        return len(self.lines) == 1

    def _add(self, line):
        """Keep ``line``, and go on to the next state."""
        text = line.text
        if len(self.lines) >= _MOST_LINES:
            del self.lines[_MOST_LINES // 2]
        self.lines.append(line)
        self.script = line.script or self.script
        if self.state in ("syntax", "fatal", "note"):
            return
        if _LEAD.match(text) and self.state == "lead":
            named = re.search(r"'(/[^']*)'", text)
            self.script = named[1] if named else self.script
            self.leads.append(line)
        elif text.startswith(_TRACEBACK):
            self.state, self._code = "frames", []
        elif _CHAIN.match(text):
            self.state = "chain"
        elif text.startswith(" "):
            self._add_frame(text)
        elif text and self.state in ("lead", "frames"):
            self.state = "done"
            self.errors.append((text, "\n".join(self._code)))

    def _add_frame(self, text):
        """One indented line: a place, or its code."""
        if self.state == "lead":
            self.state = "frames"
        if len(self._code) < _MOST_LINES:
            self._code.append(text)
        match = _FRAME.match(text)
        if match and not match["path"].startswith("<"):
            place = Place(_unescaped(match["path"]), int(match["line"]),
                          match["name"] or "")
            ours = not _INSTALLED.match(place.path)
            if ours or self.frame is None or (
                    _INSTALLED.match(self.frame.path)):
                self.frame = place


def _unescaped(text):
    r"""``text`` as it was before Apache wrote ``\xNN`` for its bytes.

    What would do something to a terminal stays escaped.
    """
    if "\\" not in text:
        return text
    data = re.sub(rb"\\(x[0-9a-f]{2}|\\|\")", lambda match: (
        bytes([int(match[1][1:], 16)]) if len(match[1]) > 1 else match[1]),
        text.encode("utf-8", "surrogateescape"))
    return printable(data.decode("utf-8", "backslashreplace"), "\t")


# What is known

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
        self.places = places or Places()
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
            cause = self.causes[key] = Cause(
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
    from .quoting import shell

    return shell(value)


def _masked(text):
    """``text`` without what differs each time: numbers and addresses."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "N", text)


# The deployment

# Not configuration, by the ends of their names.
_NO_CONFIG = (".wsgi", ".py", ".pyc", ".txt", ".ini", ".fcgi", ".html",
              ".log", ".md", ".rst", ".new", ".bak", ".base", ".db",
              ".gz", "~")
_BIGGEST = 1 << 20
_SET_IN_SCRIPT = re.compile(
    r"(?P<name>VIRTUALENV|CONFIG|os\.environ\['PYTHON_EGG_CACHE'\]) = u?"
    r"(?P<quote>['\"])(?P<value>.*)(?P=quote)$", re.MULTILINE)


class Places:
    """Where the lines of a deployment stand, and what they say.

    ``given`` are files and directories: of a deployment, of a project with
    one in ``apache``, or of a server.  Besides, what the log names is read,
    and the files of the server's own that name it.
    """

    def __init__(self, given=(), platform=None):
        from .platforms import find_platform

        self.platform = platform or find_platform()
        self._read = {}
        self._given = tuple(given)

    def find(self, failure, values):
        """The Place of the directive that ``failure`` comes from, or None."""
        directives = self._directives(values)
        values = _with_group(values, directives)
        for wanted in failure.where:
            name, _, option = wanted.partition(" ")
            found = _best([each for each in directives
                           if each.key == name.strip("<>").lower()], values)
            place = found and _place(found, option)
            if place:
                return place
        return None

    def values(self, values):
        """``values`` with what follows from them and the deployment."""
        platform = self.platform
        values = {
            "conf": platform.conf, "configtest": platform.configtest,
            "group_of_user": platform.group, "python": "python3",
            "reload": platform.reload, "restart": platform.restart,
            "service": platform.reload.split()[-1],
            "sites": _enabled(platform), "user": platform.user,
            "socket_prefix": platform.socket_prefix, **values}
        path = values.get("path") or values.get("script")
        if path:
            values.setdefault("directory", os.path.dirname(path))
        if "module" in values:
            top = values["module"].partition(".")[0]
            values.setdefault("package", PACKAGES.get(top, top))
        if "directive" in values:
            values["module_fix"] = _module_fix(values["directive"], platform)
        for name, value in self._deployed(values).items():
            if name in ("user", "group_of_user"):
                values[name] = value
            values.setdefault(name, value)
        # Of a path that leads nowhere Apache names the directory where it
        # ended, which is not to be opened to everybody.
        for each in self._directives(values) if path else ():
            for target in each.arguments[1:2]:
                if each.key in ("wsgiscriptalias", "alias") and (
                        target.startswith(path + "/")
                        and target.endswith((".wsgi", ".fcgi", ".py"))):
                    values["directory"] = os.path.dirname(target)
        return values

    def _deployed(self, values):
        """What the configuration and the script say, as values."""
        found = {}
        directives = self._directives(values)
        values = _with_group(values, directives)
        daemon = _best([each for each in directives
                        if each.key == "wsgidaemonprocess"], values)
        for argument in daemon.arguments if daemon else ():
            name, _, value = argument.partition("=")
            name = {"python-home": "virtualenv", "home": "project",
                    "python-eggs": "egg_cache", "group": "group_of_user",
                    "user": "user"}.get(name)
            if name and value:
                found[name] = value
        alias = _best([each for each in directives
                       if each.key == "wsgiscriptalias"], values)
        script = values.get("script") or (
            alias.arguments[1] if alias and len(alias.arguments) > 1 else "")
        if script.startswith("/"):
            found["script"] = script
            found.update(_script_values(script))
        return found

    def _directives(self, values):
        """Every Directive that may have to do with ``values``."""
        found = [each for path in self._given for each in self._in(path)]
        named = [value for name, value in values.items()
                 if name in ("script", "path", "group", "file")]
        for value in named:
            # A deployment's files stand beside its script.
            if value.startswith("/") and value.endswith((".wsgi", ".fcgi")):
                found += self._in(os.path.dirname(value))
        if not found and named:
            found = [each for each in self._in(_enabled(self.platform))
                     if _mentions(each, values)]
        return [*dict.fromkeys(found)]

    def _in(self, path):
        """The Directives (list) of the file or the directory ``path``."""
        if path not in self._read:
            from .httpdconf import read

            self._read[path] = [each for file in _config_files(path)
                                for each in read(file)]
        return self._read[path]


def _config_files(path):
    """The files at ``path`` that may be Apache's configuration."""
    if not os.path.isdir(path):
        return [path] if os.path.isfile(path) else []
    below = os.path.join(path, "apache")
    if os.path.isdir(below):
        path = below
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return []
    files = [os.path.join(path, name) for name in names
             if not name.endswith(_NO_CONFIG)]
    return [file for file in files
            if os.path.isfile(file) and os.path.getsize(file) < _BIGGEST]


def _enabled(platform):
    """The directory of the sites that are switched on."""
    return platform.sites.replace("sites-available", "sites-enabled")


def _mentions(directive, values):
    """How well ``directive`` fits ``values``: 0 for not at all."""
    arguments = directive.arguments
    group = values.get("group")
    if group and (f"process-group={group}" in arguments
                  or arguments[:1] == (group,)):
        return 1000
    for name in ("script", "path", "account", "locale", "module"):
        value = values.get(name)
        for argument in arguments if value else ():
            if value in (argument, argument.partition("=")[2]):
                return 1000
            if argument.startswith("/") and (
                    value + "/").startswith(argument.rstrip("/") + "/"):
                return len(argument)
    return 0


def _with_group(values, directives):
    """``values`` with the process group that runs the script."""
    alias = _best([each for each in directives
                   if each.key == "wsgiscriptalias"], values)
    for argument in alias.arguments if alias else ():
        if argument.startswith("process-group=") and "group" not in values:
            return {**values, "group": argument.partition("=")[2]}
    return values


def _best(directives, values):
    """The one of ``directives`` that fits ``values`` best, or None."""
    if len(directives) == 1:
        return directives[0]
    fitting = [each for each in directives if _mentions(each, values)]
    return max(fitting, default=None,
               key=lambda each: _mentions(each, values))


def _place(directive, option):
    """The Place of ``option`` in ``directive``; None where it is not."""
    for number in range(directive.line, directive.last + 1):
        text = _line_of(directive.path, number)
        if not option or re.search(rf"(?<![\w-]){option}=", text):
            return Place(directive.path, number, text)
    return None


def _at(path, number):
    """The Place that a message names."""
    return Place(path, number, _line_of(path, number))


def _line_of(path, number):
    """Line ``number`` of the file ``path``, stripped; "" without one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            for count, line in enumerate(stream, 1):
                if count == number:
                    return line.strip().rstrip("\\").strip()
    except OSError:
        pass
    return ""


def _script_values(script):
    """What the WSGI script ``script`` names: virtualenv, ini, egg cache."""
    try:
        with open(script, encoding="utf-8", errors="replace") as stream:
            text = stream.read(_BIGGEST)
    except OSError:
        return {}
    names = {"VIRTUALENV": "virtualenv", "CONFIG": "config",
             "os.environ['PYTHON_EGG_CACHE']": "egg_cache"}
    return {names[match["name"]]: match["value"]
            for match in _SET_IN_SCRIPT.finditer(text)}


def _module_fix(directive, platform):
    """How to get the module of ``directive``."""
    module = next((module for start, module in MODULES.items()
                   if directive.startswith(start)), "")
    if not module:
        return "correct its spelling, or load its module"
    if platform.enable_module:
        return f"`sudo {platform.enable_module} {module}`"
    return f"load mod_{module} with a LoadModule line"


# What a person reads

def shown(explainer, cause, followers=(), color=False):
    """The explanation of ``cause`` as lines of text."""
    text = explainer.text_of(cause)
    level = cause.failure.level
    marked = (f"\033[{31 if level == 'error' else 33}m{level}\033[0m"
              if color else level)
    yield f"{marked}: {text['title']}{_bracketed(times(cause))}"
    yield from _wrapped("cause", text["cause"])
    if cause.where:
        yield f"    where: {cause.where}: {cause.where.text}".rstrip(": ")
    if cause.frame:
        yield f"    code:  {cause.frame}" + (
            f" in {cause.frame.text}" if cause.frame.text else "")
    yield from _wrapped("fix", text["fix"])
    if cause.failure.check:
        yield f"    see:   `modwsgideploy check` {cause.failure.check}"
    for follower in followers:
        title = explainer.text_of(follower)["title"]
        yield f"    so:    {title}{_bracketed(times(follower))}"


def times(counted):
    """How often a Cause or an Other came, from when to when; or ""."""
    parts = [f"{counted.count} times"] if counted.count > 1 else []
    if counted.first:
        first, last = when(counted.first), when(counted.last)
        day = first.partition(" ")[0] + " "
        parts.append(first if first == last
                     else f"{first} to {last.replace(day, '')}")
    return ", ".join(parts)


def _bracketed(text):
    return f" ({text})" if text else ""


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
           "Oct", "Nov", "Dec")


def when(time):
    """"Fri Nov 20 19:21:12 2026" as "2026-11-20 19:21:12"."""
    _, month, day, clock, year = time.split()
    if month not in _MONTHS:
        return time
    return f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02} {clock}"


def _wrapped(name, text):
    """``text`` in lines below ``name``; commands are not broken."""
    import textwrap

    glued = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", "\0"),
                   text)
    lines = textwrap.wrap(glued, 68, break_long_words=False,
                          break_on_hyphens=False)
    for number, line in enumerate(lines):
        head = f"{name + ':':7}" if not number else " " * 7
        yield f"    {head}" + line.replace("\0", " ")


class Live:
    """Explains a log while it grows: each cause once."""

    def __init__(self, places=None, color=False):
        self.explainer = Explainer(places)
        self.color = color

    def annotate(self, lines):
        """``lines``, and after each what is new of it."""
        told = []
        for line in lines:
            found = self.explainer.feed(line)
            # What came before this line has its end there.
            late = self._tell(found) if found else []
            if _Record.begins(split(line)):
                told += [*late, line]
            else:
                told += [line, *late]
        return told + self._tell(self.explainer.flush(every=False))

    def _tell(self, causes):
        names = {cause.failure.name
                 for cause in self.explainer.causes.values()}
        return ["    " + line for cause in causes
                if not names.intersection(cause.failure.after)
                for line in shown(self.explainer, cause, color=self.color)]


def explained(lines, places=None):
    """What is known of ``lines``, the end of a log, as lines of text."""
    explainer = Explainer(places)
    for line in lines:
        explainer.feed(line)
    explainer.flush()
    return [line for cause, followers in explainer.report()
            for line in shown(explainer, cause, followers)]
