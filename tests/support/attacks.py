"""Requests that ask for what nobody is to see, made from tables.

A request is a name of something secret, a way to write its path, a place below
which it is asked for, and a form of the request around that.  All of them
together are too many, so `requests` chooses some; FUZZ=N asks N times as many,
others each time.
"""

import os
import random
import socket

from tests.support.fuzzing import examples

SECRET = "do-not-show"
# What stands in secret files, in generated ones, in those of a machine, and
# in lists of directories.
MARKS = (SECRET.encode(), b"Written by modwsgideploy", b"root:x:0:",
         b"Index of", b"loadapp(", b"WSGIScriptAlias", b"[app:main]",
         b"PRIVATE KEY")

PROJECT = (
    "production.ini", ".env", ".git/config", ".git/HEAD", ".hg/hgrc",
    ".svn/entries", "setup.py", "wire_app.py", "data.db", "id_rsa",
    "sub/.htpasswd", "dump.sql", ".DS_Store", "nohup.out")
DEPLOYMENT = (
    "{name}", "{name}.wsgi", "test.wsgi", "site.ini", ".modwsgideploy.base",
    "README.txt", "baseline.conf", "dispatch.fcgi", "test.fcgi",
    "{name}_modpython.py", "modpython_gateway.py", "mutexes.conf",
    ".htaccess", ".modwsgideploy/journal", "__pycache__/x.pyc", "{name}.conf")
MACHINE = ("etc/passwd", "etc/hostname", "proc/self/environ",
           "proc/self/cmdline", "etc/apache2/apache2.conf")


def each(template, characters=None):
    """A way that writes ``characters``, or all but slashes, so."""
    return lambda path: "".join(
        template.format(ord(one)) if (one in characters if characters
                                      else one != "/") else one
        for one in path)


def replaced(**wanted):
    """A way that writes dots, slashes or dots with a slash otherwise."""
    return lambda path: path.replace("../", wanted.get("up", "../")).replace(
        "/", wanted.get("slash", "/")).replace(".", wanted.get("dot", "."))


def around(template):
    return template.format


WAYS = (
    # Encodings.
    each("%{0:02x}"), each("%{0:02X}"), each("%25{0:02x}"),
    each("%{0:02x}", "./"), each("%25{0:02x}", "./"), each("%u{0:04x}", "./"),
    each("%{0:02x}", "/"), each("%{0:02x}", "."), each("&#{0};"),
    replaced(dot="%c0%ae"), replaced(slash="%c0%af"), replaced(
        dot="%e0%80%ae"), replaced(dot="%c0%2e"), replaced(
        slash="%252f", dot="%252e"), replaced(dot="%ef%bc%8e"),
    replaced(slash="%e2%88%95"), replaced(dot="%2e", slash="%5c"),
    # Traversals.
    replaced(up="..;/"), replaced(up="....//"), replaced(up="..././"),
    replaced(up=".%2e/"), replaced(up="%2e%2e/"), replaced(up="..%2f"),
    replaced(up="..%5c"), replaced(up="..\\"), replaced(up="..%00/"),
    replaced(up=".%00./"), replaced(up="..%0d%0a/"), replaced(up="..%20/"),
    replaced(up="../;/"), replaced(up="%2e%2e;/"), replaced(up="..//"),
    # Slashes and dots.
    replaced(slash="//"), replaced(slash="/./"), replaced(slash="///././"),
    replaced(slash="\\"), replaced(slash="/%2e/"), replaced(slash="/;/"),
    around("/{0}"), around("./{0}"), around("x/../{0}"), around("{0}/"),
    around("{0}/."), around("{0}//"), around("{0}/x/.."), around("{0}."),
    around("{0}..."), around("{0}%2f"), around("{0}/../{0}"),
    # Ends that a server or a file system may drop.
    around("{0}%00"), around("{0}%00.css"), around("{0}%0a"),
    around("{0}%0d%0a"), around("{0}%20"), around("{0}%09"), around("{0}+"),
    around("{0}::$DATA"), around("{0}:x"), around("{0}~"), around("{0}.bak"),
    around("{0}.save"), around("{0}.orig"), around("{0}.old"),
    around("{0}.new"), around("{0}.swp"), around("{0}.txt"), around("#{0}#"),
    around("{0}%23"), around("{0}c"), around("{0}.gz"), around("{0},v"),
    # Parameters, queries and what follows a file.
    around("{0};a"), around("{0};a=b/c"), around("{0};.css"),
    around(";/{0}"), around("{0}?"), around("{0}?a=/../{0}"),
    around("{0}#x"), around("{0}%3f.css"), around("{0}%3b.css"),
    around("{0}/style.css"), around("{0}/x.js?v=1"), around("style.css/{0}"),
    around("style.css/../{0}"), around("style.css%00{0}"),
    # Case, and nothing at all.
    str.upper, str.title, str.swapcase, str)

