"""Run an httpd: test its configuration, start, reload, stop it."""

import os
import re
from typing import NamedTuple

from modwsgideploy.apache.binaries import Httpd

_ENVVARS = "/etc/apache2/envvars"
# APACHE_ULIMIT_MAX_FILES of Debian's apache2ctl.
_OPEN_FILES = 8192


class Examined(NamedTuple):
    """What an httpd says of a configuration."""

    accepted: bool
    said: str             # what it complained of
    modules: object       # frozenset of those loaded, "ssl" for mod_ssl;
    directives: object    # list of httpdconf.Directive: both None if untold


def config_test(httpd, conf, timeout=60):
    """Whether ``httpd`` accepts the configuration file, and what it said."""
    import subprocess

    done = subprocess.run(
        [httpd.path, "-t", "-f", conf], env=_environment(httpd),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace").strip()


def main_config(httpd):
    """The path of the configuration that ``httpd`` reads by itself, or ""."""
    import subprocess

    done = subprocess.run(
        [httpd.path, "-V"], env=_environment(httpd), check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, timeout=60)
    told = dict(re.findall(r'-D (\w+)="(.*)"', done.stdout.decode()))
    name = told.get("SERVER_CONFIG_FILE", "")
    return name and os.path.join(told.get("HTTPD_ROOT", ""), name)


def configured(httpd, config=None):
    """What the files of its configuration say (httpdconf.Directives).

    ``config`` is the main one, by default that which ``httpd`` reads by
    itself.
    """
    from modwsgideploy.apache.parser import Directives, ParseContext, read

    path = config or main_config(httpd)
    return Directives(read(path, ParseContext(
        modules=httpd.static, version=httpd.version_info,
        # As Debian's has no ServerRoot.
        root=os.path.dirname(path))) if path else ())


def examine(httpd, conf=None, include=(), modules=(), timeout=60):
    """What ``httpd`` makes of a configuration, without starting (Examined).

    ``conf`` is its main file, by default the system's; the files ``include``
    are read after it and ``modules``, of (name, path), loaded before it.
    """
    from modwsgideploy.apache.parser import module_name, parse_dump
    from modwsgideploy.quoting import apache as quoted

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
    done = _asked(httpd, conf, *words, timeout=timeout)
    config, _, listed = done.stdout.decode("utf-8", "surrogateescape"
                                           ).partition("Loaded Modules:\n")
    said = "\n".join(
        line for line in done.stderr.decode("utf-8", "replace").splitlines()
        if line != "Syntax OK" and not re.search("AH00558|AH01574", line))
    return Examined(
        done.returncode == 0, said,
        frozenset(module_name(line.split()[0]) for line
                  in listed.splitlines() if line.strip()) or None,
        parse_dump(config) if config.strip() else None)


def _asked(httpd, conf, *words, timeout=60):
    """The subprocess.CompletedProcess of ``httpd``, run with ``words``.

    Its main file is ``conf``, or with None the one that it reads by itself.
    """
    import subprocess

    command, environment = _with_variables(httpd, conf, words)
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
        check=False)


def _with_variables(httpd, conf, words):
    """The command (list) for `_asked`, and its environment (dict)."""
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
    conf: object          # None for the file that it reads by itself
    platform: object      # whose commands control it then
    pid_file: str
    error_log: str        # the main server's; "" if that is no file

    @property
    def process(self):
        """The number of its main process; 0 when it does not run."""
        try:
            with open(self.pid_file, encoding="ascii") as stream:
                number = int(stream.read())
        except (OSError, ValueError):
            return 0
        return number if _is_alive(number) else 0

    @property
    def generation(self):
        """What is another value each time it has read its configuration."""
        try:
            found = os.stat(self.pid_file)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns


def _is_alive(number):
    """Whether the process ``number`` runs, and is not just dead."""
    try:
        os.kill(number, 0)
    except PermissionError:   # of another user, so it is there
        pass
    except OSError:
        return False
    try:
        with open(f"/proc/{number}/stat", "rb") as stream:
            return stream.read().rpartition(b")")[2].split()[:1] != [b"Z"]
    except OSError:
        return True


