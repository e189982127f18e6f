"""Who is granted access, and by which file."""

import os
import shlex

from modwsgideploy.apache.aliases import is_within
from modwsgideploy.checks.fixes import commented, sudo


def old_access(subject):
    """``Order``, ``Allow`` and ``Deny`` are Apache 2.2's; 2.4 knows them only
    with mod_access_compat.
    """
    if "access_compat" in subject.host.modules or not subject.host.httpd:
        return
    found = subject.of("Order", "Allow", "Deny", "Satisfy")
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
            commands.append(commented(each))
    yield (f"{found[0].where} has {found[0]}, which this Apache does not know"
           " without mod_access_compat", subject.edit(subject.conf, *commands))


def granted(subject):
    """Apache 2.4 denies what nobody grants: 403, and AH01630 "client denied
    by server configuration" in the log.
    """
    grants = subject.of("Require", "Allow", among=subject.effective)
    for alias in subject.mounts:
        if not any(_grants(each, alias) for each in grants):
            head = os.path.dirname(alias.script)
            lines = (f'<Directory "{head}">', "    Require all granted",
                     "</Directory>")
            if subject.site.in_htaccess:
                lines = lines[1:-1]
            yield (f"nothing grants access to {alias.script}",
                   subject.edit(alias.directive.path,
                                "$a " + "\\n".join(lines)))


# Which class of AllowOverride lets an .htaccess file have a directive, where
# that is not FileInfo (https://httpd.apache.org/docs/2.4/mod/directives.html).
_OVERRIDE = {"options": "Options", "cgipassauth": "AuthConfig",
             "require": "AuthConfig", "requireany": "AuthConfig",
             "requireall": "AuthConfig", "files": "", "order": "Limit",
             "allow": "Limit", "deny": "Limit"}


def allow_override(subject):
    """Apache does not read an .htaccess file where AllowOverride is None, as
    it is by default: the site is not found.  Where it leaves out a class that
    a directive of the file belongs to, each request is answered with 500.
    """
    if not (subject.site.in_htaccess and subject.host.httpd):
        return
    needed = [*dict.fromkeys(filter(None, (
        _OVERRIDE.get(each.key, "FileInfo") for each in subject.own)))]
    found = _override(subject)
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
    yield (f"{where} {effect} {subject.site.web_directory}/.htaccess",
           _allow(subject, needed))


def _override(subject):
    """The AllowOverride in force for the site's .htaccess; None for none.

    The deeper directory counts, and for one and the same what comes last.
    """
    directory = os.path.realpath(subject.site.web_directory)
    found = [(len(path), each)
             for each in subject.of("AllowOverride", among=subject.neighbours)
             for section in [each.section("Directory")] if section
             for path in [section.arguments[0].rstrip("/")]
             if is_within(directory, path)]
    return sorted(found, key=lambda pair: pair[0])[-1][1] if found else None


def _allow(subject, classes):
    """The command that has Apache read the site's .htaccess file."""
    site, host = subject.site, subject.host
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


def _grants(directive, alias):
    """Whether ``directive`` lets visitors get at the script of ``alias``."""
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
                os.path.dirname(alias.script), name):
            return False
        if section.key == "location" and not is_within(alias.url, name):
            return False
        if section.key == "files" and name != os.path.basename(alias.script):
            return False
    return any(section.key in ("directory", "location", "files", "filesmatch",
                               "directorymatch", "locationmatch")
               for section in directive.inside)
