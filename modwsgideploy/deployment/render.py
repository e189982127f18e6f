"""Render the files of a site from the templates of its backend."""

from __future__ import annotations

import os
from typing import Any

from modwsgideploy import __version__
from modwsgideploy.backends import BACKENDS
from modwsgideploy.deployment import context, runbook
from modwsgideploy.model.site import Site
from modwsgideploy.sites.pieces import OWN_BEGIN, OWN_END
from modwsgideploy.system.files import read_text
from modwsgideploy.system.transaction import File
from modwsgideploy.templating.directory import TEMPLATES
from modwsgideploy.templating.engine import Raw, file_name, render_template

# Texts that are parts of other templates: variable -> template.
_PARTS = {
    "prelude": "common/prelude.py_tmpl",
    "rules": "common/rules.py_tmpl",
    "launcher": "launchers/{launcher}.py_tmpl",
    "warming": "common/warm_up.py_tmpl",
    "compression": "common/compression_tmpl",
    "page_compression": "common/page_compression_tmpl",
    "precompressed_files": "common/precompressed_tmpl",
    "errors": "common/error_pages_tmpl",
    "delivery": "common/delivery_tmpl",
    "static_files": "common/static_tmpl",
    "test_access": "common/test_access_tmpl",
    "bare_headers": "common/headers_tmpl",
}
# Properties of a Site that templates use, besides its fields.
_PROPERTIES = ("layered", "url", "below", "conf_name", "applications", "tls",
               "redirects")


def render(site: Site) -> list[File]:
    """Return the files of ``site``, as its backend lists them."""
    variables = _variables(site)
    group = site.group or site.platform.group
    files = [File(file_name(template, site.name),
                  _file_text(template, variables), mode,
                  "" if mode & 0o004 else group)
             for template, mode in BACKENDS[site.backend].templates(site)]
    variables.clear()   # "section" refers to them: a cycle, for each site
    return files


def _variables(site: Site) -> dict[str, Any]:
    """Return the variables of all templates."""
    backend = BACKENDS[site.backend]
    variables: dict[str, Any] = {
        **site._asdict(), **context.variables(site),
        **runbook.variables(site), **backend.variables(site),
        "pieces": _pieces(site), "own_begin": Raw(OWN_BEGIN),
        "own_end": Raw(OWN_END), "generator": Raw(__version__)}
    for name in _PROPERTIES:
        variables[name] = getattr(site, name)
    # An empty line at its start is wanted.
    variables["section"] = lambda part: Raw(render_template(
        f"{site.backend}/runbook-{part}.txt_tmpl", variables).rstrip("\n"))
    for name, template in _PARTS.items():
        variables[name] = _part(template.format(launcher=site.launcher),
                                variables)
    if site.init:
        variables["launcher"] = Raw("\n\n".join((
            _part("common/init.py_tmpl", variables), variables["launcher"])))
    # What the page tries is what the application's script begins with.
    variables["begun"] = _indented(variables["prelude"])
    variables["diagnostics"] = _part("common/diagnostics.py_tmpl", variables)
    variables["requirements"] = [
        (each.piece.path, each.url, _nested(each.piece.text))
        for each in site.require]
    variables["required"] = _part("common/require_tmpl", variables)
    variables["canonical_redirect"] = _indented(
        _part("common/canonical_tmpl", variables))
    variables["logs"] = _indented(_part("common/logs_tmpl", variables))
    variables["headers"] = _indented(variables["bare_headers"])
    for name, template in backend.FRAGMENTS.items():
        variables[name] = _part(template, variables)
    if site.server_name:
        variables["content"] = _indented(variables["content"])
    variables["own"] = Raw(render_template(
        "common/own_tmpl", variables).rstrip("\n"))
    variables["content"] = Raw(
        variables["content"] + "\n\n" + variables["own"])
    variables["host"] = _part("common/host_tmpl", variables)
    return variables


def _part(template: str, variables: dict[str, Any]) -> Raw:
    """Return the text of ``template`` as a part of another one."""
    return Raw(render_template(template, variables).strip("\n"))


def _file_text(template: str, variables: dict[str, Any]) -> str:
    """Return the text of a whole file; of no template, as it is."""
    if template.endswith("_tmpl"):
        return render_template(template, variables).rstrip("\n") + "\n"
    return read_text(os.path.join(TEMPLATES, template))


def _pieces(site: Site) -> list[tuple[str, Raw]]:
    """Return the path and the text of each piece of --include.

    Where a line goes on in the next, indenting could change a value.
    """
    return [(piece.path, _indented(piece.text)
             if site.server_name and "\\\n" not in piece.text
             else Raw(piece.text)) for piece in site.include]


def _nested(text: str) -> Raw:
    """Indent the ``text`` of a piece inside a section.

    Where a line goes on in the next, indenting could change a value.
    """
    return Raw(text) if "\\\n" in text else _indented(text)


def _indented(text: str) -> Raw:
    """Indent ``text`` by four columns, as inside a <VirtualHost>."""
    return Raw("\n".join(["    " + line if line else line
                          for line in text.split("\n")]))
