"""What `test_checks` proves, for the failures that take some staging."""

import hmac
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest
from pathlib import Path

from tests.live.test_checks import Case, needs_root
from tests.support import fastcgi_samples, samples

# A library in C as many are: it takes Python's lock wherever it is called.
LIBRARY = r"""
#include <Python.h>

static PyObject *call(PyObject *self, PyObject *function)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(function);
    PyGILState_Release(state);
    return result;
}

static PyMethodDef methods[] = {{"call", call, METH_O, ""}, {NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "library", "", -1, methods};

PyMODINIT_FUNC PyInit_library(void)
{
    return PyModule_Create(&module);
}
"""


class Staged(Case):
    """With an application of the test's own before that of the sample."""

    def wrap(self, code):
        """Answer what ``answer(environ)``, defined by ``code``, knows.

        It returns a body and more headers; None leaves it to the sample.
        """
        # As the text is, and not as a pattern has it.
        code = code.replace("\\", r"\\")
        self.edit(self.script, r"\Z", f"""
{code}

sample = application

def application(environ, start_response):
    answered = answer(environ)
    if answered is None:
        return sample(environ, start_response)
    start_response('200 OK', [('Content-Type', 'text/plain'), *answered[1:]])
    return [answered[0]]
""")

    def get(self, server, path, **options):
        """What a visitor of the running server gets."""
        return server.get(self.mount + path, self.host, **options)

    def together(self, server, path, count, **options):
        """The statuses of ``count`` visitors at one time, in order."""
        statuses = []
        visitors = [threading.Thread(target=lambda: statuses.append(
            self.get(server, path, **options).status))
            for _ in range(count)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        return sorted(statuses)

    def hints(self):
        """The findings that are shown with -v alone, by code."""
        with self.apache():
            told = json.loads(self.run_command(
                "check", "--json", "--server-config", self.server_config))
        return {each["code"]: each for each in told["problems"]
                if each["level"] == "hint"}


class Sockets(Staged):

    def test_08_sockets_that_a_log_rotation_takes_away(self):
        self.deploy()
        self.assertRegex(self.during_a_log_rotation(),
                         "503(.|\n)*No such file or directory.*"
                         r"Unable to connect to WSGI daemon process")
        with self.apache():
            told = self.run_command("check", "-v", "--no-load",
                                    "--server-config", self.server_config)
        self.assertIn("hint: WSGISocketRotation is not off", told)
        self.assertEqual(self.status, 0)
        self.mend(self.hints()["MWD310"])
        self.assertNotIn("MWD310", self.hints())
        self.assert_reached(self.during_a_log_rotation())

    def test_08_the_generated_baseline_keeps_them(self):
        self.deploy(f"--baseline={samples.baseline()}")
        # An ordinary user's server has its sockets elsewhere.
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.assertNotIn("MWD310", self.hints())
        self.assert_reached(self.during_a_log_rotation())

    def assert_reached(self, told):
        """The socket was there; but mod_wsgi, up to 6.1, takes nothing from
        a child of Apache that has read its configuration before."""
        self.assertNotIn(" 503 ", told)
        self.assertNotIn("Unable to connect", told)
        self.assertIn("Request origin could not be validated", told)

    def during_a_log_rotation(self):
        """The answer to a request that is half sent then, and the log."""
        with self.apache() as server:
            server.start(self.served)
            before = self.process(server)
            with socket.create_connection(
                    ("127.0.0.1", self.port)) as visitor:
                visitor.sendall(f"GET {self.mount}/ HTTP/1.0\r\n".encode())
                time.sleep(0.3)
                # As logrotate does, by `apachectl graceful`.
                pid = Path(f"{server.directory}/httpd.pid").read_text()
                os.kill(int(pid), signal.SIGUSR1)
                # The processes of before end; visitors come anew.
                self.wait_for(lambda: not os.path.exists(f"/proc/{before}"))
                self.wait_for(lambda: self.process(server))
                server.new_lines()
                visitor.sendall(b"Host: 127.0.0.1\r\n\r\n")
                with visitor.makefile("rb") as answer:
                    status = answer.readline().decode()
            time.sleep(0.1)
            return "\n".join([status, *server.new_lines()])

    def process(self, server):
        """The id of the process that answers; None if there is none."""
        answer = self.get(server, "/seen")
        return json.loads(answer.body)["pid"] if answer.status == 200 \
            else None

    def wait_for(self, true):
        """Return once it is."""
        end = time.monotonic() + 20
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


class Headers(Staged):

    def test_09_a_header_longer_than_the_buffer(self):
        self.deploy()
        self.wrap("def answer(environ):\n"
                  "    return b'fine', ('X-Session', 'x' * 40000)")
        self.prove("MWD603", "500(.|\n)*Truncated or oversized response"
                   " headers", "200 OK\nfine")
        self.assertIn("header-buffer-size=131072", self.conf.read_text())

    def test_09_the_longest_that_fits(self):
        for length, fits in ((32753, False), (32752, True)):
            with self.subTest(length):
                self.setUp()
                self.deploy()
                self.wrap("def answer(environ):\n    return (b'fine',"
                          f" ('X-Session', 'x' * {length + 2}))")
                self.assertEqual("MWD603" not in self.check(), fits)
                self.assertRegex(self.visit(), "200" if fits else "500")

    def test_09_headers_that_are_none(self):
        for name, value in (("X A", "b"), ("X-A", "b\nSet-Cookie: c"),
                            ("X-A", "\u20ac"), ("X(A)", "b"), ("", "b"),
                            ("X-A", b"b"), ("X-A", "b\x01")):
            with self.subTest(name, value=value):
                self.setUp()
                self.deploy()
                self.wrap("def answer(environ):\n"
                          f"    return b'fine', ({name!r}, {value!r})")
                self.assertIn("MWD603", self.check())
                self.assertRegex(self.visit(), "500")

    def test_09_the_option(self):
        self.deploy("--header-buffer-size=65536")
        self.wrap("def answer(environ):\n"
                  "    return b'fine', ('X-Session', 'x' * 40000)")
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "200 OK\nfine")

    def test_an_application_that_cannot_be_asked_is_left_alone(self):
        self.deploy()
        self.wrap("def answer(environ):\n"
                  "    environ['mod_wsgi.version']\n")
        self.assertEqual(self.check(), {})

    def test_one_that_does_not_answer_is_left_alone(self):
        self.deploy()
        self.wrap("import time\ndef answer(environ):\n    time.sleep(30)")
        began = time.monotonic()
        self.assertEqual(self.check(), {})
        self.assertLess(time.monotonic() - began, 15)

    def test_one_that_is_left_out_is_not_asked(self):
        self.deploy("--skip=MWD603")
        asked = self.top / "asked"
        asked.mkdir(mode=0o777)
        asked.chmod(0o777)
        self.wrap("def answer(environ):\n"
                  f"    open({str(asked / 'file')!r}, 'w').close()\n")
        self.assertEqual(self.check(), {})
        self.assertEqual(list(asked.iterdir()), [])


