"""Find what PasteDeploy makes of an ini: the sections that are reached, the
settings that they get, and the lines that set them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from modwsgideploy.checks.ini_file import IniFile
from modwsgideploy.errors import DeployError
from modwsgideploy.project.paste_ini import (
    APPLICATION,
    Config,
    main_applications,
    read_config,
)
from modwsgideploy.system.files import text_or_empty


class Section(NamedTuple):
    """A section of an ini that is reached."""

    ini: IniFile
    name: str

    @property
    def raw(self) -> dict[str, str]:
        """Its keys and [DEFAULT]'s, with their values as written."""
        config = self.ini.config
        values = {**config.defaults, **config.sections.get(self.name, {})}
        return {key: value for key, value in values.items()
                if key not in ("here", "__file__")}


class IniSetting(NamedTuple):
    """A setting that an application or filter gets, and what sets it."""

    path: str
    section: str
    key: str
    value: str
    line: int      # 0 if unknown

    def __str__(self) -> str:
        return f"{self.path}: [{self.section}] {self.key}"


def reached(ini: IniFile, name: str) -> list[Section]:
    """The sections that lead from the application ``name`` on, in order."""
    found: dict[tuple[str, str], Section] = {}
    _reach(ini, name, found)
    return [*found.values()]


def _reach(ini: IniFile, name: str, found: dict[tuple[str, str], Section]
           ) -> None:
    for section in ini.config.sections:
        kind, _, own = section.partition(":")
        if not APPLICATION.match(section) or (own.strip() or "main") != name:
            continue
        if (ini.config.path, section) in found:
            continue
        found[ini.config.path, section] = Section(ini, section)
        for word in _named(ini.config, section, kind):
            if word.lower().startswith("config:"):
                _reach_file(ini, word, found)
            else:
                _reach(ini, word, found)


def _named(config: Config, section: str, kind: str) -> Iterator[str]:
    """Yield what a section names that may be another one."""
    for key in config.sections[section]:
        value = config.get(section, key, "").strip()
        if key in ("use", "filter-with", "next"):
            yield value
        elif key == "pipeline":
            yield from value.split()
        elif kind.startswith("composit"):
            yield value


def _reach_file(ini: IniFile, uri: str, found: dict[
        tuple[str, str], Section]) -> None:
    """Go on in the file that a ``config:`` URI names."""
    from urllib.parse import unquote

    rest, _, name = uri[len("config:"):].partition("#")
    path = os.path.join(os.path.dirname(ini.config.path), unquote(rest))
    try:
        config = read_config(path, global_conf=ini.config.global_conf)
    except DeployError:
        return
    _reach(IniFile(config, text_or_empty(path)), name or "main", found)


def settings(ini: IniFile, name: str) -> list[IniSetting]:
    """The settings that the application ``name`` and its filters get."""
    sections = reached(ini, name)
    try:
        applications = main_applications(ini.config, name)
    except DeployError:
        applications = ()
    found = [_located(key, value, sections)
             for application in applications
             for key, value in application.settings.items()
             if key not in ("here", "__file__")]
    for section in sections:
        if section.name.startswith("filter") or not applications:
            found += _own(section)
    return list(dict.fromkeys(found))


def _own(section: Section) -> Iterator[IniSetting]:
    """Yield the settings in one section itself."""
    config = section.ini.config
    for key in config.sections[section.name]:
        yield IniSetting(config.path, section.name, key,
                         config.get(section.name, key, ""),
                         section.ini.line(section.name, key))


def _located(key: str, value: str, sections: list[Section]) -> IniSetting:
    """The setting ``key``, with the place that gives it its value."""
    for name in (key, f"set {key}"):
        for section in sections:
            ini = section.ini
            if name in ini.config.sections[section.name] and (
                    ini.config.get(section.name, name) == value):
                return IniSetting(ini.config.path, section.name, key, value,
                                  ini.line(section.name, name))
    for section in sections:
        ini = section.ini
        if key in ini.config.defaults and value in (
                ini.config.get("DEFAULT", key),
                ini.config.get(section.name, key)):
            return IniSetting(ini.config.path, "DEFAULT", key, value,
                              ini.line("DEFAULT", key))
    ini = sections[0].ini
    return IniSetting(ini.config.path, sections[0].name, key, value, 0)
