"""Cut the configuration of a site into what is its host's and what is not.

A generated file is whole: the processes of the application, and a VirtualHost
with the application in it.  Where several applications share a host, each has
its processes in a file of its own, and what mounts it in another, which the
VirtualHost includes.
"""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from modwsgideploy.quoting import apache

# The comment before what mounts an application, which is all that follows in
# the VirtualHost.
BEGINS = "# The application {} at {}, up to the end of the host:"
# The first line of a file that mounts one in the host of others.
MOUNTED = "# The application {} at {} in the host {}"
_URLS = re.compile(r"(?m)^[ \t]*# The application \S+ at (/.*?)"
                   r"(?: in the host \S+|, up to the end of the host:)$")
_APPLICATION = re.compile(
    r"(?ms)^[ \t]*" + BEGINS.format(r"(?P<name>\S+)", r"(?P<url>[^\n]+)")
    + r"[ \t]*\n(?P<mount>.*?)(?=^</VirtualHost>)")
# A VirtualHost, or what mod_md is told of the certificate of one.
_HOST = re.compile(r"(?ms)^(?:#[^\n]*\n)*(?:<VirtualHost\b.*?^</VirtualHost>"
                   r"|<MDomainSet\b.*?^</MDomainSet>)\n?")
_DOCUMENTS = re.compile(r"(?mi)^[ \t]*DocumentRoot[ \t]+(.+)\n")
_OUTER = """\
    # Apache itself looks each path up there, for PATH_TRANSLATED.
    <Directory {}>
        Require expr "%{{IS_SUBREQ}} == 'true'"
    </Directory>
"""


class Parts(NamedTuple):
    """The parts of a site's configuration, each a text of its own."""

    name: str
    url: str         # where it is mounted
    processes: str   # what is outside of its host
    mount: str       # inside: what mounts the application
    host: str        # the VirtualHosts without that


def cut(text: str) -> Parts | None:
    """Cut the configuration ``text`` of a site into Parts.

    Returns None where it does not say where the application begins: it is in
    no VirtualHost, an earlier version wrote it, or somebody has deleted that.
    """
    found = [*_APPLICATION.finditer(text)]
    if len(found) != 1:
        return None
    processes = re.sub(r"\n{3,}", "\n\n", _HOST.sub("", text)).rstrip("\n")
    hosts = "\n".join(match.rstrip("\n") + "\n"
                      for match in _HOST.findall(text))
    return Parts(found[0]["name"], found[0]["url"], processes + "\n",
                 textwrap.dedent(found[0]["mount"]), _alone(hosts))


def _alone(hosts: str) -> str:
    """Return VirtualHosts without their application.

    What its script's directory grants to Apache stays.
    """
    def granted(match: re.Match[str]) -> str:
        return match[0] + _OUTER.format(match[1].strip())

    bare = re.sub(r"\n+(?=</VirtualHost>)", "\n", _APPLICATION.sub("", hosts))
    return _DOCUMENTS.sub(granted, bare)


def mounting(cut: Parts) -> str:
    """Return what mounts an application beside others of its host.

    Apache asks mod_proxy and mod_alias before mod_wsgi.  So that the longest
    path wins whichever of them an application needs, ours has it from all.
    """
    words = r"[ \t]+(?P<url>\"(?:\\.|[^\"\\])*\"|\S+)[ \t]+"
    if cut.url == "/" or re.search(
            rf"(?m)^ProxyPass{words}(?!!)", cut.mount):
        return cut.mount
    scripts = re.findall(
        rf"(?m)^WSGIScriptAlias{words}(\"(?:\\.|[^\"\\])*\"|\S+)", cut.mount)
    urls = dict.fromkeys(url for url, _ in scripts) or {apache(cut.url): None}
    lines = ["", "# Asked before applications around it on other modules.",
             "<IfModule proxy_module>",
             *(f"    ProxyPass {url} !" for url in urls), "</IfModule>",
             *(f"Alias {url} {path}" for url, path in scripts)]
    directories = re.findall(r"(?m)^<Directory[ \t]+(.+)>$", cut.mount)
    if scripts:
        lines += [f"<Directory {directories[0]}>", "    Options +ExecCGI",
                  "</Directory>"]
    return cut.mount.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def mount_points(text: str) -> list[str]:
    """List where applications are mounted by ``text``: a site's, or one that
    mounts it in the host of others."""
    return _URLS.findall(text)
