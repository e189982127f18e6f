"""mod_wsgi's processes, mod_fcgid, mod_python."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    LAYOUT,
    PATH,
    FailurePattern,
)

# mod_wsgi: its processes, and the way to them.
DAEMONS = (
    FailurePattern(
        "script-missing",
        "the WSGI script {script} is not there",
        "WSGIScriptAlias names a file that does not exist, or that {user}"
        " cannot look at.",
        "`ls -l {script}`, and mend the path of WSGIScriptAlias; then `sudo"
        " {reload}`",
        line=r"Target WSGI script not found or unable to stat"
             r"(?:: (?P<script>/.*))?"
             r"|Unable to stat target WSGI script '(?P<script2>[^']*)'",
        codes=("WSGI0135", "WSGI0083"),
        error=r"(?:FileNotFoundError|IOError): \[Errno 2\] No such file or"
              r" directory: '(?P<script3>/[^']*\.wsgi)'",
        where=(ALIAS,),
        check="MWD107"),
    FailurePattern(
        "script-is-directory",
        "WSGIScriptAlias leads to the directory {script}, not to a script",
        "An alias of / to a directory makes the first part of each URL the"
        " name of a script.",
        "name the .wsgi file; then `sudo {reload}`",
        line=r"Attempt to invoke directory as WSGI application"
             r"(?:: (?P<script>/.*))?",
        codes=("WSGI0136",), where=(ALIAS,)),
    FailurePattern(
        "no-application",
        "{script} does not define {callable}",
        "mod_wsgi calls the function of that name in the script, and there"
        " is none after it was loaded.",
        "let the script end with `application = ...`, or name the function"
        " with WSGICallableObject; then `sudo touch {script}`",
        line=r"Target WSGI script '(?P<script>[^']*)' does not contain WSGI"
             r" application '(?P<callable>[^']*)'",
        codes=("WSGI0089",), where=(ALIAS,)),
    FailurePattern(
        "python-home",
        "Python does not start: there is no Python at {path}",
        "python-home= or WSGIPythonHome must be what sys.prefix is in a"
        " virtualenv of the Python that mod_wsgi is built for: a directory"
        " with bin, lib and pyvenv.cfg that {user} can enter.  Requests"
        " hang until it is mended.",
        "make it with `sudo {python} -m venv {path}` and install the project"
        " there, or name the right one; then `sudo {restart}`",
        line=r"Unable to stat Python home '?(?P<path>/[^']*?)'?(?:\. | for )"
             r"|Python home '?(?P<path2>/[^']*?)'? (?:for .*)?is not ",
        codes=("WSGI0100", "WSGI0101", "WSGI0102"),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD102"),
    FailurePattern(
        "python-not-started",
        "Python does not start in Apache or its daemon processes",
        "Mostly WSGIPythonHome or python-home is wrong; the lines before"
        " this one in the log tell more.",
        "`{python} -c 'import encodings'` must work as {user}; see the"
        " WSGIPythonHome and python-home= lines; then `sudo {restart}`",
        line=r"Python (?:interpreter configuration|(?:child )?initialisation)"
             r" failed|Fatal Python error: |Python based handlers will not be"
             r"|Couldn't initiali[sz]e Python",
        codes=("WSGI0001", "WSGI0002", "WSGI0028", "WSGI0029", "WSGI0035",
               "WSGI0036", "WSGI0038", "WSGI0103"),
        where=(DAEMON + " python-home", "WSGIPythonHome"),
        after=("python-home",)),
    FailurePattern(
        "other-python",
        "mod_wsgi is built for Python {built} and runs another",
        "Packages with C code of one do not load in the other.",
        "install the mod_wsgi of the virtualenv's Python:"
        " `{virtualenv}/bin/pip install mod_wsgi`, then put what"
        " `{virtualenv}/bin/mod_wsgi-express module-config` prints in place"
        " of the LoadModule line",
        line=r"Compiled for Python/(?P<built>[\d.]+\d)",
        codes=("WSGI0099",), where=(DAEMON + " python-home", "LoadModule"),
        check="MWD304"),
    FailurePattern(
        "home",
        "the daemon processes cannot enter their directory {path}",
        "home= names a directory that is not there, or that {user} may not"
        " enter.  The processes end at once, and requests hang.",
        "`sudo mkdir -p {path}`, or mend home=; " + LAYOUT + "; then `sudo"
        " {reload}`",
        line=r"Unable to change working directory to (?:home directory )?"
             + PATH + r"(?: for uid=\d+)?\."
             r"|Unable to determine home directory for",
        codes=("WSGI0009", "WSGI0010", "WSGI0011"),
        where=(DAEMON + " home", DAEMON),
        check="MWD110"),
    FailurePattern(
        "daemon-account",
        "the daemon processes cannot become the user they shall run as",
        "user=, group= or supplementary-groups= names an account that is not"
        " there, or Apache was not started by root.",
        "`id USER` must know it; then `sudo {restart}`",
        line=r"Unable to (?:change root directory|set group id"
             r"|set supplementary groups|set groups|initialise groups"
             r"|change to uid)"
             r"|(?:Failure to configure the daemon process"
             r"|Daemon process configuration failed)",
        codes=tuple(f"WSGI{n:04}" for n in (3, 4, 5, 6, 7, 8, 25)),
        where=(DAEMON + " user", DAEMON), after=("home",),
        check="MWD205"),
    FailurePattern(
        "no-socket",
        "the daemon processes have no socket: {path} cannot be made",
        "The directory of WSGISocketPrefix must exist when Apache starts;"
        " one in /run is gone after a restart of the machine.  A socket's"
        " path may have 107 bytes.",
        "`WSGISocketPrefix {socket_prefix}` outside of every VirtualHost is"
        " right on this system; then `sudo {restart}`",
        line=r"(?:Couldn't|Unable to) (?:bind|listen on|change owner of) unix"
             r" domain socket '(?P<path>[^']*?)(?:\.\d+\.\d+\.\d+\.sock)?'"
             r"|Length of path for daemon process socket exceeds",
        codes=("WSGI0013", "WSGI0014", "WSGI0015", "WSGI0064"),
        where=("WSGISocketPrefix",),
        check="MWD203"),
    FailurePattern(
        "socket-closed",
        "Apache may not reach the daemon processes of {group} (503)",
        "{user} cannot enter the directory of the socket {path}: Red Hat's"
        " default is closed, and SELinux has a say.",
        "`WSGISocketPrefix {socket_prefix}` outside of every VirtualHost is"
        " right on this system; then `sudo {restart}`",
        errno=(13,),
        line=r"Unable to connect to WSGI daemon process"
             r" '(?P<group>[^']*)' on '(?P<path>[^']*?)"
             r"(?:\.\d+\.\d+\.\d+\.sock)?' as user",
        where=("WSGISocketPrefix", DAEMON),
        check="MWD203"),
    FailurePattern(
        "socket-gone",
        "the socket of the daemon processes of {group} is gone or full"
        " (503)",
        "A reload, as of a log rotation, makes a new socket, and older"
        " Apache processes look for the old one; or the processes did not"
        " start; or all of them were busy and the queue was full.",
        "`WSGISocketRotation Off` outside of every VirtualHost keeps the"
        " name; then `sudo {restart}`.  For a full queue raise processes= or"
        " threads=",
        line=r"Unable to connect to WSGI daemon process"
             r" '(?P<group>[^']*)' on",
        codes=("WSGI0115", "WSGI0116", "WSGI0117"),
        where=("WSGISocketRotation", "WSGISocketPrefix", DAEMON),
        after=("no-socket", "python-home", "home"),
        check="MWD310"),
    FailurePattern(
        "no-answer",
        "{group} did not answer in time (504)",
        "No response came within socket-timeout seconds (without it"
        " Apache's Timeout): the application is slow or waits for something"
        " (a database, another server, a lock, or itself).",
        "find what is slow; until then raise socket-timeout= of"
        " WSGIDaemonProcess, and `sudo {reload}`.  Where imports hang, add"
        " `application-group=%{{GLOBAL}}` to WSGIScriptAlias",
        line=r"Timeout when reading response headers from daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0145",), where=(DAEMON + " socket-timeout", DAEMON)),
    FailurePattern(
        "queue-full",
        "requests wait too long for a process of {group} (504)",
        "All threads were busy for queue-timeout seconds.",
        "raise processes= or threads= of WSGIDaemonProcess, or make slow"
        " requests faster; then `sudo {reload}`",
        line=r"Queue timeout expired for WSGI daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0084",),
        where=(DAEMON + " queue-timeout", DAEMON),
        check="MWD412"),
    FailurePattern(
        "request-timeout",
        "{group} was restarted, because its requests took too long",
        "On average over its threads they passed request-timeout.",
        "raise request-timeout= of WSGIDaemonProcess, or move long work out"
        " of requests; then `sudo {reload}`",
        line=r"Daemon process request time limit exceeded, stopping (?:daemon"
             r" )?process '(?P<group>[^']*)'",
        where=(DAEMON + " request-timeout", DAEMON)),
    FailurePattern(
        "startup-timeout",
        "{group} was restarted, because its application did not load",
        "It failed or took longer than startup-timeout; a traceback before"
        " this line says why.",
        "mend the error; if it is only slow, raise startup-timeout= of"
        " WSGIDaemonProcess and `sudo {reload}`",
        line=r"Application startup timer expired, stopping (?:daemon )?process"
             r" '(?P<group>[^']*)'",
        where=(DAEMON + " startup-timeout", DAEMON)),
    FailurePattern(
        "deadlock",
        "Python stood still in {group}, and it was restarted",
        "Some C code kept Python's lock longer than deadlock-timeout: most"
        " often an extension (numpy, lxml) that is not made for"
        " sub-interpreters.",
        "add `application-group=%{{GLOBAL}}` to WSGIScriptAlias; then `sudo"
        " {reload}`",
        line=r"Daemon process deadlock timer expired, stopping (?:daemon )?"
             r"process '(?P<group>[^']*)'",
        where=(ALIAS + " application-group",
               DAEMON + " deadlock-timeout", ALIAS),
        check="MWD406"),
    FailurePattern(
        "header-too-long",
        "{group} sends a header that is longer than mod_wsgi takes",
        "Mostly a cookie or a redirect with too much in it; the limit is"
        " 32768 bytes.",
        "send less, or raise header-buffer-size= of WSGIDaemonProcess; then"
        " `sudo {reload}`",
        line=r"Response header line too long from daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0144",),
        where=(DAEMON + " header-buffer-size", DAEMON)),
    FailurePattern(
        "broken-off",
        "{group} broke off before its answer",
        "The process ended while it worked - it crashed in C code, called"
        " os._exit, was killed for memory, or stopped by request-timeout or"
        " deadlock-timeout - or, with mod_wsgi 4, it sent a header longer"
        " than 32768 bytes.",
        "`LogLevel wsgi:info` makes mod_wsgi tell which; `sudo dmesg | grep"
        " -i kill` shows a lack of memory; for crashes add"
        " `application-group=%{{GLOBAL}}` to WSGIScriptAlias; for long headers"
        " header-buffer-size= to WSGIDaemonProcess",
        line=r"Truncated or oversized response headers received from daemon"
             r" process '(?P<group>[^']*)'"
             r"|Daemon process '(?P<group2>[^']*)' closed connection before"
             r"|Error reading response headers from daemon process"
             r" '(?P<group3>[^']*)'",
        codes=("WSGI0146", "WSGI0147"),
        where=(ALIAS + " application-group", DAEMON),
        check="MWD406"),
    FailurePattern(
        "killed",
        "{group} was ended by signal {signal}",
        "11 and 6 are crashes in C code, 9 is the system short of memory.",
        "for a crash add `application-group=%{{GLOBAL}}` to WSGIScriptAlias"
        " and update packages with C code; for memory lower processes=",
        line=r"Process '(?P<group>[^']*)' terminated by signal"
             r" (?P<signal>\d+)",
        where=(ALIAS + " application-group", DAEMON)),
    FailurePattern(
        "crash",
        "a process of Apache crashed ({signal})",
        "C code of a module or of a Python package ran into an error; in"
        " embedded mode that is the application's process.",
        "run the application in daemon mode with"
        " `application-group=%{{GLOBAL}}`; a mod_wsgi of another Python than"
        " the virtualenv's crashes too",
        line=r"child pid \d+ exit signal (?P<signal>.+?),? "
             r"?(?:possible coredump.*)?$",
        where=(ALIAS,), after=("python-home", "python-not-started")),
    FailurePattern(
        "malformed-header",
        "the application sends a header that is none: {header}",
        "A name with a space or colon, a line break, or an empty name.",
        "mend what it gives to `start_response`",
        line=r"Malformed header '(?P<header>.*?)' found when reading"
             r"|Response header (?:name )?'(?P<header2>.*?)'.* contains"
             r" invalid characters",
        codes=("WSGI0148",)),
    FailurePattern(
        "embedded-off",
        "no daemon processes were chosen, and embedded mode is off",
        "Neither WSGIScriptAlias nor WSGIProcessGroup names a process group"
        " for this script.",
        "add `process-group=NAME application-group=%{{GLOBAL}}` to"
        " WSGIScriptAlias; then `sudo {reload}`",
        line=r"Embedded mode of mod_wsgi (?:disabled|cannot be used)"
             r"(?:.*?: (?P<script>/.*))?",
        codes=("WSGI0142", "WSGI0143", "WSGI0210"),
        where=(ALIAS, "WSGIRestrictEmbedded"),
        check="MWD418"),
    FailurePattern(
        "locale",
        "the locale {locale} is not installed",
        "The daemon processes run without it, so that file names are ASCII.",
        "`locale -a` lists what there is; C.UTF-8 is always right: `lang="
        "C.UTF-8 locale=C.UTF-8` of WSGIDaemonProcess; then `sudo {reload}`",
        line=r"Unsupported locale setting '?(?P<locale>.+?)'? specified for"
             r" daemon process group '?(?P<group>.+?)'?[.;]",
        codes=("WSGI0079",), where=(DAEMON + " locale",),
        check="MWD408"),
    FailurePattern(
        "file-ownership",
        "mod_wsgi refuses the script because of its owner or mode",
        "script-user=, script-group= or a WSGI access rule asks for an owner"
        " that the script or its directory does not have, or others may"
        " write to it.",
        "`ls -ld {script} {directory}`, then `sudo chown` and `sudo chmod"
        " go-w` as asked",
        line=r"(?:(?:Group|Owner|Group of parent directory|Owner of parent"
             r" directory) of )?(?:WSGI script|Parent directory of WSGI"
             r" script|parent directory of WSGI script)(?: file)? (?:is"
             r" writable|does not|has|owner|group)"
             r"|(?:Group|User|World) (?:information|permissions) not available"
             r" for WSGI script",
        codes=tuple(f"WSGI{n:04}" for n in range(153, 174)),
        where=(DAEMON + " script-user",)),
    FailurePattern(
        "signal-ignored",
        "the application sets a handler for signal {signal}",
        "Signals belong to Apache, so mod_wsgi leaves the handler out; this"
        " is mostly harmless.",
        "nothing, or take the call of signal.signal out;"
        " `WSGIRestrictSignal Off` allows it",
        line=r"Callback registration for signal (?P<signal>\d+) ignored",
        level="warning"),
    FailurePattern(
        "client-gone",
        "clients went away before they had their answer",
        "They closed the page, or their network broke; harmless unless it"
        " happens all the time.",
        "nothing; if there are very many, look for slow pages",
        line=r"Failed to proxy response (?:to client|from daemon)"
             r"|Unable to proxy response"
             r"|Request data (?:read|write) error when proxying",
        codes=tuple(f"WSGI{n:04}" for n in (118, 119, 120, 126, 127, 128,
                                            129)),
        error=r"(?:\w+\.)*(?:OSError|IOError|RequestDataReadError): "
              r"(?:Apache/mod_wsgi )?(?:failed to write data|request data read"
              r" error|client connection closed)",
        level="warning"),
    FailurePattern(
        "not-from-here",
        "a request to the daemon processes did not come from this Apache",
        "After a reload an older Apache process still used its old secret.",
        "`sudo {restart}`, and `WSGISocketRotation Off` for the next reload",
        line=r"Request origin could not be validated",
        codes=("WSGI0033", "WSGI0034"), where=("WSGISocketRotation",)),
    FailurePattern(
        "request-body",
        "a request with a body that this site does not take",
        "It is chunked, or its length is wrong.",
        "`WSGIChunkedRequest On` lets chunked ones in; then `sudo {reload}`",
        line=r"(?:Received request requiring|Request requires) chunked"
             r"|Unexpected value for Transfer-Encoding"
             r"|(?:Unexpected|Invalid) Content-Length header",
        codes=("WSGI0138", "WSGI0139", "WSGI0140", "WSGI0141"),
        level="warning"),
    FailurePattern(
        "system-limit",
        "the system gives the daemon processes no more of something",
        "They ran into a limit on files, threads, semaphores or memory.",
        "`ulimit -a` as {user} shows the limits; lower processes= and"
        " threads=, or raise `LimitNOFILE=` and `TasksMax=` with `sudo"
        " systemctl edit {service}`; then `sudo {restart}`",
        line=r"Couldn't (?:create|spawn|initialise|acquire|release|set"
             r" permissions)|Unable to (?:spawn daemon|create worker|poll"
             r" daemon|create (?:unix domain socket|accept lock))",
        codes=tuple(f"WSGI{n:04}" for n in (
            12, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 30, 31, 32, 68,
            69, 70, 206, 207, 208)),
        where=(DAEMON,)),
    FailurePattern(
        "python-path",
        "a directory of python-path= cannot be added",
        "It does not exist, or a .pth file in it fails.",
        "mend python-path= of WSGIDaemonProcess; then `sudo {reload}`",
        line=r"Call to 'site\.addsitedir\(\)' failed for '(?P<path>[^']*)'",
        codes=("WSGI0091", "WSGI0094", "WSGI0095", "WSGI0096"),
        where=(DAEMON + " python-path", "WSGIPythonPath")),
    FailurePattern(
        "setting-ignored",
        "mod_wsgi leaves out a setting that does not fit this Python",
        "Free threading, an interpreter lock each and switch intervals need"
        " a Python built for them, and exclude each other.",
        "remove the directive that the line names, then `sudo {reload}`",
        line=r"WSGI(?:PerInterpreterGIL|FreeThreading|SwitchInterval)\b"
             r"|Skipping (?:per-interpreter|WSGISwitchInterval)",
        codes=tuple(f"WSGI{n:04}" for n in range(197, 206)),
        where=("WSGIPerInterpreterGIL", "WSGIFreeThreading",
               "WSGISwitchInterval"), level="warning"),
)
