"""``fleet``: write what Ansible needs to serve the sites of a manifest on
many hosts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.commands.inputs import in_release, read_sites
from modwsgideploy.commands.outcome import (
    DONE,
    SOME_CHANGED,
    WRONG,
    document,
)
from modwsgideploy.commands.output import colored, note, print_json, shown
from modwsgideploy.commands.update_outcome import back_up, edits_in_the_way
from modwsgideploy.deployment import update
from modwsgideploy.deployment.record import Record, read_generated
from modwsgideploy.errors import DeployError
from modwsgideploy.inventory.files import files
from modwsgideploy.inventory.hosts import Inventory, read_inventory, unfit
from modwsgideploy.system.transaction import File, write

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting

# What the files begin with.
_WRITTEN_FROM = re.compile(r"^# Written by modwsgideploy fleet from (.+?)"
                           r"(?:\.|: the sites of .+)$", re.MULTILINE)
_QUIET = ("unchanged", "keep")


class _Part(NamedTuple):
    """One directory that is written, and how that changes it."""

    plan: update.UpdatePlan
    foretold: update.UpdatePlan     # as it would be without what is in its way


def main(manifest: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Write the inventory of ``manifest`` into a directory.

    Return the exit status.  Raises DeployError.
    """
    began = perf_counter()
    directory = os.path.abspath(run.output)
    fleet = read_sites(manifest, settings, run, alone=True,
                       complete=in_release, demand=unfit)
    inventory = read_inventory(fleet.sites)
    parts = _parts(inventory, directory, manifest, run)
    if not run.simulate:
        for part in parts:
            if not part.plan.held:
                write(part.plan.changes)
    messages = [message for part in parts
                for message in edits_in_the_way(part.plan)]
    actions = [file for part in parts for file in part.plan.files]
    changed = any(file.action not in (*_QUIET, "differs", "conflict")
                  for file in actions)
    status = WRONG if any(part.plan.held or part.plan.conflicts
                          for part in parts) else (
        SOME_CHANGED if changed and run.changed else DONE)
    if run.json:
        print_json(document(
            "fleet", status, messages, simulated=run.simulate,
            changed=changed, seconds=perf_counter() - began,
            counts={"sites": len(fleet.sites),
                    "hosts": len(inventory.hosts)},
            hosts={host: [site["name"] for site in sites]
                   for host, sites in inventory.hosts.items()},
            files=[{"path": file.path, "action": file.action}
                   for file in actions],
            diff="".join(map(_diff, parts)) if run.simulate else ""))
        return status
    for message in messages:
        print(message, file=sys.stderr)
    _print(parts, inventory, directory, run)
    return status


def _parts(inventory: Inventory, directory: str, manifest: str,
           run: Invocation) -> list[_Part]:
    """Plan each directory of the inventory.  Raises DeployError."""
    import modwsgideploy

    name = os.path.basename(manifest) if manifest != "-" else "a manifest"
    wanted = files(inventory, name, os.path.dirname(
        os.path.abspath(modwsgideploy.__file__)))
    return [_part(os.path.join(directory, part) if part else directory,
                  [File(name, text) for name, text in texts.items()], run)
            for part, texts in wanted.items()]


def _part(directory: str, texts: Sequence[File], run: Invocation) -> _Part:
    record = read_generated(directory, [file.path for file in texts])
    if record.damage:
        note(f"{shown(directory)}: {record.damage}, so no hand edit can be"
             " told from generated text", run)
    if not run.overwrite:
        _refuse_other(directory, record, texts)
    plan = update.plan_files(
        texts, directory, record,
        back_up if run.overwrite else update.merge_or_hold)
    return _Part(plan, plan if not (plan.held and run.simulate)
                 else update.plan_files(texts, directory, record,
                                        update.merge_or_overwrite))


def _refuse_other(directory: str, record: Record, texts: Sequence[File]
                  ) -> None:
    """Raise DeployError where ``directory`` is of another manifest."""
    for file in texts:
        found = _WRITTEN_FROM.search(record.generated.get(file.path, ""))
        wanted = _WRITTEN_FROM.search(file.text or "")
        if found and wanted and found[1] != wanted[1]:
            raise DeployError(
                f"{shown(directory)}: was written from {found[1]}, and not"
                f" from {wanted[1]}; name another directory by -o, or where"
                " the manifest was renamed give -f, which keeps edits as"
                " FILE.bak")


def _diff(part: _Part, color: bool = False) -> str:
    """Return what would change of the files that are for people."""
    from modwsgideploy.system.diff import diff

    paths = {file.path for file in part.foretold.files}
    return diff([change for change in part.foretold.changes
                 if change.path in paths], color=color)


def _print(parts: Sequence[_Part], inventory: Inventory, directory: str,
           run: Invocation) -> None:
    """Print what was done, or would be."""
    if run.verbosity < 0:
        return
    if run.simulate:
        print("".join(_diff(part, colored(sys.stdout)) for part in parts),
              end="")
    sites = {str(site["name"]) for each in inventory.hosts.values()
             for site in each}
    print(f"{len(sites)} {'site' if len(sites) == 1 else 'sites'} on"
          f" {len(inventory.hosts)}"
          f" {'host' if len(inventory.hosts) == 1 else 'hosts'}:"
          f" {', '.join(inventory.hosts)}")
    if inventory.left_out:
        note(f"note: {', '.join(inventory.left_out)}: left out, as each"
             " release has its own", run)
    if run.simulate:
        return
    written = [file for part in parts for file in part.plan.files
               if file.action not in _QUIET or run.verbosity > 0]
    for file in written:
        print(f"  {file.action:9} {shown(file.path)}")
    if not written:
        print("  all files are as they should be")
    print(f"Next: {shown(os.path.join(directory, 'README.txt'))} has the"
          " commands.")
