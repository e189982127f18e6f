"""The collection modwsgideploy.fleet, driven by Ansible."""

import json
import os
import re

from tests.support.fleet_case import FleetCase


class Rollouts(FleetCase):

    hosts = ("one", "two", "three")

    def served(self):
        """The version that each host serves."""
        return [host.served() for host in self.local.values()]

    def recap(self, out):
        """How many tasks changed something, and how many failed, by host."""
        found = re.findall(r"^(\w+) +: ok=.* changed=(\d+) .* failed=(\d+)",
                           out, re.M)
        return {host: (int(changed), int(failed))
                for host, changed, failed in found}

    def state(self):
        """All that a run could touch on a host: what is served, and when it
        was written, and Apache's process and its generation."""
        found = {}
        for name, host in self.local.items():
            for top in (host.root, host.releases):
                for head, _, files in os.walk(top):
                    for file in files:
                        path = os.path.join(head, file)
                        if "/log/" not in path:
                            found[path] = os.lstat(path).st_mtime_ns
            found[name] = host.pid
        return found

    def test_there_and_back(self):
        out = self.ansible("rollout")
        self.assertEqual(self.served(), ["1", "1", "1"])
        self.assertEqual(len({host.current for host
                              in self.local.values()}), 1)
        # A second run changes nothing.
        before = self.state()
        out = self.ansible("rollout")
        self.assertEqual(self.recap(out), dict.fromkeys(self.hosts, (0, 0)))
        self.assertEqual(self.state(), before)
        # Nor does check mode, which says what the run would change.
        self.code("2")
        first = self.local["one"].current
        out = self.ansible("rollout", "--check", "--diff")
        self.assertEqual(self.served(), ["1", "1", "1"])
        self.assertRegex(out, r"\n\+WSGIScriptAlias /shop \S+/shop\.wsgi")
        self.assertTrue(all(self.recap(out).values()), out)
        self.ansible("rollout")
        self.assertEqual(self.served(), ["2", "2", "2"])
        second = self.local["one"].current
        self.assertIn(f"release {second}, 1 sites in order",
                      self.ansible("status"))
        self.ansible("rollback")
        self.assertEqual(self.served(), ["1", "1", "1"])
        # Where one is back already, it is not taken back further.
        self.ansible("rollout", "--limit", "one")
        self.ansible("rollback")
        self.assertEqual([host.current for host in self.local.values()],
                         [first] * 3)
        self.assertEqual(self.served(), ["1", "1", "1"])

    def test_what_would_not_work_is_switched_nowhere(self):
        self.ansible("rollout")
        before = [host.tree() for host in self.local.values()]
        current = [host.current for host in self.local.values()]
        two = self.local["two"]
        self.code("2", more=f"import os\nassert not os.path.exists("
                            f"{str(two.top / 'broken')!r})")
        (two.top / "broken").touch()
        out = self.ansible("rollout", status=2)
        self.assertRegex(out, r'"No host was switched to release \S+\.",\s+'
                              r'"one: shop: .*AssertionError')
        self.assertEqual([host.tree() for host in self.local.values()],
                         before)
        self.assertEqual([host.current for host in self.local.values()],
                         current)
        self.assertEqual(self.served(), ["1", "1", "1"])

    def test_the_batch_goes_back_where_one_of_it_fails(self):
        self.ansible("rollout")
        two = self.local["two"]
        self.code("2", broken="assert environ['SERVER_PORT'] !="
                              f" '{two.port}'")
        out = self.ansible("rollout", "-e",
                           json.dumps({"site_serial": [1, 2]}), status=2)
        self.assertRegex(out, r'"This batch serves what it served before, and'
                              r' no later one was switched\.",\s+"two: shop:'
                              r' http://localhost:\d+/shop answers 500')
        self.assertEqual(self.served(), ["2", "1", "1"])
        self.assertNotIn("three: shop", out)
        # The canary goes back by itself.
        self.ansible("rollback")
        self.assertEqual(self.served(), ["1", "1", "1"])
