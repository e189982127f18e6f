"""Have certbot get and install the certificates of sites that are on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.activation.acme_errors import authority_words
from modwsgideploy.activation.answers import Answer, ask
from modwsgideploy.activation.apply import ApplyOptions, Run
from modwsgideploy.activation.asking import OnDone
from modwsgideploy.activation.endpoint import Endpoint
from modwsgideploy.activation.reload import (
    SETTLED_SECONDS,
    STARTED_SECONDS,
)
from modwsgideploy.apache.certificates import is_refused_for
from modwsgideploy.apache.host import Host
from modwsgideploy.commands.due import Due
from modwsgideploy.commands.output import note
from modwsgideploy.deployment.certbot_call import certbot_words
from modwsgideploy.deployment.context import managed_names
from modwsgideploy.quoting import printable
from modwsgideploy.system.files import text_or_empty

if TYPE_CHECKING:
    from subprocess import Popen

    from modwsgideploy.activation.layout import ApacheLayout
    from modwsgideploy.activation.planner import SiteChange
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site

# It may wait for an authority.
TIMEOUT_SECONDS = 600
# What it may need to put back what it has changed, when it is to end.
ENDING_SECONDS = 60


class Certified(NamedTuple):
    """What became of a site for which certbot was run."""

    answer: Answer | None = None    # by HTTPS; None without a certificate
    why: str = ""      # there is none, or that answer is in trouble


def needs_certbot(site: Site, host: Host) -> bool:
    """Whether ``site`` is to have its certificate from certbot, and Apache
    has no VirtualHost with HTTPS, or no certificate, for one of its names."""
    if site.https != "certbot":
        return False
    found: dict[str, str] = {}
    for each in host.directives.of("SSLCertificateFile"):
        section = each.section("VirtualHost")
        for name in host.directives.host_names.get(
                section.identity, ()) if section and each.arguments else ():
            found.setdefault(name, each.arguments[0])
    return any(name not in found or is_refused_for(found[name], name)
               for name in managed_names(site))


class Certifying:
    """Runs certbot for the sites of one run that need it."""

    def __init__(self, run: Invocation, layout: ApacheLayout) -> None:
        self._run, self._layout = run, layout
        self._sites: dict[str, Site] = {}
        self.due: dict[str, Due] = {}
        self.done: dict[str, Certified] = {}

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Run it for those of ``candidates`` that are to have it."""
        self._sites.update({
            each.change.name: each.site for each in candidates
            if each.change and each.site and each.site.https == "certbot"})

    def certify(self, change: SiteChange) -> str:
        """Run certbot for a site that works by plain HTTP, and ask that by
        HTTPS; return why it has no certificate, "" if it has one."""
        site = self._sites.get(change.name)
        if not site or not needs_certbot(
                site, Host(self._layout.config)):
            return ""
        due = self.due[change.name] = Due("certbot", managed_names(site))
        note(f"{change.name}: {due.phrase()}", self._run)
        why = _run(certbot_words(site))
        if why:
            why = f"certbot got or installed no certificate:\n    {why}"
            self.done[change.name] = Certified(why=why)
            return why
        first = change.endpoints[-1]
        answer = _ask_after_reload(
            Endpoint(first.path, first.host, 443, first.address, True),
            self._run.timeout)
        self.done[change.name] = Certified(
            answer, answer.trouble
            and f"{answer.endpoint.url} {answer.trouble}")
        return ""


class CertifyingRun(Run):
    """A run that has certbot get certificates before it comes to its end."""

    def __init__(self, layout: ApacheLayout, options: ApplyOptions,
                 certifying: Certifying, on_done: OnDone | None = None
                 ) -> None:
        super().__init__(layout, options, on_done)
        self._certifying = certifying

    def find_trouble(self, sites: Sequence[SiteChange]) -> Mapping[str, str]:
        """Ask ``sites``, and have certbot certify those that answer; say why
        others are to be taken back."""
        why = dict(super().find_trouble(sites))
        for site in sites:
            if site.name not in why:
                reason = self._certifying.certify(site)
                if reason:
                    why[site.name] = reason
        return why


def _ask_after_reload(endpoint: Endpoint, timeout_seconds: int) -> Answer:
    """Ask again as long as what certbot had Apache reload may be the reason.
    """
    end = monotonic() + STARTED_SECONDS
    while True:
        answer = ask([endpoint], timeout_seconds)
        if not answer.trouble or monotonic() > end:
            return answer
        sleep(SETTLED_SECONDS)


def _run(words: Sequence[str]) -> str:
    """Run certbot; return what it said of a failure, or ""."""
    import subprocess

    # It takes files for unchanged that change within a second, and so would
    # install what it had written into them for a challenge.
    sleep(1 - time() % 1)
    try:
        # Ctrl-C is for this process, which has it put all back once.
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
    except FileNotFoundError:
        return ("this machine has no certbot; install it, with its plugin for"
                " Apache")
    try:
        said, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"it did not end within {TIMEOUT_SECONDS} seconds"
    except BaseException:
        _end(process)
        raise
    if not process.returncode:
        return ""
    text = printable(said.decode("utf-8", "replace"))
    return "\n    ".join([
        *(line for line in text.splitlines() if line.strip(" -")),
        *_in_its_log(text)])


def _in_its_log(said: str) -> list[str]:
    """List what the authority has said by the log that certbot names, where
    it does not say so itself: some of its versions fail over that."""
    path = re.search(r"logfile (/\S+)", said)
    # Each run begins with that, and may be behind others.
    text = text_or_empty(path[1]).rpartition("certbot version: ")[2] \
        if path else ""
    return [each for each in dict.fromkeys(authority_words(text))
            if each.partition(": ")[2] not in said]


def _end(process: Popen[bytes]) -> None:
    """End certbot as it wants to be ended: it puts back what it has changed.
    """
    import subprocess

    from modwsgideploy.system.signals import deferred_signals

    with deferred_signals():
        process.terminate()
        try:
            process.communicate(timeout=ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
