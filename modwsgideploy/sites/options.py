"""OPTIONS: every choice a user can make about a site, one row each.

A row has all that is known of an option: its kind, its default, whether it
may be empty, which backends and which commands have it, its help.  Command
lines, manifests, the fields of a Site, the variables of the templates and the
documentation take their names from here; `Values` takes the defaults.
"""

import os.path
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from modwsgideploy.backends import BACKENDS, http
from modwsgideploy.backends import DEFAULT as DEFAULT_BACKEND
from modwsgideploy.errors import Collector, did_you_mean
from modwsgideploy.model.site import has_https, own_certificate, own_key
from modwsgideploy.quoting import require_quotable
from modwsgideploy.sites.delivered_files import (
    has_precompressed,
    names_with_hashes,
)
from modwsgideploy.sites.kinds import convert
from modwsgideploy.sites.process_group import name_process_group

if TYPE_CHECKING:
    from modwsgideploy.apache.platforms import Platform
    from modwsgideploy.model.project import Project
    from modwsgideploy.project.frameworks import Framework

ADDRESS = "Where it is served"
PLACE = "What is deployed, and where it lives"
RUN = "How it runs"
EXTRA = "What else the site does"
DELIVERY = "How pages and files are delivered (an empty value is none)"
LOGS = "Its logs (in a VirtualHost)"
FASTCGI = "FastCGI (--backend fastcgi)"
MOD_PYTHON = "mod_python (--backend mod_python)"
HTTP = "Application server (--backend http)"
LIMITS = "Timeouts and limits (0 leaves the directive out)"
SERVER = "The server it is for"

# Which commands have an option.  What only the written text needs is not
# asked for by those that read it, and no batch gives all sites one name.
ALL_COMMANDS = ("deploy", "batch", "serve", "check", "enable", "disable",
                "restart", "status", "plan")
_OF_ONE_SITE = tuple(name for name in ALL_COMMANDS if name != "batch")
_WRITTEN = ("deploy", "batch")
_SERVED = ("deploy", "batch", "serve")
_LOADED = ("deploy", "batch", "serve", "plan")
_ASKED_FOR = ("deploy", "batch", "serve", "check", "enable", "restart",
              "status")
_INSTALLED = ("deploy", "batch", "check", "enable", "disable", "restart",
              "status")

# https://letsencrypt.org/docs/acme-protocol-updates/
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"

# https://www.w3.org/TR/referrer-policy/#referrer-policies
_REFERRER_POLICIES = (
    "no-referrer", "no-referrer-when-downgrade", "origin",
    "origin-when-cross-origin", "same-origin", "strict-origin",
    "strict-origin-when-cross-origin", "unsafe-url")


