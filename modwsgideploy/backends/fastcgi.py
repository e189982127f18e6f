"""Deploy on FastCGI, by one of four ways to start its processes.

flup speaks the protocol.  Apache's side is mod_fcgid, which starts the
script itself, or mod_proxy_fcgi, for which systemd does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modwsgideploy.backends.backend import common_templates, script_mode
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell, systemd
from modwsgideploy.templating.engine import Raw

TITLE = "FastCGI"
SCRIPT = "dispatch.fcgi"
TEST_PAGE = "test.fcgi"
FRAGMENTS = {
    "content": "fastcgi/content_tmpl",
    "first_lines": "fastcgi/first_lines.py_tmpl",
    "opening": "fastcgi/opening.py_tmpl",
    "answering": "fastcgi/answering.py_tmpl",
}
# mod_fcgid hands each process one request at a time.
DEFAULTS: Mapping[str, object] = {"baseline": "", "processes": 10}
LIMITS: tuple[str, ...] = ()
# Older kernels cut a script's first line after so many bytes.
_SHEBANG_BYTES = 127
# The release of flup for each major version of Python.
FLUP = {2: "1.0.2", 3: "1.0.3"}
# What is without effect, by --fastcgi-mode.
_IGNORED = {
    "alias": ("user", "web_directory", "fastcgi_socket"),
    "wrapper": ("user", "web_directory", "fastcgi_socket"),
    "proxy": ("processes", "request_timeout", "maximum_requests",
              "restart_interval", "inactivity_timeout", "web_directory"),
    "htaccess": ("user", "server_name", "server_alias", "port",
                 "certificate", "certificate_key", "hsts", "log_directory",
                 "processes", "locale", "request_timeout",
                 "maximum_requests", "restart_interval",
                 "inactivity_timeout", "limit_request_body",
                 "request_read_timeout", "fastcgi_socket", "static_cache",
                 "static_hashed", "compress", "precompressed",
                 "access_log", "access_log_format", "rotate_logs",
                 "require", "https", "acme_agree", "acme_contact",
                 "acme_directory", "acme_ca", "acme_key"),
}
# Of mod_fcgid's FcgidCmdOptions.
_COMMAND_OPTIONS = (
    ("MaxProcesses", "processes"), ("IOTimeout", "request_timeout"),
    ("MaxRequestsPerProcess", "maximum_requests"),
    ("MaxProcessLifeTime", "restart_interval"),
    ("IdleTimeout", "inactivity_timeout"))


def templates(site: Site) -> Iterator[tuple[str, int]]:
    """The templates of ``site``, each with the mode of its file."""
    # On a shared host Apache may be anybody.
    mode = 0o755 if site.in_htaccess else script_mode(site, 0o755)
    yield "fastcgi/dispatch.fcgi_tmpl", mode
    if site.fastcgi_mode != "proxy":
        yield "fastcgi/test.fcgi_tmpl", mode
    if site.fastcgi_mode == "htaccess":
        yield "fastcgi/+dot+htaccess_tmpl", 0o644
        yield "fastcgi/README.txt_tmpl", 0o644
        return
    yield "fastcgi/+package+_tmpl", 0o644
    if site.fastcgi_mode == "proxy":
        yield "fastcgi/+package+.service_tmpl", 0o644
    yield from common_templates(site)


def ignores(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields without effect in the mode ``given``."""
    mode = given.get("fastcgi_mode", "alias")
    for field in _IGNORED[mode]:
        yield field, f"--fastcgi-mode {mode}"
    if given.get("mode") == "embedded":
        yield "mode", "--backend fastcgi"
    # Of what systemd runs it would know nothing.
    if mode == "proxy" and given.get("test_page", "off") != "off":
        yield "test_page", f"--fastcgi-mode {mode}"
    if (mode != "htaccess"
            and given.get("fastcgi_handler") == "fastcgi-script"):
        yield "fastcgi_handler", f"--fastcgi-mode {mode}"


def refuse(site: Site) -> Iterator[str]:
    """Say why FastCGI cannot serve ``site``."""
    if site.apache_version == "2.2":
        yield ("--apache-version: FastCGI is written for Apache 2.4 only;"
               " leave one of --apache-version and --backend out")
    if site.fastcgi_mode == "wrapper" and not site.virtualenv:
        yield ("--fastcgi-mode: wrapper starts the virtualenv's Python, and"
               " there is none; give --virtualenv or another mode")
    if "\\" in site.virtualenv:
        yield (f"--virtualenv: {site.virtualenv!r} contains a backslash,"
               " with which the script cannot name its Python; choose"
               " another directory")


def command(site: Site) -> tuple[str, ...]:
    """None here: Apache or systemd starts the script."""
    return ()


def modules(site: Site) -> tuple[str, ...]:
    """The Apache modules that ``site`` needs besides the usual ones."""
    if site.fastcgi_mode == "proxy":
        return ("proxy", "proxy_fcgi")
    return ("fcgid",)


