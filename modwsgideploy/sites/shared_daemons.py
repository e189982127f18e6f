"""Sites that share daemon processes in, what they do not agree on out.

Apache takes the options of shared processes from the site that it reads
first, so all sites have to give them the same.  Each has an interpreter of its
own in them, which some compiled modules are not made for.
"""

import os
import re
from functools import lru_cache

from modwsgideploy.backends.mod_wsgi import SHARED, daemon_options
from modwsgideploy.system.venv import site_packages

# The option of ours that an option of WSGIDaemonProcess follows from.
_FROM = {"python-home": "virtualenv", "lang": "locale"}


def conflicts(members):
    """What sites of a fleet (of fleet.Member) do to the processes of others,
    as messages."""
    sharing = [member for member in members if member.site.daemon]
    owners = {member.site.process_group: member for member in members
              if not member.site.daemon} if sharing else {}
    firsts = {}
    for member in sharing:
        name = member.site.daemon
        if name in owners:
            yield (f"{_source(member, 'daemon')}: {name} is what the processes"
                   f" of {owners[name].row.source} are called, and they are"
                   " not shared; choose another name")
        first = firsts.setdefault(name, member)
        if first is member:
            continue
        for key in _differing(first.site, member.site):
            mine, theirs = (_shown(one.site, key) for one in (member, first))
            yield (f"{_source(member, key)}: {key} is {mine}, but {theirs} for"
                   f" {first.row.source}, which shares the daemon {name}; give"
                   " both the same, or another daemon")


def _differing(first, second):
    """The names (list) of the options that two sites do not agree on."""
    a, b = (dict(options(site)) for site in (first, second))
    keys = [_FROM.get(name, name) for name in {**a, **b}
            if a.get(name) != b.get(name)]
    return [("baseline" if key == "virtualenv"
             and first.virtualenv == second.virtualenv else key)
            for key in dict.fromkeys(keys)]


def options(site):
    """(name, value) of what defines the processes of ``site``, as text."""
    return [(str(option.name), str(option.value))
            for option in daemon_options(site)]


def _shown(site, key):
    """The value of an option, as a manifest has it."""
    value = getattr(site, key.replace("-", "_"))
    return "empty" if value == "" else str(value)


def _source(member, key):
    """Where a site says ``key``, or where it stands."""
    given = member.row.settings.get(key)
    return given.source if given else member.row.source


class Enabled:
    """The daemon processes that Apache's configuration has.

    ``directives`` are those in force (of httpdconf.Directive); files called
    as one of ``own`` are left out.
    """

    def __init__(self, directives, own=()):
        self.shared = {}      # name -> the WSGIDaemonProcess
        guards = set()
        for directive in directives:
            if not directive.arguments or (
                    os.path.basename(directive.path) in own):
                continue
            if directive.key == "define":
                guards.add(directive.arguments[0])
            elif (directive.key == "wsgidaemonprocess"
                    and SHARED + directive.arguments[0] in guards):
                self.shared[directive.arguments[0]] = directive

    def otherwise(self, site):
        """Why ``site`` cannot share its daemon with what is enabled, ""
        where it can or does not."""
        directive = self.shared.get(site.daemon)
        if not directive:
            return ""
        told = difference(directive.options, dict(options(site)))
        return told and (
            f"shares the daemon {site.daemon} with {directive.where}, which is"
            f" enabled on this host and has {told}; give the same, or another"
            " daemon")


def difference(theirs, ours):
    """In words what ``theirs`` has of other options than ``ours``.

    Both are dicts of an option of WSGIDaemonProcess to its value (str).
    """
    return " and ".join(
        f"{name}={theirs[name]}" if name in theirs else f"no {name}"
        for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))


# What a compiled module says that loads into one interpreter of a process
# only: Cython's since 0.29, and numpy.
_ONLY_ONE = re.compile(rb"can only be loaded into one interpreter per process"
                       rb"|cannot load module more than once per process")


@lru_cache(1024)
def only_one_interpreter(virtualenv):
    """The packages (tuple of str) of ``virtualenv`` that a second interpreter
    of one process cannot import."""
    found = {}
    for packages in site_packages(virtualenv):
        for head, directories, names in os.walk(packages):
            top = os.path.relpath(head, packages).partition(os.sep)[0]
            if top in found:
                directories[:] = []
            elif any(_says(os.path.join(head, name)) for name in sorted(names)
                     if name.endswith((".so", ".dylib"))):
                found[top if top != "." else "a module"] = True
                directories[:] = directories if top == "." else []
    return tuple(sorted(found))


def _says(path):
    """Whether the compiled module at ``path`` says _ONLY_ONE."""
    from mmap import ACCESS_READ, mmap

    try:
        with open(path, "rb") as stream, \
                mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
            return bool(_ONLY_ONE.search(data))
    except (OSError, ValueError):
        return False
