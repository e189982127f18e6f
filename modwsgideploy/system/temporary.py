"""Make temporary files and directories that no signal leaves behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Iterator, Optional, cast

from modwsgideploy.system.signals import (
    deferred_signals,
    ignored_signals,
    stop_on_signals,
)

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory


@contextmanager
def temporary_directory(prefix: str = "modwsgideploy-") -> Iterator[str]:
    """Give the path of a directory that is gone when the block is left.

    A signal that ends this process raises Stopped in the block, not before
    the directory can be removed and not while it is.
    """
    from tempfile import TemporaryDirectory

    directory: Optional[TemporaryDirectory[str]] = None
    handlers = stop_on_signals()
    try:
        try:
            with deferred_signals():
                directory = TemporaryDirectory(prefix=prefix)
            yield directory.name
        finally:
            # A signal on the way to here leaves the rest to the outer one.
            _remove(directory)
    finally:
        _remove(directory)
        with ignored_signals(handlers):     # which puts them back
            pass


def _remove(directory: Optional[TemporaryDirectory[str]]) -> None:
    if directory:
        with deferred_signals():
            directory.cleanup()


def temporary_file() -> BinaryIO:
    """Open a file that has no name.

    Not even the one remains by which tempfile tries out the directory.
    """
    from tempfile import TemporaryFile

    with deferred_signals():
        return cast(BinaryIO, TemporaryFile())
