r"""FAILURES: what an error log says when a deployment fails, and the fix.

One table, without code.  The patterns match from the beginning of a message,
after what Apache and mod_wsgi put before each: time, module, process, client
and the codes AH... and WSGI....  The wording is that of Apache 2.4, mod_wsgi
4.9 and 6, mod_fcgid 2.3, mod_python 3.5 and Python 2.7 to 3.13; of mod_wsgi
6 the codes count as well.

Each ``(?P<name>...)`` of a pattern is a value, for ``title``, ``cause`` and
``fix``; explain.py adds those of the deployment (see `explain.DEFAULTS`).
What has the same name and the same values is one cause.
"""

from typing import NamedTuple, Tuple


class Failure(NamedTuple):
    """One thing that goes wrong."""

    name: str
    title: str
    cause: str
    fix: str                          # commands between backquotes
    line: str = ""                    # a message of Apache or its modules
    codes: Tuple[str, ...] = ()       # WSGI####, for any wording
    error: str = ""                   # the last line of a traceback
    errno: Tuple[int, ...] = ()       # of the line, one of these
    where: Tuple[str, ...] = ()       # "Directive" or "Directive option"
    check: str = ""                   # of `modwsgideploy check`
    level: str = "error"
    # Said of the same trouble: where one of these was found, no more of it.
    after: Tuple[str, ...] = ()


_DAEMON = "WSGIDaemonProcess"
_ALIAS = "WSGIScriptAlias"
_PATH = r"'?(?P<path>/[^']*?)'?"
_SQLITE = r"(?:[\w.]+\.)?OperationalError: (?:\(.*?\) )?"
# A file that cannot be opened; the last is of TurboGears 1, for its log.
_OPENING = (r"(?:FileNotFoundError|PermissionError|OSError|IOError"
            r"|ConfigError: Missing or wrong argument to \w+ in handler \w+"
            r" ->):?")
_LAYOUT = "`namei -l {path}` shows which directory of the path stops {user}"

