"""Check the interpreters, limits and age of the processes that run it."""

from __future__ import annotations

from modwsgideploy.apache.processes import process_of
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, set_option
from modwsgideploy.checks.running import (
    newer_code,
    renewal,
    running_processes,
)
from modwsgideploy.checks.tls import reload_command


def one_interpreter(context: CheckContext) -> CheckResult:
    """Sites that share daemon processes (``--daemon``) each have a Python
    interpreter of their own in them.  Many compiled modules (Cython's, and so
    SQLAlchemy's from 2.1 on; numpy) load into one only: "Interpreter change
    detected".  The first site of each process works, the next one is 500.
    """
    from modwsgideploy.sites.shared_daemons import only_one_interpreter

    for alias in context.aliases:
        daemon = context.shared_daemons.get(alias.group)
        own = alias.directive.options.get("application-group", "")
        if not daemon or own == "%{GLOBAL}":
            continue
        packages = only_one_interpreter(context.virtualenv)
        if packages:
            yield (f"{daemon.where} is shared, but {', '.join(packages)} of"
                   f" {context.virtualenv} can be loaded into one interpreter"
                   " of a process only", context.redeploy("--daemon="))


def application_group(context: CheckContext) -> CheckResult:
    """Libraries written in C (numpy, lxml, SQLAlchemy's, mod_python's) hang
    or crash outside Python's first interpreter: "Interpreter change
    detected", or no answer at all.  ``application-group=%{GLOBAL}`` is that
    first one.  Sites that share processes (``--daemon``) cannot all have it.
    """
    for alias in context.aliases:
        if alias.group in context.shared_daemons:
            continue
        groups = [alias.directive.options.get("application-group")] + [
            each.arguments[0]
            for each in context.effective.of("WSGIApplicationGroup")
            if each.arguments and (each in context.own or not each.inside)]
        if "%{GLOBAL}" not in groups:
            yield (f"{alias.directive.where} runs {alias.url} outside"
                   " Python's first interpreter, where libraries in C can"
                   " hang", context.edit(alias.directive.path, set_option(
                       alias.directive, "application-group", "%{GLOBAL}",
                       after=2)))


def queue_timeout(context: CheckContext) -> CheckResult:
    """With a ``queue-timeout`` a site that is overrun answers visitors who
    waited longer with 503, and recovers.  Without one, or with one no shorter
    than ``socket-timeout``, it goes on working for visitors who have got a
    504 long ago.
    """
    for daemon in context.daemons.values():
        queue, client = (
            int(value) if value.isdigit() else 0 for value in (
                daemon.options.get(name, "")
                for name in ("queue-timeout", "socket-timeout")))
        if not queue or 0 < client <= queue:
            lack = (f"no queue-timeout shorter than its socket-timeout of"
                    f" {client} seconds" if queue else "no queue-timeout")
            yield (f"{daemon.where} has {lack}: when all threads are busy,"
                   " visitors wait until 504",
                   context.edit(daemon.path, set_option(
                       daemon, "queue-timeout",
                       min(45, max(1, client * 3 // 4)) if client else 45)))


def old_code(context: CheckContext) -> CheckResult:
    """mod_wsgi starts new processes when the WSGI script's time changes, and
    for no other file: not for a module, a template or the ini, nor for what
    is installed in the virtualenv.  With ``--no-script-reloading`` it does
    for no file at all.
    """
    for directive in context.of("WSGIScriptReloading"):
        if context.site.script_reloading and [
                word.lower() for word in directive.arguments] == ["off"]:
            yield (f"{directive.where} turns off that a touched script is"
                   " loaded again", context.edit(
                       directive.path, comment_out(directive)))
    newer = newer_code(context, context.host.daemons)
    if newer:
        yield (f"the daemon processes were started before {newer.path}"
               " changed", renewal(context))


def caches(context: CheckContext) -> CheckResult:
    """Up to TurboGears 1.0 each process caches what SQLObject read from the
    database, and goes on showing it after another process has changed it.
    """
    site = context.site
    several = (context.processes > 1 or site.backend == "mod_python"
               or site.in_htaccess)
    if site.caches_by_process and several:
        yield ("TurboGears 1.0 runs in several processes here, each of which"
               " caches by itself what SQLObject read, so that they show"
               " different data",
               "serve it with --backend=mod_wsgi, by default in one process,"
               " or have the project require TurboGears 1.1 or SQLAlchemy")


def running_user(context: CheckContext) -> CheckResult:
    """The daemon processes that run have another user than the configuration
    in force names: it was changed, and Apache has not read it since.  Where
    root did not start Apache, they have the user who did.
    """
    from modwsgideploy.apache.control import find_service
    from modwsgideploy.system.accounts import named_account

    host, groups = context.host, {each.group for each in context.aliases}
    if not (context.enabled and host.httpd):
        return
    defined = [each for each in host.directives.of("WSGIDaemonProcess")
               if each.arguments and each.arguments[0] in groups]
    main = find_service(host.httpd, host.config, context.site.platform).pid
    apache = process_of(main) if main else None
    if len(defined) != 1 or not apache:
        return
    user = defined[0].options.get("user") or context.apache_user
    account = named_account(user)
    for process in running_processes(context, host.daemons, main):
        if account and process.user != account.uid:
            yield (f"the daemon process {process.pid} runs as"
                   f" {_name_of(process.user)}, and by {defined[0].where} it"
                   f" would as {account.user}", reload_command(context)
                   if apache.user == 0 else "start Apache as root: no other"
                   " user can give its processes another one")
            return


def _name_of(user: int) -> str:
    """The name of a user, or its number."""
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
