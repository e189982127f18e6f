"""Check what the loaded application answers to a request for its first page.
"""

from __future__ import annotations

import os
import re
import shlex

from modwsgideploy.apache.probe import text_of_page
from modwsgideploy.checks.application import install
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import sudo
from modwsgideploy.checks.load_report import DjangoSettings, FirstPageAnswer
from modwsgideploy.checks.loading import load_once
from modwsgideploy.checks.running import and_then, renewal
from modwsgideploy.system.files import text_or_empty


def _answer(context: CheckContext) -> FirstPageAnswer | None:
    """What the application answered; None if it was not asked."""
    return load_once(context).get("answer")


def fails(context: CheckContext) -> CheckResult:
    """The application loads, but its first page raises an exception or is
    answered with 500 or more: that is what every visitor gets.  So it is with
    Django's 400 for a host that ``ALLOWED_HOSTS`` does not name.
    """
    answer = _answer(context)
    # What logs visitors in tells the application who they are.
    if not answer or answer["kind"] or context.of("AuthType"):
        return
    if answer["django"] and answer["status"].startswith("400"):
        yield from _bad_host(context, answer["django"])
    elif answer["raised"] or answer["status"][:1] == "5":
        trace = answer["raised"] or answer["logged"]
        if _as_another(context) and re.search(_DENIED, trace):
            return
        *lines, last = trace.strip().splitlines() or [""]
        reason = (f"raises {last.strip()}" if answer["raised"] else
                  f"is answered with {answer['status']}"
                  + (f": {last.strip()}" if last else _said(answer)))
        named = "what the traceback names" if lines else "its cause"
        yield (f"the first page of {context.script_path} {reason}"
               + "".join(f"\n        {line}" for line in lines),
               f"mend {named}" + and_then(context))


def _said(answer: FirstPageAnswer) -> str:
    """What its page says, for a message."""
    kind = next((str(value) for name, value in answer["headers"]
                 if str(name).lower() == "content-type"), "")
    said = text_of_page(kind, answer["page"])
    return f", and its page says: {said}" if said else ""


# What the user of the processes may well be allowed to.
_DENIED = (r"PermissionError|Permission denied|readonly database"
           r"|unable to open database file|Read-only")


def _as_another(context: CheckContext) -> bool:
    """Whether it was asked as a user other than that of the processes."""
    return os.geteuid() != 0 and (
        not context.account or context.account.uid != os.geteuid())


def _bad_host(context: CheckContext, django: DjangoSettings) -> CheckResult:
    """Yield that Django does not know the host, if that is sure."""
    name = context.site.server_name
    hosts = [host.lower() for host in django["hosts"]]
    known = any(host in ("*", name.lower()) or host[:1] == "." and (
        "." + name.lower()).endswith(host) for host in hosts)
    if known or hosts and not name:
        return
    new = repr([*django["hosts"], name])
    path = django["file"]
    yield (f"Django answers 400 to every visitor: ALLOWED_HOSTS of {path} is"
           f" {django['hosts']!r}"
           + (f", which does not name {name}" if name else ""),
           _set(context, path, "ALLOWED_HOSTS", r"\[.*\]", new)
           if name else f"name this server's hosts in ALLOWED_HOSTS of"
           f" {path}")


def _set(context: CheckContext, path: str, name: str, old: str, new: str
         ) -> str:
    """The command that changes an assignment of Django's settings; what to do
    if it is not on one line."""
    wanted = re.compile(rf"(?m)^{name}\s*=\s*{old}\s*$")
    if not wanted.search(text_or_empty(path)):
        return f"set {name} = {new} in {path}" + and_then(context)
    command = f"s|^{name}[[:space:]]*=.*|{name} = {new}|"
    real, renew = os.path.realpath(path), renewal(context)
    return (sudo(real) + shlex.join(["sed", "-i", "-e", command, real])
            + (renew and f" && {renew}"))


def no_application(context: CheckContext) -> CheckResult:
    """What the script calls ``application`` is none: mod_wsgi calls it with
    an environ and ``start_response``, and each request is answered with 500.
    A function that makes the application has to be called first; an ASGI
    application (FastAPI, Starlette, Quart) needs an adapter.
    """
    answer = _answer(context)
    path = context.script_path
    if answer and answer["kind"] == "asgi":
        lines = ("from a2wsgi import ASGIMiddleware",
                 "application = ASGIMiddleware(application)")
        yield (f"{path}: application is for ASGI, and mod_wsgi speaks WSGI",
               install(context, "a2wsgi") + " && "
               + context.edit(path, *(f"$a {line}" for line in lines)))
    elif answer and answer["kind"] == "factory":
        yield (f"{path}: application does not take an environ and"
               " start_response: it makes the application, and has to be"
               " called",
               context.edit(path, "$a application = application()"))


