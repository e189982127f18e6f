"""Serve generated configuration on a private Apache, for a while.

It lives in a temporary directory, listens on this machine only and needs no
root.  What ends with it: every process, the directory, the port.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Iterator, NoReturn, Sequence

from modwsgideploy.apache import binaries, control
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.apache.binaries import Httpd
from modwsgideploy.apache.mod_wsgi import WsgiModule
from modwsgideploy.apache.probe import LOCALHOST, Probe, probe
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.quoting import url
from modwsgideploy.server.configuration import (
    Served,
    ServerSettings,
    configuration,
    listened_ports,
)
from modwsgideploy.server.directory import ServerDirectory
from modwsgideploy.server.logs import Logs, quoted_lines
from modwsgideploy.server.modules import find_modules
from modwsgideploy.server.processes import (
    Process,
    end_processes,
    start_watchdog,
)
from modwsgideploy.server.programs import (
    Program,
    end_programs,
    start_programs,
    wait_for,
)
from modwsgideploy.system.accounts import (
    access_denials,
    find_account,
    let_read,
)
from modwsgideploy.system.signals import (
    Handlers,
    Stopped,
    deferred_signals,
    ignored_signals,
    stop_on_signals,
)


class Server:
    """A private Apache; as a context it leaves nothing behind.

    Entered, it has its directory, account and port, so that a site can be
    rendered for it: ``directory``, ``log_directory``, ``socket_prefix``,
    ``port``, ``user``, ``group``, and what it found, ``httpd`` and
    ``mod_wsgi``.  Then `write` the configuration and `start` it.
    """

    httpd: Httpd
    mod_wsgi: WsgiModule | None
    directory: str
    log_directory: str
    socket_prefix: str

    def __init__(self, *, port: int = 0, user: str | None = None,
                 project: str | None = None, virtualenv: str | None = "",
                 httpd: Httpd | None = None, wsgi: bool = True,
                 prefer: str = "virtualenv", modules: Sequence[str] = (),
                 timeout: float = 30, log_level: str = "warn",
                 tls: bool = False) -> None:
        """Take what `start` needs; nothing is looked up yet.

        ``port`` 0 is a free one; ``user`` and ``project`` (a directory) are
        for `find_account`; ``httpd`` is not searched for; ``wsgi=False``
        leaves mod_wsgi out, ``virtualenv`` and ``prefer`` are for
        `find_mod_wsgi`; ``modules`` are loaded besides, such as "fcgid";
        ``timeout`` are the seconds that all sites have to answer; ``tls`` is
        HTTPS, with a certificate of its own.
        """
        self.port, self.tls = port, tls
        self.timeout = timeout
        self.sites: tuple[Served, ...] = ()
        self.process: Process | None = None      # httpd's main one
        self.watchdog: Process | None = None     # leads its process group
        self.programs: list[Program] = []        # applications' own servers
        self._httpd = httpd
        self._user, self._project = user, project
        self._wsgi, self._prefer = wsgi, prefer
        self._virtualenv = virtualenv or ""
        self._extra = (*modules, *(["ssl"] if tls else []))
        self._log_level = log_level
        self._claims: list[Any] = []     # sockets, which cost time to import
        self._handlers: Handlers = {}
        self._directory: ServerDirectory | None = None

    def __enter__(self) -> Server:
        self.httpd = self._httpd or binaries.find_httpd(
            self._virtualenv if self._prefer == "virtualenv" else "")
        self.mod_wsgi = self._find_mod_wsgi() if self._wsgi else None
        self._modules = find_modules(self.httpd, self._extra)
        if self.mod_wsgi:
            self._modules.append(("wsgi", self.mod_wsgi.path))
        self.account = find_account(self._user, self._project)
        self.user, self.group = self.account.user, self.account.group
        try:
            self._handlers = stop_on_signals()
            self.port = self._claim(self.port)
            self._make_directory()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _find_mod_wsgi(self) -> WsgiModule:
        """Find the mod_wsgi that suits the virtualenv."""
        module = mod_wsgi_module.find_mod_wsgi(
            self.httpd, self._virtualenv, self._prefer)
        mismatch = mod_wsgi_module.python_mismatch(module, self._virtualenv)
        if mismatch:
            raise DeployError(mismatch)
        return module

    def _claim(self, port: int) -> int:
        """Take ``port``, or a free one for 0, until httpd has it."""
        import socket

        claim = socket.socket()
        self._claims.append(claim)
        # So bound, but not listened on, nobody is given it and httpd gets it.
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            claim.bind((LOCALHOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise DeployError(
                f"--port: {port} is not to be had on {LOCALHOST}"
                f" ({reason.lower()}); name another, or 0 for a free one"
            ) from None
        number: int = claim.getsockname()[1]
        return number

    def _make_directory(self) -> None:
        """Make the temporary directory, and what watches over it."""
        with deferred_signals():
            self._directory = ServerDirectory(self.account)
        self.directory = self._directory.path
        self.watchdog = start_watchdog(self.directory)
        self._directory.fill()
        self.log_directory = self._directory.logs
        self.socket_prefix = f"{self.directory}/s"
        self._logs = Logs(self.log_directory)

    @property
    def _made(self) -> ServerDirectory:
        """Its directory, which it has once it is entered."""
        assert self._directory, "the server is not entered"
        return self._directory

    def write(self, name: str, text: str) -> str:
        """Write a configuration file of this server and return its path."""
        return self._made.write(name, text)

    def own_directory(self, name: str) -> str:
        """Make a directory that the account alone can use; its path."""
        return self._made.own_directory(name)

    def start(self, sites: Sequence[Served], errors: bool = False
              ) -> list[Probe]:
        """Serve ``sites`` until each answers; return the Probe of each.

        Raises Failed, with the end of the log, or DeployError; not for an
        application's own failure where ``errors`` may be.
        """
        self.launch(sites)
        answers = []
        for site, answer in self.answers():
            answers.append(answer)
            url = self.url_of(site)
            if not answer.status:
                self._fail(f"{url} did not answer within"
                           f" {self.timeout} seconds")
            if answer.status >= 500 and not errors:
                self._fail(f"{url} answers {answer.failure}")
        return answers

    def launch(self, sites: Sequence[Served]) -> None:
        """Start to serve ``sites``.  Raises DeployError."""
        conf = self.configure(sites)
        let_read(self._made.sites, self.account)
        denials = access_denials([*dict.fromkeys(
            path for site in self.sites for path in site.readable)],
            self.account)
        if denials:
            raise DeployError(*map(str, denials))
        for port in listened_ports(self.port, self.sites)[1:]:
            self._claim(port)
        assert self.watchdog
        self.programs = start_programs(
            self.sites, self.log_directory, self.account, self.watchdog.pid)
        wait_for(self.programs, self.timeout)
        # Where httpd speaks until it has read which its log is.
        with open(f"{self.log_directory}/startup.log", "wb") as output:
            self.process = control.start(
                self.httpd, conf, output, self.watchdog.pid)

    def renew(self, sites: Sequence[Served]) -> list[Probe]:
        """Serve ``sites``, whose files may have changed, by new processes;
        return the Probe of each.

        Raises DeployError where Apache refuses the configuration; then the
        processes of before go on.
        """
        from signal import SIGUSR1
        from time import monotonic, sleep

        assert self.process and self.watchdog
        conf = self.configure(sites)
        let_read(self._made.sites, self.account)
        report = control.examine(self.httpd, conf)
        if not report.accepted:
            raise DeployError("Apache refuses the configuration:",
                              *report.output.splitlines())
        end_programs(self.programs)
        self.programs = start_programs(
            self.sites, self.log_directory, self.account, self.watchdog.pid)
        wait_for(self.programs, self.timeout)
        read, end = self._read_at(), monotonic() + self.timeout
        os.kill(self.process.pid, SIGUSR1)
        while self._read_at() == read and not self._has_ended() and (
                monotonic() < end):
            sleep(0.01)
        return [self._first_answer(site, end) for site in self.sites]

    def _read_at(self) -> int:
        """When Apache has read its configuration, as a token that changes."""
        try:
            return os.stat(f"{self.directory}/httpd.pid").st_mtime_ns
        except FileNotFoundError:
            return 0

    def configure(self, sites: Sequence[Served]) -> str:
        """Write the configuration for ``sites``; its path."""
        self.sites = tuple(sites)
        return self._made.write_main(configuration(ServerSettings(
            self._made, self.account, self.httpd, self.port,
            tuple(self._modules), self._extra, self.socket_prefix,
            self._log_level, self.tls), self.sites))

    def answers(self, visitors: int = 1) -> Iterator[tuple[Served, Probe]]:
        """Yield each site with its answer, once it has one.

        Sites that have not, within the timeout of all, come with a status
        of 0.  ``visitors`` are asking at one time.  Raises Failed when Apache
        ends.
        """
        from concurrent.futures import ThreadPoolExecutor
        from time import monotonic

        end = monotonic() + self.timeout
        if visitors == 1:
            for site in self.sites:
                yield site, self._first_answer(site, end)
        else:
            pool = ThreadPoolExecutor(visitors)
            try:
                yield from zip(self.sites, pool.map(  # noqa: B905 (of each)
                    lambda site: self._first_answer(site, end), self.sites))
            finally:
                # Ctrl-C need not wait: they end with Apache.
                pool.shutdown(wait=False, cancel_futures=True)
        for claim in self._claims:
            claim.close()

    def _first_answer(self, site: Served, end: float) -> Probe:
        """Ask for ``site`` until there is an answer, or until ``end``."""
        from time import monotonic, sleep

        while True:
            if self._has_ended():
                self._fail("Apache did not start")
            left = end - monotonic()
            answer = self._ask(site, max(left, 0.1))
            # Apache gave up on processes that still load other sites.
            if answer.status not in (0, 504) or left <= 0:
                return answer
            sleep(0.01)

    def _has_ended(self) -> bool:
        """Tell whether httpd has been started and runs no more."""
        return self.process is not None and self.process.poll() is not None

    def _ask(self, site: Served, timeout: float) -> Probe:
        """Probe the mount point of ``site``."""
        return probe(url(site.mount_point), site.port or self.port,
                     site.server_name, timeout=timeout, tls=self.tls)

    def _fail(self, message: str) -> NoReturn:
        """Raise Failed: ``message``, the end of the logs, what it means."""
        from modwsgideploy.explain.report import explain_lines
        from modwsgideploy.explain.sources import SourceIndex

        lines = self._logs.tail(20) or ["(it is empty)"]
        explained = explain_lines(self._logs.tail(400),
                                  SourceIndex(
                                      self.places, temporary=self.directory))
        raise Failed("\n    ".join(
            [f"{message}; the end of its log:", *lines,
             *quoted_lines(lines), *explained]))

    @property
    def places(self) -> list[str]:
        """The directories of the configuration it serves."""
        return [*dict.fromkeys(os.path.dirname(path) for site in self.sites
                               for path in site.config_files)]

    def url_of(self, site: Served) -> str:
        """The URL where a browser on this machine finds ``site``."""
        host = site.server_name or LOCALHOST
        return (f"http{'s' * self.tls}://{host}:{site.port or self.port}"
                + url(site.mount_point))

    @property
    def url(self) -> str:
        """The URL of the first site."""
        return self.url_of(self.sites[0])

    def get(self, path: str, host: str | None = None, **options: Any
            ) -> Probe:
        """Request ``path`` from this server.

        ``options`` are those of `probe`.
        """
        options = {"port": self.port, "tls": self.tls, **options}
        return probe(path, host=host, **options)

    def new_lines(self) -> list[str]:
        """Read the lines that the error logs got since the last call."""
        return self._logs.new_lines()

    def follow(self, tell: Callable[[str], object] | None = None,
               annotate: Callable[[list[str]], Iterable[str]] = list,
               announce: Callable[[], object] | None = None,
               meanwhile: Callable[[], Iterable[str]] = tuple) -> None:
        """Tell the URLs, then each line of the error logs as it comes.

        Returns when the user (Ctrl-C) or the system (SIGTERM, SIGHUP) has
        had enough; raises Failed if Apache ends by itself.
        ``tell`` is called with each line, by default it is printed;
        ``annotate`` is called with a list of lines, and returns it with
        lines of its own; ``announce()`` tells the URLs in another way;
        ``meanwhile()`` is called again and again, and gives lines as well.
        """
        from time import sleep

        tell = tell or _print
        try:
            if announce:
                announce()
            for site in () if announce else self.sites:
                tell(f"Serving {self.url_of(site)}" + (
                    f" (on {LOCALHOST})" if site.server_name else ""))
            while True:
                for line in annotate(self.new_lines()):
                    tell(line)
                for line in meanwhile():
                    tell(line)
                if self._has_ended():
                    self._fail("Apache ended by itself")
                sleep(0.1)
        except (KeyboardInterrupt, Stopped):
            pass

    def stop(self) -> None:
        """End every process and remove the directory."""
        import shutil

        with ignored_signals(self._handlers):
            for claim in self._claims:
                claim.close()
            end_programs(self.programs)
            end_processes(self.process, self.watchdog)
            if self._directory:
                shutil.rmtree(self._directory.path, ignore_errors=True)
        self.process = self.watchdog = self._directory = None
        self.programs = []
        self._handlers = {}


def _print(line: str) -> None:
    """Print ``line`` at once, also into a pipe."""
    print(line, flush=True)
