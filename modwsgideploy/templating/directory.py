"""Say where the templates are."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATES = os.path.join(_PACKAGE, "templates")
