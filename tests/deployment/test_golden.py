"""The exact text of each kind of deployment.

``make golden`` writes the files anew; read the diff as a user would.
"""

import contextlib
import io
import os
import shutil
import tempfile
import unittest

from modwsgideploy.cli import console
from modwsgideploy.deployment.record import BASE
from tests.support import TESTS

GOLDEN = os.path.join(TESTS, "golden")
# Where the project stands in the golden files.
SHOWN = "/home/me"

FIXED = ("--platform=debian", "--mod-wsgi-version=4.9")

# name: (the project in fake_projects, choices)
CASES = {
    "turbogears2": ("turbogears2", ()),
    "turbogears2-host": ("turbogears2", (
        "--server-name=www.example.com", "--server-alias=example.com",
        "--canonical=www.example.com", "--mount-point=/",
        "--error-page=404=/srv/myapp/404.html",
        "--error-page=503=/srv/myapp/503.html")),
    "turbogears2-in-place": ("turbogears2", (
        "--in-place", "--virtualenv=/home/me/venv",
        "--mount-point=/shop")),
    "turbogears2-https": ("turbogears2", (
        "--server-name=www.example.com", "--mount-point=/",
        "--access-log-format=%h %t \"%r\" %>s %D",
        "--certificate=/etc/ssl/example.pem",
        "--certificate-key=/etc/ssl/private/example.key", "--hsts",
        "--baseline=")),
    "turbogears2-https-auto": ("turbogears2", (
        "--server-name=www.example.com", "--server-alias=example.com",
        "--mount-point=/", "--https=auto", "--acme-agree",
        "--acme-contact=admin@example.com", "--baseline=")),
    "turbogears2-https-certbot": ("turbogears2", (
        "--server-name=www.example.com", "--mount-point=/",
        "--https=certbot", "--acme-agree",
        "--acme-contact=admin@example.com", "--baseline=")),
    "turbogears2-https-self-signed": ("turbogears2", (
        "--server-name=www.example.com", "--mount-point=/",
        "--https=self-signed", "--no-redirect", "--baseline=")),
    "pylons": ("pylons", ()),
    "pylons-host": ("pylons", (
        "--server-name=pylons.example.com", "--mount-point=/blog")),
    "pylons-host-root": ("pylons", ("--server-name=pylons.example.com",)),
    "turbogears1": ("turbogears1", ()),
    "turbogears1-root": ("turbogears1", ("--mount-point=/",)),
    "turbogears1-host": ("turbogears1", (
        "--server-name=wiki.example.com", "--mount-point=/wiki20",
        "--user=wiki", "--group=wiki")),
    "turbogears1-host-root": ("turbogears1", (
        "--server-name=wiki.example.com", "--mount-point=/",
        "--config=/etc/wiki.cfg", "--application=wiki20.controllers:Root")),
    "turbogears15": ("turbogears15", ()),
    "turbogears15-host-root": ("turbogears15", (
        "--server-name=www.example.com", "--mount-point=/")),
    "django": ("django", ()),
    "django-host-root": ("django", (
        "--server-name=www.example.com", "--mount-point=/",
        "--env=DJANGO_SETTINGS_MODULE=mysite.production",
        "--static=/static=/srv/mysite/static", "--precompressed")),
    "trac": ("trac", ("--in-place", "--virtualenv=/home/me/venv")),
    "trac-host-root": ("trac", (
        "--server-name=trac.example.com", "--mount-point=/",
        "--in-place", "--virtualenv=/home/me/venv")),
    "flask": ("flask", ("--baseline=",)),
    "asgi": ("asgi", ("--in-place", "--virtualenv=/home/me/venv")),
    "script": ("script", ("--application=hello.wsgi",
                          "--backend=fastcgi")),
    "wsgi": ("wsgi", ("--application=hello:site.application",)),
    "wsgi-host-root": ("wsgi", (
        "--application=hello:application", "--baseline=",
        "--server-name=www.example.com", "--mount-point=/")),
    "pyramid-shared-daemon": ("pyramid", (
        "--daemon=pool", "--baseline=", "--virtualenv=/srv/venv",
        "--no-preload")),
    "pyramid-port": ("pyramid", (
        "--server-name=www.example.com", "--port=8080", "--baseline=")),
    "pyramid-mod-wsgi-6": ("pyramid", (
        "--mod-wsgi-version=6.1.1", "--interrupt-timeout=10",
        "--no-script-reloading",
        "--baseline=")),
    "pyramid-embedded": ("pyramid", ("--mode=embedded",)),
    "pyramid-root": ("pyramid", ("--mount-point=/", "--no-static")),
    "paste-everything": ("paste", (
        "--server-name=app.example.com", "--mount-point=/a b",
        "--env=GREETING=Grüße, \"world\"", "--env=EMPTY=",
        "--env-file=/etc/shop/the env", "--init=start up.py",
        "--global-conf=db_host=10.0.0.7", "--global-conf=title=Grüße, 'all'",
        "--python-path=/srv/more python", "--warm-up=/", "--no-preload",
        "--pass-authorization", "--trusted-proxy=10.0.0.1",
        "--trusted-proxy=192.0.2.0/24", "--test-page=local",
        "--processes=1", "--threads=25", "--user=shop", "--group=shop",
        "--umask=022", "--home=/srv/shop", "--locale=",
        "--access-log-format=json", "--rotate-logs",
        "--egg-cache=/var/cache/eggs", "--log-directory=/var/log/shop",
        "--static=/files=/srv/files", "--maximum-requests=1000",
        "--limit-request-body=0", "--request-read-timeout=0",
        "--app-name=admin", "--config=/etc/shop/shop.conf",
        "--compress=all")),
    "paste-apache22": ("paste", (
        "--apache-version=2.2", "--mod-wsgi-version=3.3",
        "--server-name=old.example.com", "--mount-point=/myapp",
        "--test-page=local")),
    "paste-mod-wsgi-2": ("paste", (
        "--apache-version=2.2", "--mod-wsgi-version=2.8")),
    "paste-mod-wsgi-3.4": ("paste", (
        "--mod-wsgi-version=3.4", "--baseline=")),
    "fastcgi": ("turbogears2", ("--backend=fastcgi",)),
    "fastcgi-host": ("pyramid", (
        "--backend=fastcgi", "--server-name=www.example.com",
        "--mount-point=/", "--certificate=/etc/ssl/example.pem",
        "--pass-authorization", "--in-place",
        "--virtualenv=/home/me/venv", "--test-page=local")),
    "fastcgi-wrapper": ("paste", (
        "--backend=fastcgi", "--fastcgi-mode=wrapper",
        "--virtualenv=/srv/my \"own\" env", "--platform=redhat",
        "--server-name=app.example.com", "--mount-point=/myapp",
        "--processes=4", "--maximum-requests=1000",
        "--restart-interval=3600", "--inactivity-timeout=60",
        "--limit-request-body=0", "--locale=", "--warm-up=/first",
        "--env=GREETING=Grüße", "--test-page=all")),
    "fastcgi-proxy": ("paste", (
        "--backend=fastcgi", "--fastcgi-mode=proxy", "--user=shop",
        "--virtualenv=/srv/100% $own", "--static=/files=/srv/files",
        "--server-name=app.example.com", "--platform=suse",
        "--static-cache=0", "--static-hashed=", "--compress=off",
        "--frame-options=", "--no-access-log")),
    "fastcgi-proxy-socket": ("pyramid", (
        "--backend=fastcgi", "--fastcgi-mode=proxy", "--virtualenv=",
        "--fastcgi-socket=/run/shop/socket", "--limit-request-body=0",
        "--pass-authorization")),
    "fastcgi-htaccess": ("turbogears2", (
        "--backend=fastcgi", "--fastcgi-mode=htaccess",
        "--deployment=/home/me/apps", "--mount-point=/shop",
        "--virtualenv=/home/me/an env",
        "--web-directory=/home/me/public_html/shop",
        "--env-file=.env", "--init=init.py", "--test-page=local")),
    "fastcgi-htaccess-mod-fastcgi": ("pylons", (
        "--backend=fastcgi", "--fastcgi-mode=htaccess",
        "--fastcgi-handler=fastcgi-script", "--mount-point=/",
        "--virtualenv=", "--no-static", "--pass-authorization")),
    "fastcgi-pylons": ("pylons", ("--backend=fastcgi",)),
    "fastcgi-turbogears1": ("turbogears1", ("--backend=fastcgi",)),
    "fastcgi-turbogears15-htaccess": ("turbogears15", (
        "--backend=fastcgi", "--fastcgi-mode=htaccess",
        "--deployment=/home/me/apps", "--mount-point=/wiki",
        "--virtualenv=/home/me/venv",
        "--web-directory=/home/me/public_html/wiki")),
    "mod-python": ("turbogears2", ("--backend=mod_python",)),
    "mod-python-root": ("paste", (
        "--backend=mod_python", "--mount-point=/")),
    "mod-python-host": ("pyramid", (
        "--backend=mod_python", "--server-name=www.example.com",
        "--mount-point=/shop")),
    "mod-python-host-root": ("pyramid", (
        "--backend=mod_python", "--server-name=www.example.com",
        "--mount-point=/", "--certificate=/etc/ssl/example.pem",
        "--pass-authorization", "--in-place",
        "--virtualenv=/home/me/venv")),
    "mod-python-turbogears1": ("turbogears1", ("--backend=mod_python",)),
    "mod-python-turbogears15-host-root": ("turbogears15", (
        "--backend=mod_python", "--server-name=wiki.example.com",
        "--mount-point=/")),
    "mod-python-pylons": ("pylons", (
        "--backend=mod_python", "--platform=redhat")),
    "mod-python-everything": ("paste", (
        "--backend=mod_python", "--server-name=app.example.com",
        "--mount-point=/a b", "--name=my.shop", "--platform=suse",
        "--env=GREETING=Grüße, \"world\"", "--warm-up=/first",
        "--python-path=/srv/it's \"more\"", "--virtualenv=",
        "--python-interpreter=main_interpreter", "--python-debug",
        "--deployment=/srv/it's \"mine\"",
        "--mutex-directory=/run/my locks", "--mutex-locks=32",
        "--limit-request-body=0", "--no-static")),
    "http": ("turbogears2", ("--backend=http",)),
    "http-host": ("pyramid", (
        "--backend=http", "--app-server=gunicorn",
        "--server-name=www.example.com", "--mount-point=/",
        "--certificate=/etc/ssl/example.pem", "--hsts", "--in-place",
        "--virtualenv=/home/me/venv", "--test-page=local",
        "--trusted-proxy=10.0.0.0/8", "--user=shop", "--group=shop",
        "--pass-authorization", "--chunked-request", "--memory-limit=500",
        "--http-socket=8001")),
    "http-asgi": ("asgi", ("--backend=http", "--server-name=a.example",
                           "--test-page=all")),
    "http-uvicorn-asgi": ("asgi", (
        "--backend=http", "--app-server=uvicorn", "--virtualenv=",
        "--limit-request-body=0", "--socket-timeout=0",
        "--connect-timeout=0")),
    "http-uvicorn-wsgi": ("django", (
        "--backend=http", "--app-server=uvicorn", "--platform=redhat",
        "--env=GREETING=Grüße, \"world\"", "--locale=", "--no-static",
        "--virtualenv=/srv/100% $own")),
    "http-waitress": ("paste", (
        "--backend=http", "--app-server=waitress", "--platform=suse",
        "--mount-point=/a b", "--warm-up=/first")),
    "http-pylons": ("pylons", ("--backend=http",)),
    "paste-redhat": ("paste", ("--platform=redhat",)),
    "paste-suse": ("paste", ("--platform=suse", "--baseline=",
                             "--server-name=www.example.com")),
}

