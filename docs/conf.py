"""Sphinx's configuration."""

import pathlib
import re

_package = pathlib.Path(__file__).parent.parent / "modwsgideploy/__init__.py"

project = "modwsgideploy"
author = "the modwsgideploy developers"
copyright = "the modwsgideploy developers"
release = re.search(r'__version__ = "(.*)"', _package.read_text()).group(1)
version = release
extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_theme_options = {
    "description": "Python web applications on Apache",
    "fixed_sidebar": True,
    "page_width": "1040px",
}
nitpicky = False
