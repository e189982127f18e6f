"""Make one HTTP request and report the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.errors import shortened

if TYPE_CHECKING:
    import ssl

LOCALHOST = "127.0.0.1"
# How the pages begin that Apache itself makes of an error.
_OF_APACHE = "<!DOCTYPE HTML PUBLIC"
_MOST_READ, _MOST_SAID = 10000, 300    # characters


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

    @property
    def failure(self) -> str:
        """Its status and reason, with what its page says if that is the
        application's own."""
        said = text_of_page(self.header("Content-Type") or "",
                            self.body.decode("utf-8", "replace"))
        return f"{self.status} {self.reason}" + (
            f", and its page says: {said}" if said else "")

    def __str__(self) -> str:
        if not self.status:
            return f"no answer after {self.seconds:.3f} s: {self.reason}"
        return (f"{self.status} {self.reason}, {len(self.body)} bytes in"
                f" {self.seconds:.3f} s")


def text_of_page(kind: str, page: str) -> str:
    """Return the beginning of what a page of Content-Type ``kind`` says, in
    one line; "" for what is no text, and for Apache's own pages."""
    import re
    from html import unescape

    if page.startswith(_OF_APACHE):
        return ""
    if "html" in kind:
        page = unescape(re.sub(
            r"(?s)<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>", " ",
            page))
    elif not kind.startswith(("text/", "application/json",
                              "application/problem+json")):
        return ""
    words = "".join(letter if letter.isprintable() else " "
                    for letter in page[:_MOST_READ]).split()
    return shortened(" ".join(words), _MOST_SAID)


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
