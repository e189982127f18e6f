"""Check certificates and their keys."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple, NoReturn

from modwsgideploy.apache.certificates import is_refused_for, not_after
from modwsgideploy.apache.parser import Directive, Directives
from modwsgideploy.checks import managed
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.checks.fixes import comment_out, replace
from modwsgideploy.checks.neighbours import names_of
from modwsgideploy.deployment.context import CIPHERS, CURVES
from modwsgideploy.system.files import text_or_empty

# How long before the end to warn: certbot renews 30 days before.
WARN_SECONDS = 14 * 24 * 3600


class KeyTrouble(NamedTuple):
    """Why Apache cannot use a key."""

    message: str
    password: bool     # it is for want of one


def _pairs(context: CheckContext) -> Iterator[tuple[str, str, Directive]]:
    """Yield the (certificate, key, directive) of each TLS host."""
    return pairs_in(context.own)


def pairs_in(directives: Directives) -> Iterator[tuple[str, str, Directive]]:
    """Yield the (certificate, key, directive) of each TLS host."""
    for directive in directives.of("SSLCertificateFile"):
        keys = [each for each in directives.of("SSLCertificateKeyFile")
                if each.inside == directive.inside]
        if directive.arguments:
            yield directive.arguments[0], (
                keys[0].arguments[0] if keys and keys[0].arguments
                else directive.arguments[0]), directive


def missing(context: CheckContext) -> CheckResult:
    """Apache reads certificates and keys as root when it starts, and does not
    start without them.
    """
    for certificate, key, directive in _pairs(context):
        for path in dict.fromkeys((certificate, key)):
            # What is hidden from this user may be there for root.
            if not os.path.exists(path) and os.access(
                    _existing(path), os.X_OK):
                yield (f"{directive.where} needs {path}, which does not"
                       " exist", _request(context, directive))


def _existing(path: str) -> str:
    """The nearest directory above ``path`` that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _request(context: CheckContext, directive: Directive) -> str:
    """The command that gets a certificate for the host of ``directive``."""
    if context.site.https == "self-signed":
        return f"sudo {context.command('enable')}"
    host = directive.section("VirtualHost")
    names = names_of(context, host)[:1] if host else []
    return shlex.join(["sudo", "certbot", "certonly", "--apache", *(
        word for name in names for word in ("-d", name))])


def mismatch(context: CheckContext) -> CheckResult:
    """The key does not belong to the certificate; Apache does not start:
    "AH02565: Certificate and private key ... do not match".
    """
    for certificate, key, directive in _pairs(context):
        trouble = key_trouble(certificate, key)
        if trouble:
            yield (f"{directive.where}: {trouble.message}", shlex.join(
                ["sudo", "openssl", "pkey", "-in", key, "-out", key])
                if trouble.password else _request(context, directive))


def key_trouble(certificate: str, key: str) -> KeyTrouble | None:
    """Say why Apache cannot use ``key`` for ``certificate``, if so."""
    import ssl

    if not all(os.access(path, os.R_OK) for path in (certificate, key)):
        return None
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(certificate, key, _no_password)
    except ssl.SSLError as error:
        return KeyTrouble(f"{key} is not the key of {certificate}"
                          f" ({error.reason or error})", False)
    except ValueError:
        return KeyTrouble(f"{key} is protected by a password, for which"
                          " Apache asks whenever it starts", True)
    return None


def _no_password() -> NoReturn:
    """Refuse to decrypt a key.  Raises ValueError."""
    raise ValueError("a password is needed")


def readable_key(context: CheckContext) -> CheckResult:
    """Apache reads the key as root, so nobody else needs to; whoever can read
    it can pass for the host.
    """
    for _, key, directive in _pairs(context):
        try:
            mode = os.stat(key).st_mode
        except OSError:
            continue
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            yield (f"{directive.where}: everybody on this machine can read the"
                   f" key {key} (mode {stat.S_IMODE(mode):04o})",
                   shlex.join(["sudo", "chmod", "o-rwx", key]))


# What mod_ssl says of the directives that it refuses.
_SAYS = {
    "SSLCipherSuite": "SSL ciphers|TLSv1.3 ciphers",
    "SSLProtocol": "No SSL protocols", "SSLOpenSSLConfCmd": "ConfCmd",
    "SSLUseStapling": "SSLStapling", "SSLCARevocationCheck": "CRL",
    "SSLCACertificateFile": "verify locations",
    "SSLCACertificatePath": "verify locations"}
# What `deploy` writes, and so is known to work.
_GENERATED = {"SSLEngine on", "SSLProtocol -all +TLSv1.2 +TLSv1.3",
              f"SSLCipherSuite {CIPHERS}", "SSLHonorCipherOrder off",
              "SSLSessionTickets off", f"SSLOpenSSLConfCmd Curves {CURVES}"}


