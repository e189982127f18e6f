"""CHECKS: what is wrong with a deployment, before it fails.

A check is a function that takes a Subject (subject.py) and yields (message,
fix); it never raises for what it finds.  Its docstring is its text in the
documentation.  To add one, write it beside its like and add a row below; its
code is then its name for ever.
"""

import os
from importlib import import_module
from typing import NamedTuple


class Problem(NamedTuple):
    """One finding: what is wrong, and the command that mends it."""

    level: str      # "hint", "warning" or "error"
    code: str       # stable, MWD...
    message: str
    fix: str        # a command, or what to do


class Check(NamedTuple):
    """One row of the table."""

    code: str
    level: str
    title: str
    function: str            # "module.name", in this package
    # cheap: of the files alone; host: of this machine; load: runs the
    # application.  `deploy` makes the cheap ones.
    cost: str = "host"
    # Apache itself refuses such a configuration.
    refused: bool = False

    def find(self):
        """The function."""
        module, _, name = self.function.partition(".")
        return getattr(import_module("." + module, __name__), name)


ERROR, WARNING, HINT = "error", "warning", "hint"
CHEAP, HOST, LOAD = "cheap", "host", "load"

CHECKS = (
    Check("MWD101", WARNING, "the baseline virtualenv is missing",
          "places.baseline", CHEAP),
    Check("MWD102", WARNING, "the application's virtualenv is missing",
          "places.virtualenv", CHEAP),
    Check("MWD103", WARNING, "the project is not where it is served",
          "places.code", CHEAP),
    Check("MWD104", WARNING, "the Paste configuration is missing",
          "places.config", CHEAP),
    Check("MWD105", WARNING, "the egg cache is missing", "places.egg_cache",
          CHEAP),
    Check("MWD106", WARNING, "the site takes every host",
          "places.whole_server", CHEAP),
    Check("MWD107", ERROR, "the WSGI script is missing", "places.script"),
    Check("MWD108", WARNING, "static files are missing", "places.static"),
    Check("MWD109", ERROR, "the log directory is missing",
          "places.log_directory", refused=True),
    Check("MWD110", ERROR, "the daemon's home is missing", "places.home"),

    Check("MWD201", ERROR, "the daemon's user cannot read a file",
          "permissions.readable"),
    Check("MWD202", WARNING, "the egg cache cannot be written",
          "permissions.egg_cache"),
    Check("MWD203", ERROR, "Apache's user cannot reach the sockets",
          "permissions.socket"),
    Check("MWD204", ERROR, "SQLite cannot be written", "permissions.sqlite"),
    Check("MWD205", ERROR, "the daemon's user does not exist",
          "permissions.account", refused=True),
    Check("MWD206", WARNING, "SELinux may refuse a file",
          "permissions.selinux"),
    Check("MWD207", WARNING, "AppArmor may refuse a file",
          "permissions.apparmor"),

    Check("MWD301", ERROR, "there is no Apache", "server.no_apache"),
    Check("MWD302", ERROR, "an Apache module is missing", "server.modules",
          refused=True),
    Check("MWD303", ERROR, "mod_wsgi and mod_python in one Apache",
          "server.exclusive"),
    Check("MWD304", ERROR, "mod_wsgi is for another Python",
          "server.python_mismatch"),
    Check("MWD305", ERROR, "Apache refuses the configuration",
          "server.rejected"),
    Check("MWD306", ERROR, "Order and Allow without mod_access_compat",
          "server.old_access", refused=True),
    Check("MWD307", ERROR, "a directive of another mod_wsgi",
          "server.version", refused=True),
    Check("MWD308", ERROR, "a directive of the server in a VirtualHost",
          "server.server_only", refused=True),
    Check("MWD309", WARNING, "several WSGIPythonHome",
          "server.python_home_twice"),
    Check("MWD310", HINT, "sockets are renamed at a reload",
          "server.socket_rotation"),
    Check("MWD311", ERROR, "nobody is granted access", "server.granted"),
    Check("MWD312", ERROR, "the .htaccess file is not read",
          "server.allow_override"),

    Check("MWD401", ERROR, "a daemon process is defined twice",
          "running.daemon_twice", refused=True),
    Check("MWD402", ERROR, "an unknown process group",
          "running.group_unknown"),
    Check("MWD403", ERROR, "the process group of another VirtualHost",
          "running.group_of_another"),
    Check("MWD404", ERROR, "the daemon process comes too late",
          "running.group_too_late", refused=True),
    Check("MWD405", WARNING, "a process group for the whole server",
          "running.group_of_all"),
    Check("MWD406", WARNING, "not Python's first interpreter",
          "running.application_group"),
    Check("MWD407", WARNING, "no locale", "running.locale_unset"),
    Check("MWD408", WARNING, "the locale is not installed",
          "running.locale_missing"),
    Check("MWD409", ERROR, "a mount point with a slash at the end",
          "running.trailing_slash"),
    Check("MWD410", ERROR, "another site has this place",
          "running.same_place"),
    Check("MWD411", ERROR, "another directive takes the site's URLs",
          "running.shadowed"),
    Check("MWD412", WARNING, "no queue-timeout", "running.queue_timeout"),
    Check("MWD413", WARNING, "Authorization is not passed",
          "running.authorization"),
    Check("MWD414", WARNING, "the wrong scheme behind a proxy",
          "running.scheme"),
    Check("MWD415", WARNING, "old code is served", "running.old_code"),
    Check("MWD416", ERROR, "certbot copied the daemon process",
          "running.certbot", refused=True),
    Check("MWD417", WARNING, "static files outside the mount point",
          "running.static_mount"),
    Check("MWD418", ERROR, "embedded mode is switched off",
          "running.embedded"),
    Check("MWD419", WARNING, "processes that cache what SQLObject read",
          "running.caches", CHEAP),
    Check("MWD420", WARNING, "shared daemon processes defined otherwise",
          "running.daemon_otherwise"),
    Check("MWD421", WARNING, "a module for one interpreter in shared ones",
          "running.one_interpreter"),
    Check("MWD422", ERROR, "nothing leads to the application",
          "running.unmounted"),
    Check("MWD423", ERROR, "another host's wildcard takes the site's requests",
          "running.wildcard"),
    Check("MWD424", WARNING, "a virtual host for an address comes first",
          "running.address"),

    Check("MWD501", ERROR, "debug is on", "ini.debug", CHEAP),
    Check("MWD502", ERROR, "a secret that everybody knows", "ini.secrets",
          CHEAP),
    Check("MWD503", WARNING, "a relative path", "ini.relative_paths", CHEAP),
    Check("MWD504", WARNING, "logging is not set up", "ini.loggers"),
    Check("MWD505", ERROR, "logging is set up by half",
          "ini.incomplete_logging", CHEAP),
    Check("MWD506", WARNING, "PrefixMiddleware under Apache",
          "ini.prefix_middleware", CHEAP),
    Check("MWD507", ERROR, "a value that PasteDeploy cannot fill in",
          "ini.uninterpolated", CHEAP),
    Check("MWD508", WARNING, "SQLite shared by processes",
          "ini.sqlite_processes"),

    Check("MWD601", ERROR, "the application does not load",
          "application.loads", LOAD),
    Check("MWD602", WARNING, "more processes than memory",
          "application.memory", LOAD),
    Check("MWD603", ERROR, "response headers that Apache refuses",
          "application.headers", LOAD),

    Check("MWD701", ERROR, "a certificate or key is missing", "tls.missing",
          refused=True),
    Check("MWD702", ERROR, "a key that is not the certificate's",
          "tls.mismatch"),
    Check("MWD703", WARNING, "the certificate ends", "tls.expiry"),
)

