"""The example of each check: the bad one makes the finding, the good one does
not."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from modwsgideploy.apache.binaries import find_httpd
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.mod_wsgi import WsgiModule
from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.catalog.checks import CHECKS
from modwsgideploy.checks import function_of
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.commands import inputs
from modwsgideploy.model.site import Static
from modwsgideploy.sites.resolve import make_site
from tests.support import TESTS

# What these find is a property of the machine: only their texts are shown.
# Neither Django nor SQLAlchemy are installed here: see test_first_page.py and
# test_requirements.py.  MWD429 and MWD708 are about an Apache that runs: see
# tests/live/test_enable_https.py; so is MWD710, and MWD711 about an old one:
# see tests/live/test_https_auto.py and tests/apache/test_managed.py.  Those
# about application servers are in test_app_server.py and, where systemd has a
# say, in tests/live/test_http_systemd.py.
SHOWN = {"MWD206", "MWD207", "MWD301", "MWD303", "MWD322", "MWD323",
         "MWD324", "MWD325", "MWD429", "MWD606", "MWD607",
         "MWD608", "MWD609", "MWD610", "MWD708", "MWD710", "MWD711"}
# These are about users other than the one who owns the files.
ROOT = {"MWD201", "MWD202", "MWD203", "MWD204", "MWD210"}
# What is typed and matters here; the directories are there already.
TYPED = ("chmod", "chown", "install")

# Commands that edit and make files of the example, and nothing else.
RUNNABLE = re.compile(
    r"(?:sudo )?(?:sed|chmod|chgrp|chown|mkdir|mv|printf|setfacl|cp)\b"
    r"(?!.*(?:systemctl|a2en|apt))")

SERVER = """\
ServerRoot {top}
ErrorLog {top}/error.log
{modules}
ServerName localhost
Listen 80
{text}
IncludeOptional {top}/etc/apache2/sites-enabled/*.conf
"""
SCRIPT = """\
import os
from logging.config import fileConfig
CONFIG = '/srv/shop/production.ini'
fileConfig(CONFIG)
"""
INI = "[app:main]\nuse = egg:Shop\n"
CONF = """\
WSGIDaemonProcess shop
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""
# Of any project: what matters is set for each example.
SITE = make_site(*inputs.read(
    os.path.join(TESTS, "fake_projects", "paste"), {}), "4.9.4")


class Examples(unittest.TestCase):
    """A machine below a directory: what is called /srv is in there."""

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.httpd = find_httpd()
        for path in ("/srv/baseline", "/srv/eggs", "/srv/www", "/srv/shop",
                     "/srv/shop/apache", "/srv/shop/data", "/srv/blog",
                     "/srv/shop/shop/public", "/var/log/shop", "/etc/ssl",
                     "/var/log/apache2", "/run/apache2",
                     "/etc/apache2/sites-enabled",
                     "/srv/shop/virtualenv/lib/python3.11/site-packages"):
            os.makedirs(self.top + path)
        os.chmod(self.top + "/var/log/apache2", 0o700)
        self.write("/srv/shop/setup.py", "")
        self.write("/srv/shop/data/shop.db", "SQLite format 3\0")
        self.write("/srv/shop/virtualenv/lib/python3.11/site-packages/"
                   "Old-1.0-py3.11.egg", "")
        self.write("/srv/shop/virtualenv/lib/python3.11/site-packages/x.so",
                   "can only be loaded into one interpreter per process")

    def write(self, path, text):
        with open(self.top + path, "w", encoding="utf-8") as stream:
            stream.write(self.here(text))

    def here(self, text):
        """``text`` with the paths of this machine."""
        text = re.sub(r"(?<![\w.)/])/(srv|var/log|etc/ssl|run)\b",
                      rf"{self.top}/\1", text)
        text = re.sub(r"sqlite:////srv", f"sqlite:///{self.top}/srv", text)
        return text.replace("/usr/lib/apache2/modules", self.httpd.modules)

    def context(self, check, files):
        """The CheckContext of an example."""
        for name, text in files.items():
            if name in ("blog.conf", "zzz-blog.conf", "shop-le-ssl.conf"):
                self.write(f"/etc/apache2/sites-enabled/{name}", text)
        self.write("/etc/apache2/apache2.conf", SERVER.format(
            top=self.top, text="\n".join(
                files.get(name, "") for name in (
                    "apache2.conf", "modwsgi-baseline.conf")),
            modules="\n".join(
                f"LoadModule {name}_module {self.httpd.module(name)}"
                for name in ("mpm_event", "authz_core", "alias", "wsgi")
                if self.httpd.module(name))))
        self.write("/srv/shop/production.ini",
                   files.get("production.ini", INI))
        script = files.get("shop.wsgi", SCRIPT)
        self.write("/srv/shop/apache/shop.wsgi", script)
        self.write("/srv/shop/virtualenv/pyvenv.cfg",
                   files.get("virtualenv/pyvenv.cfg", "version = 3.11.2\n"))
        if "virtualenv/pyvenv.cfg" in files:
            script += "VIRTUALENV = '/srv/shop/virtualenv'\n"
        if check.code.startswith("MWD7"):
            self.make_certificates(files)
        for line in files.get("console", "").splitlines():
            words = shlex.split(line.replace("$ sudo ", "", 1))
            if words[0] in TYPED:
                subprocess.run(shlex.split(self.here(shlex.join(words))),
                               check=True)
        return self.deployment(check, files, script)

    def deployment(self, check, files, script):
        """The CheckContext of the site whose files these are."""
        name = ".htaccess" if ".htaccess" in files else "shop"
        output = self.top + "/srv/shop/apache"
        conf = f"{output}/{name}"
        site = SITE._replace(
            name="shop", project_directory=self.top + "/srv/shop",
            output_dir=output, directory=self.top + "/srv/shop",
            script=output + "/shop.wsgi", mount_point="/shop",
            web_directory=self.top + "/srv/www",
            static=(Static("/shop/static", self.top + "/srv/shop/shop/public",
                           True),),
            caches_by_process=check.code == "MWD419",
            platform=PLATFORMS["debian"]._replace(
                sites=self.top + "/etc/apache2/sites-available"))
        if name == ".htaccess":
            site = site._replace(backend="fastcgi", fastcgi_mode="htaccess")
        more = {}
        if "server.py" in files:
            site = site._replace(backend="http", app_server="granian",
                                 virtualenv=self.top + "/srv/shop/virtualenv")
            more[output + "/server.py"] = files["server.py"]
            os.makedirs(f"{site.virtualenv}/lib/python3.11/site-packages"
                        "/granian", exist_ok=True)
            os.makedirs(f"{site.virtualenv}/bin", exist_ok=True)
            self.write("/srv/shop/virtualenv/bin/python", "")
        text = self.here(files.get(name + ".conf", files.get(name, CONF)))
        self.write(f"/srv/shop/apache/{name}", text)
        host = Host(self.top + "/etc/apache2/apache2.conf")
        # Whatever this machine has.
        host.mod_wsgi = WsgiModule("mod_wsgi.so", "4.9.4", "3.11")
        context = CheckContext(
            site, {conf: text, output + "/shop.wsgi": self.here(script),
                   **more}, conf, host)
        if check.code == "MWD602":
            context.load_report = {"error": "", "kilobytes": _twentieth()}
        return context

    def reread(self, context):
        """The CheckContext of the same site, as its files are by now."""
        host = Host(context.host.config)
        host.mod_wsgi = context.host.mod_wsgi
        texts = {}
        for path in context.texts:
            with open(path, encoding="utf-8") as stream:
                texts[path] = stream.read()
        return CheckContext(context.site, texts, context.conf, host)

    def assert_mended(self, check, files):
        """Run each command that a finding prints: it must go away."""
        context = self.context(check, files)
        for _ in range(5):
            found = list(function_of(check)(context))
            commands = [fix for _, fix in found if RUNNABLE.match(fix)]
            if not commands:
                break
            for fix in commands:
                subprocess.run(
                    fix.replace("sudo ", ""), shell=True, check=True,
                    stdout=subprocess.DEVNULL, cwd="/")
            context = self.reread(context)
        self.assertEqual([each for each in found if RUNNABLE.match(each[1])],
                         [], check.code)

    def make_certificates(self, files):
        """Make those of the examples, by the command that people use."""
        days = "1" if "will expire" in files.get("console", "") else "365"
        for name in ("shop", "blog"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-subj", "/CN=shop.example.com", "-days", days,
                 "-out", f"{self.top}/etc/ssl/{name}.pem",
                 "-keyout", f"{self.top}/etc/ssl/{name}.key"],
                check=True, stderr=subprocess.DEVNULL)
        # As certbot writes them.
        texts = []
        for name in ("shop", "blog"):
            with open(f"{self.top}/etc/ssl/{name}.pem",
                      encoding="ascii") as stream:
                texts.append(stream.read())
        self.write("/etc/ssl/cert.pem", texts[0])
        self.write("/etc/ssl/fullchain.pem", "".join(texts))

    def found(self, check, files):
        return list(function_of(check)(self.context(check, files)))


def _twentieth():
    """A twentieth of the memory that is available, in kilobytes."""
    with open("/proc/meminfo", encoding="ascii") as stream:
        found = re.search(r"MemAvailable:\s*(\d+)", stream.read())
    return int(found[1]) // 20


def _add_fix(check):
    """A test that runs the fix of its bad example."""
    def test(self):
        if check.code in ROOT and os.geteuid():
            self.skipTest("only root gives files to other users")
        self.assert_mended(check, check.bad)

    test.__name__ = f"test_the_fix_of_{check.code}"
    setattr(Examples, test.__name__, test)


def _add(check, kind, files):
    """A test of one example, of a name that says which it is."""
    def test(self):
        if check.code in ROOT and os.geteuid():
            self.skipTest("only root gives files to other users")
        found = self.found(check, files)
        self.assertEqual(bool(found), kind == "bad", (files, found))
        for _, fix in found:
            # No word of a command stands for another one.
            self.assertNotRegex(fix, r"^(sudo |modwsgideploy ).*(ANOTHER"
                                r"|[=/]NAME\b|=VALUE\b|\bthe \w+$)")

    name = f"test_the_{kind}_example_of_{check.code}"
    test.__name__ = name
    setattr(Examples, name, test)


for _check in CHECKS:
    if _check.code not in SHOWN:
        _add(_check, "bad", _check.bad)
        _add(_check, "good", _check.good)
        _add_fix(_check)
