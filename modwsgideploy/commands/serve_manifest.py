"""Serve all sites of a manifest on one private Apache, for ``serve``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from modwsgideploy.apache import binaries, mod_wsgi
from modwsgideploy.commands.inputs import read, read_sites
from modwsgideploy.commands.outcome import (
    ANSWERED,
    FAILED,
    LEFT_OUT,
    Outcome,
    Tally,
)
from modwsgideploy.commands.output import note
from modwsgideploy.commands.private_hosts import served_in_hosts
from modwsgideploy.commands.private_sites import (
    changes,
    explainer,
    follow,
    in_place,
    local_url,
    new_lines,
    note_own_name,
    private_settings,
    readable,
    unwritten_site,
)
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import Collector, DeployError, Failed
from modwsgideploy.sites.fleet import placed
from modwsgideploy.sites.resolve import choose
from modwsgideploy.system import venv
from modwsgideploy.system.accounts import access_denials

if TYPE_CHECKING:
    from modwsgideploy.apache.platforms import Platform
    from modwsgideploy.apache.probe import Probe
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.project import Project
    from modwsgideploy.model.site import Site
    from modwsgideploy.server.private import Server
    from modwsgideploy.sites.fleet import Fleet
    from modwsgideploy.sites.fleet_site import FleetSite
    from modwsgideploy.sites.options import Setting
    from modwsgideploy.sites.site_entry import SiteEntry
    from modwsgideploy.system.transaction import Change

# So many are asked for their first page at one time.
_VISITORS = 16


class Ready(NamedTuple):
    """One site that can be served."""

    entry: SiteEntry
    settings: Mapping[str, Setting]
    project: Project
    site: Site
    platform: Platform


class LeftOut(NamedTuple):
    """One site that cannot be served."""

    entry: SiteEntry
    messages: tuple[str, ...]


class ServedAnswer(NamedTuple):
    """What one site has answered."""

    entry: SiteEntry
    url: str                     # for a browser on this machine
    probe: Probe
    log: Sequence[str] = ()      # of one that fails

    @property
    def fails(self) -> bool:
        """Whether that is no page."""
        return not 200 <= self.probe.status < 400

    @property
    def is_down(self) -> bool:
        """Whether that is no answer of an application."""
        return not 0 < self.probe.status < 500


def main(manifest: str, settings: Mapping[str, Setting], port: int,
         tally: Tally) -> int:
    """Serve all sites of ``manifest``, a path or "-" for standard input.

    ``port`` is what to listen on, 0 for a free one.  Return the exit status.
    Raises DeployError.
    """
    from modwsgideploy.server.private import Server

    run = tally.run
    fleet = read_sites(manifest, settings, run, alone=True)
    ready, left_out = choose_sites(fleet, run)
    options = _server_options(ready)
    with Server(port=port, timeout=30 + len(ready) / 10, tls=tally.run.https,
                **options) as server:
        ready, unreachable = _reachable(ready, server)
        _add_left_out([*left_out, *unreachable], tally)
        if not ready:
            raise DeployError("none of the sites can be served")
        answers = _start(server, ready, run)
        if run.probe is None:
            _add_answers(answers, tally, lambda answer: answer.is_down)
            follow(server, tally, lambda: _print_urls(server, answers, run))
            return tally.exit_status
        answers = _probe(server, answers, run.probe, run)
        _add_answers(answers, tally, lambda answer: answer.fails)
    if run.json:
        tally.print_json()
    else:
        _print_answers(answers, run)
        if run.verbosity >= 0:
            print(tally.summary())
    return tally.exit_status


def _add_left_out(left_out: Iterable[LeftOut], tally: Tally) -> None:
    """Print and count the sites that cannot be served."""
    for entry, texts in left_out:
        messages = list(placed(entry, texts))
        tally.add(Outcome(entry.name, LEFT_OUT, entry.source,
                          messages=messages))
        for message in messages if not tally.run.json else ():
            print(f"left out: {message}", file=sys.stderr)


def _add_answers(answers: Iterable[ServedAnswer], tally: Tally,
                 failed: Callable[[ServedAnswer], bool]) -> None:
    """Count what the sites answered."""
    for answer in answers:
        tally.add(Outcome(
            answer.entry.name, FAILED if failed(answer) else ANSWERED,
            answer.entry.source, answer.url, answer=answer.probe,
            log=answer.log))


def choose_sites(fleet: Fleet, run: Invocation
                 ) -> tuple[list[Ready], list[LeftOut]]:
    """Return the sites that one Apache can serve, and the others."""
    notes: dict[str, None] = {}      # each once
    ready = []
    left_out = [LeftOut(*unreadable) for unreadable in fleet.unreadable]
    for member in fleet.sites:
        try:
            ready.append(_ready(member, notes.setdefault))
        except DeployError as error:
            left_out.append(LeftOut(member.entry, error.messages))
    for text in notes:
        note(text, run)
    accepted: list[Ready] = []
    for each in ready:
        messages = tuple(_in_the_way(each.site, accepted))
        if messages:
            left_out.append(LeftOut(each.entry, messages))
        else:
            accepted.append(each)
    return accepted, left_out


def _ready(member: FleetSite, on_left_out: Callable[[str], object]) -> Ready:
    """Return a site of the fleet as it is served.  Raises DeployError."""
    entry, site, project = member
    settings = private_settings(entry.settings, {}, on_left_out)
    platform = site.platform
    if "virtualenv" in entry.settings and "virtualenv" not in settings:
        # It may be found by another one then.
        project, choices, platform = read(project.directory, settings)
    else:
        with Collector() as collect:
            choices = choose(settings, collect)
    return Ready(entry, settings, project,
                 in_place(project, choices, platform), platform)


def _in_the_way(site: Site, accepted: Sequence[Ready]) -> Iterator[str]:
    """Yield why ``site`` cannot be beside those ``accepted``."""
    backends = {each.site.backend for each in accepted}
    if {"mod_wsgi", "mod_python"} <= {*backends, site.backend}:
        yield (f"{site.backend} does not run in one Apache with"
               f" {(backends - {site.backend}).pop()}; serve it by itself,"
               " with --only")
    baselines = [each.site.baseline for each in accepted
                 if each.site.baseline]
    if site.baseline and baselines and site.baseline != baselines[0]:
        yield (f"its baseline is {site.baseline}, and one Apache has one,"
               f" here {baselines[0]}; serve it by itself, with --only")
    names = {site.server_name, *site.server_alias} - {""}
    for each in accepted:
        shared = names & {each.site.server_name, *each.site.server_alias}
        if shared and (site.shared_host != each.site.shared_host
                       or site.mount_point == each.site.mount_point
                       or not site.shared_host):
            yield (f"is called {min(shared)} as {each.entry.name} is, on"
                   " another port, and here all have one port; serve it by"
                   " itself, with --only")
            return


def _server_options(ready: Sequence[Ready]) -> dict[str, Any]:
    """Return what a Server for these sites is made with."""
    from modwsgideploy.backends import BACKENDS

    modules = {name for each in ready
               for name in BACKENDS[each.site.backend].modules(each.site)}
    owners = {os.stat(each.project.directory).st_uid for each in ready}
    return {
        "virtualenv": _virtualenv([each.site for each in ready]),
        "wsgi": not ready or "wsgi" in modules,
        "modules": sorted(modules - {"wsgi"}),
        # As whom they run, if they are all one user's.
        "project": ready[0].project.directory if len(owners) == 1 else None}


def _virtualenv(sites: Iterable[Site]) -> str | None:
    """Return the virtualenv whose mod_wsgi suits most of the sites; None if
    the system's has to do."""
    from collections import Counter

    virtualenvs = [site.virtualenv for site in sites if site.virtualenv]
    count = Counter(map(venv.virtualenv_python, virtualenvs))
    for virtualenv in sorted(dict.fromkeys(virtualenvs), key=lambda path: -(
            count[venv.virtualenv_python(path)])):
        try:
            module = mod_wsgi.find_mod_wsgi(
                binaries.find_httpd(virtualenv), virtualenv)
        except DeployError:
            continue
        if not mod_wsgi.python_mismatch(module, virtualenv):
            return virtualenv
    return None


