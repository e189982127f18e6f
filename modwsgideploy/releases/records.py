"""Keep in each release what it was made from, and whether it was served."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from typing import Any, NamedTuple

from modwsgideploy.activation.placing import write_beside
from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import NAME, ReleasePaths
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.identity import acting_as, owner_on_the_way

RECORD = "release.json"


class Release(NamedTuple):
    """One release of a site, whose making has come to its end."""

    name: str
    made: str = ""         # when, as ISO 8601 has it
    source: str = ""       # as --from has it
    commit: str = ""       # of a git repository
    version: str = ""      # of the project
    previous: str = ""     # the release that was served before this one
    served: str = ""       # since when it was served first; "" for never
    failed: str = ""       # why it was taken back
    # What was asked for, by the flag's name: the next update repeats it.
    choices: dict[str, Any] = {}

    @property
    def age_seconds(self) -> float:
        """How long ago it was made."""
        try:
            made = datetime.fromisoformat(self.made)
            return (datetime.now(timezone.utc) - made).total_seconds()
        except (ValueError, TypeError):
            return 0


def now() -> str:
    """Return the time, as it is recorded."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def new_name(paths: ReleasePaths) -> str:
    """Return a name for a release that there is not yet: the time (UTC)."""
    stem = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    name, number = stem, 1
    while os.path.lexists(paths.release(name)):
        number += 1
        name = f"{stem}-{number}"
    return name


def read_release(paths: ReleasePaths, name: str) -> Release | None:
    """Return the release ``name``; None where its making did not end."""
    text = text_or_empty(f"{paths.release(name)}/{RECORD}")
    try:
        fields = json.loads(text)
        known = {field: fields[field] for field in Release._fields
                 if field in fields and isinstance(
                     fields[field], dict if field == "choices" else str)}
        return Release(**{**known, "name": name})
    except (ValueError, TypeError):
        return None


def read_releases(paths: ReleasePaths) -> list[Release]:
    """Return the releases of a site, the newest first."""
    found = [read_release(paths, name) for name in names_in(paths.releases)
             if NAME.fullmatch(name)]
    return sorted(filter(None, found), key=_order, reverse=True)


def _order(release: Release) -> tuple[str, int]:
    """By when it was made; several of one second by their number."""
    stem, _, number = release.name[9:].partition("-")
    return release.name[:9] + stem, int(number or 1)


def write_release(paths: ReleasePaths, release: Release) -> None:
    """Write what is recorded of ``release``.  Raises DeployError."""
    path = f"{paths.release(release.name)}/{RECORD}"
    data = (json.dumps(release._asdict(), indent=1) + "\n").encode()
    with acting_as(owner_on_the_way(paths.release(release.name))):
        try:
            os.rename(write_beside(path, data, 0o640), path)
        except OSError as error:
            raise DeployError(
                f"{path}: {error.strerror}; mend that and run again"
            ) from None
