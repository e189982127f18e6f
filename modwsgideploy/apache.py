"""A host in; its httpd, its mod_wsgi and their versions out.

This alone reads or runs an httpd.  What it has to know of one it reads from
the files: that takes a few milliseconds and starts no process.
"""

import os
import re
from typing import NamedTuple

from .errors import DeployError

# Debian calls it apache2; SUSE has one binary for each way to run processes.
_NAMES = ("apache2", "httpd", "httpd-event", "httpd-worker", "httpd-prefork")

# An ordinary user's PATH has no sbin.
_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/apache2/bin",
                "/usr/bin")

# Where a packaged httpd has its modules; the first that holds one counts.
_MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",
            "/etc/httpd/modules", "/usr/lib/httpd/modules",
            "/usr/lib64/apache2", "/usr/lib/apache2",
            "/usr/local/libexec/apache24")

_TYPES = ("/etc/mime.types", "/etc/apache2/mime.types",
          "/etc/httpd/conf/mime.types", "/usr/local/etc/apache24/mime.types")

_ENVVARS = "/etc/apache2/envvars"

# APACHE_ULIMIT_MAX_FILES of Debian's apache2ctl.
_OPEN_FILES = 8192

# Apache's ways to run its own processes, the best first.
_MPMS = ("event", "worker", "prefork")


class Httpd(NamedTuple):
    """A web server that can be run."""

    path: str
    version: str          # "2.4.57"
    modules: str          # the directory of its shared modules, or ""
    static: frozenset     # the modules inside the binary: "so" for mod_so
    mpms: tuple           # "event", "worker", "prefork": those it has
    types_config: str     # its mime.types, or ""
    libraries: str        # the directory of its own libraries, or ""

    @property
    def version_info(self):
        """The version as a tuple of int."""
        return tuple(int(part) for part in self.version.split("."))

    def module(self, name):
        """The path of the shared module ``name``; None without one."""
        path = f"{self.modules}/mod_{name}.so"
        return path if self.modules and os.path.isfile(path) else None


class Module(NamedTuple):
    """A mod_wsgi that an httpd can load."""

    path: str
    version: str          # "4.9.4"; "" if the file does not tell
    python: str           # "3.11", which it is linked to; "" likewise


class Examined(NamedTuple):
    """What an httpd says of a configuration."""

    accepted: bool
    said: str             # what it complained of
    modules: object       # frozenset of those loaded, "ssl" for mod_ssl;
    directives: object    # list of httpdconf.Directive: both None if untold


def versions(virtualenv=None, root="/"):
    """The versions (str) of this host's Apache and its mod_wsgi.

    Each is None where there is none.  A mod_wsgi of ``virtualenv``'s own
    counts before the system's.
    """
    try:
        httpd = find_httpd(virtualenv, root=root)
    except DeployError:
        return None, None
    module = next(iter(_modules(httpd, virtualenv)), None)
    return httpd.version, module.version or None if module else None


def find_httpd(virtualenv=None, search_path=None, root="/"):
    """The Httpd of ``virtualenv`` or, without one there, the system's.

    ``search_path`` is as the environment's PATH, which is its default;
    ``root`` is the directory that stands for /.

    Raises DeployError, which says how to get one.
    """
    for path in _candidates(virtualenv, search_path, root):
        if os.path.isfile(path) and os.access(path, os.X_OK):
            httpd = _read_httpd(path, root)
            if httpd:
                return httpd
    raise DeployError(
        "no Apache was found: neither apache2 nor httpd is in PATH or in "
        + ", ".join(_DIRECTORIES) + "; " + _how_to_get(virtualenv, root))


def _candidates(virtualenv, search_path, root):
    """Every path where an httpd might be, the best first."""
    # mod_wsgi-standalone brings one, built for the mod_wsgi beside it.
    for packages in site_packages(virtualenv):
        yield f"{packages}/mod_wsgi_packages/httpd/bin/httpd"
    if search_path is None:
        search_path = os.environ.get("PATH", os.defpath)
    given = [directory for directory in search_path.split(os.pathsep)
             if directory.startswith("/")]
    for directory in dict.fromkeys((*given, *_DIRECTORIES)):
        for name in _NAMES:
            yield f"{_below(root, directory)}/{name}"


