"""Describe what loading an application, and asking it once, told."""

from __future__ import annotations

from typing import TypedDict


class DjangoSettings(TypedDict, total=False):
    """What matters of Django's settings; empty without Django."""

    file: str
    debug: bool
    hosts: list[str]        # ALLOWED_HOSTS
    generated_key: bool     # SECRET_KEY is that of startproject
    no_key: bool            # there is none
    static: bool            # its static files are Apache's to serve
    static_root: str


class FirstPageAnswer(TypedDict):
    """What a loaded application answered."""

    headers: list[tuple[object, object]]
    status: str       # "" if it gave none
    raised: str       # the traceback, or ""
    logged: str       # the last traceback of its log, or ""
    page: str         # the beginning of the first part of its page
    kind: str         # "factory" or "asgi" for what is no application
    django: DjangoSettings
    # Secure, HttpOnly and SameSite of the session's, by framework
    cookies: dict[str, list[bool]]


class LoadReport(TypedDict, total=False):
    """What loading an application told; empty if nothing could load it."""

    error: str        # "" if it loads
    missing: str      # the module that could not be imported, or ""
    kilobytes: int    # the size of its process
    answer: FirstPageAnswer    # if its first page was asked for
