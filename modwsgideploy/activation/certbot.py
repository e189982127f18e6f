"""Keep what certbot has made of an installed site when the site changes.

``certbot --apache`` copies the virtual host into NAME-le-ssl.conf, for HTTPS,
and may add lines to NAME.conf that redirect to it.
"""

from __future__ import annotations

import re

COPY_SUFFIX = "-le-ssl.conf"
_REDIRECT = re.compile(
    r"(?m)(?:^[ \t]*RewriteEngine on\n)?"
    r"(?:^[ \t]*RewriteCond %\{SERVER_NAME\} =.*\n)+"
    r"^[ \t]*RewriteRule \^ https://%\{SERVER_NAME\}%\{REQUEST_URI\}"
    r" \[(?:L|END),NE,R=permanent\]\n")
_HOST = re.compile(r"(?ms)^<VirtualHost\b.*?^</VirtualHost>\n")
_ADDRESS = re.compile(r"(?mi)^\s*<VirtualHost\s+([^\s>]+)")


def copy_name(conf_name: str) -> str:
    """Name certbot's copy of the file ``conf_name``."""
    return conf_name[:-len(".conf")] + COPY_SUFFIX


def redirect_in(text: str) -> str:
    """Return the lines that certbot has added to an installed text."""
    match = _REDIRECT.search(text)
    return match[0] if match else ""


def without_redirect(text: str) -> str:
    """Return an installed text as it was before certbot added its lines."""
    return _REDIRECT.sub("", text, count=1)


def with_redirect(text: str, redirect: str) -> str:
    """Return a generated ``text`` with the lines that certbot has added."""
    host = host_in(text)
    if not redirect or not host:
        return text
    end = "</VirtualHost>\n"
    return text.replace(host, host[:-len(end)] + redirect + end)


def host_in(text: str) -> str:
    """Return the virtual host that certbot copies; "" if it copies none.

    That is one without HTTPS of its own.
    """
    hosts = _HOST.findall(text)
    if len(hosts) == 1 and not re.search(
            r"SSLCertificateFile|SSLEngine on", hosts[0]):
        return str(hosts[0])
    return ""


def address_in(copy: str) -> str:
    """Return the address that the virtual host of a copy is for."""
    match = _ADDRESS.search(copy)
    return match[1] if match else ""


def updated(copy: str, base: str, new: str) -> str | None:
    """Bring what has changed from ``base`` to ``new`` into certbot's copy.

    Both are virtual hosts.  Returns None where the copy was edited at the
    same place.
    """
    from modwsgideploy.deployment.merge import merge

    # The copy is for another port.
    first = next((line for line in copy.splitlines(keepends=True)
                  if _ADDRESS.match(line)), "")
    base, new = (first + text.partition("\n")[2] for text in (base, new))
    return merge(base, copy, new)


def anew(copy: str, base: str, new: str) -> str:
    """Make certbot's copy of ``new``, with the lines that it adds itself."""
    known = {line.strip() for line in base.splitlines()}
    added = [line for line in copy.splitlines() if line.strip()
             and line.strip() not in known
             and not re.match(r"\s*(</?IfModule|</?VirtualHost)", line)]
    body = new.partition("\n")[2].rpartition("</VirtualHost>")[0]
    return "\n".join([
        "<IfModule mod_ssl.c>", f"<VirtualHost {address_in(copy)}>",
        body + "\n".join(added), "</VirtualHost>", "</IfModule>", ""])
