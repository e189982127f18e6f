"""Find the deployments that are installed in an Apache, by its files."""

from __future__ import annotations

import os
from typing import Iterator, NamedTuple

from modwsgideploy.activation.installed import source_of
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.apache.aliases import mappings
from modwsgideploy.apache.host import Host
from modwsgideploy.deployment.record import BASE
from modwsgideploy.system.files import names_in, text_or_empty


class Installed(NamedTuple):
    """One deployment that is installed."""

    name: str
    paths: tuple[str, ...]    # of its configuration, those in force first
    output_dir: str       # where its files were written

    @property
    def project_directory(self) -> str:
        """The directory of its project, where the deployment is in it; or
        ""."""
        head, name = os.path.split(self.output_dir)
        return head if name == "apache" else ""


def find_installed(layout: ApacheLayout, host: Host) -> list[Installed]:
    """Find each deployment that is installed, on or off, by its name.

    What `enable` has installed says where it comes from; what a hand has
    copied has a script beside a record of `deploy`.
    """
    found: dict[str, dict[str, None]] = {}
    for path in _paths(layout, host):
        source = source_of(text_or_empty(path)) or _of_script(path, host)
        if source and os.path.exists(
                os.path.join(os.path.dirname(source), BASE)):
            found.setdefault(source, {})[path] = None
    return sorted(Installed(os.path.basename(source), tuple(paths),
                            os.path.dirname(source))
                  for source, paths in found.items())


def installed_names(directory: str) -> list[str]:
    """Name the sites that `enable` has installed in ``directory``, for who
    types one of them."""
    sources = (source_of(text_or_empty(os.path.join(directory, name)))
               for name in names_in(directory) if name.endswith(".conf"))
    return sorted({os.path.basename(source) for source in sources if source})


def _paths(layout: ApacheLayout, host: Host) -> Iterator[str]:
    """Yield each file that may be one of a site, those in force first."""
    yield from host.paths
    for name in names_in(layout.platform.sites):
        yield os.path.join(layout.platform.sites, name)


def _of_script(path: str, host: Host) -> str:
    """Name the generated file that a file in force was copied from, or is;
    "" for none."""
    for each in mappings(host.directives.of("WSGIScriptAlias", "Alias")):
        if each.directive.path != path:
            continue
        directory, script = os.path.split(each.path)
        name = os.path.splitext(script)[0]
        source = os.path.join(directory, name)
        if os.path.isfile(source) and os.path.isfile(
                os.path.join(directory, BASE)):
            return source
    return ""
