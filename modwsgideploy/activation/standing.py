"""Describe a site as it stands, where nothing is to be changed of it."""

from __future__ import annotations

from modwsgideploy.activation.endpoint import find_endpoint
from modwsgideploy.activation.https_copy import copy_endpoint, find_copy
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.maintained import in_maintenance
from modwsgideploy.activation.maintenance import ANY
from modwsgideploy.activation.planner import (
    SiteChange,
    error_logs,
    installed_files,
)
from modwsgideploy.checks.context import CheckContext


def standing(context: CheckContext, layout: ApacheLayout,
             path: str | None = None) -> SiteChange:
    """Say where a site is installed and asked, and what logs it has.

    ``path`` is what to ask it for, by default the mount point.
    """
    site = context.site
    endpoints = [find_endpoint(context, path)]
    copy = find_copy(site, layout)
    if copy and copy.is_on:
        endpoints.insert(0, copy_endpoint(copy, endpoints[0], context.host))
    return SiteChange(
        site.name, endpoints[0].url, installed_files(site, layout), (),
        endpoints=tuple(endpoints), logs=error_logs(context),
        deployment=site.output_dir)


def as_it_stands(change: SiteChange) -> SiteChange:
    """Give ``change`` as one of a site that is asked before it is made.

    In maintenance any answer will do.
    """
    if not in_maintenance(change.files[0]):
        return change
    return change._replace(endpoints=tuple(
        endpoint._replace(wanted=ANY) for endpoint in change.endpoints))
