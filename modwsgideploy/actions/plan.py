"""``plan``: whether a machine has room for all sites, and how they would fit.

What sites ask for is put together here; `capacity` adds it up.
"""

import os
import sys
from functools import lru_cache

from .. import capacity
from ..errors import DeployError
from . import (
    is_manifest,
    no_manifest,
    print_json,
    read,
    read_sites,
    recall,
)
from .check import find_host
from .progress import progress

# So many sites are told, unless asked for all.
_ROWS = 20

SHARING = "The working directory of sites that share a daemon is / by default."


def main(target, settings, run):
    """Plan for the sites of a manifest, or the project in a directory.

    Returns 0 when all fits, 1 when it does not or a site cannot be counted.
    Raises DeployError.
    """
    from ..machine import find_machine

    fleet = _fleet(target, settings, run)
    host = find_host(run)
    machine = find_machine(host, run.figures)
    sizes = {} if run.no_load else _measured(fleet.members, host, run)
    demands = [_demand(member, sizes) for member in fleet.members]
    plan = capacity.as_asked(demands, machine)
    proposed = capacity.propose(plan, machine, run.share, _work_together)
    planned = Planned(fleet, machine, plan, proposed, {
        name: reason for name, (_, reason) in sizes.items() if reason})
    for path, text in ((run.html, _page), (run.write, _proposal)):
        if path:
            _write(path, text(planned))
    if run.json:
        print_json(as_dict(planned))
    elif run.verbose >= 0:
        _tell(planned, run)
    return 0 if plan.fits and not fleet.broken else 1


class Planned:
    """One run: what there is, what is asked for, what is proposed."""

    def __init__(self, fleet, machine, plan, proposed, unloaded):
        self.fleet = fleet
        self.machine = machine
        self.plan = plan
        self.proposed = proposed
        self.unloaded = unloaded    # name of a site -> why it did not load
        self.changes = list(capacity.changes(plan, proposed))
        self.notes = capacity.notes(plan, machine)
        # Of what nothing helps against.
        self.left = [] if proposed.fits else capacity.notes(proposed, machine)

    @property
    def shares(self):
        """Whether sites are proposed to share processes."""
        return any("daemon" in settings for _, settings in self.changes)

    @property
    def summary(self):
        """How much it is."""
        count = len(self.fleet.members)
        return (f"{_count(count, 'site')}:"
                f" {_count(self.plan.processes, 'process')},"
                f" {_count(self.plan.threads, 'thread')}")

    @property
    def verdict(self):
        """All of it in one line."""
        return (f"{self.summary};"
                + (" all fits" if self.plan.fits else
                   f" DOES NOT FIT: {_missing(self.plan)}"))


def _missing(plan):
    """How much of what a Plan has too little of."""
    return ", ".join(
        f"{figure.missing} {figure.unit} too {_few(figure)}"
        if figure.name.startswith("connections") else
        f"{figure.name}: {figure.missing} {figure.unit} too {_few(figure)}"
        for figure in plan.missing)


def _few(figure):
    return "little" if figure.unit == "MB" else "few"


def _count(number, word):
    plural = "es" if word.endswith("s") else "s"
    return f"{number} {word}{plural if number != 1 else ''}"


# -- what is asked for -------------------------------------------------------

def _fleet(target, settings, run):
    """The Fleet of a manifest, or of one project.  Raises DeployError."""
    from .. import apache
    from ..fleet import Fleet, Member
    from ..manifest import Row
    from ..options import Given
    from ..sites import make_site

    if is_manifest(target) or not os.path.isdir(target):
        return read_sites(target, settings, run, alone=True)
    no_manifest(run)
    _, settings = recall(target, settings)
    project, choices, platform = read(target, settings)
    site = make_site(project, choices, platform, apache.versions()[1])
    return Fleet((Member(Row(site.name, Given(target, target), settings,
                             target), site, project),), ())


def _measured(members, host, run):
    """(kilobytes, why not) by the name of each site, as a dict."""
    import tempfile

    from .. import measuring
    from ..jobs import spread

    groups = measuring.distinct(
        [member for member in members if not member.site.process_memory])
    if not groups:
        return {}
    host.look()
    sizes = {}
    with tempfile.TemporaryDirectory(prefix="mwd-") as top, \
            progress(len(groups), run, " applications") as bar:
        # The user of the daemon processes reads the scripts in it.
        os.chmod(top, 0o755)
        for number, size in spread(
                lambda number: measuring.measure(
                    groups[number][0], host, f"{top}/{number}"),
                range(len(groups)), run.jobs):
            for member in groups[number]:
                sizes[member.site.name] = tuple(size)
            bar.advance()
    return sizes


