"""mod_python's real module, with our own WSGI gateway."""

import contextlib
import http.client
import io
import os
import signal
import socket
import tempfile
import time
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from modwsgideploy.apache import binaries
from modwsgideploy.cli import console
from tests.support import fastcgi_samples, samples
from tests.support.deployed import Deployed, by_mod_python
from tests.support.pages import check_turbogears2, sections

HOST = "www.example.com"
PIECES = bytes(range(256)) * 64 * 100
ROOT = {"server-name": HOST, "mount-point": "/"}

# An escaped path, and the bytes that the application has to see.
PATHS = {
    "/caf%C3%A9": "/café".encode(), "/caf%E9": b"/caf\xe9",
    "/%FF%FE": b"/\xff\xfe", "/%E2%82%AC": "/€".encode(),
    "/a%3Fb": b"/a?b", "/a%25b": b"/a%b", "/a%2525": b"/a%25",
    "/a%23b": b"/a#b", "/a%20b": b"/a b", "/a+b": b"/a+b", "/a;b": b"/a;b",
    "/a%22b": b'/a"b', "/a%5Cb": b"/a\\b", "/%24{x}": b"/${x}",
    "/x//y": b"/x/y", "/trailing/": b"/trailing/", "/x.tar.gz": b"/x.tar.gz",
    "/" + 400 * "a": b"/" + 400 * b"a",
}


