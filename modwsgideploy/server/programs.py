"""Run the application servers that sites have beside a private Apache."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from time import monotonic, sleep
from typing import NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.processes import Process
from modwsgideploy.system.accounts import Account, become, why_not_run
from modwsgideploy.system.sockets import connect

# As long as requests have to finish.
_STOP_SECONDS = 5


class Program(NamedTuple):
    """The application server of one site."""

    address: str      # where it listens: a path, or the digits of a port
    process: Process

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self.process.poll() is not None


def start_programs(sites: Sequence[Served], logs: str, account: Account,
                   process_group: int) -> list[Program]:
    """Start the server of each of ``sites`` that has one, as ``account``.

    Each logs into a file in the directory ``logs`` and joins
    ``process_group`` with all that it starts.  Raises DeployError.
    """
    return [Program(site.address, _start(
        site.program, f"{logs}/application-server-{number}.log", account,
        process_group)) for number, site in enumerate(sites) if site.program]


def _start(command: Sequence[str], log: str, account: Account,
           process_group: int) -> Process:
    def prepare() -> None:
        os.setpgid(0, process_group)
        if not os.geteuid():
            become(account)

    # What systemd would give its service.
    kept = {name: os.environ[name] for name in ("PATH", "TZ")
            if name in os.environ}
    try:
        with open(log, "ab") as output:
            return subprocess.Popen(
                list(command), env={**kept, "LANG": "C.UTF-8"}, cwd="/",
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=prepare)  # noqa: PLW1509
    except OSError as error:
        raise DeployError(why_not_run(command[0], account, error)) from None


def wait_for(programs: Sequence[Program], seconds: float) -> None:
    """Wait until each of ``programs`` listens or has ended."""
    end = monotonic() + seconds
    for program in programs:
        while not (program.has_ended or _listens(program.address)
                   or monotonic() > end):
            sleep(0.02)


def _listens(address: str) -> bool:
    try:
        connect(address, 1)
    except OSError:
        return False
    return True


def end_programs(programs: Sequence[Program]) -> None:
    """End ``programs``, in good order if they are quick enough."""
    for program in programs:
        if not program.has_ended:
            program.process.terminate()
    end = monotonic() + _STOP_SECONDS
    for program in programs:
        try:
            program.process.wait(max(0.0, end - monotonic()))
        except subprocess.TimeoutExpired:
            program.process.kill()
            program.process.wait()
