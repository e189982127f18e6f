"""Find the distribution that a project is: by its own metadata, by what is
installed from it, by name, or by a module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from modwsgideploy.errors import DeployError
from modwsgideploy.project.environments import (
    Environment,
    all_site_packages,
    find_installed,
)
from modwsgideploy.project.files import (
    is_same,
    read_optional,
)
from modwsgideploy.project.import_package import (
    editable_code,
    holds,
    list_code,
)
from modwsgideploy.project.metadata import (
    Distribution,
    MetadataPath,
    list_metadata,
    read_metadata,
)
from modwsgideploy.system.files import names_in


def find_own(directory: str,
             environments: Sequence[Environment]) -> Distribution | None:
    """The Distribution whose metadata are in the project ``directory``, or
    that is installed from it; None where there is none.

    Raises DeployError.
    """
    found: list[MetadataPath] = []
    for root in _roots(directory):
        try:
            os.listdir(root)
        except PermissionError as error:
            raise DeployError(
                f"{root}: cannot be read: {error.strerror}; run this as a"
                " user who can read it") from None
        except OSError:
            continue  # no src
        found += [one for one in list_metadata(root)
                  if one.metadata.endswith(".egg-info")]
    for site_packages in all_site_packages(environments):
        if found:
            break
        found = [one for one in list_metadata(site_packages)
                 if _is_from(one, site_packages, directory)]
    return _only(found, directory)


def find_named(name: str,
               environments: Sequence[Environment]) -> Distribution | None:
    """The installed Distribution ``name``, or None.  Raises DeployError."""
    found = find_installed(name, environments)
    return _only(found, found[0].location if found else "")


def find_module(module: str, directory: str,
                environments: Sequence[Environment]) -> Distribution | None:
    """The Distribution that has a module: code in the project, an installed
    distribution, or code just copied there.  None if nothing has it."""
    return next(filter(None, _having(module, directory, environments)), None)


def _having(module: str, directory: str, environments: Sequence[Environment]
            ) -> Iterator[Distribution | None]:
    for root in _roots(directory):
        yield _bare(root, module)
    for site_packages in all_site_packages(environments):
        for one in list_metadata(site_packages):
            yield _if_it_has(module, one)
        yield _bare(site_packages, module)


def _bare(root: str, module: str) -> Distribution | None:
    """A Distribution for code in ``root`` that has no metadata, or None."""
    directory, name = os.path.split(os.path.join(root, *module.split(".")))
    # a callable is in a file, and not in a directory that is a namespace
    if (_has_file(directory, name)
            or _has_file(os.path.join(directory, name), "__init__")):
        return Distribution(
            "", root, module.partition(".")[0], "", (), (module,))
    return None


def _has_file(directory: str, name: str) -> bool:
    """Whether a directory has a file of code called ``name``: name.py, or
    one that is compiled."""
    return any(entry.startswith(name + ".") and entry.endswith(
        (".py", ".pyc", ".so")) for entry in names_in(directory))


def _if_it_has(module: str, one: MetadataPath) -> Distribution | None:
    """The Distribution of metadata whose code holds ``module``, or None.

    Somebody else's broken metadata are not this project's trouble.
    """
    try:
        found = read_metadata(one)
        code = list_code(found, ())
    except DeployError:
        return None
    if any(holds(package.name, module) for package in code):
        return found._replace(modules=(module,))
    return None


def _roots(directory: str) -> tuple[str, str]:
    """The places in a project where its code and egg-info can be."""
    return directory, os.path.join(directory, "src")


def _only(found: Sequence[MetadataPath], where: str) -> Distribution | None:
    """The Distribution of the one in ``found``, None of none.

    Raises DeployError when there are several.
    """
    if len(found) < 2:
        return read_metadata(found[0]) if found else None
    names = {one.name for one in found}
    paths = ", ".join(sorted(one.metadata for one in found))
    if len(names) == 1:
        raise DeployError(
            f"{where}: the metadata of {names.pop()} are there {len(found)}"
            f" times, so all but one are stale: {paths}; remove them all,"
            " then make them anew: pip install -e . (or python setup.py"
            " egg_info)")
    raise DeployError(
        f"{where}: the metadata of {len(found)} distributions are there:"
        f" {paths}; keep those of the project to deploy and remove the"
        " others")


def _is_from(one: MetadataPath, site_packages: str, directory: str) -> bool:
    """Whether what is in ``site_packages`` is installed from ``directory``."""
    if not one.metadata.endswith(".dist-info"):
        return bool(one.root) and is_same(one.root, directory)
    text = read_optional(one.metadata, "direct_url.json")
    if '"file:' in text:
        import json
        from urllib.parse import unquote, urlsplit

        try:
            url = json.loads(text)["url"]
        except (ValueError, TypeError, KeyError):
            raise DeployError(
                f"{one.metadata}/direct_url.json: is broken; install what it"
                " is of again") from None
        return is_same(unquote(urlsplit(url).path), directory)
    # setuptools without pip writes the redirection but not its source
    stem = os.path.splitext(os.path.basename(one.metadata))[0]
    hook = os.path.join(site_packages, f"__editable__.{stem}.pth")
    return not text and os.path.exists(hook) and any(
        is_same(package.location, root)
        for package in editable_code(one.metadata)
        for root in _roots(directory))
