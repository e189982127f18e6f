"""Derive from a site how its templates have pages and files delivered."""

import os.path
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from modwsgideploy.model.site import Site, Static
from modwsgideploy.templating.engine import Raw

# What gets smaller when it is compressed.
_TEXT_TYPES = (
    "text/html text/css text/plain text/xml text/javascript",
    "application/javascript application/json application/wasm",
    "application/xml application/rss+xml application/atom+xml",
    "application/manifest+json image/svg+xml")
# What is compressed beforehand, and its type: that of FILE.gz would be gzip.
# Of other files the copies are not sent: dump.tar.gz beside dump.tar is one.
_TYPES = (("css", "text/css"), ("m?js", "text/javascript"),
          ("html?", "text/html"), ("svg", "image/svg+xml"),
          ("(?:json|map)", "application/json"), ("wasm", "application/wasm"),
          ("webmanifest", "application/manifest+json"),
          ("txt", "text/plain"), ("xml", "application/xml"),
          ("ico", "image/vnd.microsoft.icon"), ("ttf", "font/ttf"),
          ("otf", "font/otf"), ("eot", "application/vnd.ms-fontobject"))


class CompressedCopy(NamedTuple):
    """What may be beside each file of a static directory."""

    accepted: Raw     # the pattern of who takes that encoding
    pattern: Raw      # of the files' URLs
    path: Raw         # of the copy, as mod_rewrite has it
    url: Raw


class ErrorPage(NamedTuple):
    """A page that Apache shows for one status."""

    status: int
    url: str
    path: str


class Granted(NamedTuple):
    """A directory of static files to which Apache gives access."""

    path: str
    pattern: str      # of the names of the files; "" for all of them


def variables(site: Site) -> dict[str, Any]:
    """Return the variables of headers_tmpl, static_tmpl and delivery_tmpl."""
    granted = list(_granted(site.static))
    delivers = site.apache_version != "2.2" and bool(
        site.static_cache or site.static_hashed or site.precompressed
        or site.compress != "off"
        or not site.server_name and site.content_type_options)
    return {
        "granted": granted,
        "error_url": f"{site.below}/.error-pages",
        "error_pages": [ErrorPage(
            code, f"{site.below}/.error-pages/{code}"
            + os.path.splitext(path)[1], path)
            for code, path in site.error_page],
        # Where headers are set: in the host of the site, or in its directory
        # where it has no host of its own.
        "headers_in": ("" if not has_headers(site) else
                       "host" if site.server_name else "directory"),
        "delivered": _delivered(granted) if delivers else "",
        "text_types": [*map(Raw, _TEXT_TYPES)],
        "precompressed_copies": [
            *_copies(site.static)] if site.precompressed and delivers else [],
        "precompressed_types": [
            (Raw(rf"\.{suffix}$"), Raw(name)) for suffix, name in _TYPES],
    }


def has_headers(site: Site) -> bool:
    """Whether the site sets headers that the application may leave out.

    Apache 2.2 has no such condition (expr=).
    """
    return site.apache_version != "2.2" and bool(
        site.content_type_options or site.frame_options
        or site.referrer_policy)


def delivery_modules(site: Site) -> Iterator[str]:
    """Yield the Apache modules that these templates use where they are."""
    if site.apache_version == "2.2":
        if site.hsts:
            yield "headers"
        return
    if site.precompressed:
        yield "rewrite"
    cached = site.static and (site.static_cache or site.static_hashed)
    if site.hsts or has_headers(site) or cached or (
            site.access_log_format == "json"):
        yield "headers"
    if site.compress == "all" or site.compress == "static" and site.static:
        yield from ("deflate", "brotli")


def _delivered(granted: Iterable[Granted]) -> str:
    """Return the pattern of the directories of static files."""
    whole = _one_of(each.path for each in granted if not each.pattern)
    single = _one_of(each.path for each in granted if each.pattern)
    return "|".join([f"^{whole}(?:/|$)"] * bool(whole)
                    + [f"^{single}/?$"] * bool(single))


def _copies(statics: Iterable[Static]) -> Iterator[CompressedCopy]:
    """Yield the compressed copies that files of ``statics`` may have."""
    for each in statics:
        # mod_rewrite has no way to write a quotation mark.
        if not each.is_directory or '"' in each.url + each.path:
            continue
        # Unless escaped, $ and % are mod_rewrite's.
        path, url = (re.sub(r"([$%\\])", r"\\\1", text)
                     for text in (each.path, each.url))
        for encoding, suffix in (("br", "br"), ("gzip", "gz")):
            yield CompressedCopy(_accepting(encoding), *(
                # It takes a backslash in quotes for what it is.
                Raw(f'"{text}"') for text in (
                    f"^{re.escape(each.url)}/(.+)$",
                    f"{path}/$1.{suffix}", f"{url}/$1.{suffix}")))


def _accepting(encoding: str) -> Raw:
    """Return the pattern of Accept-Encoding where it names ``encoding``, and
    not with q=0, by which it is refused (RFC 9110, 12.5.3)."""
    return Raw(rf"\b{encoding}\b(?!\s*;\s*q=0\.?0*(?:[\s,]|$))")


def _one_of(texts: Iterable[str]) -> str:
    """Return a pattern that matches one of ``texts``, "" for none."""
    escaped = [*map(re.escape, texts)]
    return (f"(?:{'|'.join(escaped)})" if len(escaped) > 1
            else "".join(escaped))


def _granted(statics: Iterable[Static]) -> Iterator[Granted]:
    """Yield the directories to grant, each with the pattern of its files."""
    files: dict[str, list[str]] = {}
    for static in statics:
        if not static.is_directory:
            head, _, name = static.path.rpartition("/")
            files.setdefault(head, []).append(name)
    for static in statics:
        if static.is_directory:
            yield Granted(static.path, "")
    for head, names in files.items():
        pattern = "|".join(re.escape(name) for name in sorted(names))
        yield Granted(head, f"^({pattern})$")
