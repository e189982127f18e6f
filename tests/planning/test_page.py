"""The page of a plan: each of its bars has its words and its length."""

import re
import types
import unittest

from modwsgideploy.planning import capacity, proposal
from modwsgideploy.planning.capacity import KB_PER_MB as MB
from modwsgideploy.planning.capacity import Database, Demand, Machine
from modwsgideploy.planning.page import page
from modwsgideploy.planning.planned import SHARING, Planned


def planned(demands, share=False, **fields):
    """A plan for a machine of 2000 MB."""
    machine = Machine(**{"memory_kb": 2000 * MB, "cores": 2, "tasks": 5000,
                         "open_files": 8192, "connections": 40, **fields})
    asked = capacity.as_asked(demands, machine)
    fleet = types.SimpleNamespace(sites=demands, unreadable=())
    return Planned(fleet, machine, asked, proposal.propose(
        asked, machine, share), {})


def demand(name, megabytes=100, **more):
    return Demand(name, name, name, 2, 15, megabytes * MB,
                  more.pop("source", "measured"), **more)


class Page(unittest.TestCase):

    def text(self, *arguments, **more):
        """The page without its tags and their spaces."""
        self.html = page(planned(*arguments, **more))
        return " ".join(re.sub("<[^>]*>", " ", self.html).replace(
            "\u202f", "").split())

    def test_each_site_has_its_memory_and_its_requests(self):
        text = self.text([demand("shop"), demand("blog", 50)])
        for words in ("200 MB (2 × 100 MB)", "100 MB (2 × 50 MB)",
                      "208 MB (16 × 13 MB)",
                      "2 processes × 15 threads", "60 threads; Apache asks"
                      " for 400 at once"):
            self.assertIn(words, text)
        # The larger one is twice as long.
        widths = [float(width) for width in re.findall(
            r'width="([\d.]+)%"', self.html)]
        self.assertTrue(widths)
        self.assertLessEqual(max(widths), 100)

    def test_what_is_missing_is_said(self):
        text = self.text([demand(f"s{number}", 300) for number in range(9)])
        self.assertRegex(text, r"memory: \d+ MB are missing")
        self.assertRegex(text, r"5608 of 1600 MB: 4008 missing")

    def test_what_nobody_measured_is_said(self):
        self.assertIn("not measured: 1 site", self.text(
            [demand("shop", source="assumed"), demand("blog")]))

    def test_many_sites_are_shown_by_size_and_the_rest_together(self):
        text = self.text([demand(f"s{number}", 20 + number)
                          for number in range(40)], memory_kb=64_000 * MB)
        self.assertIn("24 others", text)
        self.assertRegex(text, r"56 to 59 MB 4\b")

    def test_each_database_has_its_connections(self):
        one = Database("mysql://db/x", "mysql://db", 15)
        self.assertIn("mysql://db/x 30 connections", self.text(
            [demand("shop", databases=(one,))]))

    def test_sharing_has_its_word_of_warning(self):
        sites = [demand(name, share_key="v") for name in "ab"]
        self.assertIn(SHARING, self.text(sites, share=True))
        self.assertNotIn(SHARING, self.text(sites))


if __name__ == "__main__":
    unittest.main()