def _reachable(ready: Sequence[Ready], server: Server
               ) -> tuple[list[Ready], list[LeftOut]]:
    """Return the sites that ``server`` can serve, and the others."""
    paths = [*dict.fromkeys(path for each in ready
                            for path in readable(each.site))]
    denied = {denial.path: str(denial)
              for denial in access_denials(paths, server.account)}
    reachable, left_out = [], []
    for each in ready:
        messages = [denied[path] for path in readable(each.site)
                    if path in denied]
        mismatch = (server.mod_wsgi and each.site.backend == "mod_wsgi"
                    and mod_wsgi.python_mismatch(server.mod_wsgi,
                                                 each.site.virtualenv))
        messages += [mismatch] if mismatch else []
        if messages:
            left_out.append(LeftOut(each.entry, tuple(messages)))
        else:
            reachable.append(each)
    return reachable, left_out


def _start(server: Server, ready: Sequence[Ready], run: Invocation
           ) -> list[ServedAnswer]:
    """Start ``server`` with all sites; return the first answer of each."""
    server.launch(served_in_hosts(written(server, ready, run.workers)))
    answers = []
    with progress(len(ready), run) as bar:
        for each, (site, probe) in zip(  # noqa: B905 (of each)
                ready, server.answers(_VISITORS)):
            answers.append(
                ServedAnswer(each.entry, local_url(server, site), probe))
            bar.advance()
    return answers


