"""A Site in, the text of its files out."""

import os

from modwsgideploy.templating.directory import TEMPLATES
from modwsgideploy.templating.engine import Raw, file_name, render_template


def render(site):
    """The Files of ``site`` (a Site), as its backend lists them."""
    from modwsgideploy import __version__
    from modwsgideploy.backends import BACKENDS
    from modwsgideploy.deployment import context, runbook
    from modwsgideploy.system.transaction import File

    backend = BACKENDS[site.backend]
    variables = {**site._asdict(), **context.variables(site),
                 **runbook.variables(site), **backend.variables(site),
                 "generator": Raw(__version__)}
    for name in ("layered", "url", "below", "conf_name"):
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
    for name, template in backend.FRAGMENTS.items():
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
