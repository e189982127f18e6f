"""``disable``: take a site out of the system's Apache, or those of a
manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modwsgideploy.commands.enable import switch

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting


def main(target: str, settings: Mapping[str, Setting], run: Invocation
         ) -> int:
    """Switch off the site of a project, or each site of a manifest.

    Return the exit status.  Raises DeployError.
    """
    return switch("disable", target, settings, run)
