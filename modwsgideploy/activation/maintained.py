"""Put the block of maintenance into an installed text, and take it out."""

from __future__ import annotations

import re

from modwsgideploy.activation.layout import ApacheLayout, Named
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.system.files import text_or_empty

_BEGIN = "# Maintenance, by modwsgideploy disable; enable ends it:"
_END = "# End of maintenance."
_BLOCK = re.compile(rf"(?ms)^{_BEGIN}\n.*?^{_END}\n")
_HOST = re.compile(r"(?mi)^[ \t]*<VirtualHost\b[^\n]*\n")


def page_path(site: Named, layout: ApacheLayout) -> str:
    """Name the page of ``site``, which is beside what is installed."""
    return f"{layout.platform.sites}/{site.name}.maintenance.html"


def with_block(text: str, block: str) -> str:
    """Return an installed ``text`` with ``block`` in each virtual host.

    In one without any, before all else.
    """
    text = without_block(text)
    whole = f"{_BEGIN}\n{block}{_END}\n"
    if not _HOST.search(text):
        return whole + text
    return _HOST.sub(lambda match: match[0] + whole, text)


def in_maintenance(path: str) -> bool:
    """Whether the site that is installed at ``path`` is in maintenance."""
    return bool(_BLOCK.search(text_or_empty(path)))


def block_in(text: str) -> str:
    """Return the block in an installed ``text``, for `with_block`; or ""."""
    found = _BLOCK.search(text)
    return found[0][len(_BEGIN) + 1:-len(_END) - 1] if found else ""


def without_block(text: str) -> str:
    """Return an installed ``text`` as it was before maintenance."""
    return _BLOCK.sub("", text)


def without_maintenance(state: PathState) -> PathState:
    """Return the ``state`` of an installed file as it was before that."""
    return state if state.text is None else state._replace(
        text=without_block(state.text))


def end_maintenance(site: Named, layout: ApacheLayout) -> list[PathChange]:
    """Plan to remove the page of ``site``, if it has one."""
    path = page_path(site, layout)
    return unless_there([PathChange(path, read_state(path), NOTHING)])
