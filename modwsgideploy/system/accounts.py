"""A user of this machine and paths in; what keeps him from using them out."""

import os
from typing import NamedTuple

from modwsgideploy.errors import DeployError
from modwsgideploy.quoting import shell

# The users that distributions make for their Apache.
_APACHE_USERS = ("www-data", "apache", "wwwrun", "http", "_www", "nobody")


class Account(NamedTuple):
    """As whom the application runs."""

    user: str
    group: str
    uid: int
    gid: int


class AccessDenial(NamedTuple):
    """Why an account cannot use a path."""

    path: str
    user: str
    stop: str         # the first directory (or file) that stops it
    action: str       # "enter", "read", "write", or "find"
    mode: str         # of ``stop``: "0700", "" where it does not exist
    owner: str        # of ``stop``: "root:root", likewise

    def __str__(self):
        if self.action == "find":
            return self.reason
        permission = {"enter": "o+x", "read": "o+rX"}.get(self.action, "o+w")
        return (f"{self.reason}; `chmod {permission} {shell(self.stop)}`"
                " lets it")

    @property
    def reason(self):
        """What stands in the way, without the remedy."""
        if self.action == "find":
            return f"{self.path} is missing: there is no {self.stop}"
        # What one may not enter hides what is below; all else is the path.
        verb = "write" if self.action == "write" else "read"
        what = self.path if self.stop == self.path else (
            f"{self.path}, for it cannot {self.action} {self.stop}")
        return (f"user {self.user} cannot {verb} {what} (mode {self.mode},"
                f" owner {self.owner})")

    def fix(self, group):
        """The command that lets ``group``, which is the account's, by.

        Only a directory that is passed is opened to everybody: a file, such
        as an ini with its passwords, is for the group alone.
        """
        stop = shell(self.stop)
        if self.action == "enter":
            return f"sudo chmod o+x {stop}"
        if self.action == "read" and os.path.isdir(self.stop):
            return f"sudo chmod -R o+rX {stop}"
        if self.action == "find":
            return f"see to it that {self.stop} exists"
        permission = "g+r" if self.action == "read" else (
            "g+rwx" if os.path.isdir(self.stop) else "g+rw")
        return (f"sudo chgrp {shell(group)} {stop}"
                f" && sudo chmod {permission} {stop}")


def find_account(user=None, directory=None):
    """The Account for an application in ``directory``.

    Whoever is not root runs it as himself.  Root names ``user``, or takes
    the directory's owner or, if that is root, Apache's own user.

    Raises DeployError.
    """
    uid = os.geteuid()
    if not uid:
        return _account([user] if user
                        else [*_owner(directory), *_APACHE_USERS])
    name = _user_name(uid)
    if user and user != name:
        raise DeployError(
            f"--user: only root can serve as {user!r}; leave it out to"
            f" serve as {name!r}")
    return Account(name, _group_name(os.getegid()), uid, os.getegid())


def _account(names):
    """The Account of the first of ``names`` that this machine knows."""
    import pwd

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


def _owner(directory):
    """The name of the owner of ``directory``, in a list; [] for root."""
    if not directory or not os.path.exists(directory):
        return []
    uid = os.stat(directory).st_uid
    name = _user_name(uid)
    # Apache wants a user that has a name.
    return [name] if uid and name != str(uid) else []


def _user_name(uid):
    """The name of the user ``uid``, or the number as str."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid):
    """The name of the group ``gid``, or the number as str."""
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def obstacles(paths, account, need="read"):
    """An Obstacle for each of ``paths`` that ``account`` cannot use.

    ``need`` is "read", "write" or "enter".  It is tried as that account, so
    everything counts that decides over access, and not only the mode.  Only
    root can try it for another; anyone else reckons with the modes.
    """
    def stops(may=os.access):
        return [_first_stop(path, need, may) for path in paths]

    if account.uid == os.geteuid() == os.getuid():
        found = stops()
    elif os.geteuid():
        found = stops(_reckoned(account))
    else:
        found = as_account(account, stops)
    return [_obstacle(path, account.user, *stop)
            for path, stop in zip(paths, found) if stop]


def _reckoned(account):
    """What stands for os.access, for an ``account`` that cannot be tried."""
    try:
        groups = os.getgrouplist(account.user, account.gid)
    except KeyError:
        groups = [account.gid]

    def may(path, wanted):
        try:
            status = os.stat(path)
        except OSError:
            return False
        shift = (6 if status.st_uid == account.uid
                 else 3 if status.st_gid in groups else 0)
        return not wanted & ~(status.st_mode >> shift)

    return may


def _obstacle(path, user, stop, action):
    """The Obstacle, with what the file system says of ``stop``."""
    try:
        status = os.stat(stop)
    except OSError:
        mode = owner = "unknown"
        if action == "find":
            mode = owner = ""
    else:
        mode = f"{status.st_mode & 0o7777:04o}"
        owner = f"{_user_name(status.st_uid)}:{_group_name(status.st_gid)}"
    return AccessDenial(path, user, stop, action, mode, owner)


def _first_stop(path, need, may):
    """Where ``path`` is out of reach, and for what; else None.

    ``may`` is os.access or answers in its place.
    """
    parents = [path]
    while parents[-1] != os.path.dirname(parents[-1]):
        parents.append(os.path.dirname(parents[-1]))
    for parent in reversed(parents[1:]):
        if not may(parent, os.X_OK):
            return _through_links(parent, "enter", may)
    wanted = {"read": os.R_OK, "write": os.W_OK, "enter": os.X_OK}[need]
    if os.path.isdir(path):
        wanted |= os.X_OK
    if may(path, wanted):
        return None
    return _through_links(path, need, may)


def _through_links(path, action, may):
    """As `_first_stop`, for a ``path`` known to fail: links are followed."""
    target = os.path.realpath(path)
    # A target that is a link is one of a circle.
    if os.path.islink(path) and not os.path.islink(target):
        return _first_stop(target, action, may) or (path, action)
    return path, action if os.path.lexists(path) else "find"


def as_account(account, function):
    """What ``function()`` returns in a process that runs as ``account``.

    The result is of the kinds that marshal knows.
    """
    import marshal

    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reader)
            become(account)
            with open(writer, "wb") as stream:
                marshal.dump(function(), stream)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    if not data:
        raise DeployError(
            f"--user: cannot act as {account.user!r} on this machine")
    return marshal.loads(data)


def become(account):
    """Give up root for good, as Apache does it for its children."""
    try:
        os.initgroups(account.user, account.gid)
    except OSError:
        os.setgroups([account.gid])
    os.setresgid(account.gid, account.gid, account.gid)
    os.setresuid(account.uid, account.uid, account.uid)
