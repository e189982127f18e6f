"""Derive from a site the variables that only its runbook (README.txt) uses."""

from __future__ import annotations

import itertools
import os.path
import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from modwsgideploy.apache.platforms import Platform
from modwsgideploy.apache.self_signed import openssl_words
from modwsgideploy.apache.shared_hosts import mount_file, mount_inside
from modwsgideploy.backends import BACKENDS
from modwsgideploy.deployment.certbot_call import certbot_words
from modwsgideploy.deployment.context import managed_names
from modwsgideploy.deployment.copying import copy_code, copy_new
from modwsgideploy.deployment.databases import (
    DatabaseCommands,
    database_commands,
)
from modwsgideploy.deployment.delivery import delivery_modules
from modwsgideploy.model.site import Site
from modwsgideploy.project.frameworks import FRAMEWORKS, config_source
from modwsgideploy.quoting import shell, url
from modwsgideploy.sites.resolve import moved
from modwsgideploy.templating.engine import Raw


class LookedUp(NamedTuple):
    """What a runbook says by what there is in the project's directory."""

    install: list[str]        # the arguments of pip, for the project itself
    config_source: str        # what to copy where there is no configuration
    databases: DatabaseCommands


def look_up(site: Site) -> LookedUp:
    """Look into the directory of the project of ``site``.

    Nothing else of a deployment's text follows from more than the Site.
    """
    return LookedUp(_project_install(site), _config_source(site),
                    database_commands(site))


def variables(site: Site) -> dict[str, Any]:
    """Return the variables of templates/common/README.txt_tmpl."""
    platform = site.platform
    framework = FRAMEWORKS[site.framework]
    numbers = itertools.count(1)
    found = look_up(site)
    project, databases = found.install, found.databases
    copies, code = _copies(site), _code(site)

    def step(title: str) -> Raw:
        return heading(f"{next(numbers)}. {title}", "-")

    return {
        "step": step,
        "heading": heading(f"Deploying {site.name}", "="),
        "daemon_user": site.user or platform.user,
        "daemon_group": site.group or platform.group,
        "secret_scripts": Raw(" ".join(
            shell(f"{site.script_directory}/{name}") for name in (
                os.path.basename(site.script),
                BACKENDS[site.backend].TEST_PAGE))),
        "enabled": Raw(_enabled(site)),
        "pip": f"{site.virtualenv}/bin/pip",
        # A virtualenv in place is its owner's; files of root would be in
        # the way there.
        "pip_sudo": Raw("" if site.in_place else "sudo "),
        "pip_install": Raw(_pip_install(site, project)),
        "pip_update": Raw(_pip_update(site, project)),
        "migrating": [Raw(command) for command in databases.migrating],
        "initializing": [Raw(command) for command in databases.initializing],
        "own_logs": bool(site.server_name) and site.log_directory
        != platform.log_directory,
        "tells_requirements": bool(project),
        "config_source": found.config_source,
        "express": f"{site.virtualenv}/bin/mod_wsgi-express",
        "modules": Raw(" ".join(apache_modules(site))),
        "module_packages": Raw(platform.install_modules(
            *apache_modules(site))),
        "certbot": Raw(shlex.join(certbot_words(site))
                       if site.https == "certbot" else ""),
        "certificate_directory": os.path.dirname(site.certificate),
        "self_signed": Raw(shlex.join(openssl_words(
            site.certificate, site.certificate_key, managed_names(site)))
            if site.https == "self-signed" else ""),
        # For sed, of what is the host's.
        "without_managed": Raw(";/^<MDomainSet/,/^<.MDomainSet/d"
                               * (site.https == "auto")),
        "listen": bool(site.server_name) and site.port not in (80, 443),
        "baseline_parent": os.path.dirname(site.baseline),
        "virtualenv_parent": os.path.dirname(site.virtualenv),
        "curl": Raw(_curl(site)),
        "curl_url": url(site.url),
        "curl_test_url": url(_test_url(site)),
        "notes_heading": heading(f"About {framework.title}", "-"),
        # Those of ASGI are about its translation.
        "notes": [] if site.interface == site.launcher == "asgi"
        else _paragraphs(framework.notes),
        **_commands(platform), **copies, **code,
        **_installation(site, project),
        "platform_reload": Raw(site.reload),
        "restarts": site.reload == platform.restart,
        "test_page_shown": Raw(_test_page(site, code["copied"])),
        "by_release": Raw(_by_release(site)),
        "before_update": Raw(_before_update(
            site, copies["backup_conf"], code)),
    }


