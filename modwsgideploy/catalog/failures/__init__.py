"""The table of failures: what a log says of each, why, and how to mend it.

It has no code.  The patterns match from the beginning of a message, after
what Apache and mod_wsgi put before each: time, module, process, client and
the codes AH... and WSGI....  The wording is that of Apache 2.2 and 2.4,
mod_wsgi 2 to 6, mod_fcgid 2.3, mod_python 3.3 to 3.5 and Python 2.7 to 3.14;
of mod_wsgi 6 the codes count as well.

Each ``(?P<name>...)`` of a pattern is a value, for ``title``, ``cause`` and
``fix``; the explainer adds those of the deployment (see `explain.texts`).
Messages with the same name and the same values are one diagnosis.
"""

from modwsgideploy.catalog.failures.access import ACCESS
from modwsgideploy.catalog.failures.configuration import CONFIGURATION
from modwsgideploy.catalog.failures.daemons import DAEMONS
from modwsgideploy.catalog.failures.fastcgi import FASTCGI
from modwsgideploy.catalog.failures.imports import IMPORTS
from modwsgideploy.catalog.failures.managed import MANAGED
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.catalog.failures.python import PYTHON
from modwsgideploy.catalog.failures.server import SERVER
from modwsgideploy.catalog.failures.tls import TLS
from modwsgideploy.catalog.failures.units import UNITS

# Of what none of the failures fits.
SCRIPT_FAILED = FailurePattern(
    "application-error",
    "the application raised {reason}",
    "This is none of the errors that explain knows; whether it comes from the"
    " code, its configuration or the server is for the traceback to tell.",
    ("read the traceback from its end: the last line of the project's own"
     " code is where to look", "if it was raised while the application was"
     " loaded, other errors that follow may come from it",
     ("`sudo {restart}` loads all of the mended code anew",
      "a restart of the application's service loads the mended code")),
    example="Traceback (most recent call last):\n"
            '  File "/srv/shop/views.py", line 3, in show\n'
            "    price = rates[currency]\n"
            "KeyError: 'XXX'")
OTHER_WSGI = FailurePattern(
    "other-mod-wsgi",
    "mod_wsgi says {code}",
    "mod_wsgi's own error reference tells what it means.",
    "see https://modwsgi.readthedocs.io/en/latest/error-reference.html"
    "#{code_anchor}",
    example="WSGI0111: Main interpreter reference is missing during cleanup"
            " in embedded mode.")
# The first that fits counts.
FAILURES = (*MANAGED, *CONFIGURATION, *TLS, *ACCESS, *DAEMONS, *SERVER, *UNITS,
            *FASTCGI, *IMPORTS, *PYTHON)
