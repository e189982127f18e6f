"""Check certificates and their keys."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from typing import NoReturn

from modwsgideploy.apache.parser import Directive
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.neighbours import names_of

# How long before the end to warn: certbot renews 30 days before.
_WARN_SECONDS = 14 * 24 * 3600


def _pairs(context: CheckContext) -> Iterator[tuple[str, str, Directive]]:
    """Yield the (certificate, key, directive) of each TLS host."""
    for directive in context.of("SSLCertificateFile"):
        keys = [each for each in context.of("SSLCertificateKeyFile")
                if each.inside == directive.inside]
        if directive.arguments:
            yield directive.arguments[0], (
                keys[0].arguments[0] if keys and keys[0].arguments
                else directive.arguments[0]), directive


def missing(context: CheckContext) -> CheckResult:
    """Apache reads certificates and keys as root when it starts, and does not
    start without them.
    """
    for certificate, key, directive in _pairs(context):
        for path in dict.fromkeys((certificate, key)):
            # What is hidden from this user may be there for root.
            if not os.path.exists(path) and os.access(
                    _existing(path), os.X_OK):
                yield (f"{directive.where} needs {path}, which does not"
                       " exist", _request(context, directive))


def _existing(path: str) -> str:
    """The nearest directory above ``path`` that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _request(context: CheckContext, directive: Directive) -> str:
    """The command that gets a certificate for the host of ``directive``."""
    host = directive.section("VirtualHost")
    names = names_of(context, host)[:1] if host else []
    return shlex.join(["sudo", "certbot", "certonly", "--apache", *(
        word for name in names for word in ("-d", name))])


def mismatch(context: CheckContext) -> CheckResult:
    """The key does not belong to the certificate; Apache does not start:
    "AH02565: Certificate and private key ... do not match".
    """
    import ssl

    for certificate, key, directive in _pairs(context):
        if not all(os.access(path, os.R_OK) for path in (certificate, key)):
            continue
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            server.load_cert_chain(certificate, key, _no_password)
        except ssl.SSLError as error:
            yield (f"{directive.where}: {key} is not the key of"
                   f" {certificate} ({error.reason or error})",
                   _request(context, directive))
        except ValueError:
            yield (f"{directive.where}: {key} is protected by a password, for"
                   " which Apache asks whenever it starts",
                   shlex.join(["sudo", "openssl", "pkey", "-in", key, "-out",
                               key]))


def _no_password() -> NoReturn:
    """Refuse to decrypt a key.  Raises ValueError."""
    raise ValueError("a password is needed")


def readable_key(context: CheckContext) -> CheckResult:
    """Apache reads the key as root, so nobody else needs to; whoever can read
    it can pass for the host.
    """
    for _, key, directive in _pairs(context):
        try:
            mode = os.stat(key).st_mode
        except OSError:
            continue
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            yield (f"{directive.where}: everybody on this machine can read the"
                   f" key {key} (mode {stat.S_IMODE(mode):04o})",
                   shlex.join(["sudo", "chmod", "o-rwx", key]))


def expiry(context: CheckContext) -> CheckResult:
    """Once a certificate has expired, every browser refuses the site."""
    import time

    for certificate, _, directive in _pairs(context):
        end = _not_after(certificate)
        if end and end - time.time() < _WARN_SECONDS:
            day = time.strftime("%Y-%m-%d", time.gmtime(end))
            verb = "ended" if end < time.time() else "ends"
            yield (f"{directive.where}: the certificate {certificate} {verb}"
                   f" on {day}", "sudo certbot renew")


def _not_after(certificate: str) -> float | None:
    """When a certificate expires, as a time; None if that is unknown."""
    import re
    import shutil
    import ssl
    import subprocess

    openssl = shutil.which("openssl")
    if not openssl or not os.access(certificate, os.R_OK):
        return None
    output = subprocess.run(
        [openssl, "x509", "-noout", "-enddate", "-in", certificate],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
        stderr=subprocess.DEVNULL, timeout=30).stdout.decode()
    found = re.match(r"notAfter=(.*\S)", output)
    return ssl.cert_time_to_seconds(found[1]) if found else None
