"""Check that Apache has the modules, in the versions, that a site needs."""

from __future__ import annotations

import re
import shlex

from modwsgideploy.apache.parser import Directive
from modwsgideploy.backends.mod_wsgi import SINCE
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import (
    comment_out,
    option_word,
    replace,
    sudo,
)
from modwsgideploy.system.versions import version_tuple

# Directives (lower case; a prefix ends in *) and the module that has them.
_MODULE_OF = (
    ("wsgi*", "wsgi"), ("fcgid*", "fcgid"), ("python*", "python"),
    ("ssl*", "ssl"), ("md*", "md"), ("header", "headers"),
    ("requestheader", "headers"),
    ("rewrite*", "rewrite"), ("alias", "alias"), ("aliasmatch", "alias"),
    ("scriptalias", "alias"), ("redirect*", "alias"),
    ("requestreadtimeout", "reqtimeout"), ("setenv", "env"),
    ("setenvif", "setenvif"), ("expires*", "expires"),
    ("proxy*", "proxy"), ("require", "authz_core"),
    ("authtype", "authn_core"), ("authname", "authn_core"),
    ("authuserfile", "authn_file"), ("authbasic*", "auth_basic"),
    ("authgroupfile", "authz_groupfile"), ("authldap*", "authnz_ldap"),
    ("oidc*", "auth_openidc"), ("mellon*", "auth_mellon"),
    ("gssapi*", "auth_gssapi"), ("krb*", "auth_kerb"), ("shib*", "shib"),
)
# Those that are neither Apache's own nor mod_wsgi.
_OF_OTHERS = ("fcgid", "python", "auth_openidc", "auth_mellon", "auth_gssapi",
              "auth_kerb", "shib")
# The same for what their first argument names.
_MODULE_OF_WORD = {
    ("authtype", "basic"): "auth_basic",
    ("authtype", "digest"): "auth_digest",
    ("require", "user"): "authz_user",
    ("require", "valid-user"): "authz_user",
    ("require", "group"): "authz_groupfile",
}
_MODULE_OF_HANDLER = {"fcgid-script": "fcgid", "wsgi-script": "wsgi",
                      "mod_python": "python", "python-program": "python"}
# What a generated configuration asks for in an <IfModule>, and what visitors
# do not get where it is not loaded.
_OPTIONAL = {
    "headers": "sends no headers for security and for browsers' caches",
    "deflate": "sends text without compressing it",
    "rewrite": "sends no files that were compressed beforehand",
    "reqtimeout": "waits without end for uploads that do not come",
    "http2": "offers no HTTP/2",
}
# Of mod_proxy, the part that speaks to the application's own server.
PROXY_MODULES = {"http": "proxy_http", "fcgi": "proxy_fcgi",
                 "uwsgi": "proxy_uwsgi"}
# Directives and options of WSGIDaemonProcess that came with mod_wsgi 6, and
# that went with it; seen with 4.9.4 and 6.1.1.
_FROM_6 = ("interrupt-timeout", "response-flush-delay", "switch-interval",
           "WSGISwitchInterval", "WSGISlowRequests", "WSGIFreeThreading")
_UNTIL_6 = ("WSGILazyInitialization", "WSGINewRelicConfigFile",
            "WSGINewRelicEnvironment")


def no_apache(context: CheckContext) -> CheckResult:
    """There is no web server that could run the site."""
    if not context.host.httpd:
        yield ("this machine has no Apache",
               f"sudo {context.site.platform.packages}")


def needed_modules(context: CheckContext) -> dict[str, Directive]:
    """The modules that the site's directives belong to, each with the first
    such directive."""
    needed: dict[str, Directive] = {}
    for directive in [*context.own, *context.baseline_conf]:
        names = [module for name, module in _MODULE_OF
                 if re.fullmatch(name.replace("*", ".*"), directive.key)]
        if directive.key in ("sethandler", "addhandler"):
            names += [_MODULE_OF_HANDLER[word] for word in directive.arguments
                      if word in _MODULE_OF_HANDLER]
        if directive.key == "proxypass" and len(directive.arguments) > 1:
            scheme = re.match(r"(?:unix:[^|]*\|)?(\w+):",
                              directive.arguments[1])
            names += [PROXY_MODULES[scheme[1]]] if scheme and (
                scheme[1] in PROXY_MODULES) else []
        word = directive.arguments[0].lower() if directive.arguments else ""
        if (directive.key, word) in _MODULE_OF_WORD:
            names.append(_MODULE_OF_WORD[directive.key, word])
        for name in names:
            needed.setdefault(name, directive)
    return needed


