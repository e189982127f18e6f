"""Generated configuration in; a private Apache that serves it, for a while.

It lives in a temporary directory, listens on this machine only and needs no
root.  What ends with it: every process, the directory, the port.
"""

import os
import sys
from typing import NamedTuple

from modwsgideploy.apache import binaries, control
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.apache.probe import LOCALHOST, probe
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.quoting import url
from modwsgideploy.server.logs import _Logs, _quoted
from modwsgideploy.system.accounts import access_denials, find_account
from modwsgideploy.system.signals import (
    Stopped,
    ignored_signals,
    stop_on_signals,
)

# What a generated site uses, if this httpd has it and not built in.
_MODULES = ("log_config", "unixd", "version", "authz_core",
            "authz_host", "alias", "dir", "mime", "rewrite", "headers",
            "setenvif", "env", "reqtimeout", "filter", "deflate")
# Each costs every request something, so these are loaded only where one of
# their directives, or what asks for them, stands in the configuration.
_WANTED_BY = {
    "version": "IfVersion",
    "rewrite": "Rewrite",
    "headers": "(Request)?Header ",
    "setenvif": "SetEnvIf|BrowserMatch",
    "env": "SetEnv |PassEnv|UnsetEnv",
    "reqtimeout": "RequestReadTimeout",
    "deflate": "Deflate|(Add|Set)OutputFilter",
    "filter": "Filter|(Add|Set)OutputFilter",
    "dir": "Alias|Directory(Index|Slash)|Fallback",
    "mime": "Alias|AddType|AddHandler|MultiviewsMatch",
}
# Files that are read besides may hold anything.
_MORE_FILES = r"(?m)^\s*(Include|AllowOverride (?!None))"
# A socket's path has 107 bytes at most; so many may be the directory's in
# which ours is made.
_LONGEST = 50


class Served(NamedTuple):
    """One site of a private Apache."""

    config_files: tuple       # absolute paths, included in order
    mount_point: str = "/"
    server_name: str = ""     # "" for a site that is no VirtualHost
    baseline: str = ""        # the path of its server-wide file, if any
    port: int = 0             # another than the server's own
    readable: tuple = ()      # paths that its processes have to read


def _read_as(site):
    """What the files of a Served are called where Apache reads all sites, in
    this order: of two that match a request the first one answers."""
    return [f"{os.path.basename(path)}.conf" for path in site.config_files]


