"""Values in, text for Apache, Python, a shell or HTML out.

What cannot be quoted is refused: `refuse` is asked for every value once, when
a site is made, and the quoting functions then cannot fail.
"""

import re

from modwsgideploy.errors import DeployError

# These need no quotes in an Apache configuration; all else gets them.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,=~-]+\Z")


def refuse(value, source):
    """Return ``value`` (str) if each of our languages can hold it.

    Apache expands ``${NAME}`` even inside quotes and a line break ends its
    directive (https://httpd.apache.org/docs/2.4/configuring.html), so neither
    can be quoted.  ``source`` says where the value came from, for the error.

    Raises DeployError.
    """
    if "${" in value:
        raise DeployError(
            f"{source}: {value!r} contains '${{', which Apache replaces even"
            " inside quotes; choose a value without it")
    if not value.isprintable():
        character = next(one for one in value if not one.isprintable())
        raise DeployError(
            f"{source}: {value!r} contains the unprintable character"
            f" U+{ord(character):04X}; choose a value without it")
    return value


def apache(value):
    """``value`` as one argument of an Apache directive."""
    text = str(value)
    if _PLAIN.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def python(value):
    """``value`` as a Python literal, the same on Python 2.7 and 3.

    A str is printable (see `refuse`), so its repr holds no escapes but those
    of quotes and backslashes and, in a UTF-8 file, means the same bytes.
    """
    return repr(value)


def shell(value):
    """``value`` as one word of a POSIX shell."""
    text = str(value)
    if _PLAIN.match(text) and text[0] != "~":
        return text
    import shlex

    return shlex.quote(text)


def systemd(value):
    """``value`` as one word of a systemd unit.

    ``%`` starts a specifier there (systemd.unit(5)).
    """
    text = str(value)
    if _PLAIN.match(text):
        return text
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        text = text.replace(character, escaped)
    return f'"{text}"'


def html(value):
    """``value`` as HTML text or attribute."""
    import html as stdlib_html

    return stdlib_html.escape(str(value), quote=True)


def url(text):
    """``text``, a URL or its path, as a browser or curl takes it."""
    if re.match(r"[A-Za-z0-9_.:/-]*\Z", text):
        return text
    from urllib.parse import quote

    return quote(text, safe="/:=;@+$,!~*'()&[]")


def printable(text, kept="\t\n"):
    """``text`` with all that a terminal would obey escaped, but ``kept``."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in kept
        else f"\\x{ord(character):02x}" for character in text)


def paste_uri(path):
    """The ``config:`` URI by which PasteDeploy loads the absolute ``path``.

    It takes ``#`` for the start of a section's name, a backslash for a slash
    and decodes ``%XX`` (paste.deploy.loadwsgi), so all three are escaped.
    """
    for character in "%#\\":
        path = path.replace(character, f"%{ord(character):02X}")
    return "config:" + path
