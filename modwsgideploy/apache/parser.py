"""Apache configuration in; its directives, and where each stands, out.

It reads files as Apache does (https://httpd.apache.org/docs/2.4/
configuring.html), and what ``httpd -t -D DUMP_CONFIG`` prints.
"""

import fnmatch
import os
import re
from functools import cached_property
from typing import NamedTuple, Tuple

# As deep as any sane configuration includes; Apache itself stops at 128.
_DEEPEST = 16
# A word in quotes, NAME=VALUE with either quoted or bare value, or a word.
_QUOTED = r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' """
_OPTION = re.compile(
    rf"{_QUOTED}|(?P<name>[^\s=\"']+)=(?P<value>{_QUOTED}|\S*)|\S+", re.X)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
# Sections that are there or not when Apache reads them.
_CONDITIONS = ("ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective",
               "ifsection")


class Directive(NamedTuple):
    """One directive, or the beginning of a section."""

    name: str                     # as written, "<VirtualHost" without "<"
    arguments: Tuple[str, ...]    # without their quotes
    path: str
    line: int                     # where it begins
    last: int                     # and ends
    inside: tuple = ()            # of Directive: the sections around it
    text: str = ""                # what follows the name, as written

    @property
    def key(self):
        """The name as Apache compares it."""
        return self.name.lower()

    @property
    def where(self):
        """The place, as compilers tell it."""
        return f"{self.path}:{self.line}"

    @property
    def place(self):
        """The same, and apart from others that one macro makes there."""
        return self.path, self.line, self.text

    @property
    def options(self):
        """What mod_wsgi takes for ``name=value`` in it, as a dict."""
        return {match["name"]: _unquoted(match["value"])
                for match in _OPTION.finditer(self.text) if match["name"]}

    @property
    def written(self):
        """Its words as they stand in the file, quotes and all (list)."""
        return [match[0] for match in _OPTION.finditer(self.text)]

    def section(self, name):
        """The innermost section ``name`` around it; None without one."""
        for section in reversed(self.inside):
            if section.key == name.lower():
                return section
        return None

    def __str__(self):
        return f"{self.name} {self.text}".rstrip()


class Directives(list):
    """Directives in their order, of which many are asked for by name."""

    @cached_property
    def by_key(self):
        """A dict of key to the list of those that are called so."""
        found = {}
        for directive in self:
            found.setdefault(directive.key, []).append(directive)
        return found

    def of(self, *names):
        """Those called one of ``names``, in their order (list)."""
        keys = [name.lower() for name in names]
        if len(keys) == 1:
            return self.by_key.get(keys[0], [])
        return [directive for directive in self if directive.key in keys]

    @cached_property
    def host_names(self):
        """The names of each VirtualHost, ServerName first.

        A dict of the place of its section to a list.
        """
        names = {}
        for directive in [*self.of("ServerName"), *self.of("ServerAlias")]:
            host = directive.section("VirtualHost")
            if host:
                alias = directive.key == "serveralias"
                names.setdefault(host.place, []).extend(
                    word.lower() if alias else host_name(word)
                    for word in directive.arguments[:None if alias else 1])
        return names

    @cached_property
    def addressed(self):
        """(section, argument, port) of each VirtualHost that is for
        an address at which visitors come (list)."""
        return [(each, word, port) for each in self.of("VirtualHost")
                for word in each.arguments
                for host, port in [split_address(word)]
                if host not in ("*", "localhost", "[::1]")
                and not host.startswith("127.")]


def split_address(text):
    """The (address, port) of an argument of VirtualHost; "*" for any."""
    host, port = re.fullmatch(r"(.*?)(?::(\d+|\*))?", text.lower()).groups()
    return "*" if host == "_default_" else host, port or "*"


def host_name(word):
    """The host in an argument of ServerName, which may have more."""
    return re.sub(r"\A\w+://|:\d+\Z", "", word).lower()


class ParseContext(NamedTuple):
    """What decides over conditions, paths and variables.

    Where ``modules`` is None, not knowing them, what is for a module counts
    and what is for its absence does not.
    """

    modules: object = None        # of str: "ssl" for mod_ssl
    defines: Tuple[str, ...] = ()
    variables: Tuple[Tuple[str, str], ...] = ()
    version: Tuple[int, ...] = (2, 4)
    root: str = "/"               # ServerRoot


def words(text):
    """The arguments in ``text``, as Apache's ap_getword_conf splits them."""
    found, rest = [], text.strip()
    while rest:
        quote = rest[0] if rest[0] in "\"'" else ""
        if quote:
            match = re.match(rf"{quote}((?:\\.|[^\\{quote}])*){quote}?", rest)
            found.append(re.sub(rf"\\([\\{quote}])", r"\1", match[1]))
        else:
            match = re.match(r"\S+", rest)
            found.append(match[0])
        rest = rest[match.end():].lstrip()
    return tuple(found)


def _unquoted(text):
    """The one word ``text`` without its quotes; "" for none."""
    return next(iter(words(text)), "")


def read(path, known=None):
    """The Directives (list) of the file ``path`` and of all it includes.

    What cannot be read has none.
    """
    reader = _Reader(known or ParseContext())
    reader.include(path)
    return reader.found


