"""mod_python's WSGI gateway, in process, on Python 3 and on Python 2.7.

This file runs on both; what mod_python would hand over is played by the
classes below.  The real module is tested in live/test_mod_python.py.
"""

import os
import subprocess
import sys
import types
import unittest
from wsgiref.validate import validator

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(HERE)),
                         "modwsgideploy", "templates", "mod_python")


class ServerReturn(Exception):
    pass


# The class has this name; that of another interpreter is another class.
ServerReturn.__name__ = "SERVER_RETURN"


def as_told(value):
    """How mod_python hands out Apache's bytes."""
    if value is None or str is bytes:
        return value
    return value.decode("utf-8")


class Table:
    """One of Apache's tables."""

    def __init__(self):
        self.pairs = []

    def add(self, name, value):
        self.pairs.append((name, value))

    def keys(self):
        return [name for name, _ in self.pairs]

    def get(self, key):
        return as_told(dict(self.pairs).get(key))


class Request:
    """As much of mod_python's request as the gateway uses."""

    content_type = "text/x-python"
    content_length = status = status_line = None
    debug = "0"

    def __init__(self, body=b"", uri=b"/app/x", path_info=b"/x",
                 query=None, header_only=False):
        self.strings = {
            "uri": uri, "path_info": path_info, "method": b"GET",
            "args": query, "unparsed_uri": uri, "protocol": b"HTTP/1.1"}
        self.headers_in, self.headers_out = Table(), Table()
        self.subprocess_env = Table()
        self.header_only = header_only
        self.body = body
        self.connection = types.ModuleType("connection")
        self.connection.keepalive = 1
        self.log = []
        self.sent = []

    def __getattr__(self, name):
        if name not in self.strings:
            raise AttributeError(name)
        return as_told(self.strings[name])

    def add_common_vars(self):
        for name, value in (
                ("SERVER_NAME", b"localhost"), ("SERVER_PORT", b"80"),
                ("HTTP_COOKIE", b"caf\xe9"),
                ("CONTENT_LENGTH", str(len(self.body)).encode())):
            self.subprocess_env.add(name, value)

    def get_options(self):
        options = Table()
        options.add("wsgi.application", b"launched::application")
        return options

    def get_config(self):
        return {"PythonDebug": self.debug}

    def read(self, size):
        taken, self.body = self.body[:size], self.body[size:]
        return taken

    def write(self, data, flush):
        assert isinstance(data, bytes)
        self.sent.append(data)

    def set_content_length(self, length):
        self.content_length = length

    def log_error(self, line, level):
        assert "\n" not in line and "\0" not in line
        line.encode("utf-8")
        self.log.append(line)


def stand_in():
    """The module mod_python.apache, as far as it is used."""
    package, apache = (types.ModuleType(name) for name in (
        "mod_python", "mod_python.apache"))
    package.apache = apache
    apache.OK = 0
    apache.HTTP_REQUEST_TIME_OUT = 408
    apache.HTTP_LENGTH_REQUIRED = 411
    apache.HTTP_INTERNAL_SERVER_ERROR = 500
    apache.APLOG_ERR = 3
    apache.AP_CONN_CLOSE = 0
    apache.AP_MPMQ_IS_THREADED, apache.AP_MPMQ_MAX_DAEMONS = 2, 12
    # Static threads, several processes.
    apache.mpm_query = {2: 1, 12: 6}.get
    apache.cleanups = []
    apache.register_cleanup = apache.cleanups.append
    return {"mod_python": package, "mod_python.apache": apache}


class Case(unittest.TestCase):

    def setUp(self):
        for name, module in stand_in().items():
            sys.modules[name] = module
        sys.path.insert(0, TEMPLATES)
        import modpython_gateway
        self.gateway = modpython_gateway

    def tearDown(self):
        sys.path.remove(TEMPLATES)
        for name in ("mod_python", "mod_python.apache", "modpython_gateway",
                     "launched"):
            sys.modules.pop(name, None)

    def ask(self, application, request=None, check=True):
        """The status that the handler returns for ``request``."""
        module = sys.modules["launched"] = types.ModuleType("launched")
        module.application = validator(application) if check else application
        self.request = request or Request()
        return self.gateway.handler(self.request)


