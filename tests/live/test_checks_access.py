"""Apache grants and denies what apache/access.py says of a configuration."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from modwsgideploy.apache.binaries import find_httpd
from modwsgideploy.apache.probe import probe
from tests.support.access_cases import CASES, PATH

MODULES = ("mpm_event", "authz_core", "authz_host", "authz_user",
           "authn_core", "access_compat", "alias")
SERVER = """\
ServerRoot {top}
PidFile {top}/pid
ErrorLog {top}/log
Listen 127.0.0.1:{port}
ServerName localhost
{modules}
"""
HOST = """\
<VirtualHost *:{port}>
    ServerName case{number}
    Alias / {directory}/
{text}</VirtualHost>
"""


class Access(unittest.TestCase):
    """One server, with a virtual host for each case."""

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.path = self.top + PATH
        os.makedirs(os.path.dirname(self.path))
        with open(self.path, "w", encoding="utf-8") as stream:
            stream.write("here")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self, text):
        httpd = find_httpd()
        modules = "\n".join(
            f"LoadModule {name}_module {httpd.module(name)}"
            for name in MODULES if httpd.module(name))
        if not os.geteuid():
            modules += "\nUser www-data\nGroup www-data"
        config = self.top + "/httpd.conf"
        with open(config, "w", encoding="utf-8") as stream:
            stream.write(SERVER.format(top=self.top, port=self.port,
                                       modules=modules) + text)
        subprocess.run([httpd.path, "-f", config, "-k", "start"], check=True)
        self.addCleanup(self.stop, httpd, config)

    def stop(self, httpd, config):
        """End Apache, and return once it has removed its files."""
        subprocess.run([httpd.path, "-f", config, "-k", "stop"], check=False)
        end = time.monotonic() + 60
        while os.path.exists(f"{self.top}/pid"):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def here(self, text):
        """``text`` with the paths of this test."""
        head = "/" + PATH.split("/")[1]
        return (text.replace(head, self.top + head)
                .replace("Directory /*", f"Directory {self.top}/*"))

    def test_cases(self):
        cases = {number: case for number, case in enumerate(CASES)
                 if "VirtualHost" not in case[0]}
        self.start("".join(HOST.format(
            port=self.port, number=number, text=self.here(text),
            directory=os.path.dirname(self.path))
            for number, (text, _) in cases.items()))
        for _ in range(600):
            if probe("/", self.port).status:
                break
            time.sleep(0.1)
        for number, (text, expected) in cases.items():
            with self.subTest(text):
                status = probe("/" + os.path.basename(PATH), self.port,
                               f"case{number}").status
                self.assertIn(status, {True: (200,), False: (403,)}.get(
                    expected, (200, 401, 403, 500)))


if __name__ == "__main__":
    unittest.main()
