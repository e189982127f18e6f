"""Give the command by which certbot gets and installs a site's certificate."""

from __future__ import annotations

from modwsgideploy.deployment.context import managed_names
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import LETS_ENCRYPT


def certbot_words(site: Site) -> list[str]:
    """Return the command, which asks nothing; a valid certificate is kept,
    and installed where it is not."""
    names = [word for name in managed_names(site) for word in ("-d", name)]
    return ["certbot", "run", "--apache", "--non-interactive",
            "--agree-tos", "--email", site.acme_contact, "--no-eff-email",
            "--keep-until-expiring", "--expand", "--cert-name",
            site.server_name, "--key-type", site.acme_key,
            "--redirect" if site.redirect else "--no-redirect",
            *(["--server", site.acme_directory]
              if site.acme_directory != LETS_ENCRYPT else []), *names]
