"""OPTIONS: every choice a user can make, in one table.

The command lines, the manifest, the fields of a Site, the variables of the
templates and the documentation all take their names from it.  `parse` turns
what was given into values; it derives no default (see sites.py).
"""

from typing import NamedTuple, Tuple

from modwsgideploy.backends import BACKENDS
from modwsgideploy.backends import DEFAULT as DEFAULT_BACKEND
from modwsgideploy.errors import Collector
from modwsgideploy.quoting import require_quotable
from modwsgideploy.sites.kinds import convert

NEAR = "Where it is served"
PLACE = "What is deployed, and where it lives"
RUN = "How it runs"
EXTRA = "What else the site does"
FASTCGI = "FastCGI (--backend fastcgi)"
MOD_PYTHON = "mod_python (--backend mod_python)"
LIMITS = "Timeouts and limits (0 leaves the directive out)"
SERVER = "The server it is for"


class Setting(NamedTuple):
    """One choice as the user wrote it, and where."""

    value: object   # str; tuple of str for options that can be repeated
    source: str     # "--mount-point" or "sites.ini:12 [shop] mount-point"


class Option(NamedTuple):
    """One row of the table."""

    name: str              # as on the command line and in a manifest
    group: str
    kind: str              # a key of KINDS
    default: str           # as shown in help; derived values in capitals
    help: str
    metavar: str = ""
    many: bool = False     # can be given several times
    choices: Tuple[str, ...] = ()

    @property
    def field(self):
        """The name in Site and in templates."""
        return self.name.replace("-", "_")


