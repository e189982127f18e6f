"""How many requests a graceful reload of Apache loses, each way to be served.

Clients ask without a pause while Apache reloads again and again.  The ratio is
that of lost requests to reloads.
"""

import contextlib
import os
import re
import shutil
import socket
import threading
import time

from modwsgideploy.system.accounts import find_account
from tests.support import fastcgi_samples
from tests.support.apache_case import ApacheCase
from tests.support.fastcgi import unit_running

RELOADS, SECONDS, CLIENTS = 12, 2, 4


def rows():
    """Yield what was measured, for run.py."""
    for name, serve, path in (
            ("static files", Reloads.by_apache, "/page.html"),
            ("mod_wsgi, names of sockets kept", Reloads.by_daemon, "/seen"),
            ("mod_wsgi, new names", Reloads.by_daemon_rotating, "/seen"),
            ("mod_wsgi in Apache's processes", Reloads.embedded, "/seen"),
            ("mod_fcgid", Reloads.by_fcgid, "/seen"),
            ("mod_proxy_fcgi", Reloads.by_proxy, "/seen"),
            ("mod_python", Reloads.by_mod_python, "/seen")):
        case = Reloads()
        try:
            case.setUp()
            asked, lost = case.measure(serve(case) + path)
        finally:
            case.doCleanups()
        yield (f"lost in {RELOADS} reloads, {name}",
               f"{lost}/{asked}", f"{lost / RELOADS:.1f}", "")


class Reloads(ApacheCase):
    """One Apache that reloads."""

    def runTest(self):
        """Nothing: it is no test."""

    # Each way returns the URL of its site.

    def by_apache(self):
        (self.root / "documents" / "page.html").write_text("here")
        return ""

    def by_daemon(self):
        return "/neighbour"

    def by_daemon_rotating(self):
        for name in "mods-available", "mods-enabled":
            path = self.root / name / "wsgi.load"
            path.write_text(path.read_text().replace(
                "WSGISocketRotation Off", "WSGISocketRotation On"))
        self.apache("graceful")
        return "/neighbour"

    def embedded(self):
        return self.enabled("--mode=embedded")

    def by_fcgid(self):
        self.module("fcgid")
        (self.root / "mods-enabled" / "fcgid.conf").write_text(
            f"FcgidIPCDir {self.root}/run/fcgid\n"
            f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")
        return self.enabled("--backend=fastcgi")

    def by_proxy(self):
        for name in "proxy", "proxy_fcgi":
            self.module(name)
        home = self.root / "run" / "shop"
        home.mkdir()
        account = find_account()
        shutil.chown(home, account.uid, account.gid)
        self.deploy("--backend=fastcgi", "--fastcgi-mode=proxy",
                    f"--fastcgi-socket={home}/socket")
        unit = contextlib.ExitStack()
        self.addCleanup(unit.close)
        unit.enter_context(unit_running(
            self.top / "shop" / "apache", "shop", f"{home}/socket"))
        self.enable(self.top / "shop", "--no-check")
        return "/shop"

    def by_mod_python(self):
        for name in "mods-enabled/wsgi.load", "sites-enabled/neighbour.conf":
            (self.root / name).unlink()
        self.module("python")
        self.stop()
        self.apache("start")
        return self.enabled("--backend=mod_python")

    def enabled(self, *options):
        self.deploy(*options)
        self.enable(self.top / "shop", "--no-check")
        return "/shop"

    def deploy(self, *options):
        sample = fastcgi_samples.wire().copy(self.top / "shop")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place", "--name=shop",
            "--egg-cache=", "--platform=debian", "--virtualenv",
            sample.virtualenv, "--config", sample.config, "--log-directory",
            self.root / "log", *options)

    def measure(self, path):
        """Ask for ``path`` meanwhile; the numbers of all and lost."""
        answers, enough = [], threading.Event()

        def ask():
            while not enough.is_set():
                answers.append(status(self.port, path))

        clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(RELOADS):
            before = self.generation()
            self.apache("graceful")
            while self.generation() == before:
                time.sleep(0.01)
            time.sleep(SECONDS)
        enough.set()
        for client in clients:
            client.join()
        return len(answers), sum(each != 200 for each in answers)

    def generation(self):
        try:
            return os.stat(self.root / "run" / "apache.pid").st_mtime_ns
        except OSError:
            return 0


def status(port, path):
    """The status of one answer; 0 for none."""
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                           "Connection: close\r\n\r\n".encode())
            found = re.match(rb"HTTP/1.1 (\d+)",
                             client.makefile("rb").read())
    except OSError:
        return 0
    return int(found[1]) if found else 0
