"""Find how a project makes and upgrades its database, for the runbook."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.files import names_in, text_or_empty

# Pyramid's templates name their script so.
_INITIALIZING = re.compile(r"\b(initialize_\w+_db|\w+_initialize_db)\s*=")
_DECLARING = ("setup.py", "setup.cfg", "pyproject.toml")


class DatabaseCommands(NamedTuple):
    """What is typed in the project's directory, for its database."""

    migrating: list[str]       # at first and with each update
    initializing: list[str]    # once; Paste calls that setup-app


def database_commands(site: Site) -> DatabaseCommands:
    """Return the commands that make and upgrade the database of ``site``."""
    if not site.virtualenv:
        return DatabaseCommands([], [])
    # A project has little of all that is looked for, and each file that is not
    # there would take as long as one that is.
    names = set(names_in(site.project_directory))
    return DatabaseCommands(_commands(site, _migrations(site, names)),
                            _commands(site, _initial(site, names)))


def _commands(site: Site, programs: Iterator[tuple[str, str]]) -> list[str]:
    return [shell(f"{site.virtualenv}/bin/{program}") + f" {arguments}"
            for program, arguments in programs]


def _migrations(site: Site, names: set[str]
                ) -> Iterator[tuple[str, str]]:
    top, config = site.project_directory, shell(site.config)
    if site.framework == "django":
        if "manage.py" in names:
            yield "python", "manage.py migrate"
        return
    if site.config and re.search(r"^\s*\[alembic\]", text_or_empty(moved(
            site.config, site.directory, top, outside=site.config)),
            re.MULTILINE):
        yield "alembic", f"-c {config} upgrade head"
    elif "alembic.ini" in names:
        yield "alembic", "upgrade head"


def _initial(site: Site, names: set[str]) -> Iterator[tuple[str, str]]:
    top, config = site.project_directory, shell(site.config)
    declared = "\n".join(_declarations(top, names))
    script = _INITIALIZING.search(declared)
    if script and site.config:
        yield script[1], config
    elif site.config and site.framework == "turbogears2" and any(
            os.path.exists(f"{top}/{site.package}/websetup{end}")
            for end in ("", ".py")):
        yield "gearbox", f"setup-app -c {config}"
    elif site.config and "paste.app_install" in declared:
        yield "paster", f"setup-app {config}"


def _declarations(top: str, names: set[str]) -> Iterator[str]:
    """Yield the texts in which a project declares its entry points."""
    for name in _DECLARING:
        if name in names:
            yield text_or_empty(f"{top}/{name}")
    for directory, entries in ((top, sorted(names)), (
            f"{top}/src", names_in(f"{top}/src") if "src" in names else [])):
        for name in entries:
            if name.endswith(".egg-info"):
                yield text_or_empty(f"{directory}/{name}/entry_points.txt")
