"""Link what all releases of a site use into the code of one of them.

What is in ROOT/shared stands at the same place in the code.  Of a site that
was deployed in ROOT before it had releases, its databases and its
configuration stay where they are, and ROOT/shared has links to them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import (
    CURRENT,
    NAME,
    PYTHON,
    RELEASES,
    SHARED,
    ReleasePaths,
)
from modwsgideploy.releases.fetching import is_database
from modwsgideploy.system.files import names_in

# What belongs to no project, or is too much to look through.
_NOT_LOOKED_INTO = frozenset((
    RELEASES, SHARED, CURRENT, ".git", ".hg", "node_modules",
    "__pycache__", "apache"))


def check_shared(path: str, where: str = "--shared") -> str:
    """Return ``path``, normalised.  Raises DeployError for a way out."""
    plain = os.path.normpath(path)
    if not path.strip() or plain.startswith(("/", "..")) or plain == ".":
        raise DeployError(f"{where}: {path!r} is no path in the code; give it"
                          " as it is below the project's directory")
    return plain


def share(paths: ReleasePaths, code: str, wanted: Iterable[str],
          unless_there: Iterable[str] = ()) -> list[str]:
    """Link everything that is shared into ``code``; return what is.

    ``wanted`` are paths in the code that shall be; those ``unless_there`` are
    where the code has none, and ROOT has.  Raises Failed.
    """
    if not paths.current and os.path.lexists(f"{code}/{SHARED}"):
        raise Failed(_taken(paths.shared))
    wanted = list(dict.fromkeys([*wanted, *_databases(paths.root)]))
    wanted += [path for path in dict.fromkeys((*unless_there, ".env"))
               if path and path not in wanted
               and os.path.isfile(os.path.join(paths.root, path))
               and not os.path.lexists(os.path.join(code, path))]
    os.makedirs(paths.shared, exist_ok=True)
    for path in wanted:
        _put_in_shared(paths, path, code)
    shared = [*wanted, *_others(paths.shared, wanted)]
    for path in shared:
        _link(os.path.join(code, path), os.path.join(paths.shared, path))
    return shared


def check_root(paths: ReleasePaths) -> None:
    """Raise DeployError where ROOT has another thing at one of our places,
    before it has releases."""
    if paths.current:
        return
    wrong = [paths.link] if os.path.lexists(paths.link) else []
    wrong += [f"{paths.releases}/{name}" for name in names_in(paths.releases)
              if not NAME.fullmatch(name) and name != PYTHON]
    wrong += [path for path in (paths.releases, paths.shared)
              if os.path.lexists(path) and not os.path.isdir(path)]
    # Of a package, and nothing that a site stores.
    wrong += [f"{paths.shared}/{name}" for name in names_in(paths.shared)
              if name == "__init__.py"]
    if wrong:
        raise DeployError(_taken(wrong[0]))


def _taken(path: str) -> str:
    """Say that ``path`` is somebody's, and what to do."""
    return (f"{path}: is of the project itself, and at a place that releases"
            f" need ({RELEASES}, {SHARED} and {CURRENT} in the site's"
            " directory); deploy and enable the site from a directory without"
            " it, such as a new clone")


def forget_links(paths: ReleasePaths) -> None:
    """Remove the links that `share` has made in ROOT/shared to ROOT."""
    for path in _paths_in(paths.shared):
        place = os.path.join(paths.shared, path)
        if os.path.islink(place) and os.readlink(place) == os.path.join(
                paths.root, path):
            os.unlink(place)
            head = os.path.dirname(place)
            while head.startswith(paths.shared):
                try:
                    os.rmdir(head)
                except OSError:
                    break
                head = os.path.dirname(head)


def _paths_in(top: str) -> list[str]:
    """Every path in the directory ``top``."""
    return [os.path.relpath(os.path.join(head, name), top)
            for head, directories, names in os.walk(top)
            for name in (*directories, *names)]


def made_inside(code: str, made_seconds: float) -> list[str]:
    """Name the databases that a site has written in a release since then."""
    return [path for path in _databases(code)
            if not os.path.islink(os.path.join(code, path))
            and os.path.getmtime(os.path.join(code, path)) > made_seconds]


def _databases(root: str) -> Iterator[str]:
    """The databases in ``root``, a site's directory or its code."""
    for head, directories, names in os.walk(root):
        directories[:] = sorted(
            name for name in directories if name not in _NOT_LOOKED_INTO
            and not os.path.isfile(f"{head}/{name}/pyvenv.cfg"))
        for name in sorted(names):
            path = os.path.join(head, name)
            if is_database(path) and not path.endswith((
                    "-journal", "-wal", "-shm")):
                yield os.path.relpath(path, root)


def _put_in_shared(paths: ReleasePaths, path: str, code: str) -> None:
    """Have ``path`` in ROOT/shared: what ROOT has, or a new directory."""
    place, here = os.path.join(paths.shared, path), os.path.join(
        paths.root, path)
    if os.path.lexists(place):
        return
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if os.path.lexists(here):
        os.symlink(here, place)
    elif os.path.isdir(os.path.join(code, path)):
        os.mkdir(place)
    else:
        raise Failed(f"--shared: there is neither {place} nor {here}; make the"
                     " directory, or put the file there")


def _others(shared: str, wanted: Iterable[str]) -> Iterator[str]:
    """What else stands in ROOT/shared: each name at its top."""
    tops = {path.partition("/")[0] for path in wanted}
    return (name for name in names_in(shared) if name not in tops
            and name != "python-eggs")


def _link(path: str, target: str) -> None:
    """Put a link to ``target`` into the code, in the place of what is there.
    """
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)
