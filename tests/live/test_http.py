"""Applications on servers of their own behind the real mod_proxy_http."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from modwsgideploy.apache.processes import processes_with
from modwsgideploy.cli import console
from modwsgideploy.errors import DeployError
from modwsgideploy.server.programs import (
    end_programs,
    start_programs,
    wait_for,
)
from tests.support import http_samples as samples
from tests.support.http import FORGED, HOST, by_http
from tests.support.ports import free_port
from tests.support.wire_case import WireCase

HOSTED = {"server-name": HOST, "mount-point": "/"}


class Requests(WireCase):
    """The same requests to each server, wherever the site is mounted."""

    def on(self, server):
        # ASGI and granian know a status by its number.
        self.reasons = server in ("gunicorn", "waitress")
        for choices in ({}, HOSTED,
                        {"server-name": HOST, "mount-point": "/my app/ü"}):
            with self.subTest(**choices), by_http(
                    samples.wire(), {"app-server": server, **choices}
                    ) as site:
                self.check(site)
                self.check_conditions(site)
                if not choices:
                    self.check_bytes(site)
                    self.check_what_is_not_read(site)
                    self.check_names(site, server)
                if site.sites[0].below:
                    self.check_mount_point_itself(site)

    def check_conditions(self, site):
        """What the visitor alone knows, and what others pretend."""
        one = site.sites[0]
        port = site.server.port
        for name, value in (
                ("REMOTE_ADDR", "127.0.0.1"), ("SERVER_PORT", str(port)),
                ("SERVER_NAME", one.server_name or "127.0.0.1"),
                ("HTTP_HOST", f"{one.server_name or '127.0.0.1'}:{port}"),
                ("HTTP_X_FORWARDED_FOR", "None"), ("REMOTE_USER", "None"),
                ("HTTP_X_FORWARDED_PROTO", "None"), ("HTTP_PROXY", "None"),
                ("HTTP_FORWARDED", "None"), ("HTTPS", "None"),
                ("wsgi.url_scheme", "http"), ("HTTP_MODWSGIDEPLOY", "None"),
                ("wsgi.multiprocess", "True"), ("wsgi.multithread", "True"),
                ("SCRIPT_NAME", one.below.encode().decode("latin-1"))):
            self.assertEqual(value, site.get(
                "/wsgi?name=" + name, headers=FORGED).body.decode("latin-1"),
                name)

    def check_bytes(self, site):
        """Lines of a body, and headers that are not ASCII."""
        answer = site.get("/lines", method="POST",
                          body=b"one\ntwo\nthree\nfour\nlast")
        self.assertEqual(answer.body.decode(), repr([
            b"on", b"e\n", b"tw", b"o\n", [(0, b"three\n")],
            [b"four\n", b"last"], b""]))
        self.assertEqual(site.text("/lines"), repr([
            b"", b"", b"", b"", [], [], b""]))
        for cookie in ("a=b; name=Zoë".encode(), b"a=b; name=Zo\xeb"):
            self.assertEqual(site.get("/cookies", headers={
                "Cookie": cookie}).body, cookie)
        marked = site.get("/marked")
        self.assertEqual(marked.header("X-Name").encode("latin-1"),
                         "Zoë".encode())

    def check_what_is_not_read(self, site):
        """An answer without a look at the body, however it ends."""
        for path, status in (("/say", 200), ("/stream", 200), ("/fail", 500),
                             ("/leave", 500)):
            answer = site.get(path, method="POST", body=b"x" * 3000000)
            self.assertEqual(answer.status, status, path)
        # Without a body, and to each process.
        for _ in range(8):
            self.assertEqual(site.get("/leave").status, 500)
        self.assertEqual(site.get("/say", headers={
            "Expect": "100-continue"}).body, b"said")

    def check_names(self, site, server):
        """x_y is not x-y, but to granian, which tells no difference."""
        for name in ("X_Odd", "X_Odd-Name", "Remote_User"):
            seen = site.text("/wsgi?name=HTTP_" + name.upper().replace(
                "-", "_"), headers={name: "forged"})
            self.assertEqual(
                seen, "forged" if server == "granian" else "None")

    def test_granian(self):
        self.on("granian")

    def test_gunicorn(self):
        self.on("gunicorn")

    def test_uvicorn(self):
        self.on("uvicorn")

    def test_waitress(self):
        self.on("waitress")


class Limits(unittest.TestCase):

    def test_a_body_over_the_limit_is_refused(self):
        with by_http(samples.wire(), {"limit-request-body": "200000"}
                     ) as site:
            for size, status in ((200000, 200), (200001, 413)):
                answer = site.get("/digest", method="POST", body=b"x" * size)
                self.assertEqual(answer.status, status)

    def test_chunks_are_refused_or_collected_up_to_the_limit(self):
        pieces = [b"x" * 90000] * 2
        with by_http(samples.wire()) as site:
            answer = site.get("/digest", method="POST", body=iter(pieces))
            self.assertEqual(answer.status, 411)
        for server in samples.SERVERS:
            with self.subTest(server), by_http(samples.wire(), {
                    "app-server": server, "chunked-request": "yes",
                    "limit-request-body": "200000"}) as site:
                answer = site.get("/digest", method="POST", body=iter(pieces))
                self.assertEqual(
                    answer.body.decode(),
                    f"180000 {zlib.crc32(b''.join(pieces))}")
                # waitress itself hangs up on what is much larger.
                for more in (30000, *[3000000] * (server != "waitress")):
                    answer = site.get("/digest", method="POST",
                                      body=iter([*pieces, b"x" * more]))
                    self.assertEqual(answer.status, 413, server)

    def test_how_long_a_header_of_an_answer_is(self):
        for choices, largest in (({}, 8000),
                                 ({"header-buffer-size": "30000"}, 29000)):
            with by_http(samples.wire(), choices) as site:
                for size, status in ((largest, 200), (largest + 1500, 502)):
                    answer = site.get(f"/marked?{size}")
                    self.assertEqual(answer.status, status)

    def test_200_at_once_are_served_without_an_error(self):
        with by_http(samples.wire()) as site:
            with ThreadPoolExecutor(200) as pool:
                answers = list(pool.map(
                    lambda number: site.get(f"/n{number}", timeout=300),
                    range(600)))
            for number, answer in enumerate(answers):
                self.assertEqual(answer.status, 200, answer)
                self.assertIn(f"/n{number}\n".encode(), answer.body)


APPLICATION = """\
from wsgiref.validate import validator


