"""Make a certificate that nobody but its maker vouches for, with openssl."""

from __future__ import annotations

import os
from collections.abc import Sequence

from modwsgideploy.errors import Failed

DAYS = 365


def openssl_words(certificate: str, key: str, names: Sequence[str]
                  ) -> list[str]:
    """Return the command that makes a pair of files for ``names``.

    An IPv4 address may be one of the names.
    """
    alternatives = ",".join(
        f"{'IP' if name.replace('.', '').isdigit() else 'DNS'}:{name}"
        for name in names)
    return ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(DAYS),
            # A common name has at most 64 characters.
            "-subj", f"/CN={names[0][:64]}",
            "-addext", f"subjectAltName={alternatives}",
            # It is that of a server, and vouches for no other.
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "extendedKeyUsage=serverAuth",
            "-keyout", key, "-out", certificate]


def make_pair(certificate: str, key: str, names: Sequence[str]) -> None:
    """Write a self-signed certificate for ``names``, and its key.

    Only this user can read the key.  Raises Failed.
    """
    import subprocess

    before = os.umask(0o077)
    try:
        done = subprocess.run(
            openssl_words(certificate, key, names), check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60)
    except FileNotFoundError:
        raise Failed("openssl: is not on this machine, and makes the"
                     " certificate; install it") from None
    finally:
        os.umask(before)
    if done.returncode:
        raise Failed(f"{certificate}: openssl cannot make it:\n    "
                     + done.stdout.decode("utf-8", "replace").strip())
