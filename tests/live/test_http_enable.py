"""Sites with an application server, switched on in an Apache of one's own.

There systemd starts nothing, so what is to be run is told.
"""

import contextlib
import os
import re
import shlex
import subprocess
import unittest

from modwsgideploy.backends import http
from modwsgideploy.server.programs import Program, wait_for
from tests.support import http_samples
from tests.support.apache_case import ApacheCase
from tests.support.ports import free_port


class Enable(ApacheCase):

    def lay_out(self):
        super().lay_out()
        for name in http.MODULES:
            self.module(name)

    def deploy(self):
        self.server_port = free_port()
        sample = http_samples.wire().copy(self.top / "wire")
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place", "--backend=http",
            f"--virtualenv={sample.virtualenv}", "--name=shop",
            f"--http-socket={self.server_port}", "--egg-cache=")
        return sample.directory

    @contextlib.contextmanager
    def running(self, command):
        """What `enable` says has to be run."""
        process = subprocess.Popen(
            shlex.split(command), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for([Program(str(self.server_port), process)], 60)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def test_it_says_what_it_cannot_start_and_then_serves_it(self):
        project = self.deploy()
        told = "".join(self.enable(project, status=1))
        self.assertIn("/shop answers 503 Service Unavailable", told)
        self.assertIn("the server behind the proxy does not run", told)
        command = re.search(r"this runs it: (.*)", told)[1]
        self.assertIn("server.py", command)
        self.assertEqual(self.get("/shop/x").status, 404)
        with self.running(command):
            self.assertIn("shop is on", self.enable(project)[0])
            self.assertEqual(self.get("/shop/x").body, b"/shop\n/x\n")
            self.assertIn("shop is off", self.disable(project)[0])
            self.assertEqual(self.get("/shop/x").status, 404)
        self.assertFalse(os.path.exists("/etc/systemd/system/shop.service"))


if __name__ == "__main__":
    unittest.main()
