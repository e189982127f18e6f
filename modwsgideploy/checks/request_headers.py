"""Check which headers of a request the application sees."""

from __future__ import annotations

import re

from modwsgideploy.checks.authorization import reading_line
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import append_lines
from modwsgideploy.checks.paste_settings import reached
from modwsgideploy.system.files import first_bytes

# What asks for the header by itself, in an ini.
_AUTHORIZATION = re.compile(r"paste\.auth\.(?:basic|digest)\b|BasicAuth"
                            r"|make_basic_auth")
# How much source is searched, which takes some 20 ms.
_MOST_BYTES = 4_000_000


def authorization(context: CheckContext) -> CheckResult:
    """Apache keeps the ``Authorization`` header to itself unless told to pass
    it on, so code that checks passwords or tokens sees none and asks again.
    """
    passed = context.value_of("WSGIPassAuthorization").lower() == "on"
    where = "" if passed or not context.aliases \
        else _reads_authorization(context)
    if where:
        alias = context.aliases[0].directive
        yield (f"{where} reads the Authorization header, which Apache does"
               " not pass on", context.edit(alias.path, append_lines(
                   alias, "WSGIPassAuthorization On")))


def _reads_authorization(context: CheckContext) -> str:
    """FILE:LINE where the project or its ini asks for the header, or ""."""
    for section in reached(context.ini, context.site.app_name or "main") \
            if context.ini else ():
        for key, raw in section.raw.items():
            if _AUTHORIZATION.search(raw):
                return (f"{section.ini.config.path}:"
                        f"{section.ini.line(section.name, key)}")
    left = _MOST_BYTES
    for path in context.python_files():
        data = first_bytes(path, left)
        line = reading_line(data)
        if line:
            return f"{path}:{line}"
        left -= len(data)
        if left <= 0:
            break
    return ""


def scheme(context: CheckContext) -> CheckResult:
    """Behind a proxy that speaks HTTPS the application sees http, and makes
    links with it, unless Apache trusts the proxy's headers.  Which proxies it
    trusts has to be set too, or it trusts every visitor.
    """
    headers = context.of("WSGITrustedProxyHeaders")
    if headers and not context.of("WSGITrustedProxies"):
        yield (f"{headers[0].where} believes X-Forwarded headers from"
               " everybody", context.edit(
                   headers[0].path, append_lines(
                       headers[0], "WSGITrustedProxies 127.0.0.1 ::1")))
    secure = context.of("SSLEngine")
    for name in context.of("ServerName"):
        if name.text.startswith("https:") and not secure and not headers:
            yield (f"{name.where} says that visitors come by https, but the"
                   " application will see http", context.edit(
                       name.path, append_lines(
                           name, "WSGITrustedProxies 127.0.0.1 ::1",
                           "WSGITrustedProxyHeaders X-Forwarded-For"
                           " X-Forwarded-Proto X-Forwarded-Host")))