class Requests(unittest.TestCase):
    """An application under wsgiref.validate, below a path and at the root."""

    def check(self, site):
        self.check_bodies(site)
        self.check_answers(site)
        self.check_paths(site)
        log = site.log()
        # What "fail" and "say" have written.
        for words in ("Traceback (most", "RuntimeError: failed on purpose",
                      "words for wsgi.errors", "printed words"):
            self.assertIn(words, log)
        self.assertNotIn("exit signal", log)
        self.assertNotIn("AssertionError", log)
        self.assertNotIn("WARNING", log)
        self.assertNotIn("AH0", "\n".join(
            line for line in log.splitlines() if ":notice]" not in line))

    def check_bodies(self, site):
        head = site.get("/", method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertTrue(head.header("Content-Length"))
        for body in (b"", b"x", b"a=b\nc", bytes(range(256)) * 4096 * 3):
            answer = site.get("/digest", method="POST", body=body)
            self.assertEqual(answer.body.decode(),
                             f"{len(body)} {zlib.crc32(body)}")
        for path in ("/stream", "/written"):
            self.assertEqual(site.get(path).body, PIECES)
            self.assertEqual(site.get(path, method="HEAD").body, b"")
        chunked = site.get("/digest", method="POST", body=iter([b"ab"]))
        self.assertEqual(chunked.status, 411)

    def check_answers(self, site):
        cookies = site.get("/cookies", headers={"Cookie": "a=b; c=d"})
        self.assertEqual(cookies.body, b"a=b; c=d")
        self.assertEqual(
            [value for name, value in cookies.headers
             if name == "Set-Cookie"], ["one=1; Path=/", "two=2; HttpOnly"])
        changed = site.get("/changed")
        self.assertEqual((changed.status, changed.reason, changed.body,
                          changed.header("Retry-After")),
                         (503, "Busy", b"changed", "7"))
        empty = site.get("/empty")
        self.assertEqual((empty.status, empty.body), (204, b""))
        self.assertIsNone(empty.header("Content-Type"))
        away = site.get("/away")
        self.assertEqual((away.status, away.header("Location")),
                         (302, "http://other.example/x"))
        failed = site.get("/fail")
        self.assertEqual(failed.status, 500)
        self.assertNotIn(b"on purpose", failed.body)
        self.assertEqual(site.text("/say"), "said")
        for name, value in (("wsgi.multithread", "True"),
                            ("wsgi.multiprocess", "True"),
                            ("wsgi.url_scheme", "http"),
                            ("HTTP_AUTHORIZATION", "None")):
            self.assertEqual(site.text(
                f"/wsgi?name={name}",
                headers={"Authorization": "Basic eDp5"}), value, name)

    def check_paths(self, site):
        below = site.sites[0].below.encode()
        for path, seen in (("", b""), ("/", b"/"), *PATHS.items()):
            if path or below:
                answer = site.get(path + "?q=%E9+%26")
                self.assertEqual(answer.body, b"\n".join(
                    (below, seen, b"q=%E9+%26")), path)

    def test_below_a_path_of_the_main_server(self):
        with by_mod_python((fastcgi_samples.wire(), {})) as site:
            self.check(site)
            # Another path that starts alike is not the application's.
            self.assertEqual(site.server.get("/wire_appx").status, 404)

    def test_at_the_root_of_a_host(self):
        with by_mod_python((fastcgi_samples.wire(), ROOT)) as site:
            self.check(site)

    def test_at_the_root_of_the_main_server(self):
        with by_mod_python((fastcgi_samples.wire(), {
                "mount-point": "/"})) as site:
            self.check(site)

    def test_below_a_path_of_a_host_that_needs_quoting(self):
        with by_mod_python((fastcgi_samples.wire(), {
                "server-name": HOST, "mount-point": "/a b/it's"})) as site:
            self.check(site)
            for path in ("/", "/wire_app", "/modpython_gateway.py",
                         "/wire_app_modpython.py"):
                self.assertEqual(site.server.get(path, HOST).status, 403)

    def test_a_body_over_the_limit_is_refused(self):
        with by_mod_python((fastcgi_samples.wire(), {
                "limit-request-body": "1000"})) as site:
            post = dict(method="POST")
            self.assertEqual(site.get("/digest", body=b"x" * 1000,
                                      **post).status, 200)
            self.assertEqual(site.get("/digest", body=b"x" * 1001,
                                      **post).status, 413)
            self.assertNotIn("Traceback", site.log())

    def test_a_password_is_passed_when_asked_for(self):
        with by_mod_python((fastcgi_samples.wire(), {
                "pass-authorization": "yes"})) as site:
            self.assertEqual(site.text(
                "/wsgi?name=HTTP_AUTHORIZATION",
                headers={"Authorization": "Basic eDp5"}), "Basic eDp5")

    def test_debugging_shows_the_traceback(self):
        with by_mod_python((fastcgi_samples.wire(), {
                "python-debug": "yes"})) as site:
            failed = site.get("/fail")
            self.assertEqual(failed.status, 500)
            self.assertIn(b"failed on purpose", failed.body)


# What an application does while it answers is told by a file of marks.
MARKING = """
import atexit
import os
import time


def mark(path, word):
    with open(path, "a") as stream:
        stream.write(word + "\\n")


class Pieces:
    def __init__(self, marks, pieces):
        self.marks = marks
        self.pieces = iter(pieces)

    def __iter__(self):
        return self.pieces

    def close(self):
        mark(self.marks, "closed")


def fail():
    yield b"some"
    raise ValueError("too late")


def endless():
    while True:
        yield b"x" * 65536


def main(global_conf, marks):
    time.sleep(0.3)
    mark(marks, "loaded")
    mark(marks, "by-%d" % os.getpid())
    atexit.register(mark, marks, "ended")

    def application(environ, start_response):
        path = environ["PATH_INFO"]
        headers = [("Content-Type", "text/plain")]
        if path == "/late":
            headers.append(("Content-Length", "10"))
        if path == "/twice":
            start_response("200 OK", headers)
        if path != "/never":
            start_response("200 OK", headers)
        if path == "/marks":
            with open(marks, "rb") as stream:
                return [stream.read()]
        if path == "/body":
            return [environ["wsgi.input"].read()]
        return Pieces(marks, {"/late": fail, "/endless": endless}.get(
            path, lambda: [b"", b"pieces", b""])())

    return application
"""


class Behaviour(unittest.TestCase):
    """What mod_python itself gets wrong without the gateway's care."""

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.directory = Path(top.name, "marking")
        self.directory.mkdir()
        for path in (Path(top.name), self.directory):
            path.chmod(0o1777)
        (self.directory / "marking.py").write_text(MARKING)
        (self.directory / "marks.ini").write_text(
            "[app:main]\npaste.app_factory = marking:main\n"
            "marks = %(here)s/marks\n")
        self.sample = samples.Sample(
            "marking", self.directory, samples.bare().virtualenv,
            "marks.ini", "marking")

    def marks(self):
        return (self.directory / "marks").read_text().split()

    def test_what_is_returned_is_closed_however_it_ends(self):
        with by_mod_python((self.sample, {})) as site:
            begun = self.marks().count("closed")
            self.assertEqual(site.get("/").body, b"pieces")
            self.assertEqual(self.marks().count("closed"), begun + 1)
            late = site.get("/late")
            self.assertIn("IncompleteRead", late.reason)
            self.assertEqual(self.marks().count("closed"), begun + 2)
            self.assertIn("ValueError: too late", site.log())
            # A client that goes away ends it too.
            with socket.create_connection(
                    ("127.0.0.1", site.server.port)) as client:
                client.sendall(b"GET /marking/endless HTTP/1.0\r\n\r\n")
                client.recv(1000)
            end = time.monotonic() + 60
            while (self.marks().count("closed") < begun + 3
                   and time.monotonic() < end):
                time.sleep(0.05)
            self.assertEqual(self.marks().count("closed"), begun + 3)
            self.assertNotIn("Traceback", site.log())

    def test_a_broken_promise_ends_the_connection(self):
        with by_mod_python((self.sample, {})) as site:
            connection = http.client.HTTPConnection(
                "127.0.0.1", site.server.port, timeout=60)
            self.addCleanup(connection.close)
            connection.request("GET", "/marking/late")
            with self.assertRaises(http.client.IncompleteRead):
                connection.getresponse().read()

    def test_a_wrong_application_is_answered_with_500(self):
        with by_mod_python((self.sample, {})) as site:
            for path in ("/twice", "/never"):
                self.assertEqual(site.get(path).status, 500)
                self.assertIn("start_response has", site.log())

    def test_a_slow_client_gets_its_answer(self):
        with by_mod_python((self.sample, {})) as site, \
                socket.create_connection(
                    ("127.0.0.1", site.server.port)) as client:
            client.sendall(b"POST /marking/body HTTP/1.0\r\n"
                           b"Content-Length: 6\r\n\r\nabc")
            time.sleep(0.3)
            client.sendall(b"def")
            answer = b"".join(iter(lambda: client.recv(1000), b""))
            self.assertTrue(answer.endswith(b"\r\n\r\nabcdef"), answer)

    def test_a_client_that_sends_too_little_is_no_error(self):
        with by_mod_python((self.sample, {})) as site:
            with socket.create_connection(
                    ("127.0.0.1", site.server.port)) as client:
                client.sendall(b"POST /marking/body HTTP/1.0\r\n"
                               b"Content-Length: 600000\r\n\r\nabc")
            time.sleep(0.3)
            self.assertEqual(site.get("/").status, 200)
            self.assertNotIn("Traceback", site.log())

    def test_first_requests_wait_until_the_application_is_there(self):
        with by_mod_python((self.sample, {})) as site, \
                ThreadPoolExecutor(50) as pool:
            for _ in range(3):
                # A reload: the next processes have loaded nothing yet.
                os.kill(site.server.process.pid, signal.SIGUSR1)
                time.sleep(0.5)
                answers = list(pool.map(lambda _: site.get("/"), range(200)))
                self.assertEqual({answer.status for answer in answers}, {200})
            self.assertNotIn("error]", site.log())
            # Once in each process.
            loaders = [mark for mark in self.marks() if mark[:3] == "by-"]
            self.assertEqual(len(loaders), len(set(loaders)))

    def test_what_was_registered_to_be_done_at_exit_is_done(self):
        with by_mod_python((self.sample, {})) as site:
            site.server.process.terminate()
            site.server.process.wait(60)
            marks = self.marks()
            self.assertEqual(marks.count("ended"), marks.count("loaded"))

    def test_a_reload_loads_new_code(self):
        with by_mod_python((self.sample, {})) as site:
            (self.directory / "marking.py").write_text(
                MARKING.replace('b"pieces"', 'b"changed"'))
            self.assertEqual(site.get("/").body, b"pieces")
            os.kill(site.server.process.pid, signal.SIGUSR1)
            end = time.monotonic() + 60
            while (site.get("/").body != b"changed"
                   and time.monotonic() < end):
                time.sleep(0.1)
            self.assertEqual(site.get("/").body, b"changed")

    def test_a_launcher_that_fails_says_why(self):
        from modwsgideploy.errors import DeployError

        with self.assertRaises(DeployError) as caught:
            with by_mod_python((samples.paste(), {"config": "gone.ini"})):
                pass
        self.assertRegex(str(caught.exception),
                         r"cannot read .*/gone\.ini.*user id \d+")


class Frameworks(unittest.TestCase):
    """Real projects, at the root and below a path."""

    def test_turbogears_2(self):
        for choices in ({}, ROOT):
            with by_mod_python((samples.turbogears2(), choices)) as site:
                check_turbogears2(self, site)
                css = site.get("/css/style.css")
                self.assertEqual(css.header("Content-Type"), "text/css")
                self.assertTrue(css.header("ETag"), "not served by Apache")
                answer = site.get(
                    "/login_handler", method="POST",
                    body=b"login=manager&password=managepass",
                    headers={"Content-Type":
                             "application/x-www-form-urlencoded"})
                self.assertEqual(answer.status, 302)
                self.assertIn(site.sites[0].below + "/",
                              answer.header("Location"))
                self.assertNotIn("error]", site.log())

    def test_pyramid(self):
        for choices in ({}, ROOT, {"mount-point": "/a/b c"}):
            with by_mod_python((samples.pyramid(), choices)) as site:
                below = quote(site.sites[0].below)
                host = choices.get("server-name", "127.0.0.1")
                self.assertIn(
                    f'href="http://{host}:{site.server.port}{below}/linked"',
                    site.text("/"))
                self.assertIn("crème brûlée", site.text(
                    "/caf%C3%A9/cr%C3%A8me%20br%C3%BBl%C3%A9e"))
                self.assertTrue(site.get("/static/style.css"
                                         ).header("Accept-Ranges"))

    def test_paste(self):
        sample = samples.paste()
        with by_mod_python((sample, {
                "env": "GREETING=it's \"me\" $1 \\ </Files>"})) as site:
            seen = site.seen("env=GREETING&env=PYTHON_EGG_CACHE"
                             "&module=paste.deploy")
            self.assertEqual(seen["env"]["GREETING"],
                             "it's \"me\" $1 \\ </Files>")
            self.assertEqual(seen["env"]["PYTHON_EGG_CACHE"],
                             f"{sample.virtualenv}/python-eggs")
            self.assertIn(str(sample.virtualenv),
                          seen["module"]["paste.deploy"])
            self.assertEqual(seen["script_name"], "'/plain_app'")

    def test_a_name_with_a_dot(self):
        with by_mod_python((samples.paste(), {"name": "2.my-app"})) as site:
            self.assertEqual(site.seen()["script_name"], "'/2.my-app'")

    def test_200_at_once(self):
        for sample, path in ((samples.turbogears2(), "/demo"),
                             (samples.pyramid(), "/seen")):
            with by_mod_python((sample, {})) as site, \
                    ThreadPoolExecutor(200) as pool:
                answers = list(pool.map(
                    lambda path: site.get(path, timeout=300), [path] * 1000))
                self.assertEqual(
                    {(answer.status, answer.reason) for answer in answers},
                    {(200, "OK")})
                self.assertNotIn("error]", site.log())


class Page(unittest.TestCase):

    def test_is_off_unless_asked_for(self):
        with by_mod_python((samples.paste(), {})) as site:
            self.assertEqual(site.get("/test.wsgi").status, 404)

    def test_shows_what_runs_and_nothing_that_is_wrong(self):
        for choices in ({}, ROOT, {"server-name": HOST,
                                   "mount-point": "/app"}):
            with tempfile.TemporaryDirectory() as eggs, \
                    by_mod_python((samples.paste(), {
                        "test-page": "local", "egg-cache": eggs,
                        **choices})) as site:
                os.chmod(eggs, 0o777)
                told, rows = sections(site)
                self.assertTrue(told["ok"], rows["Expectations"])
                self.assertIn("mod_python 3.", rows["Server"]["Module"])
                self.assertEqual(site.get("/").status, 200)

    def test_answers_only_its_own_machine(self):
        for choices, passed_on in (({"test-page": "local"}, 403),
                                   ({"test-page": "all"}, 200)):
            with by_mod_python((samples.paste(), choices)) as site:
                self.assertEqual(site.get("/test.wsgi").status, 200)
                answer = site.get("/test.wsgi", headers={
                    "X-Forwarded-For": "192.0.2.1"})
                self.assertEqual(answer.status, passed_on)
                # Apache refuses it, before the page would.
                self.assertNotIn(b"own machine", answer.body)


class Processes(unittest.TestCase):

    def test_the_processing_model_of_each_mpm(self):
        httpd = binaries.find_httpd()
        for mpm in httpd.mpms:
            with by_mod_python((fastcgi_samples.wire(), {}),
                               httpd=httpd._replace(mpms=(mpm,))) as site:
                self.assertEqual(
                    site.text("/wsgi?name=wsgi.multithread"),
                    str(mpm != "prefork"), mpm)
                self.assertEqual(
                    site.text("/wsgi?name=wsgi.multiprocess"), "True")


class Neighbours(unittest.TestCase):

    def test_sites_have_interpreters_of_their_own(self):
        with by_mod_python(
                (samples.paste(), {"server-name": "a.example",
                                   "mount-point": "/"}),
                (samples.pyramid(), {"server-name": "b.example",
                                     "mount-point": "/pyramid_app"})
                ) as sites:
            first, second = (
                sites.seen("module=pyramid&module=plain_app", site=number)
                for number in (0, 1))
            self.assertNotEqual(first["path"], second["path"])
            self.assertEqual(sites.server.get("/pyramid_app/seen",
                                              "a.example").status, 404)
            self.assertEqual(sites.server.get("/", "b.example").status, 403)

    def test_the_root_of_the_main_server_leaves_other_hosts_alone(self):
        with by_mod_python(
                (samples.paste(), {"mount-point": "/"}),
                (samples.pyramid(), {"server-name": "b.example",
                                     "mount-point": "/pyramid_app"})
                ) as sites:
            self.assertEqual(sites.seen(site=1)["script_name"],
                             "'/pyramid_app'")
            self.assertEqual(sites.seen(site=0)["script_name"], "''")

    def test_two_applications_on_sqlalchemy_share_an_interpreter(self):
        shared = {"python-interpreter": "main_interpreter"}
        with by_mod_python(
                (samples.turbogears2(), shared),
                (samples.turbogears2(), {
                    **shared, "name": "second"})) as sites:
            for number in (0, 1):
                check_turbogears2(self, Deployed(
                    sites.server, [sites.sites[number]]))


class Command(unittest.TestCase):

    def run_cli(self, *arguments):
        """The status, and what was printed, of a command in a copy."""
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            sample = samples.bare().copy(Path(top, "project"))
            with contextlib.redirect_stdout(io.StringIO()) as out, \
                    contextlib.redirect_stderr(out):
                status = console.main([
                    *arguments, str(sample.directory), "--backend=mod_python",
                    f"--virtualenv={sample.virtualenv}"])
            return (status, out.getvalue(),
                    Path(top, "project", "apache").exists())

    def test_serve_serves_with_mod_python(self):
        status, out, _ = self.run_cli("serve", "--probe", "/bare_app/seen")
        self.assertEqual(status, 0, out)
        self.assertIn("200 OK", out)

    def test_what_it_cannot_do_is_told_when_it_is_chosen(self):
        status, out, written = self.run_cli("deploy", "--in-place")
        self.assertEqual((status, written), (0, True), out)
        self.assertIn("(chunked)", out)
        self.assertLess(out.index("411"), out.index("create"))

    def test_what_has_no_effect_is_refused_before_anything_is_written(self):
        for choice in ("--processes=3", "--user=me", "--baseline=/srv/empty",
                       "--mode=daemon", "--umask=022", "--home=/srv",
                       "--request-timeout=9", "--trusted-proxy=10.0.0.1",
                       "--fastcgi-mode=proxy"):
            status, out, written = self.run_cli("deploy", choice)
            self.assertEqual((status, written), (2, False), choice)
            self.assertIn(choice.partition("=")[0] + ": ", out)
        status, out, written = self.run_cli("deploy", "--apache-version=2.2")
        self.assertEqual((status, written), (2, False))
        self.assertIn("Apache 2.4 only", out)

    def test_its_options_are_refused_without_it(self):
        with tempfile.TemporaryDirectory() as top:
            sample = samples.bare().copy(Path(top, "project"))
            with contextlib.redirect_stderr(io.StringIO()) as err:
                self.assertEqual(console.main([
                    "deploy", str(sample.directory), "--python-debug"]), 2)
            self.assertIn("needs --backend mod_python", err.getvalue())


if __name__ == "__main__":
    unittest.main()
