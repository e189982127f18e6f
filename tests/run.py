"""Run the tests: ``python tests/run.py [--coverage] [TEST ...]``.

By default all of them, four modules at a time on two processors, since a live
one waits for half of its time; at the end those that took longest are named.
With ``--coverage``, tell which code the modules that need no Apache have run.

Of all of them, a module that fails is run once more when nothing else runs.
If it passes then it has passed, and is named at the end: its tests depend on
how fast the machine is, which is to be mended.
"""

import contextlib
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
from tests import support  # noqa: E402
from tests.support import hosts  # noqa: E402

BIN = os.path.dirname(sys.executable)
NOSETESTS = os.path.join(BIN, "nosetests")
COVERAGE = os.path.join(BIN, "coverage")


AT_ONCE = 4
# What takes longest is first, so that none of it is alone at the end; the one
# with most hosts makes the system of all, too.
LONGEST = (
    "live/fleet_hosts", "live/explain", "live/update_backends", "live/update",
    "live/seeds", "live/checks_files", "live/http_systemd", "live/certbot",
    "live/manifests", "live/shared_host", "commands/batch", "live/http",
    "live/checks_application")
# More than so many do not fail because the machine is slow.
MOST_AGAIN = 5


def main(tests):
    """Run ``tests``, or all; return the exit status, and what is unsteady."""
    # Ignored in the background of a shell; but tests end commands with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if tests:
        return subprocess.call([*runner(tests[0]), *tests]), []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            ended = [*pool.map(first_run, modules())]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            interrupted.set()
            for process in [*running]:
                process.kill()    # a private Apache handles other signals
            raise
    show_slowest(ended)
    failed = [done for done in ended if done.status]
    if len(failed) > MOST_AGAIN:
        for done in failed:
            show(f"{done.head}: has failed, see above", done.summary)
        return 1, []
    again = [second_run(done.module) for done in failed]
    return (int(any(done.status for done in again)),
            [done.module for done in again if not done.status])


def modules():
    """All test modules, those that take longest first."""
    return sorted(glob.glob("tests/**/test_*.py", recursive=True), key=_rank)


def _rank(module):
    """Where it stands in LONGEST; else whether it is live, and its size."""
    name = module[len("tests/"):-len(".py")].replace("test_", "")
    return (LONGEST.index(name) if name in LONGEST else len(LONGEST),
            not name.startswith("live/"), -os.path.getsize(module))


def runner(module):
    """The command that runs a module, which is to be added to it."""
    if "COVERAGE_FILE" in os.environ and not module.startswith("tests/live/"):
        return [COVERAGE, "run", NOSETESTS]
    return [NOSETESTS]


class Done(NamedTuple):
    """How the run of a module has ended."""

    module: str
    seconds: float
    status: int
    output: str

    @property
    def head(self):
        """The line above the output."""
        return f"{self.module} ({self.seconds:.0f} s)"

    @property
    def summary(self):
        """How many tests it ran, and how many of them failed."""
        return "\n".join(re.findall(r"^(?:Ran \d+ tests?|FAILED \().*",
                                    self.output, re.MULTILINE)) + "\n"


BAR = "=" * 70


def first_run(module):
    """Run one module and print what it printed; return how it has ended.

    Where it failed each line has a bar before it, as it may not count.
    """
    done = run(module)
    if interrupted.is_set():
        return done
    if done.status:
        show(f"{BAR}\n{done.head}: FAILED\n{BAR}",
             re.sub("^", "| ", done.output.rstrip("\n"),
                    flags=re.MULTILINE) + "\n")
    else:
        show(done.head, done.output)
    return done


def second_run(module):
    """Run one module again, and print what it printed this time."""
    done = run(module)
    show(f"{BAR}\n{done.head}: THE SECOND RUN, ALONE\n{BAR}", done.output)
    return done


running = set()
interrupted = threading.Event()


def run(module):
    """Run one module; return how it has ended.  Nothing of it runs then."""
    start = time.monotonic()
    # Of a name short enough for the sockets that an Apache makes in it; and a
    # file has an end, where a pipe may be held by what the module has left.
    with tempfile.TemporaryDirectory(prefix="t") as top, \
            tempfile.TemporaryFile() as output:
        os.chmod(top, 0o755)   # Apache's account gets in, too
        process = subprocess.Popen(
            [*runner(module), module], env={**os.environ, "TMPDIR": top},
            stdout=output, stderr=subprocess.STDOUT)
        running.add(process)
        if interrupted.is_set():
            process.kill()
        try:
            process.wait()
        finally:
            running.discard(process)
            end_all_of(top)
        output.seek(0)
        text = output.read().decode(errors="backslashreplace")
    return Done(module, time.monotonic() - start, process.returncode, text)


def end_all_of(top):
    """Kill what a module has started that is not its child any more.

    One that was interrupted did not clean up; a connection that ssh keeps for
    others outlives it by seconds.
    """
    end = time.monotonic() + 10
    while (left := [*those_of(top.encode())]) and time.monotonic() < end:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def those_of(top):
    """The processes that have the directory in their environment, or on their
    command line."""
    for entry in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):    # ended, or another user's
            if any(top in Path(entry, name).read_bytes()
                   for name in ("environ", "cmdline")):
                yield int(os.path.basename(entry))


def show(head, text):
    """Print both in one, not interleaved."""
    sys.stdout.buffer.write(
        f"{head}\n{text}".encode(errors="backslashreplace"))
    sys.stdout.buffer.flush()


def show_slowest(ended):
    """Name the modules that took longest."""
    slowest = sorted(ended, key=lambda done: -done.seconds)[:10]
    show("Slowest:", "".join(f"{done.seconds:6.0f} s  {done.module}\n"
                             for done in slowest))


def measured(tests):
    """Run ``tests`` as `main` does, and print what they covered."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o1777)   # some tests are run as another user
        os.environ["COVERAGE_FILE"] = os.path.join(top, "data")
        os.environ["MODWSGIDEPLOY_TOP"] = TOP
        status, unsteady = main(tests)
        # This one looks for what none has run.
        subprocess.call([COVERAGE, "run", "--include=", "--source",
                         "modwsgideploy", "-m", "this"],
                        stdout=subprocess.DEVNULL)
        subprocess.call([COVERAGE, "combine", "--quiet"])
        print("\nCoverage, without what only tests/live runs:", flush=True)
        return subprocess.call([COVERAGE, "report"]) or status, unsteady


def tell(unsteady):
    """Say what everybody should see: what could not be run, or not once."""
    if not support.python2():
        print(f"\n{support.NO_PYTHON2}", flush=True)
    if hosts.missing():
        print("\n" + hosts.NO_HOSTS.format(hosts.missing()), flush=True)
    for module in unsteady:
        print(f"unsteady: {module} (failed once, passed alone)", flush=True)


if __name__ == "__main__":
    arguments = [word for word in sys.argv[1:] if word != "--coverage"]
    try:
        result, names = (
            measured if "--coverage" in sys.argv else main)(arguments)
    except KeyboardInterrupt:
        sys.exit(130)
    tell(names)
    sys.exit(result)
