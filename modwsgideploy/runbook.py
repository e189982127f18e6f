"""A Site in, what only its runbook (README.txt) needs to say out."""

import itertools
import os.path
import textwrap
from functools import lru_cache

from .frameworks import FRAMEWORKS, config_source
from .quoting import shell, url
from .render import Raw


def variables(site):
    """The variables of templates/common/README.txt_tmpl, as a dict."""
    from .backends import BACKENDS

    platform = site.platform
    framework = FRAMEWORKS[site.framework]
    numbers = itertools.count(1)

    def step(title):
        return heading(f"{next(numbers)}. {title}", "-")

    return {
        "step": step,
        "heading": heading(f"Deploying {site.name}", "="),
        "daemon_user": site.user or platform.user,
        "daemon_group": site.group or platform.group,
        "enabled": Raw(_enabled(site)),
        "pip": f"{site.virtualenv}/bin/pip",
        "pip_install": Raw(_pip_install(site)),
        "config_source": _config_source(site),
        "express": f"{site.virtualenv}/bin/mod_wsgi-express",
        "modules": Raw(" ".join(modules(site))),
        "listen": bool(site.server_name) and site.port not in (80, 443),
        "baseline_parent": os.path.dirname(site.baseline),
        "virtualenv_parent": os.path.dirname(site.virtualenv),
        "curl_url": url(site.url),
        "curl_test_url": url(site.url.rstrip("/") + "/"
                             + BACKENDS[site.backend].test_page),
        "notes_heading": heading(f"About {framework.title}", "-"),
        "notes": _paragraphs(framework.notes),
        **_commands(platform), **_copies(site),
    }


# Thousands of sites have the same few frameworks and one platform.
@lru_cache(None)
def _paragraphs(notes):
    """``notes`` (a tuple) as lines that are no longer than 72."""
    return [Raw(textwrap.fill(note, 72, break_on_hyphens=False))
            for note in notes]


def _pip_install(site):
    """What pip installs for the project; "" where nothing tells it."""
    words = _project_install(site)
    # The script imports it, whether or not the project requires it.
    if FRAMEWORKS[site.framework].uses_paste:
        words.append("PasteDeploy")
    return " ".join(words)


def _project_install(site):
    """The arguments (list) by which pip installs the project itself."""
    def has(*names):
        return any(os.path.isfile(f"{site.project_directory}/{name}")
                   for name in names)

    if site.version and (site.location or has("setup.py", "pyproject.toml")):
        return ["-e", shell(site.directory)]
    if has("requirements.txt"):
        return ["-r", shell(f"{site.directory}/requirements.txt")]
    # Nothing but its configuration is there; the code is from an index.
    return ["--upgrade", shell(site.distribution)] if site.version else []


def _config_source(site):
    """What to copy where the project has no ``site.config`` yet, else ""."""
    from .sites import moved

    if not site.config or os.path.isfile(moved(
            site.config, site.directory, site.project_directory,
            outside=site.config)):
        return ""
    name = config_source(site.project_directory, site.config)
    return name and f"{site.directory}/{name}"


def _enabled(site):
    """What `enable` is told to find the deployment."""
    words = [shell(site.project_directory)]
    if site.output_dir != f"{site.project_directory}/apache":
        words.append("--output-dir=" + shell(site.output_dir))
    return " ".join(words)


def heading(title, line):
    """``title`` underlined, as reStructuredText has it."""
    return Raw(f"{title}\n{line * len(title)}")


def modules(site):
    """Apache modules to enable besides what the package itself enables."""
    from .backends import BACKENDS

    yield from BACKENDS[site.backend].modules(site)
    if site.certificate:
        yield "ssl"
    if site.hsts:
        yield "headers"


@lru_cache(None)
def _commands(platform):
    """The platform's commands, as they are typed."""
    return {"platform_" + name: Raw(getattr(platform, name)) for name in (
        "packages", "apache_packages", "fcgid_package", "python_package",
        "virtualenv_package", "build_packages", "wsgi_load", "python_load",
        "ports", "enable_module", "disable_module", "enable_site",
        "disable_site", "enable_conf", "disable_conf", "configtest",
        "reload", "restart")}


def _server_conf(site, output):
    """The server-wide file of the site's backend, "" for none."""
    from .backends import BACKENDS

    name, installed = BACKENDS[site.backend].server_conf(site) or ("", "")
    return {
        "server_conf": name and f"{output}/{name}",
        "server_conf_name": installed,
        "installed_server_conf": f"{site.platform.conf}/{installed}.conf",
    }


def _copies(site):
    """What is copied where."""
    platform = site.platform
    installed = f"{platform.sites}/{site.conf_name}"
    # What is inside the project goes along with it.
    inside = site.output_dir.startswith(site.project_directory + "/")
    output = (site.script_directory if inside or site.in_place
              else site.output_dir)
    logs = (f"{site.log_directory}/{site.name}-error.log"
            if site.server_name else
            f"{platform.log_directory}/{platform.error_log}")
    return {
        "conf_file": Raw(site.name),
        "source_directory": site.project_directory,
        "source_conf": f"{output}/{site.name}",
        **_server_conf(site, output),
        "backup_conf": installed + ".good",
        "disabled_conf": installed + ".off",
        "platform_name": platform.name,
        "socket_directive": f"WSGISocketPrefix {platform.socket_prefix}",
        "socket_conf": f"{platform.conf}/modwsgi-socket.conf",
        "error_log_shown": logs,
        "main_error_log": f"{platform.log_directory}/{platform.error_log}",
    }