# Thousands of sites have the same few frameworks and one platform.
@lru_cache(None)
def _paragraphs(notes: tuple[str, ...]) -> list[Raw]:
    """Wrap each of ``notes`` into lines of at most 72 columns."""
    return [Raw(textwrap.fill(note, 72, break_on_hyphens=False))
            for note in notes]


def _pip_install(site: Site, project: Sequence[str]) -> str:
    """Return the arguments of `pip install` for the site.

    ``project`` are those that install the project itself.  Return "" if
    nothing says what to install.
    """
    words = list(project)
    # The script imports PasteDeploy, whether or not the project requires it.
    if FRAMEWORKS[site.framework].uses_paste:
        words.append("PasteDeploy")
    elif site.launcher == "asgi" and site.backend != "http":
        words.append("a2wsgi")
    elif site.framework in ("django", "flask") and not words:
        words.append(FRAMEWORKS[site.framework].title)
    return " ".join(words)


def _project_install(site: Site) -> list[str]:
    """Return the arguments with which pip installs the project itself.

    Return [] if nothing says what it requires.
    """
    def has(*names: str) -> bool:
        return any(os.path.isfile(f"{site.project_directory}/{name}")
                   for name in names)

    # It pins what the project was tried with.
    pinned = (["-r", shell(f"{site.directory}/requirements.txt")]
              if has("requirements.txt") else [])
    if site.is_distribution and (
            site.location or has("setup.py", "pyproject.toml")):
        if _is_turbogears1(site):
            return ["--no-deps", "-e", shell(site.directory)]
        return [*pinned, "-e", shell(site.directory)]
    # Without both there is only its configuration, and the code comes from an
    # index.
    return pinned or [shell(site.distribution)] * site.is_distribution


def _pip_update(site: Site, project: Sequence[str]) -> str:
    """Return the arguments of `pip install` that bring what is new.

    What comes from an index is upgraded, and nothing beside it.
    """
    if list(project) == [shell(site.distribution)]:
        return f"--upgrade {project[0]}"
    return _pip_install(site, project)


def _installation(site: Site, project: Sequence[str]) -> dict[str, Any]:
    """Return what else is said of the installation of the project.

    ``project`` are the arguments with which pip installs it.
    """
    user = "" if site.in_htaccess else \
        f"sudo -u {site.user or site.platform.user} "
    directory = (site.project_directory if site.in_place else site.directory)
    return {
        "frozen_requirements": f"{directory}/requirements.txt"
        if _is_turbogears1(site) and "-e" in project else "",
        "package_copies": f"{directory}/packages",
        # Not from the directory where it is typed.
        "import_test": Raw(
            f"{user}{shell(site.virtualenv + '/bin/python')} -c "
            + shell(f"import sys; sys.path.pop(0); import {site.package}")
            if site.virtualenv and site.package and project
            and ("-e" in project or "-r" not in project) else ""),
    }


def _is_turbogears1(site: Site) -> bool:
    return site.launcher.startswith("turbogears1")


def _code(site: Site) -> dict[str, Any]:
    """Return the commands that bring the code to where it is served."""
    source, target = site.project_directory, site.directory
    copied = not site.in_place and source != target
    return {"copied": copied,
            "copy_all": Raw(copy_new(site) if copied else ""),
            "copy_code": Raw(copy_code(site) if copied else "")}


def _config_source(site: Site) -> str:
    """Return what to copy if the project has no ``site.config`` yet, else "".
    """
    if not site.config or os.path.isfile(moved(
            site.config, site.directory, site.project_directory,
            outside=site.config)):
        return ""
    name = config_source(site.project_directory, site.config)
    return name and f"{site.directory}/{name}"


def _by_release(site: Site) -> str:
    """Return how a site gets new code that has releases; "" for others."""
    if not site.release_root:
        return ""
    root = shell(site.release_root)
    return f"""\
  modwsgideploy update {root} --from DIR
  modwsgideploy rollback {root}

The first makes a release of the code in DIR, tries it, and serves it if
it works; the other serves the one before again."""


