"""Failures of mod_fcgid, mod_fastcgi and CGI, and of mod_python itself."""

from modwsgideploy.catalog.failures.model import (
          RELOAD,
          RESTART,
          FailurePattern,
)

_ENDED = (r"(?:End of script output before|Premature end of script)"
          r" headers: (?P<script>.+)")
_NO_HEADER = (r"malformed header from script(?: '(?P<script>[^']*)': |\. )"
              r"Bad header[:=] ?(?P<header>.+?)(?:: (?P<script2>\S+))?$")
_CGI = ("cgi", "cgid")
_NOT_CGI = ("if it is a WSGI application, take ScriptAlias, AddHandler"
            " cgi-script or SetHandler cgi-script away from it and lead its"
            " URL there with WSGIScriptAlias")
_LOOK = "`ls -l {script}` and `head -n 1 {script}` show mode and first line"
_BACKEND = ("SetHandler", "ProxyPass")
FASTCGI = (
    FailurePattern(
        "line-ends",
        "the first line of a script asks for the program {program} with a"
        " carriage return",
        "The file has line ends of Windows, and the carriage return counts"
        " as a part of the name.",
        ("`dos2unix` or an editor saves the script with line ends of Unix",
         RELOAD),
        line=r"(?:/usr)?/bin/env: \W*?(?:\\x\w\w)*(?P<program>[\w./-]+)"
             r"(?:\\+(?:r|x0d)|\^M).*: No such file or directory",
        example="AH01215: stderr from /srv/shop/shop.cgi: /usr/bin/env:"
                " 'python3\\r': No such file or directory"),
    FailurePattern(
        "program-missing",
        "there is no program {program}, which the first line of a script"
        " asks for",
        "/usr/bin/env looks for it in PATH of Apache's processes.  Today"
        " there often is a python3 and no python, and none of a virtualenv"
        " unless the line has its whole path.",
        ("write the path of the Python that the script is for into its first"
         " line", RELOAD),
        line=r"(?:/usr)?/bin/env: \W*?(?:\\x\w\w)*(?P<program>[\w./-]+?)"
             r"(?:\\x\w\w)*\W*: No such file or directory",
        example="AH01215: stderr from /srv/shop/shop.cgi: /usr/bin/env:"
                " 'python': No such file or directory"),
    FailurePattern(
        "suexec",
        "suEXEC refused to run {script}",
        "It runs nothing unless owner, modes and place of the script and its"
        " directory are as it wants them.  Its own log (suexec.log, beside"
        " Apache's) names the rule that was broken.",
        "mend what suEXEC's log names",
        line=r"suexec (?:policy violation: see suexec log for more details"
             r"|failure: [^/]*?)(?:: (?P<script>/.*))?$",
        example="AH01215: suexec policy violation: see suexec log for more"
                " details: /srv/shop/shop.cgi"),
    FailurePattern(
        "cgid-gone",
        "Apache's process for CGI programs is not there (503)",
        "mod_cgid starts programs by a process of its own, over a socket at"
        " ScriptSock.  It ended, or could not make that socket: the"
        " directory has to exist when Apache starts.",
        "`sudo {restart}`; where it comes back, see the directory of"
        " ScriptSock",
        line=r"cgid daemon (?:failed|process died)|ScriptSock .* does not"
             r" exist|unable to (?:connect|create socket) to cgi daemon"
             r"|Couldn't (?:bind|create|listen on|set permissions on|change"
             r" owner of|unlink) unix domain socket|Couldn't spawn cgid"
             r"|could not send request to cgi daemon"
             r"|failed reading PID from cgi daemon",
        modules=("cgid",), where=("ScriptSock",),
        example="[Tue Mar 06 09:00:00.000000 2018] [cgid:error] [pid 900]"
                " [client 192.0.2.7:5000] (111)Connection refused: AH01257:"
                " unable to connect to cgi daemon after multiple tries:"
                " /srv/shop/shop.cgi"),
    FailurePattern(
        "cgi-exec",
        "Apache ran {script} as a CGI program, and the system could not"
        " start it",
        "mod_cgi got the file, not mod_wsgi or FastCGI: a CGI program needs"
        " a first line such as #!/usr/bin/python3 with the path of a Python"
        " that is there, line ends of Unix, and the x permission.",
        (_NOT_CGI, _LOOK, RELOAD),
        line=r"\(\d+\).*?: exec of '(?P<script>.+?)' failed"
             r"|.*exec of '(?P<script2>[^']+)' failed"
             r"|(?:don't know how to spawn|couldn't spawn) child process:"
             r" (?P<script3>/.*)"
             r"|file permissions deny server execution"
             r"(?:: (?P<script4>/.*))?",
        modules=_CGI,
        example="[Tue Mar 06 09:00:00.000000 2018] [cgi:error] [pid 900]"
                " [client 192.0.2.7:5000] AH01215: (8)Exec format error:"
                " exec of '/srv/shop/run.py' failed: /srv/shop/run.py"),
    FailurePattern(
        "cgi-slow",
        "the script {script} did not answer in time (504)",
        "It gave no output for as long as Apache waits: Timeout, for CGI"
        " CGIDScriptTimeout.",
        ("find what it waits for, or raise that", RELOAD),
        line=r"Timeout waiting for output from CGI script (?P<script>/.*)"
             r"|Script timed out before returning headers: (?P<script2>.+)",
        where=("CGIDScriptTimeout", "CGIScriptTimeout", "Timeout"),
        example="Script timed out before returning headers: shop.cgi"),
    FailurePattern(
        "cgi-header",
        "{script} ran as a CGI program and gave {header} as a header (500)",
        "mod_cgi got the file, not mod_wsgi or FastCGI.  What a CGI program"
        " prints begins with headers and a blank line.",
        (_NOT_CGI, "else print the headers first"),
        line=_NO_HEADER + r"|Response header name '(?P<header9>.*?)' contains"
             r" invalid characters", modules=_CGI, after=("cgi-exec",),
        example="[Tue Mar 06 09:00:00.000000 2018] [cgi:error] [pid 900]"
                " [client 192.0.2.7:5000] malformed header from script"
                " 'run.py': Bad header: Hello"),
    FailurePattern(
        "cgi-ended",
        "{script} ran as a CGI program and ended without an answer (500)",
        "mod_cgi got the file, not mod_wsgi or FastCGI.  A CGI program must"
        " print headers and a blank line; a WSGI application that is run"
        " like that prints nothing.  If it fails, its error is logged just"
        " before.",
        (_NOT_CGI, RELOAD),
        line=_ENDED, modules=_CGI,
        after=("cgi-exec", "cgi-slow", "line-ends", "program-missing",
               "suexec"),
        example="[Tue Mar 06 09:00:00.000000 2018] [cgi:error] [pid 900]"
                " [client 192.0.2.7:5000] End of script output before"
                " headers: run.py"),
    FailurePattern(
        "cgi-missing",
        "there is no CGI program {path}",
        "The URL is that of a ScriptAlias directory, and no such file is"
        " there; scanners ask for such a lot.",
        "nothing, unless it should be there",
        line=r"script not found or unable to stat: (?P<path>/.*)"
             r"|attempt to invoke directory as script: (?P<path2>/.*)",
        level="warning",
        example="AH02811: script not found or unable to stat:"
                " /usr/lib/cgi-bin/test.cgi"),
    FailurePattern(
        "cgi-memory",
        "the system could not start the CGI program {script}",
        "There was no memory for it, or the limit on processes was reached.",
        "`free -m` shows the memory; lower MaxRequestWorkers, or run the"
        " application by mod_wsgi, which does not start a process for each"
        " request",
        line=r"couldn't create child process: \d+: (?P<script>.+)",
        errno=(11, 12), modules=_CGI,
        example="[Tue Mar 06 09:00:00.000000 2018] [cgid:error] [pid 900]"
                " (12)Cannot allocate memory: AH01252: couldn't create child"
                " process: 12: run.py"),
    FailurePattern(
        "program-start",
        "the system could not start the program {script} (500)",
        "A CGI or FastCGI program needs a first line such as"
        " #!/usr/bin/python3 with the path of a program that is there, line"
        " ends of Unix, and the x permission.",
        (_LOOK, "mend those; or take it out of what runs as CGI"
         " (ScriptAlias, cgi-script, ExecCGI), if it is a WSGI application",
         RELOAD),
        line=r"(?:AH01215: )?(?:\(\d+\).*?: )?exec of '?(?P<script>[^']+?)'?"
             r" failed",
        example="(8)Exec format error: exec of '/srv/shop/run.py' failed"),
    FailurePattern(
        "fastcgi-exec",
        "the system could not start the FastCGI program {script}",
        "It, or what its first line or FcgidWrapper names, is not there; or"
        " it lacks the x permission, or has line ends of Windows.  The"
        " system's reason stands in the log before the message.",
        (_LOOK, "mend those, or FcgidWrapper", RELOAD),
        line=r"mod_fcgid: (?:can't run|don't know how to spawn (?:wrapper )?"
             r"child process:|spawn process) (?P<script>/.*?)(?: error)?$"
             r"|mod_fcgid: can't get (?P<script2>/.*) file info"
             r"|mod_fcgid: exec of '?(?P<script3>[^']+?)'? failed"
             r"|FastCGI: .*can't start (?:\w+ )*\"(?P<script4>[^\"]+)\"",
        where=("FcgidWrapper", "FcgidInitialEnv"),
        example="(13)Permission denied: mod_fcgid: can't run"
                " /srv/shop/dispatch.fcgi"),
    FailurePattern(
        "fastcgi-crash",
        "the FastCGI process of {script} crashed (signal {signal})",
        "C code of Python or of a package ran into an error, or the process"
        " was killed by the system.",
        "see which package the last requests used; `sudo dmesg` has a line"
        " of it",
        line=r"mod_fcgid: process (?P<script>\S+?)\(\d+\) exit\([^)]*\), get"
             r" (?:unexpected )?signal (?P<signal>\d+)"
             r"|FastCGI: .*server \"(?P<script2>[^\"]+)\".*terminated due"
             r" to uncaught signal '?(?P<signal2>\d+)",
        example="mod_fcgid: process /srv/shop/dispatch.fcgi(900)"
                " exit(communication error), get unexpected signal 11"),
    FailurePattern(
        "fastcgi-header",
        "the script {script} gave {header} as a header (500)",
        "What a FastCGI or CGI program answers begins with headers and a"
        " blank line; something printed before them.",
        "take the print away, or let it go to stderr; run it by hand as"
        " {user} to see what comes first",
        line=_NO_HEADER, where=("FcgidWrapper",),
        modules=("", "core", "fcgid", "fastcgi", "proxy_fcgi"),
        example="malformed header from script 'dispatch.fcgi': Bad header:"
                " loading"),
    FailurePattern(
        "fastcgi-upload-piece",
        "mod_fcgid could not pass an upload on to its script (500)",
        "A record of FastCGI holds 65535 bytes.  A module that reads uploads"
        " before mod_fcgid does (mod_security, one that unpacks them) gave it"
        " a larger piece.",
        "have that module leave the uploads of this site alone, or serve the"
        " application by mod_wsgi",
        line=r"mod_fcgid: header overflow",
        example="mod_fcgid: header overflow"),
    FailurePattern(
        "fastcgi-restarts",
        "the FastCGI script {script} ends again and again as soon as it"
        " starts",
        "mod_fastcgi gave up for {seconds} seconds.  Mostly the script fails"
        " when it is loaded, or it is a program of plain CGI, which ends"
        " after each answer.",
        ("run it by hand as {user}: what it prints there is the reason",
         RELOAD),
        line=r"FastCGI: .*server \"(?P<script>[^\"]+)\" has failed to remain"
             r" running .*backed off to (?P<seconds>\d+)",
        after=("fastcgi-crash", "fastcgi-exec"),
        example='FastCGI: (dynamic) server "/srv/shop/dispatch.fcgi" has'
                " failed to remain running for 30 seconds given 3 attempts,"
                " its restart interval has been backed off to 600 seconds"),
    FailurePattern(
        "fastcgi-rewritten",
        "flup does not recognize the URL, which a rewrite rule has changed",
        "It expects that the URL begins with the path of the script.  URLs"
        " that the application makes may have that path in them; requests"
        " are answered.",
        "nothing, if the links of the pages are right; else set SCRIPT_NAME"
        " in the script to what stands before the application's own paths in"
        " the URL, as the script of `modwsgideploy deploy --backend fastcgi`"
        " does",
        line=r"WARNING: SCRIPT_NAME does not match REQUEST_URI",
        level="warning",
        example="WARNING: SCRIPT_NAME does not match REQUEST_URI"),
    FailurePattern(
        "fastcgi-ended",
        "the script {script} gave no complete header (500)",
        "It ran as FastCGI or CGI.  Mostly it failed when it was loaded: a"
        " traceback just before says why; or its first line names a Python"
        " that is not there or has line ends of Windows, or it is not"
        " executable.  If it runs, and no other message is beside this one,"
        " a line of its header is longer than 8191 bytes: a cookie that has"
        " grown.",
        ("run it by hand as {user}, in the directory where it is: what it"
         " prints there is the reason", "replace the file or `sudo"
         " {reload}`"),
        line=_ENDED,
        where=("FcgidWrapper", "Alias", "SetHandler"),
        after=("fastcgi-slow", "fastcgi-exec", "fastcgi-crash",
               "program-start", "fastcgi-full",
               "fastcgi-upload-piece", "line-ends",
               "program-missing", "suexec"),
        example="End of script output before headers: dispatch.fcgi"),
    FailurePattern(
        "fastcgi-slow",
        "the FastCGI script did not answer within {seconds} seconds (500)",
        "FcgidIOTimeout (FcgidBusyTimeout) ended the request.",
        ("find what is slow, or raise FcgidIOTimeout", RELOAD),
        line=r"mod_fcgid: read data timeout in (?P<seconds>\d+) seconds"
             r"|mod_fcgid: \S+ took longer than busy timeout"
             r" \((?P<seconds2>\d+)"
             r"|mod_fcgid: process \S+ exit\(busy timeout\)"
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
        "fastcgi-upload-kept",
        "mod_fcgid could not keep an upload in a temporary file (500)",
        "The directory of temporary files (TMPDIR of Apache, else /tmp) is"
        " full, or {user} may not write there; the system's reason stands in"
        " the log before the message.",
        "`df -h /tmp` shows whether it is full",
        line=r"mod_fcgid: can't (?:open|write|get|truncate) .*(?:tmp|temp)",
        example="(28)No space left on device: mod_fcgid: can't write tmp"
                " file for stdin request"),
    FailurePattern(
        "fastcgi-full",
        "no FastCGI process is free (503)",
        "All processes were busy, or they end as soon as they start.",
        ("look for a traceback above; else raise FcgidMaxProcesses", RELOAD),
        line=r"mod_fcgid: (?:can't apply process slot|.*skip the spawn"
             r" request|too (?:much|many) processes)",
        where=("FcgidMaxProcesses", "FcgidMaxProcessesPerClass"),
        after=("fastcgi-exec",),
        example="mod_fcgid: can't apply process slot for"
                " /srv/shop/dispatch.fcgi"),
    FailurePattern(
        "fastcgi-client-gone",
        "clients went away before FastCGI's answer was through",
        "They closed the page, or their network broke; harmless unless it"
        " happens all the time.",
        "nothing",
        line=r"mod_fcgid: ap_pass_brigade failed|mod_fcgid: error writing"
             r" data.*client|FastCGI: .*client stopped connection"
             r"|Error dispatching request to .*\(passing (?:headers )?brigade",
        level="warning",
        example="mod_fcgid: ap_pass_brigade failed in handle_request_ipc"
                " function"),
    FailurePattern(
        "fastcgi-request-lost",
        "requests did not arrive whole, so the script did not get them",
        "The client went away in the middle of its upload, or sent it too"
        " slowly for Timeout or RequestReadTimeout.",
        "nothing, unless it happens to many",
        line=r"mod_fcgid: can't (?:get data from http|read request from (?:"
             r"HTTP )?(?:client|bucket))"
             r"|Error dispatching request to .*\(reading input brigade"
             r"|Error reading request entity data",
        modules=("", "core", "fcgid", "fastcgi", "proxy_fcgi", *_CGI),
        where=("RequestReadTimeout", "Timeout"), level="warning",
        example="(104)Connection reset by peer: AH01075: Error dispatching"
                " request to localhost:9000: (reading input brigade)"),
    FailurePattern(
        "fastcgi-manager",
        "the process that starts FastCGI programs is not there (503)",
        "mod_fcgid's process manager ended or was not started; what was"
        " logged just before tells why.",
        "`sudo {restart}`",
        line=r"mod_fcgid: (?:fcgid process manager died|can't (?:get notify"
             r" from process manager|write spawn command|lock process table"
             r"|get pipe mutex)|Create process manager|Can't create shared"
             r" memory|Can't initialize (?:process manager|shared memory)"
             r"|current user is not root)",
        after=("no-semaphores", "fastcgi-socket"),
        example="(32)Broken pipe: mod_fcgid: can't get notify from process"
                " manager"),
    FailurePattern(
        "fastcgi-socket",
        "mod_fcgid cannot make the sockets of its processes",
        "FcgidIPCDir must be a directory in which Apache's user may write,"
        " with a short path; one in /run is gone after a restart of the"
        " machine unless something makes it.  On Red Hat SELinux has a say.",
        ("without an FcgidIPCDir of your own that of the package is used",
         RESTART),
        line=r"mod_fcgid: (?:[Cc](?:an't|ouldn't) (?:create|bind|listen on"
             r"|set (?:ownership|permissions)|change owner)[\w ]* unix"
             r" |socket path length exceeds)",
        where=("FcgidIPCDir", "FcgidSocketPath", "SocketPath"),
        example="(13)Permission denied: mod_fcgid: couldn't bind unix domain"
                " socket /run/mod_fcgid/7.1"),
    FailurePattern(
        "fastcgi-stuck",
        "a process of a FastCGI or CGI program did not end when it was asked"
        " to",
        "Apache ends those that are idle, too old or done, and all at a"
        " restart; this one was busy, and was killed.",
        "nothing, unless requests were lost by it",
        line=r"FastCGI process \d+ still did not exit"
             r"|CGI process \d+ didn't exit", level="warning",
        example="FastCGI process 900 still did not exit, terminating"
                " forcefully"),
    FailurePattern(
        "fastcgi-broke",
        "the FastCGI script closed the connection",
        "Its process ended while it worked.",
        "look for a traceback, and run it by hand as {user}",
        line=r"mod_fcgid: (?:error (?:reading|writing) data"
             r"|process \S+ exit\((?:communication error|connect error"
             r"|server exited|unknown))"
             r"|FastCGI: (?:incomplete headers|comm with|.*terminated by"
             r" calling exit)",
        after=("fastcgi-ended", "fastcgi-slow", "fastcgi-exec",
               "fastcgi-crash"),
        example="(104)Connection reset by peer: mod_fcgid: error reading"
                " data from FastCGI server"),
    FailurePattern(
        "fastcgi-backend-slow",
        "the FastCGI server behind the proxy did not answer in time (504)",
        "It took the request, and no answer came within ProxyTimeout (or"
        " Timeout) seconds.",
        ("find what is slow there, or raise ProxyTimeout", RELOAD),
        line=r"Error dispatching request to", errno=(70007, 110),
        where=("ProxyTimeout", *_BACKEND),
        example="(70007)The timeout specified has expired: AH01075: Error"
                " dispatching request to 127.0.0.1:9000: (polling)"),
    FailurePattern(
        "fastcgi-not-spoken",
        "the server behind the proxy does not speak FastCGI",
        "What it answered is of another protocol: an HTTP server, or uwsgi.",
        ("give ProxyPass or SetHandler the scheme that it speaks (http:,"
         " uwsgi:), or let it listen for FastCGI", RELOAD),
        line=r"Got bogus (?:version|rid|record)", where=_BACKEND,
        example="AH01068: Got bogus version 72"),
    FailurePattern(
        "fastcgi-backend-header",
        "what the FastCGI server behind the proxy answers does not begin"
        " with headers (500)",
        "Something is printed before them, or a header is malformed.",
        "take the print away, or let it go to stderr",
        line=r"Error parsing script headers", where=_BACKEND,
        after=("fastcgi-header",),
        example="AH01070: Error parsing script headers"),
    FailurePattern(
        "fastcgi-backend",
        "the FastCGI server behind the proxy broke off (503)",
        "Apache had a connection to it; mostly the process behind it ended"
        " or closed it.  The system's reason, if there is one, stands in the"
        " log before the message.",
        "look at the log of that server: by systemd the journal of its unit",
        line=r"Error dispatching request to|Failed to read FastCGI header"
             r"|Failed [Ww]riting (?:Request|Environment) to",
        where=_BACKEND,
        after=("fastcgi-backend-slow", "fastcgi-not-spoken",
               "fastcgi-backend-header", "fastcgi-request-lost"),
        example="(104)Connection reset by peer: AH01075: Error dispatching"
                " request to 127.0.0.1:9000: (reading response body)"),
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
