"""The Paste configuration: what suits development only, or cannot work."""

import os
import re
import shlex

from modwsgideploy.checks.fixes import pattern, replace, sudo
from modwsgideploy.project.paste_ini import APPLICATION

# Keys that hold something nobody else may know.
_SECRET = re.compile(
    r"(?:\A|[._-])(?:secret(?:[._-]?key)?|validate_key|encrypt_key|salt"
    r"|password)\Z")
# What quickstarts, scaffolds and documentation leave there.
_KNOWN_SECRETS = re.compile(
    r"\A(?:|.*(?:change[-_ ]?me|changethis|seekrit|itsaseekreet|somesecret"
    r"|app_instance_secret|development|insecure|default|fixme|todo"
    r"|your[-_ ]?secret).*|secret|mysecret|key|test|password|sekrit"
    r"|[0-9]{1,8})\Z", re.I)


def _settings(subject):
    """(section, key, value) of what applications and filters get."""
    config = subject.ini.config if subject.ini else None
    for section in config.sections if config else ():
        if APPLICATION.match(section):
            # [DEFAULT] belongs to every section.
            for key in {**config.defaults, **config.sections[section]}:
                if key not in ("here", "__file__"):
                    yield section, key, config.get(section, key)


def _edit(subject, section, key, command):
    """The command that makes the sed ``command`` on the line of a key."""
    path = subject.script.config
    return subject.edit(path, f"{subject.ini.line(section, key)}{command}")


def debug(subject):
    """With ``debug = true`` an error shows its traceback to every visitor,
    and the interactive debugger lets them run code.
    """
    for section, key, value in _settings(subject):
        if key == "debug" and value.lower() in ("true", "yes", "on", "1"):
            yield (f"{subject.script.config}: [{section}] has debug on",
                   _edit(subject, section, key,
                         "s|^\\([^=:]*[=:][[:space:]]*\\).*|\\1false|"))
            return


def secrets(subject):
    """A secret that every reader of the documentation knows lets them forge
    sessions and logins.
    """
    for section, key, value in _settings(subject):
        # A server may well take mail without a password.
        unused = not value and key.endswith("password")
        if _SECRET.search(key) and not unused and (
                _KNOWN_SECRETS.match(value.strip())):
            make = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            line = subject.ini.line(section, key)
            path = shlex.quote(os.path.realpath(subject.script.config))
            yield (f"{subject.script.config}: [{section}] {key} is still"
                   f" {value!r}",
                   sudo(subject.script.config)
                   + f'sed -i "{line}s|[=:].*|= $({make})|" {path}')


def relative_paths(subject):
    """A relative path is relative to the working directory, which is ``/``
    under Apache unless ``home=`` names another.
    """
    top = os.path.dirname(subject.script.config)
    if os.path.realpath(subject.home) == os.path.realpath(top):
        return
    for section, key, value in _settings(subject):
        named = _sqlite_path(value)
        path = named or value
        # Only what is there is surely meant for a path.
        if path and not path.startswith("/") and (
                named or re.search(r"[./]", path)
                and os.path.exists(os.path.join(top, path))):
            yield (f"{subject.script.config}: [{section}] {key} names"
                   f" {path}, which is looked for in {subject.home}",
                   _edit(subject, section, key,
                         f"s|{pattern(path)}|%(here)s/{path}|"))


def loggers(subject):
    """Without ``[loggers]`` nothing sets up logging: what the application
    logs below a warning goes nowhere, and warnings lack time and name.
    """
    if subject.ini and "loggers" not in subject.ini.config.sections and (
            subject.script.logs):
        lines = (
            "[loggers]", "keys = root", "[handlers]", "keys = console",
            "[formatters]", "keys = generic", "[logger_root]",
            "level = INFO", "handlers = console", "[handler_console]",
            "class = StreamHandler", "args = (sys.stderr,)",
            "formatter = generic", "[formatter_generic]",
            "format = %(levelname)s [%(name)s] %(message)s")
        yield (f"{subject.script.config} has no [loggers]",
               _appended(subject, lines))


def _appended(subject, lines):
    """The command that puts ``lines`` at the end of the ini."""
    path = subject.script.config
    return (f"printf '%s\\n' {shlex.join(['', *lines])}"
            f" | {sudo(subject.script.config)}tee -a {shlex.quote(path)}")


def incomplete_logging(subject):
    """``fileConfig`` wants ``[loggers]``, ``[handlers]`` and ``[formatters]``,
    and a section for each that they list: otherwise "KeyError: 'formatters'"
    when the application is loaded.
    """
    if not subject.ini or not subject.script.logs:
        return
    sections = subject.ini.config.sections
    if "loggers" not in sections and subject.script.asks_for_loggers:
        return
    missing = [line for plural in _SAMPLES
               for line in _missing_part(subject.ini.config, plural)]
    if missing:
        named = ", ".join(line for line in missing if line[0] == "[")
        yield (f"{subject.script.config} sets up logging but lacks {named}",
               _appended(subject, missing))


