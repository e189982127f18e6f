"""Find how a project makes and upgrades its database, for the runbook."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.files import names_in, text_or_empty

# Pyramid's templates name their script so.
_INITIALIZING = re.compile(r"\b(initialize_\w+_db|\w+_initialize_db)\s*=")


def migrating(site: Site) -> list[str]:
    """Return the commands that bring the tables of ``site`` up to date, at
    first and with each update.

    They are typed in the project's directory.
    """
    return _commands(site, _migrations(site))


def initializing(site: Site) -> list[str]:
    """Return the commands that fill the database of ``site``, once.

    Paste calls that setup-app.
    """
    return _commands(site, _initial(site))


def _commands(site: Site, programs: Iterator[tuple[str, str]]) -> list[str]:
    if not site.virtualenv:
        return []
    return [shell(f"{site.virtualenv}/bin/{program}") + f" {arguments}"
            for program, arguments in programs]


def _migrations(site: Site) -> Iterator[tuple[str, str]]:
    top, config = site.project_directory, shell(site.config)
    if site.framework == "django":
        if os.path.isfile(f"{top}/manage.py"):
            yield "python", "manage.py migrate"
        return
    if site.config and re.search(r"^\s*\[alembic\]", text_or_empty(moved(
            site.config, site.directory, top, outside=site.config)),
            re.MULTILINE):
        yield "alembic", f"-c {config} upgrade head"
    elif os.path.isfile(f"{top}/alembic.ini"):
        yield "alembic", "upgrade head"


def _initial(site: Site) -> Iterator[tuple[str, str]]:
    top, config = site.project_directory, shell(site.config)
    declared = "\n".join(_declarations(top))
    script = _INITIALIZING.search(declared)
    if script and site.config:
        yield script[1], config
    elif site.config and site.framework == "turbogears2" and any(
            os.path.exists(f"{top}/{site.package}/websetup{end}")
            for end in ("", ".py")):
        yield "gearbox", f"setup-app -c {config}"
    elif site.config and "paste.app_install" in declared:
        yield "paster", f"setup-app {config}"


def _declarations(top: str) -> Iterator[str]:
    """Yield the texts in which a project declares its entry points."""
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        yield text_or_empty(f"{top}/{name}")
    for directory in (top, f"{top}/src"):
        for name in names_in(directory):
            if name.endswith(".egg-info"):
                yield text_or_empty(f"{directory}/{name}/entry_points.txt")
