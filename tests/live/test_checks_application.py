"""What the loaded application answers.

Each failure is foretold, seen, and mended by the printed fix.
"""

import socket
import subprocess
import time

from tests.support import fastcgi_samples, kept
from tests.support.check_case import StagedCase


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
