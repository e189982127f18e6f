"""The server: its modules, their versions, what it accepts."""

import os
import re
import shlex

from modwsgideploy.apache import control
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.checks.fixes import commented, replace, sudo
from modwsgideploy.system import venv

# Directives (lower case; a prefix ends in *) and the module that has them.
_MODULE_OF = (
    ("wsgi*", "wsgi"), ("fcgid*", "fcgid"), ("python*", "python"),
    ("ssl*", "ssl"), ("header", "headers"), ("requestheader", "headers"),
    ("rewrite*", "rewrite"), ("alias", "alias"), ("aliasmatch", "alias"),
    ("scriptalias", "alias"), ("redirect*", "alias"),
    ("requestreadtimeout", "reqtimeout"), ("setenv", "env"),
    ("setenvif", "setenvif"), ("expires*", "expires"),
    ("proxy*", "proxy"), ("require", "authz_core"),
)
_MODULE_OF_HANDLER = {"fcgid-script": "fcgid", "wsgi-script": "wsgi",
                      "mod_python": "python", "python-program": "python"}
# Directives and options of WSGIDaemonProcess: from which mod_wsgi on, up to
# which; seen with 4.9.4 and 6.1.1.
_FROM_6 = ("interrupt-timeout", "response-flush-delay", "switch-interval",
           "WSGISwitchInterval", "WSGISlowRequests", "WSGIFreeThreading")
_UNTIL_6 = ("WSGILazyInitialization", "WSGINewRelicConfigFile",
            "WSGINewRelicEnvironment")
# What mod_wsgi takes at the level of the server alone.
_SERVER_ONLY = ("WSGIPythonHome", "WSGIPythonPath", "WSGIPythonOptimize",
                "WSGIPythonWarnings", "WSGISocketPrefix",
                "WSGISocketRotation", "WSGIRestrictEmbedded",
                "WSGIAcceptMutex", "WSGIDestroyInterpreter")


def no_apache(subject):
    """There is no web server that could run the site."""
    if not subject.host.httpd:
        yield ("this machine has no Apache",
               f"sudo {subject.site.platform.packages}")


def _needed(subject):
    """The modules that the site's directives belong to, each with the first
    such directive (dict)."""
    needed = {}
    for directive in [*subject.own, *subject.baseline_conf]:
        names = [module for name, module in _MODULE_OF
                 if re.fullmatch(name.replace("*", ".*"), directive.key)]
        if directive.key in ("sethandler", "addhandler"):
            names += [_MODULE_OF_HANDLER[word] for word in directive.arguments
                      if word in _MODULE_OF_HANDLER]
        for name in names:
            needed.setdefault(name, directive)
    return needed


def modules(subject):
    """The configuration has directives of a module that this Apache does not
    load; it refuses to start with "Invalid command".
    """
    host = subject.host
    if not host.httpd:
        return
    for name, directive in _needed(subject).items():
        if name not in host.modules:
            where = "has not enabled" if host.httpd.module(name) \
                else "does not have"
            yield (f"Apache {where} the module {name}, which"
                   f" {directive.name} at {directive.where} needs",
                   _enable(subject, name))


def _enable(subject, name):
    """The command that makes Apache load the module ``name``."""
    host, platform = subject.host, subject.site.platform
    path = host.httpd.module(name)
    if host.config and path:
        line = f"LoadModule {name}_module {path}"
        return f"{sudo(host.config)}sed -i {shlex.quote('1i ' + line)} " \
            + shlex.quote(host.config)
    if path and platform.enable_module:
        return (f"sudo {platform.enable_module} {name} && sudo"
                f" {platform.restart}")
    return f"sudo {platform.packages}"


