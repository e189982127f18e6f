"""Plan the removal of a deployment's own files, and of nothing else."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple

from modwsgideploy.deployment.record import (
    BASE,
    CHOICES,
    choices_text,
    read_choices,
    read_record,
)
from modwsgideploy.errors import DeployError
from modwsgideploy.system.identity import acting_as, owner_on_the_way
from modwsgideploy.system.transaction import Change, File, plan, write


class Purge(NamedTuple):
    """What goes of a deployment, and what stays."""

    changes: tuple[Change, ...]
    kept: tuple[str, ...]     # paths of files with edits


def plan_purge(output_dir: str, name: str) -> Purge:
    """Plan to remove what was generated in ``output_dir`` for site ``name``.

    A file that is not as it was generated stays, and with it the record that
    tells so; so does everything that was not generated.  Reads only.  Raises
    DeployError.
    """
    record = read_record(output_dir)
    texts = {**record.generated, **{
        f"{each}.new": text for each, text in record.offered.items()}}
    record = read_record(output_dir, texts)
    gone, kept = [], []
    for each, text in texts.items():
        found, path = record.found[each], os.path.join(output_dir, each)
        if found is None:
            continue
        # A link is somebody's work, too.
        if found.text == text and not os.path.islink(path):
            gone.append(each)
        else:
            kept.append(path)
    if record.choices and not _is_fresh(record.choices, output_dir, name):
        kept.append(os.path.join(output_dir, CHOICES))
    if not kept:
        gone += [each for each in (CHOICES, BASE) if record.found[each]]
    return Purge(plan([File(each, None) for each in gone], output_dir)
                 if gone else (), tuple(kept))


def _is_fresh(text: str, output_dir: str, name: str) -> bool:
    """Whether site.ini is as a run without one would write it."""
    path = os.path.join(output_dir, CHOICES)
    try:
        return text == choices_text(None, path, name, read_choices(
            text, path))
    except DeployError:
        return False


def purge(planned: Purge, output_dir: str) -> None:
    """Remove what is planned, and the directory if nothing is left in it.

    Raises DeployError.
    """
    write(planned.changes)
    with suppress(OSError), acting_as(owner_on_the_way(output_dir)):
        os.rmdir(output_dir)
