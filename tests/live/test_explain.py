"""Failures made to happen on a private Apache, and what is said of each.

Every site below is served by a real Apache, with mod_wsgi 4.9 and with 6;
what it logs goes through ``modwsgideploy explain`` as a user types it.
"""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from modwsgideploy.errors import DeployError
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import samples
from tests.support.ending import ending_at_once

COMMAND = str(Path(sys.executable).parent / "modwsgideploy")

OK = """\
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'fine']
"""

# An Apache whose own page is always there; the site below it may fail.
ALWAYS = """\
Alias /fine {top}/fine.txt
<Files fine.txt>
    Require all granted
</Files>
"""
DAEMON = "WSGIDaemonProcess app \\\n    threads=2 {options}\n"
ALIAS = ("WSGIScriptAlias /app {top}/app.wsgi process-group=app"
         " application-group=%{{GLOBAL}}\n")
GRANT = "<Directory {top}>\n    Require all granted\n</Directory>\n"
SITE = DAEMON + ALIAS + GRANT


def view(*lines):
    """A script whose application runs ``lines``."""
    return "".join(["def application(environ, start_response):\n",
                    *(f"    {line}\n" for line in lines)])


@contextlib.contextmanager
def directory():
    """A directory that every user can enter."""
    with tempfile.TemporaryDirectory(prefix="mwd-explain-") as top:
        os.chmod(top, 0o755)
        yield Path(top)


