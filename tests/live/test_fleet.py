"""Sites on more than one host, which are made on this machine."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from tests.support import TOP, ansible, hosts

COLLECTION = Path(
    TOP, "modwsgideploy/ansible_collections/modwsgideploy/fleet")

# What a test that is killed would do: make a host, and say which.
KILLED = """
import time
from tests.support import hosts
with hosts.made(1) as fleet:
    print(fleet[0].pid, fleet.top, flush=True)
    time.sleep(600)
"""


class Hosts(unittest.TestCase):
    """The hosts of the tests themselves."""

    @classmethod
    def setUpClass(cls):
        hosts.require()

    def test_each_is_a_machine_of_its_own(self):
        with hosts.made(2, host2="64m") as fleet:
            one, two = fleet
            self.assertEqual(one.run("hostname").stdout, "host1\n")
            self.assertEqual(two.ssh("sudo", "hostname").stdout, "host2\n")
            self.assertIn("apache-modwsgi-deploy", one.ssh(
                "modwsgideploy", "--version").stdout)
            pid = self.apache(two)
            one.run("systemctl", "stop", "apache2")
            with self.assertRaises(ConnectionRefusedError):
                one.get("/")
            self.assertEqual(two.get("/").status, 200)
            self.assertEqual(self.apache(two), pid)
            two.fill_disk()
            self.assertNotEqual(two.run(
                "sh", "-c", "echo x > /etc/x", check=False).returncode, 0)
            one.run("sh", "-c", "echo x > /etc/x")
            top, pids = fleet.top, [one.pid, two.pid]
        self.gone(top, pids)

    def test_nothing_stays_of_a_test_that_was_killed(self):
        with subprocess.Popen(
                [sys.executable, "-c", KILLED], cwd=TOP, text=True,
                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
            pid, top = process.stdout.readline().split()
            self.assertTrue(os.path.exists(f"/proc/{pid}"))
            process.send_signal(signal.SIGKILL)
        self.addCleanup(subprocess.run, ["rm", "-rf", "--", top])
        self.gone(top, [pid])

    def test_molecule(self):
        """The role on a host of its own, twice."""
        with tempfile.TemporaryDirectory() as top:
            done = subprocess.run(
                ["molecule", "test"], cwd=COLLECTION / "extensions",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, check=False, timeout=600,
                env={**os.environ, "PYTHON": sys.executable,
                     "PATH": f"{ansible.virtualenv()}/bin:"
                             f"{os.environ['PATH']}",
                     "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
                     "ANSIBLE_HOME": f"{top}/ansible",
                     "MOLECULE_EPHEMERAL_DIRECTORY": top})
            self.assertEqual(done.returncode, 0, done.stdout)
            for action in ("create", "converge", "idempotence", "verify",
                           "destroy"):
                self.assertRegex(
                    done.stdout, rf"default . {action}: Executed: Successful")
            self.assertFalse(Path(top, "ssh").exists())

    def apache(self, host):
        return (host.root / "run/apache2/apache2.pid").read_text()

    def gone(self, top, pids):
        """Wait till there is no process, and no file system."""
        end = time.monotonic() + hosts.LIMIT_SECONDS
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            self.assertLess(time.monotonic(), end, "a host goes on")
            time.sleep(0.05)
        self.assertNotIn(str(top), Path("/proc/mounts").read_text())


if __name__ == "__main__":
    unittest.main()
