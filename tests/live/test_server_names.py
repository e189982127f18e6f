"""Every host name that is accepted gets its own site's answer from Apache."""

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from modwsgideploy.apache import binaries
from modwsgideploy.sites.kinds import KINDS

# What is to be accepted, and the Host header that a browser then sends.
NAMES = (
    ("www.example.com", "www.example.com"), ("WWW.Example.org",) * 2,
    ("dot.example.", "dot.example"), ("dot2.example", "dot2.example."),
    ("a_b.example",) * 2, ("1a",) * 2, ("3com.example",) * 2,
    ("a.b1",) * 2, ("10.20.30.40",) * 2, ("xn--bcher-kva.example",) * 2,
    ("a" * 63 + ".example",) * 2, ("localhost",) * 2, ("x",) * 2)
PATTERNS = (
    ("alias.example",) * 2, ("*.wild.example", "x.y.wild.example"),
    ("question?.example", "question1.example"),
    ("last.example.", "last.example"))
REFUSED = ("[a]", "[::1]", "[", "a]", "::1", "1234", "a.1", "1.2.3",
           "1.2.3.4.5", "010.1.1.1", "300.1.1.1", "a.0x1", "a..b", ".a",
           "*.example", "a?", "a:80", "a/b", "a b", "-a", "a-", "")


class ServerNames(unittest.TestCase):

    def serve(self, names):
        """Start an Apache with a virtual host for each (name, alias)."""
        top = tempfile.mkdtemp(prefix="t")
        self.addCleanup(shutil.rmtree, top)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        httpd = binaries.find_httpd()
        lines = [f"ServerRoot {top}", "PidFile pid", "ErrorLog log",
                 "ServerName main.test", f"Listen 127.0.0.1:{self.port}"]
        lines += [f"LoadModule {name}_module {httpd.module(name)}"
                  for name in ("mpm_event", "authz_core", "alias")
                  if httpd.module(name)]
        if not os.geteuid():
            lines += ["User nobody", "Group #65534"]
        for number, (name, alias) in enumerate([("other.test", ""), *names]):
            lines += [f"<VirtualHost *:{self.port}>", f"ServerName {name}",
                      f"ServerAlias {alias}" if alias else "",
                      f"Redirect / http://answer/{number}/",
                      "</VirtualHost>"]
        conf = os.path.join(top, "httpd.conf")
        with open(conf, "w") as stream:
            stream.write("\n".join(lines) + "\n")
        process = subprocess.Popen([httpd.path, "-D", "FOREGROUND",
                                    "-f", conf])
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                self.assertIsNone(process.poll(), "Apache does not start")
                time.sleep(0.1)
        self.fail("Apache does not listen")

    def answered(self, host):
        """The number of the virtual host that answers, and the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        connection.close()
        location = answer.getheader("Location", "")
        return location.rpartition("answer/")[2].strip("/"), answer.status

    def test_each_accepted_name_is_answered_for(self):
        names = [(KINDS["host"](name), "") for name, _ in NAMES]
        names += [(f"p{number}.test", KINDS["host_pattern"](pattern))
                  for number, (pattern, _) in enumerate(PATTERNS)]
        self.serve(names)
        for number, (name, host) in enumerate((*NAMES, *PATTERNS)):
            self.assertEqual(self.answered(host), (str(number + 1), 302),
                             name)

    def test_what_apache_does_not_take_is_refused(self):
        for name in REFUSED:
            with self.assertRaises(ValueError, msg=name):
                KINDS["host"](name)


if __name__ == "__main__":
    unittest.main()