# Long, and much the same in every case: shown for these cases alone, so that
# a change of one is read once.  Of runbooks there is one for each framework,
# platform, backend and mode.
LONG = {
    "README.txt": (
        "turbogears2", "turbogears2-https", "turbogears2-https-auto",
        "turbogears2-https-certbot", "turbogears2-https-self-signed",
        "pylons", "turbogears1",
        "turbogears15", "django-host-root", "trac", "wsgi",
        "pyramid-shared-daemon", "paste-redhat", "paste-suse", "fastcgi",
        "fastcgi-proxy", "fastcgi-htaccess", "mod-python",
        "mod-python-turbogears1", "http", "http-host", "http-pylons"),
    "server.py": ("http", "http-asgi", "http-uvicorn-asgi",
                  "http-uvicorn-wsgi", "http-waitress", "http-pylons"),
    "test.wsgi": ("turbogears2", "pylons", "mod-python-pylons"),
    "test.fcgi": ("fastcgi-pylons", "fastcgi-htaccess-mod-fastcgi"),
    "modpython_gateway.py": ("mod-python-pylons",)}


def deployed(case):
    """What ``modwsgideploy deploy`` writes, as a dict of name to text."""
    project, choices = CASES[case]
    with tempfile.TemporaryDirectory() as home:
        home = os.path.realpath(home)
        directory = os.path.join(home, "myapp")
        shutil.copytree(os.path.join(TESTS, "fake_projects", project),
                        directory)
        with contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            status = console.main(["deploy", directory, *FIXED, *choices])
        assert status == 0, status
        output = os.path.join(directory, "apache")
        return {name: read(os.path.join(output, name)).replace(home, SHOWN)
                for name in sorted(os.listdir(output)) if name != BASE
                and case in LONG.get(name, (case,))}


def read(path):
    """The text of the file at ``path``."""
    with open(path, encoding="utf-8") as stream:
        return stream.read()


class Golden(unittest.TestCase):

    maxDiff = None

    def test_what_is_long_is_shown_for_cases_that_there_are(self):
        for name, cases in LONG.items():
            for case in cases:
                self.assertIn(name, os.listdir(os.path.join(GOLDEN, case)))


def _test(case):
    def test(self):
        files = deployed(case)
        directory = os.path.join(GOLDEN, case)
        if os.environ.get("GOLDEN") == "write":
            shutil.rmtree(directory, ignore_errors=True)
            os.makedirs(directory)
            for name, text in files.items():
                with open(os.path.join(directory, name), "w",
                          encoding="utf-8") as stream:
                    stream.write(text)
        self.assertEqual(sorted(files), sorted(os.listdir(directory)))
        for name, text in files.items():
            self.assertMultiLineEqual(
                read(os.path.join(directory, name)), text, name)
    return test


for _case in CASES:
    setattr(Golden, "test_" + _case.replace("-", "_").replace(".", "_"),
            _test(_case))
