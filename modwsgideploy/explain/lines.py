"""One line of an error log, taken apart."""

import re
from typing import NamedTuple

from modwsgideploy.quoting import printable

_LONGEST = 65536
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


class Location(NamedTuple):
    """A line of a configuration or of code."""

    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}"


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
