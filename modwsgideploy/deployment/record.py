"""Record what a deployment was made from: its choices, and generated texts.

Both are files of the deployment itself.  ``site.ini`` holds the choices in the
manifest's format, for people to read and edit.  BASE holds the text of each
file as generated, by which a later run tells hand edits from its own text.
"""

import io
import os.path
import zlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Optional

from modwsgideploy.errors import DeployError
from modwsgideploy.sites.options import BY_NAME, Setting
from modwsgideploy.system.transaction import FoundFile, read_files

CHOICES = "site.ini"
BASE = ".modwsgideploy.base"
# Both hold what somebody may have hidden in a script, by chmod.
MODE = 0o640
_CHOICES_HEAD = """\
# The choices this deployment was made from.  A run of modwsgideploy without
# options repeats them; what is given as an option is changed here.  Edit them
# as you like, and run it again; without its line an option has its default.

"""
_BASE_HEAD = """\
# modwsgideploy, format 1: the text of each file as it was generated, by which
# a later run tells your edits from it.  Edit the files themselves, not this.
"""
# The section is called by the name, and the file is in the output directory.
_NOT_RECORDED = ("name", "output-dir")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Record(NamedTuple):
    """What is recorded of a deployment, as far as it can be read."""

    choices: Optional[str] = None   # the text of site.ini
    generated: Mapping[str, str] = _NOTHING   # name -> the text as generated
    offered: Mapping[str, str] = _NOTHING     # name -> the text in NAME.new
    damage: str = ""             # why edits cannot be recognised, if so
    # The files that were read for it, None for a missing one.
    found: Mapping[str, Optional[FoundFile]] = MappingProxyType({})


def read_record(directory: str, names: Iterable[str] = ()) -> Record:
    """Return the Record of the deployment in ``directory``.

    Its ``found`` also has the files ``names``, read along with the rest.
    What is missing or damaged is said by the Record.

    Raises DeployError if a file cannot be read at all.
    """
    wanted = (CHOICES, BASE, *names)
    if not os.path.isdir(directory):
        return Record(found=dict.fromkeys(wanted))
    found = read_files(wanted, directory)
    choices, base = found[CHOICES], found[BASE]
    if not choices and not base:
        return Record(found=found)
    if not choices:
        return Record(damage=f"{CHOICES} is missing", found=found)
    if not base:
        return Record(choices.text, damage=f"{BASE} is missing", found=found)
    try:
        generated, offered = _parse_base(base.text)
    except ValueError:
        return Record(choices.text, damage=f"{BASE} is damaged", found=found)
    return Record(choices.text, generated, offered, found=found)


def read_generated(directory: str, names: Iterable[str] = ()) -> Record:
    """Return the Record of files that belong to no site, and so have no
    choices.

    Raises DeployError if a file cannot be read at all.
    """
    wanted = (BASE, *names)
    if not os.path.isdir(directory):
        return Record(found=dict.fromkeys(wanted))
    found = read_files(wanted, directory)
    base = found[BASE]
    if not base:
        return Record(found=found)
    try:
        generated, offered = _parse_base(base.text)
    except ValueError:
        return Record(damage=f"{BASE} is damaged", found=found)
    return Record(None, generated, offered, found=found)


def base_text(generated: Mapping[str, str], offered: Mapping[str, str],
              origin: Optional[str] = None) -> str:
    """Return the text of BASE, which `_parse_base` takes apart again.

    ``origin`` (see unchanged.py) comes before all else, if there is one.
    """
    parts = [_BASE_HEAD]
    for kind, texts in (("origin", {"all": origin} if origin else {}),
                        ("made", generated), ("offered", offered)):
        for name, text in texts.items():
            parts.append(f"\n{kind} {name} {len(text)} {_checksum(text)}\n")
            parts.append(text)
    return "".join(parts)


