"""Read the code of a project, without running any of it."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator

# More code than any application has, that somebody may have put there.
_FILES, _BYTES = 5000, 1 << 20
# Their code does not run when the application is served.
_NOT_SERVED = ("test", "tests", "testing", "scaffolds", "node_modules")


def parse_code(text: str) -> ast.Module | None:
    """Parse Python code; None where this Python cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")    # of a backslash too many
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def source_files(directory: str) -> Iterator[str]:
    """The files of code in a package that may run when it is served."""
    count = 0
    for head, directories, names in os.walk(directory):
        directories[:] = sorted(
            name for name in directories
            if name not in _NOT_SERVED and name.isidentifier())
        for name in sorted(names):
            path = os.path.join(head, name)
            if name.endswith(".py") and not name.startswith("test_") and (
                    os.path.isfile(path) and os.path.getsize(path) <= _BYTES):
                count += 1
                if count > _FILES:
                    return
                yield path
