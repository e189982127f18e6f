"""A directory in, a `Project` out: what its metadata and files say of it.

Nothing of the project is imported: it may need another interpreter or
virtualenv, and importing an application can have effects.
"""

import os
import re
import sys
from typing import NamedTuple

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.project.distributions import (
    find_module,
    find_named,
    find_own,
)
from modwsgideploy.project.frameworks import (
    FRAMEWORKS,
    find_framework,
    marked,
    recognise,
    required,
    static_files,
    text_of,
)
from modwsgideploy.project.installed import (
    Found,
    Package,
    canonical,
    find_environments,
    find_virtualenv,
    holds,
    listed,
    listing,
    release,
)
from modwsgideploy.project.packages import find_package
from modwsgideploy.quoting import shell


class Project(NamedTuple):
    """What is known of a project before anything is decided for its site."""

    name: str  # of the distribution, as its metadata write it
    package: str  # import package, dotted inside a namespace package
    version: str  # "" where no metadata say it
    directory: str  # absolute: the project's root
    location: str  # absolute: must be on sys.path to import the package
    metadata: str  # path of the metadata found, or ""
    requires: tuple[str, ...]  # canonical names, those of extras left out
    # (name, version) of those that are required with one, or installed
    versions: tuple[tuple[str, tuple[int, ...]], ...]
    framework: str  # a key of FRAMEWORKS
    application: str  # "module:callable" where no Paste ini names it, or ""
    configs: tuple[str, ...]  # ini files, relative to the directory
    # that of them it was found from, when it has no metadata of its own and
    # nobody named one; else ""
    config: str
    static: tuple[tuple[str, str], ...]  # (URL below the mount point, path)
    virtualenv: str  # the one the project is installed in, or ""


class _Parts(NamedTuple):
    """What a Project is put together from."""

    found: Found
    package: Package
    applications: tuple = ()  # of a Paste ini
    application: str = ""
    config: str = ""


def find_project(directory, *, config=None, app_name=None, framework=None,
                 application=None, virtualenv=None):
    """The Project in ``directory``, from its metadata, else its files.

    ``config`` is the ini file, relative to the directory, that the site will
    load; it need not exist yet unless nothing else tells of the project.
    ``app_name``, ``framework`` and ``application`` ("module:callable") stand
    for "main", the one recognised and what is usual there; ``virtualenv`` is
    looked into first, "" is none.  All are str or None.

    Raises DeployError, with all that is wrong.
    """
    directory = _checked_directory(directory)
    places = find_environments(directory, virtualenv)
    with Collector() as collect:
        record = framework and collect(find_framework, framework)
        own = collect(_own, directory, places)
        if not (framework or collect.messages):
            record = _recognised(own, directory, config, application)
        if record and not record.uses_paste:
            parts = collect(_of_other, record, own, application, directory,
                            places)
        else:
            parts = _of_paste(collect, own, config, app_name, directory,
                              places)
    return _project(
        parts, record, directory=directory,
        configs=_configs(directory, config), config=parts.config,
        virtualenv=find_virtualenv(directory, virtualenv, parts.found.name,
                                   places))


def _recognised(own, directory, config, application):
    """The Framework that metadata or files tell, or None: an ini may."""
    found = own and required(own.requires, own.versions)
    if not (found or config):
        found = marked(directory)
    if application and (not found or found.application is None):
        return FRAMEWORKS["wsgi"]
    return found


def _own(directory, places):
    """The Found of the project's metadata, or None; its versions are those
    installed, where one tells frameworks apart.  Raises DeployError."""
    own = find_own(directory, places)
    if not own:
        return None
    versions = dict(own.versions)
    for framework in FRAMEWORKS.values():
        for name in framework.requirements if framework.before else ():
            installed = name in own.requires and find_named(name, places)
            if installed:
                versions[name] = release(installed.version)
    return own._replace(versions=tuple(versions.items()))


