"""A WSGI application that takes the WebOb it finds when it is loaded."""

import webob  # noqa: F401  (asked for by module=webob: which one is it?)

from .seen import Application


def make_app(global_config, **settings):
    """The entry point ``paste.app_factory``."""
    return Application("conflict-app")
