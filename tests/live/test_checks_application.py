"""What the loaded application answers.

Each failure is foretold, seen, and mended by the printed fix.
"""

import os
import re
import socket
import subprocess
import time

from tests.support import fastcgi_samples, framework_samples, kept
from tests.support.check_case import (
    HOST,
    CheckCase,
    StagedCase,
    needs_root,
)


class Headers(StagedCase):

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

    @needs_root
    def test_a_virtualenv_of_a_python_in_a_closed_directory(self):
        """As those of pyenv in root's home: mod_wsgi has its own Python."""
        packages = self.sample().site_packages
        virtualenv, closed = self.top / "env", self.top / "closed"
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip",
                        virtualenv], check=True)
        own, = virtualenv.glob("lib/python3*/site-packages")
        (own / "sample.pth").write_text(f"{packages}\n")
        closed.mkdir(0o700)
        (closed / "python3").symlink_to("/usr/bin/python3")
        for name in virtualenv.glob("bin/python*"):
            name.unlink()
        (virtualenv / "bin" / "python").symlink_to(closed / "python3")
        (virtualenv / "pyvenv.cfg").write_text(
            (virtualenv / "pyvenv.cfg").read_text().replace(
                "home = /usr/bin", f"home = {closed}"))
        self.virtualenv = virtualenv
        self.deploy()
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "200")

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
        self.deploy(*(f"--skip=MWD60{number}" for number in range(3, 9)))
        asked = self.top / "asked"
        asked.mkdir(mode=0o777)
        asked.chmod(0o777)
        self.wrap("def answer(environ):\n"
                  f"    open({str(asked / 'file')!r}, 'w').close()\n")
        self.assertEqual(self.check(), {})
        self.assertEqual(list(asked.iterdir()), [])


class FirstPage(StagedCase):

    def test_one_that_raises(self):
        self.deploy()
        self.wrap("def answer(environ):\n    return missing_name")
        found = self.check()["MWD604"]
        self.assertIn("raises NameError: name 'missing_name' is not defined",
                      found["message"])
        self.assertIn("in answer", found["message"])
        wrong = "500(.|\n)*NameError"
        self.assertRegex(self.visit("/", wrong), wrong)

    def test_one_that_answers_500_and_logs_why(self):
        self.deploy()
        self.edit(self.script, r"\Z", """
import logging

def application(environ, start_response):
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger().exception('it fails')
    start_response('500 Internal Server Error', [])
    return [b'sorry']
""")
        found = self.check()["MWD604"]
        self.assertRegex(found["message"], "answered with 500(.|\n)*"
                         "ZeroDivisionError: division by zero\n")

    def test_one_that_answers_500_and_says_why_on_its_page(self):
        self.deploy()
        said = "Sorry: initialize your <database> first."
        for kind, page in (
                ("text/plain", said),
                ("text/html", "<html><style>p {}</style><p>Sorry:\n<b>"
                 "initialize</b> your &lt;database> first.")):
            for way in "return [page]", "write(page)\n    return []":
                with self.subTest(kind=kind, way=way):
                    self.edit(self.script, r"(?s)(# the page.*)?\Z", f"""\
# the page
def application(environ, start_response):
    page = {page.encode()!r}
    write = start_response('500 Internal Server Error', [
        ('Content-Type', {kind!r})])
    {way}
""".replace("\\", r"\\"))
                    wrong = ("500 Internal Server Error, and its page says:"
                             f" {re.escape(said)}")
                    self.assertRegex(self.check()["MWD604"]["message"],
                                     f"is answered with {wrong}")
                    self.assertRegex(self.visit(), f"answers {wrong};")

    def test_what_only_a_server_knows_is_no_finding(self):
        for name in ("mod_wsgi.version", "SSL_CLIENT_S_DN", "REMOTE_USER",
                     "REQUEST_URI", "HTTP_HOST", "mod_wsgi.queue_start"):
            with self.subTest(name):
                self.setUp()
                self.deploy()
                self.wrap("def answer(environ):\n"
                          f"    return repr(environ[{name!r}]).encode(),")
                self.assertEqual(self.check(), {})

    def test_a_factory(self):
        self.deploy()
        self.edit(self.script, r"\Z", "\nmade = application\n\n"
                  "def application():\n    return made\n")
        self.prove("MWD605", "500")

    def test_answers_that_are_none_of_these(self):
        for status in ("404 Not Found", "302 Found", "401 Unauthorized",
                       "400 Bad Request"):
            with self.subTest(status):
                self.setUp()
                self.deploy()
                self.edit(self.script, r"\Z", f"""
class application:
    def __init__(self, environ, start_response):
        start_response({status!r}, [])
    def __iter__(self):
        yield b'x'
""")
                self.assertEqual(self.check(), {})


