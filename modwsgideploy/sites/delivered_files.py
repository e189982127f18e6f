"""Tell from their names how static files are best delivered."""

import os
import re
from collections.abc import Iterable

# Names that hold a hash, in hexadecimal, of the content: app.3f9ac1d2.js,
# app-3f9ac1d2e4b5.min.css.  A digit and a letter are asked for, as a date has
# no letters and a word no digits; what ends a UUID is no hash.
HASHED_NAMES = (r"(?<!-[0-9a-f]{4})[.-](?=[0-9]*[a-f])(?=[a-f]*[0-9])"
                r"[0-9a-f]{8,128}(?:\.\w+)+$")
# The same, or what Vite, Rollup and esbuild have, of which one is a capital:
# index-BUJcyEgn.js, chunk-7Q5ZX2LA.js.  Words can look so, too.
_BUILT = r"[.-](?=[\w-]{0,7}[A-Z])([\w-]{8})(?:\.\w+)+$"
BUILT_NAMES = f"{HASHED_NAMES}|{_BUILT}"
# No hash is known for one by a name such as app-DataGrid.js.
_WORD = re.compile(r"[A-Z]+|[A-Z]?[a-z]+(?:[A-Z][a-z]+)*")
# The suffixes of what a build tool has compressed beforehand.
_COMPRESSED = (".br", ".gz")


def has_precompressed(paths: Iterable[str]) -> bool:
    """Whether one of the files ``paths``, or one below the directories, has a
    compressed copy beside it (``style.css.gz``)."""
    for path in paths:
        if not os.path.isdir(path):
            continue
        for _, _, names in os.walk(path):
            if any(name.endswith(_COMPRESSED)
                   and name[:-len(".br")] in names for name in names):
                return True
    return False


def names_with_hashes(paths: Iterable[str]) -> str:
    """The pattern of the names that hold a hash, below directories ``paths``.

    Where a directory has nothing but such code and styles as Vite builds, and
    not all that tells so could be words, their names are among them.
    """
    return BUILT_NAMES if any(
        _is_built(names) for path in paths if os.path.isdir(path)
        for _, _, names in os.walk(path)) else HASHED_NAMES


def _is_built(names: Iterable[str]) -> bool:
    """Whether all code and styles of one directory have such names."""
    found = [re.search(_BUILT, name) for name in names
             if name.endswith((".js", ".mjs", ".css"))]
    return all(found) and any(
        match and not _WORD.fullmatch(match[1]) for match in found)
