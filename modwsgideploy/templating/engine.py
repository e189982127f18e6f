"""Render the templates; values are quoted for the language of the file."""

from __future__ import annotations

import os
import zlib
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Callable

from modwsgideploy import quoting
from modwsgideploy.templating.directory import TEMPLATES

Quote = Callable[[Any], str]

_LANGUAGES: dict[str, Quote] = {
    ".wsgi": quoting.python, ".py": quoting.python, ".fcgi": quoting.python,
    ".txt": quoting.shell, ".html": quoting.html, ".service": quoting.systemd,
    ".socket": quoting.systemd,
}


class Raw(str):
    """Text that is already in the language of the file it goes into."""


def file_name(template: str, name: str) -> str:
    """Return the name of the file made from ``template`` for site ``name``."""
    base = os.path.basename(template)
    if base.endswith("_tmpl"):
        base = base[:-len("_tmpl")]
    return base.replace("+package+", name).replace("+dot+", ".")


def render_template(template: str, variables: dict[str, Any]) -> str:
    """Return the text of ``template`` (its path below TEMPLATES).

    The template sees ``variables`` as its globals.  A missing name is a bug
    and raises NameError.
    """
    code, quote = _load(template)
    variables.setdefault("__builtins__", __builtins__)
    parts: list[str] = []
    FunctionType(code, variables)(parts.extend, quote)
    return "".join(parts)


@lru_cache(None)
def _load(template: str) -> tuple[CodeType, Quote]:
    """Return the code of ``template`` and the function that quotes values."""
    path = os.path.join(TEMPLATES, template)
    function = _precompiled(template, path)
    if function is None:
        from modwsgideploy.templating.compiler import compile_template

        function = compile_template(path)
    suffix = os.path.splitext(file_name(template, "name"))[1]
    return (function.__code__,
            _quote_unless_raw(_LANGUAGES.get(suffix, quoting.apache)))


@lru_cache(None)
def _quote_unless_raw(language: Quote) -> Quote:
    """Return a function that quotes with ``language`` all that is not Raw."""
    # The same few texts recur, in one site and in thousands.
    cached = lru_cache(4096)(language)

    def quote(value: object) -> str:
        kind = type(value)
        if kind is Raw:
            return value  # type: ignore[return-value]  # isinstance is slower
        return cached(value) if kind is str else language(value)

    return quote


def _precompiled(template: str, path: str) -> FunctionType | None:
    """Return the function built at installation.

    Return None if there is none, or the template has changed since.
    """
    try:
        from modwsgideploy import _templates
    except ImportError:    # a checkout that was never built
        return None
    name, checksum = _templates.BUILT.get(template, ("", None))
    with open(path, "rb") as stream:
        if checksum != zlib.crc32(stream.read()):
            return None
    function: FunctionType = getattr(_templates, name)
    return function
