"""Plan what becomes of a shared host when one of its applications is switched.

The application has two files then: its processes are where the whole of it
would be, and what mounts it is in the host's directory.
"""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator, Mapping, NamedTuple

from modwsgideploy.activation import certbot
from modwsgideploy.activation.https_copy import (
    HttpsCopy,
    find_copy_of,
    plan_copy_on,
)
from modwsgideploy.activation.inside import (
    mount_path,
    plan_line,
    without_lines,
)
from modwsgideploy.activation.installed import (
    Installation,
    Part,
    directive_lines,
    plan_copy,
    source_of,
    unstamped,
)
from modwsgideploy.activation.layout import Named
from modwsgideploy.activation.maintained import (
    without_block,
    without_maintenance,
)
from modwsgideploy.activation.modules import link, switched_off
from modwsgideploy.activation.parting import (
    host_heading,
    included,
    is_untouched,
    left_behind,
    mount_part,
    own_file,
    parted,
    processes_part,
)
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    read_state,
    read_written,
    unless_there,
)
from modwsgideploy.apache import shared_hosts
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.deployment import parts
from modwsgideploy.deployment.record import read_record
from modwsgideploy.errors import Failed
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell


class Generated(NamedTuple):
    """What is known of the texts that were generated of a site."""

    names: tuple[str, ...]            # how what is installed names its file
    earlier: tuple[str | None, ...]   # whole, and in parts


class MountPlan(NamedTuple):
    """What mounts an application in its host, and how that changes."""

    path: str
    changes: tuple[PathChange, ...]


class HostPlan(NamedTuple):
    """What makes a host, and how that changes."""

    changes: tuple[PathChange, ...]
    texts: Mapping[str, str]     # as they will be, by their paths


def generated_of(context: CheckContext, before: str = "") -> Generated:
    """Return what is known of the generated texts of a site.

    ``before`` is a generated file of it that may be installed until now.
    """
    site = context.site
    # What a hand has copied as the runbook has it, before later runs.
    found = [read_record(site.output_dir).generated.get(site.name),
             read_state(f"{site.script_directory}/{site.name}").text]
    if before:
        head, name = os.path.split(before)
        found += [read_record(head).generated.get(name),
                  read_written(before).text]
    cut = [parts.cut(text) for text in found if text]
    return Generated(
        (site.through_current(context.conf), *filter(None, [before])),
        (*found, *(text for each in cut if each
                   for text in (each.processes, each.mount))))


def plan_mount(context: CheckContext, sharing: Sharing, generated: Generated,
               installed: str, overwrite: bool) -> MountPlan:
    """Plan the two files of an application that joins a host.

    ``installed`` is where its processes go.  Raises DeployError.
    """
    site = context.site
    text = read_written(context.conf).text or ""
    if parts.cut(text) is None:
        raise Failed(
            f"{context.conf}: does not show where the application begins, so"
            f" it cannot join others in the host {site.server_name};"
            f" `{context.redeploy()}` writes that anew")
    path = mount_path(site, sharing.layout) if site.inside else (
        f"{sharing.place(site).directory}/" + shared_hosts.mount_file(
            site.name, site.mount_point))
    former = sharing.mount_of(site)
    changes = [
        change for target, part, old in (
            (installed, processes_part(path), ""),
            (path, mount_part(site.server_name, installed),
             former if former != path else ""))
        for change in plan_copy(
            context.conf, target, generated.earlier,
            overwrite or target == installed and _is_known_but_for_its_host(
                installed, generated),
            generated.names, part, old, whole=False).changes]
    return MountPlan(path, tuple(changes))


def _is_known_but_for_its_host(path: str, generated: Generated) -> bool:
    """Whether nobody has edited what is installed at ``path``, but for the
    host in it, which has a file of its own by now."""
    text = certbot.without_redirect(read_state(path).text or "")
    cut = parts.cut(unstamped(without_block(text)))
    return cut is not None and {cut.processes, cut.mount} <= {
        *generated.earlier}


