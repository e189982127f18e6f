"""Failures of mod_fcgid, mod_fastcgi and CGI, and of mod_python itself."""

from modwsgideploy.catalog.failures.model import RELOAD, FailurePattern

_ENDED = (r"(?:(?:End of script output before|Premature end of script)"
          r" headers: (?P<script>.+)|malformed header from script"
          r" '(?P<script2>[^']*)')")
_EXEC = r"\(\d+\).*?: exec of '(?P<script>.+?)' failed"
FASTCGI = (
    FailurePattern(
        "cgi-exec",
        "Apache ran {script} as a CGI program, and the system could not"
        " start it",
        "mod_cgi got the file, not mod_wsgi or FastCGI: a CGI program needs"
        " a first line such as #!/usr/bin/python3 with the path of a Python"
        " that is there, line ends of Unix, and the x permission.",
        ("if it is a WSGI application, take ScriptAlias, AddHandler"
         " cgi-script or SetHandler cgi-script away from it and lead its URL"
         " there with WSGIScriptAlias", "`ls -l {script}` and `head -n 1"
         " {script}` show mode and first line", RELOAD),
        line=_EXEC + r"|.*exec of '(?P<script2>[^']+)' failed",
        modules=("cgi", "cgid"),
        example="[Tue Mar 06 09:00:00.000000 2018] [cgi:error] [pid 900]"
                " [client 192.0.2.7:5000] AH01215: (8)Exec format error:"
                " exec of '/srv/shop/run.py' failed: /srv/shop/run.py"),
    FailurePattern(
        "cgi-ended",
        "{script} ran as a CGI program and ended without an answer (500)",
        "mod_cgi got the file, not mod_wsgi or FastCGI.  A CGI program must"
        " print headers and a blank line; a WSGI application that is run"
        " like that prints nothing.  If it fails, its error is logged just"
        " before.",
        ("if it is a WSGI application, take ScriptAlias, AddHandler"
         " cgi-script or SetHandler cgi-script away from it and lead its URL"
         " there with WSGIScriptAlias", RELOAD),
        line=_ENDED, modules=("cgi", "cgid"), after=("cgi-exec",),
        example="[Tue Mar 06 09:00:00.000000 2018] [cgi:error] [pid 900]"
                " [client 192.0.2.7:5000] End of script output before"
                " headers: run.py"),
    FailurePattern(
        "cgi-missing",
        "there is no CGI program {path}",
        "The URL is that of a ScriptAlias directory, and the file is not"
        " there; scanners ask for such a lot.",
        "nothing, unless the file should be there",
        line=r"script not found or unable to stat: (?P<path>/.*)",
        level="warning",
        example="AH02811: script not found or unable to stat:"
                " /usr/lib/cgi-bin/test.cgi"),
    FailurePattern(
        "fastcgi-ended",
        "the script {script} ended before its answer (500)",
        "It ran as FastCGI or CGI.  It failed when it was loaded: a"
        " traceback just before says why; or its first line names a Python"
        " that is not there, or it printed to stdout, or it is not"
        " executable.",
        ("run it by hand as {user}, in the directory where it is: what it"
         " prints there is the reason", "replace the file or `sudo"
         " {reload}`"),
        line=_ENDED,
        where=("FcgidWrapper", "Alias", "SetHandler"),
        after=("fastcgi-slow", "cgi-exec"),
        example="End of script output before headers: dispatch.fcgi"),
    FailurePattern(
        "fastcgi-slow",
        "the FastCGI script did not answer within {seconds} seconds (500)",
        "FcgidIOTimeout (FcgidBusyTimeout) ended the request.",
        ("find what is slow, or raise FcgidIOTimeout", RELOAD),
        line=r"mod_fcgid: read data timeout in (?P<seconds>\d+) seconds"
             r"|mod_fcgid: \S+ took longer than busy timeout"
             r" \((?P<seconds2>\d+)"
             r"|FastCGI: comm with (?:\(dynamic\) )?server .* aborted:"
             r" idle timeout \((?P<seconds3>\d+)",
        where=("FcgidIOTimeout", "FcgidBusyTimeout"),
        example="mod_fcgid: read data timeout in 40 seconds"),
    FailurePattern(
        "fastcgi-upload",
        "an upload is larger than FcgidMaxRequestLen ({limit}) allows (500)",
        "The default is 131072 bytes.",
        ("set `FcgidMaxRequestLen 10485760` in the VirtualHost", RELOAD),
        line=r"mod_fcgid: HTTP request length \d+ \(so far\) exceeds"
             r" MaxRequestLen \((?P<limit>\d+)\)",
        where=("FcgidMaxRequestLen",),
        example="mod_fcgid: HTTP request length 136000 (so far) exceeds"
                " MaxRequestLen (131072)"),
    FailurePattern(
        "fastcgi-full",
        "no FastCGI process is free (503)",
        "All processes were busy, or they end as soon as they start.",
        ("look for a traceback above; else raise FcgidMaxProcesses", RELOAD),
        line=r"mod_fcgid: (?:can't apply process slot|.*skip the spawn"
             r" request|too (?:much|many) processes)",
        where=("FcgidMaxProcesses", "FcgidMaxProcessesPerClass"),
        example="mod_fcgid: can't apply process slot for"
                " /srv/shop/dispatch.fcgi"),
    FailurePattern(
        "fastcgi-client-gone",
        "clients went away before FastCGI's answer was through",
        "They closed the page, or their network broke; harmless unless it"
        " happens all the time.",
        "nothing",
        line=r"mod_fcgid: ap_pass_brigade failed|mod_fcgid: error writing"
             r" data.*client|FastCGI: .*client stopped connection",
        level="warning",
        example="mod_fcgid: ap_pass_brigade failed in handle_request_ipc"
                " function"),
    FailurePattern(
        "fastcgi-broke",
        "the FastCGI script closed the connection",
        "Its process ended while it worked, or could not be started.",
        "look for a traceback, and run it by hand as {user}",
        line=r"mod_fcgid: (?:error (?:reading|writing) data|process \S+ exit"
             r"|can't run|don't know how to spawn|spawn process)"
             r"|(?:AH01215: )?\(\d+\).*?: exec of '(?P<script>.+?)' failed"
             r"|FastCGI: (?:incomplete headers|comm with|.*terminated by"
             r" calling exit|.*terminated due to uncaught signal)",
        after=("fastcgi-ended",),
        example="(104)Connection reset by peer: mod_fcgid: error reading"
                " data from FastCGI server"),
    FailurePattern(
        "fastcgi-backend",
        "the FastCGI server behind the proxy gave no answer (500, 503)",
        "mod_proxy_fcgi had a connection to it, and the process behind it"
        " ended or closed it.",
        "look at the log of that server: by systemd the journal of its unit",
        line=r"Error (?:dispatching request to|parsing script headers)"
             r"|Failed to read FastCGI header",
        where=("SetHandler", "ProxyPass"),
        example="(104)Connection reset by peer: AH01075: Error dispatching"
                " request to : (reading input brigade)"),
    FailurePattern(
        "mod-python-broken",
        "mod_python does not find its own Python part",
        "The module and its package mod_python are of two versions or two"
        " Pythons, or a PythonPath leaves the directory of that package"
        " out.",
        "a PythonPath must end with `+ sys.path`; else install the packages"
        " of mod_python anew, module and Python part from one source",
        line=r"(?:make_obcallback|get_interpreter|python_handler|python_init"
             r"|python_connection|directive_PythonImport): ",
        where=("PythonPath", "PythonHandler"),
        example="make_obcallback: could not import mod_python.apache."),
)
