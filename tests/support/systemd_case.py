"""A host that systemd runs, with a site that has an application server."""

import contextlib
import os
import time
import unittest
from pathlib import Path

from tests.support import hosts, http_samples
from tests.support.http import Visitors

HOST = "www.example.com"
PROJECT, VIRTUALENV = "/srv/shop", "/srv/venv"
UNITS = ("shop.service", "shop.socket")
KILLING = Path(__file__).with_name("killing.py")
# It says who answers, and writes where it is asked to.
APPLICATION = """\
import os
import time
import urllib.parse

VERSION = "one"


def application(environ, start_response):
    path = urllib.parse.unquote(environ["QUERY_STRING"])
    text = f"{VERSION} {os.getpid()}"
    if environ["PATH_INFO"] == "/write":
        try:
            with open(path, "w") as stream:
                stream.write("x")
            text = "written"
        except OSError as error:
            text = os.strerror(error.errno)
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(float(path))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
"""


class SystemdCase(unittest.TestCase):
    """One host for all tests of a class; the site ``shop`` is off before
    each."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        hosts.require()
        context = hosts.made(1)
        cls.fleet = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.host, = cls.fleet
        cls.host.send(http_samples.wire().virtualenv, VIRTUALENV)

    def setUp(self):
        self.addCleanup(self.remove)
        self.write(f"{PROJECT}/shop.py", APPLICATION)

    def remove(self):
        """Have the host as it was."""
        if (self.host.root / PROJECT[1:] / "apache/site.ini").exists():
            self.command("disable", PROJECT, "--purge")
        self.run_there("rm", "-rf", PROJECT, "/etc/systemd/system/shop.socket",
                       "/etc/systemd/system/shop.service")
        self.run_there("systemctl", "daemon-reload")
        self.host.run("systemctl", "reset-failed", *UNITS, check=False)

    def run_there(self, *words, **options):
        """What a command of root's on the host prints."""
        return self.host.run(*words, **options).stdout

    def command(self, *words, status=0, env=()):
        """What modwsgideploy prints there."""
        done = self.host.run("env", *env, "modwsgideploy", *words,
                             check=False, timeout=300)
        if status is not None:
            self.assertEqual(done.returncode, status,
                             done.stdout + done.stderr)
        self.assertNotRegex(done.stderr, r"(?m)^Traceback")
        return done.stdout + done.stderr

    def write(self, path, text):
        self.host.run("sh", "-c", 'mkdir -p "${1%/*}" && cat >"$1"', "sh",
                      path, input=text)

    def change(self, path, old, new):
        """Replace a piece of a file."""
        text = self.run_there("cat", path)
        self.assertIn(old, text)
        self.write(path, text.replace(old, new))

    def deploy(self, *options, name="shop", project=PROJECT, **kwargs):
        return self.command(
            "deploy", project, "--in-place", f"--name={name}",
            f"--virtualenv={VIRTUALENV}", "--application=shop:application",
            f"--server-name={HOST}", "--mount-point=/", "--egg-cache=",
            "--backend=http", "--overwrite", *options, **kwargs)

    def get(self, path="/seen", host=HOST):
        return self.host.get(path, host)

    def state(self):
        """What of Apache's and systemd's files is there, and what runs."""
        found = {}
        for directory in ("etc/apache2", "etc/systemd/system"):
            for top, _, names in os.walk(self.host.root / directory):
                for name in names:
                    path = Path(top, name)
                    found[str(path.relative_to(self.host.root))] = (
                        os.readlink(path) if path.is_symlink()
                        else path.read_text())
        active = self.host.run("systemctl", "is-active", *UNITS, check=False)
        return {**found, "active": active.stdout.split()}

    def until(self, holds, what):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.05)
        self.fail(f"in vain: {what}\n{self.journal()}")

    def journal(self):
        return self.run_there("journalctl", "-u", "shop.service", "-n", "40",
                              "--no-pager", "-q")

    @contextlib.contextmanager
    def visited(self, path="/"):
        """Under load from elsewhere; the Visitors."""
        visitors = Visitors(80, path, HOST, 3, self.host.address)
        with self.fleet.network():
            visitors.__enter__()
        try:
            yield visitors
        finally:
            visitors.__exit__(None, None, None)

    def answered(self, visitors, more=30):
        """Wait until so many more were answered."""
        wanted = visitors.asked + more
        self.until(lambda: visitors.asked >= wanted, "more answers")

    def killed_at(self, number, *words, signal="KILL", env=()):
        """Have a command get a signal ahead of a call, by default one of
        systemctl; the exit status."""
        if not (self.host.root / "srv/killing.py").is_file():
            self.write("/srv/killing.py", KILLING.read_text())
        ahead_of = "" if os.environ.get("FUZZ") else "systemctl"
        return self.host.run(
            "env", *env, f"KILLED_AHEAD_OF={ahead_of}",
            "/opt/modwsgideploy/bin/python", "/srv/killing.py", signal,
            f"{number}", *words, check=False).returncode
