"""Check what the user of the daemon processes may read, enter and write."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Sequence

from modwsgideploy.apache.aliases import mappings
from modwsgideploy.checks.config_test import others_root_directives
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import pattern, replacement, set_option
from modwsgideploy.checks.missing_files import has_zipped_eggs
from modwsgideploy.checks.paste_ini import sqlite_files, sqlite_settings
from modwsgideploy.deployment.env_file import problem_with
from modwsgideploy.system.accounts import access_denials, named_account
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.venv import site_packages

# Every machine has it.
ROOT = "#0"
# Where the kernel tells what confines processes.
SELINUX = "/sys/fs/selinux/enforce"
APPARMOR = "/sys/kernel/security/apparmor/profiles"


def account(context: CheckContext) -> CheckResult:
    """This machine does not have the ``user=`` or ``group=`` of the daemon
    processes, so Apache refuses to start; or ``User=`` or ``Group=`` of the
    application server's unit, so systemd does not start that.
    """
    user, group = context.option("user"), context.option("group")
    # Of these, the ones that it does not have.
    user = "" if named_account(user or ROOT) else user
    group = "" if named_account(ROOT, group) else group
    if user or group:
        make = [f"sudo useradd --system {shlex.quote(user)}"] if user else []
        if group and group != user:
            make.insert(0, f"sudo groupadd --system {shlex.quote(group)}")
        named = " and ".join(filter(None, (
            user and f"the user {user}", group and f"the group {group}")))
        yield (f"this machine does not have {named}, as which the application"
               " shall run", " && ".join(make))


def root(context: CheckContext) -> CheckResult:
    """The daemon processes have root for their user, so a fault of the
    application gives the whole machine away.  It is not loaded to try it.
    """
    if context.account and context.account.uid == 0:
        user = context.option("user") or context.apache_user
        other = context.site.platform.user
        named = [each for alias in context.aliases
                 for each in context.daemon_definitions(alias.group)
                 if each in context.own and each.options.get("user")]
        yield (f"the daemon processes would run as root (user={user})",
               context.edit(named[0].path, set_option(
                   named[0], "user", other)) if named
               else context.redeploy("--user=" + other))


def open_to_all(context: CheckContext) -> CheckResult:
    """Everybody on this machine can write the deployment, so everybody can
    say what Apache and the application do.  A umask of 0 makes it so.
    """
    paths = [os.path.dirname(context.conf), *sorted(context.texts)]
    mode = stat.S_IWOTH
    found = [path for path in paths if os.path.exists(path)
             and not os.path.islink(path)
             and os.stat(path).st_mode & (mode | stat.S_ISVTX) == mode]
    if found:
        yield ("everybody can write " + ", ".join(found),
               "chmod o-w " + shlex.join(found))


def root_directives_of_others(context: CheckContext) -> CheckResult:
    """The configuration is another user's, and has what Apache does as root
    when it starts or tests it: a module to load, a program that gets the log,
    a log anywhere else than where root has logs.  That user would have root's
    rights.  ``enable`` refuses it even with ``--no-check``, and no ``skip``
    leaves it out.
    """
    for path, each in others_root_directives(context):
        yield (f"{path}:{each.line}: Apache would do this as root, and root"
               f" has not written it: {each.text}",
               "move the line to a file of root's in Apache's configuration,"
               " or have root own the deployment")


def _needed_paths(context: CheckContext) -> list[str]:
    """The existing paths that the processes read."""
    script = context.script
    found = [
        *(mount.script for mount in context.mounts),
        *site_packages(context.virtualenv), *site_packages(context.baseline),
        script.config, script.env_file, script.init, *script.import_from,
        *(each.path for each in mappings(context.of("Alias")))]
    # trac-admin makes it for the one who calls it alone.
    if context.site.framework == "trac":
        found.append(f"{context.directory}/conf/trac.ini")
    return [path for path in dict.fromkeys(found)
            if path and os.path.exists(path)]


def readable(context: CheckContext) -> CheckResult:
    """The user cannot reach a file that the site needs, most often because a
    home directory has the mode 0700.  Visitors get 403 and the log AH00035,
    "No module named ...", or a PermissionError.

    As root the check tries it as that user; otherwise it goes by owners and
    modes.
    """
    user = context.account
    if not user:
        return
    found = access_denials(_needed_paths(context), user)
    if context.home != "/" and os.path.exists(context.home):
        found += access_denials([context.home], user, "enter")
    for denial in {each.blocker: each for each in reversed(found)}.values():
        yield denial.reason, denial.fix(user.group)


def env_file(context: CheckContext) -> CheckResult:
    """The script refuses an env file that everybody on this machine can read
    or write, and one that is not as systemd and python-dotenv both read it:
    ``NAME=VALUE`` lines (see :doc:`pieces`).
    """
    path = context.script.env_file
    problem, fix = problem_with(path) if path else ("", "")
    if problem:
        yield f"the script would refuse the env file {path}: {problem}", fix


def egg_cache(context: CheckContext) -> CheckResult:
    """The egg cache is there, but the daemon's user cannot write to it; a
    zipped package then fails with "Can't extract file(s) to egg cache".
    """
    if has_zipped_eggs(context):
        yield from _writable(context, [context.script.egg_cache])


def _writable(context: CheckContext, paths: Sequence[str]) -> CheckResult:
    """Yield a finding for each existing path that is not writable."""
    user = context.account
    paths = [path for path in paths if path and os.path.exists(path)]
    if user and paths:
        for denial in access_denials(paths, user, "write"):
            yield denial.reason, denial.fix(user.group)


def socket(context: CheckContext) -> CheckResult:
    """Apache's children reach the daemon processes through sockets that
    ``WSGISocketPrefix`` names.  If they cannot enter its directory, every
    request is answered with 503 and "Permission denied ... while attempting to
    connect to socket".
    """
    prefix = context.value_of("WSGISocketPrefix")
    user = context.apache_account
    if not (context.daemons and prefix.startswith("/") and user):
        return
    directory = os.path.dirname(prefix)
    if not os.path.isdir(directory):
        yield (f"the directory of WSGISocketPrefix, {directory}, does not"
               " exist", f"sudo mkdir -p {shlex.quote(directory)}")
        return
    for denial in access_denials([directory], user, "enter"):
        yield (f"the sockets of the daemon processes: {denial.reason}",
               denial.fix(user.group))


def sqlite(context: CheckContext) -> CheckResult:
    """SQLite writes a journal beside its file, so the daemon's user needs
    write access to the file and to its directory; without it: "attempt to
    write a readonly database" or "unable to open database file".  Whoever may
    write to a directory may replace everything in it: give a database a
    directory of its own, without code.
    """
    for path in sqlite_files(context):
        directory = os.path.dirname(path)
        found = list(_writable(context, [directory, path]))
        if found and _has_code(context, directory):
            yield found[0][0], _own_directory(context, path)
        else:
            yield from found


def _has_code(context: CheckContext, directory: str) -> bool:
    """Whether whoever writes to ``directory`` could replace code."""
    return os.path.realpath(directory) == os.path.realpath(
        context.directory) or any(
        name.endswith((".py", ".wsgi", ".ini", ".fcgi"))
        for name in names_in(directory))


def _own_directory(context: CheckContext, path: str) -> str:
    """The command that gives a database a directory of its own."""
    user, name = context.account, os.path.basename(path)
    setting = sqlite_settings(context).get(path)
    new = os.path.join(os.path.dirname(path), "data")
    if not user or not setting or not setting.line or (
            name not in setting.value):
        return f"move {path} to a directory of its own"
    commands = [["sudo", "install", "-d", "-o", user.user, "-g", user.group,
                 new]]
    if os.path.exists(path):
        commands += [["sudo", "mv", path, new + "/"],
                     ["sudo", "chown", f"{user.user}:{user.group}",
                      f"{new}/{name}"]]
    return " && ".join([shlex.join(each) for each in commands] + [
        context.edit(setting.path, f"{setting.line}s|{pattern(name)}"
                     f"|data/{replacement(name)}|")])


# Types of files that a confined Apache may read (httpd_selinux(8)).
_READABLE_TYPES = ("httpd_", "lib_t", "usr_t", "bin_t", "etc_t", "cert_t",
                   "unlabeled_t")


def selinux(context: CheckContext) -> CheckResult:
    """SELinux confines Apache: whatever the modes of files are, it reads only
    what is labelled for it.  ``ausearch -m AVC -c httpd`` shows what it
    refused.
    """
    enforcing = text_or_empty(SELINUX).strip() == "1"
    for path in _needed_paths(context) if enforcing else ():
        label = _label(path)
        if label and not label.startswith(_READABLE_TYPES):
            top = path if os.path.isdir(path) else os.path.dirname(path)
            yield (f"SELinux labels {path} {label}, which Apache may not"
                   " read", "sudo semanage fcontext -a -t"
                   f" httpd_sys_content_t {shlex.quote(top + '(/.*)?')} &&"
                   f" sudo restorecon -R {shlex.quote(top)}")


def _label(path: str) -> str:
    """The SELinux type of ``path``, or ""."""
    try:
        label = os.getxattr(path, "security.selinux").decode()
    except OSError:
        return ""
    return (label.rstrip("\0").split(":") + ["", "", ""])[2]


def apparmor(context: CheckContext) -> CheckResult:
    """AppArmor confines Apache by a profile: whatever the modes of files are,
    it reads only what the profile names.  ``journalctl -k -g apparmor`` shows
    what it refused.
    """
    for line in text_or_empty(APPARMOR).splitlines():
        words = line.split()
        name = os.path.basename(words[0]) if words else ""
        if name in ("apache2", "httpd") and words[-1] == "(enforce)":
            paths = " ".join(_needed_paths(context))
            yield (f"AppArmor enforces its profile {words[0]} for Apache;"
                   f" it has to name {paths}",
                   f"sudo aa-complain {shlex.quote(words[0])}   # or add"
                   " these paths to the profile")
