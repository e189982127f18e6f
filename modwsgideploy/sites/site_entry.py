"""Describe one site of a manifest as it is written there."""

from typing import NamedTuple, Optional

from modwsgideploy.sites.options import Setting


class SiteEntry(NamedTuple):
    """One site as the manifest has it."""

    name: str
    project: Optional[Setting]    # an absolute path
    settings: dict[str, Setting]     # by the name of the option
    source: str                # "sites.ini:12 [shop]"
