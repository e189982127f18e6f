"""Which URLs reach the application."""

import os
from fnmatch import fnmatchcase

from modwsgideploy.apache.aliases import is_within, spares, takes
from modwsgideploy.apache.parser import split_address
from modwsgideploy.checks.fixes import commented, replace
from modwsgideploy.checks.virtual_hosts import (
    _is_certbots,
    _is_read_first,
    _names,
    _read_last,
)


def trailing_slash(subject):
    """Apache takes ``/app/`` for that very path: ``/app`` is 404, and below
    it links begin with two slashes.
    """
    for alias in subject.mounts:
        if len(alias.url) > 1 and alias.url.endswith("/"):
            yield (f"{alias.directive.where} mounts at {alias.url}, with a"
                   " slash at the end",
                   subject.edit(alias.directive.path, replace(
                       alias.directive, alias.directive.raw_words[0],
                       _rstripped(alias.directive.raw_words[0]))))


def _rstripped(word):
    quote = word[0] if word[0] in "\"'" else ""
    return quote + word.strip(quote or " ").rstrip("/") + quote


def _hosts(subject, directive):
    """The (address, name) pairs that a directive's server answers to."""
    host = directive.section("VirtualHost")
    if not host:
        return {("", "")}
    ports = {address.rpartition(":")[2] for address in host.arguments}
    return {(port, name) for port in ports for name in _names(subject, host)}


# What leads to an application as well, in ways that are not looked into.
_WAYS = ("wsgiscriptaliasmatch", "aliasmatch", "scriptaliasmatch", "action",
         "proxypass", "proxypassmatch", "rewriterule", "sethandler",
         "addhandler", "use", "include", "includeoptional")


def unmounted(subject):
    """No directive of the site's configuration leads to its script: it was
    deleted, or stands in an ``<IfModule>`` or ``<IfDefine>`` that is not so.
    Apache starts; each request is answered with 404.
    """
    if not subject.mounts and not subject.of(*_WAYS):
        yield (f"{subject.conf} has no directive that mounts"
               f" {subject.site.script}", subject.redeploy("-f"))


def same_place(subject):
    """Two sites at one place: of two virtual hosts with one name and port, as
    of two scripts at one mount point, only the first is ever asked.
    """
    theirs = [each for each in subject.of("WSGIScriptAlias", "ServerName",
                                          among=subject.neighbours)
              if not _is_certbots(subject, each)]
    for alias in subject.mounts:
        ours = _hosts(subject, alias.directive)
        for each in theirs:
            named = each.key == "servername" and each.section("VirtualHost")
            mounted = (each.key == "wsgiscriptalias"
                       and each.arguments[:1] == (alias.url,))
            shared = sorted(ours & _hosts(subject, each))
            if shared and (named or mounted):
                place = f"{shared[0][1]}:{shared[0][0]}" if named else \
                    f"{shared[0][1]}{alias.url}"
                yield (f"{place} of {alias.directive.where} is taken by"
                       f" {each.where} as well; only one of them is asked",
                       subject.redeploy("--server-name=ANOTHER.example")
                       if named else subject.redeploy(
                           "--mount-point=/ANOTHER"))
                return


def wildcard(subject):
    """Of the virtual hosts that answer to a name, by ``ServerAlias
    *.example.com`` too, the first one that Apache reads is asked.
    """
    patterns = [(each, word.lower()) for each in subject.of(
        "ServerAlias", among=subject.neighbours)
        for word in each.arguments if "*" in word or "?" in word]
    for alias in subject.mounts if patterns else ():
        for port, name in sorted(_hosts(subject, alias.directive)):
            for each, word in patterns:
                if (port, word) in _hosts(subject, each) and fnmatchcase(
                        name, word) and _is_read_first(subject, each):
                    yield (f"{name}:{port} of {alias.directive.where} is"
                           f" taken by {each.where}, which answers to {word}"
                           " and is read first", _read_last(subject, each))
                    return


def address(subject):
    """A virtual host for an address takes all that comes to it there: Apache
    looks for names among the hosts of that address alone, and ``*`` is for
    the addresses that no host names.
    """
    for ours in subject.of("VirtualHost"):
        mine = {port for host, port in map(split_address, ours.arguments)
                if host == "*"}
        found = {}
        for each, word, port in subject.neighbours.addressed:
            # One of the same name is told of by itself.
            if (port in mine or mine and port == "*") \
                    and word not in ours.arguments \
                    and not set(_names(subject, ours)) & set(
                        _names(subject, each)):
                found[word] = each
        if found:
            where, each = next(iter(found.items()))
            more = f" ({len(found) - 1} more are like that)" \
                if len(found) > 1 else ""
            last = ours.raw_words[-1]
            yield (f"what comes to {where} goes to the VirtualHost at"
                   f" {each.where}, and never to <{ours}> at {ours.where}"
                   + more, subject.edit(ours.path, replace(
                       ours, last, " ".join([last, *found]))))


