"""A site whose processes do not look at the time of its script."""

import json
import os
import shlex
import time
import unittest

from tests.support.load import Load
from tests.support.release_case import ReleaseCase


class Untouched(ReleaseCase):

    backend = ("--processes=2", "--threads=5", "--no-script-reloading")

    def test_only_restart_and_update_bring_new_code(self):
        self.assertNotIn("MWD415", self.check())
        before = self.processes()
        self.code(self.shop, "2")
        later = time.time() + 5
        os.utime(self.shop / "apache" / "shop.wsgi", (later, later))
        self.assertEqual({self.version() for _ in range(20)}, {"1"})
        self.assertEqual(self.processes(), before)
        fix = self.check()["MWD415"]
        self.assertEqual(fix, f"modwsgideploy restart {self.shop}")
        with Load(self.port, ["/shop", "/neighbour/seen"]) as load:
            self.run_command(*shlex.split(fix)[1:], "--server-config",
                             self.config)
            self.assertEqual(self.served(), "2")
            self.assertFalse(self.processes() & before)
        self.assertEqual(load.failed("/shop"), {})
        # The first one reloads Apache.
        self.update("--from", self.new_code("3"), "-y")
        before = self.processes()
        with Load(self.port, ["/shop", "/neighbour/seen"]) as load:
            self.update("--from", self.new_code("4"))
            self.assertEqual(self.served(), "4")
            self.assertFalse(self.processes() & before)
            self.rollback()
            self.assertEqual(self.served(), "3")
        self.assertEqual(load.failed("/shop"), {})
        self.assertEqual(load.failed("/neighbour/seen"), {})

    def test_an_update_that_is_killed_is_taken_back(self):
        self.kill_in_the_middle()

    def check(self):
        """The fix of each finding, by code."""
        out, _ = self.run_command(
            "check", self.shop, "--json", "--server-config", self.config,
            status=None)
        return {each["code"]: each["fix"] for site in json.loads(out)["sites"]
                for each in site["problems"]}


if __name__ == "__main__":
    unittest.main()
