"""``plan``: whether a machine has room for all sites, and how they would fit.
"""

import os
import sys

from modwsgideploy.commands.checking import find_host
from modwsgideploy.commands.inputs import (
    is_manifest,
    no_manifest,
    read,
    read_sites,
    recall,
)
from modwsgideploy.commands.output import print_json
from modwsgideploy.commands.progress import progress
from modwsgideploy.planning import capacity, proposal
from modwsgideploy.planning.demands import can_share, demand_of
from modwsgideploy.planning.planned import (
    SHARING,
    Planned,
    described,
    described_pool,
    lacks,
    machine_as_dict,
)

# So many sites are told, unless asked for all.
_ROWS = 20


def main(target, settings, run):
    """Plan for the sites of a manifest, or the project in a directory.

    Returns 0 when all fits, 1 when it does not or a site cannot be counted.
    Raises DeployError.
    """
    from modwsgideploy.planning.machine import find_machine

    fleet = _fleet(target, settings, run)
    host = find_host(run)
    machine = find_machine(host, _figures(run))
    sizes = {} if run.no_load else _measured(fleet.sites, host, run)
    demands = [demand_of(member, sizes) for member in fleet.sites]
    plan = capacity.as_asked(demands, machine)
    proposed = proposal.propose(plan, machine, run.share, can_share)
    planned = Planned(fleet, machine, plan, proposed, {
        name: reason for name, (_, reason) in sizes.items() if reason})
    for path, text in ((run.html, _page), (run.write, _proposal)):
        if path:
            _write(path, text(planned))
    if run.json:
        print_json(as_dict(planned))
    elif run.verbosity >= 0:
        _tell(planned, run)
    return 0 if plan.fits and not fleet.unreadable else 1


def _figures(run):
    """What the command line says of the machine, for find_machine."""
    return [(field.replace("database_", ""), getattr(run, field),
             "--" + field.replace("_", "-"))
            for field in ("memory", "cores", "tasks", "open_files",
                          "request_workers", "database_connections")
            if getattr(run, field)]


def _fleet(target, settings, run):
    """The Fleet of a manifest, or of one project.  Raises DeployError."""
    from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
    from modwsgideploy.sites.fleet import Fleet
    from modwsgideploy.sites.fleet_site import FleetSite
    from modwsgideploy.sites.manifest import SiteEntry
    from modwsgideploy.sites.options import Setting
    from modwsgideploy.sites.resolve import make_site

    if is_manifest(target) or not os.path.isdir(target):
        return read_sites(target, settings, run, alone=True)
    no_manifest(run)
    _, settings = recall(target, settings)
    project, choices, platform = read(target, settings)
    site = make_site(project, choices, platform,
                     mod_wsgi_module.versions()[1])
    entry = SiteEntry(site.name, Setting(target, target), settings, target)
    return Fleet((FleetSite(entry, site, project),), ())


def _measured(members, host, run):
    """(kilobytes, why not) by the name of each site, as a dict."""
    import tempfile

    from modwsgideploy.planning import measuring
    from modwsgideploy.system.workers import parallel_map

    groups = measuring.distinct(
        [member for member in members if not member.site.process_memory])
    if not groups:
        return {}
    host.prefetch()
    sizes = {}
    with tempfile.TemporaryDirectory(prefix="mwd-") as top, \
            progress(len(groups), run, " applications") as bar:
        # The user of the daemon processes reads the scripts in it.
        os.chmod(top, 0o755)
        for number, size in parallel_map(
                lambda number: measuring.measure(
                    groups[number][0], host, f"{top}/{number}"),
                range(len(groups)), run.workers):
            for member in groups[number]:
                sizes[member.site.name] = tuple(size)
            bar.advance()
    return sizes


def _tell(planned, run):
    """Print the plan: first what does not fit."""
    plan = planned.plan
    print(planned.verdict)
    for broken in planned.fleet.unreadable:
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
    if run.verbosity > 0:
        for name, value, source in described(planned.machine):
            print(f"  {name}: {value} ({source})")
    _tell_pools(plan, planned, run)
    _tell_changes(planned)


def _tell_pools(plan, planned, run):
    """Print a line for each set of processes, the largest first."""
    pools = sorted(plan.pools, key=lambda pool: -pool.memory_kb)
    shown = pools if run.verbosity > 0 else pools[:_ROWS]
    rows = [("processes of", "processes", "threads", "MB each", "MB", "")]
    for pool in shown:
        told = {member.memory_source for member in pool.members} - {"measured"}
        rows.append((described_pool(pool), pool.processes, pool.threads,
                     pool.process_kb // capacity.KB_PER_MB,
                     pool.memory_kb // capacity.KB_PER_MB,
                     ", ".join(sorted(told))))
    apache = plan.apache
    each = (capacity.CHILD_KB + apache.process_kb) // capacity.KB_PER_MB
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


def _tell_changes(planned):
    """Print the proposal."""
    if not planned.changes:
        print("\nNothing to change.")
        return
    print("\nProposed:" if planned.proposed.fits else
          "\nProposed, WHICH DOES NOT FIT EITHER:"
          f" {lacks(planned.proposed)}")
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
        f"# For {machine.memory_kb // capacity.KB_PER_MB} MB and"
        f" {machine.cores} cores: {planned.verdict}",
        *([] if planned.proposed.fits else
          [f"# THIS DOES NOT FIT EITHER: {lacks(planned.proposed)}",
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
                "threads": pool.threads, "kilobytes_each": pool.process_kb,
                "sites": [member.name for member in pool.members]}
                for pool in plan.pools],
            "no_memory_for": [
                member.name for pool in proposal.without_room(plan)
                for member in pool.members]}

    machine = planned.machine
    return {
        "machine": machine_as_dict(machine),
        "asked": told(planned.plan), "proposed": told(planned.proposed),
        "notes": planned.notes,
        "sites": [{
            "name": member.name, "source": member.source,
            "kilobytes": member.memory_kb, "memory": member.memory_source,
            "not_loaded": planned.unloaded.get(member.name, "")}
            for pool in (*planned.plan.pools, planned.plan.apache)
            for member in pool.members],
        "not_counted": [message for broken in planned.fleet.unreadable
                        for message in broken.messages],
        "changes": {member.name: settings
                    for member, settings in planned.changes},
    }


def _page(planned):
    """The text of --html FILE."""
    from modwsgideploy.planning.page import page

    return page(planned)


def _write(path, text):
    """Put ``text`` into the file ``path``.  Raises DeployError."""
    from modwsgideploy.system.transaction import File, plan, write

    path = os.path.abspath(path)
    write(plan([File(os.path.basename(path), text)], os.path.dirname(path)))
