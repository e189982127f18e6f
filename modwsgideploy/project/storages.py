"""Find files in an application's settings that one process alone may open."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What is in a file, by the URL that a setting has.
_BY_URL = (
    ("an SQLite file", re.compile(
        r"sqlite(?:\+\w+)?:/*(?!:memory:|\?|file:.*mode=memory)[^/?]",
        re.I)),
    ("a DuckDB file", re.compile(r"duckdb:/*(?!:memory:|\?)[^/?]", re.I)),
)
# The same by the name of the setting, whose value is a path then.
_BY_NAME = (
    ("a ZODB FileStorage", re.compile("zodb", re.I)),
    ("a Whoosh index", re.compile("whoosh", re.I)),
    ("a Xapian database", re.compile("xapian", re.I)),
    ("a LevelDB", re.compile("leveldb|rocksdb", re.I)),
    ("a TinyDB file", re.compile("tinydb", re.I)),
)
_PATH = re.compile(r"(?:(?:file|zconfig)://)?(?![a-z+]+:)\S*"
                   r"(?:/\S|\.(?:fs|json|db)\b)", re.I)


def find_single_process(settings: Mapping[str, str]) -> tuple[str, str] | None:
    """The first setting that names such a file, and what the file is; None
    where there is none.

    Two processes that write there lock each other out, or damage it.
    """
    for key, value in settings.items():
        value = value.strip()
        for kind, url in _BY_URL:
            if url.match(value):
                return key, kind
        for kind, name in _BY_NAME:
            if name.search(key) and _PATH.match(value):
                return key, kind
    return None
