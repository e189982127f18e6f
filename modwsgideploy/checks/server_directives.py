"""Check the directives that are for the whole server."""

from __future__ import annotations

from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out

# What mod_wsgi accepts only outside of virtual hosts.
_SERVER_ONLY = ("WSGIPythonHome", "WSGIPythonPath", "WSGIPythonOptimize",
                "WSGIPythonWarnings", "WSGISocketPrefix",
                "WSGISocketRotation", "WSGIRestrictEmbedded",
                "WSGIAcceptMutex", "WSGIDestroyInterpreter")


def server_only(context: CheckContext) -> CheckResult:
    """``WSGIPythonHome`` and its like are for the whole server; inside a
    ``<VirtualHost>`` Apache refuses them.
    """
    for directive in context.of(*_SERVER_ONLY):
        host = directive.section("VirtualHost")
        if host:
            yield (f"{directive.where} has {directive.name} inside a"
                   " VirtualHost, where Apache refuses it",
                   context.edit(directive.path, comment_out(directive),
                                f"$a {directive}"))


def python_home_twice(context: CheckContext) -> CheckResult:
    """A server has one ``WSGIPythonHome``.  Of several the last one silently
    wins: a site then runs on a baseline that is not its own.
    """
    found = [each for among in (context.baseline_conf, context.neighbours,
                                context.own)
             for each in among.of("WSGIPythonHome")]
    homes = {each.arguments[0]: each for each in found if each.arguments}
    if len(homes) > 1:
        *others, last = homes.values()
        fix = context.redeploy("--baseline=" + last.arguments[0])
        if not context.baseline_conf:
            fix = " && ".join(
                context.edit(each.path, comment_out(each))
                for each in others)
        yield (f"WSGIPythonHome is {last.arguments[0]} at {last.where}, but"
               + " and".join(f" {each.arguments[0]} at {each.where}"
                             for each in others) + "; the last wins", fix)


def socket_rotation(context: CheckContext) -> CheckResult:
    """By default mod_wsgi gives its sockets new names at each reload, and log
    rotation makes one: a request that is half sent then gets 503, and "Unable
    to connect to WSGI daemon process" is in the log.  From mod_wsgi 4.6 on
    ``WSGISocketRotation Off`` keeps the names, for the whole server.  Up to
    6.1 such a request still fails, with 500 or 502 and "Request origin could
    not be validated"; only rotating without a reload (``rotatelogs``) spares
    it.
    """
    if context.daemons and (
            context.value_of("WSGISocketRotation").lower() != "off"):
        first = next(iter(context.daemons.values()))
        yield ("WSGISocketRotation is not off: a reload, as log rotation makes"
               " one, cuts off requests that are under way",
               context.edit(first.path, "$a WSGISocketRotation Off"))


def trace(context: CheckContext) -> CheckResult:
    """By default Apache answers TRACE with the request, cookies and all;
    audits ask for ``TraceEnable Off``, and no visitor needs it.
    """
    off = [each for each in context.effective.of("TraceEnable")
           if each.text.lower() == "off"]
    if context.host.httpd and not off and not context.site.in_htaccess:
        yield ("TraceEnable is not off", context.edit(
            context.conf, "$a TraceEnable Off"))