def exclusive(subject):
    """mod_wsgi and mod_python each bring a Python of their own into Apache.
    Together they crash, or one of them does not start.
    """
    both = {"wsgi", "python"}
    host = subject.host
    if both <= host.modules and both & set(_needed(subject)):
        other = "python" if "wsgi" in _needed(subject) else "wsgi"
        load, platform = host.loads.get(other), subject.site.platform
        fix = f"sudo a2dismod {other} && sudo {platform.restart}"
        if load and not (platform.name == "debian" and not host.config):
            command = f"{load.line}s|^|#|"
            fix = (f"{sudo(load.path)}sed -i {shlex.quote(command)}"
                   f" {shlex.quote(load.path)}")
        yield ("mod_wsgi and mod_python are both loaded", fix)


def python_mismatch(subject):
    """A mod_wsgi runs the one Python it was linked to.  A virtualenv of
    another is silently empty to it: "No module named ..." for everything.
    """
    module = subject.host.mod_wsgi
    if not module or not subject.aliases:
        return
    for path in dict.fromkeys(filter(None, (
            subject.virtualenv, subject.baseline))):
        if not mod_wsgi_module.python_mismatch(module, path):
            continue
        yield (f"{path} is a virtualenv of Python"
               f" {venv.virtualenv_python(path)}, but {module.path} runs"
               f" Python {module.python}, which finds none of its packages",
               _module_for_python2(subject)
               if subject.site.python2 and module.python[0] == "3"
               and subject.virtualenv else
               _virtualenv_anew(subject, path))


def _virtualenv_anew(subject, path):
    """The command that makes the virtualenv ``path`` for the module."""
    quoted = shlex.quote(path)
    install = ""
    if path == subject.virtualenv:
        install = (f" && {sudo(path)}{quoted}/bin/pip install -e"
                   f" {shlex.quote(subject.directory)}")
    make = ("virtualenv --python=python2.7" if subject.site.python2
            else f"{subject.python} -m venv")
    return f"{sudo(path)}{make} --clear {quoted}{install}"


def _module_for_python2(subject):
    """The command that makes a module for what no Python 3 runs."""
    path, platform = subject.virtualenv, subject.site.platform
    binaries = shlex.quote(path) + "/bin"
    return (f"{sudo(path)}{binaries}/pip install mod_wsgi==4.9.4 &&"
            f" {binaries}/mod_wsgi-express module-config | grep LoadModule |"
            f" sudo tee {platform.wsgi_load} && sudo {platform.restart}")


def rejected(subject):
    """What Apache itself says to the configuration (``apache2 -t``), where no
    other check has told it in plainer words.
    """
    host = subject.host
    if not host.httpd:
        return
    # An .htaccess file is read when it is asked for, and not before.
    if subject.enabled and not subject.site.in_htaccess:
        said = "" if host.report.accepted else host.report.output
    elif not host.report.accepted:
        yield ("Apache refuses the configuration that is in force already:"
               f" {_short(host.report.output)}", "mend that first")
        return
    else:
        said = _tried(subject)
    if said:
        yield (f"Apache refuses the configuration: {_short(said)}",
               f"mend the line that it names in {subject.conf}")


def _tried(subject):
    """What Apache says when the site is added to what is in force."""
    tried = subject.host.tried
    if subject.conf not in tried:
        tried[subject.conf] = _said([subject])
    return tried[subject.conf]


def _said(subjects):
    """What Apache says when these sites are added to what is in force."""
    host = subjects[0].host
    baselines, files, missing = {}, [], {}
    for subject in subjects:
        baseline = os.path.join(subject.site.output_dir, "baseline.conf")
        if baseline in subject.texts and not subject.of(
                "WSGIPythonHome", among=subject.neighbours):
            # Those of many sites are the same one, installed once.
            baselines.setdefault(subject.texts[baseline], baseline)
        files.append(subject.conf)
        missing.update((name, host.httpd.module(name))
                       for name in _needed(subject)
                       if name not in host.modules
                       and host.httpd.module(name))
    tried = control.examine(host.httpd, host.config,
                           [*baselines.values(), *files], missing.items())
    return "" if tried.accepted else tried.output