def _demand(member, sizes):
    """The capacity.Demand of a fleet.Member."""
    row, site, project = member
    kilobytes, told = _memory(site, sizes)
    found, has_sqlite = _databases(site)
    processes, threads = _serving(site)
    # Each of those is no choice of ours on FastCGI.
    given = frozenset(("processes", "threads")) & (
        set(row.settings) if _has_daemons(site)
        else {"processes", "threads"})
    return capacity.Demand(
        site.name, row.source, _group(site), processes, threads, kilobytes,
        told, has_sqlite or site.launcher.startswith("turbogears1"), given,
        _alike(site, row.settings), _daemon_name(site.virtualenv),
        2 if site.server_name else 0, found)


def _has_daemons(site):
    return site.backend == "mod_wsgi" and site.mode == "daemon"


def _group(site):
    """The name of the processes of a Site; "" for Apache's own."""
    embedded = site.backend == "mod_python" or (
        site.backend == "mod_wsgi" and site.mode == "embedded")
    return "" if embedded else site.process_group


def _serving(site):
    """The processes of a Site, and the threads of each."""
    if site.backend != "fastcgi":
        return site.processes, site.threads
    if site.fastcgi_mode == "proxy":
        return 1, site.threads
    return site.processes, 1


def _memory(site, sizes):
    """The kilobytes of one process of a Site, and how they are known."""
    if site.process_memory:
        return site.process_memory * capacity.MB, "given"
    kilobytes, reason = sizes.get(site.name, (0, ""))
    if kilobytes and not reason:
        return int((kilobytes + capacity.DAEMON) * capacity.GROWTH), "measured"
    return capacity.ASSUMED, "assumed"


def _databases(site):
    """Its Databases (tuple), and whether it has an SQLite file."""
    from ..databases import config_path
    from ..frameworks import FRAMEWORKS

    if not FRAMEWORKS[site.framework].uses_paste:
        return (), False
    return _databases_in(config_path(site))


@lru_cache(None)
def _databases_in(path):
    """The same for the configuration at ``path``; "" is none."""
    from ..configs import read_config
    from ..databases import databases

    try:
        return databases(read_config(path)) if path else ((), False)
    except DeployError:
        return (), False


def _alike(site, settings):
    """What sites that share processes must agree on; None for a site that
    cannot share any."""
    from ..daemons import options

    if not _has_daemons(site) or site.daemon or site.python2 or (
            site.apache_version == "2.2") or not site.virtualenv:
        return None
    chosen = dict(options(site))
    # Proposed, or another one where none was chosen.
    for name in ("processes", "threads", "home"):
        if name != "home" or "home" not in settings:
            chosen.pop(name, None)
    return site.virtualenv, site.baseline, tuple(sorted(chosen.items()))


def _work_together(alike):
    """Whether sites that are ``alike`` have no module that works in one
    interpreter of a process only."""
    from ..daemons import only_one_interpreter

    return not only_one_interpreter(alike[0])


def _daemon_name(virtualenv):
    """What to call processes that share ``virtualenv``."""
    from ..options import KINDS

    try:
        return KINDS["name"](os.path.basename(virtualenv)) + "-shared"
    except ValueError:
        return "shared"


# -- what is told ------------------------------------------------------------

def _tell(planned, run):
    """Print the plan: first what does not fit."""
    plan = planned.plan
    print(planned.verdict)
    for broken in planned.fleet.broken:
        for message in broken.messages:
            print(f"not counted: {message}", file=sys.stderr)
    for note in planned.notes:
        print(f"  {note}")
    print()
    figures = sorted(plan.figures, key=lambda one: not one.missing)
    width = max(len(figure.name) for figure in figures)
    print(f"{'':{width}}{'needs':>10}{'has':>10}")
    for figure in figures:
        print(f"{figure.name:{width}}{figure.needs:10}"
              f"{figure.has or '?':>10}  {figure.unit}"
              + (f"; {figure.missing} MISSING" if figure.missing else ""))
    if run.verbose > 0:
        for name, value, source in found(planned.machine):
            print(f"  {name}: {value} ({source})")
    _tell_pools(plan, planned, run)
    _tell_changes(planned)


def found(machine):
    """What a Machine has, as (name, value, source)."""
    for field, source in machine.sources:
        value = getattr(machine, field)
        if source:
            yield (field.replace("_", " "),
                   f"{value // capacity.MB} MB" if field == "memory"
                   else value, source)


