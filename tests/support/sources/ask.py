"""Serves requests in process: PasteDeploy's application of an ini, no server.

    python -I -c "$(cat ask.py)" INI [DIRECTORY...]  < requests  > answers

Requests are a JSON list of {"method", "path", "query", "body", "mount",
"environ"}, all but the path optional; answers one of {"status", "headers",
"body"}.  Bytes are latin-1 text.  The directories come first in sys.path.
"""

import io
import json
import sys
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from paste.deploy import loadapp


def environ_of(request):
    """The WSGI environ that a server would make of ``request``."""
    body = request.get("body", "").encode("latin-1")
    environ = {
        "REQUEST_METHOD": request.get("method", "GET"),
        "SCRIPT_NAME": request.get("mount", ""),
        "PATH_INFO": request["path"],
        "QUERY_STRING": request.get("query", ""),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/octet-stream",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        **request.get("environ", {})}
    setup_testing_defaults(environ)
    return environ


def answer(application, request):
    """What ``application`` answers to one request."""
    result = {}

    def start_response(status, headers, exc_info=None):
        result.update(status=int(status[:3]), headers=dict(headers))
        return io.BytesIO().write

    chunks = validator(application)(environ_of(request), start_response)
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()
    return dict(result, body=body.decode("latin-1"))


def main():
    """Answers the requests; an application's own output goes to stderr."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    sys.path[:0] = sys.argv[2:]
    application = loadapp("config:" + sys.argv[1])
    json.dump([answer(application, request) for request in
               json.load(sys.stdin)], stdout)


main()
