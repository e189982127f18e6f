"""Have the processes of a site serve the release that is current by now."""

from __future__ import annotations

import os
from contextlib import suppress

from modwsgideploy.activation import units
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.reload import reload
from modwsgideploy.activation.restart import replace_all
from modwsgideploy.apache.control import find_service
from modwsgideploy.apache.host import Host
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.releases.ways import DAEMONS, RELOAD, SERVICE, way_of
from modwsgideploy.system.identity import acting_as, owner_on_the_way


def have_noticed(context: CheckContext, layout: ApacheLayout,
                 timeout_seconds: int) -> None:
    """Have the processes of a site serve what is current by now.

    mod_fcgid notices by itself, mod_wsgi by the time of the script, unless it
    is told not to look at that; Apache's own processes take a reload, and an
    application server a restart.
    """
    way = way_of(context.site)
    if way == SERVICE:
        units.restart(context.site.name)
    if way == DAEMONS and context.notices_touch:
        path = os.path.realpath(context.script_path)
        with acting_as(owner_on_the_way(path)), suppress(OSError):
            os.utime(path)
        return
    host = Host(layout.config)
    if way not in (DAEMONS, RELOAD) or not (
            host.httpd and host.report.accepted):
        return
    service = find_service(host.httpd, layout.config, layout.platform)
    if service.pid and way == RELOAD:
        reload(service, "reload", timeout_seconds)
    elif service.pid:
        replace_all(context, service)
