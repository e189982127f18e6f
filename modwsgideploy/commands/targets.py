"""Find the sites that a command is called for: by directory, manifest or
name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.activation.found import Installed, find_installed
from modwsgideploy.activation.layout import find_layout
from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.commands.checking import find_host
from modwsgideploy.commands.inputs import is_manifest, is_name
from modwsgideploy.commands.switching import Switching
from modwsgideploy.errors import Collector, DeployError, did_you_mean
from modwsgideploy.model.release import current_project
from modwsgideploy.sites.options import Setting

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.commands.invocation import Invocation


def installed_sites(settings: Mapping[str, Setting], run: Invocation
                    ) -> list[Installed]:
    """Find the deployments that this host's Apache has, on or off.

    Raises DeployError.
    """
    host = find_host(run)
    platform = settings.get("platform")
    return find_installed(find_layout(
        find_platform(platform.text if platform else None), host.config),
        host)


def _sites_said(names: Iterable[str]) -> str:
    """Return the sentence that lists the sites of this host."""
    known = ", ".join(names)
    return f"its sites are: {known}" if known else "it has none"


def work_on(target: str, settings: Mapping[str, Setting], run: Invocation
            ) -> Switching:
    """Read the site of a project directory, or those of a manifest.

    Raises DeployError.
    """
    from modwsgideploy.commands.inputs import no_manifest

    if not is_manifest(target):
        no_manifest(run)
        target = current_project(os.path.abspath(target))
    return Switching(target, settings, run, True)


def work_on_installed(site: Installed, settings: Mapping[str, Setting],
                      run: Invocation, host: Host | None = None) -> Switching:
    """Read a deployment that is installed in ``host``, by default as `run`
    says.

    Raises DeployError where its project is not known, or cannot be read.
    """
    if not site.project_directory:
        raise DeployError(_without_project(site))
    where = Setting(current_project(site.output_dir), site.paths[0])
    return Switching(current_project(site.project_directory), {
        **settings, "output-dir": where}, run, True, host)


def works(targets: Sequence[str], settings: Mapping[str, Setting],
          run: Invocation) -> Iterator[Switching]:
    """Yield what `Switching` has of each target: a directory, a manifest, or
    the name of a site that is installed.

    All is read before the first is given.  Raises DeployError with all that
    is wrong.
    """
    found: dict[str, Installed] = {}
    if any(is_name(target) for target in targets):
        found = {site.name: site for site in installed_sites(settings, run)}
    with Collector() as collect:
        read = [collect(_work, target, found, settings, run)
                for target in targets]
    yield from filter(None, read)


def _work(target: str, found: Mapping[str, Installed],
          settings: Mapping[str, Setting], run: Invocation) -> Switching:
    if not is_name(target):
        return work_on(target, settings, run)
    return work_on_installed(_of_name(target, found), settings, run)


def _of_name(name: str, found: Mapping[str, Installed]) -> Installed:
    if name not in found:
        raise DeployError(
            f"{name}: there is no such directory, manifest or site of this"
            f" host{did_you_mean([name], found)}; {_sites_said(found)}")
    return found[name]


def project_of(name: str, settings: Mapping[str, Setting], run: Invocation
               ) -> str:
    """Return the directory of the project of an installed site.

    Raises DeployError.
    """
    site = _of_name(name, {
        site.name: site for site in installed_sites(settings, run)})
    if not site.project_directory:
        raise DeployError(_without_project(site))
    return site.project_directory


def _without_project(site: Installed) -> str:
    return (f"{site.name}: nothing says where the project of"
            f" {site.output_dir} is; name its directory or its manifest")
