"""Check who is granted access, and by which file."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from modwsgideploy.apache.aliases import is_within
from modwsgideploy.apache.parser import Directive
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
    """Apache 2.4 denies access unless a directive grants it: 403, and AH01630
    "client denied by server configuration" in the log.
    """
    grants = context.effective.of("Require", "Allow")
    for mount in context.mounts:
        if not any(_grants(each, mount) for each in grants):
            head = os.path.dirname(mount.script)
            lines = [f'<Directory "{head}">', "    Require all granted",
                     "</Directory>"]
            if context.site.in_htaccess:
                lines = lines[1:-1]
            yield (f"nothing grants access to {mount.script}",
                   context.edit(mount.directive.path,
                                "$a " + "\\n".join(lines)))


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
    return f"{command} && sudo {site.platform.reload}"


def _grants(directive: Directive, mount: Mount) -> bool:
    """Whether ``directive`` gives visitors access to the mounted script."""
    words = [word.lower() for word in directive.arguments]
    if not (directive.key == "require" and words != ["all", "denied"]
            or directive.key == "allow" and words[:1] == ["from"]):
        return False
    # Ours lets Apache itself look, and nobody else.
    if "is_subreq" in directive.text.lower():
        return False
    for section in directive.inside:
        name = section.arguments[0] if section.arguments else ""
        if section.key == "directory" and not is_within(
                os.path.dirname(mount.script), name):
            return False
        if section.key == "location" and not is_within(mount.url, name):
            return False
        if section.key == "files" and name != os.path.basename(mount.script):
            return False
    return any(section.key in ("directory", "location", "files", "filesmatch",
                               "directorymatch", "locationmatch")
               for section in directive.inside)
