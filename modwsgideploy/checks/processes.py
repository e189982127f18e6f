"""How the site runs: process groups, mount points, what it needs of both."""

import os
import re
import shlex

from modwsgideploy.checks.environment import python_files
from modwsgideploy.checks.fixes import (
    added,
    commented,
    inserted,
    replace,
    set_option,
    sudo,
)
from modwsgideploy.checks.virtual_hosts import (
    _definitions,
    _is_certbots,
    _is_read_first,
    _names,
)
from modwsgideploy.sites.shared_daemons import difference, only_one_interpreter


def daemon_twice(subject):
    """Each daemon process has a name, and no two in one server the same:
    Apache refuses to start with "Name duplicates previous WSGI daemon
    definition".
    """
    theirs = {each.arguments[0]: each for each
              in subject.of("WSGIDaemonProcess", among=subject.neighbours)
              if each.arguments}
    for name, directive in subject.daemons.items():
        if name in theirs and not _is_certbots(subject, theirs[name]):
            new = name + "-2"
            yield (f"the daemon process {name} of {directive.where} is"
                   f" defined at {theirs[name].where} as well",
                   subject.redeploy("--daemon=" + new)
                   if name in subject.shared_daemons else subject.edit(
                       subject.conf, *_renamed(subject, name, new)))


def _renamed(subject, old, new):
    """The sed commands that give a process group another name."""
    for directive in subject.of("WSGIDaemonProcess", "WSGIProcessGroup"):
        if directive.arguments[:1] == (old,):
            yield _written_anew(directive, directive.raw_words[0], old, new)
    for directive in subject.of("WSGIScriptAlias", "WSGIImportScript"):
        if directive.options.get("process-group") == old:
            yield _group(directive, old, new)


def _group(alias, old, new):
    word = next(word for word in alias.raw_words
                if word.startswith("process-group="))
    return _written_anew(alias, word, old, new)


def _written_anew(directive, word, old, new):
    return replace(directive, word, word.replace(old, new))


def daemon_otherwise(subject):
    """Sites that share daemon processes (``--daemon``) all have their
    definition, and Apache takes that of the site it reads first.  Where they
    differ, the processes change when that site is switched off.
    """
    for name, directive in subject.shared_daemons.items():
        for theirs in _definitions(subject, name):
            told = difference(theirs.options, directive.options)
            if theirs.path != directive.path and told:
                yield (f"{directive.where} shares the daemon {name} with"
                       f" {theirs.where}, which Apache reads first and which"
                       f" has {told}", subject.edit(
                           directive.path, *_alike(directive, theirs)))


def one_interpreter(subject):
    """Sites that share daemon processes (``--daemon``) each have a Python
    interpreter of their own in them.  Many compiled modules (Cython's, and so
    SQLAlchemy's from 2.1 on; numpy) load into one only: "Interpreter change
    detected".  The first site of each process works, the next one is 500.
    """
    for alias in subject.aliases:
        daemon = subject.shared_daemons.get(alias.group)
        found = only_one_interpreter(subject.virtualenv) if daemon else ()
        own = alias.directive.options.get("application-group", "")
        if found and own != "%{GLOBAL}":
            yield (f"{daemon.where} is shared, but {', '.join(found)} of"
                   f" {subject.virtualenv} can be loaded into one interpreter"
                   " of a process only", subject.redeploy("--daemon="))


def _alike(directive, other):
    """The sed commands that give a directive the options of another."""
    # The last of them: no line of one may be needed by the next.
    for word in directive.raw_words[1:]:
        if word.partition("=")[0] not in other.options:
            yield replace(directive, word, "")
    for word in other.raw_words[1:]:
        name, _, value = word.partition("=")
        if directive.options.get(name) != other.options[name]:
            yield from set_option(directive, name, value)


def certbot(subject):
    """For HTTPS certbot copies a virtual host into NAME-le-ssl.conf.  A
    ``WSGIDaemonProcess`` inside it is copied as well, and Apache then refuses
    both; it belongs outside, where both hosts share it.
    """
    for directive in subject.of("WSGIDaemonProcess",
                                among=subject.neighbours):
        if directive.arguments and _is_certbots(subject, directive) and (
                directive.arguments[0] in subject.daemons):
            yield (f"certbot's copy repeats the daemon process"
                   f" {directive.arguments[0]} at {directive.where}",
                   subject.edit(directive.path, commented(directive)))


