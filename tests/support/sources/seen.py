"""A WSGI application that says, on request, what the server made of it.

Copied into each of our samples, so that they all answer the same questions.
"""

import importlib
import importlib.metadata
import json
import locale
import logging
import os
import sqlite3
import sys
import time
from html import escape
from urllib.parse import parse_qs, quote

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"

log = logging.getLogger(__name__)


# What is seen

def facts(environ):
    """What this process and this request look like from inside, as a dict.

    The query asks for more: ``env=NAME`` (of os.environ), ``wsgi=KEY`` (of
    environ), ``dist=NAME`` (a distribution), ``module=NAME`` (imported).
    """
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return {
        **_python(), **_process(), **_request(environ), **_mod_wsgi(environ),
        "env": {name: os.environ.get(name) for name in query.get("env", ())},
        "wsgi": {key: environ.get(key) for key in query.get("wsgi", ())},
        "dist": {name: _version(name) for name in query.get("dist", ())},
        "module": {name: _module(name) for name in query.get("module", ())},
    }


def _python():
    return {
        "version": list(sys.version_info[:3]),
        "prefix": sys.prefix,
        "path": sys.path[:],
        "argv": sys.argv[:] if hasattr(sys, "argv") else None,
        "fs_encoding": sys.getfilesystemencoding(),
        "fsencode": _attempt(os.fsencode, "caf\xe9"),
        "preferred_encoding": locale.getpreferredencoding(False),
        "locale": _attempt(locale.setlocale, locale.LC_CTYPE),
    }


def _process():
    return {
        "pid": os.getpid(),
        "uid": os.getuid(),
        "gid": os.getgid(),
        "cwd": _attempt(os.getcwd),
        "umask": _umask(),
    }


def _request(environ):
    return {
        "method": environ["REQUEST_METHOD"],
        # repr: bytes as latin-1, so that no decoding on the way hides a thing
        "script_name": repr(environ.get("SCRIPT_NAME", "")),
        "path_info": repr(environ.get("PATH_INFO", "")),
        "scheme": environ["wsgi.url_scheme"],
        "multithread": bool(environ["wsgi.multithread"]),
        "multiprocess": bool(environ["wsgi.multiprocess"]),
        "authorization": environ.get("HTTP_AUTHORIZATION"),
    }


def _mod_wsgi(environ):
    return {
        "process_group": environ.get("mod_wsgi.process_group"),
        "application_group": environ.get("mod_wsgi.application_group"),
        "mod_wsgi": environ.get("mod_wsgi.version"),
    }


def _umask():
    """In octal; os.umask would change it under the other threads' feet."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("Umask:"):
                return line.split()[1]
    return None


def _attempt(function, *args):
    try:
        result = function(*args)
    except Exception as error:  # noqa: BLE001 - tell, whatever it is
        return repr(error)
    return result if isinstance(result, str) else repr(result)


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _module(name):
    try:
        return importlib.import_module(name).__file__
    except Exception as error:  # noqa: BLE001 - tell, whatever it is
        return repr(error)


# What is served

class Application:
    """The WSGI application; ``name`` is shown on its page.

    ``database`` names an SQLite file with a table ``note (text)``; a relative
    name is relative to the working directory, as SQLite has it.
    """

    def __init__(self, name, database=None):
        self.name = name
        self.database = database
        self.routes = {
            "/": self.page, "/linked": self.linked, "/seen": self.seen,
            "/echo": self.echo, "/say": self.say, "/fail": self.fail,
            "/sleep": self.sleep}
        if database is not None:
            self.routes["/notes"] = self.notes
            self.read_notes()       # a wrong directory shows at start

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        path = path.encode("latin-1").decode("utf-8", "replace")
        view = self.routes.get(path or "/")
        if path.startswith("/caf\xe9/"):
            view = self.cafe
        status, kind, body = "404 Not Found", TEXT, b"nothing here\n"
        if view is not None:
            status = "200 OK"
            kind, body = view(environ)
        start_response(status, [
            ("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def page(self, environ):
        """A page with a link and a style sheet below the mount point."""
        mount = quote(environ.get("SCRIPT_NAME", "").encode("latin-1"))
        return HTML, (
            f"<!DOCTYPE html><title>{escape(self.name)}</title>\n"
            f'<link rel="stylesheet" href="{mount}/static/style.css">\n'
            f"<h1>{escape(self.name)}</h1>\n"
            f'<p><a href="{mount}/linked">linked</a></p>\n').encode()

    def linked(self, environ):
        """Where the page's link leads."""
        return TEXT, b"linked\n"

    def seen(self, environ):
        """`facts`, as JSON."""
        return JSON, json.dumps(facts(environ), default=repr).encode()

    def echo(self, environ):
        """The body of the request."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return "application/octet-stream", environ["wsgi.input"].read(length)

    def cafe(self, environ):
        """The path, to see that its bytes arrived."""
        path = environ["PATH_INFO"].encode("latin-1")
        return TEXT, path

    def say(self, environ):
        """Writes ``text`` of the query to each place that ends in a log."""
        text = parse_qs(environ.get("QUERY_STRING", ""))["text"][0]
        print("print", text, flush=True)
        print("wsgi.errors", text, file=environ["wsgi.errors"], flush=True)
        log.info("log %s", text)
        return TEXT, b"said\n"

    def fail(self, environ):
        """An application's error."""
        raise RuntimeError("asked to fail")

    def sleep(self, environ):
        """Answers after ``seconds`` of the query."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        time.sleep(float(query["seconds"][0]))
        return TEXT, b"slept\n"

    def notes(self, environ):
        """The notes in the database, after adding the body of a POST."""
        if environ["REQUEST_METHOD"] == "POST":
            _, body = self.echo(environ)
            with self.connect() as connection:
                connection.execute("insert into note values (?)",
                                   (body.decode(),))
            connection.close()
        notes = "".join(f"{note}\n" for note in self.read_notes())
        return TEXT, notes.encode()

    def read_notes(self):
        """All notes, oldest first."""
        connection = self.connect()
        rows = connection.execute("select text from note order by rowid")
        notes = [text for text, in rows]
        connection.close()
        return notes

    def connect(self):
        """The database; an error where there is none, not an empty one."""
        return sqlite3.connect(f"file:{self.database}?mode=rw", uri=True)