# Apache reads its configuration; `serve` and systemctl show these.
_CONFIGURATION = (
    Failure(
        "duplicate-daemon",
        "two sites have daemon processes of one name",
        "A name after WSGIDaemonProcess is the whole server's, whatever"
        " VirtualHost it stands in; a copied site file, or certbot's copy of"
        " a VirtualHost, repeats it.",
        "give one of them another name, there and in its process-group=;"
        " `grep -rn WSGIDaemonProcess {sites}` lists all; then `sudo"
        " {configtest}`",
        line=r"Name duplicates previous WSGI daemon definition",
        where=(_DAEMON,),
        check="MWD401"),
    Failure(
        "group-of-another-host",
        "the daemon processes belong to another VirtualHost",
        "Daemon processes that are defined inside a VirtualHost serve only"
        " that one, and those of the same ServerName.",
        "move the WSGIDaemonProcess line out of its <VirtualHost>, above it;"
        " then `sudo {configtest} && sudo {reload}`",
        line=r"WSGI process group not accessible"
             r"|Daemon process called '(?P<group>[^']*)' cannot be accessed"
             r" by this WSGI application",
        codes=("WSGI0149", "WSGI0152"), where=(_ALIAS, _DAEMON),
        check="MWD403"),
    Failure(
        "group-too-late",
        "WSGIScriptAlias names daemon processes that come only later",
        "With process-group= and application-group= the script is loaded"
        " beforehand, and Apache must know the processes by then.",
        "move the WSGIDaemonProcess line above the WSGIScriptAlias line;"
        " then `sudo {configtest} && sudo {reload}`",
        line=r"WSGI process group not yet configured", where=(_ALIAS,),
        check="MWD404"),
    Failure(
        "no-such-group",
        "there are no daemon processes called {group}",
        "process-group= or WSGIProcessGroup has a name that no"
        " WSGIDaemonProcess has.",
        "make both names the same; `grep -rn WSGIDaemonProcess {sites}`"
        " lists those that exist; then `sudo {reload}`",
        line=r"No WSGI daemon process called '(?P<group>[^']*)' has been",
        codes=("WSGI0150", "WSGI0151"),
        where=(_ALIAS + " process-group", "WSGIProcessGroup"),
        check="MWD402"),
    Failure(
        "order-allow",
        "{directive} is of Apache 2.2",
        "Order, Allow, Deny and Satisfy exist in Apache 2.4 only with"
        " mod_access_compat, which better stays off.",
        "replace `Order` and `Allow from all` by `Require all granted`"
        " (`Deny from all` by `Require all denied`); then `sudo {configtest}"
        " && sudo {reload}`",
        line=r"Invalid command '(?P<directive>Order|Allow|Deny|Satisfy)'",
        check="MWD306"),
    Failure(
        "unknown-directive",
        "this Apache does not know the directive {directive}",
        "The module that brings it is not loaded, its version does not have"
        " it, or it is misspelled.",
        "{module_fix}; then `sudo {configtest}`",
        line=r"Invalid command '(?P<directive>[^']+)'",
        check="MWD302"),
    Failure(
        "daemon-option",
        "this mod_wsgi does not know an option of WSGIDaemonProcess",
        "Options come with versions: interrupt-timeout, response-flush-delay"
        " and switch-interval need mod_wsgi 6.  A value with a space must"
        " stand in quotes.",
        "remove or quote the option, or write the deployment for this server"
        " with `modwsgideploy deploy --mod-wsgi-version=VERSION`",
        line=r"Invalid option to WSGI daemon process definition",
        where=(_DAEMON,),
        check="MWD307"),
    Failure(
        "alias-option",
        "WSGIScriptAlias has something it does not understand",
        "Mostly a path with a space that is not in quotes.",
        'put the path in quotes, as in `WSGIScriptAlias /app "/srv/my'
        ' app/app.wsgi"`; then `sudo {configtest}`',
        line=r"Invalid option to WSGI script alias definition",
        where=(_ALIAS,),
        check="MWD305"),
    Failure(
        "wrong-place",
        "{directive} stands where Apache does not allow it",
        "It is a setting of the whole server: not for a <VirtualHost>,"
        " <Directory> or .htaccess.",
        "move the line into a file of its own, outside every section"
        " (modwsgideploy writes baseline.conf for this); then `sudo"
        " {configtest}`",
        line=r"(?P<directive>\w+) (?:cannot occur within|not allowed"
             r" (?:here|in)|directive not allowed)",
        check="MWD308"),
    Failure(
        "no-certificate",
        "the certificate or its key {path} cannot be read",
        "It does not exist, is empty, or is not readable for the user that"
        " starts Apache.",
        "`sudo certbot certificates` lists those there are; name one after"
        " SSLCertificateFile; then `sudo {configtest}`",
        line=r"SSLCertificate(?:Key)?File: file '(?P<path>[^']*)' does not"
             r" exist or is empty",
        where=("SSLCertificateFile", "SSLCertificateKeyFile"),
        check="MWD701"),
    Failure(
        "wrong-key",
        "the private key does not belong to the certificate",
        "They are of two different orders or renewals.",
        "`openssl x509 -noout -pubkey -in CERTIFICATE` and `openssl pkey"
        " -pubout -in KEY` must print the same; name the right pair",
        line=r"Certificate and private key .* do not match|Failed to"
             r" configure (?:at least one )?certificate",
        where=("SSLCertificateFile",),
        check="MWD702"),
    Failure(
        "certificate-name",
        "the certificate is for another host name",
        "Browsers refuse it, because {host} is not in it.",
        "`sudo certbot certificates` shows the names; get one for this host"
        " with `sudo certbot --apache -d HOST`",
        line=r"(?P<host>\S+) server certificate does NOT include an ID",
        where=("SSLCertificateFile",), level="warning"),
    Failure(
        "other-syntax",
        "Apache cannot read its configuration: {reason}",
        "The line named below is not what Apache expects there.",
        "mend the line; then `sudo {configtest} && sudo {reload}`",
        line=r"Syntax error: (?P<reason>.*)",
        check="MWD305"),
    Failure(
        "no-log-directory",
        "the log directory {path} is not there",
        "Apache does not start when it cannot open a log.",
        "`sudo mkdir -p {path}`, then `sudo {configtest} && sudo {restart}`",
        line=r"Cannot access directory '(?P<path>[^']*)' for"
             r"|\S+: could not open error log file (?P<path2>.+)\."
             r"|could not open transfer log file (?P<path3>.+)\.",
        where=("ErrorLog", "CustomLog"),
        check="MWD109"),
    Failure(
        "port-taken",
        "the port {address} is taken, or may not be used",
        "Another server listens there, or a port below 1024 is asked for"
        " without root.",
        "`sudo ss -ltnp` shows who listens; stop that one, or change the"
        " Listen line; then `sudo {restart}`",
        line=r"make_sock: could not bind to address (?P<address>\S+)",
        where=("Listen",)),
    Failure(
        "no-such-user",
        "there is no user or group {account}",
        "user=, group=, User or Group names an account that this machine"
        " does not have.",
        "`sudo useradd --system {account}`, or name one that exists; then"
        " `sudo {configtest}`",
        line=r"\S+: bad (?:user|group) name (?P<account>\S+)",
        where=(_DAEMON + " user", "User"),
        check="MWD205"),
    Failure(
        "no-document-root",
        "the DocumentRoot {path} is not there",
        "Requests that no alias takes are looked up in it.",
        "`sudo mkdir -p {path}`, or name a directory that exists",
        line=r"Warning: DocumentRoot \[(?P<path>.*)\] does not exist",
        where=("DocumentRoot",), level="warning"),
    Failure(
        "alias-shadowed",
        "an {directive} of {file} never takes effect",
        "An Alias before it has a URL that this one begins with; the first"
        " that fits counts.",
        "put the longer URL first; then `sudo {configtest} && sudo"
        " {reload}`",
        line=r"The (?P<directive>\S+) directive in (?P<file>.+) at line"
             r" (?P<number>\d+) will probably never match",
        level="warning",
        check="MWD411"),
    Failure(
        "no-server-name",
        "the server has no name of its own",
        "Apache guesses one; this is harmless.",
        "`echo ServerName localhost | sudo tee {conf}/server-name.conf`"
        " keeps it quiet",
        line=r"\S+: Could not reliably determine the server's fully",
        level="warning"),
    Failure(
        "undefined-variable",
        "the configuration uses the variable {variable}, which is not set",
        "Debian sets APACHE_* variables in /etc/apache2/envvars; apache2"
        " itself does not read that file.",
        "use `sudo apache2ctl configtest` instead of `apache2 -t`, or add"
        " `Define {variable} VALUE`",
        line=r"Config variable \$\{(?P<variable>[^}]*)\} is not defined",
        level="warning"),
    Failure(
        "module-twice",
        "the module {module} is loaded twice",
        "The first LoadModule line counts, so the mod_wsgi that you built"
        " may not be the one that runs.",
        "remove one of the LoadModule lines (`grep -rn {module}"
        " /etc/apache2 /etc/httpd`); then `sudo {restart}`",
        line=r"module (?P<module>\S+) is already loaded, skipping",
        where=("LoadModule",), level="warning"),
    Failure(
        "mod-python-too",
        "mod_python and mod_wsgi are loaded into one Apache",
        "Both bring a Python; they cannot share a process.",
        "`sudo a2dismod python`, then `sudo {restart}`",
        line=r"The mod_python module can not be used in conjunction",
        check="MWD303"),
)

