"""Show a bar on a terminal while work on many sites takes its time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation


class Progress(NamedTuple):
    """Where to report how far the work is."""

    advance: Callable[[], None]      # called as each site is done
    say: Callable[..., object]       # prints as print does, beside the bar


@contextmanager
def progress(total: int | None, run: Invocation, unit: str = " sites"
             ) -> Iterator[Progress]:
    """Give a Progress of ``total`` sites, with a bar on a terminal."""
    if run.json or run.verbosity < 0 or not sys.stderr.isatty():
        yield Progress(lambda: None, print)
        return
    from tqdm import tqdm

    def say(text: str, end: str = "\n", file: TextIO | None = None) -> None:
        tqdm.write(text, file=file or sys.stdout, end=end)

    with tqdm(total=total, unit=unit, leave=False) as bar:
        def advance() -> None:
            bar.update()

        yield Progress(advance, say)
