"""Failures of TLS: certificates, keys, and proxies to https://."""

from modwsgideploy.catalog.failures.model import (
    RELOAD,
    TEST_AND_RELOAD,
    FailurePattern,
)

_LIBRARY = r"SSL Library Error: "
_OF_A_FILE = ("SSLCertificateFile", "SSLCertificateKeyFile")
# The line that tells why a certificate cannot be used comes after others.
_REASONS = ("wrong-key", "certificate-weak", "not-pem", "key-encrypted",
            "tls-without-certificate", "no-certificate", "tls-refused")

# Where the words of a certificate authority stand: mod_md has them in its
# messages, certbot prints them.
_AUTHORITY = (r"(?:ACME server authz: challenge 'invalid' for |acme problem "
              r"|\s*Detail: ).*?")
TLS = (
    FailurePattern(
        "authority-limit",
        "the certificate authority takes no more requests for now",
        "It allows so many certificates for a name, and so many failed"
        " attempts, in a certain time.",
        "wait as long as it says; until an attempt works, try with its"
        " staging service (`certbot --dry-run`), which has other limits",
        line=_AUTHORITY + r"acme:error:rateLimited"
             r"|There were too many requests of a given type"
             r"|too many (?:certificates (?:\(\d+\) )?already issued"
             r"|failed authorizations|new orders \(|currently pending"
             r" authorizations|registrations for this IP)",
        example="too many failed authorizations (5) for \"shop.example\" in"
                " the last 1h0m0s, retry after 2026-11-27 14:02:31 UTC"),
    FailurePattern(
        "authority-dns",
        "the certificate authority finds no address of a name",
        "It is misspelled, has no A or AAAA record yet, or its name servers"
        " do not answer as they should.",
        "see in the message which name, and mend it where the domain's"
        " records are kept; leave out a name that is not to exist, such as"
        " www",
        line=_AUTHORITY + r"(?:acme:error:dns|DNS problem: |No valid IP"
                          r" addresses found|no valid A records)",
        example="  Detail: DNS problem: NXDOMAIN looking up A for"
                " wwww.shop.example - check that a DNS record exists for this"
                " domain"),
    FailurePattern(
        "authority-caa",
        "a CAA record does not let this authority certify the name",
        "The domain, or one above it, names other authorities.",
        "add the authority to the CAA records of the domain, or ask one that"
        " they have",
        line=_AUTHORITY + r"(?:acme:error:caa|CAA record for \S+ prevents)",
        example="  Detail: CAA record for shop.example prevents issuance"),
    FailurePattern(
        "authority-unreached",
        "the certificate authority does not reach the host",
        "It asks at port 80 (or 443) of the address that the name has, from"
        " outside: a firewall or a router keeps it away, nothing listens"
        " there, or an A or AAAA record has another machine's address.",
        "see that both records lead here and that port 80 is open from"
        " outside; `sudo ss -ltnp` shows what listens here",
        line=_AUTHORITY + r"(?:acme:error:connection|Timeout during connect"
                          r"|Fetching \S+: (?:Connection|Timeout|Error"
                          r" getting))",
        example="  Detail: 192.0.2.7: Fetching http://shop.example/.well-known"
                "/acme-challenge/x: Timeout during connect (likely firewall"
                " problem)"),
    FailurePattern(
        "authority-answer",
        "the certificate authority got another answer than it waits for",
        "It asks for a file below /.well-known/acme-challenge/ at port 80 of"
        " the name, and something else has answered: another machine (an AAAA"
        " record of an old one, a proxy in front), another VirtualHost, a"
        " redirect, a password, or an application that takes each URL.",
        "see that the A and AAAA records lead here, which VirtualHost has the"
        " name (`sudo {dump_hosts}` lists them), and let that path through",
        line=_AUTHORITY + r"(?:Invalid response from"
                          r" \S+/\.well-known/acme-challenge/"
                          r"|acme:error:(?:unauthorized|incorrectResponse))",
        example="  Detail: 192.0.2.7: Invalid response from"
                " http://shop.example/.well-known/acme-challenge/x: 404"),
    FailurePattern(
        "certbot-no-host",
        "certbot finds no VirtualHost at port 80 to change",
        "Its plugin for Apache answers the authority there.",
        ("give the site a <VirtualHost *:80> with its ServerName, and see that"
         " the file is in force", TEST_AND_RELOAD),
        line=r"Unable to find a virtual host listening on port 80",
        where=("<VirtualHost>",),
        example="Unable to find a virtual host listening on port 80 which is"
                " currently needed for Certbot to prove to the CA that you"
                " control your domain. Please add a virtual host for port"
                " 80."),
    FailurePattern(
        "key-encrypted",
        "the private key is encrypted, and Apache has not its pass phrase",
        "Nobody can type it when a service starts.",
        ("take the pass phrase off the key with openssl pkey, into a file"
         " that root alone may read; or name a program that prints it with"
         " SSLPassPhraseDialog", "then `sudo {configtest}`"),
        line=r"Init: (?:Pass phrase incorrect|Unable to read pass phrase"
             r"|Private key not found|SSLPassPhraseDialog builtin is not"
             r" supported)|" + _LIBRARY
             + r".*(?:bad password read|bad decrypt)",
        where=("SSLCertificateKeyFile",),
        example="AH02580: Init: Pass phrase incorrect for key"
                " shop.example:443:0"),
    FailurePattern(
        "certificate-weak",
        "OpenSSL refuses the certificate as too weak: {reason}",
        "Its key is too short, or it is signed with a method that is broken;"
        " OpenSSL of today's systems takes neither.",
        ("have a new certificate made: for a key of RSA with 2048 bits or"
         " more, or of an elliptic curve", "then `sudo {configtest}`"),
        line=_LIBRARY + r".*?:?(?P<reason>(?:ee|ca|dh) key too small"
                        r"|(?:ca|ee) md too weak)",
        where=("SSLCertificateFile",),
        example="SSL Library Error: error:0A00018F:SSL routines::ee key too"
                " small"),
    FailurePattern(
        "not-pem",
        "a file of the certificate or its key is not what mod_ssl expects",
        "Both are read in the PEM format, lines between -----BEGIN"
        " CERTIFICATE----- (or PRIVATE KEY) and -----END ...-----: the file"
        " has another format (DER, PKCS#12), the certificate is where the key"
        " should be, or the text was cut off or changed when it was copied.",
        ("look at the first and the last line of the files that"
         " SSLCertificateFile and SSLCertificateKeyFile name, and put them"
         " there anew", "then `sudo {configtest}`"),
        line=_LIBRARY + r".*(?:no start line|PEM lib|bad base64 decode"
                        r"|bad end line|wrong tag|not enough data"
                        r"|nested asn1 error|header too long)",
        where=_OF_A_FILE,
        example="SSL Library Error: error:0906D06C:PEM routines:PEM_read_bio:"
                "no start line (Expecting: CERTIFICATE)"),
    FailurePattern(
        "certificate-unusable",
        "mod_ssl cannot use the certificate or the key of {host}",
        "A line after this one, \"SSL Library Error\", says why.",
        ("`sudo certbot certificates` lists those that certbot made; mend or"
         " replace the files that SSLCertificateFile and"
         " SSLCertificateKeyFile name", "then `sudo {configtest}`"),
        line=r"Failed to configure (?:encrypted \(\?\) )?(?:certificate"
             r"|private key) (?P<host>[^\s:]+)", where=_OF_A_FILE,
        check="MWD702", after=_REASONS,
        example="AH02562: Failed to configure certificate shop.example:443:0,"
                " check /etc/ssl/shop.pem"),
    FailurePattern(
        "tls-elsewhere",
        "mod_ssl ends Apache's start; the reason is in another log",
        "What is wrong with the TLS of a VirtualHost is logged in its own"
        " ErrorLog.",
        ("read the last lines of {path}", "see the ErrorLog of the VirtualHost"
         " that was added last"),
        line=r"Fatal error initiali[sz]ing mod_ssl, exiting\."
             r"(?: See (?P<path>/\S+) for)?",
        where=("SSLEngine",), after=(*_REASONS, "certificate-unusable"),
        example="AH02311: Fatal error initialising mod_ssl, exiting. See"
                " /var/log/apache2/shop-error.log for more information"),
    FailurePattern(
        "plain-at-443",
        "a VirtualHost speaks plain HTTP at port 443, or HTTPS at port 80",
        "Browsers speak the other one there: they report an error of TLS, or"
        " get 400.",
        ("give the VirtualHost for port 443 `SSLEngine on` and its"
         " certificate, and that for port 80 none of it", TEST_AND_RELOAD),
        line=r"Init: \(\S+\) You configured HTTPS?\(\d+\) on the standard",
        where=("SSLEngine",), level="warning",
        example="AH01916: Init: (shop.example:443) You configured HTTP(443)"
                " on the standard HTTPS(443) port!"),
    FailurePattern(
        "tls-names-differ",
        "a request names another host than its TLS connection was made for"
        " (421)",
        "The two hosts have different settings of TLS, so Apache does not let"
        " one connection serve both.  Browsers that share a connection ask"
        " again on one of its own, which is harmless; a proxy in front that"
        " sends a fixed name, or none, gets the error each time.",
        ("if a proxy in front asks, let it send the name of the host (nginx:"
         " proxy_ssl_server_name on and proxy_ssl_name $host)",
         "else nothing, or the same SSL directives in both hosts"),
        line=r"Hostname \S+ (?:\(default host as no SNI was provided\) )?"
             r"(?:provided via SNI )?and hostname \S+ provided via HTTP"
             r"|No hostname was provided via SNI",
        where=("SSLEngine",), level="warning",
        example="AH02032: Hostname a.example provided via SNI and hostname"
                " b.example provided via HTTP have no compatible SSL setup"),
    FailurePattern(
        "stapling",
        "Apache gets no answer of the certificate's authority to staple",
        "SSLUseStapling lets Apache fetch a signed note that the certificate"
        " still counts (OCSP).  Some authorities have ended that (Let's"
        " Encrypt in 2025), a certificate signed by oneself never had it, or"
        " a firewall keeps Apache from asking.  Visitors notice nothing.",
        ("nothing, or `SSLUseStapling off`", RELOAD),
        line=r"(?:ssl_)?stapling_\w+: |(?:could not|unable to) (?:connect to"
             r"|resolve address of) OCSP responder|Unable to configure"
             r" certificate \S+ for stapling|bad response from OCSP server",
        where=("SSLUseStapling",), level="warning",
        example="AH01941: stapling_renew_response: responder error"),
    FailurePattern(
        "client-certificate-late",
        "a client could not be asked for its certificate afterwards (403)",
        "SSLVerifyClient (or other settings of TLS) inside a <Directory> or"
        " <Location> means a question after the connection was made; browsers"
        " with TLS 1.3 or HTTP/2 do not take one.",
        ("move `SSLVerifyClient` out of the section, right into the"
         " VirtualHost; `SSLVerifyClient optional` there, and `Require expr`"
         " in the section, where it is for some URLs alone", TEST_AND_RELOAD),
        line=r"[Cc]annot perform post-handshake authentication"
             r"|Re-negotiation handshake failed"
             r"|verify client post handshake",
        where=("SSLVerifyClient",),
        example="AH10158: cannot perform post-handshake authentication"),
    FailurePattern(
        "proxy-without-tls",
        "ProxyPass goes to https://, and TLS is off for the proxy (500)",
        "mod_proxy speaks TLS only where SSLProxyEngine is on, and with"
        " mod_ssl loaded.",
        ("add `SSLProxyEngine on` to the VirtualHost; to a server on this"
         " machine http:// will do", TEST_AND_RELOAD),
        line=r"SSL Proxy requested for \S+ but not enabled"
             r"|(?:\S+: )?failed to enable ssl support for",
        where=("ProxyPass",),
        example="AH01961: SSL Proxy requested for shop.example:80 but not"
                " enabled [Hint: SSLProxyEngine]"),
    FailurePattern(
        "proxy-certificate",
        "the server behind the proxy has a certificate that Apache does not"
        " accept (502)",
        "It is for another name than ProxyPass has, has expired, or is of an"
        " authority that Apache does not know.",
        ("name the server in ProxyPass as its certificate does, and its"
         " authority with SSLProxyCACertificateFile; to a server on this"
         " machine http:// will do", TEST_AND_RELOAD),
        line=r"SSL Proxy: Peer certificate|Error during SSL Handshake with"
             r" remote server|SSL Proxy:? (?:connect|handshake) failed",
        where=("ProxyPass",),
        example="AH02411: SSL Proxy: Peer certificate does not match for"
                " hostname 127.0.0.1"),
)
