"""Check configurations of Apache that modwsgideploy did not write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from modwsgideploy.apache.configurations import (
    files_with_wsgi,
    is_configuration,
    is_main_file,
    main_file,
    runs_wsgi,
)
from modwsgideploy.commands.checking import (
    costs,
    find_host,
    outcome_of,
    print_all,
)
from modwsgideploy.commands.outcome import Tally
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.system.files import names_in
from modwsgideploy.system.identity import owner_on_the_way

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.checks.foreign import ForeignContext
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.commands.outcome import Outcome
    from modwsgideploy.sites.options import Setting

# What there is in the directory of a project.
_OF_PROJECT = ("setup.py", "setup.cfg", "pyproject.toml", "manage.py", ".ini",
               ".egg-info")
# What such a site can be told by; the rest describes a deployment.
_OPTIONS = ("skip", "platform")


def is_foreign(target: str) -> bool:
    """Whether ``target`` is a file or a directory of Apache's configuration.
    """
    if os.path.isfile(target):
        return is_configuration(target)
    names = names_in(target)
    if any(name.endswith(_OF_PROJECT) for name in names):
        return False
    return bool(main_file(target) or files_with_wsgi(target)) or bool(
        names) and all(is_configuration(os.path.join(target, name))
                       for name in names)


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Check each configuration of mod_wsgi in ``target``.

    Return the exit status.  Raises DeployError.
    """
    from modwsgideploy.checks import foreign
    from modwsgideploy.sites.resolve import choose

    _refuse(target, settings, run)
    with Collector() as collect:
        chosen = choose(settings, collect).values
    host, paths = _find(os.path.abspath(target), run)
    tally = Tally("check", run)
    for path in paths:
        context = foreign.ForeignContext(
            path, host, chosen.get("skip", ()), chosen.get("platform"))
        outcome = outcome_of(context, foreign.run(context, costs(run)))
        tally.add(outcome)
        if not run.json:
            _print(context, outcome, run, len(foreign.codes()))
    if run.json:
        tally.print_json()
    elif len(paths) > 1 and run.verbosity >= 0:
        print(tally.summary())
    return tally.exit_status


def _refuse(target: str, settings: Mapping[str, Setting], run: Invocation
            ) -> None:
    """Refuse what is about a deployment of ours.  Raises DeployError."""
    given = [f"--{name}" for name in settings if name not in _OPTIONS]
    given += ["--enabled"] * bool(run.enabled) + ["--only"] * bool(run.only)
    if given:
        raise DeployError(
            f"{', '.join(sorted(given))}: {target} is Apache's configuration,"
            " not a deployment of modwsgideploy or a manifest of such; leave"
            f" {'it' if len(given) == 1 else 'them'} out")


def _find(target: str, run: Invocation) -> tuple[Host, list[str]]:
    """Return the host to check against, and the paths of the files.

    Raises DeployError where there is no mod_wsgi in them.
    """
    whole = main_file(target) if os.path.isdir(target) else (
        target if is_main_file(target) else "")
    if whole and not run.server_config:
        host = _host_of(whole)
        paths = [path for path in dict.fromkeys(
            each.path for each in host.directives) if runs_wsgi(path)]
    else:
        host = find_host(run)
        paths = (files_with_wsgi(target) if os.path.isdir(target)
                 else [target] * runs_wsgi(target))
    if not paths:
        raise DeployError(
            f"{target}: has nothing of mod_wsgi, such as a WSGIScriptAlias;"
            " name the file of a site, or a directory of them")
    return host, paths


def _host_of(config: str) -> Host:
    """Return the host with that configuration.  Raises DeployError."""
    from modwsgideploy.apache.control import main_config
    from modwsgideploy.apache.host import Host

    host = Host()
    if host.httpd and os.path.realpath(
            main_config(host.httpd)) == os.path.realpath(config):
        return host
    # What Apache is told to load, it runs.
    if owner_on_the_way(config):
        raise DeployError(
            f"{config}: another user can change it, and root's Apache would"
            " run what it loads; check it as that user, or name a single file"
            " of it")
    return Host(config)


def _print(context: ForeignContext, outcome: Outcome, run: Invocation,
           number: int) -> None:
    """Print the findings; hints with -v alone."""
    state = ("in force" if context.enabled
             else "not in force: checked as if it were added")
    print_all(outcome.findings, f"{context.conf} ({state})", run,
              f" by the {number} checks that need no deployment")
