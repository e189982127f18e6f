"""Refuse static files that would show everybody what is private."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

_VERSION_CONTROL = (".git", ".hg", ".svn", ".bzr")


def exposed(paths: Iterable[str], private: Mapping[str, str], source: str
            ) -> Iterator[str]:
    """Yield a message for each of the static ``paths`` that shows something.

    ``private`` says what stands at a path, such as "the project"; ``source``
    says where the static paths were chosen.
    """
    real = {os.path.realpath(path): what for path, what in private.items()
            if path}
    for path in paths:
        top = os.path.realpath(path)
        below = os.path.join(top, "")
        held = {what: None for where, what in real.items()
                if where == top or where.startswith(below)}
        held.update((f"the history in {name}", None)
                    for name in _VERSION_CONTROL
                    if os.path.isdir(os.path.join(top, name)))
        if held:
            yield (f"{source}: {path} holds {', '.join(held)}, and Apache"
                   " would show it to everybody; give a directory that holds"
                   " nothing but static files")
