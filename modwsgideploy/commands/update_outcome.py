"""Say what an update plan makes of a site and of its files."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from modwsgideploy.commands.outcome import (
    CHANGED,
    CONFLICT,
    CREATED,
    HELD,
    UNCHANGED,
    Status,
)
from modwsgideploy.commands.output import shown
from modwsgideploy.deployment import update

if TYPE_CHECKING:
    from modwsgideploy.model.site import Site


def back_up(edited: update.Edited) -> str:
    """Answer what -f makes of an edited file."""
    return update.BACK_UP


def status_of(plan: update.UpdatePlan) -> Status:
    """Return what becomes of a site by ``plan``."""
    if plan.held:
        return HELD
    if plan.conflicts:
        return CONFLICT
    actions = {file.action for file in plan.files}
    if actions == {"create"}:
        return CREATED
    return UNCHANGED if actions <= {"unchanged", "keep"} else CHANGED


def changed_files(plan: update.UpdatePlan) -> list[tuple[str, str]]:
    """Return (path, action) of the files that do not stay as they are."""
    return [(file.path, file.action) for file in plan.files
            if file.action != "unchanged"]


def live_scripts(site: Site, files: Iterable[tuple[str, str]]) -> list[str]:
    """Name the scripts that changed of a site that is on.

    ``files`` are (path, action).  mod_wsgi loads a script anew when it
    changes, tested or not.
    """
    scripts = [shown(path) for path, action in files
               if action in ("update", "merge")
               and path.endswith((".wsgi", ".fcgi", ".py"))]
    return scripts if scripts and os.path.lexists(os.path.join(
        site.platform.sites_enabled, site.conf_name)) else []


def edits_in_the_way(plan: update.UpdatePlan) -> Iterator[str]:
    """Yield what to say of the edits that are in the way of ``plan``."""
    for file in plan.files:
        if file.action == "differs":
            yield (f"{shown(file.path)}: is not as it would be written, and"
                   " nothing says who changed it, so nothing of this site was"
                   " written; -n shows the difference, -f saves it as"
                   " FILE.bak and overwrites it")
        elif file.action in ("conflict", "keep"):
            yield update.message(file, shown)
