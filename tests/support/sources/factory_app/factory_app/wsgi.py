"""Makes the application."""

from .seen import Application


def make_app(global_config, **settings):
    """Named by the ini."""
    return Application("factory-app")
