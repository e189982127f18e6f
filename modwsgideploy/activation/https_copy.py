"""Plan what becomes of certbot's copy of a site when the site is switched."""

from __future__ import annotations

import os
from typing import Iterator, NamedTuple

from modwsgideploy.activation import certbot
from modwsgideploy.activation.endpoint import (
    Endpoint,
    listens_of,
    parse_address,
)
from modwsgideploy.activation.installed import Installation, backup
from modwsgideploy.activation.layout import ApacheLayout, Named
from modwsgideploy.activation.maintained import without_block
from modwsgideploy.activation.modules import link, switched_off
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.apache.host import Host
from modwsgideploy.errors import Failed


class HttpsCopy(NamedTuple):
    """Certbot's copy of one site: its text, and where it is."""

    path: str      # where Apache's configuration has it
    link: str      # what switches it on; the same where no link does
    state: PathState    # "off" is at another path then, see `off`
    off: bool = False   # without links: it stands as PATH.off

    @property
    def is_on(self) -> bool:
        """Whether Apache reads it."""
        return not self.off and os.path.lexists(self.link)


def find_copy(site: Named, layout: ApacheLayout) -> HttpsCopy | None:
    """Find certbot's copy of ``site``, if there is one."""
    if not site.server_name:
        return None
    return find_copy_of(site.conf_name, site.script_directory, layout)


def find_copy_of(conf_name: str, named: str, layout: ApacheLayout
                 ) -> HttpsCopy | None:
    """Find certbot's copy of the file ``conf_name``, if there is one.

    It is no copy of that unless it has the text ``named``.
    """
    name = certbot.copy_name(conf_name)
    path = f"{layout.platform.sites}/{name}"
    link = f"{layout.enabled or layout.platform.sites}/{name}"
    for off, found_path in (False, path), (True, path + ".off"):
        state = read_state(found_path)
        if state.text is not None and named in state.text:
            return HttpsCopy(path, link, state, off)
    return None


def plan_copy_on(copy: HttpsCopy, installation: Installation, was_on: bool,
                 layout: ApacheLayout, overwrite: bool
                 ) -> list[PathChange]:
    """Plan to bring what is new into certbot's copy, and to switch it on.

    Raises Failed where it was edited at the same place.
    """
    base, new = (certbot.host_in(text) for text in (
        installation.base, installation.text))
    if not new:     # the site has a certificate of its own now
        return [*plan_copy_off(copy, layout)]
    changes = []
    text = without_block(copy.state.text or "")
    wanted = certbot.updated(text, base, new) if base else text
    if wanted is None:
        if not overwrite:
            raise Failed(
                f"{copy.path}: certbot's copy was edited where the site has"
                " changed; mend it by hand, or -f makes it anew and keeps it"
                f" as {copy.path}.bak")
        wanted = certbot.anew(text, base, new)
        changes.append(backup(copy.path, copy.state))
    needed = copy.is_on or not was_on or installation.redirects
    if copy.off and needed:
        changes.append(PathChange(copy.path + ".off", copy.state, NOTHING))
        changes.append(PathChange(copy.path, NOTHING, PathState(
            wanted, mode=copy.state.mode)))
    elif not copy.off:
        changes += unless_there([PathChange(copy.path, copy.state, PathState(
            wanted, mode=copy.state.mode))])
        if needed and layout.enabled:
            changes += unless_there([link(copy.link, copy.path)])
    return changes


def plan_copy_off(copy: HttpsCopy, layout: ApacheLayout
                  ) -> Iterator[PathChange]:
    """Plan to switch certbot's copy off."""
    if copy.is_on:
        yield from switched_off(copy.link, layout)


def copy_endpoint(copy: HttpsCopy, endpoint: Endpoint, host: Host
                  ) -> Endpoint:
    """Find where to ask for certbot's copy of the site at ``endpoint``."""
    address, port = parse_address(certbot.address_in(copy.state.text or ""))
    port = port or 443
    return endpoint._replace(port=port, tls=True, address=(
        address or next((each.address for each in listens_of(host)
                         if each.port == port), "") or "127.0.0.1"))
