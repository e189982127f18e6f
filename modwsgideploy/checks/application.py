"""The application itself: whether it loads, how large it is then, and what
headers it answers with."""

import os
import re
import shlex

from modwsgideploy.backends.fastcgi import FLUP
from modwsgideploy.checks.fixes import replace, set_option, sudo

# Of a module that pip cannot install by its name.
_IN_PASTE = {"paste.deploy": "PasteDeploy", "paste": "PasteDeploy"}
_TIMEOUT = 60
# mod_wsgi's own header-buffer-size: one line, with its end and a zero byte.
_BUFFER = 32768


def loads(subject):
    """Load the WSGI script as mod_wsgi would: by the interpreter of its
    virtualenv, as the daemon's user, in the daemon's directory and locale,
    and with nothing in ``sys.argv``.  Whatever it raises there, visitors see
    as 500.
    """
    told = _load(subject)
    if told is None or not told["error"]:
        return
    lines = told["error"].strip().splitlines()
    yield (f"{subject.script_path} does not load: {lines[-1].strip()}"
           + "".join(f"\n        {line}" for line in lines[:-1]),
           _fix(subject, told))


def _fix(subject, told):
    """What probably helps."""
    if "sys.argv" in told["error"] or "argparse" in told["error"]:
        return _with_arguments(subject, told["error"])
    if "MissingModule" not in told["error"] and not told["missing"]:
        named = ("what the traceback names" if "\n" in told["error"]
                 else "that")
        return (f"mend {named}, then: "
                f"touch {shlex.quote(subject.script_path)}")
    missing, site = told["missing"], subject.site
    project = [site.package.partition(".")[0], site.distribution]
    own = missing.partition(".")[0] in project
    if missing == "flup" and site.backend == "fastcgi":
        return _install(subject, f"flup=={FLUP[2 if site.python2 else 3]}")
    if missing in _IN_PASTE and not os.path.isfile(
            f"{subject.directory}/setup.py"):
        return _install(subject, _IN_PASTE[missing])
    if own or _has_metadata(subject.directory):
        return _install(subject, "-e", subject.directory)
    return _install(subject, missing)


def _install(subject, *words):
    """The command that installs what is missing."""
    path, make, use = subject.virtualenv, "", ""
    if not path:
        # Distributions keep pip from their own Python.
        path = f"{subject.directory}/virtualenv"
        python = ("virtualenv --python=python2.7" if subject.site.python2
                  else f"{subject.python} -m venv")
        make = f"{sudo(subject.directory)}{python} {shlex.quote(path)} && "
        use = f" && {subject.redeploy('--virtualenv=' + path)}"
    head = path if os.path.isdir(path) else subject.directory
    return (make + sudo(head)
            + shlex.join([f"{path}/bin/pip", "install", *words]) + use)


def _with_arguments(subject, error):
    """The command that gives ``sys.argv`` what the command line has that
    serves the ini: ``pserve INI``, or ``paster serve INI``."""
    lines = subject.text_of(subject.script_path).splitlines()
    config = subject.script.config
    if not config or "import sys" not in lines:
        return ("sys.argv is ['mod_wsgi'] under Apache: let the code that"
                " reads it be called from its main program alone")
    words = ["serve"] * ("sys.argv[2]" in error) + [config]
    text = f"sys.argv[1:] = {words!r}".replace("\\", r"\\")
    return (subject.edit(subject.script_path,
                         f"{lines.index('import sys') + 1}a {text}")
            + "   # until the code reads them in its main program alone")


def _has_metadata(directory):
    return any(os.path.isfile(f"{directory}/{name}")
               for name in ("setup.py", "pyproject.toml"))


def _load(subject):
    """What load.py told (dict), of the one time that it is run; None where
    there is nothing to run it with."""
    if subject.loaded is None:
        subject.loaded = load(subject)
    return subject.loaded or None


def load(subject):
    """What load.py tells (dict); {} where there is nothing to run it with."""
    python = interpreter(subject)
    return _run(subject, python) if python and _is_ready(subject) else {}


def _is_ready(subject):
    """Whether there is a script, and somebody to run it."""
    return subject.account and os.path.isfile(subject.script_path)


def distinct(subjects):
    """Lists of those ``subjects`` that have the same application to load."""
    groups = {}
    for subject in subjects:
        if not {"MWD601", "MWD602", "MWD603"} <= set(subject.site.skip):
            groups.setdefault(_application(subject), []).append(subject)
    return [*groups.values()]


def _application(subject):
    """All that decides over how the application loads (a tuple)."""
    text = subject.text_of(subject.script_path)
    # Where one knows its own place, it is like no other.
    place = subject.script_path if re.search(
        r"(?<!['\"])__file__", text) else ""
    return (place, bool(_is_ready(subject)), interpreter(subject),
            subject.account, subject.home, _locale(subject),
            subject.option("umask"), bool(_asked(subject)),
            # Comments name the site.
            "\n".join(line for line in text.splitlines()
                      if not line.startswith("#")))


def _asked(subject):
    """The mount point at which it is asked for a page; "" if it is not."""
    if subject.mounts and "MWD603" not in subject.site.skip:
        return subject.mounts[0].url
    return ""


