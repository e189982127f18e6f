"""Find the project whose application a Paste ini names."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.project.distribution import find_module, find_named
from modwsgideploy.project.environments import (
    Environment,
    shown_environments,
)
from modwsgideploy.project.import_package import ImportPackage, find_package
from modwsgideploy.project.metadata import (
    Distribution,
    canonical,
    parse_requirements,
)
from modwsgideploy.project.parts import Parts
from modwsgideploy.quoting import shell
from modwsgideploy.system.files import names_in, text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.project.paste_ini import Application

# The section of an application; tox.ini and pytest.ini have none.
_SECTION = re.compile(r"(?m)^\[(?:app|application|composite|composit|pipeline"
                      r"|filter-app)[:\]]")


def paste_inis(directory: str, config: str | None = None) -> tuple[str, ...]:
    """The Paste ini files in a directory, and the file that is named."""
    names = {name for name in names_in(directory)
             if name.endswith(".ini")
             and _SECTION.search(text_or_empty(f"{directory}/{name}"))}
    if config and os.path.isfile(os.path.join(directory, config)):
        names.add(_relative(directory, config))
    return tuple(sorted(names))


def _relative(directory: str, config: str) -> str:
    path = os.path.normpath(os.path.join(directory, config))
    if path.startswith(directory.rstrip(os.sep) + os.sep):
        return os.path.relpath(path, directory)
    return path


def of_ini(collect: Collector, own: Distribution | None, config: str | None,
           app_name: str | None, directory: str,
           environments: Sequence[Environment],
           global_conf: Mapping[str, str] | None = None) -> Parts | None:
    """The Parts of a project whose application an ini names, or will; None
    after an error, which ``collect`` has.

    ``own`` is the Distribution that the project is, if it has metadata;
    ``global_conf`` is what the ini is loaded with.
    """
    path = _config_path(directory, config)
    applications = collect(
        _applications, path, config, app_name, global_conf) or ()
    named = "" if own or config else os.path.basename(path)
    if own:
        package = collect(find_package, own, environments,
                          [one.module for one in applications])
        return package and Parts(own, package, "", applications)
    if collect.messages:
        return None
    if not path:
        raise DeployError(nothing_found(directory, config, environments))
    # () is that of a broken file: what is wrong with it was not said yet
    applications = applications or read_applications(
        path, global_conf=global_conf)
    main = _main(applications)
    if main.distribution:
        parts = _of_distribution(main, directory, environments)
    else:
        found = _of_module(main, directory, environments)
        parts = Parts(found, find_package(
            found, environments, [one.module for one in applications]))
    return parts._replace(applications=applications, config=named)


def _main(applications: Sequence[Application]) -> Application:
    """The application that is the project's, and not Paste's own."""
    own = [one for one in applications
           if canonical(one.distribution) != "paste"]
    return (own or applications)[0]


def _config_path(directory: str, config: str | None) -> str:
    """The path of the ini to read: the one named, or the only one, or
    production.ini; "" where it does not exist."""
    names = paste_inis(directory)
    name = config or (names[0] if len(names) == 1 else "production.ini")
    path = os.path.join(directory, name)
    return path if os.path.exists(path) else ""


def _applications(path: str, config: str | None, app_name: str | None,
                  global_conf: Mapping[str, str] | None
                  ) -> tuple[Application, ...]:
    """The Applications of the ini at ``path``; what is wrong with a file that
    nobody named only matters if nothing else tells of the project.

    Raises DeployError.
    """
    try:
        return (read_applications(path, config, app_name, global_conf)
                if path else ())
    except DeployError:
        if config or app_name:
            raise
        return ()


def read_applications(path: str, config: str | None = None,
                      app_name: str | None = None,
                      global_conf: Mapping[str, str] | None = None
                      ) -> tuple[Application, ...]:
    """The Applications of the ini at ``path``; ``config`` is what named it,
    and ``global_conf`` what it is loaded with.

    Raises DeployError.
    """
    # imported where it is used: many a project has no ini to be read
    from modwsgideploy.project.paste_ini import main_applications, read_config

    return main_applications(
        read_config(path, "--config" if config else "", global_conf),
        app_name)


def _of_distribution(application: Application, directory: str,
                     environments: Sequence[Environment]) -> Parts:
    """The Parts of egg:NAME: as it is installed, as the project's code is
    before it is installed, or by its name alone.

    Raises DeployError.
    """
    name = re.sub(r"[^A-Za-z0-9._-].*", "", application.distribution)
    found = find_named(name, environments)
    if found:
        return Parts(found, find_package(
            found, environments, [application.module]))
    makes_it = _makes(directory, name)
    # of that name the package index may have something else
    what = f"-e {shell(directory)}" if makes_it else name
    not_installed = (
        f"{application.config}: {application.source}: the distribution"
        f" {name!r} is not installed in {shown_environments(environments)};"
        f" install it: {_pip(environments)} install {what}, or name the"
        " virtualenv that has it by --virtualenv")
    if makes_it:
        return _of_code(name, directory, environments, not_installed)
    # What its package is called only an installation tells.
    return Parts(Distribution("", "", name, "", (), ()),
                 ImportPackage("", "", ""), not_installed=not_installed)


def _of_code(name: str, directory: str, environments: Sequence[Environment],
             not_installed: str) -> Parts:
    """The Parts of a project that makes the distribution ``name`` and has not
    been installed, from its code.  Raises DeployError."""
    requires = tuple(_declared(directory))
    for root in (directory, os.path.join(directory, "src")):
        found = Distribution("", root, name, "", requires, ())
        try:
            package = find_package(found, environments)
        except DeployError:
            continue
        return Parts(found, package, not_installed=not_installed)
    raise DeployError(not_installed)


def _makes(directory: str, name: str) -> bool:
    """Whether what is built from a directory seems to be called ``name``."""
    return any(canonical(name) in canonical(text)
               for text in _build_files(directory))


def _build_files(directory: str) -> list[str]:
    """The texts of the files that a project is built from."""
    return [text_or_empty(f"{directory}/{name}")
            for name in ("pyproject.toml", "setup.cfg", "setup.py")]


def _declared(directory: str) -> list[str]:
    """What the build files of a project seem to require: canonical names,
    among others that are not required."""
    lines = []
    for text in _build_files(directory):
        lines += re.findall(r"""["']([A-Za-z][^"'\n]*)["']""", text)
        lines += re.findall(r"(?m)^\s+([A-Za-z][^=\n]*(?:[=<>~!]=.*)?)$", text)
    return list(parse_requirements(lines))


def _of_module(application: Application, directory: str,
               environments: Sequence[Environment]) -> Distribution:
    """The Distribution that has the module of ``application``.

    Raises DeployError.
    """
    found = find_module(application.module, directory, environments)
    if found:
        return found
    raise DeployError(no_module(
        f"{application.config}: {application.source}", application.module,
        directory, environments))


def no_module(source: str, module: str, directory: str,
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


def nothing_found(directory: str, config: str | None,
                  environments: Sequence[Environment]) -> str:
    """The message that says what was looked at in vain, and what to do."""
    ini = repr(config) if config else "production.ini"
    names = ", ".join(paste_inis(directory))
    others = f"; there are {names}" if names else ""
    inis = ", ".join(_inis_below(directory))
    such = f" (such as {inis})" * bool(inis)
    below = ", ".join(_projects_below(directory))
    below = f"; or name the directory of one of those in it: {below}" * bool(
        below)
    return (
        f"{directory}: no project is found in it. Looked at *.egg-info in it"
        f" and in its src/, at what is installed from it in"
        f" {shown_environments(environments)}, at its {ini} (not"
        f" there{others}), and for an application in its code. Run 'pip"
        " install -e .' or 'python setup.py egg_info' in it, or name its"
        f" Paste ini file by --config{such}, or any WSGI application by"
        f" --application MODULE:CALLABLE{below}")


def _inis_below(directory: str) -> list[str]:
    """The Paste ini files in the directories of one."""
    return [f"{name}/{ini}" for name in names_in(directory)
            if not name.startswith(".") and name not in (
                "tests", "node_modules")
            for ini in paste_inis(os.path.join(directory, name))][:20]


def _projects_below(directory: str) -> list[str]:
    """The names of the directories in one that look like projects."""
    return [name for name in names_in(directory)
            if not name.startswith(".") and any(
                entry in ("setup.py", "pyproject.toml", "manage.py")
                or entry.endswith(".egg-info")
                for entry in names_in(os.path.join(directory, name))
            )][:20]
