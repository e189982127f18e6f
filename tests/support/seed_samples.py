"""The systems of the documents that this package's deployments come from.

TurboGears 1.1 and 1.5 are the real ones of the package index, each with a
quickstarted project that has identity and a database.  The generic functions
they need (PEAK-Rules) are not there any more; a stand-in of ours is.
"""

import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.support import framework_samples, kept, samples


class TurboGears1(NamedTuple):
    """A project, which requires identity, and its SQLite database."""

    sample: samples.Sample
    data: Path     # the directory of the database and of the log

    def writable(self, directory):
        """The same with data of its own in ``directory``, for any user."""
        data = Path(directory) / "data"
        shutil.copytree(self.data, data)
        for path in (data, *data.iterdir()):
            path.chmod(0o777 if path.is_dir() else 0o666)
        project = self.sample.copy(Path(directory) / "project")
        config = project.directory / "prod.cfg"
        config.write_text(config.read_text().replace(
            str(self.data), str(data)))
        return project


def turbogears11():
    """TurboGears 1.1.3 on CherryPy 2.3.0."""
    return _turbogears1(_make_turbogears11, "wiki11")


def turbogears15():
    """TurboGears 1.5.1 on CherryPy 3.2.6."""
    return _turbogears1(_make_turbogears15, "wiki15")


def baseline():
    """An empty virtualenv of Python 2.7."""
    return framework_samples.python2().baseline


def layers():
    """Pairs of virtualenvs, of Python 3 and 2.7: a baseline, and one that has
    another release of a package inside the same namespace package.

    Each with the module that is in both.
    """
    unit = kept.make_once(_make_layers)
    yield unit / "baseline", unit / "virtualenv", "zope.event"
    framework_samples.python2()
    unit = kept.make_once(_make_layers2)
    for name in "virtualenv", "eggs":
        yield unit / "baseline", unit / name, "peak.util.decorators"


def _make_layers(unit):
    for name, release in ("baseline", "4.4"), ("virtualenv", "4.6"):
        kept.make_virtualenv(unit / name)
        kept.pip_install(unit / name, f"zope.event=={release}")


def _make_layers2(unit):
    for name, release in ("baseline", "1.8"), ("virtualenv", "1.7"):
        binaries = framework_samples.make_virtualenv2(unit / name)
        kept.run(binaries / "python", "-m", "pip", "install", "-q",
                 f"DecoratorTools=={release}")
    # As easy_install leaves it: a directory, or an archive, of its own.
    framework_samples.make_virtualenv2(unit / "eggs")
    packages, = (unit / "eggs").glob("lib/python*/site-packages")
    (packages / "easy-install.pth").write_text("./DecoratorTools-1.7.egg\n")
    with zipfile.ZipFile(packages / "DecoratorTools-1.7.egg", "w") as egg:
        for path in "peak", "peak/util":
            egg.writestr(f"{path}/__init__.py", "__import__('pkg_resources')"
                         ".declare_namespace(__name__)\n")
        egg.writestr("peak/util/decorators.py", "")


def _turbogears1(make, package):
    # Skips the test where there is no Python 2.7.
    framework_samples.python2()
    unit = kept.make_once(make, "turbogears1")
    return TurboGears1(samples.Sample(
        package, unit / package, unit / "virtualenv", "prod.cfg", package),
        unit / "data")


def _make_turbogears11(unit):
    _make_turbogears1(unit, "wiki11", "requirements11.txt")


def _make_turbogears15(unit):
    _make_turbogears1(unit, "wiki15", "requirements15.txt")


def _make_turbogears1(unit, package, requirements):
    sources, project = unit / "turbogears1", unit / package
    binaries = framework_samples.make_virtualenv2(unit / "virtualenv")
    pip = (binaries / "python", "-m", "pip", "install", "-q")
    kept.run(*pip, sources / "peak_rules")
    kept.run(*pip, "-r", sources / requirements)
    kept.run(binaries / "tg-admin", "quickstart", "--package", package,
             "--sqlalchemy", "--identity", package, cwd=unit)
    (unit / "data").mkdir()
    text = (project / "sample-prod.cfg").read_text()
    text = re.sub("(?m)^sqlalchemy.dburi.*",
                  f"sqlalchemy.dburi = 'sqlite:///{unit}/data/wiki.db'", text)
    (project / "prod.cfg").write_text(text.replace(
        "'server.log'", f"'{unit}/data/access.log'"))
    for name, below in (("notes.py", ""), ("form.html", "templates")):
        target = project / package / below / name
        target.write_text((sources / name).read_text(encoding="utf-8")
                          .replace("PACKAGE", package), encoding="utf-8")
    kept.run(binaries / "tg-admin", "-c", "prod.cfg", "sql", "create",
             cwd=project)
    kept.run(binaries / "python", sources / "add_user.py", package,
             cwd=project)
    assert os.path.getsize(unit / "data" / "wiki.db")