class Interpreters(Staged):

    def test_10_a_library_in_c_hangs_outside_the_first_interpreter(self):
        directory = self.top / "libraries"
        directory.mkdir()
        (directory / "library.c").write_text(LIBRARY)
        include = subprocess.check_output(
            [samples.interpreter(), "-c", "import sysconfig;"
             " print(sysconfig.get_path('include'))"], text=True).strip()
        subprocess.run(
            ["gcc", "-shared", "-fPIC", f"-I{include}", "-o",
             directory / "library.so", directory / "library.c"], check=True)
        self.deploy(f"--python-path={directory}")
        self.edit(self.conf, r"application-group=%\{GLOBAL\}",
                  "application-group=plain_app")
        self.edit(self.script, r"\Z", "import library\nlibrary.call(list)\n")
        self.prove("MWD406", "did not answer within", "200 OK")


class Databases(Staged):

    @needs_root
    def test_18_a_database_that_is_locked(self):
        self.ini = self.project / "relative.ini"
        self.deploy("--threads=1", "--skip=MWD504")
        self.project.chmod(0o1777)
        for database in self.project.glob("notes.db*"):
            database.chmod(0o666)
        self.wrap(f"""
import sqlite3, time

def answer(environ):
    if environ['REQUEST_METHOD'] != 'POST':
        return None
    database = sqlite3.connect({str(self.project / 'notes.db')!r},
                               timeout=0.2)
    with database:
        database.execute("insert into note values ('long')")
        time.sleep(1)
    return (b'saved',)
""")
        found = self.check()
        self.assertEqual(set(found), {"MWD508"})
        statuses, log = self.write_at_once()
        self.assertEqual(statuses, [200, 500])
        self.assertIn("database is locked", log)
        self.mend(found["MWD508"])
        self.assertEqual(self.check(), {})
        statuses, log = self.write_at_once()
        self.assertEqual(statuses, [200, 200])
        self.assertNotIn("locked", log)

    def write_at_once(self):
        """What two visitors get who write at one time, and the log."""
        with self.apache() as server:
            server.start(self.served)
            statuses = self.together(server, "/", 2, method="POST", body=b"")
            time.sleep(0.1)
            return statuses, "\n".join(server.new_lines())


