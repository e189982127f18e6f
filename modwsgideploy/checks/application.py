"""Load the application and check its size and its response headers."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modwsgideploy.backends.fastcgi import FLUP
from modwsgideploy.checks.context import CheckContext, LoadReport
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import option_word, replace, set_option, sudo
from modwsgideploy.system.accounts import become
from modwsgideploy.system.files import read_text, text_or_empty

if TYPE_CHECKING:
    import subprocess

# Of a module that pip cannot install by its name.
_IN_PASTE = {"paste.deploy": "PasteDeploy", "paste": "PasteDeploy"}
_TIMEOUT_SECONDS = 60
# mod_wsgi's default header-buffer-size: one line, with its end and a zero
# byte.
_BUFFER_BYTES = 32768


def loads(context: CheckContext) -> CheckResult:
    """Load the WSGI script as mod_wsgi would: by the interpreter of its
    virtualenv, as the daemon's user, in the daemon's directory and locale,
    and with nothing in ``sys.argv``.  Whatever it raises there, visitors see
    as 500.
    """
    report = _load(context)
    if not report or not report["error"]:
        return
    lines = report["error"].strip().splitlines()
    yield (f"{context.script_path} does not load: {lines[-1].strip()}"
           + "".join(f"\n        {line}" for line in lines[:-1]),
           _fix(context, report))


def _fix(context: CheckContext, report: LoadReport) -> str:
    """What probably helps."""
    error, missing = report["error"], report["missing"]
    if "sys.argv" in error or "argparse" in error:
        return _with_arguments(context, error)
    if "MissingModule" not in error and not missing:
        named = "what the traceback names" if "\n" in error else "that"
        return (f"mend {named}, then: "
                f"touch {shlex.quote(context.script_path)}")
    site = context.site
    project = [site.package.partition(".")[0], site.distribution]
    own = missing.partition(".")[0] in project
    if missing == "flup" and site.backend == "fastcgi":
        return _install(context, f"flup=={FLUP[2 if site.python2 else 3]}")
    if missing in _IN_PASTE and not os.path.isfile(
            f"{context.directory}/setup.py"):
        return _install(context, _IN_PASTE[missing])
    if own or _has_metadata(context.directory):
        return _install(context, "-e", context.directory)
    return _install(context, missing)


def _install(context: CheckContext, *words: str) -> str:
    """The command that installs what is missing."""
    path, make, use = context.virtualenv, "", ""
    if not path:
        # Distributions keep pip from their own Python.
        path = f"{context.directory}/virtualenv"
        python = ("virtualenv --python=python2.7" if context.site.python2
                  else f"{context.python} -m venv")
        make = f"{sudo(context.directory)}{python} {shlex.quote(path)} && "
        use = f" && {context.redeploy('--virtualenv=' + path)}"
    head = path if os.path.isdir(path) else context.directory
    return (make + sudo(head)
            + shlex.join([f"{path}/bin/pip", "install", *words]) + use)


def _with_arguments(context: CheckContext, error: str) -> str:
    """The command that gives ``sys.argv`` the words of the command line that
    serves the ini: ``pserve INI``, or ``paster serve INI``."""
    lines = context.text_of(context.script_path).splitlines()
    config = context.script.config
    if not config or "import sys" not in lines:
        return ("sys.argv is ['mod_wsgi'] under Apache: let the code that"
                " reads it be called from its main program alone")
    words = ["serve"] * ("sys.argv[2]" in error) + [config]
    text = f"sys.argv[1:] = {words!r}".replace("\\", r"\\")
    return (context.edit(context.script_path,
                         f"{lines.index('import sys') + 1}a {text}")
            + "   # until the code reads them in its main program alone")


def _has_metadata(directory: str) -> bool:
    """Whether pip can install the project in ``directory``."""
    return any(os.path.isfile(f"{directory}/{name}")
               for name in ("setup.py", "pyproject.toml"))


def _load(context: CheckContext) -> LoadReport:
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
        if not {"MWD601", "MWD602", "MWD603"} <= set(context.site.skip):
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
            context.option("umask"), bool(_requested_url(context)),
            # Comments name the site.
            "\n".join(line for line in text.splitlines()
                      if not line.startswith("#")))


def _requested_url(context: CheckContext) -> str:
    """The mount point at which to ask for a page; "" to ask for none."""
    if context.mounts and "MWD603" not in context.site.skip:
        return context.mounts[0].url
    return ""


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
    try:
        process = _start(context, python, writer)
    except OSError as error:
        os.close(reader)
        user = context.account.user if context.account else ""
        return _failed(f"{user} cannot run {python}: {error.strerror}")
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
    if not output:
        return _failed(f"{python} ended with status {process.returncode}")
    loaded, _, sent = output.partition("\n")
    report: LoadReport = json.loads(loaded)
    report["headers"] = json.loads(sent) if sent else []
    return report


def _failed(error: str) -> LoadReport:
    """The report on an application that could not even be loaded."""
    return {"error": error, "missing": ""}


def _start(context: CheckContext, python: str, report: int
           ) -> subprocess.Popen[bytes]:
    """Start load.py, which writes to the descriptor ``report``."""
    import subprocess

    from modwsgideploy.templating.directory import TEMPLATES

    source = read_text(f"{TEMPLATES}/check/load.py")
    return subprocess.Popen(
        [python, "-c", source, context.script_path, str(report),
         _requested_url(context), _fastcgi(context)],
        cwd="/", env={"PATH": os.defpath, "LANG": _locale(context) or "C",
                      "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, pass_fds=(report,),
        start_new_session=True,
        preexec_fn=lambda: _prepare(context))  # noqa: PLW1509


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


def memory(context: CheckContext) -> CheckResult:
    """Each process holds the loaded application.  If they need more memory
    than the machine has, it swaps, or the kernel kills some of them.
    """
    report = _load(context)
    size_kb = report.get("kilobytes", 0)
    available_kb = _available_kb()
    if not report or report["error"] or not available_kb or (
            context.processes * size_kb <= available_kb):
        return
    fits = max(1, available_kb * 1000 // (size_kb * 1250))
    for daemon in context.daemons.values():
        word = option_word(daemon, "processes")
        if word:
            yield (f"{daemon.where} starts {context.processes} processes of"
                   f" {size_kb // 1024} MiB each, and"
                   f" {available_kb // 1024} MiB are available",
                   context.edit(daemon.path, replace(
                       daemon, word, f"processes={fits}")))


def headers(context: CheckContext) -> CheckResult:
    """Ask the loaded application once for its first page, as a visitor does.
    A header that is longer than the ``header-buffer-size`` of its processes,
    or is malformed, makes a 500 of it: "Truncated or oversized response
    headers received from daemon process", "Response header ... contains
    invalid characters".
    """
    sent = _load(context).get("headers", [])
    for name, value in sent:
        flaw = _flaw(name, value)
        if flaw:
            yield (f"{context.script_path} answers with a header {name!r}"
                   f" {flaw}", "mend the code that sets this header, then:"
                   f" touch {shlex.quote(context.script_path)}")
    longest, name = max(((len(f"{name}: {value}\r\n") + 1, name)
                         for name, value in sent), default=(0, ""))
    for daemon in context.daemons.values():
        option = daemon.options.get("header-buffer-size", "")
        size = int(option if option.isdigit() else 0) or _BUFFER_BYTES
        if longest > size:
            yield (f"{context.script_path} answers with a header {name!r} of"
                   f" {longest} bytes, and {daemon.where} takes {size}",
                   context.edit(daemon.path, set_option(
                       daemon, "header-buffer-size", _room(longest))))


def _flaw(name: object, value: object) -> str:
    """Why Apache does not accept a header, or ""."""
    # RFC 9110: a token.
    if not isinstance(name, str) or not re.fullmatch(
            r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        return "whose name is none"
    if not isinstance(value, str):
        return "whose value is no text"
    if re.search(r"[\x01-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]", value):
        return "whose value has line ends or other characters that no" \
            " header has"
    return ""


def _room(length: int) -> int:
    """The power of two that has room for twice the ``length``."""
    return 1 << (2 * length).bit_length()


def _available_kb() -> int:
    """The memory that the machine can still give; 0 if unknown."""
    found = re.search(r"(?m)^MemAvailable:\s*(\d+)",
                      text_or_empty("/proc/meminfo"))
    return int(found[1]) if found else 0
