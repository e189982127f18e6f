"""Samples whose virtualenv has flup, which FastCGI needs besides."""

from tests.support import kept, samples

FLUP = "flup==1.0.3"


def wire():
    """An application that shows each part of WSGI; without egg-info."""
    return _sample("wire_app")


def pyramid():
    """The Pyramid project of samples.pyramid()."""
    return _sample("pyramid_app")


def turbogears2():
    """samples.turbogears2() and the directory in which flup is."""
    return samples.turbogears2(), kept.make_once(_make_flup) / "flup"


def _sample(package):
    unit = kept.make_once(_make_fastcgi, "pyramid_app", "wire_app")
    return samples.Sample(package, unit / package, unit / "virtualenv",
                          "production.ini", package)


def _make_fastcgi(unit):
    virtualenv = unit / "virtualenv"
    kept.make_virtualenv(virtualenv, "pyramid", "PasteDeploy", FLUP,
                         "setuptools")
    kept.install_editable(virtualenv, unit / "pyramid_app")


def _make_flup(unit):
    kept.make_virtualenv(unit / "virtualenv")
    kept.pip_install(unit / "virtualenv", "--target", unit / "flup", FLUP)
