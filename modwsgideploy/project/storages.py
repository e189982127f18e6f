"""Find files in an application's settings that one process alone may open."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What is in a file, by the URL that a setting has.
_BY_URL = (
    ("an SQLite file",
     r"sqlite(?:\+\w+)?:/*(?!:memory:|\?|file:.*mode=memory)[^/?]"),
    ("a DuckDB file", r"duckdb:/*(?!:memory:|\?)[^/?]"),
)
# The same by the name of the setting, whose value is a path then.
_BY_NAME = (
    ("a ZODB FileStorage", "zodb"),
    ("a Whoosh index", "whoosh"),
    ("a Xapian database", "xapian"),
    ("a LevelDB", "leveldb|rocksdb"),
    ("a TinyDB file", "tinydb"),
)
_PATH = (r"(?:(?:file|zconfig)://)?(?![a-z+]+:)\S*"
         r"(?:/\S|\.(?:fs|json|db)\b)")


def find_single_process(settings: Mapping[str, str]) -> tuple[str, str] | None:
    """The first setting that names such a file, and what the file is; None
    where there is none.

    Two processes that write there lock each other out, or damage it.
    """
    for key, value in settings.items():
        value = value.strip()
        for kind, url in _BY_URL:
            if re.match(url, value, re.I):
                return key, kind
        for kind, name in _BY_NAME:
            if re.search(name, key, re.I) and re.match(_PATH, value, re.I):
                return key, kind
    return None
