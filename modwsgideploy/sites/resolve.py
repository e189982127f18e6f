"""Make the Site of a project from the user's choices and the defaults.

Every choice is checked here, so that what comes after can take a Site as it
is.  The defaults themselves are in the table of options.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from modwsgideploy.apache.platforms import Platform
from modwsgideploy.backends import BACKENDS
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.project import Project
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.model.site import Site, Static
from modwsgideploy.project.frameworks import (
    FRAMEWORKS,
    asgi_of_django,
    caches_by_process,
    refuse,
)
from modwsgideploy.quoting import require_quotable
from modwsgideploy.sites.contradictions import contradictions
from modwsgideploy.sites.exposure import exposed
from modwsgideploy.sites.options import Setting, Values, parse
from modwsgideploy.sites.pieces import read_piece, read_requirements
from modwsgideploy.system.versions import version_tuple
from modwsgideploy.templating.engine import file_name


class Choices(NamedTuple):
    """What the user chose, both by field."""

    values: dict[str, Any]
    sources: dict[str, str]    # where each was chosen


def choose(settings: Mapping[str, Setting], collect: Collector) -> Choices:
    """Parse ``settings``, which are by the name of the option.

    ``collect`` takes what is wrong with them, one by one and together.
    """
    values = parse(settings, collect)
    sources = {name.replace("-", "_"): setting.source
               for name, setting in settings.items()}
    collect.add(*contradictions(values, sources))
    return Choices(values, sources)


def make_site(project: Project, choices: Choices, platform: Platform,
              found_mod_wsgi: str | None = None) -> Site:
    """The Site for ``project`` with these choices.

    ``found_mod_wsgi`` is the version this host has, if any.
    Raises DeployError with everything that is wrong.
    """
    given, sources = choices
    framework = FRAMEWORKS[project.framework]
    values = Values(given, project, platform, framework, found_mod_wsgi)
    fields = values.by_field()
    fields.update(_places(values), **_groups(values))
    fields.update(
        package=project.package, version=project.version,
        distribution=project.name,
        is_distribution=bool(project.metadata or project.not_installed),
        project_directory=project.directory,
        # Given in any case of letters.
        framework=framework.name, application=_application(values),
        wsgi_file=_on_server(project.wsgi_file, values),
        launcher=framework.launcher, python2=framework.python2,
        single_process=("" if values.is_given("processes")
                        or values.processes > 1 else project.single_process),
        caches_by_process=caches_by_process(project), platform=platform,
        mod_wsgi_version=version_tuple(values.mod_wsgi_version),
        static=_static(values),
        include=tuple(read_piece(path, values.output_dir)
                      for path in values.include),
        require=read_requirements(values))
    with Collector() as collect:
        if values.in_place and project.not_installed:
            collect.add(project.not_installed)
        _refuse_directory(project.directory, collect)
        if values.is_given("static"):
            collect.add(*exposed(
                (path for _, path in values.static),
                _private(project, fields), sources["static"]))
        collect.add(*refuse(project, given, sources))
        if (values.error_page and values.mount_point == "/"
                and not values.server_name):
            collect.add(f"{sources['error_page']}: these pages would be those"
                        " of every host of the server; give --server-name as"
                        " well")
        if "%" in fields["config"] and framework.uses_paste:
            collect.add(
                f"{sources.get('config', 'the Paste configuration')}:"
                f" {fields['config']!r} contains '%', with which PasteDeploy"
                " cannot load it; choose another name or directory")
    site = adapt(Site(**fields))
    refused = tuple(BACKENDS[site.backend].refuse(site))
    if refused:
        raise DeployError(*refused)
    return site


def adapt(site: Site, **changes: Any) -> Site:
    """``site`` with other values of some fields, and what its backend derives
    from them."""
    site = site._replace(**changes)
    backend = BACKENDS[site.backend]
    return site._replace(
        script=f"{site.script_directory}/"
               + file_name(backend.SCRIPT, site.name),
        python_home=backend.python_home(site))


def _private(project: Project, fields: Mapping[str, Any]) -> dict[str, str]:
    """What nobody may be shown, by its path."""
    return {
        fields["baseline"]: "the baseline virtualenv",
        fields["virtualenv"]: "the virtualenv",
        fields["output_dir"]: "the deployment",
        fields["script_directory"]: "the WSGI script",
        fields["config"]: "the Paste configuration",
        fields["env_file"]: "the env file",
        fields["init"]: "the init file",
        fields["directory"]: "the project",
        project.directory: "the project",
    }


def _refuse_directory(directory: str, collect: Collector) -> None:
    """Check what was found on disk, as it lands in the output too."""
    source = "the project's directory"
    collect(require_quotable, directory, source)
    for character in "*?[]":
        if character in directory:
            collect.add(
                f"{source}: {directory!r} contains {character!r}, which"
                " Apache takes for a wildcard; move the project")


def _places(values: Values) -> dict[str, Any]:
    """The directories and files that follow from where the project is."""
    here, there = values.project.directory, values.own_directory
    return {
        "directory": there,
        "location": moved(values.project.location, here, there, outside=""),
        "config": values.config and os.path.normpath(
            os.path.join(there, values.config)),
        "env_file": values.env_file and os.path.normpath(
            os.path.join(there, values.env_file)),
        "init": values.init and os.path.normpath(
            os.path.join(there, values.init)),
        "script_directory": _through_current(moved(
            values.output_dir, here, there, outside=values.output_dir),
            values),
        "home": _through_current(values.home, values),
    }


def moved(path: str, old: str, new: str, outside: str) -> str:
    """``path`` as it will be once the directory ``old`` stands at ``new``.

    ``outside`` is the answer for a path that is not inside ``old``.
    """
    if path == old:
        return new
    if path.startswith(old.rstrip("/") + "/"):
        return new.rstrip("/") + "/" + path[len(old.rstrip("/")) + 1:]
    return outside


def _application(values: Values) -> str:
    """The callable of the application; Django's for ASGI where that is
    spoken."""
    project = values.project
    return project.framework == "django" and values.interface == "asgi" and (
        asgi_of_django(project.directory, project.application)
    ) or project.application


def _on_server(path: str, values: Values) -> str:
    """``path`` as it will be on the server; "" is none."""
    return path and moved(path, values.project.directory,
                          values.own_directory, outside=path)


def _through_current(path: str, values: Values) -> str:
    """``path`` as Apache's configuration names it."""
    root = values.release_root
    return ReleasePaths(root).through_current(path) if root else path


def _groups(values: Values) -> dict[str, str]:
    """The names of the daemon processes and of the interpreter in them."""
    own = values.own_process_group
    return {
        "process_group": values.daemon or own,
        "application_group": own if values.daemon else "%{GLOBAL}",
    }


def _static(values: Values) -> tuple[Static, ...]:
    """The static files of the site, the deepest URLs first."""
    below = values.mount_point.rstrip("/")
    here, there = values.project.directory, values.own_directory
    if values.is_given("static"):
        found = [Static(below + url, _through_current(path, values),
                        not os.path.isfile(path))
                 for url, path in values.static]
    else:
        found = [
            Static(below + url, _through_current(
                moved(path, here, there, outside=path), values),
                os.path.isdir(path))
            for url, path in values.static
            if not re.search(r"[*?\[\]]|\$\{", path) and path.isprintable()]
    return tuple(sorted(found, key=lambda static: (-len(static.url),
                                                   static.url)))
