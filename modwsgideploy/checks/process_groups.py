"""Check that process groups are defined once and can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator

from modwsgideploy.apache.aliases import is_within
from modwsgideploy.apache.parser import Directive
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import (
    append_lines,
    comment_out,
    option_word,
    replace,
    set_option,
)
from modwsgideploy.checks.neighbours import (
    answers_all,
    is_certbots,
    is_read_first,
    names_of,
    shares_name,
)
from modwsgideploy.sites.shared_daemons import difference


def daemon_twice(context: CheckContext) -> CheckResult:
    """Daemon processes have a name that no others in the server have: Apache
    refuses to start with "Name duplicates previous WSGI daemon definition".
    """
    theirs = {each.arguments[0]: each for each
              in context.neighbours.of("WSGIDaemonProcess") if each.arguments}
    for name, directive in context.daemons.items():
        if name in theirs and not is_certbots(context, theirs[name]):
            new = name + "-2"
            yield (f"the daemon process {name} of {directive.where} is"
                   f" defined at {theirs[name].where} as well",
                   context.redeploy("--daemon=" + new)
                   if name in context.shared_daemons else context.edit(
                       context.conf, *_renamed(context, name, new)))


def _renamed(context: CheckContext, old: str, new: str) -> Iterator[str]:
    """The sed commands that give a process group another name."""
    for directive in context.of("WSGIDaemonProcess", "WSGIProcessGroup"):
        if directive.arguments[:1] == (old,):
            word = directive.raw_words[0]
            yield replace(directive, word, word.replace(old, new))
    for directive in context.of("WSGIScriptAlias", "WSGIImportScript"):
        if directive.options.get("process-group") == old:
            word = option_word(directive, "process-group")
            yield replace(directive, word, word.replace(old, new))


def daemon_otherwise(context: CheckContext) -> CheckResult:
    """Sites that share daemon processes (``--daemon``) all have their
    definition, and Apache takes that of the site it reads first.  If they
    differ, the processes change when that site is switched off.
    """
    for name, directive in context.shared_daemons.items():
        for theirs in context.daemon_definitions(name):
            differs = difference(theirs.options, directive.options)
            if theirs.path != directive.path and differs:
                yield (f"{directive.where} shares the daemon {name} with"
                       f" {theirs.where}, which Apache reads first and which"
                       f" has {differs}", context.edit(
                           directive.path, *_alike(directive, theirs)))


def _alike(directive: Directive, other: Directive) -> Iterator[str]:
    """The sed commands that give a directive the options of another."""
    for word in directive.raw_words[1:]:
        if word.partition("=")[0] not in other.options:
            yield replace(directive, word, "")
    for word in other.raw_words[1:]:
        name, _, value = word.partition("=")
        if directive.options.get(name) != other.options[name]:
            yield set_option(directive, name, value)


def certbot(context: CheckContext) -> CheckResult:
    """For HTTPS certbot copies a virtual host into NAME-le-ssl.conf.  A
    ``WSGIDaemonProcess`` inside it is copied as well, and Apache then refuses
    both; it belongs outside, where both hosts share it.
    """
    for directive in context.neighbours.of("WSGIDaemonProcess"):
        if directive.arguments and is_certbots(context, directive) and (
                directive.arguments[0] in context.daemons):
            yield (f"certbot's copy repeats the daemon process"
                   f" {directive.arguments[0]} at {directive.where}",
                   context.edit(directive.path, comment_out(directive)))


def _named_groups(context: CheckContext) -> Iterator[tuple[str, Directive]]:
    """Yield each process group that the site names, and where."""
    for alias in context.aliases:
        group = alias.directive.options.get("process-group")
        if group:
            yield group, alias.directive
    for directive in context.of("WSGIProcessGroup"):
        if directive.arguments:
            yield directive.arguments[0], directive


def group_unknown(context: CheckContext) -> CheckResult:
    """No ``WSGIDaemonProcess`` defines the process group.  Apache starts; each
    request is answered with 500, "No WSGI daemon process called ... has been
    configured".
    """
    for group, directive in _named_groups(context):
        if not group.startswith("%{") and (
                not context.daemon_definitions(group)):
            yield (f"{directive.where} names the process group {group}, which"
                   " no WSGIDaemonProcess defines",
                   _own_group(context, directive))


def _own_group(context: CheckContext, directive: Directive) -> str:
    """The command that makes a directive name the site's own processes."""
    if not context.daemons:
        return context.redeploy()
    new = next(iter(context.daemons.values())).raw_words[0]
    return context.edit(
        directive.path,
        replace(directive, directive.raw_words[0], new)
        if directive.key == "wsgiprocessgroup"
        else set_option(directive, "process-group", new, after=2))