def modules(context: CheckContext) -> CheckResult:
    """The configuration has directives of a module that this Apache does not
    load; it refuses to start with "Invalid command".
    """
    httpd = context.host.httpd
    if not httpd:
        return
    for name, directive in needed_modules(context).items():
        if not {name, f"mod_{name}"} & context.host.modules:
            path = httpd.module(name)
            where = "has not enabled" if path else "does not have"
            yield (f"Apache {where} the module {name}, which"
                   f" {directive.name} at {directive.where} needs",
                   _load(context, name, path))


def _load(context: CheckContext, name: str, path: str | None) -> str:
    """The command that makes Apache load the module ``name``."""
    config, platform = context.host.config, context.site.platform
    if config and path:
        identifier = "mod_shib" if name == "shib" else f"{name}_module"
        line = f"LoadModule {identifier} {path}"
        return (f"{sudo(config)}sed -i {shlex.quote('1i ' + line)} "
                + shlex.quote(config))
    if path and platform.enable_module:
        return (f"sudo {platform.enable_module} {name} && sudo"
                f" {platform.restart}")
    package = {"fcgid": platform.fcgid_package,
               "python": platform.python_package,
               **dict(platform.modules)}.get(name)
    if package:
        return f"sudo {platform.install} {package}"
    if name in _OF_OTHERS:
        return (f"install mod_{name}, which {platform.name} has in no package"
                " that this program knows, and have Apache load it")
    return f"sudo {platform.packages}"


def unused(context: CheckContext) -> CheckResult:
    """The site's configuration uses a module where it is loaded
    (``<IfModule>``, or ``Protocols h2``), and this Apache does not load it.
    """
    httpd, text = context.host.httpd, context.texts.get(context.conf, "")
    if not httpd:
        return
    needed = needed_modules(context)    # of which another check tells
    # What Apache itself reads, and no module that is not loaded minds.
    has_http2 = "mpm_prefork" not in context.host.modules and any(
        "h2" in each.arguments for each in context.of("Protocols"))
    for name, lost in _OPTIONAL.items():
        if name not in (*context.host.modules, *needed) and (
                has_http2 if name == "http2" else re.search(
                    rf"(?m)^\s*<IfModule {name}_module>", text)):
            path = httpd.module(name)
            where = "has not enabled" if path else "does not have"
            yield (f"Apache {where} the module {name}: it {lost}",
                   _load(context, name, path))


def no_http2(context: CheckContext) -> CheckResult:
    """``Protocols h2`` offers HTTP/2, which the MPM prefork cannot serve:
    browsers go on with HTTP/1.1.  Apache with the MPM event, which is the
    usual one unless there is mod_php, serves it.
    """
    for directive in context.of("Protocols"):
        if "h2" in directive.arguments and (
                "mpm_prefork" in context.host.modules):
            yield (f"{directive.where} offers HTTP/2, and this Apache runs"
                   " prefork, which has none",
                   context.edit(directive.path, comment_out(directive)))


def exclusive(context: CheckContext) -> CheckResult:
    """mod_wsgi and mod_python each bring a Python of their own into Apache.
    Together they crash, or one of them does not start.
    """
    host, needed = context.host, {"wsgi", "python"} & set(
        needed_modules(context))
    if needed and {"wsgi", "python"} <= host.modules:
        other = "python" if "wsgi" in needed else "wsgi"
        load, platform = host.loads.get(other), context.site.platform
        fix = f"sudo a2dismod {other} && sudo {platform.restart}"
        if load and not (platform.name == "debian" and not host.config):
            command = f"{load.line}s|^|#|"
            fix = (f"{sudo(load.path)}sed -i {shlex.quote(command)}"
                   f" {shlex.quote(load.path)}")
        yield ("mod_wsgi and mod_python are both loaded", fix)


def version(context: CheckContext) -> CheckResult:
    """The mod_wsgi of this host does not know a directive or option yet, or
    no longer; Apache refuses to start.
    """
    module = context.host.mod_wsgi
    number = re.match(r"[\d.]*\d", module.version) if module else None
    if not module or not number:
        return
    ours = version_tuple(number[0])
    since = {**SINCE, **dict.fromkeys(_FROM_6, (5,))}
    for directive in context.own:
        names = [directive.name] + (
            list(directive.options) if directive.key == "wsgidaemonprocess"
            else [])
        for name in names:
            if ours < since.get(name, ()) or (
                    name in _UNTIL_6 and ours >= (6,)):
                yield (f"{directive.where} has {name}, which mod_wsgi"
                       f" {module.version} does not know",
                       _without(context, directive, name))


def _without(context: CheckContext, directive: Directive, name: str) -> str:
    """The command that takes a directive, or its option ``name``, out."""
    word = option_word(directive, name)
    return context.edit(directive.path, replace(directive, word, "") if word
                        else comment_out(directive))
