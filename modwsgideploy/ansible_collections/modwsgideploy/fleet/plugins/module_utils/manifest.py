# Copyright: the authors of modwsgideploy
# MIT License
"""Write the manifest of the sites of one host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# What each release has of its own.
_OWN = ("name", "project", "in_place", "output_dir", "deployment",
        "release_root")
# Stands for the directory of the site's project.
_CODE = "{code}"


def manifest_text(sites: list[dict[str, Any]], release: str) -> str:
    """Return a manifest of ``sites``, which are in the directory ``release``.

    Each has its name, the name of its project, and options with underscores,
    in which {code} stands for the directory of the project.  Raises ValueError for what it cannot hold.
    """
    lines = ["# Written by the role modwsgideploy.fleet.site; edit the"
             " variables of the host."]
    for site in sites:
        lines += ["", f"[{_plain(site.get('name'), 'name')}]"]
        lines += (f"{key} = {_plain(value, key)}" for key, value
                  in _places(site, release))
        code = f"{release}/projects/{site.get('project') or site['name']}"
        for option, value in site.items():
            if option not in _OWN and value is not None:
                lines += _lines(option, value, code)
    return "\n".join([*lines, ""])


def _places(site: dict[str, Any], release: str) -> Iterator[tuple[str, str]]:
    """Yield where a site is in the release."""
    project = site.get("project") or site["name"]
    yield "project", f"{release}/projects/{project}"
    yield "output-dir", f"{release}/sites/{site['name']}"
    yield "in-place", "yes"
    if site.get("virtualenv") is None:
        yield "virtualenv", f"{release}/venvs/{project}"
    if site.get("egg_cache") is None:
        yield "egg-cache", ""


def _lines(option: str, value: Any, code: str) -> Iterator[str]:
    """Yield the lines of an option; ``code`` is the project's directory."""
    key = option.replace("_", "-")
    if isinstance(value, bool):
        yield f"{key} = {'yes' if value else 'no'}"
    elif isinstance(value, (list, tuple)):
        yield f"{key} ="
        for each in value:
            yield f"    {_plain(each, option).replace(_CODE, code)}"
    else:
        yield f"{key} = {_plain(value, option).replace(_CODE, code)}"


def _plain(value: Any, where: str) -> str:
    """Return a value as one line.  Raises ValueError."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        raise ValueError(f"{where}: {text!r} has a character that no manifest"
                         " can hold")
    return text
