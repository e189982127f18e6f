"""Split the lines of an error log into time, level, process and message."""

from __future__ import annotations

import re
from typing import BinaryIO, Iterator, NamedTuple, Optional, Tuple

from modwsgideploy.quoting import printable

_LONGEST = 65536
_PREFIX = re.compile(
    r"\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4})\] "
    r"\[(?:\w*:)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] ?)?")
# What syslog and the system's journal put before a message.
_SYSLOG = re.compile(
    r"(?:\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+"
    r" [\w./@-]+(?:\[\d+\])?: ")
_HEAD = re.compile(
    r"\[(?:client|remote) [^\]]*\] |\[script (?P<script>[^\]]*)\] "
    r"|\((?P<errno>\d+)\)[^:]+: |(?P<code>AH\d{5}|WSGI\d{4}): "
    r"|mod_wsgi(?: \(pid=\d+(?:, process='[^']*', application='[^']*')?\))?:"
    r" (?!error: )|mod_fcgid: stderr: |stderr from [^:]*: "
    r"|PythonHandler [\w.:]+: ")


# The process and the thread that wrote a line, as the log has them.
Thread = Tuple[str, Optional[str]]


class Line(NamedTuple):
    """One line of a log and its parts."""

    raw: str
    time: str        # as the log has it, without fractions; may be ""
    level: str       # "error", "warn", ...; may be ""
    thread: Optional[Thread]
    text: str        # the message itself
    code: str        # AH..... or WSGI....; may be ""
    errno: int       # 0 for none
    script: str      # of mod_wsgi 6's "[script ...]"; may be ""


class Location(NamedTuple):
    """A line of a configuration file or of code."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def read_lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of ``stream``, decoded, without their line ends.

    Bytes that are not UTF-8 and control characters are escaped as Apache
    escapes them: ``\\xNN``.
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


def split(raw: str) -> Line:
    """Split ``raw``, a line of an error log or of a journal."""
    match = _PREFIX.match(raw)
    time = level = code = script = ""
    thread: Optional[Thread] = None
    errno = position = 0
    if match:
        clock, year, level, process, number = match.groups()
        time, position = f"{clock} {year}", match.end()
        thread = process, number
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
    return Line(raw, time, level, thread, raw[position:], code, errno,
                script)


def unescape(text: str) -> str:
    r"""Undo what Apache does to bytes that are not ASCII: ``\xNN``.

    Control characters stay escaped.
    """
    if "\\" not in text:
        return text
    data = re.sub(rb"\\(x[0-9a-f]{2}|\\|\")", lambda match: (
        bytes([int(match[1][1:], 16)]) if len(match[1]) > 1 else match[1]),
        text.encode("utf-8", "surrogateescape"))
    return printable(data.decode("utf-8", "backslashreplace"), "\t")
