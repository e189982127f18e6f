"""The loaded application."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import ERROR, LOAD, WARNING, Check

APPLICATION = (
    Check(
        "MWD601", ERROR, "the application does not load",
        "application.loads", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
from shpo import application
"""},
        good={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'Hello']
"""}),
    Check(
        "MWD602", WARNING, "more processes than memory",
        "application.memory", since="1.0.0", cost=LOAD,
        bad={"shop.conf": """\
# The application takes 400 MiB, and the machine has 8 GiB.
WSGIDaemonProcess shop processes=40
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""},
        good={"shop.conf": """\
WSGIDaemonProcess shop processes=2
WSGIScriptAlias /shop /srv/shop/apache/shop.wsgi process-group=shop
"""}),
    Check(
        "MWD603", ERROR, "response headers that Apache refuses",
        "application.headers", since="1.0.0", cost=LOAD,
        bad={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('X-Title', 'two\\nlines')])
    return [b'Hello']
"""},
        good={"shop.wsgi": """\
def application(environ, start_response):
    start_response('200 OK', [('X-Title', 'one line')])
    return [b'Hello']
"""}),
)
