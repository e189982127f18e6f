"""Read what stands before a message: any ErrorLogFormat, syslog, journal."""

from __future__ import annotations

import re
from typing import Dict, NamedTuple, Optional, Tuple


class Prefix(NamedTuple):
    """The parts of a line before its message, as far as they are known."""

    time: str = ""
    level: str = ""
    module: str = ""
    thread: Optional[str] = None
    end: int = 0             # where the message begins


# Apache's own format: by far the most frequent, so it is tried first.
STANDARD = re.compile(
    r"\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4})\] "
    r"\[(?:([\w-]*):)?([a-z]+\d?)\] (?:\[pid (\d+)(?::tid (\d+))?\] ?)?")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_ZONE = (r"(?: ?Z\b| ?[+-]\d\d:?\d\d"
         r"| (?!(?:SSL|TLS|GSS|ACME|INFO|WARN)\b)[A-Z]{3,4}\b)?")
_TIME = (
    rf"{_DAY} {_MONTH} [ \d]?\d {_CLOCK}{_ZONE}(?: \d{{4}})?"
    rf"|(?:{_DAY},? )?\d{{4}}[-/]\d\d[-/]\d\d[T ]{_CLOCK}{_ZONE}"
    rf"|\d\d/{_MONTH}/\d{{4}}:\d\d:\d\d:\d\d{_ZONE}"
    rf"|{_MONTH} [ \d]?\d {_CLOCK}(?: \d{{4}})?"
    rf"|\d{{10}}\.\d{{1,9}}|{_CLOCK}")
# A time in brackets, and the field after it: nothing else looks like that.
TIMED = rf"\[ ?(?:{_TIME}) ?\] ?\["
_LEVEL = (r"(?:emerg|alert|crit|critical|error|err|warn|warning|notice|info"
          r"|debug|trace[1-8])")
# What separates a field from the next one; of the blanks only one, as more
# of them belong to the message.
_BREAK = r"(?:(?<=\]) ?| ?[|;,-](?: |$)|:? |\t|:$|$)"
_START = re.compile(
    rf"[ \t]*(?P<bracket>\[ ?)?(?P<time>{_TIME})(?(bracket) ?\]){_BREAK}")
# Of what brings the log here: the name of a container, as compose and kubectl
# write it, of a file, as grep does, a mark of quotation, the rest of a field
# that was cut off; then priority and version of syslog.
_BROUGHT = re.compile(
    r"(?:[\w./-]+ +\| |\[pod/[^\]]*\] |[\w./-]*(?:\.log|_log)(?:\.\d+)?:"
    r"(?:\d+:)?|\d+[:-](?=\[)|> ?|[a-z]{0,5} ?\d+\.\d+\.\d+\.\d+(?::\d+)?\] )?"
    r"(?:<\d{1,3}>(?:1 )?)?")
_HOST_AND_TAG = re.compile(
    # In brackets, a process of systemd that is about to become a program.
    r"(?P<host>(?=[\w.-]*[A-Za-z])[\w.-]+)"
    r" (?P<tag>[a-z][\w./@-]*|\([\w./@-]+\))"
    r"(?:\[(?P<pid>\d+)\])?: "
    # Of the log of a container: its stream, and whether the line is whole.
    r"|(?:stdout|stderr) [FP] "
    # As RFC 5424 has it: host, application, process, message id, data.
    r"|(?P<host5>[\w.-]+) (?P<tag5>[\w./-]+) (?P<pid5>\d+|-) \S+ "
    r"(?:-|\[[^\]]*\]) ")
_TAG = re.compile(r"(?:httpd|apache2|apachectl|apache2ctl|start-apache2"
                  r"|start-apache)(?:\[(?P<pid>\d+)\]): ")
