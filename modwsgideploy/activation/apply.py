"""Sites in; out, those that a running Apache has loaded, or has not.

What `installing` plans, made safe:

- A checkpoint, a file in the directory of Apache's configuration, holds what
  was at each path before the first one changes, and is gone at the end.  A run
  that was killed is undone by the next one.
- Apache tests the configuration before it reads it, and is asked for each
  site when it has.  A site that is refused, or does not answer as it should,
  is taken back by itself; the others stay.
"""

import os
import re
from contextlib import suppress
from time import monotonic, sleep
from typing import NamedTuple, Optional, Tuple

from modwsgideploy.activation.checkpoint import (
    _by_path,
    _remembered,
    forget,
    remember,
)
from modwsgideploy.activation.planner import shown
from modwsgideploy.activation.reload import (
    SETTLED_SECONDS,
    have_again,
    have_read,
)
from modwsgideploy.activation.state import put, undo
from modwsgideploy.apache import control
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.probe import Probe, probe
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.signals import ignored_signals, stop_on_signals

# So many sites are asked at a time.
TOGETHER = 8


class ApplyOptions(NamedTuple):
    """How one run goes."""

    on: bool = True
    reload: bool = True
    timeout: int = 30


class Result(NamedTuple):
    """What became of a Move."""

    messages: Tuple[str, ...] = ()     # why it was taken back
    answer: Optional[Probe] = None


def recover(place):
    """Undo a run that was killed; messages of what was done.

    Raises DeployError.
    """
    steps, ran = _remembered(place)
    if not steps:
        return []
    changed = undo(steps)
    told = ["a run before this one was killed; put back as it was: "
            + ", ".join(step.path for step in steps
                        if step.path not in changed)] + _not_put_back(changed)
    host = Host(place.config)
    if host.httpd and host.report.accepted:
        service = control.find_service(host.httpd, place.config, place.platform)
        said = (service.pid or ran) and have_again(service)
        if said:
            told.append(said)
    forget(place)
    return told


def _not_put_back(changed):
    return [f"{path}: was changed by somebody else in the meantime, and stays"
            " as it is" for path in changed]


