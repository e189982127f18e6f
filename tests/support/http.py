"""Serve deployments of --backend http, each with its application server."""

import contextlib

from modwsgideploy.backends import http
from tests.support.deployed import deployed

HOST = "www.example.com"


@contextlib.contextmanager
def by_http(sample, choices=(), **server_options):
    """Deployed as it is written, with its server beside a private Apache."""
    with deployed((sample, {"backend": "http", **dict(choices)}),
                  backend_modules=http.MODULES, **server_options) as site:
        yield site