def plan_host(context: CheckContext, sharing: Sharing, generated: Generated,
              overwrite: bool) -> HostPlan:
    """Plan the host that an application joins.

    It stays as it is, unless it is to be made, or this is the deployment that
    it was made from.  Raises DeployError.
    """
    site, place = context.site, sharing.place(context.site)
    makers = sharing.makers(site)
    if site.inside:
        changes, text = plan_line(
            context, sharing.layout,
            [each.name for each in sharing.beside(site)
             if each.name != site.name])
        return HostPlan(tuple(changes), {makers[0]: text})
    if not makers:
        return _new_host(context, sharing, overwrite)
    texts = {path: read_state(os.path.realpath(path)).text or ""
             for path in makers}
    has_certificate = any(map(_has_https, texts.values()))
    planned: tuple[PathChange, ...] = ()
    if os.path.realpath(place.conf) in map(os.path.realpath, makers):
        if _describes(context, sharing, generated, has_certificate):
            planned = _described(context, sharing, generated, overwrite)
    else:
        brings = site.tls and not has_certificate
        outer = [path for path, text in texts.items() if _is_inside(
            text, site.mount_point)]
        if outer or brings:
            planned = tuple(parted(makers, sharing, site, brings))
            if brings:
                planned += _described(context, sharing, generated, overwrite)
    return HostPlan(planned, _made(planned) or texts)


def _has_https(text: str) -> bool:
    """Whether a VirtualHost in ``text`` speaks HTTPS."""
    return bool(re.search(r"(?mi)^[ \t]*SSLEngine[ \t]+on\b", text))


def _made(changes: Iterable[PathChange]) -> dict[str, str]:
    """Return the files of ``changes`` that make a host, by their paths."""
    return {change.path: change.new.text for change in changes
            if change.new.text and change.path.endswith(".conf")
            and shared_hosts.hosts_in(change.new.text)}


def _is_inside(text: str, mount_point: str) -> bool:
    """Whether the application in a VirtualHost is mounted below the mount
    point of one that joins it, which would take its requests."""
    cut = parts.cut(text)
    return cut is not None and cut.url.startswith(
        mount_point.rstrip("/") + "/") and cut.url != mount_point


def _host_part(site: Site, sharing: Sharing) -> Part:
    """Return what makes the text of the host alone of that of a site."""
    def host(text: str) -> str:
        cut = parts.cut(text)
        return sharing.located(site)(host_heading(site, sharing) + cut.host) \
            if cut else text

    return host


def _describes(context: CheckContext, sharing: Sharing, generated: Generated,
               has_certificate: bool) -> bool:
    """Whether the host's own file follows from this deployment.

    If that which it was made from has left, the application at / takes its
    place, and always one that brings a certificate to a host without any.
    """
    site, place = context.site, sharing.place(context.site)
    source = source_of(read_state(place.conf).text or "")
    if site.tls and not has_certificate:
        return True
    left = os.path.basename(source) not in sharing.mounted(site)
    follows = source in generated.names or left and (
        site.mount_point == "/"
        and site.tls == has_certificate)
    return follows and not _has_all(place.conf, context.conf, site, sharing)


def _has_all(path: str, source: str, site: Site, sharing: Sharing) -> bool:
    """Whether the host's own file has each directive that follows from the
    generated file ``source`` of ``site``; what somebody has added stays."""
    text = read_state(path).text or ""
    wanted = _host_part(site, sharing)(
        read_state(os.path.realpath(source)).text or "")
    left = directive_lines(unstamped(text))
    for line in directive_lines(wanted):
        if line not in left:
            return False
        left.remove(line)
    return not is_untouched(path) or not left


