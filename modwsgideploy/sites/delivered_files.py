"""Tell from their names how static files are best delivered."""

import os
from collections.abc import Iterable

# Names that hold a hash, in hexadecimal, of the content: app.3f9ac1d2.js,
# app-3f9ac1d2e4b5.min.css.  A digit and a letter are asked for, as a date has
# no letters and a word no digits; what ends a UUID is no hash.
HASHED_NAMES = (r"(?<!-[0-9a-f]{4})[.-](?=[0-9]*[a-f])(?=[a-f]*[0-9])"
                r"[0-9a-f]{8,64}(?:\.\w+)+$")
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
