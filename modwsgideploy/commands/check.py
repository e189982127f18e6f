"""``check``: what would fail of a deployment, before it does.

Of a manifest, that is each of its sites: see check_sites.py.
"""

from modwsgideploy.commands.checking import (
    context_of,
    costs,
    counted,
    find_host,
    status,
)
from modwsgideploy.commands.inputs import (
    is_manifest,
    no_manifest,
    read,
    recall,
)
from modwsgideploy.commands.output import print_findings, print_json


def main(directory, settings, run):
    """Check the deployment of the project in ``directory``, or of each site
    of that manifest.

    Returns 0 when nothing was found, 1 for warnings, 2 for errors.
    Raises DeployError.
    """
    from modwsgideploy import checks
    from modwsgideploy.catalog import checks as catalog
    from modwsgideploy.commands import check_manifest

    if run.list:
        _print_list(catalog.CHECKS, run)
        return 0
    if is_manifest(directory):
        return check_manifest.main(directory, settings, run)
    no_manifest(run)
    subject = find_subject(directory, settings, run)
    problems = checks.run(subject, costs(run))
    if run.json:
        _print_json(subject, problems)
    else:
        _tell(subject, problems, run)
    return status(problems)


def find_subject(directory, settings, run):
    """What is to be checked (checks.subject.Subject).

    Raises DeployError where there is no deployment.
    """
    from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
    from modwsgideploy.sites.resolve import make_site

    _, settings = recall(directory, settings)
    project, choices, platform = read(directory, settings)
    host = find_host(run)
    module = host.mod_wsgi
    version = module.version if module else mod_wsgi_module.versions()[1]
    return context_of(make_site(project, choices, platform, version),
                      project, host, run)


def _print_list(table, run):
    """Print the table of checks."""
    if run.json:
        print_json([{"code": check.code, "level": check.level,
                     "title": check.title} for check in table])
        return
    for check in table:
        print(f"{check.code}  {check.level:7}  {check.title}")


def _tell(subject, problems, run):
    """Print the findings; hints with -v alone."""
    hints = [problem for problem in problems if problem.level == "hint"]
    shown = [problem for problem in problems if problem not in hints]
    print_findings(problems if run.verbosity > 0 else shown, run)
    if run.verbosity < 0:
        return
    more = "" if run.verbosity > 0 or not hints else "; -v shows the hints"
    print(f"{subject.conf}: {counted(problems) or 'nothing found'}{more}")


def _print_json(subject, problems):
    """Print the findings as one JSON object."""
    print_json({
        "deployment": subject.conf,
        "enabled": subject.enabled,
        "skipped": list(subject.site.skip),
        "problems": [problem._asdict() for problem in problems],
    })
