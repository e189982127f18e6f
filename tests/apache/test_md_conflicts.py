"""Managed domains that mod_md refuses when Apache starts."""

import unittest

from modwsgideploy.apache.md_conflicts import md_conflicts
from modwsgideploy.apache.parser import Directives, parse

HOST = ("<VirtualHost *:443>\nServerName %s\nServerAlias %s\n"
        "SSLEngine on\n</VirtualHost>\n")


def names(text):
    """The names of the conflicts in ``text``, with that of their host."""
    return [(each.name, bool(each.host))
            for each in md_conflicts(Directives(parse(text, "x.conf")))]


class Conflicts(unittest.TestCase):
    """As the real mod_md 2.6.10 has it: it ends Apache with AH10038 or
    AH10238, or goes on; see tests/live/test_https_auto.py."""

    def test_a_name_in_two_domains(self):
        text = "MDomain a.example B.example\nMDomain b.example c.example\n"
        self.assertEqual(names(text), [("b.example", False)])
        self.assertEqual(names(text.replace("b.ex", "d.ex")), [])

    def test_a_section_and_its_members(self):
        text = ("<MDomainSet a.example auto>\nMDMember %s manual\n"
                "</MDomainSet>\nMDomain b.example auto\n")
        self.assertEqual(names(text % "b.example"), [("b.example", False)])
        self.assertEqual(names(text % "d.example"), [])

    def test_a_pattern_covers_one_label_of_what_is_read_later(self):
        text = "MDomain *.example\nMDomain %s\n"
        self.assertEqual(names(text % "a.example"), [("a.example", False)])
        self.assertEqual(names(text % "a.b.example"), [])
        self.assertEqual(names("MDomain a.example\nMDomain *.example\n"), [])
        # But a host with TLS is then for both.
        self.assertEqual(
            names("MDomain a.example\nMDomain *.example\n"
                  + HOST % ("a.example", "x")), [("a.example", True)])

    def test_a_host_with_names_of_two_domains(self):
        text = "MDomain a.example www.example\nMDomain b.example\n"
        host = HOST % ("b.example", "www.example")
        self.assertEqual(names(text + host), [("b.example", True)])
        self.assertEqual(names(text + HOST % ("b.example", "*.org")), [])
        self.assertEqual(names(text + host.replace("SSLEngine on", "")), [])


if __name__ == "__main__":
    unittest.main()