# The sections of the documentation.
GROUPS = (
    ("Apache does not start, or warns when it starts", CONFIGURATION),
    ("Certificates and TLS", TLS),
    ("Certificates that Apache gets itself", MANAGED),
    ("Access and permissions", ACCESS),
    ("mod_wsgi and its processes", DAEMONS),
    ("The server and its proxies", SERVER),
    ("Application servers and their units", UNITS),
    ("FastCGI, CGI and mod_python", FASTCGI),
    ("Modules that cannot be imported", IMPORTS),
    ("The application", (*PYTHON, SCRIPT_FAILED, OTHER_WSGI)),
)
# Modules by the beginnings of their directives.
MODULES = {
    "WSGI": "wsgi", "Fcgid": "fcgid", "FastCgi": "fastcgi",
    "Python": "python", "SSL": "ssl", "Rewrite": "rewrite",
    "Header": "headers", "RequestHeader": "headers",
    "ProxyPass": "proxy", "Proxy": "proxy", "<Proxy": "proxy",
    "RequestReadTimeout": "reqtimeout", "Expires": "expires",
    "SetEnvIf": "setenvif", "BrowserMatch": "setenvif", "SetEnv": "env",
    "PassEnv": "env", "UnsetEnv": "env", "Alias": "alias",
    "Redirect": "alias", "ScriptAlias": "alias", "DirectoryIndex": "dir",
    "FallbackResource": "dir", "AddOutputFilter": "filter",
    "AddType": "mime", "AddHandler": "mime", "AddEncoding": "mime",
    "AuthBasic": "auth_basic", "AuthDigest": "auth_digest",
    "AuthUserFile": "authn_file", "AuthGroupFile": "authz_groupfile",
    "AuthLDAP": "authnz_ldap", "AuthType": "authn_core",
    "AuthName": "authn_core", "Require": "authz_core", "Use": "macro",
    "<Macro": "macro", "Macro": "macro", "Dav": "dav", "DAV": "dav",
    "Deflate": "deflate", "Cache": "cache", "XSendFile": "xsendfile",
    "ModSecurity": "security2", "Sec": "security2", "AssignUserI":
    "mpm_itk", "UserDir": "userdir", "VirtualDocumentRoot": "vhost_alias",
    "ErrorLogFormat": "", "Substitute": "substitute", "MDomain": "md",
    "MD": "md", "Protocols": "http2", "H2": "http2", "CGI": "cgi",
    "Action": "actions", "Options": "",
}
# The part of mod_proxy for each scheme.
PROXY_MODULES = {
    "http": "proxy_http", "https": "proxy_http", "fcgi": "proxy_fcgi",
    "ws": "proxy_wstunnel", "wss": "proxy_wstunnel",
    "uwsgi": "proxy_uwsgi", "scgi": "proxy_scgi", "ajp": "proxy_ajp",
    "balancer": "proxy_balancer", "h2": "proxy_http2",
}
# Messages of everyday operation, which are only counted.
ROUTINE = (
    r".* configured -- resuming normal operations"
    r"|Command line: |Server built: |caught SIG|Graceful restart|SIG\w+ rec"
    r"|(?:Pre-c|C)onfiguration (?:check f|f|F)ailed|Unable to open logs"
    r"|no listening sockets available|Action '\w+' failed"
    r"|The Apache error log may have more|child process \d+ still did not"
    r"|Apache/[\d.]+ .*(?:configured|resuming)|httpd \(pid .*already running"
    r"|Syntax OK|-- mark --|SELinux policy enabled|suEXEC mechanism"
    r"|Digest: |long lost child"
    r"|(?:Starting|Stopping|Exiting|Aborting) process"
    r"|Initiali[sz]ing Python|(?:Attach|Create|Destroy|Cleanup|End)"
    r" interpreter|Destroying interpreters|Terminating Python|Python has shut"
    r"|Loading (?:Python|WSGI) script file|Reloading WSGI|Adding '|Imported '"
    r"|Shutdown requested|Process '[^']*' (?:has |to be|terminated normally"
    r"|appears|.*has died)|Maximum requests reached|Requests have completed"
    r"|Application (?:restart|startup) timer (?:trig|canc|expired, wait)"
    r"|Application restart timer|Daemon process (?:idle|graceful)"
    r"|Process eviction|Force restart|(?:Enable|Started|Exiting|Starting)"
    r" (?:\w+ )?thread|Setting (?:lang|locale)|Socket for|Listen backlog"
    r"|Python home '?[^']+'?\.$|Bind thread|Runtime using Python"
    r"|(?:Startup|Deadlock|Graceful|Eviction) timeout is|Restart interval is"
    r"|Idle inactivity timeout|Request time limit|mod_fcgid: (?:server \S+"
    r" started|Process manager|cleanup zombie|process \S+ exit\((?:idle"
    r"|lifetime|shutting|normal)|server is restarted|(?:total|idle|busy"
    r"|error) node)|mod_python: (?:Creating|using)"
    r"|Removing stale unix|Dumping stack trace"
    r"|master_main: create child process failed"
    r"|Init: (?!Failed|Unable|Can't|Unrec|No private|\S+ lookup failed)"
    r"|Server configured, listening|Loaded module|loaded module"
    r"|Reset default (?:user|group)|Connect after WSGI|Connection attempt #"
    r"|(?:Connection|Request) server |Server listener|mod_wsgi: Runtime"
    r"|(?:Not Found|Bad Request|Forbidden|Method Not Allowed|Unauthorized"
    r"|Gone|Service Unavailable)(?: \([A-Z]+\))?: /"
    r"|\S+ - - \[[^\]]*\] \"[A-Z]+ "
    r"|/\S+\.py:\d+: \w*Warning: |  what\(\): "
    # Around the words of the authority, in what certbot prints.
    r"|Certbot failed to authenticate|  Domain: \S+$|  Type:   \w+$"
    r"|Hint: The Certificate Authority failed"
    r"|Some challenges have failed|Ask for help or search for solutions"
    r"|Saving debug log to |An unexpected error occurred:$"
    # Of NumPy 2, about modules that are made for NumPy 1.
    r"|NumPy \d[\d.]* as it may crash|versions of NumPy, modules must be"
    r"|Some module may need to rebuild|If you are a user of the module, the"
    r"|downgrade to 'numpy<2'|We expect that some modules will need time"
    # Of systemctl status and journalctl -x.
    r"|[\u25cb\u25cf\u00d7*] \S+\.service - "
    r"|\s{3,}(?:Loaded|Active|Docs|Process|Main PID|Status|Tasks|Memory|CPU"
    r"|CGroup|Drop-In|Invocation|TriggeredBy): |\s+[\u251c\u2514]\u2500"
    r"|\u2591\u2591|-- (?:Subject|Defined-By|Support|Logs begin|Boot)"
    # Of loggers in Python, and of modules that note what they let pass.
    r"|(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: [+-]\d{4})?\]? )?"
    r"(?:\[?\d+\]? )?\[?(?:INFO|DEBUG)\b"
    r"|(?:\d{4}-\d\d-\d\d [\d:.]+ )?[IW] tensorflow/"
    r"|ulimit: error setting limit|Setting ulimit failed"
    r"|ModSecurity: Warning\.|NO AUTH DATA|oom_reaper: |No code signing"
    r" authority|Extension modules: "
    r"|/usr/bin/env: use -\[v\]S to pass options"
    # Of application servers, and of systemd about their units.
    r"|(?:\[[A-Z]+\] |[A-Z]+: +)?(?:Starting g(?:ranian|unicorn) "
    r"|Listening at: |Spawning worker-|Booting worker |Using worker: "
    r"|Started (?:worker-|server process|parent process)|Waiting for (?:child"
    r"|application)|Application (?:startup|shutdown) complete|Shutting down"
    r"|Finished server process|Terminated child|(?:Respawn|Stopp)\w+ (?:old )?"
    r"worker-|Handling signal: |Worker exiting |HUP signal received"
    r"|Received SIG(?:TERM|HUP)|Serving on |Granian shutdown|Stopping parent"
    r"|ASGI server listening|Worker shutting down|Worker \(pid:\d+\) was sent"
    r" SIGTERM|(?:Exception|Error) in (?:worker process|ASGI application)"
    r"|Error handling request |Application callable raised|ASGI Lifespan"
    r" errored, continuing|Unable to load application |Exception while serving"
    r"|Retrying in \d+ second|Worker with pid \d+ was terminated due to signal"
    r" 15)"
    r"|Process [\w-]+:$|note: run with `RUST_BACKTRACE"
    r"|[\w@.\\-]+\.(?:service|socket): (?:Scheduled restart|Deactivated"
    r"|Consumed|(?:Main|Control) process exited, code=exited, status=[13]/"
    r"|Killing process \d+ \(|Failed with result '(?:exit-code|protocol"
    r"|resources|signal|(?:service-)?start-limit-hit)'"
    r"|Failed to run '\w+' task)"
    r"|(?:Started|Starting|Stopped|Stopping|Reloading|Reloaded|Listening on"
    r"|Closed|Failed to (?:start|listen on)) \S+\.(?:service|socket)"
    r"|==> .* <==$|Current thread 0x|Error while running apache2ctl"
    r"|(?:apache2|httpd)\.service: |(?:Reload failed for|Failed to start"
    r"|Reloading|Reloaded|Starting|Started|Stopping|Stopped) The Apache"
    r"|The apache2? ?configtest failed|Output of config test was")
