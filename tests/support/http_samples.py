"""Samples whose virtualenv has the application servers of --backend http."""

from tests.support import kept, samples

SERVERS = ("granian", "gunicorn", "uvicorn", "waitress")


def wire():
    """An application that shows each part of WSGI; without egg-info."""
    return _sample("wire_app", "production.ini")


def pyramid():
    """The Pyramid project of samples.pyramid()."""
    return _sample("pyramid_app", "production.ini")


def asgi():
    """A module with an application of Starlette's."""
    return _sample("asgi_app", None)


def wheels():
    """A directory with wheels of the default server, for pip."""
    return kept.make_once(_make_wheels)


def _make_wheels(unit):
    pip = kept.make_once(kept.make_pip) / "bin" / "python"
    kept.run(pip, "-m", "pip", "wheel", "-q", "-w", unit,
             "-c", kept.CONSTRAINTS, "granian")


def _sample(package, config):
    unit = kept.make_once(_make, "pyramid_app", "wire_app", "asgi_app")
    return samples.Sample(package, unit / package, unit / "virtualenv",
                          config, package)


def _make(unit):
    virtualenv = unit / "virtualenv"
    kept.make_virtualenv(virtualenv, "pyramid", "PasteDeploy", "setuptools",
                         "starlette", "websockets", "httptools", "uvloop",
                         "a2wsgi", *SERVERS)
    kept.install_editable(virtualenv, unit / "pyramid_app")
