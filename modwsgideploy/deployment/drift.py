"""Tell which files of a deployment differ from its recorded choices."""

from __future__ import annotations

import os
from typing import NamedTuple

from modwsgideploy.deployment.own_lines import own_lines, with_own_lines
from modwsgideploy.deployment.record import read_record
from modwsgideploy.deployment.render import render
from modwsgideploy.model.site import Site

MISSING = "missing"
WAITING = "waiting"    # a conflict: the new text is in FILE.new
OLD = "old"            # as other choices, or another version, generated it
EDITED = "edited"      # by hand, also where that has settled a conflict


class Drift(NamedTuple):
    """A file that is not as it would be generated now."""

    path: str     # absolute
    kind: str     # one of the above


def find_drift(site: Site) -> list[Drift]:
    """Return the files of ``site`` that differ from what its choices make.

    ``site`` is made of the choices that are recorded, or of those of a
    manifest.  Lines of one's own, where there is a place for them, are no
    difference.

    Reads only.  Raises DeployError for a file that cannot be read.
    """
    files = render(site)
    record = read_record(site.output_dir, [file.path for file in files])
    drifts = []
    for file in files:
        path = os.path.join(site.output_dir, file.path)
        found = record.found[file.path]
        if found is None:
            drifts.append(Drift(path, MISSING))
            continue
        own = own_lines(found.text)
        base = record.generated.get(file.path)
        if file.path in record.offered and os.path.lexists(path + ".new"):
            drifts.append(Drift(path, WAITING))
        elif found.text != with_own_lines(file.text or "", own):
            drifts.append(Drift(path, OLD if base is not None and (
                found.text == with_own_lines(base, own)) else EDITED))
    return drifts
