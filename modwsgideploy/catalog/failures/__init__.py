"""The table of failures: what a log says of each, why, and how to mend it.

It has no code.  The patterns match from the beginning of a message,
after what Apache and mod_wsgi put before each: time, module, process, client
and the codes AH... and WSGI....  The wording is that of Apache 2.4, mod_wsgi
4.9 and 6, mod_fcgid 2.3, mod_python 3.5 and Python 2.7 to 3.13; of mod_wsgi
6 the codes count as well.

Each ``(?P<name>...)`` of a pattern is a value, for ``title``, ``cause`` and
``fix``; the explainer adds those of the deployment (see
`explain.diagnosis.DEFAULTS`).  Messages with the same name and the same
values are one diagnosis.
"""

from modwsgideploy.catalog.failures.access import ACCESS
from modwsgideploy.catalog.failures.configuration import CONFIGURATION
from modwsgideploy.catalog.failures.daemons import DAEMONS
from modwsgideploy.catalog.failures.fastcgi import FASTCGI
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.catalog.failures.python import PYTHON
from modwsgideploy.catalog.failures.server import SERVER

# Of what none of the failures fits.
SCRIPT_FAILED = FailurePattern(
    "application-error",
    "the application raised {reason}",
    "It is an error of the code, not of the deployment.",
    "see the line of code named above, and `sudo touch {script}` after a"
    " change")
OTHER_WSGI = FailurePattern(
    "other-mod-wsgi",
    "mod_wsgi says {code}",
    "mod_wsgi's own error reference tells what it means.",
    "see https://modwsgi.readthedocs.io/en/latest/error-reference.html"
    "#{code_anchor}")
# The first that fits counts.
FAILURES = (*CONFIGURATION, *ACCESS, *DAEMONS, *SERVER, *FASTCGI,
            *PYTHON)
# The sections of the documentation.
GROUPS = (
    ("Apache does not start, or warns when it starts", CONFIGURATION),
    ("Access and permissions", ACCESS),
    ("mod_wsgi and its processes", DAEMONS),
    ("The server and its proxies", SERVER),
    ("mod_fcgid and mod_python", FASTCGI),
    ("Python and the application", (*PYTHON, SCRIPT_FAILED, OTHER_WSGI)),
)
# Distributions whose names are not those of their modules.
PACKAGES = {
    "paste": "PasteDeploy", "pkg_resources": "'setuptools<82'",
    "tg": "TurboGears2", "yaml": "PyYAML", "PIL": "Pillow",
    "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary",
    "dateutil": "python-dateutil", "bs4": "beautifulsoup4",
}
# Modules by the beginnings of their directives.
MODULES = {
    "WSGI": "wsgi", "Fcgid": "fcgid", "Python": "python", "SSL": "ssl",
    "Rewrite": "rewrite", "Header": "headers", "RequestHeader": "headers",
    "Proxy": "proxy", "RequestReadTimeout": "reqtimeout",
    "Expires": "expires", "SetEnv": "env", "PassEnv": "env",
    "BrowserMatch": "setenvif", "Alias": "alias", "Redirect": "alias",
    "DirectoryIndex": "dir", "AddOutputFilter": "filter",
}
# Messages of everyday operation, which are only counted.
ROUTINE = (
    r".* configured -- resuming normal operations"
    r"|Command line: |Server built: |caught SIG|Graceful restart|SIG\w+ rec"
    r"|Configuration (?:check f|F)ailed|Unable to open logs"
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
    r" started|Process manager)|mod_python: (?:Creating|using)"
    r"|Removing stale unix|Dumping stack trace"
    r"|Init: |Server configured, listening|Loaded module|loaded module")
