"""A Site in; whether its deployment is as it would be written, at a glance.

What a deployment is generated from is digested into its record.  While that
stays the same, so does the generated text; and then no hand edit matters, for
there is nothing new to merge with it.  So neither has to be looked at.
"""

import hashlib
import os
import stat
from functools import lru_cache

from modwsgideploy.apache.platforms import Platform
from modwsgideploy.deployment.record import BASE, CHOICES, base_text


def origin(site, settings):
    """The digest (str) of all that decides over the text of ``site``.

    ``settings`` are the choices it was made from, a dict of option name to
    Given.
    """
    told = [_program(), repr([(name, given.value)
                              for name, given in settings.items()])]
    # quoting.require_quotable lets no line break into the text of a Site.
    told += [value if type(value) is str else
             value.name if type(value) is Platform else str(value)
             for value in site]
    data = "\n".join(told).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def signed(origin, choices):
    """``origin`` of a deployment with ``choices``, the text of its site.ini.

    None without an origin.
    """
    if not origin:
        return None
    data = choices.encode("utf-8", "surrogateescape")
    return origin + hashlib.blake2b(data, digest_size=8).hexdigest()


def is_unchanged(site, origin):
    """Whether the deployment of ``site`` needs nothing, as far as one sees.

    What is missing or not to be read is for others to tell.
    """
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.system.transaction import is_settled
    from modwsgideploy.templating.engine import file_name

    directory = site.output_dir
    try:
        with open(os.path.join(directory, CHOICES), "rb") as stream:
            choices = stream.read().decode("utf-8", "surrogateescape")
        wanted = base_text({}, {}, signed(origin, choices)).encode()
        with open(os.path.join(directory, BASE), "rb", 0) as stream:
            if stream.read(len(wanted)) != wanted:
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
def _program():
    """What this program is (str): its files, since a checkout changes
    without a new version."""
    from modwsgideploy import __version__

    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files = []
    for head, directories, names in os.walk(here):
        directories[:] = sorted(set(directories) - {"__pycache__"})
        for name in sorted(names):
            found = os.stat(os.path.join(head, name))
            files.append((name, found.st_size, found.st_mtime_ns))
    return repr((__version__, files))