def find_service(httpd, conf, platform):
    """The Service of a configuration that ``httpd`` accepts."""
    told = _asked(httpd, conf, "-t", "-D", "DUMP_RUN_CFG").stdout.decode(
        "utf-8", "surrogateescape")
    values = dict(re.findall(r'(?m)^([\w ]+): "(.*)"$', told))
    log = values.get("Main ErrorLog", "")
    return Service(httpd, conf, platform, values.get("PidFile", ""),
                   log if os.path.isabs(log) else "")


# What a service manager and httpd itself call the same thing.  Httpd's own
# "restart" does not stop it, and a module that is new then has less than it
# needs: mod_fcgid's children crash.
_VERBS = {"reload": ("graceful",), "restart": ("stop", "start"),
          "start": ("start",)}


def control_commands(service, verb):
    """The commands (lists) that "reload", "restart" or "start" a Service."""
    platform = service.platform
    systemctl, _, unit = platform.restart.split()
    if service.conf:
        command = [service.httpd.path, "-f", service.conf, "-k"]
    elif _is_managed(systemctl, unit, verb):
        return [[systemctl, verb, unit]]
    else:
        command = platform.configtest.split()[:1]
    return [[*command, word] for word in _VERBS[verb]]


def shown_control(service, verb):
    """`control_commands` as a person would type them."""
    return " && ".join(map(" ".join, control_commands(service, verb)))


def _is_managed(systemctl, unit, verb):
    """Whether systemd runs, and this machine's Apache under it."""
    import subprocess

    return os.path.isdir("/run/systemd/system") and (
        verb == "start" or not subprocess.run(
            [systemctl, "is-active", "--quiet", unit],
            stdin=subprocess.DEVNULL, check=False).returncode)


def control(service, verb, timeout=60):
    """Do what `control_commands` says; what failed of it, or "".

    Httpd may have still to do it then.
    """
    for command in control_commands(service, verb):
        said = _controlled(service, command, timeout)
        if said:
            return f"`{' '.join(command)}` failed: {said}"
    return ""


def _controlled(service, command, timeout):
    """Run one command, and wait for what stops; what it said of a failure."""
    import subprocess
    import tempfile
    from time import monotonic, sleep

    environment = None
    stopped = service.process if command[-1] == "stop" else 0
    if service.conf:
        command, environment = _with_variables(
            service.httpd, service.conf, command[-2:])
    # A pipe would be open as long as the server that it starts.
    with tempfile.TemporaryFile() as output:
        try:
            status = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, timeout=timeout,
                check=False).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        output.seek(0)
        said = output.read().decode("utf-8", "replace").strip()
    if status:
        return said or f"exit status {status}"
    end = monotonic() + timeout
    # It has its port for some time after its file is gone.
    while stopped and _is_alive(stopped) and monotonic() < end:
        sleep(0.01)
    return ""


def start(httpd, conf, output, process_group):
    """Start ``httpd`` in the foreground; the subprocess.Popen of it.

    ``output`` (a binary file) receives what it says before it opens its
    log.  It joins ``process_group``, with all that it starts.
    """
    import subprocess

    def prepare():
        os.setpgid(0, process_group)
        _open_more_files()

    return subprocess.Popen(
        [httpd.path, "-DFOREGROUND", "-f", conf], env=_environment(httpd),
        cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        preexec_fn=prepare)  # noqa: PLW1509


def _open_more_files():
    """Allow this process as many open files as Debian allows its Apache.

    It holds two logs of each virtual host, and a socket of each daemon.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _OPEN_FILES:
        wanted = (_OPEN_FILES if hard == resource.RLIM_INFINITY
                  else max(soft, min(hard, _OPEN_FILES)))
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _environment(httpd):
    """What init gives a server: nothing of the user's own environment."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                           "/usr/bin:/sbin:/bin", "LANG": "C"}
    libraries = [os.environ.get("LD_LIBRARY_PATH"), httpd.libraries]
    if any(libraries):
        # Where pip built it is gone, and its binary still looks there.
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    return environment
