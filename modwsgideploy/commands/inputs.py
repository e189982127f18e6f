"""Read projects, recorded choices and manifests, for every command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from modwsgideploy.commands.output import note, shown
from modwsgideploy.errors import Collector, DeployError, did_you_mean
from modwsgideploy.model.release import RELEASES, find_root

if TYPE_CHECKING:
    from modwsgideploy.activation.maintenance import Maintenance
    from modwsgideploy.apache.parser import Directive
    from modwsgideploy.apache.platforms import Platform
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.deployment.record import Record
    from modwsgideploy.model.project import Project
    from modwsgideploy.sites.fleet import Complete, Demand, Fleet
    from modwsgideploy.sites.options import Setting
    from modwsgideploy.sites.resolve import Choices
    from modwsgideploy.sites.site_entry import SiteEntry


def read(directory: str, settings: Mapping[str, Setting]
         ) -> tuple[Project, Choices, Platform]:
    """Return the project in ``directory``, what is chosen, and the platform.

    ``settings`` are by the names of the options.  Raises DeployError with all
    that is wrong with any of them.
    """
    from modwsgideploy.apache.platforms import find_platform
    from modwsgideploy.project.discovery import find_project
    from modwsgideploy.sites.resolve import choose

    with Collector() as collect:
        choices = choose(settings, collect)
        chosen = choices.values.get
        platform = collect(find_platform, chosen("platform"))
        project = collect(
            find_project, directory, config=chosen("config"),
            app_name=chosen("app_name"), framework=chosen("framework"),
            application=chosen("application"),
            virtualenv=chosen("virtualenv"),
            global_conf=chosen("global_conf"))
    assert platform and project    # or it has raised what was collected
    return project, choices, platform


def recall(directory: str, settings: Mapping[str, Setting], run: Invocation
           ) -> tuple[Record, Mapping[str, Setting]]:
    """Return what is recorded of the deployment that ``settings`` are about.

    That is its record, and its choices with ``settings`` in place of those
    that they name.  Choices that have no effect with another backend, or are
    about another certificate, are left out, with a note.  Raises DeployError.
    """
    from modwsgideploy.deployment.mount_point import keep_mount_point
    from modwsgideploy.deployment.record import (
        CHOICES,
        Record,
        read_choices,
        read_record,
    )
    from modwsgideploy.sites.contradictions import outdated
    from modwsgideploy.sites.options import BY_NAME, parse_one

    output_dir = os.path.join(directory, "apache")
    setting = settings.get("output-dir")
    if setting and setting.value:
        try:
            output_dir = parse_one(BY_NAME["output-dir"], setting)
        except DeployError:  # `read` says so, and all else that is wrong
            return Record(), settings
    record = read_record(output_dir)
    if record.choices is None:
        return record, settings
    recorded = read_choices(
        record.choices, shown(os.path.join(output_dir, CHOICES)))
    for name, why in outdated(recorded, settings).items():
        note(f"note: {recorded.pop(name).source}: left out, for {why}", run)
    chosen = {**recorded, **settings}
    return record, keep_mount_point(chosen, output_dir, chosen["name"].text)


def is_manifest(argument: str) -> bool:
    """Tell whether ``argument`` is a manifest: "-", or a file."""
    return argument == "-" or os.path.isfile(argument)


def read_maintenance(run: Invocation) -> Maintenance | None:
    """Return how sites are to be in maintenance, if so.  Raises DeployError.
    """
    if run.maintenance is None:
        if run.allow:
            raise DeployError("--allow: is about --maintenance; give both, or"
                              " none")
        return None
    from modwsgideploy.activation.maintenance import Maintenance
    from modwsgideploy.system.files import read_text

    page = read_text(run.maintenance) if run.maintenance else ""
    return Maintenance(page, run.allow, run.retry_after)


def is_name(argument: str) -> bool:
    """Tell whether ``argument`` can only be the name of a site."""
    return "/" not in argument and argument not in ("", ".", "..") and (
        not is_manifest(argument) and not os.path.isdir(argument))


def no_manifest(run: Invocation) -> None:
    """Refuse what is about many sites.  Raises DeployError."""
    if run.only:
        raise DeployError("--only: chooses sites of a manifest; name one in"
                          " place of the project's directory")


def read_sites(manifest: str, settings: Mapping[str, Setting],
               run: Invocation, alone: bool = False,
               complete: Complete | None = None,
               demand: Demand | None = None) -> Fleet:
    """Return the sites of ``manifest``, a path or "-" for standard input.

    Of those, what --only and --host name.  What this host's Apache serves
    already is in the way, unless the sites are looked at ``alone``;
    ``complete`` gives the settings of each, by default with what its
    deployment has to keep.  ``demand`` is as in `read_fleet`.  Raises
    DeployError.
    """
    from modwsgideploy.apache import mod_wsgi
    from modwsgideploy.commands.progress import progress
    from modwsgideploy.sites.fleet import read_fleet

    with _opened(manifest) as (source, name), \
            progress(None, run, " sites read") as bar:
        fleet = read_fleet(
            source, name, settings, mod_wsgi.versions()[1],
            [] if alone else _in_force(), bar.advance,
            complete or _as_deployed, demand)
    if run.host:
        fleet = _on_host(fleet, run.host)
    return _only(fleet, run.only) if run.only else fleet


def hosts_of(fleet: Fleet) -> list[str]:
    """Return the hosts that the sites of ``fleet`` are on."""
    return [*dict.fromkeys(
        host for entry in (*(one.entry for one in fleet.sites),
                           *(one.entry for one in fleet.unreadable))
        for host in entry.hosts)]


def _on_host(fleet: Fleet, host: str) -> Fleet:
    """Return the part of ``fleet`` that is on ``host``.

    Raises DeployError where that is nothing.
    """
    hosts = hosts_of(fleet)
    if host not in hosts:
        raise DeployError(
            f"--host: no site is on {host}" + did_you_mean([host], hosts)
            + (f"; there are {', '.join(hosts)}" if hosts else
               "; the manifest names no hosts"))
    return fleet._replace(
        sites=tuple(one for one in fleet.sites if host in one.entry.hosts),
        unreadable=tuple(one for one in fleet.unreadable
                         if host in one.entry.hosts))


def _as_deployed(entry: SiteEntry) -> Mapping[str, Setting]:
    """Give the settings of an entry with what its deployment has to keep.

    Raises DeployError for a site that is on the hosts of a fleet.
    """
    from modwsgideploy.deployment.mount_point import keep_mount_point

    if entry.hosts:
        raise DeployError(
            f"{entry.source}: is on {', '.join(entry.hosts)}; `modwsgideploy"
            " fleet` writes what Ansible needs to serve it there; without"
            " hosts it is on this machine")
    output_dir = entry.settings.get("output-dir")
    if output_dir:
        path = output_dir.text
    elif entry.project:
        path = os.path.join(entry.project.text, "apache")
    else:
        return entry.settings
    settings = entry.settings
    if entry.project and find_root(entry.project.text):
        settings = {**settings, **_of_release(path)}
    return keep_mount_point(settings, path, entry.name)


def deployed_or_in_release(entry: SiteEntry) -> Mapping[str, Setting]:
    """Give the settings of an entry, whether or not it is of a fleet."""
    return in_release(entry) if entry.hosts else _as_deployed(entry)


def in_release(entry: SiteEntry) -> Mapping[str, Setting]:
    """Give the settings of an entry of a fleet, whose deployments are in a
    release of each host."""
    from modwsgideploy.sites.options import Setting

    places = {"in-place": "yes", "output-dir": f"/{RELEASES}/{entry.name}"}
    if entry.project and "virtualenv" not in entry.settings:
        places["virtualenv"] = f"/{RELEASES}/venvs{entry.project.text}"
    return {**entry.settings, **{
        name: Setting(value, entry.source)
        for name, value in places.items()}}


def _of_release(path: str) -> Mapping[str, Setting]:
    """Return what the deployment ``path`` of a release has of its own."""
    from modwsgideploy.deployment.record import (
        CHOICES,
        read_choices,
        read_record,
    )

    text = read_record(path).choices
    recorded = read_choices(text, os.path.join(path, CHOICES)) if text else {}
    return {name: setting for name, setting in recorded.items()
            if name in ("in-place", "release-root", "virtualenv")}


@contextmanager
def _opened(manifest: str) -> Iterator[tuple[str | TextIO, str]]:
    """Give what to read ``manifest`` from, and its name for messages.

    Raises DeployError for a standard input that cannot be read.
    """
    if manifest != "-":
        yield manifest, manifest
        return
    try:
        # Not sys.stdin: a manifest is UTF-8, whatever the locale is.
        stream = open(0, encoding="utf-8-sig", errors="surrogateescape",
                      newline="", closefd=False)
    except OSError as error:
        raise DeployError(f"standard input: cannot be read ({error.strerror})"
                          "; pipe an ini or CSV file with the sites into it"
                          ) from None
    with stream:
        yield stream, "standard input"


def _in_force() -> Sequence[Directive]:
    """Return the directives of this host's Apache; none without Apache."""
    from modwsgideploy.apache import binaries, control

    try:
        return control.read_config(binaries.find_httpd())
    except DeployError:
        return []


def _only(fleet: Fleet, patterns: Sequence[str]) -> Fleet:
    """Return the part of ``fleet`` that ``patterns`` name.

    Raises DeployError where that is nothing.
    """
    from fnmatch import fnmatchcase

    def is_named(name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    named = tuple(one for one in fleet.sites if is_named(one.entry.name))
    unreadable = tuple(one for one in fleet.unreadable
                       if is_named(one.entry.name))
    if not (named or unreadable):
        raise DeployError(
            f"--only: no site is called {' or '.join(patterns)}; give names"
            " of the manifest, or a pattern such as 'shop*'")
    return fleet._replace(sites=named, unreadable=unreadable)
