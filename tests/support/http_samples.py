"""Samples whose virtualenv has the application servers of --backend http."""

from tests.support import framework_samples, kept, samples

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


def turbogears2():
    """samples.turbogears2() in a virtualenv that has granian besides."""
    unit = kept.make_once(_make_tg_with_server)
    return samples.turbogears2()._replace(virtualenv=unit / "virtualenv")


def pylons():
    """The project of Pylons in a virtualenv that has gunicorn besides."""
    framework_samples.python2()    # or skip the test
    unit = kept.make_once(_make_pylons_with_server)
    return framework_samples.python2().pylons()._replace(
        virtualenv=unit / "virtualenv")


def wheels():
    """A directory with wheels of the default server, for pip."""
    return kept.make_once(_make_wheels)


def _make_wheels(unit):
    pip = kept.make_once(kept.make_pip) / "bin" / "python"
    kept.run(pip, "-m", "pip", "wheel", "-q", "-w", unit,
             "-c", kept.CONSTRAINTS, "granian")


def _make_tg_with_server(unit):
    virtualenv = kept.make_virtualenv(unit / "virtualenv", "granian")
    _add_packages(virtualenv, samples.turbogears2())


def _make_pylons_with_server(unit):
    python = framework_samples.make_virtualenv2(
        unit / "virtualenv") / "python"
    kept.run(python, "-m", "pip", "install", "-q", "gunicorn==19.10.0",
             "futures==3.4.0")
    _add_packages(unit / "virtualenv", framework_samples.python2().pylons())
    # A copied Python looks for its library where others may not enter.
    real = python.rename(python.with_name("real"))
    python.write_text(
        "#!/bin/sh\nLD_LIBRARY_PATH="
        f"{framework_samples.python2().unit}/python/lib exec {real} \"$@\"\n")
    python.chmod(0o755)


def _add_packages(virtualenv, sample):
    """Let it find what the virtualenv of ``sample`` has."""
    directory, = virtualenv.glob("lib/python*/site-packages")
    (directory / "more.pth").write_text(
        f"import site; site.addsitedir({str(sample.site_packages)!r})\n")


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
