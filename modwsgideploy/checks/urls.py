"""Check which URLs reach the application."""

from __future__ import annotations

import os

from modwsgideploy.apache.aliases import is_within, mappings, spares, takes
from modwsgideploy.apache.parser import Directive, split_address
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, replace
from modwsgideploy.checks.neighbours import (
    asked_later,
    endpoints,
    in_same_host,
    is_read_first,
    read_last,
)
from modwsgideploy.checks.takers import takers


def trailing_slash(context: CheckContext) -> CheckResult:
    """Apache takes ``/app/`` for that very path: ``/app`` is 404, and the
    links of the pages below it begin with two slashes.
    """
    for mount in context.mounts:
        if len(mount.url) > 1 and mount.url.endswith("/"):
            word = mount.directive.raw_words[0]
            yield (f"{mount.directive.where} mounts at {mount.url}, with a"
                   " slash at the end", context.edit(
                       mount.directive.path, replace(
                           mount.directive, word, _without_slash(word))))


def _without_slash(word: str) -> str:
    """``word`` without the slashes at its end, its quotes kept."""
    quote = word[0] if word[0] in "\"'" else ""
    return quote + word.strip(quote or " ").rstrip("/") + quote


# These may lead to the application as well; how is not looked into.
_WAYS = ("wsgiscriptaliasmatch", "aliasmatch", "scriptaliasmatch", "action",
         "proxypass", "proxypassmatch", "rewriterule", "sethandler",
         "addhandler", "use", "include", "includeoptional")


def unmounted(context: CheckContext) -> CheckResult:
    """No directive of the site's configuration leads to its script: it was
    deleted, or stands in an ``<IfModule>`` or ``<IfDefine>`` that is not so.
    Apache starts; each request is answered with 404.
    """
    if not context.mounts and not context.of(*_WAYS):
        yield (f"{context.conf} has no directive that mounts"
               f" {context.site.script}", context.redeploy("-f"))


# What mod_alias and mod_proxy answer before anything else is asked.
_TAKERS = ("Alias", "AliasMatch", "ScriptAlias", "ScriptAliasMatch",
           "Redirect", "RedirectMatch", "RedirectPermanent", "RedirectTemp",
           "ProxyPass", "ProxyPassMatch")


def shadowed(context: CheckContext) -> CheckResult:
    """An ``Alias``, ``Redirect`` or ``ProxyPass`` comes before every
    ``WSGIScriptAlias``, wherever it stands, and in the main server for all
    virtual hosts: what is at or below its URL never reaches the application.
    So do a ``Location`` with a ``ProxyPass`` or another handler, and a
    ``RewriteRule``.  A site of the main server comes after everything in the
    virtual host that answers, and of two ``WSGIScriptAlias`` the first one is
    asked.
    """
    for mount in context.mounts:
        ours = endpoints(context, mount.directive)
        spared = [each for each in context.effective.of("ProxyPass")
                  if spares(each, mount.url)]
        for each in context.effective.of(*_TAKERS):
            where = endpoints(context, each)
            if each != mount.directive and (
                    where == {("", "")} or ours & where) and takes(
                    each, mount.url) and not _leads_to(context, each) \
                    and not asked_later(context, each, mount.url) \
                    and not (each.key.startswith("proxypass")
                             and any(_is_before(other, each)
                                     for other in spared)) \
                    and not _is_told(context, each, mount):
                yield (f"{each.where} has {each}, which takes all of"
                       f" {mount.url} from the application",
                       _let_through(context, each, mount))
        for each in takers(context, mount):
            if asked_later(context, each, mount.url):
                continue
            yield (f"{each.where} has {each}, which takes all of {mount.url}"
                   " from the application",
                   _first_asked(context, each, mount)
                   if each.key.startswith("wsgi") else
                   context.edit(each.path, comment_out(each)))
        if ours == {("", "")} and not context.site.in_htaccess:
            yield from _taken_from_main(context, mount, bool(spared))


def _is_before(exclusion: Directive, taker: Directive) -> bool:
    """Whether a ProxyPass is asked before another; of two beside each other
    the first one is."""
    return (exclusion.path, exclusion.inside) != (taker.path, taker.inside) \
        or exclusion.line < taker.line


def _is_told(context: CheckContext, taker: Directive, mount: Mount) -> bool:
    """Whether another check tells that ``taker`` is at the same place, as a
    WSGIScriptAlias stands beside it."""
    return in_same_host(context, taker) and any(
        each.path == taker.path and each.arguments[:1] == (mount.url,)
        for each in context.neighbours.of("WSGIScriptAlias"))


