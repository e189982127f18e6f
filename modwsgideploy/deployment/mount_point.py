"""Keep the mount point of a deployment that was written at /NAME.

A site with a host name of its own is mounted at / unless something else is
chosen.  It used to be /NAME, and it still is where there is no host name; what
is deployed there stays there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from modwsgideploy.deployment.record import BASE
from modwsgideploy.quoting import apache
from modwsgideploy.sites.options import Setting
from modwsgideploy.system.files import text_or_empty


def keep_mount_point(settings: Mapping[str, Setting], output_dir: str,
                     name: str) -> dict[str, Setting]:
    """``settings``, with the mount point /NAME if the deployment in
    ``output_dir`` was generated there and nothing else is chosen.

    ``settings`` are by the name of the option; ``name`` is the site's.
    """
    host = settings.get("server-name")
    if not (host and host.value) or "mount-point" in settings:
        return dict(settings)
    path = os.path.join(output_dir, BASE)
    mounted = re.compile(
        r"(?m)^\s*(?:WSGIScriptAlias|Alias|<Location) "
        + re.escape(apache(f"/{name}")) + r"/?[\s>]")
    if not mounted.search(text_or_empty(path)):
        return dict(settings)
    return {**settings, "mount-point": Setting(f"/{name}", path)}
