"""An Apache laid out as Debian's, in a directory of its own, to be changed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from modwsgideploy.apache import binaries
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.apache.probe import probe
from modwsgideploy.apache.processes import (
    group_lives,
    process_of,
    running_daemons,
)
from modwsgideploy.system.accounts import find_account
from tests.support import samples
from tests.support.ending import kill_apache
from tests.support.ports import free_port

BIN = Path(sys.executable).parent

MODULES = ("mpm_event", "authz_core", "alias", "log_config", "unixd", "dir",
           "reqtimeout", "env")

NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}

MAIN = """\
ServerRoot "{root}"
PidFile "{root}/run/apache.pid"
DefaultRuntimeDir "{root}/run"
ServerName localhost
ErrorLog "{root}/log/error.log"
LogFormat "%h" combined
User #{uid}
Group #{gid}
DocumentRoot "{root}/documents"
<Directory "/">
    Require all denied
</Directory>
<Directory "{root}/documents">
    Require all granted
</Directory>
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
IncludeOptional conf-enabled/*.conf
IncludeOptional sites-enabled/*.conf
"""


def owner_without_rights(case, project):
    """Have a user without rights own ``project``; options to run as it."""
    if os.geteuid():
        case.skipTest("whoever runs this has no other user")
    try:
        subprocess.run([BIN / "modwsgideploy", "--version"], cwd="/",
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, **NOBODY)
    except (OSError, subprocess.CalledProcessError):
        case.skipTest("another user cannot enter this checkout")
    for path in (project, *project.rglob("*")):
        os.chown(path, 65534, 65534)
    return NOBODY


class ApacheCase(unittest.TestCase):
    """An Apache with a site of somebody else, and projects to be enabled."""

    maxDiff = None

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)
        self.root = self.top / "etc"
        self.port = free_port()
        self.httpd = binaries.find_httpd()
        self.lay_out()
        self.apache("start")
        self.addCleanup(self.kill)
        self.wait("/neighbour/seen")

    def lay_out(self):
        """The configuration, as Debian's packages lay it out."""
        for name in ("sites-available", "sites-enabled", "conf-available",
                     "conf-enabled", "mods-available", "mods-enabled", "run",
                     "log", "documents"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        account = find_account()
        self.config = self.root / "apache2.conf"
        self.config.write_text(MAIN.format(
            root=self.root, uid=account.uid, gid=account.gid))
        (self.root / "ports.conf").write_text(f"Listen {self.port}\n")
        for name in (*MODULES, "wsgi"):
            if name not in self.httpd.static:
                self.module(name)
        neighbour = self.project("neighbour")
        shutil.copy(neighbour / "apache" / "neighbour",
                    self.root / "sites-available" / "neighbour.conf")
        os.symlink("../sites-available/neighbour.conf",
                   self.root / "sites-enabled" / "neighbour.conf")

    def module(self, name):
        """Make a module available, and enable it."""
        path = (mod_wsgi_module.find_mod_wsgi(self.httpd).path
                if name == "wsgi" else self.httpd.module(name))
        if path:
            text = f"LoadModule {name}_module {path}\n"
            if name == "wsgi":
                text += (f"WSGISocketPrefix {self.root}/run/wsgi\n"
                         "WSGISocketRotation Off\n")
            (self.root / "mods-available" / f"{name}.load").write_text(text)
            (self.root / "mods-enabled" / f"{name}.load").write_text(text)

    def project(self, name, *options):
        """A deployment called ``name``; the project's directory."""
        sample = samples.bare()
        directory = self.top / name
        shutil.copytree(sample.directory, directory)
        shutil.rmtree(directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", directory, "-q", "--in-place", "--name", name,
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            "--log-directory", self.root / "log", "--egg-cache=",
            "--processes=1", "--threads=5", "--platform=debian", *options)
        return directory

    def apache(self, verb):
        """Let it start or stop."""
        if verb == "start" and not group_lives(self.pid):
            # Left by one that was killed, whose zombie counts as running.
            (self.root / "run" / "apache.pid").unlink(missing_ok=True)
        with open(self.top / "said", "w+") as said:
            done = subprocess.run(
                [self.httpd.path, "-f", self.config, "-k", verb],
                check=False, stdin=subprocess.DEVNULL, stdout=said,
                stderr=said)
            said.seek(0)
            self.assertEqual(done.returncode, 0, said.read() + self.log())

    def log(self):
        """The main error log."""
        path = self.root / "log" / "error.log"
        return path.read_text() if path.exists() else ""

    @property
    def pid(self):
        try:
            return int((self.root / "run" / "apache.pid").read_text())
        except (OSError, ValueError):
            return 0

    def kill(self):
        pid = self.pid
        if pid:
            kill_apache(pid, os.killpg)

    def stop(self):
        """Kill it, and wait till nothing is left of it."""
        pid = self.pid
        self.kill()
        while group_lives(pid):
            time.sleep(0.01)

    def get(self, path, port=None, **options):
        return probe(path, port or self.port, **options)

    def wait(self, path):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.get(path).status == 200:
                return
            time.sleep(0.01)
        self.fail((self.root / "log" / "error.log").read_text())

    def settle(self, **counts):
        """Wait till sites have so many processes, and none of before."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            daemons = [daemon for daemon in running_daemons()
                       if (process := process_of(daemon.pid))
                       and process.parent == self.pid]
            if all(sum(daemon.title == f"(wsgi:{name})".encode()
                       for daemon in daemons) == count
                   for name, count in counts.items()):
                return
            time.sleep(0.02)
        self.fail(f"{counts}, and not {daemons}")

    def run_command(self, *arguments, status=0, user=()):
        """What modwsgideploy prints: stdout and stderr."""
        done = subprocess.run(
            [BIN / "modwsgideploy", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            check=False, cwd="/", timeout=300, **dict(user))
        if status is not None:
            self.assertEqual(done.returncode, status,
                             done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stdout, done.stderr

    def start_command(self, *arguments):
        """The process (Popen) of a command that goes on meanwhile."""
        process = subprocess.Popen(
            [BIN / "modwsgideploy", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            cwd="/")
        self.addCleanup(process.communicate)
        return process

    def enable(self, what, *options, **kwargs):
        return self.run_command("enable", what, "--server-config",
                                self.config, *options, **kwargs)

    def disable(self, what, *options, **kwargs):
        return self.run_command("disable", what, "--server-config",
                                self.config, *options, **kwargs)

    def tree(self):
        """All of the configuration: path to text, or to a link's target."""
        return {
            str(path.relative_to(self.root)):
                os.readlink(path) if path.is_symlink() else path.read_text()
            for name in (".", "sites-available", "sites-enabled",
                         "conf-available", "conf-enabled", "mods-enabled")
            for path in (self.root / name).iterdir()
            if path.is_symlink() or path.is_file()}


class HttpsCase(ApacheCase):
    """The same, with another port for HTTPS."""

    name = "shop.example"

    def setUp(self):
        super().setUp()
        self.https = free_port()
        for name in ("ssl", "socache_shmcb", "setenvif", "rewrite"):
            if name not in self.httpd.static:
                self.module(name)
        with (self.root / "ports.conf").open("a") as stream:
            stream.write(f"Listen {self.https} https\n")

    def certificate(self, name, password=None):
        """Make a certificate and its key; their paths."""
        paths = [self.top / f"{name}.{end}" for end in ("pem", "key")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "90",
             *(["-passout", f"pass:{password}"] if password else ["-nodes"]),
             "-subj", f"/CN={self.name}", "-addext",
             f"subjectAltName=DNS:{self.name}",
             "-keyout", paths[1], "-out", paths[0]], check=True,
            stderr=subprocess.DEVNULL)
        return paths

    def shop(self, certificate, key):
        return self.project(
            "shop", f"--server-name={self.name}", f"--port={self.https}",
            "--mount-point=/", f"--certificate={certificate}",
            f"--certificate-key={key}")
