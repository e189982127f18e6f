"""Find the files of a site that are in force on a host."""

from __future__ import annotations

import os
from collections.abc import Collection

from modwsgideploy.apache.host import Host
from modwsgideploy.apache.parser import Directives
from modwsgideploy.model.release import is_same_but_release
from modwsgideploy.model.site import Site
from modwsgideploy.system.files import text_or_empty


def installed_path(site: Site, host: Host) -> str:
    """The path at which the file of ``site`` is in force on ``host``, or "".

    It is a link to what was written, or a copy with the name that README.txt
    gives it.
    """
    if site.in_htaccess:
        path = f"{site.web_directory}/.htaccess"
        return path if os.path.isfile(path) else ""
    written = os.path.realpath(f"{site.output_dir}/{site.name}")
    directories = [host.real_path(directory) for directory in (
        site.platform.sites, site.platform.sites_enabled)]
    for path in host.paths:
        if host.real_path(path) == written or (
                os.path.basename(path) == site.conf_name
                and host.real_path(os.path.dirname(path)) in directories):
            return path
    return _beside_mount(site, host) or _copied_path(site, host)


def _beside_mount(site: Site, host: Host) -> str:
    """The path of the processes of a site that is mounted in the VirtualHost
    of another file, or of what mounts it where Apache finds nothing there."""
    mount = mounting_path(site, host)
    if not mount:
        return ""
    directory = os.path.dirname(mount)
    if not site.inside:
        directory = os.path.dirname(directory)
    return next((path for path in host.paths
                 if os.path.basename(path) == site.conf_name
                 and os.path.dirname(host.real_path(path))
                 == host.real_path(directory)), mount)


def _copied_path(site: Site, host: Host) -> str:
    """The path of a copy of the site's file in force elsewhere, or "".

    It is called as README.txt says, or nothing in it is changed, and it
    mounts the site's script, or that of another release.
    """
    text = text_or_empty(f"{site.output_dir}/{site.name}")
    mounting = dict.fromkeys(
        each.path for each in host.directives.of("WSGIScriptAlias")
        if each.arguments[1:2] == (site.script,)
        or is_same_but_release("".join(each.arguments[1:2]), site.script))
    for path in mounting:
        if os.path.basename(path) == site.conf_name or (
                text and text_or_empty(path) == text):
            return path
    return ""


def mounting_path(site: Site, host: Host) -> str:
    """The path of what mounts ``site`` in the VirtualHost of another file on
    ``host``, or ""."""
    directory = site.platform.sites if site.inside else site.applications
    return host.mount_files.get(
        (os.path.basename(directory), site.name), "") if directory else ""


def of_others(host: Host, own: Collection[str], included: Collection[str]
              ) -> Directives:
    """The directives in force that are not of a site.

    ``own`` are the real paths of its files, ``included`` those of the files
    that they include.  Other sites may include those as well, inside sections
    of their own.
    """
    others = Directives(each for each in host.directives
                        if host.real_path(each.path) not in own)
    if not included:
        return others
    return Directives(
        each for each in others if each.path not in included or any(
            section.path not in included
            and host.real_path(section.path) not in own
            for section in each.inside))
