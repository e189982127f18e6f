"""Run the tests: ``python tests/run.py [--coverage] [TEST ...]``.

By default all of them, two modules at a time, since a live one mostly waits.
With ``--coverage``, tell which code the modules that need no Apache have run.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
from tests import support  # noqa: E402
from tests.support import hosts  # noqa: E402

BIN = os.path.dirname(sys.executable)
NOSETESTS = os.path.join(BIN, "nosetests")
COVERAGE = os.path.join(BIN, "coverage")


def main(tests):
    """Run ``tests``, or all; return the exit status."""
    # Ignored in the background of a shell; but tests end commands with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if tests:
        return subprocess.call([*runner(tests[0]), *tests])
    with ThreadPoolExecutor(2) as pool:
        try:
            return max(pool.map(run, modules()))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)   # those that run have it, too
            raise


def modules():
    """All test modules; the live ones, which take longest, come first.

    One with hosts is the very first, since it makes their system.
    """
    live = sorted(glob.glob("tests/live/test_*.py"), reverse=True, key=lambda
                  path: (path.endswith("/test_fleet.py"),
                         os.path.getsize(path)))
    return live + sorted(
        module for module in glob.glob("tests/**/test_*.py", recursive=True)
        if module not in live)


def runner(module):
    """The command that runs a module, which is to be added to it."""
    if "COVERAGE_FILE" in os.environ and not module.startswith("tests/live/"):
        return [COVERAGE, "run", NOSETESTS]
    return [NOSETESTS]


def run(module):
    """Run one module and print what it printed; return the exit status."""
    start = time.monotonic()
    # Of a name short enough for the sockets that an Apache makes in it.
    with tempfile.TemporaryDirectory(prefix="t") as top:
        os.chmod(top, 0o755)   # Apache's account gets in, too
        done = subprocess.run(
            [*runner(module), module], env={**os.environ, "TMPDIR": top},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    head = f"{module} ({time.monotonic() - start:.0f} s)\n".encode()
    sys.stdout.buffer.write(head + done.stdout)   # in one, not interleaved
    sys.stdout.buffer.flush()
    return done.returncode


def measured(tests):
    """Run ``tests`` and print what they covered; return the exit status."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o1777)   # some tests are run as another user
        os.environ["COVERAGE_FILE"] = os.path.join(top, "data")
        result = main(tests)
        subprocess.call([COVERAGE, "combine", "--quiet"])
        print("\nCoverage, without what only tests/live runs:", flush=True)
        return subprocess.call([COVERAGE, "report"]) or result


def untested():
    """Say what this machine could not run, where everybody sees it."""
    if not support.python2():
        print(f"\n{support.NO_PYTHON2}", flush=True)
    if hosts.missing():
        print("\n" + hosts.NO_HOSTS.format(hosts.missing()), flush=True)


if __name__ == "__main__":
    arguments = [word for word in sys.argv[1:] if word != "--coverage"]
    result = (measured if "--coverage" in sys.argv else main)(arguments)
    untested()
    sys.exit(result)
