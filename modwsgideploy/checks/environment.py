"""Check the Python and the locale that the application runs with."""

from __future__ import annotations

import os
import re
import shlex

from modwsgideploy.apache import mod_wsgi
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import (
    insert_after,
    replace,
    set_option,
    sudo,
)
from modwsgideploy.checks.missing_files import NO_PREFIX
from modwsgideploy.system.files import names_in
from modwsgideploy.system.venv import virtualenv_python


def python_mismatch(context: CheckContext) -> CheckResult:
    """A mod_wsgi runs the one Python it was linked to.  A virtualenv of
    another is silently empty to it: "No module named ..." for everything.
    """
    module = context.host.mod_wsgi
    if not module or not context.aliases:
        return
    for path in dict.fromkeys(filter(None, (
            context.virtualenv, context.baseline))):
        if not mod_wsgi.python_mismatch(module, path):
            continue
        yield (f"{path} is a virtualenv of Python"
               f" {virtualenv_python(path)}, but {module.path} runs"
               f" Python {module.python}, which finds none of its packages",
               _module_for_python2(context)
               if context.site.python2 and module.python[0] == "3"
               and context.virtualenv else
               _virtualenv_anew(context, path))


def _virtualenv_anew(context: CheckContext, path: str) -> str:
    """The command that makes the virtualenv ``path`` for the module."""
    quoted = shlex.quote(path)
    install = ""
    if path == context.virtualenv:
        install = (f" && {sudo(path)}{quoted}/bin/pip install -e"
                   f" {shlex.quote(context.directory)}")
    make = ("virtualenv --python=python2.7" if context.site.python2
            else f"{context.python} -m venv")
    return f"{sudo(path)}{make} --clear {quoted}{install}"


def _module_for_python2(context: CheckContext) -> str:
    """The command that makes a module for what no Python 3 runs."""
    path, platform = context.virtualenv, context.site.platform
    binaries = shlex.quote(path) + "/bin"
    return (f"{sudo(path)}{binaries}/pip install mod_wsgi==4.9.4 &&"
            f" {binaries}/mod_wsgi-express module-config | grep LoadModule |"
            f" sudo tee {platform.wsgi_load} && sudo {platform.restart}")


def locale_unset(context: CheckContext) -> CheckResult:
    """Without ``lang=`` and ``locale=`` Python takes file names for ASCII:
    "'ascii' codec can't encode character".
    """
    for alias in context.aliases:
        for daemon in context.daemon_definitions(alias.group):
            if not {"lang", "locale"} & set(daemon.options):
                yield (f"{daemon.where} gives the daemon processes no locale,"
                       " so Python takes file names for ASCII",
                       context.edit(daemon.path, insert_after(
                           daemon, 1, "lang=C.UTF-8 locale=C.UTF-8")))


def locale_missing(context: CheckContext) -> CheckResult:
    """A locale that is not installed is as good as none: the log says "Unable
    to set locale", and file names are ASCII.
    """
    for daemon in context.daemons.values():
        wrong = {word: value for word in daemon.raw_words
                 for name, _, value in [word.partition("=")]
                 if name in ("lang", "locale")
                 and not is_installed(value.strip("\"'"))}
        if wrong:
            names = " and ".join(sorted(set(wrong.values())))
            yield (f"the locale {names} of {daemon.where} is not installed",
                   context.edit(daemon.path, *(
                       replace(daemon, each, each.partition("=")[0]
                               + "=C.UTF-8") for each in wrong)))


def is_installed(name: str) -> bool:
    """Whether the C library has the locale ``name``; do not switch to it."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.newlocale.restype = ctypes.c_void_p
    library.newlocale.argtypes = (ctypes.c_int, ctypes.c_char_p,
                                  ctypes.c_void_p)
    library.freelocale.argtypes = (ctypes.c_void_p,)
    found = library.newlocale(1, os.fsencode(name), None)
    if found:
        library.freelocale(found)
    return bool(found)


def no_prefix(context: CheckContext) -> CheckResult:
    """``python-home`` and ``WSGIPythonHome`` want the directory of a
    virtualenv or a Python, as ``sys.prefix`` has it: not its ``bin``, nor its
    interpreter.  Otherwise Python does not start: the log repeats "No module
    named 'encodings'", and requests hang.
    """
    named = [(daemon, "python-home", daemon.options.get("python-home", ""))
             for daemon in context.daemons.values()]
    named += [(each, "", each.arguments[0])
              for each in context.of("WSGIPythonHome") if each.arguments]
    for directive, option, path in named:
        if not path or is_prefix(path) or not (
                os.path.exists(path) or re.search(NO_PREFIX, path)) or (
                os.path.isdir(path) and not os.access(
                    path, os.R_OK | os.X_OK)):
            continue
        above = os.path.dirname(path.rstrip("/"))
        while above not in ("", "/") and not is_prefix(above):
            above = os.path.dirname(above)
        fix = ("name the directory of a virtualenv in the place of"
               f" {path}")
        if above not in ("", "/"):
            fix = context.edit(directive.path, (
                set_option(directive, option, above) if option else replace(
                    directive, directive.raw_words[0], above)))
        yield (f"{directive.where}: {path} is no virtualenv and no Python's"
               " directory", fix)


def is_prefix(path: str) -> bool:
    """Whether a Python can have ``path`` for its home."""
    return os.path.isfile(f"{path}/pyvenv.cfg") or any(
        os.path.isfile(f"{path}/{lib}/{name}/os.py")
        for lib in ("lib", "lib64") for name in names_in(f"{path}/{lib}")
        if name.startswith("python"))
