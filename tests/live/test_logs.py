"""The access log in each of its formats, and its rotation."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from tests.support import samples
from tests.support.commands import CommandTest
from tests.support.deployed import deployed

HOST = "www.example.com"
ROTATE = shutil.which("logrotate", path="/usr/sbin:/usr/bin")
# What scanners send, and what would end a string of JSON.
REQUESTS = (
    b'GET /x"\\?a=%22 HTTP/1.1\r\nHost: www.example.com\r\n'
    b'User-Agent: a"\\b c\r\nReferer: \xff\xfe\r\n',
    b"GET /caf\xc3\xa9?\xff HTTP/1.1\r\nHost: www.example.com\r\n"
    b"Authorization: Basic /////w==\r\n",
)


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        client.sendall(request + b"Connection: close\r\n\r\n")
        while client.recv(65536):
            pass


class Formats(unittest.TestCase):

    def lines(self, count, modules=None, **choices):
        """What is logged of some requests, ``count`` lines (or all)."""
        with deployed((samples.bare(), {
                "server-name": HOST, "mount-point": "/", **choices}),
                modules=modules) as site:
            answer = site.get("/seen", headers={"User-Agent": "me"})
            self.assertEqual((answer.status, answer.header("X-Queue-Time")),
                             (200, None))
            for request in REQUESTS:
                ask(site.server.port, request)
            path = Path(site.sites[0].log_directory,
                        site.sites[0].name + "-access.log")
            end = time.monotonic() + 60
            while True:
                lines = path.read_text().splitlines() if path.exists() else []
                if len(lines) >= count or time.monotonic() > end:
                    return lines
                time.sleep(0.05)

    def test_each_line_of_json_is_an_object(self):
        # The server itself has asked once whether the site answers.
        lines = [json.loads(line) for line in self.lines(4, **{
            "access-log-format": "json"})]
        self.assertEqual(len(lines), 4)
        seen = next(one for one in lines if one["agent"] == "me")
        self.assertEqual((seen["request"], seen["status"], seen["host"]), (
            "GET /seen HTTP/1.1", 200, HOST))
        self.assertGreater(seen["microseconds"], 0)
        self.assertGreater(int(seen["queue_time"]), 0)
        self.assertLess(int(seen["queue_time"]), seen["microseconds"])
        self.assertRegex(seen["time"], r"^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}[+-]")
        odd = next(one for one in lines if one["agent"].startswith("a"))
        self.assertEqual(odd["request"], 'GET /x"\\?a=%22 HTTP/1.1')
        self.assertEqual(odd["referer"], "-")

    def test_mod_wsgi_6_tells_the_same_time_in_another_unit(self):
        lines = [json.loads(line) for line in self.lines(
            4, samples.mod_wsgi_6(), **{"access-log-format": "json"})]
        seen = next(one for one in lines if one["agent"] == "me")
        self.assertGreater(int(seen["queue_time"]), 0)
        self.assertLess(int(seen["queue_time"]), seen["microseconds"])

    def test_names_and_formats(self):
        for choice, first in (("combined", "127.0.0.1 - - ["),
                              ("vhost", HOST + ":"), ("/%>s %m", "/")):
            with self.subTest(choice):
                lines = self.lines(4, **{"access-log-format": choice})
                self.assertEqual(len(lines), 4)
                for line in lines:
                    self.assertTrue(line.startswith(first), line)

    def test_none(self):
        self.assertEqual(self.lines(0, **{"access-log": "no"}), [])


class Rotation(CommandTest):

    def test_logrotate_takes_what_is_written(self):
        if not ROTATE:
            self.fail("no logrotate: install the package")
        logs = Path(self.directory, "my logs")
        logs.mkdir(mode=0o755)
        self.deploy(
            "--server-name=www.example.com", "--rotate-logs",
            f"--log-directory={logs}")
        written, = Path(self.directory, "apache").glob("*.logrotate")
        name = written.name[:-len(".logrotate")]
        log = logs / f"{name}-access.log"
        other = logs / f"{name}-two-access.log"
        for path in log, other:
            path.write_text("line\n" * 100)
        with tempfile.TemporaryDirectory() as state:
            done = subprocess.run(
                [ROTATE, "--force", "--state", f"{state}/state", written],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(log.read_text(), "")
        self.assertEqual(Path(f"{log}.1").read_text(), "line\n" * 100)
        self.assertEqual(other.read_text(), "line\n" * 100)

    def test_only_a_directory_of_its_own_is_asked_for(self):
        for options, word in (((), "--log-directory"),
                              (("--log-directory=/srv/log",),
                               "--server-name")):
            said = self.deploy("--rotate-logs", *options, status=2)
            self.assertRegex("\n".join(said),
                             f"--rotate-logs: needs .*{word}")
