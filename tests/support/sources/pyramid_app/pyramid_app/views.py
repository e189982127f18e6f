"""The views: as the other samples answer, through Pyramid's own means."""

import logging

from pyramid.response import Response
from pyramid.view import view_config

from .seen import facts

log = logging.getLogger(__name__)

PAGE = """<!DOCTYPE html><title>pyramid-app</title>
<link rel="stylesheet" href="{style}">
<h1>pyramid-app</h1>
<p><a href="{link}">linked</a></p>
"""


@view_config(route_name="home")
def home(request):
    """A page with a link and a style sheet below the mount point."""
    return Response(PAGE.format(
        style=request.static_url("pyramid_app:static/style.css"),
        link=request.route_url("linked")))


@view_config(route_name="linked", renderer="string")
def linked(request):
    """Where the page's link leads."""
    return "linked\n"


@view_config(route_name="seen", renderer="json")
def seen(request):
    """What this process and this request look like from inside."""
    return facts(request.environ)


@view_config(route_name="echo", request_method="POST")
def echo(request):
    """The body of the request."""
    return Response(request.body, content_type="application/octet-stream")


@view_config(route_name="cafe", renderer="string")
def cafe(request):
    """The path, to see that its characters arrived."""
    return "/caf\xe9/" + request.matchdict["rest"]


@view_config(route_name="say", renderer="string")
def say(request):
    """Writes ``text`` of the query to each place that ends in a log."""
    text = request.params["text"]
    print("print", text, flush=True)
    print("wsgi.errors", text, file=request.environ["wsgi.errors"])
    log.info("log %s", text)
    return "said\n"
