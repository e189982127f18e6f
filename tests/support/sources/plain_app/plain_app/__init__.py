"""A WSGI application without a framework."""

from .seen import Application


def make_app(global_config, database=None, **settings):
    """The entry point ``paste.app_factory``."""
    return Application("Plain-App", database)
