"""Applications that are found in code, or named."""

from modwsgideploy.project.discovery import find_project
from tests.support.fakes import Case

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
WSGI = "def application(environ, start_response):\n    pass\n"


class Found(Case):
    """A project without metadata and without a Paste configuration."""

    def find(self, files, **kwargs):
        """The Project of these files (a dict of path to text)."""
        self.write("shop/README.txt")
        for path, text in files.items():
            self.write("shop/" + path, text)
        return find_project(f"{self.tmp}/shop", **kwargs)

    def check(self, files, expected, kind, name="shop", location="",
              **kwargs):
        project = self.find(files, **kwargs)
        self.assertEqual(
            (expected, kind, name,
             f"{self.tmp}/shop/{location}".rstrip("/")),
            (project.application, project.framework, project.short_name,
             project.location))
        return project

    def test_flask(self):
        self.check({"app.py": FLASK}, "app:app", "flask")

    def test_a_package_of_flask(self):
        self.check({"blog/__init__.py": FLASK, "blog/views.py": "",
                    "tests/test_app.py": FLASK}, "blog:app", "flask", "blog")

    def test_a_package_in_src(self):
        self.check({"src/blog/web.py": FLASK}, "blog.web:app", "flask",
                   "blog", "src")

    def test_fastapi(self):
        self.check({"app/main.py": FASTAPI, "app/__init__.py": ""},
                   "app.main:app", "asgi")

    def test_other_makers(self):
        for line, framework in (
                ("app = bottle.default_app()", "wsgi"),
                ("app = falcon.App()", "wsgi"),
                ("app = falcon.asgi.App()", "asgi"),
                ("app: Flask = Flask('x')", "flask"),
                ("application = config.make_wsgi_app()", "wsgi"),
                ("application = anything(1)", "wsgi"),
                ("app = create_app()", "wsgi"),
                ("app = Starlette(routes=[])", "asgi"),
                ("app = application = Quart(__name__)", "asgi")):
            project = self.find({"web.py": line + "\n"})
            self.assertEqual(framework, project.framework, line)

    def test_what_is_no_application(self):
        for line in ("app = 1", "app = {}", "app = QApplication([])",
                     "other = thing()", "x = 'Flask(app)'",
                     "if __name__ == '__main__':\n    app = Flask('x')",
                     "def create_app(config):\n    return Flask(config)",
                     "def create_app():\n    return 1",
                     "print 'app'"):
            self.assertIn("no project is found", self.error(
                self.find, {"web.py": line + "\n"}), line)

    def test_a_factory(self):
        self.check(
            {"blog/__init__.py": "def create_app(config=None):\n"
                                 "    app = Flask(__name__)\n"
                                 "    return app\n"},
            "blog:create_app()", "flask", "blog")

    def test_what_a_factory_makes_comes_first(self):
        self.check(
            {"blog/__init__.py": "def create_app(): return Flask('x')\n",
             "start.py": "from blog import create_app\n"
                         "app = create_app()\n"},
            "start:app", "wsgi", "start")

    def test_a_file_called_wsgi_comes_first(self):
        self.check({"blog/__init__.py": FLASK, "dev.py": FLASK,
                    "wsgi.py": "from blog import app\n"
                               "application = app\n"},
                   "wsgi:application", "wsgi")

    def test_what_a_file_called_wsgi_imports(self):
        for line, name in (
                ("from blog import app", "app"),
                ("from blog import app as application", "application"),
                ("from blog.web import application", "application")):
            self.check({"wsgi.py": line + "\n"}, f"wsgi:{name}", "wsgi")

    def test_a_script(self):
        project = self.check({"shop.wsgi": WSGI}, "application", "script")
        self.assertEqual(f"{self.tmp}/shop/shop.wsgi", project.wsgi_file)

    def test_the_usual_name_of_several_in_one_file(self):
        self.check({"web.py": FLASK + "application = app\nadmin = Flask('a')"
                                      "\n"}, "web:application", "flask",
                   "shop")

    def test_several_are_listed(self):
        self.assertEqual(
            f"{self.tmp}/shop: has several applications: admin:app"
            " (admin.py:2), blog:app (blog.py:2); name the one to deploy,"
            " such as --application admin:app",
            self.error(self.find, {"admin.py": FLASK, "blog.py": FASTAPI}))

    def test_code_of_a_virtualenv_is_not_looked_at(self):
        self.write("shop/venv/pyvenv.cfg")
        self.check({"venv/lib.py": FLASK, "env/x/app.py": "",
                    "app.py": FLASK}, "app:app", "flask")

    def test_what_was_written_by_ourselves_is_not_looked_at(self):
        ours = "# WSGI script of 'x'\n# Written by modwsgideploy 1.0.0; x.\n"
        self.write("shop/apache/.modwsgideploy.base")
        self.check({"apache/shop.wsgi": WSGI, "apache/test.wsgi": WSGI,
                    "copied/shop.wsgi": ours + WSGI, "app.py": FLASK},
                   "app:app", "flask")

    def test_metadata_that_require_pastedeploy(self):
        self.egg_info("shop/Shop.egg-info", "Shop", top_level="shopx\n",
                      requires="PasteDeploy\n")
        self.assertEqual("paste", self.find({
            "shopx/__init__.py": WSGI, "old/x.wsgi": WSGI}).framework)

    def test_a_paste_configuration_says_more(self):
        self.write("shop/shop.py")
        self.assertEqual("paste", self.find({
            "app.py": FLASK, "production.ini":
            "[app:main]\npaste.app_factory = shop:make\n"}).framework)

    def test_tox_ini_says_nothing(self):
        self.check({"app.py": FLASK, "tox.ini": "[tox]\n",
                    "pytest.ini": "[pytest]\n"}, "app:app", "flask")

    def test_metadata_that_require_flask(self):
        self.egg_info("shop/Shop_X.egg-info", "Shop-X", requires="flask\n",
                      top_level="shopx\n")
        project = self.check({"shopx/app.py": FLASK, "shopx/__init__.py": ""},
                             "shopx.app:app", "flask", "shopx")
        self.assertEqual("Shop-X", project.name)

    def test_metadata_with_a_factory_of_paste(self):
        self.egg_info("shop/Shop.egg-info", "Shop", requires="flask\n",
                      top_level="shopx\n", entry_points=(
                          "[paste.app_factory]\nmain = shopx:main\n"))
        self.assertEqual("paste", self.find({
            "shopx/__init__.py": FLASK}).framework)

    def test_metadata_that_require_pyramid(self):
        self.egg_info("shop/Shop.egg-info", "Shop", top_level="shopx\n",
                      requires="pyramid\n")
        self.assertEqual("pyramid", self.find({
            "shopx/__init__.py": WSGI}).framework)

    def test_django_says_it_in_manage_py(self):
        self.check(
            {"manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE',"
                          " 'site1.settings')\n", "site1/settings.py": "",
             "site1/wsgi.py": "application = get_wsgi_application()\n"},
            "site1.wsgi:application", "django", "site1")

    def test_nothing_is_written_to_stderr_for_backslashes(self):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.check({"app.py": FLASK + "X = '\\d'\n"}, "app:app",
                       "flask")


