"""Find sites that Apache does not read where they are, or also elsewhere."""

from __future__ import annotations

import os
from typing import Sequence

from modwsgideploy.activation.hazards import Hazard
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.apache.host import Host


def not_heeded(sites: Sequence[SiteChange], host: Host, on: bool
               ) -> dict[str, str]:
    """Say for each of ``sites``, by its name, why the change has no effect.

    Those in order are left out.
    """
    read = {os.path.realpath(path) for path in
            {each.path for each in host.directives}}
    reasons = {site.name: _reason(site, read, on) for site in sites}
    return {name: reason for name, reason in reasons.items() if reason}


def _reason(site: SiteChange, read: set[str], on: bool) -> str:
    """Say why the change has no effect; ``read`` is what Apache reads."""
    paths = [path for path in (*site.files, site.source)
             if os.path.realpath(path) in read]
    link = site.files[-1]
    if on and paths and site.mount and (
            os.path.realpath(site.mount) not in read):
        return (f"Apache does not read {site.mount}: no VirtualHost includes"
                " it")
    if on and not paths:
        return (f"Apache does not read {link}: its configuration includes no"
                f" {os.path.dirname(link)}/*.conf")
    if paths and not on:
        return (f"Apache reads {paths[0]} from elsewhere as well: find the"
                " Include or the link, and remove that")
    return ""


def hazards_of(sites: Sequence[SiteChange], hazards: Sequence[Hazard]
               ) -> dict[str, list[str]]:
    """Give what of ``hazards`` is in the files of each of ``sites``."""
    found: dict[str, list[str]] = {}
    for hazard in hazards:
        for site in sites:
            if os.path.realpath(hazard.path) in map(os.path.realpath, (
                    *site.files, *(change.path for change in site.own))):
                found.setdefault(site.name, []).append(hazard.message)
    return found
