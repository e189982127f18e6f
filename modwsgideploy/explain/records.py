"""Records of several lines: tracebacks, fatal errors."""

import re

from modwsgideploy.explain.lines import Location, _unescaped

_MOST_LINES = 300
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
            place = Location(_unescaped(match["path"]), int(match["line"]),
                          match["name"] or "")
            ours = not _INSTALLED.match(place.path)
            if ours or self.frame is None or (
                    _INSTALLED.match(self.frame.path)):
                self.frame = place
