"""Run an httpd: test its configuration, start, reload and stop it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from modwsgideploy.apache.binaries import Httpd
from modwsgideploy.apache.parser import (
    Directives,
    ParseContext,
    module_name,
    parse_dump,
    read,
)
from modwsgideploy.apache.platforms import Platform
from modwsgideploy.apache.processes import is_zombie
from modwsgideploy.quoting import apache as quoted
from modwsgideploy.system.files import mapped_bytes, text_or_empty
from modwsgideploy.system.temporary import temporary_file

if TYPE_CHECKING:
    import subprocess

_ENVVARS = "/etc/apache2/envvars"
# APACHE_ULIMIT_MAX_FILES of Debian's apache2ctl.
_OPEN_FILES = 8192


class ConfigReport(NamedTuple):
    """What an httpd reports about a configuration."""

    accepted: bool
    output: str                              # what it complained of
    modules: frozenset[str] | None           # those loaded, "ssl" for mod_ssl
    directives: Directives | None            # both None if it does not tell


def config_test(httpd: Httpd, conf: str, timeout: float = 60
                ) -> tuple[bool, str]:
    """Return whether ``httpd`` accepts the file ``conf``, and its output."""
    import subprocess

    done = subprocess.run(
        [httpd.path, "-t", "-f", conf], env=_environment(httpd),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()


def main_config(httpd: Httpd) -> str:
    """The path of the configuration that ``httpd`` reads by default, or "".
    """
    import subprocess

    done = subprocess.run(
        [httpd.path, "-V"], env=_environment(httpd), check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, timeout=60)
    defaults = dict(re.findall(r'-D (\w+)="(.*)"', done.stdout.decode()))
    name = defaults.get("SERVER_CONFIG_FILE", "")
    return name and os.path.join(defaults.get("HTTPD_ROOT", ""), name)


def read_config(httpd: Httpd, config: str | None = None) -> Directives:
    """Read the directives in the files of its configuration.

    ``config`` is the main file, by default the one that ``httpd`` reads by
    default.  See `examine` for what httpd itself makes of them.
    """
    path = config or main_config(httpd)
    return Directives(read(path, ParseContext(
        modules=httpd.static, version=httpd.version_info,
        # As Debian's has no ServerRoot.
        root=os.path.dirname(path))) if path else ())


def examine(httpd: Httpd, conf: str | None = None,
            include: Iterable[str] = (),
            modules: Iterable[tuple[str, str]] = (), timeout: float = 60
            ) -> ConfigReport:
    """Have ``httpd`` read a configuration and report, without starting.

    ``conf`` is its main file, by default the system's; the files ``include``
    are read after it and ``modules``, of (name, path), loaded before it.
    """
    info = httpd.module("info")
    loads = [*modules, *([("info", info)] if info else [])]
    words = ["-t", "-D", "DUMP_CONFIG", "-D", "DUMP_MODULES"]
    for name, path in loads:
        words += ["-C", f"LoadModule {name}_module {quoted(path)}"]
    for path in include:
        lines = [f"Include {quoted(path)}"]
        if os.path.basename(path) == ".htaccess":
            head = quoted(os.path.dirname(path))
            lines = [f"<Directory {head}>", *lines, "</Directory>"]
        for line in lines:
            words += ["-c", line]
    done = _run_httpd(httpd, conf, *words, timeout=timeout)
    config, _, listed = done.stdout.decode("utf-8", "surrogateescape"
                                           ).partition("Loaded Modules:\n")
    output = "\n".join(
        line for line in done.stderr.decode("utf-8", "replace").splitlines()
        if line != "Syntax OK" and not re.search("AH00558|AH01574", line))
    return ConfigReport(
        done.returncode == 0, output,
        frozenset(module_name(line.split()[0]) for line
                  in listed.splitlines() if line.strip()) or None,
        Directives(parse_dump(config)) if config.strip() else None)


def _run_httpd(httpd: Httpd, conf: str | None, *words: str,
               timeout: float = 60) -> subprocess.CompletedProcess[bytes]:
    """Run ``httpd`` with the arguments ``words`` and wait for its end.

    Its main file is ``conf``, or with None the one that it reads by default.
    """
    import subprocess

    command, environment = _with_variables(httpd, conf, words)
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
        check=False)


def _with_variables(httpd: Httpd, conf: str | None, words: Iterable[str]
                    ) -> tuple[list[str], dict[str, str]]:
    """The command that runs ``httpd`` with ``words``, and its environment.
    """
    command = [httpd.path, *words]
    environment = _environment(httpd)
    variables = _ENVVARS
    if conf:
        command += ["-f", conf]
        variables = os.path.join(os.path.dirname(conf), "envvars")
    if os.path.isfile(variables):
        # Where Debian says what its configuration calls ${APACHE_...}.
        environment["APACHE_CONFDIR"] = os.path.dirname(variables)
        command = ["/bin/sh", "-c", '. "$0" && exec "$@"', variables, *command]
    return command, environment


class Service(NamedTuple):
    """An httpd and its configuration, as they run or would run."""

    httpd: Httpd
    conf: str | None      # None for the file that it reads by default
    platform: Platform    # whose commands control it then
    pid_file: str
    error_log: str        # the main server's; "" if that is no file

    @property
    def pid(self) -> int:
        """The id of its main process; 0 when it does not run."""
        try:
            pid = int(text_or_empty(self.pid_file))
        except ValueError:
            return 0
        return pid if _is_alive(pid) else 0

    @property
    def generation(self) -> tuple[int, int] | None:
        """A token that changes whenever httpd re-reads its configuration."""
        try:
            status = os.stat(self.pid_file)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


def _is_alive(pid: int) -> bool:
    """Whether the process ``pid`` runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except PermissionError:   # of another user, so it is there
        pass
    except OSError:
        return False
    return not is_zombie(pid)


