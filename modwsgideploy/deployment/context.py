"""Derive from a site the variables that the templates of every backend use."""

import re
from collections.abc import Iterable
from typing import Any

from modwsgideploy.backends import BACKENDS
from modwsgideploy.deployment import delivery, parts
from modwsgideploy.deployment.env_file import parser_text
from modwsgideploy.model.site import Site, Static
from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.quoting import paste_uri
from modwsgideploy.templating.engine import Raw

# Mozilla's "intermediate" profile, for OpenSSL 1.1.1 and later.
CURVES = "X25519:prime256v1:secp384r1"
CIPHERS = ":".join((
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"))

# As MDPrivateKeys has them.
_MANAGED_KEYS = {"ecdsa": "secp256r1", "rsa": "RSA 2048"}

# By their names; Apache's own configuration has "combined".
_LOG_FORMATS = {
    "vhost": '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
    "json": "{" + ", ".join((
        '"time": "%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t"',
        '"host": "%v"', '"client": "%a"', '"user": "%!401u"',
        '"request": "%{log_request}e"', '"status": %>s', '"bytes": %B',
        '"microseconds": %D', '"queue_time": "%{queue_time}n"',
        '"referer": "%{log_referer}e"', '"agent": "%{log_agent}e"')) + "}"}


def variables(site: Site) -> dict[str, Any]:
    """Return names and addresses as they are written into the files."""
    framework = FRAMEWORKS[site.framework]
    test_page = BACKENDS[site.backend].TEST_PAGE
    port = "" if site.port == site.usual_port else f":{site.port}"
    logs = f"{site.log_directory}/{site.name}"
    return {
        "config_uri": paste_uri(site.config),
        "uses_paste": framework.uses_paste,
        # What a script imports, and the callable with its dots.
        "application_module": Raw(site.application.partition(":")[0]),
        "application_name": Raw(site.application.replace(":", ".", 1)),
        "config_module": f"{site.package}.config",
        "import_from": [path for path in (*site.python_path, site.location)
                        if path],
        # Where relative paths lead, whichever release the process began with.
        "working_directory": _working_directory(site),
        "hidden": _hidden(site.static),
        "env_file_parser": Raw(parser_text() if site.env_file else ""),
        # For the diagnostics page: where it is, and which of the options
        # processes, user, group, umask, locale and home take effect.
        "test_name": Raw(test_page),
        "test_script": f"{site.script_directory}/{test_page}",
        "test_url": f"{site.below}/{test_page}",
        "promised": (),
        "tells_queue_time": False,
        "single_reason": Raw(site.single_process),
        "script_name": site.script.rpartition("/")[2],
        "installed_conf": f"{site.platform.sites}/{site.conf_name}",
        "error_log": f"{logs}-error.log",
        "access_log_file": f"{logs}-access.log",
        "access_log_shown": _log_format(site),
        "server_name_and_port": site.server_name + port,
        "host_name": site.server_name or "localhost",
        "host_header": (site.server_name or "localhost") + port,
        "redirect_to": Raw(f"https://{site.canonical or site.server_name}"
                           f"{port}"),
        "canonical_pattern": Raw(f"!^{re.escape(site.canonical)}(?::\\d+)?$"),
        "canonical_to": Raw("%{REQUEST_SCHEME}://" + site.canonical + port),
        "redirect_target": f"https://{site.server_name}{port}/$1",
        "ciphers": CIPHERS,
        "managed_names": Raw(" ".join(managed_names(site))),
        "managed_key": Raw(_MANAGED_KEYS[site.acme_key]),
        "curves": CURVES,
        "indent": Raw("    "),
        "nothing": Raw(""),
        "included_applications": f"{site.applications}/*.conf",
        "application_begins": Raw(parts.BEGINS.format(
            site.name, site.mount_point)),
        "read_timeout": Raw(_body_timeout(site.request_read_timeout)),
        **delivery.variables(site),
    }


def managed_names(site: Site) -> tuple[str, ...]:
    """Return the names that the certificate of ``site`` is to be for."""
    return tuple(dict.fromkeys((site.server_name, *site.server_alias)))


def _working_directory(site: Site) -> str:
    """Return where the script goes; "" leaves that to the backend.

    Apache's own processes stay where they are.
    """
    in_apache = site.backend == "mod_python" or (
        site.backend == "mod_wsgi" and site.mode == "embedded")
    if (site.release_root and not (site.daemon or in_apache)
            and site.home == site.through_current(site.directory)):
        return site.directory
    return ""


def _log_format(site: Site) -> str:
    """Return the second argument of CustomLog."""
    return _LOG_FORMATS.get(site.access_log_format, site.access_log_format)


def _body_timeout(arguments: str) -> str:
    """Return the arguments of RequestReadTimeout that have an effect.

    Apache reads the headers before it knows which host they are for, so in a
    host of several only the limit for bodies counts (seen with 2.4.71).
    """
    return " ".join(word for word in arguments.split()
                    if word.lower().startswith("body="))


def _hidden(statics: Iterable[Static]) -> str:
    """Return the pattern of what is hidden below static URLs, or ""."""
    urls = [re.escape(static.url) for static in statics if static.is_directory]
    if not urls:
        return ""
    below = urls[0] if len(urls) == 1 else f"(?:{'|'.join(urls)})"
    return f"^{below}/(?:.*/)?\\."
