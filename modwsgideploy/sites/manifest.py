"""Read a manifest: many sites from one file, each value with its line.

The file is an ini file or CSV.  Its keys are the names of the options; each
value knows the line it stands in.  Nothing is interpolated: ``%`` and ``$``
are characters like all others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

from modwsgideploy.errors import Collector
from modwsgideploy.sites.host_groups import GROUP, HOSTS, HostGroups
from modwsgideploy.sites.host_settings import OF_HOST, share
from modwsgideploy.sites.kinds import HERE_KINDS, located
from modwsgideploy.sites.options import (
    BY_NAME,
    OPTIONS,
    Setting,
    unknown_option,
)
from modwsgideploy.sites.sections import (
    Entry,
    Section,
    SourceFile,
    bounded_lines,
)
from modwsgideploy.sites.site_entry import SiteEntry
from modwsgideploy.system.files import opened_regular

DEFAULT = "DEFAULT"
# [host:NAME] has what belongs to that host, for all sites in it.
HOST = "host:"
# What begins the sections of a Paste configuration.
_OF_PASTE = ("app:", "composite:", "filter:", "pipeline:", "server:")
PROJECT = "project"
INCLUDE = "include"
# What a site has that is no option.
_NO_OPTIONS = (PROJECT, HOSTS)
# What cannot be the same for all sites, so that [DEFAULT] cannot have it.
_OF_ONE_SITE = tuple(option.name for option in OPTIONS
                     if "batch" not in option.commands)
# Their paths start from the directory of the file.
_PATHS = (PROJECT, *(option.name for option in OPTIONS
                     if option.kind in HERE_KINDS))


def read_manifest(source: str | os.PathLike[str] | TextIO, name: str = "",
                  collect: Collector | None = None) -> list[SiteEntry]:
    """Read the manifest ``source``, a path or a text stream.

    ``name`` stands for it in messages; relative paths of a stream start from
    the directory of the file ``name``.  ``collect`` takes what is wrong;
    without it this raises DeployError, with all of it.
    """
    if collect is None:
        with Collector() as collector:
            entries = read_manifest(source, name, collector)
        return entries
    reader = _Reader(collect)
    if isinstance(source, (str, os.PathLike)):
        reader.read_path(os.fspath(source), name or os.fspath(source), {})
    else:
        reader.read(source, SourceFile(
            name or "standard input",
            os.path.dirname(os.path.abspath(name or "standard input"))), {})
    found = [reader.groups.placed(entry) for entry in reader.found]
    return share(found, reader.hosts, collect)


class _Reader:
    """Reads one manifest with all that it includes."""

    def __init__(self, collect: Collector) -> None:
        self.found: list[SiteEntry] = []
        self.hosts: dict[str, dict[str, Setting]] = {}    # by server name
        self.groups = HostGroups(collect)
        self.collect = collect
        self.sections: dict[str, str] = {}    # name -> where it stands
        self.files: dict[str, str] = {}       # real path -> what named it

    def read_path(self, path: str, name: str, shared: Mapping[str, Setting],
                  source: str = "") -> None:
        """Read the file at ``path``, which ``source`` names; "" is who calls
        this program."""
        real = os.path.realpath(path)
        if real in self.files:
            self.collect.add(
                f"{source}: {name} is read already, as {self.files[real]}"
                " says; include it once")
            return
        self.files[real] = source or "the manifest"
        try:
            # The one that is named may be a pipe, and not one that is found.
            with open(path, encoding="utf-8-sig", newline="",
                      errors="surrogateescape",
                      opener=opened_regular if source else None) as stream:
                self.read(stream, SourceFile(name, os.path.dirname(
                    os.path.abspath(path))), shared)
        except OSError as error:
            self.collect.add(
                f"{name}: cannot be read ({error.strerror}); name an ini or"
                " CSV file with the sites")

    def read(self, stream: TextIO, file: SourceFile,
             shared: Mapping[str, Setting]) -> None:
        """Read a text stream; ``shared`` are the Settings of whoever includes
        it."""
        text = bounded_lines(stream, file.name)
        lines = enumerate(text, 1)
        first = next(((number, line) for number, line in lines
                      if line.strip("\ufeff \t\r\n")
                      and line.lstrip("\ufeff \t")[0] not in "#;"), None)
        if first is None:
            self.collect.add(f"{file.name}: has no sites; write a [NAME] and"
                             " below it what the site has")
            return
        number, line = first
        line = line.lstrip("\ufeff")
        if line.lstrip().startswith("["):
            sections = self._ini(number, line, lines, file)
        else:
            sections = self._csv(number, line, text, file)
        self._take(sections, shared)

    def _take(self, sections: Iterator[Section],
              shared: Mapping[str, Setting]) -> None:
        """Make SiteEntries of ``sections``."""
        first = None
        for section in sections:
            if section.name.startswith(HOST):
                self._host(section)
            elif section.name.startswith(GROUP):
                self._group(section)
            elif section.name.startswith(_OF_PASTE):
                self.collect.add(
                    f"{section.source}: is of a Paste configuration, and this"
                    " is to be a manifest; name the project's directory, and"
                    " this file by --config")
                return
            elif section.name != DEFAULT:
                self._entry(section, shared)
            elif first:
                self.collect.add(
                    f"{section.source}: must stand before all sites, and"
                    f" once; move it to {first}")
            else:
                shared = {**shared, **self._shared(section)}
                self._include(section, shared)
            first = first or section.source

    def _shared(self, section: Section) -> dict[str, Setting]:
        """The Settings of the section [DEFAULT]."""
        for key in _OF_ONE_SITE:
            entry = section.entries.pop(key, None)
            if entry:
                self.collect.add(
                    f"{section.where(key, entry.line)}: cannot be the same"
                    " for all sites; give it in the section of each")
        return self._settings(section)

    def _host(self, section: Section) -> None:
        """Note what belongs to one host."""
        for key in [*section.entries]:
            if key not in OF_HOST:
                entry = section.entries.pop(key)
                self.collect.add(
                    f"{section.where(key, entry.line)}: does not belong to a"
                    f" host, as {', '.join(OF_HOST)} do; give it to its"
                    " sites")
        name = section.name[len(HOST):].strip().lower()
        if self._is_first(section):
            self.hosts[name] = {"server-name": Setting(name, section.source),
                                **self._settings(section)}

    def _group(self, section: Section) -> None:
        """Note a group of hosts."""
        if self._is_first(section):
            self.groups.add(section.name[len(GROUP):].strip(), section.source,
                            {key: entry.texts for key, entry
                             in section.entries.items()})

    def _is_first(self, section: Section) -> bool:
        """Whether no section before is called the same; that is noted."""
        source = section.source
        first = self.sections.setdefault(section.name, source)
        if first is not source:
            what = "host" if section.name.startswith(HOST) else "site"
            self.collect.add(
                f"{source}: is given a second time, the first is {first};"
                f" give each {what} a name of its own")
        return first is source

    def _entry(self, section: Section,
               shared: Mapping[str, Setting]) -> None:
        """Note one site."""
        if not self._is_first(section):
            return
        source = section.source
        own = self._settings(section)
        settings = {"name": Setting(section.name, source), **shared, **own}
        project = settings.pop(PROJECT, None)
        hosts = settings.pop(HOSTS, Setting((), source))
        self.found.append(
            SiteEntry(settings["name"].text, project, settings, source,
                      self.groups.split(hosts)))

    def _settings(self, section: Section) -> dict[str, Setting]:
        """The Settings of one section by key; unknown keys are noted."""
        settings = {}
        for key, (texts, line) in section.entries.items():
            where = section.where(key, line)
            option = BY_NAME.get(key)
            if key == INCLUDE and section.name == DEFAULT:
                continue
            if option is None and key not in _NO_OPTIONS:
                self.collect.add(unknown_option(
                    key, where, (*_NO_OPTIONS, INCLUDE)))
                continue
            if key == HOSTS:
                settings[key] = Setting(texts, where)
                continue
            if option and option.many:
                if key in _PATHS:
                    texts = tuple(located(
                        option.kind, text, section.file.directory)
                        for text in texts)
                settings[key] = Setting(texts, where)
            elif len(texts) > 1:
                self.collect.add(
                    f"{where}: takes one value, and here are {len(texts)};"
                    " what follows it must not be indented")
            elif key not in _PATHS or option and option.can_be_empty and (
                    not texts[0]):
                settings[key] = Setting(texts[0], where)
            elif texts[0]:
                settings[key] = Setting(os.path.normpath(os.path.join(
                    section.file.directory, texts[0])), where)
            else:
                self.collect.add(f"{where}: is empty; name a directory")
        return settings

    def _include(self, section: Section,
                 shared: Mapping[str, Setting]) -> None:
        """Read the files that [DEFAULT] includes."""
        import glob

        entry = section.entries.get(INCLUDE)
        if entry is None:
            return
        where = section.where(INCLUDE, entry.line)
        for pattern in entry.texts:
            paths = sorted(glob.glob(
                os.path.join(section.file.directory, pattern)))
            if not paths:
                self.collect.add(f"{where}: there is no file {pattern!r};"
                                 " paths are relative to this manifest")
            for path in paths:
                self.read_path(
                    path, os.path.normpath(os.path.join(
                        os.path.dirname(section.file.name),
                        os.path.relpath(path, section.file.directory))),
                    shared, where)

    # -- ini ----------------------------------------------------------------

    def _ini(self, number: int, line: str, lines: Iterator[tuple[int, str]],
             file: SourceFile) -> Iterator[Section]:
        """The sections of an ini file from this line on."""
        section = self._header(line.strip(), number, file)
        key: str | None = None
        number, line = next(lines, (0, ""))
        while number:
            text = line.strip()
            if not text or text[0] in "#;":
                pass
            elif line[0] in " \t":
                self._continue(section, key, text, number, file)
            elif text[0] == "[":
                yield section
                section, key = self._header(text, number, file), None
            else:
                key = self._key(section, text, number, file)
            number, line = next(lines, (0, ""))
        yield section

    def _header(self, text: str, number: int, file: SourceFile) -> Section:
        """The section that a line begins."""
        name = text[1:].rstrip("]").strip()
        if text[-1] != "]" or not name:
            self.collect.add(f"{file.name}:{number} {text}: is no section;"
                             " write it as [NAME]")
        return Section(name, file, number, {})

    def _key(self, section: Section, text: str, number: int,
             file: SourceFile) -> str | None:
        """Note the key of one line; returns it, None for one that is none."""
        end = min((text.find(sign) for sign in "=:" if sign in text),
                  default=0)
        if not end:
            self.collect.add(
                f"{file.name}:{number} [{section.name}]: {text!r} sets"
                " nothing; write it as KEY = VALUE")
            return None
        key = text[:end].rstrip()
        first = section.entries.get(key)
        if first:
            self.collect.add(
                f"{section.where(key, number)}: is given a second time, the"
                f" first is in line {first.line}; leave one out (several"
                " values stand on lines of their own, indented)")
            return None
        section.entries[key] = Entry((text[end + 1:].lstrip(),), number)
        return key

    def _continue(self, section: Section, key: str | None, text: str,
                  number: int, file: SourceFile) -> None:
        """Add an indented line to the value of ``key``."""
        if key is None:
            self.collect.add(
                f"{file.name}:{number} [{section.name}]: {text!r} is"
                " indented, but there is no value that it could belong to")
            return
        texts, line = section.entries[key]
        section.entries[key] = Entry(
            (*texts, text) if texts != ("",) else (text,), line)

    # -- CSV ----------------------------------------------------------------

    def _csv(self, number: int, header: str, text: Iterator[str],
             file: SourceFile) -> Iterator[Section]:
        """The sections of CSV; empty cells are as if not there."""
        import csv

        delimiter = max(",;\t", key=header.count)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            keys = [cell.strip() for cell in next(csv.reader(
                [header.strip()], delimiter=delimiter))]
        except csv.Error:       # longer than any header
            keys = [""]
        if not self._sound_header(keys, number, file):
            return
        before = number
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self.collect.add(f"{file.name}:{before + 1}: {error}")
                return
            if cells is None:
                return
            line, before = before + 1, number + reader.line_num
            if any(cell.strip() for cell in cells):
                yield self._cells(keys, cells, line, file)

    def _sound_header(self, keys: list[str], number: int,
                      file: SourceFile) -> bool:
        """Whether the first line of CSV is one; what is wrong is noted."""
        where = f"{file.name}:{number}"
        known = {*BY_NAME, *_NO_OPTIONS}
        wrong = [key for key in keys if key not in known]
        twice = {key for key in keys if keys.count(key) > 1}
        if len(wrong) == len(keys):
            self.collect.add(
                f"{where}: is neither a [SECTION] of an ini file nor the"
                " header of CSV, which has the names of options")
            return False
        if "name" not in keys:
            self.collect.add(f"{where}: the header has no column 'name'")
            return False
        for key in wrong:
            self.collect.add(unknown_option(
                key, f"{where} column {key}", (*_NO_OPTIONS, INCLUDE)))
        for key in sorted(twice):
            self.collect.add(f"{where} column {key}: is there twice; leave"
                             " one out")
        return True

    def _cells(self, keys: list[str], cells: list[str], line: int,
               file: SourceFile) -> Section:
        """The section of one line of CSV."""
        entries = {
            key: Entry(tuple(text.strip() for text in cell.splitlines()
                              if text.strip()), line)
            for key, cell in zip(keys, cells)  # noqa: B905 (told below)
            if cell.strip() and (key in BY_NAME or key in _NO_OPTIONS)}
        name = entries.pop("name", Entry(("",), line)).texts[0]
        if len(cells) != len(keys):
            self.collect.add(
                f"{file.name}:{line} [{name}]: has {len(cells)} values, and"
                f" the header {len(keys)} names")
        return Section(name, file, line, entries)
