"""``releases``: list the releases of sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.named_sites import root_of, site_directories
from modwsgideploy.commands.outcome import DONE, document
from modwsgideploy.commands.output import print_json
from modwsgideploy.commands.rollback import before_current
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.quoting import printable
from modwsgideploy.releases.records import Release, read_releases

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting


def main(words: Sequence[str], settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """List the releases of each site that ``words`` name.

    Return the exit status.  Raises DeployError.
    """
    found = [ReleasePaths(root_of(directory, run))
             for directory in site_directories(words, run)]
    if run.json:
        print_json(document("releases", DONE, sites=map(_as_dict, found)))
        return DONE
    for paths in found:
        if len(found) > 1:
            print(f"{paths.root}:")
        for line in _lines(paths):
            print(printable(line))
    return DONE


def _lines(paths: ReleasePaths) -> list[str]:
    """Return a line for each release, the newest first."""
    releases = read_releases(paths)
    before = before_current(paths, [one for one in releases if one.served])
    rows = [(one.name, _state(one, paths, before), age(one.age_seconds),
             one.version, one.commit[:12], one.source) for one in releases]
    if not rows:
        return [f"{paths.root} has no releases; update makes the first"]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths)
                      if width).rstrip() for row in rows]


def _state(release: Release, paths: ReleasePaths, before: str) -> str:
    """Say in a word what a release is."""
    if release.name == paths.current:
        return "current"
    if release.failed:
        return "failed"
    return "before" if release.name == before else ""


def age(seconds: float) -> str:
    """Say how long ago something was, in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _as_dict(paths: ReleasePaths) -> dict[str, object]:
    """Return the releases of a site as plain values."""
    return {"root": paths.root, "current": paths.current, "releases": [
        {name: value for name, value in one._asdict().items()
         if name != "choices"} for one in read_releases(paths)]}
