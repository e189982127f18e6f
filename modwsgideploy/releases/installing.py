"""Make the virtualenv of a release, and install into it with pip or uv."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.project.metadata import canonical
from modwsgideploy.releases.running import Runner
from modwsgideploy.releases.source import WHEEL, Source
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.venv import site_packages, virtualenv_python

PIP, UV = "pip", "uv"


def find_python(version: str, virtualenv: str,
                can_run: Callable[[str], bool]) -> str:
    """Return the path of a Python ``version``, to make virtualenvs with.

    ``virtualenv`` is the site's until now: it was made with one.  ``can_run``
    says whether who makes them may run a program.  Raises DeployError.
    """
    version = version or virtualenv_python(virtualenv) or ""
    if version.startswith("2."):
        raise DeployError(
            f"the site runs on Python {version}, and the virtualenv of a"
            " release is made by venv, which came with 3.3; bring its new code"
            " as the step Update of its runbook does")
    homes = [line.partition("=")[2].strip() for line in text_or_empty(
        f"{virtualenv}/pyvenv.cfg").splitlines() if line.startswith("home")]
    name = f"python{version or 3}"
    paths = [os.path.join(directory, name) for directory in (
        *homes[:1], "/usr/bin", "/usr/local/bin")]
    paths += filter(None, [shutil.which(name)])
    for path in paths:
        if can_run(path):
            return path
    for path in filter(os.path.isfile, paths):
        raise DeployError(
            f"{path}: is closed to the user who owns the site, so no"
            f" virtualenv can be made with it; install a {name} for all users")
    raise DeployError(f"there is no python{version}, which Apache's mod_wsgi"
                      " runs; install it to make virtualenvs with it")


def distributions(virtualenv: str) -> set[str]:
    """Name what is installed in ``virtualenv``, but what installs."""
    return {canonical(name.partition("-")[0])
            for directory in site_packages(virtualenv)
            for name in names_in(directory)
            if name.endswith(".dist-info")} - {"pip", "setuptools", "wheel"}


def those_installed(requirements: Sequence[str], virtualenv: str
                    ) -> tuple[str, ...]:
    """Return those of ``requirements`` whose package, of whatever version,
    ``virtualenv`` has."""
    found = distributions(virtualenv)
    return tuple(each for each in requirements if canonical(
        re.split(r"[^\w.-]", each)[0]) in found)


def make_virtualenv(directory: str, python: str, with_pip: bool,
                    system_packages: bool, runner: Runner) -> None:
    """Make a virtualenv.  Raises Failed."""
    words = [python, "-m", "venv"]
    words += ["--without-pip"] * (not with_pip)
    words += ["--system-site-packages"] * system_packages
    runner.run([*words, directory], os.path.dirname(directory),
               f"{python} -m venv")


def is_installable(code: str) -> bool:
    """Tell whether pip can install the project in ``code``."""
    return any(os.path.isfile(f"{code}/{name}") for name in (
        "pyproject.toml", "setup.py")) and not _is_only_configuration(code)


def _is_only_configuration(code: str) -> bool:
    """Tell whether a pyproject.toml is there for tools alone."""
    if os.path.isfile(f"{code}/setup.py"):
        return False
    text = text_or_empty(f"{code}/pyproject.toml")
    return not any(line.strip() in ("[project]", "[build-system]",
                                    "[tool.poetry]")
                   for line in text.splitlines())


def what_to_install(source: Source, code: str, requirements: str,
                    constraint: str) -> list[str]:
    """Return what is installed, as pip and uv both take it.

    Raises Failed for a file that is missing.
    """
    words: list[str] = []
    if requirements:
        words += ["-r", _file(requirements, code, "--requirements")]
    if source.kind == WHEEL:
        words.append(source.location)
    elif is_installable(code):
        # The code that is served is the one in the release's directory.
        words += ["-e", code]
    elif not requirements and os.path.isfile(f"{code}/requirements.txt"):
        words += ["-r", f"{code}/requirements.txt"]
    if constraint and words:
        words += ["-c", _file(constraint, code, "--constraint")]
    return words


def _file(path: str, code: str, where: str) -> str:
    """Return the path of a file of the code, or of this machine."""
    for each in (os.path.join(code, path), os.path.abspath(path)):
        if os.path.isfile(each):
            return each
    raise Failed(f"{where}: there is no {path}, neither in the code nor here")


def install(words: list[str], virtualenv: str, code: str, uv: str,
            runner: Runner) -> None:
    """Install ``words`` into ``virtualenv`` by ``uv``, or by pip for "".

    Raises Failed.
    """
    python = f"{virtualenv}/bin/python"
    command = [uv, "pip", "install", "--python", python] if uv else [
        python, "-m", "pip", "install", "--disable-pip-version-check",
        "--no-input"]
    if uv and "UV_CACHE_DIR" not in runner.environment and not os.access(
            runner.environment.get("HOME", ""), os.W_OK):
        command.append("--no-cache")    # which pip does by itself
    runner.run([*command, *words], code, f"{UV if uv else PIP} install")


def find_uv(installer: str, environment: Mapping[str, str]) -> str:
    """Return the path of uv, if that is the ``installer``, else "".

    It is looked for in the ``environment`` of who runs it, and in this one.
    Raises DeployError.
    """
    if installer != UV:
        return ""
    found = (shutil.which("uv", path=environment.get("PATH"))
             or shutil.which("uv"))
    if not found:
        raise DeployError("--installer: this machine has no uv; install it, or"
                          " leave the option out to have pip install")
    return found
