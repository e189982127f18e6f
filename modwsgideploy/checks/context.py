"""What is checked: one deployment, as its files say, and what belongs to it.

Each fact is looked up when a check first asks for it.
"""

import os
import shlex
import shutil
from functools import cached_property
from typing import NamedTuple

from modwsgideploy.apache import parser
from modwsgideploy.apache.aliases import mappings
from modwsgideploy.apache.wsgi_script import read_script
from modwsgideploy.backends.mod_wsgi import SHARED
from modwsgideploy.checks.fixes import sudo
from modwsgideploy.system.accounts import Account


class Alias(NamedTuple):
    """One WSGIScriptAlias, or what stands for it with another backend."""

    url: str          # as written
    script: str
    group: str        # of mod_wsgi's processes; "" for Apache's own
    directive: object


class Ini(NamedTuple):
    """The Paste configuration, and its text."""

    config: object    # a configs.Config
    text: str

    def line(self, section, key):
        """The number of the line that sets ``key`` in ``[section]``.

        One of [DEFAULT] is found as well; 0 if there is none.
        """
        here, found = "", 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.startswith("["):
                here = line[1:].partition("]")[0]
            name = line.partition("=")[0].partition(":")[0].strip()
            if name == key and here in (section, "DEFAULT"):
                found = number
                if here == section:
                    break
        return found

    def lines(self, section, key):
        """The numbers of the first and the last line of that value."""
        first = last = self.line(section, key)
        for text in self.text.splitlines()[first:]:
            if text[:1] not in (" ", "\t"):
                break
            last += 1
        return first, last


def installed_path(site, host):
    """The path at which the file of ``site`` is in force on ``host``, or "".

    It is so as a link to what was written, or as a copy that is called
    as README.txt has it.
    """
    if site.in_htaccess:
        path = f"{site.web_directory}/.htaccess"
        return path if os.path.isfile(path) else ""
    written = os.path.realpath(f"{site.output_dir}/{site.name}")
    directories = [host.real_path(directory) for directory in (
        site.platform.sites, site.platform.sites_enabled)]
    for path in host.paths:
        if host.real_path(path) == written or (
                os.path.basename(path) == site.conf_name
                and host.real_path(os.path.dirname(path)) in directories):
            return path
    return ""


