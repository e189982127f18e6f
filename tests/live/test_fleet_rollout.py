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
                        if not re.search("/(log|archives)/", path):
                            found[path] = os.lstat(path).st_mtime_ns
            found[name] = host.pid
        return found

    def test_there_and_back(self):
        self.ansible("rollout")
        self.assertEqual(self.served(), ["1", "1", "1"])
        first = self.local["one"].current
        self.assertEqual([host.current for host in self.local.values()],
                         [first] * 3)
        # A second run changes nothing.
        before = self.state()
        out = self.ansible("rollout", "-e", json.dumps(self.balancer()))
        self.assertEqual(self.recap(out), dict.fromkeys(self.hosts, (0, 0)))
        # But one that an interrupted run has left out is put back.
        self.assertEqual([self.said(name) for name in self.hosts],
                         [[f"{name} add"] for name in self.hosts])
        (self.fleet / "balancer").unlink()
        self.assertEqual(self.state(), before)
        # What would not work is switched nowhere.
        two = self.local["two"]
        (two.top / "broken").touch()
        self.code("2", more="import os\nassert not os.path.exists("
                            f"{str(two.top / 'broken')!r})")
        out = self.ansible("rollout", status=2)
        self.assertRegex(out, r'"No host was switched to release \S+\.",\s+'
                              r'"one: shop: .*AssertionError')
        self.assertEqual(self.state(), before)
        # Check mode says what would change, and changes nothing.
        self.code("3", broken="assert environ['SERVER_PORT'] !="
                              f" '{two.port}'")
        out = self.ansible("rollout", "--check", "--diff")
        self.assertEqual(self.served(), ["1", "1", "1"])
        self.assertRegex(out, r"\n\+WSGIScriptAlias /shop \S+/shop\.wsgi")
        # Where one of a batch fails, all of it go back, and into the
        # balancer.
        out = self.ansible("rollout", "-e", json.dumps({
            "site_serial": [1, 2], **self.balancer()}), status=2)
        self.assertRegex(out, r'"This batch serves what it served before, and'
                              r' no later one was switched\.",\s+"two: shop:'
                              r' http://localhost:\d+/shop answers 500')
        self.assertNotIn("three: shop", out)
        self.assertEqual(self.served(), ["3", "1", "1"])
        self.assertEqual(
            {name: [line.split()[1] for line in self.said(name)]
             for name in self.hosts}, {
                 "one": ["drain", "add"], "two": ["drain", "add"],
                 "three": ["drain", "add"] * 2})
        # A host that cannot say whether it could go back stops all.
        out = self.ansible("rollback", "-e", "site_command=/nowhere",
                           status=2)
        self.assertRegex(out, r'"No host was switched\.",\s+"one: /nowhere:'
                              ' there is no such command')
        self.assertEqual(self.served(), ["3", "1", "1"])
        # Where one serves what came before, it is not taken back further.
        self.ansible("rollback")
        self.assertEqual(self.served(), ["1", "1", "1"])
        self.assertEqual([host.current for host in self.local.values()],
                         [first] * 3)
        self.assertIn(f"release {first}, 1 site in order",
                      self.ansible("status"))

    def balancer(self):
        """Variables with tasks for a balancer, which note what is done."""
        for word in "drain", "add":
            (self.fleet / f"{word}.yml").write_text(json.dumps([{
                "name": word, "ansible.builtin.shell":
                    f"echo {{{{ inventory_hostname }}}} {word} >>"
                    f" {self.fleet}/balancer",
                "changed_when": False}]))
        return {f"site_{word}_tasks": f"{self.fleet}/{word}.yml"
                for word in ("drain", "add")}

    def said(self, name):
        """What was done to one host in the balancer."""
        lines = (self.fleet / "balancer").read_text().splitlines()
        return [line for line in lines if line.startswith(name + " ")]
