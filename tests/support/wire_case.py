"""What each request to the sample wire_app has to come to, on any backend."""

import re
import unittest
import zlib
from urllib.parse import quote

PIECES = bytes(range(256)) * 64 * 100

# As typed, and the bytes that the application has to see.
PATHS = {
    "/caf%C3%A9": "/café".encode(), "/caf%E9": b"/caf\xe9",
    "/%E2%82%AC/%F0%9F%90%8D": "/€/🐍".encode(), "/%FF%FE": b"/\xff\xfe",
    "/a%3Fb": b"/a?b", "/a%3fb%3D": b"/a?b=", "/a%25b": b"/a%b",
    "/a%2525": b"/a%25", "/a%23b": b"/a#b", "/a%20b": b"/a b",
    "/a+b": b"/a+b", "/a;b": b"/a;b", "/a&b": b"/a&b", "/a%22b": b'/a"b',
    "/a:b": b"/a:b", "/a%5Cb": b"/a\\b", "/%24{x}": b"/${x}",
    "/%25%7BGLOBAL%7D%241": b"/%{GLOBAL}$1", "/x//y": b"/x/y",
    "/trailing/": b"/trailing/", "/http://x/": b"/http:/x/",
    "/-": b"/-", "/%41": b"/A", "/dispatch.fcgi": b"/dispatch.fcgi",
}


class WireCase(unittest.TestCase):
    """The same requests to each way of running it."""

    reasons = True     # whether the application's own words follow a status

    def check(self, site):
        self.check_bodies(site)
        self.check_answers(site)
        self.check_paths(site)
        log = [line for line in site.log().splitlines()
               if not re.search(r":(notice|info)\]", line)]
        # what "fail" and "say" have written, and nothing else
        self.assertIn("failed on purpose", "\n".join(log))
        self.assertIn("words for wsgi.errors", "\n".join(log))
        self.assertIn("printed words", "\n".join(log))
        self.assertNotIn("WARNING", "\n".join(log))
        # AH01071 is how mod_proxy_fcgi shows wsgi.errors.
        self.assertNotIn("AH0", "\n".join(log).replace("AH01071", ""))

    def check_bodies(self, site):
        head = site.get("/", method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        for body in (b"", b"x", b"a=b\nc", bytes(range(256)) * 4096 * 3):
            answer = site.get("/digest", method="POST", body=body)
            self.assertEqual(answer.body.decode(),
                             f"{len(body)} {zlib.crc32(body)}")
        for path in ("/stream", "/written"):
            self.assertEqual(site.get(path).body, PIECES, path)

    def check_answers(self, site):
        cookies = site.get("/cookies", headers={"Cookie": "a=b; c=d"})
        self.assertEqual(cookies.body, b"a=b; c=d")
        self.assertEqual(
            [value for name, value in cookies.headers
             if name.lower() == "set-cookie"],
            ["one=1; Path=/", "two=2; HttpOnly"])
        changed = site.get("/changed")
        self.assertEqual((changed.status, changed.body,
                          changed.header("Retry-After")),
                         (503, b"changed", "7"))
        if self.reasons:
            self.assertEqual(changed.reason, "Busy")
        self.assertEqual(site.get("/empty").status, 204)
        self.assertEqual(site.get("/away").header("Location"),
                         "http://other.example/x")
        failed = site.get("/fail")
        self.assertEqual(failed.status, 500)
        self.assertNotIn(b"on purpose", failed.body)
        self.assertEqual(site.text("/say"), "said")
        self.assertEqual(site.text("/wsgi?name=wsgi.url_scheme"), "http")
        self.assertEqual(self.authorization(site), "None")

    def check_paths(self, site):
        below = site.sites[0].below.encode()
        for path, seen in PATHS.items():
            for query in ("", "a=%3F%20%C3%A9&b=+"):
                answer = site.get(path + (query and "?" + query))
                self.assertEqual(
                    answer.body, below + b"\n" + seen + b"\n"
                    + query.encode(), (path, answer.status))

    def authorization(self, site):
        return site.text("/wsgi?name=HTTP_AUTHORIZATION",
                         headers={"Authorization": "Basic eDp5"})

    def check_mount_point_itself(self, site):
        """Without the slash: no path at all, also where it is escaped."""
        one = site.sites[0]
        answer = site.server.get(quote(one.mount_point), one.server_name)
        self.assertEqual(answer.body.decode(), f"{one.mount_point}\n\n")
