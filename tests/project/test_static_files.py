"""Which static files Apache can serve, and at which URLs."""

import os
import shutil
import tempfile
import unittest

from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.project.import_package import ImportPackage
from tests.support.commands import CommandTest

APP_CFG = """\
[global]
server.webpath = ""

[/static]
static_filter.on = True
static_filter.dir = "%(top_level_dir)s/static"

[/favicon.ico]
{favicon}.on = True
{favicon}.file{name} = '%(top_level_dir)s/static/images/favicon.ico'

[/off]
static_filter.on = False
static_filter.dir = "%(top_level_dir)s/off"
[/elsewhere]
static_filter.on = True
static_filter.dir = "/srv/%(x)s"
"""


class Case(unittest.TestCase):

    def setUp(self):
        self.tmp = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.tmp)
        self.name = "shop"

    @property
    def package(self):
        return os.path.join(self.tmp, *self.name.split("."))

    def write(self, path, text=""):
        path = os.path.join(self.package, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as stream:
            stream.write(text)
        return path

    def find(self, name, package=None):
        return FRAMEWORKS[name].static_files(ImportPackage(
            self.name, self.tmp, package or self.package))

    def urls(self, name):
        return [url for url, _ in self.find(name).found]


class Public(Case):

    def test_only_well_known_names_of_public(self):
        for path in ("css/a.css", "admin/index.html", "index.html",
                     "robots.txt", "Images/x.png", "fonts/y z.woff"):
            self.write(f"public/{path}")
        for name in ("turbogears2", "pylons"):
            self.assertEqual(["/Images", "/css", "/fonts", "/robots.txt"],
                             self.urls(name))

    def test_links_out_of_the_package_are_left_out(self):
        self.write("public/css/a.css")
        os.makedirs(os.path.join(self.tmp, "outside"))
        public = os.path.join(self.package, "public")
        os.symlink("../../outside", os.path.join(public, "js"))
        os.symlink("/etc/passwd", os.path.join(public, "robots.txt"))
        os.symlink("css", os.path.join(public, "styles"))
        os.symlink("nowhere", os.path.join(public, "img"))
        self.assertEqual(["/css", "/styles"], self.urls("turbogears2"))

    def test_package_that_is_a_link(self):
        self.write("public/css/a.css")
        link = os.path.join(self.tmp, "link")
        os.symlink(self.package, link)
        self.assertEqual((("/css", os.path.join(link, "public", "css")),),
                         self.find("turbogears2", link).found)

    def test_nothing_there(self):
        for name in FRAMEWORKS:
            self.assertEqual([], self.urls(name))

    def test_none_for_plain_paste(self):
        self.write("static/a.css")
        self.write("public/css/a.css")
        self.assertEqual([], self.urls("paste"))


class TurboGears1(Case):

    def test_what_its_configuration_serves(self):
        self.write("static/images/favicon.ico")
        self.write("off/x")
        for favicon, name in (("static_filter", ""),
                              ("tools.staticfile", "name")):
            self.write("config/app.cfg", APP_CFG.format(
                favicon=favicon, name=name))
            self.assertEqual(["/favicon.ico", "/static"],
                             self.urls("turbogears1"))

    def test_a_directory_that_it_does_not_serve(self):
        self.write("static/a.css")
        self.write("config/app.cfg", "[global]\n")
        self.assertEqual([], self.urls("turbogears15"))


class Pyramid(Case):

    def views(self, *calls, path="__init__.py", head=""):
        """Write code that makes ``calls``; what is found, and left out."""
        self.write("static/a.css")
        self.write("sub/assets/a.css")
        self.write(path, head + "def includeme(config):\n" + "".join(
            f"    {call}\n" for call in calls))
        found = self.find("pyramid")
        return dict(found.found), found.left_out

    def test_literal_names(self):
        static = os.path.join(self.package, "static")
        for call, url in (
                ("config.add_static_view('static', 'static')", "/static"),
                ("config.add_static_view('s/x/', 'shop:static/')", "/s/x"),
                ("config.add_static_view(name='a', path='static',"
                 " cache_max_age=3600)", "/a"),
                ("config.add_static_view('b', path='shop:static')", "/b")):
            self.assertEqual(self.views(call), ({url: static}, ()), call)

    def test_a_path_is_relative_to_the_package_of_the_code(self):
        self.assertEqual(
            self.views("config.add_static_view('x', 'assets')",
                       path="sub/__init__.py"),
            ({"/x": os.path.join(self.package, "sub", "assets")}, ()))
        os.unlink(os.path.join(self.package, "sub", "__init__.py"))
        self.assertEqual(
            self.views("config.add_static_view('x', 'shop.sub:assets')",
                       path="routes.py"),
            ({"/x": os.path.join(self.package, "sub", "assets")}, ()))

    def test_a_namespace_package(self):
        self.name = "acme.shop"
        self.assertEqual(
            self.views("config.add_static_view('x', 'acme.shop:static')"),
            ({"/x": os.path.join(self.package, "static")}, ()))

    def test_what_cannot_be_read_is_left_to_the_application(self):
        for call, why in (
                ("config.add_static_view(f'static/{v}', 'static')",
                 "its URL or its directory is computed"),
                ("config.add_static_view(NAME, 'static')", "is computed"),
                ("config.add_static_view('static', HERE + '/static')",
                 "is computed"),
                ("config.add_static_view(*VIEW)", "is computed"),
                ("config.add_static_view(**VIEW)", "is computed"),
                ("config.add_static_view('static/{v}', 'static')",
                 "is a pattern"),
                ("config.add_static_view('//cdn.example.com', 'static')",
                 "on another host"),
                ("config.add_static_view('https://a.example/', 'static')",
                 "on another host"),
                ("config.add_static_view('deform', 'deform:static')",
                 "its files are those of deform"),
                ("config.add_static_view('static', 'static',"
                 " permission='view')", "protected by a permission"),
                ("if DEBUG: config.add_static_view('static', 'static')",
                 "conditionally"),
                ("for x in y: config.add_static_view('static', 'static')",
                 "conditionally"),
                ("config.add_static_view('static', 'static');"
                 " config.override_asset('shop:static', 'x:y')",
                 "a prefix or an override"),
                ("config.add_static_view('static', 'static');"
                 " config.add_static_view('static', 'shop.sub:assets')",
                 "another one has its URL")):
            found, left_out = self.views(call)
            self.assertEqual(found, {}, call)
            self.assertIn(why, left_out[0], call)
            self.assertTrue(left_out[0].startswith("shop/__init__.py:2: "),
                            left_out)

    def test_a_prefix_in_any_file(self):
        self.write("routes.py", "config.include('.x', route_prefix='/y')\n")
        found, left_out = self.views(
            "config.add_static_view('static', 'static')")
        self.assertEqual(found, {})
        self.assertIn("a prefix", left_out[0])

    def test_code_that_is_not_served(self):
        for path in ("tests/conftest.py", "test_x.py", "tests/functional.py"):
            self.assertEqual(self.views(
                "config.add_static_view('static', 'static')", path=path),
                ({}, ()))

    def test_code_of_another_python(self):
        found, left_out = self.views(
            "config.add_static_view('static', 'static')",
            head="print 'old'\n")
        self.assertEqual(found, {})
        self.assertIn("cannot read it", left_out[0])

    def test_backslashes_are_not_told(self):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found, _ = self.views(
                "config.add_static_view('static', 'static')",
                head="X = '\\d'\n")
        self.assertEqual(list(found), ["/static"])

    def test_a_directory_without_a_view(self):
        self.write("static/a.css")
        self.write("__init__.py", "def main(): pass\n")
        self.assertEqual(self.find("pyramid"), ((), ()))


class Told(CommandTest):

    project = "pyramid"

    def edit(self, old, new):
        path = os.path.join(self.directory, "shop", "__init__.py")
        with open(path) as stream:
            text = stream.read()
        self.assertIn(old, text)
        with open(path, "w") as stream:
            stream.write(text.replace(old, new))

    def test_what_is_left_to_the_application_is_told(self):
        _, err = self.deploy()
        self.assertNotIn("static", err)
        self.assertIn("Alias /shop/static ", self.text("shop"))
        self.edit('"static", "shop', 'f"static/{VERSION}", "shop')
        _, err = self.deploy()
        self.assertIn(
            "note: the application serves these static files, not Apache:"
            " shop/__init__.py:8: its URL or its directory is computed;"
            " --static=URL=DIR has Apache serve them\n", err)
        self.assertNotIn("Alias /shop/static", self.text("shop"))
        _, err = self.deploy(
            f"--static=/static/1={self.directory}/shop/static")
        self.assertNotIn("note:", err)
        self.assertIn("Alias /shop/static/1 ", self.text("shop"))


if __name__ == "__main__":
    unittest.main()