# Who may read what.
_ACCESS = (
    Failure(
        "closed-directory",
        "Apache may not enter a directory above {path}",
        "{user} needs the x permission on every directory of the path; home"
        " directories are often 0700.  On Red Hat, SELinux stops it as well.",
        _LAYOUT + "; `sudo chmod o+x DIRECTORY` opens one, and `sudo ausearch"
        " -m avc -ts recent` shows what SELinux stopped",
        line=r"access to \S+ (?:denied|failed) \(filesystem path"
             r" '(?P<path>[^']*)'\)",
        where=(_ALIAS, "Alias"),
        check="MWD201"),
    Failure(
        "kept-back",
        "{path} was asked for, which visitors are not to see",
        "Scanners ask every server for such files; that they get none is as"
        " it should be.",
        "nothing: let no `Require all granted` reach it",
        line=r"client denied by server configuration: '?(?P<path>/(?:[^']*/)?"
             r"(?:\.(?:ht|git|svn|hg|bzr|env|ssh|aws|DS_Store)[^']*?"
             r"|server-(?:status|info)))'?(?:, referer: .*|\.)?$",
        level="warning"),
    Failure(
        "denied",
        "Apache is not allowed to serve {path}",
        "Nothing is served from a directory unless Require grants it, and"
        " what is not there is refused in the same words.  In Apache 2.4"
        " Order and Allow do not count.",
        "`ls {directory}` shows whether it is there; if so, give the"
        " deployment `<Directory {directory}>` with `Require all granted`"
        " inside, then `sudo {configtest} && sudo {reload}`",
        line=r"client denied by server configuration: '?(?P<path>/[^']*?)'?"
             r"(?:, referer: .*|\.)?$",
        codes=("WSGI0057",), where=("<Directory>", _ALIAS, "Alias"),
        after=("no-document-root",),
        check="MWD311"),
    Failure(
        "unreadable-file",
        "Apache's user cannot read {path}",
        "A file that Apache serves must be readable for {user}.",
        "`sudo chmod o+r {path}`",
        line=r"file permissions deny server access: (?P<path>/.*)",
        check="MWD201"),
    Failure(
        "link",
        "{path} is a symbolic link, which Apache may not follow, or that"
        " leads nowhere",
        "Options FollowSymLinks is off there, or the target cannot be"
        " reached.",
        "name the file itself (`realpath {path}`), or add `Options"
        " FollowSymLinks` to its <Directory>; then `sudo {reload}`",
        line=r"Symbolic link not allowed or link target not accessible:"
             r" (?P<path>/.*)",
        where=("<Directory>", _ALIAS)),
    Failure(
        "no-such-file",
        "a request asks for {path}, which is not there",
        "Either the URL belongs to no alias and Apache looks below"
        " DocumentRoot - a mount point written with a slash at its end does"
        " that to the URL without one - or an Alias leads to a wrong"
        " directory.",
        "write mount points as `WSGIScriptAlias /app`, not `/app/`; see that"
        " the directory of the Alias exists",
        line=r"File does not exist: (?P<path>/[^,]*)",
        where=("Alias", _ALIAS, "DocumentRoot"), level="warning",
        check="MWD409"),
    Failure(
        "no-index",
        "the URL of the directory {path} was asked for",
        "It has no index page, and listing it is off, as it should be.",
        "ask for a file in it; nothing is wrong with the deployment",
        line=r"Cannot serve directory (?P<path>/.*?): No matching",
        level="warning"),
    Failure(
        "no-exec",
        "{path} may not be run",
        "A script without WSGIScriptAlias, by SetHandler or FastCGI, needs"
        " Options ExecCGI in its directory.",
        "add `Options +ExecCGI` to its <Directory>; then `sudo {reload}`",
        line=r"Options ExecCGI is off in this directory(?:: (?P<path>/.*))?"
             r"|mod_fcgid: location of script (?P<path2>\S+) does not have"
             r" ExecCGI",
        codes=("WSGI0134",), where=("<Directory>", "<Files>")),
    Failure(
        "selinux",
        "SELinux or AppArmor stops the server",
        "A security policy of the system forbids what ordinary permissions"
        " allow.",
        "`sudo ausearch -m avc -ts recent | audit2why` names the switch; most"
        " often it is `sudo setsebool -P httpd_can_network_connect_db on`,"
        " `sudo chcon -R -t httpd_sys_content_t DIRECTORY` for code, or"
        " httpd_sys_rw_content_t for data",
        line=r"(?:audit: )?(?:type=\S+ )?.*?(?:avc:\s+denied"
             r"|apparmor=\"DENIED\")",
        check="MWD206"),
)