def _first_asked(context: CheckContext, taker: Directive, mount: Mount
                 ) -> str:
    """The command that has mod_wsgi ask a mount point before ``taker``."""
    if taker not in context.own:
        return read_last(context, taker)
    return context.edit(taker.path, comment_out(mount.directive),
                        f"{taker.line}i {mount.directive}")


def _taken_from_main(context: CheckContext, mount: Mount, spared: bool
                     ) -> CheckResult:
    """Find what takes a mount point of the main server alone."""
    first = _first_host(context)
    names = ["Alias", "ScriptAlias", "ProxyPass", "ProxyPassMatch"]
    if mount in context.aliases:    # mod_alias comes before mod_wsgi
        names.append("WSGIScriptAlias")
    for each in context.neighbours.of(*names):
        host = each.section("VirtualHost")
        if not takes(each, mount.url) or (
                spared and each.key.startswith("proxypass")):
            continue
        message = (f"{each.where} has {each.name}"
                   f" {' '.join(each.arguments[:2])}, which takes all of"
                   f" {mount.url} from the application")
        if host and host == first:
            yield (f"{message} where no other VirtualHost answers",
                   _let_through(context, each, mount)
                   if each.key.startswith("proxypass")
                   else context.another("server-name"))
        elif not host and each.key == "wsgiscriptalias" and (
                each.arguments[0] != mount.url
                and is_read_first(context, each)):
            yield f"{message}, as it is read first", read_last(context, each)


def _first_host(context: CheckContext) -> Directive | None:
    """The VirtualHost that answers to every name that no other has, on the
    first port that Apache listens on; None if there is none."""
    for listen in context.neighbours.of("Listen")[:1]:
        port = listen.arguments[0].rpartition(":")[2]
        for each in context.neighbours.of("VirtualHost"):
            if any(split_address(word) == ("*", port)
                   for word in each.arguments):
                return each
    return None


def _let_through(context: CheckContext, taker: Directive, mount: Mount
                 ) -> str:
    """The command that has ``taker`` leave a mount point alone."""
    if in_same_host(context, taker) and taker.arguments[:1] == (mount.url,):
        return context.another("mount-point")
    if not taker.key.startswith("proxypass"):
        return context.edit(taker.path, comment_out(taker))
    # What is not passed on has to be said first.
    return context.edit(taker.path, f"{taker.line}i ProxyPass {mount.url} !")


def _leads_to(context: CheckContext, directive: Directive) -> bool:
    """Whether an Alias is how visitors get to the site's script, or to its
    .htaccess file."""
    if len(directive.arguments) > 1 and (
            directive.arguments[1] == context.script_path):
        return True
    return (context.site.in_htaccess and len(directive.arguments) > 1
            and is_within(context.site.web_directory, directive.arguments[1]))


def slashes(context: CheckContext) -> CheckResult:
    """Apache puts what follows the URL of an ``Alias`` behind its path as it
    is: with a slash at the end of the URL alone, ``/static/a.css`` is looked
    for in ``/srv/statica.css``.
    """
    for each in mappings(context.of("Alias")):
        if each.url.endswith("/") and not each.path.endswith("/") and (
                not os.path.isfile(each.path)):
            word = each.directive.raw_words[1]
            end = word[-1] if word[-1] in "\"'" else ""
            yield (f"{each.directive.where} has {each.directive}: only the"
                   " URL ends in a slash, so no file below it is found",
                   context.edit(each.directive.path, replace(
                       each.directive, word,
                       word.removesuffix(end or "\0") + "/" + end)))


def static_mount(context: CheckContext) -> CheckResult:
    """A page of an application that is mounted at ``/app`` asks for
    ``/app/static/...``; an ``Alias /static`` does not serve that.
    """
    wanted = {os.path.realpath(each.path): each.url
              for each in context.site.static}
    aliases = mappings(context.of("Alias"))
    urls = {each.url.rstrip("/") for each in aliases}
    for each in aliases:
        expected = wanted.get(os.path.realpath(each.path))
        if expected and expected not in urls and not each.url.startswith(
                context.site.below + "/"):
            yield (f"{each.directive.where} serves {each.path} at {each.url};"
                   f" the pages ask for {expected}", context.edit(
                       each.directive.path, replace(
                           each.directive, each.directive.raw_words[0],
                           expected)))
