"""Find the import package of a distribution: its dotted name, and where it
stands on sys.path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.project.environments import Environment, find_installed
from modwsgideploy.project.files import read_optional
from modwsgideploy.project.metadata import (
    Distribution,
    canonical,
    name_in,
)
from modwsgideploy.system.files import names_in


class ImportPackage(NamedTuple):
    """An import package or a module, and where it is."""

    name: str  # dotted
    location: str  # its place on sys.path
    path: str  # its directory; for a module, its file without the ending


# Top-level names that are hardly ever the application itself.
NOT_APPLICATIONS = frozenset((
    "alembic", "benchmarks", "bin", "build", "conftest", "dist", "doc",
    "docs", "example", "examples", "ez_setup", "features", "migration",
    "migrations", "scripts", "setup", "test", "tests", "tools"))


def find_package(found: Distribution, environments: Sequence[Environment],
                 modules: Iterable[str] = ()) -> ImportPackage:
    """The ImportPackage of a Distribution that holds the application: that of
    its factory, else of ``modules`` that are known to be of it, else the one
    called like the distribution, else the only one.

    Raises DeployError.
    """
    code = list_code(found, environments)
    for module in (*found.modules, *modules):
        fitting = [one for one in code if holds(one.name, module)]
        if fitting:
            return max(fitting, key=lambda one: len(one.name))
    for one in code:
        if _loose(one.name) == _loose(found.name):
            return one
    left = [one for one in code
            if one.name.partition(".")[0] not in NOT_APPLICATIONS] or code
    if len(left) == 1:
        return left[0]
    names = ", ".join(sorted(one.name for one in left)[:20])
    raise DeployError(
        f"{found.metadata}: which of its {len(left)} packages is the"
        f" application? {names}; name the ini file that says it by --config,"
        " or its factory in the project's entry points, as"
        " [paste.app_factory] main = PACKAGE.MODULE:CALLABLE, and install the"
        " project again")


def holds(package: str, module: str) -> bool:
    """Whether ``module`` is in ``package``; both are dotted names."""
    return module == package or module.startswith(package + ".")


def list_code(found: Distribution, environments: Sequence[Environment]
              ) -> list[ImportPackage]:
    """The import packages of a Distribution.

    Raises DeployError when it has none.
    """
    code = (editable_code(found.metadata) or _recorded(found.metadata)
            or _on_disk(found.location, found.metadata, found.name))
    if not any(map(_is_there, code)):
        # package_dir puts it elsewhere: the installation knows where
        for one in find_installed(found.name, environments):
            code = editable_code(one.metadata) or code
        _refuse_stale(found, code)
    if not code and found.modules:
        code = _at(found.location, [found.modules[0].partition(".")[0]])
    if not code:
        raise DeployError(
            f"{found.metadata}: lists no package or module of {found.name},"
            f" and {found.location} has none; a project to deploy has one")
    return code


def _refuse_stale(found: Distribution,
                  code: Sequence[ImportPackage]) -> None:
    """Raises DeployError if an egg-info lists ``code`` that is not there, but
    other code is: it is from before a package was renamed or moved."""
    if not found.metadata.endswith(".egg-info") or any(map(_is_there, code)):
        return
    there = [name for name in _importable(found.location, found.name)
             if name not in NOT_APPLICATIONS]
    if code and there and not _is_mapped(code[0].name, found.location):
        names = ", ".join(one.name for one in code)
        raise DeployError(
            f"{found.metadata}: tells of {names}, which is not in"
            f" {found.location}; {', '.join(there[:20])} is. These metadata"
            " are stale; remove them, then make them anew: pip install -e ."
            " (or python setup.py egg_info)")


def _is_mapped(package: str, directory: str) -> bool:
    """Whether setuptools is told of another directory for ``package``."""
    wanted = rf"package[_-]dir[\s\S]{{0,300}}?\b{re.escape(package)}\b\W*[:=]"
    return any(re.search(wanted, read_optional(directory, name))
               for name in ("setup.py", "setup.cfg", "pyproject.toml"))


def _loose(name: str) -> str:
    """Distribution MyApp, my-app or my.app: package myapp or my_app."""
    return canonical(name).replace("-", "")


def _at(root: str, names: Iterable[str]) -> list[ImportPackage]:
    return [ImportPackage(name, root, os.path.join(root, *name.split(".")))
            for name in dict.fromkeys(names)]


def _is_there(package: ImportPackage) -> bool:
    return os.path.isdir(package.path) or os.path.isfile(package.path + ".py")


def _record(metadata: str) -> list[str]:
    """The files that a .dist-info lists, relative to its site-packages; none
    of other metadata."""
    if not metadata.endswith(".dist-info"):
        return []
    return [line.rsplit(",", 2)[0].strip('"')
            for line in read_optional(metadata, "RECORD").splitlines()]


def _recorded(metadata: str) -> list[ImportPackage]:
    """The code that a .dist-info lists as installed."""
    found = set()
    for file in _record(metadata):
        path, ending = os.path.splitext(file)
        if (ending not in (".py", ".so", ".pyd")
                or path.startswith(("../", "/")) or ".data/" in path):
            continue
        parts = path.split("/")
        # a directory is a package, a file at the top a module
        found.add(".".join(parts[:-1]) or parts[0].partition(".")[0])
    packages = [name for name in found
                if not any(holds(other, name) for other in found - {name})]
    return _at(os.path.dirname(metadata), sorted(packages))


def editable_code(metadata: str) -> list[ImportPackage]:
    """The code that an editable installation leads to; [] of another."""
    site = os.path.dirname(metadata)
    lines = [line for file in _record(metadata)
             if file.endswith(".pth") and "/" not in file
             for line in read_optional(site, file).splitlines()]
    found = []
    for line in lines:
        hook = re.match(r"import\s+(\w*editable\w*)", line)
        if hook:
            found += _redirected(os.path.join(site, hook[1] + ".py"))
        elif os.path.isabs(line) and os.path.isdir(line):
            found += _on_disk(
                line, metadata, name_in(os.path.basename(metadata)))
    return list({one.name: one for one in found}.values())


def _redirected(file: str) -> list[ImportPackage]:
    """The code that an import hook maps: one of setuptools, or of the
    `editables` package, which hatchling uses.  Raises DeployError."""
    from ast import literal_eval

    text = read_optional(file)
    mapping: dict[str, str] = {}
    try:
        for line in re.findall(r"(?m)^MAPPING\b.*?= (\{.*\})$", text):
            mapping.update(literal_eval(line))
        for line in re.findall(r"(?m)^F\.map_module(\(.*\))$", text):
            name, path = literal_eval(line)
            mapping[name] = re.sub(r"(/__init__)?\.py$", "", path)
    except (ValueError, SyntaxError):
        raise DeployError(
            f"{file}: is broken; install what it is of again") from None
    site = os.path.dirname(file)
    found = []
    for name, path in mapping.items():
        tail = os.sep + name.replace(".", os.sep)
        # a directory of another name is importable by the hook alone
        root = path[:-len(tail)] if path.endswith(tail) else site
        found.append(ImportPackage(name, root, path))
    return found


def _on_disk(root: str, metadata: str, name: str) -> list[ImportPackage]:
    """The code below ``root`` that the metadata of ``name`` list, or that is
    there; of a namespace package, what is in it."""
    tops, namespaces = (
        read_optional(metadata, file).split() if metadata else []
        for file in ("top_level.txt", "namespace_packages.txt"))
    found = []
    for top in tops or _importable(root, name):
        found += _inside(root, top, namespaces) or [top]
    return _at(root, found)


def _inside(root: str, dotted: str, namespaces: Sequence[str]) -> list[str]:
    path = os.path.join(root, *dotted.split("."))
    names = names_in(path)
    if dotted not in namespaces and (
            not os.path.isdir(path)
            or any(name.endswith(".py") for name in names)):
        return [dotted]
    found = []
    for name in sorted(names):
        if (name.isidentifier() and dotted.count(".") < 5
                and os.path.isdir(os.path.join(path, name))):
            found += _inside(root, f"{dotted}.{name}", namespaces)
    return found


def _importable(root: str, name: str) -> list[str]:
    """The top-level packages and modules in ``root``; in site-packages, which
    hold everybody's, only those called like ``name``."""
    wanted = _loose(name)
    shared = os.path.basename(root) in ("site-packages", "dist-packages")
    found = []
    for entry in names_in(root):
        stem, ending = os.path.splitext(entry)
        path = os.path.join(root, entry)
        if not stem.isidentifier() or stem in ("setup", "conftest"):
            continue
        if ending == ".py":
            fits = wanted == _loose(stem) or not shared
        else:
            # its name may begin with that of a namespace package
            fits = not ending and os.path.isdir(path) and (
                wanted.startswith(_loose(stem)) or not shared
                and os.path.exists(os.path.join(path, "__init__.py")))
        if fits:
            found.append(stem)
    return found
