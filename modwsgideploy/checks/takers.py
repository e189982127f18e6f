"""Find what takes a site's URLs away from the application inside sections, by
rewriting, or by another script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from modwsgideploy.apache.aliases import takes
from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.sections import Request, applies, merged
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.neighbours import (
    is_read_first,
    makes_host,
    names_of,
)

_WITH_A_URL = ("ProxyPass", "ProxyPassMatch", "Redirect",
               "RedirectPermanent", "RedirectTemp")
# Which leave the handler to mod_wsgi.
_HARMLESS_HANDLERS = ("none", "wsgi-script")
# Sections inside of which a rule of mod_rewrite sees other paths.
_PER_DIRECTORY = ("directory", "directorymatch", "files", "filesmatch",
                  "location", "locationmatch", "if", "elseif", "else",
                  "proxy", "proxymatch", "macro")


def takers(context: CheckContext, mount: Mount) -> Iterator[Directive]:
    """Yield each directive that takes all of a mount point."""
    request = Request(mount.script, mount.url,
                      mount.directive.section("VirtualHost"))
    for each in _in_locations(context, request):
        # Its own may be how another backend's site is served.
        if mount in context.aliases or each not in context.own:
            yield each
    if mount in context.aliases:
        yield from _handlers(context, request)
        yield from _earlier_aliases(context, mount)
    rule = _rewriting(context, request)
    if rule and (mount in context.aliases or rule not in context.own):
        yield rule


def _in_locations(context: CheckContext, request: Request
                  ) -> Iterator[Directive]:
    """Yield each proxy or redirect of a Location that is for a request."""
    found = []
    for each in context.effective.of(*_WITH_A_URL):
        # A ProxyPass in a LocationMatch does not do what one thinks.
        section = each.section("Location") or (
            each.key != "proxypass" and each.section("LocationMatch"))
        if section and applies(each, request):
            if each.arguments[:1] == ("!",):
                return
            found.append(each)
    yield from found


def _handlers(context: CheckContext, request: Request
              ) -> Iterator[Directive]:
    """Yield what gives the script to another handler."""
    rules, is_sure = merged(context.effective.of("SetHandler"), request)
    if rules:
        handler = rules[-1].text.strip("\"'").lower()
        if is_sure and handler not in _HARMLESS_HANDLERS and (
                "%{" not in handler):
            yield rules[-1]
        return
    if context.effective.of("RemoveHandler"):
        return
    extension = os.path.splitext(request.path)[1].lstrip(".").lower()
    for each in context.effective.of("AddHandler"):
        if applies(each, request) and extension in [
                word.lstrip(".").lower() for word in each.arguments[1:]] and (
                each.arguments[0].lower() not in _HARMLESS_HANDLERS):
            yield each


def _earlier_aliases(context: CheckContext, mount: Mount
                     ) -> Iterator[Directive]:
    """Yield each alias of another script that mod_wsgi asks before."""
    host = mount.directive.section("VirtualHost")
    own = context.of("WSGIScriptAlias", "WSGIScriptAliasMatch")
    for each in own[:own.index(mount.directive)]:
        if each.section("VirtualHost") == host and takes(each, mount.url) and (
                each.arguments[1:2] != mount.directive.arguments[1:2]):
            yield each
    for each in () if host else context.neighbours.of("WSGIScriptAliasMatch"):
        if not each.section("VirtualHost") and takes(each, mount.url) and (
                is_read_first(context, each)):
            yield each


def _rewriting(context: CheckContext, request: Request) -> Directive | None:
    """The RewriteRule of the server that takes all of a request; None where
    it is not sure."""
    host = request.host and request.host.identity
    rules = [each for each in context.effective.of(
        "RewriteEngine", "RewriteCond", "RewriteRule")
        for owner in [each.section("VirtualHost")]
        if ((owner and owner.identity) == host
            or owner and _is_joined(context, owner))
        and not any(section.key in _PER_DIRECTORY for section in each.inside)]
    engines = [each.text.lower() for each in rules
               if each.key == "rewriteengine"]
    if engines[-1:] != ["on"]:
        return None
    conditional = False
    for each in rules:
        if each.key == "rewritecond":
            conditional = True
        elif each.key == "rewriterule" and len(each.arguments) > 1:
            taken = None if conditional else _is_taken(
                each, request, names_of(context, request.host)
                if request.host else [])
            conditional = False
            if taken:
                return each
            if taken is None:
                return None
    return None


def _is_joined(context: CheckContext, host: Directive) -> bool:
    """Whether the site is mounted in ``host``, or will be once it is on."""
    return context.site.server_name.lower() in names_of(
        context, host) and makes_host(context, host.path)


def _is_taken(rule: Directive, request: Request, names: list[str]
              ) -> bool | None:
    """Whether a RewriteRule without conditions takes all of a request; None
    if it may keep later ones from doing so."""
    pattern, target, *more = rule.arguments
    flags = {flag.partition("=")[0].strip().upper()
             for flag in "".join(more).strip("[]").split(",")}
    top = request.url.rstrip("/")
    try:
        found = {bool(re.search(pattern, url)) for url in (
            top + "/", top + "/some/page", top + "/other.page")}
    except re.error:
        return None
    if pattern.startswith("!") or found != {True}:
        return False if found == {False} else None
    if flags & {"F", "FORBIDDEN", "G", "GONE", "P", "PROXY"}:
        return True
    away = re.match(r"(\w+)://([^/:]+)", target)
    if away:
        itself = away[2].lower() in (
            *names, "%{http_host}", "%{server_name}")
        return None if itself else True
    inside = target.startswith("/") and not flags & {
        "PT", "PASSTHROUGH", "R", "REDIRECT"}
    return True if inside else None
