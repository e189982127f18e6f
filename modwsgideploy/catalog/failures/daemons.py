"""Failures of mod_wsgi: its Python, its processes, and the way to them."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    LAYOUT,
    PATH,
    RELOAD,
    RESTART,
    FailurePattern,
)

_HOME_IS = (r"(?:Unable to stat Python home|Python home)"
            r" '?(?P<path>(?:/|\w:)[^']*?")
_PREFIX = ("python-home= and WSGIPythonHome name what sys.prefix is in the"
           " virtualenv: the directory that has bin, lib and pyvenv.cfg.")
_SOCKET = (r"Unable to connect to WSGI daemon process '(?P<group>[^']*)' on"
           r" '(?P<path>[^']*?)(?:\.\d+\.\d+\.\d+\.sock)?'")
DAEMONS = (
    FailurePattern(
        "script-closed",
        "{user} may not read the WSGI script {script}",
        "The script is there, and its mode, or that of a directory above it,"
        " keeps the user of the daemon processes out.",
        ("`namei -l {script}` shows the owners and modes on the way",
         "let its group be {group_of_user}, or others read it", RELOAD),
        line=r"(?:Call to (?:fopen|apr_stat)\(\) failed for|Unable to stat"
             r" target WSGI script) '(?P<script>[^']*)'",
        errno=(13,), where=(ALIAS,), check="MWD201",
        example="(13)Permission denied: mod_wsgi (pid=900): Call to fopen()"
                " failed for '/srv/shop/apache/shop.wsgi'."),
    FailurePattern(
        "script-missing",
        "the WSGI script {script} is not there",
        "WSGIScriptAlias names a file that does not exist, or that {user}"
        " cannot look at.",
        ("`ls -l {script}`, and mend the path of WSGIScriptAlias", RELOAD),
        line=r"Target WSGI script not found or unable to stat"
             r"(?:: (?P<script>/.*))?"
             r"|Unable to stat target WSGI script '(?P<script2>[^']*)'"
             r"|Call to (?:fopen|apr_stat)\(\) failed for"
             r" '(?P<script3>[^']*)'",
        codes=("WSGI0135", "WSGI0083"),
        error=r"(?:FileNotFoundError|IOError): \[Errno 2\] No such file or"
              r" directory: '(?P<script4>/[^']*\.wsgi)'",
        where=(ALIAS,), check="MWD107",
        example="Target WSGI script not found or unable to stat:"
                " /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "script-is-directory",
        "WSGIScriptAlias leads to the directory {script}, not to a script",
        "Its last argument must be the .wsgi file.  One of / to a directory"
        " makes the first part of each URL the name of a script.",
        ("name the .wsgi file", RELOAD),
        line=r"Attempt to invoke directory as WSGI application"
             r"(?:: (?P<script>/.*))?",
        codes=("WSGI0136",), where=(ALIAS,),
        example="Attempt to invoke directory as WSGI application:"
                " /srv/shop/apache"),
    FailurePattern(
        "no-application",
        "{script} does not define {callable}",
        "mod_wsgi calls the function of that name in the script, and there"
        " is none after it was loaded.",
        ("let the script end with `application = ...`, or name the function"
         " with WSGICallableObject", RELOAD),
        line=r"Target WSGI script '(?P<script>[^']*)' does not contain WSGI"
             r" application '(?P<callable>[^']*)'",
        codes=("WSGI0089",), where=(ALIAS,),
        example="mod_wsgi (pid=7): Target WSGI script"
                " '/srv/shop/shop.wsgi' does not contain WSGI application"
                " 'application'."),
    FailurePattern(
        "python-home-not-prefix",
        "Python does not start: {path} is no directory of a whole Python",
        _PREFIX + "  A bin or lib directory, or the python in it, is not"
        " that; requests hang until it is mended.",
        ("name the directory above it that has pyvenv.cfg, or for the"
         " system's own Python leave the option out", RESTART),
        line=_HOME_IS + r"/(?:bin|sbin|Scripts)(?:/[\w.-]*)?)'?"
             r"(?:\. | for | is not)"
             r"|" + _HOME_IS.replace("path", "path2")
             + r"/lib(?:64)?/python[\d.]*[\w/-]*)'?(?:\. | for | is not)"
             r"|" + _HOME_IS.replace("path", "path3")
             + r")'? (?:for .*)?is not a directory",
        codes=("WSGI0101",),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD102",
        example="mod_wsgi (pid=7): Python home /usr/bin/python3 is not a"
                " directory. Python interpreter may not be able to be"
                " initialized correctly. Verify the supplied path."),
    FailurePattern(
        "python-home-closed",
        "Python does not start: {path} is closed to the daemon processes",
        "It is there, and the user of the processes may not enter it or a"
        " directory above it: home directories are often closed, and on Red"
        " Hat, SELinux may be what closes it.  Requests hang until it is"
        " mended.",
        (LAYOUT + "; give others the x permission on that one, or make the"
         " virtualenv outside of the home directory", RESTART),
        line=_HOME_IS + r")'?(?:\. | for .*Verify)",
        errno=(13,), where=(DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD201",
        example="(13)Permission denied: mod_wsgi (pid=7): Unable to stat"
                " Python home /home/anna/venv. Python interpreter may not be"
                " able to be initialized correctly. Verify the supplied path"
                " and access permissions for whole of the path."),
    FailurePattern(
        "python-home-inaccessible",
        "Python does not start: {path} is closed to the daemon processes",
        "The user of the processes may not enter that directory.  Requests"
        " hang until it is mended.",
        (LAYOUT + "; give others the x permission on that one", RESTART),
        line=_HOME_IS + r")'? (?:for .*)?is not accessible",
        codes=("WSGI0102",),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD201",
        example="mod_wsgi (pid=7): Python home /srv/venv is not accessible."
                " Python interpreter may not be able to be initialized"
                " correctly. Verify the supplied path and access permissions"
                " on the directory."),
    FailurePattern(
        "python-home",
        "Python does not start: there is nothing at {path}",
        _PREFIX + "  Requests hang until it is mended.",
        ("name the virtualenv that the site's packages are installed in;"
         " it must be of the Python that mod_wsgi is built for"
         " ({python_in_log})", "`ls -ld {path}` shows what is there",
         RESTART),
        line=_HOME_IS + r")'?(?:\. | for )",
        codes=("WSGI0100",),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD102",
        example="(2)No such file or directory: mod_wsgi (pid=7): Unable to"
                " stat Python home /srv/venv. Python interpreter may not be"
                " able to be initialized correctly. Verify the supplied path"
                " and access permissions for whole of the path."),
    FailurePattern(
        "python-home-unfit",
        "Python does not start with {path} as its home",
        _PREFIX + "  Here it is not there, not readable for {user}, has no"
        " lib directory for the Python that mod_wsgi is built for"
        " ({python_in_log}), or was made by another Python.  Requests hang"
        " until it is mended.",
        ("`ls -ld {path} {path}/lib/python*` must show a directory of"
         " mod_wsgi's version", "make the virtualenv anew with that Python,"
         " or name another one", RESTART),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        after=("python-home", "python-home-closed", "python-home-inaccessible",
               "python-home-not-prefix"),
        check="MWD102",
        example="Python path configuration:\n"
                "  PYTHONHOME = '/srv/venv'\n"
                "  PYTHONPATH = (not set)\n"
                "Fatal Python error: init_fs_encoding: failed to get the"
                " Python codec of the filesystem encoding"),
    FailurePattern(
        "mod-python-reload",
        "a reload ended Apache: its mod_python is of Python 2.7",
        "On a reload (graceful, or apachectl restart) the module is loaded"
        " anew, and starts a Python that runs already.",
        ("start it again: `sudo {restart}`", "from now on restart it where"
         " you would reload it; rotation of logs and renewal of certificates"
         " reload it by themselves, too"),
        line=r"Fatal Python error: PyEval_SaveThread: NULL tstate",
        where=("PythonHandler",),
        example="Fatal Python error: PyEval_SaveThread: NULL tstate"),
    FailurePattern(
        "python-not-started",
        "Python does not start in Apache or its daemon processes",
        "It does not find its own standard library, or may not read it."
        "  Mostly python-home= or WSGIPythonHome is wrong, or names a"
        " virtualenv of another Python; the lines around this one tell"
        " more.",
        ("see the WSGIPythonHome and python-home= lines: `grep -rnE"
         " 'WSGIPythonHome|python-home' {conf_root}`", RESTART),
        line=r"Python (?:interpreter configuration|(?:child )?initialisation)"
             r" failed|Fatal Python error: |Python based handlers will not be"
             r"|Couldn't initiali[sz]e Python"
             r"|Unable to (?:setup|acquire) (?:main interpreter"
             r"|sub-interpreter)|Cannot (?:acquire|create) interpreter",
        codes=("WSGI0001", "WSGI0002", "WSGI0028", "WSGI0029", "WSGI0035",
               "WSGI0036", "WSGI0038", "WSGI0040", "WSGI0042", "WSGI0045",
               "WSGI0048", "WSGI0054", "WSGI0086", "WSGI0087", "WSGI0103"),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        after=("python-home", "python-home-closed", "python-home-inaccessible",
               "python-home-not-prefix", "python-home-unfit"),
        example="Fatal Python error: Py_Initialize: Unable to get the locale"
                " encoding\n"
                "ModuleNotFoundError: No module named 'encodings'"),
    FailurePattern(
        "patch-release",
        "mod_wsgi was built with Python {built} and runs {running}",
        "That is another release of the same Python, and harmless.",
        "nothing",
        level="warning",
        example="mod_wsgi: Compiled for Python/2.7.8.\n"
                "mod_wsgi: Runtime using Python/2.7.9."),
    FailurePattern(
        "other-python",
        "mod_wsgi is built for Python {built} and runs {running}",
        "It is linked with another Python than it was built for; packages"
        " with C code of one do not load in the other.",
        ("`{virtualenv}/bin/pip install mod_wsgi` builds it for the"
         " virtualenv's Python; then put what `{virtualenv}/bin/mod_wsgi-"
         "express module-config` prints in place of the LoadModule line",
         RESTART),
        codes=("WSGI0099",), where=(DAEMON + " python-home", "LoadModule"),
        check="MWD304",
        example="mod_wsgi: Compiled for Python/3.9.2.\n"
                "mod_wsgi: Runtime using Python/3.11.2."),
    FailurePattern(
        "home",
        "the daemon processes cannot enter their directory {path}",
        "home= names a directory that is not there, or that {user} may not"
        " enter.  The processes end at once, and requests hang.",
        ("name a directory with home= that is there and open to {user}",
         LAYOUT, RELOAD),
        line=r"Unable to change working directory to (?:home directory )?"
             + PATH + r"(?: for uid=\d+)?\."
             r"|Unable to determine home directory for",
        codes=("WSGI0009", "WSGI0010", "WSGI0011"),
        where=(DAEMON + " home", DAEMON), check="MWD110",
        example="(2)No such file or directory: mod_wsgi (pid=7): Unable to"
                " change working directory to '/srv/shop/data'."),
    FailurePattern(
        "daemon-account",
        "the daemon processes cannot become the user they shall run as",
        "user=, group= or supplementary-groups= names an account that is not"
        " there, Apache was not started by root, or that user runs as many"
        " processes as it may.",
        ("`getent passwd` must list it", RESTART),
        line=r"Unable to (?:change root directory|set group id"
             r"|set supplementary groups|set groups|initialise groups"
             r"|change to uid)"
             r"|(?:Failure to configure the daemon process"
             r"|Daemon process configuration failed)",
        codes=tuple(f"WSGI{n:04}" for n in (3, 4, 5, 6, 7, 8, 25)),
        where=(DAEMON + " user", DAEMON), after=("home",), check="MWD205",
        example="(1)Operation not permitted: mod_wsgi (pid=7): Unable to"
                " change to uid=1001."),
    FailurePattern(
        "no-socket",
        "the daemon processes have no socket: {path} cannot be made",
        "The directory of WSGISocketPrefix must exist when Apache starts;"
        " one in /run is gone after a restart of the machine.  A socket's"
        " path may have 107 bytes.",
        ("`WSGISocketPrefix {socket_prefix}` outside of every VirtualHost is"
         " right on this system", RESTART),
        line=r"(?:Couldn't|Unable to) (?:bind|listen on|change owner of) unix"
             r" domain socket '(?P<path>[^']*?)(?:\.\d+\.\d+\.\d+\.sock)?'"
             r"|(?:Couldn't|Unable to) listen on unix domain socket"
             r"|Length of path for daemon process socket exceeds",
        codes=("WSGI0013", "WSGI0014", "WSGI0015", "WSGI0064"),
        modules=("", "core", "wsgi"),
        where=("WSGISocketPrefix",), check="MWD203",
        example="(2)No such file or directory: mod_wsgi (pid=7): Couldn't"
                " bind unix domain socket"
                " '/run/shop/wsgi.7.0.1.sock'."),
    FailurePattern(
        "socket-user",
        "Apache may not reach the daemon processes of {group}: it asks as"
        " the user with the id {uid} (503)",
        "mod_wsgi gives the socket to the user that the directive User"
        " names, and this request was served by another one: mpm-itk"
        " (AssignUserID), or a changed User.",
        ("with mpm-itk add `socket-user=#{uid}` to the WSGIDaemonProcess of"
         " {group}; else see that one User line is in force", RESTART),
        errno=(13,), line=_SOCKET + r" as user with uid=(?P<uid>\d{4,})",
        where=(DAEMON,),
        example="(13)Permission denied: [client 192.0.2.7:5000] mod_wsgi"
                " (pid=7): Unable to connect to WSGI daemon process 'shop'"
                " on '/var/run/apache2/wsgi.7.0.1.sock' as user with"
                " uid=1001."),
    FailurePattern(
        "socket-closed",
        "Apache may not reach the daemon processes of {group} (503)",
        "Apache's user cannot enter the directory of the socket {path}: Red"
        " Hat's default is closed, and SELinux has a say.",
        ("`WSGISocketPrefix {socket_prefix}` outside of every VirtualHost is"
         " right on this system", RESTART),
        errno=(13,), line=_SOCKET,
        where=("WSGISocketPrefix", DAEMON), check="MWD203",
        example="(13)Permission denied: [client 192.0.2.7:5000] mod_wsgi"
                " (pid=7): Unable to connect to WSGI daemon process 'shop'"
                " on '/etc/httpd/logs/wsgi.7.0.1.sock' as user with"
                " uid=48."),
    FailurePattern(
        "socket-gone",
        "the socket of the daemon processes of {group} is gone, or full"
        " (503)",
        "A reload, as of a log rotation, makes a new socket, and older"
        " Apache processes look for the old one; or the processes did not"
        " start; or all of them were busy and the queue was full.",
        ("`WSGISocketRotation Off` outside of every VirtualHost keeps the"
         " name (mod_wsgi 4.6 and later)",
         "for a full queue raise processes= or threads=", RESTART),
        errno=(2, 11, 35, 61, 111, 0), line=_SOCKET,
        codes=("WSGI0116", "WSGI0117"),
        where=("WSGISocketRotation", "WSGISocketPrefix", DAEMON),
        after=("no-socket", "python-home", "home", "python-home-unfit",
               "python-not-started"),
        check="MWD310",
        example="(2)No such file or directory: [client 192.0.2.7:5000]"
                " mod_wsgi (pid=7): Unable to connect to WSGI daemon process"
                " 'shop' on '/run/apache2/wsgi.7.0.1.sock' as user with"
                " uid=33."),
    FailurePattern(
        "socket-invalid",
        "Apache could not connect to the daemon processes of {group}: the"
        " address was invalid (503)",
        "mod_wsgi 4.1.0 and 4.1.1 give a wrong length of it; nothing in the"
        " configuration does.",
        ("take mod_wsgi 4.1.2 or later", RESTART),
        errno=(22,), line=_SOCKET, where=(DAEMON,),
        example="(22)Invalid argument: mod_wsgi (pid=7): Unable to connect"
                " to WSGI daemon process 'shop' on"
                " '/var/run/wsgi.7.0.1.sock'."),
    FailurePattern(
        "socket-fails",
        "Apache could not connect to the daemon processes of {group} (503)",
        "The system refused it; its reason stands in the log before"
        " \"mod_wsgi\".  Often Apache was updated or reloaded, and an older"
        " process of it is still there.",
        "`sudo {restart}`; where it comes back, look at what is logged when"
        " the daemon processes start",
        line=_SOCKET + r"|Unable to create socket to connect to WSGI",
        codes=("WSGI0115",), where=(DAEMON,),
        example="(105)No buffer space available: mod_wsgi (pid=7): Unable to"
                " connect to WSGI daemon process 'shop' on"
                " '/var/run/wsgi.7.0.1.sock'."),
    FailurePattern(
        "no-answer",
        "{group} did not answer in time (504)",
        "No response came within socket-timeout seconds (without it"
        " Apache's Timeout): the application is slow or waits for something"
        " (a database, another server, a lock, or itself).",
        ("find what is slow; until then raise socket-timeout= of"
         " WSGIDaemonProcess",
         "where an import hangs, `application-group=%{{GLOBAL}}` of"
         " WSGIScriptAlias mostly helps", RELOAD),
        line=r"Timeout when reading response headers from daemon process"
             r" '(?P<group>[^']*)'"
             # Of mod_wsgi 3 and older, which says it as CGI does.
             r"|Script timed out before returning headers:"
             r" \S*(?:\.wsgi|wsgi\.py|(?<![\w.])wsgi)\b",
        codes=("WSGI0145",), modules=("", "core", "wsgi"),
        where=(DAEMON + " socket-timeout", DAEMON),
        example="Timeout when reading response headers from daemon process"
                " 'shop': /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "queue-full",
        "requests wait too long for a process of {group} (504)",
        "All threads were busy for queue-timeout seconds.",
        ("raise processes= or threads= of WSGIDaemonProcess, or make slow"
         " requests faster", RELOAD),
        line=r"Queue timeout expired for WSGI daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0084",), where=(DAEMON + " queue-timeout", DAEMON),
        check="MWD412",
        example="mod_wsgi (pid=7): Queue timeout expired for WSGI daemon"
                " process 'shop'."),
    FailurePattern(
        "request-timeout",
        "{group} was restarted, because its requests took too long",
        "On average over its threads they passed request-timeout.",
        ("raise request-timeout= of WSGIDaemonProcess, or move long work out"
         " of requests", RELOAD),
        line=r"Daemon process request time limit exceeded, stopping (?:daemon"
             r" )?process '(?P<group>[^']*)'",
        where=(DAEMON + " request-timeout", DAEMON),
        example="mod_wsgi (pid=7): Daemon process request time limit"
                " exceeded, stopping process 'shop'."),
    FailurePattern(
        "startup-timeout",
        "{group} was restarted, because its application did not load",
        "It failed or took longer than startup-timeout; a traceback before"
        " this line says why.",
        ("mend the error; if it is only slow, raise startup-timeout= of"
         " WSGIDaemonProcess", RELOAD),
        line=r"Application startup timer expired, stopping (?:daemon )?process"
             r" '(?P<group>[^']*)'",
        where=(DAEMON + " startup-timeout", DAEMON),
        example="mod_wsgi (pid=7): Application startup timer expired,"
                " stopping process 'shop'."),
    FailurePattern(
        "cpu-limit",
        "{group} was restarted: it used its CPU time up",
        "cpu-time-limit= of WSGIDaemonProcess, or a limit of the system,"
        " counts the seconds that a process computes.",
        ("raise or remove cpu-time-limit=", RELOAD),
        line=r"Exceeded CPU time limit.*'(?P<group>[^']*)'",
        where=(DAEMON + " cpu-time-limit",), level="warning",
        example="mod_wsgi (pid=7): Exceeded CPU time limit, waiting for"
                " requests to complete 'shop'."),
    FailurePattern(
        "deadlock",
        "Python stood still in {group}, and it was restarted",
        "Some C code kept Python's lock longer than deadlock-timeout: most"
        " often an extension (numpy, lxml) that is not made for"
        " sub-interpreters.",
        ("add `application-group=%{{GLOBAL}}` to WSGIScriptAlias", RELOAD),
        line=r"Daemon process deadlock timer expired, stopping (?:daemon )?"
             r"process '(?P<group>[^']*)'",
        where=(ALIAS + " application-group", DAEMON + " deadlock-timeout",
               ALIAS),
        check="MWD406",
        example="mod_wsgi (pid=7): Daemon process deadlock timer expired,"
                " stopping process 'shop'."),
    FailurePattern(
        "header-too-long",
        "{group} sends a header that is longer than mod_wsgi takes",
        "Mostly a cookie or a redirect with too much in it; the limit is"
        " 32768 bytes, unless header-buffer-size= says otherwise.",
        ("send less, or raise header-buffer-size= of WSGIDaemonProcess",
         RELOAD),
        line=r"Response header line too long from daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0144",),
        where=(DAEMON + " header-buffer-size", DAEMON),
        example="WSGI0144: Response header line too long from daemon process"
                " 'shop'."),
    FailurePattern(
        "broken-off",
        "{group} broke off before its answer",
        "The process ended while it worked - it crashed in C code, called"
        " os._exit, was killed for memory, or stopped by request-timeout or"
        " deadlock-timeout - or, with mod_wsgi 4 and older, it sent a header"
        " longer than 32768 bytes.",
        ("`LogLevel wsgi:info` makes mod_wsgi tell which; `sudo dmesg | grep"
         " -i kill` shows a lack of memory",
         "for crashes in C code `application-group=%{{GLOBAL}}` of"
         " WSGIScriptAlias mostly helps; for long headers"
         " header-buffer-size= of WSGIDaemonProcess"),
        line=r"Truncated or oversized response headers received from daemon"
             r" process '(?P<group>[^']*)'"
             r"|Daemon process '(?P<group2>[^']*)' closed connection before"
             r"|Error reading response headers from daemon process"
             r" '(?P<group3>[^']*)'"
             # Of mod_wsgi 3 and older, which says it as CGI does.
             r"|(?:Premature end of script|End of script output before)"
             r" headers: \S*(?:\.wsgi|wsgi\.py)\b",
        codes=("WSGI0146", "WSGI0147"), modules=("", "core", "wsgi"),
        where=(ALIAS + " application-group", DAEMON), check="MWD406",
        example="Truncated or oversized response headers received from"
                " daemon process 'shop': /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "response-stalled",
        "a daemon process fell silent in the middle of a response",
        "The beginning of the response was sent already; then nothing came"
        " for socket-timeout seconds (without it Apache's Timeout).  The"
        " application waits for something while it produces the page, or"
        " streams with long pauses.  The visitor got only a part.",
        ("find what the application waits for", "for a stream raise"
         " socket-timeout= of WSGIDaemonProcess", RELOAD),
        line=r"(?:Failed|Unable) to proxy response from daemon",
        errno=(70007, 110), where=(DAEMON + " socket-timeout", DAEMON),
        example="(70007)The timeout specified has expired: [client"
                " 192.0.2.7:5000] mod_wsgi (pid=7): Failed to proxy response"
                " from daemon."),
    FailurePattern(
        "response-broken",
        "a daemon process ended in the middle of a response",
        "The beginning of the response was sent already, and the connection"
        " to the process broke: it crashed, was killed for memory, or was"
        " stopped (by a restart, request-timeout or deadlock-timeout).  The"
        " visitor got only a part.",
        ("`LogLevel wsgi:info` makes mod_wsgi tell how it ended; `sudo dmesg"
         " | grep -i kill` shows a lack of memory",
         "for crashes in C code `application-group=%{{GLOBAL}}` of"
         " WSGIScriptAlias mostly helps"),
        line=r"(?:Failed|Unable) to proxy response from daemon",
        codes=("WSGI0119",), where=(ALIAS + " application-group", DAEMON),
        example="(104)Connection reset by peer: [client 192.0.2.7:5000]"
                " mod_wsgi (pid=7): Failed to proxy response from daemon."),
    FailurePattern(
        "daemon-unreached",
        "a request could not be handed to the daemon processes",
        "Apache had a connection to them, and it broke before the request"
        " was through: the process ended or was being restarted.",
        "nothing, if it comes with a reload; else look at what is logged"
        " just before: a crash, a lack of memory, a limit",
        line=r"Unable to send request details to WSGI daemon process"
             r" '(?P<group>[^']*)'|Unable to read (?:incoming )?WSGI"
             r" request",
        codes=("WSGI0121", "WSGI0125", "WSGI0080"), where=(DAEMON,),
        example="(32)Broken pipe: mod_wsgi (pid=7): Unable to send request"
                " details to WSGI daemon process 'shop' on"
                " '/run/apache2/wsgi.7.0.1.sock'."),
    FailurePattern(
        "daemon-versions",
        "Apache and its daemon processes do not understand each other",
        "They are of two versions of mod_wsgi: it was updated, and Apache"
        " only reloaded.",
        "`sudo {restart}`",
        line=r"Unexpected status from WSGI daemon process",
        codes=("WSGI0122", "WSGI0123"), where=("LoadModule",),
        example="mod_wsgi (pid=7): Unexpected status from WSGI daemon"
                " process '500'."),
    FailurePattern(
        "restart-loop",
        "the daemon processes restart again and again (503)",
        "Each time Apache connected, the process was just being restarted:"
        " it does not start, or a limit (maximum-requests,"
        " inactivity-timeout, restart-interval) ends it at once.",
        ("see what is logged when the processes start, and the limits of"
         " WSGIDaemonProcess", RELOAD),
        line=r"Maximum number of WSGI daemon process (?:'(?P<group>[^']*)' )?"
             r"restart",
        codes=("WSGI0124",), where=(DAEMON,),
        example="mod_wsgi (pid=7): Maximum number of WSGI daemon process"
                " restart connects reached '15'."),
    FailurePattern(
        "killed",
        "{group} was ended by signal {signal}",
        "11 and 6 are crashes in C code, 9 is the system short of memory or"
        " an administrator.",
        "for a crash add `application-group=%{{GLOBAL}}` to WSGIScriptAlias"
        " and update packages with C code; `sudo dmesg | grep -i kill`"
        " shows a lack of memory: then lower processes=",
        line=r"Process '(?P<group>[^']*)' terminated by signal"
             r" (?P<signal>\d+)",
        where=(ALIAS + " application-group", DAEMON),
        example="mod_wsgi (pid=7): Process 'shop' terminated by signal 11"),
    FailurePattern(
        "child-killed",
        "a process of Apache was killed ({signal})",
        "Killed (9) is the system short of memory, a stop that took too"
        " long, or an administrator; Terminated (15) is a stop from"
        " outside.",
        "`sudo dmesg | grep -i kill` shows a lack of memory: then lower"
        " processes= and MaxRequestWorkers",
        line=r"child pid \d+ exit signal (?P<signal>(?:Killed|Terminated)"
             r" \(\d+\))"
             r"|(?P<signal2>Out of memory): Kill(?:ed)? process \d+"
             r" \((?:apache2|httpd)",
        example="AH00052: child pid 871 exit signal Killed (9)"),
    FailurePattern(
        "processor",
        "a process ended since C code asks for another processor",
        "A package was compiled for processors with more instructions (mostly"
        " AVX) than this machine has, or than its virtual machine is given.",
        ("install a release of that package for this processor, or compile it"
         " here; give the virtual machine the processor of its host", RELOAD),
        line=r"child pid \d+ exit signal Illegal instruction"
             r"|(?:\d{4}-\d\d-\d\d \S+ )?F tensorflow/.*compiled to use"
             r" \w+ instructions, but these aren't available",
        example="AH00052: child pid 871 exit signal Illegal instruction (4)"),
    FailurePattern(
        "reloads-used-up",
        "Python does not start any more: it got no thread-local storage",
        "A process has a limited number of keys for it (1024 on Linux), and"
        " graceful reloads of Apache use them up in its parent process, which"
        " stays the same.",
        ("`sudo {restart}`",
         "restart it now and then where logs are rotated or certificates"
         " renewed by reloads"),
        line=r"Fatal Python error: (?:Could not allocate T[LS]S entry"
             r"|_?PyGILState_Init: .*(?:memory|alloc))",
        example="Fatal Python error: Could not allocate TSS entry"),
    FailurePattern(
        "c-code",
        "C code ended a process: {reason}",
        "That is said by the C library, of a package with C code or of one"
        " that is not made for several interpreters in a process, or for"
        " this Python.",
        ("`application-group=%{{GLOBAL}}` of WSGIScriptAlias mostly helps;"
         " else upgrade the package with C code that was used last",
         RELOAD),
        line=r"(?:\*\*\* Error in `.*?': )?(?P<reason>(?:free\(\)|malloc\(\)"
             r"|realloc\(\)|munmap_chunk\(\)): .+|double free or corruption.*"
             r"|corrupted (?:size|double-linked).*|malloc_consolidate.*"
             r"|\*\*\* stack smashing detected.*|terminate called .*"
             r"|pure virtual method called)",
        where=(ALIAS + " application-group", DAEMON),
        example="double free or corruption (out)"),
    FailurePattern(
        "crash",
        "a process of Apache crashed ({signal})",
        "C code of a module or of a Python package ran into an error; in"
        " embedded mode that is the application's process.",
        "run the application in daemon mode with"
        " `application-group=%{{GLOBAL}}`; a mod_wsgi of another Python than"
        " the virtualenv's crashes too",
        line=r"child pid \d+ exit signal (?P<signal>.+?),? "
             r"?(?:possible coredump.*)?$"
             r"|(?P<signal2>seg fault) or similar nasty error"
             # An exception of Windows, 0xC0000005 and others.
             r"|Parent: child process \d+ exited with (?P<signal3>status"
             r" 32212\d+)",
        where=(ALIAS,), after=("python-home", "python-not-started",
                               "python-home-unfit", "reloads-used-up",
                               "c-code", "processor"),
        example="AH00052: child pid 871 exit signal Segmentation fault"
                " (11)"),
    FailurePattern(
        "malformed-header",
        "the application sends a header that is none: {header}",
        "A name with a space or colon, a line break, or an empty name.",
        "mend what it gives to `start_response`",
        line=r"Malformed header '(?P<header>.*?)' found when reading"
             r"|Response header (?:name )?'(?P<header2>.*?)'.* contains"
             r" invalid characters"
             # Of mod_wsgi 3 and older, which says it as CGI does.
             r"|malformed header from script '\S*(?:\.wsgi|wsgi\.py)': Bad"
             r" header: (?P<header3>.*)"
             r"|malformed header from script\. Bad header=(?P<header4>.*?):"
             r" \S*(?:\.wsgi|wsgi\.py)$",
        codes=("WSGI0148",), modules=("", "core", "wsgi"),
        example="Malformed header 'X Name' found when reading script headers"
                " from daemon process 'shop': /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "content-length",
        "the application announced another length than it sent",
        "Its Content-Length header and the bytes of the response differ:"
        " the response broke off, or something changed it after the header"
        " was computed.",
        "look for an error just before; else let the framework compute"
        " Content-Length",
        line=r"Content length mismatch, expected", level="warning",
        example="mod_wsgi (pid=7): Content length mismatch, expected 1200,"
                " response generated 800: /shop/"),
    FailurePattern(
        "embedded-off",
        "no daemon processes were chosen, and embedded mode is off",
        "Neither WSGIScriptAlias nor WSGIProcessGroup names a process group"
        " for this script.",
        ("add process-group= with the name of a WSGIDaemonProcess and"
         " `application-group=%{{GLOBAL}}` to WSGIScriptAlias", RELOAD),
        line=r"Embedded mode of mod_wsgi (?:disabled|cannot be used)"
             r"(?:.*?: (?P<script>/.*))?",
        codes=("WSGI0142", "WSGI0143", "WSGI0210"),
        where=(ALIAS, "WSGIRestrictEmbedded"), check="MWD418",
        example="Embedded mode of mod_wsgi disabled by runtime"
                " configuration: /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "locale",
        "the locale {locale} is not installed",
        "The daemon processes run without it, so that file names are ASCII.",
        ("`locale -a` lists what there is; C.UTF-8 is always right: `lang="
         "C.UTF-8 locale=C.UTF-8` of WSGIDaemonProcess", RELOAD),
        line=r"Unsupported locale setting '?(?P<locale>.+?)'? specified for"
             r" daemon process group '?(?P<group>.+?)'?[.;]",
        codes=("WSGI0079",), where=(DAEMON + " locale",), check="MWD408",
        example="mod_wsgi (pid=7): Unsupported locale setting de_XX.UTF-8"
                " specified for daemon process group shop. Consider using"
                " 'C.UTF-8' as fallback setting."),
    FailurePattern(
        "file-ownership",
        "mod_wsgi refuses the script because of its owner or mode",
        "script-user=, script-group= or a WSGI access rule asks for an owner"
        " that the script or its directory does not have, or others may"
        " write to it.",
        ("`ls -ld {script} {directory}` shows both",
         "give them the owner that is asked for, and let nobody else"
         " write"),
        line=r"(?:(?:Group|Owner|Group of parent directory|Owner of parent"
             r" directory) of )?(?:WSGI script|Parent directory of WSGI"
             r" script|parent directory of WSGI script)(?: file)? (?:is"
             r" writable|does not|has|owner|group)"
             r"|(?:Group|User|World) (?:information|permissions) not available"
             r" for WSGI script",
        codes=tuple(f"WSGI{n:04}" for n in range(153, 174)),
        where=(DAEMON + " script-user",),
        example="WSGI0157: WSGI script file is writable to world."),
    FailurePattern(
        "chroot",
        "the script {script} is outside of the daemon's root directory",
        "With chroot= the processes see nothing outside of it.",
        ("put script and virtualenv below it, or remove chroot=", RELOAD),
        line=r"WSGI script '(?P<script>[^']*)' (?:is )?not located within"
             r" chroot",
        codes=("WSGI0081",), where=(DAEMON + " chroot",),
        example="mod_wsgi (pid=7): WSGI script '/srv/shop.wsgi' not located"
                " within chroot directory '/jail'."),
    FailurePattern(
        "signal-ignored",
        "the application sets a handler for signal {signal}",
        "Signals belong to Apache, so mod_wsgi leaves the handler out; this"
        " is mostly harmless.",
        "nothing, or take the call of signal.signal out;"
        " `WSGIRestrictSignal Off` allows it",
        line=r"Callback registration for signal (?P<signal>\d+) ignored",
        level="warning",
        example="mod_wsgi (pid=7): Callback registration for signal 2"
                " ignored."),
    FailurePattern(
        "client-gone",
        "clients went away before they had their answer",
        "They closed the page, or their network broke or is very slow;"
        " harmless unless it happens all the time.",
        "nothing; if there are very many, look for slow pages",
        line=r"(?:Failed|Unable) to proxy response to client"
             r"|Client closed connection",
        codes=("WSGI0118", "WSGI0120"),
        error=r"(?:\w+\.)*(?:OSError|IOError|RequestDataReadError"
              r"|UnreadablePostError): "
              r"(?:Apache/mod_wsgi |mod_wsgi )?(?:failed to (?:write|flush)"
              r" (?:response )?data|request data read error|client"
              r" connection closed)",
        level="warning",
        example="(70007)The timeout specified has expired: [client"
                " 192.0.2.7:5000] mod_wsgi (pid=7): Failed to proxy response"
                " to client."),
    FailurePattern(
        "upload-broken",
        "clients broke off while they sent a request",
        "The body of a request (an upload, a form) did not come whole: the"
        " client went away, or sent too slowly for Timeout or"
        " RequestReadTimeout.",
        "nothing, unless uploads over slow lines fail: then raise body= of"
        " RequestReadTimeout, or Timeout",
        line=r"Request data read error when proxying data to daemon"
             r"|Unable to get bucket brigade for request",
        codes=("WSGI0126", "WSGI0128"), where=("RequestReadTimeout",),
        level="warning",
        example="mod_wsgi (pid=7): Request data read error when proxying"
                " data to daemon process: The timeout specified has"
                " expired."),
    FailurePattern(
        "upload-unread",
        "a daemon process closed the connection before it had read all of a"
        " request",
        "The application answered without reading the upload (it refused"
        " it, or does not want a body), or its process ended: then there is"
        " more about that in the log.",
        "where uploads fail: let the application read the body before it"
        " answers, and see whether a limit or a crash ended the process",
        line=r"Request data write error when proxying data to daemon",
        codes=("WSGI0127", "WSGI0129"), where=(DAEMON,), level="warning",
        example="mod_wsgi (pid=7): Request data write error when proxying"
                " data to daemon process: Broken pipe."),
    FailurePattern(
        "not-from-here",
        "a request to the daemon processes did not come from this Apache",
        "After a reload an older Apache process still used its old secret,"
        " or the clocks of the machine jumped.",
        ("`sudo {restart}`, and `WSGISocketRotation Off` for the next"
         " reload"),
        line=r"Request origin could not be validated",
        codes=("WSGI0033", "WSGI0034"), where=("WSGISocketRotation",),
        example="mod_wsgi (pid=7): Request origin could not be validated."),
    FailurePattern(
        "request-body",
        "a request with a body that this site does not take",
        "It is chunked, or its length is wrong.",
        ("`WSGIChunkedRequest On` lets chunked ones in", RELOAD),
        line=r"(?:Received request requiring|Request requires) chunked"
             r"|Unexpected value for Transfer-Encoding"
             r"|(?:Unexpected|Invalid) Content-Length header",
        codes=("WSGI0138", "WSGI0139", "WSGI0140", "WSGI0141"),
        level="warning",
        example="Received request requiring chunked transfer encoding, but"
                " optional support for chunked transfer encoding has not"
                " been enabled: /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "limit-not-set",
        "a limit of WSGIDaemonProcess could not be set",
        "memory-limit=, virtual-memory-limit=, cpu-time-limit= or"
        " cpu-priority= is more than the system allows; the processes run"
        " without it.",
        ("lower it, or take it out", RELOAD),
        line=r"(?:Couldn't|Unable to|Failed to) (?:set (?:memory|virtual"
             r" memory|CPU|receive buffer|send buffer)|unbind processor)",
        codes=tuple(f"WSGI{n:04}" for n in (62, 63, 74, 75, 76, 77, 78)),
        where=(DAEMON,), level="warning",
        example="mod_wsgi (pid=7): Couldn't set memory limit of 100 for"
                " process 'shop'."),
    FailurePattern(
        "system-limit",
        "the system gives the daemon processes no more of something",
        "They ran into a limit on files, threads, semaphores or memory.",
        ("`ulimit -a` as {user} shows the limits; lower processes= and"
         " threads=, or raise `LimitNOFILE=` and `TasksMax=` with `sudo"
         " systemctl edit {service}`", RESTART),
        line=r"Couldn't (?:create|spawn|initialise|intialise|acquire|release"
             r"|set permissions)|Unable to (?:spawn daemon|create worker|poll"
             r" daemon|create (?:unix domain socket|accept lock|monitor"
             r"|deadlock|reaper|signal))",
        codes=tuple(f"WSGI{n:04}" for n in (
            12, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 30, 31, 32, 68,
            69, 70, 206, 207, 208)),
        modules=("", "core", "wsgi"),
        where=(DAEMON,),
        example="(11)Resource temporarily unavailable: mod_wsgi (pid=7):"
                " Couldn't create worker thread 3 in daemon process"
                " 'shop'."),
    FailurePattern(
        "python-path",
        "a directory of python-path= cannot be added: {path}",
        "It does not exist, or a .pth file in it fails.",
        ("mend python-path= of WSGIDaemonProcess", RELOAD),
        line=r"Call to 'site\.addsitedir\(\)' failed for '(?P<path>[^']*)'"
             r"|Unable to (?:locate 'site\.addsitedir|import 'site' module)",
        codes=("WSGI0091", "WSGI0094", "WSGI0095", "WSGI0096"),
        where=(DAEMON + " python-path", "WSGIPythonPath"),
        example="mod_wsgi (pid=7): Call to 'site.addsitedir()' failed for"
                " '/srv/shop/lib'."),
    FailurePattern(
        "path-info",
        "a URL goes on after the script, which AcceptPathInfo forbids",
        "With AcceptPathInfo Off the application has one URL only.",
        ("remove `AcceptPathInfo Off` there", RELOAD),
        line=r"AcceptPathInfo off disallows", codes=("WSGI0137",),
        where=("AcceptPathInfo",), level="warning",
        example="AcceptPathInfo off disallows user's path:"
                " /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "setting-ignored",
        "mod_wsgi leaves out a setting that does not fit this Python",
        "Free threading, an interpreter lock each and switch intervals need"
        " a Python built for them, and exclude each other.",
        ("remove the directive that the line names", RELOAD),
        line=r"WSGI(?:PerInterpreterGIL|FreeThreading|SwitchInterval)\b"
             r"|Skipping (?:per-interpreter|WSGISwitchInterval)",
        codes=tuple(f"WSGI{n:04}" for n in range(197, 206)),
        where=("WSGIPerInterpreterGIL", "WSGIFreeThreading",
               "WSGISwitchInterval"), level="warning",
        example="WSGI0198: WSGIPerInterpreterGIL requires Python 3.12 or"
                " later; directive has no effect on this build."),
)