def refused(context: CheckContext) -> CheckResult:
    """Mod_ssl can make nothing of a setting, and ends Apache when it starts or
    reloads: ciphers or curves that OpenSSL does not know, no protocol at all,
    authorities without a certificate.  Apache's own test accepts it.
    """
    from modwsgideploy.apache.tls_trial import refusals, tls_hosts
    from modwsgideploy.checks.config_test import others_root_directives

    host = context.host
    if others_root_directives(context):     # which the trial would do as well
        return
    if not any(each.key.startswith("ssl") and str(each) not in _GENERATED
               and not each.key.startswith("sslcertificate")
               for each in context.own) or any(
            not os.access(key, os.R_OK) or key_trouble(certificate, key)
            for certificate, key, _ in _pairs(context)):
        return
    hosts = tls_hosts(Directives([
        *(each for each in host.directives if not each.inside
          and each.path != context.conf), *context.own]))
    for path, reason in refusals(host, [
            each for each in hosts if each.path == context.conf]):
        wrong = [each for each in context.own for name, words in _SAYS.items()
                 if each.key == name.lower() and re.search(words, reason)]
        yield (f"{path}: mod_ssl refuses it, and ends Apache: {reason}",
               context.edit(path, *map(comment_out, wrong)) if wrong else
               f"mend what {path} says of TLS")


def renewed(context: CheckContext) -> CheckResult:
    """Apache reads a certificate when it starts or reloads.  One that has been
    renewed since is not served, and browsers refuse the old one in the end.
    """
    read_at = _read_at(context)
    for certificate, key, directive in _pairs(context) if read_at else ():
        changed = [path for path in dict.fromkeys((certificate, key))
                   if changed_at(path) > read_at]
        if changed:
            yield (f"{directive.where}: {changed[0]} has changed since Apache"
                   " read it", reload_command(context))
    for domain, path in managed.renewed(context):
        yield (f"{context.conf}: mod_md has renewed the certificate for"
               f" {domain.name}, and Apache has not read it from {path}",
               reload_command(context))


def changed_at(path: str) -> float:
    """When the file ``path``, or the link to it, has changed; 0 if unknown."""
    try:
        return max(os.stat(path).st_ctime, os.lstat(path).st_ctime)
    except OSError:
        return 0.0


def _read_at(context: CheckContext) -> float:
    """When the Apache that serves the site has read its configuration.

    0 if it does not serve it, or does not run.
    """
    from modwsgideploy.apache.control import find_service

    host = context.host
    if not host or not host.httpd or not context.enabled or (
            not context.of("SSLCertificateFile")):
        return 0.0
    service = find_service(host.httpd, host.config, context.site.platform)
    try:
        return os.stat(service.pid_file).st_mtime if service.pid else 0.0
    except OSError:
        return 0.0


def reload_command(context: CheckContext) -> str:
    """The command that has Apache read the certificate."""
    from modwsgideploy.apache.control import (
        control_command_line,
        find_service,
    )

    host = context.host
    assert host and host.httpd
    command = control_command_line(find_service(
        host.httpd, host.config, context.site.platform), "reload")
    return f"sudo {command}"


def expiry(context: CheckContext) -> CheckResult:
    """Once a certificate has expired, every browser refuses the site."""
    import time

    for certificate, _, directive in _pairs(context):
        end = not_after(certificate)
        if end and end - time.time() < WARN_SECONDS:
            day = time.strftime("%Y-%m-%d", time.gmtime(end))
            verb = "ended" if end < time.time() else "ends"
            yield (f"{directive.where}: the certificate {certificate} {verb}"
                   f" on {day}", "sudo certbot renew" if context.site.https
                   != "self-signed" else _request(context, directive))


