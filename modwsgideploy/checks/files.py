"""What has to be on this host: directories, files, virtualenvs.

Each check of this package takes a Subject and yields (message, fix).
"""

import os
import shlex

from modwsgideploy.checks.fixes import commented, replace
from modwsgideploy.project.frameworks import config_source


def _missing(path, what, *fix):
    """A finding where there is nothing at ``path``."""
    if path and not os.path.exists(path):
        yield (f"{what} {path} does not exist",
               " && ".join(shlex.join(command) for command in fix))


def _virtualenv(subject, path):
    """The command that makes a virtualenv at ``path``."""
    if subject.site.python2:
        return ("sudo", "virtualenv", "--python=python2.7", path)
    return ("sudo", subject.python, "-m", "venv", path)


def baseline(subject):
    """``WSGIPythonHome`` names the empty virtualenv on which applications are
    layered.  Without it Python does not start: the log repeats "No module
    named 'encodings'", and requests hang.
    """
    path = subject.baseline
    return _missing(path, "the baseline virtualenv",
                    _virtualenv(subject, path))


def virtualenv(subject):
    """The application's virtualenv holds PasteDeploy and all it imports.
    After making it, install the project in it.
    """
    path = subject.virtualenv
    return _missing(path, "the application's virtualenv",
                    _virtualenv(subject, path))


def code(subject):
    """The site's files name the project at the place where it will be
    served, and nobody has put it there yet.
    """
    site = subject.site
    return _missing(
        subject.directory, "the project's code at",
        ("sudo", "mkdir", "-p", subject.directory),
        ("sudo", "cp", "-R", site.project_directory + "/.", subject.directory))


def config(subject):
    """The WSGI script loads the application by this file.  A development
    configuration is a start only: turn debug off and make secrets of its own.
    """
    path = subject.script.config
    source = _likely_config(subject)
    for message, fix in _missing(
            path, "the configuration" if path.endswith(".cfg")
            else "the Paste configuration",
            ("sudo", "cp", source, path) if source else ("sudoedit", path)):
        yield message, (
            fix + "   # then make it one for production: debug off, secrets"
            " of its own; or name another with --config")


def _likely_config(subject):
    """The file in the project that a production configuration starts from,
    or ""."""
    path, top = subject.script.config, subject.site.project_directory
    ready = os.path.join(top, os.path.basename(path))
    if path != ready and os.path.isfile(ready):
        return ready
    source = config_source(top, path)
    return source and os.path.join(top, source)


def egg_cache(subject):
    """Packages that are installed zipped unpack their libraries there
    (``PYTHON_EGG_CACHE``); without it they try the home directory of Apache's
    user, where nothing may be written.
    """
    site, path = subject.site, subject.script.egg_cache
    return _missing(path, "the egg cache", (
        "sudo", "install", "-d", "-o",
        subject.option("user") or site.platform.user,
        "-g", subject.option("group") or site.platform.group, path))


def whole_server(subject):
    """A site of the main server at ``/`` answers for every host name that no
    VirtualHost claims, and stands below all that do.
    """
    for alias in subject.mounts:
        if alias.url == "/" and not alias.directive.section("VirtualHost"):
            yield ("mounted at / without a server name, the site takes every"
                   " host of this Apache",
                   "give --server-name, or a --mount-point")


def script(subject):
    """Apache's configuration names a WSGI script that is not there.  Apache
    starts all the same; each request is answered with 404 or 500, and "Target
    WSGI script not found or unable to stat" in the log.
    """
    # Where the whole project is missing, that says it all.
    if not os.path.isdir(subject.directory):
        return
    for alias in subject.mounts:
        written = os.path.join(subject.site.output_dir,
                               os.path.basename(alias.script))
        if not os.path.exists(alias.script):
            fix = subject.redeploy()
            others = [path for path in subject.texts
                      if path.endswith(".wsgi")
                      and os.path.basename(path) != "test.wsgi"]
            word = next((word for word in alias.directive.raw_words
                         if alias.script in word), "")
            if word and len(others) == 1 and (
                    os.path.dirname(alias.script) == subject.site.output_dir):
                fix = subject.edit(alias.directive.path, replace(
                    alias.directive, word,
                    word.replace(alias.script, others[0])))
            if written != alias.script and os.path.exists(written):
                fix = (f"sudo mkdir -p {_quoted_parent(alias.script)} && "
                       + shlex.join(["sudo", "cp", written, alias.script]))
            yield (f"{alias.directive.where} names the WSGI script"
                   f" {alias.script}, which does not exist", fix)


def _quoted_parent(path):
    return shlex.quote(os.path.dirname(path))


def static(subject):
    """An ``Alias`` that leads nowhere: Apache answers 404, and the
    application is never asked for what is below that URL.
    """
    if not os.path.isdir(subject.directory):
        return
    mounted = [alias.directive for alias in subject.mounts]
    for directive in subject.of("Alias"):
        if len(directive.arguments) == 2 and directive not in mounted and (
                not os.path.exists(directive.arguments[1])):
            url, path = directive.arguments
            yield (f"{directive.where} serves {url} from {path}, which does"
                   " not exist", subject.edit(
                       directive.path, commented(directive)))


def log_directory(subject):
    """Apache does not start when it cannot open a log; it says so
    only once it tries.
    """
    seen = set()
    for directive in subject.of("ErrorLog", "CustomLog", "TransferLog"):
        path = directive.arguments[0] if directive.arguments else ""
        head = os.path.dirname(path)
        if path.startswith("/") and head not in seen:
            seen.add(head)
            yield from _missing(head, f"the log directory of"
                                f" {directive.where},",
                                ("sudo", "mkdir", "-p", head))


def home(subject):
    """``home=`` is the working directory of the daemon processes; where it is
    missing they end as soon as they start, and requests wait for nothing.
    """
    # The project's own directory is told of by itself.
    if subject.home != subject.directory:
        yield from _missing(subject.home, "the home of the daemon processes",
                            ("sudo", "mkdir", "-p", subject.home))