# {target} is the path, {host} what the client calls the server.
_PLAIN = "Host: {host}\r\nConnection: close\r\n"
FORMS = (
    *["GET {target} HTTP/1.1\r\n" + _PLAIN] * 6,
    *[f"{method} {{target}} HTTP/1.1\r\n{_PLAIN}" for method in (
        "HEAD", "OPTIONS", "TRACE", "PROPFIND", "COPY", "DEBUG", "TRACK",
        "get", "GETT", "BREW")],
    "POST {target} HTTP/1.1\r\n" + _PLAIN + "Content-Length: 0\r\n",
    "PUT {target} HTTP/1.1\r\n" + _PLAIN + "Content-Length: 0\r\n",
    "DELETE {target} HTTP/1.1\r\n" + _PLAIN + "Content-Length: 0\r\n",
    # Absolute and other forms of the target.
    "GET http://{host}{target} HTTP/1.1\r\n" + _PLAIN,
    "GET http://{host}:80{target} HTTP/1.1\r\n" + _PLAIN,
    "GET http://other.example{target} HTTP/1.1\r\n" + _PLAIN,
    "GET https://{host}{target} HTTP/1.1\r\n" + _PLAIN,
    "GET http://user@{host}{target} HTTP/1.1\r\n" + _PLAIN,
    "GET file://{target} HTTP/1.1\r\n" + _PLAIN,
    "GET //{host}{target} HTTP/1.1\r\n" + _PLAIN,
    "GET /{target} HTTP/1.1\r\n" + _PLAIN,
    "GET {target} HTTP/1.0\r\n", "GET {target} HTTP/1.0\r\n" + _PLAIN,
    "GET  {target}  HTTP/1.1\r\n" + _PLAIN,
    "GET\t{target}\tHTTP/1.1\r\n" + _PLAIN,
    "GET {target} HTTP/1.1\n" + _PLAIN.replace("\r", ""),
    "\r\nGET {target} HTTP/1.1\r\n" + _PLAIN,
    "GET {target} HTTP/2.0\r\n" + _PLAIN,
    # Other names of the server.
    *[f"GET {{target}} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
      for host in ("localhost", "127.0.0.1", "", "{host}.", "{host}:1",
                   "other.example", "[::1]", "..", "{host}/..")],
    "GET {target} HTTP/1.1\r\nHost: {host}\r\nHost: localhost\r\n"
    "Connection: close\r\n",
    # What a proxy or a framework may heed.
    *[f"GET / HTTP/1.1\r\n{_PLAIN}{name}: {{target}}\r\n" for name in (
        "X-Original-URL", "X-Rewrite-URL", "X-Sendfile",
        "X-Accel-Redirect", "X-Forwarded-Prefix", "X-Script-Name",
        "Destination", "Script-Name", "Path_Info", "Path-Info",
        "Script-Filename", "Proxy")],
    *[f"GET {{target}} HTTP/1.1\r\n{_PLAIN}{header}\r\n" for header in (
        "Range: bytes=0-100000", "Range: bytes=-100000", "Translate: f",
        "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
        "Accept: text/x-python", "Accept-Encoding: gzip, identity",
        "Negotiate: trans", "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Host: localhost", "X-Forwarded-Proto: https",
        "Forwarded: for=127.0.0.1;host=localhost", "Via: 1.1 localhost",
        "X-HTTP-Method-Override: GET", "Expect: 100-continue",
        "Upgrade: h2c", "Referer: http://localhost/",
        "Authorization: Basic YWRtaW46YWRtaW4=")])

# Requests that two servers may end at different places: what one of them
# takes for the body, the other takes for a request, to {mount}/hidden.
# {size} and {hex} are the size of that one.
_HIDDEN = ("GET {mount}/hidden HTTP/1.1\r\nHost: {host}\r\n"
           "Connection: close\r\n\r\n")