def _project(parts, framework, **known):
    """The Project, once nothing can go wrong any more."""
    found, package, applications, application, _ = parts
    framework = framework or recognise(
        found.requires, _modules(applications),
        [key for one in applications for key in one.locals], found.versions)
    prefix = _prefix(found, package, applications)
    return Project(
        name=found.name, package=package.name, version=found.version,
        location=package.location, metadata=found.metadata,
        requires=found.requires, versions=found.versions,
        framework=framework.name, application=application,
        static=() if prefix is None else tuple(
            (prefix + url, path)
            for url, path in static_files(framework, package.path)), **known)


def _checked_directory(directory):
    path = os.path.abspath(directory)
    if os.path.isdir(path):
        return path
    if os.path.exists(path):
        raise DeployError(
            f"{path}: is a file; name the project's directory, and an ini"
            " file by --config")
    raise DeployError(
        f"{path}: there is no such directory; name the project's directory")


def _of_other(framework, own, application, directory, places):
    """The _Parts of the application that is named, or that the project's
    files name, or that its framework has in the package of ``own`` (Found).

    Raises DeployError.
    """
    application = application or (
        framework.marks and framework.marks(directory))
    if framework.application is None:
        return _nameless(framework, application, directory)
    if application:
        return _of_callable(application, own, directory, places)
    if own and framework.application:
        package = find_package(own, places)
        return _Parts(own, package, application=(
            f"{package.name}.{framework.application}"))
    raise DeployError(
        f"--framework: {framework.name}: nothing in {directory} tells its"
        " application; name it by --application MODULE:CALLABLE, such as"
        f" mysite.{framework.application or 'wsgi:application'}")


def _nameless(framework, found, directory):
    """The _Parts of a directory that has no code of its own."""
    if found is None:
        raise DeployError(
            f"--framework: {framework.name}: {directory} is no"
            f" {framework.title} environment; name the directory of one")
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", os.path.basename(directory))
    return _Parts(Found("", "", name, "", (), ()), Package(name, "", ""))


def _of_callable(application, own, directory, places):
    """The _Parts of "module:callable"; ``own`` (Found or None) names them."""
    module = application.partition(":")[0]
    found = find_module(module, directory, places)
    if not found:
        raise DeployError(_no_module(
            f"--application: {application}", module, directory, places))
    package = find_package(found, places, [module])
    if own:
        found = own
    return _Parts(found, package, application=application)


def _configs(directory, config=None):
    """The ini files (tuple) in a directory, and the one that is named."""
    names = {name for name in listing(directory) if name.endswith(".ini")
             and os.path.isfile(os.path.join(directory, name))}
    if config and os.path.isfile(os.path.join(directory, config)):
        names.add(_relative(directory, config))
    return tuple(sorted(names))


def _relative(directory, config):
    path = os.path.normpath(os.path.join(directory, config))
    if path.startswith(directory.rstrip(os.sep) + os.sep):
        return os.path.relpath(path, directory)
    return path


def _config_path(directory, config):
    """The path of the ini to read, or "": the one named, or the only one, or
    production.ini."""
    names = _configs(directory)
    name = config or (names[0] if len(names) == 1 else "production.ini")
    path = os.path.join(directory, name)
    return path if os.path.exists(path) else ""


def _applications(path, config, app_name):
    """The Applications of the ini at ``path``; what is wrong with a file that
    nobody named only matters if all hangs on it.

    Raises DeployError.
    """
    try:
        return _read(path, config, app_name) if path else ()
    except DeployError:
        if config or app_name:
            raise
        return ()


def _read(path, config=None, app_name=None):
    # imported where it is used: many a project has no ini to be read
    from modwsgideploy.project.paste_ini import main_applications, read_config

    return main_applications(
        read_config(path, "--config" if config else ""), app_name)


