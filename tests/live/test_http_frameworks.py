"""Every kind of launcher on application servers, several in one Apache: real
frameworks, at mount points and at the root of a host.
"""

import re
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote, urlencode

from modwsgideploy.backends import http as backend
from tests.support import framework_samples, http_samples, samples
from tests.support.deployed import deployed
from tests.support.http import HOST
from tests.support.websocket import WebSocket

# A form, guarded by a token, that leads to a page with the name in a session.
DJANGO = """\
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse


def form(request):
    if request.method == "POST":
        request.session["name"] = request.POST["name"]
        return redirect("page")
    return HttpResponse(f"{reverse('form')} {get_token(request)}")


def page(request):
    return HttpResponse(request.session.get("name", "nobody") + " "
                        + request.build_absolute_uri(reverse("page")))


urlpatterns = [path("form", form, name="form"),
               path("page/", page, name="page")]
"""
SETTINGS = """
ROOT_URLCONF = "pages"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"""
ASGI = """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
pages = get_asgi_application()
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=self.scope["root_path"] + " " + text_data)


application = ProtocolTypeRouter(
    {"http": pages, "websocket": Echo.as_asgi()})
"""
FLASK = """\
from flask import Flask, redirect, request, session, url_for

app = Flask(__name__)
app.secret_key = "x"


@app.route("/form", methods=["GET", "POST"])
def form():
    if request.method == "POST":
        session["name"] = request.form["name"]
        return redirect(url_for("page"))
    return url_for("form") + " none"


@app.route("/page/")
def page():
    return (session.get("name", "nobody") + " "
            + url_for("page", _external=True))
"""
QUART = FLASK.replace("flask", "quart").replace("Flask", "Quart").replace(
    "def form", "async def form").replace(
    "request.form", "(await request.form)").replace(
    "from quart import", "from quart import websocket,") + """

@app.websocket("/echo")
async def echo():
    while True:
        message = await websocket.receive()
        await websocket.send(websocket.root_path + " " + message)
"""
FASTAPI = """\
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import PlainTextResponse, RedirectResponse

app = FastAPI()


@app.get("/form")
async def form(request: Request):
    return PlainTextResponse(request.url_for("form").path + " none")


@app.post("/form")
async def posted(request: Request):
    name, = parse_qs((await request.body()).decode())["name"]
    answer = RedirectResponse(request.url_for("page"), 302)
    answer.set_cookie("name", name, path=request.scope["root_path"] or "/")
    return answer


@app.get("/page/", name="page")
async def page(request: Request):
    return PlainTextResponse(request.cookies.get("name", "nobody") + " "
                             + str(request.url_for("page")))


@app.websocket("/echo")
async def echo(websocket: WebSocket):
    await websocket.accept()
    while True:
        message = await websocket.receive_text()
        await websocket.send_text(
            websocket.scope["root_path"] + " " + message)
"""


