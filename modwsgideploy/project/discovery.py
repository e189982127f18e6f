"""Find out what a project is from its metadata and files.

Nothing of the project is imported: it may need another interpreter or
virtualenv, and importing an application can have effects.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.project import Project
from modwsgideploy.project.distribution import find_named, find_own
from modwsgideploy.project.environments import (
    Environment,
    find_environments,
    find_virtualenv,
)
from modwsgideploy.project.frameworks import (
    FRAMEWORKS,
    Framework,
    config_source,
    find_framework,
    marked,
    recognise,
    required,
)
from modwsgideploy.project.from_code import find_one, name_of, of_code
from modwsgideploy.project.from_ini import of_ini, paste_inis
from modwsgideploy.project.import_package import ImportPackage, holds
from modwsgideploy.project.metadata import (
    Distribution,
    canonical,
    release,
)
from modwsgideploy.project.parts import Parts
from modwsgideploy.project.static_files import StaticFiles
from modwsgideploy.project.storages import find_single_process
from modwsgideploy.system.files import text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.project.paste_ini import Application

# What loads an ini, which may be on the server only.
_PASTE = frozenset(("gearbox", "paste", "pastedeploy", "pastescript",
                    "plaster-pastedeploy"))
# Names of modules that say nothing of whose they are.
_NAMELESS = frozenset((
    "api", "app", "application", "asgi", "backend", "index", "main",
    "passenger_wsgi", "project", "run", "server", "site", "src", "web",
    "wsgi"))


def find_project(directory: str, *, config: str | None = None,
                 app_name: str | None = None, framework: str | None = None,
                 application: str | None = None,
                 virtualenv: str | None = None,
                 global_conf: Sequence[tuple[str, str]] | None = None
                 ) -> Project:
    """The Project in ``directory``, from its metadata, else its files.

    ``config`` is the ini file, relative to the directory, that the site will
    load; it need not exist yet unless nothing else tells of the project.
    ``app_name``, ``framework`` and ``application`` (as --application has it)
    stand for "main", the one recognised and what is usual there;
    ``virtualenv`` is looked into first, "" is none; ``global_conf`` are the
    names and values that the ini is loaded with.

    Raises DeployError, with all that is wrong.
    """
    directory = _checked_directory(directory)
    environments = find_environments(directory, virtualenv)
    with Collector() as collect:
        record = (collect(find_framework, framework) if framework else None)
        own = collect(_own, directory, environments)
        if not (framework or collect.messages):
            record, application = collect(
                _recognised, own, directory, config, application
            ) or (None, application)
        if record and not record.uses_paste:
            parts = collect(of_code, record, own, application, directory,
                            environments, bool(framework))
        else:
            parts = collect(of_ini, collect, own, config, app_name, directory,
                            environments, dict(global_conf or ()))
    assert parts  # else something was collected, and raised
    return _project(
        parts, record, directory, paste_inis(directory, config),
        find_virtualenv(directory, virtualenv, parts.distribution.name,
                        environments))


def _recognised(own: Distribution | None, directory: str, config: str | None,
                application: str | None
                ) -> tuple[Framework | None, str | None]:
    """The Framework that metadata or files name, and the application; no
    framework where an ini has to say it.

    Raises DeployError.
    """
    found = required(own.requires, own.versions) if own else None
    if not (found or config):
        found = marked(directory)
    if application:
        if found and (found.application or found.is_found_in_code):
            return found, application
        return FRAMEWORKS["wsgi"], application
    if found and not found.is_found_in_code:
        return found, None
    # Of Paste's, whatever else it requires.
    if config or paste_inis(directory) or own and (
            own.modules or not _PASTE.isdisjoint(own.requires)):
        return None, None
    application = find_one(directory)
    if application:
        return found or FRAMEWORKS["wsgi"], application
    return found, None


def _own(directory: str,
         environments: Sequence[Environment]) -> Distribution | None:
    """The Distribution of the project's metadata, or None; its versions are
    those installed, where one distinguishes frameworks.

    Raises DeployError.
    """
    own = find_own(directory, environments)
    if not own:
        return None
    versions = dict(own.versions)
    for framework in FRAMEWORKS.values():
        for name in framework.requirements if framework.before else ():
            installed = (find_named(name, environments)
                         if name in own.requires else None)
            if installed:
                versions[name] = release(installed.version)
    return own._replace(versions=tuple(versions.items()))


def _project(parts: Parts, framework: Framework | None, directory: str,
             configs: tuple[str, ...], virtualenv: str) -> Project:
    """Put the Project together; nothing can go wrong any more."""
    found, package = parts.distribution, parts.package
    if parts.framework:
        framework = FRAMEWORKS[parts.framework]
    framework = framework or recognise(
        found.requires, _modules(parts.applications),
        [key for one in parts.applications for key in one.locals],
        found.versions)
    prefix = _prefix(found, package, parts.applications)
    static = (framework.static_files(package) if package.path
              else StaticFiles(()))
    return Project(
        name=found.name, package=package.name,
        short_name=_short_name(package.name, found, directory),
        version=found.version, directory=directory,
        location=package.location, metadata=found.metadata,
        requires=found.requires, versions=found.versions,
        framework=framework.name, application=parts.application,
        wsgi_file=parts.wsgi_file, configs=configs, config=parts.config,
        static=() if prefix is None else tuple(
            (prefix + url, path) for url, path in static.found),
        static_left_out=static.left_out,
        single_process=_single_process(directory, framework, parts),
        virtualenv=virtualenv, not_installed=parts.not_installed)


def _short_name(package: str, found: Distribution, directory: str) -> str:
    """What a site of the project is called unless it is given a name."""
    if not package:    # it is not installed
        return re.sub(r"[^A-Za-z0-9_]", "_", found.name).strip("_").lower()
    if package not in _NAMELESS:
        return package
    if found.metadata and canonical(found.name) not in _NAMELESS:
        return name_of(found.name)
    return name_of(directory)


def _single_process(directory: str, framework: Framework,
                    parts: Parts) -> str:
    """Why one process alone may have the project's files, or ""."""
    settings = [(one.config, one.settings) for one in parts.applications]
    if not settings and framework.uses_paste:
        # What the production configuration will be made from; it need not be
        # understood, and to parse it takes a while.
        source = config_source(directory, framework.config)
        text = text_or_empty(os.path.join(directory, source)) if source else ""
        settings = [(source, dict(re.findall(
            r"(?m)^([\w.-]+)[ \t]*[=:][ \t]*(\S.*)$", text)))]
    elif framework.name == "trac":
        database = re.search(
            r"(?m)^database\s*=\s*(\S+)",
            text_or_empty(os.path.join(directory, "conf", "trac.ini")))
        settings = [("trac.ini", {
            "database": database[1] if database else "sqlite:db/trac.db"})]
    for config, values in settings:
        found = find_single_process(values)
        if found:
            # It stands in a comment, where only plain words are harmless.
            plain = all(re.fullmatch(r"[\w. -]+", name)
                        for name in (found[0], os.path.basename(config)))
            return (f"{found[0]} in {os.path.basename(config)}" if plain
                    else "its configuration") + f" names {found[1]}"
    return ""


def _checked_directory(directory: str) -> str:
    """The absolute path of the project.  Raises DeployError."""
    path = os.path.abspath(directory)
    if os.path.isdir(path):
        return path
    if os.path.exists(path):
        raise DeployError(
            f"{path}: is a file; name the project's directory, and an ini"
            " file by --config")
    raise DeployError(
        f"{path}: there is no such directory; name the project's directory")


def _prefix(found: Distribution, package: ImportPackage,
            applications: Iterable[Application]) -> str | None:
    """What stands before the URLs of a project's static files: where its
    composite has it, None when that is on another host."""
    for one in applications:
        if (canonical(one.distribution) == canonical(found.name)
                or holds(package.name, one.module)):
            return one.path.rstrip("/") if one.path else None
    return ""


def _modules(applications: Iterable[Application]) -> list[str]:
    """The distributions and modules of an ini's applications, by which a
    framework is recognised."""
    return [canonical(one.distribution) for one in applications] + [
        one.module.partition(".")[0] for one in applications]