def _parse_base(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return two dicts of name to text: as generated, and put in NAME.new.

    Raises ValueError for a text that is not as `base_text` made it.
    """
    texts: dict[str, dict[str, str]] = {"origin": {}, "made": {},
                                        "offered": {}}
    if not text.startswith(_BASE_HEAD):
        raise ValueError("head")
    position = len(_BASE_HEAD)
    while position < len(text):
        end = text.index("\n", position + 1)
        kind, name, length, checksum = text[position + 1:end].split(" ")
        position = end + 1 + int(length)
        part = text[end + 1:position]
        if (kind not in texts or len(part) != int(length)
                or checksum != _checksum(part)):
            raise ValueError(name)
        texts[kind][name] = part
    return texts["made"], texts["offered"]


def _checksum(text: str) -> str:
    """Return the CRC-32 of ``text`` in hexadecimal."""
    return f"{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}"


def read_choices(text: str, path: str) -> dict[str, Setting]:
    """Return the choices in ``text``, of the file ``path``, by option name.

    Raises DeployError if it is not about exactly one site.
    """
    from modwsgideploy.sites.manifest import read_manifest

    entries = read_manifest(io.StringIO(text), path)
    if len(entries) != 1 or len(_find(text)[0]) != 1:
        raise DeployError(f"{path}: is about one site, so it has one section;"
                          " put all choices below that")
    entry, = entries
    for setting in (entry.project, entry.settings.get("output-dir")):
        if setting:
            raise DeployError(f"{setting.source}: goes without saying, by"
                              " where this file is; delete the line")
    return entry.settings


def _find(text: str) -> tuple[list[int], dict[str, list[int]]]:
    """Find sections and options in a valid ``text``, by line from 0.

    Return the lines that begin a section, and the lines of each option.
    """
    sections: list[int] = []
    options: dict[str, list[int]] = {}
    key = ""
    for number, line in enumerate(text.split("\n")):
        stripped = line.strip("\ufeff \t\r")
        if not stripped or stripped[0] in "#;":
            continue
        if line[0] in " \t":
            options[key].append(number)
        elif stripped[0] == "[":
            sections.append(number)
        else:
            key = stripped.replace(":", "=").partition("=")[0].rstrip()
            options[key] = [number]
    return sections, options


def choices_text(old: Optional[str], path: str, name: str,
                 settings: Mapping[str, Setting]) -> str:
    """Return the text of site.ini for site ``name`` and exactly ``settings``.

    Of the ``old`` text, if there is one, every other line stays as it is;
    ``path`` is its file.

    Raises DeployError if that is wrong, or cannot hold one of the values.
    """
    wanted = {option: setting for option, setting in settings.items()
              if option not in _NOT_RECORDED}
    fresh = _CHOICES_HEAD + "\n".join(
        [f"[{name}]", *(_option_lines(*item) for item in wanted.items()), ""])
    if old is None or old == fresh:
        return fresh
    return _with_settings(old, read_choices(old, path),
                          {**wanted, "name": Setting(name, path)})


def _with_settings(old: str, before: Mapping[str, Setting],
                   wanted: dict[str, Setting]) -> str:
    """Return ``old``, whose settings are ``before``, with those ``wanted``.

    The name is that of the section unless it has a line of its own.
    """
    (section,), options = _find(old)
    lines: list[str | None] = [*old.split("\n")]
    if "name" not in options:
        name = wanted.pop("name").value
        if name != before["name"].value:
            lines[section] = f"[{name}]"
    end = max([section, *(number for numbers in options.values()
                          for number in numbers)])
    added = [_option_lines(option, setting)
             for option, setting in wanted.items() if option not in options]
    for option, numbers in options.items():
        setting = wanted.get(option)
        if setting is None or setting.value != before[option].value:
            for number in numbers:
                lines[number] = None
            if setting is not None:
                lines[numbers[0]] = _option_lines(option, setting)
    lines[end + 1:end + 1] = added
    return "\n".join(line for line in lines if line is not None)


def _option_lines(option: str, setting: Setting) -> str:
    """Return the lines that set ``option``, without the last line break.

    Raises DeployError if the file cannot hold the value.
    """
    values = ((setting.value,) if isinstance(setting.value, str)
              else setting.value)
    for value in values:
        if value != value.strip():
            raise DeployError(
                f"{setting.source}: {value!r} starts or ends with a space,"
                f" which {CHOICES} cannot hold; give it without")
    if BY_NAME[option].many:
        return "\n    ".join([f"{option} =", *filter(None, values)])
    return f"{option} = {setting.value}".rstrip()
