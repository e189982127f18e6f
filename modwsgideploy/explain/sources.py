"""Find the directives and the script that a log message is about."""

from __future__ import annotations

import os
import re
from typing import (
    TYPE_CHECKING,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
)

from modwsgideploy.apache.aliases import is_within, mappings
from modwsgideploy.apache.parser import Directive, read
from modwsgideploy.apache.wsgi_script import read_script
from modwsgideploy.catalog.failures import MODULES, PACKAGES
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.explain.lines import Location
from modwsgideploy.system.files import names_in, text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.apache.platforms import Platform

# What a message or a deployment says, by the names of `FailurePattern`.
Values = Mapping[str, str]

# Endings of names of files that are no configuration.
_NO_CONFIG = (".wsgi", ".py", ".pyc", ".txt", ".ini", ".fcgi", ".html",
              ".log", ".md", ".rst", ".new", ".bak", ".base", ".db",
              ".gz", "~")
_BIGGEST = 1 << 20


class SourceIndex:
    """The configuration and the scripts that a log may be about.

    ``paths`` are files and directories: of a deployment, of a project with
    one in ``apache``, or of a server.  The files beside a script that the
    log names are read as well, and else those of the enabled sites.
    """

    def __init__(self, paths: Iterable[str] = (),
                 platform: Optional[Platform] = None) -> None:
        from modwsgideploy.apache.platforms import find_platform

        self.platform: Platform = platform or find_platform()
        self._read: Dict[str, List[Directive]] = {}
        self._paths = tuple(paths)

    def find(self, failure: FailurePattern,
             values: Values) -> Optional[Location]:
        """Return the place of the directive that causes ``failure``."""
        directives = self._directives(values)
        values = _with_group(values, directives)
        for wanted in failure.where:
            name, _, option = wanted.partition(" ")
            found = _best([each for each in directives
                           if each.key == name.strip("<>").lower()], values)
            location = _locate(found, option) if found else None
            if location:
                return location
        return None

    def values(self, logged: Values) -> Dict[str, str]:
        """Add to the values of a message those of the deployment."""
        platform = self.platform
        values = {
            "conf": platform.conf, "configtest": platform.configtest,
            "group_of_user": platform.group, "python": "python3",
            "reload": platform.reload, "restart": platform.restart,
            "service": platform.reload.split()[-1],
            "sites": platform.sites_enabled, "user": platform.user,
            "socket_prefix": platform.socket_prefix, **logged}
        path = values.get("path") or values.get("script", "")
        if path:
            values.setdefault("directory", os.path.dirname(path))
        if "module" in values:
            top = values["module"].partition(".")[0]
            values.setdefault("package", PACKAGES.get(top, top))
        if "directive" in values:
            values["module_fix"] = _module_fix(values["directive"], platform)
        for name, value in self._deployed(values).items():
            if name in ("user", "group_of_user"):
                values[name] = value
            values.setdefault(name, value)
        # Of a path that leads nowhere Apache names the directory where it
        # ended, which is not to be opened to everybody.
        aliases = [each for each in self._directives(values)
                   if each.key in ("wsgiscriptalias", "alias")]
        for each in mappings(aliases) if path else ():
            if each.path != path and is_within(each.path, path) and (
                    each.path.endswith((".wsgi", ".fcgi", ".py"))):
                values["directory"] = os.path.dirname(each.path)
        return values

    def _deployed(self, values: Values) -> Dict[str, str]:
        """Return the values that the configuration and the script have."""
        found: Dict[str, str] = {}
        directives = self._directives(values)
        values = _with_group(values, directives)
        daemon = _best([each for each in directives
                        if each.key == "wsgidaemonprocess"], values)
        for argument in daemon.arguments if daemon else ():
            name, _, value = argument.partition("=")
            key = {"python-home": "virtualenv", "home": "project",
                    "python-eggs": "egg_cache", "group": "group_of_user",
                    "user": "user"}.get(name)
            if key and value:
                found[key] = value
        alias = _best([each for each in directives
                       if each.key == "wsgiscriptalias"], values)
        scripts = [each.path for each in mappings([alias] if alias else ())]
        script = values.get("script") or next(iter(scripts), "")
        if script.startswith("/"):
            found["script"] = script
            found.update(_script_values(script))
        return found

    def _directives(self, values: Values) -> List[Directive]:
        """Return every directive that may have to do with ``values``."""
        found = [each for path in self._paths for each in self._in(path)]
        named = [value for name, value in values.items()
                 if name in ("script", "path", "group", "file")]
        for value in named:
            # A deployment's files stand beside its script.
            if value.startswith("/") and value.endswith((".wsgi", ".fcgi")):
                found += self._in(os.path.dirname(value))
        if not found and named:
            found = [each for each in self._in(self.platform.sites_enabled)
                     if _mentions(each, values)]
        return [*dict.fromkeys(found)]

    def _in(self, path: str) -> List[Directive]:
        """Return the directives of the file or the directory ``path``."""
        if path not in self._read:
            self._read[path] = [each for file in _config_files(path)
                                for each in read(file)]
        return self._read[path]