def _read_httpd(path, root):
    """The Httpd at ``path``; None if that is something else."""
    with _mapped(path) as data:
        version = _search(data, rb"Apache/(2\.\d+\.\d+)")
        if not version:
            return None
        static = _static_modules(data)
    prefix = os.path.dirname(os.path.dirname(path))
    # One that was built as a directory of its own has all it needs there.
    own_libraries = _holds_modules(f"{prefix}/modules") and f"{prefix}/lib"
    modules = _first(_holds_modules, [
        f"{prefix}/modules", *(_below(root, each) for each in _MODULES)])
    types = _first(os.path.isfile, [
        f"{prefix}/conf/mime.types", *(_below(root, each) for each in _TYPES)])
    httpd = Httpd(path, version, modules, static, (), types,
                  own_libraries or "")
    mpms = [name for name in _MPMS if f"mpm_{name}" in static]
    return httpd._replace(mpms=tuple(
        mpms or [name for name in _MPMS if httpd.module(f"mpm_{name}")]))


def _static_modules(data):
    """The names of the modules in the binary ``data``, by their symbols.

    Words of its messages can be among them, which no module is called.
    """
    names = set()
    for match in re.finditer(rb"_module\0", data):
        start = data.rfind(b"\0", 0, match.start()) + 1
        name = data[start:match.start()]
        if re.fullmatch(rb"(?!ap_)[a-z][a-z0-9_]*", name):
            names.add(name.decode())
    return frozenset(names)


def _holds_modules(directory):
    """Whether ``directory`` holds the modules of an Apache 2.4 or 2.2."""
    return any(os.path.isfile(f"{directory}/mod_{name}.so")
               for name in ("authz_core", "alias"))


def _first(test, paths):
    """The first of ``paths`` that passes ``test``; "" if none does."""
    return next((path for path in paths if test(path)), "")


def _below(root, path):
    """The absolute ``path`` where the directory ``root`` stands for /."""
    return root.rstrip("/") + path


def _mapped(path):
    """The bytes of the file ``path``, as a context; none if unreadable."""
    from contextlib import nullcontext
    from mmap import ACCESS_READ, mmap

    try:
        with open(path, "rb") as stream:
            return mmap(stream.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError):
        return nullcontext(b"")


def find_mod_wsgi(httpd, virtualenv=None, prefer="virtualenv", root="/"):
    """The mod_wsgi (Module) for ``httpd`` and the packages of ``virtualenv``.

    The virtualenv's own wins, as its Python is the right one; with
    ``prefer="system"`` the system's does.  That it fits is not said: see
    `python_mismatch`.

    Raises DeployError, which says how to get one.
    """
    found = _modules(httpd, virtualenv, prefer)
    if not found:
        raise DeployError(
            f"{httpd.path} has no mod_wsgi: there is none in"
            f" {httpd.modules}"
            + (f" and none in {virtualenv}" if virtualenv else "")
            + "; " + _how_to_get(virtualenv, root))
    return found[0]


def _modules(httpd, virtualenv, prefer="virtualenv"):
    """Every mod_wsgi (Module) there is, the best first."""
    wanted = virtualenv_python(virtualenv)
    own = [path for packages in site_packages(virtualenv)
           for path in _listed(f"{packages}/mod_wsgi/server")]
    system = [module for module in
              map(read_module, _listed(httpd.modules)) if module]
    # Red Hat has one for each Python, side by side.
    system.sort(key=lambda module: (module.python == wanted,
                                    _numbers(module.python)), reverse=True)
    own = [module for module in map(read_module, own) if module]
    return system + own if prefer == "system" else own + system


def _listed(directory):
    """The paths of the mod_wsgi files in ``directory``, sorted."""
    try:
        names = sorted(os.listdir(directory or os.devnull))
    except OSError:
        return []
    return [f"{directory}/{name}" for name in names
            if name.startswith("mod_wsgi") and name.endswith(".so")]


