"""Read what mod_md has of the certificates that it gets: its domains, in
Apache's configuration, and its store.

What is in the store, and how a job goes on, is as seen with 2.6.10.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from modwsgideploy.apache.certificates import is_refused_for, not_after
from modwsgideploy.apache.host import Host
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import names_in, text_or_empty
from modwsgideploy.system.identity import acting_as, owner_on_the_way

_SECTION = re.compile(r"(?ms)^[ \t]*<MDomainSet[ \t]+(?P<names>[^>\n]+)>[ \t]*"
                      r"\n(?P<body>.*?)^[ \t]*</MDomainSet>[ \t]*\n?")
_AUTHORITY = re.compile(r'(?m)^[ \t]*MDCertificateAuthority[ \t]+"?([^"\s]+)')
# Red Hat has the store with the rest of what Apache keeps.
_STORES = ("md", "/var/lib/httpd/md")
# What it makes of the results of curl, by curl_status in md_curl.c: the second
# is APR_EGENERAL, which it says of most.
_REACHED = {
    errno.ECONNREFUSED: "nobody answers there, or its name is not known",
    20014: "perhaps it has a certificate that is not known here; --acme-ca"
           " names a file with those that are"}


class ManagedDomain(NamedTuple):
    """A domain whose certificate mod_md gets, as a generated file has it."""

    names: tuple[str, ...]     # the first is that of its files
    text: str                  # the whole section
    authority: str             # the URL of its directory, or ""

    @property
    def name(self) -> str:
        """How mod_md calls it."""
        return self.names[0]


class Job(NamedTuple):
    """How far mod_md is with the certificate of one domain."""

    finished: bool = False
    errors: int = 0
    detail: str = ""       # what it does, or what was wrong
    state: tuple[int, int] = (0, 0)    # another one when the job is written

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt has."""
        return self.errors > 0 and not self.finished


def managed_in(text: str) -> list[ManagedDomain]:
    """List the domains that a configuration of ours has mod_md manage."""
    found = []
    for match in _SECTION.finditer(text):
        authority = _AUTHORITY.search(match["body"])
        found.append(ManagedDomain(
            tuple(match["names"].split()), match[0],
            authority[1] if authority else ""))
    return found


def with_section(text: str, domain: ManagedDomain) -> str:
    """Return ``text`` with the section of ``domain`` in place of those for
    any of its names."""
    def section(match: re.Match[str]) -> str:
        return domain.text if {*match["names"].split()} & {
            *domain.names} else match[0]

    return _SECTION.sub(section, text)


class Store:
    """The store of the mod_md of one Apache."""

    def __init__(self, host: Host) -> None:
        names = [host.value_of("MDStoreDir")] if host.value_of(
            "MDStoreDir") else _STORES
        self.directories = [os.path.join(host.root, name) for name in names]

    def certificate(self, name: str) -> str:
        """Name the file of the certificate of a domain that Apache uses; ""
        where there is none, or this user may not see it."""
        for directory in self.directories:
            there = f"{directory}/domains/{name}"
            for each in names_in(there):
                if re.fullmatch(r"pubcert(\.\w+)?\.pem", each):
                    return f"{there}/{each}"
        return ""

    def hides(self, domain: ManagedDomain) -> bool:
        """Whether this user may not see the certificate of ``domain``."""
        return any(os.path.isdir(directory) and not os.access(
            f"{directory}/domains", os.R_OK | os.X_OK)
            for directory in self.directories) and not (
                self.certificate(domain.name))

    def lacks(self, domain: ManagedDomain) -> bool:
        """Whether ``domain`` has no certificate that does for all its
        names, of its authority."""
        path = self.certificate(domain.name)
        ends = not_after(path) if path else None
        return not path or (ends is not None and ends < time.time()) or any(
            is_refused_for(path, name) for name in domain.names) or bool(
                domain.authority
                and domain.authority not in self._authorities(domain.name))

    def _authorities(self, name: str) -> list[str]:
        """List the authorities of which the domain ``name`` was to be."""
        for directory in self.directories:
            authority = _document(f"{directory}/domains/{name}/md.json").get(
                "ca", {})
            if isinstance(authority, dict) and authority:
                urls = authority.get("urls", [authority.get("url")])
                return [str(url) for url in urls or ()]
        return []

    def job(self, name: str) -> Job:
        """Return how far mod_md is with a new certificate for ``name``."""
        for directory in self.directories:
            path = f"{directory}/staging/{name}/job.json"
            document = _document(path)
            if document:
                last = document.get("last", {})
                status = os.lstat(path)
                return Job(document.get("finished") is True,
                           int(document.get("errors", 0)), _detail(last),
                           (status.st_ino, status.st_mtime_ns))
        return Job()

    def staged(self, name: str) -> str:
        """Name the directory of what Apache is to use from its next reload
        on; "" where there is none."""
        return next((f"{directory}/staging/{name}"
                     for directory in self.directories
                     if os.path.isdir(f"{directory}/staging/{name}")), "")

    def forget_failure(self, name: str) -> None:
        """Have mod_md try at once when Apache reads its configuration next,
        and not wait because an attempt for ``name`` has failed.

        It would go on with the same order of the same authority; the account
        there stays.
        """
        if not self.job(name).has_failed:
            return
        for directory in self.directories:
            for each in ("order.json", "md.json", "job.json"):
                path = f"{directory}/staging/{name}/{each}"
                with suppress(OSError, DeployError), acting_as(
                        owner_on_the_way(path)):
                    os.unlink(path)


def _document(path: str) -> dict[str, Any]:
    """Return the JSON object in a file, which may be half written; {} where
    there is none."""
    import json

    try:
        found = json.loads(text_or_empty(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _detail(last: Mapping[str, Any]) -> str:
    """Say what the last step of a job was, or what was wrong with it."""
    words = str(last.get("detail") or last.get("activity") or "")
    described = str(last.get("status-description") or "")
    # What follows is advice.
    words = words.split(". ")[0]
    if not words.startswith("Unsuccessful in contacting"):
        return words     # of others the status says nothing
    why = _REACHED.get(last.get("status", 0), described)
    return f"{words} ({why})" if why else words
