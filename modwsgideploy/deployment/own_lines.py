"""Keep the lines of one's own that a generated file has between two marks.

They are no edit of what is generated: whatever becomes of the rest of the
file, they stay.
"""

from __future__ import annotations

import re

from modwsgideploy.sites.pieces import OWN_BEGIN, OWN_END

_OWN = re.compile(
    rf"(?m)^(?P<begin>[ \t]*{re.escape(OWN_BEGIN)}[ \t]*\r?\n)"
    rf"(?P<lines>(?s:.*?))^(?=[ \t]*{re.escape(OWN_END)})")


def has_marks(text: str) -> bool:
    """Whether ``text`` has a place for lines of one's own."""
    return _OWN.search(text) is not None


def own_lines(text: str) -> str:
    """Return the lines between the marks of ``text``; "" without any."""
    match = _OWN.search(text)
    return match["lines"].replace("\r\n", "\n") if match else ""


def with_own_lines(text: str, lines: str) -> str:
    """Return ``text`` with ``lines`` between its marks, if it has them."""
    match = _OWN.search(text)
    if not match:
        return text
    return text[:match.end("begin")] + lines + text[match.end("lines"):]


def with_marks(text: str, new: str) -> str:
    """Return ``text`` with the marks that ``new`` has, in the same place.

    A version without them has generated ``text``; somebody may have added
    lines where they belong.
    """
    match = _OWN.search(new)
    if not match or has_marks(text):
        return text
    marks = "\n" + match["begin"] + new[match.end("lines"):].split("\n")[0]
    if "\r\n" in text:
        marks = marks.replace("\n", "\r\n") + "\r"
    end = text.rfind("</VirtualHost>")
    start = len(text) if end < 0 else text.rfind("\n", 0, end) + 1
    return text[:start] + marks + "\n" + text[start:]
