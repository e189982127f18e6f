"""Find the sites that a command line names: by directory, or by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.commands.checking import context_of, find_host
from modwsgideploy.commands.inputs import is_name, read, recall
from modwsgideploy.commands.targets import project_of
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.release import (
    ReleasePaths,
    current_project,
    find_root,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modwsgideploy.activation.layout import ApacheLayout
    from modwsgideploy.apache.host import Host
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.sites.options import Setting


class ReadSite(NamedTuple):
    """A site as its deployment has it, in its project's directory."""

    site: Site
    project: Project
    settings: Mapping[str, Setting]     # the recorded choices
    context: CheckContext
    layout: ApacheLayout


def site_directories(words: Sequence[str], run: Invocation) -> list[str]:
    """Return the directory of each site that ``words`` name.

    Raises DeployError with all that is no site.
    """
    with Collector() as collect:
        found = [collect(_directory, word, run) for word in words]
    return [*dict.fromkeys(filter(None, found))]


def _directory(word: str, run: Invocation) -> str:
    path = os.path.abspath(word)
    if os.path.isdir(path):
        return path
    if not is_name(word):
        raise DeployError(f"{path}: there is no such directory; name that of a"
                          " site, or the site's name")
    return project_of(word, {}, run)


def root_of(directory: str, run: Invocation) -> str:
    """Return the ROOT of the site in ``directory``: where it has releases, or
    will have.  Raises DeployError."""
    root = find_root(directory)
    if root:
        return root
    site = read_site(directory, run).site
    for path in (site.directory, site.project_directory):
        if ReleasePaths(path).current:
            return path
    return (site.directory if os.path.isdir(site.directory)
            else site.project_directory)


def read_site(directory: str, run: Invocation, itself: bool = False
              ) -> ReadSite:
    """Read the deployment of the project in ``directory``.

    That is its current release, unless ``itself`` is asked for.  Raises
    DeployError.
    """
    from modwsgideploy.activation.layout import find_layout

    host = find_host(run)
    directory = directory if itself else current_project(directory)
    settings = recall(directory, {}, run)[1]
    site, project = make(directory, settings, host)
    layout = find_layout(site.platform, host.config)
    site = site._replace(platform=layout.platform)
    _require(site)
    context = context_of(site, project, host, run)
    return ReadSite(context.site, project, settings, context, layout)


def make(directory: str, settings: Mapping[str, Setting], host: Host
         ) -> tuple[Site, Project]:
    """Make the site of the project in ``directory``.  Raises DeployError."""
    from modwsgideploy.apache import mod_wsgi
    from modwsgideploy.sites.resolve import make_site

    project, choices, platform = read(directory, settings)
    module = host.mod_wsgi
    version = module.version if module else mod_wsgi.versions()[1]
    return make_site(project, choices, platform, version), project


def _require(site: Site) -> None:
    from modwsgideploy.releases.deploying import require_deployed

    require_deployed(site)


