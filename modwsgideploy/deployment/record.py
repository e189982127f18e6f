"""What a deployment was made from: its choices, and its text as generated.

Both are files of the deployment itself.  ``site.ini`` holds the choices in the
manifest's format, for people to read and edit.  BASE holds the text of each
file as generated, by which a later run tells hand edits from its own text.
"""

import io
import os.path
import zlib
from typing import NamedTuple, Optional

from modwsgideploy.errors import DeployError
from modwsgideploy.sites.options import BY_NAME, Setting

CHOICES = "site.ini"
BASE = ".modwsgideploy.base"
# Either holds what somebody may have hidden in a script, by chmod.
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
# Of those, one is the name of the section, one is where the file is.
_NOT_RECORDED = ("name", "output-dir")


class Record(NamedTuple):
    """What is recorded of a deployment, as far as it can be read."""

    choices: Optional[str] = None   # the text of site.ini
    made: dict = {}                 # name -> the text as generated
    offered: dict = {}              # name -> the text put into NAME.new
    damage: str = ""                # why edits cannot be told, if so
    found: dict = {}                # what read_files found of the files


def read_record(directory, names=()):
    """The Record of the deployment in ``directory``.

    Of its files ``names`` is found, in the same go, what there is.
    Raises DeployError for what cannot be read at all; what is missing or
    damaged is told by the Record.
    """
    from modwsgideploy.system.transaction import read_files

    if not os.path.isdir(directory):
        return Record(found=dict.fromkeys((CHOICES, BASE, *names)))
    found = read_files((CHOICES, BASE, *names), directory)
    choices, base = (found[name] and found[name].text
                     for name in (CHOICES, BASE))
    if choices is None and base is None:
        return Record(found=found)
    for name, text in ((CHOICES, choices), (BASE, base)):
        if text is None:
            return Record(choices, damage=f"{name} is missing", found=found)
    try:
        made, offered = _unpack(base)
    except ValueError:
        return Record(choices, damage=f"{BASE} is damaged", found=found)
    return Record(choices, made, offered, found=found)


def base_text(made, offered, origin=None):
    """The text of BASE: what `_unpack` takes apart again.

    ``origin`` (see unchanged.py) stands before all else, if there is one.
    """
    parts = [_BASE_HEAD]
    for kind, texts in (("origin", {"all": origin} if origin else {}),
                        ("made", made), ("offered", offered)):
        for name, text in texts.items():
            parts.append(f"\n{kind} {name} {len(text)} {_checksum(text)}\n")
            parts.append(text)
    return "".join(parts)


def _unpack(text):
    """Two dicts of name to text: as generated, and as put into NAME.new.

    Raises ValueError for a text that is not as `base_text` made it.
    """
    texts = {"origin": {}, "made": {}, "offered": {}}
    if not text.startswith(_BASE_HEAD):
        raise ValueError("head")
    position = len(_BASE_HEAD)
    while position < len(text):
        end = text.index("\n", position + 1)
        kind, name, length, checksum = text[position + 1:end].split(" ")
        position = end + 1 + int(length)
        one = text[end + 1:position]
        if (kind not in texts or len(one) != int(length)
                or checksum != _checksum(one)):
            raise ValueError(name)
        texts[kind][name] = one
    return texts["made"], texts["offered"]


def _checksum(text):
    return f"{zlib.crc32(text.encode('utf-8', 'surrogateescape')):08x}"


def read_choices(text, path):
    """The choices in ``text``, of the file ``path``: a dict of name to Given.

    Raises DeployError.
    """
    from modwsgideploy.sites.manifest import read_manifest

    rows = read_manifest(io.StringIO(text), path)
    if len(rows) != 1 or len(_find(text)[0]) != 1:
        raise DeployError(f"{path}: is about one site, so it has one section;"
                          " put all choices below that")
    row, = rows
    for given in (row.project, row.settings.get("output-dir")):
        if given:
            raise DeployError(f"{given.source}: goes without saying, by where"
                              " this file is; delete the line")
    return row.settings


def _find(text):
    """Where sections and options stand in a sound ``text``, from 0.

    The list of lines that begin a section, and a dict of the lines of each
    option.
    """
    sections, key, options = [], None, {}
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


def choices_text(old, path, name, settings):
    """The text of site.ini for the site ``name`` and exactly ``settings``.

    Of an ``old`` text (str or None), of the file ``path``, every other line
    stays as it is.  Raises DeployError for that text, and for a value that
    the file cannot hold.
    """
    wanted = {option: given for option, given in settings.items()
              if option not in _NOT_RECORDED}
    fresh = _CHOICES_HEAD + "\n".join(
        [f"[{name}]", *(_lines(*item) for item in wanted.items()), ""])
    if old is None or old == fresh:
        return fresh
    before = read_choices(old, path)
    (section,), options = _find(old)
    lines = old.split("\n")
    if "name" in options:
        wanted["name"] = Setting(name, path)
    elif before["name"].value != name:
        lines[section] = f"[{name}]"
    end = max([section, *(number for numbers in options.values()
                          for number in numbers)])
    added = [_lines(option, given) for option, given in wanted.items()
             if option not in options]
    for option, numbers in options.items():
        given = wanted.get(option)
        if given is None or given.value != before[option].value:
            for number in numbers:
                lines[number] = None
            if given is not None:
                lines[numbers[0]] = _lines(option, given)
    lines[end + 1:end + 1] = added
    return "\n".join(line for line in lines if line is not None)


def _lines(option, given):
    """The lines that set ``option``, without the last line break."""
    many = BY_NAME[option].many
    values = given.value if many else (given.value,)
    for value in values:
        if value != value.strip():
            raise DeployError(
                f"{given.source}: {value!r} starts or ends with a space,"
                f" which {CHOICES} cannot hold; give it without")
    if many:
        return "\n    ".join([f"{option} =", *filter(None, values)])
    return f"{option} = {given.value}".rstrip()
