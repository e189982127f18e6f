"""A directory and virtualenvs in; out the distribution that is there or is
installed from it, what its metadata say, and where its package is.

Metadata are read here and not through importlib.metadata, which takes ten
times as long and knows the running interpreter only.
"""

import os
import re

from modwsgideploy.errors import DeployError
from modwsgideploy.project.installed import (
    Found,
    _optional,
    canonical,
    release,
)


def _read_metadata(one):
    """The Found of an _Installed.  Raises DeployError."""
    path = file = one.metadata
    if os.path.isdir(path):
        file = os.path.join(path, "METADATA" if path.endswith(".dist-info")
                            else "PKG-INFO")
    headers = _headers(_optional(file))
    if headers["name"] in ([], ["UNKNOWN"]):
        raise DeployError(
            f"{file}: gives no name, so these metadata are broken; remove"
            f" {path}, then make it anew: pip install -e . (or python"
            " setup.py egg_info)")
    requirements = _requirements(path, headers["requires-dist"])
    return Found(
        path, one.location, headers["name"][0],
        (headers["version"] or [""])[0], tuple(requirements),
        _factory_modules(_optional(path, "entry_points.txt")),
        tuple((name, version) for name, version in requirements.items()
              if version))


def _headers(text):
    """The values (lists) of the headers of interest.

    Old distutils continue a header on lines that are not indented; the email
    parser takes those for the end of all headers, so it is not used.
    """
    found = {"name": [], "version": [], "requires-dist": []}
    for line in text.split("\n"):
        if not line:
            break
        name, colon, value = line.partition(":")
        if colon and name.lower() in found:
            found[name.lower()].append(value.strip())
    return found


def _requirements(path, fields):
    """The canonical names required, whatever the platform, without those of
    extras, each with the version that is named first (dict); setuptools' own
    file, where it is, says it first."""
    lines = [line for line in fields
             if not re.search(r"\bextra\s*==", line.partition(";")[2])]
    text = _optional(path, "requires.txt")
    if text:
        lines, wanted = [], True
        for line in text.splitlines():
            if line.startswith("["):
                wanted = line.startswith("[:")  # a condition, not an extra
            elif wanted:
                lines.append(line)
    found = {}
    for line in lines:
        name, rest = re.match(r"([A-Za-z0-9._-]*)([^;]*)",
                              line.strip()).groups()
        if name:
            version = re.search(r"(?:>=|==|~=|>)\s*([0-9.]*)", rest)
            found.setdefault(canonical(name), release(version[1])
                             if version else ())
    return found


def _factory_modules(text):
    """The modules of the factories in an entry_points.txt; applications
    stand before filters, "main" before the others.

    Entry points of other groups may well name somebody else's modules.
    """
    found, group = [], ""
    # as indented as the text in setup.py was
    for line in map(str.strip, text.splitlines()):
        name, _, value = line.partition("=")
        factory = re.match(r"paste\.(\w+)_factory$", group)
        if line.startswith("["):
            group = line.strip("[] ")
        elif value and factory:
            found.append((factory[1] not in ("app", "composite", "composit"),
                          name.strip() != "main",
                          value.partition(":")[0].strip()))
    return tuple(module for _, _, module in sorted(found))
