"""One HTTP request, and its answer."""

from typing import NamedTuple

_LOCALHOST = "127.0.0.1"


class Probe(NamedTuple):
    """The answer to one request; its status is 0 if there was none."""

    status: int
    reason: str       # "OK", or why there was no answer
    seconds: float
    headers: tuple    # of (name, value)
    body: bytes

    def header(self, name):
        """The first header ``name``; None without it."""
        return next((value for key, value in self.headers
                     if key.lower() == name.lower()), None)

    def __str__(self):
        if not self.status:
            return f"no answer after {self.seconds:.3f} s: {self.reason}"
        return (f"{self.status} {self.reason}, {len(self.body)} bytes in"
                f" {self.seconds:.3f} s")


def request_target(path):
    """``path`` as a request has it: what a URL cannot hold is escaped, what
    looks escaped stays."""
    import re
    from urllib.parse import quote

    return quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", path),
                 safe="/%?&=;:@+$,!~*'()[]")


def probe(path, port, host=None, *, address=_LOCALHOST, method="GET",
          body=None, headers=(), timeout=30, tls=False):
    """Make one request for ``path`` and return the Probe.

    ``host`` is the name in the Host header, and in that of ``tls``, which
    takes any certificate; by default the address.  ``path`` is escaped (see
    `request_target`).
    """
    import http.client
    from time import perf_counter

    sent = {"Host": f"{host or address}:{port}", "Connection": "close",
            **dict(headers)}
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    began = perf_counter()
    try:
        if tls:
            connection.sock = _secured(address, port, host, timeout)
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


def _secured(address, port, host, timeout):
    """A TLS connection to ``host``, whoever that is."""
    import socket
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(
        socket.create_connection((address, port), timeout),
        server_hostname=host or address)