def requirement(site: Site) -> str:
    """What pip installs besides the application."""
    return f"flup=={FLUP[2 if site.python2 else 3]}"


def python_home(site: Site) -> str:
    """The virtualenv: its own Python runs the script."""
    return site.virtualenv


def server_conf(site: Site) -> None:
    """None: nothing is said for the whole server."""


def variables(site: Site) -> dict[str, Any]:
    """What the templates of this backend need besides the Site's fields."""
    proxy = site.fastcgi_mode == "proxy"
    python = _python(site)
    return {
        "written_for": Raw(f"Apache {site.apache_version} and "
                           + ("mod_proxy_fcgi" if proxy else
                              "mod_fastcgi" if _is_mod_fastcgi(site)
                              else "mod_fcgid")),
        "restricts_stdout": False, "maps_stdout": True,
        "promised": ["home", "umask"] + ["locale"] * _sets_locale(site),
        "flup": Raw(requirement(site).rpartition("=")[2]),
        **_started_by(site, python),
        "socket_target":
            f"proxy:unix:{site.fastcgi_socket}|fcgi://localhost",
        "command_options": [
            (Raw(name), getattr(site, field))
            for name, field in _COMMAND_OPTIONS if getattr(site, field)],
        "initial_env": f"LANG={site.locale}" if site.locale else "",
        "alias_target": site.script + ("" if site.below else "/"),
        **_rules(site), **_unit(site, python),
    }


def _sets_locale(site: Site) -> bool:
    """Whether the Python of the scripts has the deployment's locale.

    Python 2 takes from its environment only how file names are encoded.
    """
    return (bool(site.locale) and site.fastcgi_mode != "htaccess"
            and not site.python2)


def _python(site: Site) -> tuple[str, str]:
    """The command that is the application's Python, as (path, argument)."""
    name = "python2.7" if site.python2 else "python3"
    if site.virtualenv:
        return f"{site.virtualenv}/bin/python", ""
    return "/usr/bin/env", name


def _started_by(site: Site, python: tuple[str, str]) -> dict[str, Any]:
    """How the script finds its Python, and what mod_fcgid starts."""
    shebang = " ".join(filter(None, ("#!" + python[0], python[1])))
    fits = " " not in python[0] and (
        len(shebang.encode("utf-8")) <= _SHEBANG_BYTES)
    wrapper = site.fastcgi_mode == "wrapper"
    wrapped = _double_quoted(python[0]) + " "
    return {
        "shebang": Raw(shebang if fits else "#!/bin/sh"),
        "exec_python": "" if fits else Raw(shell(python[0])),
        "python_shown": python[0] if site.virtualenv else python[1],
        "wrapper_command": wrapped + _double_quoted(site.own_script),
        "test_wrapper_command": wrapped + _double_quoted(
            site.own_script.rpartition("/")[0] + "/" + TEST_PAGE),
        "command": python[0] if wrapper else site.script,
    }


def _double_quoted(path: str) -> str:
    """``path`` as one word of a FcgidWrapper."""
    text = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _is_mod_fastcgi(site: Site) -> bool:
    return site.fastcgi_handler == "fastcgi-script"


def _rules(site: Site) -> dict[str, Any]:
    """What .htaccess says of the handler and the static files."""
    import re

    urls = sorted(static.url[len(site.below) + 1:] for static in site.static)
    return {
        "handler_module": Raw("fastcgi_module" if _is_mod_fastcgi(site)
                              else "fcgid_module"),
        "handler_name": Raw("mod_fastcgi" if _is_mod_fastcgi(site)
                            else "mod_fcgid"),
        "handler": Raw(site.fastcgi_handler),
        "source_htaccess": f"{site.script_directory}/.htaccess",
        "new_script": site.script + ".new",
        "rewrite_base": site.below + "/",
        "static_pattern": "^(?:" + "|".join(map(re.escape, urls)) + ")(?:/|$)",
        "static_copies": [
            (static.path,
             f"{site.web_directory}/{static.url[len(site.below) + 1:]}",
             static.is_directory) for static in site.static],
    }


def _unit(site: Site, python: tuple[str, str]) -> dict[str, Any]:
    """What the systemd unit says."""
    first, *others = [word for word in (*python, site.script) if word]
    # $ starts a variable, but not in a command's first word
    # (systemd.service(5)).
    words = [systemd(first), *(systemd(word).replace("$", "$$")
                               for word in others)]
    return {
        "exec_start": Raw(" ".join(words)),
        "unit_user": Raw(systemd(site.user or site.platform.user)),
        "unit_group": Raw(systemd(site.platform.group)),
        "runtime_directory": Raw(
            site.name if site.fastcgi_socket == f"/run/{site.name}/"
            "fastcgi.sock" else ""),
        "unit_file": Raw(f"{site.name}.service"),
        "source_unit": f"{site.script_directory}/{site.name}.service",
        "installed_unit": f"/etc/systemd/system/{site.name}.service",
    }
