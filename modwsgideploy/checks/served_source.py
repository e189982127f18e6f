"""Check that Apache does not hand out the project itself as files."""

from __future__ import annotations

import os
from collections.abc import Iterator

from modwsgideploy.apache.access import access
from modwsgideploy.apache.aliases import is_within, mappings
from modwsgideploy.apache.parser import Directive
from modwsgideploy.apache.sections import Request
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out
from modwsgideploy.system.files import names_in

# What a project has besides the files that everybody may see.
_SOURCES = ("setup.py", "setup.cfg", "pyproject.toml", "manage.py",
            "requirements.txt")


def served(context: CheckContext) -> CheckResult:
    """The project is below a DocumentRoot or an ``Alias`` to which access is
    granted, and the URLs there are not the application's: everybody can read
    its code and its configuration, passwords and all.
    """
    for mount in context.mounts[:1]:
        host = mount.directive.section("VirtualHost")
        for directive, url, top in _served(context, host):
            for path in _private_files(context):
                if not is_within(path, top):
                    continue
                # An Alias can be for a single file.
                asked = url if path == top else (
                    url.rstrip("/") + "/" + os.path.relpath(path, top))
                covered = directive.key == "documentroot" and any(
                    is_within(asked, each.url) for each in context.mounts)
                if not covered and access(context.effective, Request(
                        path, asked, host, below=False)).granted:
                    yield (f"{directive.where} has {directive}, so everybody"
                           f" can read {path} at {asked}",
                           _fix(context, directive))
                    break


def _served(context: CheckContext, host: Directive | None
            ) -> Iterator[tuple[Directive, str, str]]:
    """Yield (directive, URL, directory) of what the site's server serves."""
    roots = [each for each in context.effective.of("DocumentRoot")
             if each.arguments]
    own = [each for each in roots if each.section("VirtualHost") == host]
    of_all = [each for each in roots if not each.section("VirtualHost")]
    # The last one counts, and a host's own before that of the server.
    for each in (own or of_all)[-1:]:
        yield each, "/", each.arguments[0]
    scripts = [mount.directive for mount in context.mounts]
    for mapping in mappings(context.of("Alias")):
        if mapping.directive not in scripts and (
                mapping.directive.section("VirtualHost") == host):
            yield mapping.directive, mapping.url, mapping.path


def _private_files(context: CheckContext) -> list[str]:
    """The files of the project that are nobody's business."""
    top = context.directory
    names = [name for name in names_in(top)
             if name in _SOURCES or name.endswith(".py")]
    return [path for path in (context.script.config, *(
        os.path.join(top, name) for name in names)) if os.path.isfile(path)]


def _fix(context: CheckContext, directive: Directive) -> str:
    """The command that no longer serves it, if it is the site's own."""
    if directive in context.own:
        return context.edit(directive.path, comment_out(directive))
    return (f"name another directory in {directive.where}, or move the"
            " project out of it")
