"""Failures of the application, by the last line of its traceback."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    LAYOUT,
    OPENING,
    RELOAD,
    RESTART,
    SQLITE,
    FailurePattern,
)

# A variable of the environment, by the code that asks for it.
_ASKED = r"\n[\s\S]*\bos\.(?:environ|getenv)\b[^\n]*"
_DATABASE = (r"(?:[\w.]+\.)?(?:OperationalError|InterfaceError|DatabaseError"
             r"|ProgrammingError):[\s\S]*?")
# What mod_wsgi itself says of a call: no frame stands above it.
_BY_MOD_WSGI = r"\n\Z"
PYTHON = (
    # The application is not what mod_wsgi calls

    FailurePattern(
        "asgi",
        "this is an ASGI application, and it is called as one of WSGI",
        "ASGI (FastAPI, Starlette, Django's asgi.py, Quart) is called with"
        " other arguments; mod_wsgi, waitress and, unless told otherwise,"
        " gunicorn call WSGI applications only.",
        ("deploy it with `--backend http --interface asgi`; or wrap it in the"
         " script: `from a2wsgi import ASGIMiddleware`, then"
         " `application = ASGIMiddleware(app)`, with the package a2wsgi in"
         " the virtualenv; for Django take get_wsgi_application of"
         " django.core.wsgi; with WebSockets there is only the first way",
         RELOAD),
        error=r"TypeError: .*missing (?:1 required positional argument:"
              r" 'send'|2 required positional arguments: 'receive' and"
              r" 'send')"
              r"|TypeError: (?:'coroutine' object is not iterable|object of"
              r" type 'coroutine'.*)" + _BY_MOD_WSGI +
              r"|(?:AssertionError|ValueError|TypeError|KeyError):[^\n]*"
              r"\n[\s\S]*/(?:starlette/applications|fastapi/applications"
              r"|quart/app|django/core/handlers/asgi)\.py\", in __call__\n",
        line=r".*coroutine '[\w.]*__call__' was never awaited",
        check="MWD601",
        example="mod_wsgi (pid=7): Exception occurred processing WSGI script"
                " '/srv/shop/shop.wsgi'.\n"
                "TypeError: FastAPI.__call__() missing 1 required positional"
                " argument: 'send'"),
    FailurePattern(
        "wsgi-as-asgi",
        "this is a WSGI application, and it is called as one of ASGI",
        "WSGI (Flask, Pyramid, TurboGears, Django's wsgi.py) is called with"
        " environ and start_response; an ASGI server passes scope, receive and"
        " send.",
        ("deploy it with `--interface wsgi`; a server that is started by hand"
         " needs its own switch for that (granian --interface wsgi, uvicorn"
         " --interface wsgi, gunicorn without an ASGI worker)", RELOAD),
        error=r"TypeError: (?P<callable>[\w.<>]+)\(\) takes (?:from \d+ to )?"
              r"[123] positional arguments? but [34] were given\n"
              r"[\s\S]*(?:/server\.py\", in answer\n.*await |"
              r"/(?:granian|uvicorn|gunicorn)/[\s\S]*await )[^\n]*\n?\Z",
        check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/apache/server.py", line 201, in answer\n'
                "    await application(scope, receive, send)\n"
                "TypeError: application() takes 2 positional arguments but 3"
                " were given"),
    FailurePattern(
        "application-missing",
        "the module {module} has no {callable}",
        "The application is taken from that module by that name, and the code"
        " has it under another, or makes it in a function.",
        ("deploy it with --application MODULE:NAME as the code has it; a"
         " server that is started by hand has the two on its command line",
         RELOAD),
        error=r"AttributeError: module '(?P<module>[\w.]+)' has no attribute"
              r" '(?P<callable>\w+)'\n[\s\S]*in <module>\n"
              r" +application = [\w.]+\n?\Z"
              r"|ImportError: cannot import name '(?P<callable2>\w+)' from"
              r" '(?P<module2>[\w.]+)'[^\n]*\n[\s\S]*in <module>\n"
              r" +from [\w.]+ import \w+ as application\n?\Z",
        line=r"(?:ERROR: +)?Error loading ASGI app\. Attribute"
             r" \"(?P<callable>[^\"]+)\" not found in module"
             r" \"(?P<module>[^\"]+)\""
             r"|Failed to find attribute '(?P<callable2>\w+)' in"
             r" '(?P<module2>[\w.]+)'",
        check="MWD601",
        example="Failed to find attribute 'application' in 'shop'."),
    FailurePattern(
        "factory",
        "application is a function that makes the application, not the"
        " application itself",
        "mod_wsgi calls it with environ and start_response.  A factory such"
        " as create_app must be called in the script.",
        ("let the script call it: `application = create_app()`, with the"
         " arguments that it asks for; of a Paste factory that is what"
         " paste.deploy.loadapp does", RELOAD),
        error=r"TypeError: (?P<callable>[\w.<>]+)\(\) (?:takes (?:no"
              r" arguments|0 positional arguments|from \d+ to 1 positional"
              r" arguments|(?:exactly |at most )?1 (?:positional )?argument)"
              r" (?:but [23] were given|\([23] given\))|got an unexpected"
              r" keyword|missing \d+ required (?!positional argument(?:s:"
              r" '(?:receive|environ)|: '(?:send|start_response)))[^\n]*)"
              + _BY_MOD_WSGI +
              r"|TypeError: '(?P<type>(?!NoneType|int|bool|float|coroutine"
              r"|module)\w+)' object is not iterable" + _BY_MOD_WSGI,
        check="MWD601",
        example="mod_wsgi (pid=7): Exception occurred processing WSGI script"
                " '/srv/shop/shop.wsgi'.\n"
                "TypeError: create_app() takes 0 positional arguments but 2"
                " were given"),
    FailurePattern(
        "not-callable",
        "application is a {type}, which cannot be called",
        "WSGI calls the application like a function.  A module, None or a"
        " string of that name is not one: most often the import took the"
        " module instead of the name in it.",
        ("let the script import the application itself: `from package.module"
         " import app as application`", RELOAD),
        error=r"TypeError: '(?P<type>\w+)' object is not callable"
              + _BY_MOD_WSGI,
        check="MWD601",
        example="mod_wsgi (pid=7): Exception occurred processing WSGI script"
                " '/srv/shop/shop.wsgi'.\n"
                "TypeError: 'module' object is not callable"),

    # Settings that a terminal has and a server has not

    FailurePattern(
        "environment",
        "the environment variable {variable} is not set",
        "The processes of Apache have neither the variables of your shell"
        " nor of a .env file that nobody loads; Apache's SetEnv reaches the"
        " environ of a request, not os.environ.",
        ("give it to the deployment (--env of `modwsgideploy deploy`), or"
         " set os.environ in the script before the first import", RELOAD),
        error=r"KeyError: u?'(?P<variable>[A-Za-z_]\w*)'\n[\s\S]*?(?:"
              r"\bos\.environ\[|(?:/os\.py|<frozen os>)\", in"
              r" __getitem__|UserDict\.py)"
              r"|(?:[\w.]+\.)?UndefinedValueError: (?P<variable2>\w+) not"
              r" found\. Declare it as envvar"
              r"|(?:[\w.]+\.)?EnvError: Environment variable"
              r" \"(?P<variable3>\w+)\" not set"
              r"|(?:[\w.]+\.)?ImproperlyConfigured: Set the"
              r" (?P<variable4>\w+) environment variable"
              r"|KeyError: \"Config '(?P<variable5>\w+)' is missing"
              r"|(?:[\w.]+\.)?ImproperlyConfigured: [^\n]*\benvironment"
              r" variable\b[ '\"]*(?P<variable6>(?!DJANGO_SETTINGS_MODULE)"
              r"[A-Z]\w+)",
        where=(ALIAS,), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/settings.py", line 5, in <module>\n'
                "    KEY = os.environ['SHOP_KEY']\n"
                "KeyError: 'SHOP_KEY'"),
    FailurePattern(
        "environment-none",
        "a setting comes from the environment, and is not set",
        "The code asked os.environ for a variable, got None, and used it"
        " like a text.  The processes of Apache do not have the variables of"
        " your shell; Apache's SetEnv reaches the environ of a request, not"
        " os.environ.",
        ("give the variable of that line to the deployment (--env of"
         " `modwsgideploy deploy`), or set os.environ in the script before"
         " the first import", RELOAD),
        error=r"(?:AttributeError: 'NoneType' object|TypeError:[^\n]*"
              r"NoneType)[^\n]*" + _ASKED
              + r"|ValueError: invalid literal for int\(\)[^\n]*" + _ASKED,
        where=(ALIAS,), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/config.py", line 3, in <module>\n'
                "    SECRET = os.environ.get('SHOP_SECRET').encode()\n"
                "AttributeError: 'NoneType' object has no attribute"
                " 'encode'"),
    FailurePattern(
        "settings-missing",
        "settings of the application are not set: {reason}",
        "Its settings class reads them from the environment or a .env file,"
        " and the processes of Apache have neither the variables of your"
        " shell nor its working directory.",
        ("give them to the deployment (--env of `modwsgideploy deploy`), or"
         " name the .env file by its whole path", RELOAD),
        error=r"(?:[\w.]+\.)?ValidationError: (?P<reason>\d+ validation"
              r" errors? for \w*(?:Settings|Config)\w*)",
        where=(ALIAS,), check="MWD601",
        example="pydantic_core._pydantic_core.ValidationError: 1 validation"
                " error for Settings\n"
                "secret_key\n"
                "  Field required [type=missing, input_value={},"
                " input_type=dict]"),
    FailurePattern(
        "secret-missing",
        "the application has no secret key",
        "Without it there are no sessions.  Mostly it comes from an"
        " environment variable that the processes of Apache do not have.",
        ("give it to the deployment (--env of `modwsgideploy deploy`) or"
         " set it in the configuration; it must be the same for all"
         " processes", RELOAD),
        error=r"(?:[\w.]+\.)?ImproperlyConfigured: The SECRET_KEY setting"
              r" must not be empty"
              r"|RuntimeError: (?:The session is unavailable because no"
              r" secret key|the session is unavailable because no secret|A"
              r" secret key is required)"
              r"|(?:[\w.]+\.)?(?:ImproperlyConfigured|ValueError|KeyError"
              r"|Exception|RuntimeError): [^\n]*\bsecret[_ ]key[^\n]*"
              r"(?:not set|required|empty|missing)",
        check="MWD601",
        example="django.core.exceptions.ImproperlyConfigured: The SECRET_KEY"
                " setting must not be empty."),
    FailurePattern(
        "django-settings",
        "Django does not know which settings to use",
        "DJANGO_SETTINGS_MODULE is not set in the process.  Apache's SetEnv"
        " does not set it: that reaches the environ of a request, not"
        " os.environ.",
        ("let the script set os.environ['DJANGO_SETTINGS_MODULE'] before it"
         " calls get_wsgi_application", RELOAD),
        error=r"(?:[\w.]+\.)?(?:ImproperlyConfigured|ImportError):"
              r" (?:Requested setting|Settings cannot be imported|(?:Could"
              r" not import settings|Environment variable"
              r" DJANGO_SETTINGS_MODULE is undefined))(?! '[\w.]+' \(Is it"
              r" on)|KeyError: u?'DJANGO_SETTINGS_MODULE'",
        where=(ALIAS,), check="MWD601",
        example="django.core.exceptions.ImproperlyConfigured: Requested"
                " setting DATABASES, but settings are not configured. You"
                " must either define the environment variable"
                " DJANGO_SETTINGS_MODULE or call settings.configure() before"
                " accessing settings."),
    FailurePattern(
        "django-settings-import",
        "Django cannot import the settings {module}",
        "The directory above that package is not on sys.path, the name in"
        " DJANGO_SETTINGS_MODULE is wrong (of several sites in one process"
        " only the first one's counts with os.environ.setdefault), or what"
        " the settings import fails.",
        ("put the directory above the package into python-path= of"
         " WSGIDaemonProcess, and let each site have daemon processes of its"
         " own", RELOAD),
        error=r"ImportError: Could not import settings '(?P<module>[\w.]+)'",
        where=(DAEMON + " python-path", DAEMON, ALIAS), check="MWD601",
        example="ImportError: Could not import settings 'shop.settings' (Is"
                " it on sys.path? Is there an import error in the settings"
                " file?): No module named shop.settings"),
    FailurePattern(
        "django-populate",
        "Django was started a second time after its start had failed",
        "This is not the cause: the first attempt of the process failed with"
        " another error, which stands before this one in the log.",
        ("look for the first traceback after the processes were started;"
         " `sudo {restart}` and one request show it again"),
        error=r"RuntimeError: populate\(\) isn't re-?entrant",
        check="MWD601",
        example="RuntimeError: populate() isn't reentrant"),
    FailurePattern(
        "django-apps",
        "Django is used before it was started",
        "The script imports models or views, or makes the handler by hand,"
        " before django.setup() was called; get_wsgi_application calls it.",
        ("let the script set DJANGO_SETTINGS_MODULE, call"
         " get_wsgi_application of django.core.wsgi, and import the rest"
         " after that", RELOAD),
        error=r"(?:[\w.]+\.)?AppRegistryNotReady: ", check="MWD601",
        example="django.core.exceptions.AppRegistryNotReady: Apps aren't"
                " loaded yet."),
    FailurePattern(
        "allowed-hosts",
        "Django refuses requests for {host} (400)",
        "ALLOWED_HOSTS in its settings does not have that name.  For a name"
        " or address that is not the site's, that is right: scanners ask"
        " like that.",
        ("if it is a name of the site, add it to ALLOWED_HOSTS", RELOAD),
        line=r"(?:ERROR:\S*:)?Invalid HTTP_HOST header: '(?P<host>[^']*)'",
        error=r"(?:[\w.]+\.)?(?:DisallowedHost|SuspiciousOperation): Invalid"
              r" HTTP_HOST header[^:]*: u?'(?P<host2>[^']*)'"
              r"|(?:[\w.]+\.)?(?:CommandError|ImproperlyConfigured): You must"
              r" set settings\.ALLOWED_HOSTS",
        check="MWD601",
        example="django.core.exceptions.DisallowedHost: Invalid HTTP_HOST"
                " header: 'shop.example'. You may need to add 'shop.example'"
                " to ALLOWED_HOSTS."),
    FailurePattern(
        "csrf",
        "Django refuses forms: {reason} (403)",
        "The page was sent for one name or scheme and the form came from"
        " another.  Behind a proxy Django must be told the scheme"
        " (SECURE_PROXY_SSL_HEADER, CSRF_TRUSTED_ORIGINS); without a cookie"
        " it is the visitor's browser, or CSRF_COOKIE_SECURE without HTTPS.",
        ("see those settings against the URL that visitors use", RELOAD),
        line=r"Forbidden \((?P<reason>(?:Origin checking|Referer checking"
             r"|CSRF)[^)]*)\)",
        level="warning", check="MWD414",
        example="Forbidden (Origin checking failed - https://shop.example"
                " does not match any trusted origins.): /login/"),
    FailurePattern(
        "django-form-limit",
        "Django refuses a form that is larger than its settings allow (400)",
        "DATA_UPLOAD_MAX_NUMBER_FIELDS (1000) and DATA_UPLOAD_MAX_MEMORY_SIZE"
        " (2.5 MB) limit what a request may bring; lists in the admin with"
        " many rows reach the first.",
        ("raise the setting that is named, if the form is one of the site's"
         " own", RELOAD),
        error=r"(?:[\w.]+\.)?(?:TooManyFieldsSent|TooManyFilesSent"
              r"|RequestDataTooBig): ",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/views.py", line 9, in order\n'
                "    items = request.POST.getlist('item')\n"
                "django.core.exceptions.TooManyFieldsSent: The number of"
                " GET/POST parameters exceeded settings."
                "DATA_UPLOAD_MAX_NUMBER_FIELDS."),
    FailurePattern(
        "static-root",
        "Django does not know where to collect its static files",
        "STATIC_ROOT is not set.",
        "set STATIC_ROOT to the directory that the Alias of the static files"
        " names, and run manage.py collectstatic",
        error=r"(?:[\w.]+\.)?ImproperlyConfigured: You're using the"
              r" staticfiles app without having set the STATIC_ROOT",
        check="MWD108",
        example="django.core.exceptions.ImproperlyConfigured: You're using"
                " the staticfiles app without having set the STATIC_ROOT"
                " setting to a filesystem path."),
    FailurePattern(
        "static-manifest",
        "Django has no collected file {file}",
        "With a manifest storage each static file must have been collected"
        " before the pages are asked for.",
        ("run manage.py collectstatic with the site's settings", RELOAD),
        error=r"ValueError: Missing staticfiles manifest entry for"
              r" '(?P<file>[^']*)'",
        check="MWD108",
        example="ValueError: Missing staticfiles manifest entry for"
                " 'css/site.css'"),
    FailurePattern(
        "database-driver",
        "the database driver {module} is not installed for this Python",
        "The settings name a database whose driver is missing where the site"
        " looks: in the virtualenv in force, for the server's Python"
        " ({python_in_log}).",
        (("`{virtualenv}/bin/pip install {package}`",
          "install {package} in the site's virtualenv"), RELOAD),
        error=r"(?:[\w.]+\.)?ImproperlyConfigured: Error loading"
              r" (?P<module>psycopg2|psycopg|MySQLdb|cx_Oracle|oracledb)"
              r"(?: or psycopg)? module(?:: No module named|\.?\s*$"
              r"|\.?\s*Did you install)",
        where=(DAEMON + " python-home",), check="MWD601",
        example="django.core.exceptions.ImproperlyConfigured: Error loading"
                " MySQLdb module.\n"
                "Did you install mysqlclient?"),
    FailurePattern(
        "too-old",
        "a library of the system or a package is too old: {reason}",
        "The application asks for a newer one than it found.",
        ("upgrade what is named, for SQLite by a Python that was built with"
         " a newer one, or take a release of the application that is content"
         " with it", RELOAD),
        error=r"(?:[\w.]+\.)?(?:ImproperlyConfigured|NotSupportedError"
              r"|RuntimeError|ImportError): (?P<reason>[^\n]*(?:or (?:later"
              r"|newer|higher) is required|requires [\w. ]+ or (?:later"
              r"|newer|higher))[^\n]*)"
              r"|(?:[\w.]+\.)?OperationalError: (?P<reason2>SCRAM"
              r" authentication requires libpq version 10)",
        check="MWD601",
        example="django.core.exceptions.ImproperlyConfigured: SQLite 3.8.3"
                " or later is required (found 3.7.17)."),

    # What the code says

    FailurePattern(
        "exception-ignored",
        "Python ignored an exception: {reason}",
        "It came while an object was cleared away (`__del__`), mostly as a"
        " process was ending, where names of Python itself are gone already."
        "  No request fails of it.",
        "nothing; where it comes with each request, see the code that it"
        " names",
        line=r"Exception (?P<reason>[\w.]+: .+?) in <.+> ignored$",
        level="warning",
        example="Exception ignored in: <module 'threading' from"
                " '/usr/lib/python3.4/threading.py'>\n"
                "Traceback (most recent call last):\n"
                '  File "/usr/lib/python3.4/threading.py", line 1288, in'
                " _shutdown\n"
                "    assert tlock is not None\n"
                "AssertionError:"),
    FailurePattern(
        "cannot-read",
        "the script cannot read the {what} {path} ({reason})",
        "The processes do not run as you: {user} has to reach and read it.",
        (LAYOUT + "; give others the x permission on that one, and let the"
         " group {group_of_user} read the file", RELOAD),
        error=r"(?:OSError|IOError): cannot read (?P<path>.+?), the"
              r" (?P<what>[\w ]+) \((?P<reason>.*?)\); user id",
        where=(DAEMON + " python-home", ALIAS), check="MWD201",
        example="OSError: cannot read /srv/shop/shop.ini, the configuration"
                " file (Permission denied); user id 33"),
    FailurePattern(
        "env-file",
        "the script refuses the env file {path}: {reason}",
        "It holds secrets, so nobody but its owner and the group of the"
        " processes may read it; and it is read as systemd and python-dotenv"
        " both do, so that it means the same everywhere.",
        ("let nobody but its owner and its group read or write it, or mend"
         " the line that is named", RELOAD),
        error=r"(?:OSError|IOError): refused to read (?P<path>.+?), the env"
              r" file: (?P<reason>.*)",
        where=(ALIAS,), check="MWD211",
        example="OSError: refused to read /srv/shop/.env, the env file:"
                " everybody can read or write it, mode 0644"),
    FailurePattern(
        "ascii",
        "text that is not ASCII meets an ASCII encoding",
        "Without lang= and locale= daemon processes run in the C locale, in"
        " which file names and output (and with Python 2 much more) may be"
        " ASCII; or the code itself asks for ascii.",
        ("add `lang=C.UTF-8 locale=C.UTF-8` to WSGIDaemonProcess, if it has"
         " no locale", RELOAD),
        error=r"Unicode(?:En|De)codeError: 'ascii' codec",
        where=(DAEMON + " locale", DAEMON), check="MWD407",
        example="UnicodeEncodeError: 'ascii' codec can't encode character"
                " '\\xe9' in position 3: ordinal not in range(128)"),
    FailurePattern(
        "code-page",
        "text does not fit the code page of Windows",
        "Without an encoding of its own Python opens files, and prints, in"
        " the code page of the system, which has few characters.",
        ("give open() its encoding='utf-8', and let the code not print such"
         " text", RESTART),
        error=r"Unicode(?:En|De)codeError: '(?:charmap|cp\d+|mbcs)' codec",
        example="UnicodeEncodeError: 'charmap' codec can't encode character"
                " '\\u0431' in position 3: character maps to <undefined>"),
    FailurePattern(
        "egg-race",
        "two processes unpacked the same zipped egg at the same time",
        "Each process unpacks a zipped egg when it first needs a file of it;"
        " the second one found what the first was just writing.",
        ("install the package with pip, which unpacks it once for all",
         RELOAD),
        error=r"(?:[\w.]+\.)?ExtractionError: Can't extract file"
              r"[\s\S]*\[Errno 17\]",
        check="MWD202",
        example="ExtractionError: Can't extract file(s) to egg cache\n"
                "\n"
                "The following error occurred while trying to extract"
                " file(s) to the Python egg\n"
                "cache:\n"
                "\n"
                "  [Errno 17] File exists: '/tmp/python-eggs/shop.egg-tmp'"),
    FailurePattern(
        "egg-cache",
        "zipped eggs cannot be unpacked: the egg cache is not writable",
        "PYTHON_EGG_CACHE names a directory that {user} cannot write; without"
        " it that is the home directory of {user}.",
        ("make a directory that belongs to {user} and name it with"
         " python-eggs= of WSGIDaemonProcess; better, install the package"
         " with pip, which unpacks it", RELOAD),
        error=r"(?:[\w.]+\.)?ExtractionError: Can't extract file"
              r"|(?:PermissionError|OSError|FileNotFoundError): .*"
              r"(?:python-eggs|Python-Eggs)",
        where=(DAEMON + " python-eggs", "WSGIPythonEggs"), check="MWD202",
        example="pkg_resources.ExtractionError: Can't extract file(s) to egg"
                " cache"),
    FailurePattern(
        "numba-cache",
        "numba finds no directory for its cache",
        "It may write neither beside the code nor into the home directory of"
        " {user}.",
        ("set NUMBA_CACHE_DIR to a directory that belongs to {user} (--env"
         " of `modwsgideploy deploy`)", RELOAD),
        error=r"RuntimeError: cannot cache function .*no locator available",
        where=(ALIAS,), check="MWD601",
        example="RuntimeError: cannot cache function '__shear_dense': no"
                " locator available for file '/srv/venv/lib/x.py'"),
    FailurePattern(
        "nltk-data",
        "the data of NLTK are not where it looks",
        "They were downloaded into the home directory of another user.",
        ("download them into a directory that {user} can read, and set"
         " NLTK_DATA to it (--env of `modwsgideploy deploy`)", RELOAD),
        error=r"LookupError:[\s\S]*Resource .*not found[\s\S]*"
              r"(?:NLTK|nltk)",
        where=(ALIAS,), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/words.py", line 2, in <module>\n'
                "    words = word_tokenize(text)\n"
                "LookupError: \n"
                "*****************************************************\n"
                "  Resource punkt not found.\n"
                "  Please use the NLTK Downloader to obtain the resource:"),
    FailurePattern(
        "model-missing",
        "the model {name} of spaCy is not installed",
        "Models are packages of their own: it was downloaded with another"
        " Python than the site's virtualenv, or not at all.",
        ("download it with the Python of the virtualenv (python -m spacy"
         " download)", RELOAD),
        error=r"OSError: \[E050\] Can't find model '(?P<name>[^']*)'",
        where=(DAEMON + " python-home",), check="MWD601",
        example="OSError: [E050] Can't find model 'en_core_web_sm'. It"
                " doesn't seem to be a Python package or a valid path to a"
                " data directory."),
    FailurePattern(
        "time-zones",
        "there are no data of time zones: {name}",
        "Python takes them from the system's package tzdata, or from the"
        " package tzdata of the virtualenv; neither is there, or the name is"
        " wrong.",
        ("install tzdata of the system's packages, or in the virtualenv",
         RELOAD),
        error=r"(?:[\w.]+\.)?ZoneInfoNotFoundError: ['\"]?(?P<name>[^'\"\n]*)",
        check="MWD601",
        example="zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found"
                " with key Europe/Paris'"),
    FailurePattern(
        "locale-unknown",
        "the code asks for a locale that this system does not have",
        "locale.setlocale got a name that is not installed, or LANG or LC_ALL"
        " of the processes is such a name.",
        ("`locale -a` lists what there is; install the one that is asked"
         " for, or change the name", RELOAD),
        error=r"(?:locale\.)?Error: unsupported locale setting",
        where=(DAEMON + " locale", DAEMON), check="MWD408",
        example="locale.Error: unsupported locale setting"),
    FailurePattern(
        "storage-locked",
        "another process has the application's storage open, and it allows"
        " only one",
        "Whoosh, ZODB's FileStorage, LevelDB, DuckDB and others lock their"
        " files.  Mostly it is another daemon process of the site; else a"
        " command-line tool, or a process of an earlier start.",
        ("run one process (--processes=1 of `modwsgideploy deploy`), or a"
         " server for the storage", RESTART),
        error=r"(?:[\w.]+\.)?(?:LockError|Lock(?:Failed|Timeout|Exception"
              r"|edError)|AlreadyLocked)\b"
              r"|(?:[\w.]+\.)?Timeout: The file lock '"
              r"|(?:[\w.]+\.)?\w*(?:Error|Exception): [^\n]*(?:Couldn't lock"
              r" '|Could not (?:set|acquire) lock|Lock file .* (?:exists"
              r"|held)|(?:already )?held by process|LOCK: (?:Resource"
              r" temporarily|already))",
        where=(DAEMON + " processes", DAEMON), check="MWD508",
        example="zc.lockfile.LockError: Couldn't lock"
                " '/srv/shop/Data.fs.lock'"),
    FailurePattern(
        "sqlite-locked",
        "SQLite is locked by another process",
        "Several processes write to one SQLite file; it takes one writer at"
        " a time.",
        ("use one process (--processes=1 of `modwsgideploy deploy`) and"
         " short transactions, or a database server", RESTART),
        error=SQLITE + r"database (?:table )?is locked",
        where=(DAEMON + " processes", DAEMON), check="MWD508",
        example="sqlite3.OperationalError: database is locked"),
    FailurePattern(
        "sqlite-readonly",
        "{user} may not write to the SQLite database",
        "SQLite has to write to the file and to its directory, where it"
        " keeps its journal.",
        "let {user} own the file and its directory, and keep code out of"
        " that directory",
        error=SQLITE + r"attempt to write a readonly database",
        where=(DAEMON + " user",), check="MWD204",
        example="sqlite3.OperationalError: attempt to write a readonly"
                " database"),
    FailurePattern(
        "sqlite-open",
        "the SQLite database cannot be opened",
        "Its directory does not exist or {user} may not enter or write it;"
        " or its name is relative, and the processes work in another"
        " directory.",
        ("name it by its whole path (%(here)s in an ini), or set home= of"
         " WSGIDaemonProcess; let {user} own the file and its directory",
         RELOAD),
        error=SQLITE + r"unable to open database file",
        where=(DAEMON + " home", DAEMON), check="MWD204",
        example="sqlite3.OperationalError: unable to open database file"),
    FailurePattern(
        "database-unset",
        "the application has no address of its database",
        "Its URL is None, empty or not a URL.  Mostly it comes from an"
        " environment variable that the processes of Apache do not have.",
        ("give it to the deployment (--env of `modwsgideploy deploy`), or"
         " set it in the application's configuration", RELOAD),
        error=r"(?:[\w.]+\.)?ArgumentError: (?:Could not parse (?:rfc1738"
              r"|SQLAlchemy) URL from|Expected string or URL object, got"
              r" None)"
              r"|AttributeError: 'NoneType' object has no attribute"
              r" 'drivername'"
              r"|RuntimeError: Either 'SQLALCHEMY_DATABASE_URI' or"
              r"|(?:[\w.]+\.)?ImproperlyConfigured: settings\.DATABASES is"
              r" improperly configured",
        where=(ALIAS,), check="MWD601",
        example="sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL"
                " from string ''"),
    FailurePattern(
        "database-dialect",
        "SQLAlchemy does not know the kind of database {name}",
        "The first part of the URL names it.  postgres:// must be"
        " postgresql:// since SQLAlchemy 1.4; other kinds come with a"
        " package of their own, which must be in the site's virtualenv.",
        ("mend the URL, or install the package of that dialect", RELOAD),
        error=r"(?:[\w.]+\.)?NoSuchModuleError: Can't load plugin:"
              r" sqlalchemy\.dialects:(?P<name>[\w.]+)",
        check="MWD601",
        example="sqlalchemy.exc.NoSuchModuleError: Can't load plugin:"
                " sqlalchemy.dialects:postgres"),
    FailurePattern(
        "oracle-client",
        "the library of the Oracle client is not found",
        "At a terminal LD_LIBRARY_PATH finds it; the processes of Apache do"
        " not have that variable, and it cannot be set for them later.",
        ("add its directory to /etc/ld.so.conf.d and run ldconfig",
         RESTART),
        error=r"(?:[\w.]+\.)?\w*Error: .*DPI-1047",
        check="MWD601",
        example="cx_Oracle.DatabaseError: DPI-1047: Cannot locate a 64-bit"
                " Oracle Client library"),
    FailurePattern(
        "odbc-driver",
        "the ODBC driver {name} is not installed",
        "The name in the connection string must be one of those in"
        " odbcinst.ini, and its library must be there.",
        ("`odbcinst -q -d` lists the drivers", RELOAD),
        error=r"(?:[\w.]+\.)?\w*Error: [\s\S]*Can't open lib '(?P<name>[^']*)'"
              r"|(?:[\w.]+\.)?InterfaceError: [\s\S]*Data source"
              r" (?P<name2>name not found)",
        check="MWD601",
        example="pyodbc.Error: ('01000', \"[01000] [unixODBC][Driver"
                " Manager]Can't open lib 'ODBC Driver 17 for SQL Server' :"
                " file not found (0) (SQLDriverConnect)\")"),
    FailurePattern(
        "database-refuses",
        "the database refuses the user: {reason}",
        "It runs, and name, password or origin are not what it lets in.  With"
        " peer authentication PostgreSQL wants the database user to be"
        " called as the account of the process, which is {user} here.",
        "see user and password in the application's configuration, and what"
        " the database allows from here (pg_hba.conf, GRANT); connect by"
        " hand with the same values",
        error=_DATABASE + r"(?P<reason>Access denied for user[^\n\"]*"
              r"|(?:password|Peer|Ident|GSSAPI|LDAP) authentication failed"
              r"[^\n]*|no pg_hba\.conf entry[^\n\"]*|role \"[^\"]*\" does"
              r" not exist|permission denied for [^\n\"]*"
              r"|fe_sendauth: no password supplied)",
        example="django.db.utils.OperationalError: FATAL:  Peer"
                " authentication failed for user \"shop\""),
    FailurePattern(
        "database-missing",
        "the database server has no database {name}",
        "The name in the application's configuration is wrong, or the"
        " database was not made.",
        "make it, or mend the name in the configuration",
        error=_DATABASE + r"(?:database \"(?P<name>[^\"]*)\" does not exist"
              r"|Unknown database '(?P<name2>[^']*)')",
        example="django.db.utils.OperationalError: (1049, \"Unknown database"
                " 'shop'\")"),
    FailurePattern(
        "database-full",
        "the database takes no more connections",
        "Each process and thread of the site has its own; together they are"
        " more than the database allows.",
        ("lower processes=, threads= or the pool of the application, or"
         " raise the database's limit", RELOAD),
        error=_DATABASE + r"(?:[Tt]oo many connections|remaining connection"
              r" slots|too many clients already)"
              r"|(?:[\w.]+\.)?TimeoutError: QueuePool limit",
        where=(DAEMON + " processes", DAEMON),
        example="django.db.utils.OperationalError: FATAL:  sorry, too many"
                " clients already"),
    FailurePattern(
        "database-gone",
        "a connection to the database broke",
        "It was idle for longer than the database or a firewall keeps it,"
        " the database was restarted, or processes use one connection that"
        " was opened before they were forked.",
        "let the application test or renew connections (pool_pre_ping and"
        " pool_recycle of SQLAlchemy, CONN_MAX_AGE of Django), and open none"
        " while its modules are imported",
        error=_DATABASE + r"(?:server has gone away|Lost connection to MySQL"
              r"|server closed the connection|SSL (?:SYSCALL|error|connection"
              r" has been closed)|connection already closed|terminating"
              r" connection|decryption failed or bad record mac)",
        example="sqlalchemy.exc.OperationalError: (MySQLdb.OperationalError)"
                " (2006, 'MySQL server has gone away')"),
    FailurePattern(
        "database-forbidden",
        "the system forbids the connection to the database",
        "\"Permission denied\" for a connection is SELinux on Red Hat, or a"
        " socket file that {user} may not use.",
        ("on Red Hat `sudo setsebool -P httpd_can_network_connect_db on`",
         "for a socket let {user} reach and write to it"),
        error=_DATABASE + r"(?:\(13\)|\[Errno 13\]|Permission denied)",
        check="MWD206",
        example="django.db.utils.OperationalError: (2002, \"Can't connect to"
                " local MySQL server through socket"
                " '/var/lib/mysql/mysql.sock' (13)\")"),
    FailurePattern(
        "broker-down",
        "the message broker does not answer",
        "Nothing listens at the address that Celery or kombu has for it:"
        " RabbitMQ, Redis or another does not run, or the address is wrong.",
        "see the address of the broker in the application's configuration,"
        " and that it runs there",
        error=r"kombu\.exceptions\.OperationalError: ",
        example="kombu.exceptions.OperationalError: [Errno 111] Connection"
                " refused"),
    FailurePattern(
        "database-login-plugin",
        "the database's client library does not know the way to log in that"
        " the account has",
        "MySQL 8 and later make accounts with caching_sha2_password; a client"
        " library of MariaDB, or an old one, has no part for that.",
        ("install the client library of that server (and the driver again"
         " with it), or a driver in Python alone such as PyMySQL with"
         " cryptography; or change the way to log in of the account in the"
         " database", RELOAD),
        error=r"(?:[\w.]+\.)?(?:OperationalError|InterfaceError"
              r"|NotSupportedError|RuntimeError): [\s\S]{0,60}?(?:"
              r"Authentication plugin '[^']*' (?:cannot be loaded|is not"
              r" supported)"
              r"|'cryptography' package is required for sha256_password)",
        example="django.db.utils.OperationalError: (2059, \"Authentication"
                " plugin 'caching_sha2_password' cannot be loaded:"
                " /usr/lib/mariadb19/plugin/caching_sha2_password.so: cannot"
                " open shared object file: No such file or directory\")"),
    FailurePattern(
        "database-down",
        "the database does not answer",
        "Nothing listens at the address that the application has, its name"
        " is not known, or a firewall is in between.",
        "see address and port in the application's configuration, and that"
        " the database runs; connect by hand with the same values",
        error=_DATABASE + r"(?:[Cc]onnection refused|could not connect"
              r"|[Cc]an't connect|connection to server|timeout expired"
              r"|could not translate host name|Unknown MySQL server host"
              r"|[Cc]onnection timed out|No such file or directory)",
        example="django.db.utils.OperationalError: could not connect to"
                " server: Connection refused"),
    FailurePattern(
        "no-table",
        "the database has no table or column {table}",
        "The database was not set up for this version of the application:"
        " tables are made, and changed, by a step of their own.  With SQLite"
        " a relative name may have led to a new, empty database.",
        (("`gearbox setup-app -c {config}` or `paster setup-app {config}`"
          " makes those of a Paste application; others have migrate or"
          " alembic", "run the application's database step (manage.py"
          " migrate, alembic upgrade, setup-app)"), RELOAD),
        error=SQLITE + r"no such (?:table|column): (?P<table>\S+)"
              r"|(?:[\w.]+\.)?(?:ProgrammingError|UndefinedTable"
              r"|UndefinedColumn|OperationalError):[\s\S]*?(?:relation"
              r" \"(?P<table2>[^\"]*)\" does not exist|Table"
              r" '(?P<table3>[^']*)' doesn't exist|column"
              r" \"?(?P<table4>[\w.]+)\"? does not exist|Unknown column"
              r" '(?P<table5>[^']*)')",
        where=(DAEMON + " home",),
        example="django.db.utils.OperationalError: no such table:"
                " auth_user"),
    FailurePattern(
        "service-error",
        "another server that the application asks answers with {reason}",
        "It was reached, and did not give what was asked for.",
        "see its own log at that time; 401 and 403 are of the key or the"
        " address that the application has for it",
        error=r"(?:[\w.]+\.)?HTTPError: (?:HTTP Error )?(?P<reason>[45]\d\d"
              r"[^\n]*)",
        example="urllib.error.HTTPError: HTTP Error 502: Bad Gateway"),
    FailurePattern(
        "service-down",
        "another server that the application asks does not answer",
        "{reason}: it does not run, or its address in the application's"
        " configuration is wrong.",
        "see which one the frames of the traceback ask (a cache, a queue,"
        " mail, a search engine), and that it runs at that address",
        error=r"(?:[\w.]+\.)?(?:\w*ConnectionError|ConnectionRefusedError"
              r"|ConnectionResetError|error|OperationalError|NewConnectionError"
              r"|NoServersAvailable|AutoReconnect|ServerSelectionTimeoutError"
              r"|URLError|gaierror|TimeoutError|timeout|SMTPConnectError)"
              r": [\s\S]*?(?P<reason>[Cc]onnection refused|Connection reset"
              r" by peer|[Nn]ame or service not known|Temporary failure in"
              r" name resolution|No route to host|Network is unreachable"
              r"|[Cc]onnection timed out|Max retries exceeded)"
              r"|ldap\.SERVER_DOWN: .*(?P<reason2>Can't contact LDAP server)"
              r"|[\w.]+: .*\[Errno 11[13]\] (?P<reason3>Connection refused"
              r"|No route to host)",
        example="redis.exceptions.ConnectionError: Error 111 connecting to"
                " localhost:6379. Connection refused."),
    FailurePattern(
        "network-forbidden",
        "the system forbids a connection of the application",
        "\"Permission denied\" for a connection is SELinux on Red Hat: Apache"
        " may not open connections unless a switch allows it.",
        ("`sudo setsebool -P httpd_can_network_connect on` allows it;"
         " httpd_can_network_connect_db or httpd_can_sendmail alone, if that"
         " is all it needs"),
        error=r"(?:[\w.]+\.)?(?:\w*Error|error|URLError|\w*Exception):"
              r"[\s\S]*?\[Errno 13\] Permission denied[^\n]*\n[\s\S]*"
              r"(?:\.connect\(|create_connection|/(?:socket|smtplib)\.py\",)",
        check="MWD206",
        example="Traceback (most recent call last):\n"
                '  File "/usr/lib/python3.11/socket.py", line 845, in'
                " create_connection\n"
                "    sock.connect(sa)\n"
                "PermissionError: [Errno 13] Permission denied"),
    FailurePattern(
        "tls-outgoing",
        "a server that the application asks has no certificate that is"
        " trusted here",
        "Its certificate is made by an authority that this Python does not"
        " know, is out of date, or is for another name; or a proxy in between"
        " replaces it.",
        "see which server the traceback asks; trust its authority by"
        " SSL_CERT_FILE or REQUESTS_CA_BUNDLE (--env of `modwsgideploy"
        " deploy`), or update ca-certificates and certifi",
        error=r"(?:[\w.]+\.)?\w*(?:Error|Exception): [\s\S]*"
              r"(?:CERTIFICATE_VERIFY_FAILED|certificate verify failed)",
        where=(ALIAS,),
        example="ssl.SSLCertVerificationError: [SSL:"
                " CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    FailurePattern(
        "insecure-transport",
        "the application believes that it was asked without HTTPS",
        "OAuth wants HTTPS.  Behind a proxy that speaks HTTP to this Apache,"
        " the application sees http unless it is told otherwise.",
        ("let the proxy send X-Forwarded-Proto, and trust it"
         " (--trusted-proxy of `modwsgideploy deploy`)", RELOAD),
        error=r"(?:[\w.]+\.)?InsecureTransportError: ",
        where=("WSGITrustedProxies", ALIAS), check="MWD414",
        example="oauthlib.oauth2.rfc6749.errors.InsecureTransportError:"
                " (insecure_transport) OAuth 2 MUST utilize https."),
    FailurePattern(
        "read-only",
        "{path} is on a file system that is read-only for the site",
        "It is mounted so, or the unit of Apache's service protects it"
        " (ProtectSystem=, ReadOnlyPaths=, ProtectHome=).",
        ("`findmnt -T {path}` shows the mount, `systemctl show {service} -p"
         " ProtectSystem -p ProtectHome -p ReadOnlyPaths` the service",
         "write somewhere else, or allow that directory with"
         " ReadWritePaths= of the service", RESTART),
        error=r"(?:[\w.]+\.)?(?:OSError|IOError|PermissionError): \[Errno"
              r" 30\] Read-only file system(?:: u?['\"](?P<path>[^'\"]*))?",
        line=r"", errno=(30,),
        example="OSError: [Errno 30] Read-only file system:"
                " '/usr/share/shop/cache'"),
    FailurePattern(
        "tool-missing",
        "a package does not find the program that it runs: {reason}",
        "The package only calls it; it is a program of its own, which is not"
        " installed here, or not on the PATH of Apache's processes.",
        ("install it from the system's packages, or tell the package its"
         " whole path", RELOAD),
        error=r"(?:[\w.]+\.)?\w+: (?P<reason>(?:Message: )?[^\n]*(?:executable"
              r" needs to be in PATH|No wkhtmlto\w+ executable found"
              r"|Bad git executable|Unable to get page count\. Is poppler"
              r" installed|tesseract is not installed or it's not in)[^\n]*)",
        example="OSError: No wkhtmltopdf executable found: \"b''\""),
    FailurePattern(
        "command-failed",
        "a program that the application runs failed: {reason}",
        "Python only tells how it ended.  As {user} it has another PATH, home"
        " directory and permissions than at your terminal.",
        "run it by hand as {user}, in the directory of the processes; what it"
        " prints is the reason",
        error=r"(?:subprocess\.)?CalledProcessError: (?P<reason>[^\n]*)",
        example="subprocess.CalledProcessError: Command ['/usr/bin/kinit',"
                " '-n'] returned non-zero exit status 1."),
    FailurePattern(
        "no-display",
        "the code wants to open a window",
        "The processes of Apache have no screen.  Matplotlib picks a"
        " backend with windows, or the code uses tkinter or Qt by itself.",
        ("for Matplotlib set MPLBACKEND to Agg (--env of `modwsgideploy"
         " deploy`), or call matplotlib.use(\"Agg\") before pyplot is"
         " imported", RELOAD),
        error=r"(?:[\w.]+\.)?\w+: [^\n]*(?:no display name and no \$DISPLAY"
              r"|[Cc](?:annot|ould not|ouldn't) connect to (?:X server"
              r"|display)"
              r"|Cannot load backend '\w+' which requires the '\w+'"
              r" interactive framework)",
        example="_tkinter.TclError: no display name and no $DISPLAY"
                " environment variable"),
    FailurePattern(
        "command-missing",
        "the application runs a program that is not found: {path}",
        "Apache's PATH is short, and the program may not be installed here"
        " at all.",
        ("install it, and let the code call it by its whole path", RELOAD),
        error=r"(?:FileNotFoundError|OSError): \[Errno 2\] No such file or"
              r" directory(?:: u?['\"](?P<path>[^'\"]*)['\"])?[^\n]*\n"
              r"[\s\S]*(?:subprocess\.py|Popen\(|_execute_child)",
        example="Traceback (most recent call last):\n"
                '  File "/usr/lib/python3.11/subprocess.py", line 1901, in'
                " _execute_child\n"
                "    raise child_exception_type(errno_num, err_msg)\n"
                "FileNotFoundError: [Errno 2] No such file or directory:"
                " 'ffmpeg'"),
    FailurePattern(
        "home-unknown",
        "Python does not know the home directory of the processes' user",
        "The processes run with the number of a user that /etc/passwd does"
        " not have, as in a container, or HOME is not set.",
        ("set HOME to a directory of that user (--env of `modwsgideploy"
         " deploy`); or let user= of WSGIDaemonProcess be one that exists",
         RELOAD),
        error=r"KeyError: [\"']getpwuid\(\): uid not found: \d+"
              r"|RuntimeError: (?:Can't|Could not) determine home directory"
              r"|OSError: No username set in the environment",
        where=(DAEMON + " user", DAEMON), check="MWD601",
        example="KeyError: 'getpwuid(): uid not found: 1001'"),
    FailurePattern(
        "device-denied",
        "{user} may not use a device of the machine",
        "Devices such as the pins of a Raspberry Pi or a serial port belong to"
        " groups, and the user of the processes is in none of them.",
        ("`ls -l /dev` shows the group of each device: gpio, i2c, spi or"
         " dialout", "let {user} be in it, for the pins with `sudo usermod -aG"
         " gpio {user}`", RESTART),
        error=r"RuntimeError: No access to /dev/mem"
              r"|(?:[\w.]+\.)?\w+: [^\n]*(?:could not open port /dev/\S+:"
              r" [^\n]*Permission denied|Permission denied: '/dev/)",
        where=(DAEMON + " user", DAEMON), check="MWD601",
        example="RuntimeError: No access to /dev/mem.  Try running as root!"),
    FailurePattern(
        "relative-denied",
        "{user} may not use {path}: its name was probably relative",
        "A file right below / is mostly a relative name (as of a log file)"
        " that Python completed with the directory of the processes, which"
        " is / without home=.",
        ("name it by its whole path (%(here)s in an ini), or set home= of"
         " WSGIDaemonProcess; what is written belongs into a directory of"
         " {user}, apart from the code", RELOAD),
        error=OPENING + r" \[Errno 13\] Permission denied:"
              r" [ub]?['\"](?P<path>/[^/'\"]+)['\"]",
        where=(DAEMON + " home", DAEMON), check="MWD503",
        example="PermissionError: [Errno 13] Permission denied:"
                " '/shop.log'"),
    FailurePattern(
        "home-denied",
        "a library wants to write {path}, below a home directory that is not"
        " for {user}",
        "Many libraries keep a cache or settings in the home directory of the"
        " user; Apache's user has none that it may write, or HOME is still"
        " root's.",
        ("give the library a directory that belongs to {user}: by HOME, or by"
         " a variable of its own (XDG_CACHE_HOME, MPLCONFIGDIR,"
         " NUMBA_CACHE_DIR, NLTK_DATA, HF_HOME), with --env of"
         " `modwsgideploy deploy` or os.environ in the script", RELOAD),
        error=OPENING + r" \[Errno 13\] Permission denied: [ub]?['\"]"
              r"(?P<path>/(?:var/www|usr/share/httpd|var/lib/wwwrun|root)/"
              r"(?:\.|nltk_data|mpl|scikit_learn)[^'\"]*)['\"]",
        where=(DAEMON + " user", DAEMON), check="MWD201",
        example="PermissionError: [Errno 13] Permission denied:"
                " '/var/www/.cache/fontconfig'"),
    FailurePattern(
        "cache-temporary",
        "Matplotlib makes its cache anew in each process",
        "It may not write into the directory for its settings, and takes a"
        " temporary one, which makes the first request slow.",
        ("give it a directory that belongs to {user}, by MPLCONFIGDIR with"
         " --env of `modwsgideploy deploy` or os.environ in the script",
         RELOAD),
        line=r"Matplotlib (?:is building the font cache|created a temporary"
             r" (?:config/)?cache directory)"
             r"|mkdir -p failed for path /.+?: \[Errno (?:13|30)\]",
        level="warning",
        example="Matplotlib created a temporary cache directory at"
                " /tmp/matplotlib-1a because there was an issue with the"
                " default path (/var/www/.config/matplotlib)"),
    FailurePattern(
        "permission",
        "{user} may not use {path}",
        "The processes do not run as you, and this file or directory is not"
        " theirs to read or write.  Its owner and mode, those of a directory"
        " above it, or SELinux may be why.",
        (LAYOUT, "for reading let its group be {group_of_user} with the r"
         " permission; for writing let it belong to {user}, in a directory"
         " without code", RELOAD),
        line=r"\s*\[Errno 13\] Permission denied: '(?P<path>/[^']*)'$",
        error=OPENING + r" \[Errno 13\] Permission denied:"
              r" [ub]?['\"](?P<path>.*?)['\"](?: -> .*)?\s*$",
        where=(DAEMON + " user", DAEMON), check="MWD201",
        example="PermissionError: [Errno 13] Permission denied:"
                " '/srv/shop/data/shop.log'"),
    FailurePattern(
        "permission-unnamed",
        "{user} may not use something that the application asks for",
        "The processes do not run as you.  The error does not name what it"
        " is: a file, a semaphore or shared memory (/dev/shm), a connection"
        " (SELinux); the frames of the traceback tell.",
        ("see what the innermost lines of the traceback open or run",
         "on Red Hat `sudo ausearch -m avc -ts recent` shows what SELinux"
         " stopped"),
        error=r"(?:[\w.]+\.)?(?:PermissionError|OSError|IOError|error):"
              r" (?:\[Errno (?:1|13)\] )?(?:Permission denied|Operation not"
              r" permitted)|(?:PermissionError|OSError|IOError):"
              r" \[(?:Errno 1|WinError 5)\]",
        where=(DAEMON + " user", DAEMON), check="MWD201",
        example="PermissionError: [Errno 13] Permission denied"),
    FailurePattern(
        "relative-file",
        "the file {path} is not there: its name is relative",
        "The daemon processes work in home=, or in / without it.",
        ("name it by its whole path (%(here)s in an ini), or set home= of"
         " WSGIDaemonProcess", RELOAD),
        error=OPENING + r" \[Errno 2\] No such"
              r" file or directory: [ub]?['\"](?P<path>[^/'\"].*?)['\"]",
        where=(DAEMON + " home", DAEMON), check="MWD503",
        example="FileNotFoundError: [Errno 2] No such file or directory:"
                " 'config.json'"),
    FailurePattern(
        "file-missing",
        "the file {path} is not there",
        "The application asks for it by this path.",
        ("`ls -ld {path}` shows what is there; bring the file there, or mend"
         " the path where the application has it from", RELOAD),
        error=OPENING + r" \[Errno 2\] No such"
              r" file or directory: [ub]?['\"](?P<path>/.*?)['\"]"
              r"|OSError: File '(?P<path2>/[^']*)' not found"
              r"|FileNotFoundError: (?P<path3>/\S+) doesn't exist",
        check="MWD104",
        example="FileNotFoundError: [Errno 2] No such file or directory:"
                " '/srv/shop/data/words.txt'"),
    FailurePattern(
        "template-missing",
        "the template {file} is not found",
        "It is not in the directories that the application looks into: the"
        " name is wrong, the file was not copied, an installed package was"
        " built without its data files, or a relative directory is looked"
        " for where the processes work.",
        ("look for it in the project and in site-packages; name directories"
         " of templates by their whole path", RELOAD),
        error=r"(?:[\w.]+\.)?(?:TemplateNotFound|TemplateDoesNotExist"
              r"|TemplateLookupException|TopLevelLookupException): (?:Can'?t"
              r" locate template for uri )?u?['\"]?(?P<file>[^'\"\n]*)",
        example="jinja2.exceptions.TemplateNotFound: index.html"),
    FailurePattern(
        "disk-full",
        "the disk is full",
        "Nothing more can be written, so logs, sessions and uploads fail.",
        "`df -h` and `df -i` show which; make room",
        error=r"(?:[\w.]+\.)?(?:OSError|IOError): \[Errno (?:28|122)\]"
              r"|.*database or disk is full",
        line=r"", errno=(28, 122),
        example="OSError: [Errno 28] No space left on device"),
    FailurePattern(
        "too-many-files",
        "a process has too many files open",
        "Something does not close its files or connections, or the limit is"
        " low for this many threads.",
        ("`sudo systemctl edit {service}`, with `LimitNOFILE=65536` below"
         " [Service]", RESTART),
        error=r"(?:[\w.]+\.)?(?:OSError|IOError|error): \[Errno 2[34]\]",
        line=r"", errno=(23, 24),
        example="OSError: [Errno 24] Too many open files"),
    FailurePattern(
        "no-memory",
        "a process got no more memory or threads",
        "The machine or a limit is too small for this many processes and"
        " threads.",
        ("lower processes= and threads= of WSGIDaemonProcess, raise"
         " stack-size= only with need", RELOAD),
        error=r"MemoryError\b|(?:RuntimeError|.*error): can't start new"
              r" thread|(?:OSError|BlockingIOError): \[Errno (?:11|12)\]"
              r"[^\n]*(?:\Z|\n[\s\S]*(?:fork|start_new_thread|mmap))",
        line=r"", errno=(12,),
        where=(DAEMON + " processes", DAEMON),
        example="RuntimeError: can't start new thread"),
    FailurePattern(
        "own-server",
        "the code starts a web server of its own",
        "Loading it calls app.run(), serve_forever() or the like, as for a"
        " run at a terminal; under Apache that blocks, fails because the"
        " port is taken, or because signals and reloaders work in the main"
        " thread only.",
        ("put that call below `if __name__ == '__main__':`", RELOAD),
        error=r"(?:OSError|error|SystemExit): ?(?:\[Errno 98\] Address"
              r" already in use|1?)[^\n]*\n[\s\S]*(?:\brun_simple\b|\.run\("
              r"|serve_forever|make_server)"
              r"|ValueError: signal only works in main thread[^\n]*\n"
              r"[\s\S]*(?:\brun_simple\b|run_with_reloader|\.run\()",
        line=r"\s*\* (?:Running on http|Serving (?:Flask app|Quart app)"
             r"|Restarting with stat|Debugger is active)",
        check="MWD601",
        example=" * Running on http://127.0.0.1:5000/ (Press CTRL+C to"
                " quit)"),
    FailurePattern(
        "blas-threads",
        "NumPy's OpenBLAS got no thread: the limit on processes is reached",
        "It starts a thread for each core of the machine, in each process;"
        " RLIMIT_NPROC counts those of all processes of the user.",
        ("set OPENBLAS_NUM_THREADS=1 with --env of `modwsgideploy deploy` or"
         " os.environ at the beginning of the script; or lower processes= of"
         " WSGIDaemonProcess, or raise the limit", RESTART),
        line=r"OpenBLAS blas_thread_init: ",
        where=(DAEMON + " processes", DAEMON),
        example="OpenBLAS blas_thread_init: pthread_create failed for thread"
                " 1 of 64: Resource temporarily unavailable"),
    FailurePattern(
        "trac-environment",
        "Trac finds no environment at {path}",
        "trac.env_path (TRAC_ENV), or trac.env_parent_dir with the first part"
        " of the URL, names a directory without one; or {user} may not read"
        " its file VERSION.",
        ("give the script the path of the environment; with"
         " trac.env_parent_dir the URL's next part is its name",
         "`sudo -u {user} ls {path}` shows whether {user} may read it",
         RELOAD),
        error=r"(?:[\w.]+\.)?(?:TracError|EnvironmentError): No Trac"
              r" environment found at (?P<path>/\S+)",
        example="TracError: No Trac environment found at /srv/trac/shop\n"
                "[Errno 2] No such file or directory:"
                " '/srv/trac/shop/VERSION'"),
    FailurePattern(
        "trac-upgrade",
        "the Trac environment is of an older Trac",
        "Trac or a plugin was upgraded, and the environment's database was"
        " not.",
        ("make a copy of the environment by trac-admin's hotcopy, run"
         " trac-admin's upgrade of it as {user}", RELOAD),
        error=r"(?:[\w.]+\.)?TracError: The Trac Environment needs to be"
              r" upgraded",
        example="TracError: The Trac Environment needs to be upgraded."),
    FailurePattern(
        "no-log-handler",
        "messages of the logger {name} are lost",
        "The application logs, and nothing says where to: logging was not"
        " set up (Python 2 says so once).  An error that it logged is not"
        " in this log.",
        ("set logging up in the script: logging.config.fileConfig of the"
         " ini, or logging.basicConfig(stream=sys.stderr)", RELOAD),
        line=r"No handlers could be found for logger \"?(?P<name>[\w.]+)\"?",
        check="MWD504", level="warning",
        example='No handlers could be found for logger "shop.views"'),
    FailurePattern(
        "event-loop",
        "the code asks for an event loop in a thread that has none",
        "asyncio.get_event_loop() makes one in the main thread alone;"
        " mod_wsgi answers requests in other threads.",
        ("let the code run its coroutine by asyncio.run(), or make a loop for"
         " the thread by asyncio.new_event_loop()", RELOAD),
        error=r"RuntimeError: There is no current event loop in thread",
        example="RuntimeError: There is no current event loop in thread"
                " 'Dummy-1'."),
    FailurePattern(
        "main-thread",
        "the code sets a signal handler, which only the main thread may",
        "mod_wsgi loads applications in other threads, and signals belong to"
        " Apache.",
        ("leave the handler out under mod_wsgi (the module mod_wsgi can be"
         " imported there)", RELOAD),
        error=r"ValueError: signal only works in main thread",
        check="MWD601",
        example="ValueError: signal only works in main thread of the main"
                " interpreter"),
    FailurePattern(
        "at-shutdown",
        "work was begun while the process was ending",
        "It was being stopped or restarted.",
        "nothing, if it comes with restarts only; the process restarts by"
        " itself if a limit such as maximum-requests= or"
        " inactivity-timeout= is set",
        error=r"RuntimeError: (?:cannot schedule new futures after"
              r"|can't (?:register atexit after|create new thread at)"
              r"|can't start new thread at) "
              r"|ImportError: sys\.meta_path is None"
              # Of these Python is never without, but then.
              r"|NameError: name '(?:isinstance|hasattr|getattr|len|open|str"
              r"|int|dict|list|tuple|super|type|print|id|repr|Exception"
              r"|BaseException|TypeError|ValueError|AttributeError|KeyError"
              r"|ImportError|NameError|RuntimeError|ResourceWarning|OSError"
              r"|__build_class__|__import__)' is not defined",
        # Of Python 2, where even the name of the function is gone.
        line=r"Unhandled exception in thread started by\s*$"
             r"|sys\.excepthook is missing|lost sys\.stderr",
        where=(DAEMON,), level="warning",
        example="RuntimeError: cannot schedule new futures after interpreter"
                " shutdown"),
    FailurePattern(
        "argv",
        "code reads sys.argv, which has nothing for it in a server",
        "A library takes the command line of the process for its own; under"
        " mod_wsgi that is only `mod_wsgi`.",
        ("take that call (argparse, optparse, sys.argv) out of what is"
         " imported; until then put `import sys; sys.argv = ['app']` and what"
         " it expects first into {script}", RELOAD),
        error=r"IndexError: list index out of range\n[\s\S]*\bargv\b"
              r"|SystemExit\b.*\n[\s\S]*(?:usage: mod_wsgi|mod_wsgi: error"
              r"|\bargparse|\boptparse)"
              r"|AttributeError: .*module.* has no attribute 'argv'",
        check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/lib.py", line 2, in <module>\n'
                "    config = sys.argv[1]\n"
                "IndexError: list index out of range"),
    FailurePattern(
        "exits",
        "{script} ends the process, with sys.exit",
        "Code that is loaded calls sys.exit or exit, as a command-line"
        " program does.",
        ("put that call below `if __name__ == '__main__':`", RELOAD),
        error=r"SystemExit\b", after=("argv", "own-server"),
        example="mod_wsgi (pid=7): SystemExit exception raised by WSGI"
                " script '/srv/shop/shop.wsgi' ignored.\n"
                "SystemExit: 2"),
    FailurePattern(
        "ini-loggers",
        "the ini sets up no logging: it has no [{section}]",
        "logging.config.fileConfig needs [loggers], [handlers] and"
        " [formatters], each with keys=.",
        (("add the three sections to {config} (development.ini has them), or"
          " take fileConfig out of the script: modwsgideploy's own calls it"
          " only when there is a [loggers]",
          "add the three sections to the ini, or take fileConfig out of the"
          " script"), RELOAD),
        error=r"KeyError: u?'(?P<section>(?:formatters?|handlers?|loggers?)"
              r"(?:_\w+)?|keys)'(?=\n(?:\Z|[\s\S]*(?:fileConfig|cp\[)))"
              r"|(?:[\w.]+\.)?NoSectionError: No section: u?'(?P<section2>"
              r"(?:formatter|handler|logger)\w*)'"
              r"|RuntimeError: (?P<section3>.+) is (?:invalid:|an empty file)",
        check="MWD505",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/apache/shop.wsgi", line 9, in <module>\n'
                "    fileConfig('/srv/shop/production.ini')\n"
                "KeyError: 'formatters'"),
    FailurePattern(
        "ini-unread",
        "the code asks an ini for the section {section}, which it has not"
        " read",
        "ConfigParser.read() says nothing of a file that is not there.  A"
        " relative path is looked for in the working directory, which under"
        " mod_wsgi is / without home=; or the file lacks the section.",
        ("let the code make the path from its own: os.path.join(os.path."
         "dirname(__file__), ...)", "or set home= of WSGIDaemonProcess to the"
         " directory that the path is relative to", RELOAD),
        error=r"(?:KeyError: u?'(?P<section>[^'\n]*)'(?=\n[\s\S]*/configparser"
              r"\.py\", in __getitem__\n)"
              r"|(?:[\w.]+\.)?NoSectionError: No section: u?['\"]?"
              r"(?P<section2>[^'\"\n]+)['\"]?(?=\n))"
              r"(?![\s\S]*/(?:logging/config|loadwsgi)\.py\")",
        where=(DAEMON + " home", DAEMON), check="MWD503",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/settings.py", line 8, in <module>\n'
                "    host = config['database']['host']\n"
                '  File "/usr/lib/python3.11/configparser.py", line 979, in'
                " __getitem__\n"
                "    raise KeyError(key)\n"
                "KeyError: 'database'"),
    FailurePattern(
        "ini-percent",
        "a % in the ini is not doubled: {reason}",
        "In a Paste configuration % begins a substitution.",
        (("write %% for each %, or use %(here)s rightly, in {config}",
          "write %% for each %, or use %(here)s rightly, in the ini"),
         RELOAD),
        error=r"(?:[\w.]+\.)?Interpolation\w*Error: (?P<reason>.*)"
              r"|ValueError: (?P<reason2>invalid interpolation syntax.*)",
        check="MWD507",
        example="configparser.InterpolationSyntaxError: '%' must be followed"
                " by '%' or '(', found: '%x'"),
    FailurePattern(
        "ini-broken",
        "an ini file cannot be read: {reason}",
        "It is no ini file as Python's configparser takes it: UTF-8 without a"
        " byte order mark, each section and each key once.",
        (("if it is {config}, `modwsgideploy deploy -n --config={config}"
          " {project}` tells the line", "mend the line that the error"
          " names"), RELOAD),
        error=r"(?:[\w.]+\.)?(?P<reason>(?:MissingSectionHeader|DuplicateOption"
              r"|DuplicateSection|Parsing)Error: .*)"
              r"|(?P<reason2>UnicodeDecodeError: .*)\n[\s\S]*\b_read\(f",
        check="MWD601",
        example="configparser.MissingSectionHeaderError: File contains no"
                " section headers."),
    FailurePattern(
        "ini-section",
        "the ini does not have what is asked for: {reason}",
        "The section, the entry point or the application's name is wrong, or"
        " the distribution that brings it is another version.",
        (("mend the section of {config}, or name the application with"
          " --app-name of `modwsgideploy deploy`", "mend the section of the"
          " ini, or name the application with --app-name of `modwsgideploy"
          " deploy`"), RELOAD),
        error=r"LookupError: (?P<reason>(?:No section|Entry point|Ambiguous"
              r" section|No loader|.*has no entry points).*)",
        check="MWD601",
        example="LookupError: No section 'main' (prefixed by 'app' or"
                " 'application') found in config /srv/shop/production.ini"),
    FailurePattern(
        "no-distribution",
        "the distribution {package} is not installed in the virtualenv",
        "egg: in the ini, entry points and versions need the distribution"
        " installed, not only its code.",
        (("`{virtualenv}/bin/pip install -e {project}`, if it is the"
          " project", "install it in the site's virtualenv: for the project"
          " itself pip install -e with its directory"), RELOAD),
        error=r"(?:[\w.]+\.)?(?:DistributionNotFound: (?:The )?'?"
              r"(?P<package>[\w.-]+)|PackageNotFoundError: (?:No package"
              r" metadata was found for )?'?(?P<package2>[\w.-]+))",
        where=(DAEMON + " python-home", ALIAS), check="MWD601",
        example="pkg_resources.DistributionNotFound: The 'shop' distribution"
                " was not found and is required by the application"),
    FailurePattern(
        "version-conflict",
        "two packages want different versions: {reason}",
        "What is installed does not satisfy what the project requires; with"
        " a baseline an older version there can come first.",
        (("`{virtualenv}/bin/pip check` names them, and"
          " `{virtualenv}/bin/pip install -e {project}` brings what the"
          " project asks for", "pip check of the site's virtualenv names"
          " them"), RELOAD),
        error=r"(?:[\w.]+\.)?(?:ContextualVersionConflict|VersionConflict):"
              r" (?P<reason>.*)",
        check="MWD601",
        example="pkg_resources.VersionConflict: (WebOb 1.1 (/srv/lib),"
                " Requirement.parse('WebOb>=1.2'))"),
    FailurePattern(
        "stale-egg",
        "a zipped egg was replaced while processes had it open",
        "Python remembers where things are in a zipped file, and the new one"
        " is laid out otherwise.",
        ("`sudo {restart}`", "install with pip, which unpacks packages"),
        error=r"(?:zipimport\.)?ZipImportError: (?:bad local file header"
              r"|can't (?:open|read) Zip)|error: Error -3 while"
              r" decompressing",
        example="zipimport.ZipImportError: bad local file header in"
                " /srv/shop/lib/shop-1.0-py2.7.egg"),
    FailurePattern(
        "debug-on",
        "debug = true in the ini: the interactive debugger refuses to run",
        "It works in one process only, and lets every visitor run code.",
        (("set `debug = false` in {config}", "set `debug = false` in the"
          " ini"), RELOAD),
        error=r"AssertionError: (?:The )?(?:EvalException|DebugToolbar|.*"
              r"multi-?process environment)",
        check="MWD501",
        example="AssertionError: The EvalException middleware is not usable"
                " in a multi-process environment"),
    FailurePattern(
        "prints",
        "the application prints, and this server forbids it",
        "WSGIRestrictStdout is on, as it always was before mod_wsgi 3; for"
        " stdin it is WSGIRestrictStdin: a debugger such as pdb reads"
        " there.",
        ("take `WSGIRestrictStdout On` (`WSGIRestrictStdin On`) out, or print"
         " to sys.stderr", RELOAD),
        error=r"(?:OSError|IOError): sys\.std(?:in|out) access restricted"
              r"|RuntimeError: sys\.stdin|RuntimeError: input\(\): lost"
              r" sys\.std",
        where=("WSGIRestrictStdout", "WSGIRestrictStdin"),
        example="IOError: sys.stdout access restricted by mod_wsgi"),
    FailurePattern(
        "not-wsgi",
        "the application does not do what WSGI asks for: {reason}",
        "A response is an iterable of bytes; start_response comes before it,"
        " with a status such as '200 OK' and headers of text without line"
        " breaks.",
        ("wsgiref.validate.validator around `application` in {script} names"
         " the place", RELOAD),
        error=r"(?:TypeError|RuntimeError|ValueError|AssertionError):"
              r" (?P<reason>(?:sequence of byte string|byte string value"
              r" expected|response (?:has not|iterable must|headers must)"
              r"|start_response\(\)|expected (?:unicode|byte|list)"
              r"|carriage return/line feed|status (?:line|message|value)"
              r"|must be str|status code|header (?:name|value)|headers?"
              r" (?:list|already|must|have)|each header|list of tuple|tuple of"
              r" length|control character|space character|no (?:space"
              r" following|reason)|embedded (?:null|newline)|invalid"
              r" [Cc]ontent.[Ll]ength|write\(\) argument|unicode object"
              r"|application\(\) (?:takes|missing)|'NoneType' object is not"
              r" iterable).*)"
              # mod_wsgi says it: without a traceback, or in these calls.
              r"\n(?:\Z|[\s\S]*(?:start_response|write)\()",
        check="MWD601",
        example="mod_wsgi (pid=7): Exception occurred processing WSGI script"
                " '/srv/shop/shop.wsgi'.\n"
                "TypeError: sequence of byte string values expected, value"
                " of type str found"),
    FailurePattern(
        "syntax",
        "Python cannot read the code: {reason}",
        "A file is broken off, edited badly, not UTF-8, or for another"
        " Python than the server's ({python_in_log}).",
        ("mend the line that the traceback names", RELOAD),
        error=r"(?:Syntax|Indentation|Tab)Error: (?P<reason>.*)",
        check="MWD601",
        example="SyntaxError: invalid syntax"),
)
