"""What the application sees of a request and its locale."""

import os
import re

from modwsgideploy.checks.fixes import added, inserted, replace
from modwsgideploy.checks.virtual_hosts import _definitions

# What asks for the header by itself, in code or in an ini.
_AUTHORIZATION = re.compile(
    rb"HTTP_AUTHORIZATION|BasicAuth|basicauth|paste\.auth\.(?:basic|digest)"
    rb"|\.authorization\b|make_basic_auth")
# So much source is looked at, which takes some 20 ms.
_MOST_BYTES = 4_000_000


def locale_unset(subject):
    """Without ``lang=`` and ``locale=`` Python takes the names of files for
    ASCII: "'ascii' codec can't encode character".
    """
    for alias in subject.aliases:
        for daemon in _definitions(subject, alias.group):
            if not {"lang", "locale"} & set(daemon.options):
                yield (f"{daemon.where} gives the daemon processes no locale,"
                       " so Python takes file names for ASCII",
                       subject.edit(daemon.path, inserted(
                           daemon, 1, "lang=C.UTF-8 locale=C.UTF-8")))


def locale_missing(subject):
    """A locale that is not installed is as good as none: the log says "Unable
    to set locale", and file names are ASCII.
    """
    for daemon in subject.daemons.values():
        wrong = {word: value for word in daemon.raw_words
                 for name, _, value in [word.partition("=")]
                 if name in ("lang", "locale")
                 and not _installed(value.strip("\"'"))}
        if wrong:
            names = " and ".join(sorted(set(wrong.values())))
            yield (f"the locale {names} of {daemon.where} is not installed",
                   subject.edit(daemon.path, *(
                       replace(daemon, each, each.partition("=")[0]
                               + "=C.UTF-8") for each in wrong)))


def _installed(name):
    """Whether the C library has the locale ``name``; it is not switched."""
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


def authorization(subject):
    """Apache keeps the ``Authorization`` header to itself unless told to pass
    it, so whoever checks passwords or tokens sees none and asks again.
    """
    passed = [word.lower() for word in subject.last("WSGIPassAuthorization")]
    place = "" if passed == ["on"] or not subject.aliases \
        else _reads_authorization(subject)
    if place:
        alias = subject.aliases[0].directive
        yield (f"{place} reads the Authorization header, which Apache does"
               " not pass on", subject.edit(
                   alias.path, added(alias, "WSGIPassAuthorization On")))


def _reads_authorization(subject):
    """FILE:LINE where the project or its ini asks for the header, or ""."""
    left = _MOST_BYTES
    for path in (subject.script.config, *python_files(subject)):
        try:
            with open(path, "rb") as stream:
                data = stream.read(left)
        except OSError:
            continue
        found = _AUTHORIZATION.search(data)
        if found:
            line = data.count(b"\n", 0, found.start()) + 1
            return f"{path}:{line}"
        left -= len(data)
        if left <= 0:
            break
    return ""


def python_files(subject):
    """The project's own modules, where they are imported from."""
    project = subject.project
    if not project:
        return
    top = os.path.join(project.location, *project.package.split("."))
    if not os.path.isdir(top):
        yield top + ".py"
    for head, directories, names in os.walk(top):
        directories[:] = sorted(set(directories) - {
            "tests", "node_modules", "public", "static", "__pycache__"})
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(head, name)


def scheme(subject):
    """Behind a proxy that speaks HTTPS the application sees http, and so do
    all links it makes, unless Apache believes the proxy's headers.  Whom it
    believes has to be said too, or every visitor is believed.
    """
    headers = subject.of("WSGITrustedProxyHeaders")
    if headers and not subject.of("WSGITrustedProxies"):
        yield (f"{headers[0].where} believes X-Forwarded headers from"
               " everybody", subject.edit(
                   headers[0].path, added(
                       headers[0], "WSGITrustedProxies 127.0.0.1 ::1")))
    secure = subject.of("SSLEngine")
    for name in subject.of("ServerName"):
        if name.text.startswith("https:") and not secure and not headers:
            yield (f"{name.where} says that visitors come by https, but the"
                   " application will see http", subject.edit(
                       name.path, added(
                           name, "WSGITrustedProxies 127.0.0.1 ::1",
                           "WSGITrustedProxyHeaders X-Forwarded-For"
                           " X-Forwarded-Proto X-Forwarded-Host")))
