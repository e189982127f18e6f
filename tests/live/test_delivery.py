"""How pages and files are delivered: their headers, caching, compression."""

import contextlib
import json
import os
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import urlencode

from modwsgideploy.backends.http import MODULES
from tests.support import fastcgi_samples, http_samples, samples
from tests.support.browser import Browser
from tests.support.deployed import by_mod_python, deployed

HOST = "www.example.com"
APPLICATION = """\
from urllib.parse import parse_qsl


def main(global_conf):
    return answer


def answer(environ, start_response):
    headers = parse_qsl(environ["QUERY_STRING"])
    status = environ["PATH_INFO"].rpartition("/")[2] or "200"
    start_response(status + " Status",
                   [("Content-Type", "text/html"), *headers])
    user = environ.get("REMOTE_USER", "nobody")
    return [b"<p>hello</p>" * 1000, user.encode("latin-1")]
"""
SAFE = {"X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "strict-origin-when-cross-origin"}
STATIC = {"style.css": "p { color: blue }\n" * 200}
WAYS = {
    "mod_wsgi": (deployed, {}),
    "fastcgi": (deployed, {"backend_modules": ("fcgid",)}),
    "mod_python": (by_mod_python, {}),
    "http": (deployed, {"backend_modules": MODULES}),
}
SAMPLES = {"fastcgi": fastcgi_samples.wire, "http": http_samples.wire}


@contextlib.contextmanager
def served(backend="mod_wsgi", files=STATIC, edit=None, **choices):
    """The application above, deployed with ``choices``; static ``files`` at
    /static.  ``edit`` is called with its Site before Apache reads it."""
    serve, options = WAYS[backend]
    options = {**options, "edit": edit} if edit else options
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        directory, static = Path(top, "answering"), Path(top, "static")
        directory.mkdir()
        static.mkdir()
        for name, text in files.items():
            Path(static, name).write_bytes(
                text if isinstance(text, bytes) else text.encode())
        (directory / "answering.py").write_text(APPLICATION)
        (directory / "answering.ini").write_text(
            "[app:main]\npaste.app_factory = answering:main\n")
        sample = samples.Sample("answering", directory,
                                SAMPLES.get(backend, samples.bare)(
                                    ).virtualenv, "answering.ini",
                                "answering")
        with serve((sample, {
                "static": f"/static={static}", "backend": backend,
                **{name.replace("_", "-"): value
                   for name, value in choices.items()}}), **options) as site:
            yield site


def debian():
    """The same on a server that compresses as Debian's does."""
    def edit(site):
        path = Path(site.output_dir, site.name)
        path.write_text("AddOutputFilterByType DEFLATE text/html text/css\n"
                        + path.read_text())
    return served(edit=edit)


def named(answer, names):
    """The headers ``names`` of an answer, those that it has."""
    return {name: [value for key, value in answer.headers
                   if key.lower() == name.lower()]
            for name in names if answer.header(name)}


class Headers(unittest.TestCase):
    """Those that are safe, where the application sets none."""

    maxDiff = None

    def test_every_backend_sends_each_once(self):
        safe = {name: [value] for name, value in SAFE.items()}
        own = {**safe, "X-Frame-Options": ["DENY"],
               "Referrer-Policy": ["no-referrer"]}
        for backend, host in (("mod_wsgi", ""), ("mod_wsgi", HOST),
                              ("fastcgi", HOST), ("mod_python", ""),
                              ("http", HOST)):
            with self.subTest(backend, host=host), served(
                    backend, **{"server_name": host} if host else {}
                    ) as site:
                for path in ("/", "/404", "/500", "/302"):
                    self.assertEqual(named(site.get(path), SAFE), safe, path)
                self.assertEqual(named(site.get(
                    "/?X-Frame-Options=DENY&referrer-policy=no-referrer"),
                    SAFE), own)
                answer = site.get("/static/style.css", headers={
                    "Accept-Encoding": "gzip"})
                self.assertEqual((answer.status, answer.header(
                    "X-Content-Type-Options"), answer.header(
                    "Content-Encoding")), (200, "nosniff", "gzip"))

    def test_an_empty_option_leaves_one_out_and_three_leave_all(self):
        for left_out in (["frame_options"], [
                "content_type_options", "frame_options", "referrer_policy"]):
            with self.subTest(left_out), served(
                    **dict.fromkeys(left_out, "")) as site:
                found = named(site.get("/"), SAFE)
                self.assertEqual(len(found), 3 - len(left_out), found)
                self.assertNotIn("X-Frame-Options", found)

    def test_pages_of_the_samples_have_nothing_to_complain_of(self):
        with Browser() as browser:
            for sample in (samples.turbogears2(), samples.pyramid()):
                with self.subTest(sample.name), deployed(
                        (sample, {})) as site:
                    browser.open(site.server.url)
                    self.assertEqual([
                        message["params"] for message in browser.messages
                        if message["method"] in (
                            "Log.entryAdded", "Runtime.exceptionThrown",
                            "Runtime.consoleAPICalled")
                        and "favicon" not in str(message)
                        # No test machine has a way to the pages' CDN.
                        and "ERR_NAME_NOT_RESOLVED" not in str(message)
                        and "ERR_INTERNET_DISCONNECTED" not in str(message)
                    ], [])
                    self.assertGreater(browser.evaluate(
                        "document.styleSheets.length"), 0)


class Frames(unittest.TestCase):
    """Whose pages a browser shows inside a frame: what X-Frame-Options says,
    unless the application's Content-Security-Policy does."""

    def test_of_no_other_origin_but_whom_the_application_names(self):
        ours, other = "127.0.0.1", "localhost"
        with served() as site, Browser() as browser:
            pages = f":{site.server.port}/answering/"
            for policy, around, is_shown in (
                    ("", ours, True), ("", other, False),
                    # One that says nothing of frames leaves it at that.
                    ("default-src 'self'", ours, True),
                    ("default-src 'self'", other, False),
                    ("frame-ancestors 'none'", ours, False),
                    (f"frame-ancestors http://{other}:*", other, True)):
                browser.open(f"http://{around}{pages}")
                query = urlencode(
                    {"Content-Security-Policy": policy} if policy else {})
                self.assertEqual((policy, around, self.is_shown(
                    browser, f"http://{ours}{pages}?{query}")), (
                    policy, around, is_shown))

    def is_shown(self, browser, url):
        """Whether the page at ``url`` is shown inside the one that is open.

        What is of another site has a process, and so a target, of its own.
        """
        browser.evaluate(
            "{ const frame = document.createElement('iframe');"
            " frame.onload = () => { document.title = 'loaded' };"
            f" frame.src = {json.dumps(url)}; document.body.append(frame) }}")
        end = time.monotonic() + 60
        while browser.evaluate("document.title") != "loaded":
            self.assertLess(time.monotonic(), end, "no frame is loaded")
        text = browser.evaluate(
            "document.querySelector('iframe').contentDocument?.body.innerText")
        for target in browser.send("Target.getTargets", filter=[
                {"type": "iframe"}])["targetInfos"]:
            with browser.attached(target["targetId"]):
                text = browser.evaluate("document.body.innerText")
        return "hello" in (text or "")


class Files(unittest.TestCase):
    """Static files: how long they are kept, and how they are packed."""

    def test_browsers_keep_what_has_a_hash_in_its_name(self):
        kept = ("app.3f9ac1d2.js", "app-3f9ac1d2e4b5.min.css",
                "main.55e7cbb9ba48.css")
        asked = ("style.css", "photo-20240101.css", "word-deadbeef.css",
                 "550e8400-e29b-41d4-a716-446655440000.css")
        with served(files=dict.fromkeys((*kept, *asked), "x" * 200)) as site:
            for name in kept:
                answer = site.get("/static/" + name)
                self.assertEqual((name, answer.header("Cache-Control")), (
                    name, "max-age=31536000, immutable"))
            for name in asked:
                answer = site.get("/static/" + name)
                self.assertEqual((name, answer.header("Cache-Control")),
                                 (name, "max-age=300"))
            for path in ("/", "/static/missing"):
                self.assertIsNone(site.get(path).header("Cache-Control"))
        built = ("index-BUJcyEgn.js", "index-DiwrgTda.css", "a-BgVq2Tll.woff2")
        with served(files=dict.fromkeys((*built, "a.png"), "x")) as site:
            for name, seconds in (*((each, "31536000, immutable")
                                    for each in built), ("a.png", "300")):
                self.assertEqual(site.get("/static/" + name).header(
                    "Cache-Control"), f"max-age={seconds}")
        with served(static_cache="0", static_hashed="") as site:
            answer = site.get("/static/style.css")
            self.assertIsNone(answer.header("Cache-Control"))

    def test_text_is_compressed_and_the_applications_pages_are_not(self):
        with debian() as site:
            for accepted, encoding in (
                    ("gzip, deflate, br", "br"), ("gzip", "gzip"),
                    ("identity", None)):
                asked = {"Accept-Encoding": accepted}
                answer = site.get("/static/style.css", headers=asked)
                self.assertEqual(answer.header("Content-Encoding"), encoding)
                self.assertIn("Accept-Encoding", answer.header("Vary") or "")
                if encoding:
                    self.assertLess(len(answer.body), 1000)
                # It asks again, and what it has is current.
                again = site.get("/static/style.css", headers={
                    **asked, "If-None-Match": answer.header("ETag")})
                self.assertEqual((accepted, again.status), (accepted, 304))
                answer = site.get("/", headers=asked)
                self.assertIsNone(answer.header("Content-Encoding"))

    def test_the_applications_pages_are_compressed_if_asked_for(self):
        asked = {"Accept-Encoding": "gzip"}
        with served(compress="all") as site:
            answer = site.get("/", headers=asked)
            self.assertEqual(answer.header("Content-Encoding"), "gzip")
        with served(compress="off") as site:
            for path in ("/", "/static/style.css"):
                answer = site.get(path, headers=asked)
                self.assertIsNone(answer.header("Content-Encoding"))

    def test_what_is_compressed_already_is_sent_as_it_is(self):
        files = {"a b%.css": "plain", "a b%.css.br": b"brotli",
                 "a b%.css.gz": b"gzipped", "x.js": "plain",
                 "x.js.gz": b"gzipped", "archive.gz": b"archive",
                 "dump.tar": b"tar", "dump.tar.gz": b"gzipped",
                 "site.webmanifest": "{}", "site.webmanifest.gz": b"gzipped"}
        with served(files=files, server_name=HOST) as site:
            for path, accepted, body, kind, encoding in (
                    ("a%20b%25.css", "gzip, br", b"brotli", "text/css", "br"),
                    ("a%20b%25.css", "gzip", b"gzipped", "text/css", "gzip"),
                    ("a%20b%25.css", "identity", b"plain", "text/css", None),
                    ("x.js", "gzip, br", b"gzipped", "text/javascript",
                     "gzip"),
                    ("archive.gz", "gzip", b"archive", None, None),
                    # Another file, which has that type.
                    ("dump.tar", "gzip", b"tar", "application/x-tar", None),
                    ("site.webmanifest", "br, GZIP", b"gzipped",
                     "application/manifest+json", "gzip"),
                    # What is refused.
                    ("a%20b%25.css", "br;q=0, gzip;q=0.5", b"gzipped",
                     "text/css", "gzip"),
                    ("a%20b%25.css", "gzip; q=0.00,br;q=0", b"plain",
                     "text/css", None)):
                with self.subTest(path, accepted=accepted):
                    answer = site.get("/static/" + path, headers={
                        "Accept-Encoding": accepted})
                    self.assertEqual((answer.status, answer.body),
                                     (200, body))
                    if kind:
                        self.assertEqual(answer.header("Content-Type"), kind)
                    self.assertEqual(answer.header("Content-Encoding"),
                                     encoding)
                    self.assertIn("Accept-Encoding",
                                  answer.header("Vary") or "")


class Require(unittest.TestCase):
    """--require: Apache asks for a password, the application gets a name."""

    # The password is "secret", as htpasswd -s writes it.
    PASSWORDS = "anna:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
    LINES = ("AuthType Basic\nAuthName Trac\nAuthUserFile {}\n"
             "Require valid-user\n")
    ANNA = {"Authorization": "Basic YW5uYTpzZWNyZXQ="}
    WRONG = {"Authorization": "Basic YW5uYTp3cm9uZw=="}

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        os.chmod(top.name, 0o755)
        passwords, self.lines = (Path(top.name, name)
                                 for name in ("passwords", "lines"))
        passwords.write_text(self.PASSWORDS)
        self.lines.write_text(self.LINES.format(passwords))

    def test_on_every_backend_for_a_whole_host(self):
        for backend in WAYS:
            with self.subTest(backend), served(
                    backend, server_name=HOST, mount_point="/",
                    require=str(self.lines)) as site:
                for path in ("/", "/404", "/static/style.css"):
                    for headers in ({}, self.WRONG):
                        answer = site.get(path, headers=headers)
                        self.assertEqual((path, answer.status), (path, 401))
                        self.assertEqual(answer.header("WWW-Authenticate"),
                                         'Basic realm="Trac"')
                answer = site.get("/", headers=self.ANNA)
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.body.endswith(b"anna"), answer.body)
                answer = site.get("/static/style.css", headers=self.ANNA)
                self.assertEqual(answer.status, 200)

    def test_one_path_of_a_site_of_the_main_server(self):
        with served(require=f"/200={self.lines}") as site:
            self.assertTrue(site.get("/", headers=self.ANNA).body
                            .endswith(b"nobody"))
            for path in ("/200", "/x/../200", "/%32%30%30", "//200",
                         "/200/200"):
                self.assertEqual((path, site.get(path).status), (path, 401))
                answer = site.get(path, headers=self.ANNA)
                self.assertTrue(answer.body.endswith(b"anna"), path)

    def test_the_diagnostics_page_is_for_who_may_see_both(self):
        with served(require=f"/={self.lines}", server_name=HOST,
                    test_page="local") as site:
            proxied = {"X-Forwarded-For": "192.0.2.1"}
            for headers, status in (
                    ({}, 401), (self.ANNA, 200),
                    ({**self.ANNA, **proxied}, 403)):
                answer = site.get("/test.wsgi", headers=headers)
                self.assertEqual((headers, answer.status), (headers, status))


