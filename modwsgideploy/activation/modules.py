"""Enable the Apache modules that a site needs, as a2enmod does it."""

from __future__ import annotations

import os
import re
from typing import Iterator

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.maintained import without_maintenance
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.errors import DeployError


def missing_modules(context: CheckContext, layout: ApacheLayout) -> list[str]:
    """List the modules that the site needs and a link would enable."""
    from modwsgideploy.deployment.runbook import apache_modules

    return [name for name in apache_modules(context.site)
            if name not in context.host.modules
            and os.path.isfile(f"{layout.modules}/{name}.load")]


def enable_modules(context: CheckContext, layout: ApacheLayout
                   ) -> Iterator[PathChange]:
    """Link the modules that the site misses, and what they depend on."""
    available, enabled = layout.modules, layout.modules_enabled
    if not enabled:
        return
    left = missing_modules(context, layout)
    for name in left:     # which grows
        left += [each for each in _dependencies(f"{available}/{name}.load")
                 if each not in left and each not in context.host.modules
                 and os.path.isfile(f"{available}/{each}.load")]
        for suffix in ("load", "conf"):
            if os.path.isfile(f"{available}/{name}.{suffix}"):
                yield from unless_there([link(
                    f"{enabled}/{name}.{suffix}",
                    f"{available}/{name}.{suffix}")])


def _dependencies(load_file: str) -> list[str]:
    """List the modules that a .load file of Debian's says it needs."""
    depends = re.search(r"(?m)^#\s*Depends:(.*)",
                        read_state(load_file).text or "")
    return depends[1].split() if depends else []


def link(path: str, target: str) -> PathChange:
    """Link ``path`` to ``target`` with a relative link, as a2ensite does it.

    Raises DeployError where something else is at ``path``.
    """
    new = PathState(link=os.path.relpath(target, os.path.dirname(path)))
    old = read_state(path)
    if old.text is not None or (
            old.link is not None
            and os.path.realpath(path) != os.path.realpath(target)):
        raise DeployError(
            f"{path}: is there already, and no link to {target}; remove it")
    return PathChange(path, new if old.link is not None else old, new)


def switched_off(path: str, layout: ApacheLayout) -> Iterator[PathChange]:
    """Remove the link at ``path``; without links, the file becomes .off."""
    state = read_state(path)
    if state.exists:
        yield PathChange(path, state, NOTHING)
        if not layout.enabled:
            off = path + ".off"
            yield PathChange(off, read_state(off), without_maintenance(state))
