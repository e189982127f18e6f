"""Have certbot get and install the certificates of sites that are on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from modwsgideploy.activation.answers import Answer, ask
from modwsgideploy.activation.apply import SiteResult
from modwsgideploy.activation.endpoint import Endpoint
from modwsgideploy.activation.reload import (
    SETTLED_SECONDS,
    STARTED_SECONDS,
)
from modwsgideploy.apache.certificates import is_refused_for
from modwsgideploy.apache.host import Host
from modwsgideploy.commands.output import note
from modwsgideploy.deployment.certbot_call import certbot_words
from modwsgideploy.deployment.context import managed_names
from modwsgideploy.quoting import printable

if TYPE_CHECKING:
    from modwsgideploy.commands.candidate import Candidate
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site

# It may wait for an authority.
TIMEOUT_SECONDS = 600


class Certified(NamedTuple):
    """What became of a site for which certbot was run; it stays on."""

    url: str
    result: SiteResult     # its messages say why it has no certificate


def has_https(site: Site, host: Host) -> bool:
    """Whether Apache has a VirtualHost with HTTPS, and a certificate that
    does, for each name of ``site``."""
    found: dict[str, str] = {}
    for each in host.directives.of("SSLCertificateFile"):
        section = each.section("VirtualHost")
        for name in host.directives.host_names.get(
                section.identity, ()) if section and each.arguments else ():
            found.setdefault(name, each.arguments[0])
    return all(name in found and not is_refused_for(found[name], name)
               for name in managed_names(site))


def certify(candidates: Sequence[Candidate], results: dict[str, SiteResult],
            run: Invocation) -> dict[str, Certified]:
    """Run certbot for each site that is on, is to have its certificate from
    it, and has none yet; by its result, it works by plain HTTP.

    Return what became of each, and put that into ``results``.
    """
    found: dict[str, Certified] = {}
    for each in candidates:
        site = each.site
        if not (site and each.change and site.https == "certbot") or (
                run.no_reload or each.name not in results
                or results[each.name].messages):
            continue
        if not has_https(site, Host(run.server_config or None)):
            note(f"{each.name}: having certbot get a certificate for"
                 f" {' and '.join(managed_names(site))}", run)
            found[each.name] = _certified(each, site, run)
            results[each.name] = found[each.name].result
    return found


def _certified(candidate: Candidate, site: Site, run: Invocation
               ) -> Certified:
    """Run certbot for one site, and ask that by HTTPS."""
    assert candidate.change
    words = certbot_words(site)
    why = _run(words)
    if why:
        return Certified(candidate.change.url, SiteResult((
            f"certbot got or installed no certificate, so the site is served"
            f" by plain HTTP alone; mend that, and `sudo {shlex.join(words)}`"
            f" tries it again:\n    {why}",)))
    first = candidate.change.endpoints[-1]
    answer = _ask_after_reload(
        Endpoint(first.path, first.host, 443, first.address, True),
        run.timeout)
    url = answer.endpoint.url
    if answer.trouble:
        return Certified(url, SiteResult((f"{url} {answer.trouble}",)))
    return Certified(url, SiteResult(answer=answer.probe))


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
    """Run a command; return what it said of a failure, or ""."""
    import subprocess

    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT_SECONDS)
    except FileNotFoundError:
        return ("this machine has no certbot; install it, with its plugin for"
                " Apache")
    except subprocess.TimeoutExpired:
        return f"it did not end within {TIMEOUT_SECONDS} seconds"
    if not done.returncode:
        return ""
    lines = printable(done.stdout.decode("utf-8", "replace")).splitlines()
    return "\n    ".join(line for line in lines if line.strip(" -"))
