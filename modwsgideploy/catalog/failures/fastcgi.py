"""Failures of mod_fcgid, and of mod_python itself."""

from modwsgideploy.catalog.failures.model import FailurePattern

FASTCGI = (
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
