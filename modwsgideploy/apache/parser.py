"""Parse Apache's configuration into directives with their file and line.

It reads files as Apache does (https://httpd.apache.org/docs/2.4/
configuring.html), and what ``httpd -t -D DUMP_CONFIG`` prints.
"""

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, Optional

from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.versions import version_tuple

# As deep as any sane configuration includes; Apache itself stops at 128.
_DEEPEST = 16
# A word in quotes, NAME=VALUE with either quoted or bare value, or a word.
_QUOTED = r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' """
_OPTION = re.compile(
    rf"{_QUOTED}|(?P<name>[^\s=\"']+)=(?P<value>{_QUOTED}|\S*)|\S+", re.X)
# What Apache itself takes for one argument; the last quote may be missing.
_WORD = re.compile(r"""(?P<quote>["'])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])*)
                       (?P=quote)? | (?P<bare>\S+)""", re.X)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
# Sections whose condition decides whether Apache reads what is inside.
_CONDITIONS = ("ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective",
               "ifsection")


class Directive(NamedTuple):
    """One directive, or the beginning of a section."""

    name: str                     # as written, "<VirtualHost" without "<"
    arguments: tuple[str, ...]    # without their quotes
    path: str
    line: int                     # where it begins
    last_line: int                # and ends
    inside: "tuple[Directive, ...]" = ()    # the sections around it
    text: str = ""                # what follows the name, as written

    @property
    def key(self) -> str:
        """The name as Apache compares it."""
        return self.name.lower()

    @property
    def where(self) -> str:
        """Its file and line in the form that compilers use."""
        return f"{self.path}:{self.line}"

    @property
    def identity(self) -> tuple[str, int, str]:
        """Its file, line and text, which tell it from all others.

        A macro makes several directives on one line.
        """
        return self.path, self.line, self.text

    @property
    def options(self) -> dict[str, str]:
        """What mod_wsgi takes for ``name=value`` in it."""
        return {match["name"]: _unquoted(match["value"])
                for match in _OPTION.finditer(self.text) if match["name"]}

    @property
    def raw_words(self) -> list[str]:
        """Its words as they stand in the file, quotes and all."""
        return [match[0] for match in _OPTION.finditer(self.text)]

    def section(self, name: str) -> "Directive | None":
        """The innermost section ``name`` around it; None without one."""
        for section in reversed(self.inside):
            if section.key == name.lower():
                return section
        return None

    def __str__(self) -> str:
        return f"{self.name} {self.text}".rstrip()


class Directives(list[Directive]):
    """Directives in the order of the files, indexed by name."""

    @cached_property
    def by_key(self) -> dict[str, list[Directive]]:
        """Those of each name, by their key."""
        found: dict[str, list[Directive]] = {}
        for directive in self:
            found.setdefault(directive.key, []).append(directive)
        return found

    def of(self, *names: str) -> list[Directive]:
        """Those called one of ``names``, in their order."""
        keys = [name.lower() for name in names]
        if len(keys) == 1:
            return self.by_key.get(keys[0], [])
        return [directive for directive in self if directive.key in keys]

    @cached_property
    def host_names(self) -> dict[tuple[str, int, str], list[str]]:
        """The names of each VirtualHost, ServerName first, by the identity
        of its section."""
        names: dict[tuple[str, int, str], list[str]] = {}
        for directive in [*self.of("ServerName"), *self.of("ServerAlias")]:
            host = directive.section("VirtualHost")
            if host:
                alias = directive.key == "serveralias"
                names.setdefault(host.identity, []).extend(
                    word.lower() if alias else host_name(word)
                    for word in directive.arguments[:None if alias else 1])
        return names

    @cached_property
    def addressed(self) -> list[tuple[Directive, str, str]]:
        """(section, argument, port) of each VirtualHost for an address that
        visitors can reach."""
        return [(each, word, port) for each in self.of("VirtualHost")
                for word in each.arguments
                for host, port in [split_address(word)]
                if host not in ("*", "localhost", "[::1]")
                and not host.startswith("127.")]


