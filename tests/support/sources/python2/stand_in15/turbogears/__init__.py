"""As much of TurboGears 1.5 as its launcher calls, over the real CherryPy 3.

TurboGears 1 itself cannot be installed: its generic functions (PEAK-Rules) are
not on the package index.
"""

import ast
import sys
from ConfigParser import ConfigParser

import cherrypy
from cherrypy import config  # noqa: F401 - TurboGears has it as its own


def update_config(configfile=None, modulename=None):
    """The file's settings; the package must be there as well."""
    __import__(modulename)
    assert modulename in sys.modules
    parser = ConfigParser()
    parser.read(configfile)
    cherrypy.config.update({"global": {
        key: ast.literal_eval(value)
        for key, value in parser.items("global")}})
