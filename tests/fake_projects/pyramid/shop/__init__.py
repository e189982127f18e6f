raise RuntimeError("the project was imported")


def main(global_config, **settings):
    from pyramid.config import Configurator

    config = Configurator(settings=settings)
    config.add_static_view("static", "shop:static", cache_max_age=3600)
    return config.make_wsgi_app()