def split_address(text: str) -> tuple[str, str]:
    """The (address, port) of an argument of VirtualHost; "*" for any."""
    port = re.search(r":(\d+|\*)\Z", text)
    host = (text[:port.start()] if port else text).lower()
    return "*" if host == "_default_" else host, port[1] if port else "*"


def host_name(word: str) -> str:
    """The host in an argument of ServerName, without scheme and port."""
    return re.sub(r"\A\w+://|:\d+\Z", "", word).lower()


class ParseContext(NamedTuple):
    """The state of a server that decides conditions, paths and variables.

    With ``modules`` None, for unknown, every ``<IfModule>`` holds and no
    ``<IfModule !...>`` does.
    """

    modules: Optional[frozenset[str]] = None     # "ssl" for mod_ssl
    defines: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    version: tuple[int, ...] = (2, 4)
    root: str = "/"               # ServerRoot


def words(text: str) -> tuple[str, ...]:
    """The arguments in ``text``, as Apache's ap_getword_conf splits them."""
    return tuple(
        match["bare"] or re.sub(rf"\\([\\{match['quote']}])", r"\1",
                                match["quoted"])
        for match in _WORD.finditer(text.strip()))


def _unquoted(text: str) -> str:
    """The one word ``text`` without its quotes; "" for none."""
    return next(iter(words(text)), "")


def read(path: str, context: Optional[ParseContext] = None) -> list[Directive]:
    """Read the directives of the file ``path`` and of all it includes.

    A file that cannot be read has none.
    """
    reader = _Reader(context or ParseContext())
    reader.include(path)
    return reader.found


def parse(text: str, path: str, context: Optional[ParseContext] = None,
          directory: str = "") -> list[Directive]:
    """Parse ``text``, which stands in the file ``path``.

    With ``directory`` that is the .htaccess file of it.
    """
    reader = _Reader(context or ParseContext())
    if directory:
        reader.sections.append(Directive(
            "Directory", (directory,), path, 0, 0, (), directory))
    reader.take(text, path)
    return reader.found


def parse_dump(text: str) -> list[Directive]:
    """Parse what ``httpd -t -D DUMP_CONFIG`` printed.

    Httpd has followed every Include and filled in every variable already; it
    names the line on which a directive ends.
    """
    found: list[Directive] = []
    sections: list[Directive] = []
    path, line = "", 0
    uses: list[tuple[str, str]] = []
    for raw in text.splitlines():
        stripped = raw.strip()
        comment = re.match(r"# In file: (.*)|#\s*(\d+):$", stripped)
        if comment and comment[1]:
            path = comment[1]
            # What a macro makes is located at the line that uses it.
            uses = re.findall(r' used on line (\d+) of "(/[^"]*)"', path)
            if uses:
                path = uses[-1][1]
        elif comment:
            line = int(uses[-1][0]) if uses else int(comment[2])
        elif stripped.startswith("</"):
            del sections[-1:]
        elif stripped:
            directive = _directive(stripped, path, line, line, sections)
            found.append(directive)
            if stripped.startswith("<"):
                sections.append(directive)
    return found


def _directive(text: str, path: str, line: int, last_line: int,
               sections: Sequence[Directive]) -> Directive:
    """Make a Directive of ``text``, one logical line."""
    if text.startswith("<"):
        text = text[1:].rstrip()
        text = text[:-1] if text.endswith(">") else text
    name, text = (*text.split(None, 1), "", "")[:2]
    return Directive(name, words(text), path, line, last_line,
                     tuple(sections), text)


