"""Deploy on mod_python, which runs the application in Apache's own processes.

Our own WSGI gateway does it (templates/mod_python/modpython_gateway.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modwsgideploy.backends.backend import common_templates, script_mode
from modwsgideploy.backends.mod_wsgi import BASELINE_CONF
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import python
from modwsgideploy.templating.engine import Raw, render_template

TITLE = "mod_python"
SCRIPT = "+package+_modpython.py"
TEST_PAGE = "test.wsgi"
FRAGMENTS = {"content": "mod_python/content_tmpl"}
LIMITS: tuple[str, ...] = (
    "mod_python cannot read an upload without a Content-Length (chunked), so"
    " the gateway answers it with 411",)
DEFAULTS: Mapping[str, object] = {"baseline": ""}
# Under this name mutexes.conf is installed, once per server.
_MUTEXES = "modpython-mutexes"


def templates(site: Site) -> Iterator[tuple[str, int]]:
    """The templates of ``site``, each with the mode of its file."""
    yield "mod_python/+package+_tmpl", 0o644
    yield "mod_python/+package+_modpython.py_tmpl", script_mode(site)
    yield "mod_python/modpython_gateway.py", 0o644
    yield "common/test.wsgi_tmpl", script_mode(site)
    yield "mod_python/mutexes.conf_tmpl", 0o644
    if _is_turbogears1(site):
        yield "mod_python/logging-sample.cfg_tmpl", 0o644
    yield from common_templates(site)


def refuse(site: Site) -> Iterator[str]:
    """Say why mod_python cannot serve ``site``."""
    if site.apache_version == "2.2":
        yield ("--apache-version: mod_python is written for Apache 2.4 only;"
               " leave one of --apache-version and --backend out")


def ignores(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The mode, which is always Apache's own processes."""
    if given.get("mode") == "daemon":
        yield "mode", "--backend mod_python"


def command(site: Site) -> tuple[str, ...]:
    """None: Apache starts what runs the application."""
    return ()


def modules(site: Site) -> tuple[str, ...]:
    """The Apache modules that ``site`` needs besides the usual ones."""
    return ("python",)


def python_home(site: Site) -> str:
    """None: the launcher layers the virtualenv on Apache's Python."""
    return ""


def server_conf(site: Site) -> tuple[str, str]:
    """The server-wide file: its name here, and as it is installed."""
    return "mutexes.conf", _MUTEXES


def variables(site: Site) -> dict[str, Any]:
    """What the templates of this backend need besides the Site's fields."""
    return {
        "written_for": Raw(f"Apache {site.apache_version} and mod_python"),
        "restricts_stdout": False, "maps_stdout": False,
        "alias_target": site.script + ("" if site.below else "/"),
        "launcher_module": _launcher_module(site),
        "wsgi_application": f"{_launcher_module(site)}::application",
        "path_expression": _path_expression(site, site.script),
        "test_path_expression": _path_expression(
            site, f"{site.script_directory}/test.wsgi"),
        "test_interpreter": f"{site.python_interpreter}/test.wsgi",
        "installed_mutexes": f"{site.platform.conf}/{_MUTEXES}.conf",
        # Where it counts, once it is switched on.
        "enabled_baseline":
            f"{site.platform.conf_enabled}/{BASELINE_CONF}.conf",
        "from_source": site.python2 or not site.platform.python_package,
        "beyond_ascii": not all(map(str.isascii, (
            site.script, site.virtualenv, site.config, site.location,
            site.egg_cache, site.env_file, site.init, *site.python_path,
            *(value for _, value in (*site.env, *site.global_conf))))),
        "has_logging_sample": _is_turbogears1(site),
        "application_log": Raw(python(f"/var/log/{site.name}/access.log")),
        "application_logs": f"/var/log/{site.name}",
    }


def _path_expression(site: Site, path: str) -> str:
    """The Python expression by which the gateway runs the file ``path``.

    Quoted for Python here, it is quoted once more for Apache where it goes.
    """
    return render_template(
        "mod_python/python_path.py_tmpl",
        {"script_directory": site.script_directory, "path": path}).strip()


def _launcher_module(site: Site) -> str:
    """The name under which the gateway runs the launcher."""
    return f"{site.name}_modpython".replace(".", "_")


def _is_turbogears1(site: Site) -> bool:
    return site.launcher.startswith("turbogears1")
