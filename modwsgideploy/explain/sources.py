"""Find the directives and the script that a log message is about."""

from __future__ import annotations

import os
import re
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from modwsgideploy.apache.aliases import is_within, mappings
from modwsgideploy.apache.parser import Directive, read
from modwsgideploy.apache.platforms import PLATFORMS, Platform, find_platform
from modwsgideploy.apache.wsgi_script import read_script
from modwsgideploy.catalog.failures import MODULES, PROXY_MODULES
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.explain.lines import Location
from modwsgideploy.system.files import (
    names_in,
    opened_regular,
    text_or_empty,
)

# What a message or a deployment says, by the names of `FailurePattern`.
Values = Mapping[str, str]

# Endings of names of files that are no configuration.
_NO_CONFIG = (".wsgi", ".py", ".pyc", ".txt", ".ini", ".fcgi", ".html",
              ".log", ".md", ".rst", ".new", ".bak", ".base", ".db",
              ".gz", "~")
_BIGGEST = 1 << 20
# Directives of one site: which argument is a path, -1 for none.  All others
# are the whole server's.
_OF_A_SITE = {"wsgiscriptalias": 1, "wsgiscriptaliasmatch": 1, "alias": 1,
              "aliasmatch": 1, "scriptalias": 1, "directory": 0, "files": -1,
              "location": -1, "documentroot": 0, "wsgidaemonprocess": -1,
              "wsgiprocessgroup": -1, "wsgiapplicationgroup": -1,
              "fcgidwrapper": -1, "sethandler": -1, "pythonhandler": -1,
              "pythonpath": -1, "proxypass": -1, "order": -1, "deny": -1,
              "errorlog": 0, "customlog": 0}
_SURE = 10000
# The values by which a directive is told exactly.
_EXACT = ("script", "path", "account", "locale", "module", "module_file",
          "address", "directory")
_OPTIONS = {"python-home": "virtualenv", "home": "home",
            "python-eggs": "egg_cache", "group": "group_of_user",
            "user": "user"}