class Load(Staged):

    def test_20_a_site_that_is_overrun(self):
        self.overrun("--queue-timeout=0")

    def test_20_a_queue_timeout_that_comes_too_late(self):
        self.overrun("--queue-timeout=45")

    def overrun(self, choice):
        """Foresee it, let it happen, mend it, let it happen again."""
        self.deploy("--processes=1", "--threads=1", "--socket-timeout=4",
                    choice)
        found = self.check()
        self.assertIn("MWD412", found)
        statuses, later = self.busy()
        self.assertIn(504, statuses)
        self.assertEqual(later, 504)
        self.mend(found["MWD412"])
        self.assertNotIn("MWD412", self.check())
        statuses, later = self.busy()
        self.assertIn(200, statuses)
        self.assertEqual(later, 200)

    def busy(self):
        """What twelve visitors of a slow page get, and one after them."""
        with self.apache() as server:
            server.start(self.served)
            statuses = self.together(server, "/sleep?seconds=1.2", 12)
            return statuses, self.get(server, "/").status


class Code(Staged):

    def test_19_a_changed_script_that_is_not_loaded_again(self):
        self.deploy("--processes=1")
        self.edit(self.conf, r"\Z", "WSGIScriptReloading Off\n")
        self.wrap("def answer(environ):\n    return (b'code 1',)")
        found = self.check()["MWD415"]
        self.assertEqual(self.change("code 1", "code 2"), b"code 1")
        self.mend(found)
        self.assertNotIn("MWD415", self.check())
        self.assertEqual(self.change("code 2", "code 3"), b"code 3")

    def change(self, old, new):
        """What a visitor sees once the script of a running site changed."""
        with self.apache() as server:
            server.start(self.served)
            self.assertEqual(self.get(server, "/").body, old.encode())
            self.edit(self.script, old, new)
            later = time.time() + 2
            os.utime(self.script, (later, later))
            return self.get(server, "/").body

    def test_19_a_changed_module(self):
        self.deploy("--processes=1")
        with self.apache() as server:
            server.start(self.served)
            self.assertEqual(self.get(server, "/linked").body, b"linked\n")
            self.assertNotIn("MWD415", self.findings())
            earlier = time.time() - 60
            module = self.project / "plain_app" / "seen.py"
            self.edit(module, 'b"linked', 'b"changed')
            later = time.time() + 1
            # The ini counts as the code does.
            for path, other in ((self.ini, module), (module, self.ini)):
                os.utime(path, (later, later))
                os.utime(other, (earlier, earlier))
                self.assertIn(str(path), self.findings()["MWD415"]["message"])
            self.assertEqual(self.get(server, "/linked").body, b"linked\n")
            found = self.findings()
            time.sleep(1.1)
            self.mend(found["MWD415"])
            self.assertEqual(self.get(server, "/linked").body, b"changed\n")
            self.assertNotIn("MWD415", self.findings())


class Visitors(Staged):

    def test_22_debug_shows_the_source_to_every_visitor(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n", (
            "[DEFAULT]\ndebug = true\n"
            "[filter:errors]\nuse = egg:Paste#error_catcher\n"
            "[app:main]\nfilter-with = errors\n"))
        self.prove("MWD501", "500(.|\n)*seen.py(.|\n)*asked to fail"
                   "(.|\n)*</html>", "500(.|\n)*Turn debug on", "/fail")
        self.assertIn("debug = false\n", self.ini.read_text())


    def test_22_a_secret_that_everybody_knows_lets_everybody_in(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n",
                  "[app:main]\nsession.secret = change-me\n")
        self.wrap("""
import configparser, hmac

def answer(environ):
    ini = configparser.RawConfigParser()
    ini.read(CONFIG)
    secret = ini.get('app:main', 'session.secret').encode()
    signed = hmac.new(secret, b'admin', 'sha256').hexdigest()
    return (b'welcome, admin' if hmac.compare_digest(
        signed, environ.get('HTTP_X_SESSION', '')) else b'who are you?',)
""")
        forged = hmac.new(b"change-me", b"admin", "sha256").hexdigest()
        self.prove("MWD502", "welcome, admin", "who are you",
                   headers={"X-Session": forged})