def group_of_another(context: CheckContext) -> CheckResult:
    """A ``WSGIDaemonProcess`` inside a ``<VirtualHost>`` is for that host
    alone.  From another each request is answered with 500, "Daemon process
    called ... cannot be accessed by this WSGI application".
    """
    for group, directive in _named_groups(context):
        owners = [each.section("VirtualHost")
                  for each in context.daemon_definitions(group)]
        if owners and not any(_reaches(context, owner, directive)
                              for owner in owners) and owners[0]:
            yield (f"{directive.where} names the process group {group}, which"
                   f" belongs to the VirtualHost at {owners[0].where}",
                   _shared_group(context, group, directive))


def _shared_group(context: CheckContext, group: str, directive: Directive
                  ) -> str:
    """The command that makes a process group usable for a directive."""
    own = context.daemons.get(group)
    if not own:
        return _own_group(context, directive)
    host = own.section("VirtualHost") or own
    return context.edit(own.path, comment_out(own), f"{host.line}i {own}")


def _reaches(context: CheckContext, owner: Directive | None,
             directive: Directive) -> bool:
    """Whether the daemon processes of a virtual host can be used where
    ``directive`` stands."""
    user = directive.section("VirtualHost")
    if owner is None or owner == user:
        return True
    if user:
        return names_of(context, owner)[:1] == names_of(context, user)[:1]
    return answers_all(context, owner) or shares_name(context, owner)


def group_too_late(context: CheckContext) -> CheckResult:
    """A ``WSGIScriptAlias`` that names both groups loads its script when
    Apache starts, so the ``WSGIDaemonProcess`` has to stand before it: "WSGI
    process group not yet configured".
    """
    yield from _too_late_for_certbots(context)
    for alias in context.aliases:
        options = alias.directive.options
        daemon = context.daemons.get(options.get("process-group", ""))
        if daemon and "application-group" in options and (
                context.own.index(daemon)
                > context.own.index(alias.directive)):
            first = (alias.directive.section("VirtualHost")
                     or alias.directive)
            yield (f"the WSGIDaemonProcess at {daemon.where} stands after"
                   f" {alias.directive.where}, which needs it",
                   context.edit(context.conf, comment_out(daemon),
                                f"{first.line}i {daemon}"))


def _too_late_for_certbots(context: CheckContext) -> CheckResult:
    """The same for certbot's copy: Apache reads NAME-le-ssl.conf before
    NAME.conf."""
    for each in context.neighbours.of("WSGIScriptAlias"):
        daemon = context.daemons.get(each.options.get("process-group", ""))
        group = each.options.get("application-group")
        if daemon and group and is_certbots(context, each) and (
                is_read_first(context, each)):
            word = option_word(each, "application-group")
            yield (f"Apache reads certbot's copy {each.where}, which needs"
                   f" the WSGIDaemonProcess of {daemon.where}, before that",
                   context.edit(
                       each.path, replace(each, word, ""), append_lines(
                           each, f"WSGIApplicationGroup {group}")))


def group_of_all(context: CheckContext) -> CheckResult:
    """A ``WSGIProcessGroup`` outside all sections counts for every site of the
    server that names none, so other sites' scripts run in its processes, too.
    Of several the last one that Apache reads counts, for all of them.
    """
    for directive in context.of("WSGIProcessGroup"):
        # Apache's own processes are where they run in any case.
        if not directive.inside and directive.text != "%{GLOBAL}":
            yield (f"{directive.where} has WSGIProcessGroup in no section"
                   + _counting_for_all(context, directive),
                   context.edit(directive.path, comment_out(directive), *(
                       set_option(alias.directive, "process-group",
                                  directive.text, after=2)
                       for alias in context.aliases if "process-group"
                       not in alias.directive.options)))