class Server:
    """A private Apache; as a context it leaves nothing behind.

    Entered, it has its directory, account and port, so that a site can be
    rendered for it: ``directory``, ``log_directory``, ``socket_prefix``,
    ``port``, ``user``, ``group``, and what it found, ``httpd`` and
    ``mod_wsgi``.  Then `write` the configuration and `start` it.
    """

    def __init__(self, *, port=0, user=None, project=None, virtualenv=None,
                 httpd=None, wsgi=True, prefer="virtualenv", modules=(),
                 timeout=30, log_level="warn"):
        """Take what `start` needs; nothing is looked up yet.

        ``port`` 0 is a free one; ``user`` and ``project`` (a directory) are
        for `find_account`; ``httpd`` (an Httpd) is not searched for;
        ``wsgi=False`` leaves mod_wsgi out, ``virtualenv`` and ``prefer`` are
        for `apache.find_mod_wsgi`; ``modules`` are loaded besides, such as
        "fcgid"; ``timeout`` are the seconds that all sites have to answer.
        """
        self.port = port
        self.httpd = httpd
        self.timeout = timeout
        self.sites = ()
        self._user, self._project = user, project
        self._wsgi, self._virtualenv, self._prefer = wsgi, virtualenv, prefer
        self._extra = tuple(modules)
        self._log_level = log_level
        self._claims = []
        self._handlers = {}
        self._watchdog = self._process = self._logs = self.directory = None

    def __enter__(self):
        self.httpd = self.httpd or binaries.find_httpd(
            self._virtualenv if self._prefer == "virtualenv" else "")
        self.mod_wsgi = self._find_mod_wsgi() if self._wsgi else None
        self._modules = self._find_modules()
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

    def __exit__(self, *error):
        self.stop()

    def _find_mod_wsgi(self):
        """The mod_wsgi (Module) that suits the virtualenv."""
        module = mod_wsgi_module.find_mod_wsgi(
            self.httpd, self._virtualenv, self._prefer)
        mismatch = mod_wsgi_module.python_mismatch(module, self._virtualenv)
        if mismatch:
            raise DeployError(mismatch)
        return module

    def _find_modules(self):
        """The (name, path) of each module to load."""
        httpd = self.httpd
        names = [*(f"mpm_{mpm}" for mpm in httpd.mpms[:1]), *_MODULES,
                 *self._extra]
        modules = {name: httpd.module(name) for name in names
                   if name not in httpd.static}
        missing = [name for name in self._extra
                   if not modules.get(name, "built in")]
        if missing:
            raise DeployError(*(
                f"{httpd.path} has no module {name!r}: there is no"
                f" {httpd.modules}/mod_{name}.so" for name in missing))
        if self.mod_wsgi:
            modules["wsgi"] = self.mod_wsgi.path
        return [(name, path) for name, path in modules.items() if path]

    def _claim(self, port):
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
        return claim.getsockname()[1]

    def _make_directory(self):
        """Make the temporary directory, and what watches over it."""
        import tempfile

        self.directory = tempfile.mkdtemp(
            prefix="mwd-", dir=_temporary_directory(self.account))
        self._watchdog = _watch(self.directory)
        if not os.geteuid():
            # Its children may pass, and nobody else.
            os.chown(self.directory, -1, self.account.gid)
            os.chmod(self.directory, 0o710)
        self.log_directory = f"{self.directory}/logs"
        self.socket_prefix = f"{self.directory}/s"
        for name in ("logs", "documents", "sites"):
            os.mkdir(f"{self.directory}/{name}")
            os.chmod(f"{self.directory}/{name}", 0o755)
        self._logs = _Logs(self.log_directory)

    def write(self, name, text):
        """Write a configuration file of this server and return its path."""
        path = f"{self.directory}/sites/{os.path.basename(name)}"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(path, 0o644)
        return path

    def start(self, sites):
        """Serve ``sites`` (of Served) and wait until each of them answers.

        Raises Failed, with the end of the log, or DeployError.
        """
        self.launch(sites)
        for site, answer in self.answers():
            url = self.url_of(site)
            if not answer.status:
                raise self._failure(f"{url} did not answer within"
                                    f" {self.timeout} seconds")
            if answer.status >= 500:
                raise self._failure(
                    f"{url} answers {answer.status} {answer.reason}")

    def launch(self, sites):
        """Start to serve ``sites`` (of Served).  Raises DeployError."""
        conf = self.configure(sites)
        denials = access_denials([*dict.fromkeys(
            path for site in self.sites for path in site.readable)],
            self.account)
        if denials:
            raise DeployError(*map(str, denials))
        for port in self._ports()[1:]:
            self._claim(port)
        # Where httpd speaks until it has read which its log is.
        with open(f"{self.log_directory}/startup.log", "wb") as output:
            self._process = control.start(
                self.httpd, conf, output, self._watchdog.pid)
    def configure(self, sites):
        """Write the configuration for ``sites`` (of Served); its path."""
        self.sites = tuple(sites)
        conf = f"{self.directory}/httpd.conf"
        with open(conf, "w", encoding="utf-8") as stream:
            stream.write(self._configuration())
        return conf

    def _ports(self):
        """Every port that is listened on, the server's own first."""
        return [*dict.fromkeys([self.port, *(
            site.port for site in self.sites if site.port)])]

    def _configuration(self):
        """The text of httpd.conf."""
        from modwsgideploy.templating.engine import render_template

        named = [site for site in self.sites if site.server_name]
        root = not os.geteuid()
        return render_template("serve/httpd.conf_tmpl", {
            "directory": self.directory,
            "pid_file": f"{self.directory}/httpd.pid",
            "port": self.port, "ports": self._ports(),
            "user": self.user if root else "",
            "group": f"#{self.account.gid}",
            "modules": [{"name": name, "path": path}
                        for name, path in self._modules
                        if name in self._extra or self._wants(name)],
            "mpm": (*self.httpd.mpms, "")[0],
            "error_log": f"{self.log_directory}/error.log",
            "log_level": self._log_level,
            "documents": f"{self.directory}/documents",
            "types_config": self.httpd.types_config or self._write_types(),
            "fcgid": (self.own_directory("fcgid")
                      if "fcgid" in self._extra else ""),
            "fcgid_table": f"{self.directory}/fcgid.shm",
            "wsgi": bool(self.mod_wsgi),
            "linux": sys.platform == "linux",
            "socket_prefix": self.socket_prefix,
            "baselines": [self._link(path) for path in dict.fromkeys(
                site.baseline for site in self.sites if site.baseline)],
            "own_host": 0 < len(named) < len(self.sites),
            "configs": [self._link(path) for site in sorted(
                self.sites, key=_read_as) for path in site.config_files],
        })

    def _link(self, path):
        """``path``, or a link to it where Apache would see wildcards."""
        if not any(character in path for character in "*?[]"):
            return path
        link = f"{self.directory}/sites/{abs(hash(path))}.conf"
        if not os.path.lexists(link):
            os.symlink(path, link)
        return link

    def _write_types(self):
        """Write a mime.types, for a host that has none."""
        import mimetypes

        return self.write("mime.types", "".join(
            f"{kind} {suffix[1:]}\n"
            for suffix, kind in mimetypes.types_map.items()))

    def _wants(self, module):
        """Whether a site's configuration has a use for ``module``."""
        import re

        pattern = _WANTED_BY.get(module)
        return not pattern or any(
            re.search(rf"(?m)^\s*</?(?:{pattern})|^\s*(?:{pattern})", text)
            or re.search(_MORE_FILES, text)
            for text in self._texts())

    def _texts(self):
        """The text of each configuration file of the sites."""
        for site in self.sites:
            for path in (*site.config_files, site.baseline):
                if path:
                    with open(path, encoding="utf-8",
                              errors="replace") as stream:
                        yield stream.read()

    def own_directory(self, name):
        """A directory that the account alone can use; its path."""
        path = f"{self.directory}/{name}"
        os.makedirs(path, 0o700, exist_ok=True)
        if not os.geteuid():
            os.chown(path, self.account.uid, self.account.gid)
        return path

    def answers(self, visitors=1):
        """Yield (Served, Probe) for each site, once it has answered.

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

    def _first_answer(self, site, end):
        """The Probe of ``site`` once there is an answer, or at ``end``."""
        from time import monotonic, sleep

        process = self._process
        while True:
            if process.poll() is not None:
                raise self._failure("Apache did not start")
            left = end - monotonic()
            answer = self._ask(site, max(left, 0.1))
            # Apache gave up on processes that still load other sites.
            if answer.status not in (0, 504) or left <= 0:
                return answer
            sleep(0.01)

    def _ask(self, site, timeout):
        """Probe the mount point of ``site``."""
        return probe(url(site.mount_point), site.port or self.port,
                     site.server_name, timeout=timeout)

    def _failure(self, message):
        """A Failed of ``message``, the end of the logs and what it means."""
        from modwsgideploy.explain.report import explain_lines
        from modwsgideploy.explain.sources import SourceIndex

        lines = self._logs.tail(20) or ["(it is empty)"]
        told = explain_lines(self._logs.tail(400), SourceIndex(self.places))
        return Failed("\n    ".join(
            [f"{message}; the end of its log:", *lines, *_quoted(lines),
             *told]))

    @property
    def places(self):
        """The directories of the configuration it serves, as a list."""
        return [*dict.fromkeys(os.path.dirname(path) for site in self.sites
                               for path in site.config_files)]

    def url_of(self, site):
        """The URL where a browser on this machine finds ``site``."""
        host = site.server_name or LOCALHOST
        return (f"http://{host}:{site.port or self.port}"
                + url(site.mount_point))

    @property
    def url(self):
        """The URL of the first site."""
        return self.url_of(self.sites[0])

    def get(self, path, host=None, **options):
        """Request ``path`` from this server; the Probe.

        ``options`` are those of `probe`.
        """
        options.setdefault("port", self.port)
        return probe(path, host=host, **options)

    def new_lines(self):
        """The lines that the error logs got since the last call."""
        return self._logs.new_lines()

    def follow(self, tell=None, annotate=list, announce=None):
        """Tell the URLs, then each line of the error logs as it comes.

        Returns when the user (Ctrl-C) or the system (SIGTERM, SIGHUP) has
        had enough; raises Failed if Apache ends by itself.
        ``tell`` is called with each line, by default it is printed;
        ``annotate`` is called with a list of lines, and returns it with
        lines of its own; ``announce()`` tells the URLs in another way.
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
                if self._process.poll() is not None:
                    raise self._failure("Apache ended by itself")
                sleep(0.1)
        except (KeyboardInterrupt, Stopped):
            pass

    def stop(self):
        """End every process and remove the directory."""
        import shutil

        with ignored_signals(self._handlers):
            for claim in self._claims:
                claim.close()
            _end(self._process, self._watchdog)
            if self.directory:
                shutil.rmtree(self.directory, ignore_errors=True)
        self._process = self._watchdog = self.directory = None
        self._handlers = {}


