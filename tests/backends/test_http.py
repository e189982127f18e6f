"""What the backend http derives from a project and its options."""

import os
import shutil
import tempfile
import unittest

from modwsgideploy.backends import http
from modwsgideploy.commands import inputs
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from tests.support.fakes import FAKES


class SiteCase(unittest.TestCase):

    def site(self, directory, **choices):
        settings = {"platform": "debian", "backend": "http", **choices}
        return make_site(*inputs.read(os.path.join(FAKES, directory), {
            name.replace("_", "-"): Setting(value, "--" + name)
            for name, value in settings.items()}))

    def django(self, settings, **choices):
        """A Django project with an asgi.py and these settings."""
        with tempfile.TemporaryDirectory() as top:
            project = shutil.copytree(
                os.path.join(FAKES, "django"), os.path.join(top, "django"))
            for name, text in (("asgi.py", "application = None\n"),
                               ("settings.py", settings)):
                with open(os.path.join(project, "mysite", name), "w") as file:
                    file.write(text)
            return self.site(project, **choices)


class Interface(SiteCase):

    def test_that_of_frameworks(self):
        self.assertEqual(self.site("asgi").interface, "asgi")
        self.assertEqual(self.site("asgi", backend="mod_wsgi").interface,
                         "wsgi")
        self.assertEqual(self.site("asgi", app_server="waitress").interface,
                         "wsgi")
        self.assertEqual(self.site("turbogears2").interface, "wsgi")

    def test_django_speaks_wsgi_unless_it_has_channels_or_is_told(self):
        plain = "INSTALLED_APPS = ['django.contrib.admin']\n"
        channels = "INSTALLED_APPS = ['daphne', 'channels', 'chat']\n"
        for settings, choices, expected in (
                (plain, {}, ("wsgi", "mysite.wsgi:application")),
                (channels, {}, ("asgi", "mysite.asgi:application")),
                (plain, {"interface": "asgi"},
                 ("asgi", "mysite.asgi:application")),
                (channels, {"interface": "wsgi"},
                 ("wsgi", "mysite.wsgi:application")),
                (channels, {"backend": "mod_wsgi"},
                 ("wsgi", "mysite.wsgi:application"))):
            with self.subTest(settings, **choices):
                site = self.django(settings, **choices)
                self.assertEqual((site.interface, site.application),
                                 expected)


class Server(SiteCase):

    def test_granian_but_for_python_2(self):
        self.assertEqual(self.site("turbogears2").app_server, "granian")
        self.assertEqual(self.site("pylons").app_server, "gunicorn")
        self.assertEqual(http.requirement(self.site("pylons")),
                         "'gunicorn<20' futures")
        with self.assertRaisesRegex(DeployError, "is for Python 3"):
            self.site("pylons", app_server="granian")

    def test_what_translates_is_installed_where_it_is_needed(self):
        for choices, needed in (
                ({"app_server": "granian"}, False),
                ({"app_server": "waitress"}, True),
                ({"app_server": "granian", "test_page": "all"}, True)):
            self.assertEqual("a2wsgi" in http.requirement(
                self.site("asgi", **choices)), needed, choices)
        self.assertIn("a2wsgi", http.requirement(
            self.site("turbogears2", app_server="uvicorn")))

    def test_units_are_hardened_as_far_as_their_paths_allow(self):
        home = http.variables(self.site("paste", deployment="/home/me"))
        self.assertFalse(home["protects_home"])
        self.assertTrue(home["has_private_tmp"])
        tmp = http.variables(self.site("paste", virtualenv="/tmp/env"))
        self.assertTrue(tmp["protects_home"])
        self.assertFalse(tmp["has_private_tmp"])

    def test_a_long_name_gets_a_short_host_of_its_own(self):
        names = ("x" * 99, "x" * 98 + "y")
        targets = {http.variables(self.site("paste", name=name))["proxied"]
                   for name in names}
        self.assertEqual(len(targets), 2)
        for target in targets:
            self.assertLess(len(target), 100)


if __name__ == "__main__":
    unittest.main()