class ErrorPages(unittest.TestCase):
    """--error-page: what Apache answers itself has a page of one's own."""

    def test_on_every_backend(self):
        for backend in WAYS:
            with self.subTest(backend), \
                    tempfile.TemporaryDirectory() as top:
                os.chmod(top, 0o755)
                pages = {}
                for code in (404, 413):
                    pages[code] = Path(top, f"my {code}.html")
                    pages[code].write_text(f"<h1>ours, {code}</h1>")
                with served(backend, server_name=HOST, error_page=tuple(
                        f"{code}={path}" for code, path in pages.items()),
                        limit_request_body="1000") as site:
                    for path, code, options in (
                            ("/static/missing.css", 404, {}),
                            ("/", 413, {"method": "POST",
                                        "body": b"x" * 2000})):
                        answer = site.get(path, **options)
                        self.assertEqual(answer.status, code)
                        self.assertEqual(answer.body.decode(),
                                         f"<h1>ours, {code}</h1>")
                        self.assertIn("text/html",
                                      answer.header("Content-Type"))
                    # The application's own page for an error stays.
                    answer = site.get("/404")
                    self.assertEqual(answer.status, 404)
                    self.assertIn(b"hello", answer.body)

    def test_who_has_no_password_sees_the_page(self):
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            page, lines = Path(top, "401.html"), Path(top, "lines")
            page.write_text("write to anna@example.com")
            lines.write_text(f"AuthType Basic\nAuthName x\nAuthUserFile {top}"
                             "/users\nRequire valid-user\n")
            with served(require=str(lines),
                        error_page=f"401={page}") as site:
                answer = site.get("/")
                self.assertEqual((answer.status, answer.body.decode()),
                                 (401, page.read_text()))
                self.assertIn("Basic", answer.header("WWW-Authenticate"))