class Setting(NamedTuple):
    """One choice as the user wrote it, and where."""

    value: Union[str, tuple[str, ...]]   # a tuple if it can be repeated
    source: str     # "--mount-point" or "sites.ini:12 [shop] mount-point"

    @property
    def text(self) -> str:
        """The value of an option that cannot be repeated."""
        assert isinstance(self.value, str)
        return self.value

    @property
    def texts(self) -> tuple[str, ...]:
        """The values of an option that can be repeated."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


class Option(NamedTuple):
    """One row of the table."""

    name: str              # as on the command line and in a manifest
    group: str
    kind: str              # "choice" or a key of KINDS
    default: str           # as it would be given; "" where there is a rule
    help: str
    metavar: str = ""
    many: bool = False     # can be given several times
    choices: tuple[str, ...] = ()
    can_be_empty: bool = False    # an empty value means none of it
    commands: tuple[str, ...] = ALL_COMMANDS
    backends: tuple[str, ...] = ()     # that it has an effect on; () for all
    derived: str = ""      # the default in words, where they say more
    # Makes a default that varies.
    rule: "Callable[[Values], Any] | None" = None

    @property
    def field(self) -> str:
        """The name in Site and in templates."""
        return self.name.replace("-", "_")

    @property
    def shown_default(self) -> str:
        """The default as help and documentation print it."""
        if self.field not in _fields_with_other_defaults():
            return self.derived or self.default
        from modwsgideploy.project.frameworks import FRAMEWORKS

        other: dict[str, list[str]] = {}
        for name, one in BACKENDS.items():
            if self.field in one.DEFAULTS and (
                    name in self.backends or not self.backends):
                shown = str(one.DEFAULTS[self.field]) or "none"
                other.setdefault(shown, []).append(one.TITLE)
        for framework in FRAMEWORKS.values():
            if self.field in framework.defaults:
                shown = str(framework.defaults[self.field]) or "none"
                other.setdefault(shown, []).append(framework.title)
        return "; ".join(filter(None, [
            self.derived or self.default,
            *(f"{', '.join(titles)}: {shown}"
              for shown, titles in other.items())]))


@lru_cache(None)
def _fields_with_other_defaults() -> set[str]:
    """Return the fields for which a backend or framework has a default."""
    from modwsgideploy.project.frameworks import FRAMEWORKS

    return set().union(*(one.DEFAULTS for one in BACKENDS.values()),
                       *(one.defaults for one in FRAMEWORKS.values()))


class Values:
    """The value of each option of one site, by field: as it was given, else
    its default."""

    def __init__(self, given: Mapping[str, Any], project: "Project",
                 platform: "Platform", framework: "Framework",
                 found_mod_wsgi: Optional[str] = None) -> None:
        self.project = project
        # Of Apache's layout; the option's value is its name.
        self.layout = platform
        self._given = given
        # A mod_wsgi 5 or 6 cannot be the one for Python 2.
        self.found_mod_wsgi = "" if framework.python2 and int(
            (found_mod_wsgi or "0").partition(".")[0]) >= 5 else found_mod_wsgi
        self.default_config = framework.config
        self.launcher, self.python2 = framework.launcher, framework.python2
        backend = BACKENDS[given.get("backend", DEFAULT_BACKEND)]
        self.__dict__.update(_constants())
        self.__dict__.update(backend.DEFAULTS)
        self.__dict__.update(framework.defaults)
        # All sites of a shared daemon have to have the same number.
        if project.single_process and not given.get("daemon"):
            self.processes = 1
        self.__dict__.update(given)

    def __getattr__(self, field: str) -> Any:
        """Work out a default that follows from other values, once."""
        option = BY_FIELD.get(field)
        if option is None or option.rule is None:
            raise AttributeError(field)
        value = self.__dict__[field] = option.rule(self)
        return value

    def by_field(self) -> dict[str, Any]:
        """All of them."""
        values = self.__dict__
        return {field: values[field] if field in values
                else getattr(self, field) for field in BY_FIELD}

    def is_given(self, field: str) -> bool:
        """Whether the user chose it."""
        return field in self._given

    @property
    def own_directory(self) -> str:
        """The project's directory on the server."""
        if self.in_place:
            return self.project.directory
        return f"{self.deployment}/{self.name}"

    @property
    def usual_port(self) -> int:
        """The port that a URL of the site need not name."""
        return 443 if has_https(self.certificate, self.https) else 80

    @property
    def own_process_group(self) -> str:
        """The name of daemon processes that are the site's own."""
        return name_process_group(
            self.name, self.server_name,
            0 if self.port == self.usual_port else self.port,
            self.mount_point)


def _interface(site: Values) -> str:
    """Return what the application of a site speaks to its server."""
    if site.backend != "http" or not http.SERVERS[
            site.app_server].speaks_asgi:
        return "wsgi"
    from modwsgideploy.project.frameworks import asgi_of_django, has_channels

    module = site.application.partition(":")[0]
    directory = site.project.directory
    return "asgi" if site.launcher == "asgi" or (
        module.rpartition(".")[2] == "asgi") or (
            site.framework == "django" and has_channels(directory)
            and asgi_of_django(directory, site.application)) else "wsgi"