class SourceIndex:
    """The configuration and the scripts that a log may be about.

    ``paths`` are files and directories: of a deployment, of a project with
    one in ``apache``, or of a server.  The files beside a script that the
    log names are read as well, and else those of the enabled sites.  What is
    below ``temporary`` is gone when the explanation is read: of that only
    the text is shown.
    """

    def __init__(self, paths: Iterable[str] = (),
                 platform: Optional[Platform] = None,
                 temporary: str = "") -> None:
        self.platform: Platform = platform or find_platform()
        self._read: Dict[str, List[Directive]] = {}
        self._paths = tuple(paths)
        self._temporary = temporary

    def find(self, failure: FailurePattern,
             values: Values) -> Optional[Location]:
        """Return the place of the directive that causes ``failure``."""
        directives = self._directives(values)
        site = self._site(directives, values)
        for wanted in failure.where:
            name, _, option = wanted.partition(" ")
            key = name.strip("<>").lower()
            fitting = [(_fit(each, values, site), each)
                       for each in directives if each.key == key]
            best = max((fit for fit, _ in fitting), default=0)
            found = [each for fit, each in fitting if fit == best > 0]
            # Of several that are perhaps the one nobody knows which.
            location = (_locate(found[0], option)
                        if len(found) == 1 or best >= _SURE and found
                        else None)
            if location:
                return self.shown(location)
        return None

    def shown(self, location: Location) -> Location:
        """Return ``location``, without a path that is gone soon."""
        if self._temporary and is_within(location.path, self._temporary):
            return Location("", 0, location.text)
        return location

    def values(self, logged: Values, system: str = "") -> Dict[str, str]:
        """Add to the values of a message those of the deployment.

        ``system`` is the platform that the log is of, if it tells that.
        """
        platform = PLATFORMS.get(system, self.platform)
        values = {
            "conf": platform.conf, "configtest": platform.configtest,
            "conf_root": os.path.dirname(platform.conf),
            "dump_hosts": platform.configtest.replace("configtest", "-S"),
            "group_of_user": platform.group,
            "apache_module": "mod_wsgi",
            "reload": platform.reload, "restart": platform.restart,
            "service": platform.reload.split()[-1],
            "sites": platform.sites_enabled, "user": platform.user,
            "socket_prefix": platform.socket_prefix, **logged}
        if "directive" in values:
            values["module_fix"] = _module_fix(values["directive"], platform)
        if values.get("scheme") in PROXY_MODULES:
            values["proxy_fix"] = _load(PROXY_MODULES[values["scheme"]],
                                        platform)
        for name, value in self._deployed(values).items():
            if name in ("user", "group_of_user"):
                values[name] = value
            values.setdefault(name, value)
        script = values.get("script", "")
        if script.startswith("/"):
            values.setdefault("directory", os.path.dirname(script))
        return values

    def _deployed(self, values: Values) -> Dict[str, str]:
        """Return the values that the configuration and the script have.

        Directories that are not there are left out.
        """
        directives = self._directives(values)
        site = self._site(directives, values)
        found: Dict[str, str] = {}
        for daemon in (each for each in directives
                       if each.key == "wsgidaemonprocess"
                       and _fit(each, values, site)):
            found.update({_OPTIONS[name]: value for name, value
                          in daemon.options.items()
                          if name in _OPTIONS and value})
            break
        script = values.get("script") or next(
            (each.path for each in mappings(site)
             if each.directive.key == "wsgiscriptalias"), "")
        if script.startswith("/"):
            found.setdefault("script", script)
            if any(each.path == script for each in mappings(site)):
                found["script_directory"] = os.path.dirname(script)
            found.update(_script_values(script))
        return _existing({**found, "virtualenv": found.get("virtualenv")
                          or values.get("virtualenv_in_log", "")})

    def _site(self, directives: List[Directive],
              values: Values) -> Tuple[Directive, ...]:
        """Return the directives that belong to the site which failed."""
        aliases = [each for each in directives
                   if each.key == "wsgiscriptalias"]
        named = [each for each in aliases if _is_alias_of(each, values)]
        if not named and len(aliases) == 1 and self._paths and not (
                {"script", "group"} & set(values)):
            named = aliases      # the one deployment that was given
        groups = {_group(each, directives) for each in named} | {
            values.get("group", "")}
        return (*named, *(each for each in directives
                          if each.key == "wsgidaemonprocess"
                          and each.arguments[:1]
                          and each.arguments[0] in groups - {""}))

    def _directives(self, values: Values) -> List[Directive]:
        """Return every directive that may have to do with ``values``."""
        found = [each for path in self._paths for each in self._in(path)]
        named = [value for name, value in values.items()
                 if name in (*_EXACT, "group", "file")]
        for value in named:
            # A deployment's files stand beside its script.
            if value.startswith("/") and value.endswith((".wsgi", ".fcgi")):
                found += self._in(os.path.dirname(value))
        if not found and named:
            found = self._in(self.platform.sites_enabled)
        return [*dict.fromkeys(found)]

    def _in(self, path: str) -> List[Directive]:
        """Return the directives of the file or the directory ``path``."""
        if path not in self._read:
            self._read[path] = [each for file in _config_files(path)
                                for each in read(file)]
        return self._read[path]


def _is_alias_of(alias: Directive, values: Values) -> bool:
    """Return whether the script that failed is the one of ``alias``."""
    if len(alias.arguments) < 2:
        return False
    target, script = alias.arguments[1], values.get("script", "")
    group = values.get("group")
    if script:
        return is_within(script, target)
    if group:
        return alias.options.get("process-group") == group
    path = values.get("path", "")
    return path.startswith("/") and (
        is_within(path, target) or is_within(target, path)
        or is_within(path, os.path.dirname(target)))


