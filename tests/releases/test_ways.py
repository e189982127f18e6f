"""By which way a site comes to another release."""

import os
import shutil
import sys
import tempfile
import unittest

from modwsgideploy.commands import inputs
from modwsgideploy.errors import DeployError
from modwsgideploy.releases import installing
from modwsgideploy.releases.ways import (
    DAEMONS,
    RELOAD,
    SCRIPT,
    SERVICE,
    way_of,
)
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from tests.support.fakes import FAKES


class Ways(unittest.TestCase):

    def site(self, **options):
        top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, top)
        shutil.copytree(os.path.join(FAKES, "paste"), f"{top}/shop")
        return make_site(*inputs.read(f"{top}/shop", {
            name.replace("_", "-"): Setting(value, "a test")
            for name, value in options.items()}))

    def test_each_backend(self):
        for way, options in (
                (DAEMONS, {}), (RELOAD, {"mode": "embedded"}),
                (RELOAD, {"backend": "mod_python"}),
                (SCRIPT, {"backend": "fastcgi"}),
                (SERVICE, {"backend": "http"}),
                (RELOAD, {"backend": "fastcgi", "fastcgi_mode": "wrapper",
                          "virtualenv": "/srv/venv"})):
            with self.subTest(options=options):
                self.assertEqual(way_of(self.site(**options)), way)

    def test_where_there_is_none(self):
        for says, mode in (
                ("takes its socket with it when it ends", "proxy"),
                ("nothing could be switched; bring its new code as the step"
                 " Update", "htaccess")):
            with self.assertRaises(DeployError) as caught:
                way_of(self.site(backend="fastcgi", fastcgi_mode=mode))
            message, = caught.exception.messages
            self.assertIn(f"is deployed with --fastcgi-mode {mode}", message)
            self.assertIn(says, message)
            self.assertEqual(caught.exception.status, 1)


class Python(unittest.TestCase):

    def test_one_that_the_owner_may_not_run(self):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        found = installing.find_python(version, "", os.path.isfile)
        self.assertTrue(found.endswith(f"/python{version}"))
        with self.assertRaises(DeployError) as caught:
            installing.find_python(version, "", lambda path: False)
        message, = caught.exception.messages
        self.assertIn(f"{found}: is closed to the user who owns the site",
                      message)
        self.assertIn(f"install a python{version} for all users", message)
        with self.assertRaises(DeployError) as caught:
            installing.find_python("3.99", "", os.path.isfile)
        self.assertIn("there is no python3.99", str(caught.exception))

    def test_one_that_has_no_venv(self):
        with self.assertRaises(DeployError) as caught:
            installing.find_python("2.7", "", os.path.isfile)
        self.assertIn("the site runs on Python 2.7, and the virtualenv of a"
                      " release is made by venv", str(caught.exception))


class Packages(unittest.TestCase):

    def test_what_the_virtualenv_had_is_installed_again(self):
        top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, top)
        os.makedirs(f"{top}/lib/python3.11/site-packages/flup-1.0.2.dist-info")
        self.assertEqual(installing.those_installed(
            ["flup==1.0.3", "waitress>=2.1"], top), ("flup==1.0.3",))
        self.assertEqual(installing.those_installed(["flup==1.0.3"], ""), ())


if __name__ == "__main__":
    unittest.main()
