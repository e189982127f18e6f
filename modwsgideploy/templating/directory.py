"""Where the templates are."""

import os

TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))),
                         "templates")