OPTIONS: tuple[Option, ...] = (
    Option("mount-point", ADDRESS, "mount_point", "",
           "the URL path of the site; / for the whole host", "/PATH",
           commands=_ASKED_FOR,
           derived="/NAME; with --server-name: /, unless --inside",
           rule=lambda site: "/" if site.server_name and not site.inside
           else f"/{site.name}"),
    Option("server-name", ADDRESS, "host", "",
           "make a VirtualHost for this host name; without it the site is"
           " part of the main server, and so of every host", "HOST",
           can_be_empty=True, commands=_ASKED_FOR),
    Option("inside", ADDRESS, "path", "",
           "mount it in the VirtualHost that this file of Apache's"
           " configuration has, which somebody else wrote: enable adds a line"
           " there, and disable removes it", "FILE", can_be_empty=True,
           commands=("serve", *_INSTALLED)),
    Option("server-alias", ADDRESS, "host_pattern", "",
           "another name of the same host", "HOST", many=True,
           can_be_empty=True, commands=_SERVED),
    Option("canonical", ADDRESS, "host", "",
           "the one of these names to which Apache redirects from the others,"
           " with and without HTTPS", "HOST", can_be_empty=True,
           commands=_WRITTEN),
    Option("port", ADDRESS, "port", "",
           "the port of the VirtualHost", "PORT", commands=_ASKED_FOR,
           derived="80, or 443 with a certificate",
           rule=lambda site: site.usual_port),
    Option("certificate", ADDRESS, "path", "",
           "serve HTTPS with this certificate chain (PEM), and redirect port"
           " 80 to it", "FILE", can_be_empty=True, commands=_INSTALLED,
           derived="none; with --https self-signed:"
           " /etc/apache2/self-signed/HOST.pem",
           rule=lambda site: own_certificate(site.layout, site.server_name)
           if site.https == "self-signed" else ""),
    Option("certificate-key", ADDRESS, "path", "",
           "the private key of the certificate (PEM)", "FILE",
           commands=_WRITTEN, derived="the certificate's file; with --https"
           " self-signed: HOST.key beside it",
           rule=lambda site: own_key(site.certificate)
           if site.https == "self-signed" else site.certificate),
    Option("https", ADDRESS, "choice", "",
           "serve HTTPS with a certificate that Apache's own mod_md gets and"
           " renews (auto), that enable has certbot get (certbot), or, for"
           " trying it, that enable makes and browsers warn of (self-signed)",
           "MODE", choices=("auto", "certbot", "self-signed"),
           can_be_empty=True, commands=_WRITTEN),
    Option("redirect", ADDRESS, "flag", "yes",
           "lead port 80 to HTTPS", commands=_WRITTEN),
    Option("acme-agree", ADDRESS, "flag", "no",
           "agree to the terms of service of the authority that makes the"
           " certificate", commands=_WRITTEN),
    Option("acme-contact", ADDRESS, "email", "",
           "where that authority can reach you", "EMAIL", can_be_empty=True,
           commands=_WRITTEN),
    Option("acme-directory", ADDRESS, "acme_url", LETS_ENCRYPT,
           "the authority: the URL of its ACME directory", "URL",
           commands=_WRITTEN),
    Option("acme-ca", ADDRESS, "path", "",
           "the certificates by which that authority itself is known, where"
           " the system does not know it (PEM)", "FILE", can_be_empty=True,
           commands=_WRITTEN),
    Option("acme-key", ADDRESS, "choice", "ecdsa",
           "the kind of key to have certified: ecdsa (P-256) or rsa (2048"
           " bits)", choices=("ecdsa", "rsa"), commands=_WRITTEN),
    Option("hsts", ADDRESS, "flag", "no",
           "tell browsers to use nothing but HTTPS for two years; hard to"
           " take back", commands=_WRITTEN),
    Option("http2", ADDRESS, "flag", "yes",
           "offer HTTP/2 with HTTPS, where Apache has mod_http2; with the MPM"
           " prefork there is none", commands=_WRITTEN),

    Option("name", PLACE, "name", "",
           "the name of the site: of its files, its daemon processes and its"
           " directories", "NAME", commands=_OF_ONE_SITE,
           derived="the project's package; its directory where that is called"
           " app, main or the like",
           rule=lambda site: site.project.short_name),
    Option("framework", PLACE, "text", "",
           "its framework: turbogears2, turbogears15, turbogears1 (1.0 and"
           " 1.1), pylons, pyramid, paste, django, trac, flask, asgi"
           " (FastAPI, Starlette), script or wsgi", "NAME",
           derived="that of which the project's requirements and files are",
           rule=lambda site: site.project.framework),
    Option("application", PLACE, "application", "",
           "the WSGI application where no Paste configuration names it:"
           " MODULE:CALLABLE, MODULE:FACTORY() or FILE[:CALLABLE], such as"
           " app.wsgi (with TurboGears 1: the root controller)",
           "MODULE:CALLABLE",
           derived="what the framework has, or the only one in the code",
           rule=lambda site: site.project.application),
    Option("deployment", PLACE, "path", "/usr/local/turbogears",
           "the directory in which the project's directory, NAME, lives on"
           " the server", "DIR"),
    Option("in-place", PLACE, "flag", "no",
           "deploy the project where it stands, with the virtualenv it is"
           " installed in"),
    Option("config", PLACE, "relative_path", "",
           "the Paste configuration (with TurboGears 1 its own), relative to"
           " the project's directory", "FILE",
           derived="production.ini; TurboGears 1: prod.cfg; where an ini is"
           " all there is of a project, that",
           # A project that is nothing but an ini is deployed by that ini.
           rule=lambda site: site.project.config or site.default_config),
    Option("app-name", PLACE, "text", "main",
           "the application's section in that configuration", "NAME"),
    Option("global-conf", PLACE, "global_conf", "",
           "a value for all of that configuration, as `pserve INI NAME=VALUE`"
           " has it (PasteDeploy's global_conf)", "NAME=VALUE", many=True,
           can_be_empty=True, commands=_LOADED),
    Option("baseline", PLACE, "path", "",
           "the empty virtualenv on which applications are layered; empty for"
           " none", "DIR", can_be_empty=True, commands=_LOADED,
           backends=("mod_wsgi",),
           derived="/usr/local/pythonenv/BASELINE; with --in-place: none",
           rule=lambda site: (
               "" if site.in_place else "/usr/local/pythonenv/BASELINE")),
    Option("virtualenv", PLACE, "here_path", "",
           "the application's virtualenv; empty for none", "DIR",
           can_be_empty=True,
           derived="/usr/local/pythonenv/NAME; with --in-place: the one that"
           " the project is installed in",
           rule=lambda site: (site.project.virtualenv if site.in_place
                              else f"/usr/local/pythonenv/{site.name}")),
    Option("release-root", PLACE, "path", "",
           "the directory of the site's releases, of which this project is"
           " one; update writes it", "DIR", can_be_empty=True,
           commands=_WRITTEN),
    Option("python-path", PLACE, "path", "",
           "another directory to import from", "DIR", many=True,
           can_be_empty=True, commands=_LOADED),
    Option("egg-cache", PLACE, "path", "",
           "where zipped eggs are unpacked (PYTHON_EGG_CACHE); empty for"
           " none", "DIR", can_be_empty=True, commands=_LOADED,
           derived="python-eggs in the virtualenv",
           rule=lambda site: (f"{site.virtualenv}/python-eggs"
                              if site.virtualenv else "")),
    Option("home", PLACE, "path", "",
           "the working directory of the daemon processes", "DIR",
           commands=_LOADED, backends=("mod_wsgi", "fastcgi", "http"),
           derived="the project's directory; with --daemon: /",
           # No one site's directory can be that of them all.
           rule=lambda site: "/" if site.daemon else site.own_directory),
    Option("log-directory", PLACE, "path", "",
           "where a VirtualHost keeps its logs", "DIR", commands=_WRITTEN,
           derived="Apache's own",
           rule=lambda site: site.layout.log_directory),

    Option("backend", RUN, "choice", DEFAULT_BACKEND,
           "the server module that runs the application",
           choices=tuple(BACKENDS)),
    Option("mode", RUN, "choice", "daemon",
           "run in processes of its own (daemon) or inside Apache's"
           " (embedded)", choices=("daemon", "embedded"), commands=_LOADED),
    Option("daemon", RUN, "name", "",
           "run in the daemon processes of this name, which all sites that"
           " name them share, each in an interpreter of its own", "NAME",
           can_be_empty=True, commands=_LOADED, backends=("mod_wsgi",),
           derived="processes of its own"),
    Option("processes", RUN, "count", "2", "daemon processes", "N",
           commands=_LOADED, backends=("mod_wsgi", "fastcgi", "http"),
           derived="2; 1 where the configuration names a file that one process"
           " alone may open (SQLite, ZODB, Whoosh)"),
    Option("threads", RUN, "count", "15", "threads of each", "N",
           commands=_LOADED, backends=("mod_wsgi", "http")),
    Option("process-memory", RUN, "number", "0",
           "the megabytes that one of its processes takes, for the command"
           " plan", "MB", commands=("deploy", "batch", "plan"),
           derived="measured, by loading it"),
    Option("user", RUN, "user", "",
           "the user of the daemon processes", "USER", can_be_empty=True,
           commands=_WRITTEN, backends=("mod_wsgi", "fastcgi", "http"),
           derived="Apache's own"),
    Option("group", RUN, "group", "",
           "the group of the daemon processes", "GROUP", can_be_empty=True,
           commands=_WRITTEN, backends=("mod_wsgi", "http"),
           derived="Apache's own"),
    Option("umask", RUN, "umask", "0027",
           "the umask of the daemon processes", "MASK", commands=_SERVED,
           backends=("mod_wsgi", "fastcgi", "http")),
    Option("preload", RUN, "flag", "yes",
           "load the application when a process starts, not at its first"
           " request", commands=_LOADED, backends=("mod_wsgi", "fastcgi")),
    Option("script-reloading", RUN, "flag", "yes",
           "look at the script before each request, and start new processes"
           " when its time has changed; without it only restart, update or a"
           " reload of Apache brings new code, and with --queue-timeout=0 as"
           " well a site answers more requests (daemon mode)",
           commands=_SERVED,
           backends=("mod_wsgi",)),
    Option("warm-up", RUN, "mount_point", "",
           "also make one request for this path of the application before"
           " serving (ToscaWidgets resources need it)", "/PATH",
           can_be_empty=True, commands=_SERVED),
    Option("locale", RUN, "locale", "C.UTF-8",
           "the locale of the daemon processes; empty for Apache's own",
           "NAME", can_be_empty=True, commands=_LOADED,
           backends=("mod_wsgi", "fastcgi", "http")),
    Option("env", RUN, "variable", "",
           "an environment variable for the application", "NAME=VALUE",
           many=True, can_be_empty=True, commands=_LOADED),
    Option("env-file", RUN, "relative_path", "",
           "a file of NAME=VALUE lines with secrets for the application, which"
           " the script reads when it starts; relative to the project's"
           " directory, and closed to others", "FILE", can_be_empty=True,
           commands=_LOADED),
    Option("init", RUN, "relative_path", "",
           "Python code of your own that the script runs before it loads the"
           " application; relative to the project's directory", "FILE",
           can_be_empty=True, commands=_LOADED),

    Option("static", EXTRA, "mapping", "",
           "let Apache serve DIR at URL, below the mount point; empty for"
           " none", "URL=DIR", many=True, can_be_empty=True,
           commands=_ASKED_FOR, derived="what the project has",
           rule=lambda site: site.project.static),
    Option("include", EXTRA, "here_path", "",
           "a file with directives of Apache for the site, which its"
           " configuration gets in it (in a manifest's [DEFAULT] the key names"
           " more manifests)", "FILE", many=True, can_be_empty=True,
           commands=_SERVED),
    Option("require", EXTRA, "requirement", "",
           "let only those see the site, or what is below PATH of it, whom the"
           " Auth and Require lines in FILE let: Apache checks passwords, and"
           " the application gets REMOTE_USER", "[/PATH=]FILE", many=True,
           can_be_empty=True, commands=_SERVED),
    Option("pass-authorization", EXTRA, "flag", "no",
           "let the application see the Authorization header",
           commands=_SERVED),
    Option("chunked-request", EXTRA, "flag", "no",
           "let the application read bodies that come without a length"
           " (Transfer-Encoding: chunked)", commands=_SERVED,
           backends=("mod_wsgi", "http")),
    Option("trusted-proxy", EXTRA, "address", "",
           "believe X-Forwarded-* headers from this proxy (an address or"
           " network)", "IP", many=True, can_be_empty=True, commands=_SERVED,
           backends=("mod_wsgi", "http")),
    Option("test-page", EXTRA, "choice", "off",
           "serve the diagnostics page at MOUNT-POINT/test.wsgi (FastCGI:"
           " test.fcgi): to requests from this machine (local) or to"
           " everybody (all)",
           choices=("off", "local", "all"), commands=_SERVED),

    Option("content-type-options", DELIVERY, "choice", "nosniff",
           "X-Content-Type-Options: have browsers take a file for nothing but"
           " what its Content-Type says", "VALUE", choices=("nosniff",),
           can_be_empty=True, commands=_SERVED),
    Option("frame-options", DELIVERY, "choice", "SAMEORIGIN",
           "X-Frame-Options: whose pages may show those of the site in a"
           " frame: its own (SAMEORIGIN) or none (DENY)", "VALUE",
           choices=("SAMEORIGIN", "DENY"), can_be_empty=True,
           commands=_SERVED),
    Option("referrer-policy", DELIVERY, "choice",
           "strict-origin-when-cross-origin",
           "Referrer-Policy: what browsers tell other sites of the page that"
           " a visitor comes from", "VALUE", choices=_REFERRER_POLICIES,
           can_be_empty=True, commands=_SERVED),

    Option("static-cache", DELIVERY, "seconds", "300",
           "how long browsers use a static file without asking again; 0 says"
           " nothing of it", "SECONDS", commands=_SERVED),
    Option("static-hashed", DELIVERY, "pattern", "",
           "the names of static files (a regular expression) that hold a hash"
           " of the content, which browsers keep for a year", "REGEX",
           can_be_empty=True, commands=_SERVED,
           derived="names with 8 or more hexadecimal digits, as in"
           " app.3f9ac1d2.js; where Vite or the like has built files, those"
           " names, too, as index-BUJcyEgn.js",
           rule=lambda site: names_with_hashes(
               path for _, path in site.static)),
    Option("compress", DELIVERY, "choice", "static",
           "compress text (brotli, deflate): of static files, and never the"
           " application's pages, from whose length who has them requested"
           " may learn what is secret in them (static); of both (all); or as"
           " the server does (off)", choices=("static", "all", "off"),
           commands=_SERVED),
    Option("precompressed", DELIVERY, "flag", "",
           "send FILE.br or FILE.gz that is beside a static file in its place"
           " (VirtualHost only)", commands=_SERVED,
           derived="where there are such files",
           rule=lambda site: bool(site.server_name) and has_precompressed(
               path for _, path in site.static)),

    Option("error-page", DELIVERY, "error_page", "",
           "show FILE for an error of this status that Apache answers itself,"
           " such as 503 when the application does not start; what the"
           " application answers stays", "CODE=FILE", many=True,
           can_be_empty=True, commands=_SERVED),

    Option("access-log", LOGS, "flag", "yes",
           "log each request, in NAME-access.log", commands=_SERVED),
    Option("access-log-format", LOGS, "log_format", "combined",
           "how: combined, vhost (with the name of the host), json (with the"
           " time taken and that in mod_wsgi's queue, in microseconds), or a"
           " format of mod_log_config", "NAME|FORMAT", commands=_SERVED),
    Option("rotate-logs", LOGS, "flag", "no",
           "write NAME.logrotate, which has logrotate rotate the logs of a"
           " --log-directory of their own; those in Apache's it rotates"
           " already", commands=_WRITTEN),

    Option("fastcgi-mode", FASTCGI, "choice", "alias",
           "who starts dispatch.fcgi: mod_fcgid, by the site's configuration"
           " (alias) or by an .htaccess file of a shared host (htaccess);"
           " mod_fcgid with the virtualenv's Python as FcgidWrapper"
           " (wrapper); systemd, with mod_proxy_fcgi in Apache (proxy)",
           choices=("alias", "wrapper", "proxy", "htaccess"),
           commands=_INSTALLED, backends=("fastcgi",)),
    Option("fastcgi-handler", FASTCGI, "choice", "fcgid-script",
           "the handler of .htaccess: mod_fcgid's, or mod_fastcgi's"
           " fastcgi-script", choices=("fcgid-script", "fastcgi-script"),
           commands=_WRITTEN, backends=("fastcgi",)),
    Option("fastcgi-socket", FASTCGI, "path", "",
           "where systemd's process and Apache meet (proxy)", "FILE",
           commands=("deploy",), backends=("fastcgi",),
           derived="/run/NAME/fastcgi.sock",
           rule=lambda site: f"/run/{site.name}/fastcgi.sock"),
    Option("web-directory", FASTCGI, "path", "",
           "the directory of the shared host that is shown at the mount"
           " point, into which dispatch.fcgi and .htaccess go", "DIR",
           commands=("deploy", "check", "enable", "disable", "restart",
                     "status"),
           backends=("fastcgi",),
           derived="/var/www/html with the mount point",
           rule=lambda site: "/var/www/html" + site.mount_point.rstrip("/")),

    Option("python-interpreter", MOD_PYTHON, "text", "",
           "the Python interpreter inside Apache's processes; sites that name"
           " the same one share it", "NAME", commands=_SERVED,
           backends=("mod_python",), derived="the site's own",
           rule=lambda site: site.own_process_group),
    Option("python-debug", MOD_PYTHON, "flag", "no",
           "show tracebacks in the browser, to everybody", commands=_SERVED,
           backends=("mod_python",)),
    Option("mutex-directory", MOD_PYTHON, "path", "",
           "where mod_python's locks have their files, if they need any",
           "DIR", commands=_WRITTEN, backends=("mod_python",),
           derived="where Apache's sockets are",
           rule=lambda site: os.path.dirname(site.layout.socket_prefix)),
    Option("mutex-locks", MOD_PYTHON, "count", "8",
           "how many locks mod_python makes when Apache starts", "N",
           commands=_WRITTEN, backends=("mod_python",)),

    Option("app-server", HTTP, "choice", "",
           "the application server: granian, gunicorn, uvicorn or waitress",
           choices=tuple(http.SERVERS),
           backends=("http",),
           derived="granian; for Python 2.7 gunicorn",
           rule=lambda site: (http.DEFAULT_FOR_PYTHON2 if site.python2
                              else http.DEFAULT)),
    Option("interface", HTTP, "choice", "",
           "what the application speaks to its server: wsgi, or asgi (with"
           " WebSocket)", choices=("wsgi", "asgi"),
           backends=("http",),
           derived="asgi for FastAPI, Starlette, Quart, Litestar, Channels"
           " and an application in a module called asgi; else wsgi",
           rule=lambda site: _interface(site)),
    Option("http-socket", HTTP, "socket", "",
           "where the application server and Apache meet: the path of a Unix"
           " socket, or a port of this machine", "PATH|PORT",
           commands=_INSTALLED, backends=("http",),
           derived="/run/NAME/http.sock",
           rule=lambda site: f"/run/{site.name}/http.sock"),

    Option("queue-timeout", LIMITS, "seconds", "45",
           "refuse a request that waited this long for a process", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi",)),
    Option("connect-timeout", LIMITS, "seconds", "15",
           "refuse a request that cannot reach a process", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "http")),
    Option("socket-timeout", LIMITS, "seconds", "60",
           "give up on a silent process or client", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "http")),
    Option("request-timeout", LIMITS, "seconds", "60",
           "restart a process whose requests take this long on average over"
           " its threads; with mod_wsgi 6 one in which a single request takes"
           " longer than this times 1 + ln(threads), as 3.7 for 15",
           "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "fastcgi")),
    Option("interrupt-timeout", LIMITS, "seconds", "0",
           "first raise mod_wsgi.RequestTimeout in the request that takes so"
           " long, and restart the process only if it still runs after this"
           " time (mod_wsgi 6)", "SECONDS", commands=_SERVED,
           backends=("mod_wsgi",)),
    Option("startup-timeout", LIMITS, "seconds", "15",
           "restart a process whose application does not load", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi",)),
    Option("deadlock-timeout", LIMITS, "seconds", "60",
           "restart a process in which Python stands still", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "http")),
    Option("graceful-timeout", LIMITS, "seconds", "15",
           "let requests finish before a process is recycled", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "http")),
    Option("shutdown-timeout", LIMITS, "seconds", "5",
           "then kill it", "SECONDS", commands=_SERVED,
           backends=("mod_wsgi", "http")),
    Option("maximum-requests", LIMITS, "number", "0",
           "recycle a process after so many requests", "N",
           commands=_SERVED, backends=("mod_wsgi", "fastcgi")),
    Option("restart-interval", LIMITS, "seconds", "0",
           "recycle a process after this time", "SECONDS",
           commands=_SERVED, backends=("mod_wsgi", "fastcgi")),
    Option("inactivity-timeout", LIMITS, "seconds", "0",
           "recycle a process that had nothing to do for this time",
           "SECONDS", commands=_SERVED, backends=("mod_wsgi", "fastcgi")),
    Option("header-buffer-size", LIMITS, "buffer", "0",
           "the longest line of a response's headers; 0 for what mod_wsgi"
           " (32768) or mod_proxy_http (8192) has", "BYTES",
           commands=_SERVED, backends=("mod_wsgi", "http")),
    Option("limit-request-body", LIMITS, "number", "10485760",
           "the largest request body", "BYTES", commands=_SERVED),
    Option("request-read-timeout", LIMITS, "read_timeout",
           "body=15,MinRate=500",
           "drop clients that send a body more slowly (VirtualHost only)",
           "SPEC", commands=_SERVED),
    Option("memory-limit", LIMITS, "number", "0",
           "the megabytes of one process, beyond which the application gets a"
           " MemoryError (application server: all together are given that for"
           " each of them and one more)", "MB", commands=_SERVED,
           backends=("mod_wsgi", "http")),

    Option("platform", SERVER, "text", "",
           "whose Apache layout to use: debian, redhat or suse", "NAME",
           derived="this machine's", rule=lambda site: site.layout.name),
    Option("apache-version", SERVER, "choice", "2.4",
           "the Apache to write for", choices=("2.2", "2.4"),
           commands=_SERVED),
    Option("mod-wsgi-version", SERVER, "version", "",
           "the mod_wsgi to write for", "VERSION", commands=_LOADED,
           derived="this machine's, or 4.9",
           rule=lambda site: site.found_mod_wsgi or "4.9"),

    Option("skip", PLACE, "check_code", "",
           "leave out the check with this code, such as MWD508", "CODE",
           many=True, can_be_empty=True),
    Option("output-dir", PLACE, "here_path", "",
           "where to write the deployment", "DIR", commands=_OF_ONE_SITE,
           derived="apache, in the project",
           rule=lambda site: f"{site.project.directory}/apache"),
)
BY_NAME = {option.name: option for option in OPTIONS}
BY_FIELD = {option.field: option for option in OPTIONS}


