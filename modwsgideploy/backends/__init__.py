"""BACKENDS: the server modules a site can run on.

A backend is one module here and one folder of templates.  To add one, write
the module (see mod_wsgi.py), the templates, and a row below.
"""

from typing import Callable, NamedTuple, Tuple

from modwsgideploy.backends import fastcgi, mod_python, mod_wsgi


def no_server_conf(site):
    """For a backend without a file for the whole server."""
    return ()


class Backend(NamedTuple):
    """What a backend contributes."""

    name: str
    title: str
    # Site -> ((template, file mode), ...), in the order of the runbook.
    templates: Callable
    # Site -> dict: what its templates need besides the Site's fields.
    variables: Callable
    # Site -> messages: why this backend cannot serve that site, if so.
    refuse: Callable
    # dict of what was given, by field -> (field, reason) pairs: what of it
    # has no effect, and with which choice.
    ignores: Callable
    # Site -> the virtualenv whose own Python runs the application, "" where
    # the script has to layer it on another.
    python_home: Callable
    # Site -> Apache modules that it needs besides the usual ones.
    modules: Callable
    # Its script, named like a template.
    script: str
    # (variable, template): text of its own put into its other templates;
    # "content" is what stands in the VirtualHost.
    fragments: Tuple[Tuple[str, str], ...] = ()
    # (field, value): defaults of its own.
    defaults: Tuple[Tuple[str, object], ...] = ()
    # Site -> the name of its file for the whole server, and the name under
    # which that is installed (without .conf); () for none.
    server_conf: Callable = no_server_conf
    # Its diagnostics page, beside the script.
    test_page: str = "test.wsgi"
    # What no application on it can do, and why: told before it is written.
    limits: Tuple[str, ...] = ()


BACKENDS = {backend.name: backend for backend in (
    Backend("mod_wsgi", "mod_wsgi", mod_wsgi.templates, mod_wsgi.variables,
            mod_wsgi.refuse, mod_wsgi.ignores, mod_wsgi.python_home,
            mod_wsgi.modules, "+package+.wsgi",
            (("content", "mod_wsgi/content_tmpl"),),
            server_conf=mod_wsgi.server_conf),
    Backend("fastcgi", "FastCGI", fastcgi.templates, fastcgi.variables,
            fastcgi.refuse, fastcgi.ignores, fastcgi.python_home,
            fastcgi.modules, "dispatch.fcgi",
            (("content", "fastcgi/content_tmpl"),
             ("first_lines", "fastcgi/first_lines.py_tmpl"),
             ("opening", "fastcgi/opening.py_tmpl"),
             ("answering", "fastcgi/answering.py_tmpl")),
            fastcgi.DEFAULTS, test_page="test.fcgi"),
    Backend("mod_python", "mod_python", mod_python.templates,
            mod_python.variables, mod_python.refuse, mod_python.ignores,
            mod_python.python_home, mod_python.modules,
            "+package+_modpython.py",
            (("content", "mod_python/content_tmpl"),), mod_python.DEFAULTS,
            mod_python.server_conf, limits=mod_python.LIMITS),
)}
