"""Tell the system that a log comes from, and say a fix for Windows."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, Mapping

from modwsgideploy.catalog.failures import MODULES

WINDOWS = "windows"
# What tells a system, in any line of a log.
_SYSTEMS = {
    WINDOWS: re.compile(r"(?<![\w.])[A-Za-z]:[\\/]+\w|\(Win(?:32|64)\)"
                        r"|Parent: (?:Created )?child process \d"),
    "redhat": re.compile(r"/etc/httpd/|/var/log/httpd/|\((?:CentOS|Red Hat"
                         r"|Rocky|AlmaLinux|Fedora|Amazon|Oracle)"),
    "debian": re.compile(r"/etc/apache2/(?:sites|mods|conf)-|\((?:Ubuntu"
                         r"|Debian|Raspbian)\)|/usr/lib/apache2/modules"),
    "suse": re.compile(r"\(Linux/SUSE\)|/etc/apache2/vhosts\.d")}
# Commands that are there on Windows; a text that begins otherwise and has no
# space before its "=" is a directive or an option.
_COMMANDS = re.compile(r"(?:httpd|modwsgideploy|pip|python)\b|if __name__"
                       r"|[A-Z]|[\w-]+=")
# Which is a server of its own behind Apache or nginx.
_PASSENGER = re.compile(r"/passenger[-/]|/passenger_wsgi\.py$")
# Servers of an application, which Apache reaches by mod_proxy_http.
_APP_SERVER = re.compile(r"-packages/(?:granian|gunicorn|uvicorn|waitress)/")
_PROGRAM = re.compile(r" (?:gunicorn|uvicorn|granian|waitress-serve)"
                      r"\[\d+\]: ")
# What names the virtualenv and the path, by the module that runs the code,
# and which module has a Python of its own.
_SETTINGS = {
    "python": {"setting": "PythonPath", "path_setting": "PythonPath",
               "apache_module": "mod_python"},
    **dict.fromkeys(("fcgid", "fastcgi", "proxy_fcgi", "cgi", "cgid"), {
        "setting": "the first line of the script (or its wrapper)",
        "path_setting": "PYTHONPATH of the process", "apache_module": ""})}
_ONLY_UNIX = re.compile(r"(?<!take )WSGIDaemonProcess|Red Hat|SELinux"
                        r"|suexec|[Oo]wner|symbolic link")


def system_of(text: str) -> str:
    """Return the system that ``text``, of a log, tells; "" if none."""
    return next((name for name, pattern in _SYSTEMS.items()
                 if pattern.search(text)), "")


def settings_of(module: str, paths: Iterable[str], raw: str = ""
                ) -> Dict[str, str]:
    """Return what names the virtualenv and the path where the code ran.

    ``module`` is Apache's that logged it, ``paths`` are of the code, ``raw``
    is a line, in which the journal may name the program.  What
    there is none of is "": the module that has a Python of its own
    (``apache_module``), and the commands that bring new code (``reload`` and
    ``restart``).
    """
    paths = list(paths)
    if any(_PASSENGER.search(path) for path in paths):
        return {"setting": "PassengerPython (or the control panel)",
                "path_setting": "sys.path in passenger_wsgi.py",
                "apache_module": ""}
    if not module and (any(map(_APP_SERVER.search, paths)) or paths[:1]
                       and paths[0].endswith("/server.py")
                       or _PROGRAM.search(raw)):
        return {"setting": "the command of the application's service",
                "path_setting": "sys.path in the file that it runs",
                "apache_module": "", "reload": "", "restart": "",
                "python_in_log": "that of its virtualenv"}
    return _SETTINGS.get(module, {})


def windows_values(logged: Mapping[str, str]) -> Dict[str, str]:
    """Return the values that are others on Windows.

    There mod_wsgi has no daemon mode
    (https://modwsgi.readthedocs.io/en/master/configuration-directives/
    WSGIDaemonProcess.html).
    """
    values = {"configtest": "httpd -t", "reload": "httpd -k restart",
              "restart": "httpd -k restart", "user": "Apache's account",
              "setting": "WSGIPythonHome", "path_setting": "WSGIPythonPath"}
    directive = logged.get("directive", "")
    if directive in ("WSGIDaemonProcess", "WSGIProcessGroup"):
        values["module_fix"] = (
            f"take {directive} away, and process-group= with it: on Windows"
            " mod_wsgi has no daemon processes, and WSGIPythonHome and"
            " WSGIPythonPath set what its options would")
    elif directive:
        module = next((module for start, module in MODULES.items()
                       if directive.startswith(start)), "")
        values["module_fix"] = (
            f"load mod_{module} with a LoadModule line" if module
            else "correct its spelling, or load its module")
    return values


def windows_steps(steps: Iterable[str]) -> Iterator[str]:
    """Yield the steps of a fix that can be done on Windows."""
    found = False
    for step in steps:
        step = step.replace("sudo httpd", "httpd")
        again = step.startswith("then ")
        if again or not _ONLY_UNIX.search(step) and all(
                _COMMANDS.match(command) for command in step.split("`")[1::2]):
            found = found or not again
            if again and not found:
                yield ("the lines of the log around this one tell more;"
                       " WSGIPythonHome and WSGIPythonPath set what Python"
                       " finds")
                found = True
            yield step
    if not found:
        yield "the lines of the log around this one tell more"
