"""BACKENDS: the server modules that a site can run on.

A backend is one module here and one folder of templates.  To add one, write
both, the module with everything that `Backend` names, and add a row below.
The options that it has are named by the table in sites.options.
"""

from __future__ import annotations

from modwsgideploy.backends import fastcgi, http, mod_python, mod_wsgi
from modwsgideploy.backends.backend import Backend

# By the value of --backend, which is also the name of the folder.
BACKENDS: dict[str, Backend] = {
    "mod_wsgi": mod_wsgi,
    "fastcgi": fastcgi,
    "mod_python": mod_python,
    "http": http,
}
DEFAULT = "mod_wsgi"
