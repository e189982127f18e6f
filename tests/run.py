"""Run the tests: ``python tests/run.py [TEST ...]``, by default all of them.

The live ones and the others run at once, for a live one mostly waits.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile

NOSETESTS = os.path.join(os.path.dirname(sys.executable), "nosetests")


def main(tests):
    """Run ``tests``; returns the exit status."""
    # Ignored in the background of a shell; but tests end commands with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if tests:
        return subprocess.call([NOSETESTS, *tests])
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)   # Apache's account gets in, too
        with open(os.path.join(top, "log"), "w+b") as log:
            others = subprocess.Popen(
                [NOSETESTS, *sorted(glob.glob("tests/test_*.py"))],
                env={**os.environ, "TMPDIR": top}, stdout=log, stderr=log)
            try:
                status = subprocess.call([NOSETESTS, "tests/live"])
                status = others.wait() or status
            finally:
                others.kill()
            log.seek(0)
            sys.stdout.buffer.write(log.read())
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
