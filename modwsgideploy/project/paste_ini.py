"""Read a Paste ini file, and find the applications that it names.

It takes and refuses what PasteDeploy 3 does, but imports no application.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, overload

from modwsgideploy.errors import DeployError, shortened
from modwsgideploy.system.files import opened_text

if TYPE_CHECKING:
    import configparser

class Config(NamedTuple):
    """An ini file as PasteDeploy reads it, its values not yet interpolated."""

    path: str
    sections: Mapping[str, Mapping[str, str]]  # without [DEFAULT]'s keys
    defaults: Mapping[str, str]  # [DEFAULT], and PasteDeploy's own two
    # What whoever loads it gives all of it; a part of the defaults.
    global_conf: Mapping[str, str] = MappingProxyType({})

    @overload
    def get(self, section: str, key: str) -> str | None: ...

    @overload
    def get(self, section: str, key: str, default: str) -> str: ...

    def get(self, section: str, key: str,
            default: str | None = None) -> str | None:
        """The value of ``key``, with each ``%(name)s`` that is known filled
        in; the others (%(http_port)s, %(message)s) stay as they are."""
        values = {**self.defaults, **self.sections.get(section, {})}
        if key not in values:
            return default
        return _interpolate(values[key], values)


class Application(NamedTuple):
    """One WSGI application that an ini names, and the settings it gets."""

    config: str  # path of the ini that names it
    source: str  # how: "[app:main] use = egg:MyApp"
    distribution: str  # of egg:DISTRIBUTION#ENTRY, else ""
    entry: str
    target: str  # "module:callable" of the other ways, else ""
    path: str  # where below the site: "/"; "" when on another host only
    globals: Mapping[str, str]
    locals: Mapping[str, str]

    @property
    def module(self) -> str:
        """The module of ``target``, or ""."""
        return self.target.partition(":")[0].strip()

    @property
    def settings(self) -> dict[str, str]:
        """All its settings, as PasteDeploy's appconfig merges them."""
        return {**self.globals, **self.locals}


# The sections (path, name) that led to one.
_Trail = tuple[tuple[str, str], ...]


class _Scope(NamedTuple):
    """A section being resolved."""

    config: Config
    section: str
    globals: dict[str, str]  # its global_conf, in PasteDeploy's words
    added: dict[str, str]  # what its "set" keys put there
    locals: dict[str, str]  # and its local_conf
    trail: _Trail

    def __str__(self) -> str:
        return f"{self.config.path}: [{self.section}]"


_FACTORIES = ("paste.app_factory", "paste.composite_factory",
              "paste.composit_factory")
# PasteDeploy looks at one group after the other; of a group the first counts.
_PREFIXES = (("app", "application"), ("composite", "composit"),
             ("pipeline",), ("filter-app",))
_KINDS = tuple(kind for group in _PREFIXES for kind in group)
_URI = re.compile(r"[A-Za-z]+:")
# "module:callable", and extras as in an entry point.
_TARGET = re.compile(r"\w[\w.]*\s*:\s*\w[\w.]*\s*(\[.*\])?\Z")


def read_config(path: str, source: object = "",
                global_conf: Mapping[str, str] | None = None) -> Config:
    """Read the ini file ``path``; ``source`` says what names it, and
    ``global_conf`` is what it is loaded with.

    Keys are case-sensitive; repeated ones and a byte order mark are errors,
    as they are to PasteDeploy.

    Raises DeployError.
    """
    path = os.path.abspath(path)
    text = _read(path, f"{path} (named by {source})" if source else path)
    if text.startswith("\ufeff"):
        raise DeployError(
            f"{path}: begins with a byte order mark, which PasteDeploy cannot"
            r" read; remove it: sed -i '1s/^\xef\xbb\xbf//' " + path)
    import configparser

    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise DeployError(f"{path}: {_parse_error(error)}") from None
    shared = parser.defaults()
    return Config(path, MappingProxyType({
        name: MappingProxyType({
            key: value for key, value in parser.items(name)
            if shared.get(key) != value})
        for name in parser.sections()}), MappingProxyType({
            "here": os.path.dirname(path), "__file__": path,
            **(global_conf or {}), **shared}),
        MappingProxyType(dict(global_conf or {})))


def main_applications(config: Config, app_name: str | None = None
                      ) -> tuple[Application, ...]:
    """The Applications that ``app_name`` (default: "main") stands for in a
    Config: one, or for a composite each; that at "/" stands first.

    Filters are passed over, other files that are used are read.
    Raises DeployError.
    """
    found = _walk(config, app_name or "main", config.global_conf, ())
    return tuple(sorted(found, key=lambda one: one.path != "/"))