def _print(line):
    """Print ``line`` at once, also into a pipe."""
    print(line, flush=True)


def _temporary_directory(account):
    """Where to make the directory: the usual place, if that will do."""
    import tempfile

    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > _LONGEST or "${" in usual or (
            not usual.isprintable() or access_denials([usual], account)):
        return "/tmp"
    return usual


def _watch(directory):
    """Start what cleans up if this process is killed; the Popen of it.

    It leads the process group that httpd joins.
    """
    import subprocess

    from modwsgideploy.templating.directory import TEMPLATES

    return subprocess.Popen(
        ["/bin/sh", f"{TEMPLATES}/serve/watchdog.sh", directory], cwd="/",
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.setpgid(0, 0))  # noqa: PLW1509


def _end(process, watchdog):
    """End httpd in good order, then what is left of its process group."""
    import signal
    import subprocess
    from time import monotonic, sleep

    if process:
        process.terminate()
        try:
            # As long as mod_wsgi gives an application; Apache gives it 13.
            process.wait(5)
        except subprocess.TimeoutExpired:
            pass
    if not watchdog:
        return
    # Dead ones that nobody has buried yet count as well, hence the end.
    end = monotonic() + 0.5
    try:
        while monotonic() < end:
            os.killpg(watchdog.pid, signal.SIGKILL)
            for child in filter(None, (process, watchdog)):
                child.poll()
            sleep(0.01)
    except ProcessLookupError:
        pass
    watchdog.stdin.close()
