"""Describe a site as it stands, where nothing is to be changed of it."""

from __future__ import annotations

from modwsgideploy.activation.endpoint import (
    endpoints_in_host,
    find_endpoint,
)
from modwsgideploy.activation.https_copy import copy_endpoint, find_copy
from modwsgideploy.activation.maintained import in_maintenance
from modwsgideploy.activation.maintenance import ANY
from modwsgideploy.activation.planner import (
    SiteChange,
    error_logs,
    error_logs_in,
    installed_files,
)
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.system.files import text_or_empty


def standing(context: CheckContext, sharing: Sharing,
             path: str | None = None) -> SiteChange:
    """Say where a site is installed and asked, and what logs it has.

    ``path`` is what to ask it for, by default the mount point.
    """
    site, layout = context.site, sharing.layout
    files = installed_files(site, layout)
    mount = sharing.mount_of(site)
    texts = {each: text_or_empty(each)
             for each in sharing.makers(site)} if mount else {}
    endpoints = [*endpoints_in_host(context, texts, path)] if texts else [
        find_endpoint(context, path)]
    copy = find_copy(site, layout)
    if copy and copy.is_on:
        endpoints.insert(0, copy_endpoint(copy, endpoints[0], context.host))
    return SiteChange(
        site.name, endpoints[0].url, (mount, *files) if mount else files, (),
        endpoints=tuple(endpoints),
        logs=error_logs_in(texts) or error_logs(context),
        deployment=site.output_dir, mount=mount)


def as_it_stands(change: SiteChange) -> SiteChange:
    """Give ``change`` as one of a site that is asked before it is made.

    In maintenance any answer will do.
    """
    if not in_maintenance(change.files[0]):
        return change
    return change._replace(endpoints=tuple(
        endpoint._replace(wanted=ANY) for endpoint in change.endpoints))
