"""Remember the sites of a manifest's earlier runs, to know which are gone.

They are in a file beside the manifest, .MANIFEST.modwsgideploy, which `batch`
writes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.kinds import convert
from modwsgideploy.system.files import text_or_empty
from modwsgideploy.system.transaction import File, plan, write

_FORMAT = 1


class FormerSite(NamedTuple):
    """A site as an earlier run has written it."""

    name: str
    url: str
    server_name: str
    output_dir: str
    script_directory: str
    shared_host: str = ""     # see Site
    inside: str = ""

    @property
    def conf_name(self) -> str:
        """The name under which Apache's configuration is installed."""
        return self.name + ".conf"


def memory_path(manifest: str) -> str:
    """Name the file that remembers the sites of ``manifest``."""
    head, name = os.path.split(os.path.abspath(manifest))
    return os.path.join(head, f".{name}.modwsgideploy")


def read_remembered(manifest: str) -> dict[str, FormerSite]:
    """Return the sites of earlier runs of ``manifest``, by name.

    None of standard input, nor of a file that is not as it was written.
    """
    import json

    text = "" if manifest == "-" else text_or_empty(memory_path(manifest))
    try:
        found = json.loads(text)
        if found["format"] != _FORMAT:
            return {}
        sites = [FormerSite(**site) for site in found["sites"]]
        return {site.name: site for site in sites if _is_sound(site)}
    except (ValueError, KeyError, TypeError):
        return {}


def _is_sound(site: FormerSite) -> bool:
    """Whether ``site`` is what a run may have written."""
    try:
        convert("name", site.name, "the name")
    except DeployError:
        return False
    return all(isinstance(value, str) and value.isprintable()
               for value in site) and os.path.isabs(site.output_dir)


def remember(manifest: str, sites: Iterable[Site], names: Collection[str]
             ) -> None:
    """Remember ``sites`` as those of a run of ``manifest``.

    ``names`` are those that it has; what an earlier run has written stays
    remembered, also what is gone, as long as its deployment is there.
    Raises DeployError where it cannot be written.
    """
    if manifest == "-":
        return
    before = read_remembered(manifest)
    kept = {name: site for name, site in before.items()
            if name in names or os.path.lexists(site.output_dir)}
    kept.update((site.name, FormerSite(*(
        getattr(site, field) for field in FormerSite._fields)))
        for site in sites)
    _write(manifest, kept)


def forget(manifest: str, names: Collection[str]) -> None:
    """Remember the sites ``names`` no longer.  Raises DeployError."""
    _write(manifest, {name: site for name, site
                      in read_remembered(manifest).items()
                      if name not in names})


def _write(manifest: str, sites: Mapping[str, FormerSite]) -> None:
    import json

    head, name = os.path.split(memory_path(manifest))
    text = json.dumps({"format": _FORMAT, "sites": [
        site._asdict() for _, site in sorted(sites.items())]}, indent=1)
    write(plan([File(name, text + "\n")], head))


def gone_sites(manifest: str, names: Collection[str]) -> list[FormerSite]:
    """List the sites of earlier runs that are not among ``names`` now."""
    return [site for name, site in sorted(read_remembered(manifest).items())
            if name not in names]
