"""Name the files of a host that several applications share.

Its VirtualHost includes the directory HOST-host.d, in which each application
has a file that mounts it; where no application's file makes the VirtualHost,
that is HOST-host.conf.  See Site.shared_host.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_LONGEST = 999
_MOUNT_FILE = re.compile(r"\d{3}-(.+)\.conf")
_INCLUDED = re.compile(
    r'(?mi)^[ \t]*IncludeOptional[ \t]+"?(\S*/([^/\s"]+-host)\.d)/')


def hosts_in(text: str) -> list[tuple[str, str]]:
    """List (directory, name) of each shared host that a VirtualHost in
    ``text`` makes: see Site.shared_host."""
    return [*dict.fromkeys((match[1], match[2])
                           for match in _INCLUDED.finditer(text))]


def located(text: str, directory: str) -> str:
    """Return ``text`` with the host's applications in ``directory``."""
    def there(match: re.Match[str]) -> str:
        return match[0].replace(match[1], directory)

    return _INCLUDED.sub(there, text)


def mount_file(name: str, mount_point: str) -> str:
    """Name the file that mounts the application ``name``.

    Apache reads them in the order of their names, and of two mount points
    that fit the first one wins, so the longest comes first.
    """
    length = len(mount_point.rstrip("/"))
    return f"{_LONGEST - min(length, _LONGEST):03}-{name}.conf"


def mount_inside(name: str) -> str:
    """Name the file that mounts the application ``name`` in a host that
    somebody else wrote.

    It does not end in .conf, for its directory may be one of which Apache
    reads each such file.
    """
    return f"{name}.inside"


def mounts_in(names: Iterable[str]) -> dict[str, str]:
    """Map the name of each application to that of its file, of ``names``."""
    return {match[1]: each for each in names
            if (match := _MOUNT_FILE.fullmatch(each))}


def mounted_by(path: str) -> str:
    """Name the application that the file at ``path`` mounts in its host; ""
    for any other file."""
    directory, name = os.path.split(path)
    if name.endswith(".inside"):
        return name[:-len(".inside")]
    if not is_shared_host(directory):
        return ""
    match = _MOUNT_FILE.fullmatch(name)
    return match[1] if match else ""


def is_shared_host(directory: str) -> bool:
    """Whether ``directory`` is called as one with the applications of a host
    (Site.applications)."""
    return directory.endswith("-host.d")