def _read(path: str, shown: str) -> str:
    """The text of a file, in errors called ``shown``.  Raises DeployError."""
    try:
        with open(path, encoding="utf-8", opener=opened_text) as file:
            return file.read()
    except OSError as error:
        raise DeployError(
            f"{shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DeployError(
            f"{shown}: is not UTF-8 (offset {error.start}), which"
            " PasteDeploy expects; save it as UTF-8") from None


def _parse_error(error: configparser.Error) -> str:
    """What is wrong with an ini, in one line."""
    import configparser

    if isinstance(error, configparser.DuplicateOptionError):
        return (f"line {error.lineno}: [{error.section}] has"
                f" {error.option!r} twice")
    if isinstance(error, configparser.DuplicateSectionError):
        return (f"line {error.lineno}: the section [{error.section}] is there"
                " twice")
    if isinstance(error, configparser.MissingSectionHeaderError):
        return (f"line {error.lineno}: {shortened(error.line.strip())!r}"
                " stands before any [section]")
    # Python 3.13 stopped quoting the lines.
    quoted = repr if sys.version_info >= (3, 13) else str
    return "; ".join(
        f"line {line}: neither 'key = value' nor a [section]:"
        f" {shortened(quoted(text))}"
        for line, text in getattr(error, "errors", ()))


