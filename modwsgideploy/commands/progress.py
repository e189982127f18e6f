"""Work on many sites: a bar on a terminal while it takes its time."""

import sys
from contextlib import contextmanager
from typing import NamedTuple


class Progress(NamedTuple):
    """Where to tell how far the work is."""

    advance: object    # called as each site is done
    say: object        # prints, as print does, without harm to the bar


@contextmanager
def progress(total, run, unit=" sites"):
    """A Progress of ``total`` sites, with a bar on a terminal."""
    if run.json or run.verbosity < 0 or not sys.stderr.isatty():
        yield Progress(lambda: None, print)
        return
    from tqdm import tqdm

    def say(text, end="\n", file=None):
        tqdm.write(text, file=file or sys.stdout, end=end)

    with tqdm(total=total, unit=unit, leave=False) as bar:
        yield Progress(bar.update, say)
