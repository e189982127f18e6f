"""Failures of certificates that Apache gets itself, by mod_md."""

from modwsgideploy.catalog.failures.model import (
    TEST_AND_RELOAD,
    FailurePattern,
)

_DOMAIN = ("MDomainSet", "MDomain")
# The same is logged in several frames: before AH10056, and with AH10173.
_OF = (r"(?:md\[|processing )(?P<host>[^\]\s:]+)"
       r"(?:\]: |\] while\[[^\]]*\] detail\[|: |$)")
_SAID = r"(?P<reason>(?:[^.]|\.(?! |$|\]$))+)"

MANAGED = (
    FailurePattern(
        "managed-domains-overlap",
        "two managed domains are for one name, and Apache ends: {reason}",
        "mod_md gets one certificate for a name.  A name counts as well where"
        " a pattern (*.example.com) covers it, or where it is an alias of a"
        " VirtualHost that is another managed domain's.  Apache's own test"
        " accepts it.",
        ("take the name out of one MDomain or <MDomainSet>, or out of the"
         " ServerAlias of one host", "then `sudo {restart}`"),
        line=r"(?P<reason>two Managed Domains have an overlap in domain"
             r" '[^']*'|conflict: \d+ MDs match (?:to SSL VirtualHost"
             r"|Virtualhost) [^\s,]+)",
        where=_DOMAIN, check="MWD712",
        example="AH10038: two Managed Domains have an overlap in domain"
                " 'www.example.com', first definition in unknown(line 0),"
                " second in unknown(line 0)"),
    FailurePattern(
        "certificate-not-yet",
        "there is no certificate for {host} yet, so HTTPS answers 503 there",
        "mod_md gets it from the authority, which mostly takes some seconds;"
        " Apache uses it from its next reload on.",
        ("wait for AH10059 in this log, or for what the authority refuses,"
         " which the log has as well", "then `sudo {reload}`"),
        line=r"Init: (?P<host>[^\s:]+)(?::\d+)? will respond with '503 Service"
             r" Unavailable' for now",
        where=("MDomainSet", "SSLEngine"), check="MWD710", level="warning",
        example="AH10085: Init: shop.example:443 will respond with '503"
                " Service Unavailable' for now. There are no SSL certificates"
                " configured and no other module contributed any."),
    FailurePattern(
        "terms-not-accepted",
        "nobody has agreed to the terms of service of the authority",
        "It makes no certificate without that.",
        ("read them, and give `modwsgideploy deploy` --acme-agree; in a file"
         " of your own that is `MDCertificateAgreement accepted`",
         TEST_AND_RELOAD),
        line=_OF + r"the CA requires you to accept the terms", modules=("md",),
        where=(*_DOMAIN, "MDCertificateAuthority"),
        example="[md:error] AH10056: processing shop.example: the CA requires"
                " you to accept the terms-of-service as specified in"
                " <https://ca.example/terms>. Please read the document"),
    FailurePattern(
        "no-contact",
        "the authority is to be told how to reach you",
        "mod_md registers with the address of MDContactEmail, else with that"
        " of ServerAdmin, and the host has neither.",
        ("give `modwsgideploy deploy` --acme-contact; in a file of your own"
         " that is `MDContactEmail you@example.com`", TEST_AND_RELOAD),
        line=_OF + r"No contact information is available",
        modules=("md",), where=(*_DOMAIN, "MDContactEmail"),
        example="[md:error] AH10056: processing shop.example: No contact"
                " information is available for MD shop.example. Configure one"
                " using the MDContactEmail or ServerAdmin directive."),
    FailurePattern(
        "no-challenge",
        "the authority has no way to ask for a proof of the name",
        "It asks at port 80, and this Apache has no `Listen 80`, or"
        " MDPortMap says that the port is not reachable.  A name with a *"
        " can be proved by DNS alone.",
        ("have Apache listen at port 80, or change MDPortMap", "then `sudo"
         " {restart}`"),
        line=_OF + r"None of the ACME challenge methods", modules=("md",),
        where=(*_DOMAIN, "MDPortMap"),
        example="[md:error] AH10173: md[shop.example]: None of the ACME"
                " challenge methods configured for this domain are suitable."),
    FailurePattern(
        "authority-down",
        "the authority {reason} cannot be reached",
        "Nobody answers there, or with a certificate that this system does"
        " not know, or its name is not known to DNS.  mod_md tries again by"
        " itself, at longer and longer intervals.",
        ("ask for that address by curl on this machine, which says more",
         "for an authority of your own network, name its certificate by"
         " --acme-ca (MDCACertificateFile)"),
        line=_OF + r"(?:Unsuccessful in contacting ACME server at"
                   r"|The ACME server at) <(?P<reason>[^>]*)>",
        modules=("md",),
        where=("MDCertificateAuthority", "MDomainSet"),
        example="[md:error] AH10056: processing shop.example: Unsuccessful in"
                " contacting ACME server at <https://ca.example/dir>. If this"
                " problem persists, please check your network"),
    FailurePattern(
        "certificate-refused",
        "mod_md got no certificate for {host}: {reason}",
        "The authority cannot reach the host by its name at port 80, or"
        " refuses; the lines before this one have its own words.  mod_md"
        " tries again by itself, at longer and longer intervals.",
        ("see that the name, and each alias, leads to this machine, and that"
         " ports 80 and 443 are open from outside",
         "where the authority speaks of a rate limit, wait as it says"),
        line=_OF + _SAID + "?", modules=("md",),
        where=("MDomainSet", "MDCertificateAuthority"),
        after=("authority-limit", "authority-dns", "authority-caa",
               "authority-unreached", "authority-answer"),
        example="[md:error] AH10056: processing shop.example: Error waiting on"
                " domain names to be validated"),
    FailurePattern(
        "managed-without-host",
        "no VirtualHost has a name of the managed domain {host}",
        "So nothing is served with its certificate, and mod_md gets none.",
        ("correct the name in MDomain, or that of the VirtualHost",
         TEST_AND_RELOAD),
        line=r"No VirtualHost matches Managed Domain (?P<host>\S+)",
        where=_DOMAIN, level="warning",
        example="AH10045: No VirtualHost matches Managed Domain shop.example"),
    FailurePattern(
        "name-not-managed",
        "the certificate of {host} is not for {name}",
        "A VirtualHost has that name or alias, its managed domain has not,"
        " and MDMembers is manual.  Browsers refuse the host by that name.",
        ("add the name to MDomain or <MDomainSet>", TEST_AND_RELOAD),
        line=r"Virtual Host \S+ matches Managed Domain '(?P<host>[^']*)', but"
             r" the name/alias (?P<name>\S+) itself is not managed",
        where=_DOMAIN, level="warning",
        example="AH10040: Virtual Host shop.example:0 matches Managed Domain"
                " 'shop.example', but the name/alias www.shop.example itself"
                " is not managed."),
)
