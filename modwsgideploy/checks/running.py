"""How the site runs: process groups, mount points, what it needs of both."""

import os
import re
import shlex
from fnmatch import fnmatchcase

from ..daemons import difference, only_one_interpreter
from ..httpdconf import split_address
from .subject import added, commented, inserted, replace, set_option, sudo

# What asks for the header by itself, in code or in an ini.
_AUTHORIZATION = re.compile(
    rb"HTTP_AUTHORIZATION|BasicAuth|basicauth|paste\.auth\.(?:basic|digest)"
    rb"|\.authorization\b|make_basic_auth")

# So much source is looked at, which takes some 20 ms.
_MOST_BYTES = 4_000_000


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
            yield _written_anew(directive, directive.written[0], old, new)
    for directive in subject.of("WSGIScriptAlias", "WSGIImportScript"):
        if directive.options.get("process-group") == old:
            yield _group(directive, old, new)


def _group(alias, old, new):
    word = next(word for word in alias.written
                if word.startswith("process-group="))
    return _written_anew(alias, word, old, new)


def _written_anew(directive, word, old, new):
    return replace(directive, word, word.replace(old, new))


def _is_certbots(subject, directive):
    """Whether it is in what certbot made of the site's own file."""
    return os.path.basename(directive.path) in [
        os.path.basename(path).removesuffix(".conf") + "-le-ssl.conf"
        for path in (subject.enabled, subject.site.conf_name)]


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
    for word in directive.written[1:]:
        if word.partition("=")[0] not in other.options:
            yield replace(directive, word, "")
    for word in other.written[1:]:
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


