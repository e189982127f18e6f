"""Reach what listens on this machine."""

from __future__ import annotations


def connect(address: str, seconds: float) -> None:
    """Connect to a loopback port, or to the Unix socket at a path, and leave.

    Raises OSError, after ``seconds`` at most.
    """
    import socket  # which deploy does not need

    is_port = address.isdigit()
    with socket.socket(socket.AF_INET if is_port else socket.AF_UNIX
                       ) as client:
        client.settimeout(seconds)
        client.connect(("127.0.0.1", int(address)) if is_port else address)
