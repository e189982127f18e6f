"""A Project and the user's choices in, one immutable Site out.

Every default is derived here and every choice checked here, so that what
comes after can take a Site as it is.
"""

import os.path
import re
from typing import NamedTuple

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.site import Site, Static
from modwsgideploy.quoting import require_quotable
from modwsgideploy.sites import options
from modwsgideploy.system.versions import version_tuple
from modwsgideploy.templating.engine import file_name

_DEFAULTS = {
    "backend": "mod_wsgi", "mode": "daemon", "daemon": "", "processes": 2,
    "threads": 15, "process_memory": 0,
    "user": "", "group": "",
    "umask": "0027", "preload": True, "warm_up": "", "locale": "C.UTF-8",
    "env": (), "pass_authorization": False, "trusted_proxy": (),
    "test_page": "off", "queue_timeout": 45, "connect_timeout": 15,
    "socket_timeout": 60, "request_timeout": 60, "startup_timeout": 15,
    "deadlock_timeout": 60, "graceful_timeout": 15, "shutdown_timeout": 5,
    "maximum_requests": 0, "restart_interval": 0, "inactivity_timeout": 0,
    "header_buffer_size": 0, "limit_request_body": 10485760,
    "request_read_timeout": "header=15-30,MinRate=500 body=15,MinRate=500",
    "server_name": "", "server_alias": (), "certificate": "", "hsts": False,
    "in_place": False, "deployment": "/usr/local/turbogears",
    "app_name": "main", "python_path": (),
    "apache_version": "2.4", "mod_wsgi_version": "4.9", "skip": (),
    "python_debug": False, "mutex_locks": 8,
    "fastcgi_mode": "alias", "fastcgi_handler": "fcgid-script",
}


class Choices(NamedTuple):
    """What the user chose: values by field, and where each came from."""

    values: dict
    sources: dict


def choose(settings, collect):
    """The Choices of ``settings``, a dict of option name to options.Given.

    ``collect`` (Collector) takes what is wrong with them, one by one and
    together.
    """
    values = options.parse(settings, collect)
    sources = {name.replace("-", "_"): given.source
               for name, given in settings.items()}
    collect.add(*_contradictions(values, sources))
    return Choices(values, sources)


def make_site(project, choices, platform, found_mod_wsgi=None):
    """The Site for ``project`` (Project) and ``choices`` (Choices).

    ``found_mod_wsgi`` is the version (str) this host has, if any.
    Raises DeployError with everything that is wrong.
    """
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.project.frameworks import (
        FRAMEWORKS,
        caches_by_process,
        refuse,
    )

    given, sources = choices
    framework = FRAMEWORKS[project.framework]
    backend = BACKENDS[given.get("backend", _DEFAULTS["backend"])]
    chosen = {**_DEFAULTS, **backend.DEFAULTS, **framework.defaults,
              **given}
    # A project that is nothing but an ini is deployed by that ini.
    chosen["config"] = (given.get("config") or project.config
                        or framework.config)
    # Given in any case of letters.
    chosen["framework"] = framework.name
    chosen["application"] = project.application
    chosen["caches_by_process"] = caches_by_process(project)
    # A mod_wsgi 5 or 6 cannot be the one for Python 2.
    if found_mod_wsgi and "mod_wsgi_version" not in given and not (
            framework.python2 and version_tuple(found_mod_wsgi) >= (5,)):
        chosen["mod_wsgi_version"] = found_mod_wsgi
    chosen.update(_places(project, given, chosen, platform))
    chosen.update(_addresses(chosen, given))
    chosen["mod_wsgi_version"] = version_tuple(chosen["mod_wsgi_version"])
    chosen["platform"] = platform
    chosen["static"] = _static(project, given, chosen)
    with Collector() as collect:
        _refuse_found(project, collect)
        collect.add(*refuse(project, given, sources))
        if "%" in chosen["config"] and framework.uses_paste:
            collect.add(
                f"{sources.get('config', 'the Paste configuration')}:"
                f" {chosen['config']!r} contains '%', with which PasteDeploy"
                " cannot load it; choose another name or directory")
    fields = {name: chosen[name] for name in Site._fields if name in chosen}
    site = adapt(Site(
        package=project.package, version=project.version,
        distribution=project.name, launcher=framework.launcher,
        python2=framework.python2, project_directory=project.directory,
        **fields))
    refused = tuple(backend.refuse(site))
    if refused:
        raise DeployError(*refused)
    return site


def adapt(site, **changes):
    """``site`` with other values of some fields, and what its backend derives
    from them."""
    from modwsgideploy.backends import BACKENDS

    site = site._replace(**changes)
    backend = BACKENDS[site.backend]
    return site._replace(
        script=f"{site.script_directory}/"
               + file_name(backend.SCRIPT, site.name),
        python_home=backend.python_home(site))


def _refuse_found(project, collect):
    """What was found on disk lands in the output too, so it is checked."""
    collect(require_quotable, project.directory, "the project's directory")
    for character in "*?[]":
        if character in project.directory:
            collect.add(
                f"the project's directory: {project.directory!r} contains"
                f" {character!r}, which Apache takes for a wildcard; move"
                " the project")


