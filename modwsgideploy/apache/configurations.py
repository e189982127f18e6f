"""Tell which files are Apache's configuration, whoever wrote them."""

from __future__ import annotations

import os
import re

from modwsgideploy.system.files import names_in, text_or_empty

# The main file of a server's configuration, in a directory with all of it.
_MAIN = ("apache2.conf", "httpd.conf", "conf/httpd.conf")
_BIGGEST = 1 << 20
_SECTION_OF_INI = re.compile(r"^\s*\[[^\]]+\]\s*$", re.MULTILINE)
_OF_APACHE = re.compile(
    r"^\s*(?:<(?:If)?(?:VirtualHost|Directory|Location|Files|Module|Define"
    r"|Version|Macro)(?:Match)?\s[^>]*>"
    r"|(?:WSGI\w+|Server(?:Name|Root)|DocumentRoot|LoadModule|Listen"
    r"|Include(?:Optional)?|(?:Script)?Alias|AddHandler|SetHandler)\s+\S)",
    re.MULTILINE | re.IGNORECASE)
_RUNS_WSGI = re.compile(
    r"^\s*(?:WSGI(?:ScriptAlias|DaemonProcess|HandlerScript|ImportScript)"
    r"|(?:Add|Set)Handler\s.*wsgi-script)", re.MULTILINE | re.IGNORECASE)


def is_configuration(path: str) -> bool:
    """Whether the file ``path`` is Apache's configuration, or a part of it."""
    text = _text(path)
    return bool(_OF_APACHE.search(text)) and not _SECTION_OF_INI.search(text)


def runs_wsgi(path: str) -> bool:
    """Whether it is such a configuration, and has mod_wsgi run something."""
    return bool(_RUNS_WSGI.search(_text(path))) and is_configuration(path)


def main_file(directory: str) -> str:
    """The main file of a whole configuration in ``directory``; "" for none.
    """
    return next((path for name in _MAIN
                 for path in [os.path.join(directory, name)]
                 if os.path.isfile(path)), "")


def is_main_file(path: str) -> bool:
    """Whether ``path`` is the main file of a server's configuration."""
    return os.path.basename(path) in ("apache2.conf", "httpd.conf") and bool(
        re.search(r"^\s*(?:LoadModule|Include|IncludeOptional|ServerRoot)\s",
                  _text(path), re.MULTILINE | re.IGNORECASE))


def files_with_wsgi(directory: str) -> list[str]:
    """The files in ``directory`` that configure mod_wsgi."""
    paths = [os.path.join(directory, name) for name in names_in(directory)
             if not name.startswith(".")]
    return [path for path in paths if runs_wsgi(path)]


def _text(path: str) -> str:
    if not os.path.isfile(path) or os.path.getsize(path) > _BIGGEST:
        return ""
    return text_or_empty(path)
