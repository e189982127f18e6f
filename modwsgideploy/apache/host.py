"""This machine's Apache, or another that is named; what it has in force."""

import os
from functools import cached_property

from modwsgideploy.apache import (
    binaries,
    control,
    parser,
)
from modwsgideploy.apache import (
    mod_wsgi as mod_wsgi_module,
)
from modwsgideploy.errors import DeployError


class Host:
    """An Apache and its configuration, each looked at when first asked for.

    ``config`` is the main file of its configuration; None is that of this
    machine's own Apache.
    """

    def __init__(self, config=None):
        self.config = config
        self.tried = {}    # path of a configuration -> what httpd said of it
        self._real = {}

    def real(self, path):
        """``path`` without links; many sites ask for the same ones."""
        if path not in self._real:
            self._real[path] = os.path.realpath(path)
        return self._real[path]

    @cached_property
    def httpd(self):
        """The apache.Httpd, or None."""
        try:
            return binaries.find_httpd()
        except DeployError:
            return None

    @cached_property
    def examined(self):
        """What httpd itself says (apache.Examined)."""
        if not self.httpd:
            return control.Examined(True, "", None, None)
        return control.examine(self.httpd, self.config)

    @cached_property
    def _read(self):
        """Every directive, as our own reader finds them in the files."""
        if not self.httpd:
            return parser.Directives()
        return control.configured(self.httpd, self.config)

    @cached_property
    def directives(self):
        """Every directive in force, in order (httpdconf.Directive).

        From httpd itself; where it cannot tell (it refuses the
        configuration, it has no mod_info), as the files say.
        """
        if self.examined.directives is None:
            return self._read
        return parser.Directives(self.examined.directives)

    @cached_property
    def loads(self):
        """The LoadModule directives, by the module's short name."""
        return {parser.module_name(directive.arguments[0]): directive
                for directive in self._read
                if directive.key == "loadmodule" and directive.arguments}

    @cached_property
    def modules(self):
        """The short names of the modules in force."""
        return self.examined.modules or frozenset(
            {*self.loads, *(self.httpd.static if self.httpd else ())})

    @cached_property
    def mod_wsgi(self):
        """The mod_wsgi (apache.Module) in force, or else the system's."""
        if "wsgi" in self.loads:
            path = self.loads["wsgi"].arguments[-1]
            return mod_wsgi_module.read_module(os.path.join(self.root, path))
        try:
            return self.httpd and mod_wsgi_module.find_mod_wsgi(self.httpd)
        except DeployError:
            return None

    @cached_property
    def root(self):
        """Its ServerRoot."""
        path = self.config or control.main_config(self.httpd)
        return self.last("ServerRoot") or os.path.dirname(path)

    def known(self, mine=()):
        """What a site's own files are read with (httpdconf.Known).

        What those in force define, their real paths ``mine``, is left out.
        """
        if not self.httpd:
            return parser.ParseContext()
        defined = [directive.arguments
                   for directive in self._read.of("Define")
                   if self.real(directive.path) not in mine]
        return parser.ParseContext(
            self.modules, tuple(words[0] for words in defined if words),
            tuple((words[0], words[1]) for words in defined
                  if len(words) > 1),
            self.httpd.version_info, self.root)

    @cached_property
    def paths(self):
        """The path of each file in force, once (list)."""
        return [*dict.fromkeys(each.path for each in self.directives)]

    @cached_property
    def daemons(self):
        """The (id, title, working directory) of mod_wsgi's processes."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as stream:
                        title = stream.read().partition(b"\0")[0].rstrip()
                    if title.startswith(b"(wsgi:"):
                        found.append((int(name), title,
                                      os.readlink(f"/proc/{name}/cwd")))
                except OSError:
                    continue
        return found

    def look(self):
        """Look at all there is, before many sites ask for it."""
        for name in ("mod_wsgi", "modules", "user", "paths", "daemons"):
            getattr(self, name)

    def last(self, name):
        """The first argument of the server's last directive ``name``."""
        for directive in reversed(self._read.of(name)):
            if not directive.inside and directive.arguments:
                return directive.arguments[0]
        return ""

    @cached_property
    def user(self):
        """As whom it runs its children; "" if that is not said.

        Debian names a variable there, so httpd's own answer comes first.
        """
        for directive in reversed(self.directives):
            if directive.key == "user" and directive.arguments:
                return directive.arguments[0]
        return ""

    def installed(self, site):
        """The path at which the file of ``site`` is in force, or "".

        It is so as a link to what was written, or as a copy that is called
        as README.txt has it.
        """
        if site.in_htaccess:
            path = f"{site.web_directory}/.htaccess"
            return path if os.path.isfile(path) else ""
        written = os.path.realpath(f"{site.output_dir}/{site.name}")
        sites = self.real(site.platform.sites)
        enabled = sites.replace("-available", "-enabled")
        for path in self.paths:
            if self.real(path) == written or (
                    os.path.basename(path) == site.conf_name
                    and self.real(os.path.dirname(path))
                    in (sites, enabled)):
                return path
        return ""
