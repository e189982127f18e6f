"""Make a release beside the one that is served: its code and virtualenv."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from modwsgideploy.errors import Failed
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases import fetching, installing, sharing
from modwsgideploy.releases.records import Release, now
from modwsgideploy.releases.running import Runner, run_as_builder
from modwsgideploy.releases.source import GIT, Source, read_source
from modwsgideploy.system.accounts import Account

LOG = "update.log"


class Recipe(NamedTuple):
    """How a release is made."""

    source: Source
    python: str               # to make virtualenvs with
    system_packages: bool     # whether those of the system count
    requirements: str = ""
    constraint: str = ""
    before: str = ""          # commands of the user's
    after: str = ""
    uv: str = ""              # its path, where that installs
    shared: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()    # of the site, relative to the project
    packages: tuple[str, ...] = ()   # what the backend needs, as pip has it
    taken_over: str = ""      # the project of before the first release

    @property
    def choices(self) -> dict[str, Any]:
        """What the next update repeats, by the flag's name."""
        return {"from": self.source.text, "requirements": self.requirements,
                "constraint": self.constraint, "before": self.before,
                "after": self.after,
                "installer": installing.UV if self.uv else installing.PIP,
                "shared": list(self.shared), "taken_over": self.taken_over}


def make_release(paths: ReleasePaths, name: str, recipe: Recipe,
                 account: Account | None, on_step: Callable[[str], object]
                 ) -> tuple[Release, list[str]]:
    """Make the release ``name``; return it, and what it shares.

    Raises Failed; what has been made by then is left.
    """
    log = f"{paths.release(name)}/{LOG}"

    def work(runner: Runner) -> tuple[str, list[str]]:
        return _make(paths, name, recipe, runner)

    commit, shared = run_as_builder(account, log, work, on_step)
    return Release(name, now(), recipe.source.text, commit, "",
                   paths.current, choices=_lasting(recipe, paths.code(name))
                   ), shared


def _lasting(recipe: Recipe, code: str) -> dict[str, Any]:
    """Return the choices such that they mean the same in any directory."""
    choices = recipe.choices
    for name in "requirements", "constraint":
        path = choices[name]
        if path and not os.path.isfile(os.path.join(code, path)):
            choices[name] = os.path.abspath(path)
    return choices


def _make(paths: ReleasePaths, name: str, recipe: Recipe, runner: Runner
          ) -> tuple[str, list[str]]:
    """Do it, as the user whose site it is.  Raises Failed."""
    code, virtualenv = paths.code(name), paths.virtualenv(name)
    try:
        os.makedirs(paths.releases, exist_ok=True)
        os.mkdir(paths.release(name))
        runner.step("fetching the code")
        commit = fetching.fetch(recipe.source, paths, code, runner)
        shared = sharing.share(paths, code, recipe.shared, recipe.configs)
        words = installing.what_to_install(
            recipe.source, code, recipe.requirements, recipe.constraint)
        words += recipe.packages
        runner.step("making its virtualenv")
        if not os.path.isfile(f"{paths.python}/pyvenv.cfg"):
            installing.make_virtualenv(paths.python, recipe.python, False,
                                       recipe.system_packages, runner)
        with_pip = bool(words) and not recipe.uv
        installing.make_virtualenv(virtualenv, recipe.python, with_pip,
                                   recipe.system_packages, runner)
        if words:
            runner.step("installing into its virtualenv")
            installing.install(words, virtualenv, code, recipe.uv, runner)
        if recipe.source.kind == GIT:
            fetching.forget_repository(code)
    except OSError as error:
        raise Failed(f"{error.filename or paths.release(name)}:"
                     f" {error.strerror}; the release was not made") from None
    return commit, shared


def run_hook(paths: ReleasePaths, release: Release, command: str, flag: str,
             account: Account | None) -> None:
    """Run a command of the user's in the code of ``release``.

    Raises Failed.
    """
    name = release.name
    virtualenv = paths.virtualenv(name)

    def work(runner: Runner) -> None:
        path = runner.environment.get("PATH", os.defpath)
        runner.run(
            ["/bin/sh", "-c", command], paths.code(name), flag, {
                "PATH": f"{virtualenv}/bin:{path}", "VIRTUAL_ENV": virtualenv,
                "RELEASE": paths.release(name), "SHARED": paths.shared})

    run_as_builder(account, f"{paths.release(name)}/{LOG}", work,
                   lambda text: None)


def repeated(choices: dict[str, Any], name: str, given: str | None) -> str:
    """Return what was given for a flag, else what the last release had."""
    if given is not None:
        return given
    value = choices.get(name, "")
    return value if isinstance(value, str) else ""


def source_of(choices: dict[str, Any], given: str) -> Source | None:
    """Return what to make a release from; None where nothing says it."""
    text = repeated(choices, "from", given or None)
    return read_source(text) if text else None
