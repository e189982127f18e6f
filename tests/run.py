"""Run the tests: ``python tests/run.py [TEST ...]``, by default all of them.

Two modules at a time, for a live one mostly waits.
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

NOSETESTS = os.path.join(os.path.dirname(sys.executable), "nosetests")


def main(tests):
    """Run ``tests``; returns the exit status."""
    # Ignored in the background of a shell; but tests end commands with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if tests:
        return subprocess.call([NOSETESTS, *tests])
    with ThreadPoolExecutor(2) as pool:
        try:
            return max(pool.map(run, modules()))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)   # those that run have it, too
            raise


def modules():
    """All test modules; the live ones, which take longest, come first."""
    live = sorted(glob.glob("tests/live/test_*.py"), key=os.path.getsize,
                  reverse=True)
    return live + sorted(
        module for module in glob.glob("tests/**/test_*.py", recursive=True)
        if module not in live)


def run(module):
    """Run one module and print what it printed; returns the exit status."""
    start = time.monotonic()
    # Of a name short enough for the sockets that an Apache makes in it.
    with tempfile.TemporaryDirectory(prefix="t") as top:
        os.chmod(top, 0o755)   # Apache's account gets in, too
        done = subprocess.run(
            [NOSETESTS, module], env={**os.environ, "TMPDIR": top},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    head = f"{module} ({time.monotonic() - start:.0f} s)\n".encode()
    sys.stdout.buffer.write(head + done.stdout)   # in one, not interleaved
    sys.stdout.buffer.flush()
    return done.returncode


def untested():
    """Say what this machine could not run, where everybody sees it."""
    if not support.python2():
        print(f"\n{support.NO_PYTHON2}", flush=True)


if __name__ == "__main__":
    result = main(sys.argv[1:])
    untested()
    sys.exit(result)
