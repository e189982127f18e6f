"""Read a site's env file as its script does, and refuse one that would fail.

The grammar is what systemd's EnvironmentFile (systemd.exec(5)) and
python-dotenv read alike.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.files import opened_regular, read_text
from modwsgideploy.templating.directory import TEMPLATES

Pairs = list[tuple[bytes, bytes]]


@lru_cache(None)
def parser_text() -> str:
    """Return the source of the parser, which each script has in itself."""
    return read_text(os.path.join(TEMPLATES, "common/env_file.py")).rstrip()


@lru_cache(None)
def _parser() -> Callable[[bytes], Pairs]:
    names: dict[str, Any] = {}
    exec(compile(parser_text(), "env_file.py", "exec"), names)
    parser: Callable[[bytes], Pairs] = names["parse_env_file"]
    return parser


def parse_env_file(text: bytes) -> Pairs:
    """Return the pairs of name and value of an env file.

    Raises ValueError, which names the line and nothing that it holds.
    """
    return _parser()(text)


def problem_with(path: str) -> tuple[str, str]:
    """Say what is wrong with the env file ``path``, and what mends it.

    Both are "" where nothing is, or where this user cannot tell.
    """
    from modwsgideploy.quoting import shell

    try:
        with open(path, "rb", opener=opened_regular) as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o006:
                return (f"everybody can read or write it (mode {mode:04o})",
                        f"chmod o= {shell(path)}")
            parse_env_file(stream.read())
    except OSError:
        return "", ""
    except ValueError as error:
        return str(error), f"edit {shell(path)}"
    return "", ""


def refuse_env_file(site: Site) -> None:
    """Raise DeployError where the env file of ``site`` is here, and the
    scripts would refuse it."""
    if not site.env_file:
        return
    here = moved(site.env_file, site.directory, site.project_directory,
                 outside=site.env_file)
    for path in dict.fromkeys((here, site.env_file)):
        problem, fix = problem_with(path)
        if problem:
            raise DeployError(f"--env-file: {path}: {problem}; {fix}")
