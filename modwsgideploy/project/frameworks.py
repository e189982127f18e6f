"""Recognise the framework of a project by its requirements, files and ini.

`FRAMEWORKS` is the one list: a record added to it is recognised, can be named
by --framework, and has its static files found.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from modwsgideploy.errors import DeployError, did_you_mean
from modwsgideploy.model.project import Versions
from modwsgideploy.project.import_package import ImportPackage
from modwsgideploy.project.static_files import (
    StaticFiles,
    of_cherrypy,
    of_public,
    of_pyramid,
)
from modwsgideploy.system.files import text_or_empty

if TYPE_CHECKING:
    from modwsgideploy.model.project import Project


class Framework(NamedTuple):
    """How one framework is recognised and what its deployment needs."""

    name: str  # the key in FRAMEWORKS and the value of --framework
    title: str  # as people write it
    # Any of these among a project's requirements marks it; canonical names.
    requirements: tuple[str, ...] = ()
    # From that version of them on it is the framework that comes next.
    before: tuple[int, ...] = ()
    # The same for an ini: top-level modules of its factories, and what its
    # application's settings start with.
    modules: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    # A directory -> the "module:callable" that its files name, or None where
    # they are not of this framework; "" where it needs no callable.
    marks: "Callable[[str], str | None] | None" = None
    launcher: str = "paste"  # templates/launchers/NAME.py_tmpl
    config: str = "production.ini"  # "" where the script loads none
    # "module:callable" within the package that --application stands for when
    # it is not given; None where that option means nothing, "" where it can
    # be anywhere in the code.
    application: Optional[str] = None
    # What a site takes for its options when they are not given.
    defaults: Mapping[str, object] = MappingProxyType({})
    # Its package -> the static files that Apache can serve.
    static_files: Callable[[ImportPackage], StaticFiles] = (
        lambda package: StaticFiles(()))
    python2: bool = False  # generated scripts must be valid Python 2.7 too
    notes: tuple[str, ...] = ()  # paragraphs for the runbook

    @property
    def is_found_in_code(self) -> bool:
        """Whether its application can be anywhere in a project's code."""
        return self.application == ""

    @property
    def uses_paste(self) -> bool:
        """Whether PasteDeploy loads its application."""
        return self.launcher == "paste"


def config_source(directory: str, config: str) -> str:
    """The name of the file in ``directory`` that a production configuration
    called ``config`` is usually made from, "" where there is none."""
    usual = (("sample-prod.cfg", "dev.cfg") if config.endswith(".cfg")
             else ("development.ini", "dev.ini"))
    return next((name for name in usual
                 if os.path.isfile(os.path.join(directory, name))), "")


def _of_django(directory: str) -> Optional[str]:
    """The WSGI application of the settings that manage.py names."""
    settings = re.search(
        r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""",
        text_or_empty(f"{directory}/manage.py"))
    if not settings:
        return None
    # mysite.settings, or config.settings.production with config/wsgi.py
    parent = settings[1].rpartition(".")[0]
    while parent:
        path = os.path.join(directory, *parent.split("."), "wsgi.py")
        if os.path.isfile(path):
            return parent + ".wsgi:application"
        parent = parent.rpartition(".")[0]
    return None


def asgi_of_django(directory: str, application: str) -> str:
    """The ASGI application beside the WSGI ``application`` of a Django
    project, "" where it has none."""
    module = application.partition(":")[0].rpartition(".")[0]
    path = os.path.join(directory, *module.split("."), "asgi.py")
    return f"{module}.asgi:application" if module and (
        application.endswith(".wsgi:application")
        and os.path.isfile(path)) else ""


def has_channels(directory: str) -> bool:
    """Whether the settings that manage.py names have Channels, or its server,
    among the applications."""
    named = re.search(
        r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""",
        text_or_empty(f"{directory}/manage.py"))
    if not named:
        return False
    path = os.path.join(directory, *named[1].split("."))
    return bool(re.search(r"""['"](?:channels|daphne)['"]""", text_or_empty(
        path + ".py") or text_or_empty(os.path.join(path, "__init__.py"))))


def _of_trac(directory: str) -> Optional[str]:
    """"" for the directory of a Trac environment."""
    text = text_or_empty(f"{directory}/VERSION")
    return "" if text.startswith("Trac Environment") else None


# CherryPy's sessions and, up to 1.0, SQLObject's cache are of one process.
_ONE_PROCESS = MappingProxyType({"processes": 1, "threads": 25})
_PYTHON2 = ("{} and what it requires are Python 2 source: its virtualenv, and"
            " what runs it in Apache, must be of Python 2.7.")