CODES = {check.code: check for check in CHECKS}


def check(site, files=None):
    """The Problems of ``site`` (a Site) as it will be written, as a list.

    These are the cheap ones, which ask nothing of Apache.  ``files`` is what
    `render` made of it, by default made here.
    """
    from ..render import render
    from .subject import Subject

    files = render(site) if files is None else files
    texts = {os.path.join(site.output_dir, file.path): file.text
             for file in files}
    subject = Subject(site, texts, os.path.join(site.output_dir, site.name))
    return run(subject, (CHEAP,))


# What Apache itself says: told where no other check has told it in our words.
REJECTED = "MWD305"


def run(subject, costs=(CHEAP, HOST, LOAD), rejected=True):
    """The Problems of a Subject, by the checks of these ``costs``.

    ``rejected=False`` leaves out REJECTED, which starts an httpd.
    """
    problems = []
    for each in CHECKS:
        if each.cost in costs and (rejected or each.code != REJECTED):
            problems += _found(each, subject)
    if is_refused(problems):
        problems = [problem for problem in problems
                    if problem.code != REJECTED]
    return problems


def _found(check, subject):
    """The Problems that one Check finds."""
    if check.code in subject.site.skip:
        return []
    return [Problem(check.level, check.code, message, fix)
            for message, fix in check.find()(subject)]


def is_refused(problems):
    """Whether Apache refuses a configuration with these ``problems``."""
    return any(CODES[problem.code].refused for problem in problems)


def run_rejected(subjects):
    """The Problems by REJECTED alone, a list for each of many Subjects of
    one Host, in as few runs of its httpd as can be."""
    from .server import try_together

    try_together([subject for subject in subjects
                  if REJECTED not in subject.site.skip])
    return [_found(CODES[REJECTED], subject) for subject in subjects]
