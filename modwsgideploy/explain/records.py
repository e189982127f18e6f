"""Collect the lines of a log that belong to one traceback or fatal error."""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

from modwsgideploy.explain.lines import Line, Location, unescape

_MOST_LINES = 300
# What mod_wsgi and mod_python log before an exception.
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
# Further lines of an exception's message.
_GOES_ON = re.compile(
    r"\[SQL|\[parameters|\(Background on|The following error occurred while"
    r"|to the Python egg cache|The Python egg cache directory is"
    r"|Perhaps your account does not|(?:You can )?change the cache"
    r"|(?:environment )?variable to point to")
# A warning of mod_wsgi, followed by the stack of its caller.
_NOTE = "Callback registration for signal"
_FATAL = re.compile(
    r"\s|\]?$|Fatal Python error|Python runtime state|Current thread"
    r"|(?:ModuleNotFound|Import)Error: .*encodings|Extension modules:")
_FRAME = re.compile(r'\s*File "(?P<path>.+?)", line (?P<line>\d+)'
                    r'(?:, in (?P<name>.+?))?(?:\\n.*)?$')
SYNTAX_ERROR = re.compile(
    r"Syntax error on line (?P<line>\d+) of (?P<path>.+):$")
# Code of Python itself or of an installed package.
_INSTALLED = re.compile(
    r"<|.*/(?:site|dist)-packages/|/usr/(?:local/)?lib(?:64)?/python"
    r"|.*/lib/python\d\.\d+/")


class Record:
    """The lines of one traceback, fatal error or syntax error."""

    def __init__(self, line: Line) -> None:
        self.lines: List[Line] = []
        self.script = ""
        self.leads: List[Line] = []
        # The last line of each traceback, and the code above it.
        self.errors: List[Tuple[str, str]] = []
        # The innermost frame of the application; without one, of any code.
        self.frame: Optional[Location] = None
        self._code: List[str] = []
        self.time = line.time
        if SYNTAX_ERROR.match(line.text):
            self.state = "syntax"
        elif line.text.startswith(("Python path conf", "Fatal Python")):
            self.state = "fatal"
        elif line.text.startswith(_NOTE):
            self.state = "note"
        else:
            self.state = "lead"
        self._add(line)

    @staticmethod
    def begins(line: Line) -> bool:
        """Return whether ``line`` is the first of a record."""
        text = line.text
        return bool(text.startswith((_TRACEBACK, "Python path configuration",
                                     "Fatal Python error", _NOTE))
                    or _LEAD.match(text) or SYNTAX_ERROR.match(text))

    @property
    def complete(self) -> bool:
        """Whether its last line has been seen, as far as one can tell."""
        return self.state in ("done", "fatal", "note")

    def take(self, line: Line) -> bool:
        """Add ``line`` if it belongs here, and return whether it does."""
        belongs: bool = getattr(self, "_" + self.state)(line.text)
        if belongs:
            self._add(line)
        return belongs

    def _lead(self, text: str) -> bool:
        if _LEAD.match(text) or text.startswith((" ", _TRACEBACK)):
            return True
        return bool(_EXCEPTION.match(text))

    def _frames(self, text: str) -> bool:
        # The first line that is not indented is the exception itself.
        return True

    def _done(self, text: str) -> bool:
        return (not text or bool(_CHAIN.match(text) or _GOES_ON.match(text))
                or text.startswith(" "))

    def _chain(self, text: str) -> bool:
        return not text or text.startswith((" ", "\\n", _TRACEBACK))

    def _fatal(self, text: str) -> bool:
        return bool(_FATAL.match(text))

    def _note(self, text: str) -> bool:
        return text.startswith(" ")

    def _syntax(self, text: str) -> bool:
        return len(self.lines) == 1

    def _add(self, line: Line) -> None:
        """Keep ``line`` and go on to the next state."""
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

    def _add_frame(self, text: str) -> None:
        """Keep one indented line: a frame or its code."""
        if self.state == "lead":
            self.state = "frames"
        if len(self._code) < _MOST_LINES:
            self._code.append(text)
        match = _FRAME.match(text)
        if match and not match["path"].startswith("<"):
            frame = Location(unescape(match["path"]), int(match["line"]),
                             match["name"] or "")
            if (self.frame is None or not _INSTALLED.match(frame.path)
                    or _INSTALLED.match(self.frame.path)):
                self.frame = frame