def read_module(path):
    """The Module at ``path``; None if that is something else."""
    with _mapped(path) as data:
        if data.find(b"wsgi_module") < 0:
            return None
        return Module(
            path,
            # The compiler puts the value right before the format it is for.
            _search(data, rb"\0(\d[\w.]*)\0+mod_wsgi/%s\0",
                    rb"\0([4-9]\.\d{1,2}\.\d{1,2}\w*)\0"),
            # One without a shared library of Python tells its PY_VERSION.
            _search(data, rb"libpython(\d\.\d+)\w*\.(?:so|dylib)",
                    rb"\0([23]\.\d{1,2})\.\d{1,2}[\w+]*\0"))


def _search(data, *patterns):
    """What the first of ``patterns`` that ``data`` has encloses, or ""."""
    for pattern in patterns:
        match = re.search(pattern, data)
        if match:
            return match.group(1).decode()
    return ""


def _numbers(version):
    """``"3.11"`` as (3, 11); () for ""."""
    return tuple(int(part) for part in version.split(".") if part)


def site_packages(virtualenv):
    """The site-packages directories of ``virtualenv``, the newest first."""
    if not virtualenv:
        return []
    return [f"{virtualenv}/lib/{name}/site-packages"
            for name in _pythons(virtualenv)]


def _pythons(virtualenv):
    """The names of the ``pythonX.Y`` in ``virtualenv``, the newest first."""
    try:
        names = os.listdir(f"{virtualenv}/lib")
    except OSError:
        return []
    return sorted((name for name in names
                   if re.fullmatch(r"python\d\.\d+", name)),
                  key=lambda name: _numbers(name[len("python"):]),
                  reverse=True)


def virtualenv_python(virtualenv):
    """The Python, such as "3.11", of ``virtualenv``; None if unknown."""
    if not virtualenv:
        return None
    try:
        with open(f"{virtualenv}/pyvenv.cfg", encoding="utf-8",
                  errors="replace") as stream:
            found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+\.\d+)",
                              stream.read())
    except OSError:
        found = None
    if found:
        return found.group(1)
    names = _pythons(virtualenv)
    return names[0][len("python"):] if names else None


def python_mismatch(module, virtualenv):
    """Why ``module`` cannot run the packages of ``virtualenv``, and the fix.

    None if it can, or if that cannot be told.
    """
    python = virtualenv_python(virtualenv)
    if not python or not module.python or python == module.python:
        return None
    # What runs on Python 2 does not run on the module's.
    anew = ("" if python[0] == "2" else ", or make the virtualenv anew with"
            f" `python{module.python} -m venv`")
    return (
        f"{virtualenv} is a virtualenv of Python {python}, but"
        f" {module.path} runs Python {module.python}, which would find none"
        f" of its packages; give it a mod_wsgi of its own with"
        f" `{virtualenv}/bin/pip install mod_wsgi` (or, where apxs is"
        f" missing, mod_wsgi-standalone){anew}")


def _how_to_get(virtualenv, root):
    """How to install Apache and mod_wsgi on this host, as a text."""
    from .platforms import find_platform

    platform = find_platform(os_release=_below(root, "/etc/os-release"))
    pip = f"{virtualenv}/bin/pip" if virtualenv else "pip"
    return (f"install both as root with `{platform.packages}`, or without"
            " root in the application's virtualenv with"
            f" `{pip} install mod_wsgi-standalone`")


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
    from .httpdconf import Directives, Known, read

    path = config or main_config(httpd)
    return Directives(read(path, Known(
        modules=httpd.static, version=httpd.version_info,
        # As Debian's has no ServerRoot.
        root=os.path.dirname(path))) if path else ())


def examine(httpd, conf=None, include=(), modules=(), timeout=60):
    """What ``httpd`` makes of a configuration, without starting (Examined).

    ``conf`` is its main file, by default the system's; the files ``include``
    are read after it and ``modules``, of (name, path), loaded before it.
    """
    from .httpdconf import module_name, parse_dump
    from .quoting import apache as quoted

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
