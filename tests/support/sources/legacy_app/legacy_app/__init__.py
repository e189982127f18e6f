"""A WSGI application in a distribution of the old kind."""

from .seen import Application


def make_app(global_config, **settings):
    """The entry point ``paste.app_factory``."""
    return Application("legacy.app")