def parse(text, path, known=None, directory=""):
    """The Directives (list) of ``text``, which stands in the file ``path``.

    That may be the .htaccess file of a ``directory``.
    """
    reader = _Reader(known or ParseContext())
    if directory:
        reader.sections.append(Directive(
            "Directory", (directory,), path, 0, 0, (), directory))
    reader.take(text, path)
    return reader.found


def parse_dump(text):
    """The Directives of what ``httpd -t -D DUMP_CONFIG`` printed.

    Httpd has followed and filled in everything already; it tells the line on
    which a directive ends.
    """
    found, sections, path, line, used = [], [], "", 0, []
    for raw in text.splitlines():
        stripped = raw.strip()
        place = re.match(r"# In file: (.*)|#\s*(\d+):$", stripped)
        if place and place[1]:
            path = place[1]
            # What a macro has is told as of the line that uses it.
            used = re.findall(r' used on line (\d+) of "(/[^"]*)"', path)
            if used:
                path = used[-1][1]
        elif place:
            line = int(used[-1][0]) if used else int(place[2])
        elif stripped.startswith("</"):
            del sections[-1:]
        elif stripped:
            directive = _directive(stripped, path, line, line, sections)
            found.append(directive)
            if stripped.startswith("<"):
                sections.append(directive)
    return found


def _directive(text, path, line, last, sections):
    """The Directive that ``text``, one logical line, is."""
    if text.startswith("<"):
        text = text[1:].rstrip()
        text = text[:-1] if text.endswith(">") else text
    name, text = (*text.split(None, 1), "", "")[:2]
    return Directive(name, words(text), path, line, last, tuple(sections),
                     text)


def logical_lines(text):
    """(text, first, last) of each line, those that end in \\ joined."""
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

    def __init__(self, known):
        self.known = known
        self.modules = None if known.modules is None else set(known.modules)
        self.defines = set(known.defines)
        self.variables = dict(known.variables)
        self.root = known.root
        self.found = []
        self.open_files = []
        self.sections = []

    def include(self, pattern):
        """Read every file that ``pattern`` means; of a directory, all."""
        for path in _matching(os.path.join(self.root, pattern)):
            if len(self.open_files) < _DEEPEST:
                try:
                    with open(path, encoding="utf-8",
                              errors="surrogateescape") as stream:
                        text = stream.read()
                except OSError:
                    continue
                self.take(text, path)

    def take(self, text, path):
        """Read ``text`` as that of the file ``path``."""
        self.open_files.append(path)
        conditions = []      # of (name, whether it holds)
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

    def _take(self, directive, line):
        """One directive that counts."""
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

    def _holds(self, directive):
        """Whether the condition ``directive`` holds."""
        arguments = list(directive.arguments) or [""]
        wanted = True
        if arguments[0].startswith("!"):
            wanted, arguments[0] = False, arguments[0][1:]
        subject = arguments[0]
        if directive.key == "ifmodule":
            has = self.modules is None or module_name(subject) in self.modules
        elif directive.key == "ifdefine":
            has = subject in self.defines
        elif directive.key == "ifversion":
            has = _version_holds(self.known.version, arguments)
        elif directive.key == "iffile":
            has = os.path.exists(os.path.join(self.root, subject))
        else:
            has = True
        return has == wanted


def module_name(text):
    """``mod_ssl.c`` or ``ssl_module`` as "ssl"."""
    match = re.match(r"mod_(\w+)\.c\Z|(\w+)_module\Z", text)
    return (match[1] or match[2]) if match else text


def _version_holds(version, arguments):
    """Whether IfVersion's ``arguments`` hold: [">=", "2.4"] or ["2.4"]."""
    operator, text = ("=", *arguments)[-2:]
    try:
        wanted = tuple(int(part) for part in text.split("."))
    except ValueError:
        return True
    ours = tuple(version[:len(wanted)])
    return {"=": ours == wanted, "==": ours == wanted, ">": ours > wanted,
            ">=": ours >= wanted, "<": ours < wanted,
            "<=": ours <= wanted}.get(operator, True)


def _matching(pattern):
    """The files that an Include's ``pattern`` means, in Apache's order."""
    if os.path.isdir(pattern):
        return [path for name in sorted(os.listdir(pattern))
                for path in _matching(os.path.join(pattern, name))]
    if not re.search(r"[*?\[]", pattern):
        return [pattern] if os.path.isfile(pattern) else []
    head, name = os.path.split(pattern)
    return [path for directory in _matching_directories(head)
            for entry in _listed(directory) if fnmatch.fnmatch(entry, name)
            for path in _matching(os.path.join(directory, entry))]


def _matching_directories(pattern):
    """The directories that ``pattern`` means."""
    if not re.search(r"[*?\[]", pattern):
        return [pattern]
    head, name = os.path.split(pattern)
    return [os.path.join(directory, entry)
            for directory in _matching_directories(head)
            for entry in _listed(directory) if fnmatch.fnmatch(entry, name)]


def _listed(directory):
    """The sorted names in ``directory``; none where it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
