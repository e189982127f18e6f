"""Find choices that are allowed one by one, but not together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modwsgideploy.backends import BACKENDS
from modwsgideploy.backends import DEFAULT as DEFAULT_BACKEND
from modwsgideploy.errors import Collector
from modwsgideploy.sites.host_settings import OF_HOST
from modwsgideploy.sites.options import (
    BY_FIELD,
    LETS_ENCRYPT,
    Setting,
    parse,
)

_NONE = Setting("", "")


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
    yield from _https(given, sources)
    of_host = [name.replace("-", "_") for name in OF_HOST if name != "port"]
    for field in (*of_host, "rotate_logs") if given.get("inside") else ():
        if given.get(field):
            yield (f"{sources[field]}: belongs to the host that --inside names"
                   " a file of; leave one of the two out")
    if given.get("apache_version") == "2.2" and given.get("inside"):
        yield (f"{sources['inside']}: is for Apache 2.4 only; leave"
               " --apache-version out")
    for field in ("certificate", "https"):
        if given.get("apache_version") == "2.2" and given.get(field):
            yield (f"{sources[field]}: HTTPS is written for Apache 2.4 only;"
                   " leave --apache-version out")


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


def _https(given: Mapping[str, Any],
           sources: Mapping[str, str]) -> Iterator[str]:
    """Say why HTTPS cannot be as it is asked for."""
    https = given.get("https")
    has_tls = https or given.get("certificate", "certificate" in sources)
    for field, asked in (("hsts", given.get("hsts")),
                         ("certificate_key", given.get("certificate_key")),
                         ("redirect", not given.get("redirect", True))):
        if asked and not has_tls:
            yield (f"{sources[field]}: needs HTTPS; give --https or"
                   " --certificate as well")
    if not https:
        return
    source = sources["https"]
    if https == "self-signed":
        return
    if given.get("certificate"):
        yield (f"{sources['certificate']}: with --https {https} the"
               " certificate is made for the host; leave one of the two out")
    if not given.get("acme_agree"):
        yield (f"{source}: needs your consent to the terms of service of the"
               " authority that makes the certificate, such as"
               " https://letsencrypt.org/repository/; give --acme-agree as"
               " well")
    if not given.get("acme_contact", "acme_contact" in sources):
        yield (f"{source}: needs an address where that authority can reach"
               " you; give --acme-contact EMAIL as well")
    if https == "certbot":
        yield from _certbot(given, sources)
    for name in given.get("server_alias") or ():
        if "*" in name or "?" in name:
            yield (f"{sources['server_alias']}: no certificate can be had for"
                   f" the pattern {name!r} by a request to the host itself;"
                   " give each name, or --certificate in place of --https")


def _certbot(given: Mapping[str, Any],
             sources: Mapping[str, str]) -> Iterator[str]:
    """Say what certbot, which writes the part for HTTPS, leaves out."""
    for field in ("hsts", "certificate_key"):
        if given.get(field):
            yield (f"{sources[field]}: has no effect with --https certbot,"
                   " which writes the configuration for HTTPS; leave one of"
                   " the two out")
    if given.get("acme_ca"):
        yield (f"{sources['acme_ca']}: certbot knows authorities by the"
               " system's certificates, also when it renews; add this one"
               " there, as by update-ca-certificates, and leave it out")
    if given.get("port", 80) != 80:
        yield (f"{sources['port']}: certbot needs the host at port 80, and"
               " makes its HTTPS at 443; leave it out")


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
        ("server_alias", "port", "certificate", "https", "precompressed",
         "access_log_format", "rotate_logs", "canonical"),
        "server_name", "a VirtualHost; give --server-name as well")
    yield from needs(
        ("rotate_logs",), "log_directory",
        "a --log-directory of its own; what is in Apache's logrotate rotates"
        " already")


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
             settings: Mapping[str, Setting]) -> dict[str, str]:
    """Say which options (names) of ``recorded`` have no effect any more, or
    mean something else, by what ``settings`` ask for, and why.

    Both are by the name of the option.
    """
    found = _of_another_certificate(recorded, settings)
    if "backend" in settings:
        given = parse({**recorded, **settings}, Collector())
        why = f"it has no effect with --backend {settings['backend'].text}"
        found.update({name: why for name in recorded
                      if name.replace("-", "_") in _ineffective(given)})
    return {name: why for name, why in found.items()
            if name in recorded and name not in settings}


def _of_another_certificate(recorded: Mapping[str, Setting],
                            settings: Mapping[str, Setting]
                            ) -> dict[str, str]:
    """Say what was about another certificate than ``settings`` ask for."""
    https, certificate = (
        settings[name].text if name in settings else None
        for name in ("https", "certificate"))
    found = {}
    if https and https != recorded.get("https", _NONE).text:
        why = f"the certificate is another one with --https {https}"
        found.update({"certificate": why, "certificate-key": why})
    if certificate and recorded.get("https", _NONE).text != "self-signed":
        found["https"] = "it is another certificate than --certificate"
    if certificate == "" or https == "" and "certificate" not in recorded:
        found["certificate-key"] = "there is no certificate"
    asked, before = (each.get("acme-directory", _NONE).text or LETS_ENCRYPT
                     for each in (settings, recorded))
    if "acme-directory" in settings and asked != before:
        found["acme-agree"] = "it was to the terms of another authority"
    return found
