"""``check``: say what would fail of a deployment, before it does.

Of a manifest, that is each of its sites: see check_manifest.py; of what
others wrote, each file of it: see check_apache.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from modwsgideploy.commands.checking import (
    context_of,
    costs,
    find_host,
    outcome_of,
    print_all,
)
from modwsgideploy.commands.inputs import (
    is_manifest,
    no_manifest,
    read,
    recall,
)
from modwsgideploy.commands.outcome import DONE, Tally
from modwsgideploy.commands.output import print_json

if TYPE_CHECKING:
    from modwsgideploy.catalog.checks import Check
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Check the deployment of the project in the directory ``target``, or of
    each site of that manifest.

    Return the exit status.  Raises DeployError.
    """
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog
    from modwsgideploy.commands import check_apache, check_manifest

    if run.list:
        _print_list(catalog.CHECKS, run)
        return DONE
    if check_apache.is_foreign(target):
        return check_apache.main(target, settings, run)
    if is_manifest(target):
        return check_manifest.main(target, settings, run)
    no_manifest(run)
    tally = Tally("check", run)
    context = find_context(target, settings, run)
    outcome = outcome_of(context, checks.run(context, costs(run)))
    tally.add(outcome)
    if run.json:
        tally.print_json()
    else:
        print_all(outcome.findings, context.conf, run)
    return tally.exit_status


def find_context(directory: str, settings: Mapping[str, Setting],
                 run: Invocation) -> CheckContext:
    """Return what is to be checked of the project in ``directory``.

    Raises DeployError where there is no deployment.
    """
    from modwsgideploy.apache import mod_wsgi
    from modwsgideploy.sites.resolve import make_site

    _, settings = recall(directory, settings, run)
    project, choices, platform = read(directory, settings)
    host = find_host(run)
    module = host.mod_wsgi
    version = module.version if module else mod_wsgi.versions()[1]
    return context_of(make_site(project, choices, platform, version),
                      project, host, run)


def _print_list(table: Iterable[Check], run: Invocation) -> None:
    """Print the table of checks."""
    if run.json:
        print_json([{"code": check.code, "level": check.level,
                     "title": check.title} for check in table])
        return
    for check in table:
        print(f"{check.code}  {check.level:7}  {check.title}")