# mod_wsgi: its processes, and the way to them.
_DAEMONS = (
    Failure(
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
        where=(_ALIAS,),
        check="MWD107"),
    Failure(
        "script-is-directory",
        "WSGIScriptAlias leads to the directory {script}, not to a script",
        "An alias of / to a directory makes the first part of each URL the"
        " name of a script.",
        "name the .wsgi file; then `sudo {reload}`",
        line=r"Attempt to invoke directory as WSGI application"
             r"(?:: (?P<script>/.*))?",
        codes=("WSGI0136",), where=(_ALIAS,)),
    Failure(
        "no-application",
        "{script} does not define {callable}",
        "mod_wsgi calls the function of that name in the script, and there"
        " is none after it was loaded.",
        "let the script end with `application = ...`, or name the function"
        " with WSGICallableObject; then `sudo touch {script}`",
        line=r"Target WSGI script '(?P<script>[^']*)' does not contain WSGI"
             r" application '(?P<callable>[^']*)'",
        codes=("WSGI0089",), where=(_ALIAS,)),
    Failure(
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
        where=(_DAEMON + " python-home", "WSGIPythonHome"),
        check="MWD102"),
    Failure(
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
        where=(_DAEMON + " python-home", "WSGIPythonHome"),
        after=("python-home",)),
    Failure(
        "other-python",
        "mod_wsgi is built for Python {built} and runs another",
        "Packages with C code of one do not load in the other.",
        "install the mod_wsgi of the virtualenv's Python:"
        " `{virtualenv}/bin/pip install mod_wsgi`, then put what"
        " `{virtualenv}/bin/mod_wsgi-express module-config` prints in place"
        " of the LoadModule line",
        line=r"Compiled for Python/(?P<built>[\d.]+\d)",
        codes=("WSGI0099",), where=(_DAEMON + " python-home", "LoadModule"),
        check="MWD304"),
    Failure(
        "home",
        "the daemon processes cannot enter their directory {path}",
        "home= names a directory that is not there, or that {user} may not"
        " enter.  The processes end at once, and requests hang.",
        "`sudo mkdir -p {path}`, or mend home=; " + _LAYOUT + "; then `sudo"
        " {reload}`",
        line=r"Unable to change working directory to (?:home directory )?"
             + _PATH + r"(?: for uid=\d+)?\."
             r"|Unable to determine home directory for",
        codes=("WSGI0009", "WSGI0010", "WSGI0011"),
        where=(_DAEMON + " home", _DAEMON),
        check="MWD110"),
    Failure(
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
        where=(_DAEMON + " user", _DAEMON), after=("home",),
        check="MWD205"),
    Failure(
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
    Failure(
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
        where=("WSGISocketPrefix", _DAEMON),
        check="MWD203"),
    Failure(
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
        where=("WSGISocketRotation", "WSGISocketPrefix", _DAEMON),
        after=("no-socket", "python-home", "home"),
        check="MWD310"),
    Failure(
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
        codes=("WSGI0145",), where=(_DAEMON + " socket-timeout", _DAEMON)),
    Failure(
        "queue-full",
        "requests wait too long for a process of {group} (504)",
        "All threads were busy for queue-timeout seconds.",
        "raise processes= or threads= of WSGIDaemonProcess, or make slow"
        " requests faster; then `sudo {reload}`",
        line=r"Queue timeout expired for WSGI daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0084",),
        where=(_DAEMON + " queue-timeout", _DAEMON),
        check="MWD412"),
    Failure(
        "request-timeout",
        "{group} was restarted, because its requests took too long",
        "On average over its threads they passed request-timeout.",
        "raise request-timeout= of WSGIDaemonProcess, or move long work out"
        " of requests; then `sudo {reload}`",
        line=r"Daemon process request time limit exceeded, stopping (?:daemon"
             r" )?process '(?P<group>[^']*)'",
        where=(_DAEMON + " request-timeout", _DAEMON)),
    Failure(
        "startup-timeout",
        "{group} was restarted, because its application did not load",
        "It failed or took longer than startup-timeout; a traceback before"
        " this line says why.",
        "mend the error; if it is only slow, raise startup-timeout= of"
        " WSGIDaemonProcess and `sudo {reload}`",
        line=r"Application startup timer expired, stopping (?:daemon )?process"
             r" '(?P<group>[^']*)'",
        where=(_DAEMON + " startup-timeout", _DAEMON)),
    Failure(
        "deadlock",
        "Python stood still in {group}, and it was restarted",
        "Some C code kept Python's lock longer than deadlock-timeout: most"
        " often an extension (numpy, lxml) that is not made for"
        " sub-interpreters.",
        "add `application-group=%{{GLOBAL}}` to WSGIScriptAlias; then `sudo"
        " {reload}`",
        line=r"Daemon process deadlock timer expired, stopping (?:daemon )?"
             r"process '(?P<group>[^']*)'",
        where=(_ALIAS + " application-group",
               _DAEMON + " deadlock-timeout", _ALIAS),
        check="MWD406"),
    Failure(
        "header-too-long",
        "{group} sends a header that is longer than mod_wsgi takes",
        "Mostly a cookie or a redirect with too much in it; the limit is"
        " 32768 bytes.",
        "send less, or raise header-buffer-size= of WSGIDaemonProcess; then"
        " `sudo {reload}`",
        line=r"Response header line too long from daemon process"
             r" '(?P<group>[^']*)'",
        codes=("WSGI0144",),
        where=(_DAEMON + " header-buffer-size", _DAEMON)),
    Failure(
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
        where=(_ALIAS + " application-group", _DAEMON),
        check="MWD406"),
    Failure(
        "killed",
        "{group} was ended by signal {signal}",
        "11 and 6 are crashes in C code, 9 is the system short of memory.",
        "for a crash add `application-group=%{{GLOBAL}}` to WSGIScriptAlias"
        " and update packages with C code; for memory lower processes=",
        line=r"Process '(?P<group>[^']*)' terminated by signal"
             r" (?P<signal>\d+)",
        where=(_ALIAS + " application-group", _DAEMON)),
    Failure(
        "crash",
        "a process of Apache crashed ({signal})",
        "C code of a module or of a Python package ran into an error; in"
        " embedded mode that is the application's process.",
        "run the application in daemon mode with"
        " `application-group=%{{GLOBAL}}`; a mod_wsgi of another Python than"
        " the virtualenv's crashes too",
        line=r"child pid \d+ exit signal (?P<signal>.+?),? "
             r"?(?:possible coredump.*)?$",
        where=(_ALIAS,), after=("python-home", "python-not-started")),
    Failure(
        "malformed-header",
        "the application sends a header that is none: {header}",
        "A name with a space or colon, a line break, or an empty name.",
        "mend what it gives to `start_response`",
        line=r"Malformed header '(?P<header>.*?)' found when reading"
             r"|Response header (?:name )?'(?P<header2>.*?)'.* contains"
             r" invalid characters",
        codes=("WSGI0148",)),
    Failure(
        "embedded-off",
        "no daemon processes were chosen, and embedded mode is off",
        "Neither WSGIScriptAlias nor WSGIProcessGroup names a process group"
        " for this script.",
        "add `process-group=NAME application-group=%{{GLOBAL}}` to"
        " WSGIScriptAlias; then `sudo {reload}`",
        line=r"Embedded mode of mod_wsgi (?:disabled|cannot be used)"
             r"(?:.*?: (?P<script>/.*))?",
        codes=("WSGI0142", "WSGI0143", "WSGI0210"),
        where=(_ALIAS, "WSGIRestrictEmbedded"),
        check="MWD418"),
    Failure(
        "locale",
        "the locale {locale} is not installed",
        "The daemon processes run without it, so that file names are ASCII.",
        "`locale -a` lists what there is; C.UTF-8 is always right: `lang="
        "C.UTF-8 locale=C.UTF-8` of WSGIDaemonProcess; then `sudo {reload}`",
        line=r"Unsupported locale setting '?(?P<locale>.+?)'? specified for"
             r" daemon process group '?(?P<group>.+?)'?[.;]",
        codes=("WSGI0079",), where=(_DAEMON + " locale",),
        check="MWD408"),
    Failure(
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
        where=(_DAEMON + " script-user",)),
    Failure(
        "signal-ignored",
        "the application sets a handler for signal {signal}",
        "Signals belong to Apache, so mod_wsgi leaves the handler out; this"
        " is mostly harmless.",
        "nothing, or take the call of signal.signal out;"
        " `WSGIRestrictSignal Off` allows it",
        line=r"Callback registration for signal (?P<signal>\d+) ignored",
        level="warning"),
    Failure(
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
    Failure(
        "not-from-here",
        "a request to the daemon processes did not come from this Apache",
        "After a reload an older Apache process still used its old secret.",
        "`sudo {restart}`, and `WSGISocketRotation Off` for the next reload",
        line=r"Request origin could not be validated",
        codes=("WSGI0033", "WSGI0034"), where=("WSGISocketRotation",)),
    Failure(
        "request-body",
        "a request with a body that this site does not take",
        "It is chunked, or its length is wrong.",
        "`WSGIChunkedRequest On` lets chunked ones in; then `sudo {reload}`",
        line=r"(?:Received request requiring|Request requires) chunked"
             r"|Unexpected value for Transfer-Encoding"
             r"|(?:Unexpected|Invalid) Content-Length header",
        codes=("WSGI0138", "WSGI0139", "WSGI0140", "WSGI0141"),
        level="warning"),
    Failure(
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
        where=(_DAEMON,)),
    Failure(
        "python-path",
        "a directory of python-path= cannot be added",
        "It does not exist, or a .pth file in it fails.",
        "mend python-path= of WSGIDaemonProcess; then `sudo {reload}`",
        line=r"Call to 'site\.addsitedir\(\)' failed for '(?P<path>[^']*)'",
        codes=("WSGI0091", "WSGI0094", "WSGI0095", "WSGI0096"),
        where=(_DAEMON + " python-path", "WSGIPythonPath")),
    Failure(
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

# The rest of Apache.
_SERVER = (
    Failure(
        "request-header-limit",
        "a request has a header longer than Apache takes (400)",
        "Mostly a cookie that has grown; LimitRequestFieldSize is 8190.",
        "store less in cookies, or set `LimitRequestFieldSize 16380` before"
        " the first VirtualHost; then `sudo {reload}`",
        line=r"Request header exceeds LimitRequestFieldSize",
        where=("LimitRequestFieldSize",)),
    Failure(
        "request-body-limit",
        "an upload is larger than the site takes (413)",
        "LimitRequestBody is {limit} bytes.",
        "write the deployment with `modwsgideploy deploy"
        " --limit-request-body=BYTES`, or change LimitRequestBody; then"
        " `sudo {reload}`",
        line=r"(?:Requested content-length|Read content length) of \d+ is"
             r" larger than the configured limit of (?P<limit>\d+)",
        where=("LimitRequestBody",), level="warning"),
    Failure(
        "slow-client",
        "clients send their request too slowly (408)",
        "RequestReadTimeout ends such connections; without need of a thread"
        " of the application.",
        "nothing, unless uploads over slow lines fail: then raise"
        " body= of RequestReadTimeout",
        line=r"Request (?:header|body) read timeout",
        where=("RequestReadTimeout",), level="warning"),
    Failure(
        "server-full",
        "Apache has no process left for another connection",
        "MaxRequestWorkers connections are open: a great many visitors, or"
        " requests that wait for a slow application.",
        "first make it answer (see queue-timeout= and socket-timeout= of"
        " WSGIDaemonProcess); then raise MaxRequestWorkers, and `sudo"
        " {restart}`",
        line=r"server (?:reached|is within MinSpareThreads of)"
             r" MaxRequestWorkers|scoreboard is full",
        where=("MaxRequestWorkers",)),
    Failure(
        "redirect-loop",
        "a rewrite rule leads to itself",
        "A RewriteRule sends its own result round again, or an error page"
        " fails like the page.",
        "exempt the script's own path with a RewriteCond, or end the rule"
        " with [END]; `LogLevel rewrite:trace3` shows each step",
        line=r"Request exceeded the limit of \d+ internal redirects",
        where=("RewriteRule",)),
    Failure(
        "socket-down",
        "the application behind the socket {path} does not run (503)",
        "Nothing listens at that socket: its server was not started, or has"
        " ended.",
        "`ls -l {path}` shows whether it is there; start the server, by"
        " systemd `sudo systemctl restart` with the name of its unit, and"
        " `sudo journalctl -u` with that says why it ended",
        line=r"(?:\S+: )?attempt to connect to Unix domain socket"
             r" (?P<path>/.*?) \([^)]*\) failed",
        where=("SetHandler", "ProxyPass")),
    Failure(
        "backend-down",
        "the server behind the proxy does not answer (502, 503)",
        "Nothing listens at {backend}, or it closed the connection.",
        "`ss -ltn` shows whether it listens; start it, or mend the address"
        " after ProxyPass",
        line=r"error reading status line from remote server (?P<backend>\S+)"
             r"|(?:HTTP: )?failed to make connection to backend:"
             r" (?P<backend2>\S+)"
             r"|\S+: attempt to connect to \S+ \((?P<backend3>[^:)]*)[^)]*\)"
             r" failed"
             r"|Error reading from remote server returned by",
        where=("ProxyPass",),
        after=("socket-down",)),
    Failure(
        "proxy-module",
        "Apache has no proxy module for {scheme}",
        "mod_proxy needs another module for each kind of server.",
        "`sudo a2enmod proxy_{scheme}`, then `sudo {restart}`",
        line=r"No protocol handler was valid for the URL \S+ \(scheme"
             r" '(?P<scheme>[^']*)'\)",
        where=("ProxyPass",)),
)

_FASTCGI = (
    Failure(
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
    Failure(
        "fastcgi-slow",
        "the FastCGI script did not answer within {seconds} seconds (500)",
        "FcgidIOTimeout ended the request.",
        "find what is slow, or raise FcgidIOTimeout; then `sudo {reload}`",
        line=r"mod_fcgid: read data timeout in (?P<seconds>\d+) seconds"
             r"|mod_fcgid: \S+ took longer than busy timeout"
             r" \((?P<seconds2>\d+)",
        where=("FcgidIOTimeout", "FcgidBusyTimeout")),
    Failure(
        "fastcgi-upload",
        "an upload is larger than FcgidMaxRequestLen ({limit}) allows (500)",
        "The default is 131072 bytes.",
        "set `FcgidMaxRequestLen 10485760` in the VirtualHost; then `sudo"
        " {reload}`",
        line=r"mod_fcgid: HTTP request length \d+ \(so far\) exceeds"
             r" MaxRequestLen \((?P<limit>\d+)\)",
        where=("FcgidMaxRequestLen",)),
    Failure(
        "fastcgi-full",
        "no FastCGI process is free (503)",
        "All processes were busy, or they end as soon as they start.",
        "look for a traceback above; else raise FcgidMaxProcesses; then"
        " `sudo {reload}`",
        line=r"mod_fcgid: (?:can't apply process slot|.*skip the spawn"
             r" request|too much processes)",
        where=("FcgidMaxProcesses", "FcgidMaxProcessesPerClass")),
    Failure(
        "fastcgi-broke",
        "the FastCGI script closed the connection",
        "Its process ended while it worked.",
        "look for a traceback, and run it as {user}: `sudo -u {user} SCRIPT`",
        line=r"mod_fcgid: (?:error reading data|process \S+ exit|can't run"
             r"|don't know how to spawn|spawn process)"
             r"|(?:AH01215: )?\(\d+\).*?: exec of '(?P<script>.+?)' failed",
        after=("fastcgi-ended",)),
    Failure(
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

# The application, by the last line of its traceback.
_PYTHON = (
    Failure(
        "python-2-code",
        "the code is for Python 2",
        "The server runs {python_in_log}.",
        "deploy it on a mod_wsgi of Python 2.7 (the deployment's `README.txt`"
        " tells how), or port it",
        error=r"SyntaxError: (?:Missing parentheses in call to|multiple"
              r" exception types must be|invalid (?:token|decimal literal)"
              r"|leading zeros in)"
              r"|NameError: name '(?:unicode|xrange|raw_input|basestring)'"
              r"|AttributeError: 'dict' object has no attribute '(?:iteritems"
              r"|itervalues|iterkeys|has_key)'"
              r"|(?:ModuleNotFoundError|ImportError): No module named"
              r" '?(?:ConfigParser|StringIO|urllib2|urlparse|httplib|Cookie"
              r"|cPickle|Queue|HTMLParser)\b"),
    Failure(
        "pkg-resources",
        "setuptools has no pkg_resources any more",
        "It went with setuptools 82, and an older package still imports it.",
        "`{virtualenv}/bin/pip install 'setuptools<82'`, then `sudo touch"
        " {script}`",
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?(?P<module>pkg_resources)\b",
        where=(_DAEMON + " python-home",),
        check="MWD601"),
    Failure(
        "no-module",
        "Python finds no module {module}",
        "It is not installed in the virtualenv that is in force; or the"
        " virtualenv is of another Python than mod_wsgi ({python_in_log}), or"
        " {user} cannot read it, and then none of its packages are seen.",
        "`{virtualenv}/bin/pip install {package}` (the project itself: `pip"
        " install -e {project}`), then `sudo touch {script}`;"
        " `{virtualenv}/bin/python -V` must be mod_wsgi's version, and"
        " `sudo -u {user} ls {virtualenv}/lib` must work",
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?(?P<module>[\w.]+)",
        where=(_DAEMON + " python-home", _DAEMON + " python-path",
               "WSGIPythonHome", "PythonPath", _ALIAS),
        check="MWD601"),
    Failure(
        "sub-interpreter",
        "a module with C code does not load in a sub-interpreter",
        "mod_wsgi gives each application an interpreter of its own, for"
        " which the module is not made.",
        "add `application-group=%{{GLOBAL}}` to WSGIScriptAlias, or, where"
        " sites share a daemon, deploy this one with --daemon= ; then `sudo"
        " {reload}`",
        error=r"(?:ImportError|RuntimeError|SystemError): .*(?:Interpreter"
              r" change detected|sub-?interpreter|only be loaded into one"
              r" interpreter|loaded more than once per process)",
        where=(_ALIAS + " application-group", "WSGIApplicationGroup",
               _ALIAS),
        check="MWD406"),
    Failure(
        "shared-library",
        "a module with C code does not load: {library}",
        "A library of the system is missing, or the virtualenv was made for"
        " another Python or machine.",
        "install the system's package that has the library; else make the"
        " virtualenv anew: `sudo {python} -m venv --clear {virtualenv}`",
        error=r"ImportError: (?P<library>.*?(?:cannot open shared object"
              r" file|undefined symbol|wrong ELF class|\.so\b).*)",
        check="MWD601"),
    Failure(
        "import-name",
        "{module} has no {name}",
        "Two packages do not fit each other, or an older one comes first on"
        " sys.path: a baseline's, the system's, or a file of the same name"
        " in the project.",
        "`{virtualenv}/bin/pip check`, and `{virtualenv}/bin/pip install"
        " --upgrade {package}`; then `sudo touch {script}`",
        error=r"ImportError: cannot import name '?(?P<name>\w+)'? from"
              r" (?:partially initialized module )?'(?P<module>[\w.]+)'",
        check="MWD601"),
    Failure(
        "cannot-read",
        "the script cannot read the {what} {path} ({reason})",
        "The processes do not run as you: {user} has to reach and read it.",
        _LAYOUT + "; `sudo chmod o+x DIRECTORY` opens one on the way, `sudo"
        " chgrp {group_of_user} {path} && sudo chmod g+r {path}` lets it"
        " read; then `sudo touch {script}`",
        error=r"(?:OSError|IOError): cannot read (?P<path>.+?), the"
              r" (?P<what>[\w ]+) \((?P<reason>.*?)\); user id",
        where=(_DAEMON + " python-home", _ALIAS),
        check="MWD201"),
    Failure(
        "ascii",
        "text that is not ASCII meets an ASCII encoding",
        "Without lang= and locale= the processes run in the C locale, in"
        " which file names (and with Python 2 much more) are ASCII.",
        "add `lang=C.UTF-8 locale=C.UTF-8` to WSGIDaemonProcess; then `sudo"
        " {reload}`",
        error=r"Unicode(?:En|De)codeError: 'ascii' codec",
        where=(_DAEMON + " locale", _DAEMON),
        check="MWD407"),
    Failure(
        "egg-cache",
        "zipped eggs cannot be unpacked: the egg cache is not writable",
        "PYTHON_EGG_CACHE names a directory that {user} cannot write; without"
        " it that is the home directory of {user}.",
        "`sudo install -d -o {user} -g {group_of_user} {egg_cache}`, then"
        " `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?ExtractionError: Can't extract file"
              r"|(?:PermissionError|OSError|FileNotFoundError): .*"
              r"(?:python-eggs|Python-Eggs)",
        where=(_DAEMON + " python-eggs", "WSGIPythonEggs"),
        check="MWD202"),
    Failure(
        "sqlite-locked",
        "SQLite is locked by another process",
        "Several processes write to one SQLite file; it takes one writer at"
        " a time.",
        "use one process (`modwsgideploy deploy --processes=1`) and short"
        " transactions, or a database server",
        error=_SQLITE + r"database (?:table )?is locked",
        where=(_DAEMON + " processes", _DAEMON),
        check="MWD508"),
    Failure(
        "sqlite-readonly",
        "{user} may not write to the SQLite database",
        "SQLite has to write to the file and to its directory, where it"
        " keeps its journal.",
        "`sudo chown {user} DATABASE DIRECTORY_OF_IT`",
        error=_SQLITE + r"attempt to write a readonly database",
        where=(_DAEMON + " user",),
        check="MWD204"),
    Failure(
        "sqlite-open",
        "the SQLite database cannot be opened",
        "Its directory does not exist or {user} may not write there; or its"
        " name is relative, and the processes work in another directory.",
        "name it by its whole path, or with %(here)s, in the ini; `sudo chown"
        " {user} DIRECTORY_OF_IT`; or set home= of WSGIDaemonProcess",
        error=_SQLITE + r"unable to open database file",
        where=(_DAEMON + " home", _DAEMON),
        check="MWD204"),
    Failure(
        "database-down",
        "the database does not answer",
        "Nothing listens at the address of the ini, it refuses the user, or"
        " SELinux forbids the connection.",
        "connect by hand as {user}, with the ini's own values; on Red Hat"
        " `sudo setsebool -P httpd_can_network_connect_db on`",
        error=r"(?:[\w.]+\.)?OperationalError: .*(?:[Cc]onnection refused"
              r"|could not connect|[Cc]an't connect|connection to server"
              r"|Access denied|timeout expired)"),
    Failure(
        "no-table",
        "the database has no table {table}",
        "The application was not set up, or a relative name led to a new,"
        " empty database.",
        "set it up (`gearbox setup-app -c {config}`, `paster setup-app"
        " {config}`), and name the database by its whole path",
        error=_SQLITE + r"no such table: (?P<table>\S+)",
        where=(_DAEMON + " home",)),
    Failure(
        "permission",
        "{user} may not use {path}",
        "The processes do not run as you, and this file or directory is not"
        " theirs to read or write.",
        _LAYOUT + "; for reading `sudo chgrp {group_of_user} {path} && sudo"
        " chmod g+r {path}`, for writing `sudo chown {user} {path}`",
        error=_OPENING + r" \[Errno 13\] Permission denied:"
              r" u?['\"](?P<path>.*?)['\"](?: -> .*)?\s*$",
        where=(_DAEMON + " user", _DAEMON),
        check="MWD201"),
    Failure(
        "relative-file",
        "the file {path} is not there: its name is relative",
        "The daemon processes work in home=, or in / without it.",
        "name it by its whole path (%(here)s in an ini), or set home= of"
        " WSGIDaemonProcess; then `sudo {reload}`",
        error=_OPENING + r" \[Errno 2\] No such"
              r" file or directory: u?['\"](?P<path>[^/'\"].*?)['\"]",
        where=(_DAEMON + " home", _DAEMON),
        check="MWD503"),
    Failure(
        "file-missing",
        "the file {path} is not there",
        "The application asks for it by this path.",
        "`ls -ld {path}`; create it, or mend the path in the ini",
        error=_OPENING + r" \[Errno 2\] No such"
              r" file or directory: u?['\"](?P<path>/.*?)['\"]"
              r"|OSError: File '(?P<path2>/[^']*)' not found",
        check="MWD104"),
    Failure(
        "disk-full",
        "the disk is full",
        "Nothing more can be written, so logs, sessions and uploads fail.",
        "`df -h` and `df -i` show which; make room",
        error=r"(?:OSError|IOError): \[Errno 28\]"
              r"|.*database or disk is full",
        line=r"", errno=(28,)),
    Failure(
        "too-many-files",
        "a process has too many files open",
        "Something does not close its files or connections, or the limit is"
        " low for this many threads.",
        "`sudo systemctl edit {service}`, with `LimitNOFILE=65536` below"
        " [Service]; then `sudo {restart}`",
        error=r"(?:OSError|IOError): \[Errno 2[34]\]",
        line=r"", errno=(23, 24)),
    Failure(
        "no-memory",
        "a process got no more memory or threads",
        "The machine or a limit is too small for this many processes and"
        " threads.",
        "lower processes= and threads= of WSGIDaemonProcess, raise"
        " stack-size= only with need; then `sudo {reload}`",
        error=r"MemoryError\b|(?:RuntimeError|.*error): can't start new"
              r" thread|OSError: \[Errno 12\]",
        where=(_DAEMON + " processes", _DAEMON)),
    Failure(
        "argv",
        "code reads sys.argv, which has nothing for it in a server",
        "A library takes the command line of the process for its own; under"
        " mod_wsgi that is only `mod_wsgi`.",
        "take that call (argparse, optparse, sys.argv) out of what is"
        " imported; until then put `import sys; sys.argv = ['app']` and what"
        " it expects first into {script}",
        error=r"IndexError: list index out of range\n[\s\S]*\bargv\b"
              r"|SystemExit\b.*\n[\s\S]*(?:usage: mod_wsgi|mod_wsgi: error"
              r"|\bargparse|\boptparse)"
              r"|AttributeError: .*module.* has no attribute 'argv'",
        check="MWD601"),
    Failure(
        "exits",
        "{script} ends the process, with sys.exit",
        "Code that is loaded calls sys.exit or exit, as a command-line"
        " program does.",
        "put that call below `if __name__ == '__main__':`; then `sudo touch"
        " {script}`",
        error=r"SystemExit\b", after=("argv",)),
    Failure(
        "ini-loggers",
        "the ini sets up no logging: it has no [{section}]",
        "logging.config.fileConfig needs [loggers], [handlers] and"
        " [formatters], each with keys=.",
        "add the three sections to {config} (development.ini has them), or"
        " take fileConfig out of the script: modwsgideploy's own calls it"
        " only when there is a [loggers]; then `sudo touch {script}`",
        error=r"KeyError: u?'(?P<section>(?:formatters?|handlers?|loggers?)"
              r"(?:_\w+)?|keys)'(?=\n(?:\Z|[\s\S]*(?:fileConfig|cp\[)))"
              r"|(?:[\w.]+\.)?NoSectionError: No section: u?'(?P<section2>"
              r"(?:formatter|handler|logger)\w*)'"
              r"|RuntimeError: (?P<section3>.+) is (?:invalid:|an empty file)",
        check="MWD505"),
    Failure(
        "ini-percent",
        "a % in the ini is not doubled: {reason}",
        "In a Paste configuration % begins a substitution.",
        "write %% for each %, or use %(here)s rightly, in {config}; then"
        " `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?Interpolation\w*Error: (?P<reason>.*)"
              r"|ValueError: (?P<reason2>invalid interpolation syntax.*)",
        check="MWD507"),
    Failure(
        "ini-broken",
        "an ini file cannot be read: {reason}",
        "It is no ini file as Python's configparser takes it: UTF-8 without a"
        " byte order mark, each section and each key once.",
        "if it is {config}, `modwsgideploy deploy -n --config={config}"
        " {project}` tells the line; mend it, then `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?(?P<reason>(?:MissingSectionHeader|DuplicateOption"
              r"|DuplicateSection|Parsing)Error: .*)"
              r"|(?P<reason2>UnicodeDecodeError: .*)\n[\s\S]*\b_read\(f",
        check="MWD601"),
    Failure(
        "ini-section",
        "the ini does not have what is asked for: {reason}",
        "The section, the entry point or the application's name is wrong, or"
        " the distribution that brings it is another version.",
        "mend the section of {config}, or name the application with"
        " `modwsgideploy deploy --app-name=NAME`; then `sudo touch {script}`",
        error=r"LookupError: (?P<reason>(?:No section|Entry point|Ambiguous"
              r" section|No loader|.*has no entry points).*)",
        check="MWD601"),
    Failure(
        "no-distribution",
        "the distribution {package} is not installed in the virtualenv",
        "egg: in the ini and entry points need the project installed, not"
        " only its code.",
        "`{virtualenv}/bin/pip install -e {project}`, then `sudo touch"
        " {script}`",
        error=r"(?:[\w.]+\.)?(?:DistributionNotFound: (?:The )?'?"
              r"(?P<package>[\w.-]+)|PackageNotFoundError: (?:No package"
              r" metadata was found for )?'?(?P<package2>[\w.-]+))",
        where=(_DAEMON + " python-home", _ALIAS),
        check="MWD601"),
    Failure(
        "version-conflict",
        "two packages want different versions: {reason}",
        "What is installed does not satisfy what the project requires; with"
        " a baseline an older version there can come first.",
        "`{virtualenv}/bin/pip check`, and `{virtualenv}/bin/pip install -e"
        " {project}`; then `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?(?:ContextualVersionConflict|VersionConflict):"
              r" (?P<reason>.*)",
        check="MWD601"),
    Failure(
        "debug-on",
        "debug = true in the ini: the interactive debugger refuses to run",
        "It works in one process only, and lets every visitor run code.",
        "set `debug = false` in {config}, then `sudo touch {script}`",
        error=r"AssertionError: (?:The )?(?:EvalException|DebugToolbar|.*"
              r"multi-?process environment)",
        check="MWD501"),
    Failure(
        "prints",
        "the application prints, and this server forbids it",
        "WSGIRestrictStdout is on, as it always was before mod_wsgi 3.",
        "remove the line `WSGIRestrictStdout On`, then `sudo {reload}`; or"
        " print to sys.stderr",
        error=r"(?:OSError|IOError): sys\.std(?:in|out) access restricted"
              r"|RuntimeError: sys\.stdin",
        where=("WSGIRestrictStdout", "WSGIRestrictStdin")),
    Failure(
        "not-wsgi",
        "the application does not do what WSGI asks for: {reason}",
        "A response is an iterable of bytes; start_response comes before it,"
        " with a status such as '200 OK' and headers of text without line"
        " breaks.",
        "wsgiref.validate.validator around `application` in {script} names"
        " the place",
        error=r"(?:TypeError|RuntimeError|ValueError): (?P<reason>(?:sequence"
              r" of byte string|byte string value expected|response (?:has not"
              r"|iterable must)|start_response\(\)|expected (?:unicode|byte)"
              r"|carriage return/line feed|status (?:line|message)|must be str"
              r"|status code|header (?:name|value)|headers? (?:list|already)"
              r"|list of tuple|tuple of length|embedded null"
              r"|unicode object required|'NoneType' object is not iterable).*)"
              # mod_wsgi says it: without a traceback, or in these calls.
              r"\n(?:\Z|[\s\S]*(?:start_response|write)\()"),
    Failure(
        "syntax",
        "Python cannot read the code: {reason}",
        "A file is broken off, edited badly, not UTF-8, or for another"
        " Python than {python_in_log}.",
        "`{virtualenv}/bin/python -m py_compile {file}`, mend it, then `sudo"
        " touch {script}`",
        error=r"(?:Syntax|Indentation|Tab)Error: (?P<reason>.*)",
        check="MWD601"),
)

# What is left when nothing above fits.
SCRIPT_FAILED = Failure(
    "application-error",
    "the application raised {reason}",
    "It is an error of the code, not of the deployment.",
    "see the line of code named above, and `sudo touch {script}` after a"
    " change")
OTHER_WSGI = Failure(
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