def _of_paste(collect, own, config, app_name, directory, places):
    """The _Parts of a project whose application an ini names, or will."""
    path = _config_path(directory, config)
    applications = collect(_applications, path, config, app_name) or ()
    found = own
    if not (own or collect.messages):
        found = collect(
            _from_ini, directory, path, config, applications, places)
    package = found and collect(
        find_package, found, places, [one.module for one in applications])
    return _Parts(found, package, applications, config=(
        "" if own or config else os.path.basename(path)))


def _from_ini(directory, path, config, applications, places):
    """The Found that the main application of an ini comes from.

    Raises DeployError.
    """
    if not path:
        raise DeployError(_nothing_found(directory, config, places))
    # () is that of a broken file: what is wrong with it was not told yet
    applications = applications or _read(path)
    own = [one for one in applications
           if canonical(one.distribution) != "paste"]
    application = (own or applications)[0]
    if application.distribution:
        return _of_distribution(application, directory, places)
    return _of_module(application, directory, places)


def _of_distribution(application, directory, places):
    name = re.match(r"[A-Za-z0-9._-]*", application.distribution)[0]
    found = find_named(name, places)
    if found:
        return found
    # of that name the package index may have something else
    what = (f"-e {shell(directory)}" if _makes(directory, name)
            else name)
    raise DeployError(
        f"{application.config}: {application.source}: the distribution"
        f" {name!r} is not installed in {listed(places)}; install it:"
        f" {_pip(places)} install {what}, or name the virtualenv that has it"
        " by --virtualenv")


def _makes(directory, name):
    """Whether what is built from a directory seems to be called ``name``."""
    return any(canonical(name) in canonical(text_of(directory, file))
               for file in ("pyproject.toml", "setup.cfg", "setup.py"))


def _of_module(application, directory, places):
    found = find_module(application.module, directory, places)
    if found:
        return found
    raise DeployError(_no_module(
        f"{application.config}: {application.source}", application.module,
        directory, places))


def _no_module(source, module, directory, places):
    return (f"{source}: the module {module!r} is not in {directory}, its"
            f" src/, {listed(places)}; put it there, or name the virtualenv"
            " that has it by --virtualenv")


def _pip(places):
    """The pip of the virtualenv that the project is probably for."""
    paths = [place.virtualenv for place in places if place.virtualenv]
    # that which runs this may have been made for this command alone
    if len(paths) > 1 and paths[0] == sys.prefix:
        del paths[0]
    return shell(os.path.join(paths[0], "bin", "pip")) if paths else "pip"


def _nothing_found(directory, config, places):
    """What was looked at in vain, and what to do."""
    ini = repr(config) if config else "production.ini"
    names = ", ".join(_configs(directory))
    others = f"; there are {names}" if names else ""
    below = ", ".join(_projects_below(directory))
    below = f"; or name the directory of one of those in it: {below}" * bool(
        below)
    return (
        f"{directory}: no project is found in it. Looked at *.egg-info in it"
        f" and in its src/, at what is installed from it in"
        f" {listed(places)}, and at its {ini} (not there{others}). Run"
        " 'pip install -e .' or 'python setup.py egg_info' in it, or name"
        " its Paste ini file by --config, or any WSGI application by"
        f" --application MODULE:CALLABLE{below}")


def _projects_below(directory):
    """The names (list) of the directories in one that look like projects."""
    return [name for name in sorted(listing(directory))
            if not name.startswith(".") and any(
                entry in ("setup.py", "pyproject.toml", "manage.py")
                or entry.endswith(".egg-info")
                for entry in listing(os.path.join(directory, name)))][:20]


def _prefix(found, package, applications):
    """What stands before the URLs of a project's static files: where its
    composite has it, None when that is on another host."""
    for one in applications:
        if (canonical(one.distribution) == canonical(found.name)
                or holds(package.name, one.module)):
            return one.path.rstrip("/") if one.path else None
    return ""


def _modules(applications):
    """What an ini's applications come from, as marks of a framework."""
    return [canonical(one.distribution) for one in applications] + [
        one.module.partition(".")[0] for one in applications]
