"""Make the self-signed certificates of sites that are tried with them."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.apache.certificates import (
    is_refused_for,
    is_self_signed,
    not_after,
)
from modwsgideploy.apache.self_signed import make_pair
from modwsgideploy.checks.tls import WARN_SECONDS
from modwsgideploy.deployment.context import managed_names
from modwsgideploy.errors import DeployError
from modwsgideploy.model.site import Site, own_certificate, own_key


def is_own(site: Site, layout: ApacheLayout) -> bool:
    """Whether `enable` makes the certificate of ``site``.

    Root makes none in a place that others have chosen.
    """
    directory = os.path.dirname(own_certificate(layout.platform, "x"))
    return site.https == "self-signed" and (
        os.path.dirname(site.certificate) == directory) and (
            site.certificate_key == own_key(site.certificate))


def needs_pair(site: Site, layout: ApacheLayout) -> bool:
    """Whether that is to be made: there is none, or it ends soon, or is for
    other names."""
    if not is_own(site, layout):
        return False
    path = site.certificate
    if not os.path.lexists(path):
        return True
    ends = not_after(path)
    return is_self_signed(path) and (
        ends is not None and ends - time.time() < WARN_SECONDS
        or any(is_refused_for(path, name) for name in managed_names(site)
               if "*" not in name and "?" not in name))


def write_pair(site: Site) -> None:
    """Make the certificate of ``site``, and its key.  Raises DeployError."""
    directory = os.path.dirname(site.certificate)
    pairs = [(path, f"{path}.new")
             for path in (site.certificate_key, site.certificate)]
    try:
        os.makedirs(directory, 0o755, exist_ok=True)
        for _, staged in pairs:
            with suppress(FileNotFoundError):
                os.unlink(staged)
        make_pair(pairs[1][1], pairs[0][1], managed_names(site))
        for path, staged in pairs:
            os.rename(staged, path)
    except OSError as error:
        raise DeployError(f"{site.certificate}: cannot be made:"
                          f" {error.strerror}; nothing was changed") from None


def remove_pair(site: Site) -> None:
    """Remove what `write_pair` has made."""
    for path in site.certificate, site.certificate_key:
        with suppress(OSError):
            os.unlink(path)
    with suppress(OSError):
        os.rmdir(os.path.dirname(site.certificate))