class Canonical(unittest.TestCase):
    """--canonical: the other names of a host lead to one, in one step."""

    def test_other_names_lead_there_and_it_answers_itself(self):
        with served(server_name=HOST, mount_point="/", server_alias=(
                "example.com", "*.example.net"), canonical="example.com",
                ) as site:
            port = site.server.port
            for name in (HOST, "a.example.net", HOST.upper()):
                for path in ("/", "/a%2Fb?c=%3F", "/static/style.css"):
                    answer = site.server.get(path, name)
                    self.assertEqual((name, answer.status), (name, 301))
                    self.assertEqual(answer.header("Location"),
                                     f"http://example.com:{port}{path}")
                answer = site.server.get("/.well-known/acme-challenge/x", name)
                self.assertNotEqual(answer.status, 301)
            for name in ("example.com", "EXAMPLE.com"):
                self.assertEqual(site.server.get("/", name).status, 200)


class Stuck(unittest.TestCase):
    """--interrupt-timeout: a request that hangs ends, its process does not."""

    def test_mod_wsgi_6_ends_the_request_alone(self):
        code = APPLICATION.replace("    headers =", """\
    import os
    import time
    if environ["PATH_INFO"] == "/hang":
        while True:
            time.sleep(0.1)
    headers =""").replace("user.encode", "str(os.getpid()).encode")
        sample = samples.bare()
        with tempfile.TemporaryDirectory() as top:
            os.chmod(top, 0o755)
            Path(top, "hanging.py").write_text(code)
            Path(top, "hanging.ini").write_text(
                "[app:main]\npaste.app_factory = hanging:main\n")
            sample = samples.Sample("hanging", Path(top), sample.virtualenv,
                                    "hanging.ini", "hanging")
            with deployed((sample, {
                    "processes": "1", "threads": "1", "request-timeout": "1",
                    "interrupt-timeout": "20", "mod-wsgi-version": "6.1.1"}),
                    modules=samples.mod_wsgi_6()) as site:
                before = site.get("/").body
                self.assertEqual(site.get("/hang").status, 504)
                self.assertEqual(site.get("/").body, before)


if __name__ == "__main__":
    unittest.main()
