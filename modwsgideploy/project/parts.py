"""Describe what a project is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.project.import_package import ImportPackage
from modwsgideploy.project.metadata import Distribution

if TYPE_CHECKING:
    from modwsgideploy.project.paste_ini import Application


class Parts(NamedTuple):
    """What a Project is put together from."""

    distribution: Distribution
    package: ImportPackage
    framework: str = ""     # a key of FRAMEWORKS; "" where it is not known yet
    applications: Sequence[Application] = ()  # of a Paste ini
    application: str = ""   # "module:callable", or the callable of wsgi_file
    wsgi_file: str = ""     # a script that is run as it is
    config: str = ""        # the ini that all is known from
    not_installed: str = ""   # what to do where that matters
