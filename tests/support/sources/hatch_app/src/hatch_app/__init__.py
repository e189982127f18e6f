"""A WSGI application in a src layout."""

from .seen import Application


def make_app(global_config, **settings):
    """The entry point ``paste.app_factory``."""
    return Application("hatch.app")
