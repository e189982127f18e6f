"""``serve`` of a manifest: all its sites on one private Apache."""

import os
import sys
from typing import NamedTuple, Tuple

from modwsgideploy.apache import binaries
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.commands.inputs import read, read_sites
from modwsgideploy.commands.output import note, print_json
from modwsgideploy.commands.private_sites import (
    changes,
    explainer,
    in_place,
    local_name,
    private,
    readable,
    served,
    unwritten_site,
)
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import Collector, DeployError, Failed
from modwsgideploy.sites.fleet import placed
from modwsgideploy.sites.resolve import choose
from modwsgideploy.system import venv
from modwsgideploy.system.accounts import access_denials

# So many are asked for their first page at one time.
_VISITORS = 16


class Ready(NamedTuple):
    """One site that can be served."""

    row: object      # a manifest.Row
    settings: dict   # name of an option -> Given
    project: object  # a Project
    site: object     # a Site
    platform: object


class LeftOut(NamedTuple):
    """One site that cannot be served."""

    row: object
    messages: Tuple[str, ...]


class Answer(NamedTuple):
    """What one site has answered."""

    row: object
    url: str         # for a browser on this machine
    probe: object    # a Probe
    log: Tuple[str, ...] = ()    # of one that fails

    @property
    def fails(self):
        """Whether that is no page."""
        return not 200 <= self.probe.status < 400

    @property
    def is_down(self):
        """Whether that is no answer of an application."""
        return not 0 < self.probe.status < 500


def main(manifest, given, port, run):
    """Serve all sites of ``manifest``, a path or "-" for standard input.

    ``given`` are the options of the command line, ``port`` is what to listen
    on, 0 for a free one.  Returns 0 when it was stopped, or when every probe
    got a page; 1 when one did not, or a site had to be left out.  Raises
    DeployError.
    """
    from modwsgideploy.server.private import Server

    fleet = read_sites(manifest, given, run, alone=True)
    ready, left_out = choose_sites(fleet, given, run)
    options = _options(ready)
    with Server(port=port, timeout=30 + len(ready) / 10, **options) as server:
        ready, more = _reachable(ready, server)
        left_out += more
        for row, messages in left_out if not run.json else ():
            for message in placed(row, messages):
                print(f"left out: {message}", file=sys.stderr)
        if not ready:
            raise DeployError("none of the sites can be served")
        answers = _start(server, ready, run)
        if run.probe is None:
            fails = any(answer.is_down for answer in answers)
            _follow(server, answers, left_out, run)
        else:
            answers = _probe(server, ready, answers, run)
            fails = any(answer.fails for answer in answers)
            if run.json:
                _print_json(answers, left_out)
            else:
                _tell_probes(answers, run)
                _tell_sum(answers, left_out, run)
    return int(fails or bool(left_out))


def _follow(server, answers, left_out, run):
    """Tell where the sites are, and then the log, until it is stopped."""
    if run.json:
        server.follow(
            tell=lambda line: note(line, run),
            annotate=explainer(server).annotate,
            announce=lambda: _print_json(answers, left_out))
    else:
        server.follow(annotate=explainer(server).annotate,
                      announce=lambda: _tell_urls(server, answers, run))


def choose_sites(fleet, given, run):
    """The sites that one Apache can serve (list of Ready), and the others
    (list of LeftOut)."""
    told = {}      # each note once
    private(given, given, told.setdefault)
    ready = []
    left_out = [LeftOut(*broken) for broken in fleet.unreadable]
    for member in fleet.sites:
        try:
            ready.append(_ready(member, told.setdefault))
        except DeployError as error:
            left_out.append(LeftOut(member.entry, error.messages))
    for text in told:
        note(text, run)
    accepted = []
    for each in ready:
        messages = tuple(_in_the_way(each.site, accepted))
        if messages:
            left_out.append(LeftOut(each.row, messages))
        else:
            accepted.append(each)
    return accepted, left_out


def _ready(member, tell):
    """A Member of the fleet as Ready.  Raises DeployError."""
    row, site, project = member
    settings = private(row.settings, {}, tell)
    platform = site.platform
    if "virtualenv" in row.settings and "virtualenv" not in settings:
        # It may be found by another one then.
        project, choices, platform = read(project.directory, settings)
    else:
        with Collector() as collect:
            choices = choose(settings, collect)
    return Ready(row, settings, project,
                 in_place(project, choices, platform), platform)


def _in_the_way(site, accepted):
    """Why ``site`` cannot be beside those ``accepted`` in one Apache."""
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
        if shared:
            yield (f"is called {min(shared)} as {each.row.name} is, on"
                   " another port, and here all have one port; serve it by"
                   " itself, with --only")
            return


def _options(ready):
    """What a Server for these sites is made with (dict)."""
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


def _virtualenv(sites):
    """The virtualenv whose mod_wsgi suits most of the sites; None if the
    system's has to do."""
    from collections import Counter

    virtualenvs = [site.virtualenv for site in sites if site.virtualenv]
    count = Counter(map(venv.virtualenv_python, virtualenvs))
    for virtualenv in sorted(dict.fromkeys(virtualenvs), key=lambda path: -(
            count[venv.virtualenv_python(path)])):
        try:
            module = mod_wsgi_module.find_mod_wsgi(
                binaries.find_httpd(virtualenv), virtualenv)
        except DeployError:
            continue
        if not mod_wsgi_module.python_mismatch(module, virtualenv):
            return virtualenv
    return None


