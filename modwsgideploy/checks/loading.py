"""Load an application in a process of its own, as mod_wsgi would."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from modwsgideploy.apache.parser import split_address
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.load_report import LoadReport
from modwsgideploy.checks.neighbours import names_of
from modwsgideploy.system.accounts import become, why_not_run
from modwsgideploy.system.files import read_text
from modwsgideploy.system.temporary import temporary_file

if TYPE_CHECKING:
    import subprocess

# The checks that load it, and those of them that ask for its first page.
# A hint alone, MWD610, is no reason to ask.
ASKED = {"MWD603", "MWD604", "MWD605", "MWD606", "MWD607", "MWD608"}
LOADED = {"MWD601", "MWD602", *ASKED}
_TIMEOUT_SECONDS = 60


def load_once(context: CheckContext) -> LoadReport:
    """Load the application, once; the report is empty if nothing can."""
    if context.load_report is None:
        context.load_report = load(context)
    return context.load_report


def load(context: CheckContext) -> LoadReport:
    """Load the application in a process of its own, by load.py.

    The report is empty if there is nothing to run it with.
    """
    python = interpreter(context)
    return _run(context, python) if python and _is_ready(context) else {}


def _is_ready(context: CheckContext) -> bool:
    """Whether there is a script, and a user to run it who is not root."""
    account = context.account
    return (account is not None and account.uid != 0
            and os.path.isfile(context.script_path))


def distinct(contexts: Sequence[CheckContext]) -> list[list[CheckContext]]:
    """Group those that have the same application to load."""
    groups: dict[tuple[object, ...], list[CheckContext]] = {}
    for context in contexts:
        if not set(context.site.skip) >= LOADED:
            groups.setdefault(_application(context), []).append(context)
    return [*groups.values()]


def _application(context: CheckContext) -> tuple[object, ...]:
    """Everything that decides how the application loads."""
    text = context.text_of(context.script_path)
    # A script that uses its own path is like no other.
    path = context.script_path if re.search(
        r"(?<!['\"])__file__", text) else ""
    return (path, _is_ready(context), interpreter(context),
            context.account, context.home, _locale(context),
            context.option("umask"), _request(context)
            # Which knows its hosts by name.
            if context.site.framework == "django" else
            bool(_request(context)),
            # Comments name the site.
            "\n".join(line for line in text.splitlines()
                      if not line.startswith("#")))


def _request(context: CheckContext) -> str:
    """What Apache adds to the request for the first page, as JSON; "" to make
    none."""
    if not context.mounts or set(context.site.skip) >= ASKED or (
            context.site.interface == "asgi"):
        return ""
    import json

    mount = context.mounts[0]
    secure = any(each.inside == mount.directive.inside
                 and each.text.lower() == "on"
                 for each in context.of("SSLEngine"))
    scheme = "https" if secure else "http"
    host = mount.directive.section("VirtualHost")
    port = split_address(host.arguments[0])[1] if host else "80"
    environ = {
        **{each.arguments[0]: each.arguments[1]
           for each in context.of("SetEnv") if len(each.arguments) > 1},
        "SCRIPT_NAME": mount.url.rstrip("/"), "PATH_INFO": "/",
        "QUERY_STRING": "", "REQUEST_URI": mount.url.rstrip("/") + "/",
        "REQUEST_METHOD": "GET", "REQUEST_SCHEME": scheme,
        "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "40000",
        "SERVER_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_PORT": port, "SERVER_SOFTWARE": "Apache",
        "SCRIPT_FILENAME": mount.script, "DOCUMENT_ROOT": "/var/www/html",
        "GATEWAY_INTERFACE": "CGI/1.1", "HTTP_ACCEPT": "*/*",
        "mod_wsgi.process_group": mount.group,
        "mod_wsgi.application_group": ""}
    for name in names_of(context, host)[:1] if host else ():
        usual = port in ("*", "443" if secure else "80")
        environ["HTTP_HOST"] = name if usual else f"{name}:{port}"
    return json.dumps(environ)


def _fastcgi(context: CheckContext) -> str:
    """A word if the script is one of FastCGI, else ""."""
    return "fastcgi" if context.site.backend == "fastcgi" else ""


def _locale(context: CheckContext) -> str:
    """The locale in which to load it, or ""."""
    return context.option("locale") or context.option("lang")


def interpreter(context: CheckContext) -> str:
    """The path of the Python that runs the application, or ""."""
    if context.of("PythonHandler"):
        return ""       # its script runs only inside Apache
    # A FastCGI script names its virtualenv's Python in its first line.
    own = "" if context.aliases else context.virtualenv
    for home in (context.python_home, own, context.baseline):
        if home:
            path = f"{home}/bin/python"
            return path if os.path.exists(path) else ""
    return _module_python(context)


def _module_python(context: CheckContext) -> str:
    """The path of a Python as mod_wsgi has one, or ""."""
    module = context.host.mod_wsgi
    if module and module.python:
        return shutil.which(f"python{module.python}",
                            path="/usr/bin:/usr/local/bin") or ""
    return ""


def _run(context: CheckContext, python: str) -> LoadReport:
    """Run load.py with ``python`` and read its report."""
    import json
    import subprocess

    reader, writer = os.pipe()
    log = temporary_file()
    try:
        try:
            process = _start(context, python, writer, log.fileno())
        except PermissionError:
            # mod_wsgi runs a Python of its own with the virtualenv, whose
            # own may be in a closed home directory, as those of pyenv are.
            own = _module_python(context) if context.aliases else ""
            if not own:
                raise
            process = _start(context, python, writer, log.fileno(), own)
    except OSError as error:
        os.close(reader)
        log.close()
        return _failed(why_not_run(python, context.account, error))
    finally:
        os.close(writer)
    try:
        process.wait(_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return _failed(f"it did not load within {_TIMEOUT_SECONDS} seconds")
    finally:
        _end(process)
        with open(reader, encoding="utf-8", errors="replace") as stream:
            output = stream.read()
        with log:
            logged = last_traceback(log)
    if not output:
        return _failed(f"{python} ended with status {process.returncode}")
    loaded, _, sent = output.partition("\n")
    report: LoadReport = json.loads(loaded)
    if sent:
        report["answer"] = json.loads(sent)
        report["answer"]["logged"] = logged
    return report


def last_traceback(log: IO[bytes]) -> str:
    """The last traceback in the last part of a log, or ""."""
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - 65536))
    text = log.read().decode("utf-8", "replace")
    found = text.rpartition("Traceback (most recent call last):\n")
    match = re.match(r"(?:[ \t].*\n)+.*", found[2]) if found[1] else None
    return found[1] + match[0] if match else ""


def _failed(error: str) -> LoadReport:
    """The report on an application that could not even be loaded."""
    return {"error": error, "missing": ""}


def _start(context: CheckContext, python: str, report: int, log: int,
           program: str = "") -> subprocess.Popen[bytes]:
    """Start load.py, which writes to the descriptor ``report``.

    ``program`` is run in the place of ``python``, and takes itself for that.
    """
    import subprocess

    from modwsgideploy.templating.directory import TEMPLATES

    source = read_text(f"{TEMPLATES}/check/load.py")
    return subprocess.Popen(
        [python, "-c", source, context.script_path, str(report),
         _request(context), _fastcgi(context)],
        cwd="/", env={"PATH": os.defpath, "LANG": _locale(context) or "C",
                      "PYTHONDONTWRITEBYTECODE": "1", **_python_path(context)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=log, pass_fds=(report,), executable=program or None,
        start_new_session=True,
        preexec_fn=lambda: _prepare(context))  # noqa: PLW1509


def _python_path(context: CheckContext) -> dict[str, str]:
    """The variable that has what ``python-path`` of the processes says."""
    path = context.option("python-path")
    return {"PYTHONPATH": path} if path else {}


def _prepare(context: CheckContext) -> None:
    """Give a child process the user, umask and directory of the daemon."""
    os.umask(int(context.option("umask") or "022", 8))
    if not os.geteuid() and context.account:
        become(context.account)
    try:
        os.chdir(context.home)
    except OSError:
        os.chdir("/")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of it, and of what it started."""
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
