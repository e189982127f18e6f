"""Python and the application."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    LAYOUT,
    OPENING,
    SQLITE,
    FailurePattern,
)

# The application, by the last line of its traceback.
PYTHON = (
    FailurePattern(
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
    FailurePattern(
        "pkg-resources",
        "setuptools has no pkg_resources any more",
        "It went with setuptools 82, and an older package still imports it.",
        "`{virtualenv}/bin/pip install 'setuptools<82'`, then `sudo touch"
        " {script}`",
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?(?P<module>pkg_resources)\b",
        where=(DAEMON + " python-home",),
        check="MWD601"),
    FailurePattern(
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
        where=(DAEMON + " python-home", DAEMON + " python-path",
               "WSGIPythonHome", "PythonPath", ALIAS),
        check="MWD601"),
    FailurePattern(
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
        where=(ALIAS + " application-group", "WSGIApplicationGroup",
               ALIAS),
        check="MWD406"),
    FailurePattern(
        "shared-library",
        "a module with C code does not load: {library}",
        "A library of the system is missing, or the virtualenv was made for"
        " another Python or machine.",
        "install the system's package that has the library; else make the"
        " virtualenv anew: `sudo {python} -m venv --clear {virtualenv}`",
        error=r"ImportError: (?P<library>.*?(?:cannot open shared object"
              r" file|undefined symbol|wrong ELF class|\.so\b).*)",
        check="MWD601"),
    FailurePattern(
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
    FailurePattern(
        "cannot-read",
        "the script cannot read the {what} {path} ({reason})",
        "The processes do not run as you: {user} has to reach and read it.",
        LAYOUT + "; `sudo chmod o+x DIRECTORY` opens one on the way, `sudo"
        " chgrp {group_of_user} {path} && sudo chmod g+r {path}` lets it"
        " read; then `sudo touch {script}`",
        error=r"(?:OSError|IOError): cannot read (?P<path>.+?), the"
              r" (?P<what>[\w ]+) \((?P<reason>.*?)\); user id",
        where=(DAEMON + " python-home", ALIAS),
        check="MWD201"),
    FailurePattern(
        "ascii",
        "text that is not ASCII meets an ASCII encoding",
        "Without lang= and locale= the processes run in the C locale, in"
        " which file names (and with Python 2 much more) are ASCII.",
        "add `lang=C.UTF-8 locale=C.UTF-8` to WSGIDaemonProcess; then `sudo"
        " {reload}`",
        error=r"Unicode(?:En|De)codeError: 'ascii' codec",
        where=(DAEMON + " locale", DAEMON),
        check="MWD407"),
    FailurePattern(
        "egg-cache",
        "zipped eggs cannot be unpacked: the egg cache is not writable",
        "PYTHON_EGG_CACHE names a directory that {user} cannot write; without"
        " it that is the home directory of {user}.",
        "`sudo install -d -o {user} -g {group_of_user} {egg_cache}`, then"
        " `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?ExtractionError: Can't extract file"
              r"|(?:PermissionError|OSError|FileNotFoundError): .*"
              r"(?:python-eggs|Python-Eggs)",
        where=(DAEMON + " python-eggs", "WSGIPythonEggs"),
        check="MWD202"),
    FailurePattern(
        "sqlite-locked",
        "SQLite is locked by another process",
        "Several processes write to one SQLite file; it takes one writer at"
        " a time.",
        "use one process (`modwsgideploy deploy --processes=1`) and short"
        " transactions, or a database server",
        error=SQLITE + r"database (?:table )?is locked",
        where=(DAEMON + " processes", DAEMON),
        check="MWD508"),
    FailurePattern(
        "sqlite-readonly",
        "{user} may not write to the SQLite database",
        "SQLite has to write to the file and to its directory, where it"
        " keeps its journal.",
        "`sudo chown {user} DATABASE DIRECTORY_OF_IT`",
        error=SQLITE + r"attempt to write a readonly database",
        where=(DAEMON + " user",),
        check="MWD204"),
    FailurePattern(
        "sqlite-open",
        "the SQLite database cannot be opened",
        "Its directory does not exist or {user} may not write there; or its"
        " name is relative, and the processes work in another directory.",
        "name it by its whole path, or with %(here)s, in the ini; `sudo chown"
        " {user} DIRECTORY_OF_IT`; or set home= of WSGIDaemonProcess",
        error=SQLITE + r"unable to open database file",
        where=(DAEMON + " home", DAEMON),
        check="MWD204"),
    FailurePattern(
        "database-down",
        "the database does not answer",
        "Nothing listens at the address of the ini, it refuses the user, or"
        " SELinux forbids the connection.",
        "connect by hand as {user}, with the ini's own values; on Red Hat"
        " `sudo setsebool -P httpd_can_network_connect_db on`",
        error=r"(?:[\w.]+\.)?OperationalError: .*(?:[Cc]onnection refused"
              r"|could not connect|[Cc]an't connect|connection to server"
              r"|Access denied|timeout expired)"),
    FailurePattern(
        "no-table",
        "the database has no table {table}",
        "The application was not set up, or a relative name led to a new,"
        " empty database.",
        "set it up (`gearbox setup-app -c {config}`, `paster setup-app"
        " {config}`), and name the database by its whole path",
        error=SQLITE + r"no such table: (?P<table>\S+)",
        where=(DAEMON + " home",)),
    FailurePattern(
        "permission",
        "{user} may not use {path}",
        "The processes do not run as you, and this file or directory is not"
        " theirs to read or write.",
        LAYOUT + "; for reading `sudo chgrp {group_of_user} {path} && sudo"
        " chmod g+r {path}`, for writing `sudo chown {user} {path}`",
        error=OPENING + r" \[Errno 13\] Permission denied:"
              r" u?['\"](?P<path>.*?)['\"](?: -> .*)?\s*$",
        where=(DAEMON + " user", DAEMON),
        check="MWD201"),
    FailurePattern(
        "relative-file",
        "the file {path} is not there: its name is relative",
        "The daemon processes work in home=, or in / without it.",
        "name it by its whole path (%(here)s in an ini), or set home= of"
        " WSGIDaemonProcess; then `sudo {reload}`",
        error=OPENING + r" \[Errno 2\] No such"
              r" file or directory: u?['\"](?P<path>[^/'\"].*?)['\"]",
        where=(DAEMON + " home", DAEMON),
        check="MWD503"),
    FailurePattern(
        "file-missing",
        "the file {path} is not there",
        "The application asks for it by this path.",
        "`ls -ld {path}`; create it, or mend the path in the ini",
        error=OPENING + r" \[Errno 2\] No such"
              r" file or directory: u?['\"](?P<path>/.*?)['\"]"
              r"|OSError: File '(?P<path2>/[^']*)' not found",
        check="MWD104"),
    FailurePattern(
        "disk-full",
        "the disk is full",
        "Nothing more can be written, so logs, sessions and uploads fail.",
        "`df -h` and `df -i` show which; make room",
        error=r"(?:OSError|IOError): \[Errno 28\]"
              r"|.*database or disk is full",
        line=r"", errno=(28,)),
    FailurePattern(
        "too-many-files",
        "a process has too many files open",
        "Something does not close its files or connections, or the limit is"
        " low for this many threads.",
        "`sudo systemctl edit {service}`, with `LimitNOFILE=65536` below"
        " [Service]; then `sudo {restart}`",
        error=r"(?:OSError|IOError): \[Errno 2[34]\]",
        line=r"", errno=(23, 24)),
    FailurePattern(
        "no-memory",
        "a process got no more memory or threads",
        "The machine or a limit is too small for this many processes and"
        " threads.",
        "lower processes= and threads= of WSGIDaemonProcess, raise"
        " stack-size= only with need; then `sudo {reload}`",
        error=r"MemoryError\b|(?:RuntimeError|.*error): can't start new"
              r" thread|OSError: \[Errno 12\]",
        where=(DAEMON + " processes", DAEMON)),
    FailurePattern(
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
    FailurePattern(
        "exits",
        "{script} ends the process, with sys.exit",
        "Code that is loaded calls sys.exit or exit, as a command-line"
        " program does.",
        "put that call below `if __name__ == '__main__':`; then `sudo touch"
        " {script}`",
        error=r"SystemExit\b", after=("argv",)),
    FailurePattern(
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
    FailurePattern(
        "ini-percent",
        "a % in the ini is not doubled: {reason}",
        "In a Paste configuration % begins a substitution.",
        "write %% for each %, or use %(here)s rightly, in {config}; then"
        " `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?Interpolation\w*Error: (?P<reason>.*)"
              r"|ValueError: (?P<reason2>invalid interpolation syntax.*)",
        check="MWD507"),
    FailurePattern(
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
    FailurePattern(
        "ini-section",
        "the ini does not have what is asked for: {reason}",
        "The section, the entry point or the application's name is wrong, or"
        " the distribution that brings it is another version.",
        "mend the section of {config}, or name the application with"
        " `modwsgideploy deploy --app-name=NAME`; then `sudo touch {script}`",
        error=r"LookupError: (?P<reason>(?:No section|Entry point|Ambiguous"
              r" section|No loader|.*has no entry points).*)",
        check="MWD601"),
    FailurePattern(
        "no-distribution",
        "the distribution {package} is not installed in the virtualenv",
        "egg: in the ini and entry points need the project installed, not"
        " only its code.",
        "`{virtualenv}/bin/pip install -e {project}`, then `sudo touch"
        " {script}`",
        error=r"(?:[\w.]+\.)?(?:DistributionNotFound: (?:The )?'?"
              r"(?P<package>[\w.-]+)|PackageNotFoundError: (?:No package"
              r" metadata was found for )?'?(?P<package2>[\w.-]+))",
        where=(DAEMON + " python-home", ALIAS),
        check="MWD601"),
    FailurePattern(
        "version-conflict",
        "two packages want different versions: {reason}",
        "What is installed does not satisfy what the project requires; with"
        " a baseline an older version there can come first.",
        "`{virtualenv}/bin/pip check`, and `{virtualenv}/bin/pip install -e"
        " {project}`; then `sudo touch {script}`",
        error=r"(?:[\w.]+\.)?(?:ContextualVersionConflict|VersionConflict):"
              r" (?P<reason>.*)",
        check="MWD601"),
    FailurePattern(
        "debug-on",
        "debug = true in the ini: the interactive debugger refuses to run",
        "It works in one process only, and lets every visitor run code.",
        "set `debug = false` in {config}, then `sudo touch {script}`",
        error=r"AssertionError: (?:The )?(?:EvalException|DebugToolbar|.*"
              r"multi-?process environment)",
        check="MWD501"),
    FailurePattern(
        "prints",
        "the application prints, and this server forbids it",
        "WSGIRestrictStdout is on, as it always was before mod_wsgi 3.",
        "remove the line `WSGIRestrictStdout On`, then `sudo {reload}`; or"
        " print to sys.stderr",
        error=r"(?:OSError|IOError): sys\.std(?:in|out) access restricted"
              r"|RuntimeError: sys\.stdin",
        where=("WSGIRestrictStdout", "WSGIRestrictStdin")),
    FailurePattern(
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
    FailurePattern(
        "syntax",
        "Python cannot read the code: {reason}",
        "A file is broken off, edited badly, not UTF-8, or for another"
        " Python than {python_in_log}.",
        "`{virtualenv}/bin/python -m py_compile {file}`, mend it, then `sudo"
        " touch {script}`",
        error=r"(?:Syntax|Indentation|Tab)Error: (?P<reason>.*)",
        check="MWD601"),
)