def _definitions(subject, group):
    """The WSGIDaemonProcess directives of ``group``, anywhere."""
    return [each for each in subject.of("WSGIDaemonProcess",
                                        among=subject.effective)
            if each.arguments[:1] == (group,)]


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
    new = next(iter(subject.daemons.values())).written[0]
    if directive.key == "wsgiprocessgroup":
        command = replace(directive, directive.written[0], new)
    else:
        word = next(word for word in directive.written
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


def _names(subject, host):
    """The names (list) of a VirtualHost section, ServerName first."""
    return subject.host_names.get(host.place, [])


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
            word = next(word for word in each.written
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
                name = next(iter(subject.daemons.values())).written[0]
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
                word = next(word for word in alias.directive.written if
                            word.startswith("application-group="))
                command = replace(alias.directive, word,
                                  "application-group=%{GLOBAL}")
            yield (f"{alias.directive.where} runs {alias.url} outside"
                   " Python's first interpreter, where libraries in C can"
                   " hang", subject.edit(alias.directive.path, command))


def locale_unset(subject):
    """Without ``lang=`` and ``locale=`` Python takes the names of files for
    ASCII: "'ascii' codec can't encode character".
    """
    for alias in subject.aliases:
        for daemon in _definitions(subject, alias.group):
            if not {"lang", "locale"} & set(daemon.options):
                yield (f"{daemon.where} gives the daemon processes no locale,"
                       " so Python takes file names for ASCII",
                       subject.edit(daemon.path, inserted(
                           daemon, 1, "lang=C.UTF-8 locale=C.UTF-8")))


def locale_missing(subject):
    """A locale that is not installed is as good as none: the log says "Unable
    to set locale", and file names are ASCII.
    """
    for daemon in subject.daemons.values():
        wrong = {word: value for word in daemon.written
                 for name, _, value in [word.partition("=")]
                 if name in ("lang", "locale")
                 and not _installed(value.strip("\"'"))}
        if wrong:
            names = " and ".join(sorted(set(wrong.values())))
            yield (f"the locale {names} of {daemon.where} is not installed",
                   subject.edit(daemon.path, *(
                       replace(daemon, each, each.partition("=")[0]
                               + "=C.UTF-8") for each in wrong)))


def _installed(name):
    """Whether the C library has the locale ``name``; it is not switched."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.newlocale.restype = ctypes.c_void_p
    library.newlocale.argtypes = (ctypes.c_int, ctypes.c_char_p,
                                  ctypes.c_void_p)
    library.freelocale.argtypes = (ctypes.c_void_p,)
    found = library.newlocale(1, os.fsencode(name), None)
    if found:
        library.freelocale(found)
    return bool(found)


def trailing_slash(subject):
    """Apache takes ``/app/`` for that very path: ``/app`` is 404, and below
    it links begin with two slashes.
    """
    for alias in subject.mounts:
        if len(alias.url) > 1 and alias.url.endswith("/"):
            yield (f"{alias.directive.where} mounts at {alias.url}, with a"
                   " slash at the end",
                   subject.edit(alias.directive.path, replace(
                       alias.directive, alias.directive.written[0],
                       _rstripped(alias.directive.written[0]))))


def _rstripped(word):
    quote = word[0] if word[0] in "\"'" else ""
    return quote + word.strip(quote or " ").rstrip("/") + quote


def _hosts(subject, directive):
    """The (address, name) pairs that a directive's server answers to."""
    host = directive.section("VirtualHost")
    if not host:
        return {("", "")}
    ports = {address.rpartition(":")[2] for address in host.arguments}
    return {(port, name) for port in ports for name in _names(subject, host)}


# What leads to an application as well, in ways that are not looked into.
_WAYS = ("wsgiscriptaliasmatch", "aliasmatch", "scriptaliasmatch", "action",
         "proxypass", "proxypassmatch", "rewriterule", "sethandler",
         "addhandler", "use", "include", "includeoptional")


def unmounted(subject):
    """No directive of the site's configuration leads to its script: it was
    deleted, or stands in an ``<IfModule>`` or ``<IfDefine>`` that is not so.
    Apache starts; each request is answered with 404.
    """
    if not subject.mounts and not subject.of(*_WAYS):
        yield (f"{subject.conf} has no directive that mounts"
               f" {subject.site.script}", subject.redeploy("-f"))


def same_place(subject):
    """Two sites at one place: of two virtual hosts with one name and port, as
    of two scripts at one mount point, only the first is ever asked.
    """
    theirs = [each for each in subject.of("WSGIScriptAlias", "ServerName",
                                          among=subject.neighbours)
              if not _is_certbots(subject, each)]
    for alias in subject.mounts:
        ours = _hosts(subject, alias.directive)
        for each in theirs:
            named = each.key == "servername" and each.section("VirtualHost")
            mounted = (each.key == "wsgiscriptalias"
                       and each.arguments[:1] == (alias.url,))
            shared = sorted(ours & _hosts(subject, each))
            if shared and (named or mounted):
                place = f"{shared[0][1]}:{shared[0][0]}" if named else \
                    f"{shared[0][1]}{alias.url}"
                yield (f"{place} of {alias.directive.where} is taken by"
                       f" {each.where} as well; only one of them is asked",
                       subject.redeploy("--server-name=ANOTHER.example")
                       if named else subject.redeploy(
                           "--mount-point=/ANOTHER"))
                return


def wildcard(subject):
    """Of the virtual hosts that answer to a name, by ``ServerAlias
    *.example.com`` too, the first one that Apache reads is asked.
    """
    patterns = [(each, word.lower()) for each in subject.of(
        "ServerAlias", among=subject.neighbours)
        for word in each.arguments if "*" in word or "?" in word]
    for alias in subject.mounts if patterns else ():
        for port, name in sorted(_hosts(subject, alias.directive)):
            for each, word in patterns:
                if (port, word) in _hosts(subject, each) and fnmatchcase(
                        name, word) and _is_read_first(subject, each):
                    yield (f"{name}:{port} of {alias.directive.where} is"
                           f" taken by {each.where}, which answers to {word}"
                           " and is read first", _read_last(subject, each))
                    return


def address(subject):
    """A virtual host for an address takes all that comes to it there: Apache
    looks for names among the hosts of that address alone, and ``*`` is for
    the addresses that no host names.
    """
    for ours in subject.of("VirtualHost"):
        mine = {port for host, port in map(split_address, ours.arguments)
                if host == "*"}
        found = {}
        for each, word, port in subject.neighbours.addressed:
            # One of the same name is told of by itself.
            if (port in mine or mine and port == "*") \
                    and word not in ours.arguments \
                    and not set(_names(subject, ours)) & set(
                        _names(subject, each)):
                found[word] = each
        if found:
            where, each = next(iter(found.items()))
            more = f" ({len(found) - 1} more are like that)" \
                if len(found) > 1 else ""
            last = ours.written[-1]
            yield (f"what comes to {where} goes to the VirtualHost at"
                   f" {each.where}, and never to <{ours}> at {ours.where}"
                   + more, subject.edit(ours.path, replace(
                       ours, last, " ".join([last, *found]))))


def _is_read_first(subject, directive):
    """Whether Apache reads a neighbour's ``directive`` before the site's."""
    if subject.enabled:
        paths = subject.host.paths
        return paths.index(directive.path) < paths.index(subject.enabled)
    return not _is_beside(subject, directive) or (
        os.path.basename(directive.path) < subject.site.conf_name)


def _is_beside(subject, directive):
    """Whether it stands in the directory where the site's file is put."""
    sites = subject.site.platform.sites.replace("-available", "-enabled")
    return os.path.dirname(directive.path) == os.path.dirname(
        subject.enabled or os.path.join(sites, "-"))


def _read_last(subject, directive):
    """The command that has Apache read the file of ``directive`` last."""
    if not _is_beside(subject, directive):
        return subject.redeploy("--server-name=ANOTHER.example")
    directory, name = os.path.split(directive.path)
    command = sudo(directory) + shlex.join(
        ["mv", directive.path, f"{directory}/zzz-{name}"])
    return command + ("" if subject.host.config else
                      f" && sudo {subject.site.platform.reload}")


# What mod_alias and mod_proxy answer before anything else is asked.
_TAKERS = ("Alias", "AliasMatch", "ScriptAlias", "ScriptAliasMatch",
           "Redirect", "RedirectMatch", "RedirectPermanent", "RedirectTemp",
           "ProxyPass")


def shadowed(subject):
    """An ``Alias``, ``Redirect`` or ``ProxyPass`` comes before every
    ``WSGIScriptAlias``, wherever it stands, in the main server for all virtual
    hosts: what is at or below its URL never reaches the application.  A site
    of the main server comes behind all that the virtual host has which
    answers, and of two ``WSGIScriptAlias`` the first one is asked.
    """
    for alias in subject.mounts:
        ours = _hosts(subject, alias.directive)
        spared = any(_spares(each, alias.url) for each in subject.of(
            "ProxyPass", among=subject.effective))
        for each in subject.of(*_TAKERS, among=subject.effective):
            where = _hosts(subject, each)
            if each != alias.directive and (
                    where == {("", "")} or ours & where) and _takes(
                    each, alias.url) and not _leads_to(subject, each) \
                    and not (spared and each.key == "proxypass"):
                yield (f"{each.where} has {each}, which takes all of"
                       f" {alias.url} from the application",
                       _let_through(subject, each, alias))
        if ours == {("", "")} and not subject.site.in_htaccess:
            yield from _taken_from_main(subject, alias, spared)


def _taken_from_main(subject, alias, spared):
    """What takes a mount point of the main server, and none of a host."""
    first = _first_host(subject)
    names = ["Alias", "ScriptAlias", "ProxyPass"]
    if alias in subject.aliases:    # mod_alias comes before mod_wsgi
        names.append("WSGIScriptAlias")
    for each in subject.of(*names, among=subject.neighbours):
        host = each.section("VirtualHost")
        if not _takes(each, alias.url) or (
                spared and each.key == "proxypass"):
            continue
        told = (f"{each.where} has {each.name} {' '.join(each.arguments[:2])},"
                f" which takes all of {alias.url} from the application")
        if host and host == first:
            yield (f"{told} where no other VirtualHost answers",
                   _let_through(subject, each, alias)
                   if each.key == "proxypass"
                   else subject.redeploy("--server-name=ANOTHER.example"))
        elif not host and each.key == "wsgiscriptalias" and (
                each.arguments[0] != alias.url
                and _is_read_first(subject, each)):
            yield f"{told}, as it is read first", _read_last(subject, each)


def _first_host(subject):
    """The VirtualHost that answers to every name that no other has, where
    Apache listens first; None without one."""
    for listen in subject.of("Listen", among=subject.neighbours)[:1]:
        port = listen.arguments[0].rpartition(":")[2]
        for each in subject.of("VirtualHost", among=subject.neighbours):
            if any(split_address(word) == ("*", port)
                   for word in each.arguments):
                return each
    return None


def _spares(directive, url):
    """Whether a ProxyPass says that ``url`` is not passed on."""
    return directive.arguments[1:2] == ("!",) and (
        url.rstrip("/") + "/").startswith(
            directive.arguments[0].rstrip("/") + "/")


def _let_through(subject, taker, alias):
    """The command that has ``taker`` leave a mount point alone."""
    if taker.key != "proxypass":
        return subject.edit(taker.path, commented(taker))
    # What is not passed on has to be said first.
    return subject.edit(taker.path, f"{taker.line}i ProxyPass {alias.url} !")


def _takes(directive, url):
    """Whether one of _TAKERS answers for all that is at and below ``url``."""
    words = directive.arguments
    if directive.key.startswith("redirect") and words and (
            words[0].isalnum()):   # a status comes before the path
        words = words[1:]
    if not words or any(section.key not in (
            "virtualhost", "ifmodule", "ifdefine", "ifversion")
            for section in directive.inside) or words[1:2] == ("!",):
        return False
    below = url.rstrip("/") + "/"
    if not directive.key.endswith("match"):
        return below.startswith(words[0].rstrip("/") + "/")
    try:
        return all(re.search(words[0], path)
                   for path in (below, below + "some/page"))
    except re.error:   # Apache's expressions know more
        return False


def _leads_to(subject, directive):
    """Whether an Alias is how visitors get to the site's .htaccess file."""
    return (subject.site.in_htaccess and len(directive.arguments) > 1
            and (subject.site.web_directory + "/").startswith(
                directive.arguments[1].rstrip("/") + "/"))


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


def authorization(subject):
    """Apache keeps the ``Authorization`` header to itself unless told to pass
    it, so whoever checks passwords or tokens sees none and asks again.
    """
    passed = [word.lower() for word in subject.last("WSGIPassAuthorization")]
    place = "" if passed == ["on"] or not subject.aliases \
        else _reads_authorization(subject)
    if place:
        alias = subject.aliases[0].directive
        yield (f"{place} reads the Authorization header, which Apache does"
               " not pass on", subject.edit(
                   alias.path, added(alias, "WSGIPassAuthorization On")))


def _reads_authorization(subject):
    """FILE:LINE where the project or its ini asks for the header, or ""."""
    left = _MOST_BYTES
    for path in (subject.script.config, *python_files(subject)):
        try:
            with open(path, "rb") as stream:
                data = stream.read(left)
        except OSError:
            continue
        found = _AUTHORIZATION.search(data)
        if found:
            line = data.count(b"\n", 0, found.start()) + 1
            return f"{path}:{line}"
        left -= len(data)
        if left <= 0:
            break
    return ""


def python_files(subject):
    """The project's own modules, where they are imported from."""
    project = subject.project
    if not project:
        return
    top = os.path.join(project.location, *project.package.split("."))
    if not os.path.isdir(top):
        yield top + ".py"
    for head, directories, names in os.walk(top):
        directories[:] = sorted(set(directories) - {
            "tests", "node_modules", "public", "static", "__pycache__"})
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(head, name)


def scheme(subject):
    """Behind a proxy that speaks HTTPS the application sees http, and so do
    all links it makes, unless Apache believes the proxy's headers.  Whom it
    believes has to be said too, or every visitor is believed.
    """
    headers = subject.of("WSGITrustedProxyHeaders")
    if headers and not subject.of("WSGITrustedProxies"):
        yield (f"{headers[0].where} believes X-Forwarded headers from"
               " everybody", subject.edit(
                   headers[0].path, added(
                       headers[0], "WSGITrustedProxies 127.0.0.1 ::1")))
    secure = subject.of("SSLEngine")
    for name in subject.of("ServerName"):
        if name.text.startswith("https:") and not secure and not headers:
            yield (f"{name.where} says that visitors come by https, but the"
                   " application will see http", subject.edit(
                       name.path, added(
                           name, "WSGITrustedProxies 127.0.0.1 ::1",
                           "WSGITrustedProxyHeaders X-Forwarded-For"
                           " X-Forwarded-Proto X-Forwarded-Host")))


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


def static_mount(subject):
    """A page of an application that is mounted at ``/app`` asks for
    ``/app/static/...``; an ``Alias /static`` does not serve that.
    """
    wanted = {os.path.realpath(each.path): each.url
              for each in subject.site.static}
    urls = {each.arguments[0].rstrip("/") for each in subject.of("Alias")
            if each.arguments}
    for directive in subject.of("Alias"):
        url, path = (*directive.arguments, "", "")[:2]
        expected = wanted.get(os.path.realpath(path)) if path else None
        if expected and expected not in urls and not url.startswith(
                subject.site.below + "/"):
            yield (f"{directive.where} serves {path} at {url}; the pages ask"
                   f" for {expected}", subject.edit(
                       directive.path, replace(
                           directive, directive.written[0], expected)))


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
