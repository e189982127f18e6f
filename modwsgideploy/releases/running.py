"""Run the commands that make a release, as the user whose site it is.

They run in a process of their own, which gives up root for good; it ends with
this one, even if that is killed, and with it all that it has started.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.accounts import Account, become, named_account
from modwsgideploy.system.child import Parent, forked, reports
from modwsgideploy.system.identity import acting_as, owner_on_the_way

if TYPE_CHECKING:
    import subprocess

# Of the environment of root, what says how pip, uv and git reach a network.
_NETWORK = ("http_proxy", "https_proxy", "no_proxy", "all_proxy",
            "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
# What would have another Python find other packages.
_PYTHON = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__",
           "PYTHONDONTWRITEBYTECODE", "PIP_USER", "PIP_TARGET", "PIP_PREFIX",
           "PIP_REQUIRE_VIRTUALENV")
_TAIL = 20


class Runner(NamedTuple):
    """What a child has to run commands with."""

    parent: Parent
    environment: Mapping[str, str]
    log: str           # the file that takes what they print

    def step(self, text: str) -> None:
        """Say what is done next."""
        self.parent.report(text)

    def run(self, command: Sequence[str], directory: str, what: str,
            more: Mapping[str, str] | None = None) -> None:
        """Run ``command`` in ``directory``.

        ``more`` is added to the environment.  Raises Failed, with the end of
        what it said, which begins with ``what``.
        """
        import subprocess

        with open(self.log, "ab", opener=_closed_to_others) as log:
            # Not the command, which may have a password in it.
            log.write(f"# {what}\n".encode())
            log.flush()
            start = log.tell()
            try:
                process = subprocess.Popen(
                    command, cwd=directory, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                    env={**self.environment, **(more or {})})
            except OSError as error:
                raise Failed(f"{what}: {command[0]} cannot be run:"
                             f" {error.strerror}") from None
            try:
                status = self._wait(process)
            finally:
                _end(process)
        if status:
            raise Failed("\n    ".join([
                f"{what} failed (exit status {status})",
                *self._tail(start)]))

    def output(self, command: Sequence[str], directory: str) -> str:
        """Return what ``command`` prints; "" where it fails."""
        import subprocess

        with suppress(OSError):
            done = subprocess.run(
                command, cwd=directory, env=dict(self.environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, check=False)
            if not done.returncode:
                return done.stdout.decode("utf-8", "replace").strip()
        return ""

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        """Return its exit status; end it where nobody waits for it."""
        import subprocess

        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(0.2)
            if self.parent.is_gone():
                raise SystemExit(1)

    def _tail(self, start: int) -> list[str]:
        """The last lines that the command said."""
        with open(self.log, "rb") as stream:
            stream.seek(start)
            text = stream.read().decode("utf-8", "replace")
        return [line.rstrip() for line in text.splitlines()
                if line.strip()][-_TAIL:] or ["(it said nothing)"]


def _closed_to_others(path: str, flags: int) -> int:
    """Open a log, for the ``opener`` of `open`."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def account_of(root: str) -> Account | None:
    """Return who makes the releases below ``root``; None for this user.

    Root itself does not: building runs the project's own code.  Raises
    DeployError.
    """
    if os.geteuid():
        if not os.access(root, os.W_OK):
            raise DeployError(f"{root}: this user may not write there; run it"
                              " as its owner, or as root")
        return None
    owner = owner_on_the_way(os.path.join(root, ""))
    account = named_account(f"#{owner.uid}") if owner else None
    if account:
        return account
    whose = f"user id {owner.uid}, which has no name" if owner else "root"
    raise DeployError(
        f"{root}: belongs to {whose}, and root runs no code of a project to"
        " build it; give the directory to the user who deploys the site:"
        f" `chown -R USER {root}`")


def may_run(root: str, path: str) -> bool:
    """Tell whether who makes the releases below ``root`` may run ``path``."""
    with acting_as(owner_on_the_way(os.path.join(root, ""))):
        return os.path.isfile(path) and os.access(
            path, os.X_OK, effective_ids=True)


def environment_of(account: Account | None) -> dict[str, str]:
    """Return the environment of commands that ``account`` runs."""
    if account is None:
        return {name: value for name, value in os.environ.items()
                if name not in _PYTHON}
    import pwd

    kept = {name: value for name, value in os.environ.items()
            if name.startswith(("PIP_", "UV_")) and name not in _PYTHON
            or name in _NETWORK or name.lower() in _NETWORK}
    home = pwd.getpwuid(account.uid).pw_dir
    return {**kept, "HOME": home, "USER": account.user,
            "LOGNAME": account.user, "LANG": "C.UTF-8",
            "PATH": f"{home}/.local/bin:/usr/local/bin:/usr/bin:/bin"}


def run_as_builder(account: Account | None, log: str,
                   work: Callable[[Runner], Any],
                   on_step: Callable[[str], object]) -> Any:
    """Return the result of ``work(runner)`` in a process of ``account``.

    ``on_step`` is called with the text of each step; results are of the types
    that marshal knows.  Raises what ``work`` raises.
    """
    def child(parent: Parent) -> None:
        if account:
            become(account)
        os.umask(0o022)
        parent.report((work(Runner(parent, environment_of(account), log)),))

    result = None
    with forked(child, "that makes the release") as process:
        for value in reports([process]):
            if isinstance(value, str):
                on_step(value)
            else:
                result = value
        if not process.is_done:
            raise Failed("the process that makes the release was killed")
    return result[0] if result else None
