"""Split the lines of an error log into time, level, process and message."""

from __future__ import annotations

import re
from typing import BinaryIO, Iterator, List, NamedTuple, Optional, Pattern

from modwsgideploy.explain.prefixes import (
    STANDARD,
    Prefix,
    read_fields,
    read_prefix,
    unwrap_json,
)
from modwsgideploy.quoting import printable

# More than Apache itself writes into one line.
_LONGEST = 16384
# What Apache and its modules put between the prefix and the message.
_HEAD = re.compile(
    r"\[(?:client|remote) (?P<client>[^\]]*)\] ?"
    r"|\[script (?P<script>[^\]]*)\] "
    r"|\((?:(?P<errno>\d+)|-\d+|EAI -?\d+)\)[^:]+: "
    r"|(?P<code>AH\d{5}|WSGI\d{4}): "
    r"|(?P<module>mod_wsgi)(?: \(pid=(?P<pid>\d+)"
    r"(?:, process='[^']*', application='[^']*')?\))?: (?!error: )"
    r"|(?P<fcgid>mod_fcgid: stderr: )|stderr from [^:]*: "
    r"|(?:httpd|apache2|httpd-prefork|apache2ctl|apachectl): "
    r"(?=Syntax error on line)|proxy: "
    r"|(?P<handler>PythonHandler [\w.:]+: )")
# Apache adds the referrer to each line; on Windows a \r is left.
_TAIL = re.compile(r"(?:\\[rn])*(?:, referer: \S*)?(?:\\[rn])*$")
# The beginnings of messages by which an unknown prefix is told.
_ANCHOR = re.compile(
    r"\[(?:client|remote) [^\]]*\] |\(\d+\)[A-Z][\w' ]+: "
    r"|mod_wsgi \(pid=\d+|mod_wsgi: (?:Compiled for|Runtime using) "
    r"|AH\d{5}: |WSGI\d{4}: |mod_fcgid: |PythonHandler "
    r"|Traceback \(most recent call last\):|Syntax error on line \d"
    r"|client denied by server configuration: |Exception ignored ")
_TRACEBACK = "Traceback (most recent call last):"
# A newline that Apache escaped, in a traceback.
_LINE_END = re.compile(
    r"(?:Got error )?'?(?:.{0,80})Traceback \(most recent call last\):\\n"
    r"|\s*File \"[^\"]+\", line \d+(?:, in [^\\]+)?\\n")
_FAR = 300                 # a prefix is no longer
_MOST_SHAPES = 8


class Line(NamedTuple):
    """One line of a log and its parts."""

    raw: str
    time: str        # as the log has it, without fractions; may be ""
    level: str       # "error", "warn", ...; may be ""
    module: str      # of Apache, without "mod_"; may be ""
    thread: Optional[str]    # what tells the lines of one thread
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


class Splitter:
    """Split lines of any ErrorLogFormat, of syslog and of the journal.

    A prefix that nothing here knows is told from the first message that
    begins in it, and recognized in the lines that follow.
    """

    def __init__(self) -> None:
        self._shapes: List[Pattern[str]] = []

    def split(self, raw: str) -> List[Line]:
        """Return the parts of ``raw``; several lines if it holds some."""
        if not raw.startswith("{"):
            return _without_line_ends(self._split_one(raw, raw, Prefix()))
        body, prefix = unwrap_json(raw)
        # What a line of JSON holds may be several.
        bodies = [printable(part, "\t") for part in body.split("\n")]
        first = self._split_one(raw, bodies[0], prefix)
        return [*_without_line_ends(first), *(
            self._split_one(raw, part, prefix)._replace(
                time=first.time, level=first.level, module=first.module,
                thread=first.thread) for part in bodies[1:])]

    def _split_one(self, raw: str, body: str, known: Prefix) -> Line:
        """Return the parts of ``body``; ``known`` is what is known of it."""
        match = STANDARD.match(body)
        if match:
            time, year, module, level, process, number = match.groups()
            return _line(raw, body, Prefix(
                f"{time} {year}", level, module or "",
                f"{process}:{number}" if process else None, match.end()))
        prefix = read_prefix(body, known)
        return _line(raw, body, prefix._replace(
            end=self._after_unknown(body, prefix.end)))

    def _after_unknown(self, body: str, start: int) -> int:
        """Return where the message begins, after a prefix of any shape."""
        for shape in self._shapes:
            match = shape.match(body)
            if match and match.end() > start:
                return match.end()
        if _HEAD.match(body, start):
            return start
        anchor = _ANCHOR.search(body, start, _FAR)
        if not anchor or anchor.start() == start:
            return start
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes.append(_shape(body[:anchor.start()]))
        return anchor.start()


def _shape(prefix: str) -> Pattern[str]:
    """Return a pattern of ``prefix``, in which numbers and names differ."""
    return re.compile("".join(
        r"[\w.:/@+-]+" if re.search(r"\d", word) or len(word) > 15
        else re.escape(word)
        for word in re.split(r"([\w.:/@+-]+)", prefix)))


def _line(raw: str, body: str, prefix: Prefix) -> Line:
    """Take the message of ``body`` apart, after its prefix."""
    position, code, script, errno = prefix.end, "", "", 0
    thread, module = prefix.thread, prefix.module
    while True:
        match = _HEAD.match(body, position)
        if not match:
            break
        position = match.end()
        if match["client"] and body.startswith("[", position):
            position = read_fields(body, prefix, position).end
        thread = thread or match["client"]
        code = match["code"] or code
        script = match["script"] or script
        errno = int(match["errno"] or errno)
        if not module or match["handler"] or match["fcgid"]:
            module = (match["module"] and "wsgi"
                      or match["fcgid"] and "fcgid"
                      or match["handler"] and "python" or module)
    text = body[position:]
    if "referer: " in text or text.endswith(("\\r", "\\n")):
        text = _TAIL.sub("", text)
    return Line(raw, prefix.time, prefix.level, module, thread, text, code,
                errno, script)


def _without_line_ends(line: Line) -> List[Line]:
    r"""Split a traceback that was logged as one message, with ``\n`` in it.
    """
    if "\\n" not in line.text or not _LINE_END.match(line.text):
        return [line]
    first, *others = line.text.rstrip("'").split("\\n")
    return [line._replace(text=first[max(first.find(_TRACEBACK), 0):]), *(
        line._replace(raw="    " + text, text=text, code="")
        for text in others if text)]


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
