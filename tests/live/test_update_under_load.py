"""Updates of a site that is asked all the time, half of which fail.

With FUZZ (make fuzz) there are 20, for the whole proof.
"""

import fcntl
import itertools
import os
import random
import resource
import signal
import socket
import subprocess
import time
import unittest

from tests.support.apache_case import BIN
from tests.support.load import Load
from tests.support.release_case import ReleaseCase

UPDATES = 20 if os.environ.get("FUZZ") else 9
LARGEST = 200_000     # bytes of a file, for the disk that is full


class UnderLoad(ReleaseCase):

    def setUp(self):
        super().setUp()
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        self.taken_port = taken.getsockname()[1]
        self.update("--from", self.new_code("first"), "-y")

    def test_no_request_is_lost(self):
        # Each fails at another step.
        failing = itertools.cycle([
            self.checks, self.importing, self.first_page, self.taken,
            self.full_disk, self.killed])
        good_every = 2 if UPDATES >= 20 else 3
        version, versions, ended = "first", {"first"}, set()
        with Load(self.port, ["/shop", "/neighbour/seen"]) as load:
            for number in range(UPDATES):
                if number % good_every:
                    # What one that was killed was to serve it may.
                    found = next(failing)(f"bad{number}")
                    ended |= {found} - {None}
                    self.assertIn(self.served(), (version, found))
                    version = self.served()
                else:
                    version = f"good{number}"
                    self.update("--from", self.new_code(version))
                    self.assertEqual(self.served(), version)
                versions.add(version)
        self.assertEqual(load.failed("/neighbour/seen"), {})
        self.assertEqual(load.failed("/shop"), {})
        served = {tuple(body.split()) for body in load.bodies("/shop")}
        for whole in served:
            self.assertEqual(len(set(whole)), 1, "is of several releases")
        answered = {whole[0] for whole in served}
        self.assertLessEqual(answered, versions | ended)
        self.assertLessEqual(versions, answered)
        self.assertGreater(load.total("/shop"), 100 * UPDATES)
        print(f"\n{UPDATES} updates, {load.total('/shop')} and"
              f" {load.total('/neighbour/seen')} requests")

    # Updates that fail.

    def fails(self, version, *options, says, **changes):
        before = self.served()
        done = self.raw_update(
            "--from", self.new_code(version, **changes), *options)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stderr, says)
        self.assertIn("shop was not updated", done.stdout)
        self.assertEqual(self.served(), before)

    def checks(self, version):
        self.fails(version, more="this is no Python", says="SyntaxError")

    def importing(self, version):
        self.fails(version, "--no-check", more="import nothing_like_it",
                   says="nothing_like_it")

    def first_page(self, version):
        self.fails(version, "--no-check", broken="raise ValueError(7)",
                   says="(?s)answers 500.*ValueError: 7")

    def taken(self, version):
        self.fails(version, "--no-check", more=(
            "import socket\n"
            f"socket.create_server(('127.0.0.1', {self.taken_port}))"),
            says="Address already in use")

    def full_disk(self, version):
        directory = self.new_code(version)
        (directory / "large").write_bytes(b"x" * 2 * LARGEST)
        self.own(directory)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))

        _, err = self.update("--from", directory, status=1,
                             user={"preexec_fn": limit})
        self.assertIn("File too large", err)

    def killed(self, version):
        """Kill it at any moment; the version that it was to serve."""
        process = subprocess.Popen(
            [BIN / "modwsgideploy", "update", self.shop, "--server-config",
             self.config, "--from", self.new_code(version)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, cwd="/")
        time.sleep(random.uniform(0, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        # What it has started ends, and leads back what it had switched.
        descriptor = os.open(self.shop / "releases", os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.close(descriptor)
        return version


if __name__ == "__main__":
    unittest.main()
