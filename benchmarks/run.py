"""Run the benchmarks; each is a ratio of medians in one run.

``python benchmarks/run.py [--quick] [NAME ...]``; the names are those of the
modules.  Figures are for people to read, no benchmark fails because of one.
With ``--quick`` they mean nothing, but show that the benchmarks still run.
"""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

# The benchmarks, and the constants of each that --quick sets.
QUICK = {
    "startup": {"ROUNDS": 1},
    "batch": {"SITES": 20, "ROUNDS": 1},
    "growth": {"SIZES": (10, 20), "PLOT": os.devnull},
    "served": {"ROUNDS": 1, "STARTS": 1},
    "proxied": {"ROUNDS": 1},
    "peers": {"SITES": 2, "FEW": 1},
    "many": {"SHARED": 4, "DAEMONS": 2, "OWN": 2},
    "reloads": {"RELOADS": 1, "SECONDS": 0.5},
    "fleet": {"SIZES": ((1, 1),)}}


def main(words):
    """Run the benchmarks that are named, or all, and print their rows."""
    names = [word for word in words if word != "--quick"] or QUICK
    print(f"{'measured':52} {'median':>10} {'ratio':>6}  {'aim':>7}")
    for name in names:
        module = importlib.import_module(name)
        if "--quick" in words:
            vars(module).update(QUICK[name])
        for row in module.rows():
            print("{:52} {:>10} {:>6}  {:>7}".format(*row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