def _contradictions(given, sources):
    """What each value allows but not all of them together, as messages.

    What was given with a value that is itself wrong counts as given.
    """
    def needs(fields, needed, reason):
        if not given.get(needed, needed in sources):
            for field in fields:
                if given.get(field):
                    yield f"{sources[field]}: needs {reason}"

    yield from needs(("server_alias", "port", "certificate"), "server_name",
                     "a VirtualHost; give --server-name as well")
    yield from needs(("certificate_key", "hsts"), "certificate",
                     "HTTPS; give --certificate as well")
    from modwsgideploy.backends import BACKENDS

    name = given.get("backend", _DEFAULTS["backend"])
    for field, reason in BACKENDS[name].ignores(given):
        # An empty value asks for nothing.
        if given.get(field):
            yield (f"{sources[field]}: has no effect with {reason}; leave"
                   " one of the two out")
    for field in given:
        owner = options.BACKEND_BY_FIELD.get(field, name)
        if owner != name and given[field]:
            yield f"{sources[field]}: needs --backend {owner}"
    if given.get("daemon") and name != "mod_wsgi":
        yield f"{sources['daemon']}: needs --backend mod_wsgi"
    if given.get("apache_version") == "2.2" and given.get("daemon"):
        yield (f"{sources['daemon']}: sites share processes by Define, which"
               " Apache 2.2 does not know; leave --apache-version out")
    if given.get("apache_version") == "2.2" and given.get("certificate"):
        yield (f"{sources['certificate']}: HTTPS is written for Apache 2.4"
               " only; leave --apache-version out")


def _places(project, given, chosen, platform):
    """Every directory and file of the site on the server."""
    name = given.get("name") or project.package
    in_place = chosen["in_place"]
    directory = (project.directory if in_place
                 else f"{chosen['deployment']}/{name}")
    virtualenv = given.get("virtualenv")
    if virtualenv is None:
        virtualenv = (project.virtualenv if in_place
                      else f"/usr/local/pythonenv/{name}")
    baseline = given.get("baseline")
    if baseline is None:
        baseline = ("" if in_place else
                    chosen.get("baseline", "/usr/local/pythonenv/BASELINE"))
    egg_cache = given.get("egg_cache")
    if egg_cache is None:
        egg_cache = f"{virtualenv}/python-eggs" if virtualenv else ""
    output_dir = given.get("output_dir") or f"{project.directory}/apache"
    return {
        "name": name, "directory": directory, "virtualenv": virtualenv,
        "baseline": baseline, "egg_cache": egg_cache,
        "output_dir": output_dir,
        "location": moved(project.location, project.directory, directory,
                          outside=""),
        "config": chosen["config"] and os.path.normpath(
            os.path.join(directory, chosen["config"])),
        # No one site's directory can be that of them all.
        "home": given.get("home") or ("/" if chosen["daemon"] else directory),
        "script_directory": moved(output_dir, project.directory, directory,
                                  outside=output_dir),
        "log_directory": (given.get("log_directory")
                          or platform.log_directory),
        "fastcgi_socket": (given.get("fastcgi_socket")
                           or f"/run/{name}/fastcgi.sock"),
        "mutex_directory": (given.get("mutex_directory")
                            or os.path.dirname(platform.socket_prefix)),
        "web_directory": (given.get("web_directory") or "/var/www/html"
                          + (given.get("mount_point") or f"/{name}"
                             ).rstrip("/")),
    }


def moved(path, old, new, outside):
    """``path`` as it will be once the directory ``old`` stands at ``new``.

    ``outside`` is the answer for a path that is not inside ``old``.
    """
    if path == old:
        return new
    if path.startswith(old.rstrip("/") + "/"):
        return new.rstrip("/") + "/" + path[len(old.rstrip("/")) + 1:]
    return outside


def _addresses(chosen, given):
    """The mount point, the port and the name of the daemon processes."""
    mount_point = given.get("mount_point") or f"/{chosen['name']}"
    usual = 443 if chosen["certificate"] else 80
    port = given.get("port") or usual
    server_name = chosen["server_name"]
    # No two sites share host, port and mount point, so no two processes
    # share this name: Apache refuses a repeated one.
    process_group = chosen["name"]
    if server_name or mount_point != f"/{process_group}":
        shown_port = "" if port == usual else f":{port}"
        where = f"{server_name}{shown_port}{mount_point.rstrip('/')}"
        process_group += "@" + (where or "/")
    return {
        "mount_point": mount_point, "port": port,
        "process_group": chosen["daemon"] or process_group,
        "application_group": (process_group if chosen["daemon"]
                              else "%{GLOBAL}"),
        "python_interpreter": (given.get("python_interpreter")
                               or process_group),
        "certificate_key": (given.get("certificate_key")
                            or chosen["certificate"]),
    }


def _static(project, given, chosen):
    """The static files of the site, the deepest URLs first."""
    below = chosen["mount_point"].rstrip("/")
    if "static" in given:
        found = [Static(below + url, path, not os.path.isfile(path))
                 for url, path in given["static"]]
    else:
        found = [
            Static(below + url,
                   moved(path, project.directory, chosen["directory"],
                         outside=path),
                   os.path.isdir(path))
            for url, path in project.static
            if not re.search(r"[*?\[\]]|\$\{", path) and path.isprintable()]
    return tuple(sorted(found, key=lambda static: (-len(static.url),
                                                   static.url)))