OPTIONS = (
    Option("mount-point", NEAR, "mount_point", "/NAME",
           "the URL path of the site; / for the whole host", "/PATH"),
    Option("server-name", NEAR, "host", "",
           "make a VirtualHost for this host name; without it the site is"
           " part of the main server, and so of every host", "HOST"),
    Option("server-alias", NEAR, "host_pattern", "",
           "another name of the same host", "HOST", many=True),
    Option("port", NEAR, "port", "80, or 443 with a certificate",
           "the port of the VirtualHost", "PORT"),
    Option("certificate", NEAR, "path", "",
           "serve HTTPS with this certificate chain (PEM), and redirect port"
           " 80 to it", "FILE"),
    Option("certificate-key", NEAR, "path", "the certificate's file",
           "the private key of the certificate (PEM)", "FILE"),
    Option("hsts", NEAR, "flag", "no",
           "tell browsers to use nothing but HTTPS for two years; hard to"
           " take back"),

    Option("name", PLACE, "name", "the project's package",
           "the name of the site: of its files, its daemon processes and its"
           " directories", "NAME"),
    Option("framework", PLACE, "text", "what the project requires",
           "turbogears2, turbogears15, turbogears1 (1.0 and 1.1), pylons,"
           " pyramid, paste, django, trac or wsgi", "NAME"),
    Option("application", PLACE, "callable", "what the framework has",
           "the WSGI application where no Paste configuration names it (with"
           " TurboGears 1: the root controller)", "MODULE:CALLABLE"),
    Option("deployment", PLACE, "path", "/usr/local/turbogears",
           "the directory in which the project's directory, NAME, lives on"
           " the server", "DIR"),
    Option("in-place", PLACE, "flag", "no",
           "deploy the project where it stands, with the virtualenv it is"
           " installed in"),
    Option("config", PLACE, "relative_path", "production.ini",
           "the Paste configuration (with TurboGears 1 its own; default:"
           " prod.cfg), relative to the project's directory",
           "FILE"),
    Option("app-name", PLACE, "text", "main",
           "the application's section in that configuration", "NAME"),
    Option("baseline", PLACE, "path", "/usr/local/pythonenv/BASELINE",
           "the empty virtualenv on which applications are layered (none"
           " with --in-place); empty for none", "DIR"),
    Option("virtualenv", PLACE, "path", "/usr/local/pythonenv/NAME",
           "the application's virtualenv; empty for none", "DIR"),
    Option("python-path", PLACE, "path", "",
           "another directory to import from", "DIR", many=True),
    Option("egg-cache", PLACE, "path", "python-eggs in the virtualenv",
           "where zipped eggs are unpacked (PYTHON_EGG_CACHE); empty for"
           " none", "DIR"),
    Option("home", PLACE, "path", "the project's directory",
           "the working directory of the daemon processes", "DIR"),
    Option("log-directory", PLACE, "path", "Apache's own",
           "where a VirtualHost keeps its logs", "DIR"),

    Option("backend", RUN, "choice", DEFAULT_BACKEND,
           "the server module that runs the application",
           choices=tuple(BACKENDS)),
    Option("mode", RUN, "choice", "daemon",
           "run in processes of its own (daemon) or inside Apache's"
           " (embedded)", choices=("daemon", "embedded")),
    Option("daemon", RUN, "name", "processes of its own",
           "run in the daemon processes of this name, which all sites that"
           " name them share, each in an interpreter of its own", "NAME"),
    Option("processes", RUN, "count", "2", "daemon processes", "N"),
    Option("threads", RUN, "count", "15", "threads of each", "N"),
    Option("process-memory", RUN, "number", "measured, by loading it",
           "the megabytes that one of its processes takes, for the command"
           " plan", "MB"),
    Option("user", RUN, "account", "Apache's own",
           "the user of the daemon processes", "USER"),
    Option("group", RUN, "account", "Apache's own",
           "the group of the daemon processes", "GROUP"),
    Option("umask", RUN, "umask", "0027",
           "the umask of the daemon processes", "MASK"),
    Option("preload", RUN, "flag", "yes",
           "load the application when a process starts, not at its first"
           " request"),
    Option("warm-up", RUN, "mount_point", "",
           "also make one request for this path of the application before"
           " serving (ToscaWidgets resources need it)", "/PATH"),
    Option("locale", RUN, "locale", "C.UTF-8",
           "the locale of the daemon processes; empty for Apache's own",
           "NAME"),
    Option("env", RUN, "variable", "",
           "an environment variable for the application", "NAME=VALUE",
           many=True),

    Option("static", EXTRA, "mapping", "what the project has",
           "let Apache serve DIR at URL, below the mount point; empty for"
           " none", "URL=DIR", many=True),
    Option("pass-authorization", EXTRA, "flag", "no",
           "let the application see the Authorization header"),
    Option("trusted-proxy", EXTRA, "address", "",
           "believe X-Forwarded-* headers from this proxy (an address or"
           " network)", "IP", many=True),
    Option("test-page", EXTRA, "choice", "off",
           "serve the diagnostics page at MOUNT-POINT/test.wsgi (FastCGI:"
           " test.fcgi): to requests from this machine (local) or to"
           " everybody (all)",
           choices=("off", "local", "all")),

    Option("fastcgi-mode", FASTCGI, "choice", "alias",
           "who starts dispatch.fcgi: mod_fcgid, by the site's configuration"
           " (alias) or by an .htaccess file of a shared host (htaccess);"
           " mod_fcgid with the virtualenv's Python as FcgidWrapper"
           " (wrapper); systemd, with mod_proxy_fcgi in Apache (proxy)",
           choices=("alias", "wrapper", "proxy", "htaccess")),
    Option("fastcgi-handler", FASTCGI, "choice", "fcgid-script",
           "the handler of .htaccess: mod_fcgid's, or mod_fastcgi's"
           " fastcgi-script", choices=("fcgid-script", "fastcgi-script")),
    Option("fastcgi-socket", FASTCGI, "path", "/run/NAME/fastcgi.sock",
           "where systemd's process and Apache meet (proxy)", "FILE"),
    Option("web-directory", FASTCGI, "path",
           "/var/www/html with the mount point",
           "the directory of the shared host that is shown at the mount"
           " point, into which dispatch.fcgi and .htaccess go", "DIR"),

    Option("python-interpreter", MOD_PYTHON, "text",
           "the site's own",
           "the Python interpreter inside Apache's processes; sites that name"
           " the same one share it", "NAME"),
    Option("python-debug", MOD_PYTHON, "flag", "no",
           "show tracebacks in the browser, to everybody"),
    Option("mutex-directory", MOD_PYTHON, "path", "where Apache's sockets are",
           "where mod_python's locks have their files, if they need any",
           "DIR"),
    Option("mutex-locks", MOD_PYTHON, "count", "8",
           "how many locks mod_python makes when Apache starts", "N"),

    Option("queue-timeout", LIMITS, "seconds", "45",
           "refuse a request that waited this long for a process", "SECONDS"),
    Option("connect-timeout", LIMITS, "seconds", "15",
           "refuse a request that cannot reach a process", "SECONDS"),
    Option("socket-timeout", LIMITS, "seconds", "60",
           "give up on a silent process or client", "SECONDS"),
    Option("request-timeout", LIMITS, "seconds", "60",
           "restart a process whose requests take this long on average over"
           " its threads", "SECONDS"),
    Option("startup-timeout", LIMITS, "seconds", "15",
           "restart a process whose application does not load", "SECONDS"),
    Option("deadlock-timeout", LIMITS, "seconds", "60",
           "restart a process in which Python stands still", "SECONDS"),
    Option("graceful-timeout", LIMITS, "seconds", "15",
           "let requests finish before a process is recycled", "SECONDS"),
    Option("shutdown-timeout", LIMITS, "seconds", "5",
           "then kill it", "SECONDS"),
    Option("maximum-requests", LIMITS, "number", "0",
           "recycle a process after so many requests", "N"),
    Option("restart-interval", LIMITS, "seconds", "0",
           "recycle a process after this time", "SECONDS"),
    Option("inactivity-timeout", LIMITS, "seconds", "0",
           "recycle a process that had nothing to do for this time",
           "SECONDS"),
    Option("header-buffer-size", LIMITS, "buffer", "0",
           "the longest line of a response's headers; 0 for mod_wsgi's own,"
           " 32768", "BYTES"),
    Option("limit-request-body", LIMITS, "number", "10485760",
           "the largest request body", "BYTES"),
    Option("request-read-timeout", LIMITS, "read_timeout",
           "header=15-30,MinRate=500 body=15,MinRate=500",
           "drop clients that send slower (VirtualHost only)", "SPEC"),

    Option("platform", SERVER, "text", "this machine's",
           "whose Apache layout to use: debian, redhat or suse", "NAME"),
    Option("apache-version", SERVER, "choice", "2.4",
           "the Apache to write for", choices=("2.2", "2.4")),
    Option("mod-wsgi-version", SERVER, "version", "this machine's, or 4.9",
           "the mod_wsgi to write for", "VERSION"),

    Option("skip", PLACE, "check_code", "",
           "leave out the check with this code, such as MWD508", "CODE",
           many=True),
    Option("output-dir", PLACE, "here_path", "apache, in the project",
           "where to write the deployment", "DIR"),
)
BY_NAME = {option.name: option for option in OPTIONS}
# The fields that only one backend knows.
BACKEND_BY_FIELD = {
    option.field: backend for option in OPTIONS for group, backend in (
        (FASTCGI, "fastcgi"), (MOD_PYTHON, "mod_python"))
    if option.group == group}
