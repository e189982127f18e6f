"""``make run``: a TurboGears 2 sample, deployed and served.

With --probe one request is made, and the server stops.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP)
from tests.support import samples  # noqa: E402

COMMAND = str(Path(sys.executable).parent / "modwsgideploy")


def main(arguments):
    """Quickstart, deploy and serve; returns the exit status of a failure."""
    print("Making a TurboGears 2 project with gearbox quickstart"
          " (once; about a minute) ...", flush=True)
    sample = samples.turbogears2()
    shutil.rmtree(sample.directory / "apache", ignore_errors=True)
    print(f"$ cd {sample.directory}\n$ . ../virtualenv/bin/activate")
    os.chdir(sample.directory)
    os.environ["VIRTUAL_ENV"] = str(sample.virtualenv)
    status = subprocess.call(shown(["deploy", "--in-place"]))
    if status == 0:
        # In place of this process, so that Ctrl-C is its alone.
        os.execv(COMMAND, shown(["serve", *arguments]))
    return status


def shown(arguments):
    """The command line of modwsgideploy, once it has been printed.

    As it can be copied: the sample's virtualenv does not have it.
    """
    print("$ " + shlex.join([COMMAND, *arguments]), flush=True)
    return [COMMAND, *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
