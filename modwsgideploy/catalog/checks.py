"""CHECKS: the table of what `check` looks for."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """One row of the table."""

    code: str
    level: str
    title: str
    function: str            # "module.name", in modwsgideploy.checks
    # cheap: of the files alone; host: of this machine; load: runs the
    # application.  `deploy` makes the cheap ones.
    cost: str = "host"
    # Apache itself refuses such a configuration.
    refused: bool = False


ERROR, WARNING, HINT = "error", "warning", "hint"
CHEAP, HOST, LOAD = "cheap", "host", "load"
CHECKS = (
    Check("MWD101", WARNING, "the baseline virtualenv is missing",
          "missing_files.baseline", CHEAP),
    Check("MWD102", WARNING, "the application's virtualenv is missing",
          "missing_files.virtualenv", CHEAP),
    Check("MWD103", WARNING, "the project is not where it is served",
          "missing_files.code", CHEAP),
    Check("MWD104", WARNING, "the Paste configuration is missing",
          "missing_files.config", CHEAP),
    Check("MWD105", WARNING, "the egg cache is missing",
          "missing_files.egg_cache", CHEAP),
    Check("MWD106", WARNING, "the site takes every host",
          "virtual_hosts.whole_server", CHEAP),
    Check("MWD107", ERROR, "the WSGI script is missing",
          "missing_files.script"),
    Check("MWD108", WARNING, "static files are missing",
          "missing_files.static"),
    Check("MWD109", ERROR, "the log directory is missing",
          "missing_files.log_directory", refused=True),
    Check("MWD110", ERROR, "the daemon's home is missing",
          "missing_files.home"),

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

    Check("MWD301", ERROR, "there is no Apache", "apache_modules.no_apache"),
    Check("MWD302", ERROR, "an Apache module is missing",
          "apache_modules.modules", refused=True),
    Check("MWD303", ERROR, "mod_wsgi and mod_python in one Apache",
          "apache_modules.exclusive"),
    Check("MWD304", ERROR, "mod_wsgi is for another Python",
          "environment.python_mismatch"),
    Check("MWD305", ERROR, "Apache refuses the configuration",
          "config_test.rejected"),
    Check("MWD306", ERROR, "Order and Allow without mod_access_compat",
          "access_rules.old_access", refused=True),
    Check("MWD307", ERROR, "a directive of another mod_wsgi",
          "apache_modules.version", refused=True),
    Check("MWD308", ERROR, "a directive of the server in a VirtualHost",
          "server_directives.server_only", refused=True),
    Check("MWD309", WARNING, "several WSGIPythonHome",
          "server_directives.python_home_twice"),
    Check("MWD310", HINT, "sockets are renamed at a reload",
          "server_directives.socket_rotation"),
    Check("MWD311", ERROR, "nobody is granted access", "access_rules.granted"),
    Check("MWD312", ERROR, "the .htaccess file is not read",
          "access_rules.allow_override"),

    Check("MWD401", ERROR, "a daemon process is defined twice",
          "process_groups.daemon_twice", refused=True),
    Check("MWD402", ERROR, "an unknown process group",
          "process_groups.group_unknown"),
    Check("MWD403", ERROR, "the process group of another VirtualHost",
          "process_groups.group_of_another"),
    Check("MWD404", ERROR, "the daemon process comes too late",
          "process_groups.group_too_late", refused=True),
    Check("MWD405", WARNING, "a process group for the whole server",
          "process_groups.group_of_all"),
    Check("MWD406", WARNING, "not Python's first interpreter",
          "processes.application_group"),
    Check("MWD407", WARNING, "no locale", "environment.locale_unset"),
    Check("MWD408", WARNING, "the locale is not installed",
          "environment.locale_missing"),
    Check("MWD409", ERROR, "a mount point with a slash at the end",
          "urls.trailing_slash"),
    Check("MWD410", ERROR, "another site has this place",
          "virtual_hosts.same_place"),
    Check("MWD411", ERROR, "another directive takes the site's URLs",
          "urls.shadowed"),
    Check("MWD412", WARNING, "no queue-timeout", "processes.queue_timeout"),
    Check("MWD413", WARNING, "Authorization is not passed",
          "request_headers.authorization"),
    Check("MWD414", WARNING, "the wrong scheme behind a proxy",
          "request_headers.scheme"),
    Check("MWD415", WARNING, "old code is served", "processes.old_code"),
    Check("MWD416", ERROR, "certbot copied the daemon process",
          "process_groups.certbot", refused=True),
    Check("MWD417", WARNING, "static files outside the mount point",
          "urls.static_mount"),
    Check("MWD418", ERROR, "embedded mode is switched off",
          "process_groups.embedded"),
    Check("MWD419", WARNING, "processes that cache what SQLObject read",
          "processes.caches", CHEAP),
    Check("MWD420", WARNING, "shared daemon processes defined otherwise",
          "process_groups.daemon_otherwise"),
    Check("MWD421", WARNING, "a module for one interpreter in shared ones",
          "processes.one_interpreter"),
    Check("MWD422", ERROR, "nothing leads to the application",
          "urls.unmounted"),
    Check("MWD423", ERROR, "another host's wildcard takes the site's requests",
          "virtual_hosts.wildcard"),
    Check("MWD424", WARNING, "a virtual host for an address comes first",
          "virtual_hosts.address"),

    Check("MWD501", ERROR, "debug is on", "paste_ini.debug", CHEAP),
    Check("MWD502", ERROR, "a secret that everybody knows",
          "paste_ini.secrets", CHEAP),
    Check("MWD503", WARNING, "a relative path",
          "paste_ini.relative_paths", CHEAP),
    Check("MWD504", WARNING, "logging is not set up", "paste_ini.loggers"),
    Check("MWD505", ERROR, "logging is set up by half",
          "paste_ini.incomplete_logging", CHEAP),
    Check("MWD506", WARNING, "PrefixMiddleware under Apache",
          "paste_ini.prefix_middleware", CHEAP),
    Check("MWD507", ERROR, "a value that PasteDeploy cannot fill in",
          "paste_ini.uninterpolated", CHEAP),
    Check("MWD508", WARNING, "SQLite shared by processes",
          "paste_ini.sqlite_processes"),

    Check("MWD601", ERROR, "the application does not load",
          "application.loads", LOAD),
    Check("MWD602", WARNING, "more processes than memory",
          "application.memory", LOAD),
    Check("MWD603", ERROR, "response headers that Apache refuses",
          "application.headers", LOAD),

    Check("MWD701", ERROR, "a certificate or key is missing",
          "tls.missing", refused=True),
    Check("MWD702", ERROR, "a key that is not the certificate's",
          "tls.mismatch"),
    Check("MWD703", WARNING, "the certificate ends", "tls.expiry"),
)
CODES = {check.code: check for check in CHECKS}
# What Apache itself says, which counts only if no other check has found why.
REJECTED = "MWD305"
