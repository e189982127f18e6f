"""Check a site that modwsgideploy has not written.

All there is of it is Apache's configuration, so only those checks are made
that read nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cached_property
from typing import Any, get_type_hints

from modwsgideploy import checks
from modwsgideploy.apache.aliases import mappings
from modwsgideploy.apache.host import Host, UnknownHost
from modwsgideploy.apache.parser import (
    Directive,
    Directives,
    parse,
    split_address,
)
from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.catalog.checks import CHECKS, CODES
from modwsgideploy.checks.context import CheckContext, Mount
from modwsgideploy.checks.finding import Finding
from modwsgideploy.model.site import Site
from modwsgideploy.project.frameworks import FALLBACK
from modwsgideploy.system.files import text_or_empty

# What tells nothing of a site without our deployment: it is about the
# project, the recorded choices, or what our templates promise.
_LEFT_OUT = ("MWD103", "MWD104", "MWD105", "MWD106", "MWD112", "MWD202",
             "MWD204", "MWD206", "MWD207", "MWD209", "MWD211", "MWD312",
             "MWD314", "MWD412", "MWD413", "MWD414", "MWD415", "MWD417",
             "MWD419", "MWD420", "MWD421", "MWD422")
# These read directives whose values may come from variables.
_BY_NAME = ("MWD401", "MWD402", "MWD403", "MWD404", "MWD418", "MWD425")
_FIXES = {
    "MWD101": "mend WSGIPythonHome, or make that virtualenv",
    "MWD102": "mend python-home=, or make that virtualenv and install in it"
              " what the application requires",
    "MWD108": "put the files there, or take the Alias out",
    "MWD107": "mend the path in WSGIScriptAlias, or put the script there",
    "MWD110": "mend home=, or make that directory",
    "MWD418": "let it have a WSGIDaemonProcess, and name that with"
              " process-group= of the WSGIScriptAlias",
    "MWD304": "make that virtualenv anew with mod_wsgi's Python, and install"
              " in it what the application requires; or load the mod_wsgi of"
              " the virtualenv's Python",
}
_EMPTY: dict[Any, Any] = {str: "", bool: False, int: 0}


def codes() -> list[str]:
    """The codes of the checks that are made of such a site."""
    return [check.code for check in CHECKS if check.code not in _LEFT_OUT
            and not check.code.startswith(("MWD5", "MWD6"))]


class ForeignContext(CheckContext):
    """The configuration of a site in the file ``path``."""

    def __init__(self, path: str, host: Host, skip: Collection[str] = (),
                 platform: str | None = None) -> None:
        text = text_or_empty(path)
        values = {name: _EMPTY.get(kind, ())
                  for name, kind in get_type_hints(Site).items()}
        name = os.path.basename(path).removesuffix(".conf")
        super().__init__(Site(**{
            **values, "name": name, "framework": FALLBACK,
            "backend": "mod_wsgi", "mode": "daemon", "mount_point": "/",
            "output_dir": os.path.dirname(path), "skip": tuple(skip),
            "project_directory": os.path.dirname(path), "port": 80,
            "platform": find_platform(platform)}), {path: text}, path, host)
        directories = [os.path.dirname(mount.script) for mount in self.mounts]
        url, host_section = "/", None
        for mount in self.mounts[:1]:
            url = mount.url
            host_section = mount.directive.section("VirtualHost")
        names = self.host_names.get(
            host_section.identity, []) if host_section else []
        ports = [port for word in (host_section.arguments if host_section
                                   else ())
                 for _, port in [split_address(word)] if port.isdigit()]
        self.site = self.site._replace(
            mount_point=url, server_name=names[0] if names else "",
            port=int(ports[0]) if ports else 80,
            directory=next((each for each in directories
                            if os.path.isdir(each)), "/"))

    @cached_property
    def _every(self) -> Directives:
        """The directives of its file that are no text of a macro."""
        return Directives(
            each for each in self._parsed(self.conf)
            if each.key != "macro" and not each.section("Macro"))

    @cached_property
    def own(self) -> Directives:
        """Those whose values are known: ``${NAME}`` may come from anywhere.
        """
        return Directives(each for each in self._every
                          if "${" not in each.text and not any(
                              "${" in section.text
                              for section in each.inside))

    @property
    def is_vague(self) -> bool:
        """Whether what mod_wsgi is told depends on unknown variables."""
        return any("${" in each.text and each.key.startswith("wsgi")
                   for each in self._every)

    @cached_property
    def aliases(self) -> list[Mount]:
        """Its WSGIScriptAliases of one script."""
        return [Mount(each.url, each.path, self.group_of(each.directive),
                      each.directive)
                for each in mappings(self.of("WSGIScriptAlias"))
                # A directory of scripts, whose names come from the URL, or a
                # path that is below some other.
                if each.path.startswith("/") and not each.path.endswith("/")
                and not os.path.isdir(each.path)]

    @cached_property
    def mounts(self) -> list[Mount]:
        """Where its applications are mounted."""
        return self.aliases

    @cached_property
    def enabled(self) -> str:
        """The path of its configuration that is in force, or ""."""
        if isinstance(self.host, UnknownHost):
            return ""
        real = self.host.real_path(self.conf)
        for path in self.host.paths:
            if self.host.real_path(path) == real:
                return path
        return next((path for path in self.host.paths
                     if self._is_copy(path)), "")

    def _is_copy(self, path: str) -> bool:
        """Whether another file that is in force is of the same site."""
        text = self.texts[self.conf]
        if text and text_or_empty(path) == text:
            return True
        # Which conditions hold depends on what is in force.
        scripts = {each.path for each in mappings(
            Directives(parse(text, self.conf)).of("WSGIScriptAlias"))}
        return os.path.basename(path) == os.path.basename(self.conf) and any(
            each.path == path and each.arguments[1:2]
            and each.arguments[1] in scripts
            for each in self.host.directives.of("WSGIScriptAlias"))

    def another(self, option: str) -> str:
        """What to do where the site needs another name or URL."""
        directive = ("ServerName" if option == "server-name"
                     else "the URL of WSGIScriptAlias")
        return f"change {directive} in {self.conf}"

    def redeploy(self, *options: str) -> str:
        """What to do where our own sites are written anew."""
        named = " and ".join(option.lstrip("-").partition("=")[0]
                             for option in options if option != "-f")
        return f"change {named or 'that'} in {self.conf}"


def run(context: ForeignContext, costs: Collection[str]) -> list[Finding]:
    """Make the checks that such a configuration is enough for."""
    made = [code for code in codes()
            if not (context.is_vague and code in _BY_NAME)]
    found = checks.run(context, costs, codes=made)
    return [finding._replace(fix=_FIXES.get(finding.code, finding.fix))
            for finding in found if not _is_harmless(context, finding)]


def _is_harmless(context: ForeignContext, finding: Finding) -> bool:
    """Whether nobody else is there whom it would harm."""
    return CODES[finding.code].function.endswith(".group_of_all") and not any(
        _may_be_caught(each)
        for each in context.neighbours.of("WSGIScriptAlias"))


def _may_be_caught(directive: Directive) -> bool:
    return "process-group" not in directive.options