_TURBOGEARS1_NOTES = (
    _PYTHON2.format("TurboGears 1"),
    "The default configuration, prod.cfg, is what its start script takes on a"
    " production server; quickstart leaves sample-prod.cfg to copy it from."
    " What that names by a relative path, server.log, or by current_dir_uri,"
    " the database, is in the process's working directory: name a whole path"
    " where the application's user can write.",
    "The script overrides server.webpath, the environment and autoreload, so"
    " the mount point is said in one place only; and base_url_filter.on (in"
    " 1.5 tools.proxy.on), which would lead redirects to localhost. It is for"
    " another proxy in front of this Apache: behind one that does not pass the"
    " Host header on, take that line out of the script.",
    "Links must be made by turbogears.url() to carry the mount point.",
    "CherryPy keeps sessions in the memory of one process unless"
    " session_filter.storage_type (in 1.5 tools.sessions.storage_type) says"
    " otherwise, and with TurboGears 1.0 each process caches by itself what"
    " SQLObject read. So one process is the default wherever the server"
    " module lets one choose.",
)
# The first whose requirement a project has is its framework: TurboGears 2
# stands before Pylons because its releases up to 2.2 require Pylons as well.
_FRAMEWORKS = (
    Framework(
        "turbogears2", "TurboGears 2",
        requirements=("turbogears2",),
        modules=("tg",),
        static_files=of_public,
        notes=(
            "A quickstarted project must itself require what it imports:"
            " tg.devtools does not bring that where it is deployed."
            " 'modwsgideploy check' names what is missing (MWD609).",)),
    Framework(
        "turbogears1", "TurboGears 1",
        requirements=("turbogears",), before=(1, 5),
        launcher="turbogears1", config="prod.cfg",
        application="controllers:Root", defaults=_ONE_PROCESS,
        static_files=of_cherrypy,
        python2=True, notes=_TURBOGEARS1_NOTES),
    Framework(
        "turbogears15", "TurboGears 1.5",
        requirements=("turbogears",),
        launcher="turbogears15", config="prod.cfg",
        application="controllers:Root", defaults=_ONE_PROCESS,
        static_files=of_cherrypy,
        python2=True, notes=_TURBOGEARS1_NOTES),
    Framework(
        "pylons", "Pylons",
        requirements=("pylons",),
        modules=("pylons",),
        static_files=of_public,
        python2=True,
        notes=(_PYTHON2.format("Pylons 1"),)),
    Framework(
        "pyramid", "Pyramid",
        requirements=("pyramid",),
        modules=("pyramid",),
        settings=("pyramid.",),
        static_files=of_pyramid),
    Framework(
        "django", "Django",
        marks=_of_django, launcher="wsgi", config="",
        application="wsgi:application",
        notes=(
            "Django serves no static files itself: collect them with"
            " 'python manage.py collectstatic' and name STATIC_ROOT by"
            " --static=/static=DIR; ALLOWED_HOSTS must hold the site's name.",
            "wsgi.py chooses the settings; another choice is"
            " --env=DJANGO_SETTINGS_MODULE=MODULE.")),
    Framework(
        "trac", "Trac",
        marks=_of_trac, launcher="trac", config="",
        notes=(
            "A Trac environment holds its database, log and attachments, so"
            " the user that runs it must be able to write there, and a copy"
            " is another Trac: deploy it with --in-place.",
            "Trac leaves it to Apache who logs in, and takes the name from it"
            " at /login: deploy it with --require=/login=FILE, where FILE has"
            " the lines with Auth and Require (AuthType Basic, AuthUserFile,"
            " Require valid-user; or those of LDAP or OpenID Connect).")),
    Framework("paste", "Paste"),
    Framework(
        "flask", "Flask",
        requirements=("flask",), launcher="wsgi", config="", application="",
        notes=(
            "Flask serves the files of its static folder itself;"
            " --static=/static=DIR has Apache do it, which is faster.",)),
    Framework(
        "asgi", "ASGI",
        requirements=("fastapi", "starlette", "quart", "litestar"),
        launcher="asgi", config="", application="",
        notes=(
            "Apache's modules speak WSGI; a2wsgi translates. What an"
            " application does when it starts (lifespan) is done, what it does"
            " when it stops is not; and there are no WebSockets. With"
            " --backend http it has a server that speaks ASGI.",)),
    Framework(
        "script", "WSGI", launcher="script", config="", application=""),
    Framework(
        "wsgi", "WSGI", launcher="wsgi", config="", application=""),
)
FRAMEWORKS = {framework.name: framework for framework in _FRAMEWORKS}
# What a project is when nothing marks it.
FALLBACK = "paste"


