"""No request is lost while the application restarts, or Apache reloads.

MODWSGIDEPLOY_RESTARTS says how many of each are made, by default 2; with 30,
100,000 requests are made as well.
"""

import os
import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from tests.support import http_samples as samples
from tests.support.http import Visitors, by_unit

RESTARTS = int(os.environ.get("MODWSGIDEPLOY_RESTARTS", "2"))
REQUESTS = 100000 if RESTARTS >= 30 else 0
# Whose processes SIGHUP replaces.
RELOADING = ("granian", "gunicorn", "uvicorn")


class Restart(unittest.TestCase):

    def lost(self, sample, server, between=0.3):
        """Restart everything under load; what failed, and what was asked."""
        with by_unit(sample, {"app-server": server}) as (site, unit):
            path = site.sites[0].below + "/seen"
            with Visitors(site.server.port, path) as visitors:
                for _ in range(RESTARTS):
                    self.wait(visitors, between)
                    unit.restart()
                    self.wait(visitors, between)
                    os.kill(site.server.process.pid, signal.SIGUSR1)
                    if server in RELOADING:
                        self.wait(visitors, between)
                        unit.reload()
                while visitors.asked < REQUESTS:
                    time.sleep(0.1)
                self.wait(visitors, between)
            self.assertFalse(unit.has_ended())
            self.assertEqual(
                (visitors.failures, list(visitors.answers)), ([], [200]),
                (visitors.answers, site.log()[-3000:]))
            print(f"{server}: {visitors.asked} requests, none lost,"
                  f" {RESTARTS} restarts and reloads")

    def test_what_takes_longer_than_the_graceful_timeout_ends(self):
        for server in samples.SERVERS:
            with self.subTest(server), by_unit(samples.wire(), {
                    "app-server": server, "graceful-timeout": "2",
                    "processes": "1", "threads": "5"}) as (site, unit), \
                    ThreadPoolExecutor(2) as pool:
                self.assertEqual(site.get("/say").status, 200)
                asked = [pool.submit(site.get, f"/slow?{seconds}")
                         for seconds in (0.9, 6.5)]
                time.sleep(0.3)
                unit.restart()
                self.assertEqual([each.result().status for each in asked],
                                 [200, 502])
                self.assertEqual(site.get("/say").status, 200)

    def wait(self, visitors, seconds):
        """Wait for so long, and until more have been answered."""
        asked = visitors.asked
        end = time.monotonic() + 60
        time.sleep(seconds)
        while visitors.asked < asked + 20 and time.monotonic() < end:
            time.sleep(0.05)

    def test_granian(self):
        self.lost(samples.wire(), "granian")

    def test_gunicorn(self):
        self.lost(samples.wire(), "gunicorn")

    def test_uvicorn(self):
        self.lost(samples.wire(), "uvicorn")

    def test_waitress(self):
        self.lost(samples.wire(), "waitress")

    def test_asgi(self):
        self.lost(samples.asgi(), "granian")
        self.lost(samples.asgi(), "uvicorn")


if __name__ == "__main__":
    unittest.main()