def find_service(httpd: Httpd, conf: str | None, platform: Platform
                 ) -> Service:
    """Describe the Service of a configuration that ``httpd`` accepts."""
    dump = _run_httpd(httpd, conf, "-t", "-D", "DUMP_RUN_CFG").stdout.decode(
        "utf-8", "surrogateescape")
    values = dict(re.findall(r'(?m)^([\w ]+): "(.*)"$', dump))
    log = values.get("Main ErrorLog", "")
    return Service(httpd, conf, platform, values.get("PidFile", ""),
                   log if os.path.isabs(log) else "")


def survives_reload(service: Service) -> bool:
    """Whether the httpd that runs goes on when it is told to reload.

    With mod_python for Python 2 it ends: the module, loaded anew, starts a
    Python that runs already ("PyEval_SaveThread: NULL tstate").
    """
    found = re.search(r"/\S*/mod_python\S*\.so$",
                      text_or_empty(f"/proc/{service.pid}/maps"), re.MULTILINE)
    if not found:
        return True
    with mapped_bytes(found[0]) as data:
        # What a module calls in Python 2 alone.
        return data.find(b"Py_InitModule4") < 0


def lacks_start(service: Service, modules: Iterable[str]) -> bool:
    """Whether the httpd that runs has yet to start with one of ``modules``.

    They are paths of what the configuration loads.  With mod_fcgid, which
    makes what its children need at the start alone, a reload is not enough:
    every child of Apache would end.  Mod_md takes the first time that it is
    loaded for a test of the configuration, and does nothing.
    """
    needed = {os.path.basename(os.path.realpath(path)) for path in modules
              if os.path.basename(path) in ("mod_fcgid.so", "mod_md.so")}
    # Such as "/usr/lib/apache2/modules/mod_wsgi.so-3.11 (deleted)".
    loaded = {os.path.basename(match[1]) for match in re.finditer(
        r"(?m) (/.*?)(?: \(deleted\))?$",
        text_or_empty(f"/proc/{service.pid}/maps"))}
    return bool(loaded and needed - loaded)


# What httpd calls what a service manager calls reload, restart and start.
# Httpd's own "restart" does not stop it, and a module that is new then lacks
# what it needs: mod_fcgid's children crash.
_VERBS = {"reload": ("graceful",), "restart": ("stop", "start"),
          "start": ("start",)}


