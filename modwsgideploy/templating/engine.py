"""Templates in, text out; Cheetah does the rendering."""

import os
import zlib
from functools import lru_cache
from types import FunctionType

from modwsgideploy import quoting
from modwsgideploy.templating.directory import TEMPLATES

_LANGUAGES = {
    ".wsgi": quoting.python, ".py": quoting.python, ".fcgi": quoting.python,
    ".txt": quoting.shell, ".html": quoting.html, ".service": quoting.systemd,
}


class Raw(str):
    """Text that is already in the language of the file it goes into."""


def file_name(template, name):
    """The file that ``template`` makes for a site called ``name``."""
    base = os.path.basename(template)
    if base.endswith("_tmpl"):
        base = base[:-len("_tmpl")]
    return base.replace("+package+", name).replace("+dot+", ".")


def render_template(template, variables):
    """The text of ``template`` (its path below TEMPLATES).

    ``variables`` is a dict; the template sees them as its globals.  A name
    that is missing is a bug and raises NameError.
    """
    code, quote = _template(template)
    variables.setdefault("__builtins__", __builtins__)
    parts = []
    FunctionType(code, variables)(parts.extend, quote)
    return "".join(parts)


@lru_cache(None)
def _template(template):
    """The code of ``template``, and the function that quotes its values."""
    path = os.path.join(TEMPLATES, template)
    page = _built(template, path)
    if page is None:
        from modwsgideploy.templating.compiler import compiled

        page = compiled(path)
    suffix = os.path.splitext(file_name(template, "name"))[1]
    return (page.__code__,
            _quoting(_LANGUAGES.get(suffix, quoting.apache)))


@lru_cache(None)
def _quoting(language):
    """A function that quotes any value, but Raw, by ``language``."""
    # The same few texts fill many places, of one site and of thousands.
    remembered = lru_cache(4096)(language)

    def quote(value):
        kind = type(value)
        if kind is Raw:
            return value
        return remembered(value) if kind is str else language(value)

    return quote


def _built(template, path):
    """The function as it was built, None where the template has changed."""
    try:
        from modwsgideploy import _templates
    except ImportError:    # a checkout that was never built
        return None
    name, checksum = _templates.BUILT.get(template, ("", None))
    with open(path, "rb") as stream:
        sound = checksum == zlib.crc32(stream.read())
    return getattr(_templates, name) if sound else None