def _groups(subject):
    """The (group, directive) of each process group that the site names."""
    for alias in subject.aliases:
        group = alias.directive.options.get("process-group")
        if group:
            yield group, alias.directive
    for directive in subject.of("WSGIProcessGroup"):
        if directive.arguments:
            yield directive.arguments[0], directive


def group_unknown(subject):
    """A process group that no ``WSGIDaemonProcess`` defines.  Apache starts;
    each request is answered with 500, "No WSGI daemon process called ... has
    been configured".
    """
    for group, directive in _groups(subject):
        if not group.startswith("%{") and not _definitions(subject, group):
            yield (f"{directive.where} names the process group {group}, which"
                   " no WSGIDaemonProcess defines", _own_group(
                       subject, directive, group))


def _own_group(subject, directive, group):
    """The command that makes a directive name the site's own processes."""
    if not subject.daemons:
        return subject.redeploy()
    new = next(iter(subject.daemons.values())).raw_words[0]
    if directive.key == "wsgiprocessgroup":
        command = replace(directive, directive.raw_words[0], new)
    else:
        word = next(word for word in directive.raw_words
                    if word.startswith("process-group="))
        command = replace(directive, word, "process-group=" + new)
    return subject.edit(directive.path, command)


def group_of_another(subject):
    """A ``WSGIDaemonProcess`` inside a ``<VirtualHost>`` is for that host
    alone.  From another each request is answered with 500, "Daemon process
    called ... cannot be accessed by this WSGI application".
    """
    for group, directive in _groups(subject):
        found = _definitions(subject, group)
        if found and not any(_reaches(subject, each, directive)
                             for each in found):
            yield (f"{directive.where} names the process group {group}, which"
                   f" belongs to the VirtualHost at"
                   f" {found[0].section('VirtualHost').where}",
                   _own_group(subject, directive, group))


def _reaches(subject, definition, directive):
    """Whether a daemon process can be used where ``directive`` stands."""
    owner = definition.section("VirtualHost")
    user = directive.section("VirtualHost")
    return owner is None or owner == user or (
        user is not None and _names(subject, owner)[:1]
        == _names(subject, user)[:1])


def group_too_late(subject):
    """A ``WSGIScriptAlias`` that names both groups loads its script when
    Apache starts, so the ``WSGIDaemonProcess`` has to stand before it: "WSGI
    process group not yet configured".
    """
    # Apache reads NAME-le-ssl.conf before NAME.conf.
    for each in subject.of("WSGIScriptAlias", among=subject.neighbours):
        if not _is_certbots(subject, each):
            continue
        daemon = subject.daemons.get(each.options.get("process-group"))
        group = each.options.get("application-group")
        if daemon and group and _is_read_first(subject, each):
            word = next(word for word in each.raw_words
                        if word.startswith("application-group="))
            yield (f"Apache reads certbot's copy {each.where}, which needs"
                   f" the WSGIDaemonProcess of {daemon.where}, before that",
                   subject.edit(each.path, replace(each, word, ""), added(
                       each, f"WSGIApplicationGroup {group}")))
    for alias in subject.aliases:
        options = alias.directive.options
        daemon = subject.daemons.get(options.get("process-group"))
        if daemon and "application-group" in options and (
                subject.own.index(daemon)
                > subject.own.index(alias.directive)):
            first = (alias.directive.section("VirtualHost")
                     or alias.directive)
            yield (f"the WSGIDaemonProcess at {daemon.where} stands after"
                   f" {alias.directive.where}, which needs it",
                   subject.edit(subject.conf, commented(daemon),
                                f"{first.line}i {daemon}"))


def group_of_all(subject):
    """A ``WSGIProcessGroup`` that stands in no section is that of all sites of
    the server which name none, and of the others' scripts as well.
    """
    for directive in subject.of("WSGIProcessGroup"):
        if not directive.inside:
            yield (f"{directive.where} has WSGIProcessGroup in no section:"
                   " every other site of this server that names none runs in"
                   f" the processes {directive.text}",
                   subject.edit(directive.path, commented(directive), *(
                       inserted(alias.directive, 2,
                                "process-group=" + directive.text)
                       for alias in subject.aliases if "process-group"
                       not in alias.directive.options)))


def embedded(subject):
    """``WSGIRestrictEmbedded On`` keeps applications out of Apache's own
    processes; a script without a process group is answered with 403.
    """
    restricted = [word.lower() for word in subject.last(
        "WSGIRestrictEmbedded")] == ["on"]
    for alias in subject.aliases:
        if restricted and not alias.group:
            fix = subject.redeploy("--mode=daemon")
            if subject.daemons:
                name = next(iter(subject.daemons.values())).raw_words[0]
                fix = subject.edit(alias.directive.path, inserted(
                    alias.directive, 2, f"process-group={name}"))
            yield (f"{alias.directive.where} names no process group, but"
                   " WSGIRestrictEmbedded is on", fix)


