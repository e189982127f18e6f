"""Load the application and check its size and its response headers."""

from __future__ import annotations

import os
import re
import shlex

from modwsgideploy.backends import fastcgi
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import option_word, replace, set_option, sudo
from modwsgideploy.checks.load_report import LoadReport
from modwsgideploy.checks.loading import load_once
from modwsgideploy.checks.running import and_then
from modwsgideploy.system.files import text_or_empty

# Of a module that pip cannot install by its name.
_IN_PASTE = {"paste.deploy": "PasteDeploy", "paste": "PasteDeploy"}
# mod_wsgi's default header-buffer-size: one line, with its end and a zero
# byte.
_BUFFER_BYTES = 32768


def loads(context: CheckContext) -> CheckResult:
    """Load the WSGI script as mod_wsgi would: by the interpreter of its
    virtualenv, as the daemon's user, in the daemon's directory and locale,
    and with nothing in ``sys.argv``.  Whatever it raises there, visitors see
    as 500.
    """
    report = load_once(context)
    if not report or not report["error"]:
        return
    # Inside Apache these are there.
    if report["missing"] in ("mod_wsgi", "apache"):
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
        return f"mend {named}" + and_then(context)
    site = context.site
    project = [site.package.partition(".")[0], site.distribution]
    own = missing.partition(".")[0] in project
    if missing == "flup" and site.backend == "fastcgi":
        return install(context, fastcgi.requirement(site))
    if missing in _IN_PASTE and not os.path.isfile(
            f"{context.directory}/setup.py"):
        return install(context, _IN_PASTE[missing])
    if own or _has_metadata(context.directory):
        return install(context, "-e", context.directory)
    return install(context, missing)


def install(context: CheckContext, *words: str) -> str:
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


def memory(context: CheckContext) -> CheckResult:
    """Each process holds the loaded application.  If they need more memory
    than the machine has, it swaps, or the kernel kills some of them.
    """
    report = load_once(context)
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
    answer = load_once(context).get("answer")
    sent = answer["headers"] if answer else []
    for name, value in sent:
        flaw = _flaw(name, value)
        if flaw:
            yield (f"{context.script_path} answers with a header {name!r}"
                   f" {flaw}", "mend the code that sets this header"
                   + and_then(context))
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
