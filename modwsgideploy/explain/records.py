"""Collect the lines of a log that belong to one traceback or fatal error."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Tuple

from modwsgideploy.explain.lines import Line, Location, unescape

_MOST_LINES = 300
_MOST_OF_MESSAGE = 60
# Of what patterns are tried on: a message, and it with its traceback.
_LONGEST_MESSAGE = 4000
_LONGEST = 40000
# What a server or a framework logs before an exception.
_LEAD = re.compile(
    r"usage: mod_wsgi\b|mod_wsgi: error: "
    r"|(?:Failed to (?:exec|parse)|Unable to execute) Python script file"
    r"|Target WSGI (?:\w+ )*script '[^']*' cannot be loaded as Python"
    r"|Exception occurred (?:processing|within)|Could not read[ /]"
    r"|\w+ exception raised (?:processing|by|when|during)"
    r"|Unable to import handler|Failed to import handler"
    r"|mod_python \(pid=\d+, .*Application error|Exception ignored\b"
    r"|(?:Unhandled e|E)xception in thread (?!started by\s*$)"
    r"|Original exception was:"
    r"|Error in (?:sys\.excepthook|atexit|sitecustomize|usercustomize)"
    # Django's and Flask's own.
    r"|(?:.{0,60}\bERROR\b.{0,80}? |django\.request: )?(?:Internal Server"
    r" Error: /|Exception on \S+ \[[A-Z]+\]$)"
    r"|(?:\[[^\]]*\] )?Exception on \S+ \[[A-Z]+\]$")
# Of mod_python, between the lead and the traceback.
_DETAIL = re.compile(r"(?:ServerName|DocumentRoot|URI|Location|Directory"
                     r"|Filename|PathInfo): |$")
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(
    r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Conflict"
    r"|NotFound|DoesNotExist|Failure|Timeout|NotRegistered|NotReady"
    r"|DisallowedHost|Configured|Denied)\b(?::|$)"
    r"|[a-z_]\w*(?:\.\w+)+: ")
_BARE = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|DisallowedHost"
                   r"|Configured|NotFound|DoesNotExist|NotReady|Conflict): \S")
_ANY_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:: |:?$)")
_CHAIN = re.compile(r"(?:\\n)?(?:During handling of the above|The above"
                    r" exception was the direct)")
# Further lines of an exception's message.
_GOES_ON = re.compile(
    r"\[SQL|\[parameters|\(Background on|The following error occurred while"
    r"|to the Python egg cache|The Python egg cache directory is"
    r"|Perhaps your account does not|(?:You can )?change the cache"
    r"|(?:environment )?variable to point to|Original error was: "
    r"|Did you |DETAIL:|HINT:|LINE \d+:|CONTEXT:|FATAL:|Is the server running"
    r"|\[Errno \d+\] |Run:? [\"']?trac-admin "
    r"|This typically means that you |the current application\. To solve"
    r"|with app\.app_context|an active HTTP request|information about how"
    r"|Inner exception|Please (?:make|study|note|carefully)|file: '"
    r"|IMPORTANT: |cache:$|Attempts made:$|(?:- )?couldn't import psycopg ")
# A message that is not at its end with its first line.
_OPEN_ENDED = re.compile(r"ImportError:.*(?::\s*|ImportError:\s*)$"
                         r"|ImportError:\s*$|[\w.]+:\s*$|.*\berrors? for \w+$"
                         r"|.*Settings\w*\s*$")
_COMPILED = re.compile(r"Compiled for Python/([\d.]*\d)")
_RUNNING = re.compile(r"(?:.*?but )?[Rr]untime using Python/([\d.]*\d)")
# What mod_wsgi says of a script that it could not load.
_LOADING = re.compile(
    r"(?:Failed to exec|Unable to execute) Python script file"
    r"|.*cannot be loaded as Python module")
_PROCESS = re.compile(r"mod_wsgi \(pid=(\d+)|\[pid (\d+)")
# A warning of mod_wsgi or Python, followed by the code that it is about.
_NOTE = re.compile(r"Callback registration for signal"
                   r"|/\S+\.py:\d+: \w*Warning: ")
_PYTHON_FAILS = re.compile(
    r"Python path configuration|Fatal Python error"
    r"|Could not find platform (?:in)?dependent libraries"
    r"|(?:Failed to import|Error importing) (?:the site module|encodings)"
    r"|(?:'import site' failed|ImportError: No module named '?"
    r"(?:site|encodings)'?$)")
_FATAL = re.compile(
    r"\s|\]?$|Fatal Python error|Python runtime state|Current thread"
    r"|Could not find platform|Consider setting \$PYTHONHOME"
    r"|(?:ModuleNotFound|Import)Error: .*(?:encodings|site\b|codec)"
    r"|Extension modules:|Error importing|Failed to import"
    r"|LookupError: |'import site' failed")
# Of what Python says before it has started, without its first line.
_DUMPED = re.compile(r"  (?! )(?:sys\.)?\w[\w ]* = |Python runtime state:"
                     r"|Current thread 0x")
_FRAME = re.compile(r'[\s|+]*File "(?P<path>.+?)", line (?P<line>\d+)'
                    r'(?:, in (?P<name>.*))?$')
SYNTAX_ERROR = re.compile(
    r"Syntax error on line (?P<line>\d+) of (?P<path>.+?):(?:\s|$)")
_BEGINS = re.compile(re.sub(r"\?P<\w+>", "?:", "|".join(
    f"(?:{pattern})" for pattern in (
        re.escape(_TRACEBACK), _NOTE.pattern, _PYTHON_FAILS.pattern,
        _COMPILED.pattern, _LEAD.pattern, SYNTAX_ERROR.pattern,
        _BARE.pattern, _FRAME.pattern))))
# Code of Python itself or of an installed package.
_INSTALLED = re.compile(
    r"<|.*/(?:site|dist)-packages/|/usr/(?:local/)?lib(?:64)?/python"
    r"|.*/lib(?:64)?/python\d\.\d+/|build/bdist\.", re.IGNORECASE)
# As Python 2.4 and older write it.
_OLD_SYNTAX = re.compile(r" +(?:Syntax|Indentation|Tab)Error: \S")
_PACKAGE = re.compile(r".*/(?:site|dist)-packages/(?P<name>[\w-]+)",
                      re.IGNORECASE)


class Frame(NamedTuple):
    """One level of a traceback."""

    location: Location
    code: str

    @property
    def is_installed(self) -> bool:
        """Return whether it is Python's or an installed package's."""
        return bool(_INSTALLED.match(self.location.path))

    @property
    def package(self) -> str:
        """Return the top-level module in site-packages; "" elsewhere."""
        match = _PACKAGE.match(self.location.path)
        return match["name"] if match else ""


class Error(NamedTuple):
    """An exception: its message, and the traceback that led to it."""

    text: str
    frames: Tuple[Frame, ...]

    @property
    def searched(self) -> str:
        """Return the message and below it the traceback, for patterns.

        Without a traceback it ends there: then mod_wsgi itself raised it.
        """
        lines = [self.text, ""]
        for frame in self.frames:
            lines.append(f'  File "{frame.location.path}", in'
                         f" {frame.location.text}")
            lines.append("    " + frame.code)
        return "\n".join(lines)[:_LONGEST]


class LogRecord:
    """The lines of one traceback, fatal error or syntax error.

    One whose beginning was cut off may begin with any line.
    """

    def __init__(self, line: Line, number: int = 0) -> None:
        self.number = number      # of its first line
        self.lines: List[Line] = []
        self.script = ""
        self.leads: List[Line] = []
        self.errors: List[Error] = []
        # The innermost frame of the application; without one, of any code.
        self.frame: Optional[Frame] = None
        self._frames: List[Frame] = []
        self._message: List[str] = []
        self.time = line.time
        text = line.text
        if SYNTAX_ERROR.match(text):
            self.state = "syntax"
        elif _COMPILED.match(text):
            self.state = "versions"
        elif _PYTHON_FAILS.match(text):
            self.state = "fatal"
        elif _NOTE.match(text):
            self.state = "note"
        elif _BEGINS.match(text):
            self.state = "lead"
        else:
            self.state = "cut"
        # An exception whose traceback was not logged, or cut off.
        self.bare = bool(self.state == "lead" and _BARE.match(text))
        self._add(line)

    @staticmethod
    def begins(line: Line) -> bool:
        """Return whether ``line`` is the first of a record."""
        return bool(_BEGINS.match(line.text))

    @property
    def loading(self) -> str:
        """The process and the script that it could not load, "" for none."""
        for lead in self.leads:
            process = _PROCESS.search(lead.raw)
            if process and _LOADING.match(lead.text):
                return f"{process[1] or process[2]} {self.script}"
        return ""

    @property
    def complete(self) -> bool:
        """Whether its last line has been seen, as far as one can tell."""
        return self.state in ("message", "fatal", "note", "cut") or bool(
            self.state == "syntax" and self.reason
            or self.state == "versions" and self.versions[1])

    @property
    def ignored(self) -> bool:
        """Whether Python says that it ignored the exception."""
        return bool(self.leads) and self.leads[0].text.startswith(
            "Exception ignored")

    @property
    def reason(self) -> str:
        """Return what Apache says of a syntax error; "" if not yet."""
        text = "\n".join(line.text for line in self.lines)
        return SYNTAX_ERROR.sub("", text).strip()

    @property
    def place(self) -> Optional[Location]:
        """Return where the innermost syntax error is."""
        found = list(SYNTAX_ERROR.finditer(self.lines[0].text))
        return found and Location(
            found[-1]["path"], int(found[-1]["line"]), "") or None

    @property
    def versions(self) -> Tuple[str, str]:
        """Return the Python that mod_wsgi is built for, and that it runs."""
        text = "\n".join(line.text for line in self.lines)
        built, running = _COMPILED.match(text), _RUNNING.search(text)
        return (built[1] if built else "", running[1] if running else "")

    def take(self, line: Line) -> bool:
        """Add ``line`` if it belongs here, and return whether it does."""
        if line.code and line.code != self.lines[0].code and not (
                _LEAD.match(line.text)):
            return False
        belongs: bool = getattr(self, "_take_" + self.state)(line.text, line)
        if belongs:
            self._add(line)
        return belongs

    def _take_cut(self, text: str, line: Line) -> bool:
        # One line need not be the rest of anything.
        return bool(
            text.startswith((" ", "\t")) or _DUMPED.match(text)
            or self.lines[-1].text.startswith((" ", "\t", "]"))
            and (_PYTHON_FAILS.match(text) or _EXCEPTION.match(text)))

    def _take_lead(self, text: str, line: Line) -> bool:
        return bool(
            text.startswith((" ", _TRACEBACK)) or _LEAD.match(text)
            or _FRAME.match(text) or _EXCEPTION.match(text)
            or (_DETAIL.match(text)
                and self.lines[0].text.startswith("mod_python")))

    def _take_frames(self, text: str, line: Line) -> bool:
        # The first line that is not indented is the exception itself.
        return text.startswith(" ") or not (
            _LEAD.match(text) or SYNTAX_ERROR.match(text))

    def _take_message(self, text: str, line: Line) -> bool:
        if (not text or text.startswith((" ", "\t", "\\t"))
                or _CHAIN.match(text) or _GOES_ON.match(text)):
            return True
        return (len(self._message) < _MOST_OF_MESSAGE
                and bool(_OPEN_ENDED.match(self._message[0])
                         or "IMPORTANT: " in self._message[1:3])
                and line.module == self.lines[-1].module
                and line.time == self.lines[-1].time
                and not self.begins(line))

    def _take_chain(self, text: str, line: Line) -> bool:
        return not text or text.startswith((" ", "\\n", _TRACEBACK))

    def _take_fatal(self, text: str, line: Line) -> bool:
        return bool(_FATAL.match(text))

    def _take_note(self, text: str, line: Line) -> bool:
        return text.startswith(" ")

    def _take_versions(self, text: str, line: Line) -> bool:
        return not self.versions[1] and bool(_RUNNING.match(text))

    def _take_syntax(self, text: str, line: Line) -> bool:
        return not self.reason

    def _add(self, line: Line) -> None:
        """Keep ``line`` and go on to the next state."""
        text = line.text
        if len(self.lines) >= _MOST_LINES:
            del self.lines[_MOST_LINES // 2]
        self.lines.append(line)
        self.script = line.script or self.script
        if self.state == "cut":
            self.state = self._cut_from(text)
        if self.state in ("cut", "syntax", "fatal", "note", "versions"):
            return
        if self.state == "lead" and _LEAD.match(text):
            named = re.search(r"'(/[^']*)'", text)
            self.script = named[1] if named else self.script
            self.leads.append(line)
        elif text.startswith(_TRACEBACK):
            self.state, self._frames = "frames", []
        elif not text.startswith(" ") and _CHAIN.match(text):
            self.state = "chain"
        elif self.state == "message":
            self._message.append(text.strip())
            self.errors[-1] = self.errors[-1]._replace(
                text="\n".join(self._message).rstrip()[:_LONGEST_MESSAGE])
        else:
            self._add_to_traceback(text)

    def _cut_from(self, text: str) -> str:
        """Return the state that ``text`` tells, "cut" if it tells none."""
        if _DUMPED.match(text) or _PYTHON_FAILS.match(text):
            return "fatal"
        if _FRAME.match(text) or (len(self.lines) > 1
                                  and _EXCEPTION.match(text)):
            return "lead"
        return "cut"

    def _add_to_traceback(self, text: str) -> None:
        """Take a frame, a line of code, or the exception."""
        match = _FRAME.match(text) if 'File "' in text else None
        if match:
            self.state = "frames"
            if len(self._frames) < _MOST_LINES:
                self._frames.append(Frame(Location(
                    unescape(match["path"]), int(match["line"]),
                    match["name"] or ""), ""))
                self._choose(self._frames[-1])
        elif (text.startswith((" ", "\t")) and not _OLD_SYNTAX.match(text)
                or self._is_code(text)):
            self.state = "frames"
            if self._frames and not self._frames[-1].code:
                self._frames[-1] = self._frames[-1]._replace(
                    code=text.strip())
                self._choose(self._frames[-1])
        elif text and self.state in ("lead", "frames"):
            text, self.state = text.strip(), "message"
            self._message = [text]
            self.errors.append(Error(text[:_LONGEST_MESSAGE],
                                     tuple(self._frames)))

    def _is_code(self, text: str) -> bool:
        """Return whether ``text`` is code that lost its indentation."""
        return bool(self.state == "frames" and self._frames
                    and not self._frames[-1].code
                    and self.lines[-2].text.startswith("File ")
                    and not _ANY_EXCEPTION.match(text))

    def _choose(self, frame: Frame) -> None:
        """Keep the frame that is the application's, as far inside as can."""
        if frame.location.path.startswith("<"):
            return
        if (self.frame is None or not frame.is_installed
                or self.frame.is_installed):
            self.frame = frame
