"""A Site in, the text of its files out; Cheetah does the rendering.

A template's name is PasteScript's idiom: ``+package+`` becomes the site's
name, ``+dot+`` a dot, and ``_tmpl`` falls away.  Every ``$value`` of a
template is quoted for the language of its file; `Raw` is not.

The templates are compiled when the package is built (see compiling.py); the
compiler is imported only for a template that has changed since.
"""

import os
import zlib
from functools import lru_cache
from types import FunctionType

from . import quoting

TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                         "templates")

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


def render(site):
    """The Files of ``site`` (a Site), as its backend lists them."""
    from . import __version__, runbook, shown
    from .backends import BACKENDS
    from .writer import File

    backend = BACKENDS[site.backend]
    variables = {**site._asdict(), **shown.variables(site),
                 **runbook.variables(site), **backend.variables(site),
                 "generator": Raw(__version__)}
    for name in ("script", "layered", "python_home", "url", "below",
                 "conf_name"):
        variables[name] = getattr(site, name)
    variables["section"] = lambda part: Raw(render_template(
        f"{site.backend}/runbook-{part}.txt_tmpl", variables).rstrip("\n"))
    for name, template in (
            ("prelude", "common/prelude.py_tmpl"),
            ("rules", "common/rules.py_tmpl"),
            ("launcher", f"launchers/{site.launcher}.py_tmpl"),
            ("warming", "common/warm_up.py_tmpl"),
            ("static_files", "common/static_tmpl"),
            ("test_access", "common/test_access_tmpl")):
        variables[name] = Raw(
            render_template(template, variables).strip("\n"))
    # What the page tries is what the application's script begins with.
    variables["begun"] = _indented(variables["prelude"])
    variables["diagnostics"] = Raw(render_template(
        "common/diagnostics.py_tmpl", variables).rstrip("\n"))
    for name, template in backend.fragments:
        variables[name] = Raw(
            render_template(template, variables).strip("\n"))
    if site.server_name:
        variables["content"] = _indented(variables["content"])
    variables["host"] = Raw(
        render_template("common/host_tmpl", variables).rstrip("\n"))
    files = [File(file_name(template, site.name),
                  (render_template(template, variables).rstrip("\n") + "\n"
                   if template.endswith("_tmpl") else _verbatim(template)),
                  mode)
             for template, mode in backend.templates(site)]
    variables.clear()   # "section" refers to them: a cycle, for each site
    return files


def _verbatim(template):
    """The text of a file that is no template but goes along as it is."""
    with open(os.path.join(TEMPLATES, template), encoding="utf-8") as stream:
        return stream.read()


def _indented(text):
    """``text`` four columns to the right, as inside a <VirtualHost>."""
    return Raw("\n".join(["    " + line if line else line
                          for line in text.split("\n")]))


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
        from .compiling import compiled

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
        from . import _templates
    except ImportError:    # a checkout that was never built
        return None
    name, checksum = _templates.BUILT.get(template, ("", None))
    with open(path, "rb") as stream:
        sound = checksum == zlib.crc32(stream.read())
    return getattr(_templates, name) if sound else None
