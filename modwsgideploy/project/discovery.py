"""Find out what a project is from its metadata and files.

Nothing of the project is imported: it may need another interpreter or
virtualenv, and importing an application can have effects.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.project import Project
from modwsgideploy.project.distribution import (
    find_module,
    find_named,
    find_own,
)
from modwsgideploy.project.environments import (
    Environment,
    find_environments,
    find_virtualenv,
    shown_environments,
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
from modwsgideploy.project.import_package import (
    ImportPackage,
    find_package,
    holds,
)
from modwsgideploy.project.metadata import (
    Distribution,
    canonical,
    release,
)
from modwsgideploy.project.storages import find_single_process
from modwsgideploy.quoting import shell
from modwsgideploy.system.files import names_in, text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.project.paste_ini import Application


class _Parts(NamedTuple):
    """What a Project is put together from."""

    distribution: Distribution
    package: ImportPackage
    applications: Sequence[Application] = ()  # of a Paste ini
    application: str = ""
    config: str = ""


def find_project(directory: str, *, config: str | None = None,
                 app_name: str | None = None, framework: str | None = None,
                 application: str | None = None,
                 virtualenv: str | None = None) -> Project:
    """The Project in ``directory``, from its metadata, else its files.

    ``config`` is the ini file, relative to the directory, that the site will
    load; it need not exist yet unless nothing else tells of the project.
    ``app_name``, ``framework`` and ``application`` ("module:callable") stand
    for "main", the one recognised and what is usual there; ``virtualenv`` is
    looked into first, "" is none.

    Raises DeployError, with all that is wrong.
    """
    directory = _checked_directory(directory)
    environments = find_environments(directory, virtualenv)
    with Collector() as collect:
        record = (collect(find_framework, framework) if framework else None)
        own = collect(_own, directory, environments)
        if not (framework or collect.messages):
            record = _recognised(own, directory, config, application)
        if record and not record.uses_paste:
            parts = collect(_of_other, record, own, application, directory,
                            environments)
        else:
            parts = _of_paste(collect, own, config, app_name, directory,
                              environments)
    assert parts  # else something was collected, and raised
    return _project(
        parts, record, directory, _configs(directory, config),
        find_virtualenv(directory, virtualenv, parts.distribution.name,
                        environments))


def _recognised(own: Distribution | None, directory: str, config: str | None,
                application: str | None) -> Framework | None:
    """The Framework that metadata or files name, or None: an ini may."""
    found = required(own.requires, own.versions) if own else None
    if not (found or config):
        found = marked(directory)
    if application and (not found or found.application is None):
        return FRAMEWORKS["wsgi"]
    return found


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


def _project(parts: _Parts, framework: Framework | None, directory: str,
             configs: tuple[str, ...], virtualenv: str) -> Project:
    """Put the Project together; nothing can go wrong any more."""
    found, package, applications, application, config = parts
    framework = framework or recognise(
        found.requires, _modules(applications),
        [key for one in applications for key in one.locals], found.versions)
    prefix = _prefix(found, package, applications)
    static = framework.static_files(package)
    return Project(
        name=found.name, package=package.name, version=found.version,
        directory=directory, location=package.location,
        metadata=found.metadata, requires=found.requires,
        versions=found.versions, framework=framework.name,
        application=application, configs=configs, config=config,
        static=() if prefix is None else tuple(
            (prefix + url, path) for url, path in static.found),
        static_left_out=static.left_out,
        single_process=_single_process(directory, framework, parts),
        virtualenv=virtualenv)


def _single_process(directory: str, framework: Framework,
                    parts: _Parts) -> str:
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


def _of_other(framework: Framework, own: Distribution | None,
              application: str | None, directory: str,
              environments: Sequence[Environment]) -> _Parts:
    """The _Parts of the application that is named, or that the project's
    files name, or that its framework has in the package of ``own``.

    Raises DeployError.
    """
    if not application and framework.marks:
        application = framework.marks(directory)
    if framework.application is None:
        return _nameless(framework, application, directory)
    if application:
        return _of_callable(application, own, directory, environments)
    if own and framework.application:
        package = find_package(own, environments)
        return _Parts(own, package, application=(
            f"{package.name}.{framework.application}"))
    raise DeployError(
        f"--framework: {framework.name}: nothing in {directory} tells its"
        " application; name it by --application MODULE:CALLABLE, such as"
        f" mysite.{framework.application or 'wsgi:application'}")


def _nameless(framework: Framework, found: str | None,
              directory: str) -> _Parts:
    """The _Parts of a directory that has no code of its own."""
    if found is None:
        raise DeployError(
            f"--framework: {framework.name}: {directory} is no"
            f" {framework.title} environment; name the directory of one")
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", os.path.basename(directory))
    return _Parts(Distribution("", "", name, "", (), ()),
                  ImportPackage(name, "", ""))


def _of_callable(application: str, own: Distribution | None, directory: str,
                 environments: Sequence[Environment]) -> _Parts:
    """The _Parts of "module:callable"; ``own``, if any, names them.

    Raises DeployError.
    """
    module = application.partition(":")[0]
    found = find_module(module, directory, environments)
    if not found:
        raise DeployError(_no_module(
            f"--application: {application}", module, directory, environments))
    package = find_package(found, environments, [module])
    if own:
        found = own
    return _Parts(found, package, application=application)


def _configs(directory: str, config: str | None = None) -> tuple[str, ...]:
    """The ini files in a directory, and the one that is named."""
    names = {name for name in names_in(directory)
             if name.endswith(".ini")
             and os.path.isfile(os.path.join(directory, name))}
    if config and os.path.isfile(os.path.join(directory, config)):
        names.add(_relative(directory, config))
    return tuple(sorted(names))


def _relative(directory: str, config: str) -> str:
    path = os.path.normpath(os.path.join(directory, config))
    if path.startswith(directory.rstrip(os.sep) + os.sep):
        return os.path.relpath(path, directory)
    return path


def _config_path(directory: str, config: str | None) -> str:
    """The path of the ini to read: the one named, or the only one, or
    production.ini; "" where it does not exist."""
    names = _configs(directory)
    name = config or (names[0] if len(names) == 1 else "production.ini")
    path = os.path.join(directory, name)
    return path if os.path.exists(path) else ""


def _applications(path: str, config: str | None,
                  app_name: str | None) -> tuple[Application, ...]:
    """The Applications of the ini at ``path``; what is wrong with a file that
    nobody named only matters if nothing else tells of the project.

    Raises DeployError.
    """
    try:
        return _read(path, config, app_name) if path else ()
    except DeployError:
        if config or app_name:
            raise
        return ()


def _read(path: str, config: str | None = None,
          app_name: str | None = None) -> tuple[Application, ...]:
    # imported where it is used: many a project has no ini to be read
    from modwsgideploy.project.paste_ini import main_applications, read_config

    return main_applications(
        read_config(path, "--config" if config else ""), app_name)


def _of_paste(collect: Collector, own: Distribution | None,
              config: str | None, app_name: str | None, directory: str,
              environments: Sequence[Environment]) -> _Parts | None:
    """The _Parts of a project whose application an ini names, or will; None
    after an error, which ``collect`` has."""
    path = _config_path(directory, config)
    applications = collect(_applications, path, config, app_name) or ()
    found = own
    if not (own or collect.messages):
        found = collect(
            _from_ini, directory, path, config, applications, environments)
    package = found and collect(
        find_package, found, environments,
        [one.module for one in applications])
    if not (found and package):
        return None
    return _Parts(found, package, applications, config=(
        "" if own or config else os.path.basename(path)))


def _from_ini(directory: str, path: str, config: str | None,
              applications: Sequence[Application],
              environments: Sequence[Environment]) -> Distribution:
    """The Distribution that the main application of an ini comes from.

    Raises DeployError.
    """
    if not path:
        raise DeployError(_nothing_found(directory, config, environments))
    # () is that of a broken file: what is wrong with it was not said yet
    applications = applications or _read(path)
    own = [one for one in applications
           if canonical(one.distribution) != "paste"]
    application = (own or applications)[0]
    if application.distribution:
        return _of_distribution(application, directory, environments)
    return _of_module(application, directory, environments)


def _of_distribution(application: Application, directory: str,
                     environments: Sequence[Environment]) -> Distribution:
    name = re.sub(r"[^A-Za-z0-9._-].*", "", application.distribution)
    found = find_named(name, environments)
    if found:
        return found
    # of that name the package index may have something else
    what = (f"-e {shell(directory)}" if _makes(directory, name)
            else name)
    raise DeployError(
        f"{application.config}: {application.source}: the distribution"
        f" {name!r} is not installed in {shown_environments(environments)};"
        f" install it: {_pip(environments)} install {what}, or name the"
        " virtualenv that has it by --virtualenv")


def _makes(directory: str, name: str) -> bool:
    """Whether what is built from a directory seems to be called ``name``."""
    texts = (text_or_empty(f"{directory}/{file}")
             for file in ("pyproject.toml", "setup.cfg", "setup.py"))
    return any(canonical(name) in canonical(text) for text in texts)


def _of_module(application: Application, directory: str,
               environments: Sequence[Environment]) -> Distribution:
    found = find_module(application.module, directory, environments)
    if found:
        return found
    raise DeployError(_no_module(
        f"{application.config}: {application.source}", application.module,
        directory, environments))


def _no_module(source: str, module: str, directory: str,
               environments: Sequence[Environment]) -> str:
    """The message for a module that is nowhere."""
    return (f"{source}: the module {module!r} is not in {directory}, its"
            f" src/, {shown_environments(environments)}; put it there, or"
            " name the virtualenv that has it by --virtualenv")


def _pip(environments: Iterable[Environment]) -> str:
    """The pip of the virtualenv that the project is probably for."""
    paths = [one.virtualenv for one in environments if one.virtualenv]
    # that which runs this may have been made for this command alone
    if len(paths) > 1 and paths[0] == sys.prefix:
        del paths[0]
    return shell(os.path.join(paths[0], "bin", "pip")) if paths else "pip"


def _nothing_found(directory: str, config: str | None,
                   environments: Sequence[Environment]) -> str:
    """The message that says what was looked at in vain, and what to do."""
    ini = repr(config) if config else "production.ini"
    names = ", ".join(_configs(directory))
    others = f"; there are {names}" if names else ""
    below = ", ".join(_projects_below(directory))
    below = f"; or name the directory of one of those in it: {below}" * bool(
        below)
    return (
        f"{directory}: no project is found in it. Looked at *.egg-info in it"
        f" and in its src/, at what is installed from it in"
        f" {shown_environments(environments)}, and at its {ini} (not"
        f" there{others}). Run 'pip install -e .' or 'python setup.py"
        " egg_info' in it, or name its Paste ini file by --config, or any"
        f" WSGI application by --application MODULE:CALLABLE{below}")


def _projects_below(directory: str) -> list[str]:
    """The names of the directories in one that look like projects."""
    return [name for name in names_in(directory)
            if not name.startswith(".") and any(
                entry in ("setup.py", "pyproject.toml", "manage.py")
                or entry.endswith(".egg-info")
                for entry in names_in(os.path.join(directory, name))
            )][:20]


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
