"""What the daemon's user may not read, enter or write."""

import os
import shlex

from modwsgideploy.system import venv
from modwsgideploy.system.accounts import access_denials

# Where the kernel tells what confines processes.
SELINUX = "/sys/fs/selinux/enforce"
APPARMOR = "/sys/kernel/security/apparmor/profiles"


def account(subject):
    """``user=`` or ``group=`` of the daemon processes names nobody on this
    machine; Apache refuses to start.
    """
    user, group = subject.option("user"), subject.option("group")
    if (user or group) and not subject.account:
        make = [f"sudo useradd --system {shlex.quote(user)}"] if user else []
        if group and group != user:
            make.insert(0, f"sudo groupadd --system {shlex.quote(group)}")
        named = " and ".join(filter(None, (
            user and f"the user {user}", group and f"the group {group}")))
        yield (f"this machine does not have {named}, as which the daemon"
               " processes shall run", " && ".join(make))


def _needed(subject):
    """The paths that the processes read, missing ones left out."""
    script = subject.script
    site_packages = [path for home in (subject.virtualenv, subject.baseline)
                     for path in venv.site_packages(home)]
    found = [alias.script for alias in subject.mounts] + [
        *site_packages, script.config, *script.import_from,
        *(each.arguments[1] for each in subject.of("Alias")
          if len(each.arguments) == 2)]
    return [path for path in dict.fromkeys(found)
            if path and os.path.exists(path)]


def readable(subject):
    """Apache's user cannot reach a file that the site needs: most often
    because a home directory has the mode 0700.  What is seen is 403 with
    AH00035, "No module named ...", or a PermissionError.

    As root the check tries it as that user; otherwise it reckons with owners
    and modes.
    """
    user = subject.account
    if not user:
        return
    found = access_denials(_needed(subject), user)
    if subject.home != "/" and os.path.exists(subject.home):
        found += access_denials([subject.home], user, "enter")
    for denial in {each.blocker: each for each in reversed(found)}.values():
        yield denial.reason, denial.fix(user.group)


def egg_cache(subject):
    """The egg cache is there, but the daemon's user cannot write to it; a
    zipped package then fails with "Can't extract file(s) to egg cache".
    """
    yield from _writable(subject, [subject.script.egg_cache])


def _writable(subject, paths):
    """A finding for each of the existing ``paths`` that is not writable."""
    user = subject.account
    paths = [path for path in paths if path and os.path.exists(path)]
    denials = access_denials(paths, user, "write") if user and paths else ()
    for denial in denials:
        yield denial.reason, denial.fix(user.group)


def socket(subject):
    """Apache's children reach the daemon processes through sockets named by
    ``WSGISocketPrefix``.  When its directory is closed to them every request
    is answered with 503 and "Permission denied ... while attempting to
    connect to socket".
    """
    prefix = next(iter(subject.last("WSGISocketPrefix")), "")
    user = subject.apache_account
    if not (subject.daemons and prefix.startswith("/") and user):
        return
    directory = os.path.dirname(prefix)
    if not os.path.isdir(directory):
        yield (f"the directory of WSGISocketPrefix, {directory}, does not"
               " exist", f"sudo mkdir -p {shlex.quote(directory)}")
        return
    for denial in access_denials([directory], user, "enter"):
        yield (f"the sockets of the daemon processes: {denial.reason}",
               denial.fix(user.group))


def sqlite(subject):
    """SQLite writes a journal beside its file, so the daemon's user needs
    write access to the file and to its directory; else: "attempt to write a
    readonly database" or "unable to open database file".  Who may write to a
    directory may replace all that is in it: a database has better one of its
    own, without code.
    """
    from modwsgideploy.checks.paste_ini import sqlite_files

    for path in sqlite_files(subject):
        yield from _writable(subject, [os.path.dirname(path), path])


# Types of files that a confined Apache may read (httpd_selinux(8)).
_READABLE_TYPES = ("httpd_", "lib_t", "usr_t", "bin_t", "etc_t", "cert_t",
                   "unlabeled_t")


def selinux(subject):
    """SELinux confines Apache: whatever the modes say, it reads only what is
    labelled for it.  "ausearch -m AVC -c httpd" shows what was refused.
    """
    try:
        with open(SELINUX, encoding="ascii") as stream:
            enforcing = stream.read().strip() == "1"
    except OSError:
        return
    for path in _needed(subject) if enforcing else ():
        label = _label(path)
        if label and not label.startswith(_READABLE_TYPES):
            top = path if os.path.isdir(path) else os.path.dirname(path)
            yield (f"SELinux labels {path} {label}, which Apache may not"
                   " read", "sudo semanage fcontext -a -t"
                   f" httpd_sys_content_t {shlex.quote(top + '(/.*)?')} &&"
                   f" sudo restorecon -R {shlex.quote(top)}")


def _label(path):
    """The SELinux type of ``path``, or ""."""
    try:
        context = os.getxattr(path, "security.selinux")
    except OSError:
        return ""
    return (context.decode().rstrip("\0").split(":") + ["", "", ""])[2]


def apparmor(subject):
    """AppArmor confines Apache with a profile of its own: whatever the modes
    say, it reads only what the profile names.  "journalctl -k -g apparmor"
    shows what was refused.
    """
    try:
        with open(APPARMOR, encoding="utf-8") as stream:
            profiles = [line.split() for line in stream]
    except OSError:
        return
    for words in profiles:
        name = os.path.basename(words[0]) if words else ""
        if name in ("apache2", "httpd") and words[-1] == "(enforce)":
            paths = " ".join(_needed(subject))
            yield (f"AppArmor enforces its profile {words[0]} for Apache;"
                   f" it has to name {paths}",
                   f"sudo aa-complain {shlex.quote(words[0])}   # or add"
                   " these paths to the profile")