class Staged:
    """A private Apache with one site, and the log of what it did."""

    def __init__(self, server, top, conf):
        self.server, self.top, self.conf = server, top, conf

    def get(self, *paths, **options):
        options.setdefault("timeout", 60)
        return [self.server.get(path, **options) for path in paths]

    def explain(self, *arguments):
        """What the command says of the log: its JSON, by names."""
        log = f"{self.server.log_directory}/error.log"
        done = subprocess.run(
            [COMMAND, "explain", log, "--json", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        told = json.loads(done.stdout)
        assert done.returncode == bool(told["known"]), done
        return told

    def eventually(self, *names):
        """`explain`, once all of ``names`` are known; after 60 s as it is."""
        end = time.monotonic() + 60
        while True:
            told = self.explain("--deployment-dir",
                                os.path.dirname(self.conf))
            known = {cause["name"]: cause for cause in told["known"]}
            if set(names) <= set(known) or time.monotonic() > end:
                return told, known
            time.sleep(0.2)


class Mod_wsgi_4(unittest.TestCase):
    """mod_wsgi 4.9, the distribution's own."""

    def modules(self):
        return {"prefer": "system"}

    @contextlib.contextmanager
    def staged(self, script=OK, conf=SITE, options="", prepare=None,
               server_modules=(), **server_options):
        if server_modules:
            server_options["modules"] = server_modules
        with directory() as top:
            (top / "app.wsgi").write_text(script.replace("TOP", str(top)))
            (top / "fine.txt").write_text("fine")
            for path in top.iterdir():
                path.chmod(0o644)
            if prepare:
                prepare(top)
            with ending_at_once(Server(
                    timeout=60, **self.modules(),
                    **server_options)) as server:
                text = conf.format(
                    top=top, port=server.port,
                    options=options.replace("TOP", str(top)))
                conf = server.write("site.conf",
                                    text + ALWAYS.format(top=top))
                server.start([Served((conf,), "/fine")])
                yield Staged(server, top, conf)

    def check(self, name, title, *fix, status=None, where=None, path="/app",
              during=None, timeout=60, check=None, **how):
        """Stage, ask for the site, and see what is said of it."""
        with self.staged(**how) as staged:
            if during:
                during(staged)
            answer, = staged.get(path, timeout=timeout)
            if status is not None:
                self.assertEqual(answer.status, status, answer)
            told, known = staged.eventually(name)
            self.assertIn(name, known, told)
            cause = known[name]
            self.assertRegex(cause["title"], title.replace(
                "TOP", str(staged.top)))
            for words in fix:
                self.assertIn(words.replace("TOP", str(staged.top)),
                              cause["fix"])
            if check:
                self.assertEqual(cause["check"], check)
            if where:
                self.assertTrue(cause["where"], cause)
                self.assertEqual(cause["where"]["path"], staged.conf)
                lines = Path(staged.conf).read_text().split("\n")
                self.assertIn(where, lines[cause["where"]["line"] - 1])
            self.assertEqual([other for other in told["unknown"]
                              if "pkg_resources" not in other["line"]], [])
        return cause

    def check_refused(self, name, title, *fix, conf, options="", line=None,
                      prepare=None):
        """Apache does not start, and the message of `Server` says why."""
        with self.assertRaises(DeployError) as caught:
            with self.staged(conf=conf, options=options, prepare=prepare):
                pass
        message = str(caught.exception)
        self.assertIn("Apache did not start", message)
        self.assertIn(title, message)
        for words in fix:
            self.assertIn(words, " ".join(message.split()))
        if line:
            # Its file is gone with the private Apache, so only its text is
            # said.
            text = conf.format(top="TOP", options=options, port="TOP").split(
                "\n")[line - 1].strip().rstrip("\\").strip()
            self.assertIn(f"where: {text.partition('TOP')[0]}", message)
            self.assertNotRegex(message, r"where: \S+/site\.conf")

    # Apache refuses the configuration

    def test_two_daemons_of_one_name(self):
        self.check_refused(
            "duplicate-daemon",
            "two WSGIDaemonProcess lines have the same name",
            "process-group=", conf=DAEMON + SITE, line=4)

    def test_daemons_of_another_virtual_host(self):
        self.check_refused(
            "group-of-another-host", "belong to another VirtualHost",
            "move the WSGIDaemonProcess line out of its <VirtualHost>",
            conf="<VirtualHost *:{port}>\nServerName a.example\n" + DAEMON
                 + "</VirtualHost>\n<VirtualHost *:{port}>\n"
                 "ServerName b.example\n" + ALIAS + "</VirtualHost>\n",
            line=8)

    def test_daemons_that_come_too_late(self):
        self.check_refused(
            "group-too-late", "daemon processes that are defined later",
            "above the WSGIScriptAlias line", conf=ALIAS + DAEMON, line=1)

    def test_order_and_allow(self):
        self.check_refused(
            "order-allow", "Order is a directive of Apache 2.2",
            "`Require all granted`",
            conf=SITE + "<Directory {top}>\nOrder allow,deny\n</Directory>\n",
            line=8)

    def test_a_directive_of_a_module_that_is_not_loaded(self):
        self.check_refused(
            "unknown-directive", "does not know the directive SSLEngine",
            "a2enmod ssl" if shutil.which("a2enmod") else "mod_ssl",
            conf=SITE + "SSLEngine on\n", line=7)

    def test_an_option_that_mod_wsgi_does_not_have(self):
        self.check_refused(
            "daemon-option", "does not know an option of WSGIDaemonProcess",
            "--mod-wsgi-version", conf=SITE, options="colour=blue", line=2)

    def test_a_path_with_a_space(self):
        self.check_refused(
            "alias-option", "something it does not understand", "in quotes",
            conf="WSGIScriptAlias /app /srv/my app/app.wsgi\n", line=1)

    def test_a_setting_of_the_server_in_a_virtual_host(self):
        self.check_refused(
            "wrong-place", "WSGIPythonHome stands where Apache does not",
            "outside every section",
            conf="<VirtualHost *:{port}>\nWSGIPythonHome /srv\n"
                 "</VirtualHost>\n")

    def test_a_log_directory_that_is_missing(self):
        self.check_refused(
            "no-log-directory", "/none/ is not there", "make the directory",
            conf="<VirtualHost *:{port}>\nServerName a.example\n"
                 "ErrorLog {top}/none/error.log\n</VirtualHost>\n", line=1)

    def test_a_user_that_does_not_exist(self):
        self.check_refused(
            "no-such-user", "there is no user or group nobody-of-ours",
            "`getent passwd`", conf=SITE,
            options="user=nobody-of-ours")

    def test_a_module_of_apache_that_is_missing(self):
        self.check_refused(
            "module-file-missing", "there is no module /none/mod_none.so",
            "`ls -l /none/mod_none.so`", "LoadModule",
            conf="LoadModule none_module /none/mod_none.so\n", line=1)

    def test_a_module_of_apache_that_is_none(self):
        self.check_refused(
            "module-misfit", "a module of Apache does not fit this server",
            "build it anew", line=1,
            prepare=lambda top: (top / "mod_x.so").write_text("x" * 5000),
            conf="LoadModule x_module {top}/mod_x.so\n")

    def test_a_module_of_apache_by_a_wrong_name(self):
        module = self.a_module()
        self.check_refused(
            "module-name", f"LoadModule gives {module} a name that is not",
            "mend the name", conf=f"LoadModule wrong_module {module}\n",
            line=1)

    def test_what_apache_itself_calls_wrong(self):
        modules = os.path.dirname(self.a_module())
        for name, title, fix, conf in (
                ("no-mpm", "Apache has More than one MPM", "leave one of them",
                 f"LoadModule mpm_prefork_module {modules}/"
                 "mod_mpm_prefork.so\n"
                 f"LoadModule mpm_event_module {modules}/mod_mpm_event.so\n"),
                ("section-open", "<VirtualHost> was not closed", "mend it",
                 "<VirtualHost *:80>\nServerName a.example\n"),
                ("host-directive", "WSGIDaemonProcess stands where",
                 "right into the <VirtualHost>",
                 "<Directory />\nWSGIDaemonProcess two\n</Directory>\n"),
                ("document-root", "/none is no DocumentRoot", "namei -l",
                 "DocumentRoot {top}/none\n"),
                ("foreign-character", "characters that are not Apache's",
                 "UTF-8 without BOM", "\ufeffServerName a.example\n"),
                ("foreign-character", "characters that are not Apache's",
                 "plain characters", "\u201cServerName\u201d a.example\n"),
                ("foreign-character", "characters that are not Apache's",
                 "plain characters", "Server\u00a0Name a.example\n")):
            with self.subTest(name + conf):
                self.check_refused(name, title, fix, conf=conf)

    def test_keys_and_certificates_that_cannot_be_used(self):
        def made(bits, *arguments):
            def prepare(top):
                subprocess.run(
                    ["openssl", "req", "-x509", "-newkey", f"rsa:{bits}",
                     "-subj", "/CN=a.example", "-days", "9", "-keyout",
                     str(top / "key.pem"), "-out", str(top / "cert.pem"),
                     *(arguments or ("-nodes",))],
                    check=True, capture_output=True)
            return prepare

        def not_pem(top):
            made(2048)(top)
            (top / "cert.pem").write_text("a certificate\n")

        conf = ("<IfModule !ssl_module>\nLoadModule ssl_module"
                f" {os.path.dirname(self.a_module())}/mod_ssl.so\n"
                "</IfModule>\n<VirtualHost *:{port}>\nSSLEngine on\n"
                "SSLCertificateFile {top}/cert.pem\n"
                "SSLCertificateKeyFile {top}/key.pem\n</VirtualHost>\n")
        for title, fix, prepare in (
                ("OpenSSL refuses the certificate as too weak: ee key too"
                 " small", "2048 bits", made(1024)),
                ("the private key is encrypted", "SSLPassPhraseDialog",
                 made(2048, "-passout", "pass:secret")),
                ("is not what mod_ssl expects", "the first and the last line",
                 not_pem)):
            with self.subTest(title):
                self.check_refused("", title, fix, conf=conf, prepare=prepare)

    def a_module(self):
        """The path of a module of this Apache."""
        return next(path for path in (
            "/usr/lib/apache2/modules/mod_status.so",
            "/usr/lib64/httpd/modules/mod_status.so") if os.path.exists(path))

    def test_a_library_of_a_module_that_is_missing(self):
        def prepare(top):
            (top / "lib.c").write_text("int gone(void) {return 1;}\n")
            (top / "mod.c").write_text("int gone(void);\n"
                                       "int x(void) {return gone();}\n")
            library = top / "libgone.so.1"
            for source, target, *more in (
                    ("lib.c", library, "-Wl,-soname,libgone.so.1"),
                    ("mod.c", top / "mod_x.so", library)):
                subprocess.run(["gcc", "-shared", "-fPIC", "-o", target,
                                top / source, *more], check=True)
            library.unlink()

        self.check_refused(
            "module-library-missing", "needs libgone.so.1, which is not",
            "`ldd ", conf="LoadModule x_module {top}/mod_x.so\n", line=1,
            prepare=prepare)

    # Python does not start

    def check_python_home(self, name, title, *fix, home="TOP/venv", **how):
        cause = self.check(name, title, *fix, status=0, timeout=0.5,
                           options=f"python-home={home}",
                           where="python-home=", **how)
        self.assertNotIn("-m venv", cause["fix"])

    def test_a_python_home_that_is_missing(self):
        self.check_python_home(
            "python-home", r"there is nothing at TOP/venv$",
            "ls -ld TOP/venv")

    def test_a_python_home_without_a_python(self):
        self.check_python_home(
            "python-home-unfit", "does not start with TOP/venv as its home",
            "ls -ld TOP/venv", prepare=lambda top: (top / "venv").mkdir())

    def test_a_python_home_that_is_no_directory_of_a_whole_python(self):
        self.check_python_home(
            "python-home-not-prefix",
            "/usr/bin/python3 is no directory of a whole Python",
            "that has pyvenv.cfg", home="/usr/bin/python3")

    def test_a_python_home_that_is_closed(self):
        if os.geteuid():
            self.skipTest("only root has a directory that Apache may not"
                          " enter")

        def prepare(top):
            (top / "home/venv").mkdir(parents=True)
            (top / "home").chmod(0o700)

        self.check_python_home(
            "python-home-closed", "TOP/home/venv is closed to the daemon",
            "namei -l TOP/home/venv", home="TOP/home/venv",
            prepare=prepare, check="MWD201")

    def test_a_home_that_is_missing(self):
        self.check("home", r"cannot enter their directory TOP/gone$",
                   "namei -l TOP/gone", options="home=TOP/gone",
                   where="home=", status=0, timeout=0.5, check="MWD110")

    def test_a_locale_that_is_not_installed(self):
        self.check("locale", "the locale xx_YY.UTF-8 is not installed",
                   "locale=C.UTF-8", options="locale=xx_YY.UTF-8",
                   where="locale=", status=200)

    # The script, and access to it

    def test_a_script_that_is_missing(self):
        self.check("script-missing", r"the WSGI script TOP/app\.wsgi is not",
                   "ls -l TOP/app.wsgi", where="WSGIScriptAlias", status=404,
                   prepare=lambda top: (top / "app.wsgi").unlink())

    def test_a_script_in_a_closed_home_directory(self):
        def prepare(top):
            (top / "home").mkdir(0o700)
            (top / "app.wsgi").rename(top / "home/app.wsgi")

        if os.geteuid():
            self.skipTest("only root has a directory that Apache may not"
                          " enter")
        self.check("closed-directory",
                   r"not enter a directory above TOP/home/app\.wsgi",
                   "namei -l TOP/home/app.wsgi", "the x permission",
                   where="WSGIScriptAlias", status=403, prepare=prepare,
                   conf=DAEMON + ALIAS.replace("app.wsgi", "home/app.wsgi")
                   + GRANT, check="MWD201")

    def test_a_script_that_nobody_granted(self):
        self.check("denied", r"not allowed to serve TOP/app\.wsgi$",
                   "<Directory TOP>", "Require all granted", status=403,
                   conf=DAEMON + ALIAS, where="WSGIScriptAlias")

    def test_a_look_below_a_document_root_that_nobody_granted(self):
        self.check(
            "denied", "not allowed to serve TOP/d/page", status=200,
            path="/app/page", prepare=lambda top: (top / "d").mkdir(),
            conf="DocumentRoot {top}/d\n" + SITE + "<Directory {top}/d>\n"
                 "Require all denied\n</Directory>\n")

    def test_a_closed_directory_with_htaccess(self):
        def prepare(top):
            (top / "home").mkdir()
            (top / "home/page.txt").write_text("")
            (top / "home").chmod(0o700)

        if os.geteuid():
            self.skipTest("only root has a directory that Apache may not"
                          " enter")
        self.check("htaccess-closed", r"look for TOP/home/\.htaccess$",
                   "namei -l TOP/home/.htaccess", status=403,
                   path="/home/page.txt", prepare=prepare,
                   conf=SITE + "Alias /home {top}/home\n<Directory {top}>\n"
                   "AllowOverride All\n</Directory>\n")

    def test_order_and_deny_beside_require(self):
        cause = self.check(
            "denied-by-order", r"Order, Allow or Deny refuse TOP/app\.wsgi",
            "grep -rnE", status=403, server_modules=("access_compat",),
            conf=SITE + "<Directory {top}>\nOrder allow,deny\n"
            "Deny from all\n</Directory>\n", where="Deny from all")
        self.assertNotIn("`Require all granted`", cause["fix"])

    def test_files_that_visitors_are_not_to_see(self):
        def prepare(top):
            (top / ".git").mkdir()
            (top / ".git" / "config").write_text("[core]")

        for path in ("/site/.git/config", "/site/.htpasswd"):
            self.check("kept-back", r"/\.\w+\S* was asked for", "nothing",
                       status=403, path=path, prepare=prepare,
                       conf=SITE + "Alias /site {top}\n"
                       "<DirectoryMatch /[.]git>\nRequire all denied\n"
                       "</DirectoryMatch>\n<Files .ht*>\n"
                       "Require all denied\n</Files>\n")

    def test_a_link_that_is_not_followed(self):
        def prepare(top):
            (top / "app.wsgi").rename(top / "real.wsgi")
            (top / "app.wsgi").symlink_to(top / "real.wsgi")

        self.check("link", r"TOP/app\.wsgi is a symbolic link",
                   "realpath TOP/app.wsgi", status=403, prepare=prepare,
                   conf=SITE + "<Directory {top}>\nOptions None\n"
                   "</Directory>\n")

    def test_a_mount_point_with_a_slash_at_its_end(self):
        self.check("no-such-file", r"asks for \S+/app, which is not there",
                   "not `/app/`", status=404, log_level="info",
                   conf=SITE.replace("/app ", "/app/ "))

    def test_static_files_that_are_not_there(self):
        self.check("no-such-file", r"asks for TOP/static/x\.css",
                   "the directory of the Alias exists", status=404,
                   path="/app/static/x.css", log_level="info", where="Alias",
                   conf="Alias /app/static {top}/static\n" + SITE)

    def test_a_process_group_that_does_not_exist(self):
        self.check("no-such-group", "no daemon processes called app$",
                   "grep -rn WSGIDaemonProcess", where="process-group=app",
                   conf="WSGIScriptAlias /app {top}/app.wsgi"
                   " process-group=app\n" + GRANT, status=500)

    def test_no_process_group_at_all(self):
        self.check("embedded-off", "embedded mode is off$",
                   "process-group=", where="WSGIScriptAlias", status=500,
                   conf="WSGIRestrictEmbedded On\n"
                   "WSGIScriptAlias /app {top}/app.wsgi\n" + GRANT)

    # The way to the processes

    def test_sockets_where_apache_may_not_go(self):
        if os.geteuid():
            self.skipTest("only root has a directory that Apache may not"
                          " enter")
        self.check("socket-closed", "may not reach the daemon processes of"
                   " app", "WSGISocketPrefix /run/", status=503,
                   where="WSGISocketPrefix", check="MWD203",
                   conf="WSGISocketPrefix {top}/run/wsgi\n" + SITE,
                   prepare=lambda top: (top / "run").mkdir(0o700))

    def test_a_directory_for_sockets_that_is_missing(self):
        cause = self.check(
            "no-socket", "have no socket: TOP/none/wsgi", "WSGISocketPrefix",
            status=503, where="WSGISocketPrefix",
            conf="WSGISocketPrefix {top}/none/wsgi\n" + SITE)
        self.assertEqual([each["name"] for each in cause["so"]],
                         ["socket-gone"])

    def test_sockets_that_are_gone(self):
        def during(staged):
            for path in Path(staged.server.directory).glob("s.*.sock"):
                path.unlink()

        self.check("socket-gone", "of app is gone, or full",
                   "WSGISocketRotation Off", status=503, during=during,
                   options="connect-timeout=1", check="MWD310")

    # Processes that do not answer

    def test_an_answer_that_comes_too_late(self):
        self.check("no-answer", r"app did not answer in time \(504\)",
                   "socket-timeout=", status=504, where="socket-timeout=1",
                   script=view("import time", "time.sleep(5)"),
                   options="socket-timeout=1 shutdown-timeout=1")

    def test_a_queue_that_is_full(self):
        def during(staged):
            threads = [threading.Thread(target=staged.get, args=("/app",))
                       for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        self.check("queue-full", "requests wait too long for a process of"
                   " app", "processes= or threads=", during=during,
                   where="queue-timeout=1", options="queue-timeout=1",
                   script=view("import time", "time.sleep(2)",
                               "start_response('200 OK', [])",
                               "return []"))

    def test_a_request_that_takes_too_long(self):
        self.check("request-timeout", "because its requests took too long",
                   "request-timeout=", where="request-timeout=1",
                   log_level="info", script=view("import time",
                                                 "time.sleep(20)"),
                   options="request-timeout=1 graceful-timeout=1"
                   " shutdown-timeout=1")

    def test_an_application_that_does_not_load_in_time(self):
        self.check("startup-timeout", "because its application did not load",
                   "mend the error", where="startup-timeout=1",
                   script="raise RuntimeError('never')\n",
                   options="startup-timeout=1", log_level="info", status=500)

    def test_c_code_that_keeps_pythons_lock(self):
        self.check("deadlock", "Python stood still in app",
                   "application-group=%{GLOBAL}", log_level="info",
                   where="application-group=",
                   script=view("import ctypes",
                               "ctypes.PyDLL(None).sleep(12)"),
                   options="deadlock-timeout=1 shutdown-timeout=1")

    def test_a_process_that_dies(self):
        self.check("broken-off", "app broke off before its answer",
                   "LogLevel wsgi:info", where="application-group=",
                   script=view("import os", "os._exit(3)"))

    def test_a_process_that_dies_in_the_middle(self):
        cause = self.check(
            "response-broken", "ended in the middle of a response",
            "LogLevel wsgi:info", status=200, script=view(
                "import os", "start_response('200 OK', [])",
                "import time", "yield b'x' * 100000", "time.sleep(1)",
                "os._exit(3)"))
        self.assertNotIn("harmless", cause["cause"])

    def test_a_process_that_falls_silent_in_the_middle(self):
        self.check(
            "response-stalled", "fell silent in the middle of a response",
            "socket-timeout=", options="socket-timeout=1 shutdown-timeout=1",
            script=view("import time", "start_response('200 OK', [])",
                        "yield b'x' * 100000", "time.sleep(5)"))

    too_long = "broken-off", "before its answer"

    def test_a_header_that_is_too_long(self):
        name, title = self.too_long
        self.check(name, title, "header-buffer-size=", status=500,
                   script=view("start_response('200 OK', [('X', 'x' *"
                               " 40000)])", "return []"))

    def test_requests_that_are_too_large(self):
        self.check("request-header-limit", "a header longer than Apache",
                   "LimitRequestFieldSize", log_level="info",
                   during=lambda staged: staged.get(
                       "/app", headers={"Cookie": "c" * 9000}))
        self.check("request-body-limit", r"larger than the site takes \(413",
                   "--limit-request-body", where="LimitRequestBody",
                   log_level="info", conf=SITE + "LimitRequestBody 10\n",
                   during=lambda staged: staged.get(
                       "/app", method="POST", body=b"x" * 100))

    # The application

    def check_application(self, name, title, *fix, **how):
        cause = self.check(name, title, *fix, **how)
        self.assertEqual(cause["level"], "error")
        return cause

    def test_a_module_that_is_missing(self):
        cause = self.check_application(
            "no-module", "Python finds no module nothing_like_it",
            f"{samples.bare().virtualenv}/bin/python -V",
            where="python-home=", status=500,
            options=f"python-home={samples.bare().virtualenv}",
            script="import nothing_like_it\n")
        self.assertEqual(cause["count"], 2)    # when loaded, and requested
        self.assertNotIn("pip install nothing_like_it", cause["fix"])

    def test_a_project_that_is_not_on_the_path(self):
        def prepare(top):
            (top / "code/shop").mkdir(parents=True)
            (top / "code/shop/__init__.py").write_text("")
            (top / "code/app.wsgi").write_text("import shop\n")

        self.check_application(
            "own-module-found",
            r"does not find shop, which is in TOP/code$",
            "put TOP/code into python-path=", status=500, prepare=prepare,
            conf=DAEMON + ALIAS.replace("app.wsgi", "code/app.wsgi") + GRANT)

    def test_a_module_that_left_python(self):
        self.check_application(
            "removed-module", "Python 3.11 and later have no module binhex",
            "an older Python", status=500, script="import binhex\n")

    def test_a_part_of_a_package_that_is_missing(self):
        cause = self.check_application(
            "own-part", "email is there, and has no email.nothing",
            status=500, script="import email.nothing\n")
        self.assertNotIn("pip install", cause["fix"])

    def test_an_import_that_is_relative(self):
        self.check_application(
            "relative-import", "imports relatively", "the whole name",
            status=500, script="from . import shop\n")

    def test_a_virtualenv_that_is_activated_by_hand(self):
        cause = self.check_application(
            "activate-this", "activate_this.py, which does not work",
            "python-home=", status=500,
            script="exec(open('TOP/venv/bin/activate_this.py').read())\n")
        self.assertNotIn("create", cause["fix"])

    def test_a_variable_of_the_environment(self):
        self.check_application(
            "environment", "the environment variable SHOP_KEY is not set",
            "--env", status=500,
            script="import os\nKEY = os.environ['SHOP_KEY']\n")
        self.check_application(
            "environment-none", "comes from the environment, and is not set",
            "--env", status=500, prepare=lambda top: (
                top / "shop_settings.py").write_text(
                    "import os\nKEY = os.environ.get('SHOP_KEY').encode()\n"),
            script="import sys\nsys.path.insert(0, 'TOP')\n"
                   "import shop_settings\n")

    def test_an_asgi_application(self):
        self.check_application(
            "asgi", "this is an ASGI application", "a2wsgi", status=500,
            script="async def application(scope, receive, send):\n"
                   "    pass\n")

    def test_a_factory_as_the_application(self):
        for script in (
                "def application(config=None):\n    return object()\n",
                "class App:\n    pass\n"
                "def application(config, debug):\n    return App()\n"):
            self.check_application(
                "factory", "a function that makes the application",
                "create_app()", status=500, script=script)

    def test_a_module_as_the_application(self):
        self.check_application(
            "not-callable", "application is a module, which cannot be",
            "import app as application", status=500,
            script="import os as application\n")

    def test_a_signal_and_a_server_in_the_code(self):
        self.check_application(
            "main-thread", "a signal handler, which only the main thread",
            status=500, conf="WSGIRestrictSignal Off\n" + SITE,
            script=view("import signal", "signal.signal(15, print)"))

    def test_a_file_that_has_the_name_of_a_package(self):
        def prepare(top):
            (top / "flask.py").write_text("from flask import Flask\n")

        self.check_application(
            "shadowed-module", "another file hides the module flask",
            "rename TOP/flask.py", status=500, prepare=prepare,
            script="import sys\nsys.path.insert(0, 'TOP')\n"
                   "import flask\n")

    def test_a_site_at_the_root_is_not_blamed_for_another(self):
        with self.staged(conf=(
                "WSGIDaemonProcess root home={top}\n"
                "WSGIScriptAlias / {top}/root.wsgi process-group=root\n"
                + GRANT), prepare=lambda top: (
                    top / "root.wsgi").write_text(OK)) as staged:
            log = Path(staged.server.log_directory, "error.log")
            with log.open("a") as stream:
                stream.write(
                    "[Fri Nov 20 19:00:00.1 2026] [wsgi:error] [pid 1:tid 1]"
                    " mod_wsgi (pid=1): Exception occurred processing WSGI"
                    " script '/srv/other/other.wsgi'.\n"
                    "[Fri Nov 20 19:00:00.1 2026] [wsgi:error] [pid 1:tid 1]"
                    " FileNotFoundError: [Errno 2] No such file or directory:"
                    " 'config.json'\n")
            _, known = staged.eventually("relative-file")
        self.assertIsNone(known["relative-file"]["where"])

    def test_two_interpreters_for_c_code(self):
        virtualenv = samples.turbogears2().virtualenv
        self.check_application(
            "sub-interpreter", "does not load in a sub-interpreter",
            "application-group=%{GLOBAL}", where="WSGIScriptAlias",
            script="import sqlalchemy\n" + OK, status=500, path="/two",
            during=lambda staged: staged.get("/one"),
            conf="WSGIDaemonProcess app threads=2 python-home="
                 f"{virtualenv}\n"
                 "WSGIScriptAlias /one {top}/app.wsgi process-group=app\n"
                 "WSGIScriptAlias /two {top}/app.wsgi process-group=app\n"
                 + GRANT)

    def test_text_that_is_not_ascii(self):
        self.check_application(
            "ascii", "text that is not ASCII", "locale=C.UTF-8", status=500,
            where="WSGIDaemonProcess", check="MWD407",
            script=view("b'caf\\xc3\\xa9'.decode('ascii')"))

    def test_an_egg_cache_that_cannot_be_written(self):
        def prepare(top):
            (top / "cache").mkdir()
            (top / "cache").chmod(0o555)
            egg(top / "eggy-1.egg")

        self.check_application(
            "egg-cache", "the egg cache is not writable",
            "python-eggs=", status=500, prepare=prepare,
            options=f"python-home={samples.bare().virtualenv}"
                    " python-eggs=TOP/cache", where="python-eggs=",
            script="import sys\nsys.path.insert(0, 'TOP/eggy-1.egg')\n"
                   "import pkg_resources\n"
                   "pkg_resources.resource_filename('eggy', 'data.txt')\n")

    def test_sqlite_that_is_locked(self):
        def prepare(top):
            base = sqlite3.connect(top / "x.db", isolation_level=None)
            self.addCleanup(base.close)
            base.execute("create table note (text)")
            base.execute("begin exclusive")
            top.chmod(0o1777)
            (top / "x.db").chmod(0o666)

        self.check_application(
            "sqlite-locked", "locked by another process", "--processes=1",
            status=500, prepare=prepare, check="MWD508", script=view(
                "import sqlite3",
                "base = sqlite3.connect('TOP/x.db', timeout=.1)",
                "base.execute('insert into note values (1)')"))

    def test_sqlite_that_cannot_be_written(self):
        if os.geteuid():
            self.skipTest("only root owns what Apache may not write")
        self.check_application(
            "sqlite-readonly", "may not write to the SQLite", "own the file",
            status=500, check="MWD204",
            prepare=lambda top: (top / "x.db").write_text(""), script=view(
                "import sqlite3",
                "sqlite3.connect('TOP/x.db').execute('create table t (a)')"))

    def test_sqlite_in_a_directory_that_is_missing(self):
        self.check_application(
            "sqlite-open", "cannot be opened", "%(here)s", status=500,
            script=view("import sqlite3",
                        "sqlite3.connect('TOP/none/x.db')"))

    def test_a_file_that_cannot_be_read(self):
        if os.geteuid():
            self.skipTest("only root owns what Apache may not read")

        def prepare(top):
            (top / "secret").write_text("")
            (top / "secret").chmod(0o600)

        self.check_application(
            "permission", r"may not use TOP/secret$", "namei -l TOP/secret",
            status=500, prepare=prepare, check="MWD201",
            script=view("open('TOP/secret')"))

    def test_a_relative_file(self):
        self.check_application(
            "relative-file", "the file production.ini is not there",
            "home= of WSGIDaemonProcess", status=500, check="MWD503",
            script=view("open('production.ini')"))

    def test_a_library_that_reads_the_command_line(self):
        def prepare(top):
            (top / "library.py").write_text("import sys\nsys.argv[1]\n")

        path = "import sys\nsys.path.insert(0, 'TOP')\n"
        self.check_application(
            "argv", "code reads sys.argv", "sys.argv = ['app']", status=500,
            prepare=prepare, script=path + "import library\n")
        self.check_application(
            "argv", "code reads sys.argv", "argparse", status=500,
            script="import argparse\nparser = argparse.ArgumentParser()\n"
                   "parser.add_argument('config')\nparser.parse_args()\n")

    def test_an_ini_without_logging(self):
        for text, section in (
                ("[app:main]\nuse = egg:x\n", "formatters"),
                ("[formatters]\nkeys =\n[handlers]\nkeys =\n", "loggers")):
            self.check_application(
                "ini-loggers", rf"it has no \[{section}\]",
                "add the three sections", status=500, check="MWD505",
                prepare=lambda top, text=text: (
                    top / "x.ini").write_text(text),
                script="from logging.config import fileConfig\n"
                       "fileConfig('TOP/x.ini')\n")

    def test_an_ini_that_cannot_be_parsed(self):
        for content, reason in (
                (b"[app:main]\nx = 1\nx = 2\n", "DuplicateOptionError"),
                (b"[app:main]\n[app:main]\n", "DuplicateSectionError"),
                (b"[app:main]\nx = \xe9\n", "UnicodeDecodeError")):
            self.check_application(
                "ini-broken", f"an ini file cannot be read: {reason}",
                "mend the line", status=500, check="MWD601",
                prepare=lambda top, content=content: (
                    top / "x.ini").write_bytes(content),
                script="from configparser import RawConfigParser\n"
                       "parser = RawConfigParser()\n"
                       "parser.read('TOP/x.ini', encoding='utf-8')\n")

    def test_the_interactive_debugger(self):
        sample = samples.paste()
        if not list(sample.site_packages.glob("paste/evalexception")):
            self.fail("the sample's virtualenv has no Paste")
        self.check_application(
            "debug-on", "debug = true", "debug = false", status=500,
            options=f"python-home={sample.virtualenv} processes=2",
            conf=SITE, script=(
                "from paste.evalexception.middleware import EvalException\n"
                "def plain(environ, start_response):\n"
                "    raise RuntimeError\n"
                "application = EvalException(plain)\n"))

    def test_a_server_that_forbids_printing(self):
        self.check_application(
            "prints", "the application prints", "WSGIRestrictStdout On",
            status=500, where="WSGIRestrictStdout",
            conf="WSGIRestrictStdout On\n" + SITE,
            script="print('hello')\n" + OK)

    def test_an_application_that_is_not_wsgi(self):
        for script in (
                view("start_response('200 OK', [])", "return ['text']"),
                view("return [b'']"),
                view("start_response('200 OK', [('A', 'a\\nb')])")):
            self.check_application(
                "not-wsgi", "does not do what WSGI asks for",
                "wsgiref.validate", status=500, script=script)

    def test_a_script_without_an_application(self):
        self.check_application(
            "no-application", r"TOP/app\.wsgi does not define application",
            "application = ", status=500, script="app = 1\n")

    def test_a_script_with_a_syntax_error(self):
        cause = self.check_application(
            "syntax", "Python cannot read the code: invalid syntax",
            "mend the line", status=500, script="def application(:\n")
        self.assertEqual(cause["code"]["line"], 1)

    def test_an_error_of_the_application(self):
        cause = self.check_application(
            "application-error", "raised ValueError: bad", status=500,
            script=view("try: 1/0",
                        "except ZeroDivisionError: raise ValueError('bad')"))
        self.assertEqual(cause["code"]["line"], 3)
        self.assertTrue(cause["log"][-1].endswith("ValueError: bad"))

    def test_a_site_that_works_has_nothing_to_explain(self):
        with self.staged(log_level="info") as staged:
            self.assertEqual(staged.get("/app")[0].status, 200)
            told = staged.explain()
            self.assertEqual(told["known"], [])
            self.assertEqual(told["unknown"], [])


class Mod_wsgi_6(Mod_wsgi_4):
    """mod_wsgi 6, with its codes."""

    too_long = "header-too-long", "longer than mod_wsgi takes"
    # It does not look there.
    test_a_look_below_a_document_root_that_nobody_granted = None

    def modules(self):
        return {"virtualenv": str(samples.mod_wsgi_6())}


def egg(path):
    """A zipped egg with one file beside its module."""
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eggy/__init__.py", "")
        archive.writestr("eggy/data.txt", "data")
        archive.writestr("EGG-INFO/PKG-INFO",
                         "Metadata-Version: 1.0\nName: eggy\nVersion: 1\n")
        archive.writestr("EGG-INFO/zip-safe", "\n")


def take_request(connection):
    """Read a FastCGI request, whose last record is an empty one of stdin."""
    stdin = 5
    with connection.makefile("rb") as records:
        while True:
            _, kind, _, length, padding, _ = struct.unpack(
                "!BBHHBB", records.read(8))
            records.read(length + padding)
            if kind == stdin and not length:
                return


# A FastCGI program that answers with a header of 9000 bytes.
LONG_HEADER = """\
#!/usr/bin/python3
import socket
import struct

def record(kind, data):
    return struct.pack("!BBHHBB", 1, kind, number, len(data), 0, 0) + data

server = socket.socket(fileno=0)
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as records:
        kind, length = 0, 1
        while kind != 5 or length:
            _, kind, number, length, padding, _ = struct.unpack(
                "!BBHHBB", records.read(8))
            records.read(length + padding)
        connection.sendall(record(6, b"X: " + b"x" * 9000 + b"\\r\\n\\r\\n")
                           + record(6, b"") + record(3, bytes(8)))
"""


class OtherModules(unittest.TestCase):
    """mod_fcgid, mod_cgid, mod_python and mod_proxy."""

    HANDLER = ("Alias /app {top}/dispatch.fcgi\n<Directory {top}>\n"
               "    Require all granted\n    Options ExecCGI\n"
               "</Directory>\n<Files dispatch.fcgi>\n"
               "    SetHandler fcgid-script\n</Files>\n")
    PYTHON = ("<Directory {top}>\n    Require all granted\n</Directory>\n"
              "Alias /app {top}\n<Location /app>\n    SetHandler mod_python\n"
              "    PythonHandler handler\n"
              "    PythonPath \"['{top}'] + sys.path\"\n</Location>\n")

    CGI = ("ScriptAlias /app {top}/app.cgi\n<Directory {top}>\n"
           "    Require all granted\n</Directory>\n")

    def check(self, name, title, *fix, conf, modules, files=(), mode=0o755,
              also=(), path="/app/x", **request):
        with directory() as top:
            for file, text in dict(files, **{"fine.txt": "fine"}).items():
                (top / file).write_text(text)
                (top / file).chmod(mode)
            with ending_at_once(Server(
                    timeout=60, wsgi=False, modules=modules)) as server:
                file = server.write("site.conf", (conf + ALWAYS).format(
                    top=top))
                server.start([Served((file,), "/fine")])
                staged = Staged(server, top, file)
                staged.get(path, **request)
                told, known = staged.eventually(name, *also)
            self.assertIn(name, known, told)
            self.assertRegex(known[name]["title"], title)
            for words in fix:
                self.assertIn(words, known[name]["fix"])
            self.assertEqual(told["unknown"], [])
        return known

    @contextlib.contextmanager
    def backend(self, answer):
        """A FastCGI server at a port of its own, which sends ``answer``.

        ``None`` is for one that does not answer.  It takes the request to
        its end first, and closes the connection after Apache: what Apache
        meets then does not depend on which of the two is faster.
        """
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = server.accept()
                        with connection, contextlib.suppress(OSError):
                            take_request(connection)
                            if answer is not None:
                                connection.sendall(answer)
                                connection.shutdown(socket.SHUT_WR)
                            while connection.recv(65536):
                                pass
            threading.Thread(target=serve, daemon=True).start()
            yield server.getsockname()[1]

    def test_a_fastcgi_script_that_cannot_be_started(self):
        for text, mode, reason in (
                ("#!/bin/sh\n", 0o644, "not executable"),
                ("#!/nowhere/python\n", 0o755, "is not there"),
                ("#!/bin/sh\r\n", 0o755, "line ends of Windows")):
            with self.subTest(reason):
                known = self.check(
                    "fastcgi-ended", "gave no complete header", "by hand",
                    modules=("fcgid",), mode=mode, conf=self.HANDLER,
                    files={"dispatch.fcgi": text})
                self.assertIn(reason, known["fastcgi-ended"]["cause"])

    def test_a_fastcgi_script_that_crashes(self):
        self.check("fastcgi-crash", r"dispatch\.fcgi crashed \(signal 11\)",
                   modules=("fcgid",), conf=self.HANDLER, files={
                       "dispatch.fcgi": "#!/bin/sh\nkill -SEGV $$\n"})

    def test_a_cgi_program_for_a_python_that_is_missing(self):
        self.check("program-missing", "no program python9", "first line",
                   modules=("cgid",), conf=self.CGI, files={
                       "app.cgi": "#!/usr/bin/env python9\n"})

    def test_a_cgi_program_with_line_ends_of_windows(self):
        self.check("line-ends", "python3 with a carriage return",
                   "dos2unix", modules=("cgid",), conf=self.CGI, files={
                       "app.cgi": "#!/usr/bin/env python3\r\n"})

    def test_a_cgi_program_that_may_not_be_run(self):
        self.check("cgi-exec", r"app\.cgi as a CGI program", "ls -l",
                   modules=("cgid",), mode=0o644, conf=self.CGI,
                   files={"app.cgi": "#!/bin/sh\n"})

    def test_a_cgi_program_that_prints_text(self):
        self.check("cgi-header", r"gave Hello World as a header",
                   "WSGIScriptAlias", modules=("cgid",), conf=self.CGI,
                   files={"app.cgi": "#!/bin/sh\necho Hello World\n"})

    def test_a_cgi_program_that_is_slow(self):
        self.check("cgi-slow", r"app\.cgi did not answer in time",
                   "find what it waits for", modules=("cgid",),
                   conf=self.CGI + "CGIDScriptTimeout 1s\n",
                   files={"app.cgi": "#!/bin/sh\nsleep 5\n"})

    def test_a_server_that_does_not_speak_fastcgi(self):
        with self.backend(b"HTTP/1.0 200 OK\r\n\r\n") as port:
            self.check("fastcgi-not-spoken", "does not speak FastCGI",
                       "the scheme that it speaks",
                       modules=("proxy", "proxy_fcgi"),
                       conf=f"ProxyPass /app fcgi://127.0.0.1:{port}/\n")

    def test_a_fastcgi_server_that_ends(self):
        with self.backend(b"") as port:
            self.check("fastcgi-backend", "broke off", "log of that server",
                       modules=("proxy", "proxy_fcgi"),
                       conf=f"ProxyPass /app fcgi://127.0.0.1:{port}/\n")

    def test_a_fastcgi_server_that_is_slow(self):
        with self.backend(None) as port:
            self.check("fastcgi-backend-slow", "did not answer in time",
                       "ProxyTimeout", modules=("proxy", "proxy_fcgi"),
                       conf=f"ProxyPass /app fcgi://127.0.0.1:{port}/\n"
                            "ProxyTimeout 1\n")

    def test_sockets_of_applications(self):
        conf = "ProxyPass /app unix:{top}/run/shop.sock|http://localhost/\n"
        self.check("socket-down", r"/run/shop\.sock does not run",
                   "systemctl --failed", modules=("proxy", "proxy_http"),
                   conf=conf)
        with directory() as top, socket.socket(socket.AF_UNIX) as server:
            server.bind(str(top / "shop.sock"))
            server.listen()
            (top / "shop.sock").chmod(0o700)
            known = self.check(
                "socket-denied", r"may not use the socket .*/shop\.sock",
                "namei -l", modules=("proxy", "proxy_http"),
                conf=f"ProxyPass /app unix:{top}/shop.sock|"
                     "http://localhost/\n")
        self.assertNotIn("setsebool", str(known))

    def test_a_fastcgi_script_that_does_not_load(self):
        # Its traceback goes where Apache's own stderr goes: to the log.
        known = self.check(
            "no-module", "no module nothing_like_it", "requires",
            modules=("fcgid",), conf=self.HANDLER, also=("fastcgi-ended",),
            files={"dispatch.fcgi": "#!/usr/bin/python3\nimport sys\n"
                   "import nothing_like_it\n"})
        self.assertIn("fastcgi-ended", known)
        self.assertIn("no complete header", known["fastcgi-ended"]["title"])

    def test_a_wsgi_script_that_is_run_by_fastcgi(self):
        # Apache's core says it in the words of mod_wsgi 3.
        known = self.check(
            "fastcgi-ended", r"app\.wsgi gave no complete header", "by hand",
            modules=("fcgid",), files={"app.wsgi": "#!/bin/sh\nexit 1\n"},
            conf=self.HANDLER.replace("dispatch.fcgi", "app.wsgi"))
        self.assertNotIn("broken-off", known)

    def test_a_fastcgi_script_with_a_header_that_is_too_long(self):
        known = self.check(
            "fastcgi-ended", "gave no complete header", "by hand",
            modules=("fcgid",), conf=self.HANDLER,
            files={"dispatch.fcgi": LONG_HEADER})
        self.assertIn("longer than 8191 bytes",
                      known["fastcgi-ended"]["cause"])

    def test_a_fastcgi_script_that_is_slow(self):
        self.check("fastcgi-slow", "within 1 seconds", "FcgidIOTimeout",
                   modules=("fcgid",),
                   conf=self.HANDLER + "FcgidIOTimeout 1\n", files={
                       "dispatch.fcgi": "#!/bin/sh\nsleep 5\n"})

    def test_an_upload_to_fastcgi(self):
        self.check("fastcgi-upload", r"FcgidMaxRequestLen \(131072\)",
                   "FcgidMaxRequestLen 10485760", modules=("fcgid",),
                   conf=self.HANDLER, method="POST", body=b"x" * 200000,
                   files={"dispatch.fcgi": "#!/bin/sh\nsleep 5\n"})

    def test_a_fastcgi_script_that_may_not_be_run(self):
        self.check("no-exec", "dispatch.fcgi may not be run", "+ExecCGI",
                   modules=("fcgid",), files={"dispatch.fcgi": ""},
                   conf=self.HANDLER.replace("Options ExecCGI",
                                             "Options None"))

    def test_an_error_under_mod_python(self):
        known = self.check(
            "application-error", "raised RuntimeError: asked",
            modules=("python",), conf=self.PYTHON, files={
                "handler.py": "def handler(request):\n"
                              "    raise RuntimeError('asked')\n"})
        self.assertTrue(known["application-error"]["code"]["path"].endswith(
            "/handler.py"))
        self.check("own-module", "no module handler", "PythonPath",
                   modules=("python",), conf=self.PYTHON)

    def test_a_wsgi_script_that_is_run_by_cgi(self):
        known = self.check(
            "cgi-exec", r"app\.py as a CGI program", "WSGIScriptAlias",
            modules=("cgid",), files={"app.py": "application = None\n"},
            conf="ScriptAlias /app {top}/app.py\n<Directory {top}>\n"
                 "    Require all granted\n</Directory>\n")
        for cause in known.values():
            self.assertNotIn("ran as FastCGI", cause["cause"])

    def test_a_server_behind_the_proxy_that_is_down(self):
        self.check("backend-down", "behind the proxy does not run",
                   "ss -ltn", modules=("proxy", "proxy_http"),
                   conf="ProxyPass /app http://127.0.0.1:9/\n")

    def test_a_url_that_a_rewrite_rule_decodes(self):
        proxy = socket.create_server(("127.0.0.1", 0))
        rule = ("RewriteEngine On\nRewriteRule ^/app/(.*)"
                f" http://127.0.0.1:{proxy.getsockname()[1]}/$1?q=$1 [P%s]\n")
        proxy.close()
        modules = ("proxy", "proxy_http")
        for path in ("/app/a%20b", "/app/a%3Fb"):
            self.check("rewrite-refused", "does not pass on", "flag [B]",
                       conf=rule % "", modules=modules, path=path)
            # It is passed on then, to where nobody listens.
            known = self.check("backend-down", "does not run", path=path,
                               conf=rule % ",B", modules=modules)
            self.assertNotIn("rewrite-refused", known)

    def test_a_balancer_without_its_modules(self):
        balancer = ("<Proxy balancer://app>\n    BalancerMember"
                    " http://127.0.0.1:1\n</Proxy>\n"
                    "ProxyPass /app balancer://app\n")
        modules = "proxy", "proxy_http", "proxy_balancer"
        needed = "slotmem_shm", "lbmethod_byrequests"
        for missing in needed:
            with self.assertRaises(DeployError) as caught:
                self.check("balancer-module", "", conf=balancer, modules=(
                    *modules, *(each for each in needed if each != missing)))
            self.assertIn("mod_proxy_balancer lacks a module",
                          str(caught.exception))
        self.check("backend-down", "does not run", conf=balancer,
                   modules=modules + needed)

    def test_a_server_behind_the_proxy_that_ends(self):
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, connection.makefile("rb") as request:
                        while request.readline().strip():
                            pass

        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=serve, daemon=True).start()
            known = self.check(
                "backend-closed", "closed the connection", "disablereuse",
                conf="ProxyPass /app http://127.0.0.1:"
                     f"{server.getsockname()[1]}/\n",
                modules=("proxy", "proxy_http"))
        followers = [each["name"] for each in known["backend-closed"]["so"]]
        self.assertEqual(followers, ["backend-unread"])

    def test_a_proxy_without_its_module(self):
        self.check("proxy-module", "no proxy module for http",
                   "a2enmod proxy_http", modules=("proxy",),
                   conf="ProxyPass /app http://127.0.0.1:9/\n")


class Serve(unittest.TestCase):
    """``serve`` explains what it shows."""

    def test_a_failure_is_explained_once_between_the_lines(self):
        with directory() as top:
            sample = samples.bare().copy(top / "project")
            (sample.directory / "bare_app.py").write_text(
                "def make_app(global_config):\n"
                "    def app(environ, start_response):\n"
                "        if environ['PATH_INFO'] == '/fail':\n"
                "            open('gone.txt')\n"
                "        start_response('200 OK', [])\n"
                "        return [b'']\n"
                "    return app\n")
            process = subprocess.Popen(
                [COMMAND, "serve", str(sample.directory), "--virtualenv",
                 str(sample.virtualenv), "--config", sample.config],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                encoding="utf-8")
            self.addCleanup(process.communicate)
            self.addCleanup(process.terminate)
            out = process.stdout.readline()
            url = out.split()[1]
            self.assertTrue(url.startswith("http://127.0.0.1:"), url)
            # What is explained stands below the lines, at their first time.
            for last in ("where: home=", "FileNotFoundError: [Errno 2]"):
                self.ask(url + "/fail")
                out += self.read_until(process, last)
            process.terminate()
            out += process.communicate(timeout=60)[0]
        self.assertEqual(out.count("FileNotFoundError: [Errno 2]"), 2, out)
        self.assertEqual(out.count("error: the file gone.txt is not there"),
                         1, out)
        self.assertRegex(out, r"where: home=")
        before, after = out.split("error: the file gone.txt", 1)
        self.assertIn("FileNotFoundError", before)
        self.assertIn("FileNotFoundError", after)

    def read_until(self, process, text):
        """What it prints up to the line that has ``text``, or for 60 s."""
        late = threading.Timer(60, process.kill)
        late.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if text in line:
                break
        late.cancel()
        return "".join(lines)

    def ask(self, url):
        import urllib.error
        import urllib.request

        try:
            urllib.request.urlopen(url, timeout=20).close()
        except urllib.error.HTTPError as error:
            error.close()

    def test_an_application_that_does_not_load(self):
        with directory() as top:
            sample = samples.bare().copy(top / "project")
            (sample.directory / "bare_app.py").write_text(
                "import nothing_like_it\n")
            done = subprocess.run(
                [COMMAND, "serve", str(sample.directory), "--virtualenv",
                 str(sample.virtualenv), "--config", sample.config],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                encoding="utf-8", timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: Python finds no module nothing_like_it",
                      done.stderr)
        self.assertNotIn("pip install nothing_like_it", done.stderr)
        self.assertRegex(done.stderr, r"code:\s+\S+/bare_app\.py:1")


if __name__ == "__main__":
    unittest.main()
