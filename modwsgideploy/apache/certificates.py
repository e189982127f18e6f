"""Say what openssl tells of a certificate in a file."""

from __future__ import annotations

import os
import re


def openssl_text(certificate: str, *options: str) -> str:
    """Return what ``openssl x509`` says of a certificate; "" if it cannot."""
    import shutil
    import subprocess

    openssl = shutil.which("openssl")
    if not openssl or not os.access(certificate, os.R_OK):
        return ""
    return subprocess.run(
        [openssl, "x509", "-noout", *options, "-in", certificate],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
        stderr=subprocess.DEVNULL, timeout=30).stdout.decode()


def not_after(certificate: str) -> float | None:
    """When a certificate expires, as a time; None if that is unknown."""
    import ssl

    found = re.match(r"notAfter=(.*\S)", openssl_text(certificate, "-enddate"))
    return ssl.cert_time_to_seconds(found[1]) if found else None


def is_refused_for(certificate: str, name: str) -> bool:
    """Whether a certificate is known to be for other names than ``name``."""
    return "does NOT match" in openssl_text(certificate, "-checkhost", name)


def is_self_signed(certificate: str) -> bool:
    """Whether a certificate is known to be by nobody but its maker."""
    names = re.findall(r"(?m)^(?:issuer|subject)=(.*)", openssl_text(
        certificate, "-issuer", "-subject"))
    return len(names) == 2 and names[0] == names[1]