def logical_lines(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (text, first line, last line), lines that end in \\ joined."""
    pending, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        first = first or number
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        yield (pending + line).strip(), first, number
        pending, first = "", 0
    if pending:
        yield pending.strip(), first, number


class _Reader:
    """Reads files, one after the other, into ``found``."""

    def __init__(self, context: ParseContext) -> None:
        self.version = context.version
        self.modules = (None if context.modules is None
                        else set(context.modules))
        self.defines = set(context.defines)
        self.variables = dict(context.variables)
        self.root = context.root
        self.found: list[Directive] = []
        self.open_files: list[str] = []
        self.sections: list[Directive] = []

    def include(self, pattern: str) -> None:
        """Read every file that ``pattern`` matches; of a directory, all."""
        for path in _matching(os.path.join(self.root, pattern)):
            if len(self.open_files) < _DEEPEST:
                self.take(text_or_empty(path), path)

    def take(self, text: str, path: str) -> None:
        """Read ``text`` as that of the file ``path``."""
        self.open_files.append(path)
        conditions: list[bool] = []    # whether each open one holds
        for line, first, last in logical_lines(text):
            if not line or line.startswith("#"):
                continue
            line = _VARIABLE.sub(
                lambda match: self.variables.get(match[1], match[0]), line)
            directive = _directive(line, path, first, last, self.sections)
            name = directive.key.lstrip("/")
            if line.startswith("<") and name in _CONDITIONS:
                if directive.key.startswith("/"):
                    del conditions[-1:]
                else:
                    conditions.append(all(conditions)
                                      and self._holds(directive))
            elif all(conditions):
                self._take(directive, line)
        self.open_files.pop()

    def _take(self, directive: Directive, line: str) -> None:
        """Record one directive, and follow what it changes."""
        if line.startswith("</"):
            del self.sections[-1:]
            return
        self.found.append(directive)
        arguments = directive.arguments
        if line.startswith("<"):
            self.sections.append(directive)
        elif directive.key in ("include", "includeoptional") and arguments:
            self.include(arguments[0])
        elif directive.key == "define" and arguments:
            self.defines.add(arguments[0])
            if len(arguments) > 1:
                self.variables[arguments[0]] = arguments[1]
        elif directive.key == "undefine" and arguments:
            self.defines.discard(arguments[0])
        elif directive.key == "serverroot" and arguments:
            self.root = arguments[0]
        elif directive.key == "loadmodule" and arguments and (
                self.modules is not None):
            self.modules.add(module_name(arguments[0]))

    def _holds(self, directive: Directive) -> bool:
        """Whether the condition ``directive`` holds."""
        arguments = list(directive.arguments) or [""]
        wanted = True
        if arguments[0].startswith("!"):
            wanted, arguments[0] = False, arguments[0][1:]
        operand = arguments[0]
        if directive.key == "ifmodule":
            has = self.modules is None or module_name(operand) in self.modules
        elif directive.key == "ifdefine":
            has = operand in self.defines
        elif directive.key == "ifversion":
            has = _version_holds(self.version, arguments)
        elif directive.key == "iffile":
            has = os.path.exists(os.path.join(self.root, operand))
        else:
            has = True
        return has == wanted


def module_name(text: str) -> str:
    """The short name, "ssl", of ``mod_ssl.c`` or ``ssl_module``."""
    match = re.match(r"mod_(\w+)\.c\Z|(\w+)_module\Z", text)
    return match[1] or match[2] if match else text


def _version_holds(version: tuple[int, ...], arguments: Sequence[str]
                   ) -> bool:
    """Whether IfVersion's ``arguments`` hold: [">=", "2.4"] or ["2.4"]."""
    operator, text = ("=", *arguments)[-2:]
    try:
        wanted = version_tuple(text)
    except ValueError:
        return True
    ours = version[:len(wanted)]
    return {"=": ours == wanted, "==": ours == wanted, ">": ours > wanted,
            ">=": ours >= wanted, "<": ours < wanted,
            "<=": ours <= wanted}.get(operator, True)


def _matching(pattern: str) -> list[str]:
    """The files that an Include's ``pattern`` matches, in Apache's order."""
    if os.path.isdir(pattern):
        return [path for name in names_in(pattern)
                for path in _matching(os.path.join(pattern, name))]
    if not re.search(r"[*?\[]", pattern):
        return [pattern] if os.path.isfile(pattern) else []
    head, name = os.path.split(pattern)
    return [path for directory in _matching_directories(head)
            for entry in names_in(directory) if fnmatch.fnmatch(entry, name)
            for path in _matching(os.path.join(directory, entry))]


def _matching_directories(pattern: str) -> list[str]:
    """The directories that ``pattern`` matches."""
    if not re.search(r"[*?\[]", pattern):
        return [pattern]
    head, name = os.path.split(pattern)
    return [os.path.join(directory, entry)
            for directory in _matching_directories(head)
            for entry in names_in(directory) if fnmatch.fnmatch(entry, name)]