class CheckContext:
    """One deployment on one host.

    ``site`` is the Site, ``texts`` a dict of absolute path to the text of
    each file of the deployment, ``conf`` that of its configuration.
    ``host`` is a Host, or None to look at nothing of Apache; ``project``
    a Project or None.
    """

    def __init__(self, site, texts, conf, host=None, project=None):
        self.site = site
        self.texts = texts
        self.conf = conf
        self.host = host
        self.project = project
        self.loaded = None        # what loading the application told

    # -- Apache's configuration --------------------------------------------

    @cached_property
    def own(self):
        """The directives of the site's own configuration."""
        return self._parsed(self.conf)

    @cached_property
    def baseline_conf(self):
        """The directives of its server-wide file."""
        return self._parsed(os.path.join(self.site.output_dir,
                                         "baseline.conf"))

    def _parsed(self, path):
        site = self.site
        return parser.Directives(parser.parse(
            self.texts.get(path, ""), path, self._known,
            site.web_directory if site.in_htaccess else ""))

    @cached_property
    def _known(self):
        return (self.host.parse_context(self._mine) if self.host
                else parser.ParseContext())

    @cached_property
    def _mine(self):
        """Its configuration, as written and as in force (real paths)."""
        return {os.path.realpath(path)
                for path in (self.conf, self.enabled) if path}

    @cached_property
    def enabled(self):
        """The path of its configuration that is in force, or ""."""
        return installed_path(self.site, self.host) if self.host else ""

    @cached_property
    def neighbours(self):
        """The directives of all else that is in force on the host."""
        if not self.host:
            return parser.Directives()
        found = self.host.directives
        if not any(self.host.real_path(path) in self._mine
                   for path in self.host.paths):
            return found      # and all that was looked up in it
        return parser.Directives(
            directive for directive in found
            if self.host.real_path(directive.path) not in self._mine)

    @cached_property
    def effective(self):
        """The directives that will be in force, the site's own last."""
        found = [*self.neighbours, *self.own]
        # Installed once per server: what is written only counts until then.
        if self.neighbours.of("WSGIPythonHome"):
            return parser.Directives(found)
        return parser.Directives([*self.baseline_conf, *found])

    @cached_property
    def host_names(self):
        """The names of each VirtualHost, its own and the others' (see
        httpdconf.Directives)."""
        return {**(self.host.directives.host_names if self.host else {}),
                **self.own.host_names}

    def of(self, *names, among=None):
        """The directives called one of ``names``, by default its own."""
        among = self.own if among is None else among
        if not isinstance(among, parser.Directives):
            among = parser.Directives(among)
        return among.of(*names)

    def last(self, name):
        """The arguments of the last ``name`` in force; () without one."""
        found = self.of(name, among=self.effective)
        return found[-1].arguments if found else ()

    @cached_property
    def aliases(self):
        """The site's own WSGIScriptAliases, that of its test page left out
        (list of Alias)."""
        return [
            Alias(each.url, each.path, self.group_of(each.directive),
                  each.directive)
            for each in mappings(self.of("WSGIScriptAlias"))
            if os.path.basename(each.path) != "test.wsgi"]

    @cached_property
    def mounts(self):
        """Where the site is mounted, whatever the backend (list of Alias)."""
        if self.site.in_htaccess:
            script = (f"{self.site.web_directory}/"
                      f"{os.path.basename(self.site.script)}")
            return [Alias(self.site.mount_point, script, "", directive)
                    for directive in self.own[:1]]
        name = os.path.basename(self.site.script)
        return self.aliases + [
            Alias(each.url, each.path.rstrip("/"), "", each.directive)
            for each in mappings(self.of("Alias", "ScriptAlias"))
            if os.path.basename(each.path.rstrip("/")) == name]

    def group_of(self, alias):
        """The process group that a WSGIScriptAlias runs in; "" for none."""
        group = alias.options.get("process-group")
        if group is None:
            named = [each for each in self.of("WSGIProcessGroup")
                     if each.arguments]
            group = named[-1].arguments[0] if named else ""
        return "" if group == "%{GLOBAL}" else group

    @cached_property
    def daemons(self):
        """Its own WSGIDaemonProcess directives, by name."""
        return {directive.arguments[0]: directive
                for directive in self.of("WSGIDaemonProcess")
                if directive.arguments}

    @cached_property
    def shared_daemons(self):
        """Its own WSGIDaemonProcess directives that other sites share, by
        name, whether or not another defines them first."""
        known = self._known._replace(defines=tuple(
            name for name in self._known.defines
            if not name.startswith(SHARED)))
        found = parser.parse(self.texts.get(self.conf, ""), self.conf,
                                known)
        guards = {each.arguments[0] for each in self.of("Define", among=found)
                  if each.arguments}
        return {each.arguments[0]: each
                for each in self.of("WSGIDaemonProcess", among=found)
                if each.arguments and SHARED + each.arguments[0] in guards}

    @cached_property
    def daemon(self):
        """The options of the processes that run it; {} without any."""
        for alias in self.aliases:
            for directive in self.of("WSGIDaemonProcess",
                                     among=self.effective):
                if directive.arguments[:1] == (alias.group,):
                    return directive.options
        return {}

    def option(self, name):
        """The value (str) of an option of its processes, "" without it."""
        return self.daemon.get(name, "")

    # -- the script, and what it names -------------------------------------

    @cached_property
    def script_path(self):
        """The script that runs the application, on the server."""
        return self.mounts[0].script if self.mounts else self.site.script

    @cached_property
    def directory(self):
        """The project's directory on the server, as the script tells it."""
        site, head = self.site, os.path.dirname(self.script_path)
        inside = os.path.relpath(site.output_dir, site.project_directory)
        if not inside.startswith("..") and head.endswith("/" + inside):
            return head[:-len(inside) - 1] or "/"
        return site.directory

    @cached_property
    def script(self):
        """What the script says (Script)."""
        path = self.script_path
        return read_script(self.text_of(path), path)

    def text_of(self, path):
        """The text of a file that is installed at ``path``, or will be."""
        written = os.path.join(self.site.output_dir, os.path.basename(path))
        return self.texts.get(path) or _text(path) or self.texts.get(
            written, "")

    @cached_property
    def python_home(self):
        """The virtualenv that Apache gives the interpreter, or ""."""
        return self.option("python-home")

    @cached_property
    def baseline(self):
        """The virtualenv of the whole server, or ""."""
        return next(iter(self.last("WSGIPythonHome")), "")

    @cached_property
    def virtualenv(self):
        """The application's virtualenv, or ""."""
        return self.script.virtualenv or self.python_home

    @cached_property
    def home(self):
        """The working directory of its processes; "/" is Apache's own."""
        return self.option("home") or "/"

    @cached_property
    def python(self):
        """The command of the Python that a new virtualenv is made with."""
        module = self.host.mod_wsgi if self.host else None
        name = f"python{module.python}" if module and module.python else ""
        return (shutil.which(name, path="/usr/bin:/usr/local/bin")
                if name else None) or "python3"

    @cached_property
    def ini(self):
        """The Paste configuration (Ini); None if it cannot be read."""
        from modwsgideploy.errors import DeployError
        from modwsgideploy.project.frameworks import FRAMEWORKS
        from modwsgideploy.project.paste_ini import read_config

        if not FRAMEWORKS[self.site.framework].uses_paste:
            return None
        if not self.script.config:
            return None
        try:
            config = read_config(self.script.config)
        except DeployError:
            return None
        return Ini(config, _text(self.script.config))

    @cached_property
    def processes(self):
        """How many processes run it."""
        number = self.option("processes")
        return int(number) if number.isdigit() else 1

    # -- who runs it --------------------------------------------------------

    @cached_property
    def apache_user(self):
        """As whom Apache's own processes run."""
        if self.host and self.host.user:
            return self.host.user
        if self.host and self.host.config and os.geteuid():
            import pwd

            return pwd.getpwuid(os.geteuid()).pw_name
        return self.site.platform.user

    @cached_property
    def account(self):
        """The Account that runs the application; None if there is none."""
        return account(self.option("user") or self.apache_user,
                       self.option("group"))

    @cached_property
    def apache_account(self):
        """The Account of Apache's own processes; None if there is none."""
        return account(self.apache_user)

    # -- fixes ---------------------------------------------------------------

    def edit(self, path, *commands):
        """The command that makes the sed ``commands`` in a file of ours, and
        lets Apache see it."""
        # sed would put a file in the place of a link to one.
        path = os.path.realpath(path)
        words = [part for command in commands for part in ("-e", command)]
        command = sudo(path) + shlex.join(["sed", "-i", *words, path])
        if self.enabled and not self.host.config:
            command += f" && sudo {self.site.platform.reload}"
        return command

    def redeploy(self, *options):
        """The command that writes the deployment again."""
        site = self.site
        if site.output_dir != os.path.join(site.project_directory, "apache"):
            options += ("--output-dir=" + site.output_dir,)
        return shlex.join(["modwsgideploy", "deploy", *options,
                           site.project_directory])


def account(user, group=""):
    """The Account of a ``user`` (a name or #NUMBER); None if unknown."""
    import grp
    import pwd

    try:
        entry = (pwd.getpwuid(int(user[1:])) if user.startswith("#")
                 else pwd.getpwnam(user))
        gid = entry.pw_gid if not group else (
            int(group[1:]) if group.startswith("#")
            else grp.getgrnam(group).gr_gid)
        return Account(entry.pw_name, group if group and group[0] != "#"
                       else grp.getgrgid(gid).gr_name, entry.pw_uid, gid)
    except (KeyError, ValueError):
        return None


def _text(path):
    """The text of a file; "" if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except OSError:
        return ""
