"""FAILURES: what an error log says when a deployment fails, and the fix.

One table, without code.  The patterns match from the beginning of a message,
after what Apache and mod_wsgi put before each: time, module, process, client
and the codes AH... and WSGI....  The wording is that of Apache 2.4, mod_wsgi
4.9 and 6, mod_fcgid 2.3, mod_python 3.5 and Python 2.7 to 3.13; of mod_wsgi
6 the codes count as well.

Each ``(?P<name>...)`` of a pattern is a value, for ``title``, ``cause`` and
``fix``; explain.py adds those of the deployment (see `explain.DEFAULTS`).
What has the same name and the same values is one cause.
"""

from modwsgideploy.catalog.failures.access import _ACCESS
from modwsgideploy.catalog.failures.configuration import _CONFIGURATION
from modwsgideploy.catalog.failures.daemons import _DAEMONS
from modwsgideploy.catalog.failures.model import FailurePattern
from modwsgideploy.catalog.failures.python import _PYTHON
from modwsgideploy.catalog.failures.server import _SERVER

_FASTCGI = (
    FailurePattern(
        "fastcgi-ended",
        "the FastCGI script {script} ended before its answer (500)",
        "It failed when it was loaded: a traceback just before says why,"
        " or its first line names a Python that is not there, or it printed"
        " to stdout, or it is not executable.",
        "run it as {user}: `sudo -u {user} SCRIPT`; then replace the file"
        " or `sudo {reload}`",
        line=r"End of script output before headers: (?P<script>.+?)"
             r"(?:, referer: .*)?$|Premature end of script headers:"
             r" (?P<script2>.+)|malformed header from script"
             r" '(?P<script3>[^']*)'",
        where=("FcgidWrapper", "Alias", "SetHandler"),
        after=("fastcgi-slow",)),
    FailurePattern(
        "fastcgi-slow",
        "the FastCGI script did not answer within {seconds} seconds (500)",
        "FcgidIOTimeout ended the request.",
        "find what is slow, or raise FcgidIOTimeout; then `sudo {reload}`",
        line=r"mod_fcgid: read data timeout in (?P<seconds>\d+) seconds"
             r"|mod_fcgid: \S+ took longer than busy timeout"
             r" \((?P<seconds2>\d+)",
        where=("FcgidIOTimeout", "FcgidBusyTimeout")),
    FailurePattern(
        "fastcgi-upload",
        "an upload is larger than FcgidMaxRequestLen ({limit}) allows (500)",
        "The default is 131072 bytes.",
        "set `FcgidMaxRequestLen 10485760` in the VirtualHost; then `sudo"
        " {reload}`",
        line=r"mod_fcgid: HTTP request length \d+ \(so far\) exceeds"
             r" MaxRequestLen \((?P<limit>\d+)\)",
        where=("FcgidMaxRequestLen",)),
    FailurePattern(
        "fastcgi-full",
        "no FastCGI process is free (503)",
        "All processes were busy, or they end as soon as they start.",
        "look for a traceback above; else raise FcgidMaxProcesses; then"
        " `sudo {reload}`",
        line=r"mod_fcgid: (?:can't apply process slot|.*skip the spawn"
             r" request|too much processes)",
        where=("FcgidMaxProcesses", "FcgidMaxProcessesPerClass")),
    FailurePattern(
        "fastcgi-broke",
        "the FastCGI script closed the connection",
        "Its process ended while it worked.",
        "look for a traceback, and run it as {user}: `sudo -u {user} SCRIPT`",
        line=r"mod_fcgid: (?:error reading data|process \S+ exit|can't run"
             r"|don't know how to spawn|spawn process)"
             r"|(?:AH01215: )?\(\d+\).*?: exec of '(?P<script>.+?)' failed",
        after=("fastcgi-ended",)),
    FailurePattern(
        "mod-python-broken",
        "mod_python does not find its own Python part",
        "The module and its package mod_python are of two versions or two"
        " Pythons.",
        "`sudo apt-get install --reinstall libapache2-mod-python`; a"
        " virtualenv's PythonPath must end with `+ sys.path`",
        line=r"(?:make_obcallback|get_interpreter|python_handler|python_init"
             r"|python_connection|directive_PythonImport): ",
        where=("PythonPath", "PythonHandler")),
)
# What is left when nothing above fits.
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
FAILURES = (*_CONFIGURATION, *_ACCESS, *_DAEMONS, *_SERVER, *_FASTCGI,
            *_PYTHON)
# Distributions that are not called as the modules in them.
PACKAGES = {
    "paste": "PasteDeploy", "pkg_resources": "'setuptools<82'",
    "tg": "TurboGears2", "yaml": "PyYAML", "PIL": "Pillow",
    "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary",
    "dateutil": "python-dateutil", "bs4": "beautifulsoup4",
}
# Modules that bring directives, by how these begin.
MODULES = {
    "WSGI": "wsgi", "Fcgid": "fcgid", "Python": "python", "SSL": "ssl",
    "Rewrite": "rewrite", "Header": "headers", "RequestHeader": "headers",
    "Proxy": "proxy", "RequestReadTimeout": "reqtimeout",
    "Expires": "expires", "SetEnv": "env", "PassEnv": "env",
    "BrowserMatch": "setenvif", "Alias": "alias", "Redirect": "alias",
    "DirectoryIndex": "dir", "AddOutputFilter": "filter",
}
# Lines of every day, of which nothing is said.
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
