"""Match sections with a request, in the order in which Apache merges them
(https://httpd.apache.org/docs/2.4/sections.html)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.apache.aliases import is_within
from modwsgideploy.apache.parser import Directive

# Sections that leave it to others which requests a directive is for.
_TRANSPARENT = ("ifmodule", "ifdefine", "ifversion", "iffile",
                "ifdirective", "ifsection", "requireany", "requireall",
                "requirenone")
# What is in these is for other requests.
_ELSEWHERE = ("proxy", "proxymatch", "macro")
_KINDS = {"directory": 1, "directorymatch": 2, "files": 3, "filesmatch": 3,
          "location": 4, "locationmatch": 4}


class Request(NamedTuple):
    """What visitors ask for: one file, or a script and all URLs below it."""

    path: str                   # of the file or script
    url: str
    host: Directive | None      # the VirtualHost that answers, if any
    below: bool = True          # whether it is for all URLs below ``url``


def applies(directive: Directive, request: Request) -> bool | None:
    """Whether a directive is for all of a request; None if unknown."""
    results = [_matches(section, request) for section in directive.inside]
    if False in results:
        return False
    return None if None in results else True


def _matches(section: Directive, request: Request) -> bool | None:
    if section.key in _TRANSPARENT:
        return True
    if section.key == "virtualhost":
        return (request.host is not None
                and section.identity == request.host.identity)
    if section.key in _ELSEWHERE:
        return False
    if section.key not in _KINDS or not section.arguments:
        return None      # <If>, <Limit>
    name, regex = section.arguments[0], section.key.endswith("match")
    if name == "~" and len(section.arguments) > 1:
        name, regex = section.arguments[1], True
    kind = section.key.removesuffix("match")
    if kind == "location":
        return _is_at(name, regex, request)
    head, _, base = request.path.rpartition("/")
    if kind == "files":
        return (_found(name, [base]) if regex
                else bool(re.fullmatch(_glob(name), base)))
    if regex:
        return _found(name, [head, head + "/"])
    if not _is_glob(name):
        return is_within(head or "/", name)
    pattern = re.compile(_glob(name.rstrip("/")))
    parts = head.split("/")
    return any(pattern.fullmatch("/".join(parts[:count]))
               for count in range(1, len(parts) + 1))


def _is_at(name: str, regex: bool, request: Request) -> bool | None:
    """Whether a Location is for the URLs of a request."""
    urls = [request.url]
    if request.below:
        top = request.url.rstrip("/")
        urls = [top + "/", top + "/some/page", top + "/other.page"]
    if regex:
        return _found(name, urls)
    if _is_glob(name):
        results = {bool(re.fullmatch(_glob(name), url)) for url in urls}
    else:
        results = {is_within(url, name) for url in urls}
    return results.pop() if len(results) == 1 else None


def _found(pattern: str, texts: Iterable[str]) -> bool | None:
    """Whether a regular expression is found in all of ``texts``; None if in
    some, or if only Apache can tell."""
    try:
        results = {bool(re.search(pattern, text)) for text in texts}
    except (re.error, RecursionError):
        return None
    return results.pop() if len(results) == 1 else None


def _is_glob(name: str) -> bool:
    return bool(re.search(r"[*?\[]", name))


def _glob(pattern: str) -> str:
    """The regular expression of a wildcard, which matches no slash."""
    found = ""
    for part in re.findall(r"\[[^]]+\]|.", pattern):
        if part == "*":
            found += "[^/]*"
        elif part == "?":
            found += "[^/]"
        elif len(part) > 1:
            found += part.replace("[!", "[^")
        else:
            found += re.escape(part)
    return found


def merge_order(directive: Directive) -> tuple[int, int, bool]:
    """What Apache sorts a directive by when it merges sections; of two with
    the same the one that is read last wins."""
    kind = depth = 0
    for section in directive.inside:
        number = _KINDS.get(section.key, 0)
        if number == 1 and section.arguments:
            if section.arguments[0] == "~":
                number = 2
            else:
                depth = section.arguments[0].rstrip("/").count("/")
        kind = max(kind, number)
    return kind, depth, directive.section("VirtualHost") is not None


def scope(directive: Directive) -> tuple[tuple[str, int, str], ...]:
    """The sections around a directive that are merged as one."""
    return tuple(section.identity for section in directive.inside
                 if section.key not in _TRANSPARENT)


def merged(directives: Iterable[Directive], request: Request
           ) -> tuple[list[Directive], bool]:
    """Those of ``directives`` that are in the last scope that is for a
    request, and whether that is sure."""
    groups: dict[object, list[Directive]] = {}
    for directive in directives:
        if applies(directive, request) is not False:
            groups.setdefault(scope(directive), []).append(directive)
    last: list[Directive] = []
    for group in sorted(groups.values(), key=lambda each: merge_order(
            each[0])):
        last = group
    return last, not last or applies(last[0], request) is True
