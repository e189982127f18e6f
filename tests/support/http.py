"""Serve deployments of --backend http, each with its application server."""

import collections
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import threading
import time

from modwsgideploy.backends import http as backend
from modwsgideploy.server.private import Server
from modwsgideploy.system.accounts import become
from tests.support import kept
from tests.support.deployed import Deployed, deploy_site, deployed, served
from tests.support.ending import ending_at_once

HOST = "www.example.com"
# What a visitor may send who wants to be somebody else, or elsewhere.
FORGED = {
    "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https",
    "X_Forwarded_Proto": "https", "X-Forwarded-Ssl": "on",
    "X-Forwarded-Protocol": "ssl", "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=6.6.6.6;proto=https;host=evil.example",
    "Script_Name": "/evil", "Script-Name": "/evil", "Path-Info": "/evil",
    "X-Real-Ip": "6.6.6.6", "Proxy": "http://evil.example/",
    "Modwsgideploy": "https 6.6.6.6 4000 443 evil.example /evil root",
    "Connection": "close, Modwsgideploy, X-Forwarded-For"}


# The socket is the number 3, whatever its own is; sh takes none above 9.
START = """\
import os
import sys

os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextlib.contextmanager
def by_http(sample, choices=(), more_modules=(), **server_options):
    """Deployed as it is written, with its server beside a private Apache."""
    with deployed((sample, {"backend": "http", **dict(choices)}),
                  backend_modules=(*backend.MODULES, *more_modules),
                  **server_options) as site:
        yield site


class Unit:
    """What systemd does for the units of a site: it holds the socket."""

    def __init__(self, server, site):
        self._server, self._command = server, backend.command(site)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(site.http_socket)
        os.chmod(site.http_socket, 0o666)
        self._socket.listen(4096)
        self._log = open(f"{server.log_directory}/unit-error.log", "wb")
        self._start()

    def _start(self):
        number = self._socket.fileno()

        def prepare():
            if not os.geteuid():
                become(self._server.account)

        self._process = subprocess.Popen(
            [kept.interpreter(), "-S", "-c", START, str(number),
             *self._command], cwd="/", pass_fds=[number],
            env={"LISTEN_FDS": "1", "LANG": "C.UTF-8",
                 "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            start_new_session=True, preexec_fn=prepare)

    def restart(self):
        """As `systemctl restart`: it ends, and another one starts."""
        self._process.terminate()
        self._process.wait(60)
        self._start()

    def reload(self):
        """As `systemctl reload`."""
        self._process.send_signal(signal.SIGHUP)

    def has_ended(self):
        return self._process.poll() is not None

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._socket.close()
        self._log.close()


@contextlib.contextmanager
def by_unit(sample, choices=()):
    """Deployed, with the socket held as systemd does; (Deployed, Unit)."""
    with ending_at_once(Server(
            wsgi=False, modules=backend.MODULES)) as server:
        site = deploy_site(server, 0, sample,
                           {"backend": "http", **dict(choices)})
        unit = Unit(server, site)
        try:
            server.start([served(site)._replace(program=())])
            yield Deployed(server, [site]), unit
        finally:
            unit.close()


class Visitors:
    """Ask for a path all the time."""

    def __init__(self, port, path, host="localhost", count=6,
                 address="127.0.0.1"):
        self.answers = collections.Counter()     # by status
        self.failures = []
        self._address, self._port = address, port
        self._path, self._host = path, host
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._visit)
                         for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    @property
    def asked(self):
        return sum(self.answers.values()) + len(self.failures)

    def _visit(self):
        while not self._ended.is_set():
            # Of a kept one nobody knows who closed it, and when.
            connection = http.client.HTTPConnection(
                self._address, self._port, timeout=60)
            try:
                connection.request("GET", self._path, headers={
                    "Host": self._host, "Connection": "close"})
                answer = connection.getresponse()
                answer.read()
                self.answers[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append((time.time(), repr(error)))
            finally:
                connection.close()