@lru_cache(None)
def _constants() -> dict[str, Any]:
    """The default of each option that has the same for every site."""
    return {
        option.field: () if option.many else option.default and convert(
            option.kind, option.default, "the default", option.choices)
        for option in OPTIONS if option.rule is None}


def parse_one(option: Option, setting: Setting) -> Any:
    """The value of one Setting; a tuple where the option can be repeated.

    Raises DeployError.
    """
    if not option.many:
        return _value(option, setting.text, setting.source)
    texts = [text for text in setting.texts if text]
    with Collector() as collect:
        values = [collect(_value, option, text, setting.source)
                  for text in texts]
    return tuple(values)


def _value(option: Option, text: str, source: str) -> Any:
    require_quotable(text, source)
    if not text and option.can_be_empty:
        return ""
    return convert(option.kind, text, source, option.choices)


def parse(settings: Mapping[str, Setting],
          collect: Collector) -> dict[str, Any]:
    """Values by field for ``settings``, which are by the name of the option.

    ``collect`` takes what is wrong: values, which are then left out, and
    names that are no option, with the one that was probably meant.
    """
    values = {}
    for name, setting in settings.items():
        option = BY_NAME.get(name)
        if option is None:
            collect.add(unknown_option(name, setting.source))
            continue
        value = collect(parse_one, option, setting)
        if value is not None:
            values[option.field] = value
    return values


def unknown_option(name: str, source: str, others: Sequence[str] = ()) -> str:
    """Say that there is no option ``name``, and which one may be meant.

    ``others`` are more names that may stand at its place.
    """
    hint = did_you_mean([name.lower().replace("_", "-")], [*BY_NAME, *others])
    return f"{source}: there is no option {name!r}{hint}"