class Django(CheckCase):
    """Its settings, and the hosts that it knows."""

    sample = staticmethod(framework_samples.django)
    usual = ()

    def setUp(self):
        super().setUp()
        self.settings = self.project / "mysite" / "settings.py"

    def deploy(self, *choices):
        (self.top / "logs").mkdir(exist_ok=True)
        self.run_command(
            "deploy", "-q", "--in-place", f"--virtualenv={self.virtualenv}",
            f"--log-directory={self.top}/logs", f"--server-name={HOST}",
            f"--port={self.port}", *choices)
        self.assertEqual(self.status, 0)
        self.conf = self.project / "apache" / "mysite"
        self.host, self.mount = HOST, "/"

    def test_hosts(self):
        self.edit(self.settings, r"\['\*'\]", "[]")
        self.deploy()
        self.prove("MWD604", "400", "200", "/admin/login/")

    def test_a_wildcard_of_hosts(self):
        self.edit(self.settings, r"\['\*'\]", "['.example.com']")
        self.deploy()
        self.assertEqual(self.check(), {})

    def test_debug_and_the_secret_of_startproject(self):
        self.edit(self.settings, "DEBUG = False", "DEBUG = True")
        self.edit(self.settings, "SECRET_KEY = '",
                  "SECRET_KEY = 'django-insecure-")
        self.deploy()
        found = self.check()
        self.assertEqual(set(found), {"MWD606", "MWD607"})
        self.mend(found["MWD606"])
        self.assertEqual(set(self.check()), {"MWD607"})

    def test_static_files_that_nobody_collected(self):
        self.edit(self.settings, "STATIC_ROOT.*\n", "")
        self.deploy()
        self.assertIn("MWD608", self.check())
        self.settings.write_text(self.settings.read_text()
                                 + f"STATIC_ROOT = '{self.top}/static'\n")
        found = self.check()["MWD608"]
        self.mend(found)
        self.assertEqual(self.check(), {})

    def test_an_exception_that_django_answers_itself(self):
        self.edit(self.project / "mysite" / "urls.py", r"\Z",
                  "\nurlpatterns = [path('', lambda request: 1 / 0)]\n")
        self.deploy()
        found = self.check()["MWD604"]
        self.assertRegex(found["message"], "answered with 500(.|\n)*"
                         "division by zero")


class Trac(CheckCase):
    """What Trac's own tool makes for the one who calls it alone."""

    sample = staticmethod(framework_samples.trac)
    usual = ()

    @needs_root
    def test_its_configuration_is_closed_to_the_processes(self):
        # As by trac-admin, but for the database.
        subprocess.run(["chown", "-R", "www-data:", self.project], check=True)
        ini = self.project / "conf" / "trac.ini"
        ini.chmod(0o600)
        os.chown(ini, 0, 0)
        (self.top / "logs").mkdir()
        self.run_command(
            "deploy", "-q", "--in-place", f"--virtualenv={self.virtualenv}")
        self.assertEqual(self.status, 0)
        self.conf = self.project / "apache" / "project"
        self.host, self.mount = "", "/project"
        found = self.check()
        self.assertIn(f"cannot read {ini} ", found["MWD201"]["message"])
        self.assertIn("its page says: Trac Error TracError: Error reading"
                      f" '{ini}'", found["MWD604"]["message"])
        self.prove("MWD201", f"500(.|\n)*Error reading '{ini}'")


class FastCGI(StagedCase):
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

    def test_the_limit_of_a_site_beside_it(self):
        self.wsgi, self.modules = False, ("fcgid",)
        self.deploy("--backend=fastcgi")
        self.neighbour("FcgidMaxRequestLen 1000")
        # Which is read last, so it counts.
        serving = self.serving

        def after():
            one, = serving()
            return [one._replace(config_files=one.config_files[::-1])]

        self.serving = after
        self.prove("MWD430", r"500(.|\n)*exceeds MaxRequestLen \(1000\)",
                   method="POST", body=b"x" * 5000)

    def test_02_the_module_that_speaks_fastcgi_is_not_installed(self):
        self.wsgi, self.modules = False, ("fcgid",)
        virtualenv = self.top / "virtualenv"
        subprocess.run([kept.interpreter(), "-m", "venv", virtualenv],
                       check=True)
        # With all of the sample's other packages.
        for path in self.sample().site_packages.iterdir():
            target = next(virtualenv.glob("lib/*/site-packages")) / path.name
            if "flup" not in path.name and not target.exists():
                target.symlink_to(path)
        self.virtualenv = virtualenv
        self.deploy("--backend=fastcgi")
        self.prove("MWD601", "500(.|\n)*No module named 'flup'")
