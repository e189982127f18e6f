"""Where one Apache has its configuration."""

from __future__ import annotations

import os
from typing import NamedTuple, Protocol

from modwsgideploy.apache.platforms import Platform, enabled_directory
from modwsgideploy.apache.shared_hosts import is_shared_host
from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import names_in


class Named(Protocol):
    """What of a site says where it is installed: a Site, or one of before."""

    @property
    def name(self) -> str:
        """Its name, which is that of its generated configuration."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def server_name(self) -> str:
        """The name of its virtual host, or ""."""

    @property
    def inside(self) -> str:
        """The file of somebody else's with its virtual host, or ""."""

    @property
    def shared_host(self) -> str:
        """What the host is called where others share it, or ""."""

    @property
    def output_dir(self) -> str:
        """The directory of its generated files."""

    @property
    def script_directory(self) -> str:
        """The same on the server."""

    @property
    def conf_name(self) -> str:
        """The name of its installed configuration."""


class ApacheLayout(NamedTuple):
    """Where the configuration of one Apache is."""

    platform: Platform       # with the directories of this Apache
    config: str | None       # its main file; None for the machine's own
    root: str                # the directory that all of it is in

    @property
    def enabled(self) -> str:
        """Where links switch sites on; "" where a file alone does it."""
        return self._links(self.platform.sites_enabled)

    @property
    def conf_enabled(self) -> str:
        """The same for server-wide files."""
        return self._links(self.platform.conf_enabled)

    @property
    def modules(self) -> str:
        """Where the modules are that a link enables."""
        return os.path.dirname(self.platform.wsgi_load)

    @property
    def modules_enabled(self) -> str:
        """Where links enable modules; "" where there are no such links."""
        directory = enabled_directory(self.modules)
        return directory if directory != self.modules else ""

    @property
    def directories(self) -> set[str]:
        """Every directory in which sites are switched on or off."""
        return {directory for directory in (
            self.platform.sites, self.enabled, self.platform.conf,
            self.conf_enabled, self.modules_enabled) if directory}

    @property
    def shared_hosts(self) -> list[str]:
        """Each directory with the applications of a host."""
        return [directory for name in names_in(self.platform.sites)
                if is_shared_host(
                    directory := f"{self.platform.sites}/{name}")]

    def has(self, directory: str) -> bool:
        """Whether ``directory`` is one of this configuration."""
        return f"{directory}/".startswith(f"{self.root.rstrip('/')}/")

    def _links(self, directory: str) -> str:
        return directory if self.platform.enable_site else ""


def find_layout(platform: Platform, config: str | None = None
                ) -> ApacheLayout:
    """Find the layout of the machine's Apache, or of one with ``config``.

    Raises DeployError where it is not laid out as ``platform`` says.
    """
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
            return ApacheLayout(_moved(platform, root, here), config, here)
    raise DeployError(
        f"--server-config: beside {config} there is no {inside}, where"
        f" {platform.name} has its sites; make it, and have the file include"
        " it, or choose another --platform")


def moved_layout(layout: ApacheLayout, root: str, config: str
                 ) -> ApacheLayout:
    """Give the layout of a copy of all of it in the directory ``root``.

    ``config`` is the main file there.
    """
    return ApacheLayout(_moved(layout.platform, layout.root, root), config,
                        root)


def _moved(platform: Platform, old_root: str, root: str) -> Platform:
    """Give ``platform`` with its directories below ``root``."""
    from modwsgideploy.sites.resolve import moved

    def there(path: str) -> str:
        return moved(path, old_root, root, "")

    return platform._replace(
        sites=there(platform.sites), conf=there(platform.conf),
        ports=there(platform.ports), wsgi_load=there(platform.wsgi_load),
        python_load=there(platform.python_load))