class Requests(Case):

    def environ(self, *arguments, **keywords):
        seen = {}

        def application(environ, start_response):
            seen.update(environ)
            seen["body"] = environ["wsgi.input"].read(
                int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"text"]

        self.assertEqual(self.ask(
            application, Request(*arguments, **keywords)), 0)
        self.assertEqual(self.request.sent, [b"text"])
        return seen

    def test_bytes_that_are_no_utf_8_arrive_as_they_are(self):
        seen = self.environ(uri=b"/app/caf\xe9/\xc3\xa9",
                            path_info=b"/caf\xe9/\xc3\xa9", query=b"\xff")
        self.assertEqual(seen["SCRIPT_NAME"], "/app")
        self.assertEqual(seen["PATH_INFO"], "/caf\xe9/\xc3\xa9")
        self.assertEqual(seen["QUERY_STRING"], "\xff")
        self.assertEqual(seen["HTTP_COOKIE"], "caf\xe9")
        for name in ("PATH_INFO", "HTTP_COOKIE", "REQUEST_METHOD"):
            self.assertIs(type(seen[name]), str)

    def test_the_root_and_a_path_without_more(self):
        for uri, path_info, script_name in (
                (b"/", b"/", ""), (b"/x", b"/x", ""),
                (b"/app", b"", "/app"), (b"/app/", b"/", "/app"),
                (b"/app", None, "/app")):
            seen = self.environ(uri=uri, path_info=path_info)
            self.assertEqual(seen["SCRIPT_NAME"], script_name)
            self.assertEqual(seen["PATH_INFO"], (path_info or b"").decode())

    def test_bodies_arrive_whole(self):
        for body in (b"", b"x", b"\0\xff\r\n" * 100000):
            self.assertEqual(self.environ(body)["body"], body)

    def test_the_processing_model_is_apaches(self):
        seen = self.environ()
        self.assertIs(seen["wsgi.multithread"], True)
        self.assertIs(seen["wsgi.multiprocess"], True)

    def test_chunks_are_refused(self):
        request = Request()
        request.headers_in.add("Transfer-Encoding", b"Chunked")
        self.assertEqual(self.ask(None, request), 411)

    def test_a_body_that_apache_refuses_is_not_the_applications(self):
        request = Request(b"x")

        def read(size):
            raise ServerReturn(413)
        request.read = read
        self.assertEqual(self.ask(None, request), 413)

    def test_a_client_that_went_away_is(self):
        request = Request(b"x")

        def read(size):
            raise IOError("Client read error (Timeout?)")
        request.read = read
        self.assertEqual(self.ask(None, request), 408)
        self.assertEqual(request.log, [])


class Bodies(Case):
    """wsgi.input, read in every way, also mixed."""

    def input(self, body, block=7):
        self.gateway.BLOCK = block
        stream = self.gateway.Input(Request(body), len(body))
        stream.begin()
        return stream

    def test_reading(self):
        stream = self.input(b"0123456789" * 3)
        self.assertEqual(stream.read(0), b"")
        self.assertEqual(stream.read(3), b"012")
        self.assertEqual(stream.read(20), b"34567890123456789012")
        self.assertEqual(stream.read(), b"3456789")
        self.assertEqual(stream.read(), b"")
        self.assertEqual(self.input(b"abc").read(None), b"abc")

    def test_lines(self):
        body = b"one\n\nthree and more\nlast"
        lines = [b"one\n", b"\n", b"three and more\n", b"last"]
        self.assertEqual(list(self.input(body)), lines)
        self.assertEqual(self.input(body).readlines(), lines)
        self.assertEqual(self.input(body).readlines(5), lines[:2])
        self.assertEqual(self.input(body).readlines(6), lines[:3])
        stream = self.input(body)
        self.assertEqual(stream.readline(), b"one\n")
        self.assertEqual(stream.read(3), b"\nth")
        self.assertEqual(stream.readline(4), b"ree ")
        self.assertEqual(stream.readline(100), b"and more\n")
        self.assertEqual(stream.readline(None), b"last")
        self.assertEqual(stream.readline(), b"")

    def test_no_more_is_read_than_was_announced(self):
        stream = self.gateway.Input(Request(b"abcdef"), 3)
        stream.begin()
        self.assertEqual(stream.read(100), b"abc")

    def test_a_body_that_ends_early_ends(self):
        stream = self.gateway.Input(Request(b"abc"), 30)
        stream.begin()
        self.assertEqual(stream.read(), b"abc")
        self.assertEqual(stream.readline(), b"")


