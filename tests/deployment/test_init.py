"""--init: code of one's own before the application is loaded."""

import os
import subprocess
import sys
import unittest

from tests import support
from tests.support.commands import CommandTest

CODE = """\
# -*- coding: utf-8 -*-
import os, sys
os.environ['STARTED'] = '%s in %s' % (__name__, os.path.basename(__file__))
def later():
    return os.environ['STARTED']
assert later()
sys.modules['patched'] = sys
"""
RUN = """\
import os, sys
names = {"__name__": "script", "__file__": sys.argv[1]}
try:
    exec(open(sys.argv[1]).read(), names)
finally:
    print(os.environ.get("STARTED"))
    print(sorted(set(names) & {"later", "CODE"}))
"""
# What is read later: it needs neither the project nor PasteDeploy.
HELLO = """\
import os, patched
print("loaded after " + os.environ["STARTED"])
application = object()
"""


class Init(CommandTest):

    project = "wsgi"

    def setUp(self):
        super().setUp()
        self.write("hello.py", HELLO)
        self.write("start up.py", CODE)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w",
                  encoding="utf-8") as stream:
            stream.write(text)

    def deploy(self, *arguments, **kwargs):
        return super().deploy(
            "--in-place", "--virtualenv=", "--name=hello",
            "--application=hello:application", *arguments, **kwargs)

    def run_script(self, name="hello.wsgi", python=sys.executable):
        done = subprocess.run(
            [python, "-c", RUN, os.path.join(self.directory, "apache", name)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            check=False, env={})
        return done.stdout, done.stderr

    def test_runs_first_and_leaves_no_names(self):
        self.deploy("--init=start up.py")
        for python in filter(None, (sys.executable, support.python2())):
            out, err = self.run_script(python=python)
            self.assertEqual((out, err), (
                "loaded after init in start up.py\ninit in start up.py\n"
                "[]\n", ""))
        self.assertIn("init = start up.py\n", self.text("site.ini"))
        # The page loads nothing of the application, and so not this.
        self.assertNotIn("start up.py", self.text("test.wsgi"))

    def test_runs_on_each_backend(self):
        for backend, name in (("mod_python", "hello_modpython.py"),
                              ("http", "hello.wsgi")):
            with self.subTest(backend):
                self.deploy(f"--backend={backend}", "--init=start up.py", "-f")
                out, _ = self.run_script(name)
                self.assertIn("loaded after init", out)
        self.deploy("--backend=fastcgi", "--init=start up.py", "-f")
        text = self.text("dispatch.fcgi")
        self.assertLess(text.index("INIT = "), text.index("import hello"))

    def test_that_is_missing_is_found(self):
        _, err = self.deploy("--init=none.py")
        path = os.path.join(self.directory, "none.py")
        self.assertIn(f"the init file {path} does not exist [MWD113]", err)
        _, err = self.run_script()
        self.assertIn(f"cannot read {path}, the init file", err)

    def test_that_fails_names_its_line(self):
        self.write("start up.py", CODE + "raise KeyError('no such')\n")
        self.deploy("--init=start up.py")
        _, err = self.run_script()
        self.assertRegex(err, r'start up.py", line 8, in <module>')


if __name__ == "__main__":
    unittest.main()