def _before_update(site: Site, backup: str, code: Mapping[str, Any]) -> str:
    """Return the paragraph on what to type before new code is installed."""
    installed = f"{site.platform.sites}/{site.conf_name}"
    lines = ["Keep the configuration that works; then bring what is new.", "",
             f"  sudo cp -p {shell(installed)} {shell(backup)}"]
    if code["copied"]:
        lines.append(f"  {code['copy_code']}")
    return "\n".join(lines)


def _curl(site: Site) -> str:
    """Return the curl command that asks this machine, whatever DNS says."""
    return ("curl" + " -k" * (site.https == "self-signed")
            + " --connect-to ::localhost:" * bool(site.server_name))


def _test_url(site: Site) -> str:
    """Return the URL of the diagnostics page."""
    return f"{site.url.rstrip('/')}/{BACKENDS[site.backend].TEST_PAGE}"


def _test_page(site: Site, copied: bool) -> str:
    """Return the paragraph on how to see the diagnostics page."""
    lines = ["This shows what runs, and what of it is not as deployed:", ""]
    if site.test_page == "off":
        again = ('the steps from "The project" on' if copied
                 else 'the step "Switch it on"')
        lines = [
            "A test page shows what runs, and what of it is not as deployed:",
            "", f"  modwsgideploy deploy {_enabled(site)} --test-page=local",
            "", f"Then repeat {again}, and look:", ""]
    lines.append(f"  {_curl(site)} -H 'Accept: text/plain'"
                 f" {shell(url(_test_url(site)))}")
    return "\n".join(lines)


def _enabled(site: Site) -> str:
    """Return the arguments with which `enable` finds the deployment."""
    words = [shell(site.project_directory)]
    if site.output_dir != f"{site.project_directory}/apache":
        words.append("--output-dir=" + shell(site.output_dir))
    return " ".join(words)


def heading(title: str, line: str) -> Raw:
    """Underline ``title`` with ``line``, as in reStructuredText."""
    return Raw(f"{title}\n{line * len(title)}")


def apache_modules(site: Site) -> Iterator[str]:
    """Yield the modules to enable besides those that packages enable."""
    own = BACKENDS[site.backend].modules(site)
    host = [name for name, wanted in (
        ("ssl", site.tls),
        ("md", site.https == "auto"),
        ("rewrite", site.redirects or site.canonical),
        ("http2", site.tls and site.http2)) if wanted]
    # Each once, the first time.
    yield from dict.fromkeys((*own, *host, *delivery_modules(site)))


@lru_cache(None)
def _commands(platform: Platform) -> dict[str, Raw]:
    """Return the commands of the platform, as they are typed."""
    return {"platform_" + name: Raw(getattr(platform, name)) for name in (
        "packages", "apache_packages", "tls_flag", "fcgid_package",
        "python_package", "virtualenv_package", "build_packages",
        "wsgi_load", "python_load", "ports", "enable_module",
        "disable_module", "enable_site",
        "disable_site", "enable_conf", "disable_conf", "configtest",
        "reload", "restart")}


def _server_conf(site: Site, output: str) -> dict[str, str]:
    """Return where the server-wide file of its backend is; "" for none."""
    name, installed = BACKENDS[site.backend].server_conf(site) or ("", "")
    return {
        "server_conf": name and f"{output}/{name}",
        "server_conf_name": installed,
        "installed_server_conf": f"{site.platform.conf}/{installed}.conf",
    }


def _copies(site: Site) -> dict[str, Any]:
    """Return which files are copied where, and where the logs are."""
    platform = site.platform
    installed = f"{platform.sites}/{site.conf_name}"
    # An output directory inside the project goes along with it.
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
        "source_logrotate": f"{output}/{site.name}.logrotate",
        "installed_logrotate": f"/etc/logrotate.d/{site.name}",
        "inside_file": f"{platform.sites}/{mount_inside(site.name)}",
        "mount_file": f"{site.applications}/"
        + mount_file(site.name, site.mount_point),
        "backup_conf": installed + ".good",
        "disabled_conf": installed + ".off",
        "platform_name": platform.name,
        "socket_directive": f"WSGISocketPrefix {platform.socket_prefix}",
        "socket_conf": f"{platform.conf}/modwsgi-socket.conf",
        "error_log_shown": logs,
        "main_error_log": f"{platform.log_directory}/{platform.error_log}",
    }
