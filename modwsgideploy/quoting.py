"""Quote values for Apache, Python, a shell, systemd, HTML and URLs.

`require_quotable` checks every value once, when a site is made; after that the
quoting functions cannot fail.
"""

from __future__ import annotations

import re

from modwsgideploy.errors import DeployError

# Text that needs no quotes in an Apache configuration.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,=~-]+\Z")


def require_quotable(value: str, source: str) -> str:
    """Return ``value`` if it can be quoted for every language here.

    Apache expands ``${NAME}`` even inside quotes and a line break ends its
    directive (https://httpd.apache.org/docs/2.4/configuring.html), so neither
    can be quoted.  ``source`` says where the value came from, for the error.

    Raises DeployError if it cannot.
    """
    if "${" in value:
        raise DeployError(
            f"{source}: {value!r} contains '${{', which Apache replaces even"
            " inside quotes; choose a value without it")
    if not value.isprintable():
        character = next(character for character in value
                         if not character.isprintable())
        raise DeployError(
            f"{source}: {value!r} contains the unprintable character"
            f" U+{ord(character):04X}; choose a value without it")
    return value


def apache(value: object) -> str:
    """Quote ``value`` as one argument of an Apache directive."""
    text = str(value)
    if _PLAIN.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def python(value: object) -> str:
    """Return ``value`` as a Python literal, the same in Python 2.7 and 3.

    A str is printable (see `require_quotable`), so its repr escapes only
    quotes and backslashes and means the same bytes in a UTF-8 file.
    """
    return repr(value)


def shell(value: object) -> str:
    """Quote ``value`` as one word of a POSIX shell."""
    text = str(value)
    if _PLAIN.match(text) and text[0] != "~":
        return text
    import shlex

    return shlex.quote(text)


def systemd(value: object) -> str:
    """Quote ``value`` as one word of a systemd unit.

    ``%`` would start a specifier (systemd.unit(5)), so it is doubled.
    """
    text = str(value)
    if _PLAIN.match(text):
        return text
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        text = text.replace(character, escaped)
    return f'"{text}"'


def html(value: object) -> str:
    """Quote ``value`` as HTML text or as an attribute."""
    import html as stdlib_html

    return stdlib_html.escape(str(value), quote=True)


def url(text: str) -> str:
    """Quote ``text``, a URL or its path, as a browser or curl expects it."""
    if re.match(r"[A-Za-z0-9_.:/-]*\Z", text):
        return text
    from urllib.parse import quote

    return quote(text, safe="/:=;@+$,!~*'()&[]")


def printable(text: str, kept: str = "\t\n") -> str:
    """Escape the control characters of ``text``, except those in ``kept``.

    A terminal would obey them.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in kept
        else f"\\x{ord(character):02x}" for character in text)


def paste_uri(path: str) -> str:
    """Return the ``config:`` URI with which PasteDeploy loads ``path``.

    PasteDeploy takes ``#`` for the start of a section's name and a backslash
    for a slash, and decodes ``%XX`` (paste.deploy.loadwsgi); all three are
    escaped.  ``path`` is absolute.
    """
    for character in "%#\\":
        path = path.replace(character, f"%{ord(character):02X}")
    return "config:" + path