class Named(Found):
    """An application that --application names."""

    def test_a_module(self):
        for framework, text in (("flask", FLASK), ("asgi", FASTAPI),
                                ("wsgi", "app = 1\n")):
            self.check({"blog.py": text}, "blog:app", framework, "blog",
                       application="blog:app")

    def test_a_factory_with_arguments(self):
        self.check({"blog.py": "def make(x): pass\n"},
                   "blog:make('a:b', x=1)", "wsgi", "blog",
                   application="blog:make('a:b', x=1)")

    def test_a_file_that_can_be_imported(self):
        for text in ("blog/web.py", "./blog/web.py", "blog/web.py:app"):
            self.check({"blog/__init__.py": "", "blog/web.py": FLASK},
                       "blog.web:app", "flask", "blog", application=text)
        self.check({"apps/web.py": FLASK}, "web:app", "flask", "shop", "apps",
                   application="apps/web.py")
        self.check({}, "web:other", "wsgi", "shop", "apps",
                   application="apps/web.py:other")

    def test_a_file_that_cannot_be_imported(self):
        for name in ("start.wsgi", "my-app.py", "etc/start.wsgi"):
            project = self.check(
                {name: WSGI}, "application", "script", {
                    "my-app.py": "my_app"}.get(name, "start"),
                application=name)
            self.assertEqual(f"{self.tmp}/shop/{name}", project.wsgi_file)
        # However it comes there.
        self.check({"b.wsgi": "execfile('x')\n"}, "application", "script",
                   "b", application="b.wsgi")

    def test_a_module_that_is_called_wsgi(self):
        self.check({"blog/wsgi.py": WSGI, "blog/__init__.py": ""},
                   "blog.wsgi:application", "wsgi", "blog",
                   application="blog.wsgi:application")

    def test_a_factory_in_a_file(self):
        self.check({"web.py": "def create_app(): return Flask('x')\n"},
                   "web:create_app()", "flask", application="web.py")

    def test_a_framework_that_is_given(self):
        self.check({"blog.py": FASTAPI}, "blog:app", "wsgi", "blog",
                   application="blog:app", framework="wsgi")
        self.check({"blog.py": FASTAPI}, "blog:app", "asgi", "blog",
                   framework="asgi")

    def test_errors(self):
        for files, application, told in (
                ({}, "no/such.py", "there is no file"),
                ({"a.py": ""}, "a.py", "no application is seen in it"),
                ({"b.py": "one = Flask('a')\ntwo = Flask('b')\n"}, "b.py",
                 "has several applications: one, two; add the one"),
                ({"c-d.py": FASTAPI}, "c-d.py", "cannot be imported"),
                ({}, "none:app", "the module 'none' is not in")):
            self.assertIn(told, self.error(
                self.find, files, application=application))

    def test_what_turbogears_1_calls_itself(self):
        self.egg_info("shop/Wiki.egg-info", "Wiki", top_level="wiki\n",
                      requires="TurboGears >= 1.0\n")
        self.assertIn("leave the parentheses out", self.error(
            self.find, {"wiki/web.py": "", "wiki/__init__.py": ""},
            application="wiki.web:Root()"))



if __name__ == "__main__":
    import unittest

    unittest.main()
