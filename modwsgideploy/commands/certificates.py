"""Have the certificates made that sites need before they are switched on."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.activation.apply import ApplyOptions, SiteResult
from modwsgideploy.activation.own_pairs import (
    needs_pair,
    remove_pair,
    write_pair,
)
from modwsgideploy.commands.certbot import (
    Certifying,
    CertifyingRun,
    needs_certbot,
)
from modwsgideploy.commands.due import Due
from modwsgideploy.commands.output import note
from modwsgideploy.commands.progress import progress
from modwsgideploy.deployment.context import managed_names

if TYPE_CHECKING:
    from modwsgideploy.activation.layout import ApacheLayout
    from modwsgideploy.activation.ordering import Order, Ordering
    from modwsgideploy.activation.planner import SiteChange
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site


# The checks that find a certificate that is missing, ends, or is for others.
OF_PAIRS = ("MWD701", "MWD703", "MWD705")


class Certificates:
    """The certificates of the sites of one run, as a context."""

    def __init__(self, run: Invocation, layout: ApacheLayout, on: bool
                 ) -> None:
        self._run, self._layout = run, layout
        # Neither in maintenance nor off has a site need of one.
        self._on = on and not run.no_reload
        self._ordering: Ordering | None = None
        # What Apache has read meanwhile of the files that sites share.
        self._read: frozenset[str] = frozenset()
        self._made: list[Site] = []    # those whose pair was not there
        self._kept: set[str] = set()   # the names of those that are on
        self.by_certbot = Certifying(run, layout)
        # What is made, or would be, by the names of the sites.
        self.due: dict[str, Due] = {}
        # Those that are on, and not by HTTPS as they should.
        self.uncertified: set[str] = set()

    def foretell(self, candidates: Iterable[Candidate],
                 changes: Iterable[SiteChange], refused: Container[str]
                 ) -> None:
        """Tell which certificates would be made, if ``changes`` were."""
        candidates = [each for each in candidates if each.name not in refused]
        for name, due in (*self._pairs_due(candidates),
                          *self._orders_due(changes, refused),
                          *self._certbot_due(candidates)):
            if due not in self.due.values():    # of the same host
                self._tell(name, due, True)

    def _pairs_due(self, candidates: Iterable[Candidate]
                   ) -> Iterator[tuple[str, Due]]:
        for each in candidates:
            if each.site and each.context and each.change and needs_pair(
                    each.site, self._layout):
                yield each.name, Due("self-signed", managed_names(each.site))

    def _certbot_due(self, candidates: Iterable[Candidate]
                     ) -> Iterator[tuple[str, Due]]:
        from modwsgideploy.apache.host import Host

        host = Host(self._layout.config)
        for each in candidates if self._on else ():
            if each.site and each.change and needs_certbot(each.site, host):
                yield each.name, Due("certbot", managed_names(each.site))

    def _orders_due(self, changes: Iterable[SiteChange],
                    refused: Container[str]) -> Iterator[tuple[str, Due]]:
        for order in self._orders(changes):
            name, names = order.change.name, " and ".join(order.domain.names)
            if name in refused:
                continue
            if order.is_hidden:
                note(f"{name}: whether Apache has a certificate for {names}"
                     " already is for root to see; run it as root", self._run)
            else:
                yield name, due_of(order)

    def make_pairs(self, candidates: Iterable[Candidate]) -> None:
        """Make the self-signed certificates that sites need, and that are not
        there.  Raises DeployError."""
        for each in candidates:
            for name, due in self._pairs_due([each]):
                assert each.site
                self._tell(name, due)
                if not os.path.lexists(each.site.certificate):
                    self._made.append(each.site)
                write_pair(each.site)

    def __enter__(self) -> Certificates:
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the pairs of sites that are not on, and have Apache forget
        what only the order of certificates needed."""
        for site in self._made:
            if site.name not in self._kept:
                remove_pair(site)
        if self._ordering:
            from modwsgideploy.activation.ordering import have_read_the_rest

            have_read_the_rest(self._ordering)

    def _orders(self, changes: Iterable[SiteChange]) -> list[Order]:
        """Return the orders that ``changes`` need."""
        changes = [change for change in changes if self._on and any(
            "<MDomainSet" in (each.new.text or "")
            for each in (*change.own, *change.host))]
        if not changes:
            return []
        from modwsgideploy.activation.ordering import orders
        from modwsgideploy.apache.host import Host

        return [*orders(changes, self._layout, Host(self._layout.config))]

    def ordered(self, candidates: Sequence[Candidate],
                changes: Iterable[SiteChange]) -> list[Candidate]:
        """Have mod_md get the certificates that ``changes`` need.

        Return the candidates, refused those that get none.  Raises Failed.
        """
        wanted = self._orders(changes)
        if not wanted:
            return list(candidates)
        from modwsgideploy.activation.ordering import Ordering

        for each in wanted:
            self._tell(each.change.name, due_of(each))
        with progress(len(wanted), self._run, " certificates") as bar:
            self._ordering = Ordering(
                self._layout, ApplyOptions(
                    timeout_seconds=self._run.timeout), wanted,
                self._step, bar.advance)
            sites = [each.change for each in wanted]
            results = self._ordering.guarded(sites)
        self._read = frozenset(
            change.path for site in sites for change in site.shared
            if not results[site.name].messages)
        return [each.refused(*results[each.name].messages)
                if each.name in results and results[each.name].messages
                else each for each in candidates]

    def apply(self, candidates: Iterable[Candidate],
              changes: Sequence[SiteChange], options: ApplyOptions
              ) -> dict[str, SiteResult]:
        """Make ``changes`` take effect, and have certbot get the certificates
        that they need; the result of each name.  Raises Failed."""
        self.by_certbot.add(candidates if self._on else ())
        with progress(len(changes), self._run) as bar:
            results = CertifyingRun(
                self._layout, options._replace(read=self._read),
                self.by_certbot, lambda name: bar.advance()).guarded(changes)
        self._kept = {name for name, result in results.items()
                      if not result.messages}
        return results

    def certify_asked(self, candidates: Iterable[Candidate],
                      results: dict[str, SiteResult]) -> None:
        """Have certbot get the certificates of sites that were on already and
        answer; put what became of them into ``results``."""
        self.by_certbot.add(candidates if self._on else ())
        for each in candidates:
            result = results.get(each.name)
            if each.change and result and not result.messages and (
                    each.name not in self._kept):
                self.by_certbot.certify(each.change)
        self.due.update(self.by_certbot.due)
        for name, certified in self.by_certbot.done.items():
            if not results[name].messages:
                if certified.why:
                    self.uncertified.add(name)
                results[name] = SiteResult(
                    (certified.why,) if certified.why else (),
                    certified.answer and certified.answer.probe)

    def _tell(self, name: str, due: Due, simulate: bool = False) -> None:
        """Tell which certificate is made for a site, or would be."""
        self.due[name] = due
        note(f"{name}: {due.phrase(simulate)}", self._run)

    def _step(self, name: str, step: str) -> None:
        """Tell what mod_md does for the certificate of a site."""
        if self._run.verbosity > 0:
            note(f"{name}: {step}", self._run)


def due_of(order: Order) -> Due:
    """Return whom ``order`` asks, and for which names."""
    return Due(order.domain.authority or "the authority", order.domain.names)