class Together(Staged):

    def test_all_fixes_of_one_run_are_run_in_its_order(self):
        self.usual = ("--egg-cache=",)
        self.deploy()
        # As it is aligned by hand; what is missing comes first.
        for old, new in (
                (r" \\\n +lang=.* \\\n +locale=\S+", ""),
                (r" application-group=%\{GLOBAL\}", ""),
                ("WSGIScriptAlias /plain_app ",
                 "WSGIScriptAlias\t/plain_app   "),
                ("WSGIDaemonProcess ", "WSGIDaemonProcess   "),
                (r"\A", "Alias /plain_app/a /none/a\n"
                 "Alias /plain_app/b \\\\\n    /none/b\n"
                 "WSGIScriptReloading Off\n")):
            self.edit(self.conf, old, new)
        self.edit(self.ini, r"\[app:main\]\n", (
            "[filter:prefix]\nuse = egg:PasteDeploy#prefix\n"
            "[app:main]\nfilter-with = prefix\nsecret = change-me\n"
            "debug = true\n"))
        available = self.top / "available.conf"
        available.write_text("Alias /plain_app /none\n")
        enabled = self.top / "enabled.conf"
        enabled.symlink_to(available)
        self.neighbour(f"Include {enabled}")
        with self.apache():
            told = self.run_command("check", "--json", "--server-config",
                                    self.server_config)
        self.assertTrue(told.startswith("{"), told)
        told = json.loads(told)
        self.assertEqual([each["code"] for each in told["problems"]], [
            "MWD108", "MWD108", "MWD310", "MWD406", "MWD407", "MWD411",
            "MWD413", "MWD415", "MWD501", "MWD502", "MWD506"])
        for problem in told["problems"]:
            self.mend(problem)
        self.assertEqual(self.check(), {})
        self.assertEqual(self.hints(), {})
        self.assertRegex(self.visit(), "200 OK")
        self.assertTrue(enabled.is_symlink())
        self.assertEqual(available.read_text(), "#Alias /plain_app /none\n")


class FastCGI(Staged):
    """A server of its own runs the script, and `check` must not."""

    sample = staticmethod(fastcgi_samples.pyramid)

    def test_the_socket_of_a_running_site_is_left_alone(self):
        self.wsgi, self.modules = False, ("proxy", "proxy_fcgi")
        path = self.top / "logs" / "socket"
        self.deploy("--backend=fastcgi", "--fastcgi-mode=proxy",
                    f"--fastcgi-socket={path}")
        path.parent.chmod(0o777)
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(str(path))
            before = path.stat()
            self.assertEqual(self.check(), {})
            self.assertEqual(path.stat(), before)

    def test_02_the_module_that_speaks_fastcgi_is_not_installed(self):
        self.wsgi, self.modules = False, ("fcgid",)
        virtualenv = self.top / "virtualenv"
        subprocess.run([samples.interpreter(), "-m", "venv", virtualenv],
                       check=True)
        # With all of the sample's other packages.
        for path in self.sample().site_packages.iterdir():
            target = next(virtualenv.glob("lib/*/site-packages")) / path.name
            if "flup" not in path.name and not target.exists():
                target.symlink_to(path)
        self.virtualenv = virtualenv
        self.deploy("--backend=fastcgi")
        self.prove("MWD601", "500(.|\n)*No module named 'flup'")


class Modules(Staged):

    def test_02_what_the_project_requires_is_not_installed(self):
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([samples.interpreter(), "-m", "venv",
                        self.virtualenv], check=True)
        subprocess.run([self.virtualenv / "bin" / "pip", "-q", "install",
                        "PasteDeploy"], check=True,
                       stderr=subprocess.DEVNULL)
        self.edit(self.project / "setup.py", '"Paste"', '"WebOb"')
        self.edit(self.project / "plain_app" / "__init__.py", "(?=from .seen)",
                  "import webob  # noqa\n")
        self.deploy()
        self.prove("MWD601", "No module named 'webob'")


if __name__ == "__main__":
    unittest.main()