def _group(alias: Directive, directives: List[Directive]) -> str:
    """Return the name of the daemon processes that run ``alias``."""
    group = alias.options.get("process-group", "")
    if group:
        return group
    host = alias.section("VirtualHost")
    return next((each.arguments[0] for each in directives
                 if each.key == "wsgiprocessgroup" and each.arguments
                 and each.path == alias.path
                 and each.section("VirtualHost") in (host, None)), "")


def _fit(directive: Directive, values: Values,
         site: Tuple[Directive, ...]) -> int:
    """Return how surely ``directive`` is about ``values``; 0 for not."""
    arguments = directive.arguments
    words = {*arguments, *directive.options.values()}
    if any(values.get(name) in words for name in _EXACT
           if values.get(name)):
        return _SURE + 2
    if values.get("group") and values["group"] in words:
        return _SURE + 1
    key = directive.key
    if key not in _OF_A_SITE:
        return 1
    if directive in site:
        return _SURE
    position = _OF_A_SITE[key]
    paths = {each.arguments[1] for each in site if len(each.arguments) > 1
             and each.key == "wsgiscriptalias"} | {
        values.get(name, "") for name in ("path", "script")}
    if 0 <= position < len(arguments):
        target = arguments[position]
        if target.startswith("/") and any(
                is_within(path, target) for path in paths if path):
            return len(target)
        return 0
    # Beside the site's own directives, in the same section.
    return int(any(each.path == directive.path
                   and each.section("VirtualHost")
                   == directive.section("VirtualHost") for each in site))


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
    try:
        with open(path, encoding="utf-8", errors="replace",
                  opener=opened_regular) as stream:
            for _ in range(number - 1):
                if not stream.readline(_BIGGEST):
                    return ""
            line = stream.readline(_BIGGEST)
    except (OSError, ValueError):
        return ""
    return line.strip().rstrip("\\").strip()


def _script_values(path: str) -> Dict[str, str]:
    """Read the virtualenv, ini and egg cache that a WSGI script names."""
    if not os.path.isfile(path) or os.path.getsize(path) > _BIGGEST:
        return {}
    script = read_script(text_or_empty(path, "replace"), path)
    values = {"virtualenv": script.virtualenv, "config": script.config,
              "egg_cache": script.egg_cache}
    return {name: value for name, value in values.items() if value}


def _existing(found: Dict[str, str]) -> Dict[str, str]:
    """Keep what is there, and add what follows: project, requirements."""
    kept = {name: value for name, value in found.items()
            if value and name != "virtualenv"}
    virtualenv = found["virtualenv"]
    if virtualenv and os.path.isfile(f"{virtualenv}/pyvenv.cfg"):
        kept["virtualenv"] = virtualenv
    home = found.get("home", "")
    if home.startswith("/"):
        if any(os.path.isfile(f"{home}/{name}")
               for name in ("setup.py", "pyproject.toml", "setup.cfg")):
            kept["project"] = home
        if os.path.isfile(f"{home}/requirements.txt"):
            kept["requirements"] = f"{home}/requirements.txt"
    return kept


def _module_fix(directive: str, platform: Platform) -> str:
    """Say how to load the module of ``directive``."""
    module = next((module for start, module in MODULES.items()
                   if directive.startswith(start)), "")
    if not module:
        return "correct its spelling, or load its module"
    if module != "wsgi":
        return _load(module, platform)
    package = (" (its package is libapache2-mod-wsgi-py3)"
               if platform.name == "debian" else "")
    return (f"{_load(module, platform)}{package}, if mod_wsgi is not loaded;"
            " else its version does not have the directive")


def _load(module: str, platform: Platform) -> str:
    """Say how to load ``module``."""
    if platform.enable_module:
        return f"`sudo {platform.enable_module} {module}`"
    return f"load mod_{module} with a LoadModule line"