def _fastcgi(subject):
    """A word that is true where the script is one of FastCGI; or ""."""
    return "fastcgi" if subject.site.backend == "fastcgi" else ""


def _locale(subject):
    """The locale in which it is loaded, or ""."""
    return subject.option("locale") or subject.option("lang")


def interpreter(subject):
    """The path of the Python that runs the application, or ""."""
    if subject.of("PythonHandler"):
        return ""       # its script runs inside Apache alone
    # A FastCGI script names its virtualenv's Python in its first line.
    own = "" if subject.aliases else subject.virtualenv
    for home in (subject.python_home, own, subject.baseline):
        if home:
            path = f"{home}/bin/python"
            return path if os.path.exists(path) else ""
    module = subject.host.mod_wsgi if subject.host else None
    if module and module.python:
        import shutil

        return shutil.which(f"python{module.python}",
                            path="/usr/bin:/usr/local/bin") or ""
    return ""


def _run(subject, python):
    """Run load.py with ``python``; what it told (dict)."""
    import json
    import subprocess

    reader, writer = os.pipe()
    try:
        process = _start(subject, python, writer)
    except OSError as error:
        os.close(reader)
        return {"error": f"{subject.account.user} cannot run {python}:"
                         f" {error.strerror}", "missing": ""}
    finally:
        os.close(writer)
    try:
        process.wait(_TIMEOUT)
    except subprocess.TimeoutExpired:
        return {"error": f"it did not load within {_TIMEOUT} seconds",
                "missing": ""}
    finally:
        _end(process)
        with open(reader, encoding="utf-8", errors="replace") as stream:
            told = stream.read()
    if told:
        loaded, _, sent = told.partition("\n")
        return {**json.loads(loaded),
                "headers": json.loads(sent) if sent else []}
    return {"error": f"{python} ended with status {process.returncode}",
            "missing": ""}


def _start(subject, python, report):
    """The subprocess.Popen of load.py, which writes to ``report``."""
    import subprocess

    from modwsgideploy.templating.directory import TEMPLATES

    with open(f"{TEMPLATES}/check/load.py", encoding="utf-8") as stream:
        source = stream.read()
    return subprocess.Popen(
        [python, "-c", source, subject.script_path, str(report),
         _asked(subject), _fastcgi(subject)],
        cwd="/", env={"PATH": os.defpath, "LANG": _locale(subject) or "C",
                      "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, pass_fds=(report,),
        start_new_session=True,
        preexec_fn=lambda: _prepare(subject))  # noqa: PLW1509


def _prepare(subject):
    """Make a child process what the daemon will be."""
    from modwsgideploy.system.accounts import become

    os.umask(int(subject.option("umask") or "022", 8))
    if not os.geteuid():
        become(subject.account)
    try:
        os.chdir(subject.home)
    except OSError:
        os.chdir("/")


def _end(process):
    """End what is left of it, and of what it started."""
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def memory(subject):
    """Each process holds the loaded application.  More of them than the
    machine has memory for end in swapping, or in the kernel killing some.
    """
    told = _load(subject) or {}
    needed = subject.processes * told.get("kilobytes", 0)
    available = _available()
    if told and not told["error"] and available and needed > available:
        fits = max(1, available * 1000 // (told["kilobytes"] * 1250))
        for daemon in subject.daemons.values():
            for word in daemon.raw_words:
                if word.startswith("processes="):
                    yield (f"{daemon.where} starts {subject.processes}"
                           f" processes of {told['kilobytes'] // 1024} MiB"
                           f" each, and {available // 1024} MiB are"
                           " available", subject.edit(
                               daemon.path, replace(
                                   daemon, word, f"processes={fits}")))


def headers(subject):
    """Ask the loaded application once for its first page, as a visitor does.
    A header that is longer than ``header-buffer-size`` of its processes, or
    that is none, becomes 500 instead: "Truncated or oversized response
    headers received from daemon process", "Response header ... contains
    invalid characters".
    """
    sent = (_load(subject) or {}).get("headers", ())
    for name, value in sent:
        flaw = _flaw(name, value)
        if flaw:
            yield (f"{subject.script_path} answers with a header {name!r}"
                   f" {flaw}", "mend the code that sets this header, then:"
                   f" touch {shlex.quote(subject.script_path)}")
    longest, name = max(((len(f"{name}: {value}\r\n") + 1, name)
                         for name, value in sent), default=(0, ""))
    for daemon in subject.daemons.values():
        size = daemon.options.get("header-buffer-size", "")
        size = int(size) if size.isdigit() and int(size) else _BUFFER
        if longest > size:
            yield (f"{subject.script_path} answers with a header {name!r} of"
                   f" {longest} bytes, and {daemon.where} takes {size}",
                   subject.edit(daemon.path, *set_option(
                       daemon, "header-buffer-size", _room(longest))))


def _flaw(name, value):
    """Why Apache does not take a header, or ""."""
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


def _room(length):
    """A power of two with room for as much again."""
    return 1 << (2 * length).bit_length()


def _available():
    """The kilobytes that the machine can still give; 0 if unknown."""
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0
