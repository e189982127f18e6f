"""``update`` and ``rollback`` of sites with an application server."""

import os
import unittest

from tests.support import http_samples
from tests.support.systemd_case import APPLICATION, PROJECT, SystemdCase

WHEELS = "/srv/wheels"
OFFLINE = ("PIP_NO_INDEX=1", f"PIP_FIND_LINKS={WHEELS}")
# Between the calls ahead of which an update is killed.
STEP = 1 if os.environ.get("FUZZ") else 3
LATE = 'def late():\n    return "{}"\n'
# It works wherever it is tried, and not as the service.
NOT_AS_SERVICE = "assert 'INVOCATION_ID' not in os.environ\n"


class Update(SystemdCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host.send(http_samples.wheels(), WHEELS)

    def code(self, directory, version, more=""):
        """Write the code of a ``version``, which imports a part late."""
        self.write(f"{directory}/shop.py", APPLICATION.replace(
            '"one"', f'"{version}"').replace(
            'text = f"{VERSION}', 'import late\n    text = f"{VERSION}'
            ' {late.late()}') + more)
        self.write(f"{directory}/late.py", LATE.format(version))
        self.run_there("chown", "-R", "admin", directory)
        return directory

    def update(self, *options, status=0):
        return self.command(
            "update", PROJECT, *options, status=status, env=OFFLINE)

    def served(self):
        """The version of all processes that answer."""
        found = set()
        for _ in range(6):
            answer = self.get()
            self.assertEqual(answer.status, 200, answer)
            version, late, _ = answer.body.split()
            self.assertEqual(version, late)
            found.add(version)
        version, = found
        return version

    def current(self):
        """The release that is current; "" for none."""
        link = self.host.root / PROJECT[1:] / "current"
        return os.readlink(link) if link.is_symlink() else ""

    def test_there_and_back_under_load(self):
        self.code(PROJECT, "1")
        self.deploy()
        self.run_there("chown", "-R", "admin", PROJECT)
        self.command("enable", PROJECT)
        self.assertEqual(self.served(), "1")
        before = self.state()
        with self.visited() as visitors:
            said = self.update("-y", "--from", self.code("/srv/two", "2"))
            self.assertIn("update    /etc/systemd/system/shop.service", said)
            self.assertEqual(self.served(), "2")
            current = self.current()
            self.assertIn("releases/", current)
            self.assertIn(current.rpartition("/")[2], self.command("status"))
            self.answered(visitors)
            # It is tried, and fails only where it is served.
            said = self.update("--from", self.code(
                "/srv/three", "3", NOT_AS_SERVICE), status=1)
            self.assertIn("shop: its application server does not start", said)
            self.assertIn("AssertionError", said)
            self.assertIn("shop was not updated: it is served from release",
                          said)
            self.assertEqual((self.served(), self.current()), ("2", current))
            # New processes are of the release that is current.
            self.command("restart", "shop")
            self.assertEqual(self.served(), "2")
            self.command("rollback", PROJECT)
            self.assertEqual((self.served(), self.current()), ("1", ""))
            self.answered(visitors)
        self.assertEqual((visitors.failures, list(visitors.answers)),
                         ([], [200]))
        after = self.state()
        self.assertEqual(after, {**before, **{
            path: after[path] for path in after if path.endswith(".bak")}})

    def test_killed_ahead_of_each_call_of_systemctl(self):
        """The next run has served what is current, and nobody sees it."""
        self.code(PROJECT, "1")
        self.deploy()
        self.run_there("chown", "-R", "admin", PROJECT)
        self.command("enable", PROJECT)
        self.update("-y", "--from", self.code("/srv/two", "2"))
        new, ends, status = self.code("/srv/three", "3"), set(), -1
        with self.visited() as visitors:
            for number in range(1, 99, STEP):
                status = self.killed_at(
                    number, "update", PROJECT, "--from", new, env=OFFLINE)
                self.command("enable", PROJECT)
                version = self.served()
                self.assertIn(f'"{version}"', self.run_there(
                    "cat", f"{PROJECT}/current/code/shop.py"), number)
                ends.add(version)
                self.answered(visitors)
                if status >= 0:
                    break
                if version == "3":
                    self.command("rollback", PROJECT)
        while self.current():
            self.command("rollback", PROJECT)
        self.assertEqual((status, version, ends), (0, "3", {"2", "3"}))
        self.assertEqual((visitors.failures, list(visitors.answers)),
                         ([], [200]))


if __name__ == "__main__":
    unittest.main()
