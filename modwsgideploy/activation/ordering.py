"""Have mod_md get the certificate of a site before the site is switched on.

Apache reads a file with nothing but the domain (``<MDomainSet>``), which
changes no answer of any host; mod_md gets the certificate into its store and
the file is removed again.  The site itself comes after that, and finds the
certificate there: it was either never touched, or works at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic, sleep
from typing import NamedTuple

from modwsgideploy.activation.acme_errors import authority_words
from modwsgideploy.activation.apply import ApplyOptions, Run
from modwsgideploy.activation.checkpoint import CheckpointFile
from modwsgideploy.activation.endpoint import Endpoint
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.modules import link
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import reload_or_start
from modwsgideploy.activation.rollback import put_back
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
)
from modwsgideploy.apache.control import Service
from modwsgideploy.apache.host import Host
from modwsgideploy.apache.managed import (
    Job,
    ManagedDomain,
    Store,
    managed_in,
    with_section,
)
from modwsgideploy.quoting import printable

# How often longer than for a page to wait for a certificate.
PATIENCE = 4
_HEADING = "# For the time in which mod_md gets the certificate of {}.\n"


class Order(NamedTuple):
    """The certificate that one site needs, and what has mod_md get it."""

    domain: ManagedDomain
    change: SiteChange
    is_hidden: bool = False    # this user cannot see whether it is needed


def orders(sites: Iterable[SiteChange], layout: ApacheLayout, host: Host
           ) -> Iterator[Order]:
    """Yield an Order for each of ``sites`` that needs a certificate."""
    store, ordered = Store(host), set()
    for site in sites:
        for change in (*site.own, *site.host):
            for domain in managed_in(change.new.text or ""):
                if domain.name not in ordered and store.lacks(domain):
                    ordered.add(domain.name)
                    yield Order(domain, _change(site, domain, layout, host),
                                store.hides(domain))


def _change(site: SiteChange, domain: ManagedDomain, layout: ApacheLayout,
            host: Host) -> SiteChange:
    """Plan what has mod_md get the certificate of ``domain``.

    If a file in force has any of its names, that is changed, for mod_md takes
    a name once.
    """
    # It works on what no VirtualHost uses, either.
    wanted = domain._replace(text=domain.text.replace(
        "</MDomainSet>", "    MDRenewMode always\n</MDomainSet>"))
    changes = []
    for path in dict.fromkeys(map(os.path.realpath, host.paths)):
        state = read_state(path)
        text = with_section(state.text or "", wanted)
        if state.text is not None and text != state.text:
            changes.append(PathChange(path, state, PathState(
                text, mode=state.mode)))
    if not changes:
        path = f"{layout.platform.sites}/{site.name}-certificate.conf"
        text = _HEADING.format(domain.name) + wanted.text
        changes.append(PathChange(path, read_state(path), PathState(text)))
        if layout.enabled:
            changes.append(link(
                f"{layout.enabled}/{site.name}-certificate.conf", path))
    return SiteChange(
        site.name, site.url,
        # The last one says whether the site itself is on.
        (*(change.path for change in changes), *site.files), tuple(changes),
        site.shared, logs=site.logs,
        endpoints=tuple(Endpoint(each.path, each.host, 80, each.address, False,
                                 -1) for each in site.endpoints[:1]))


class _UndoneWhenKilled(CheckpointFile):
    """The checkpoint of a run of which nothing is to stay."""

    def mark_loading(self) -> None:
        """Do not note it, so that what was placed is put back."""


class Ordering(Run):
    """A run that has mod_md get certificates, and leaves them in its store.
    """

    def __init__(self, layout: ApacheLayout, options: ApplyOptions,
                 wanted: Sequence[Order],
                 on_step: Callable[[str, str], object],
                 on_certificate: Callable[[], object]) -> None:
        super().__init__(layout, options)
        self.checkpoint = _UndoneWhenKilled(layout)
        self._on_certificate = on_certificate
        self._orders = {order.change.name: order for order in wanted}
        self._on_step = on_step
        self._before: dict[str, Job] = {}
        # Of Apache, when it had read what is undone by now.
        self.loaded_service: Service | None = None
        self.generation: tuple[int, int] | None = None

    def load(self) -> None:
        """Have Apache read it.  Raises Failed."""
        store = Store(self.host)
        for order in self._orders.values():
            store.forget_failure(order.domain.name)
        self._before = {name: store.job(order.domain.name)
                        for name, order in self._orders.items()}
        super().load()

    def ask(self, sites: Sequence[SiteChange]) -> None:
        """Wait for the certificates of ``sites``, then undo what has them
        made.  Apache has still to read that, unless one has failed."""
        store = Store(self.host)
        why = self._failures(sites, store)
        for name, text in why.items():
            self.failed[name] = [text]
        put_back([change for site in sites if site.name not in why
                  for change in site.own])
        wrong = [site for site in sites if site.name in why]
        if wrong:
            self.take_back(wrong)
            failure = self.load_former()
            if failure:
                self.failed[wrong[-1].name].append(failure)
        elif self.service:
            self.loaded_service = self.service
            self.generation = self.service.generation

    def _failures(self, sites: Sequence[SiteChange], store: Store
                  ) -> dict[str, str]:
        """Wait; say for each site that gets no certificate, why."""
        end = monotonic() + self.options.timeout_seconds * PATIENCE
        left = [site.name for site in sites]
        why: dict[str, str] = {}
        said: dict[str, str] = {}
        while left:
            for name in [*left]:
                domain = self._orders[name].domain
                job = store.job(domain.name)
                is_late = monotonic() > end
                has_failed = job.has_failed and (
                    job.state != self._before[name].state)
                # Somebody else may have had Apache read it already.
                if job.finished or not job.errors and not store.lacks(domain):
                    left.remove(name)
                elif is_late or has_failed:
                    left.remove(name)
                    why[name] = self._reason(domain, job, is_late)
                elif job.detail and said.get(name) != job.detail:
                    said[name] = job.detail
                    self._on_step(name, printable(job.detail))
                if name not in left:
                    self._on_certificate()
            if left:
                sleep(0.1)
        return why

    def _reason(self, domain: ManagedDomain, job: Job, is_late: bool) -> str:
        """Say why ``domain`` has no certificate."""
        waited = (f" within {self.options.timeout_seconds * PATIENCE} seconds"
                  " (four times --timeout)")
        lines = [f"there is no certificate for {' and '.join(domain.names)}"
                 + waited * (is_late and not job.has_failed)]
        lines += [*dict.fromkeys(
            word for line in self.marks.new_lines()
            for word in authority_said(line, domain))]
        if job.detail:
            lines.append(f"mod_md says: {printable(job.detail)}")
        return "\n    ".join(lines)


def authority_said(line: str, domain: ManagedDomain) -> Iterator[str]:
    """Yield what the authority has said, by a ``line`` of Apache's log."""
    if any(name in line for name in domain.names):
        # Apache writes each backslash as two.
        yield from authority_words(line.replace("\\\\", "\\"))


def have_read_the_rest(ordering: Ordering) -> None:
    """Have Apache forget what only an order needed, if it has read nothing
    since."""
    service = ordering.loaded_service
    if service and service.generation == ordering.generation:
        reload_or_start(service, ordering.options.timeout_seconds)
