"""Read what the systemd unit of a site's application server says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modwsgideploy.model.site import Site
from modwsgideploy.system.files import names_in, text_or_empty

_SETTING = re.compile(r"(?m)^(?P<name>[A-Z]\w+)[ \t]*=[ \t]*(?P<value>.*?)"
                      r"[ \t]*$")

_OPTIONS = (("User", "user"), ("Group", "group"), ("UMask", "umask"))


def read_unit(site: Site, texts: Mapping[str, str]) -> dict[str, str]:
    """The settings of the unit of ``site``, {} without one.

    ``texts`` are its files by their paths.  What an administrator has put
    beside the installed unit comes last, as it does for systemd.
    """
    name = f"{site.name}.service"
    beside = f"{site.platform.units}/{name}.d"
    text = texts.get(f"{site.output_dir}/{name}", "")
    for each in sorted(names_in(beside)) if text else ():
        if each.endswith(".conf"):
            text += "\n" + text_or_empty(f"{beside}/{each}")
    return {match["name"]: _plain(match["value"])
            for match in _SETTING.finditer(text)}


def process_options(site: Site, texts: Mapping[str, str]) -> dict[str, str]:
    """The same settings by the names that WSGIDaemonProcess has for them."""
    unit = read_unit(site, texts)
    found = {option: unit[name] for name, option in _OPTIONS if name in unit}
    # A number is #1000 for Apache.
    return {**({"home": site.home} if unit else {}), **{
        name: "#" + value if name != "umask" and value.isdigit() else value
        for name, value in found.items()}}


def _plain(value: str) -> str:
    """A value without the quoting that quoting.systemd gives one word."""
    if value[:1] == '"' and value[-1:] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.replace("%%", "%")
