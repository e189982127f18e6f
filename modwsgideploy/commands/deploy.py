"""``deploy``: write the deployment of a project, and keep its hand edits."""

from __future__ import annotations

import os.path
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.inputs import read, recall
from modwsgideploy.commands.outcome import Outcome, Tally
from modwsgideploy.commands.output import (
    colored,
    note,
    print_findings,
    shown,
)
from modwsgideploy.commands.update_outcome import (
    back_up,
    changed_files,
    edits_in_the_way,
    live_scripts,
    status_of,
)
from modwsgideploy.deployment import update
from modwsgideploy.deployment.own_files import refuse_own_files
from modwsgideploy.errors import DeployError
from modwsgideploy.quoting import printable

if TYPE_CHECKING:
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.sites.options import Setting


def main(directory: str, settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Write the deployment of the project in ``directory``.

    Return the exit status.  Raises DeployError.
    """
    from modwsgideploy.apache import mod_wsgi
    from modwsgideploy.checks import check
    from modwsgideploy.deployment.render import render
    from modwsgideploy.sites.resolve import make_site
    from modwsgideploy.system.transaction import write

    tally = Tally("deploy", run)
    record, settings = recall(directory, settings, run)
    settings = _agreed(settings, run)
    project, choices, platform = read(directory, settings)
    site = make_site(project, choices, platform, mod_wsgi.versions()[1])
    refuse_own_files(site)
    settings = _lasting(site, settings)
    files = render(site)
    findings = check(site, files)
    if record.damage:
        note(f"{shown(site.output_dir)}: {record.damage}, so no hand edit can"
             " be told from generated text", run)
    plan = update.plan_update(files, site, settings, record, _answer(run))
    seen = plan if not (plan.held and run.simulate) else update.plan_update(
        files, site, settings, record, update.merge_or_overwrite)
    # Not before what may still be refused.
    if record.choices is None:
        _note_where(site, project, settings, run)
    _note_choices(project, site, settings, run)
    if not plan.held and not run.simulate:
        write(plan.changes)
    tally.add(_outcome(site, plan, findings, run)._replace(
        diff=_diff(seen) if run.json and run.simulate else ""))
    if run.json:
        tally.print_json()
    elif run.simulate:
        print(_diff(seen, colored(sys.stdout)), end="", flush=True)
        _print_edits(plan)
        for message in _held(plan, True):
            print(message, file=sys.stderr)
        print_findings(findings, run)
    else:
        _print(site, plan, findings, run)
    return tally.exit_status


def _agreed(settings: Mapping[str, Setting], run: Invocation
            ) -> Mapping[str, Setting]:
    """Ask at a terminal for what only a person can agree to, if it is
    missing; return ``settings`` with the answer."""
    from modwsgideploy.sites.options import BY_NAME, Setting

    https, directory = settings.get("https"), settings.get("acme-directory")
    if not https or https.value in ("", "self-signed") or (
            "acme-agree" in settings or run.json) or (
            not (sys.stdin.isatty() and sys.stderr.isatty())):
        return settings
    url = directory.text if directory else BY_NAME["acme-directory"].default
    print(f"The certificate is made by {printable(url)}.\nDo you agree to the"
          " terms of service of this authority (those of Let's Encrypt are at"
          " https://letsencrypt.org/repository/)? [y/N] ", end="",
          file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer:     # the line is not ended by the terminal
        print(file=sys.stderr)
    if answer.strip().lower() not in ("y", "yes"):
        return settings
    return {**settings, "acme-agree": Setting("yes", "your answer")}


def _note_choices(project: Project, site: Site,
                  settings: Mapping[str, Setting], run: Invocation) -> None:
    """Note what follows from the choices and may surprise."""
    from modwsgideploy.backends import BACKENDS

    _note_mount_point(settings.get("mount-point"), run)
    _note_static_files(
        () if "static" in settings else project.static_left_out, run)
    for limit in BACKENDS[site.backend].LIMITS:
        note(f"note: {limit}", run)


def _note_where(site: Site, project: Project,
                settings: Mapping[str, Setting], run: Invocation) -> None:
    """Note how to deploy a project where it stands, when it is deployed for
    directories that are not on this machine."""
    found = "" if "virtualenv" in settings else project.virtualenv
    if not site.in_place and found and not (
            os.path.isdir(site.directory) or os.path.isdir(site.virtualenv)):
        note(f"note: this is for {site.directory} and its virtualenv"
             f" {site.virtualenv or '(none)'}; to serve the project where it"
             f" stands, with {found}, add --in-place", run)
    if project.not_installed:
        note(f"note: {project.name} is not installed on this machine, so what"
             " it requires is not known, nor are all of its files; name the"
             " virtualenv that has it by --virtualenv", run)


def _note_static_files(left_out: Sequence[str], run: Invocation) -> None:
    """Note which static files are left to the application."""
    if left_out:
        note("note: the application serves these static files, not Apache: "
             + "; ".join(map(printable, left_out))
             + "; --static=URL=DIR has Apache serve them", run)


def _note_mount_point(setting: Setting | None, run: Invocation) -> None:
    """Note that a mount point was kept which is not the default today."""
    from modwsgideploy.deployment.record import BASE

    if setting and os.path.basename(setting.source) == BASE:
        note(f"note: it stays mounted at {setting.text}, where it was"
             " deployed before; --mount-point=/ gives it the whole host", run)


def _lasting(site: Site, settings: Mapping[str, Setting]
             ) -> Mapping[str, Setting]:
    """Add the virtualenv that only this shell would find to ``settings``.

    Another one, such as root's, has not activated it.
    """
    from modwsgideploy.sites.options import Setting

    if "virtualenv" in settings or not (site.in_place and site.virtualenv) or (
            site.virtualenv.startswith(site.project_directory + "/")):
        return settings
    return {**settings, "virtualenv": Setting(site.virtualenv, "--in-place")}


def _answer(run: Invocation) -> Callable[[update.Edited], str]:
    """Return what decides on edited files in this run."""
    if run.overwrite:
        return back_up
    asks = run.interactive and not run.simulate
    return _ask if asks else update.merge_or_hold


_HELP = """\
y  overwrite the file with the new text
n  leave it as it is
d  show the difference
b  save it as FILE.bak, then overwrite it"""
_HELP_MERGE = """
m  merge the new text into it"""


def _ask(edited: update.Edited) -> str:
    """Ask what becomes of one edited file, as paster does."""
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


def _diff(plan: update.UpdatePlan, color: bool = False) -> str:
    """Return what would change of the files that are for people."""
    from modwsgideploy.system.diff import diff

    paths = {file.path for file in plan.files}
    return diff([change for change in plan.changes if change.path in paths],
                color=color)


def _print_edits(plan: update.UpdatePlan) -> None:
    """Print what only a person can put right; -q does not hide it."""
    sys.stdout.flush()
    for file in plan.files:
        text = update.message(file, shown)
        if text:
            print(text, file=sys.stderr)


def _print(site: Site, plan: update.UpdatePlan, findings: Sequence[Finding],
           run: Invocation) -> None:
    """Print what was done, and what is still missing."""
    if plan.held:
        print(*_held(plan, False), sep="\n")
        return
    if run.verbosity >= 0:
        _print_files(site, plan, run)
    _print_edits(plan)
    print_findings(findings, run)
    live = live_scripts(site, changed_files(plan))
    if live:
        command = ["modwsgideploy", "enable", site.project_directory]
        note(f"{site.name} is on, and {' and '.join(live)} is live with the"
             f" next request; `{shlex.join(command)}` asks whether the site"
             " works", run)
    if run.verbosity >= 0:
        print(f"Next: {shown(os.path.join(site.output_dir, 'README.txt'))}"
              " has the steps in order.")


def _held(plan: update.UpdatePlan, simulate: bool) -> Iterator[str]:
    """Say which files are in the way, and what to do about them."""
    if not plan.held:
        return
    for file in plan.files:
        if file.action == "differs":
            yield f"{shown(file.path)} differs from what would be written"
    yield ("Nothing would be written." if simulate else "Nothing was written."
           "  -n shows the differences,") + (
        " -i asks for each file, -f overwrites them and saves each as"
        " FILE.bak.")


def _print_files(site: Site, plan: update.UpdatePlan, run: Invocation
                 ) -> None:
    """Print what the site is, and what was done to each file."""
    from modwsgideploy.project.frameworks import FRAMEWORKS

    title = FRAMEWORKS[site.framework].title
    name = f"{site.name} {site.version}".rstrip()
    print(f"{name}, {title}, at {site.url}")
    for file in plan.files:
        if file.action != "unchanged" or run.verbosity > 0:
            print(f"  {file.action:9} {shown(file.path)}")
    if all(file.action == "unchanged" for file in plan.files):
        print("  all files are as they should be")


def _outcome(site: Site, plan: update.UpdatePlan,
             findings: Sequence[Finding], run: Invocation) -> Outcome:
    """Return what became of the site."""
    return Outcome(
        site.name, status_of(plan), "", site.url, site.output_dir,
        [(file.path, file.action) for file in plan.files],
        findings=findings, messages=list(edits_in_the_way(plan)),
        details={"site": _as_dict(site)} if run.json else {})


def _as_dict(site: Site) -> dict[str, object]:
    """Return all that was decided of ``site``, as plain values."""
    decided = {name: value for name, value in site._asdict().items()
               if name not in ("platform", "static", "include", "require",
                               "mod_wsgi_version")}
    return {
        **decided, "platform": site.platform.name, "url": site.url,
        "script": site.script,
        "mod_wsgi_version": ".".join(map(str, site.mod_wsgi_version)),
        "include": [piece.path for piece in site.include],
        "require": [{"url": each.url, "path": each.piece.path}
                    for each in site.require],
        "static": [{"url": file.url, "path": file.path}
                   for file in site.static]}
