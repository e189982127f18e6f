"""CHECKS: the table of what `check` looks for, in sections by area.

It has no code.  The functions that find it are in modwsgideploy.checks.
"""

from __future__ import annotations

from modwsgideploy.catalog.checks.application import APPLICATION
from modwsgideploy.catalog.checks.certificates import CERTIFICATES
from modwsgideploy.catalog.checks.files import FILES
from modwsgideploy.catalog.checks.model import (
    CHEAP,
    ERROR,
    HINT,
    HOST,
    LOAD,
    WARNING,
    Check,
)
from modwsgideploy.catalog.checks.paste_ini import PASTE_INI
from modwsgideploy.catalog.checks.permissions import PERMISSIONS
from modwsgideploy.catalog.checks.server import SERVER
from modwsgideploy.catalog.checks.site import SITE

__all__ = ["ALWAYS", "CHEAP", "CHECKS", "CODES", "ERROR", "GROUPS", "HINT",
           "HOST", "LOAD", "REJECTED", "WARNING", "Check"]

# The sections of the documentation.
GROUPS = (
    ("Missing files and directories", FILES),
    ("Permissions", PERMISSIONS),
    ("Apache, its modules and access rules", SERVER),
    ("Processes, virtual hosts and URLs", SITE),
    ("The Paste configuration", PASTE_INI),
    ("The application", APPLICATION),
    ("Certificates", CERTIFICATES),
)
CHECKS = tuple(check for _, group in GROUPS for check in group)
CODES = {check.code: check for check in CHECKS}
# What Apache itself says, which counts only if no other check has found why.
REJECTED = "MWD305"
# What would give root's rights to others.  A site cannot leave it out, for
# they may have written its choices; nor can a user by --no-check.
ALWAYS = ("MWD208", "MWD209", "MWD210")