def written(server: Server, ready: Sequence[Ready], jobs: int = 1
            ) -> list[Site]:
    """Return the sites as ``server`` serves them, their files written."""
    from modwsgideploy.system.transaction import write_each

    sites = [unwritten_site(each.project, each.settings, each.platform,
                            server, str(number))
             for number, each in enumerate(ready)]
    failed: list[str] = []

    def prepare(number: int) -> tuple[Sequence[Change], None]:
        return changes(sites[number]), None

    def report(number: int, note: None, messages: Sequence[str]) -> None:
        failed.extend(messages)

    write_each(range(len(sites)), prepare, report, jobs)
    if failed:
        raise Failed(*failed)
    return sites


def _probe(server: Server, answers: Sequence[ServedAnswer], path: str,
           run: Invocation) -> list[ServedAnswer]:
    """Ask each site for ``path`` below its mount point; return answers."""
    from modwsgideploy.apache.probe import probe

    probed = []
    server.new_lines()
    with progress(len(answers), run) as bar:
        # One by one, so that what the log says is of that site.
        for answer, site in zip(answers, server.sites):  # noqa: B905 (each)
            asked = site.mount_point.rstrip("/") + path or site.mount_point
            answer = answer._replace(
                url=local_url(server, site._replace(mount_point=asked)),
                probe=probe(asked, server.port, site.server_name,
                            tls=server.tls))
            if answer.fails:
                answer = answer._replace(log=new_lines(
                    server, explainer(server), run.verbosity))
            probed.append(answer)
            bar.advance()
    return probed


def _print_urls(server: Server, answers: Sequence[ServedAnswer],
                run: Invocation) -> None:
    """Print a table of the sites, each with its URL."""
    width = max(len(answer.entry.name) for answer in answers)
    for answer in answers:
        probe = answer.probe
        why = f"   ({probe.status or 'no answer:'} {probe.reason})" \
            if answer.is_down else ""
        print(f"{answer.entry.name:{width}}  {answer.url}{why}")
    note_own_name(server, run)
    sys.stdout.flush()


def _print_answers(answers: Sequence[ServedAnswer], run: Invocation) -> None:
    """Print what each site answered, and the log of those that fail."""
    width = max(len(answer.entry.name) for answer in answers)
    for answer in answers:
        probe = answer.probe
        what = f"{probe.status} {probe.reason}" if probe.status else (
            f"no answer ({probe.reason})")
        if run.verbosity >= 0 or answer.fails:
            print(f"{answer.entry.name:{width}}  {what} in"
                  f" {probe.seconds:.3f} s: {answer.url}", flush=True)
        for line in answer.log:
            print("    " + line, file=sys.stderr)
