"""A module beside its ini, in no distribution."""

from seen import Application


def make_app(global_config, **settings):
    """Named by the ini."""
    return Application("bare_app")
