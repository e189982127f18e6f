"""Tell which distribution of a virtualenv a module is of, and which of them
a project asks for, by itself or through others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modwsgideploy.project.files import read_optional
from modwsgideploy.project.metadata import (
    MetadataPath,
    canonical,
    list_metadata,
)


class Provided(NamedTuple):
    """What the distributions of a site-packages directory provide."""

    owners: dict[str, set[str]]      # top-level module -> canonical names
    requires: dict[str, set[str]]    # canonical name -> those it may need

    def closure(self, names: Iterable[str]) -> set[str]:
        """``names``, and all that they require in turn."""
        found: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += self.requires.get(name, ())
        return found


def read_provided(site_packages: str) -> Provided:
    """What is installed in ``site_packages``."""
    owners: dict[str, set[str]] = {}
    requires: dict[str, set[str]] = {}
    for one in list_metadata(site_packages):
        requires[one.name] = set(_required(one))
        for module in _modules(one):
            owners.setdefault(module, set()).add(one.name)
    return Provided(owners, requires)


def _required(one: MetadataPath) -> Iterator[str]:
    """The names that a distribution requires, those of its extras, too: who
    asks for it may have asked for them."""
    for name in ("METADATA", "PKG-INFO"):
        head = read_optional(one.metadata, name).partition("\n\n")[0]
        for found in re.findall(r"(?m)^Requires-Dist: *([\w.-]+)", head):
            yield canonical(found)
    for line in read_optional(one.metadata, "requires.txt").splitlines():
        match = re.match(r"[\w.-]+", line)
        if match:
            yield canonical(match[0])


def _modules(one: MetadataPath) -> Iterator[str]:
    """The top-level modules of a distribution."""
    yield from read_optional(one.metadata, "top_level.txt").split()
    for name in ("RECORD", "installed-files.txt"):
        for line in read_optional(one.metadata, name).splitlines():
            path = line.partition(",")[0]
            head, _, rest = path.partition("/")
            if rest.endswith(".py") and head.isidentifier():
                yield head
            elif not rest and path.endswith((".py", ".so")):
                yield os.path.basename(path).partition(".")[0]