def control_commands(service: Service, verb: str) -> list[list[str]]:
    """The commands that "reload", "restart" or "start" a Service."""
    platform = service.platform
    systemctl, _, unit = platform.restart.split()
    if service.conf:
        command = [service.httpd.path, "-f", service.conf, "-k"]
    elif _is_managed(systemctl, unit, verb):
        return [[systemctl, verb, unit]]
    else:
        command = platform.configtest.split()[:1]
    return [[*command, word] for word in _VERBS[verb]]


def control_command_line(service: Service, verb: str) -> str:
    """`control_commands` as a person would type them."""
    return " && ".join(map(" ".join, control_commands(service, verb)))


def _is_managed(systemctl: str, unit: str, verb: str) -> bool:
    """Whether systemd runs, and this machine's Apache under it."""
    import subprocess

    return os.path.isdir("/run/systemd/system") and (
        verb == "start" or not subprocess.run(
            [systemctl, "is-active", "--quiet", unit],
            stdin=subprocess.DEVNULL, check=False).returncode)


def control(service: Service, verb: str, timeout: float = 60) -> str:
    """Run `control_commands`; return what failed, or "".

    Httpd may not have finished what it was told by then.
    """
    for command in control_commands(service, verb):
        output = _run_control(service, command, timeout)
        if output:
            return f"`{' '.join(command)}` failed: {output}"
    return ""


def _run_control(service: Service, command: list[str], timeout: float) -> str:
    """Run one command and wait for what it stops; return what it said of a
    failure, or ""."""
    import subprocess

    environment = None
    stopped_pid = service.pid if command[-1] == "stop" else 0
    if service.conf:
        command, environment = _with_variables(
            service.httpd, service.conf, command[-2:])
    # A pipe would be open as long as the server that it starts.
    with temporary_file() as stream:
        try:
            status = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream, timeout=timeout,
                check=False).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        stream.seek(0)
        output = stream.read().decode("utf-8", "replace").strip()
    if status:
        return output or f"exit status {status}"
    # It has its port for some time after its file is gone.
    _wait_until_gone(stopped_pid, timeout)
    return ""


def _wait_until_gone(pid: int, timeout: float) -> None:
    """Wait for the end of the process ``pid``, if it is one."""
    from time import monotonic, sleep

    end = monotonic() + timeout
    while pid and _is_alive(pid) and monotonic() < end:
        sleep(0.01)


def start(httpd: Httpd, conf: str, output: BinaryIO, process_group: int
          ) -> subprocess.Popen[bytes]:
    """Start ``httpd`` in the foreground.

    ``output`` receives what it says before it opens its log.  It joins
    ``process_group``, with all that it starts.
    """
    import subprocess

    def prepare() -> None:
        os.setpgid(0, process_group)
        _open_more_files()

    return subprocess.Popen(
        [httpd.path, "-DFOREGROUND", "-f", conf], env=_environment(httpd),
        cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        preexec_fn=prepare)  # noqa: PLW1509


def start_in_vain(httpd: Httpd, conf: str, timeout: float = 30) -> None:
    """Start ``httpd`` with a configuration that makes it end at once.

    It has no terminal at which it could ask for anything.
    """
    import subprocess

    # Without a verdict in its log there is none.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [httpd.path, "-DFOREGROUND", "-f", conf], cwd="/",
            env=_environment(httpd), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, timeout=timeout, check=False)


def _open_more_files() -> None:
    """Allow this process as many open files as Debian allows its Apache.

    It holds two logs of each virtual host open, and a socket of each daemon.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _OPEN_FILES:
        wanted = (_OPEN_FILES if hard == resource.RLIM_INFINITY
                  else max(soft, min(hard, _OPEN_FILES)))
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _environment(httpd: Httpd) -> dict[str, str]:
    """The environment that init gives a server: nothing of the user's own.
    """
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                           "/usr/bin:/sbin:/bin", "LANG": "C"}
    libraries = [os.environ.get("LD_LIBRARY_PATH"), httpd.libraries]
    if any(libraries):
        # Where pip built it is gone, and its binary still looks there.
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    return environment
