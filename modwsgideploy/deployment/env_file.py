"""Read a site's env file as its script does, and refuse one that would fail.

The grammar is what systemd's EnvironmentFile (systemd.exec(5)) and
python-dotenv read alike.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.resolve import moved
from modwsgideploy.system.files import opened_text, read_text
from modwsgideploy.templating.directory import TEMPLATES

Pairs = list[tuple[bytes, bytes]]
# What is no env file at all would have no end of them.
_MOST_PROBLEMS = 10


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


# What people write that not all readers understand, and what to do about it.
_HINTS = (
    (rb"\s*export\s", "leave out export"),
    (rb"\xef\xbb\xbf", "save the file without a byte order mark"),
    (rb"\s*\[", "leave out the [section]"),
    (rb"[^=]*:\s", "write = in place of the colon"),
    (rb"\s*[A-Za-z_]\w*\s*\Z", "give it a value, or ="),
    (rb"\s*[^=#]*[^\w\s=][^=]*=", "a name has letters, digits and _ alone"),
    (rb"[^=]*=\s*[^\s'\"].*\s#", "a comment stands on a line of its own, and a"
     " value with # in quotes"),
    (rb"[^=]*=\s*#", "put the value in quotes"),
    (rb"[^=]*=\s*(['\"]).*\1\s*\S",
     "leave out what stands behind the quotes"),
    (rb".*\\", "put the value in double quotes, and two backslashes for one"),
    (rb".*\$\{", "write out what ${...} stands for"))


def _hint(text: bytes, problem: str) -> str:
    """Say what to do about the line of ``text`` that ``problem`` names, if
    that is plain; nothing of the line itself."""
    number = re.match(r"line (\d+) ", problem)
    line = text.split(b"\n")[int(number[1]) - 1] if number else b""
    for pattern, hint in _HINTS:
        if re.match(pattern, line):
            return f": {hint}"
    return ""


def _problems(text: bytes) -> Iterator[str]:
    """Say of each line of ``text`` that is wrong, why."""
    while True:
        try:
            parse_env_file(text)
            return
        except ValueError as error:
            problem = str(error)
        yield f"{problem}{_hint(text, problem)}"
        lines = text.split(b"\n")
        # Without it the others are found.
        lines[int(problem.split()[1]) - 1] = b""
        text = b"\n".join(lines)


def problem_with(path: str) -> tuple[str, str]:
    """Say what is wrong with the env file ``path``, and what mends it.

    Both are "" where nothing is, or where this user cannot tell.
    """
    from modwsgideploy.quoting import shell

    if os.path.exists(path) and not os.path.isfile(path):
        return "is no file", "name one with NAME=VALUE lines"
    try:
        with open(path, "rb", opener=opened_text) as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o006:
                return (f"everybody can read or write it (mode {mode:04o})",
                        f"chmod o= {shell(path)}")
            text = stream.read()
    except OSError:
        return "", ""
    problems = [*islice(_problems(text), _MOST_PROBLEMS)]
    return "; ".join(problems), f"edit {shell(path)}" if problems else ""


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