def main(global_conf):
    return validator(answer)


def answer(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = [("ETag", '"one"')]
    if environ.get("HTTP_IF_NONE_MATCH") == '"one"':
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", headers + [("Content-Type", "text/plain")])
    return [b"body: ", body]
"""


class Messages(unittest.TestCase):
    """Answers without a body, and a request with trailers."""

    def test_304_head_and_trailers(self):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            sample = samples.wire().copy(Path(top, "tagged"))
            Path(sample.directory, "wire_app.py").write_text(APPLICATION)
            for server in samples.SERVERS:
                with self.subTest(server), by_http(sample, {
                        "app-server": server, "chunked-request": "yes"}
                        ) as site:
                    self.check(site)

    def check(self, site):
        answer = site.get("/", headers={"If-None-Match": '"one"'})
        self.assertEqual((answer.status, answer.body, answer.header("ETag")),
                         (304, b"", '"one"'))
        answer = site.get("/", method="HEAD")
        self.assertEqual((answer.status, answer.body, answer.header("ETag")),
                         (200, b"", '"one"'))
        with socket.create_connection(
                ("127.0.0.1", site.server.port), 60) as client:
            client.sendall((
                f"POST {site.sites[0].mount_point}/x HTTP/1.1\r\n"
                f"Host: {HOST}\r\nConnection: close\r\nTrailer: X-Sum\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n").encode())
            answer = client.makefile("rb").read()
        self.assertIn(b" 200 ", answer.split(b"\r\n")[0])
        self.assertTrue(b"hello" in answer, answer)


class Down(unittest.TestCase):

    def test_503_says_when_to_come_again_and_the_applications_own_stays(self):
        with by_http(samples.wire()) as site:
            own = site.get("/changed")
            self.assertEqual(own.header("Retry-After"), "7")
            end_programs(site.server.programs)
            answer = site.get("/")
            self.assertEqual((answer.status, answer.header("Retry-After")),
                             (503, "5"))
            self.assertIn(b"is starting", answer.body)
            # It is asked again at once when it is back.
            site.server.programs = start_programs(
                site.server.sites, site.server.log_directory,
                site.server.account, site.server.watchdog.pid)
            wait_for(site.server.programs, 30)
            self.assertEqual(site.get("/").status, 200)

    def test_an_application_that_does_not_load_is_told_at_once(self):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            sample = samples.wire().copy(Path(top, "project"))
            Path(sample.directory, "wire_app.py").write_text(
                "raise RuntimeError('broken on purpose')\n")
            for server in ("granian", "uvicorn"):
                with self.subTest(server), self.assertRaises(
                        DeployError) as caught:
                    with by_http(sample, {"app-server": server}, timeout=60):
                        pass
                self.assertIn("broken on purpose", str(caught.exception))


class Proxies(unittest.TestCase):
    """Behind a proxy that is trusted, and one that is not."""

    # A visitor's with underscores are not the proxy's.
    SAID = {"X_Forwarded-For": "6.6.6.6", "X-Forwarded-For":
            "6.6.6.6, 192.0.2.7, 127.0.0.2", "X_Forwarded_For": "6.6.6.6",
            "X-Forwarded-Proto": "https", "X_Forwarded_Proto": "http",
            "X-Forwarded-Host": "shop.example", "X-Forwarded_Host": "evil"}

    def seen(self, site):
        return [site.text("/wsgi?name=" + name, headers=self.SAID)
                for name in ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST",
                             "HTTPS", "HTTP_X_FORWARDED_FOR")]

    def test_what_a_trusted_one_says_counts(self):
        for server in samples.SERVERS:
            with self.subTest(server), by_http(samples.wire(), {
                    "app-server": server,
                    "trusted-proxy": ("127.0.0.0/8", "::1")}) as site:
                self.assertEqual(self.seen(site), [
                    "192.0.2.7", "https", "shop.example", "on", "None"])

    def test_what_others_say_does_not(self):
        with by_http(samples.wire(), {
                "trusted-proxy": ("10.0.0.0/8", "::1")}) as site:
            self.assertEqual(self.seen(site), [
                "127.0.0.1", "http", f"127.0.0.1:{site.server.port}", "None",
                "None"])

    def test_nobody_gets_around_apache(self):
        with by_http(samples.wire()) as site, socket.socket(
                socket.AF_UNIX) as client:
            client.connect(site.sites[0].http_socket)
            client.sendall(b"GET /x HTTP/1.0\r\nHost: evil\r\n\r\n")
            answer = client.makefile("rb").read()
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0])


class Processes(unittest.TestCase):

    def test_run_as_they_were_asked_to(self):
        for server in samples.SERVERS:
            with self.subTest(server), tempfile.TemporaryDirectory() as home:
                os.chmod(home, 0o755)
                with by_http(samples.pyramid(), {
                        "app-server": server, "umask": "0037", "home": home,
                        "processes": "3", "threads": "4",
                        "pass-authorization": "yes",
                        "env": ("GREETING=Grüße, \"world\" $1",)}) as site:
                    seen = site.seen("env=GREETING&env=LANG", headers={
                        "Authorization": "Basic eDp5"})
                    self.assertEqual(seen["cwd"], home)
                    self.assertEqual(seen["umask"], "0037")
                    self.assertEqual(seen["prefix"],
                                     str(samples.pyramid().virtualenv))
                    self.assertEqual(seen["env"], {
                        "GREETING": "Grüße, \"world\" $1",
                        "LANG": "C.UTF-8"})
                    self.assertEqual(seen["authorization"], "Basic eDp5")
                    self.assertTrue(seen["multiprocess"])
                    with ThreadPoolExecutor(30) as pool:
                        pids = set(pool.map(lambda _: site.seen(
                            timeout=60)["pid"], range(120)))
                    self.assertLessEqual(len(pids), 3)

    def test_one_process_says_so(self):
        for server in ("granian", "waitress"):
            with self.subTest(server), by_http(samples.pyramid(), {
                    "app-server": server, "processes": "1",
                    "threads": "1"}) as site:
                seen = site.seen()
                self.assertFalse(seen["multiprocess"])
                self.assertFalse(seen["multithread"])

    def test_a_port_of_this_machine_will_do(self):
        for server in ("granian", "gunicorn"):
            with self.subTest(server), by_http(samples.pyramid(), {
                    "app-server": server, "http-socket": str(free_port())
                    }) as site:
                for _ in range(5):
                    self.assertEqual(site.seen()["script_name"],
                                     "'/pyramid_app'")


class Frameworks(unittest.TestCase):

    def test_links_carry_the_mount_point_and_apache_serves_static_files(self):
        for choices in ({}, {"server-name": HOST, "mount-point": "/app"},
                        HOSTED, {"mount-point": "/a/b c"}):
            with by_http(samples.pyramid(), choices) as site:
                below = quote(site.sites[0].below)
                host = choices.get("server-name", "127.0.0.1")
                self.assertIn(
                    f'href="http://{host}:{site.server.port}{below}/linked"',
                    site.text("/"))
                css = site.get("/static/style.css")
                self.assertTrue(css.header("ETag"), "not served by Apache")
                self.assertNotIn("error]", site.log())

    def test_the_diagnostics_page(self):
        for server in ("granian", "uvicorn"):
            with by_http(samples.pyramid(), {
                    "app-server": server, "test-page": "local",
                    "egg-cache": ""}) as site:
                page = json.loads(site.text("/test.wsgi?format=json"))
                self.assertTrue(page["ok"], page)
                self.assertEqual(site.get("/test.wsgi", headers={
                    "X-Forwarded-For": "192.0.2.1"}).status, 403)
                self.assertEqual(site.get("/%74est.wsgi", headers={
                    "X-Forwarded-For": "192.0.2.1"}).status, 403)
        with by_http(samples.pyramid()) as site:
            self.assertEqual(site.get("/test.wsgi").status, 404)

    def test_awkward_directories_and_values(self):
        for name in ("it's \"ü\" $1 h", "a#b & ;"):
            with self.subTest(name), tempfile.TemporaryDirectory() as top:
                os.chmod(top, 0o755)
                sample = samples.wire().copy(Path(top, name + " project"))
                with by_http(sample, {"mount-point": "/" + name.replace(
                        "#", "")}) as site:
                    self.assertEqual(site.get("/x").body.decode(
                        ), f"{site.sites[0].below}\n/x\n")


class Told(unittest.TestCase):
    """What cannot be is told, with what to do."""

    def told(self, *choices):
        with contextlib.redirect_stderr(io.StringIO()) as out:
            status = console.main([
                "deploy", "-n", str(samples.pyramid().directory),
                "--backend=http", *choices])
        self.assertEqual(status, 2, out.getvalue())
        return out.getvalue()

    def test_what_has_no_effect_is_told(self):
        for reason, *choices in (
                ("--backend http", "--preload"),
                ("--backend http", "--mode=embedded"),
                ("--interface asgi", "--interface=asgi", "--threads=4")):
            self.assertIn(f"has no effect with {reason}; leave one of the two"
                          " out", self.told(*choices))

    def test_what_cannot_work_is_told(self):
        for message, *choices in (
                ("for Apache 2.4 only", "--apache-version=2.2"),
                ("waitress speaks WSGI only", "--app-server=waitress",
                 "--interface=asgi"),
                ("at most 107 bytes", "--http-socket=/" + 107 * "x"),
                ("a port from 1 to 65535", "--http-socket=70000"),
                ("contains a backslash", "--virtualenv=/srv/a\\b")):
            self.assertIn(message, self.told(*choices))


class Serve(unittest.TestCase):

    def test_the_command_serves_it(self):
        sample = samples.pyramid()
        for server in ("granian", "waitress"):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                status = console.main([
                    "serve", str(sample.directory), "--backend=http",
                    "--app-server", server, "--virtualenv",
                    str(sample.virtualenv), "--probe"])
            self.assertEqual(status, 0)
            self.assertTrue(out.getvalue().startswith("200 OK"))

    def test_nothing_is_left_after_ctrl_c(self):
        sample = samples.wire()
        process = subprocess.Popen(
            [sys.executable, "-m", "modwsgideploy.cli.console", "serve",
             str(sample.directory), "--backend=http", "--virtualenv",
             str(sample.virtualenv)], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.default_int_handler))
        with process:
            lines = []
            while not any("Listening at" in line for line in lines):
                lines.append(process.stdout.readline())
                self.assertTrue(lines[-1], lines)
            top = re.search(r"(/\S+)/run/", lines[-1])[1]
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 0)
        self.assertFalse(os.path.exists(top))
        self.assertEqual(processes_with(f"{top}/sites/site/server.py"), [])


if __name__ == "__main__":
    unittest.main()
