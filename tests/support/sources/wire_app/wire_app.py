"""Answers that show what a server makes of each part of WSGI.

Everything goes through wsgiref.validate, so a server that breaks a rule of
WSGI answers 500.
"""

import sys
import time
import zlib
from urllib.parse import parse_qs
from wsgiref.validate import validator

PIECE = bytes(range(256)) * 64


def main(global_conf):
    """PasteDeploy's factory."""
    return validator(answer)


def answer(environ, start_response):
    """The answer of the view that the last part of the path names."""
    view = VIEWS.get(environ["PATH_INFO"].rpartition("/")[2], path)
    return view(environ, start_response)


def text(start_response, body, *headers):
    body = body.encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain"),
                              ("Content-Length", str(len(body))), *headers])
    return [body]


def path(environ, start_response):
    """Where the application is, and what was asked for, as bytes."""
    return text(start_response, "\n".join(
        environ.get(name, "") for name in
        ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")))


def digest(environ, start_response):
    """Size and checksum of the body, the first line of it, then pieces."""
    stream = environ["wsgi.input"]
    left = int(environ.get("CONTENT_LENGTH") or 0)
    size = checksum = 0
    while left:
        piece = (stream.readline(min(left, 1000)) if not size
                 else stream.read(min(left, 50001)))
        if not piece:
            break
        left -= len(piece)
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
    return text(start_response, f"{size} {checksum}")


def stream(environ, start_response):
    """Pieces, without a Content-Length."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return (PIECE for _ in range(100))


def written(environ, start_response):
    """The same through write()."""
    write = start_response(
        "200 OK", [("Content-Type", "application/octet-stream")])
    for _ in range(100):
        write(PIECE)
    return [b""]


def cookies(environ, start_response):
    """Two cookies more than the request had."""
    return text(start_response, environ.get("HTTP_COOKIE", ""),
                ("Set-Cookie", "one=1; Path=/"),
                ("Set-Cookie", "two=2; HttpOnly"))


def changed(environ, start_response):
    """A status and headers that an error replaces before they are sent."""
    start_response("200 OK", [("Content-Type", "text/html")])
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("503 Busy", [("Content-Type", "text/plain"),
                                    ("Retry-After", "7")], sys.exc_info())
    return [b"changed"]


def empty(environ, start_response):
    """No body at all."""
    start_response("204 No Content", [])
    return []


def away(environ, start_response):
    """A redirect to another host."""
    start_response("302 Found", [("Location", "http://other.example/x"),
                                 ("Content-Type", "text/plain")])
    return [b"away"]


def fail(environ, start_response):
    """An error of the application."""
    raise RuntimeError("failed on purpose")


def wsgi(environ, start_response):
    """One value of environ."""
    name = parse_qs(environ["QUERY_STRING"])["name"][0]
    return text(start_response, str(environ.get(name)))


def say(environ, start_response):
    """Words for the error log."""
    print("printed words")
    environ["wsgi.errors"].write("words for wsgi.errors\n")
    environ["wsgi.errors"].flush()
    return text(start_response, "said")


def lines(environ, start_response):
    """The body, read in the ways of PEP 3333."""
    stream = environ["wsgi.input"]
    return text(start_response, repr([
        stream.read(2), stream.readline(), stream.readline(2),
        stream.readline(), list(zip(range(1), stream)), stream.readlines(),
        stream.read(5)]))


def marked(environ, start_response):
    """A header with the bytes of UTF-8, and one that is longer than most."""
    size = int(environ["QUERY_STRING"] or 0)
    return text(start_response, "marked", ("X-Name", "Zo\xc3\xab"),
                ("X-Long", "x" * size))


def slow(environ, start_response):
    """An answer after so many seconds."""
    time.sleep(float(environ["QUERY_STRING"]))
    return text(start_response, "slow")


def leave(environ, start_response):
    """What would end a program."""
    sys.exit(3)


VIEWS = {view.__name__: view for view in (
    digest, stream, written, cookies, changed, empty, away, fail, wsgi, say,
    lines, marked, slow, leave)}
