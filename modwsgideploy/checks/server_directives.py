"""Check the directives that are for the whole server."""

from __future__ import annotations

from itertools import product

from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, replace
from modwsgideploy.checks.neighbours import endpoints

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


def request_length(context: CheckContext) -> CheckResult:
    """mod_fcgid has one limit of request bodies, ``FcgidMaxRequestLen``, for
    all of a virtual host, and one for the main server: the last that Apache
    reads.  What is larger gets 500, whatever the other site takes; "exceeds
    MaxRequestLen" is in the log.  A site that takes less refuses the rest by
    itself, so all can have the largest.
    """
    name = "FcgidMaxRequestLen"
    for ours, theirs in product(context.of(name),
                                context.neighbours.of(name)):
        sizes = [each.arguments[0] for each in (ours, theirs)
                 if each.text.isdigit()]
        if len({*map(int, sizes)}) == 2 and (
                endpoints(context, ours) & endpoints(context, theirs)):
            small, large = sorted((ours, theirs), key=lambda each: int(
                each.arguments[0]))
            yield (f"{name} is {ours.text} at {ours.where}, and {theirs.text}"
                   f" at {theirs.where}; mod_fcgid has one for both, the last"
                   " that Apache reads", context.edit(small.path, replace(
                       small, small.arguments[0], large.arguments[0])))
            return


def trace(context: CheckContext) -> CheckResult:
    """By default Apache answers TRACE with the request, cookies and all;
    audits ask for ``TraceEnable Off``, and no visitor needs it.
    """
    off = [each for each in context.effective.of("TraceEnable")
           if each.text.lower() == "off"]
    if context.host.httpd and not off and not context.site.in_htaccess:
        yield ("TraceEnable is not off", context.edit(
            context.conf, "$a TraceEnable Off"))