def as_root():
    """The command that was run, for root to run."""
    import shlex
    import sys

    return "sudo " + shlex.join([os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def check_rights(place, steps):
    """Raise DeployError if this user may not make ``steps``."""
    for directory in dict.fromkeys([place.root, *(
            os.path.dirname(step.path) for step in steps)]):
        if not os.access(directory, os.W_OK):
            raise DeployError(
                f"{directory}: this user may not write there, so nothing was"
                f" changed; run it as root: {as_root()}")


def unread(moves, place, on):
    """The names of ``moves`` that Apache has not read since they were made.

    As after --no-reload, or a2ensite.
    """
    host = Host(place.config)
    service = host.httpd and control.find_service(
        host.httpd, place.config, place.platform)
    if not service or not service.pid:
        return set()
    read = os.stat(service.pid_file).st_mtime
    names = set()
    for move in moves:
        with suppress(FileNotFoundError):
            if on:
                times = [os.lstat(path).st_ctime for path in move.files]
            else:
                times = [os.stat(os.path.dirname(move.files[-1])).st_mtime]
            if max(times) > read:
                names.add(move.name)
    return names


def switch(moves, place, how, tell=None):
    """Make ``moves`` take effect: a dict of name to Result.

    ``tell(name)`` is called as each is done.  Raises Failed when that is no
    site's fault; nothing has changed then.
    """
    run = _Run(place, how, tell or (lambda name: None))
    handlers = stop_on_signals()
    try:
        run.go(moves)
    except BaseException as error:
        with ignored_signals(handlers):
            run.back_out(error)
        raise
    finally:
        with ignored_signals(handlers):   # which puts them back
            pass
    return {move.name: run.result(move) for move in moves}


class _Run:
    """One change of what is switched on."""

    def __init__(self, place, how, tell):
        self.place, self.how, self.tell = place, how, tell
        self.applied = []      # the Moves whose files are in their places
        self.failed = {}       # name: messages
        self.answers = {}
        self.service = None
        self.broken = False    # as it was before
        self.written = self.loaded = False
        self.changed = []      # paths that others have changed as well
        self.host = Host(place.config)

    def go(self, moves):
        """Do it all.  Raises Failed."""
        before = self.test()
        self.broken = not before.accepted
        if not self.broken:
            self.find_service()
        elif self.how.on and not self.named(moves, before.output):
            raise Failed("\n    ".join([
                "Apache refuses its configuration as it is already, so"
                " nothing was changed; mend that first:",
                *before.output.splitlines()]))
        self.written = True
        remember(self.place, [step for move in moves for step in (
            *move.shared, *move.steps)], bool(self.service))
        self.settle(moves)
        self.see()
        if self.applied and self.how.reload:
            self.find_service()
            self.load()
            self.ask()
        forget(self.place)
        self.written = False

    def result(self, move):
        """What became of ``move``."""
        paths = [step.path for step in (*move.shared, *move.steps)]
        return Result((*self.failed.get(move.name, ()), *_not_put_back(
            path for path in self.changed if path in paths)),
            self.answers.get(move.name))

    def back_out(self, error):
        """Put everything back, because of ``error``."""
        if not self.written:
            return
        try:
            self.take_back(list(self.applied))
            if self.loaded:
                have_again(self.service, self.how.timeout)
            forget(self.place)
        except DeployError as second:
            raise Failed(
                *getattr(error, "messages", ()), *second.messages,
                "what was changed could not be put back; mend that and run it"
                " again, which does it") from None

    # What Apache says of the files.

    def test(self):
        """What Apache says to the configuration as it is (ConfigReport)."""
        self.host = Host(self.place.config)
        return self.host.report

    def find_service(self):
        """Find the Apache that is to read it.  Raises Failed."""
        if self.service or not self.how.reload:
            return
        service = control.find_service(
            self.host.httpd, self.place.config, self.place.platform)
        if not service.pid:
            raise Failed(
                "Apache does not run, so nothing was changed; start it with `"
                + control.control_command_line(service, "start")
                + "`, or leave it to Apache's next start with --no-reload")
        try:
            os.kill(service.pid, 0)
        except PermissionError:
            raise DeployError(
                f"process {service.pid}: Apache runs as another user, so"
                f" nothing was changed; run it as root: {as_root()}"
            ) from None
        self.service = service

    def named(self, moves, said):
        """Those of ``moves`` whose files are named in what Apache said."""
        return [move for move in moves if any(
            re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w/-]|\.\w)", said)
            for path in (*move.files, *(step.path for step in move.shared)))]

    def settle(self, moves):
        """Apply as many of ``moves`` as Apache accepts together."""
        while moves:
            self.apply(moves)
            report = self.test()
            if report.accepted:
                return
            guilty = self.named(moves, report.output) or (
                moves if len(moves) == 1 else [])
            if not guilty:
                break
            self.refuse(guilty, "Apache refuses the configuration"
                        + (", as it did before" if self.broken else ""),
                        _meaning(report.output.splitlines(), guilty))
            moves = [move for move in moves if move not in guilty]
        if moves:
            self.take_back(moves)
            half = len(moves) // 2
            self.settle(moves[:half])
            self.settle(moves[half:])

    def see(self):
        """Refuse what Apache does not read, or reads from elsewhere, too."""
        read = {os.path.realpath(path) for path in
                {each.path for each in self.host.directives}}
        wrong = []
        for move in self.applied:
            known = (*move.files, f"{move.deployment}/{move.name}")
            paths = [path for path in known if os.path.realpath(path) in read]
            if self.how.on and not paths:
                wrong.append(move)
                self.failed[move.name] = [
                    f"Apache does not read {move.files[-1]}: its configuration"
                    f" includes no {os.path.dirname(move.files[-1])}/*.conf"]
            elif paths and not self.how.on:
                wrong.append(move)
                self.failed[move.name] = [
                    f"Apache reads {paths[0]} from elsewhere as well: find the"
                    " Include or the link, and remove that"]
        if wrong:
            self.take_back(wrong)
            self.settle(list(self.applied))

    # What is where.

    def apply(self, moves):
        """Put the files of ``moves`` in their places."""
        self.applied += [move for move in moves if move not in self.applied]
        put([(step.path, step.new) for step in _by_path(
            step for move in moves for step in (*move.shared, *move.steps))])

    def take_back(self, moves):
        """Put back what was there before ``moves``."""
        self.applied = [move for move in self.applied if move not in moves]
        needed = {step.path for move in self.applied for step in move.shared}
        self.changed += undo(_by_path(
            step for move in moves for step in (*move.steps, *move.shared)
            if step.path not in needed))

    def refuse(self, moves, message, lines=()):
        """Take ``moves`` back, and note why."""
        for move in moves:
            self.failed[move.name] = ["\n    ".join([
                message + (":" if lines else ""), *lines])]
            self.tell(move.name)
        self.take_back(moves)

    # What runs.

    def load(self):
        """Have Apache read it.  Raises Failed."""
        self.marks = _Marks([self.service.error_log, *(
            log for move in self.applied for log in move.logs)])
        self.loaded = True
        # What is new for all sites may be read at the start alone.
        verb = "restart" if any(
            move.shared for move in self.applied) else "reload"
        said = have_read(self.service, verb, self.how.timeout)
        if not said:
            return
        said = "\n    ".join([
            said, *_meaning(self.marks.lines(), self.applied)])
        self.refuse(list(self.applied), said)
        failure = have_again(self.service, self.how.timeout)
        self.loaded = False
        if failure:
            raise Failed(said, f"everything was put back, and then: {failure}")

    def ask(self):
        """Ask for each site, and take back what does not answer."""
        if not (self.applied and self.how.on):
            for move in self.applied:
                self.tell(move.name)
            return
        began = monotonic()
        wrong = [move for move in self._asked() if
                 trouble(self.answers[move.name])]
        if wrong:
            # A process of before may have answered.
            sleep(max(0, began + SETTLED_SECONDS - monotonic()))
        wrong = [move for move in wrong if self._still_wrong(move)]
        if not wrong:
            return
        self.take_back(wrong)
        if not self.test().accepted:
            self.refuse(list(self.applied), "Apache refuses the"
                        " configuration without the others",
                        _meaning(self.host.report.output.splitlines(),
                                 self.applied))
        said = have_again(self.service, self.how.timeout)
        if said:
            self.failed[wrong[-1].name].append(said)

    def _asked(self):
        """The Moves, each as soon as it has its first answer."""
        from concurrent.futures import ThreadPoolExecutor, as_completed

        pool = ThreadPoolExecutor(min(TOGETHER, len(self.applied)))
        try:
            futures = {pool.submit(_answer, move.door, self.how.timeout): move
                       for move in self.applied}
            for future in as_completed(futures):
                move = futures[future]
                self.answers[move.name] = future.result()
                self.tell(move.name)
                yield move
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _still_wrong(self, move):
        """Whether it has a second answer like the first; notes why."""
        marks = self.marks
        answer = self.answers[move.name]
        if answer.seconds < self.how.timeout:
            # So that what the log gains comes from this one.
            marks = _Marks([self.service.error_log, *move.logs])
            answer = _answer(move.door, self.how.timeout)
            self.answers[move.name] = answer
        why = trouble(answer)
        if not answer.status and "refused" in answer.reason:
            why += (f"; if nothing listens there, add `Listen"
                    f" {move.door.port}` to {self.place.platform.ports}")
        if why:
            sleep(0.05)    # others' processes write that log
            self.failed[move.name] = ["\n    ".join([
                f"{shown(move.door)} {why}",
                *_meaning(marks.lines(), [move])])]
        return bool(why)


