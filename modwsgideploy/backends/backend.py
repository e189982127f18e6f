"""Define what a backend contributes; its module has each of these names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from modwsgideploy.model.site import Site


class Backend(Protocol):
    """What a server module contributes to a deployment."""

    @property
    def TITLE(self) -> str:
        """Its name, as people write it."""

    @property
    def SCRIPT(self) -> str:
        """The name of the script that loads the application; "+package+"
        stands for the site's name, as in the names of templates."""

    @property
    def TEST_PAGE(self) -> str:
        """The name of its diagnostics page, beside the script."""

    @property
    def FRAGMENTS(self) -> Mapping[str, str]:
        """Variables of its templates that are rendered from a template:
        variable -> template.  "content" is what a VirtualHost holds."""

    @property
    def DEFAULTS(self) -> Mapping[str, object]:
        """Defaults that differ from those in the table of options: field ->
        value."""

    @property
    def LIMITS(self) -> tuple[str, ...]:
        """What no application can do on it, and why; printed by deploy."""

    def templates(self, site: Site) -> Iterable[tuple[str, int]]:
        """The templates of ``site``, each with the mode of its file, in the
        order of the runbook."""

    def variables(self, site: Site) -> dict[str, Any]:
        """What its templates need besides the fields of ``site``."""

    def refuse(self, site: Site) -> Iterable[str]:
        """Say why it cannot serve ``site``, if so."""

    def ignores(self, given: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """The fields that have no effect with the values ``given``, each with
        the option that makes it so.  Options that have no effect on this
        backend at all are not repeated here: see sites.options."""

    def python_home(self, site: Site) -> str:
        """The virtualenv whose own Python runs the application, "" where the
        script has to put it on another's sys.path."""

    def command(self, site: Site) -> tuple[str, ...]:
        """The words of the command that runs the application in a server of
        its own, which listens at ``site.http_socket``; () where Apache, or
        what it starts, runs it."""

    def modules(self, site: Site) -> tuple[str, ...]:
        """The Apache modules that ``site`` needs besides the usual ones."""

    def server_conf(self, site: Site) -> tuple[str, str] | None:
        """The name of its file for the whole server, and the name under which
        that is installed (without .conf); None where there is none."""


def script_mode(site: Site, mode: int = 0o644) -> int:
    """The ``mode`` of a script; others cannot read the values of --env and
    --global-conf."""
    return mode & ~0o007 if site.env or site.global_conf else mode


def common_templates(site: Site) -> Iterator[tuple[str, int]]:
    """The templates of a site on whatever backend, as `Backend.templates`."""
    yield "common/README.txt_tmpl", 0o644
    if site.rotate_logs:
        yield "common/+package+.logrotate_tmpl", 0o644
