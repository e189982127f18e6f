"""``deploy``: write the deployment of a project, and keep its hand edits."""

import os.path
import sys

from ..errors import DeployError
from . import (
    colored,
    note,
    print_json,
    read,
    recall,
    shown,
    tell_problems,
)


def main(directory, settings, run):
    """Write the deployment of the project in ``directory``.

    Returns 0, or 1 when edits were in the way.  Raises DeployError.
    """
    from .. import apache
    from ..backends import BACKENDS
    from ..checks import check
    from ..regenerate import regenerate
    from ..render import render
    from ..sites import make_site
    from ..writer import write

    record, settings = recall(directory, settings)
    project, choices, platform = read(directory, settings)
    site = make_site(project, choices, platform, apache.versions()[1])
    settings = _lasting(site, settings)
    files = render(site)
    problems = check(site, files)
    if record.damage:
        note(f"{shown(site.output_dir)}: {record.damage}, so no hand edit can"
             " be told from generated text", run)
    done = regenerate(files, site, settings, record, _answer(run))
    for limit in BACKENDS[site.backend].limits:
        note(f"note: {limit}", run)
    if not done.held and not run.simulate:
        write(done.changes)
    if run.json:
        _print_json(site, done, problems, run)
    elif run.simulate:
        _print_diff(done)
        _tell_edits(done)
        tell_problems(problems, run)
    else:
        _tell(site, done, problems, run)
    return int(done.held or done.conflicts)


def _lasting(site, settings):
    """``settings``, with the virtualenv that only this shell would find.

    Another one, such as root's, has not activated it.
    """
    from ..options import Given

    if "virtualenv" in settings or not (site.in_place and site.virtualenv) or (
            site.virtualenv.startswith(site.project_directory + "/")):
        return settings
    return {**settings, "virtualenv": Given(site.virtualenv, "--in-place")}


def _answer(run):
    """What becomes of edited files in this run, as `regenerate` asks it."""
    from .. import regenerate

    if run.overwrite:
        return lambda edited: regenerate.BACK_UP
    if run.simulate:
        return regenerate.showing
    return _ask if run.interactive else regenerate.merging


_HELP = """\
y  overwrite the file with the new text
n  leave it as it is
d  show the difference
b  save it as FILE.bak, then overwrite it"""
_HELP_MERGE = """
m  merge the new text into it"""


def _ask(edited):
    """Ask what becomes of one edited file, as paster does."""
    from .. import regenerate
    from ..writer import diff

    answers = {"y": regenerate.OVERWRITE, "n": regenerate.KEEP,
               "b": regenerate.BACK_UP}
    if edited.base is not None:
        answers["m"] = regenerate.MERGE
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
    from ..writer import diff

    told = {one.path for one in done.told}
    sys.stdout.write(diff([change for change in done.changes
                           if change.path in told],
                          color=colored(sys.stdout)))
    sys.stdout.flush()


def _tell_edits(done):
    """Print what only a person can put right; -q does not hide it."""
    from ..regenerate import message

    sys.stdout.flush()
    for told in done.told:
        text = message(told, shown)
        if text:
            print(text, file=sys.stderr)


def _tell(site, done, problems, run):
    """Print what was done, and what is still missing."""
    from ..frameworks import FRAMEWORKS

    if done.held:
        for told in done.told:
            if told.action == "differs":
                print(f"{shown(told.path)} differs from what would be"
                      " written")
        print("Nothing was written.  -n shows the differences, -i asks for"
              " each file, -f overwrites them and saves each as FILE.bak.")
        return
    if run.verbose >= 0:
        title = FRAMEWORKS[site.framework].title
        shown_name = f"{site.name} {site.version}".rstrip()
        print(f"{shown_name}, {title}, at {site.url}")
        for told in done.told:
            if told.action != "unchanged" or run.verbose > 0:
                print(f"  {told.action:9} {shown(told.path)}")
        if all(told.action == "unchanged" for told in done.told):
            print("  all files are as they should be")
    _tell_edits(done)
    tell_problems(problems, run)
    if run.verbose >= 0:
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
