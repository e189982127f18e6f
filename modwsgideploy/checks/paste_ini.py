"""Check the Paste configuration for what suits development only or fails."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterator, Sequence

from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import (
    option_word,
    pattern,
    replace,
    replacement,
    sudo,
)
from modwsgideploy.checks.paste_settings import (
    IniSetting,
    reached,
    settings,
)
from modwsgideploy.project.paste_ini import Config
from modwsgideploy.system.files import first_bytes, text_or_empty

# Keys that hold something nobody else may know.
_SECRET = (
    r"(?:\A|[._-])(?:secret(?:[._-]?key)?|validate_key|encrypt_key|salt"
    r"|password)\Z")
# What quickstarts, scaffolds and documentation leave there.
_KNOWN_SECRETS = (
    r"\A(?:|.*(?:change[-_ ]?me|changethis|seekrit|itsaseekreet|somesecret"
    r"|app_instance_secret|development|insecure|default|fixme|todo"
    r"|your[-_ ]?secret).*|secret|mysecret|key|test|password|sekrit"
    r"|[0-9]{1,8})\Z")
# Those that every list of tried passwords begins with.
_KNOWN_PASSWORDS = frozenset("""
    secret password changeme test admin admin123 administrator root toor
    guest user pass passw0rd password1
    password123 p@ssw0rd letmein welcome welcome1 qwerty qwerty123 abc123
    iloveyou monkey dragon master hunter2 trustno1 changeit demo postgres
    mysql oracle zodb 123456789 1234567890 111111 qwertyuiop 1q2w3e4r
    """.split())


def _settings(context: CheckContext) -> list[IniSetting]:
    """What the application and its filters get."""
    return settings(context.ini, _app_name(context)) if context.ini else []


def _app_name(context: CheckContext) -> str:
    """The name of the application in the ini."""
    return context.site.app_name or "main"


def _config(context: CheckContext) -> Config:
    """The Paste configuration, without sections if it cannot be read."""
    return context.ini.config if context.ini else Config("", {}, {})


def _edit(context: CheckContext, setting: IniSetting, command: str) -> str:
    """The command that makes the sed ``command`` on the line of a setting."""
    if not setting.line:
        return f"edit {setting.key} in {setting.path}"
    return context.edit(setting.path, f"{setting.line}{command}")


def debug(context: CheckContext) -> CheckResult:
    """With ``debug = true`` every visitor sees the traceback of an error, and
    can run code in the interactive debugger.
    """
    for each in _settings(context):
        if each.key == "debug" and each.value.lower() in (
                "true", "yes", "on", "1"):
            yield (f"{each.path}: [{each.section}] has debug on",
                   _edit(context, each,
                         "s|^\\([^=:]*[=:][[:space:]]*\\).*|\\1false|"))
            return


def secrets(context: CheckContext) -> CheckResult:
    """Everybody who knows the secret from the documentation can forge
    sessions and logins.
    """
    for each in _settings(context):
        # A server may well take mail without a password.
        unused = not each.value and each.key.endswith("password")
        if re.search(_SECRET, each.key) and not unused and (
                re.match(_KNOWN_SECRETS, each.value.strip(), re.I)
                or each.value.strip().lower() in _KNOWN_PASSWORDS):
            yield (f"{each} is still {each.value!r}", _new_secret(each))
        login = re.match(r"\w[\w+.-]*://([^:/@\s]+):([^@/\s]+)@", each.value)
        if login and login[2].lower() in _KNOWN_PASSWORDS:
            yield (f"{each} has the well-known password {login[2]!r}",
                   f"give {login[1]} another password, and write it to"
                   f" {each.path}")


def _new_secret(setting: IniSetting) -> str:
    """The command that makes a new secret."""
    make = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
    if not setting.line:
        return f"set {setting.key} in {setting.path} to what {make} prints"
    path = os.path.realpath(setting.path)
    return (sudo(path) + f'sed -i "{setting.line}s|[=:].*|= $({make})|"'
            f" {shlex.quote(path)}")


def relative_paths(context: CheckContext) -> CheckResult:
    """A relative path is relative to the working directory, which is ``/``
    under Apache unless ``home=`` names another.
    """
    top = os.path.dirname(context.script.config)
    if os.path.realpath(context.home) == os.path.realpath(top):
        return
    for each in _settings(context):
        named = _sqlite_path(each.value)
        path = named or each.value
        # Only what exists is surely meant for a path.
        if path and not path.startswith("/") and (
                named or re.search(r"[./]", path)
                and os.path.exists(os.path.join(top, path))):
            yield (f"{each} names"
                   f" {path}, which is looked for in {context.home}",
                   _edit(context, each,
                         f"s|{pattern(path)}|%(here)s/{path}|"))


def loggers(context: CheckContext) -> CheckResult:
    """Without ``[loggers]`` nothing sets up logging: the log has no messages
    below a warning, and warnings have neither time nor name; unless code of
    the project does it.
    """
    if context.ini and "loggers" not in context.ini.config.sections and (
            context.script.logs) and not _sets_up_logging(context):
        lines = (
            "[loggers]", "keys = root", "[handlers]", "keys = console",
            "[formatters]", "keys = generic", "[logger_root]",
            "level = INFO", "handlers = console", "[handler_console]",
            "class = StreamHandler", "args = (sys.stderr,)",
            "formatter = generic", "[formatter_generic]",
            "format = %(levelname)s [%(name)s] %(message)s")
        yield (f"{context.script.config} has no [loggers]",
               _append(context, lines))


def _sets_up_logging(context: CheckContext) -> bool:
    """Whether code of the project sets up logging itself."""
    wanted = (rb"\b(?:basicConfig|dictConfig|fileConfig|setup_logging"
              rb"|addHandler)\s*\(|\b(?:loguru|structlog)\b")
    return any(re.search(wanted, first_bytes(path, 1_000_000))
               for path in context.python_files())


def _append(context: CheckContext, lines: Sequence[str]) -> str:
    """The command that puts ``lines`` at the end of the ini."""
    path = context.script.config
    return (f"printf '%s\\n' {shlex.join(['', *lines])}"
            f" | {sudo(context.script.config)}tee -a {shlex.quote(path)}")


def incomplete_logging(context: CheckContext) -> CheckResult:
    """``fileConfig`` needs ``[loggers]``, ``[handlers]`` and ``[formatters]``,
    and a section for each that they list: otherwise "KeyError: 'formatters'"
    when the application is loaded.
    """
    if not context.ini or not context.script.logs:
        return
    sections = context.ini.config.sections
    if "loggers" not in sections and context.script.asks_for_loggers:
        return
    missing = [line for plural in _SAMPLES
               for line in _missing_part(context.ini.config, plural)]
    if missing:
        named = ", ".join(line for line in missing if line[0] == "[")
        yield (f"{context.script.config} sets up logging but lacks {named}",
               _append(context, missing))


# What a section has at least, by the list that names it.
_SAMPLES = {
    "loggers": ("level = INFO", "handlers ="),
    "handlers": ("class = StreamHandler", "args = (sys.stderr,)"),
    "formatters": ("format = %(levelname)s [%(name)s] %(message)s",)}


def _missing_part(config: Config, plural: str) -> Iterator[str]:
    """Yield the lines that ``[loggers]``, ``[handlers]`` or ``[formatters]``
    and the sections that they list lack."""
    singular = plural[:-1]
    keys = config.get(plural, "keys")
    names = [name.strip() for name in (keys or "").split(",") if name.strip()]
    if keys is None:
        # Those that are used, or have a section.
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


def _uses(config: Config, section: str, singular: str) -> Iterator[str]:
    """Yield the loggers, handlers or formatters that one section names."""
    if section.startswith(singular + "_"):
        yield section[len(singular) + 1:]
    if section.startswith(("logger_", "handler_")):
        for key in (singular, singular + "s"):
            value = config.get(section, key, "")
            yield from (name.strip() for name in value.split(",")
                        if name.strip())


def prefix_middleware(context: CheckContext) -> CheckResult:
    """``PrefixMiddleware`` is for a proxy in front.  Under Apache it replaces
    the mount point by its own prefix, so links lead elsewhere, and trusts the
    host name and address in any visitor's headers.
    """
    config = _config(context)
    for section in config.sections:
        used = config.get(section, "use", "")
        if re.search(r"#prefix\b|PrefixMiddleware|proxy-prefix\Z", used):
            yield from _prefixed(context, section.partition(":")[2])


def _prefixed(context: CheckContext, name: str) -> CheckResult:
    """Yield a finding for each application behind the filter ``name``."""
    config = _config(context)
    for section in config.sections:
        if config.get(section, "filter-with") == name:
            yield (f"{config.path}: [{section}] filter-with = {name} is"
                   " PrefixMiddleware, which Apache does not need",
                   context.edit(config.path, "%ds|^|#|" % (
                       context.ini.line(section, "filter-with")
                       if context.ini else 0)))
        pipeline = config.get(section, "pipeline", "").split()
        if context.ini and name in pipeline:
            first, last = context.ini.lines(section, "pipeline")
            yield (f"{config.path}: [{section}] has PrefixMiddleware,"
                   f" {name}, which Apache does not need",
                   context.edit(config.path, *(
                       f"{first},{last}s|\\([=:[:space:]]\\)"
                       f"{pattern(name)}{end}|\\1|"
                       for end in ("[[:space:]]", "$"))))


def uninterpolated(context: CheckContext) -> CheckResult:
    """PasteDeploy fills in ``%(name)s`` from the ini itself, and refuses a
    single ``%``; the application then does not load.
    """
    for section in reached(context.ini, _app_name(context)) \
            if context.ini else ():
        values, ini = section.raw, section.ini
        for key, raw in values.items():
            wrong = _not_filled_in(raw, {*values, "here", "__file__"})
            if wrong:
                place = IniSetting(ini.config.path, section.name, key, raw,
                                   ini.line(section.name, key))
                yield (f"{place} = {raw}: PasteDeploy"
                       f" cannot fill in {wrong}; %% stands for a percent"
                       " sign", _edit(context, place,
                                      _escaped(raw, wrong, values)))


def _escaped(raw: str, wrong: str, names: Collection[str]) -> str:
    """The sed command that doubles each percent sign that fills in nothing.
    """
    if "\n" in raw:
        return f"s|{pattern(wrong)}|%{wrong}|"
    right = "".join(
        "%" + part if _not_filled_in(part, {*names, "here", "__file__"})
        else part for part in re.findall(r"%%|%\([^)]*\)s|%|[^%]+", raw))
    return f"s|{pattern(raw)}|{replacement(right)}|"


def _not_filled_in(raw: str, names: Collection[str]) -> str:
    """The first part of a value that PasteDeploy cannot fill in, or ""."""
    for match in re.finditer(r"%%|%\(([^)]*)\)s|%", raw):
        if match[0] == "%" or match[1] is not None and (
                match[1] not in names):
            return match[0]
    return ""


def _sqlite_path(value: str) -> str:
    """The file of an ``sqlite:`` URL; "" for any other value."""
    match = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", value)
    return "" if not match or match[1] == ":memory:" else match[1]


def sqlite_files(context: CheckContext) -> list[str]:
    """The absolute paths of the SQLite files that the ini names, by a URL or
    as they are, and of Trac's and Roundup's."""
    return list(dict.fromkeys([*sqlite_settings(context),
                               *_trackers_files(context)]))


def sqlite_settings(context: CheckContext) -> dict[str, IniSetting]:
    """The settings of the ini that name SQLite files, by their paths."""
    found: dict[str, IniSetting] = {}
    for each in _settings(context):
        named = _sqlite_path(each.value)
        path = os.path.normpath(os.path.join(context.home,
                                             named or each.value))
        if named or _is_sqlite(path):
            found.setdefault(path, each)
    return found


def _trackers_files(context: CheckContext) -> Iterator[str]:
    """Yield the SQLite file of a Trac environment or a Roundup tracker."""
    top = context.directory
    text = text_or_empty(f"{top}/conf/trac.ini")
    found = re.search(r"(?m)^database\s*=\s*sqlite:([^?\s]+)", text)
    if found and found[1] != ":memory:":
        yield os.path.normpath(os.path.join(top, found[1]))
    text = text_or_empty(f"{top}/config.ini")
    if "[rdbms]" in text and re.search(
            r"(?m)^backend\s*=\s*sqlite\s*$", text):
        yield f"{top}/db/db"


def _is_sqlite(path: str) -> bool:
    """Whether ``path`` is a file of SQLite."""
    return first_bytes(path, 16) == b"SQLite format 3\0"


def sqlite_processes(context: CheckContext) -> CheckResult:
    """SQLite lets one process write at a time; under load another's request
    fails with "database is locked".
    """
    files = sqlite_files(context)
    for daemon in context.daemons.values() if files else ():
        word = option_word(daemon, "processes")
        if word and context.processes > 1:
            yield (f"{daemon.where} starts {context.processes} processes,"
                   f" which share the SQLite file {files[0]}",
                   context.redeploy("--processes=1")
                   if context.is_recorded else
                   context.edit(daemon.path, replace(daemon, word, "")))


def cookie_flags(context: CheckContext) -> CheckResult:
    """Beaker's session cookie is open to scripts of the page without
    ``httponly``, is sent to other sites' requests without ``samesite``, and
    without ``secure`` goes over plain HTTP, too, where the site has HTTPS.
    """
    prefix = "beaker.session."
    found = {each.key[len(prefix):]: each for each in _settings(context)
             if each.key.startswith(prefix)}
    wanted = {"httponly": "true", "samesite": "Lax"}
    if any(each.text.lower() == "on" for each in context.of("SSLEngine")):
        wanted["secure"] = "true"
    off = ("", "false", "no", "off", "0", "none")
    lacking = [name for name in wanted if name not in found
               or found[name].value.lower() in off]
    if not found or not lacking:
        return
    first = next(iter(found.values()))
    add = [f"{first.line}a {prefix}{name} = {wanted[name]}"
           for name in lacking if name not in found]
    change = [f"{found[name].line}s|[=:].*|= {wanted[name]}|"
              for name in lacking if name in found]
    yield (f"{first.path}: [{first.section}] does not set"
           f" {', '.join(prefix + name for name in lacking)}",
           context.edit(first.path, *add, *change) if all(
               found[name].line and found[name].path == first.path
               for name in lacking if name in found) and first.line else
           f"set them in {first.path}")
