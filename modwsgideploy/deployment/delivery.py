"""Derive from a site how its templates have pages and files delivered."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from modwsgideploy.model.site import Site, Static


class Granted(NamedTuple):
    """A directory of static files to which Apache gives access."""

    path: str
    pattern: str      # of the names of the files; "" for all of them


def variables(site: Site) -> dict[str, Any]:
    """Return the variables of headers_tmpl, static_tmpl and delivery_tmpl."""
    granted = list(_granted(site.static))
    return {
        "granted": granted,
        # Where headers are set: in the host of the site, or in its directory
        # where it has no host of its own.
        "headers_in": ("" if not has_headers(site) else
                       "host" if site.server_name else "directory"),
        "delivered": _delivered(site, granted),
    }


def has_headers(site: Site) -> bool:
    """Whether the site sets headers that the application may leave out.

    Apache 2.2 has no such condition (expr=).
    """
    return site.apache_version != "2.2" and bool(
        site.content_type_options or site.frame_options
        or site.referrer_policy)


def _delivered(site: Site, granted: Iterable[Granted]) -> str:
    """Return the pattern of the directories of static files, or "" where
    nothing is said of how these are delivered."""
    if site.apache_version == "2.2" or not (
            not site.server_name and site.content_type_options):
        return ""
    whole = _one_of(each.path for each in granted if not each.pattern)
    single = _one_of(each.path for each in granted if each.pattern)
    return "|".join([f"^{whole}(?:/|$)"] * bool(whole)
                    + [f"^{single}/?$"] * bool(single))


def _one_of(texts: Iterable[str]) -> str:
    """Return a pattern that matches one of ``texts``, "" for none."""
    escaped = [*map(re.escape, texts)]
    return (f"(?:{'|'.join(escaped)})" if len(escaped) > 1
            else "".join(escaped))


def _granted(statics: Iterable[Static]) -> Iterator[Granted]:
    """Yield the directories to grant, each with the pattern of its files."""
    files: dict[str, list[str]] = {}
    for static in statics:
        if not static.is_directory:
            head, _, name = static.path.rpartition("/")
            files.setdefault(head, []).append(name)
    for static in statics:
        if static.is_directory:
            yield Granted(static.path, "")
    for head, names in files.items():
        pattern = "|".join(re.escape(name) for name in sorted(names))
        yield Granted(head, f"^({pattern})$")
