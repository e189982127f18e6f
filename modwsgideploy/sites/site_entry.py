"""Describe one site of a manifest as it is written there."""

from typing import NamedTuple, Optional

from modwsgideploy.sites.options import Setting


class SiteEntry(NamedTuple):
    """One site as the manifest has it."""

    name: str
    project: Optional[Setting]    # an absolute path
    settings: dict[str, Setting]     # by the name of the option
    source: str                # "sites.ini:12 [shop]"
    # Of a fleet: the hosts it is on, and (group, its hosts) of each group
    # that the manifest names for it.
    hosts: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
