"""Projects without Paste, served on a real Apache as a user first types it."""

import json
import subprocess
import sys
import tempfile
import textwrap
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support import framework_samples, samples
from tests.support.deployed import deployed

COMMAND = Path(sys.executable).parent / "modwsgideploy"
FLASK = """\
from flask import Flask, url_for

app = Flask(__name__)


@app.route("/")
def index():
    return "flask " + url_for("index")
"""
FACTORY = ("def create_app():\n" + textwrap.indent(FLASK, "    ")
           + "    return app\n")
FASTAPI = """\
from fastapi import FastAPI, Request

api = FastAPI()


@api.get("/")
async def index(request: Request):
    return "fastapi " + request.scope["type"]
"""
SCRIPT = """\
import os

def {}(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [os.path.basename(__file__).encode()]
"""


class Served(unittest.TestCase):

    def check(self, files, expected, **choices):
        """Write a project, deploy it, and see its first page."""
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            project = Path(top, "shop")
            for name, text in files.items():
                path = project / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            sample = samples.Sample("shop", project, framework_samples.web(),
                                    None, "shop")
            with deployed((sample, choices)) as site:
                self.assertEqual(site.text("/"), expected)
                self.assertNotIn("error]", site.log())

    def test_flask(self):
        self.check({"app.py": FLASK}, "flask /shop/")

    def test_a_factory_of_flask(self):
        self.check({"shop/__init__.py": FACTORY}, "flask /shop/",
                   application="shop:create_app()")

    def test_fastapi(self):
        self.check({"main.py": FASTAPI}, '"fastapi http"')

    def test_scripts_as_they_are(self):
        for name, argument in (
                ("application", "web/shop.wsgi"), ("site", "web/app.py:site"),
                ("application", "web/app.py")):
            path = argument.partition(":")[0]
            with self.subTest(argument):
                self.check({path: SCRIPT.format(name)}, Path(path).name,
                           application=argument)


PYRAMID = """\
from pyramid.config import Configurator
from pyramid.session import SignedCookieSessionFactory

config = Configurator(session_factory=SignedCookieSessionFactory('x'{}))
application = config.make_wsgi_app()
"""
FLASK_KEY = "app.secret_key = 'x'\n"


class Cookies(unittest.TestCase):
    """What `check` says of the session cookie that the application makes."""

    def hints(self, text, virtualenv, *arguments):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            project = Path(top, "shop")
            project.mkdir()
            (project / "web.py").write_text(text)
            for command in (
                    ["deploy", "-q", "--in-place", "--virtualenv",
                     virtualenv, *arguments], ["check", "--json"]):
                done = subprocess.run([COMMAND, *command, project],
                                      capture_output=True, text=True)
            site, = json.loads(done.stdout)["sites"]
            self.assertNotIn("MWD601", str(site["problems"]))
            return [(each["message"].rpartition("lacks ")[2], each["fix"])
                    for each in site["problems"] if each["code"] == "MWD610"]

    def test_flask(self):
        arguments = framework_samples.web(), "--application=web:app"
        self.assertEqual(self.hints(FLASK, *arguments), [])
        said = self.hints(FLASK + FLASK_KEY, *arguments)
        self.assertEqual(said, [
            ("SameSite", "set SESSION_COOKIE_SAMESITE='Lax' in app.config")])
        text = FLASK + FLASK_KEY + (
            "app.config.update(SESSION_COOKIE_SAMESITE='Lax')\n")
        self.assertEqual(self.hints(text, *arguments), [])
        said = self.hints(text, *arguments, "--server-name=a.example",
                          "--certificate=/none/full.pem")
        self.assertEqual([lacking for lacking, _ in said], ["Secure"])

    def test_pyramid(self):
        arguments = (samples.pyramid().virtualenv,
                     "--application=web:application")
        (lacking, fix), = self.hints(PYRAMID.format(""), *arguments)
        self.assertEqual(lacking, "HttpOnly")
        self.assertIn("httponly=True in the call", fix)
        self.assertEqual(self.hints(
            PYRAMID.format(", httponly=True"), *arguments), [])


class OneProcess(unittest.TestCase):

    def test_a_database_file_has_one_process_by_default(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.relative_sqlite().copy(
                Path(top, "project"), writable=True)
            ini = sample.directory / sample.config
            ini.write_text("[DEFAULT]\nsqlalchemy.url ="
                           " sqlite:///%(here)s/notes.db\n"
                           + ini.read_text())
            with deployed((sample, {})) as site:
                with open(f"{site.sites[0].output_dir}/"
                          f"{site.sites[0].name}") as stream:
                    self.assertRegex(stream.read(), "# .*SQLite file")
                with ThreadPoolExecutor(20) as pool:
                    answers = list(pool.map(lambda number: site.get(
                        "/notes", method="POST",
                        body=b"note %d" % number).status, range(40)))
                self.assertEqual(set(answers), {200})
                self.assertFalse(site.seen()["multiprocess"])
                notes = site.text("/notes").splitlines()
                self.assertEqual(
                    sorted(notes[-40:]),
                    sorted(f"note {number}" for number in range(40)))
                self.assertNotIn("locked", site.log())


if __name__ == "__main__":
    unittest.main()
