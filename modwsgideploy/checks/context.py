"""Describe one deployment, as its files say, and what belongs to it.

Each fact is looked up when a check first asks for it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.apache import parser
from modwsgideploy.apache.aliases import mappings
from modwsgideploy.apache.host import Host, UnknownHost
from modwsgideploy.apache.parser import Directive, Directives
from modwsgideploy.apache.sections import Request, merged
from modwsgideploy.apache.shared_hosts import hosts_in, mounted_by
from modwsgideploy.apache.wsgi_script import Script, read_script
from modwsgideploy.backends.mod_wsgi import SHARED
from modwsgideploy.checks.fixes import sudo
from modwsgideploy.checks.in_force import (
    installed_path,
    mounting_path,
    of_others,
)
from modwsgideploy.checks.unit import process_options
from modwsgideploy.deployment.record import CHOICES
from modwsgideploy.errors import DeployError
from modwsgideploy.model.project import Project
from modwsgideploy.model.site import Site
from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.system.files import text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.checks.ini_file import IniFile
    from modwsgideploy.checks.load_report import LoadReport
    from modwsgideploy.system.accounts import Account


class Mount(NamedTuple):
    """One WSGIScriptAlias, or what stands for it with another backend."""

    url: str          # as written
    script: str
    group: str        # of mod_wsgi's processes; "" for Apache's own
    directive: Directive


class CheckContext:
    """One deployment on one host.

    ``texts`` has the text of each file of the deployment by its absolute
    path; ``conf`` is the path of its configuration.  Without a ``host``
    nothing of Apache is looked at.
    """

    def __init__(self, site: Site, texts: Mapping[str, str], conf: str,
                 host: Host | None = None, project: Project | None = None
                 ) -> None:
        self.site = site
        self.texts = texts
        self.conf = conf
        self.host = host or UnknownHost()
        self.project = project
        # Set by whoever loads the application.
        self.load_report: LoadReport | None = None

    # -- Apache's configuration --------------------------------------------

    @cached_property
    def own(self) -> Directives:
        """The directives of the site's own configuration."""
        if not self.mount_path or self.conf != self.enabled:
            return self._parsed(self.conf)
        return Directives([
            *(self._parsed(self.conf) if self.conf != self.mount_path else ()),
            *(each for each in self.host.directives
              if each.path == self.mount_path)])

    @cached_property
    def baseline_conf(self) -> Directives:
        """The directives of its server-wide file."""
        return self._parsed(os.path.join(self.site.output_dir,
                                         "baseline.conf"))

    def _parsed(self, path: str) -> Directives:
        site = self.site
        return Directives(each for each in parser.parse(
            self.texts.get(path, ""), path, self._parse_context,
            site.web_directory if site.in_htaccess else "")
            # Of what it includes, that is other sites' of the same host.
            if not mounted_by(each.path) and not (
                each.key == "includeoptional" and hosts_in(str(each))))

    @cached_property
    def _parse_context(self) -> parser.ParseContext:
        return self.host.parse_context(self._own_paths)

    @cached_property
    def _own_paths(self) -> set[str]:
        """The real paths of its configuration, as written and in force."""
        return {os.path.realpath(path) for path in (
            self.conf, self.enabled, self.mount_path) if path}

    @cached_property
    def mount_path(self) -> str:
        """The path of what is in force and mounts it in a VirtualHost that
        is not in its own file, or ""."""
        return mounting_path(self.site, self.host)

    @cached_property
    def enabled(self) -> str:
        """The path of its configuration that is in force, or ""."""
        return ("" if isinstance(self.host, UnknownHost)
                else installed_path(self.site, self.host))

    @cached_property
    def neighbours(self) -> Directives:
        """The directives of everything else in force on the host."""
        found = self.host.directives
        if not any(self.host.real_path(path) in self._own_paths
                   for path in self.host.paths):
            return found      # and all that was looked up in it
        return of_others(self.host, self._own_paths, {
            each.path for each in self.own} - {self.conf})

    @cached_property
    def effective(self) -> Directives:
        """The directives that will be in force, the site's own last."""
        found = [*self.neighbours, *self.own]
        # Installed once per server: what is written counts only until then.
        if self.neighbours.of("WSGIPythonHome"):
            return Directives(found)
        return Directives([*self.baseline_conf, *found])

    @property
    def notices_touch(self) -> bool:
        """Whether mod_wsgi starts new processes when the script's time
        changes (WSGIScriptReloading), as it does by default."""
        own = self.own
        found = [each for each in self.effective.of("WSGIScriptReloading")
                 if each.arguments and (not each.inside or each in own)]
        return not found or found[-1].arguments[0].lower() != "off"

    @cached_property
    def host_names(self) -> dict[tuple[str, int, str], list[str]]:
        """The names of each VirtualHost, its own and the others' (see
        Directives.host_names)."""
        return {**self.host.directives.host_names, **self.own.host_names}

    def of(self, *names: str) -> list[Directive]:
        """Its own directives called one of ``names``."""
        return self.own.of(*names)

    def value_of(self, name: str) -> str:
        """The first argument of the last directive ``name`` in force, or "".
        """
        for directive in self.effective.of(name)[-1:]:
            return next(iter(directive.arguments), "")
        return ""

    @cached_property
    def aliases(self) -> list[Mount]:
        """The site's own WSGIScriptAliases, without that of its test page."""
        return [
            Mount(each.url, each.path, self.group_of(each.directive),
                  each.directive)
            for each in mappings(self.of("WSGIScriptAlias"))
            if os.path.basename(each.path) != "test.wsgi"]

    @cached_property
    def mounts(self) -> list[Mount]:
        """Where the site is mounted, whatever the backend."""
        if self.site.in_htaccess:
            script = (f"{self.site.web_directory}/"
                      f"{os.path.basename(self.site.script)}")
            return [Mount(self.site.mount_point, script, "", directive)
                    for directive in self.own[:1]]
        name = os.path.basename(self.site.script)
        return self.aliases + [
            Mount(each.url, each.path.rstrip("/"), "", each.directive)
            for each in mappings(self.of("Alias", "ScriptAlias"))
            if os.path.basename(each.path.rstrip("/")) == name]

    def group_of(self, directive: Directive) -> str:
        """The process group that a WSGIScriptAlias runs in; "" for none."""
        group = directive.options.get("process-group")
        if group is None:
            url, script = directive.arguments[:2]
            named, _ = merged(
                (each for each in self.effective.of("WSGIProcessGroup")
                 if each.arguments),
                Request(script, url, directive.section("VirtualHost")))
            group = named[-1].arguments[0] if named else ""
        return "" if group == "%{GLOBAL}" else group

    @cached_property
    def daemons(self) -> dict[str, Directive]:
        """Its own WSGIDaemonProcess directives, by name."""
        return {directive.arguments[0]: directive
                for directive in self.of("WSGIDaemonProcess")
                if directive.arguments}

    @cached_property
    def shared_daemons(self) -> dict[str, Directive]:
        """Its own WSGIDaemonProcess directives that other sites share, by
        name, whether or not another defines them first."""
        alone = self._parse_context._replace(defines=tuple(
            name for name in self._parse_context.defines
            if not name.startswith(SHARED)))
        found = Directives(parser.parse(
            self.texts.get(self.conf, ""), self.conf, alone))
        guards = {each.arguments[0] for each in found.of("Define")
                  if each.arguments}
        return {each.arguments[0]: each
                for each in found.of("WSGIDaemonProcess")
                if each.arguments and SHARED + each.arguments[0] in guards}

    @cached_property
    def daemon(self) -> dict[str, str]:
        """The options of the processes that run it; {} without any."""
        if self.site.backend == "http":
            return process_options(self.site, self.texts)
        for alias in self.aliases:
            for directive in self.daemon_definitions(alias.group):
                return directive.options
        return {}

    def daemon_definitions(self, group: str) -> list[Directive]:
        """The WSGIDaemonProcess directives of ``group``, anywhere."""
        return [each for each in self.effective.of("WSGIDaemonProcess")
                if each.arguments[:1] == (group,)]

    def option(self, name: str) -> str:
        """The value (str) of an option of its processes, "" without it."""
        return self.daemon.get(name, "")

    # -- the script, and what it names -------------------------------------

    @cached_property
    def script_path(self) -> str:
        """The script that runs the application, on the server."""
        return self.mounts[0].script if self.mounts else self.site.script

    @cached_property
    def directory(self) -> str:
        """The project's directory on the server, as its script tells."""
        site, head = self.site, os.path.dirname(self.script_path)
        inside = os.path.relpath(site.output_dir, site.project_directory)
        if not inside.startswith("..") and head.endswith("/" + inside):
            return head[:-len(inside) - 1] or "/"
        return site.directory

    @cached_property
    def script(self) -> Script:
        """What the script sets."""
        path = self.script_path
        return read_script(self.text_of(path), path)

    def text_of(self, path: str) -> str:
        """The text of a file that is installed at ``path``, or will be."""
        written = os.path.join(self.site.output_dir, os.path.basename(path))
        return self.texts.get(path) or text_or_empty(path) or self.texts.get(
            written, "")

    def python_files(self, location: str = "") -> Iterator[str]:
        """Yield the project's own modules, where they are imported from.

        ``location`` is the directory on sys.path, by default the project's.
        """
        if not self.project:
            return
        top = os.path.join(location or self.project.location,
                           *self.project.package.split("."))
        if not os.path.isdir(top):
            yield top + ".py"
        for head, directories, names in os.walk(top):
            directories[:] = sorted(set(directories) - {
                "tests", "node_modules", "public", "static", "__pycache__"})
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(head, name)

    @cached_property
    def python_home(self) -> str:
        """The virtualenv that Apache gives the interpreter, or ""."""
        return self.option("python-home")

    @cached_property
    def baseline(self) -> str:
        """The virtualenv of the whole server, or ""."""
        return self.value_of("WSGIPythonHome")

    @cached_property
    def virtualenv(self) -> str:
        """The application's virtualenv, or ""."""
        return self.script.virtualenv or self.python_home

    @cached_property
    def home(self) -> str:
        """The working directory of its processes; "/" is Apache's own."""
        return self.option("home") or "/"

    @cached_property
    def python(self) -> str:
        """The command of the Python to make a new virtualenv with."""
        module = self.host.mod_wsgi
        name = f"python{module.python}" if module and module.python else ""
        # shutil.which would load the compressors that archives need.
        return next((path for path in (f"/usr/bin/{name}",
                                       f"/usr/local/bin/{name}")
                     if name and os.access(path, os.X_OK)), "python3")

    @cached_property
    def ini(self) -> IniFile | None:
        """The Paste configuration; None if it cannot be read."""
        script = self.script
        if not (FRAMEWORKS[self.site.framework].uses_paste and script.config):
            return None
        from modwsgideploy.checks.ini_file import IniFile
        from modwsgideploy.project.paste_ini import read_config

        try:
            config = read_config(script.config, "", dict(script.global_conf))
        except DeployError:
            return None
        return IniFile(config, text_or_empty(script.config))

    @cached_property
    def processes(self) -> int:
        """How many processes run it."""
        number = self.option("processes")
        return int(number) if number.isdigit() else 1

    # -- who runs it --------------------------------------------------------

    @cached_property
    def apache_user(self) -> str:
        """The user that runs Apache's own processes."""
        if self.host.user:
            return self.host.user
        if self.host.config and os.geteuid():
            import pwd

            return pwd.getpwuid(os.geteuid()).pw_name
        return self.site.platform.user

    @cached_property
    def account(self) -> Account | None:
        """The Account that runs the application; None if there is none."""
        from modwsgideploy.system.accounts import named_account

        return named_account(self.option("user") or self.apache_user,
                             self.option("group"))

    @cached_property
    def apache_account(self) -> Account | None:
        """The Account of Apache's own processes; None if there is none."""
        from modwsgideploy.system.accounts import named_account

        return named_account(self.apache_user)

    @property
    def is_recorded(self) -> bool:
        """Whether `deploy` has written the deployment, and its choices."""
        return os.path.join(self.site.output_dir, CHOICES) in self.texts

    # -- fixes ---------------------------------------------------------------

    def edit(self, path: str, *commands: str) -> str:
        """The command that edits a file by the sed ``commands``, and has
        Apache read it."""
        # sed would put a file in the place of a link to one.
        path = os.path.realpath(path)
        words = [part for command in commands for part in ("-e", command)]
        command = sudo(path) + shlex.join(["sed", "-i", *words, path])
        if self.enabled and not self.host.config:
            command += f" && sudo {self.site.reload}"
        return command

    def another(self, option: str) -> str:
        """What to do where the site needs another value of ``option``, which
        nobody but its owner knows."""
        return (f"give modwsgideploy deploy another --{option} for"
                f" {self.site.project_directory}")

    def redeploy(self, *options: str) -> str:
        """The command that writes the deployment again."""
        return self.command("deploy", *options)

    def command(self, name: str, *options: str) -> str:
        """The line that runs our command ``name`` for this deployment."""
        site = self.site
        if site.output_dir != os.path.join(site.project_directory, "apache"):
            options += ("--output-dir=" + site.output_dir,)
        return shlex.join(["modwsgideploy", name, *options,
                           site.release_root or site.project_directory])
