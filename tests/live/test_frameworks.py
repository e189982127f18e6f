"""Frameworks that no Paste ini loads, and those of Python 2.7: real ones,
through the generated scripts.
"""

import contextlib
import io
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.cli import console
from tests.support import framework_samples, samples
from tests.support.deployed import deployed

HOST = "www.example.com"

# Runs a WSGI script as a server does, and asks its application for paths.
ASK = """
import json
import sys
from wsgiref.util import setup_testing_defaults

script, mount = sys.argv[1:3]
names = {"__name__": "_mod_wsgi_", "__file__": script}
with open(script) as stream:
    exec(compile(stream.read(), script, "exec"), names)


def ask(path):
    path, _, query = path.partition("?")
    environ = {"SCRIPT_NAME": mount, "PATH_INFO": path, "QUERY_STRING": query,
               "HTTP_HOST": "www.example.com", "SERVER_PROTOCOL": "HTTP/1.1"}
    setup_testing_defaults(environ)
    answer = []

    def start_response(status, headers, exc_info=None):
        answer[:] = status, dict((name.lower(), value)
                                 for name, value in headers)

    result = names["application"](environ, start_response)
    body = b"".join(result).decode("utf-8")
    getattr(result, "close", lambda: None)()
    return answer + [body]


answers = [ask(path) for path in sys.argv[3:]]
sys.__stdout__.write(json.dumps(answers) + "\\n")
"""


def deploy(sample, output, *choices):
    """Write a deployment of ``sample``, in place, into ``output``."""
    with contextlib.redirect_stdout(io.StringIO()), \
            contextlib.redirect_stderr(io.StringIO()):
        status = console.main([
            "deploy", str(sample.directory), "--in-place",
            f"--virtualenv={sample.virtualenv}", f"--output-dir={output}",
            f"--config={sample.config}", "--egg-cache=", *choices])
    assert status == 0, status