def _described(context: CheckContext, sharing: Sharing, generated: Generated,
               overwrite: bool) -> tuple[PathChange, ...]:
    """Plan the host's own file anew, as this deployment has it."""
    site, place = context.site, sharing.place(context.site)
    installation = plan_copy(
        context.conf, place.conf, generated.earlier,
        overwrite or is_untouched(place.conf), generated.names,
        _host_part(site, sharing), whole=False)
    changes = [*installation.changes]
    copy = _copy_of_host(site, sharing)
    if copy:
        changes += plan_copy_on(copy, installation, True, sharing.layout,
                                overwrite)
    if place.link != place.conf:
        changes += unless_there([link(place.link, place.conf)])
    return tuple(changes)


def _copy_of_host(site: Site, sharing: Sharing) -> HttpsCopy | None:
    """Find certbot's copy of the host's own file."""
    return find_copy_of(os.path.basename(sharing.place(site).conf),
                        included(site), sharing.layout)


def _new_host(context: CheckContext, sharing: Sharing, overwrite: bool
              ) -> HostPlan:
    """Plan to make the host of several sites that are switched on together.
    """
    owner = sharing.owner(context.site)
    assert owner
    place = sharing.place(owner)
    maker = sharing.parted(owner)
    if maker:
        changes = [*own_file(f"{sharing.layout.platform.sites}/"
                              f"{maker.conf_name}", maker, sharing)]
        return HostPlan(tuple(changes), _made(changes))
    source = f"{owner.output_dir}/{owner.name}"
    if parts.cut(read_written(source).text or "") is None:
        raise Failed(f"{source}: does not show what is the host's in it, or is"
                     " missing; write it with `modwsgideploy deploy"
                     f" {shell(owner.project_directory)}`")
    installation = Installation() if not is_untouched(
        place.conf) and _has_all(place.conf, source, owner, sharing) else (
        plan_copy(source, place.conf, (),
                  overwrite or is_untouched(place.conf),
                  (owner.through_current(source),),
                  _host_part(owner, sharing), whole=False))
    changes = [*installation.changes]
    if place.link != place.conf:
        changes += unless_there([link(place.link, place.conf)])
    copy = _copy_of_host(owner, sharing)
    if copy:
        changes += plan_copy_on(copy, installation, False, sharing.layout,
                                overwrite)
    return HostPlan(tuple(changes), {
        place.link: installation.text or read_state(place.conf).text or ""})


def removals(sharing: Sharing, site: Named, purge: bool = False
             ) -> Iterator[PathChange]:
    """Plan to take ``site`` out of its host's directory.

    The file stays there as .off, for it may have been edited; to ``purge``
    is to leave nothing that was not.
    """
    path = sharing.mount_of(site)
    if path:
        state = read_state(path)
        left = without_maintenance(state)
        if purge and is_untouched(path):
            left = NOTHING
        yield from unless_there([
            PathChange(path, state, NOTHING),
            PathChange(path + ".off", read_state(path + ".off"), left)])


def host_without(site: Named, sharing: Sharing, purge: bool = False
                 ) -> Iterator[PathChange]:
    """Plan what becomes of the host when ``site`` leaves it.

    If the VirtualHost is in its file, and others are mounted there, that
    gets a file of its own; without others, such a file is switched off, and
    to ``purge`` is to remove it unless it was edited.
    """
    if site.inside:
        yield from without_lines(sharing.beside(site) or [site],
                                 sharing.layout)
    if not site.shared_host:
        return
    place, layout = sharing.place(site), sharing.layout
    others = sharing.others(site)
    if sharing.is_maker(site):
        if others:
            yield from left_behind(site, sharing)
    elif not others:
        state = read_state(place.conf)
        if purge and is_untouched(place.conf):
            yield from unless_there(
                PathChange(path, read_state(path), NOTHING)
                for path in dict.fromkeys((place.link, place.conf)))
        elif state.exists:
            yield from switched_off(place.link, layout)
        copy = certbot.copy_name(os.path.basename(place.link))
        yield from switched_off(
            f"{os.path.dirname(place.link)}/{copy}", layout)
