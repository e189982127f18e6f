"""What marks a framework."""

import unittest

from modwsgideploy.errors import DeployError
from modwsgideploy.project import frameworks
from modwsgideploy.project.frameworks import (
    FRAMEWORKS,
    find_framework,
    recognise,
)

KNOWN = ("asgi, django, flask, paste, pylons, pyramid, script, trac,"
         " turbogears1, turbogears15, turbogears2, wsgi")


class RecogniseTests(unittest.TestCase):

    def test_requirements(self):
        for requires, name in (
                (("beaker", "turbogears2"), "turbogears2"),
                (("pylons",), "pylons"),
                (("pylons", "turbogears2"), "turbogears2"),
                (("pyramid", "waitress"), "pyramid"),
                (("pylons-sphinx-themes", "pyramid-debugtoolbar"), "paste"),
                ((), "paste")):
            self.assertEqual(name, recognise(requires).name)

    def test_ini(self):
        self.assertEqual("turbogears2", recognise((), ["tg"]).name)
        self.assertEqual("pylons", recognise((), ["pylons"]).name)
        self.assertEqual("pyramid", recognise(
            (), ["app"], ["debug", "pyramid.includes"]).name)

    def test_every_record_is_complete(self):
        for name, framework in FRAMEWORKS.items():
            self.assertEqual(name, framework.name)
            self.assertTrue(framework.title)
            self.assertTrue(framework.launcher)
        self.assertIn(frameworks.FALLBACK, FRAMEWORKS)

    def test_those_of_python_2(self):
        self.assertEqual(["turbogears1", "turbogears15", "pylons"], [
            name for name, framework in FRAMEWORKS.items()
            if framework.python2])

    def test_turbogears_1_by_the_version_required(self):
        for version, name in (
                ((), "turbogears1"), ((1, 0, 8), "turbogears1"),
                ((1, 1), "turbogears1"), ((1, 5), "turbogears15"),
                ((1, 5, 1), "turbogears15")):
            self.assertEqual(name, recognise(
                ("turbogears",), versions=[("turbogears", version)]).name)


class FindTests(unittest.TestCase):

    def error(self, name):
        with self.assertRaises(DeployError) as caught:
            find_framework(name)
        return str(caught.exception)

    def test_case_does_not_matter(self):
        self.assertEqual("turbogears2", find_framework("TurboGears2").name)

    def test_misspelt(self):
        self.assertEqual(
            "--framework: 'turbogear2' is not a known framework (did you"
            " mean 'turbogears2'?); the known ones are " + KNOWN,
            self.error("turbogear2"))

    def test_unknown(self):
        self.assertEqual(
            "--framework: 'zzz' is not a known framework; the known ones are "
            + KNOWN, self.error("zzz"))