def try_together(subjects):
    """Find out what Apache says to each of these sites, of one Host.

    All that it accepts take one run of it together, each other one a run.
    """
    left = {subject.conf: subject for subject in subjects
            if subject.host.httpd and not subject.enabled
            and subject.host.report.accepted}
    while len(left) > 1:
        said = _said([*left.values()])
        blamed = [left[path] for path in re.findall(r" of (/.+?):", said)
                  if path in left][:1]
        if said and not blamed:
            return       # it names none of them, so each is tried by itself
        for subject in blamed or left.values():
            subject.host.tried[subject.conf] = said
        left = {path: subject for path, subject in left.items()
                if blamed and subject not in blamed}


def _short(said):
    """What Apache said, in one line, its warnings left out."""
    return " ".join(line for line in said.splitlines()
                    if not line.startswith("[")
                    and not line.startswith("AH00014"))


def version(subject):
    """A directive or option that the mod_wsgi of this host does not know yet,
    or no longer; Apache refuses to start.
    """
    from modwsgideploy.backends.mod_wsgi import SINCE

    module = subject.host.mod_wsgi
    found = re.match(r"[\d.]*\d", module.version if module else "")
    if not found:
        return
    ours = tuple(int(part) for part in found[0].split("."))
    since = {**SINCE, **dict.fromkeys(_FROM_6, (5,))}
    for directive in subject.own:
        names = [directive.name] + (
            list(directive.options) if directive.key == "wsgidaemonprocess"
            else [])
        for name in names:
            if ours < since.get(name, ()) or (
                    name in _UNTIL_6 and ours >= (6,)):
                yield (f"{directive.where} has {name}, which mod_wsgi"
                       f" {module.version} does not know",
                       _without(subject, directive, name))


def _without(subject, directive, name):
    """The command that takes a directive, or its option ``name``, out."""
    for word in directive.raw_words:
        if word.startswith(name + "="):
            return subject.edit(directive.path, replace(directive, word, ""))
    return subject.edit(directive.path, commented(directive))


def server_only(subject):
    """``WSGIPythonHome`` and its like are for the whole server; inside a
    ``<VirtualHost>`` Apache refuses them.
    """
    for directive in subject.of(*_SERVER_ONLY):
        host = directive.section("VirtualHost")
        if host:
            yield (f"{directive.where} has {directive.name} inside a"
                   " VirtualHost, where Apache refuses it",
                   subject.edit(directive.path, commented(directive),
                                f"$a {directive}"))


def python_home_twice(subject):
    """There is one ``WSGIPythonHome`` per server.  Of several the last wins,
    without a word: a site then runs on a baseline that is not its own.
    """
    found = [each for among in (subject.baseline_conf, subject.neighbours,
                                subject.own)
             for each in among.of("WSGIPythonHome")]
    homes = {each.arguments[0]: each for each in found if each.arguments}
    if len(homes) > 1:
        *others, last = homes.values()
        fix = subject.redeploy("--baseline=" + last.arguments[0])
        if not subject.baseline_conf:
            fix = " && ".join(
                subject.edit(each.path, commented(each))
                for each in others)
        yield (f"WSGIPythonHome is {last.arguments[0]} at {last.where}, but"
               + " and".join(f" {each.arguments[0]} at {each.where}"
                             for each in others) + "; the last wins", fix)


def socket_rotation(subject):
    """By default mod_wsgi gives its sockets new names at each reload, and log
    rotation is one: a request that is half sent then gets 503, and "Unable to
    connect to WSGI daemon process" is in the log.  ``WSGISocketRotation Off``
    keeps the names, for the whole server (from mod_wsgi 4.6 on).  Up to 6.1
    such a request still fails, with 500 or 502 and "Request origin could not
    be validated"; only rotating without a reload (``rotatelogs``) spares it.
    """
    if subject.daemons and [word.lower() for word in subject.last(
            "WSGISocketRotation")] != ["off"]:
        first = next(iter(subject.daemons.values()))
        yield ("WSGISocketRotation is not off: a reload, as log rotation makes"
               " one, cuts off requests that are under way",
               subject.edit(first.path, "$a WSGISocketRotation Off"))
