"""Match URLs and paths with the directives that map the one to the other."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.apache.parser import Directive

# Sections that leave it to the URL which requests a directive is for.
_TRANSPARENT = ("virtualhost", "ifmodule", "ifdefine", "ifversion")


class UrlMapping(NamedTuple):
    """One directive that maps a URL to a path."""

    url: str          # as written
    path: str
    directive: Directive


def mappings(directives: Iterable[Directive]) -> list[UrlMapping]:
    """The UrlMapping of each of ``directives`` that has a URL and a path."""
    return [UrlMapping(each.arguments[0], each.arguments[1], each)
            for each in directives if len(each.arguments) > 1]


def is_within(path: str, top: str) -> bool:
    """Whether ``path`` is ``top`` or below it, as Apache matches paths.

    So it does for URLs, too: /app is not within /ap.
    """
    return (path.rstrip("/") + "/").startswith(top.rstrip("/") + "/")


def takes(directive: Directive, url: str) -> bool:
    """Whether it answers for all that is at and below ``url``.

    It is an Alias, a Redirect, a ProxyPass or one of their kind.
    """
    words = directive.arguments
    if directive.key.startswith("redirect") and words and (
            words[0].isalnum()):   # a status comes before the path
        words = words[1:]
    if not words or words[1:2] == ("!",) or any(
            section.key not in _TRANSPARENT for section in directive.inside):
        return False
    if not directive.key.endswith("match"):
        return is_within(url, words[0])
    below = url.rstrip("/") + "/"
    try:
        return all(re.search(words[0], path)
                   for path in (below, below + "some/page"))
    except re.error:   # Apache's expressions know more
        return False


def spares(directive: Directive, url: str) -> bool:
    """Whether a ProxyPass says that ``url`` is not passed on."""
    return directive.arguments[1:2] == ("!",) and is_within(
        url, directive.arguments[0])
