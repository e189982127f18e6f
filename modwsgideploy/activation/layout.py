"""Where the configuration of one Apache is."""

import os
from typing import NamedTuple, Optional

from modwsgideploy.errors import DeployError

_MOVED = ("sites", "conf", "ports", "wsgi_load", "python_load")


class ApacheLayout(NamedTuple):
    """Where the configuration of one Apache is."""

    platform: object      # whose directories are those of this Apache
    config: Optional[str]    # its main file; None for the machine's own
    root: str             # the directory that all of it is in

    @property
    def enabled(self):
        """Where links switch sites on; "" where being there is enough."""
        return self._links(self.platform.sites_enabled)

    @property
    def conf_enabled(self):
        """The same for server-wide files."""
        return self._links(self.platform.conf_enabled)

    def _links(self, directory):
        return directory if self.platform.enable_site else ""


def find_layout(platform, config=None):
    """The Place of the machine's Apache, or of that with the file ``config``.

    Raises DeployError where it is not laid out as ``platform`` has it.
    """
    from modwsgideploy.sites.resolve import moved

    root = os.path.commonpath([platform.sites, platform.conf, platform.ports])
    inside = os.path.relpath(platform.sites, root)
    if not config:
        if not os.path.isdir(platform.sites):
            raise DeployError(
                f"--platform: this machine has no {platform.sites}, where"
                f" {platform.name} has its sites; name its platform, or"
                " another Apache by --server-config, or install one with"
                f" `{platform.packages}`")
        return ApacheLayout(platform, None, root)
    head = os.path.dirname(config)
    for here in (head, os.path.dirname(head)):
        if os.path.isdir(os.path.join(here, inside)):
            return ApacheLayout(platform._replace(**{
                name: moved(getattr(platform, name), root, here, "")
                for name in _MOVED}), config, here)
    raise DeployError(
        f"--server-config: beside {config} there is no {inside}, where"
        f" {platform.name} has its sites; make it, and have the file include"
        " it, or choose another --platform")
