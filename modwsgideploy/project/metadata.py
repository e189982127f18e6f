"""Find and read the metadata of distributions: egg-info and dist-info.

They are read here and not through importlib.metadata, which takes ten times
as long and knows the running interpreter only.
"""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.model.project import Versions
from modwsgideploy.project.files import read_optional
from modwsgideploy.system.files import names_in
from modwsgideploy.system.versions import version_tuple


class MetadataPath(NamedTuple):
    """Metadata that exist, not yet read."""

    name: str  # canonical, as the file name has it
    metadata: str  # path of the directory or file
    location: str  # the directory of sys.path that they describe
    root: str  # of the project, when an egg-link names it


class Distribution(NamedTuple):
    """What metadata say of a distribution, or what stands in for them for
    code without metadata, before its import package is chosen."""

    metadata: str  # its metadata directory or file, or ""
    location: str  # the directory of sys.path that they describe
    name: str
    version: str
    requires: tuple[str, ...]  # canonical names
    modules: tuple[str, ...]  # of its application factories, best first
    versions: Versions = ()  # of what is required with a version


def canonical(name: str) -> str:
    """A distribution's name as the package index compares it."""
    dashed = name.replace("_", "-").replace(".", "-").lower()
    return re.sub("--+", "-", dashed) if "--" in dashed else dashed


def name_in(stem: str) -> str:
    """The canonical name in "name-version" or "name"; both may hold dashes
    when they were not made by setuptools."""
    return canonical(re.split(r"-(?=[0-9])", stem, maxsplit=1)[0])


def release(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with: (1, 0) of "1.0b4"."""
    numbers = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return version_tuple(numbers[0]) if numbers else ()


def list_metadata(directory: str) -> list[MetadataPath]:
    """The metadata in a directory of sys.path, in the order of their paths;
    egg-links are followed."""
    found = []
    for entry in names_in(directory):
        stem, ending = os.path.splitext(entry)
        path = os.path.join(directory, entry)
        name = name_in(stem)
        if ending == ".egg-link":
            found += _linked(path, canonical(stem))
        elif ending == ".egg" and os.path.isdir(path):
            found.append(MetadataPath(
                name, os.path.join(path, "EGG-INFO"), path, ""))
        elif stem and ending in (".dist-info", ".egg-info"):
            found.append(MetadataPath(name, path, directory, ""))
    return found


def _linked(path: str, name: str) -> list[MetadataPath]:
    """The metadata that an .egg-link called ``name`` leads to."""
    lines = read_optional(path).splitlines() + ["", ""]
    location = lines[0].strip()
    root = os.path.normpath(os.path.join(location, lines[1].strip() or "."))
    return [MetadataPath(name, os.path.join(location, entry), location, root)
            for entry in (names_in(location) if location else [])
            if entry.endswith(".egg-info")
            and name_in(os.path.splitext(entry)[0]) == name]


def read_metadata(one: MetadataPath) -> Distribution:
    """Read metadata.  Raises DeployError for broken ones."""
    path = file = one.metadata
    if os.path.isdir(path):
        file = os.path.join(path, "METADATA" if path.endswith(".dist-info")
                            else "PKG-INFO")
    headers = _headers(read_optional(file))
    if headers["name"] in ([], ["UNKNOWN"]):
        raise DeployError(
            f"{file}: gives no name, so these metadata are broken; remove"
            f" {path}, then make it anew: pip install -e . (or python"
            " setup.py egg_info)")
    version = (headers["version"] or [""])[0]
    for value in (headers["name"][0], version):
        if not value.isprintable():
            raise DeployError(
                f"{file}: {value!r} has characters that nobody can see; make"
                f" it anew: pip install -e . (or python setup.py egg_info)")
    requirements = _requirements(path, headers["requires-dist"])
    return Distribution(
        path, one.location, headers["name"][0],
        version, tuple(requirements),
        _factory_modules(read_optional(path, "entry_points.txt")),
        tuple((name, version) for name, version in requirements.items()
              if version))


def _headers(text: str) -> dict[str, list[str]]:
    """The values of the headers of interest.

    Old distutils continue a header on lines that are not indented; the email
    parser takes those for the end of all headers, so it is not used.
    """
    found: dict[str, list[str]] = {
        "name": [], "version": [], "requires-dist": []}
    for line in text.split("\n"):
        if not line:
            break
        name, colon, value = line.partition(":")
        if colon and name.lower() in found:
            found[name.lower()].append(value.strip())
    return found


def _requirements(path: str,
                  fields: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The canonical names required, whatever the platform, without those of
    extras, each with the version that is named first; setuptools' own file,
    where it is, says it first."""
    lines = [line for line in fields
             if not re.search(r"\bextra\s*==", line.partition(";")[2])]
    text = read_optional(path, "requires.txt")
    if text:
        lines, wanted = [], True
        for line in text.splitlines():
            if line.startswith("["):
                wanted = line.startswith("[:")  # a condition, not an extra
            elif wanted:
                lines.append(line)
    return parse_requirements(lines)


def parse_requirements(lines: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The canonical names in requirement lines such as "Flask>=2 ; ...",
    each with the version that is named first, () for none."""
    found: dict[str, tuple[int, ...]] = {}
    for line in lines:
        requirement = re.match(r"([A-Za-z0-9._-]*)([^;]*)", line.strip())
        if requirement and requirement[1]:
            version = re.search(r"(?:>=|==|~=|>)\s*([0-9.]*)", requirement[2])
            found.setdefault(canonical(requirement[1]), release(version[1])
                             if version else ())
    return found


def _factory_modules(text: str) -> tuple[str, ...]:
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
