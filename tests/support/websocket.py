"""A client of WebSocket (RFC 6455): text and bytes in frames of one part."""

import base64
import os
import socket
import ssl
import struct


class WebSocket:
    """A connection to ``path``; as a context it is closed at the end."""

    def __init__(self, port, path, host, secure=False, headers=()):
        connection = socket.create_connection(("127.0.0.1", port), 30)
        if secure:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname=host)
        self._connection = connection
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}",
                 "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 *headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._stream = connection.makefile("rb")
        self.status = self._stream.readline().decode().rstrip()
        while self._stream.readline() not in (b"\r\n", b""):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stream.close()
        self._connection.close()

    def send(self, message):
        """Send text or bytes."""
        data = message.encode() if isinstance(message, str) else message
        head = bytes([0x81 if isinstance(message, str) else 0x82])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        else:
            head += b"\xff" + struct.pack(">Q", len(data))
        mask = os.urandom(4)
        repeated = mask * (len(data) // 4 + 1)
        self._connection.sendall(head + mask + bytes(
            one ^ other for one, other
            in zip(data, repeated)))  # noqa: B905 (the mask is longer)

    def receive(self):
        """The next message; None when the other side closes."""
        while True:
            first, second = self._stream.read(2)
            length = second & 0x7f
            if length == 126:
                length, = struct.unpack(">H", self._stream.read(2))
            elif length == 127:
                length, = struct.unpack(">Q", self._stream.read(8))
            data = self._stream.read(length)
            kind = first & 0x0f
            if kind == 1:
                return data.decode()
            if kind == 2:
                return data
            if kind == 8:
                return None
