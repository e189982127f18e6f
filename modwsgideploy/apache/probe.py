"""Make one HTTP request and report the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ssl

LOCALHOST = "127.0.0.1"


class Probe(NamedTuple):
    """The answer to one request; its status is 0 if there was none."""

    status: int
    reason: str       # "OK", or why there was no answer
    seconds: float
    headers: tuple[tuple[str, str], ...]    # of (name, value)
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of the first header ``name``; None if it has none."""
        return next((value for key, value in self.headers
                     if key.lower() == name.lower()), None)

    def __str__(self) -> str:
        if not self.status:
            return f"no answer after {self.seconds:.3f} s: {self.reason}"
        return (f"{self.status} {self.reason}, {len(self.body)} bytes in"
                f" {self.seconds:.3f} s")


def request_target(path: str) -> str:
    """``path`` as a request has it: escape what a URL cannot hold, and leave
    what looks escaped as it is."""
    import re
    from urllib.parse import quote

    return quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", path),
                 safe="/%?&=;:@+$,!~*'()[]")


def probe(path: str, port: int, host: str | None = None, *,
          address: str = LOCALHOST, method: str = "GET",
          body: str | bytes | None = None,
          headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
          timeout: float = 30, tls: bool = False) -> Probe:
    """Make one request for ``path`` and return the Probe.

    ``host`` is the name in the Host header, and the one asked for by
    ``tls``, which takes any certificate; by default it is the address.
    ``path`` is escaped (see `request_target`).  ``timeout`` is in seconds.
    """
    import http.client
    from time import perf_counter

    sent = {"Host": f"{host or address}:{port}", "Connection": "close",
            **dict(headers)}
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    began = perf_counter()
    try:
        if tls:
            connection.sock = _tls_socket(address, port, host, timeout)
        connection.request(method, request_target(path), body, sent)
        answer = connection.getresponse()
        data = answer.read()
        return Probe(answer.status, answer.reason, perf_counter() - began,
                     tuple(answer.getheaders()), data)
    except (OSError, http.client.HTTPException) as error:
        return Probe(0, str(error) or type(error).__name__,
                     perf_counter() - began, (), b"")
    finally:
        connection.close()


def _tls_socket(address: str, port: int, host: str | None, timeout: float
                ) -> ssl.SSLSocket:
    """Open a TLS connection to ``host`` without checking who it is."""
    import socket
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(
        socket.create_connection((address, port), timeout),
        server_hostname=host or address)