# What mod_alias and mod_proxy answer before anything else is asked.
_TAKERS = ("Alias", "AliasMatch", "ScriptAlias", "ScriptAliasMatch",
           "Redirect", "RedirectMatch", "RedirectPermanent", "RedirectTemp",
           "ProxyPass")


def shadowed(subject):
    """An ``Alias``, ``Redirect`` or ``ProxyPass`` comes before every
    ``WSGIScriptAlias``, wherever it stands, in the main server for all virtual
    hosts: what is at or below its URL never reaches the application.  A site
    of the main server comes behind all that the virtual host has which
    answers, and of two ``WSGIScriptAlias`` the first one is asked.
    """
    for alias in subject.mounts:
        ours = _hosts(subject, alias.directive)
        spared = any(spares(each, alias.url) for each in subject.of(
            "ProxyPass", among=subject.effective))
        for each in subject.of(*_TAKERS, among=subject.effective):
            where = _hosts(subject, each)
            if each != alias.directive and (
                    where == {("", "")} or ours & where) and takes(
                    each, alias.url) and not _leads_to(subject, each) \
                    and not (spared and each.key == "proxypass"):
                yield (f"{each.where} has {each}, which takes all of"
                       f" {alias.url} from the application",
                       _let_through(subject, each, alias))
        if ours == {("", "")} and not subject.site.in_htaccess:
            yield from _taken_from_main(subject, alias, spared)


def _taken_from_main(subject, alias, spared):
    """What takes a mount point of the main server, and none of a host."""
    first = _first_host(subject)
    names = ["Alias", "ScriptAlias", "ProxyPass"]
    if alias in subject.aliases:    # mod_alias comes before mod_wsgi
        names.append("WSGIScriptAlias")
    for each in subject.of(*names, among=subject.neighbours):
        host = each.section("VirtualHost")
        if not takes(each, alias.url) or (
                spared and each.key == "proxypass"):
            continue
        told = (f"{each.where} has {each.name} {' '.join(each.arguments[:2])},"
                f" which takes all of {alias.url} from the application")
        if host and host == first:
            yield (f"{told} where no other VirtualHost answers",
                   _let_through(subject, each, alias)
                   if each.key == "proxypass"
                   else subject.redeploy("--server-name=ANOTHER.example"))
        elif not host and each.key == "wsgiscriptalias" and (
                each.arguments[0] != alias.url
                and _is_read_first(subject, each)):
            yield f"{told}, as it is read first", _read_last(subject, each)


def _first_host(subject):
    """The VirtualHost that answers to every name that no other has, where
    Apache listens first; None without one."""
    for listen in subject.of("Listen", among=subject.neighbours)[:1]:
        port = listen.arguments[0].rpartition(":")[2]
        for each in subject.of("VirtualHost", among=subject.neighbours):
            if any(split_address(word) == ("*", port)
                   for word in each.arguments):
                return each
    return None


def _let_through(subject, taker, alias):
    """The command that has ``taker`` leave a mount point alone."""
    if taker.key != "proxypass":
        return subject.edit(taker.path, commented(taker))
    # What is not passed on has to be said first.
    return subject.edit(taker.path, f"{taker.line}i ProxyPass {alias.url} !")


def _leads_to(subject, directive):
    """Whether an Alias is how visitors get to the site's .htaccess file."""
    return (subject.site.in_htaccess and len(directive.arguments) > 1
            and is_within(subject.site.web_directory, directive.arguments[1]))


def static_mount(subject):
    """A page of an application that is mounted at ``/app`` asks for
    ``/app/static/...``; an ``Alias /static`` does not serve that.
    """
    wanted = {os.path.realpath(each.path): each.url
              for each in subject.site.static}
    urls = {each.arguments[0].rstrip("/") for each in subject.of("Alias")
            if each.arguments}
    for directive in subject.of("Alias"):
        url, path = (*directive.arguments, "", "")[:2]
        expected = wanted.get(os.path.realpath(path)) if path else None
        if expected and expected not in urls and not url.startswith(
                subject.site.below + "/"):
            yield (f"{directive.where} serves {path} at {url}; the pages ask"
                   f" for {expected}", subject.edit(
                       directive.path, replace(
                           directive, directive.raw_words[0], expected)))
