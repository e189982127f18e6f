"""Check that the files, directories and virtualenvs of a site exist."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

from modwsgideploy.apache.aliases import mappings
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, replace
from modwsgideploy.deployment.copying import copy_code, copy_new
from modwsgideploy.project.frameworks import config_source
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.venv import site_packages

# What people give in the place of the virtualenv that it is in.
NO_PREFIX = (r"/(?:bin(?:/python[\d.]*)?|lib(?:64)?(?:/python[\d.]+"
             r"(?:/site-packages)?)?|pyvenv\.cfg)/*\Z")


def _missing(path: str, what: str, *fix: Sequence[str]) -> CheckResult:
    """Yield a finding if there is nothing at ``path``.

    ``fix`` are the commands that make it.
    """
    if path and not os.path.exists(path):
        yield (f"{what} {path} does not exist",
               " && ".join(shlex.join(command) for command in fix))


def _make_virtualenv(context: CheckContext, path: str) -> list[str]:
    """The command that makes a virtualenv at ``path``."""
    if context.site.python2:
        return ["sudo", "virtualenv", "--python=python2.7", path]
    return ["sudo", context.python, "-m", "venv", path]


def baseline(context: CheckContext) -> CheckResult:
    """``WSGIPythonHome`` names the empty virtualenv on which applications are
    layered.  Without it Python does not start: the log repeats "No module
    named 'encodings'", and requests hang.
    """
    path = context.baseline
    return _missing(path, "the baseline virtualenv",
                    _make_virtualenv(context, path))


def virtualenv(context: CheckContext) -> CheckResult:
    """The application's virtualenv has PasteDeploy and everything that it
    imports.  After making it, install the project in it.
    """
    path = context.virtualenv
    # One that is not meant is not made.
    if re.search(NO_PREFIX, path):
        return iter(())
    return _missing(path, "the application's virtualenv",
                    _make_virtualenv(context, path))


def code(context: CheckContext) -> CheckResult:
    """The site's files name the directory from which the project will be
    served, and nobody has put it there yet.  The fix is what the runbook says:
    repositories, virtualenvs and caches stay where they are.
    """
    site = context.site._replace(directory=context.directory)
    for message, fix in _missing(context.directory, "the project's code at",
                                 ("sudo", "mkdir", "-p", context.directory)):
        yield message, f"{fix} && {copy_new(site)} && {copy_code(site)}"


def config(context: CheckContext) -> CheckResult:
    """The WSGI script loads the application by this file.  A development
    configuration is only a start: turn debug off and make new secrets.
    """
    path = context.script.config
    source = _likely_config(context)
    for message, fix in _missing(
            path, "the configuration" if path.endswith(".cfg")
            else "the Paste configuration",
            ("sudo", "cp", source, path) if source else ("sudoedit", path)):
        yield message, (
            fix + "   # then make it one for production: debug off, secrets"
            " of its own; or name another with --config")


def _likely_config(context: CheckContext) -> str:
    """The file of the project to start a production configuration from, or
    ""."""
    path, top = context.script.config, context.site.project_directory
    ready = os.path.join(top, os.path.basename(path))
    if path != ready and os.path.isfile(ready):
        return ready
    source = config_source(top, path)
    return source and os.path.join(top, source)


def env_file(context: CheckContext) -> CheckResult:
    """The script reads the application's secrets from this file when it
    starts, and fails without it.  It belongs to the group of the daemon's
    user, and is closed to others.
    """
    site, path = context.site, context.script.env_file
    return _missing(path, "the env file", (
        "sudo", "install", "-m", "0640", "-g",
        context.option("group") or site.group or site.platform.group,
        "/dev/null", path), ("sudoedit", path))


def init(context: CheckContext) -> CheckResult:
    """The script runs this file before it loads the application, and fails
    without it (``--init``).
    """
    path = context.script.init
    return _missing(path, "the init file", ("sudoedit", path))


def egg_cache(context: CheckContext) -> CheckResult:
    """Packages that are installed as zip files unpack their libraries there
    (``PYTHON_EGG_CACHE``); without it they try the home directory of Apache's
    user, who may not write there.  Nothing else needs it.
    """
    site, path = context.site, context.script.egg_cache
    if not has_zipped_eggs(context):
        return iter(())
    return _missing(path, "the egg cache", (
        "sudo", "install", "-d", "-o",
        context.option("user") or site.platform.user,
        "-g", context.option("group") or site.platform.group, path))


def has_zipped_eggs(context: CheckContext) -> bool:
    """Whether it imports from a package that is a zip file."""
    own = (*context.script.import_from,
           *context.option("python-path").split(":"))
    if any(path.endswith(".egg") and os.path.isfile(path) for path in own):
        return True
    for top in (context.virtualenv, context.baseline):
        for directory in site_packages(top):
            named = text_or_empty(f"{directory}/easy-install.pth").split("\n")
            if any(name.endswith(".egg")
                   and os.path.isfile(os.path.join(directory, name.strip()))
                   for name in (*names_in(directory), *named)):
                return True
    return False


def python_path(context: CheckContext) -> CheckResult:
    """``python-path=`` names a directory that does not exist.  Apache and
    Python pass it over without a word; what was to be imported from there is
    not found, "No module named ...".
    """
    for daemon in context.daemons.values():
        for path in daemon.options.get("python-path", "").split(":"):
            if path.startswith("/") and not os.path.exists(path):
                yield (f"python-path of {daemon.where} names {path}, which"
                       " does not exist", f"put the modules there, or mend"
                       f" python-path= in {daemon.path}")


def script(context: CheckContext) -> CheckResult:
    """Apache's configuration names a WSGI script that does not exist.  Apache
    starts nevertheless; each request is answered with 404 or 500, and "Target
    WSGI script not found or unable to stat" in the log.
    """
    # If the whole project is missing, another check says so.
    if not os.path.isdir(context.directory):
        return
    for mount in context.mounts:
        if not os.path.exists(mount.script):
            yield (f"{mount.directive.where} names the WSGI script"
                   f" {mount.script}, which does not exist",
                   _script_fix(context, mount))


def _script_fix(context: CheckContext, mount: Mount) -> str:
    """The command that puts the script there, or names the one that is."""
    written = os.path.join(context.site.output_dir,
                           os.path.basename(mount.script))
    if written != mount.script and os.path.exists(written):
        parent = shlex.quote(os.path.dirname(mount.script))
        return (f"sudo mkdir -p {parent} && "
                + shlex.join(["sudo", "cp", written, mount.script]))
    others = [path for path in context.texts if path.endswith(".wsgi")
              and os.path.basename(path) != "test.wsgi"]
    word = next((word for word in mount.directive.raw_words
                 if mount.script in word), "")
    if word and len(others) == 1 and (
            os.path.dirname(mount.script) == context.site.output_dir):
        return context.edit(mount.directive.path, replace(
            mount.directive, word, word.replace(mount.script, others[0])))
    return context.redeploy()


def static(context: CheckContext) -> CheckResult:
    """An ``Alias`` leads nowhere: Apache answers 404, and the application is
    never asked for what is below that URL.
    """
    if not os.path.isdir(context.directory):
        return
    mounted = [mount.directive for mount in context.mounts]
    for each in mappings(context.of("Alias")):
        if each.directive not in mounted and not os.path.exists(each.path):
            yield (f"{each.directive.where} serves {each.url} from"
                   f" {each.path}, which does not exist", context.edit(
                       each.directive.path, comment_out(each.directive)))


def log_directory(context: CheckContext) -> CheckResult:
    """Apache does not start if it cannot open a log, and says so only when it
    tries.
    """
    seen: set[str] = set()
    for directive in context.of("ErrorLog", "CustomLog", "TransferLog"):
        path = directive.arguments[0] if directive.arguments else ""
        head = os.path.dirname(path)
        if path.startswith("/") and head not in seen:
            seen.add(head)
            yield from _missing(head, f"the log directory of"
                                f" {directive.where},",
                                ("sudo", "mkdir", "-p", head))


def home(context: CheckContext) -> CheckResult:
    """``home=`` is the working directory of the daemon processes.  Without it
    they end as soon as they start, and requests wait in vain.
    """
    # Another check finds that the project's own directory is missing.
    if context.home != context.directory:
        yield from _missing(context.home, "the home of the daemon processes",
                            ("sudo", "mkdir", "-p", context.home))
