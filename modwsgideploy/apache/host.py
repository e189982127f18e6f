"""Describe the Apache of this machine, or a named one, as it is in force."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from modwsgideploy.apache.binaries import Httpd, find_httpd
from modwsgideploy.apache.mod_wsgi import (
    WsgiModule,
    find_mod_wsgi,
    read_module,
)
from modwsgideploy.apache.parser import (
    Directive,
    Directives,
    ParseContext,
    module_name,
)
from modwsgideploy.apache.processes import RunningDaemon, running_daemons
from modwsgideploy.apache.shared_hosts import hosts_in, mounted_by
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import text_or_empty

# `deploy` describes a host and runs no httpd: without this it starts faster.
if TYPE_CHECKING:
    from modwsgideploy.apache.control import ConfigReport


class Host:
    """An Apache and its configuration; each fact is looked up when first used.

    ``config`` is the main file of its configuration, None for that of this
    machine's own Apache.
    """

    def __init__(self, config: str | None = None) -> None:
        self.config = config
        # What httpd said of a configuration that was added, by its path.
        self.tried: dict[str, str] = {}
        self._real_paths: dict[str, str] = {}
        self._shared_hosts: dict[str, frozenset[str]] = {}

    def real_path(self, path: str) -> str:
        """``path`` without links, remembered: many sites ask for the same."""
        if path not in self._real_paths:
            self._real_paths[path] = os.path.realpath(path)
        return self._real_paths[path]

    def shared_hosts(self, path: str) -> frozenset[str]:
        """The names of the hosts that the file at ``path`` makes for several
        applications, remembered."""
        if path not in self._shared_hosts:
            self._shared_hosts[path] = frozenset(
                name for _, name in hosts_in(text_or_empty(path)))
        return self._shared_hosts[path]

    @cached_property
    def mount_files(self) -> dict[tuple[str, str], str]:
        """The files in force that mount applications in hosts of others, by
        the name of their directory and of the application."""
        return {(os.path.basename(os.path.dirname(path)), name): path
                for path in self.paths if (name := mounted_by(path))}

    @cached_property
    def httpd(self) -> Httpd | None:
        """Its httpd; None if there is none."""
        try:
            return find_httpd()
        except DeployError:
            return None

    @cached_property
    def report(self) -> ConfigReport:
        """What httpd itself reports about its configuration."""
        from modwsgideploy.apache.control import ConfigReport, examine

        if not self.httpd:
            return ConfigReport(True, "", None, None)
        return examine(self.httpd, self.config)

    @cached_property
    def _read(self) -> Directives:
        """Every directive, as our own parser finds them in the files."""
        if not self.httpd:
            return Directives()
        from modwsgideploy.apache.control import read_config

        return read_config(self.httpd, self.config)

    @cached_property
    def directives(self) -> Directives:
        """Every directive in force, in order.

        From httpd itself; if it cannot tell (it refuses the configuration,
        or has no mod_info), as the files say.
        """
        if self.report.directives is None:
            return self._read
        return self.report.directives

    @cached_property
    def loads(self) -> dict[str, Directive]:
        """The LoadModule directives, by the module's short name."""
        return {module_name(directive.arguments[0]): directive
                for directive in self._read.of("LoadModule")
                if directive.arguments}

    @cached_property
    def module_files(self) -> list[str]:
        """The path of each module that is loaded from a file."""
        return [os.path.join(self.root, load.arguments[-1])
                for name, load in self.loads.items() if name in self.modules]

    @cached_property
    def modules(self) -> frozenset[str]:
        """The short names of the modules in force."""
        return self.report.modules or frozenset(
            {*self.loads, *(self.httpd.static if self.httpd else ())})

    @cached_property
    def mod_wsgi(self) -> WsgiModule | None:
        """The mod_wsgi in force, or else one that could be loaded."""
        if "wsgi" in self.loads:
            path = self.loads["wsgi"].arguments[-1]
            return read_module(os.path.join(self.root, path))
        try:
            return find_mod_wsgi(self.httpd) if self.httpd else None
        except DeployError:
            return None

    @cached_property
    def root(self) -> str:
        """Its ServerRoot."""
        from modwsgideploy.apache.control import main_config

        path = self.config or (main_config(self.httpd) if self.httpd else "")
        return self.value_of("ServerRoot") or os.path.dirname(path)

    def parse_context(self, without: Collection[str] = ()) -> ParseContext:
        """What decides how a site's own files are read.

        ``without`` are real paths of files whose variables do not count.
        """
        if not self.httpd:
            return ParseContext()
        defined = [directive.arguments
                   for directive in self._read.of("Define")
                   if self.real_path(directive.path) not in without]
        return ParseContext(
            self.modules, tuple(words[0] for words in defined if words),
            tuple((words[0], words[1]) for words in defined
                  if len(words) > 1),
            self.httpd.version_info, self.root)

    @cached_property
    def included(self) -> list[str]:
        """The paths and patterns of each Include, as written."""
        return [os.path.join(self.root, each.arguments[0])
                for each in self._read.of("Include", "IncludeOptional")
                if each.arguments]

    @cached_property
    def paths(self) -> list[str]:
        """The path of each file in force, once."""
        return [*dict.fromkeys(each.path for each in self.directives)]

    @cached_property
    def daemons(self) -> list[RunningDaemon]:
        """The mod_wsgi daemon processes that run on this machine."""
        return running_daemons()

    def prefetch(self) -> None:
        """Look up every fact now, before many sites use them."""
        for name in ("mod_wsgi", "modules", "user", "paths", "daemons"):
            getattr(self, name)

    def value_of(self, name: str) -> str:
        """The first argument of the server's last directive ``name``, or "".
        """
        for directive in reversed(self._read.of(name)):
            if not directive.inside and directive.arguments:
                return directive.arguments[0]
        return ""

    @cached_property
    def user(self) -> str:
        """The user that runs its children; "" if it does not tell.

        Debian names a variable there, so httpd's own answer comes first.
        """
        for directive in reversed(self.directives.of("User")):
            if directive.arguments:
                return directive.arguments[0]
        return ""


class UnknownHost(Host):
    """Stands for a host that is not looked at: nothing is found on it."""

    httpd = None
    directives = Directives()
    included: list[str] = []
    daemons: list[RunningDaemon] = []
