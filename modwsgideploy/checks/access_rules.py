"""Check who is granted access, and by which file."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from modwsgideploy.apache import parser
from modwsgideploy.apache.access import Access, access
from modwsgideploy.apache.aliases import is_within
from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.sections import Request, merge_order
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, sudo


def old_access(context: CheckContext) -> CheckResult:
    """``Order``, ``Allow`` and ``Deny`` are directives of Apache 2.2; 2.4
    knows them only with mod_access_compat.
    """
    if "access_compat" in context.host.modules or not context.host.httpd:
        return
    found = context.of("Order", "Allow", "Deny", "Satisfy")
    if not found:
        return
    denied = any(each.key == "deny" and "all" in each.arguments
                 for each in found)
    allowed = any(each.key == "allow" and "all" in each.arguments
                  for each in found)
    commands = []
    for each in found:
        if each.key == "order":
            new = "granted" if allowed and not denied else "denied"
            commands.append(f"{each.line},{each.last_line}s|"
                            f"Order.*|Require all {new}|")
        else:
            commands.append(comment_out(each))
    yield (f"{found[0].where} has {found[0]}, which this Apache does not know"
           " without mod_access_compat", context.edit(context.conf, *commands))


def granted(context: CheckContext) -> CheckResult:
    """Apache denies access where the last section that is for the script says
    so, as distributions do for ``/``: 403, and AH01630 "client denied by
    server configuration" in the log.  ``Order`` and ``Deny`` of Apache 2.2
    count beside ``Require``: AH01797.
    """
    for mount in context.mounts:
        found = access(context.effective, Request(
            mount.script, mount.url, mount.directive.section("VirtualHost")))
        if found.granted is False:
            rule = found.rules[-1]
            yield (f"nothing grants access to {mount.script}: {rule} at"
                   f" {rule.where} denies it", _grant(context, mount, found))


def _grant(context: CheckContext, mount: Mount, found: Access) -> str:
    """The command that grants access to a mounted script."""
    rule = found.rules[-1]
    head = os.path.dirname(mount.script)
    if rule.key != "require":
        path = os.path.realpath(rule.path)
        return context.edit(path, *(comment_out(each) for each in found.rules
                                    if os.path.realpath(each.path) == path))
    lines = [f'<Directory "{head}">', "    Require all granted",
             "</Directory>"]
    if context.site.in_htaccess:
        lines = lines[1:-1]
    new = next(iter(parser.parse("Require", "", directory=head)))
    if merge_order(rule) < merge_order(new) or context.site.in_htaccess:
        return context.edit(mount.directive.path, "$a " + "\\n".join(lines))
    if "is_subreq" in rule.text.lower():
        return context.edit(rule.path,
                            f"{rule.last_line}a Require all granted")
    if os.path.realpath(rule.path) != os.path.realpath(mount.directive.path):
        return (f"grant access to {mount.url} in a section that Apache merges"
                f" after that of {rule.where}")
    return context.edit(rule.path, *(
        f"{each.line},{each.last_line}s|[Dd][Ee][Nn][Ii][Ee][Dd]|granted|"
        for each in found.rules))


# Which class of AllowOverride lets an .htaccess file have a directive, where
# that is not FileInfo (https://httpd.apache.org/docs/2.4/mod/directives.html).
_OVERRIDE = {"options": "Options", "cgipassauth": "AuthConfig",
             "require": "AuthConfig", "requireany": "AuthConfig",
             "requireall": "AuthConfig", "files": "", "order": "Limit",
             "allow": "Limit", "deny": "Limit"}


def allow_override(context: CheckContext) -> CheckResult:
    """Apache does not read an .htaccess file if AllowOverride is None for its
    directory, as it is by default: the site is not found.  If it leaves out a
    class that a directive of the file belongs to, each request is answered
    with 500.
    """
    if not (context.site.in_htaccess and context.host.httpd):
        return
    needed = [*dict.fromkeys(filter(None, (
        _OVERRIDE.get(each.key, "FileInfo") for each in context.own)))]
    found = _override(context)
    allowed = {word.partition("=")[0].lower()
               for word in (found.arguments if found else ())}
    missing = [name for name in needed
               if not {name.lower(), "all"} & allowed]
    if not missing:
        return
    where = (f"{found} at {found.where}" if found
             else "AllowOverride, which nothing sets for it,")
    effect = ("keeps Apache from reading" if len(missing) == len(needed)
              else f"without {' and '.join(missing)} refuses a directive of")
    yield (f"{where} {effect} {context.site.web_directory}/.htaccess",
           _allow(context, needed))


def _override(context: CheckContext) -> Directive | None:
    """The AllowOverride in force for the site's .htaccess; None for none.

    The deepest directory counts, and the last of the same one.
    """
    directory = os.path.realpath(context.site.web_directory)
    found = [(len(path), each)
             for each in context.neighbours.of("AllowOverride")
             for section in [each.section("Directory")] if section
             for path in [section.arguments[0].rstrip("/")]
             if is_within(directory, path)]
    return sorted(found, key=lambda pair: pair[0])[-1][1] if found else None


def _allow(context: CheckContext, classes: Sequence[str]) -> str:
    """The command that has Apache read the site's .htaccess file."""
    site, host = context.site, context.host
    name = f"{site.name}-htaccess"
    path = host.config or f"{site.platform.conf}/{name}.conf"
    lines = (f'<Directory "{site.web_directory}">',
             f"    AllowOverride {' '.join(classes)}", "</Directory>")
    command = (f"printf '%s\\n' {' '.join(map(shlex.quote, lines))} |"
               f" {sudo(path)}tee -a {shlex.quote(path)}")
    if host.config:
        return command
    if site.platform.enable_conf:
        command += f" && sudo {site.platform.enable_conf} {name}"
    return f"{command} && sudo {site.reload}"
