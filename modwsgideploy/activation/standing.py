"""Describe a site as it stands, where nothing is to be changed of it."""

from __future__ import annotations

import os

from modwsgideploy.activation.endpoint import find_endpoint
from modwsgideploy.activation.https_copy import copy_endpoint, find_copy
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.checks.context import CheckContext


def standing(context: CheckContext, layout: ApacheLayout,
             path: str | None = None) -> SiteChange:
    """Say where a site is installed and asked, and what logs it has.

    ``path`` is what to ask it for, by default the mount point.
    """
    site = context.site
    directories = filter(None, (layout.platform.sites, layout.enabled))
    endpoints = [find_endpoint(context, path)]
    copy = find_copy(site, layout)
    if copy and copy.is_on:
        endpoints.insert(0, copy_endpoint(copy, endpoints[0], context.host))
    return SiteChange(
        site.name, endpoints[0].url,
        tuple(f"{directory}/{site.conf_name}" for directory in directories),
        (), endpoints=tuple(endpoints), logs=tuple(dict.fromkeys(
            each.arguments[0] for each in context.of("ErrorLog")
            if each.arguments and os.path.isabs(each.arguments[0]))),
        deployment=site.output_dir)
