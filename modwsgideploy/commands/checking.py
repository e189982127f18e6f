"""What the checks of one site and of many have in common."""

import os

from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import names_in, read_text


def costs(run):
    """The costs of the checks that are made."""
    from modwsgideploy.catalog import checks as catalog

    return (catalog.CHEAP, catalog.HOST,
            *(() if run.no_load else (catalog.LOAD,)))


def status(problems):
    """The exit status for ``problems``."""
    levels = {problem.level for problem in problems}
    return 2 if "error" in levels else int("warning" in levels)


def context_of(site, project, host, run):
    """What is to be checked of ``site``: its deployment as the files are.

    Raises DeployError where there is none.
    """
    from modwsgideploy.checks.context import CheckContext, installed_path
    from modwsgideploy.sites.resolve import adapt

    texts = _texts(site.output_dir)
    site = adapt(site, name=_name(site, texts))
    conf = os.path.join(
        site.output_dir, ".htaccess" if site.in_htaccess else site.name)
    if run.enabled:
        conf = installed_path(site, host)
        if not conf:
            raise DeployError(
                f"--enabled: {_installed_name(site)} is not in force on this"
                " host; README.txt says how to switch it on")
        texts[conf] = read_text(conf)
    if conf not in texts:
        raise DeployError(
            f"{site.output_dir}: there is no deployment of {site.name}; write"
            " it with modwsgideploy deploy, or name another directory by"
            " --output-dir, another site by --name")
    return CheckContext(site, texts, conf, host, project)


def _installed_name(site):
    """What is in force when ``site`` is."""
    return (f"{site.web_directory}/.htaccess" if site.in_htaccess
            else site.conf_name)


def find_host(run):
    """The Host with the Apache to check against.  Raises DeployError."""
    from modwsgideploy.apache.host import Host

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
    paths = [os.path.join(directory, name) for name in names_in(directory)]
    return {path: read_text(path) for path in paths if os.path.isfile(path)}


def counted(problems):
    """How many of each level there are, in words; "" for none."""
    numbers = [(level, sum(problem.level == level for problem in problems))
               for level in ("error", "warning", "hint")]
    return ", ".join(f"{number} {level}{'s' * (number != 1)}"
                     for level, number in numbers if number)
