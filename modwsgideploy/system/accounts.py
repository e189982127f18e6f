"""Find which paths a user of this machine cannot use, and why."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from typing import Callable, Iterable, NamedTuple, Sequence, TypeVar, cast

from modwsgideploy.errors import DeployError
from modwsgideploy.quoting import shell
from modwsgideploy.system.child import Parent, forked, reports

Result = TypeVar("Result")
# Answers as os.access does: whether a path can be used in a mode.
MayUse = Callable[[str, int], bool]

# The users that distributions create for their Apache.
_APACHE_USERS = ("www-data", "apache", "wwwrun", "http", "_www", "nobody")


class Account(NamedTuple):
    """The user and group that an application runs as."""

    user: str
    group: str
    uid: int
    gid: int


class AccessDenial(NamedTuple):
    """Why an account cannot use a path."""

    path: str
    user: str
    blocker: str      # the first directory (or file) that it cannot pass
    action: str       # "enter", "read", "write", or "find"
    mode: str         # of ``blocker``: "0700", "" if it does not exist
    owner: str        # of ``blocker``: "root:root", likewise

    def __str__(self) -> str:
        if self.action == "find":
            return self.reason
        permission = {"enter": "o+x", "read": "o+rX"}.get(self.action, "o+w")
        return (f"{self.reason}; `chmod {permission}"
                f" {shell(self.blocker)}` lets it")

    @property
    def reason(self) -> str:
        """What is in the way, without the remedy."""
        if self.action == "find":
            return f"{self.path} is missing: there is no {self.blocker}"
        # A directory that cannot be entered hides whether the path exists.
        verb = "write" if self.action == "write" else "read"
        what = self.path if self.blocker == self.path else (
            f"{self.path}, for it cannot {self.action} {self.blocker}")
        return (f"user {self.user} cannot {verb} {what} (mode {self.mode},"
                f" owner {self.owner})")

    def fix(self, group: str) -> str:
        """Return the command that gives the account's ``group`` access.

        Only a directory on the way is opened to everybody; a file, such as
        an ini with its passwords, is opened to the group alone.
        """
        blocker = shell(self.blocker)
        if self.action == "enter":
            return f"sudo chmod o+x {blocker}"
        if self.action == "read" and os.path.isdir(self.blocker):
            return f"sudo chmod -R o+rX {blocker}"
        if self.action == "find":
            return f"see to it that {self.blocker} exists"
        permission = "g+r" if self.action == "read" else (
            "g+rwx" if os.path.isdir(self.blocker) else "g+rw")
        return (f"sudo chgrp {shell(group)} {blocker}"
                f" && sudo chmod {permission} {blocker}")


def find_account(user: str | None = None,
                 directory: str | None = None) -> Account:
    """Return the Account that runs the application in ``directory``.

    A user who is not root runs it under their own name.  Root names ``user``,
    or takes the directory's owner or, if that is root, Apache's own user.

    Raises DeployError if there is no such user, or it is root.
    """
    uid = os.geteuid()
    if uid == 0:
        return _first_account(
            [user] if user else [*_owner_name(directory), *_APACHE_USERS])
    name = _user_name(uid)
    if user and user != name:
        raise DeployError(
            f"--user: only root can serve as {user!r}; leave it out to"
            f" serve as {name!r}")
    return Account(name, _group_name(os.getegid()), uid, os.getegid())


def _first_account(names: Iterable[str]) -> Account:
    """Return the Account of the first of ``names`` that exists here.

    Raises DeployError if none does, or that one is root.
    """
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(name, _group_name(entry.pw_gid), entry.pw_uid,
                           entry.pw_gid)
        raise DeployError(
            f"--user: {name!r} is root, as which Apache runs nothing; name"
            " another user")
    raise DeployError(
        "--user: this machine has no user " + " or ".join(map(repr, names))
        + "; name one that it has")


def named_account(user: str, group: str = "") -> Account | None:
    """Return the Account of ``user`` in ``group``, None if unknown here.

    Both are a name or #NUMBER, as Apache has them; without ``group`` it is
    the user's own.
    """
    try:
        entry = (pwd.getpwuid(int(user[1:])) if user.startswith("#")
                 else pwd.getpwnam(user))
        gid = entry.pw_gid
        if group:
            gid = (int(group[1:]) if group.startswith("#")
                   else grp.getgrnam(group).gr_gid)
        return Account(entry.pw_name, grp.getgrgid(gid).gr_name,
                       entry.pw_uid, gid)
    except (KeyError, ValueError):
        return None


def _owner_name(directory: str | None) -> list[str]:
    """Return [name of the owner of ``directory``], [] for root."""
    if not directory or not os.path.exists(directory):
        return []
    uid = os.stat(directory).st_uid
    name = _user_name(uid)
    # Apache accepts no user without a name.
    return [name] if uid and name != str(uid) else []


def _user_name(uid: int) -> str:
    """Return the name of the user ``uid``, the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    """Return the name of the group ``gid``, the number if it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def access_denials(paths: Sequence[str], account: Account,
                   need: str = "read") -> list[AccessDenial]:
    """Return an AccessDenial for each path that ``account`` cannot use.

    ``need`` is "read", "write" or "enter".  The paths are tried as that
    account, so that everything counts that decides over access, not only the
    mode.  Only root can try for another account; anyone else computes the
    answer from owner, group and mode.
    """
    def blockers(may_use: MayUse = os.access) -> list[tuple[str, str] | None]:
        return [_first_blocker(path, need, may_use) for path in paths]

    if account.uid == os.geteuid() == os.getuid():
        found = blockers()
    elif os.geteuid():
        found = blockers(_access_by_mode(account))
    else:
        found = run_as(account, blockers)
    return [_denial(path, account.user, *blocker)
            for path, blocker in zip(paths, found) if blocker]


def why_not_run(program: str, account: Account | None, error: OSError
                ) -> str:
    """Say why ``account`` could not run ``program``, for which ``error`` was
    raised: what is in the way, where that can be found."""
    denials = access_denials([os.path.realpath(program)], account) if (
        account and isinstance(error, PermissionError)) else []
    return f"{program} cannot be run: " + (
        denials[0].reason if denials else str(error.strerror))


def _access_by_mode(account: Account) -> MayUse:
    """Return a substitute for os.access that goes by owner and mode."""
    try:
        groups = os.getgrouplist(account.user, account.gid)
    except KeyError:
        groups = [account.gid]

    def may_use(path: str, wanted: int) -> bool:
        try:
            status = os.stat(path)
        except OSError:
            return False
        shift = (6 if status.st_uid == account.uid
                 else 3 if status.st_gid in groups else 0)
        return not wanted & ~(status.st_mode >> shift)

    return may_use


def _denial(path: str, user: str, blocker: str, action: str) -> AccessDenial:
    """Return the AccessDenial, with mode and owner of ``blocker``."""
    try:
        status = os.stat(blocker)
    except OSError:
        mode = owner = "" if action == "find" else "unknown"
    else:
        mode = f"{status.st_mode & 0o7777:04o}"
        owner = f"{_user_name(status.st_uid)}:{_group_name(status.st_gid)}"
    return AccessDenial(path, user, blocker, action, mode, owner)


def _first_blocker(path: str, need: str,
                   may_use: MayUse) -> tuple[str, str] | None:
    """Return (first path on the way that blocks ``path``, action), or None.

    ``may_use`` is os.access or a substitute.
    """
    parents = [path]
    while parents[-1] != os.path.dirname(parents[-1]):
        parents.append(os.path.dirname(parents[-1]))
    for parent in reversed(parents[1:]):
        if not may_use(parent, os.X_OK):
            return _behind_links(parent, "enter", may_use)
    wanted = {"read": os.R_OK, "write": os.W_OK, "enter": os.X_OK}[need]
    if os.path.isdir(path):
        wanted |= os.X_OK
    if may_use(path, wanted):
        return None
    return _behind_links(path, need, may_use)


def _behind_links(path: str, action: str,
                  may_use: MayUse) -> tuple[str, str]:
    """As `_first_blocker` for a ``path`` known to fail: follow its links."""
    target = os.path.realpath(path)
    # A target that is still a link is part of a loop.
    if os.path.islink(path) and not os.path.islink(target):
        return _first_blocker(target, action, may_use) or (path, action)
    return path, action if os.path.lexists(path) else "find"


def run_as(account: Account, function: Callable[[], Result]) -> Result:
    """Return the result of ``function()`` in a process of ``account``.

    The result must be of types that marshal knows.

    Raises DeployError if this machine does not allow it.
    """
    def work(parent: Parent) -> None:
        try:
            become(account)
        except OSError:
            return
        parent.report(function())

    with forked(work, f"of {account.user!r}") as child:
        for result in reports([child]):
            return cast(Result, result)
    raise DeployError(
        f"--user: cannot act as {account.user!r} on this machine")


def let_read(directory: str, account: Account) -> None:
    """Let ``account`` read the files below ``directory`` that are closed to
    others, by giving them to its group.  Only root can do that."""
    if os.geteuid():
        return
    for head, _, names in os.walk(directory):
        for path in (os.path.join(head, name) for name in names):
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode) and not status.st_mode & 0o004:
                os.chown(path, -1, account.gid, follow_symlinks=False)


def become(account: Account) -> None:
    """Give up root for good, as Apache does for its children."""
    try:
        os.initgroups(account.user, account.gid)
    except OSError:
        os.setgroups([account.gid])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
