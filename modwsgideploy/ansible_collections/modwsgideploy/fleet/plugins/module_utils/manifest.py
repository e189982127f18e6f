# Copyright: the authors of modwsgideploy
# MIT License
"""Write the manifest of the sites of one host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# What each release has of its own.
_OWN = ("name", "project", "in_place", "output_dir", "deployment",
        "release_root")
# Options that name files relative to the manifest.
_FILES = ("include", "require")


def manifest_text(sites: list[dict[str, Any]], release: str) -> str:
    """Return a manifest of ``sites``, which are in the directory ``release``.

    Each has its name, the name of its project, and options with underscores.
    Raises ValueError for what it cannot hold.
    """
    lines = ["# Written by the role modwsgideploy.fleet.site; edit the"
             " variables of the host."]
    for site in sites:
        lines += ["", f"[{_plain(site.get('name'), 'name')}]"]
        lines += (f"{key} = {_plain(value, key)}" for key, value
                  in _places(site, release))
        for option, value in site.items():
            if option not in _OWN and value is not None:
                lines += _lines(option, _located(option, value, site))
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


def _located(option: str, value: Any, site: dict[str, Any]) -> Any:
    """Return ``value``, in which a file of the project is relative to it."""
    if option not in _FILES:
        return value
    texts = value if isinstance(value, (list, tuple)) else [value]
    code = f"projects/{site.get('project') or site['name']}"
    found = []
    for text in map(str, texts):
        url, equals, path = text.partition("=")
        if not equals or not url.startswith("/"):
            url, equals, path = "", "", text
        found.append(url + equals + (
            path if path.startswith("/") or not path else f"{code}/{path}"))
    return found


def _lines(option: str, value: Any) -> Iterator[str]:
    key = option.replace("_", "-")
    if isinstance(value, bool):
        yield f"{key} = {'yes' if value else 'no'}"
    elif isinstance(value, (list, tuple)):
        yield f"{key} ="
        for each in value:
            yield f"    {_plain(each, option)}"
    else:
        yield f"{key} = {_plain(value, option)}"


def _plain(value: Any, where: str) -> str:
    """Return a value as one line.  Raises ValueError."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        raise ValueError(f"{where}: {text!r} has a character that no manifest"
                         " can hold")
    return text
