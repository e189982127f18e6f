"""The distribution that a project is."""

import os

from modwsgideploy.errors import DeployError
from modwsgideploy.project.installed import (
    Found,
    _distributions,
    _is_same,
    _named,
    _optional,
    _sites,
    holds,
    listing,
)
from modwsgideploy.project.metadata import _read_metadata
from modwsgideploy.project.packages import _code, _editable


def find_own(directory, places):
    """The Found in a project itself, or of a distribution installed from it,
    or None.

    ``places`` are those of find_places.  Raises DeployError.
    """
    found = []
    for root in _roots(directory):
        try:
            os.listdir(root)
        except PermissionError as error:
            raise DeployError(
                f"{root}: cannot be read: {error.strerror}; run this as a"
                " user who can read it") from None
        except OSError:
            continue  # no src
        found += [one for one in _distributions(root)
                  if one.metadata.endswith(".egg-info")]
    for site in _sites(places):
        if found:
            break
        found = [one for one in _distributions(site)
                 if _is_from(one, site, directory)]
    return _only(found, directory)


def find_named(name, places):
    """The Found of the installed distribution ``name``, or None.

    Raises DeployError.
    """
    found = _named(name, places)
    return _only(found, found[0].location if found else "")


def find_module(module, directory, places):
    """The Found that has a module: code in the project, an installed
    distribution, or code just copied there.  None if nothing has it."""
    return next(filter(None, _having(module, directory, places)), None)


def _having(module, directory, places):
    for root in _roots(directory):
        yield _bare(root, module)
    for site in _sites(places):
        for one in _distributions(site):
            yield _if_it_has(module, one)
        yield _bare(site, module)


def _bare(root, module):
    """The Found of code in ``root`` that no metadata tell of, or None."""
    directory, name = os.path.split(os.path.join(root, *module.split(".")))
    # a callable is in a file, and not in a directory that is a namespace
    if (_has_file(directory, name)
            or _has_file(os.path.join(directory, name), "__init__")):
        return Found("", root, module.partition(".")[0], "", (), (module,))
    return None


def _has_file(directory, name):
    """Whether a directory has a file of code called ``name``: name.py, or
    one that is compiled."""
    return any(entry.startswith(name + ".") and entry.endswith(
        (".py", ".pyc", ".so")) for entry in listing(directory))


def _if_it_has(module, one):
    """The Found of metadata whose code holds ``module``, or None.

    Broken metadata of somebody else are not this project's trouble.
    """
    try:
        found = _read_metadata(one)
        code = _code(found, ())
    except DeployError:
        return None
    if any(holds(package.name, module) for package in code):
        return found._replace(modules=(module,))
    return None


def _roots(directory):
    """The places in a project where its code and egg-info can be."""
    return directory, os.path.join(directory, "src")


def _only(found, where):
    """The Found of the one _Installed in ``found``, None of an empty list.

    Raises DeployError when there are several.
    """
    if len(found) < 2:
        return _read_metadata(found[0]) if found else None
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


def _is_from(one, site, directory):
    """Whether an _Installed of ``site`` is installed from ``directory``."""
    if not one.metadata.endswith(".dist-info"):
        return bool(one.root) and _is_same(one.root, directory)
    text = _optional(one.metadata, "direct_url.json")
    if '"file:' in text:
        import json
        from urllib.parse import unquote, urlsplit

        try:
            url = json.loads(text)["url"]
        except (ValueError, TypeError, KeyError):
            raise DeployError(
                f"{one.metadata}/direct_url.json: is broken; install what it"
                " is of again") from None
        return _is_same(unquote(urlsplit(url).path), directory)
    # setuptools without pip writes the redirection but not its source
    stem = os.path.splitext(os.path.basename(one.metadata))[0]
    hook = os.path.join(site, f"__editable__.{stem}.pth")
    return not text and os.path.exists(hook) and any(
        _is_same(package.location, root)
        for package in _editable(one.metadata)
        for root in _roots(directory))
