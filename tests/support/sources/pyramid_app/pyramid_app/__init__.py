"""A Pyramid application: routes, a static view, links made from both."""

from pyramid.config import Configurator


def main(global_config, **settings):
    """The entry point ``paste.app_factory``."""
    config = Configurator(settings=settings)
    config.add_static_view("static", "pyramid_app:static")
    config.add_route("home", "/")
    config.add_route("linked", "/linked")
    config.add_route("seen", "/seen")
    config.add_route("echo", "/echo")
    config.add_route("cafe", "/caf\xe9/{rest}")
    config.add_route("say", "/say")
    config.scan(".views")
    return config.make_wsgi_app()
