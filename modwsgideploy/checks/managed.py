"""Check the certificates that Apache gets itself, by mod_md."""

from __future__ import annotations

import os

from modwsgideploy.apache.managed import ManagedDomain, Store, managed_in
from modwsgideploy.apache.md_conflicts import md_conflicts
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.quoting import printable
from modwsgideploy.system.versions import version_tuple

# Since which Apache its mod_md knows what a generated configuration has, by
# the changes of Apache.
_SINCE = {"mdcontactemail": "2.4.42", "mdstapling": "2.4.42"}
_CURVES_SINCE = "2.4.48"


def managed_domains(context: CheckContext) -> list[ManagedDomain]:
    """List the domains that the site's own configuration has mod_md manage.
    """
    return managed_in(context.texts.get(context.conf, ""))


def uncertified(context: CheckContext) -> CheckResult:
    """Until mod_md has the certificate of a host that Apache serves already,
    each request by HTTPS is answered 503, with a warning in browsers.  This
    is seen by root alone.
    """
    if not context.enabled or not context.host.httpd:
        return
    store = Store(context.host)
    for domain in managed_domains(context):
        if store.certificate(domain.name) or not any(
                os.access(f"{directory}/domains", os.R_OK | os.X_OK)
                for directory in store.directories):
            continue
        job = store.job(domain.name)
        why = f": {printable(job.detail)}" if job.has_failed else ""
        yield (f"{context.conf}: mod_md has no certificate for"
               f" {' and '.join(domain.names)} yet{why}",
               f"sudo {context.command('enable')}")


def renewed(context: CheckContext) -> list[tuple[ManagedDomain, str]]:
    """List the domains with a new certificate that Apache has not read, each
    with where that is."""
    if not context.enabled or not context.host.httpd:
        return []
    store = Store(context.host)
    return [(domain, store.staged(domain.name))
            for domain in managed_domains(context)
            if store.job(domain.name).finished]


def version(context: CheckContext) -> CheckResult:
    """The mod_md of an Apache before 2.4.42 does not know who is to be told
    of a certificate (``MDContactEmail``), nor one before 2.4.48 keys with
    elliptic curves; Apache refuses to start.
    """
    httpd = context.host.httpd
    if not httpd:
        return
    for each in context.own:
        since = _SINCE.get(each.key, "")
        fix = ("get the certificate by certbot, and deploy without --https"
               " auto, or with a newer Apache")
        if each.key == "mdprivatekeys" and "rsa" not in each.text.lower():
            since = _CURVES_SINCE
            fix = context.redeploy("--acme-key=rsa")
        if since and httpd.version_info < version_tuple(since):
            yield (f"{each.where} has {each.name}, which Apache knows since"
                   f" {since}, and this one is {httpd.version}", fix)


def overlap(context: CheckContext) -> CheckResult:
    """Mod_md gets one certificate for each name.  Where two managed domains
    have a name in common, or cover it by a pattern, Apache ends when it starts
    or reloads: "AH10038: two Managed Domains have an overlap" or "AH10042:
    conflict".  Its own test accepts them.
    """
    own = {each.path for each in context.own}
    for conflict in md_conflicts(context.effective):
        ours = [each for each in (conflict.second, conflict.first)
                if each.path in own]
        if ours:
            yield (conflict.message, f"take {conflict.name} out of one of the"
                   " two; of this site, it is in --server-name or"
                   " --server-alias")