def _answer(door, timeout):
    """Ask for a site; the Probe."""
    return probe(door.path, door.port, door.host, address=door.address,
                 tls=door.tls, timeout=timeout)


# How each page begins that Apache itself makes of an error.
_APACHES = re.compile(
    rb"<!DOCTYPE HTML PUBLIC [^>]*>\n<html><head>\n<title>4\d\d [\w ]+</title>"
    rb"\n</head><body>\n<h1>")


def trouble(answer):
    """Why ``answer`` (Probe) is none of a site that works; "" if it is."""
    if not answer.status:
        return f"does not answer: {answer.reason}"
    if answer.status >= 500:
        return f"answers {answer.status} {answer.reason}"
    if answer.status in (400, 403, 404) and _APACHES.match(answer.body):
        return (f"answers {answer.status} {answer.reason}, and that is"
                " Apache: the request did not reach the application")
    return ""


class _Marks:
    """How long error logs were; what they have gained since."""

    def __init__(self, paths):
        self.sizes = {}
        for path in paths:
            with suppress(OSError):
                if path:
                    self.sizes[path] = os.path.getsize(path)
            self.sizes.setdefault(path, 0)

    def lines(self):
        """The lines since then."""
        found = []
        for path, size in self.sizes.items():
            with suppress(OSError), open(path, "rb") as stream:
                stream.seek(size if size <= os.path.getsize(path) else 0)
                found += stream.read().decode(
                    "utf-8", "replace").splitlines()
        return found


def _meaning(lines, moves):
    """What the ``lines`` of a log mean; if nobody knows, the last of them."""
    from modwsgideploy.explain.report import explain_lines
    from modwsgideploy.explain.sources import SourceIndex

    lines = [line for line in lines if ":notice]" not in line]
    return explain_lines(lines, SourceIndex([
        f"{move.deployment}/{move.name}" for move in moves])) or lines[-10:]
