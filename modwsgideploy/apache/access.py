"""Find out whether Apache grants everybody access to a file or script."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from modwsgideploy.apache.parser import Directive, Directives
from modwsgideploy.apache.sections import Request, applies, merged

# What the directives of one scope say.
Judge = Callable[[Sequence[Directive]], "bool | None"]


class Access(NamedTuple):
    """Whether everybody has it, and the directives that decide."""

    granted: bool | None       # None: some have, or it is unknown
    rules: tuple[Directive, ...] = ()


def access(directives: Directives, request: Request) -> Access:
    """Find the Access to what a request is for.

    Both modules have to let a visitor in: mod_authz_core by ``Require``, and
    mod_access_compat by ``Order``, ``Allow`` and ``Deny``; ``Satisfy Any``
    makes one of them enough.
    """
    if _has_htaccess(request.path) or any(
            applies(each, request) is not False and each.text.lower() != "off"
            for each in directives.of("AuthMerging")):
        return Access(None)
    found = [
        _judged(merged(directives.of("Require"), request), _of_require),
        _judged(merged(directives.of("Order", "Allow", "Deny", "Satisfy"),
                       request), _of_order)]
    if any(each.key == "satisfy" and each.text.lower() == "any"
           for each in found[1].rules):
        # One of the two is enough then.
        return Access(True if found[0].granted and found[0].rules else None)
    for result in (False, None):
        for each in found:
            if each.granted is result:
                return each
    return Access(True, tuple(rule for each in found for rule in each.rules))


def _has_htaccess(path: str) -> bool:
    """Whether an .htaccess file may say something else."""
    while len(path) > 1:
        path = os.path.dirname(path)
        if os.path.exists(f"{path}/.htaccess"):
            return True
    return False


def _judged(found: tuple[list[Directive], bool], judge: Judge) -> Access:
    rules, is_sure = found
    return Access(judge(rules) if is_sure else None, tuple(rules))


def _of_require(rules: Sequence[Directive]) -> bool | None:
    """What ``Require`` directives of one scope say; True without any."""
    if not rules:
        return True
    results = []
    for each in rules:
        words = [word.lower() for word in each.arguments]
        result = {"all granted": True, "all denied": False}.get(
            " ".join(words))
        # Ours lets Apache itself look, and nobody else.
        if "is_subreq" in each.text.lower():
            result = False
        results.append(result)
    if any(each.section(name) for each in rules
           for name in ("RequireAll", "RequireNone")):
        return None
    if True in results:
        return True
    return None if None in results else False


def _of_order(rules: Sequence[Directive]) -> bool | None:
    """What the directives of Apache 2.2 in one scope say."""
    if any(each.key == "satisfy" and each.text.lower() != "all"
           for each in rules):
        return None
    order = [each.text.lower().replace(" ", "") for each in rules
             if each.key == "order"]
    allow, deny = (["all" in [word.lower() for word in each.arguments]
                    for each in rules if each.key == key]
                   for key in ("allow", "deny"))
    if order and order[-1] in ("allow,deny", "mutual-failure"):
        if any(deny) or not allow:
            return False
        return True if any(allow) and not deny else None
    if not deny or any(allow):
        return True
    return False if any(deny) and not allow else None
