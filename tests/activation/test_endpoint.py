"""Which address and port a directive names."""

import unittest

from modwsgideploy.activation.endpoint import Endpoint, parse_address


class Endpoints(unittest.TestCase):

    def test_addresses(self):
        for text, wanted in (
                ("80", ("", 80)), ("*:80", ("", 80)),
                ("_default_:443", ("", 443)), ("[::]:80", ("", 80)),
                ("[::1]:8080", ("::1", 8080)), ("0.0.0.0:80", ("", 80)),
                ("10.0.0.1:80", ("10.0.0.1", 80)), ("*", ("", 0)),
                ("10.0.0.1", ("10.0.0.1", 0))):
            self.assertEqual(parse_address(text), wanted, text)

    def test_urls_leave_out_the_usual_port(self):
        for endpoint, wanted in (
                (("/", "shop.example", 443, "10.0.0.1", True),
                 "https://shop.example/"),
                (("/a", "shop.example", 443, "", False),
                 "http://shop.example:443/a"),
                (("/a", "", 80, "", False), "http://localhost/a"),
                (("/a", "", 8443, "", True), "https://localhost:8443/a")):
            self.assertEqual(Endpoint(*endpoint).url, wanted)



if __name__ == "__main__":
    unittest.main()
