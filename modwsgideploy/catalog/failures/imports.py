"""Failures to import a module or a name; `explain.imports` tells them."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    INSTALL,
    RELOAD,
    RESTART,
    FailurePattern,
)

_PATHS = (DAEMON + " python-home", DAEMON + " python-path",
          "WSGIPythonHome", "PythonPath", ALIAS)
_TO_PATH = ("put the directory that holds it into {path_setting}, or at the"
            " beginning of sys.path in the script; or install the project in"
            " the virtualenv")
_READABLE = ("`{virtualenv}/bin/python -V` must be {apache_module}'s"
             " version, and `sudo -u {user} ls {virtualenv}/lib` must work",
             "`sudo -u {user} ls {virtualenv}/lib` must work")
_UPGRADE = ("`{virtualenv}/bin/pip check` names packages that do not fit",)
IMPORTS = (
    FailurePattern(
        "package-of-other-python",
        "a package that is installed for Python {version} is read by another"
        " Python",
        "Its code is right for that Python; the one that mod_wsgi runs"
        " ({python_in_log}) does not understand it.  So the site's"
        " virtualenv, or a site-packages directory on its path, is of"
        " another Python than mod_wsgi.",
        ("use the mod_wsgi of the virtualenv's Python, or make the virtualenv"
         " anew with mod_wsgi's", "take site-packages directories of other"
         " versions out of python-path= and sys.path", RELOAD),
        error=r"(?:Syntax|Indentation)Error: [^\n]*\n[\s\S]*File \"[^\"]*"
              r"/python(?P<version>\d\.\d+)/(?:site|dist)-packages/[^\"]*\","
              r" in [^\n]*\n[^\n]*\Z",
        where=(DAEMON + " python-home", DAEMON + " python-path",
               "WSGIPythonHome", "LoadModule"), check="MWD304",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 3, in <module>\n'
                "    from flask import Flask\n"
                '  File "/srv/venv/lib/python3.9/site-packages/flask/'
                '__init__.py", line 19\n'
                "    def safe(text: str) -> str:\n"
                "                 ^\n"
                "SyntaxError: invalid syntax"),
    FailurePattern(
        "mod-wsgi-server",
        "mod_wsgi.server is not there in this Apache",
        "The module mod_wsgi that Apache's own module brings hides the"
        " package of that name; its part server belongs to"
        " mod_wsgi-express.",
        ("take mod_wsgi.server out of INSTALLED_APPS", RELOAD),
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?mod_wsgi(?:_packages|\.server)"
              r"|AttributeError: module 'mod_wsgi' has no attribute"
              r" 'server'",
        check="MWD601",
        example="ModuleNotFoundError: No module named"
                " 'mod_wsgi_packages'"),
    FailurePattern(
        "python-2-code",
        "the code is for Python 2",
        "The server runs Python 3 ({python_in_log}).",
        ("deploy it on a mod_wsgi of Python 2.7 (the deployment's"
         " README.txt tells how), or port it"),
        error=r"SyntaxError: (?:Missing parentheses in call to|multiple"
              r" exception types must be|invalid (?:token|decimal literal)"
              r"|leading zeros in)"
              r"|NameError: name '(?:unicode|xrange|raw_input|basestring"
              r"|reduce|unichr|long)'",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 1, in <module>\n'
                "    import urllib2\n"
                "ModuleNotFoundError: No module named 'urllib2'"),
    FailurePattern(
        "activate-this",
        "the script activates a virtualenv with activate_this.py, which does"
        " not work",
        "Only the program virtualenv makes that file, `python3 -m venv` does"
        " not; and Python 3 has no execfile to run it with.  It is not"
        " needed: mod_wsgi itself takes the virtualenv.",
        ("take the lines with activate_this out of the script, and name the"
         " virtualenv with python-home= of WSGIDaemonProcess (its directory,"
         " without bin)", RELOAD),
        error=r"(?:FileNotFoundError|IOError|OSError): \[Errno 2\] No such"
              r" file or directory: u?['\"](?P<path>[^'\"]*activate_this"
              r"\.py)['\"]"
              r"|NameError: name 'execfile' is not defined\n[\s\S]*"
              r"activate_this",
        where=(DAEMON + " python-home", ALIAS),
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 4, in <module>\n'
                "    with open(activate_this) as file:\n"
                "FileNotFoundError: [Errno 2] No such file or directory:"
                " '/srv/shop/venv/bin/activate_this.py'"),
    FailurePattern(
        "pkg-resources",
        "there is no pkg_resources, which the code imports",
        "It is a part of setuptools until version 81, and virtualenvs of"
        " Python 3.12 and later come without setuptools.",
        (("`{virtualenv}/bin/pip install 'setuptools<82'`",
          "install setuptools older than 82 in the virtualenv of the site"),
         "newer releases of the package that imports it mostly do without",
         RELOAD),
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?(?P<module>pkg_resources)\b",
        where=(DAEMON + " python-home",), check="MWD601",
        example="ModuleNotFoundError: No module named 'pkg_resources'"),
    FailurePattern(
        "removed-module",
        "Python {version} and later have no module {module}",
        "It left the standard library, and code for an older Python still"
        " imports it.",
        (("upgrade {importer} to a release for this Python, or run the site"
          " with an older Python",
          "change the import, upgrade the package that has it, or run the"
          " site with an older Python"), RELOAD),
        where=(DAEMON + " python-home",), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.py", line 2, in <module>\n'
                "    import imp\n"
                "ModuleNotFoundError: No module named 'imp'"),
    FailurePattern(
        "split-module",
        "this Python has no {module}: the system keeps it in a package of"
        " its own",
        "Debian and Ubuntu split distutils and lib2to3 of Python 3.11 and"
        " older from the rest.",
        ("`sudo apt-get install python3-distutils` brings it for the"
         " system's own Python", RELOAD),
        check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/usr/lib/python3.8/x.py", line 2, in <module>\n'
                "    from distutils import util\n"
                "ModuleNotFoundError: No module named 'distutils.util'"),
    FailurePattern(
        "python-too-old",
        "the code needs Python {version} or later, for {name}",
        "The server's Python ({python_in_log}) is older.",
        ("run the site with a newer Python (mod_wsgi and the virtualenv of"
         " it), or use a release of the package for this one"),
        where=(DAEMON + " python-home",), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.py", line 2, in <module>\n'
                "    import tomllib\n"
                "ModuleNotFoundError: No module named 'tomllib'"),
    FailurePattern(
        "python-incomplete",
        "this Python was built without {library}: it has no {module}",
        "When it was compiled, the header files of that library were not"
        " there; or the distribution keeps the module in a package of its"
        " own.",
        ("build it anew with them, or use the system's Python and its"
         " package"),
        check="MWD601",
        example="ModuleNotFoundError: No module named '_ctypes'"),
    FailurePattern(
        "uwsgi-module",
        "the code is made for the server uWSGI",
        "The module uwsgi is in that server itself; there is none to install"
        " for mod_wsgi.",
        ("let the code do without it: `try: import uwsgi` with `except"
         " ImportError`, or another way for its timers, cache and locks",
         RELOAD),
        error=r"(?:ModuleNotFoundError|ImportError): No module named"
              r" '?uwsgi'?(?:\n|\Z)",
        check="MWD601",
        example="ModuleNotFoundError: No module named 'uwsgi'"),
    FailurePattern(
        "system-module",
        "{module} comes with the system's packages only, for the system's"
        " own Python",
        "A virtualenv does not see it, and no index has the right one.",
        ("install the distribution's package of it, and make the"
         " virtualenv with --system-site-packages"),
        check="MWD601",
        example="ModuleNotFoundError: No module named 'apt_pkg'"),
    FailurePattern(
        "c-part",
        "{package} is there, but its C part {module} is not for this"
        " Python",
        "The virtualenv was made by another Python than the one that"
        " mod_wsgi runs ({python_in_log}), or it was copied from another"
        " machine.",
        ("`ls -d {virtualenv}/lib/python*` shows the virtualenv's version;"
         " mod_wsgi's is in Apache's start-up line of the log",
         "make the virtualenv anew with mod_wsgi's Python, or use the"
         " mod_wsgi of the virtualenv's", RELOAD),
        error=r"ImportError: dynamic module does not define (?:init|module"
              r" export) function \((?:init|PyInit_)(?P<module>\w+)\)"
              r"|ImportError: .*(?:Python version mismatch: module was"
              r" compiled for|undefined symbol: _?Py\w+)",
        where=(DAEMON + " python-home", "WSGIPythonHome"), check="MWD304",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.py", line 2, in <module>\n'
                "    import regex\n"
                "ModuleNotFoundError: No module named 'regex._regex'"),
    FailurePattern(
        "not-a-package",
        "{parent} is a single file, so there is no {module} in it",
        "The code means a directory of that name.  Python found a file"
        " {parent}.py (or the C part of a package) before it: the first on"
        " sys.path counts, and the directory of a running script comes"
        " first.",
        ("rename the file that has the name of the package, or put the"
         " directory above the package first on sys.path", RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop/urls.py", line 2, in <module>\n'
                "    import shop.settings\n"
                "ModuleNotFoundError: No module named 'shop.settings';"
                " 'shop' is not a package"),
    FailurePattern(
        "shadowed-module",
        "another file hides the module {module}",
        "Python found a file of that name in a directory that comes first"
        " on sys.path, and that is not the package which the code means.",
        (("rename {file} of the project, and remove its .pyc file",),
         RELOAD),
        check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/flask.py", line 1, in <module>\n'
                "    from flask import Flask\n"
                "ImportError: cannot import name 'Flask' from partially"
                " initialized module 'flask' (most likely due to a circular"
                " import) (/srv/shop/flask.py)"),
    FailurePattern(
        "lost-module",
        "{package} {version} and later have no {module}",
        "Code for an older {package} still imports it.",
        (("upgrade {importer} to a release for the installed {package}, or"
          " ask for {package} below {version} in the project's requirements",
          "change the import, or ask for {package} below {version} in the"
          " project's requirements"), *_UPGRADE, RELOAD),
        where=(DAEMON + " python-home",), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/views.py", line 2, in <module>\n'
                "    from django.core.urlresolvers import reverse\n"
                "ModuleNotFoundError: No module named"
                " 'django.core.urlresolvers'"),
    FailurePattern(
        "missing-part",
        "{parent} is there, and has no {module}",
        "The {package} that Python finds first is another version than the"
        " code is for, was installed by half, or is a directory of the"
        " project with that name.",
        (*_UPGRADE, "see which one is found: the code of {parent} must be"
         " in the virtualenv's site-packages", RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 2, in <module>\n'
                "    from django.core.wsgi import get_wsgi_application\n"
                "ImportError: No module named wsgi"),
    FailurePattern(
        "own-part",
        "{parent} is there, and has no {module}",
        "If that is the project's own code: the file was not copied or is"
        " not under version control, its name differs in upper and lower"
        " case, or another directory called {parent} comes first on"
        " sys.path.  If it is a package: another version is installed than"
        " the code is for.",
        ("look for {file} in the directory of {parent}", RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 2, in <module>\n'
                "    import shop.settings\n"
                "ModuleNotFoundError: No module named 'shop.settings'"),
    FailurePattern(
        "own-module-found",
        "Python does not find {module}, which is in {directory}",
        "That directory is not on sys.path.  Apache does not start in the"
        " directory of the project, so what works at a terminal there fails"
        " here.",
        ("put {directory} into {path_setting}, or at the beginning of"
         " sys.path in the script; or install the project in the"
         " virtualenv", RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/apache/shop.wsgi", line 2, in <module>\n'
                "    from shop import app\n"
                "ModuleNotFoundError: No module named 'shop'"),
    FailurePattern(
        "own-module",
        "Python finds no module {module}, which looks like the project's"
        " own",
        "Apache does not start in the directory of the project, so that its"
        " modules are not on sys.path by themselves; or the file is not"
        " there, or {user} cannot read it.",
        (_TO_PATH, "if it is a package of somebody else's, it is missing in"
         " the virtualenv that the site uses", RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 2, in <module>\n'
                "    from config import settings\n"
                "ModuleNotFoundError: No module named 'config'"),
    FailurePattern(
        "not-installed",
        "Python finds no module {module}",
        "{package}, which has it, is not installed where the site looks; or"
        " the virtualenv is not in force ({setting}), is of another Python"
        " than the server ({python_in_log}), or {user} cannot read it, and"
        " then none of its packages are seen.",
        (("`{virtualenv}/bin/pip install {package}`, where that is the"
          " site's virtualenv", "see that {setting} names the virtualenv"
          " that has {package}; else install it there"),
         _READABLE, RELOAD),
        error=r"ImportError: Couldn't import (?P<module>Django)\. Are you"
              r" sure",
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 2, in <module>\n'
                "    from flask import Flask\n"
                "ModuleNotFoundError: No module named 'flask'"),
    FailurePattern(
        "no-module",
        "Python finds no module {module}",
        "Either it is the project's own, and the directory that has it is"
        " not on sys.path; or it belongs to a package that is not installed"
        " where the site looks.  Packages are often called otherwise than"
        " their modules, so ask the project for the name.",
        (INSTALL, "for a module of the project: " + _TO_PATH,
         _READABLE, RELOAD),
        where=_PATHS, check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/views.py", line 2, in <module>\n'
                "    import nothing_like_it\n"
                "ModuleNotFoundError: No module named 'nothing_like_it'"),
    FailurePattern(
        "import-circle",
        "modules import each other in a circle: {module} is not ready when"
        " {name} is asked of it",
        "One module imports another that imports the first again before it"
        " was at its end; a file of the project with the name of a package"
        " does the same.",
        ("import later (inside the function that needs it), or move what"
         " both need into a third module; see that no file of the project"
         " has the name of a package", RELOAD),
        check="MWD601",
        example="ImportError: cannot import name 'db' from partially"
                " initialized module 'shop' (most likely due to a circular"
                " import) (/srv/shop/shop/__init__.py)"),
    FailurePattern(
        "library-mixed",
        "Python's own module {module} is not ready when {name} is asked of it",
        "Python's library does not do that by itself: a file of the project"
        " has the name of one of its modules (re.py, string.py and the like),"
        " or the libraries of two Pythons are on sys.path, by python-path=,"
        " PYTHONPATH, PYTHONHOME or activate_this.py.",
        ("see that no file beside the script has the name of a module of"
         " Python, and take lib directories of other Pythons off"
         " {path_setting} and sys.path", RELOAD),
        where=_PATHS, check="MWD601",
        example="ImportError: cannot import name 'sre_compile' from partially"
                " initialized module 're' (most likely due to a circular"
                " import)"),
    FailurePattern(
        "empty-module",
        "{module} is a directory without code: it has no {name}",
        "\"(unknown location)\" means that Python found a directory of that"
        " name and no __init__.py in it: it was not copied wholly, or the"
        " directory hides the package that is meant.",
        ("see that __init__.py is there, or rename the directory", RELOAD),
        check="MWD601",
        example="ImportError: cannot import name 'app' from 'shop' (unknown"
                " location)"),
    FailurePattern(
        "removed-name",
        "Python {version} and later have no {name} in {module}",
        "Code for an older Python still asks for it.",
        (("upgrade {importer} to a release for this Python, or run the site"
          " with an older Python",
          "change the code or upgrade the package that has it, or run the"
          " site with an older Python"), RELOAD),
        where=(DAEMON + " python-home",), check="MWD601",
        example="AttributeError: module 'collections' has no attribute"
                " 'Mapping'"),
    FailurePattern(
        "lost-name",
        "{package} {version} and later have no {name} in {module}",
        "The installed {package} is too new for the code that imports it.",
        (("upgrade {importer} to a release that goes with it, or ask for"
          " {package} below {version} in the project's requirements",
          "change the import, or ask for {package} below {version} in the"
          " project's requirements"), *_UPGRADE, RELOAD),
        where=(DAEMON + " python-home",), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/venv/lib/python3.11/site-packages/flask/'
                'app.py", line 28, in <module>\n'
                "    from werkzeug.urls import url_quote\n"
                "ImportError: cannot import name 'url_quote' from"
                " 'werkzeug.urls' (/srv/shop/venv/lib/python3.11/"
                "site-packages/werkzeug/urls.py)"),
    FailurePattern(
        "own-name",
        "the project's module {module} has no {name}",
        "Python found {file} for it.  There the name is missing or written"
        " otherwise, the server has an older copy of it, or another file"
        " with that name is meant.",
        ("look for {name} in {file}; a package's __init__.py must import"
         " what is to be imported from it", RELOAD),
        check="MWD601",
        example="ImportError: cannot import name 'app' from 'shop'"
                " (/srv/shop/shop/__init__.py)"),
    FailurePattern(
        "import-name",
        "{module} has no {name}: two packages do not fit",
        "The installed {package} is newer than what imports it (and took"
        " the name back), or older (and does not have it yet).",
        (("upgrade {importer}, or ask in the project's requirements for the"
          " {package} that it is for",
          "change the import, or ask in the project's requirements for the"
          " {package} that the code is for"), *_UPGRADE, RELOAD),
        where=(DAEMON + " python-home",), check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/venv/lib/python3.11/site-packages/'
                'fastapi/x.py", line 2, in <module>\n'
                "    from starlette.types import Nothing\n"
                "ImportError: cannot import name 'Nothing' from"
                " 'starlette.types' (/srv/shop/venv/lib/python3.11/"
                "site-packages/starlette/types.py)"),
    FailurePattern(
        "unknown-name",
        "the name {name} cannot be imported",
        "The module that was found does not have it: it is another version"
        " than the code is for, imports itself again in a circle, or is a"
        " file of the project with the name of a package.",
        (*_UPGRADE, "see which file the module is", RELOAD),
        check="MWD601",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/shop.wsgi", line 2, in <module>\n'
                "    from shop import app\n"
                "ImportError: cannot import name app"),
    FailurePattern(
        "bad-magic",
        "a compiled file (.pyc) is of another Python",
        "Files of another version of Python lie where Python looks for"
        " code; those beside the .py files are of Python 2 or of"
        " \"compileall -b\".",
        ("remove the .pyc files of the project that lie beside its code"
         " (not those in __pycache__), and deploy the .py files", RELOAD),
        error=r"ImportError: [Bb]ad magic number in",
        check="MWD601",
        example="ImportError: bad magic number in 'shop.models':"
                " b'\\x03\\xf3\\r\\n'"),
    FailurePattern(
        "relative-import",
        "a module that is no part of a package imports relatively",
        "mod_wsgi loads the script as a file by itself; \"from . import\""
        " works only in modules that were imported by the name of their"
        " package.",
        ("import by the whole name (from package.module import name), with"
         " the directory above the package on sys.path; or let the script"
         " be a small file that does so", RELOAD),
        error=r"(?:ImportError|SystemError|ValueError|KeyError): .*"
              r"(?:[Aa]ttempted relative import (?:with no|beyond|in)"
              r"|Parent module '.*' not loaded, cannot perform relative"
              r"|'__name__' not in globals)",
        check="MWD601",
        example="ImportError: attempted relative import with no known parent"
                " package"),
    FailurePattern(
        "sub-interpreter",
        "a module with C code does not load in a sub-interpreter",
        "mod_wsgi gives each application an interpreter of its own, for"
        " which the module is not made.",
        ("add `application-group=%{{GLOBAL}}` to WSGIScriptAlias, or, where"
         " sites share a daemon, give each processes of its own", RELOAD),
        error=r"(?:ImportError|RuntimeError|SystemError): .*(?:Interpreter"
              r" change detected|sub-?interpreter|only be loaded into one"
              r" interpreter|loaded more than once per process"
              r"|may only be initialized once per interpreter process)"
              r"|RuntimeError: CPU dispatcher tracer already initialized",
        where=(ALIAS + " application-group", "WSGIApplicationGroup", ALIAS),
        check="MWD406",
        example="ImportError: Interpreter change detected - this module can"
                " only be loaded into one interpreter per process."),
    FailurePattern(
        "c-part-incomplete",
        "{module}, a C part of {package}, has no {name} here",
        "Another part of the same package asks for it.  The C part is made"
        " for one interpreter of a process, and mod_wsgi gives each"
        " application one of its own; or the package was upgraded by half.",
        ("add `application-group=%{{GLOBAL}}` to WSGIScriptAlias, or, where"
         " sites share a daemon, give each processes of its own",
         "if it has that already, install {package} anew", RELOAD),
        where=(ALIAS + " application-group", "WSGIApplicationGroup", ALIAS),
        check="MWD406",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/venv/lib64/python3.13/site-packages/'
                'psycopg2/extensions.py", line 50, in <module>\n'
                "    from psycopg2._psycopg import (\n"
                "ImportError: cannot import name 'encodings' from"
                " 'psycopg2._psycopg' (/srv/shop/venv/lib64/python3.13/"
                "site-packages/psycopg2/_psycopg.cpython-313-x86_64-linux-"
                "gnu.so)"),
    FailurePattern(
        "library-not-mapped",
        "the system forbids to load the C code of a package: {library}",
        "It is there and readable, but must not be run from there: SELinux"
        " (code in a home directory, or with the type of data), or a file"
        " system that is mounted with noexec.",
        ("`findmnt -T {library}` shows the mount and its options",
         "on Red Hat `sudo ausearch -m avc -ts recent` shows what SELinux"
         " stopped; libraries of a virtualenv need the type"
         " httpd_sys_script_exec_t or lib_t", RELOAD),
        error=r"ImportError:[\s\S]*?(?P<library>/[^\s:]{1,300}): failed to map"
              r" segment from shared object",
        check="MWD206",
        example="ImportError: /srv/shop/venv/lib/python3.6/site-packages/"
                "bcrypt/_bcrypt.abi3.so: failed to map segment from shared"
                " object: Permission denied"),
    FailurePattern(
        "numpy-sub-interpreter",
        "NumPy runs in a sub-interpreter, for which it is not made",
        "mod_wsgi gives each application an interpreter of its own.  Much"
        " works there; some functions hang, crash or give wrong errors.",
        ("add `application-group=%{{GLOBAL}}` to WSGIScriptAlias, or, where"
         " sites share a daemon, give each processes of its own", RELOAD),
        line=r"/\S+\.py:\d+: UserWarning: NumPy was imported from a Python"
             r" sub-interpreter",
        where=(ALIAS + " application-group", "WSGIApplicationGroup", ALIAS),
        check="MWD406", level="warning",
        example="/srv/shop/venv/lib/python3.11/site-packages/pandas/"
                "__init__.py:14: UserWarning: NumPy was imported from a"
                " Python sub-interpreter but NumPy does not properly support"
                " sub-interpreters."),
    FailurePattern(
        "loaded-twice",
        "a module with C code is loaded a second time in one process",
        "It was loaded before in this process: by another interpreter, or by"
        " an attempt that failed half way.  Then the error that the first"
        " attempt logged is the one to mend.",
        ("look for an earlier error of this process in the log",
         "else add `application-group=%{{GLOBAL}}` to WSGIScriptAlias",
         RESTART),
        error=r"RuntimeError: (?:\w+ method|function '\w+') already has a"
              r" docstring"
              r"|ImportError: (?:[^\n]*\n\w+: )?cannot load module more than"
              r" once per process",
        where=(ALIAS + " application-group", "WSGIApplicationGroup", ALIAS),
        check="MWD406",
        example="RuntimeError: implement_array_function method already has a"
                " docstring"),
    FailurePattern(
        "library-pq",
        "psycopg finds no libpq, PostgreSQL's own library",
        "The package psycopg alone is Python code that loads the library of"
        " the system; psycopg[binary] and psycopg[c] bring a part in C.",
        (("`{virtualenv}/bin/pip install 'psycopg[binary]'` brings it, or the"
          " system's package does (Debian: `sudo apt-get install libpq5`)",
          "install psycopg[binary] in the virtualenv of the site, or the"
          " system's package with libpq (Debian: `sudo apt-get install"
          " libpq5`)"), RELOAD),
        error=r"ImportError: no pq wrapper available",
        where=(DAEMON + " python-home",), check="MWD601",
        example="ImportError: no pq wrapper available."),
    FailurePattern(
        "library-missing",
        "a package with C code needs {library}, which is not there",
        "It is a library of the system, or of a package that was built for"
        " another system.  One that LD_LIBRARY_PATH finds at a terminal is"
        " not found here: the processes of Apache do not have that variable.",
        ("install the system's package that has it, and see that the"
         " virtualenv was made on this machine; a library elsewhere needs its"
         " directory in /etc/ld.so.conf.d", RELOAD),
        error=r"(?:ImportError|OSError):[\s\S]*?(?P<library>[^\s:]{1,300}):"
              r" cannot open shared object file: No such file"
              r"|(?:[\w.]+\.)?ImproperlyConfigured: (?:Could not find the"
              r" (?P<library2>\w+) library|(?:Cannot find|Unable to load the)"
              r" (?P<library3>SpatiaLite))",
        check="MWD601",
        example="ImportError: libpq.so.5: cannot open shared object file: No"
                " such file or directory"),
    FailurePattern(
        "library-closed",
        "{user} may not read the C code of a package: {library}",
        "The processes do not run as you: the file or a directory above it"
        " is closed to them.",
        ("`namei -l {library}` shows which one; give others the x permission"
         " on directories and the r permission on the file", RELOAD),
        error=r"(?:ImportError|OSError):[\s\S]*?(?P<library>[^\s:]{1,300}):"
              r" cannot open shared object file: Permission denied",
        check="MWD201",
        example="ImportError: /srv/shop/venv/lib/libx.so: cannot open shared"
                " object file: Permission denied"),
    FailurePattern(
        "library-tls",
        "the C code of a package cannot be loaded so late: {library}",
        "It needs memory that a process has only when it starts (static"
        " TLS), and other libraries have taken it.",
        ("load it first: import that package at the top of the script, or"
         " name the library in LD_PRELOAD of Apache's own environment",
         RELOAD),
        error=r"ImportError:[\s\S]*?(?P<library>[^\s:]{1,300}): cannot"
              r" allocate memory in static TLS block",
        check="MWD601",
        example="ImportError: /lib/libgomp.so.1: cannot allocate memory in"
                " static TLS block"),
    FailurePattern(
        "library-misfit",
        "the C code of a package does not fit this system: {reason}",
        "It was built for another Python, another machine, or a newer system"
        " than this one: the virtualenv was made elsewhere, or a library of"
        " the system changed.",
        ("make the virtualenv anew on this machine, with the Python that"
         " mod_wsgi runs ({python_in_log})", RELOAD),
        error=r"(?:ImportError|OSError|[\w.]*ImproperlyConfigured):"
              r"(?:[\s\S]*\n)?(?P<reason>[^\n]*?(?:undefined"
              r" symbol|wrong ELF class|invalid ELF header|file too short"
              r"|version [`'](?:GLIBC|GLIBCXX|CXXABI|OPENSSL)[\w.]*' not"
              r" found|no suitable image|mach-o|Symbol not found"
              r"|DLL load failed)[^\n]*)",
        where=(DAEMON + " python-home",), check="MWD601",
        example="ImportError: /srv/shop/venv/lib/x.so: version"
                " `GLIBC_2.28' not found (required by x.so)"),
    FailurePattern(
        "numpy-binary",
        "a package was compiled for another numpy than is installed",
        "Its C part counts on what numpy is inside, which differs between"
        " releases, most of all between NumPy 1 and 2: one of the two was"
        " upgraded or downgraded alone.",
        ("install both anew with each other (pip install --force-reinstall of"
         " the package that the frames name, and of numpy); one that is made"
         " for NumPy 1 alone needs numpy below 2", RELOAD),
        line=r"A module that was compiled using NumPy 1\.x cannot be run in",
        error=r"(?:ValueError: numpy\.\w+ size changed, may indicate binary"
              r" incompatibility|RuntimeError: module compiled against (?:ABI"
              r" version|API version) |ImportError: numpy\.core\._?multiarray"
              r" failed to import \(auto-generated"
              r"|AttributeError: _ARRAY_API not found)",
        check="MWD601",
        example="ValueError: numpy.dtype size changed, may indicate binary"
                " incompatibility. Expected 96 from C header, got 88 from"
                " PyObject"),
    FailurePattern(
        "openssl-mix",
        "pyOpenSSL does not fit the cryptography that is installed",
        "Each release of pyOpenSSL goes with some of cryptography; mostly an"
        " old one of the system's packages is seen beside a new one of pip.",
        ("upgrade pyOpenSSL together with cryptography, in the virtualenv of"
         " the site", RELOAD),
        error=r"AttributeError: module 'lib' has no attribute",
        check="MWD601",
        example="AttributeError: module 'lib' has no attribute"
                " 'X509_V_FLAG_CB_ISSUER_CHECK'"),
    FailurePattern(
        "numpy-import",
        "numpy does not load",
        "Its C part cannot be loaded: it is for another Python than"
        " mod_wsgi's ({python_in_log}), a directory of numpy's own sources"
        " comes first on sys.path, or the application runs in a"
        " sub-interpreter.",
        ("`application-group=%{{GLOBAL}}` of WSGIScriptAlias for the last;"
         " else make the virtualenv anew with mod_wsgi's Python", RELOAD),
        error=r"ImportError:[\s\S]*?(?:numpy C-extensions failed|Error"
              r" importing numpy|numpy\.core\.multiarray failed to import)",
        after=("numpy-binary",),
        where=(DAEMON + " python-home", ALIAS + " application-group"),
        check="MWD601",
        example="ImportError: numpy.core.multiarray failed to import"),
)
