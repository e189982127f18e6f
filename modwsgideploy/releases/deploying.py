"""Write the deployment of a release, with the hand edits of the one before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from modwsgideploy.deployment import update
from modwsgideploy.deployment.record import read_record
from modwsgideploy.deployment.render import render
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import Setting
from modwsgideploy.system.files import names_in
from modwsgideploy.system.transaction import (
    File,
    FoundFile,
    plan,
    read_files,
    write,
)

_LARGEST = 1 << 20


def write_deployment(old: Site, site: Site, settings: Mapping[str, Setting],
                     overwrite: bool = False) -> None:
    """Write the deployment of ``site``, a release, from that of ``old``.

    Hand edits of the old one are merged.  Raises Failed where they are in the
    way, unless they may be overwritten; each is saved as FILE.bak then.
    """
    names = [name for name in names_in(old.output_dir)
             if not name.endswith(".new") and _is_small_file(
                 os.path.join(old.output_dir, name))]
    found = read_files(names, old.output_dir)
    write(plan([File(name, file.text, file.mode)
                for name, file in found.items() if file], site.output_dir))
    record = read_record(site.output_dir)
    changes = update.plan_update(
        render(site), site, settings, record,
        _back_up if overwrite else update.merge_or_hold)
    wrong = [os.path.join(old.output_dir, os.path.basename(file.path))
             for file in changes.files
             if file.action in ("conflict", "differs")]
    if wrong:
        raise Failed(*(
            f"{path}: your edits and the new text change the same lines, so"
            " the release was not served; -f takes the new text, and keeps"
            " yours as FILE.bak in the release" for path in wrong))
    write(changes.changes)


def _back_up(edited: update.Edited) -> str:
    return update.BACK_UP


def _is_small_file(path: str) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) <= _LARGEST


def texts_in_place(site: Site) -> dict[str, str]:
    """Return the texts of a release's deployment by their paths, such that
    they name the release and not the one that is current."""
    texts: dict[str, str] = {}
    for name, file in read_files(names_in(site.output_dir),
                                 site.output_dir).items():
        if file:
            texts[f"{site.output_dir}/{name}"] = _in_place(file, site)
    return texts


def _in_place(file: FoundFile, site: Site) -> str:
    stable = site.through_current(site.project_directory)
    return file.text.replace(stable, site.project_directory)


def require_deployed(site: Site) -> None:
    """Raise DeployError where there is no deployment to take over."""
    path = f"{site.output_dir}/{site.name}"
    if not os.path.isfile(path):
        raise DeployError(
            f"{site.output_dir}: there is no deployment of {site.name}; the"
            f" first day it is `modwsgideploy deploy {site.project_directory}`"
            " and `modwsgideploy enable`")
