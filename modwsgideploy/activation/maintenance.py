"""Plan how an installed site answers 503 while it is in maintenance.

A block of directives goes into what is installed, and its page beside that;
taking both out leaves what was there before.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Iterable, Iterator, NamedTuple

from modwsgideploy.activation.endpoint import (
    Endpoint,
    endpoints_in_host,
    find_endpoint,
)
from modwsgideploy.activation.https_copy import copy_endpoint, find_copy
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.maintained import (
    block_in,
    in_maintenance,
    page_path,
    with_block,
)
from modwsgideploy.activation.modules import link
from modwsgideploy.activation.planner import (
    SiteChange,
    error_logs,
    error_logs_in,
    installed_files,
)
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.errors import Failed
from modwsgideploy.model.site import Site
from modwsgideploy.system.files import text_or_empty
from modwsgideploy.templating.engine import render_template

# What an Endpoint wants: any answer at all, or that of maintenance.
ANY, UNAVAILABLE = -1, 503


class Maintenance(NamedTuple):
    """How a site is kept from visitors."""

    page: str = ""            # HTML; "" for a page of our own
    allowed: tuple[str, ...] = ()     # addresses and networks it is open to
    retry_seconds: int = 300


def plan_maintenance(context: CheckContext, sharing: Sharing,
                     how: Maintenance) -> SiteChange:
    """Plan to have a site that is on answer 503.

    What is installed stays as it is but for that, and so do other
    applications of its host.  Raises DeployError.
    """
    site, layout = context.site, sharing.layout
    if site.apache_version == "2.2":
        raise Failed("--maintenance: needs <If>, which Apache 2.2 does not"
                     " have; disable the site instead")
    files = installed_files(site, layout)
    mount = sharing.mount_of(site)
    target = mount or files[0]
    state = read_state(target)
    if not os.path.lexists(files[-1]):
        raise Failed(f"{files[-1]}: is not there, so {site.name} is off, and"
                     " answers nobody")
    if state.text is None:
        raise Failed(f"{target}: is a link, and its file is not changed;"
                     " `modwsgideploy enable -f` puts a copy there")
    page = page_path(site, layout)
    block = directives(site.mount_point, page, how,
                       sharing.neighbours_below(site))
    texts = {path: text_or_empty(path)
             for path in sharing.makers(site)} if mount else {}
    endpoints = [*endpoints_in_host(context, texts)] if texts else [
        find_endpoint(context)]
    changes = list(_headers(context, layout))
    changes += unless_there([
        PathChange(page, read_state(page), PathState(
            how.page or render_template("maintenance/page.html_tmpl", {
                "name": site.name}))),
        PathChange(target, state, state._replace(
            text=with_block(state.text, block)))])
    copy = None if mount else find_copy(site, layout)
    if copy and copy.is_on:
        changes += unless_there([PathChange(
            copy.path, copy.state, copy.state._replace(
                text=with_block(copy.state.text or "", block)))])
        endpoints.insert(0, copy_endpoint(copy, endpoints[0], context.host))
    return SiteChange(
        site.name, endpoints[0].url, (mount, *files) if mount else files,
        tuple(changes), endpoints=tuple(_wanting(endpoints, how.allowed)),
        logs=error_logs_in(texts) or error_logs(context),
        deployment=site.output_dir, mount=mount)


def still_maintained(change: SiteChange, site: Site, layout: ApacheLayout
                     ) -> SiteChange:
    """Return a ``change`` of what is on such that it ends no maintenance.

    It is asked then, and any answer will do.
    """
    if not in_maintenance(change.files[0]):
        return change
    page = page_path(site, layout)

    def kept(changes: Iterable[PathChange]) -> tuple[PathChange, ...]:
        return tuple(unless_there(
            _with_its_block(each) for each in changes if each.path != page))

    return change._replace(
        own=kept(change.own), host=kept(change.host), endpoints=tuple(
            endpoint._replace(wanted=ANY) for endpoint in change.endpoints))


def _with_its_block(change: PathChange) -> PathChange:
    """Return ``change`` with the block that was in the text before."""
    block = block_in(change.old.text or "")
    if not block or change.new.text is None:
        return change
    return change._replace(new=change.new._replace(
        text=with_block(change.new.text, block)))


def _wanting(endpoints: Iterable[Endpoint], allowed: Iterable[str]
             ) -> Iterator[Endpoint]:
    """Yield ``endpoints`` with the status that they have to answer."""
    networks = [ipaddress.ip_network(each, strict=False) for each in allowed]
    for endpoint in endpoints:
        # The client on this machine has the address that it asks at.
        own = ipaddress.ip_address(endpoint.address)
        yield endpoint._replace(wanted=ANY if any(
            own in network for network in networks) else UNAVAILABLE)


def _headers(context: CheckContext, layout: ApacheLayout
             ) -> Iterator[PathChange]:
    """Enable mod_headers, for Retry-After, where that takes a link."""
    load = f"{layout.modules}/headers.load"
    if ("headers" not in context.host.modules and layout.modules_enabled
            and os.path.isfile(load)):
        yield from unless_there([link(
            f"{layout.modules_enabled}/headers.load", load)])


def has_retry_after(context: CheckContext, layout: ApacheLayout) -> bool:
    """Whether Apache has, or can be given, what Retry-After needs."""
    return "headers" in context.host.modules or any(
        True for _ in _headers(context, layout))


def directives(mount_point: str, page: str, how: Maintenance,
               others: Iterable[str] = ()) -> str:
    """Return the directives that keep visitors from ``mount_point``.

    They are not for the mount points ``others`` below it; ``page`` is the
    file that visitors get.
    """
    from modwsgideploy.quoting import url
    from modwsgideploy.templating.engine import Raw

    below = mount_point.rstrip("/")
    path = f"{below}/.maintenance.html"
    # The addresses are of Apache's own syntax; see kinds._address.
    open_to = " || ".join(f"-R '{address}'" for address in how.allowed)
    return render_template("maintenance/block_tmpl", {
        "mount_point": mount_point,
        "pattern": _without(below, others), "page_path": path,
        "page_url": url(path), "page_file": page,
        "open_to": Raw(f" && !({open_to})" if open_to else ""),
        "seconds": how.retry_seconds}).strip("\n") + "\n"


def _without(below: str, others: Iterable[str]) -> str:
    """Return the pattern of paths below a mount point but not below
    ``others``; "" without others."""
    urls = [re.escape(url[len(below):]) for url in others]
    return f"^{re.escape(below)}(?!(?:{'|'.join(urls)})(?:/|$))(?:/|$)" \
        if urls else ""
