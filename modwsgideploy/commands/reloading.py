"""Give a served site new processes when its code or configuration changes,
for ``serve --reload``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from modwsgideploy.commands.output import shown
from modwsgideploy.commands.private_sites import (
    changes,
    local_url,
    readable,
    served,
)
from modwsgideploy.deployment.record import CHOICES
from modwsgideploy.errors import DeployError
from modwsgideploy.model.project import Project
from modwsgideploy.model.site import Site
from modwsgideploy.server.private import Server
from modwsgideploy.server.watch import Watch
from modwsgideploy.system.transaction import write
from modwsgideploy.system.venv import site_packages

# How often to look, unless that takes longer than a part of this time.
_SECONDS = 0.5
_SHARE = 10


class Reloading:
    """What becomes of one site while its files change.

    ``read`` returns its project and the site as ``server`` serves it, as both
    are by now.  Raises DeployError.
    """

    def __init__(self, server: Server, project: Project, site: Site,
                 output_dir: str, read: Callable[[], tuple[Project, Site]]
                 ) -> None:
        self._server, self._site, self._read = server, site, read
        self._output_dir = output_dir
        self._watch = self._watched(project)
        self._next = monotonic() + _SECONDS
        self._changed: list[str] = []

    def _watched(self, project: Project) -> Watch:
        site = self._site
        return Watch(
            (project.directory, site.location, *site.python_path), (
                site.config, site.env_file, site.init,
                *(piece.path for piece in site.include),
                os.path.join(self._output_dir, CHOICES),
                # What pip installs changes the directory.
                *site_packages(site.virtualenv)))

    def __call__(self) -> Iterator[str]:
        """Yield what to tell of a change, and serve what has changed.

        It is called again and again, and returns at once when it is not time
        to look, or nothing has changed.
        """
        began = monotonic()
        if began < self._next:
            return
        changed = self._watch.changed()
        self._next = monotonic() + max(
            _SECONDS, _SHARE * (monotonic() - began))
        # An editor, or pip, may write several: until they are at rest.
        self._changed += [path for path in changed
                          if path not in self._changed]
        if changed or not self._changed:
            return
        changed, self._changed = self._changed, []
        yield (f"Changed: {_named(changed)}; starting new processes")
        try:
            yield from self._renew()
        except DeployError as error:
            yield from error.messages
            yield "The processes of before go on, until the next change"

    def _renew(self) -> Iterator[str]:
        """Serve the site as it is by now.  Raises DeployError."""
        project, site = self._read()
        if site.backend != self._site.backend:
            raise DeployError(f"--backend: is {site.backend} now; end this,"
                              " and serve it anew")
        self._site = site
        # So that what changes from now on counts.
        self._watch = self._watched(project)
        write(changes(site))
        answer, = self._server.renew([served(site, readable(site))])
        yield (f"{local_url(self._server, self._server.sites[0])} answers"
               f" {answer.status or 'nothing:'} {answer.reason} in"
               f" {answer.seconds:.3f} s")


def _named(paths: Sequence[str]) -> str:
    """Name the first of some paths, and count the others."""
    others = len(paths) - 1
    return shown(paths[0]) + (f" and {others} more" if others else "")
