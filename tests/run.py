"""Run the tests: ``python tests/run.py [--coverage] [TEST ...]``.

By default all of them, three modules at a time on two processors, since a live
one waits for half of its time.
With ``--coverage``, tell which code the modules that need no Apache have run.

Of all of them, a module that fails is run once more when nothing else runs.
If it passes then it has passed, and is named at the end: its tests depend on
how fast the machine is, which is to be mended.
"""

import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
from tests import support  # noqa: E402
from tests.support import hosts  # noqa: E402

BIN = os.path.dirname(sys.executable)
NOSETESTS = os.path.join(BIN, "nosetests")
COVERAGE = os.path.join(BIN, "coverage")


AT_ONCE = 3
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
            failed = [done for done in pool.map(first_run, modules())
                      if done.status]
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)   # those that run have it, too
            raise
    if len(failed) > MOST_AGAIN:
        for done in failed:
            show(f"{done.head}: has failed, see above", done.summary)
        return 1, []
    again = [second_run(done.module) for done in failed]
    return (int(any(done.status for done in again)),
            [done.module for done in again if not done.status])


def modules():
    """All test modules; the live ones, which take longest, come first.

    The one with most hosts is the very first: it makes their system, too.
    """
    live = sorted(glob.glob("tests/live/test_*.py"), reverse=True, key=lambda
                  path: (path.endswith("/test_fleet_hosts.py"),
                         os.path.getsize(path)))
    return live + sorted(
        module for module in glob.glob("tests/**/test_*.py", recursive=True)
        if module not in live)


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


def run(module):
    """Run one module; return how it has ended."""
    start = time.monotonic()
    # Of a name short enough for the sockets that an Apache makes in it.
    with tempfile.TemporaryDirectory(prefix="t") as top:
        os.chmod(top, 0o755)   # Apache's account gets in, too
        done = subprocess.run(
            [*runner(module), module], env={**os.environ, "TMPDIR": top},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return Done(module, time.monotonic() - start, done.returncode,
                done.stdout.decode(errors="backslashreplace"))


def show(head, text):
    """Print both in one, not interleaved."""
    sys.stdout.buffer.write(
        f"{head}\n{text}".encode(errors="backslashreplace"))
    sys.stdout.buffer.flush()


def measured(tests):
    """Run ``tests`` as `main` does, and print what they covered."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o1777)   # some tests are run as another user
        os.environ["COVERAGE_FILE"] = os.path.join(top, "data")
        status, unsteady = main(tests)
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
    result, names = (measured if "--coverage" in sys.argv else main)(arguments)
    tell(names)
    sys.exit(result)
