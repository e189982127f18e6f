"""How requests reach an application, or lead elsewhere, byte by byte."""

import contextlib
import os
import re
import socket
import tempfile
import time
import unittest
from pathlib import Path

from modwsgideploy.commands import inputs
from modwsgideploy.deployment.render import render
from modwsgideploy.server.private import Served, Server
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from tests.support import samples
from tests.support.deployed import deployed
from tests.support.ending import ending_at_once

HOST = "www.example.com"
APPLICATION = """\
def main(global_conf):
    return answer


def answer(environ, start_response):
    name = environ["PATH_INFO"].rpartition("/")[2]
    body = b"x" * (int(name) * 1000000) if name.isdigit() else b""
    body = environ["wsgi.input"].read() or body
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1") + b" " + body[:100]]
"""


@contextlib.contextmanager
def served(**choices):
    """The application above, deployed with ``choices``."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        directory = Path(top, "taking")
        directory.mkdir()
        (directory / "taking.py").write_text(APPLICATION)
        (directory / "taking.ini").write_text(
            "[app:main]\npaste.app_factory = taking:main\n")
        sample = samples.Sample("taking", directory,
                                samples.bare().virtualenv, "taking.ini",
                                "taking")
        with deployed((sample, choices)) as site:
            yield site


def plain_host(port):
    """The part of an HTTPS site that answers on port 80, on ``port``."""
    sample = samples.paste()
    settings = {name: Setting(value, name) for name, value in {
        "in-place": "yes", "server-name": HOST, "certificate": "/c.pem",
        "virtualenv": str(sample.virtualenv), "config": sample.config,
        "log-directory": "/tmp"}.items()}
    project, choices, platform = inputs.read(str(sample.directory), settings)
    text = render(make_site(project, choices, platform, "4.9.4"))[0].text
    host = re.search(r"(?s)<VirtualHost \*:80>.*?</VirtualHost>\n", text)[0]
    host = re.sub(r"(?m)^ *(ErrorLog|CustomLog) .*\n", "", host)
    return host.replace("*:80", f"*:{port}")


class Redirect(unittest.TestCase):
    """Plain HTTP leads to the same address on HTTPS."""

    def test_the_address_is_kept_as_it_was_written(self):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            path = Path(top, "host")
            with ending_at_once(Server(
                    prefer="system", wsgi=False,
                    modules=("rewrite",))) as server:
                path.write_text(plain_host(server.port))
                server.start([Served(
                    config_files=(str(path),), mount_point="/",
                    server_name=HOST)])
                for address in (
                        "/", "/a?b=c&d", "/a%3Fb", "/a%23b", "/a%2Fb",
                        "/a%2fb%3F?q=%23&r=%2F", "/%25", "/caf%C3%A9",
                        "/a+b%20c", "/?x", "/%3F?%3F", "/x?y=http://z/",
                        "//a//b", "/a;b=c", "/%E9", "/$1", "/a%5Cb"):
                    with self.subTest(address):
                        answer = server.get(address, HOST)
                        self.assertEqual((address, answer.status),
                                         (address, 301))
                        self.assertEqual(dict(answer.headers)["Location"],
                                         f"https://{HOST}{address}")
                answer = server.get("/.well-known/acme-challenge/x", HOST)
                self.assertEqual(answer.status, 404)
                self.absolute(server)

    def absolute(self, server):
        """The form in which proxies ask leads nowhere else."""
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(f"GET http://{HOST}/a%2Fb?c HTTP/1.1\r\n"
                           f"Host: {HOST}\r\nConnection: close\r\n\r\n"
                           .encode())
            answer = client.makefile("rb").read().decode()
        self.assertIn(f"\r\nLocation: https://{HOST}/a%2Fb?c\r\n", answer)


class Bodies(unittest.TestCase):
    """Bodies without a length, and slow ones."""

    def exchange(self, port, *parts, pause=0.0):
        with socket.create_connection(("127.0.0.1", port), 60) as client:
            for part in parts:
                try:
                    client.sendall(part)
                except OSError:     # it had enough
                    break
                time.sleep(pause)
            try:
                return client.makefile("rb").read().decode("latin-1")
            except ConnectionResetError:
                return ""

    def chunked(self, site):
        path = site.sites[0].mount_point
        return self.exchange(site.server.port, (
            f"POST {path}/seen HTTP/1.1\r\nHost: {HOST}\r\n"
            "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").encode())

    def test_chunked_ones_by_option(self):
        for option, status in (("no", "411"), ("yes", "200")):
            with self.subTest(option), served(
                    **{"chunked-request": option}) as site:
                answer = self.chunked(site)
                self.assertEqual(answer.split(" ", 2)[1], status, answer)
                self.assertEqual("hello world" in answer, option == "yes")

    def test_slow_ones_of_a_host_are_ended(self):
        with served(**{"server-name": HOST, "mount-point": "/",
                       "request-read-timeout": "header=1 body=1"}) as site:
            conf = Path(site.sites[0].output_dir, site.sites[0].name)
            self.assertNotIn("header=", conf.read_text())
            start = time.monotonic()
            answer = self.exchange(site.server.port, (
                f"POST /x HTTP/1.1\r\nHost: {HOST}\r\n"
                "Content-Length: 100\r\n\r\n").encode(), b"x", pause=2.5)
            self.assertNotIn(" 200 ", answer.split("\r\n")[0])
            self.assertLess(time.monotonic() - start, 30)


class Addresses(unittest.TestCase):

    def test_an_escaped_slash_reaches_the_application_of_a_host(self):
        with served(**{"server-name": HOST, "mount-point": "/"}) as site:
            answer = site.get("/a%2Fb/c")
            self.assertEqual(answer.status, 200)
            self.assertIn("/a%2Fb/c", answer.body.decode())


class Memory(unittest.TestCase):
    """--memory-limit: an application that wants more gets a MemoryError."""

    def test_a_process_gets_no_more_than_that(self):
        for limit, status in (("0", 200), ("600", 500)):
            with self.subTest(limit), served(
                    **{"memory-limit": limit, "processes": "1"}) as site:
                self.assertEqual(site.get("/1").status, 200)
                self.assertEqual(site.get("/800").status, status)
                if status == 500:
                    self.assertIn("MemoryError", site.log())
                    # The process lives, and serves what needs less.
                    self.assertEqual(site.get("/1").status, 200)