class Frameworks(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name)
        self.top.chmod(0o755)

    def project(self, name, text):
        """A project of one module."""
        directory = self.top / name
        directory.mkdir()
        (directory / f"{name}.py").write_text(text)
        return samples.Sample(name, directory, framework_samples.web(), None,
                              name)

    def django(self, name, **files):
        sample = framework_samples.django().copy(self.top / name)
        package = sample.directory / "mysite"
        (sample.directory / "pages.py").write_text(DJANGO)
        with (package / "settings.py").open("a") as stream:
            stream.write(SETTINGS)
        for module, text in files.items():
            (package / f"{module}.py").write_text(text)
        return sample._replace(virtualenv=framework_samples.web()), {
            "name": name, "static": f"/static={sample.directory}/collected"}

    def served(self, wanted, choices):
        """They, each a pair of a Sample and its choices, in one Apache."""
        return deployed(*[
            (sample, {"backend": "http", "processes": "1", **more,
                      **choices(number)})
            for number, (sample, more) in enumerate(wanted)],
            backend_modules=backend.MODULES)

    def check_form(self, site, number):
        """Links, a form, a redirect and a cookie, at a mount point."""
        one = site.sites[number]
        below = quote(one.below)
        action, token = site.text("/form", number).split()
        self.assertEqual(action, below + "/form")
        first = site.get("/form", number)
        cookies = [value for name, value in first.headers
                   if name.lower() == "set-cookie"]
        posted = {"method": "POST", "body": urlencode(
            {"name": "Zoë", "csrfmiddlewaretoken": token}).encode()}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        if token != "none":
            self.assertEqual(site.get("/form", number, headers=form,
                                      **posted).status, 403)
            token = re.match("csrftoken=(.*?);", cookies[0])[1]
            form["Cookie"] = f"csrftoken={token}"
            posted["body"] = urlencode({
                "name": "Zoë", "csrfmiddlewaretoken": token}).encode()
        answer = site.get("/form", number, headers=form, **posted)
        self.assertEqual(answer.status, 302, answer)
        page = f"http://{one.server_name or '127.0.0.1'}:{site.server.port}" \
               f"{below}/page/"
        self.assertIn(answer.header("Location"), (below + "/page/", page))
        cookie, = [value for name, value in answer.headers
                   if name.lower() == "set-cookie"]
        self.assertIn(re.search("(?i)path=([^;]*)", cookie)[1],
                      ("/", one.below))
        self.assertEqual(site.text("/page/", number), f"nobody {page}")
        self.assertEqual(site.text("/page/", number, headers={
            "Cookie": cookie.partition(";")[0]}), f"Zoë {page}")
        # A slash is added below the mount point.
        answer = site.get("/page", number)
        self.assertIn(answer.status, (301, 307, 308))
        self.assertIn(answer.header("Location"), (below + "/page/", page))

    def check_websocket(self, site, number):
        one = site.sites[number]
        with WebSocket(site.server.port, quote(one.below) + "/echo",
                       one.server_name or "127.0.0.1") as connection:
            self.assertIn(" 101 ", connection.status)
            connection.send("grüße")
            self.assertEqual(connection.receive(), f"{one.below} grüße")

    def check_all(self, choices):
        wanted = [
            self.django("plain"), self.django("channels", asgi=ASGI),
            (self.project("flasks", FLASK), {}),
            (self.project("quarts", QUART), {}),
            (self.project("fasts", FASTAPI), {}),
            (self.project("named", FLASK), {
                "framework": "wsgi", "application": "named:app"})]
        with (wanted[1][0].directory / "mysite/settings.py").open("a"
                                                                  ) as stream:
            stream.write("INSTALLED_APPS = [*INSTALLED_APPS, 'channels']\n")
        with self.served(wanted, choices) as site:
            self.assertEqual([each.framework for each in site.sites], [
                "django", "django", "flask", "asgi", "asgi", "wsgi"])
            self.assertEqual([each.interface for each in site.sites], [
                "wsgi", "asgi", "wsgi", "asgi", "asgi", "wsgi"])
            for number, one in enumerate(site.sites):
                with self.subTest(one.name):
                    self.check_form(site, number)
                    if one.interface == "asgi":
                        self.check_websocket(site, number)
            for number in (0, 1):
                self.assertTrue(site.get(
                    "/static/admin/css/base.css", number).header("ETag"))
            self.assertNotIn("error]", site.log())

    def test_at_mount_points(self):
        self.check_all(lambda number: {})

    def test_at_the_root_of_hosts(self):
        self.check_all(lambda number: {
            "server-name": f"{number}.{HOST}", "mount-point": "/"})

    def test_paste_configurations(self):
        """TurboGears 2 and Pylons by their ini files, and on Python 2.7."""
        with self.served([(http_samples.turbogears2(), {}),
                          (http_samples.pylons(), {})],
                         lambda number: {}) as site:
            self.assertEqual([each.app_server for each in site.sites],
                             ["granian", "gunicorn"])
            self.assertTrue(site.get("/").header("Location").endswith(
                "/myapp/demo"))
            self.assertIn('href="/myapp/', site.text("/demo"))
            self.assertTrue(site.get("/css/style.css").header("ETag"))
            answer = site.get(
                "/login_handler", method="POST",
                body=b"login=manager&password=managepass", headers={
                    "Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(answer.status, 302)
            self.assertIn("/myapp/", answer.header("Location"))
            below = site.sites[1].below
            self.assertEqual(site.text("/hello/index", 1),
                             f"hello at {below}/there")


if __name__ == "__main__":
    unittest.main()
