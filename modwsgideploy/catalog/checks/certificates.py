"""Certificates and their keys."""

from __future__ import annotations

from modwsgideploy.catalog.checks.model import ERROR, HINT, WARNING, Check

CERTIFICATES = (
    Check(
        "MWD701", ERROR, "a certificate or key is missing",
        "tls.missing", since="1.0.0", refused=True,
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.pem.key
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
"""}),
    Check(
        "MWD702", ERROR, "a key that is not the certificate's",
        "tls.mismatch", since="1.0.0",
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/blog.key
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
"""}),
    Check(
        "MWD703", WARNING, "the certificate ends",
        "tls.expiry", since="1.0.0",
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
""", "console": """\
$ openssl x509 -noout -checkend 1209600 -in /etc/ssl/shop.pem
Certificate will expire
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
""", "console": """\
$ sudo certbot renew
$ openssl x509 -noout -checkend 1209600 -in /etc/ssl/shop.pem
Certificate will not expire
"""}),
    Check(
        "MWD704", ERROR, "everybody can read a key",
        "tls.readable_key", since="1.0.0",
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
""", "console": """\
$ sudo chmod 644 /etc/ssl/shop.key
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
""", "console": """\
$ sudo chmod 600 /etc/ssl/shop.key
"""}),
    Check(
        "MWD705", ERROR, "the certificate is for other names",
        "tls.names", since="1.0.0",
        bad={"shop.conf": """\
<VirtualHost *:443>
    ServerName www.example.com
    SSLCertificateFile /etc/ssl/shop.pem
</VirtualHost>
"""},
        good={"shop.conf": """\
<VirtualHost *:443>
    ServerName shop.example.com
    SSLCertificateFile /etc/ssl/shop.pem
</VirtualHost>
"""}),
    Check(
        "MWD706", ERROR, "the certificates of the issuers are missing",
        "tls.chain", since="1.0.0",
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/cert.pem
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/fullchain.pem
"""}),
    Check(
        "MWD707", HINT, "old versions or ciphers of TLS",
        "tls.profile", since="1.0.0",
        bad={"shop.conf": """\
<VirtualHost *:443>
    SSLEngine On
    SSLProtocol all -SSLv3
    SSLCipherSuite HIGH:!aNULL
</VirtualHost>
"""},
        good={"shop.conf": """\
<VirtualHost *:443>
    SSLEngine On
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20
</VirtualHost>
"""}),
    Check(
        "MWD708", WARNING, "a renewed certificate is not served yet",
        "tls.renewed", since="1.0.0",
        bad={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
""", "console": """\
$ sudo cp renewed.pem /etc/ssl/shop.pem
"""},
        good={"shop.conf": """\
SSLCertificateFile /etc/ssl/shop.pem
SSLCertificateKeyFile /etc/ssl/shop.key
""", "console": """\
$ sudo cp renewed.pem /etc/ssl/shop.pem
$ sudo systemctl reload apache2
"""}),
    Check(
        "MWD709", ERROR, "mod_ssl refuses a setting of TLS",
        "tls.refused", since="1.0.0",
        bad={"shop.conf": """\
<VirtualHost *:443>
    SSLEngine on
    SSLCertificateFile /etc/ssl/shop.pem
    SSLCertificateKeyFile /etc/ssl/shop.key
    SSLCipherSuite ECHDE-RSA-AES128-GCM-SHA256
</VirtualHost>
"""},
        good={"shop.conf": """\
<VirtualHost *:443>
    SSLEngine on
    SSLCertificateFile /etc/ssl/shop.pem
    SSLCertificateKeyFile /etc/ssl/shop.key
    SSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256
</VirtualHost>
"""}),
    Check(
        "MWD710", WARNING, "Apache has no certificate for the host yet",
        "managed.uncertified", since="1.0.0",
        bad={"shop.conf": """\
<MDomainSet shop.example.com>
    MDCertificateAgreement accepted
</MDomainSet>
""", "console": """\
$ sudo a2ensite shop && sudo systemctl reload apache2
$ curl -sk -o /dev/null -w '%{http_code}' https://shop.example.com/
503
"""},
        good={"shop.conf": """\
<MDomainSet shop.example.com>
    MDCertificateAgreement accepted
</MDomainSet>
""", "console": """\
$ sudo modwsgideploy enable shop
"""}),
    Check(
        "MWD711", ERROR, "mod_md of this Apache is too old",
        "managed.version", since="1.0.0", refused=True,
        bad={"shop.conf": """\
<MDomainSet shop.example.com>
    MDPrivateKeys secp256r1
</MDomainSet>
""", "console": """\
$ apache2 -v
Server version: Apache/2.4.41 (Ubuntu)
"""},
        good={"shop.conf": """\
<MDomainSet shop.example.com>
    MDPrivateKeys RSA 2048
</MDomainSet>
""", "console": """\
$ apache2 -v
Server version: Apache/2.4.41 (Ubuntu)
"""}),
    Check(
        "MWD712", ERROR, "two managed domains have a name in common",
        "managed.overlap", since="1.0.0",
        bad={"shop.conf": """\
<MDomainSet shop.example.com www.example.com>
    MDCertificateAgreement accepted
</MDomainSet>
""", "blog.conf": """\
MDomain www.example.com
"""},
        good={"shop.conf": """\
<MDomainSet shop.example.com>
    MDCertificateAgreement accepted
</MDomainSet>
""", "blog.conf": """\
MDomain www.example.com
"""}),
)