_POST = "POST {mount}/digest HTTP/1.1\r\nHost: {host}\r\n"
_LAST_CHUNK = "\r\n\r\n0\r\n\r\n" + _HIDDEN
_LENGTH = "Content-Length: {size}\r\n"
_CHUNKED = _POST + "Transfer-Encoding: chunked\r\n"
_AS_CHUNK = _HIDDEN + "\r\n0\r\n\r\n"
SMUGGLED = (
    # Both a length and chunks.
    *[_POST + _LENGTH + header + _LAST_CHUNK for header in (
        *[f"Transfer-Encoding:{value}" for value in (
            " chunked", "chunked", " xchunked", " chunked, identity",
            " identity, chunked", " chunked, chunked", "\tchunked",
            " \x0bchunked", " chunked\x00", " Chunked", " chunk",
            " gzip, chunked", " chunked;x", ' "chunked"', " ,chunked",
            " chunked,", " identity", "", " chunked\r\n\tx")],
        *[f"{name}: chunked" for name in (
            "Transfer-Encoding ", " Transfer-Encoding", "Transfer_Encoding",
            "Transfer-Encoding\x00", "X: y\nTransfer-Encoding",
            "X: y\rTransfer-Encoding", "TRANSFER-ENCODING",
            "\tTransfer-Encoding", "Transfer-Encoding\t")])],
    _CHUNKED + "Content-Length: 4\r\n\r\n{hex}\r\n" + _AS_CHUNK,
    _CHUNKED + "Transfer-Encoding: x\r\n" + _LENGTH + "\r\n" + _HIDDEN,
    _POST.replace("1.1", "1.0") + "Connection: keep-alive\r\n" + _LENGTH
    + "Transfer-Encoding: chunked" + _LAST_CHUNK,
    # Lengths that are none, or several.
    *[f"{_POST}{header}\r\n\r\n{_HIDDEN}" for header in (
        *[f"Content-Length:{value}" for value in (
            " +{size}", " -1", " 0x{hex}", " {size} ", " {size}\t",
            " {size},{size}", " 0,{size}", " {size}, 0", " 00{size}",
            " {size}.0", " {size}\x0b", " 1e2", "", " 9999999999999999999999",
            " 4294967296", " 18446744073709551616", "\r\n {size}")],
        "Content-Length: 0\r\nContent-Length: {size}",
        "Content-Length: {size}\r\nContent-Length: 0",
        "Content-Length : {size}", "X: a\rContent-Length: {size}",
        "X: a\x00b\r\nContent-Length: {size}",
        "Expect: 100-continue\r\nContent-Length: {size}",
        "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: {size}",
        "Connection: content-length\r\nContent-Length: {size}")],
    *[f"{method} {{mount}}/digest HTTP/1.1\r\nHost: {{host}}\r\n{_LENGTH}"
      f"\r\n{_HIDDEN}" for method in ("GET", "HEAD", "DELETE", "OPTIONS")],
    # Chunks whose size is none.
    *[f"{_CHUNKED}\r\n{size}\r\n{_AS_CHUNK}" for size in (
        "{hex};a=", "{hex};a\n", "0x{hex}", "-{hex}", "+{hex}", "{hex} ",
        " {hex}", "{hex}_", "00000000000000000{hex}", "1000000000000000{hex}",
        "FFFFFFFFFFFFFFFF0", "{hex}\x00", "")],
    _CHUNKED + "\r\n3\r\nabcX\r\n0\r\n\r\n" + _HIDDEN,
    _CHUNKED + "\r\n3\nabc\n0\n\n" + _HIDDEN,
    _CHUNKED + "\r\n0\r\nX: y\r\n\n" + _HIDDEN,
    # Lines that end where others do not.
    "POST {mount}/digest\nX: y HTTP/1.1\r\nHost: {host}\r\n" + _LENGTH
    + "\r\n" + _HIDDEN,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _HIDDEN,
    "POST {mount}/digest HTTP/1.1\r\n" + _LENGTH + "\r\n" + _HIDDEN)


def smuggled(port, mount, host):
    """Those of SMUGGLED whose hidden request is answered."""
    values = {"mount": mount, "host": host}
    hidden = _HIDDEN.format(**values)
    through = []
    for form in SMUGGLED:
        # As the length has it, the last chunk is a part of the body.
        size = len(hidden) + 5 * (_LAST_CHUNK in form)
        request = form.format(size=size, hex=f"{len(hidden):x}", **values)
        if b"/hidden" in ask(port, request.encode("latin-1")):
            through.append(request)
    return through


def plant(directory):
    """Leave in a project what people leave there."""
    for name in PROJECT:
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as stream:
            # The same is a comment to Python, and to an ini file.
            stream.write(f"\n# {SECRET}\n")
    for head, _, names in os.walk(directory):
        for name in names:
            os.chmod(os.path.join(head, name), 0o644)


def requests(places, name, host, usual):
    """Yield ``usual`` requests, or FUZZ times as many, as bytes.

    ``places`` are the URLs below which they ask; ``name`` is the site's.
    """
    seed = os.urandom(4).hex() if os.environ.get("FUZZ") else "kept"
    chosen = random.Random(seed)
    names = [each.format(name=name) for each in (*PROJECT, *DEPLOYMENT)]
    for number in range(examples(usual)):
        # Each way at least once in so many.
        way = WAYS[number % len(WAYS)]
        depth = chosen.choice((0, 0, 0, 1, 1, 2, 3, 9))
        secret = chosen.choice(names if depth < 4 else MACHINE)
        target = f"{chosen.choice(places)}/{way('../' * depth + secret)}"
        form = chosen.choice(FORMS)
        yield (form.format(target=target, host=host) + "\r\n").encode(
            "latin-1")


def ask(port, request):
    """Send one request; all that the server says, b"" if it hangs up."""
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        try:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return client.makefile("rb").read()
        except ConnectionResetError:
            return b""


def leaks(port, asked):
    """Send each of ``asked``; (how many, those that show something)."""
    count, shown = 0, []
    for request in asked:
        count += 1
        answer = ask(port, request)
        # What the request has itself may come back.
        found = [mark for mark in MARKS
                 if mark in answer and mark not in request]
        if found:
            shown.append((request, found, answer[:300]))
    return count, shown
