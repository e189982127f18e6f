"""Which URLs and paths a directive is for."""

import unittest

from modwsgideploy.apache.aliases import is_within, mappings, spares, takes
from modwsgideploy.apache.parser import parse


def directive(text):
    """The last directive of ``text``."""
    return parse(text, "/etc/site")[-1]


class Aliases(unittest.TestCase):

    def test_a_path_is_within_by_its_parts(self):
        for path, top, within in (
                ("/srv/app/x", "/srv/app", True), ("/srv/app", "/srv/app/",
                                                   True),
                ("/srv/apple", "/srv/app", False), ("/srv", "/", True),
                ("/", "/", True), ("/", "/srv", False)):
            self.assertEqual(is_within(path, top), within, (path, top))

    def test_mappings(self):
        found = mappings(parse('Alias /a "/srv/a b"\nAlias /half\n', "x"))
        self.assertEqual([each[:2] for each in found], [("/a", "/srv/a b")])

    def test_which_urls_a_directive_takes(self):
        for text, taken in (
                ("Alias / /srv", True), ("Alias /app /srv", True),
                ("Alias /app/static /srv", False), ("Alias /ap /srv", False),
                ("Redirect 301 /app /new", True), ("Redirect /app /new", True),
                ("RedirectMatch ^/app/ /new", True),
                ("RedirectMatch ^/app/$ /new", False),
                ("AliasMatch ^/(?<x /srv", False), ("Alias", False),
                ("ProxyPass /app !", False),
                ("<IfModule alias_module>\nAlias /app /srv", True),
                ("<Location /x>\nRedirect /app /new", False)):
            self.assertEqual(takes(directive(text), "/app"), taken, text)

    def test_a_proxypass_spares_what_it_does_not_pass_on(self):
        self.assertTrue(spares(directive("ProxyPass /app !"), "/app/x"))
        self.assertFalse(spares(directive("ProxyPass /app !"), "/apple"))
        self.assertFalse(spares(directive("ProxyPass /app http://x"), "/app"))


if __name__ == "__main__":
    unittest.main()
