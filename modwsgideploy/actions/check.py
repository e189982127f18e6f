"""``check``: what would fail of a deployment, before it does.

Of a manifest, that is each of its sites: see check_sites.py.
"""

import os

from ..errors import DeployError
from . import (
    is_manifest,
    no_manifest,
    print_json,
    read,
    recall,
    tell_problems,
)


def main(directory, settings, run):
    """Check the deployment of the project in ``directory``, or of each site
    of that manifest.

    Returns 0 when nothing was found, 1 for warnings, 2 for errors.
    Raises DeployError.
    """
    from .. import checks
    from . import check_sites

    if run.list:
        _print_list(checks.CHECKS, run)
        return 0
    if is_manifest(directory):
        return check_sites.main(directory, settings, run)
    no_manifest(run)
    subject = find_subject(directory, settings, run)
    problems = checks.run(subject, costs(run))
    if run.json:
        _print_json(subject, problems)
    else:
        _tell(subject, problems, run)
    return status(problems)


def costs(run):
    """The costs of the checks that are made."""
    from .. import checks

    return (checks.CHEAP, checks.HOST,
            *(() if run.no_load else (checks.LOAD,)))


def status(problems):
    """The exit status for ``problems``."""
    levels = {problem.level for problem in problems}
    return 2 if "error" in levels else int("warning" in levels)


def find_subject(directory, settings, run):
    """What is to be checked (checks.subject.Subject).

    Raises DeployError where there is no deployment.
    """
    from .. import apache
    from ..sites import make_site

    _, settings = recall(directory, settings)
    project, choices, platform = read(directory, settings)
    host = find_host(run)
    module = host.mod_wsgi
    site = make_site(project, choices, platform,
                     module.version if module else apache.versions()[1])
    return subject_of(site, project, host, run)


def subject_of(site, project, host, run):
    """What is to be checked of ``site``: its deployment as the files are.

    Raises DeployError where there is none.
    """
    from ..checks.subject import Subject

    texts = _texts(site.output_dir)
    site = site._replace(name=_name(site, texts))
    conf = os.path.join(
        site.output_dir, ".htaccess" if site.in_htaccess else site.name)
    if run.enabled:
        conf = host.installed(site)
        if not conf:
            raise DeployError(
                f"--enabled: {_installed_name(site)} is not in force on this"
                " host; README.txt says how to switch it on")
        texts[conf] = _read(conf)
    if conf not in texts:
        raise DeployError(
            f"{site.output_dir}: there is no deployment of {site.name}; write"
            " it with modwsgideploy deploy, or name another directory by"
            " --output-dir, another site by --name")
    return Subject(site, texts, conf, host, project)


def _installed_name(site):
    """What is in force when ``site`` is."""
    return (f"{site.web_directory}/.htaccess" if site.in_htaccess
            else site.conf_name)


def find_host(run):
    """The Host with the Apache to check against.  Raises DeployError."""
    from ..checks.host import Host

    if not run.server_config:
        return Host()
    path = os.path.abspath(run.server_config)
    if not os.path.isfile(path):
        raise DeployError(f"--server-config: there is no file {path}")
    return Host(path)


def _name(site, texts):
    """The name of the site; if it was deployed by another, then that."""
    names = [path for path in texts if path + ".wsgi" in texts]
    if os.path.join(site.output_dir, site.name) in texts or len(names) != 1:
        return site.name
    return os.path.basename(names[0])


def _texts(directory):
    """The text of each file in ``directory``, by its path (dict)."""
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return {}
    paths = [os.path.join(directory, name) for name in names]
    return {path: _read(path) for path in paths if os.path.isfile(path)}


def _read(path):
    """The text of a file.  Raises DeployError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except OSError as error:
        raise DeployError(f"{path}: cannot be read: {error.strerror}"
                          ) from None


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
    tell_problems(problems if run.verbose > 0 else shown, run)
    if run.verbose < 0:
        return
    more = "" if run.verbose > 0 or not hints else "; -v shows the hints"
    print(f"{subject.conf}: {counted(problems) or 'nothing found'}{more}")


def counted(problems):
    """How many of each level there are, in words; "" for none."""
    numbers = [(level, sum(problem.level == level for problem in problems))
               for level in ("error", "warning", "hint")]
    return ", ".join(f"{number} {level}{'s' * (number != 1)}"
                     for level, number in numbers if number)


def _print_json(subject, problems):
    """Print the findings as one JSON object."""
    print_json({
        "deployment": subject.conf,
        "enabled": subject.enabled,
        "skipped": list(subject.site.skip),
        "problems": [problem._asdict() for problem in problems],
    })
