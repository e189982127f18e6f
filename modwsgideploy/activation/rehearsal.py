"""Foretell what Apache will say to a change: make it in a copy of its
configuration, and have that tested."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import NamedTuple, Sequence

from modwsgideploy.activation.apply import ApplyOptions, Run, SiteResult
from modwsgideploy.activation.layout import ApacheLayout, moved_layout
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import find_running
from modwsgideploy.activation.state import PathChange, PathState
from modwsgideploy.apache.control import Service, main_config
from modwsgideploy.apache.host import Host
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.temporary import temporary_directory

_INCLUDE = re.compile(
    r'^([ \t]*Include(?:Optional)?[ \t]+)("?)([^"\n]*?)("?[ \t]*\r?)$',
    re.IGNORECASE | re.MULTILINE)
# Nothing as large as this is a piece of configuration.
_LARGEST = 1 << 22


class Foretold(NamedTuple):
    """What would become of some sites."""

    results: dict[str, SiteResult]
    unknown: tuple[str, ...] = ()     # what could not be foretold, and why


def rehearse(sites: Sequence[SiteChange], layout: ApacheLayout,
             options: ApplyOptions) -> Foretold:
    """Foretell what `apply_changes` would do, but for the answers of sites.

    Nothing of Apache is changed, and no root is needed for what this user
    can read.
    """
    host = Host(layout.config)
    unread = {site.name: path for site in sites
              for path in site.certificates if not os.access(path, os.R_OK)}
    unknown = [
        f"{path}: cannot be read by this user, so what Apache would say to"
        f" {name} is not known; run it as root" if os.path.lexists(path) else
        f"{path}: is not made yet, so what Apache would say to {name} is not"
        " known" for name, path in unread.items()]
    results = {site.name: SiteResult() for site in sites}
    tried = [site for site in sites if site.name not in unread]
    if not host.httpd or not tried:
        return Foretold(results, tuple(unknown))
    if os.geteuid() and not host.report.accepted:
        return Foretold(results, (
            "Apache cannot test its configuration for this user, so what it"
            " would say is not known; run it as root\n    "
            + "\n    ".join(host.report.output.splitlines()), *unknown))
    try:
        service = find_running(host.httpd, layout) if (
            options.reload and host.report.accepted) else None
        results.update(_tried(tried, layout, options, service, host))
    except DeployError as error:
        results.update({site.name: SiteResult(error.messages)
                        for site in tried})
    return Foretold(results, tuple(unknown))


class _Rehearsal(Run):
    """A run over a copy, which the Apache of the original does not read."""

    def __init__(self, layout: ApacheLayout, options: ApplyOptions,
                 original: Service | None) -> None:
        super().__init__(layout, options)
        self._original = original

    def find_service(self) -> None:
        """Take the Apache that would have to read the original."""
        self.service = self._original


def _tried(sites: Sequence[SiteChange], layout: ApacheLayout,
           options: ApplyOptions, service: Service | None, host: Host
           ) -> dict[str, SiteResult]:
    """Try ``sites`` on a copy; return what came of it.  Raises DeployError.
    """
    with temporary_directory() as top:
        copy = _Copy(layout, host, os.path.realpath(top))
        there = copy.make()
        run = _Rehearsal(there, options, service)
        try:
            run.try_out([copy.change(site) for site in sites])
        except DeployError as error:
            raise DeployError(*map(copy.original, error.messages)) from None
        return {site.name: SiteResult(tuple(map(
            copy.original, run.failed.get(site.name, ())))) for site in sites}


class _Copy:
    """A copy of Apache's configuration, which includes nothing of the
    original's directory."""

    def __init__(self, layout: ApacheLayout, host: Host, top: str) -> None:
        assert host.httpd
        self._layout = layout
        self._config = layout.config or main_config(host.httpd)
        self._root, self._top = layout.root, top
        self._server_root = host.root
        files = [path for path in (
            self._config, *host.paths) if self._there(path) != path]
        self._directories = {os.path.dirname(path) for path in files} | {
            layout.root, *layout.directories}

    def make(self) -> ApacheLayout:
        """Make it; return its layout.  Raises DeployError."""
        for directory in sorted(self._directories):
            with suppress(FileNotFoundError):
                self._copy(directory)
        return moved_layout(self._layout, self._top,
                            self._there(self._config))

    def change(self, site: SiteChange) -> SiteChange:
        """Give the same change of the copy."""
        return site._replace(
            files=tuple(map(self._there, site.files)),
            own=tuple(map(self._path_change, site.own)),
            shared=tuple(map(self._path_change, site.shared)),
            host=tuple(map(self._path_change, site.host)),
            mount=self._there(site.mount))

    def original(self, text: str) -> str:
        """Give what is said of the copy as it is said of the original."""
        return text.replace(self._top, self._root)

    def _copy(self, directory: str) -> None:
        there = self._there(directory)
        os.makedirs(there, exist_ok=True)
        for entry in os.scandir(directory):
            target = self._there(entry.path)
            if entry.is_symlink():
                os.symlink(self._link(directory, os.readlink(entry.path)),
                           target)
            elif entry.is_file() and entry.stat().st_size < _LARGEST:
                with suppress(PermissionError), open(
                        entry.path, encoding="utf-8",
                        errors="surrogateescape", newline="") as source:
                    text = source.read()
                    with open(target, "w", encoding="utf-8",
                              errors="surrogateescape", newline="") as copy:
                        copy.write(self._text(text))

    def _there(self, path: str) -> str:
        return moved(path, self._root, self._top, path)

    def _link(self, directory: str, target: str) -> str:
        """Give the target of a link in ``directory``: what is copied, or, as
        mods-available is not, where it was."""
        whole = os.path.normpath(os.path.join(directory, target))
        if os.path.dirname(whole) not in self._directories:
            return whole
        return self._there(target) if os.path.isabs(target) else target

    def _text(self, text: str) -> str:
        """Have a file include what the copy has in place of the original."""
        return _INCLUDE.sub(self._include, text)

    def _include(self, match: re.Match[str]) -> str:
        path = match[3]
        whole = os.path.normpath(os.path.join(self._server_root, path))
        if path.startswith("${") or self._there(whole) == whole:
            return match[0]
        return f"{match[1]}{match[2]}{self._there(whole)}{match[4]}"

    def _path_change(self, change: PathChange) -> PathChange:
        directory = os.path.dirname(change.path)
        return PathChange(
            self._there(change.path), self._state(directory, change.old),
            self._state(directory, change.new))

    def _state(self, directory: str, state: PathState) -> PathState:
        return state._replace(
            text=None if state.text is None else self._text(state.text),
            link=None if state.link is None
            else self._link(directory, state.link))
