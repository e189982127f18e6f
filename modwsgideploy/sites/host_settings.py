"""Give all sites of a host what belongs to the host and is said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modwsgideploy.errors import Collector
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.site_entry import SiteEntry

# The options that describe a host, and not one of its applications.
OF_HOST = ("server-alias", "port", "certificate", "certificate-key", "hsts",
           "request-read-timeout", "content-type-options", "frame-options",
           "referrer-policy", "access-log", "access-log-format",
           "canonical", "http2", "https", "redirect", "acme-agree",
           "acme-contact", "acme-directory", "acme-ca", "acme-key")
_FROM_DEFAULT = " [DEFAULT] "


def share(entries: Sequence[SiteEntry],
          hosts: Mapping[str, Mapping[str, Setting]], collect: Collector
          ) -> list[SiteEntry]:
    """Return ``entries``, each with what is said of its host.

    ``hosts`` are the settings of the sections [host:NAME] by server name.
    Whatever belongs to a host and only one of its sites says is said for all
    of them that are on the same machine of a fleet.  ``collect`` takes what
    does not go together.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for number, entry in enumerate(entries):
        name = _text(entry, "server-name").lower()
        if name:
            port = hosts.get(name, {}).get("port")
            groups.setdefault(
                (name, _text(entry, "port") or (port.text if port else "")),
                []).append(number)
    for name, settings in hosts.items():
        if not any(name == each for each, _ in groups):
            collect.add(f"{settings['server-name'].source}: no site has"
                        f" server-name = {name}")
    shared = list(entries)
    for name, numbers in [(name, part) for (name, _), group in groups.items()
                          for part in _together(entries, group)]:
        if len(numbers) > 1 or name in hosts:
            said = _said([entries[number] for number in numbers],
                         hosts.get(name, {}), collect)
            for number in numbers:
                entry = entries[number]
                shared[number] = entry._replace(
                    settings={**entry.settings, **said})
    return shared


def _together(entries: Sequence[SiteEntry], numbers: Sequence[int]
              ) -> list[list[int]]:
    """Return the parts of ``numbers`` that have no machine in common."""
    parts: list[tuple[set[str], list[int]]] = []
    for number in numbers:
        machines, part = set(entries[number].hosts or ("",)), [number]
        for each in [each for each in parts if each[0] & machines]:
            parts.remove(each)
            machines |= each[0]
            part = [*each[1], *part]
        parts.append((machines, part))
    return [part for _, part in parts]


def _text(entry: SiteEntry, key: str) -> str:
    setting = entry.settings.get(key)
    return setting.text if setting else ""


def _said(entries: Sequence[SiteEntry], host: Mapping[str, Setting],
          collect: Collector) -> dict[str, Setting]:
    """Return what is said of the host of ``entries``."""
    said = {key: setting for key, setting in host.items() if key in OF_HOST}
    for entry in entries:
        for key in OF_HOST:
            setting = entry.settings.get(key)
            if setting is None or _FROM_DEFAULT in setting.source:
                continue
            first = said.setdefault(key, setting)
            if first.value != setting.value:
                name = _text(entry, "server-name")
                collect.add(
                    f"{setting.source}: belongs to the host {name}, and is"
                    f" not as {first.source} has it; say it once, in"
                    f" [host:{name}] or for one of its sites")
    return said
