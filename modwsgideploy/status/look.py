"""Look how sites are: ask them, their processes, files and certificates."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from modwsgideploy.activation.answers import ask_each
from modwsgideploy.activation.asking import ask_sites
from modwsgideploy.activation.found import Installed
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.maintained import in_maintenance
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.unread import unread_sites
from modwsgideploy.apache.certificates import not_after
from modwsgideploy.apache.control import (
    control_command_line,
    find_service,
)
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.managed import Store
from modwsgideploy.apache.processes import running_daemons
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.managed import managed_domains, renewed
from modwsgideploy.checks.running import running_processes
from modwsgideploy.checks.tls import WARN_SECONDS, reload_command
from modwsgideploy.model.release import ReleasePaths, find_root
from modwsgideploy.model.site import Site
from modwsgideploy.status.drift import (
    drift_from_record,
    drift_in_apache,
    drift_in_files,
    drift_in_processes,
)
from modwsgideploy.status.model import Certificate, ServedRelease, SiteStatus
from modwsgideploy.status.neighbours import (
    ApacheSite,
    apache_sites,
    processes_of_groups,
)


class Seen(NamedTuple):
    """A site of which a deployment was read."""

    status: SiteStatus
    change: SiteChange | None = None     # where to ask it, if it is on
    context: CheckContext | None = None


class Look:
    """One look at the sites of one Apache."""

    def __init__(self, layout: ApacheLayout, host: Host,
                 timeout_seconds: int) -> None:
        self._layout, self._host = layout, host
        self._timeout_seconds = timeout_seconds
        self._daemons = running_daemons()
        self.apache = 0
        self.trouble = ""     # why nothing is served at all
        if not host.httpd:
            return
        if not host.report.accepted:
            self.trouble = "\n    ".join([
                "Apache refuses its configuration:",
                *host.report.output.splitlines()])
            return
        service = find_service(host.httpd, layout.config, layout.platform)
        self.apache = service.pid
        if not service.pid:
            self.trouble = ("Apache does not run; start it with"
                            f" `{control_command_line(service, 'start')}`")

    def deployment(self, context: CheckContext, change: SiteChange,
                   refusal: Sequence[str], written: Site, source: str = ""
                   ) -> Seen:
        """Look at a deployment, but do not ask the site yet.

        ``change`` and ``refusal`` are what `enable` would do of it, and
        ``written`` is the site that `deploy` would write.
        """
        site = context.site
        on = change.was_on or bool(context.enabled)
        maintained = on and in_maintenance(change.files[0])
        if maintained and not refusal:
            # What `enable` would change is to end that.
            change = change._replace(own=(), shared=())
        drift = [*(drift_in_apache(context, change, refusal) if on else ()),
                 *drift_in_files(context, written)]
        status = SiteStatus(
            change.name, change.url, on, False, maintained, source,
            site.output_dir,
            release_of(context.script_path),
            tuple(running_processes(context, self._daemons, self.apache))
            if on and self.apache else (),
            certificate=_certificate([
                *self._certificates(change.files[-1:]),
                *(each.arguments[0] for each in
                  context.of("SSLCertificateFile") if each.arguments),
                *(Store(self._host).certificate(domain.name)
                  for domain in managed_domains(context))]),
            messages=_of_managed(context),
            drift=tuple(drift))
        return Seen(status, change if on else None, context)

    def installed(self, site: Installed, note: str) -> SiteStatus:
        """Look at a deployment whose project is not known, as ``note`` says.
        """
        found = next((each for each in apache_sites(self._host)
                      if each.path in site.paths), None)
        drift = tuple(drift_from_record(site.output_dir))
        if not found:
            return SiteStatus(site.name, "", False, drift=drift,
                              output_dir=site.output_dir, notes=(note,))
        return self._asked([found])[0]._replace(
            name=site.name, foreign=False, output_dir=site.output_dir,
            drift=drift, notes=(note,))

    def neighbours(self, known: Iterable[str]) -> list[SiteStatus]:
        """Look at the sites that are not in the ``known`` files."""
        real = set(map(os.path.realpath, known))
        return self._asked([site for site in apache_sites(self._host)
                            if os.path.realpath(site.path) not in real])

    def ask(self, seen: Iterable[Seen]) -> list[SiteStatus]:
        """Ask those that are on for their pages; return how they are."""
        seen = list(seen)
        changes = [each.change for each in seen if each.change]
        answers = ask_sites(changes, self._layout, self._timeout_seconds)
        unread = unread_sites(changes, self._layout, True)
        daemons = running_daemons()
        found = []
        for status, change, context in seen:
            if change and context:
                why, answer = answers.get(status.name, ("", None))
                status = _with_certificate_trouble(status._replace(
                    trouble=why, answer=answer and answer.probe, drift=(
                        *drift_in_processes(context, change.name in unread,
                                            daemons, self.apache),
                        *status.drift) if self.apache else status.drift))
            found.append(status)
        return found

    def _asked(self, sites: Sequence[ApacheSite]) -> list[SiteStatus]:
        """Look at what Apache alone tells of ``sites``, and ask them."""
        answers = dict(ask_each(
            {str(number): (site.endpoint,)
             for number, site in enumerate(sites)},
            self._timeout_seconds)) if self.apache else {}
        found = []
        for number, site in enumerate(sites):
            answer = answers.get(str(number))
            found.append(SiteStatus(
                site.name, site.endpoint.url, True, True,
                processes=processes_of_groups(site.groups, self._daemons,
                                              self.apache),
                answer=answer and answer.probe,
                trouble=answer.trouble if answer else "",
                certificate=_certificate([site.certificate])))
        return found

    def _certificates(self, links: Iterable[str]) -> list[str]:
        """Name the certificates in certbot's copies of the sites at
        ``links``."""
        copies = [os.path.splitext(link)[0] + "-le-ssl.conf"
                  for link in links]
        return [each.arguments[0] for each in
                self._host.directives.of("SSLCertificateFile")
                if each.path in copies and each.arguments]


def release_of(path: str) -> ServedRelease | None:
    """Find the release that ``path`` is in, or leads into by its link."""
    root = find_root(path)
    paths = ReleasePaths(root)
    if not root:
        return None
    name = paths.current
    if path.startswith(paths.releases + "/"):
        name = path[len(paths.releases) + 1:].partition("/")[0]
    # The link is made anew as another release becomes the current one.
    made = paths.link if name == paths.current else paths.release(name)
    return ServedRelease(name, os.lstat(made).st_mtime)


def _of_managed(context: CheckContext) -> tuple[str, ...]:
    """Say of each certificate that mod_md has renewed that Apache has still
    to read it."""
    return tuple(
        f"mod_md has renewed the certificate for {domain.name}, and Apache has"
        f" not read it; `{reload_command(context)}` has it do so"
        for domain, _ in renewed(context))


def _certificate(paths: Iterable[str]) -> Certificate | None:
    """Describe the first of the certificates at ``paths``."""
    for path in filter(None, paths):
        return Certificate(path, not_after(path))
    return None


def _with_certificate_trouble(status: SiteStatus) -> SiteStatus:
    """Add what is wrong with the certificate of a site that is on."""
    import time

    certificate = status.certificate
    if not certificate or certificate.ends is None:
        return status
    left = certificate.ends - time.time()
    if left >= WARN_SECONDS:
        return status
    day = time.strftime("%Y-%m-%d", time.gmtime(certificate.ends))
    return status._replace(messages=(*status.messages, (
        f"the certificate {certificate.path} {'ends' if left > 0 else 'ended'}"
        f" on {day}; `sudo certbot renew` renews one of certbot's, and the"
        " error log says why mod_md has not renewed one of its own")))