def _interpolate(text: str, values: Mapping[str, str],
                 depth: int = 10) -> str:
    def value(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        if match[1] not in values or not depth:
            return match[0]
        return _interpolate(values[match[1]], values, depth - 1)

    return re.sub(r"%%|%\(([^)]+)\)s", value, text)


def _walk(config: Config, name: str, outer: Mapping[str, str],
          trail: _Trail) -> list[Application]:
    """The Applications that the section called ``name`` stands for, where
    ``outer`` are the settings of all and ``trail`` led to it."""
    section = _find_section(config, name, trail)
    this = _scope(config, section, outer, trail)
    kind = section.partition(":")[0]
    if kind == "pipeline":
        return _follow(this, _last_of_pipeline(this), "pipeline")
    if kind == "filter-app":
        return _follow(this, _needed(this, "next"), "next")
    if "use" in this.locals:
        found = [_with_settings(one, this)
                 for one in _follow(this, this.locals["use"], "use")]
    else:
        found = [_explicit(this)]
    # Paste's own composites, and rutter's: only their parts are of interest.
    if any(one.entry in ("urlmap", "cascade") for one in found):
        return _parts(this, True) or found
    if kind in ("composite", "composit"):
        found += _parts(this, False)
    return found


def _named_sections(config: Config) -> Iterator[tuple[str, str, str]]:
    """The (kind, name, section) of all that can be an application."""
    for section in config.sections:
        kind, colon, name = section.partition(":")
        if colon and kind in _KINDS:
            yield kind, name.strip(), section


def _find_section(config: Config, name: str, trail: _Trail) -> str:
    """The name of the one section PasteDeploy would take for ``name``."""
    found: list[str] = []
    for prefixes in _PREFIXES:
        for prefix in prefixes:
            named = [section for kind, known, section
                     in _named_sections(config)
                     if (kind, known) == (prefix, name)]
            found += named
            if named:
                break
    if len(found) == 1:
        return found[0]
    if found:
        raise DeployError(
            f"{config.path}: several applications are called {name!r}: "
            + ", ".join(f"[{section}]" for section in found)
            + "; rename all but one")
    known = sorted({known for _, known, _ in _named_sections(config)} - {""})
    asked = f", which [{trail[-1][1]}] names" if trail else ""
    raise DeployError(
        f"{config.path}: there is no application {name!r}{asked}; "
        + (f"{'it' if trail else '--app-name'} can be one of: "
           + ", ".join(known) if known else
           "it has no application at all: a section [app:main] is needed"))


def _scope(config: Config, section: str, outer: Mapping[str, str],
           trail: _Trail) -> _Scope:
    """What PasteDeploy makes of a section's keys and of [DEFAULT]."""
    if (config.path, section) in trail:
        raise DeployError(
            f"{config.path}: [{section}] uses itself: " + " -> ".join(
                f"[{name}]" for _, name in trail + ((config.path, section),)))
    # PasteDeploy, too, takes what is empty once filled in as it is written
    everywhere = {key: config.get("DEFAULT", key) or raw
                  for key, raw in config.defaults.items()}
    everywhere.update(outer)
    added: dict[str, str] = {}
    wanted: dict[str, str] = {}
    own: dict[str, str] = {}
    for key in {**config.defaults, **config.sections[section]}:
        value = config.get(section, key, "")
        if key.startswith("set "):
            added[key[4:].strip()] = everywhere[key[4:].strip()] = value
        elif key.startswith("get "):
            wanted[key[4:].strip()] = value
        elif key not in config.defaults:
            own[key] = value
    own.update((key, everywhere.get(value, ""))
               for key, value in wanted.items())
    return _Scope(config, section, everywhere, added, own,
                  trail + ((config.path, section),))


def _follow(this: _Scope, name: str, key: str) -> list[Application]:
    """The Applications that ``key = name`` in a section stands for."""
    if not _URI.match(name):
        return _walk(this.config, name, this.globals, this.trail)
    spec, _, entry = name.partition("#")
    scheme, _, rest = spec.partition(":")
    found = Application(
        this.config.path, f"[{this.section}] {key} = {name}", "", "", "", "/",
        this.globals, {})
    if scheme.lower() == "egg":
        if not rest[:1].isalnum():
            raise DeployError(
                f"{this} {key} = {name}: egg: names no distribution; give"
                " egg:DISTRIBUTION, or egg:DISTRIBUTION#ENTRY")
        return [found._replace(distribution=rest, entry=entry or "main")]
    if scheme.lower() == "call":
        if key != "use":
            raise DeployError(
                f"{this} {key} = {name}: PasteDeploy takes call: in 'use' of"
                f" a section only; write [app:NAME] with use = {name}, and"
                " NAME here")
        return [found._replace(target=_checked_target(this, key, rest))]
    if scheme.lower() != "config":
        raise DeployError(
            f"{this} {key} = {name}: PasteDeploy knows egg:, call: and"
            f" config:, not {scheme}:")
    from urllib.parse import unquote

    path = os.path.join(os.path.dirname(this.config.path), unquote(rest))
    other = read_config(path, this, this.config.global_conf)
    defaults = {**this.globals, **other.defaults}
    return _walk(other._replace(defaults=defaults), entry or "main",
                 this.globals, this.trail)


def _needed(this: _Scope, key: str) -> str:
    """The value of a key that must not be empty.  Raises DeployError."""
    if this.locals.get(key, "").strip():
        return this.locals[key].strip()
    raise DeployError(f"{this} lacks {key!r}, which names an application")


def _last_of_pipeline(this: _Scope) -> str:
    """The application of a pipeline: all before it are filters."""
    name = _needed(this, "pipeline").split()[-1]
    extra = sorted(set(this.locals) - {"pipeline"})
    if extra:
        raise DeployError(
            f"{this} may hold nothing but 'pipeline', says PasteDeploy;"
            f" remove: {', '.join(extra)}")
    return name


def _explicit(this: _Scope) -> Application:
    """The Application of a section that has no ``use``."""
    found = [key for key in _FACTORIES if key in this.locals]
    if len(found) != 1:
        raise DeployError(
            f"{this} must have one of 'use' and {', '.join(_FACTORIES)};"
            f" it has {' and '.join(found) or 'none'}")
    # taken out, so that it is not looked at as a part of a composite
    target = _checked_target(this, found[0], this.locals.pop(found[0]))
    return Application(
        this.config.path, f"[{this.section}] {found[0]} = {target}", "", "",
        target, "/", this.globals, this.locals)


def _checked_target(this: _Scope, key: str, target: str) -> str:
    """``target``, if it is one.  Raises DeployError."""
    if _TARGET.match(target):
        return target
    hint = ""
    if "\n" in target:
        hint = ", on the line of its key"
    elif re.search("[#;]", target):
        hint = "; a comment needs a line of its own"
    raise DeployError(
        f"{this} {key}: {target!r} is not valid; give MODULE:CALLABLE, such"
        f" as mysite.wsgi:make{hint}")


def _with_settings(application: Application, this: _Scope) -> Application:
    """``application`` with the settings of a section that uses it."""
    own = {key: value for key, value in this.locals.items() if key != "use"}
    return application._replace(
        globals={**application.globals, **this.added,
                 "__file__": this.globals["__file__"]},
        locals={**application.locals, **own})


def _parts(this: _Scope, strict: bool) -> list[Application]:
    """The Applications that a composite's keys name, each with its path.

    An unknown factory, where it is not ``strict``, may take keys that only
    look like names of applications.
    """
    names = {name for _, name, _ in _named_sections(this.config)}
    found: list[Application] = []
    for key, value in this.locals.items():
        name = value.strip()
        if key in ("use", "not_found_app") or not (
                _URI.match(name) or name in names):
            continue
        try:
            parts = _follow(this, name, key)
        except DeployError:
            if strict:
                raise
            continue
        found += [one._replace(path=_path(key, one.path)) for one in parts]
    return found


def _path(key: str, path: str) -> str:
    """Where below the site a composite's ``key`` puts what is at ``path``."""
    if key.startswith("/"):
        return path and ((key.rstrip("/") + path).rstrip("/") or "/")
    # urlmap: "domain example.org /x"; cascade: app1, app2, ... share a path
    return "" if " " in key else path


# What PasteDeploy fills in before the application sees it.
APPLICATION = re.compile(
    r"(app|application|composite|composit|pipeline|filter|filter-app)(:|\Z)")