def application_group(subject):
    """Libraries written in C (numpy, lxml, SQLAlchemy's, mod_python's) hang
    or crash outside Python's first interpreter: "Interpreter change
    detected", or no answer at all.  ``application-group=%{GLOBAL}`` is that
    first one.  Sites that share processes (``--daemon``) cannot all have it.
    """
    for alias in subject.aliases:
        if alias.group in subject.shared_daemons:
            continue
        groups = [alias.directive.options.get("application-group")] + [
            each.arguments[0] for each
            in subject.of("WSGIApplicationGroup", among=subject.effective)
            if each.arguments and (each in subject.own or not each.inside)]
        if "%{GLOBAL}" not in groups:
            old = alias.directive.options.get("application-group")
            command = inserted(alias.directive, 2,
                                "application-group=%{GLOBAL}")
            if old is not None:
                word = next(word for word in alias.directive.raw_words if
                            word.startswith("application-group="))
                command = replace(alias.directive, word,
                                  "application-group=%{GLOBAL}")
            yield (f"{alias.directive.where} runs {alias.url} outside"
                   " Python's first interpreter, where libraries in C can"
                   " hang", subject.edit(alias.directive.path, command))


def queue_timeout(subject):
    """With a ``queue-timeout`` a site that is overrun turns those away who
    waited longer, with 503, and recovers.  Without one, or with one no
    shorter than ``socket-timeout``, it goes on to work for visitors who have
    long been told 504.
    """
    for daemon in subject.daemons.values():
        queue, client = (
            int(value) if value.isdigit() else 0 for value in (
                daemon.options.get(name, "")
                for name in ("queue-timeout", "socket-timeout")))
        if not queue or 0 < client <= queue:
            told = (f"no queue-timeout shorter than its socket-timeout of"
                    f" {client} seconds" if queue else "no queue-timeout")
            yield (f"{daemon.where} has {told}: when all threads are busy,"
                   " visitors wait until 504",
                   subject.edit(daemon.path, *set_option(
                       daemon, "queue-timeout",
                       min(45, max(1, client * 3 // 4)) if client else 45)))


def old_code(subject):
    """mod_wsgi starts new processes when the WSGI script's time changes, and
    for nothing else: not for a module, a template or the ini.
    """
    for directive in subject.of("WSGIScriptReloading"):
        if [word.lower() for word in directive.arguments] == ["off"]:
            yield (f"{directive.where} turns off that a touched script is"
                   " loaded again", subject.edit(
                       directive.path, commented(directive)))
    started = min((_started(pid) for alias in subject.aliases
                   for pid in _processes(subject, alias.group)), default=0)
    if not started or not os.path.exists(subject.script_path):
        return
    files = [subject.script.config, *python_files(subject)]
    newest = max((path for path in files if os.path.exists(path)),
                 key=os.path.getmtime, default="")
    changed = os.path.getmtime(newest) if newest else 0
    if changed > max(started, os.path.getmtime(subject.script_path)):
        path = subject.script_path
        yield (f"the daemon processes were started before {newest} changed",
               f"{sudo(path)}touch {shlex.quote(path)}")


def _processes(subject, group):
    """The ids of the running daemon processes of ``group``."""
    shown = f"(wsgi:{group})".encode()
    for pid, title, home in subject.host.daemons if group else ():
        # Apache has to cut a title to the length of its own.
        if shown.startswith(title) and home == subject.home:
            yield pid


def _started(pid):
    """When the process ``pid`` was started, as the time of files."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            ticks = int(stream.read().rpartition(b")")[2].split()[19])
        with open("/proc/stat", "rb") as stream:
            booted = int(re.search(rb"btime (\d+)", stream.read())[1])
    except (OSError, ValueError):
        return 0
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def caches(subject):
    """Up to TurboGears 1.0 each process keeps by itself what SQLObject read
    from the database, and goes on showing it when another has changed it.
    """
    site = subject.site
    several = (subject.processes > 1 or site.backend == "mod_python"
               or site.in_htaccess)
    if site.caches_by_process and several:
        yield ("TurboGears 1.0 runs in several processes here, each of which"
               " caches by itself what SQLObject read, so that they show"
               " different data",
               "serve it with --backend=mod_wsgi, by default in one process,"
               " or have the project require TurboGears 1.1 or SQLAlchemy")
