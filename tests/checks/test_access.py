"""Sections are matched with a request, and merged, as Apache does it.

What each says here was answered by Apache 2.4: see live/test_checks_access.py.
"""

import unittest

from modwsgideploy.apache import parser
from modwsgideploy.apache.access import access
from modwsgideploy.apache.parser import Directives
from modwsgideploy.apache.sections import Request
from tests.support.access_cases import (
    CASES,
    DENIED,
    GRANTED,
    PATH,
    directory,
    section,
)


class Access(unittest.TestCase):

    def test_cases(self):
        for text, expected in CASES:
            with self.subTest(text):
                found = access(Directives(parser.parse(text, "x.conf")),
                               Request(PATH, "/", None))
                self.assertIs(found.granted, expected, found)

    def test_a_virtual_hosts_sections_come_after_the_servers(self):
        text = (section("VirtualHost *:80", directory("/nonexistent", GRANTED))
                + directory("/nonexistent", DENIED))
        directives = Directives(parser.parse(text, "x.conf"))
        host, = directives.of("VirtualHost")
        self.assertIs(access(directives, Request(PATH, "/", host)).granted,
                      True)


if __name__ == "__main__":
    unittest.main()
