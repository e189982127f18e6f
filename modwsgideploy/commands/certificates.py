"""Have the certificates made that sites need before they are switched on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.output import note
from modwsgideploy.commands.progress import progress

if TYPE_CHECKING:
    from modwsgideploy.activation.layout import ApacheLayout
    from modwsgideploy.activation.ordering import Ordering
    from modwsgideploy.activation.planner import SiteChange
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site


# The checks that find a certificate that is missing, ends, or is for others.
OF_PAIRS = ("MWD701", "MWD703", "MWD705")


class Certificates:
    """The certificates of the sites of one run, as a context."""

    def __init__(self, run: Invocation, layout: ApacheLayout) -> None:
        self._run, self._layout = run, layout
        self._ordering: Ordering | None = None
        # What Apache has read meanwhile of the files that sites share.
        self.read: frozenset[str] = frozenset()
        self._made: list[Site] = []    # those whose pair was not there
        self.kept: set[str] = set()    # the names of those that are on

    def make_pairs(self, candidates: Iterable[Candidate]) -> None:
        """Make the self-signed certificates that sites need, and that are not
        there.  Raises DeployError."""
        for each in candidates:
            site = each.site
            if not (site and each.context and each.change) or (
                    site.https != "self-signed"):
                continue
            from modwsgideploy.activation.own_pairs import (
                needs_pair,
                write_pair,
            )

            if needs_pair(site, self._layout):
                if not os.path.lexists(site.certificate):
                    self._made.append(site)
                write_pair(site)

    def __enter__(self) -> Certificates:
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the pairs of sites that are not ``kept``, and have Apache
        forget what only the order of certificates needed."""
        for site in self._made:
            if site.name not in self.kept:
                from modwsgideploy.activation.own_pairs import remove_pair

                remove_pair(site)
        if self._ordering:
            from modwsgideploy.activation.ordering import have_read_the_rest

            have_read_the_rest(self._ordering)

    def ordered(self, candidates: Sequence[Candidate],
                changes: Iterable[SiteChange]) -> list[Candidate]:
        """Have mod_md get the certificates that ``changes`` need.

        Return the candidates, refused those that get none.  Raises Failed.
        """
        from modwsgideploy.apache.host import Host

        changes = [] if self._run.no_reload else [
            change for change in changes if any(
                "<MDomainSet" in (each.new.text or "")
                for each in (*change.own, *change.host))]
        if not changes:
            return list(candidates)
        from modwsgideploy.activation.apply import ApplyOptions
        from modwsgideploy.activation.ordering import Ordering, orders

        wanted = list(orders(changes, self._layout, Host(self._layout.config)))
        if not wanted:
            return list(candidates)
        for each in wanted:
            note(f"{each.change.name}: asking"
                 f" {each.domain.authority or 'the authority'} for a"
                 f" certificate for {' and '.join(each.domain.names)}",
                 self._run)
        with progress(len(wanted), self._run, " certificates") as bar:
            self._ordering = Ordering(
                self._layout, ApplyOptions(
                    timeout_seconds=self._run.timeout), wanted,
                self._step, bar.advance)
            sites = [each.change for each in wanted]
            self._ordering.guarded(sites)
        results = {site.name: self._ordering.result(site) for site in sites}
        self.read = frozenset(
            change.path for site in sites for change in site.shared
            if not results[site.name].messages)
        return [each.refused(*results[each.name].messages)
                if each.name in results and results[each.name].messages
                else each for each in candidates]

    def _step(self, name: str, step: str) -> None:
        """Tell what mod_md does for the certificate of a site."""
        if self._run.verbosity > 0:
            note(f"{name}: {step}", self._run)