def find_framework(name: str) -> Framework:
    """The Framework called ``name``, in any case.

    Raises DeployError.
    """
    known = FRAMEWORKS.get(name.lower())
    if known:
        return known
    raise DeployError(
        f"--framework: {name!r} is not a known framework"
        f"{did_you_mean([name.lower()], FRAMEWORKS)}; the known ones are "
        + ", ".join(sorted(FRAMEWORKS)))


def recognise(requires: Iterable[str], modules: Iterable[str] = (),
              settings: Iterable[str] = (),
              versions: Versions = ()) -> Framework:
    """The Framework that a project is built on.

    ``requires`` are canonical requirement names, ``modules`` the top-level
    modules and distributions that its ini uses, ``settings`` the keys of its
    application there; requirements say more than the ini.  ``versions`` are
    those of the requirements, as in `required`.
    """
    found = required(requires, versions)
    if found and not found.is_found_in_code:
        return found
    for framework in FRAMEWORKS.values():
        if not framework.uses_paste:
            continue
        marks = framework.modules + framework.requirements
        if not set(marks).isdisjoint(modules):
            return framework
        # startswith(()) is False
        if any(key.startswith(framework.settings) for key in settings):
            return framework
    return FRAMEWORKS[FALLBACK]


def required(requires: Iterable[str],
             versions: Versions = ()) -> Optional[Framework]:
    """The Framework among the canonical names ``requires``, or None."""
    known = dict(versions)
    for framework in FRAMEWORKS.values():
        for name in set(framework.requirements).intersection(requires):
            if not framework.before or (
                    known.get(name, ()) < framework.before):
                return framework
    return None


def marked(directory: str) -> Optional[Framework]:
    """The Framework that the files of ``directory`` are of, or None."""
    for framework in FRAMEWORKS.values():
        if framework.marks and framework.marks(directory) is not None:
            return framework
    return None


def caches_by_process(project: "Project") -> bool:
    """Whether the processes of ``project`` (Project) would disagree.

    Up to TurboGears 1.0 each process caches what SQLObject read; 1.1 mended
    that, and SQLAlchemy never did it.  1.0 itself requires SQLObject, so a
    project that does not say SQLAlchemy may well use it.
    """
    return (project.framework == "turbogears1"
            and dict(project.versions).get("turbogears", ()) < (1, 1)
            and ("sqlobject" in project.requires
                 or not {"sqlalchemy", "elixir"} & set(project.requires)))


def refuse(project: "Project", given: Mapping[str, Any],
           sources: Mapping[str, str]) -> Iterator[str]:
    """Say what of the choices the framework of ``project`` cannot have.

    ``given`` are their values by field, ``sources`` where each came from.
    """
    framework = FRAMEWORKS[project.framework]
    if "config" in given and not framework.config:
        yield (f"{sources['config']}: a {framework.title} application is"
               " loaded without a configuration file; leave it out")
    if "app_name" in given and not framework.uses_paste:
        yield (f"{sources['app_name']}: only a Paste configuration has"
               f" sections to choose from, and {framework.title} has none;"
               " leave it out")
    if given.get("global_conf") and not framework.uses_paste:
        yield (f"{sources['global_conf']}: is what PasteDeploy is given, which"
               f" does not load {framework.title}; leave it out")
    if "application" in given and framework.application is None:
        yield (f"{sources['application']}: {_loads(framework)}; leave it"
               " out, or give --framework=wsgi")
    for field, several in (
            ("processes", given.get("processes", 1) > 1),
            ("mode", given.get("mode") == "embedded"
             and given.get("backend", "mod_wsgi") == "mod_wsgi")):
        if several and caches_by_process(project):
            yield (f"{sources[field]}: with TurboGears 1.0 each process"
                   " caches by itself what SQLObject read, so several of them"
                   " show different data; leave it out (one daemon process,"
                   " 25 threads), or have the project require TurboGears 1.1"
                   " or SQLAlchemy")
    version = given.get("mod_wsgi_version")
    if framework.python2 and version and int(version.split(".")[0]) > 4:
        yield (f"{sources['mod_wsgi_version']}: mod_wsgi {version} is for"
               f" Python 3, and {framework.title} for Python 2.7; the last"
               " for that is 4.9.4")


def _loads(framework: Framework) -> str:
    if framework.uses_paste:
        return (f"a {framework.title} application is named by its Paste"
                " configuration")
    return f"the application of {framework.title} is known"