class Answers(Case):

    def test_headers_are_handed_to_apache(self):
        def application(environ, start_response):
            start_response("404 Odd", [
                ("content-type", "text/plain"), ("Set-Cookie", "a=1"),
                ("Set-Cookie", "b=2"), ("content-length", "4")])
            return [b"gone"]

        self.assertEqual(self.ask(application), 0)
        self.assertEqual(
            (self.request.status, self.request.status_line,
             self.request.content_type, self.request.content_length),
            (404, "404 Odd", "text/plain", 4))
        self.assertEqual(self.request.headers_out.pairs,
                         [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])

    def test_one_piece_has_a_length_several_have_none(self):
        def answer(pieces):
            def application(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return pieces
            self.ask(application, check=False)
            return self.request.sent, self.request.content_length

        self.assertEqual(answer([b"four"]), ([b"four"], 4))
        self.assertEqual(answer([b"", b"a", b"b"]), ([b"a", b"b"], None))

    def test_without_a_body_there_is_no_type(self):
        def application(environ, start_response):
            start_response("204 No Content", [])
            return []

        self.ask(application)
        self.assertEqual((self.request.content_type, self.request.sent,
                          self.request.content_length), ("", [], None))

    def test_head_sends_nothing_but_the_length(self):
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"body"]

        self.ask(application, Request(header_only=True), check=False)
        self.assertEqual((self.request.sent, self.request.content_length),
                         ([], 4))

    def test_write_comes_before_the_rest(self):
        def application(environ, start_response):
            write = start_response("200 OK", [("Content-Type", "text/plain")])
            write(b"written")
            return [b"returned"]

        self.ask(application)
        self.assertEqual(self.request.sent, [b"written", b"returned"])

    def test_headers_can_be_replaced_until_they_are_sent(self):
        def failing(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html")])
            try:
                raise ValueError("on purpose")
            except ValueError:
                start_response("503 Busy", [("Content-Type", "text/plain")],
                               sys.exc_info())
            return [b"busy"]

        self.assertEqual(self.ask(failing), 0)
        self.assertEqual(self.request.status, 503)

        def late(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html")])(b"x")
            try:
                raise ValueError("on purpose")
            except ValueError:
                start_response("503 Busy", [("Content-Type", "text/plain")],
                               sys.exc_info())

        self.assertEqual(self.ask(late, check=False), 0)
        self.assertEqual(self.request.status, 200)
        self.assertIn("ValueError: on purpose", self.request.log)
        self.assertEqual(self.request.connection.keepalive, 0)

    def test_an_error_is_logged_and_answered_with_500(self):
        def application(environ, start_response):
            raise RuntimeError("on purpose \0")

        self.assertEqual(self.ask(application), 500)
        self.assertIsNone(self.request.status)
        log = "\n".join(self.request.log)
        self.assertIn("Traceback (most recent call last):", log)
        self.assertIn("RuntimeError", log)

    def test_with_debugging_mod_python_shows_it(self):
        def application(environ, start_response):
            raise RuntimeError("on purpose")

        request = Request()
        request.debug = "1"
        self.assertRaises(RuntimeError, self.ask, application, request)

    def test_what_breaks_the_rules_is_an_error(self):
        def never(environ, start_response):
            return [b"x"]

        def twice(environ, start_response):
            start_response("200 OK", [])
            start_response("200 OK", [])

        def odd(environ, start_response):
            start_response("fine", [])

        for application in never, twice, odd:
            self.assertEqual(self.ask(application, check=False), 500)

    def test_what_is_returned_is_closed(self):
        closed = []

        class Pieces:
            def __init__(self, pieces):
                self.pieces = pieces

            def __iter__(self):
                for piece in self.pieces:
                    if piece is None:
                        raise ValueError("on purpose")
                    yield piece

            def close(self):
                closed.append(self.pieces)

        for pieces in ([b"a"], [b"a", None], [None]):
            def application(environ, start_response, pieces=pieces):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return Pieces(pieces)
            self.ask(application, check=False)
            self.assertEqual(closed.pop(), pieces)

    def test_a_client_that_went_away_is_no_error(self):
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"x"]

        request = Request()

        def write(data, flush):
            raise IOError("Write failed, client closed connection.")
        request.write = write
        self.assertEqual(self.ask(application, request), 0)
        self.assertEqual(request.log, [])


class Log(Case):

    def test_it_gets_whole_lines(self):
        def application(environ, start_response):
            errors = environ["wsgi.errors"]
            errors.write("one, ")
            errors.write("two\nthree\nfo")
            errors.writelines(["ur", "\n", "five"])
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b""]

        self.ask(application)
        self.assertEqual(self.request.log,
                         ["one, two", "three", "four", "five"])


class Launchers(Case):

    def load(self, text):
        import tempfile

        directory = os.path.realpath(tempfile.mkdtemp())
        path = os.path.join(directory, "my.app_modpython.py")
        with open(path, "w") as stream:
            stream.write(text)
        before, stdout = list(sys.path), sys.stdout
        # As PythonPath has it.
        sys.path.insert(0, directory)
        try:
            self.assertEqual(self.gateway.load(path), before)
            return sys.modules["my_app_modpython"]
        finally:
            self.assertEqual(sys.path, before)
            sys.stdout = stdout
            os.remove(path)
            os.rmdir(directory)

    def test_one_is_a_module_whatever_its_name(self):
        module = self.load("application = __name__, __file__\n")
        self.addCleanup(sys.modules.pop, "my_app_modpython")
        self.assertEqual(module.application[0], "my_app_modpython")
        self.assertRaises(ImportError, self.load, "")

    def test_one_that_fails_can_be_tried_again(self):
        self.assertRaises(ZeroDivisionError, self.load, "1 / 0")
        self.assertRaises(ZeroDivisionError, self.load, "1 / 0")


if __name__ != "__main__":
    class Python2(unittest.TestCase):

        def test_all_of_this_holds_there_too(self):
            from tests import support

            python2 = support.python2()
            if not python2:
                self.skipTest(support.NO_PYTHON2)
            done = subprocess.run(
                [python2, "-B", os.path.abspath(__file__)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("\nOK", done.stdout)


if __name__ == "__main__":
    unittest.main()