def ask(sample, mount_point, *paths, choices=(), env=None):
    """Deploy ``sample`` upon the baseline, ask its script in process.

    Returns a list of (status, headers, body) and the CompletedProcess.
    """
    python2 = framework_samples.python2()
    with tempfile.TemporaryDirectory() as output:
        deploy(sample, output, f"--baseline={python2.baseline}",
               f"--mount-point={mount_point}", *choices)
        script, = [path for path in Path(output).glob("*.wsgi")
                   if path.name != "test.wsgi"]
        done = subprocess.run(
            [python2.baseline / "bin" / "python", "-c", ASK, script,
             mount_point.rstrip("/"), *paths],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd="/", env=env or {}, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    first, _, done.stdout = done.stdout.partition("\n")
    return json.loads(first), done


class TurboGears1(unittest.TestCase):
    """CherryPy 2.3 is real; of TurboGears there is what the script calls."""

    def setUp(self):
        self.python2 = framework_samples.python2()
        self.sample = self.python2.sample("wiki")

    def choices(self):
        return (f"--python-path={self.python2.sources('stand_in')}",)

    def check(self, release, mount_point):
        below = mount_point.rstrip("/")
        # A browser asks a mount point with and without the slash.
        answers, done = ask(
            self.sample, mount_point, "" if below else "/", "/",
            "/page?name=x", "/leave", "/nothing", "/fail",
            choices=self.choices(),
            env={"TURBOGEARS_RELEASE": release})
        for answer in answers[:2]:
            self.assertEqual(answer[0], "200 OK")
            self.assertEqual(answer[2], "front page")
        page = json.loads(answers[2][2])
        self.assertEqual(page["name"], "x")
        self.assertEqual(page["link"], below + "/page")
        self.assertEqual(page["settings"], {
            "wiki.name": "of prod.cfg", "wiki.kept": "of app.cfg",
            "wiki.directory": str(self.sample.directory / "wiki"),
            "autoreload.on": False, "server.environment": "production",
            "server.log_to_screen": False})
        self.assertTrue(page["compiled"])
        self.assertEqual(answers[3][0][:3], "302")
        self.assertEqual(answers[3][1]["location"],
                         f"http://www.example.com{below}/page")
        self.assertEqual(answers[4][0][:3], "404")
        self.assertEqual(answers[5][0][:3], "500")
        # What is printed is in the error log, and so is the traceback of
        # what failed, but not of what was not found; the process comes to
        # its end although CherryPy's engine has threads.
        self.assertEqual(done.stdout, "engine stopped\n")
        self.assertIn("printed\n", done.stderr)
        self.assertIn("ValueError: failed on purpose\n", done.stderr)
        self.assertEqual(done.stderr.count("Traceback"), 1, done.stderr)

    def test_every_release_at_the_root_and_below(self):
        for release in ("1.0.4", "1.0.8"):
            for mount_point in ("/", "/wiki", "/a/b"):
                with self.subTest(release=release, mount_point=mount_point):
                    self.check(release, mount_point)

    def test_as_a_cgi_script(self):
        with tempfile.TemporaryDirectory() as output:
            deploy(self.sample, output, "--backend=fastcgi", *self.choices())
            done = subprocess.run(
                [self.sample.virtualenv / "bin" / "python",
                 f"{output}/dispatch.fcgi"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={"TURBOGEARS_RELEASE": "1.0.8", "PATH_INFO": "/page",
                     "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/wiki"},
                timeout=60, check=True)
        self.assertTrue(done.stdout.startswith("Status: 200 OK"),
                        done.stdout + done.stderr)
        self.assertIn("printed\n", done.stderr)

    def test_the_fix_for_a_module_of_python_3_keeps_the_virtualenv(self):
        told = io.StringIO()
        with tempfile.TemporaryDirectory() as output:
            deploy(self.sample, output, *self.choices())
            with contextlib.redirect_stdout(told):
                console.main(["check", str(self.sample.directory), "--json",
                          f"--output-dir={output}"])
        site, = json.loads(told.getvalue())["sites"]
        fixes = {problem["code"]: problem["fix"]
                 for problem in site["problems"]}
        # The distribution's mod_wsgi is of Python 3.
        self.assertIn("bin/pip install mod_wsgi==4.9.4 && ", fixes["MWD304"])
        self.assertNotIn("--clear", fixes["MWD304"])

    def test_under_apache(self):
        modules = framework_samples.mod_wsgi_4()
        for choices in ({}, {"server-name": HOST, "mount-point": "/"}):
            with self.subTest(choices), deployed((self.sample, {
                    "baseline": str(self.python2.baseline),
                    "python-path": str(self.python2.sources("stand_in")),
                    "env": "TURBOGEARS_RELEASE=1.0.8", **choices}),
                    modules=modules) as site:
                self.assertEqual(site.sites[0].processes, 1)
                self.assertEqual(site.sites[0].threads, 25)
                page = json.loads(site.text("/page?name=x"))
                self.assertEqual(page["link"], site.sites[0].below + "/page")
                log = site.log()
                self.assertIn("printed", log)
                # CherryPy 2's handler, which mod_wsgi would leave out.
                self.assertNotIn("signal 15", log)
                cookies = [value for name, value in site.get(
                    "/cookies").headers if name == "Set-Cookie"]
                self.assertEqual(cookies, ["one=1", "two=2"])


class Pylons(unittest.TestCase):
    """A project that Pylons 1.0.3 itself made."""

    def test_in_process(self):
        sample = framework_samples.python2().pylons()
        for mount_point in ("/", "/blog"):
            with self.subTest(mount_point):
                below = mount_point.rstrip("/")
                answers, _ = ask(sample, mount_point, "/hello/index",
                                 "/nothing")
                self.assertEqual(answers[0][2], f"hello at {below}/there")
                self.assertEqual(answers[1][0][:3], "404")

    def test_under_apache(self):
        modules = framework_samples.mod_wsgi_4()
        python2 = framework_samples.python2()
        for choices in ({}, {"server-name": HOST, "mount-point": "/app"},
                        {"server-name": HOST, "mount-point": "/"}):
            with self.subTest(choices), deployed(
                    (python2.pylons(), {
                        "baseline": str(python2.baseline), **choices}),
                    modules=modules) as site:
                self.assertEqual(
                    site.text("/hello/index"),
                    f"hello at {site.sites[0].below}/there")


class Django(unittest.TestCase):
    """A project that Django itself made, with its admin site."""

    def check(self, **choices):
        sample = framework_samples.django()
        with deployed((sample, {
                "static": f"/static={sample.directory}/collected",
                **choices})) as site:
            below = site.sites[0].below
            answer = site.get("/admin/")
            self.assertEqual(answer.status, 302)
            self.assertIn(f"{below}/admin/login/", answer.header("Location"))
            page = site.text("/admin/login/")
            style = re.search(r'href="([^"]*/base\.css)"', page)[1]
            self.assertEqual(style, below + "/static/admin/css/base.css")
            self.assertTrue(
                site.get("/static/admin/css/base.css").header("ETag"))
            self.assertNotIn("error]", site.log())

    def test_below_a_mount_point(self):
        self.check()

    def test_on_a_host_of_its_own(self):
        self.check(**{"server-name": HOST, "mount-point": "/"})

    def test_with_other_settings(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = framework_samples.django().copy(Path(top, "project"))
            Path(sample.directory, "mysite", "other.py").write_text(
                "from mysite.settings import *\nROOT_URLCONF = 'hello'\n")
            Path(sample.directory, "hello.py").write_text(
                "from django.http import HttpResponse\n"
                "from django.urls import path\n\n"
                "urlpatterns = [\n"
                "    path('', lambda request: HttpResponse('hello'))]\n")
            with deployed((sample, {
                    "env": "DJANGO_SETTINGS_MODULE=mysite.other"})) as site:
                self.assertEqual(site.text("/"), "hello")


class Trac(unittest.TestCase):
    """An environment that Trac itself made."""

    def test_at_the_root_and_below(self):
        for choices in ({}, {"server-name": HOST, "mount-point": "/"}):
            with self.subTest(choices), \
                    tempfile.TemporaryDirectory() as top:
                Path(top).chmod(0o755)
                sample = framework_samples.trac().copy(
                    Path(top, "tracker"), writable=True)
                with deployed((sample, choices)) as site:
                    page = site.text("/wiki")
                    self.assertIn(f'href="{site.sites[0].below}/timeline"',
                                  page)
                    self.assertEqual(
                        site.get("/chrome/common/css/trac.css").status, 200)

    def test_its_login_page_takes_the_name_that_apache_found(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            # The password is "secret".
            Path(top, "users").write_text(
                "anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
            Path(top, "login").write_text(
                f"AuthType Basic\nAuthName Trac\nAuthUserFile {top}/users\n"
                "Require valid-user\n")
            sample = framework_samples.trac().copy(
                Path(top, "tracker"), writable=True)
            with deployed((sample, {"require": f"/login={top}/login"}
                           )) as site:
                self.assertNotIn("logged in as", site.text("/wiki"))
                self.assertEqual(site.get("/login").status, 401)
                answer = site.get("/login", headers={
                    "Authorization": "Basic YW5uYTpzZWNyZXQ="})
                self.assertIn(answer.status, (302, 303))
                cookie = answer.header("Set-Cookie").partition(";")[0]
                page = site.text("/wiki", headers={"Cookie": cookie})
                self.assertRegex(page, r"logged in as\s*(<[^>]*>)*\s*anna")


class Callable(unittest.TestCase):
    """Any module:callable, here that of a project without an ini."""

    def test_at_the_root_and_below(self):
        sample = samples.bare()._replace(config=None)
        for choices in ({}, {"server-name": HOST, "mount-point": "/"}):
            with self.subTest(choices), \
                    tempfile.TemporaryDirectory() as top:
                Path(top).chmod(0o755)
                Path(top, "hello.py").write_text(
                    "from seen import Application\n\n\n"
                    "class site:\n    app = Application('hello')\n")
                seen = Path(sample.directory, "seen.py").read_text()
                Path(top, "seen.py").write_text(seen)
                with deployed((sample._replace(directory=Path(top)), {
                        "application": "hello:site.app", **choices})
                        ) as site:
                    below = site.sites[0].below
                    self.assertEqual(site.seen()["script_name"], repr(below))
                    self.assertIn(f'href="{below}/linked"', site.text("/"))


if __name__ == "__main__":
    unittest.main()