def _counting_for_all(context: CheckContext, directive: Directive) -> str:
    """What a WSGIProcessGroup outside all sections does to other sites."""
    last = [each for each in context.host.directives.of("WSGIProcessGroup")
            if not each.inside][-1:]
    if not context.enabled or last == [directive] or not last or (
            last[0] not in context.neighbours.of("WSGIProcessGroup")):
        return (": every other site of this server that names none runs in"
                f" the processes {directive.text}")
    place = ("Apache's own processes" if last[0].text == "%{GLOBAL}"
             else f"the processes {last[0].text}")
    return (f", and so has {last[0].where}, which Apache reads later: every"
            f" site of this server that names none runs in {place}")


def embedded(context: CheckContext) -> CheckResult:
    """``WSGIRestrictEmbedded On`` keeps applications out of Apache's own
    processes; a script without a process group is answered with 403.
    """
    restricted = context.value_of("WSGIRestrictEmbedded").lower() == "on"
    for alias in context.aliases:
        if restricted and not alias.group:
            yield (f"{alias.directive.where} names no process group, but"
                   " WSGIRestrictEmbedded is on",
                   _own_group(context, alias.directive) if context.daemons
                   else context.redeploy("--mode=daemon"))


def unused(context: CheckContext) -> CheckResult:
    """A ``WSGIDaemonProcess`` alone moves nothing into its processes: without
    ``process-group=`` or a ``WSGIProcessGroup`` the script runs in Apache's
    own, and without the daemon's ``python-home``, user and locale.
    """
    used = {group for each in context.effective.of(
        "WSGIScriptAlias", "WSGIScriptAliasMatch", "WSGIImportScript",
        "WSGIHandlerScript")
        for group in [each.options.get("process-group")] if group}
    named = [each for each in context.effective.of("WSGIProcessGroup")
             if each.arguments and not _is_for_a_path(context, each)]
    # Of several in one section the last one counts.
    last = {(each.inside, each.path if each.inside else ""): each
            for each in named}
    used |= {each.arguments[0] for each in last.values()}
    # Which one is decided for each request.
    if any(group.startswith("%{") and group != "%{GLOBAL}" for group in used):
        return
    embedded_ones = [alias for alias in context.aliases if not alias.group]
    for name, daemon in context.daemons.items():
        meant = embedded_ones or _meant_for(context, name)
        if name not in used and meant:
            alias, group = meant[0].directive, meant[0].group
            place = (f"the processes {group}, of the last WSGIProcessGroup"
                     if group else "Apache's own processes")
            yield (f"no script runs in the daemon {name} of {daemon.where};"
                   f" that of {alias.where} runs in {place}",
                   context.edit(alias.path, set_option(
                       alias, "process-group", name, after=2)))


def _is_for_a_path(context: CheckContext, directive: Directive) -> bool:
    """Whether it is in a Location that names the directory of a script, as
    if that were a URL."""
    section = directive.section("Location")
    path = section.arguments[0] if section and section.arguments else ""
    return bool(path.strip("/")) and os.path.isdir(path) and any(
        is_within(alias.script, path) for alias in context.aliases)


def _meant_for(context: CheckContext, name: str) -> list[Mount]:
    """The alias that a WSGIProcessGroup stands beside which a later one, of
    the same section, overrules."""
    places = [each for each in context.own
              if each.key in ("wsgiprocessgroup", "wsgiscriptalias")]
    for number, each in enumerate(places):
        if each.key != "wsgiprocessgroup" or each.arguments[:1] != (name,):
            continue
        beside = places[number + 1:number + 2]
        return [alias for alias in context.aliases
                if alias.directive in beside
                and alias.directive.inside == each.inside
                and "process-group" not in alias.directive.options]
    return []
