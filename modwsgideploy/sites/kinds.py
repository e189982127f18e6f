"""Turn the text of an option into its value, by the kind of the option.

The function of a kind raises ValueError, which says what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from modwsgideploy.errors import DeployError


def _path(text: str) -> str:
    if not text.startswith("/"):
        import os.path

        # the server's paths may be other ones, so it is for the user to say
        raise ValueError("an absolute path, such as " + (
            os.path.abspath(text) if text and os.path.exists(text)
            else "/srv/" + (text or "app")))
    return _relative_path(text)


def _relative_path(text: str) -> str:
    import os.path

    if not text:
        raise ValueError("a path")
    for character in "*?[]":
        if character in text:
            raise ValueError(
                f"a path without {character!r}, which Apache takes for a"
                " wildcard")
    return os.path.normpath(text)


def _here_path(text: str) -> str:
    import os.path

    return _relative_path(text and os.path.abspath(text))


def _requirement(text: str) -> tuple[str, str]:
    url, path = _split_requirement(text)
    return url and _mount_point(url), _path(path)


def _split_requirement(text: str) -> tuple[str, str]:
    """Split "[/PATH=]FILE" into PATH, "" for none, and FILE."""
    url, equals, path = text.partition("=")
    return (url, path) if equals and url.startswith("/") else ("", text)


def located(kind: str, text: str, directory: str) -> str:
    """Return ``text`` with a path that starts from ``directory``, if it is of
    a kind whose paths do; "" stays."""
    import os.path

    if not text or kind not in HERE_KINDS:
        return text
    url, path = (_split_requirement(text) if kind == "requirement"
                 else ("", text))
    path = path and os.path.normpath(os.path.join(directory, path))
    return f"{url}={path}" if url else path


def _path_in(text: str) -> str:
    """Say what ``text``, which may be a URL, would be as a path."""
    found = re.match(r"(?:\w+://[^/]*/?)?(.*)\Z", text, re.DOTALL)
    return f", such as /{found[1]}" if found else ""


def _mount_point(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError(f"a URL path that starts with /{_path_in(text)}")
    if "//" in text or "/../" in text + "/" or "/./" in text + "/":
        raise ValueError("a URL path without //, /. and /..")
    for character in "*?[]#":
        if character in text:
            raise ValueError(f"a URL path without {character!r}")
    # Apache matches /myapp/ against itself alone and answers 404 to /myapp.
    return text.rstrip("/") or "/"


# Apache answers 400 to a host whose last label begins with a digit, unless it
# is an IPv4 address or the only one.
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = (rf"(?:{_LABEL}\.)*(?![0-9]){_LABEL}\Z"
         rf"|(?![0-9]+\Z){_LABEL}\Z")
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}\Z"


def _host(text: str) -> str:
    if ":" in text.strip("[]").partition("]")[0] and "/" not in text:
        raise ValueError(
            "a host name, or an IPv4 address, without a port: Apache's"
            " ServerName takes no IPv6 address; a site without --server-name"
            " answers at every address")
    try:
        name = text.encode("idna").decode("ascii") if text else ""
    except UnicodeError:
        name = ""
    # Apache drops the dot at the end of what a browser asks for.
    name = name[:-1] if name.endswith(".") else name
    if len(name) > 253 or not re.match(f"{_HOST}|{_IPV4}", name):
        raise ValueError("a host name without scheme, port or path, such as"
                         " www.example.com")
    return name.lower()


def _host_pattern(text: str) -> str:
    if re.match(r"[A-Za-z0-9_.*?-]+\Z", text) and ("*" in text or "?" in text):
        return text.rstrip(".").lower()
    return _host(text)


def _port(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= 65535:
        raise ValueError("a port from 1 to 65535")
    return number


def _number(text: str, least: int = 0) -> int:
    if not re.match(r"[0-9]{1,18}\Z", text) or int(text) < least:
        raise ValueError(f"a whole number from {least}")
    return int(text)


def _buffer(text: str) -> int:
    number = _number(text)
    if 0 < number < 8192:
        raise ValueError("a whole number from 8192, or 0 for the usual one")
    return number


def _count(text: str) -> int:
    return _number(text, 1)


def _seconds(text: str) -> int:
    try:
        return _number(text)
    except ValueError:
        raise ValueError("a whole number of seconds") from None


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("1", "yes", "true", "on", "y", "t"):
        return True
    if lowered in ("0", "no", "false", "off", "n", "f"):
        return False
    raise ValueError("yes or no")


def _socket(text: str) -> str:
    port = text[len("127.0.0.1:"):] if text.startswith("127.0.0.1:") else text
    if port.isdigit():
        return str(_port(port))
    # That of the kernel's sockaddr_un, with the byte that ends it.
    if len(text.encode()) > 107:
        raise ValueError("a path of at most 107 bytes")
    if " " in text or "|" in text:
        raise ValueError("a path without spaces and '|', or a port")
    return _path(text)


def _name(text: str) -> str:
    if not re.match(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z", text):
        raise ValueError("letters, digits, '.', '_' and '-', starting with a"
                         " letter or digit")
    if text.lower().endswith(".conf"):
        # Written into a directory that Apache reads, it would be in force.
        raise ValueError("a name that does not end in .conf, which Apache"
                         " would read as configuration wherever it is written")
    return text


def _account(text: str) -> str:
    if not re.match(r"(?:[A-Za-z_][A-Za-z0-9_.-]*\$?|#[0-9]+)\Z", text):
        raise ValueError("a user or group name, or #NUMBER")
    return text


def _user(text: str) -> str:
    if re.match(r"(?:root|#0+)\Z", _account(text)):
        raise ValueError("a user who is not root, as whom Apache would refuse"
                         " to start the processes")
    return text


def _group(text: str) -> str:
    if re.match(r"(?:root|#0+)\Z", _account(text)):
        raise ValueError("a group that is not root's, whose files the"
                         " application could read")
    return text


def _umask(text: str) -> str:
    if not re.match(r"0?[0-7]{3}\Z", text):
        raise ValueError("an octal mask such as 0027")
    return text.zfill(4)


def _locale(text: str) -> str:
    if not re.match(r"[A-Za-z0-9_.@-]*\Z", text):
        raise ValueError("a locale such as C.UTF-8")
    return text


def _text(text: str) -> str:
    if not text:
        raise ValueError("some text")
    return text


# A dotted name, and the call of a factory, whose arguments are literals.
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_APPLICATION = re.compile(
    rf"(?:{_NAME}:{_NAME}(?P<call>\(.*\))?"
    rf"|(?P<file>[^:]*(?:/[^:/]+|\.py|\.wsgi))"
    rf"(?::{_NAME}(?P<file_call>\(.*\))?)?)\Z")


def _application(text: str) -> str:
    match = _APPLICATION.match(text)
    call = match and (match["call"] or match["file_call"])
    if not match or call and not _is_literal(call):
        raise ValueError(
            "MODULE:CALLABLE, such as mysite.wsgi:application,"
            " MODULE:FACTORY(), or the path of a script, such as app.wsgi")
    return text


def _is_literal(call: str) -> bool:
    """Whether "(arguments)" are literals, which mean the same anywhere."""
    import ast

    try:
        node = ast.parse(f"f{call}", mode="eval").body
        values = [*node.args, *(one.value for one in node.keywords)
                  ] if isinstance(node, ast.Call) else []
        for value in values:
            ast.literal_eval(value)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not re.match(r"[A-Za-z_][A-Za-z0-9_]*\Z", name):
        raise ValueError("NAME=VALUE")
    return name, value


def _global_conf(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not re.match(r"[A-Za-z_][\w.-]*\Z", name) or (
            name in ("here", "__file__")):
        raise ValueError("NAME=VALUE, where NAME is that of a setting, and"
                         " neither here nor __file__")
    if "%" in value:
        raise ValueError("a value without %, which PasteDeploy would take for"
                         " the start of another one's name")
    return name, value


def _mapping(text: str) -> tuple[str, str]:
    url, equals, directory = text.partition("=")
    if not equals:
        raise ValueError("URL=DIR, such as /static=/srv/app/static")
    url = _mount_point(url)
    if url == "/":
        raise ValueError("a URL below the mount point; / is the application")
    return url, _path(directory)


def _error_page(text: str) -> tuple[int, str]:
    code, _, path = text.partition("=")
    if not re.match(r"[45][0-9]{2}\Z", code) or not path:
        raise ValueError("CODE=FILE, such as 503=/srv/app/503.html")
    return int(code), _path(path)


def _address(text: str) -> str:
    import ipaddress

    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("an IP address or network, such as 10.0.0.0/8"
                         ) from None
    return text


def _version(text: str) -> str:
    if not re.match(r"[0-9]+(\.[0-9]+){0,2}\Z", text):
        raise ValueError("a version such as 4.9")
    return text


_READ_TIMEOUT = (
    r"(?:0|(?:handshake|header|body)=\d+(?:-\d+)?(?:,MinRate=\d+)?"
    r"(?: (?:handshake|header|body)=\d+(?:-\d+)?(?:,MinRate=\d+)?)*)\Z")


def _read_timeout(text: str) -> str:
    if not re.match(_READ_TIMEOUT, text, re.IGNORECASE):
        raise ValueError("RequestReadTimeout's arguments, such as"
                         " 'header=15-30,MinRate=500'")
    return "" if text == "0" else text


def _log_format(text: str) -> str:
    # Each % of it as Apache's parse_log_item takes it.
    if text not in ("combined", "vhost", "json") and not re.fullmatch(
            r"[^%]*(?:%(?:[!<>,\d]|\{[^}]*\})*(?:\^\w\w|[A-Za-z%])[^%]*)+",
            text):
        raise ValueError("combined, vhost, json, or a format such as"
                         " '%h %t \"%r\" %>s %D'")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text or "(")
    except re.error as error:
        raise ValueError("a regular expression, such as"
                         rf" '-[0-9a-f]{{8}}\.' ({error})") from None
    return text


def _email(text: str) -> str:
    if not re.match(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"'.]+\Z", text):
        raise ValueError("an e-mail address, such as admin@example.com")
    return text


def _acme_url(text: str) -> str:
    if not re.match(r"https://[\w.-]+(?::\d+)?/[\w./~%?=&+-]*\Z", text,
                    re.ASCII):
        raise ValueError("the URL of an ACME directory, such as"
                         " https://acme.example.com/directory")
    return text


def _check_code(text: str) -> str:
    from modwsgideploy.catalog.checks import CODES

    if text.upper() not in CODES:
        raise ValueError("the code of a check, as modwsgideploy check --list"
                         " prints them")
    return text.upper()


def _request_path(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError(f"a path that starts with /{_path_in(text)}")
    return text


def _page(text: str) -> str:
    if not text.lower().endswith((".html", ".htm")):
        raise ValueError("an HTML file, such as down.html")
    return text


# Their paths start from the current directory, or that of a manifest.
HERE_KINDS = ("here_path", "requirement")
KINDS: dict[str, Callable[[str], Any]] = {
    "path": _path,
    "relative_path": _relative_path,
    "here_path": _here_path,
    "mount_point": _mount_point,
    "host": _host,
    "host_pattern": _host_pattern,
    "port": _port,
    "number": _number,
    "buffer": _buffer,
    "count": _count,
    "seconds": _seconds,
    "flag": _flag,
    "socket": _socket,
    "name": _name,
    "user": _user,
    "group": _group,
    "umask": _umask,
    "locale": _locale,
    "text": _text,
    "words": str,     # or none
    "application": _application,
    "variable": _variable,
    "global_conf": _global_conf,
    "mapping": _mapping,
    "requirement": _requirement,
    "error_page": _error_page,
    "address": _address,
    "version": _version,
    "email": _email,
    "acme_url": _acme_url,
    "read_timeout": _read_timeout,
    "log_format": _log_format,
    "pattern": _pattern,
    "check_code": _check_code,
    "request_path": _request_path,
    "page": _page,
}


def convert(kind: str, text: str, source: str,
            choices: tuple[str, ...] = ()) -> Any:
    """Return the value of ``text``, which is of that ``kind``.

    Raises DeployError, which says where it was given (``source``).
    """
    if kind == "choice":
        if text in choices:
            return text
        expected = "one of " + ", ".join(choices)
    else:
        try:
            return KINDS[kind](text)
        except ValueError as error:
            expected = str(error)
    raise DeployError(f"{source}: {text!r} is not valid; give {expected}")
