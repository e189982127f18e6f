"""A deployment and an Apache in; the files that switch it on or off, out.

What the runbook (README.txt) has an administrator type, as Steps: each is a
path, what is there, and what is to be there.  The last line of an installed
file is a sum over the lines above it: so edits of the installed copy show,
and nothing has to be kept elsewhere.
"""

import os
import re
from functools import lru_cache
from typing import NamedTuple, Optional, Tuple

from modwsgideploy.activation.state import PathChange, PathState, read_files
from modwsgideploy.apache.platforms import enabled_directory
from modwsgideploy.errors import DeployError, Failed

_STAMP = "\n# modwsgideploy enable: sum {} of the lines above, from {}\n"
_STAMPED = re.compile(re.escape(_STAMP).replace(r"\{\}", "(.*)") + r"\Z")


class Endpoint(NamedTuple):
    """Where a site is asked for."""

    path: str
    host: str
    port: int
    address: str
    tls: bool


class SiteChange(NamedTuple):
    """What switches one site on, or off."""

    name: str
    url: str
    files: Tuple[str, ...]      # where Apache would read it
    steps: Tuple[PathChange, ...]     # none: it is so already
    shared: Tuple[PathChange, ...] = ()    # of what other sites need as well
    door: Optional[Endpoint] = None
    logs: Tuple[str, ...] = ()
    deployment: str = ""        # the directory of its generated files


def stamped(text, source):
    """``text``, that of the file ``source``, as it is installed."""
    text += "" if text.endswith("\n") else "\n"
    return text + _STAMP.format(_sum(text), source)


def is_ours(text, source):
    """Whether ``text`` is as `stamped` made it, and nobody edited it."""
    match = _STAMPED.search(text)
    return bool(match) and match.groups() == (
        _sum(text[:match.start()]), source)