def _config_files(path: str) -> List[str]:
    """List the files at ``path`` that may be Apache's configuration."""
    if not os.path.isdir(path):
        return [path] if os.path.isfile(path) else []
    below = os.path.join(path, "apache")
    if os.path.isdir(below):
        path = below
    files = [os.path.join(path, name) for name in names_in(path)
             if not name.endswith(_NO_CONFIG)]
    return [file for file in files
            if os.path.isfile(file) and os.path.getsize(file) < _BIGGEST]


def _mentions(directive: Directive, values: Values) -> int:
    """How well ``directive`` fits ``values``: 0 for not at all."""
    arguments = directive.arguments
    group = values.get("group")
    if group and (f"process-group={group}" in arguments
                  or arguments[:1] == (group,)):
        return 1000
    for name in ("script", "path", "account", "locale", "module"):
        value = values.get(name, "")
        for argument in arguments if value else ():
            if value in (argument, argument.partition("=")[2]):
                return 1000
            if argument.startswith("/") and is_within(value, argument):
                return len(argument)
    return 0


def _with_group(values: Values, directives: List[Directive]) -> Values:
    """Add the process group that runs the script."""
    alias = _best([each for each in directives
                   if each.key == "wsgiscriptalias"], values)
    for argument in alias.arguments if alias else ():
        if argument.startswith("process-group=") and "group" not in values:
            return {**values, "group": argument.partition("=")[2]}
    return values


def _best(directives: List[Directive],
          values: Values) -> Optional[Directive]:
    """Return the one of ``directives`` that fits ``values`` best."""
    if len(directives) == 1:
        return directives[0]
    fitting = [each for each in directives if _mentions(each, values)]
    return max(fitting, default=None,
               key=lambda each: _mentions(each, values))


def _locate(directive: Directive, option: str) -> Optional[Location]:
    """Return where ``directive`` has ``option``; None if it does not."""
    for number in range(directive.line, directive.last_line + 1):
        text = _line_of(directive.path, number)
        if not option or re.search(rf"(?<![\w-]){option}=", text):
            return Location(directive.path, number, text)
    return None


def location_at(path: str, number: int) -> Location:
    """Return the place that a message names."""
    return Location(path, number, _line_of(path, number))


def _line_of(path: str, number: int) -> str:
    """Return line ``number`` of the file ``path``, stripped, or ""."""
    lines = text_or_empty(path, "replace").split("\n")
    if not 0 < number <= len(lines):
        return ""
    return lines[number - 1].strip().rstrip("\\").strip()


def _script_values(path: str) -> Dict[str, str]:
    """Read the virtualenv, ini and egg cache that a WSGI script names."""
    script = read_script(text_or_empty(path, "replace"), path)
    values = {"virtualenv": script.virtualenv, "config": script.config,
              "egg_cache": script.egg_cache}
    return {name: value for name, value in values.items() if value}


def _module_fix(directive: str, platform: Platform) -> str:
    """Say how to load the module of ``directive``."""
    module = next((module for start, module in MODULES.items()
                   if directive.startswith(start)), "")
    if not module:
        return "correct its spelling, or load its module"
    if platform.enable_module:
        return f"`sudo {platform.enable_module} {module}`"
    return f"load mod_{module} with a LoadModule line"
