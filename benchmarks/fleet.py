"""What rollouts cost: of new hosts, of what is served already, of new code.

The figure is the seconds that ansible-playbook took, the last but one column
the CPU seconds of the controller for each host, and the last one those of a
host.  All hosts share this machine, so only the CPU seconds say what hosts of
their own would take.  Of each size the first run, one without a change, and an
update are measured, and the update once more with each number of forks.
"""

import os
import resource
import time

from tests.support import hosts
from tests.support.host_case import HostCase, environment

# Hosts, and sites of them all.
SIZES = ((1, 1), (1, 33), (6, 6), (6, 198), (1, 200))
FORKS = (1, 6)


def rows():
    """Yield what was measured, for run.py."""
    if hosts.missing():
        yield "a fleet", "no hosts", "", ""
        return
    for count, sites in SIZES:
        case = type("Measured", (HostCase,), {
            "count": count, "sites": sites - count, "first_rollout": False})
        what = f"{count} host{'s' * (count > 1)}, {sites} sites"
        try:
            case.setUpClass()
            yield measured(case, f"{what}: first")
            yield measured(case, f"{what}: unchanged")
            yield measured(case, f"{what}: the command alone", command_alone)
            yield measured(case, f"{what}: the module alone", module_alone)
            for version, forks in enumerate(
                    FORKS if count > 1 else FORKS[-1:], 2):
                case.write(str(version))
                yield measured(case, f"{what}: update, {forks} forks",
                               forks=forks)
        finally:
            case.doClassCleanups()


def measured(case, what, run=None, forks=6):
    """The row of one run."""
    before = [cpu_seconds(host) for host in case.serving]
    start, used = time.monotonic(), controller_seconds()
    if run:
        run(case)
    else:
        case.rollout("--forks", str(forks))
    seconds = time.monotonic() - start
    controller = (controller_seconds() - used) / case.count
    on_host = sum(cpu_seconds(host) - was for host, was in zip(
        case.serving, before)) / case.count
    return (what, f"{seconds:.1f} s", f"{controller:.2f}", f"{on_host:.2f}")


def command_alone(case):
    """What the module ``site`` has the command do of a release."""
    for host in case.serving:
        host.ssh("sudo", "modwsgideploy", "enable", "-q",
                 "/srv/modwsgideploy/current/sites.ini")


def module_alone(case):
    """The same by the module."""
    case.fleet.run(
        "ansible", "sites", "-m", "modwsgideploy.fleet.site", "-a",
        "release=current", cwd=case.directory, env=environment(case.fleet))


def controller_seconds():
    """CPU seconds of what this process has run and waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_seconds(host):
    """CPU seconds of all that ever ran on a host."""
    for top in host.cgroups:
        path = os.path.join(top, "cpu.stat")
        if os.path.exists(path):
            with open(path) as stream:
                return int(stream.readline().split()[1]) / 1e6
    return 0.0