# A name that certificates are made for.
_PUBLIC = (r"(?!.*\.(?:local|localdomain|internal|lan|home|test|invalid)\Z)"
           r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+")


def names(context: CheckContext) -> CheckResult:
    """The certificate is for other names than the host has: every browser
    refuses the site there.
    """
    for certificate, _, directive in _pairs(context):
        host = directive.section("VirtualHost")
        wanted = [name for name in (names_of(context, host) if host else ())
                  if re.fullmatch(_PUBLIC, name)]
        missing_names = [name for name in wanted
                         if is_refused_for(certificate, name)]
        if missing_names:
            yield (f"{directive.where}: the certificate {certificate} is not"
                   f" for {', '.join(missing_names)}",
                   shlex.join(["sudo", "certbot", "certonly", "--apache", *(
                       word for name in wanted for word in ("-d", name))]))


def chain(context: CheckContext) -> CheckResult:
    """Certbot writes the certificate alone to ``cert.pem``, and with those
    between it and the root to ``fullchain.pem``.  With the first, programs
    that are no browser refuse the site: "unable to get local issuer
    certificate".
    """
    for certificate, _, directive in _pairs(context):
        full = os.path.join(os.path.dirname(certificate), "fullchain.pem")
        given = [each for each in context.of("SSLCertificateChainFile")
                 if each.inside == directive.inside]
        alone, whole = _certificates(certificate), _certificates(full)
        if not given and len(alone) == 1 and len(whole) > 1 and (
                alone == whole[:1]):
            yield (f"{directive.where}: {certificate} lacks the certificates"
                   f" of its issuers, which {full} has",
                   context.edit(directive.path, replace(
                       directive, directive.raw_words[0], full)))


def _certificates(path: str) -> list[str]:
    """The certificates in a file."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END", text_or_empty(
        path), re.S) if os.path.isfile(path) else []


# What SSLProtocol calls all, and the current intermediate profile of
# https://wiki.mozilla.org/Security/Server_Side_TLS has of it.
_ALL = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_INTERMEDIATE = ("TLSv1.2", "TLSv1.3")


def profile(context: CheckContext) -> CheckResult:
    """Versions of TLS before 1.2 are no longer in Mozilla's intermediate
    profile; browsers have dropped them.  Nor are ciphers without forward
    secrecy or authenticated encryption.  ``SSLProtocol`` and
    ``SSLCipherSuite`` of the server count where the host has none.
    """
    yield from _protocols(context)
    yield from _ciphers(context)


def _protocols(context: CheckContext) -> CheckResult:
    for engine in context.of("SSLEngine"):
        host = engine.section("VirtualHost")
        if engine.text.lower() != "on" or not host:
            continue
        found = [each for each in context.effective.of("SSLProtocol")
                 if each.section("VirtualHost") in (None, host)]
        own = [each for each in found if each.section("VirtualHost")]
        for each in (own or found)[-1:]:
            old = _enabled(each.arguments) - {*_INTERMEDIATE}
            if old:
                yield (f"{each.where} leaves {', '.join(sorted(old))} on for"
                       f" the host of {engine.where}", context.edit(
                           engine.path, f"{engine.last_line}a SSLProtocol -all"
                           " +TLSv1.2 +TLSv1.3") if each not in own else
                       context.edit(each.path, comment_out(each),
                                    f"{each.last_line}a SSLProtocol -all"
                                    " +TLSv1.2 +TLSv1.3"))


def _ciphers(context: CheckContext) -> CheckResult:
    for engine in context.of("SSLEngine"):
        host = engine.section("VirtualHost")
        if engine.text.lower() != "on" or not host:
            continue
        found = [each for each in context.effective.of("SSLCipherSuite")
                 if each.section("VirtualHost") in (None, host)
                 and (len(each.arguments) == 1
                      or each.arguments[:1] == ("SSL",))]
        own = [each for each in found if each.section("VirtualHost")]
        for each in (own or found)[-1:]:
            old = _old_ciphers(each.arguments[-1])
            line = f"SSLCipherSuite {CIPHERS}"
            if old:
                more = f" and {len(old) - 3} more" if len(old) > 3 else ""
                yield (f"{each.where} leaves {', '.join(old[:3])}{more} on"
                       f" for the host of {engine.where}", context.edit(
                           engine.path, f"{engine.last_line}a {line}")
                       if each not in own else context.edit(
                           each.path, comment_out(each),
                           f"{each.last_line}a {line}"))


def _old_ciphers(text: str) -> list[str]:
    """The ciphers for TLS 1.2 that SSLCipherSuite ``text`` turns on and the
    profile does not have; [] where OpenSSL does not know that text."""
    import ssl

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.set_ciphers(text)
    except ssl.SSLError:
        return []
    # Those with DHE were in it until version 5.7.
    return sorted(
        name for name in (each["name"] for each in server.get_ciphers())
        if not name.startswith("TLS_") and not re.match(
            r"(?:ECDHE-(?:ECDSA|RSA)|DHE-RSA)-(?:AES\d+-GCM-|CHACHA20-)",
            name))


def _enabled(words: Sequence[str]) -> set[str]:
    """The protocols that the arguments of SSLProtocol turn on."""
    enabled: set[str] = set()
    for word in words:
        name = word.lstrip("+-").lower()
        meant = {each for each in _ALL if name in ("all", each.lower())}
        # OpenSSL has dropped it, so "all" has no SSL 3.
        meant -= {"SSLv3"} if name == "all" else set()
        if word[0] == "-":
            enabled -= meant
        elif word[0] == "+":
            enabled |= meant
        else:
            enabled = meant
    return enabled