# Options whose empty value means "none of it".
CAN_BE_EMPTY = frozenset((
    "baseline", "virtualenv", "egg-cache", "static", "locale", "warm-up",
    "server-name", "certificate", "server-alias", "python-path", "env",
    "daemon",
    "trusted-proxy", "skip"))


def parse_one(option, given):
    """The value of one ``Given``; a tuple where the option can be repeated.

    Raises DeployError.
    """
    if not option.many:
        return _value(option, given.value, given.source)
    texts = [text for text in given.value if text]
    with Collector() as collect:
        values = [collect(_value, option, text, given.source)
                  for text in texts]
    return tuple(values)


def _value(option, text, source):
    require_quotable(text, source)
    if not text and option.name in CAN_BE_EMPTY:
        return ""
    return convert(option.kind, text, source, option.choices)


def parse(settings, collect):
    """Values by field for ``settings``, a dict of option name to Given.

    ``collect`` (Collector) takes what is wrong: values, which are then left
    out, and names that are no option, with the one that was probably meant.
    """
    values = {}
    for name, given in settings.items():
        option = BY_NAME.get(name)
        if option is None:
            collect.add(_unknown(name, given.source))
            continue
        value = collect(parse_one, option, given)
        if value is not None:
            values[option.field] = value
    return values


def _unknown(name, source):
    import difflib

    near = difflib.get_close_matches(name, BY_NAME, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{source}: there is no option {name!r}{hint}"