def _tell_pools(plan, planned, run):
    """Print a line for each set of processes, the largest first."""
    pools = sorted(plan.pools, key=lambda pool: -pool.kilobytes)
    shown = pools if run.verbose > 0 else pools[:_ROWS]
    rows = [("processes of", "processes", "threads", "MB each", "MB", "")]
    for pool in shown:
        told = {member.told for member in pool.members} - {"measured"}
        rows.append((called(pool), pool.processes, pool.threads,
                     pool.each // capacity.MB, pool.kilobytes // capacity.MB,
                     ", ".join(sorted(told))))
    apache = plan.apache
    each = (capacity.CHILD + apache.each) // capacity.MB
    rows.append(("Apache itself", apache.processes, apache.threads, each,
                 each * apache.processes, ""))
    width = max(len(row[0]) for row in rows)
    print()
    for name, processes, threads, each, together, told in rows:
        print(f"{name:{width}}{processes:>11}{threads:>9}{each:>9}"
              f"{together:>9}  {told}".rstrip())
    if len(shown) < len(pools):
        print(f"and {len(pools) - len(shown)} more (-v shows all)")
    for name, reason in list(planned.unloaded.items())[:_ROWS]:
        print(f"assumed, as {name} did not load: {reason}")


def called(pool):
    """The name of a capacity.Pool, and how many sites it has."""
    return pool.name + (f" ({len(pool.members)} sites)"
                        if len(pool.members) > 1 else "")


def _tell_changes(planned):
    """Print the proposal."""
    if not planned.changes:
        print("\nNothing to change.")
        return
    print("\nProposed:" if planned.proposed.fits else
          "\nProposed, WHICH DOES NOT FIT EITHER:"
          f" {_missing(planned.proposed)}")
    for note in planned.left:
        print(f"  {note}")
    print()
    print(_sections(planned, _ROWS), end="")
    if planned.shares:
        print("\n" + SHARING)


def _sections(planned, most=None):
    """The changes as sections of a manifest."""
    shown = planned.changes[:most]
    text = "".join(
        f"[{member.name}]\n" + "".join(f"{name} = {value}\n"
                                       for name, value in settings.items())
        for member, settings in shown)
    left = len(planned.changes) - len(shown)
    return text + (f"and {left} more (--write FILE writes all)\n" if left
                   else "")


def _proposal(planned):
    """The text of --write FILE."""
    machine = planned.machine
    lines = [
        "# What modwsgideploy plan proposes: put these lines into the sections"
        " of your",
        "# manifest, in place of those which say the same key.",
        f"# For {machine.memory // capacity.MB} MB and {machine.cores} cores:"
        f" {planned.verdict}",
        *([] if planned.proposed.fits else
          [f"# THIS DOES NOT FIT EITHER: {_missing(planned.proposed)}",
           *(f"# {note}" for note in planned.left)]),
        *(["# " + SHARING] if planned.shares else []), "", ""]
    return "\n".join(lines) + _sections(planned)


def as_dict(planned):
    """The plan as plain values, for --json."""
    def told(plan):
        return {
            "fits": plan.fits, "processes": plan.processes,
            "threads": plan.threads,
            "figures": [{**figure._asdict(), "missing": figure.missing}
                        for figure in plan.figures],
            "databases": [{"url": database.url, "connections": count}
                          for database, count in plan.databases],
            "pools": [{
                "name": pool.name, "processes": pool.processes,
                "threads": pool.threads, "kilobytes_each": pool.each,
                "sites": [member.name for member in pool.members]}
                for pool in plan.pools],
            "no_memory_for": [
                member.name for pool in capacity.without_room(plan)
                for member in pool.members]}

    machine = planned.machine
    return {
        "machine": {**machine._asdict(), "sources": dict(machine.sources)},
        "asked": told(planned.plan), "proposed": told(planned.proposed),
        "notes": planned.notes,
        "sites": [{
            "name": member.name, "source": member.source,
            "kilobytes": member.kilobytes, "memory": member.told,
            "not_loaded": planned.unloaded.get(member.name, "")}
            for pool in (*planned.plan.pools, planned.plan.apache)
            for member in pool.members],
        "not_counted": [message for broken in planned.fleet.broken
                        for message in broken.messages],
        "changes": {member.name: settings
                    for member, settings in planned.changes},
    }


def _page(planned):
    """The text of --html FILE."""
    from ..plan_page import page

    return page(planned)


def _write(path, text):
    """Put ``text`` into the file ``path``.  Raises DeployError."""
    from ..writer import File, plan, write

    path = os.path.abspath(path)
    write(plan([File(os.path.basename(path), text)], os.path.dirname(path)))
