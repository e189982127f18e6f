"""``deploy``: write the deployment of a project, and keep its hand edits."""

import os.path
import sys

from modwsgideploy.commands.inputs import read, recall
from modwsgideploy.commands.output import (
    colored,
    note,
    print_findings,
    print_json,
    shown,
)
from modwsgideploy.errors import DeployError


def main(directory, settings, run):
    """Write the deployment of the project in ``directory``.

    Returns 0, or 1 when edits were in the way.  Raises DeployError.
    """
    from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.checks import check
    from modwsgideploy.deployment.render import render
    from modwsgideploy.deployment.update import regenerate
    from modwsgideploy.sites.resolve import make_site
    from modwsgideploy.system.transaction import write

    record, settings = recall(directory, settings)
    project, choices, platform = read(directory, settings)
    site = make_site(project, choices, platform, mod_wsgi_module.versions()[1])
    settings = _lasting(site, settings)
    files = render(site)
    problems = check(site, files)
    if record.damage:
        note(f"{shown(site.output_dir)}: {record.damage}, so no hand edit can"
             " be told from generated text", run)
    done = regenerate(files, site, settings, record, _answer(run))
    for limit in BACKENDS[site.backend].LIMITS:
        note(f"note: {limit}", run)
    if not done.held and not run.simulate:
        write(done.changes)
    if run.json:
        _print_json(site, done, problems, run)
    elif run.simulate:
        _print_diff(done)
        _tell_edits(done)
        print_findings(problems, run)
    else:
        _tell(site, done, problems, run)
    return int(done.held or done.conflicts)


def _lasting(site, settings):
    """``settings``, with the virtualenv that only this shell would find.

    Another one, such as root's, has not activated it.
    """
    from modwsgideploy.sites.options import Setting

    if "virtualenv" in settings or not (site.in_place and site.virtualenv) or (
            site.virtualenv.startswith(site.project_directory + "/")):
        return settings
    return {**settings, "virtualenv": Setting(site.virtualenv, "--in-place")}


def _answer(run):
    """What becomes of edited files in this run, as `regenerate` asks it."""
    from modwsgideploy.deployment import update

    if run.overwrite:
        return lambda edited: update.BACK_UP
    if run.simulate:
        return update.showing
    return _ask if run.interactive else update.merging


_HELP = """\
y  overwrite the file with the new text
n  leave it as it is
d  show the difference
b  save it as FILE.bak, then overwrite it"""
_HELP_MERGE = """
m  merge the new text into it"""


def _ask(edited):
    """Ask what becomes of one edited file, as paster does."""
    from modwsgideploy.deployment import update
    from modwsgideploy.system.diff import diff

    answers = {"y": update.OVERWRITE, "n": update.KEEP,
               "b": update.BACK_UP}
    if edited.base is not None:
        answers["m"] = update.MERGE
    path = shown(edited.change.path)
    keys = "/".join(["y/n/d/b", *(["m"] if "m" in answers else [])])
    while True:
        print(f"Overwrite {path} [{keys}/?]? ", end="", file=sys.stderr,
              flush=True)
        line = sys.stdin.readline()
        if not line:
            raise DeployError(
                f"{edited.change.path}: nobody answered whether to overwrite"
                " it; nothing was written")
        answer = line.strip().lower()[:1]
        if answer in answers:
            return answers[answer]
        if answer == "d":
            print(diff([edited.change]), file=sys.stderr)
        else:
            print(_HELP + (_HELP_MERGE if "m" in answers else ""),
                  file=sys.stderr)


def _print_diff(done):
    """Print what would change of the files that are for people."""
    from modwsgideploy.system.diff import diff

    told = {one.path for one in done.told}
    sys.stdout.write(diff([change for change in done.changes
                           if change.path in told],
                          color=colored(sys.stdout)))
    sys.stdout.flush()


def _tell_edits(done):
    """Print what only a person can put right; -q does not hide it."""
    from modwsgideploy.deployment.update import message

    sys.stdout.flush()
    for told in done.told:
        text = message(told, shown)
        if text:
            print(text, file=sys.stderr)


def _tell(site, done, problems, run):
    """Print what was done, and what is still missing."""
    from modwsgideploy.project.frameworks import FRAMEWORKS

    if done.held:
        for told in done.told:
            if told.action == "differs":
                print(f"{shown(told.path)} differs from what would be"
                      " written")
        print("Nothing was written.  -n shows the differences, -i asks for"
              " each file, -f overwrites them and saves each as FILE.bak.")
        return
    if run.verbosity >= 0:
        title = FRAMEWORKS[site.framework].title
        shown_name = f"{site.name} {site.version}".rstrip()
        print(f"{shown_name}, {title}, at {site.url}")
        for told in done.told:
            if told.action != "unchanged" or run.verbosity > 0:
                print(f"  {told.action:9} {shown(told.path)}")
        if all(told.action == "unchanged" for told in done.told):
            print("  all files are as they should be")
    _tell_edits(done)
    print_findings(problems, run)
    if run.verbosity >= 0:
        print(f"Next: {shown(os.path.join(site.output_dir, 'README.txt'))}"
              " has the steps in order.")


def _print_json(site, done, problems, run):
    """Print what was decided and done as one JSON object."""
    decided = {name: value for name, value in site._asdict().items()
               if name not in ("platform", "static", "mod_wsgi_version")}
    decided.update(
        platform=site.platform.name, url=site.url, script=site.script,
        mod_wsgi_version=".".join(map(str, site.mod_wsgi_version)),
        static=[{"url": file.url, "path": file.path}
                for file in site.static])
    print_json({
        "site": decided,
        "written": not run.simulate and not done.held,
        "files": [{"path": told.path, "action": told.action}
                  for told in done.told],
        "problems": [problem._asdict() for problem in problems],
    })
