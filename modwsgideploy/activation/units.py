"""Install, start, stop and take back the systemd units of a site.

Each step can be made again, by the run after one that was killed.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from modwsgideploy.activation.installed import (
    directive_lines,
    is_ours,
    plan_copy,
    source_of,
)
from modwsgideploy.activation.layout import Named
from modwsgideploy.activation.modules import link
from modwsgideploy.activation.placing import place, remove_kept
from modwsgideploy.activation.rollback import put_back
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    read_state,
    unless_there,
)
from modwsgideploy.activation.unit_rights import refuse_gains
from modwsgideploy.backends import http
from modwsgideploy.checks.app_server import SYSTEMD
from modwsgideploy.errors import Failed
from modwsgideploy.model.site import Site
from modwsgideploy.quoting import shell

# Which target wants which unit, as [Install] says.
_WANTED = (("socket", "sockets.target.wants"),
           ("service", "multi-user.target.wants"))
# Where the units of packages are, which those in /etc would replace.
PACKAGED = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
            "/lib/systemd/system")
_JOURNAL_LINES = 40
# Besides the time that the application has to load.
_GRACE_SECONDS = 60


class UnitChange(NamedTuple):
    """What is done with the units of one site."""

    name: str
    deployment: str       # the directory of its generated files
    changes: tuple[PathChange, ...]
    was_active: bool      # its server ran before
    starts: bool = True   # or is stopped, once Apache does not ask it any more

    @property
    def socket(self) -> str:
        """The name of the unit that holds the socket."""
        return f"{self.name}.socket"

    @property
    def service(self) -> str:
        """The name of the unit that runs the server."""
        return f"{self.name}.service"


def has_units(site: Site) -> bool:
    """Whether a server of its own, beside Apache, runs ``site``."""
    return site.backend == "http"


def runs_systemd() -> bool:
    """Whether systemd runs this machine."""
    return os.path.isdir(SYSTEMD)


def command_line(site: Site) -> str:
    """The command that runs the server of ``site`` without systemd."""
    return " ".join(map(shell, http.command(site)))


def are_left_over(site: Site) -> bool:
    """Whether `start` has installed units of ``site`` that it needs no more:
    it was moved to another backend."""
    return not has_units(site) and are_installed(site, site.platform.units)


def are_installed(site: Named, directory: str) -> bool:
    """Whether `start` has installed units of ``site`` in ``directory``."""
    name = f"{site.name}.socket"
    text = read_state(f"{directory}/{name}").text
    return text is not None and (
        os.path.realpath(source_of(text) or "/")
        == os.path.realpath(f"{site.output_dir}/{name}"))


def plan_start(site: Site, overwrite: bool = False, before: str = ""
               ) -> UnitChange:
    """Plan to install the units of ``site``, and to have them started.

    ``before`` is the directory of a deployment of the same site whose units
    may be installed until now.  Raises DeployError where somebody has edited
    what is installed, and where systemd would do as root what another user
    has written.
    """
    from modwsgideploy.deployment.record import read_record

    generated = read_record(site.output_dir).generated
    changes: list[PathChange] = []
    for kind, wants in _WANTED:
        name = f"{site.name}.{kind}"
        path = f"{site.platform.units}/{name}"
        _refuse_packaged(site, name)
        earlier = (generated.get(name),
                   read_state(f"{site.script_directory}/{name}").text)
        source = f"{site.output_dir}/{name}"
        copies = plan_copy(
            source, path, earlier, overwrite,
            (site.through_current(source), *filter(
                None, [before and f"{before}/{name}"]))).changes
        for copy in copies:
            if copy.path == path and copy.new.text:
                refuse_gains(site, name, copy.new.text)
        changes += copies
        changes += unless_there([link(
            f"{site.platform.units}/{wants}/{name}", path)])
    return UnitChange(site.name, site.output_dir, tuple(changes),
                      _is_active(f"{site.name}.service"))


def _refuse_packaged(site: Site, name: str) -> None:
    """Raise Failed where a package has a unit ``name``."""
    for directory in PACKAGED:
        if os.path.lexists(f"{directory}/{name}"):
            raise Failed(
                f"--name: {site.name} is also what {directory}/{name} is"
                " called, and its unit would take the place of that one;"
                " deploy it with another name")


def plan_stop(site: Named, directory: str, purge: bool = False
              ) -> UnitChange:
    """Plan to have the units of ``site``, which are in ``directory``, stopped,
    now and at the next boot.

    Their files stay; to ``purge`` is to remove those that nobody has edited.
    """
    paths = [f"{directory}/{wants}/{site.name}.{kind}"
             for kind, wants in _WANTED]
    for kind, _ in _WANTED if purge else ():
        name = f"{site.name}.{kind}"
        path = f"{directory}/{name}"
        if is_ours(read_state(path).text or "", f"{site.output_dir}/{name}"):
            paths.append(path)
    return UnitChange(site.name, site.output_dir, tuple(unless_there(
        PathChange(path, read_state(path), NOTHING) for path in paths)),
        _is_active(f"{site.name}.service", f"{site.name}.socket"),
        starts=False)


def start(units: UnitChange) -> str:
    """Install and start ``units``; return "" or what went wrong."""
    from modwsgideploy.explain.report import explain_lines
    from modwsgideploy.explain.sources import SourceIndex

    for change in units.changes:
        os.makedirs(os.path.dirname(change.path), exist_ok=True)
    place(units.changes)
    _systemctl("daemon-reload")
    if any(change.path.endswith("/" + units.socket) and change.new.text
           and directive_lines(change.old.text or "") != directive_lines(
               change.new.text) for change in units.changes):
        _systemctl("stop", units.service, units.socket)
    since = time.time()
    # What it runs may be new, although its unit is not.
    failure = (_systemctl("start", units.socket)
               or _systemctl("restart", units.service))
    if not failure:
        return ""
    journal = _output("journalctl", "-u", units.service, "-u", units.socket,
                      f"--since=@{since}", "-n", str(_JOURNAL_LINES),
                      "--no-pager", "-q")
    lines = journal.splitlines()
    return "\n    ".join([
        f"its application server does not start ({failure})",
        *(explain_lines(lines, SourceIndex([units.deployment]))
          or lines[-10:])])


def take_back(units: UnitChange) -> list[str]:
    """Put back what was there before, and run what ran.

    Returns the paths that somebody else has changed since.
    """
    changed = put_back(units.changes)
    _systemctl("daemon-reload")
    if units.was_active:
        _systemctl("start", units.socket)
        _systemctl("restart" if units.starts else "start", units.service)
    else:
        _systemctl("stop", units.service, units.socket)
        _systemctl("reset-failed", units.service, units.socket)
    return changed


def stop(units: UnitChange) -> None:
    """Stop ``units``, now and at the next boot."""
    # First, for the socket's file goes (RemoveOnStop=) as its unit says.
    _systemctl("stop", units.service, units.socket)
    place(units.changes)
    _systemctl("daemon-reload")
    remove_kept(units.changes)


def restart(name: str) -> str:
    """Restart the server of the site ``name``; "" or what went wrong.

    Its requests wait meanwhile, as the socket stays.
    """
    return _systemctl("restart", f"{name}.service")


def directories(units: str) -> list[str]:
    """Name where `start` puts anything, where units are in ``units``."""
    return [units, *(f"{units}/{wants}" for _, wants in _WANTED)]


def _is_active(*names: str) -> bool:
    """Whether one of the units ``names`` is active."""
    return not _systemctl("is-active", "--quiet", *names)


def _systemctl(*words: str) -> str:
    """Run systemctl; return "" or what it says."""
    import subprocess

    try:
        done = subprocess.run(
            ["systemctl", *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", check=False, timeout=90 + _GRACE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if not done.returncode:
        return ""
    first = done.stdout.strip().partition("\n")[0]
    return first or f"systemctl {words[0]}: exit status {done.returncode}"


def _output(*words: str) -> str:
    """What a command prints, "" where it cannot be run."""
    import subprocess

    try:
        return subprocess.run(
            words, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace", check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
