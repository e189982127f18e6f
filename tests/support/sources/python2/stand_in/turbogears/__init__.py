"""As much of TurboGears 1.0 as its launcher calls, over the real CherryPy 2.

TurboGears 1 itself cannot be installed: its generic functions (RuleDispatch,
PEAK-Rules) are not on the package index.  What is here keeps to what it does
with its configuration and with the path of a request; there, the environment
variable TURBOGEARS_RELEASE chooses between the two ways it ever had.
"""

import ast
import os
import sys
from ConfigParser import ConfigParser

import cherrypy
from cherrypy import config  # noqa: F401 - TurboGears has it as its own


def update_config(configfile=None, modulename=None):
    """The package's configuration, then the file's, which wins."""
    parser = ConfigParser()
    if modulename:
        __import__(modulename)
        directory = os.path.dirname(sys.modules[modulename].__file__)
        parser.read(os.path.join(directory, "app.cfg"))
        # Without the module nobody defines it, and reading fails.
        parser.defaults()["top_level_dir"] = os.path.dirname(directory)
    if configfile:
        parser.read(configfile)
    cherrypy.config.update({"global": {
        key: ast.literal_eval(value) for key, value in parser.items("global")
        if key != "top_level_dir"}})


def url(path):
    """The address of ``path`` of the application."""
    return (cherrypy.config.get("server.webpath") or "") + path


class UpTo104:
    """Takes server.webpath off the path, as releases up to 1.0.4.4 did."""

    def on_start_resource(self):
        webpath = cherrypy.config.get("server.webpath")
        path = cherrypy.request.object_path
        if webpath:
            if path != webpath and not path.startswith(webpath):
                raise cherrypy.NotFound(path)
            cherrypy.request.object_path = path[len(webpath):] or "/"


class Since106:
    """Takes server.webpath and SCRIPT_NAME off it, as later ones did."""

    def before_request_body(self):
        prefix = cherrypy.config.get("server.webpath") or ""
        prefix += cherrypy.request.wsgi_environ["SCRIPT_NAME"].rstrip("/")
        path = cherrypy.request.object_path
        if prefix:
            if not path.startswith(prefix):
                raise cherrypy.NotFound(path)
            cherrypy.request.object_path = path[len(prefix):] or "/"


def start():
    """What TurboGears does when CherryPy's engine starts."""
    old = os.environ["TURBOGEARS_RELEASE"] == "1.0.4"
    cherrypy.root._cp_filters = [UpTo104() if old else Since106()]


cherrypy.server.on_start_server_list.append(start)
