"""Find sites whose files have changed since Apache read them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Iterable

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.apache import control
from modwsgideploy.apache.host import Host
from modwsgideploy.checks.tls import changed_at


def unread_sites(sites: Iterable[SiteChange], layout: ApacheLayout, on: bool
                 ) -> set[str]:
    """Name the ``sites`` that Apache has not read since they were changed.

    As after --no-reload, a2ensite, or the renewal of a certificate.
    """
    host = Host(layout.config)
    service = host.httpd and control.find_service(
        host.httpd, layout.config, layout.platform)
    if not service or not service.pid:
        return set()
    read = os.stat(service.pid_file).st_mtime
    names = set()
    for site in sites:
        with suppress(FileNotFoundError):
            if on:
                times = [os.lstat(path).st_ctime for path in site.files]
                times += map(changed_at, site.certificates)
            else:
                times = [os.stat(os.path.dirname(site.files[-1])).st_mtime]
            if max(times) > read:
                names.add(site.name)
    return names