_FIELD = re.compile(
    rf"(?P<open>\[)?(?:"
    rf"(?:mod_)?(?P<module>[\w-]*):(?P<level>{_LEVEL})"
    rf"|(?P<only_level>{_LEVEL})"
    r"|(?:pid[ =:]?)(?P<pid>\d+)(?:[:, ] ?tid[ =:]?(?P<tid>\d+))?"
    r"|(?:tid[ =:]?)(?P<tid2>\d+)"
    r"|(?(open)(?:client|remote) (?P<client>[^\]]*)|(?!))"
    r"|(?P<number>\d{1,8})(?:[:/](?P<number2>\d+))?"
    r"|(?P<address>\[?[0-9a-fA-F.:]+\]?:\d+|\d+\.\d+\.\d+\.\d+)"
    r"|(?P<dash>-)"
    # The name of a host, an identifier of the request, a file and line.
    r"|(?(open)(?!client |remote |script )[\w.@/+:=-]+|(?!))"
    rf")(?(open)\]){_BREAK}")


def read_prefix(body: str, known: Prefix) -> Prefix:
    """Read the prefix of ``body``; ``known`` is what is known before."""
    brought = _BROUGHT.match(body)
    if brought and brought.end():
        return _read_prefix_at(body, known._replace(end=brought.end()))
    match = _START.match(body)
    if not match:
        tag = _TAG.match(body)
        if tag:
            return known._replace(thread=tag["pid"], end=tag.end())
        # The fields may stand in any order: the time not first.
        if not body.startswith("["):
            return known
        fields = read_fields(body, known, 0)
        match = _START.match(body, fields.end) if fields.end else None
        if not match:
            return fields if fields.level or fields.thread else known
        known = fields
    time = re.sub(r"[.,]\d+", "", match["time"])
    prefix = known._replace(time=time, end=match.end())
    tag = _HOST_AND_TAG.match(body, prefix.end) if (
        not match["bracket"]) else None
    if tag:
        prefix = prefix._replace(end=tag.end(),
                                 thread=tag["pid"] or tag["pid5"])
        if _START.match(body, prefix.end):
            # Apache's own prefix follows that of the journal.
            return _read_prefix_at(body, prefix)
    return read_fields(body, prefix, prefix.end)


def _read_prefix_at(body: str, known: Prefix) -> Prefix:
    """Read a second prefix, which begins where ``known`` ends."""
    inner = read_prefix(body[known.end:], known._replace(end=0))
    return inner._replace(end=known.end + inner.end)


def read_fields(body: str, prefix: Prefix, position: int) -> Prefix:
    """Read fields that are no message: level, process, address."""
    found: Dict[str, str] = {}
    while position < len(body):
        match = _FIELD.match(body, position)
        if not match or match.end() == position:
            break
        position = match.end()
        found.update({name: value for name, value
                      in match.groupdict().items() if value})
    process = found.get("pid") or found.get("number") or ""
    thread = (found.get("tid") or found.get("tid2")
              or found.get("number2") or "")
    return Prefix(
        prefix.time, (found.get("level") or found.get("only_level")
                      or prefix.level).lower(),
        found.get("module") or prefix.module,
        f"{process}:{thread}" if process or thread
        else prefix.thread or found.get("client") or found.get("address"),
        position)


# Of log drivers and of formats that write an object to each line.
_MESSAGES = ("log", "message", "msg", "MESSAGE", "Message", "M", "error",
             "text", "textPayload")
# One of several texts, or the last one, which may have quotes in it.
_MEMBER = re.compile(
    r"\"(\w+)\"\s*:\s*\"((?:[^\"\\]|\\.)*(?=\"\s*,\s*\"\w+\"\s*:)"
    r"|.*(?=\"\s*\}\s*$))")
_TIMES = ("time", "timestamp", "@timestamp", "t", "ts")
_LEVELS = ("level", "severity", "loglevel", "l")


def unwrap_json(raw: str) -> Tuple[str, Prefix]:
    """Return the message of a line that is a JSON object, and its prefix."""
    import json

    try:
        parts = json.loads(raw)
    except ValueError:
        # Apache does not escape the quotes in a message.
        parts = {match[1]: match[2] for match in _MEMBER.finditer(raw)}
    if not isinstance(parts, dict):
        return raw, Prefix()

    def first(names: Tuple[str, ...]) -> str:
        return next((parts[name] for name in names
                     if isinstance(parts.get(name), str)), "")

    message = first(_MESSAGES)
    if not message:
        return raw, Prefix()
    module, _, level = first(_LEVELS).rpartition(":")
    return message.rstrip("\n"), Prefix(
        re.sub(r"[.,]\d+", "", first(_TIMES)), level.lower(), module)
