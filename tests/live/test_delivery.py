"""How pages and files are delivered: their headers, caching, compression."""

import contextlib
import os
import tempfile
import unittest
from pathlib import Path

from tests.support import fastcgi_samples, samples
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
    return [b"<p>hello</p>" * 1000]
"""
SAFE = {"X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "strict-origin-when-cross-origin"}
STATIC = {"style.css": "p { color: blue }\n" * 200}
WAYS = {
    "mod_wsgi": (deployed, {}),
    "fastcgi": (deployed, {"backend_modules": ("fcgid",)}),
    "mod_python": (by_mod_python, {}),
}
SAMPLES = {"fastcgi": fastcgi_samples.wire}


@contextlib.contextmanager
def served(backend="mod_wsgi", files=STATIC, **choices):
    """The application above, deployed with ``choices``; static ``files`` at
    /static."""
    serve, options = WAYS[backend]
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
                              ("fastcgi", HOST), ("mod_python", "")):
            with self.subTest(backend, host=host), served(
                    backend, **{"server_name": host} if host else {}
                    ) as site:
                for path in ("/", "/404", "/500", "/302"):
                    self.assertEqual(named(site.get(path), SAFE), safe, path)
                self.assertEqual(named(site.get(
                    "/?X-Frame-Options=DENY&referrer-policy=no-referrer"),
                    SAFE), own)
                answer = site.get("/static/style.css")
                self.assertEqual((answer.status, answer.header(
                    "X-Content-Type-Options")), (200, "nosniff"))

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


if __name__ == "__main__":
    unittest.main()