def django_debug(context: CheckContext) -> CheckResult:
    """With ``DEBUG = True`` Django shows every visitor the traceback and the
    settings when something fails, and keeps each query in memory.
    """
    answer = _answer(context)
    if answer and answer["django"].get("debug"):
        path = answer["django"]["file"]
        yield (f"{path}: DEBUG is on", _production_settings(context, path)
               or _set(context, path, "DEBUG", "True", "False"))


def _production_settings(context: CheckContext, path: str) -> str:
    """What to do where settings for production stand beside others; "" where
    there are none."""
    directory, name = os.path.split(path)
    found = [each for each in ("production.py", "prod.py")
             if os.path.isfile(f"{directory}/{each}")]
    inside = os.path.relpath(f"{directory}/{found[0]}" if found else path,
                             context.directory)
    if not found or name in found or inside.startswith(".."):
        return ""
    module = inside.removesuffix(".py").replace("/", ".")
    return (f"these are settings for development; add --env"
            f" DJANGO_SETTINGS_MODULE={module} to the options of"
            " modwsgideploy deploy")


def django_secret(context: CheckContext) -> CheckResult:
    """``SECRET_KEY`` is the one that ``startproject`` wrote, which is in the
    project's repository: whoever knows it can forge sessions.  Without any,
    sessions, messages and forms fail.
    """
    answer = _answer(context)
    if answer and answer["django"].get("no_key"):
        path = answer["django"]["file"]
        yield f"{path}: SECRET_KEY is not set", _secret(path)
    if answer and answer["django"].get("generated_key"):
        path = answer["django"]["file"]
        # Others are meant to be used; what is wrong with those comes then.
        if _production_settings(context, path):
            return
        yield (f"{path}: SECRET_KEY is that of startproject, marked"
               " django-insecure",
               _secret(path))


def _secret(path: str) -> str:
    """What to do for a secret of one's own in the settings at ``path``."""
    return (f"set SECRET_KEY in {path} to os.environ['SECRET_KEY'], write"
            " SECRET_KEY=VALUE into a file, and name that by --env-file of"
            " modwsgideploy deploy")


def django_static(context: CheckContext) -> CheckResult:
    """Django serves static files with ``DEBUG`` on alone.  Apache needs them
    in one directory, where ``manage.py collectstatic`` puts them:
    ``STATIC_ROOT``.
    """
    answer = _answer(context)
    if not answer or not answer["django"].get("static"):
        return
    django = answer["django"]
    manage = f"{context.directory}/manage.py"
    python = (f"{context.virtualenv}/bin/python" if context.virtualenv
              else context.python)
    if not django["static_root"]:
        yield (f"{django['file']}: STATIC_ROOT is not set, so nothing can"
               " serve the static files",
               f"set STATIC_ROOT in {django['file']}, run {python} {manage}"
               " collectstatic, and give that directory to --static")
    elif not os.path.isdir(django["static_root"]):
        yield (f"STATIC_ROOT, {django['static_root']}, does not exist",
               sudo(os.path.dirname(django["static_root"])) + shlex.join(
                   [python, manage, "collectstatic", "--noinput"]))


# What sets Secure, HttpOnly and SameSite, and where.
_FLAGS = {
    "django": ("SESSION_COOKIE_SECURE = True", "SESSION_COOKIE_HTTPONLY ="
               " True", "SESSION_COOKIE_SAMESITE = 'Lax'", "its settings"),
    "flask": ("SESSION_COOKIE_SECURE=True", "SESSION_COOKIE_HTTPONLY=True",
              "SESSION_COOKIE_SAMESITE='Lax'", "app.config"),
    "pyramid": ("secure=True", "httponly=True", "samesite='Lax'",
                "the call that makes its session factory"),
}


def cookie_flags(context: CheckContext) -> CheckResult:
    """The session cookie of Django, Flask or Pyramid is open to scripts of the
    page without ``HttpOnly``, is sent to other sites' requests without
    ``SameSite``, and without ``Secure`` goes over plain HTTP, too, where the
    site has HTTPS.
    """
    answer = _answer(context)
    encrypted = any(each.text.lower() == "on"
                    for each in context.of("SSLEngine"))
    for framework, flags in answer["cookies"].items() if answer else ():
        *settings, place = _FLAGS[framework]
        named = [*zip(("Secure", "HttpOnly", "SameSite"),  # noqa: B905
                      settings, flags)][0 if encrypted else 1:]
        lacking = [(name, setting) for name, setting, is_set in named
                   if not is_set]
        if lacking:
            yield (f"the session cookie of {context.script_path} lacks "
                   + ", ".join(name for name, _ in lacking),
                   "set " + ", ".join(setting for _, setting in lacking)
                   + f" in {place}")
