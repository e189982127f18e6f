"""Certificates and their keys."""

import os
import shlex

# Warn so many seconds before the end: certbot renews 30 days before.
_NEAR = 14 * 24 * 3600


def _pairs(subject):
    """The (certificate, key, directive) of each TLS host."""
    for directive in subject.of("SSLCertificateFile"):
        keys = [each for each in subject.of("SSLCertificateKeyFile")
                if each.inside == directive.inside]
        if directive.arguments:
            yield directive.arguments[0], (
                keys[0].arguments[0] if keys and keys[0].arguments
                else directive.arguments[0]), directive


def missing(subject):
    """Apache reads certificate and key as root when it starts, and does not
    start without them.
    """
    for certificate, key, directive in _pairs(subject):
        for path in dict.fromkeys((certificate, key)):
            # What is hidden from this user may be there for root.
            if not os.path.exists(path) and os.access(
                    _existing(path), os.X_OK):
                name = directive.section("VirtualHost")
                yield (f"{directive.where} needs {path}, which does not"
                       " exist", _get_one(subject, name))


def _existing(path):
    """The nearest directory above ``path`` that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _get_one(subject, host):
    """The command that gets a certificate."""
    from modwsgideploy.checks.virtual_hosts import _names

    names = _names(subject, host)[:1] if host else []
    return shlex.join(["sudo", "certbot", "certonly", "--apache", *(
        word for name in names for word in ("-d", name))])


def mismatch(subject):
    """The key is not that of the certificate; Apache does not start:
    "AH02565: Certificate and private key ... do not match".
    """
    import ssl

    for certificate, key, directive in _pairs(subject):
        if not all(os.access(path, os.R_OK) for path in (certificate, key)):
            continue
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(certificate, key, _no_password)
        except ssl.SSLError as error:
            yield (f"{directive.where}: {key} is not the key of"
                   f" {certificate} ({error.reason or error})",
                   _get_one(subject, directive.section("VirtualHost")))
        except ValueError:
            yield (f"{directive.where}: {key} is protected by a password, for"
                   " which Apache asks whenever it starts",
                   shlex.join(["sudo", "openssl", "pkey", "-in", key, "-out",
                               key]))


def _no_password():
    raise ValueError("a password is needed")


def expiry(subject):
    """A certificate that has ended makes every browser refuse the site."""
    import time

    for certificate, _, directive in _pairs(subject):
        end = _not_after(certificate)
        if end and end - time.time() < _NEAR:
            day = time.strftime("%Y-%m-%d", time.gmtime(end))
            verb = "ended" if end < time.time() else "ends"
            yield (f"{directive.where}: the certificate {certificate} {verb}"
                   f" on {day}", "sudo certbot renew")


def _not_after(certificate):
    """The end of a certificate as a time; None if that cannot be told."""
    import re
    import shutil
    import ssl
    import subprocess

    openssl = shutil.which("openssl")
    if not openssl or not os.access(certificate, os.R_OK):
        return None
    told = subprocess.run(
        [openssl, "x509", "-noout", "-enddate", "-in", certificate],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
        stderr=subprocess.DEVNULL, timeout=30).stdout.decode()
    found = re.match(r"notAfter=(.*\S)", told)
    return ssl.cert_time_to_seconds(found[1]) if found else None
