"""Find the static files of a package at the URLs where its application has
them, without importing it.

An Alias wins over the application, and what it serves is for everybody.  So
what cannot be read with certainty is left to the application.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.project.import_package import ImportPackage
from modwsgideploy.system.files import names_in, text_or_empty

# An Alias hides the controller of the same name (public/admin would hide
# /admin), so of a directory that is served at the root only these become
# aliases; the application itself goes on serving the others.
ASSETS = frozenset("""
    apple-touch-icon.png apple-touch-icon-precomposed.png assets css
    favicon.ico favicon.png font fonts humans.txt image images img javascript
    javascripts js media robots.txt static style styles stylesheets
    """.split())


class StaticFiles(NamedTuple):
    """What Apache can serve, and what is left to the application."""

    found: tuple[tuple[str, str], ...]   # (URL below the mount point, path)
    left_out: tuple[str, ...] = ()       # where it is said, and why


def of_public(package: ImportPackage) -> StaticFiles:
    """The well-known entries of ``public``, which is at the root.

    TurboGears 2 and Pylons look there before they ask the application.
    """
    public = os.path.join(package.path, "public")
    return StaticFiles(_inside(package.path, (
        (f"/{name}", os.path.join(public, name))
        for name in names_in(public) if name.lower() in ASSETS)))


def of_cherrypy(package: ImportPackage) -> StaticFiles:
    """What config/app.cfg has CherryPy serve, as TurboGears 1 is made."""
    text = text_or_empty(os.path.join(package.path, "config", "app.cfg"))
    found = []
    for url, body in re.findall(r"(?m)^\[(/[^]\n]+)\]\s*$((?:\n(?!\[).*)*)",
                                text):
        values = dict(re.findall(
            r"(?m)^(?:static_filter|tools\.static(?:dir|file))\.(\w+)\s*="
            r"\s*[\"']?(.*?)[\"']?\s*$", body))
        path = re.match(r"%\(top_level_dir\)s/([^%]+)\Z", values.get(
            "dir") or values.get("file") or values.get("filename") or "")
        if values.get("on") == "True" and path:
            found.append((url, os.path.join(package.path, path[1])))
    return StaticFiles(_inside(package.path, found))


def of_pyramid(package: ImportPackage) -> StaticFiles:
    """The static views that the code of a package adds by literal names."""
    # imported where it is used: no other framework needs it
    from modwsgideploy.project.pyramid_views import static_views

    views = list(static_views(package))
    paths: dict[str, set[str]] = {}
    for view in views:
        paths.setdefault(view.url, set()).add(view.path)
    found, left_out = [], []
    for view in views:
        why_not = view.why_not
        if not why_not and len(paths[view.url]) > 1:
            why_not = "another one has its URL"
        if why_not:
            left_out.append(f"{view.where}: {why_not}")
        else:
            found.append((view.url, view.path))
    return StaticFiles(_inside(package.path, found), tuple(left_out))


def _inside(directory: str, found: Iterable[tuple[str, str]]
            ) -> tuple[tuple[str, str], ...]:
    """Those of ``found`` that exist, sorted.

    A link that leads out of the package is left out: to serve what it points
    at must be asked for.
    """
    root = os.path.realpath(directory) + os.sep
    return tuple(sorted({
        (url, path) for url, path in found
        if os.path.exists(path) and os.path.realpath(path).startswith(root)}))