def _sum(text):
    import hashlib

    return hashlib.sha256(
        text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def plan_on(subject, place, overwrite=False, path=None):
    """The Move that switches a checks Subject on.

    ``path`` is what its Door is to ask for, by default the mount point;
    ``overwrite`` is for edits of what is installed.  Raises DeployError.
    """
    from modwsgideploy.deployment.record import read_record

    site = subject.site
    # What a hand has copied as the runbook has it, before later runs.
    ours = (read_record(site.output_dir).made.get(site.name),
            read_files(f"{site.script_directory}/{site.name}").text)
    installed, *links = _files(site, place)
    copied = _copied(subject.conf, installed, ours, overwrite)
    server = _server_wide(subject, place, overwrite)
    door = _door(subject, path)
    return SiteChange(
        site.name, shown(door), _files(site, place),
        (*copied, *_unless_there(_link(path_, installed) for path_ in links)),
        (*_modules(subject, place), *server), door, _logs(subject),
        site.output_dir)


def plan_off(site, place):
    """The Move that switches ``site`` off; as README.txt does it.

    Raises Failed where what is on is not of this deployment.
    """
    files = _files(site, place)
    path, entry = files[-1], read_files(files[-1])
    source = f"{site.output_dir}/{site.name}"
    stamp = _STAMPED.search(read_files(os.path.realpath(path)).text or "")
    if stamp and stamp.group(2) != source:
        raise Failed(f"{path}: is of another deployment, {stamp.group(2)};"
                     " disable that one, or remove the file")
    if place.enabled and entry.text is not None:
        raise Failed(f"{path}: is no link to {files[0]}, so it may be all"
                     " there is of it; move it there")
    steps = []
    if not entry.same(PathState()):
        steps = [PathChange(path, entry, PathState())]
        if not place.enabled:
            off = path + ".off"
            steps.append(PathChange(off, read_files(off), entry))
    return SiteChange(site.name, site.url, files, tuple(steps),
                deployment=site.output_dir)


def _files(site, place):
    """Where the configuration of ``site`` is installed, and its link."""
    directories = filter(None, (place.platform.sites, place.enabled))
    return tuple(f"{directory}/{site.conf_name}" for directory in directories)


def _link(path, target):
    """The Step that links ``path`` to ``target`` as a2ensite does it."""
    new = PathState(link=os.path.relpath(target, os.path.dirname(path)))
    old = read_files(path)
    if old.text is not None or (
            old.link is not None
            and os.path.realpath(path) != os.path.realpath(target)):
        raise DeployError(
            f"{path}: is there already, and no link to {target}; remove it")
    return PathChange(path, new if old.link is not None else old, new)


def _unless_there(steps):
    """Those of ``steps`` that change anything."""
    return [step for step in steps if not step.old.same(step.new)]


def _copied(source, path, ours, overwrite):
    """The Steps that copy the file ``source`` to ``path``.

    ``ours`` are more texts of this deployment.  Raises DeployError where
    somebody has edited the copy, unless it may be overwritten.
    """
    written = read_files(os.path.realpath(source))
    new = stamped(written.text, source)
    old, off = read_files(path), read_files(path + ".off")
    if old.link is not None:
        if os.path.realpath(path) == os.path.realpath(source):
            return []
        raise DeployError(f"{path}: is a link to {old.link}, and not to"
                          f" {source}; remove it")
    if old.text in (new, written.text):
        return []
    steps, found = [], (path, old)
    if old.text is None and off.text is not None:
        # As `plan_off` leaves it where there is no link to remove.
        steps, found = [PathChange(path + ".off", off, PathState())], (path + ".off",
                                                             off)
    if found[1].text not in (None, new, written.text, *ours) and (
            not is_ours(found[1].text, source)):
        if not overwrite:
            raise Failed(
                f"{found[0]}: was edited since it was installed, or is not of"
                f" this deployment; `diff -u {found[0]} {source}` shows how:"
                f" take what you want to keep over into {source}, then -f"
                f" overwrites the other and keeps it as {path}.bak")
        steps.append(_kept(path, found[1]))
    mode = written.mode if old.text is None else old.mode
    return [*steps, PathChange(path, old, PathState(new, mode=mode))]


def _kept(path, old):
    """The Step that saves what is at ``path`` as .bak, like deploy does."""
    import itertools

    for number in itertools.count():
        backup = f"{path}.bak{number or ''}"
        found = read_files(backup)
        if found.same(PathState()) or found.same(old):
            return PathChange(backup, found, PathState(old.text, mode=old.mode))


def _server_wide(subject, place, overwrite):
    """The Steps (list) for what all sites of its backend share."""
    from modwsgideploy.backends import BACKENDS

    named = BACKENDS[subject.site.backend].server_conf(subject.site)
    if not named:
        return []
    source = os.path.join(subject.site.output_dir, named[0])
    path = f"{place.platform.conf}/{named[1]}.conf"
    written, old = read_files(source), read_files(path)
    if written.text is None:
        raise DeployError(f"{source}: is missing; write it with"
                          f" `{subject.redeploy()}`")
    steps = []
    if _directives(written.text) != _directives(old.text or ""):
        if not (old.same(PathState()) or overwrite and old.text is not None):
            raise Failed(
                f"{path}: is what other sites of this server share, and not"
                f" as {source} has it, as `diff -u {path} {source}` shows;"
                " deploy the site with the same, or -f replaces it")
        steps = [PathChange(path, old, PathState(stamped(written.text, source),
                                       mode=written.mode))]
        if old.text is not None:
            steps.insert(0, _kept(path, old))
    if place.conf_enabled:
        steps += _unless_there([_link(
            f"{place.conf_enabled}/{named[1]}.conf", path)])
    return steps


def _directives(text):
    """The lines of ``text`` that Apache heeds."""
    return [line.strip() for line in text.splitlines()
            if line.strip() and not line.lstrip().startswith("#")]


def missing_modules(subject, place):
    """The modules that the runbook enables: found but not in force yet."""
    from modwsgideploy.deployment.runbook import modules

    available = _available(place)
    return [name for name in modules(subject.site)
            if name not in subject.host.modules
            and os.path.isfile(f"{available}/{name}.load")]


def _available(place):
    """The directory of the modules that can be enabled by a link."""
    return os.path.dirname(place.platform.wsgi_load)


def _modules(subject, place):
    """The Steps that enable modules, as a2enmod does it."""
    available = _available(place)
    enabled = enabled_directory(available)
    if enabled == available:
        return
    left = missing_modules(subject, place)
    for name in left:     # which grows
        target = f"{available}/{name}.load"
        depends = re.search(r"(?m)^#\s*Depends:(.*)", read_files(target).text or "")
        left += [each for each in (depends[1].split() if depends else ())
                 if each not in left and each not in subject.host.modules
                 and os.path.isfile(f"{available}/{each}.load")]
        for suffix in ("load", "conf"):
            if os.path.isfile(f"{available}/{name}.{suffix}"):
                yield from _unless_there([_link(
                    f"{enabled}/{name}.{suffix}",
                    f"{available}/{name}.{suffix}")])


def _door(subject, path):
    """The Door of a site, as its files say."""
    from urllib.parse import quote

    site = subject.site
    mount = next(iter(subject.mounts), None)
    url = mount.url if mount else site.mount_point
    path = path or quote(url, safe="/=;:@+$,!~*'()&")
    section = mount and mount.directive.section("VirtualHost")
    listens = _listens(subject.host)
    if not section:
        address, port = next(
            ((address, port) for address, port, tls in listens if not tls),
            ("", 80))
        return Endpoint(path, site.server_name, port, address or "127.0.0.1",
                    False)
    inside = [each for each in subject.own if section in each.inside]
    name = next((each.arguments[0] for each in inside
                 if each.key == "servername" and each.arguments),
                site.server_name)
    address, port = _address((*section.arguments, "")[0])
    port = port or site.port
    return Endpoint(
        path, re.sub(r"^\w+://|:\d+$", "", name), port,
        address or {each[1]: each[0] for each in reversed(listens)}.get(port)
        or "127.0.0.1",
        any(each.key == "sslengine" and each.arguments[:1]
            and each.arguments[0].lower() == "on" for each in inside))


@lru_cache(8)
def _listens(host):
    """(address, port, whether by TLS) of each Listen of a Host (list)."""
    found = []
    for each in host.directives:
        if each.key == "listen" and each.arguments:
            address, port = _address(each.arguments[0])
            found.append((address, port, "https" in each.arguments[1:]
                          or port == 443 and len(each.arguments) < 2))
    return found


def _address(text):
    """The address and port of a Listen or VirtualHost; "", 0 for any."""
    address, _, port = text.rpartition(":")
    if not port.isdigit():
        address, port = text, "0"
    address = address.strip("[]")
    if address in ("*", "_default_", "0.0.0.0", "::") or address.isdigit():
        address = ""
    return address, int(port)


def _logs(subject):
    """The error logs of the site's own."""
    return tuple(dict.fromkeys(
        each.arguments[0] for each in subject.of("ErrorLog")
        if each.arguments and os.path.isabs(each.arguments[0])))


def disagreeing(moves):
    """(Move, Move, path) where one wants another file for all than one before.
    """
    wanted = {}
    for move in moves:
        for step in move.shared:
            first = wanted.setdefault(step.path, (move, step))
            if not _alike(first[1].new, step.new):
                yield move, first[0], step.path


def _alike(one, other):
    """Whether two Entries are the same to Apache."""
    if None in (one.text, other.text):
        return one.same(other)
    return _directives(one.text) == _directives(other.text)


def shown(door):
    """The URL of a Door."""
    scheme, usual = ("https", 443) if door.tls else ("http", 80)
    port = "" if door.port == usual else f":{door.port}"
    return f"{scheme}://{door.host or 'localhost'}{port}{door.path}"