def _reachable(ready, server):
    """The sites that ``server`` can serve, as lists of Ready and LeftOut."""
    paths = [*dict.fromkeys(path for each in ready
                            for path in readable(each.site))]
    denials = {denial.path: str(denial)
               for denial in access_denials(paths, server.account)}
    reachable, left_out = [], []
    for each in ready:
        messages = [denials[path] for path in readable(each.site)
                    if path in denials]
        mismatch = (server.mod_wsgi and each.site.backend == "mod_wsgi"
                    and mod_wsgi_module.python_mismatch(server.mod_wsgi,
                                               each.site.virtualenv))
        messages += [mismatch] if mismatch else []
        if messages:
            left_out.append(LeftOut(each.row, tuple(messages)))
        else:
            reachable.append(each)
    return reachable, left_out


def _start(server, ready, run):
    """Start ``server`` with all sites; the first Answer of each (list)."""
    server.launch([served(site)
                   for site in written(server, ready, run.workers)])
    answers = []
    with progress(len(ready), run) as bar:
        for each, (site, probe) in zip(  # noqa: B905 (of each)
                ready, server.answers(_VISITORS)):
            answers.append(Answer(each.row, _url(server, site), probe))
            bar.advance()
    return answers


def written(server, ready, jobs=1):
    """The Sites (list) as ``server`` serves them, their files written."""
    from modwsgideploy.system.transaction import write_each

    sites = [unwritten_site(each.project, each.settings, each.platform,
                            server, str(number))
             for number, each in enumerate(ready)]
    failed = []
    write_each(range(len(sites)), lambda number: (changes(sites[number]), 0),
               lambda number, note, messages: failed.extend(messages), jobs)
    if failed:
        raise Failed(*failed)
    return sites


def _url(server, site):
    """The URL of a Served for a browser on this machine."""
    return server.url_of(site._replace(
        server_name=site.server_name and local_name(site.server_name)))


def _probe(server, ready, answers, run):
    """Ask each site for the page of --probe; an Answer of each (list)."""
    from modwsgideploy.apache.probe import probe

    told = []
    server.new_lines()
    with progress(len(ready), run) as bar:
        # One by one, so that what the log says is of that site.
        for answer, site in zip(answers, server.sites):  # noqa: B905 (each)
            path = (site.mount_point.rstrip("/") + run.probe
                    or site.mount_point)
            answer = answer._replace(
                url=_url(server, site._replace(mount_point=path)),
                probe=probe(path, server.port, site.server_name))
            log = ()
            if answer.fails:
                log = tuple(
                    line for line in explainer(server).annotate(
                        server.new_lines())
                    if run.verbosity > 0 or ":notice]" not in line)
            told.append(answer._replace(log=log))
            bar.advance()
    return told


def _tell_urls(server, answers, run):
    """Print a table of the sites, each with its URL."""
    width = max(len(answer.row.name) for answer in answers)
    for answer in answers:
        probe = answer.probe
        told = f"   ({probe.status or 'no answer:'} {probe.reason})" \
            if answer.is_down else ""
        print(f"{answer.row.name:{width}}  {answer.url}{told}")
    named = [site.server_name for site in server.sites if site.server_name
             and local_name(site.server_name) != site.server_name]
    if named:
        note("Browsers and curl find NAME.localhost on this machine. By its"
             " own name: curl --resolve"
             f" {named[0]}:{server.port}:127.0.0.1"
             f" http://{named[0]}:{server.port}/", run)
    sys.stdout.flush()


def _tell_probes(answers, run):
    """Print what each site answered, and the log of those that fail."""
    width = max(len(answer.row.name) for answer in answers)
    for answer in answers:
        probe = answer.probe
        what = f"{probe.status} {probe.reason}" if probe.status else (
            f"no answer ({probe.reason})")
        if run.verbosity >= 0 or answer.fails:
            print(f"{answer.row.name:{width}}  {what} in"
                  f" {probe.seconds:.3f} s: {answer.url}", flush=True)
        for line in answer.log:
            print("    " + line, file=sys.stderr)


def _tell_sum(answers, left_out, run):
    """Print how many sites answer."""
    if run.verbosity < 0:
        return
    failed = sum(answer.fails for answer in answers)
    total = len(answers) + len(left_out)
    parts = [f"{number} {what}" for number, what in (
        (len(answers) - failed, "answered"), (failed, "failed"),
        (len(left_out), "left out")) if number]
    print(f"{total} {'site' if total == 1 else 'sites'}: {', '.join(parts)}")


def _print_json(answers, left_out):
    """Print the sites, and what they answered, as one JSON object."""
    print_json({
        "sites": [{
            "name": answer.row.name, "source": answer.row.source,
            "url": answer.url, "status": answer.probe.status,
            "reason": answer.probe.reason, "seconds": answer.probe.seconds,
            "log": list(answer.log)} for answer in answers],
        "left_out": [{
            "name": row.name, "source": row.source,
            "messages": list(placed(row, messages))}
            for row, messages in left_out],
    })
