"""What marks a framework, and which of its files a web server may serve."""

import os
import shutil
import tempfile
import unittest

from modwsgideploy.errors import DeployError
from modwsgideploy.project import frameworks
from modwsgideploy.project.frameworks import (
    FRAMEWORKS,
    find_framework,
    recognise,
    static_files,
)

KNOWN = ("django, paste, pylons, pyramid, trac, turbogears1, turbogears15,"
         " turbogears2, wsgi")


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


class StaticTests(unittest.TestCase):

    def setUp(self):
        self.tmp = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tmp)
        self.package = os.path.join(self.tmp, "my päckage")

    def make(self, path):
        path = os.path.join(self.package, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w"):
            pass
        return path

    def urls(self, name):
        return [url for url, _ in static_files(
            FRAMEWORKS[name], self.package)]

    def test_only_well_known_names_of_public(self):
        for path in ("css/a.css", "admin/index.html", "index.html",
                     "robots.txt", "Images/x.png", "fonts/y z.woff"):
            self.make(f"public/{path}")
        for name in ("turbogears2", "pylons"):
            self.assertEqual(["/Images", "/css", "/fonts", "/robots.txt"],
                             self.urls(name))

    def test_paths_are_as_on_disk(self):
        self.make("static/a b.css")
        self.assertEqual(
            (("/static", os.path.join(self.package, "static")),),
            static_files(FRAMEWORKS["pyramid"], self.package))

    def test_links_out_of_the_package_are_left_out(self):
        self.make("public/css/a.css")
        os.makedirs(os.path.join(self.tmp, "outside"))
        public = os.path.join(self.package, "public")
        os.symlink("../../outside", os.path.join(public, "js"))
        os.symlink("/etc/passwd", os.path.join(public, "robots.txt"))
        os.symlink("css", os.path.join(public, "styles"))
        os.symlink("nowhere", os.path.join(public, "img"))
        self.assertEqual(["/css", "/styles"], self.urls("turbogears2"))

    def test_package_that_is_a_link(self):
        self.make("static/a.css")
        link = os.path.join(self.tmp, "link")
        os.symlink(self.package, link)
        self.assertEqual((("/static", os.path.join(link, "static")),),
                         static_files(FRAMEWORKS["pyramid"], link))

    def test_nothing_there(self):
        for name in FRAMEWORKS:
            self.assertEqual([], self.urls(name))

    def test_none_for_plain_paste(self):
        self.make("static/a.css")
        self.make("public/css/a.css")
        self.assertEqual([], self.urls("paste"))