# What the sections of one key at least hold, by the list that names them.
_SAMPLES = {
    "loggers": ("level = INFO", "handlers ="),
    "handlers": ("class = StreamHandler", "args = (sys.stderr,)"),
    "formatters": ("format = %(levelname)s [%(name)s] %(message)s",)}


def _missing_part(config, plural):
    """The lines that ``[loggers]``, ``[handlers]`` or ``[formatters]`` and
    what they list lack."""
    singular = plural[:-1]
    keys = config.get(plural, "keys")
    names = [name.strip() for name in (keys or "").split(",") if name.strip()]
    if keys is None:
        # Those that are used, or there.
        names = [name for section in config.sections
                 for name in _uses(config, section, singular)]
        # Python insists on that one.
        names = list(dict.fromkeys(["root"] * (singular == "logger")
                                   + names))
        yield from (f"[{plural}]", "keys = " + ", ".join(names))
    for name in names:
        if f"{singular}_{name}" not in config.sections:
            yield f"[{singular}_{name}]"
            yield from _SAMPLES[plural]
            if singular == "logger" and name != "root":
                yield f"qualname = {name}"


def _uses(config, section, singular):
    """The names of loggers, handlers or formatters in one section."""
    if section.startswith(singular + "_"):
        yield section[len(singular) + 1:]
    if section.startswith(("logger_", "handler_")):
        for key in (singular, singular + "s"):
            value = config.get(section, key, "")
            yield from (name.strip() for name in value.split(",")
                        if name.strip())


def prefix_middleware(subject):
    """``PrefixMiddleware`` is for a proxy in front.  Under Apache it puts its
    own prefix in the place of the mount point, so links lead elsewhere, and
    believes the host name and address in any visitor's headers.
    """
    config = subject.ini.config if subject.ini else None
    for section in config.sections if config else ():
        used = config.get(section, "use", "")
        if not re.search(r"#prefix\b|PrefixMiddleware|proxy-prefix\Z", used):
            continue
        name = section.partition(":")[2]
        for other in config.sections:
            if config.get(other, "filter-with") == name:
                yield (f"{config.path}: [{other}] filter-with = {name} is"
                       " PrefixMiddleware, which Apache does not need",
                       _edit(subject, other, "filter-with", "s|^|#|"))
            pipeline = config.get(other, "pipeline", "").split()
            if name in pipeline:
                first, last = subject.ini.lines(other, "pipeline")
                yield (f"{config.path}: [{other}] has PrefixMiddleware,"
                       f" {name}, which Apache does not need",
                       subject.edit(config.path, *(
                           f"{first},{last}s|\\([=:[:space:]]\\)"
                           f"{pattern(name)}{end}|\\1|"
                           for end in ("[[:space:]]", "$"))))


def uninterpolated(subject):
    """PasteDeploy fills in ``%(name)s`` from the ini itself, and takes a
    single ``%`` for a mistake; the application then does not load.
    """
    config = subject.ini.config if subject.ini else None
    for section in config.sections if config else ():
        if not APPLICATION.match(section):
            continue
        values = {**config.defaults, **config.sections[section]}
        for key, raw in values.items():
            if key in ("here", "__file__"):
                continue
            wrong = _not_filled_in(raw, values)
            if wrong:
                yield (f"{config.path}: [{section}] {key} = {raw}: PasteDeploy"
                       f" cannot fill in {wrong}; %% stands for a percent"
                       " sign", _edit(subject, section, key,
                                      f"s|{pattern(wrong)}|%{wrong}|"))


def _not_filled_in(raw, values):
    """The first part of a value that PasteDeploy cannot fill in, or ""."""
    for match in re.finditer(r"%%|%\(([^)]*)\)s|%", raw):
        if match[0] == "%" or match[1] is not None and (
                match[1] not in values):
            return match[0]
    return ""


def _sqlite_path(value):
    """The file of an ``sqlite:`` URL; "" for any other value."""
    match = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", value)
    return "" if not match or match[1] == ":memory:" else match[1]


def sqlite_files(subject):
    """The absolute paths of the SQLite files that the ini names, by an URL or
    as they are."""
    found = []
    for _, _, value in _settings(subject):
        named = _sqlite_path(value)
        path = os.path.normpath(os.path.join(subject.home, named or value))
        if named or _is_sqlite(path):
            found.append(path)
    return list(dict.fromkeys(found))


def _is_sqlite(path):
    """Whether ``path`` is a file that SQLite made."""
    try:
        with open(path, "rb") as stream:
            return stream.read(16) == b"SQLite format 3\0"
    except (OSError, ValueError):
        return False


def sqlite_processes(subject):
    """SQLite lets one process write at a time; under load another's request
    fails with "database is locked".
    """
    files = sqlite_files(subject)
    if files and subject.processes > 1:
        for daemon in subject.daemons.values():
            for word in daemon.raw_words:
                if word.startswith("processes="):
                    yield (f"{daemon.where} starts {subject.processes}"
                           f" processes, which share the SQLite file"
                           f" {files[0]}", subject.edit(
                               daemon.path, replace(daemon, word, "")))
