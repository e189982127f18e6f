"""Derive the choices of a release from those that the site had until now."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import product

from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import moved

# What a release has of its own.
_OWN = ("in-place", "deployment", "virtualenv", "release-root", "output-dir")
_SOURCE = "update"


def choices_of_release(settings: Mapping[str, Setting], old: Site,
                       paths: ReleasePaths, name: str) -> dict[str, Setting]:
    """Return the settings of the release ``name``.

    ``settings`` are those of the site ``old``.  A directory of the project
    or its virtualenv becomes that of the release, if the release has it.
    """
    code, virtualenv = paths.code(name), paths.virtualenv(name)
    moves = [(old.virtualenv, virtualenv)] if old.virtualenv else []
    moves += [(old.directory, code), (old.project_directory, code)]
    if old.release_root:
        link = f"{paths.link}/{os.path.basename(code)}"
        moves.append((link, code))
    kept = {}
    for option, setting in settings.items():
        if option in _OWN or option == "home" and _is_default_home(old):
            continue
        if option == "egg-cache" and moved(
                setting.text, old.virtualenv or code, "", "outside") != (
                    "outside"):
            continue
        kept[option] = _moved(setting, moves)
    own = {"in-place": "yes", "release-root": paths.root,
           "virtualenv": virtualenv}
    if "egg-cache" not in kept:
        own["egg-cache"] = f"{paths.shared}/python-eggs"
    if "mount-point" not in kept:
        own["mount-point"] = old.mount_point
    return {**kept, "name": settings.get("name", Setting(old.name, _SOURCE)),
            **{option: Setting(value, _SOURCE)
               for option, value in own.items()}}


def _is_default_home(old: Site) -> bool:
    return old.home in (old.directory, old.through_current(old.directory))


def _moved(setting: Setting, moves: Sequence[tuple[str, str]]) -> Setting:
    """``setting`` with the paths in it moved."""
    if isinstance(setting.value, str):
        return setting._replace(value=_moved_text(setting.value, moves))
    return setting._replace(value=tuple(
        _moved_text(text, moves) for text in setting.value))


def _moved_text(text: str, moves: Sequence[tuple[str, str]]) -> str:
    """A path, or URL=PATH, as it is in the release if that has it."""
    # A path may have a "=" of its own, and a URL begins as a path does.
    starts = [0, *(found.end() for found in re.finditer("=", text))]
    for start, (old, new) in product(starts, moves):
        path = text[start:]
        there = path.startswith("/") and moved(path, old, new, "")
        if there and os.path.exists(there):
            return text[:start] + there
    return text
