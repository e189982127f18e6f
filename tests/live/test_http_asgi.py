"""ASGI and WebSocket through the real mod_proxy_http, with each server."""

import json
import os
import subprocess
import tempfile
import unittest
import zlib
from urllib.parse import quote

from tests.support import http_samples as samples
from tests.support.http import FORGED, HOST, by_http
from tests.support.websocket import WebSocket

SERVERS = ("granian", "gunicorn", "uvicorn")
PIECES = bytes(range(256)) * 64 * 100


def certificate(directory):
    """A certificate of our own with its key, as one file."""
    path = f"{directory}/site.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", f"/CN={HOST}", "-keyout", f"{directory}/key.pem",
         "-out", f"{directory}/cert.pem"], check=True,
        stderr=subprocess.DEVNULL)
    with open(path, "w") as stream:
        for name in ("cert.pem", "key.pem"):
            with open(f"{directory}/{name}") as part:
                stream.write(part.read())
    return path


class Asgi(unittest.TestCase):

    def test_each_server_wherever_it_is_mounted(self):
        for server in SERVERS:
            for choices in (
                    {"server-name": HOST, "mount-point": "/"},
                    {"mount-point": "/my app/ü"}):
                with self.subTest(server, **choices), by_http(
                        samples.asgi(), {"app-server": server, **choices}
                        ) as site:
                    self.assertEqual(site.sites[0].interface, "asgi")
                    self.check_scope(site)
                    self.check_bodies(site)
                    self.check_websocket(site)
                    self.assertNotIn("error]", site.log())
                    self.check_what_is_not_read(site)

    def check_scope(self, site):
        one, port = site.sites[0], site.server.port
        host = one.server_name or "127.0.0.1"
        seen = json.loads(site.get(
            "/caf%C3%A9%3F/x?q=%C3%A9", headers=FORGED).body)
        headers = seen.pop("headers")
        seen.pop("url")
        seen["linked"] = quote(seen["linked"], safe=":/")   # Starlette's work
        self.assertEqual(headers["host"], f"{host}:{port}")
        for name in ("x-forwarded-for", "x_forwarded_proto", "forwarded",
                     "modwsgideploy", "script_name", "authorization"):
            self.assertNotIn(name, headers)
        below = quote(one.below)
        self.assertEqual(seen, {
            "scheme": "http", "client": "127.0.0.1", "server": [host, port],
            "root_path": one.below, "path": one.below + "/café?/x",
            "raw_path": below + "/caf%C3%A9%3F/x", "query": "q=%C3%A9",
            "linked": f"http://{host}:{port}{below}/linked",
            "started": ["started"]})

    def check_bodies(self, site):
        for body in (b"", PIECES, iter([PIECES, PIECES])):
            answer = site.get("/digest", method="POST", body=body)
            body = body if isinstance(body, bytes) else PIECES * 2
            self.assertEqual(answer.body.decode(),
                             f"{len(body)} {zlib.crc32(body)}")
        self.assertEqual(site.get("/stream").body, PIECES)

    def check_what_is_not_read(self, site):
        """An answer without a look at the body, however it ends."""
        for path, status in (("/linked", 200), ("/stream", 200),
                             ("/leave", 500), ("/late", 200)):
            answer = site.get(path, method="POST", body=iter([PIECES] * 2))
            self.assertEqual(answer.status, status, path)
        self.assertEqual(answer.body, b"late " + PIECES * 2)
        # Of a process that has ended there would be none.
        for _ in range(8):
            self.assertEqual(site.get("/leave").status, 500)
        self.assertEqual(site.text("/linked"), "linked")

    def check_websocket(self, site, secure=False):
        one = site.sites[0]
        with WebSocket(site.server.port, quote(one.below) + "/echo",
                       one.server_name or "127.0.0.1", secure) as connection:
            self.assertIn(" 101 ", connection.status)
            self.assertEqual(connection.receive(),
                             f"ws{'s' * secure} {one.below}/echo")
            for message in ("hello", "grüße", b"\x00\xff" * 50000):
                connection.send(message)
                self.assertEqual(connection.receive(), message)

    def test_over_tls(self):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            path = certificate(top)
            for server in SERVERS:
                with self.subTest(server), by_http(
                        samples.asgi(), {
                            "app-server": server, "server-name": HOST,
                            "mount-point": "/app", "certificate": path},
                        more_modules=("ssl",)) as site:
                    self.check_websocket(site, secure=True)

    def test_as_wsgi(self):
        """Translated by a2wsgi, for a server that speaks nothing else."""
        with by_http(samples.asgi(), {"app-server": "waitress"}) as site:
            self.assertEqual(site.sites[0].interface, "wsgi")
            self.assertEqual(site.text("/linked"), "linked")


if __name__ == "__main__":
    unittest.main()
