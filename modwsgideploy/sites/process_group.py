"""Name the daemon processes of a site: the NAME of its WSGIDaemonProcess."""

from __future__ import annotations


def name_process_group(name: str, server_name: str, port: int,
                       mount_point: str) -> str:
    """The name of a site's own daemon processes: "shop" at its usual place,
    else with its address, as in "shop@www.example.com:8080/store".

    Apache refuses a repeated one.  No two sites have the same host, port and
    mount point, so no two have the same name.  ``port`` is 0 for the usual.
    """
    if not server_name and mount_point == f"/{name}":
        return name
    shown_port = f":{port}" if port else ""
    where = f"{server_name}{shown_port}{mount_point.rstrip('/')}"
    return f"{name}@{where or '/'}"
