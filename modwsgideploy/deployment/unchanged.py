"""See at a glance whether a deployment is as it would be written.

A digest of everything that the texts of a deployment follow from is kept in
its record.  While it is the same, so are the generated texts; then no hand
edit matters, for there is nothing new to merge with it, and nothing has to be
rendered or compared.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from functools import lru_cache

from modwsgideploy import __version__
from modwsgideploy.apache.platforms import Platform
from modwsgideploy.backends import BACKENDS
from modwsgideploy.deployment.record import BASE, CHOICES, base_text
from modwsgideploy.deployment.runbook import look_up
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import Setting
from modwsgideploy.system.files import first_bytes, opened_text
from modwsgideploy.system.transaction import is_settled
from modwsgideploy.templating.engine import file_name


def origin(site: Site, settings: Mapping[str, Setting]) -> str:
    """Return the digest of all that the text of ``site`` follows from.

    ``settings`` are the choices it was made from, by option name.
    """
    parts = [_program(), repr([(name, setting.value)
                               for name, setting in settings.items()])]
    # quoting.require_quotable lets no line break into the text of a Site.
    parts += [value if type(value) is str else
              value.name if type(value) is Platform else str(value)
              for value in site]
    parts.append(repr(look_up(site)))
    return _digest("\n".join(parts), 16)


def signed(origin: str | None, choices: str) -> str | None:
    """Return ``origin`` with a digest of ``choices``, the text of site.ini.

    Return None without an origin.
    """
    if not origin:
        return None
    return origin + _digest(choices, 8)


def _digest(text: str, size: int) -> str:
    """Return a digest of ``text``, of ``size`` bytes, in hexadecimal."""
    import hashlib  # which loads OpenSSL

    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=size).hexdigest()


def is_unchanged(site: Site, origin: str) -> bool:
    """Whether the deployment of ``site`` needs nothing, at a glance.

    What is missing or cannot be read is left to `read_record` to report.
    """
    directory = site.output_dir
    try:
        with open(os.path.join(directory, CHOICES), "rb",
                  opener=opened_text) as stream:
            choices = stream.read().decode("utf-8", "surrogateescape")
        wanted = base_text({}, {}, signed(origin, choices)).encode()
        if first_bytes(os.path.join(directory, BASE), len(wanted)) != wanted:
            return False
        for template, mode in BACKENDS[site.backend].templates(site):
            found = os.stat(os.path.join(
                directory, file_name(template, site.name)))
            if not stat.S_ISREG(found.st_mode) or (
                    mode & 0o100 and not found.st_mode & 0o100):
                return False
    except OSError:
        return False
    return is_settled(directory)


@lru_cache(None)
def _program() -> str:
    """Return what identifies this program.

    That includes its files, since a checkout changes without a new version.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files = []
    for head, directories, names in os.walk(package):
        directories[:] = sorted(set(directories) - {"__pycache__"})
        for name in sorted(names):
            found = os.stat(os.path.join(head, name))
            files.append((name, found.st_size, found.st_mtime_ns))
    return repr((__version__, files))
