"""All benchmarks, each as a ratio of medians in one run.

``python benchmarks/run.py [NAME ...]``; the names are those of the modules.
Figures are for people to read: nothing here fails.
"""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

NAMES = ("startup", "batch", "growth", "served", "peers", "many")


def main(names):
    """Run the benchmarks called ``names`` and print their rows."""
    print(f"{'measured':52} {'median':>10} {'ratio':>6}  {'aim':>7}")
    for name in names or NAMES:
        for row in importlib.import_module(name).rows():
            print("{:52} {:>10} {:>6}  {:>7}".format(*row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
