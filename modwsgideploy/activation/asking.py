"""Ask sites whether they work, and once more before it is said that not."""

from __future__ import annotations

import os
from time import monotonic, sleep
from typing import Callable, Sequence

from modwsgideploy.activation.answers import (
    Answer,
    LogMarks,
    ask,
    ask_each,
    meaning,
)
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.reload import SETTLED_SECONDS
from modwsgideploy.apache.control import (
    Service,
    control_command_line,
    find_service,
)
from modwsgideploy.apache.host import Host

# Called with the name of each site that is done.
OnDone = Callable[[str], object]


def ask_sites(sites: Sequence[SiteChange], layout: ApacheLayout,
              timeout_seconds: int) -> dict[str, tuple[str, Answer | None]]:
    """Ask sites that are on already; why each is in trouble, and its answer.
    """
    host = Host(layout.config)
    if not host.httpd:
        return {}
    if not host.report.accepted:
        why = "\n    ".join([
            "Apache refuses its configuration, so it would neither reload nor"
            " start again; mend that"
            + ("" if not os.geteuid() else ", or run it as root, if that is"
               " for want of rights") + ":",
            *host.report.output.splitlines()])
        short = why.partition("\n")[0].rstrip(":")
        return {site.name: (short if number else why, None)
                for number, site in enumerate(sites)}
    service = find_service(host.httpd, layout.config, layout.platform)
    if not service.pid:
        why = ("Apache does not run; start it with"
               f" `{control_command_line(service, 'start')}`")
        return {site.name: (why, None) for site in sites}
    asking = Asking(service, layout, timeout_seconds, lambda name: None)
    trouble = asking.find_trouble(sites, LogMarks([service.error_log, *(
        log for site in sites for log in site.logs)]))
    return {site.name: (trouble.get(site.name, ""), asking.answers[site.name])
            for site in sites}


class Asking:
    """One round of questions to sites of one Apache."""

    def __init__(self, service: Service, layout: ApacheLayout,
                 timeout_seconds: int, on_done: OnDone) -> None:
        self._service, self._layout = service, layout
        self._timeout_seconds = timeout_seconds
        self._on_done = on_done
        self.answers: dict[str, Answer] = {}     # the last of each site

    def find_trouble(self, sites: Sequence[SiteChange], marks: LogMarks
                     ) -> dict[str, str]:
        """Say for each site that does not answer as it should, why.

        ``marks`` are of the logs before all this.
        """
        began = monotonic()
        before = self._service.generation
        for name, answer in ask_each(
                {site.name: site.endpoints for site in sites},
                self._timeout_seconds):
            self.answers[name] = answer
            self._on_done(name)
        wrong = [site for site in sites if self.answers[site.name].trouble]
        if wrong:
            # A process of before may have answered.
            sleep(max(0, began + SETTLED_SECONDS - monotonic()))
        why = {site.name: self._still_in_trouble(site, marks, before)
               for site in wrong}
        return {name: text for name, text in why.items() if text}

    def _still_in_trouble(self, site: SiteChange, marks: LogMarks,
                          before: tuple[int, int] | None) -> str:
        """Say why its next answer is none, either; "" if it is one.

        It has another chance whenever somebody else has had Apache reload
        since ``before``, as requests may fail then.
        """
        end = monotonic() + self._timeout_seconds
        answer = self.answers[site.name]
        slow = answer.probe.seconds >= self._timeout_seconds
        while not slow or self._service.generation != before:
            before, slow = self._service.generation, False
            # So that what the log gains comes from this one.
            marks = LogMarks([self._service.error_log, *site.logs])
            answer = ask(site.endpoints, self._timeout_seconds)
            self.answers[site.name] = answer
            if not answer.trouble:
                return ""
            # Apache says that it has reloaded some time after it began to.
            sleep(SETTLED_SECONDS)
            if self._service.generation == before or monotonic() > end:
                break
        return "\n    ".join([
            f"{answer.endpoint.url} {answer.trouble}{self._hint(answer)}",
            *meaning(marks.new_lines(), [site])])

    def _hint(self, answer: Answer) -> str:
        """Say what may be wrong where nobody listens."""
        if answer.probe.status or "refused" not in answer.probe.reason:
            return ""
        return (f"; if nothing listens there, add `Listen"
                f" {answer.endpoint.port}` to {self._layout.platform.ports}")
