"""Find choices that are allowed one by one, but not together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modwsgideploy.backends import BACKENDS
from modwsgideploy.backends import DEFAULT as DEFAULT_BACKEND
from modwsgideploy.errors import Collector
from modwsgideploy.sites.host_settings import OF_HOST
from modwsgideploy.sites.options import BY_FIELD, Setting, parse


def contradictions(given: Mapping[str, Any],
                   sources: Mapping[str, str]) -> Iterator[str]:
    """Say which values of ``given`` exclude each other or lack another.

    ``given`` and ``sources`` are by field.  An option whose value was itself
    wrong is in ``sources`` alone, and counts as given.
    """
    yield from _missing(given, sources)
    yield from _without_effect(given, sources)
    if given.get("apache_version") == "2.2" and given.get("daemon"):
        yield (f"{sources['daemon']}: sites share processes by Define, which"
               " Apache 2.2 does not know; leave --apache-version out")
    yield from _canonical(given, sources)
    of_host = [name.replace("-", "_") for name in OF_HOST if name != "port"]
    for field in (*of_host, "rotate_logs") if given.get("inside") else ():
        if given.get(field):
            yield (f"{sources[field]}: belongs to the host that --inside names"
                   " a file of; leave one of the two out")
    if given.get("apache_version") == "2.2" and given.get("inside"):
        yield (f"{sources['inside']}: is for Apache 2.4 only; leave"
               " --apache-version out")
    if given.get("apache_version") == "2.2" and given.get("certificate"):
        yield (f"{sources['certificate']}: HTTPS is written for Apache 2.4"
               " only; leave --apache-version out")


def _canonical(given: Mapping[str, Any],
               sources: Mapping[str, str]) -> Iterator[str]:
    """Say why --canonical cannot be, if it is given."""
    canonical, server_name = given.get("canonical"), given.get("server_name")
    names = [server_name, *(given.get("server_alias") or ())]
    if not canonical:
        return
    if server_name and canonical not in names:
        yield (f"{sources['canonical']}: {canonical!r} is no name of the host;"
               f" give one of {', '.join(names)}, or --server-alias as well")
    if given.get("apache_version") == "2.2":
        yield (f"{sources['canonical']}: is written for Apache 2.4 only; leave"
               " --apache-version out")


def _missing(given: Mapping[str, Any],
             sources: Mapping[str, str]) -> Iterator[str]:
    """Say which options need another one."""
    def needs(fields: Iterable[str], needed: str,
              reason: str) -> Iterator[str]:
        if not given.get(needed, needed in sources):
            for field in fields:
                if given.get(field):
                    yield f"{sources[field]}: needs {reason}"

    yield from needs(("inside",), "server_name",
                     "the name of that host; give --server-name as well")
    yield from needs(
        ("server_alias", "port", "certificate", "precompressed",
         "access_log_format", "rotate_logs", "canonical"),
        "server_name", "a VirtualHost; give --server-name as well")
    yield from needs(
        ("rotate_logs",), "log_directory",
        "a --log-directory of its own; what is in Apache's logrotate rotates"
        " already")
    yield from needs(("certificate_key", "hsts"), "certificate",
                     "HTTPS; give --certificate as well")


def _without_effect(given: Mapping[str, Any],
                    sources: Mapping[str, str]) -> Iterator[str]:
    """Say which options the backend does not have, or ignores."""
    name = given.get("backend", DEFAULT_BACKEND)
    for field, reason in _ineffective(given).items():
        having = BY_FIELD[field].backends
        if "backend" not in given and having and name not in having:
            yield (f"{sources[field]}: needs --backend "
                   + " or ".join(having))
        else:
            yield (f"{sources[field]}: has no effect with {reason}; leave"
                   " one of the two out")


def _ineffective(given: Mapping[str, Any]) -> dict[str, str]:
    """The fields of ``given`` that have no effect, each with the option that
    makes it so.

    An empty value asks for nothing, so it is let pass.
    """
    name = given.get("backend", DEFAULT_BACKEND)
    reasons = dict(BACKENDS[name].ignores(given))
    for field in given:
        having = BY_FIELD[field].backends
        if having and name not in having:
            reasons[field] = f"--backend {name}"
    return {field: reasons[field] for field in given
            if given[field] and field in reasons}


def outdated(recorded: Mapping[str, Setting],
             settings: Mapping[str, Setting]) -> list[str]:
    """The options (names) of ``recorded`` that the backend of ``settings``
    does not know; none unless ``settings`` asks for a backend.

    Both are by the name of the option.
    """
    if "backend" not in settings:
        return []
    given = parse({**recorded, **settings}, Collector())
    return [name for name in recorded if name not in settings
            and name.replace("-", "_") in _ineffective(given)]
