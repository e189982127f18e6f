"""Every framework on every backend: what is written, and what is refused."""

import ast
import os
import subprocess
import sys
import unittest
from pathlib import Path

from modwsgideploy.backends import BACKENDS
from modwsgideploy.checks import check
from modwsgideploy.commands import inputs
from modwsgideploy.deployment.render import render
from modwsgideploy.project.discovery import find_project
from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from modwsgideploy.templating.directory import TEMPLATES
from tests import support
from tests.support.fakes import FAKES, Case

VARIANTS = (
    {}, {"mount-point": "/"}, {"server-name": "www.example.com"},
    {"server-name": "www.example.com", "mount-point": "/"})

# What a framework needs besides the project of fake_projects/ called like it.
CHOICES = {"wsgi": {"application": "hello:application"},
           "script": {"application": "hello.wsgi"}}


def site(directory, found_mod_wsgi="4.9", **choices):
    """The Site of a project for ``choices``, underscores for dashes."""
    settings = {name.replace("_", "-"): Setting(value, "--" + name)
                for name, value in {"platform": "debian", **choices}.items()}
    return make_site(*inputs.read(str(directory), settings), found_mod_wsgi)


def scripts(framework, backend, choices):
    """(name, text) of each Python file of a deployment."""
    chosen = {**CHOICES.get(framework, {}), **choices, "backend": backend}
    for file in render(site(Path(FAKES, framework), **chosen)):
        if file.text and file.path.endswith((".wsgi", ".fcgi", ".py")):
            yield file.path, file.text


class Written(Case):
    """The product of all frameworks, all backends and where they are."""

    alone = False    # a template may have to be compiled, by Cheetah

    def test_nothing_is_missing(self):
        launchers = {framework.launcher for framework in FRAMEWORKS.values()}
        for name in launchers:
            path = f"launchers/{name}.py_tmpl"
            self.assertTrue(Path(TEMPLATES, path).exists(),
                            f"templates/{path} is missing")
        for path in Path(TEMPLATES, "launchers").iterdir():
            self.assertIn(path.name.partition(".")[0], launchers,
                          f"no record in frameworks.py uses {path}")
        for name in FRAMEWORKS:
            self.assertTrue(Path(FAKES, name).exists(),
                            f"tests/fake_projects/{name} is missing")

    def test_each_project_is_recognised(self):
        for name in FRAMEWORKS:
            application = CHOICES.get(name, {}).get("application")
            self.assertEqual(name, find_project(
                Path(FAKES, name), application=application).framework)

    def test_each_launcher_on_each_backend_is_python(self):
        written = []
        for framework in FRAMEWORKS:
            for backend in BACKENDS:
                for number, choices in enumerate(VARIANTS):
                    with self.subTest(framework, backend=backend, **{
                            name.replace("-", "_"): value
                            for name, value in choices.items()}):
                        written += self.check(
                            framework, backend, choices,
                            f"{framework}-{backend}-{number}")
        self.assertGreaterEqual(
            len(written), len(FRAMEWORKS) * len(BACKENDS) * len(VARIANTS))
        self.compile(sys.executable, written)
        if not support.python2():
            self.skipTest(support.NO_PYTHON2)
        # asyncio came later.
        self.compile(support.python2(), [
            path for path in written if "/asgi-" not in path])

    def check(self, framework, backend, choices, directory):
        """Write the scripts below ``directory``; their paths."""
        found, paths = 0, []
        for name, text in scripts(framework, backend, choices):
            tree = ast.parse(text, name)
            names = {node.id for node in ast.walk(tree)
                     if isinstance(node, ast.Name)}
            names |= {node.name for node in ast.walk(tree)
                      if isinstance(node, (ast.FunctionDef, ast.alias))}
            names |= {node.asname for node in ast.walk(tree)
                      if isinstance(node, ast.alias)}
            found += (not name.startswith("test.")
                      and "application" in names)
            paths.append(self.write(f"{directory}/{name}", text))
        self.assertTrue(
            found, f"{framework} on {backend}: no script has application")
        return paths

    def compile(self, interpreter, paths):
        done = subprocess.run(
            [interpreter, "-c",
             "import sys\nfor path in sys.argv[1:]:\n"
             "    compile(open(path, 'rb').read(), path, 'exec')", *paths],
            stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual("", done.stderr)


class TurboGears1(Case):

    alone = False

    def project(self, requires, **kwargs):
        self.egg_info("p/Wiki.egg-info", "Wiki", top_level="wiki\n",
                      requires=requires)
        self.write("p/wiki/__init__.py")
        return f"{self.tmp}/p"

    def test_which_one_it_is(self):
        for requires, name in (
                ("TurboGears\n", "turbogears1"),
                ("TurboGears >= 1.0.4.4\n", "turbogears1"),
                ("TurboGears>=1.1b1,<1.5\n", "turbogears1"),
                ("TurboGears == 1.5.1\n", "turbogears15"),
                ("TurboGears>=1.5rc1\n", "turbogears15"),
                ("TurboGears2 >= 2.0\n", "turbogears2")):
            self.assertEqual(name, find_project(
                self.project(requires)).framework, requires)

    def test_the_installed_version_says_more_than_the_required_one(self):
        root = self.project("TurboGears >= 1.0\n")
        self.egg_info("venv/lib/python3.11/site-packages"
                      "/TurboGears-1.5.1-py2.7.egg-info", "TurboGears")
        self.write("venv/lib/python3.11/site-packages/TurboGears-1.5.1-py2.7"
                   ".egg-info/PKG-INFO", "Name: TurboGears\nVersion: 1.5.1\n")
        self.virtualenv()
        self.assertEqual("turbogears15", find_project(
            root, virtualenv=f"{self.tmp}/venv").framework)

    def test_the_option_says_most(self):
        self.assertEqual("turbogears15", find_project(
            self.project("TurboGears >= 1.0\n"),
            framework="turbogears15").framework)

    def test_defaults(self):
        made = site(self.project("TurboGears >= 1.0\n"))
        self.assertEqual(
            (1, 25, "/usr/local/turbogears/wiki/prod.cfg",
             "wiki.controllers:Root"),
            (made.processes, made.threads, made.config, made.application))

    def test_the_root_controller_can_be_another(self):
        self.write("p/wiki/web.py")
        self.assertEqual("wiki.web:Front", site(
            self.project("TurboGears >= 1.0\n"),
            application="wiki.web:Front").application)

    def test_a_mod_wsgi_for_python_3_is_not_the_one_it_is_written_for(self):
        root = self.project("TurboGears >= 1.0\n")
        self.assertEqual((4, 9), site(root, "6.1").mod_wsgi_version)
        self.assertEqual((4, 8), site(root, "4.8").mod_wsgi_version)

    def test_processes_that_would_disagree_are_refused(self):
        for requires, refused in (
                ("TurboGears >= 1.0\n", True),
                ("TurboGears\nSQLObject\n", True),
                ("TurboGears >= 1.0\nSQLAlchemy\n", False),
                ("TurboGears >= 1.0\nSQLObject\nSQLAlchemy\n", True),
                ("TurboGears >= 1.1\nSQLObject\n", False),
                ("TurboGears >= 1.5\nSQLObject\n", False)):
            root = self.project(requires)
            for choice in ({"processes": "2"}, {"mode": "embedded"}):
                if not refused:
                    site(root, **choice)
                    continue
                name, = choice
                self.assertEqual(
                    f"--{name}: with TurboGears 1.0 each process caches by"
                    " itself what SQLObject read, so several of them show"
                    " different data; leave it out (one daemon process, 25"
                    " threads), or have the project require TurboGears 1.1"
                    " or SQLAlchemy", self.error(site, root, **choice))
            site(root, processes="1")

    def test_a_server_that_runs_several_processes_is_warned_of(self):
        for requires, warned in (("TurboGears >= 1.0\n", True),
                                 ("TurboGears >= 1.1\n", False)):
            root = self.project(requires)
            for choices, several in (
                    ({}, False), ({"backend": "fastcgi"}, False),
                    ({"backend": "fastcgi", "fastcgi_mode": "htaccess"},
                     True), ({"backend": "mod_python"}, True)):
                self.assertEqual(warned and several, "MWD419" in [
                    problem.code for problem in check(
                        site(root, **choices))], (requires, choices))

    def test_what_python_2_cannot_have_is_refused(self):
        self.assertEqual(
            "--mod_wsgi_version: mod_wsgi 6.1 is for Python 3, and TurboGears"
            " 1 for Python 2.7; the last for that is 4.9.4", self.error(
                site, self.project("TurboGears\n"), mod_wsgi_version="6.1"))

    def test_it_has_no_sections(self):
        self.assertEqual(
            "--app_name: only a Paste configuration has sections to choose"
            " from, and TurboGears 1 has none; leave it out", self.error(
                site, self.project("TurboGears\n"), app_name="blog"))


class Django(Case):

    def manage(self, settings, quote='"'):
        self.write("p/manage.py",
                   f"os.environ.setdefault({quote}DJANGO_SETTINGS_MODULE"
                   f"{quote}, {quote}{settings}{quote})\n")
        return f"{self.tmp}/p"

    def find(self, root, **kwargs):
        project = find_project(root, **kwargs)
        return (project.framework, project.name, project.package,
                project.application, project.location)

    def test_manage_py_tells_it(self):
        root = self.manage("mysite.settings")
        self.write("p/mysite/wsgi.py")
        self.assertEqual(("django", "mysite", "mysite",
                          "mysite.wsgi:application", root), self.find(root))

    def test_settings_in_a_package(self):
        root = self.manage("config.settings.local", "'")
        self.write("p/config/settings/local.py")
        self.write("p/config/wsgi.py")
        self.assertEqual("config.wsgi:application", self.find(root)[3])

    def test_with_metadata_of_its_own(self):
        root = self.manage("shop.settings")
        self.write("p/shop/wsgi.py")
        self.egg_info("p/Shop_x.egg-info", "Shop-x", requires="Django\n",
                      top_level="shop\n")
        self.assertEqual(("django", "Shop-x", "shop"),
                         self.find(root)[:3])

    def test_without_manage_py_it_must_be_named(self):
        self.write("p/site1/wsgi.py")
        root = f"{self.tmp}/p"
        self.assertEqual(
            f"--framework: django: nothing in {root} tells its application;"
            " name it by --application MODULE:CALLABLE, such as"
            " mysite.wsgi:application",
            self.error(find_project, root, framework="django"))
        self.assertEqual("site1.wsgi:app", self.find(
            root, framework="django", application="site1.wsgi:app")[3])

    def test_it_is_loaded_without_a_configuration(self):
        root = self.manage("mysite.settings")
        self.write("p/mysite/wsgi.py")
        self.assertEqual("", site(root).config)
        self.assertIn(
            "--config: a Django application is loaded without a configuration"
            " file; leave it out", self.error(
                site, root, framework="django", config="production.ini"))


class Trac(Case):

    def test_an_environment_is_a_project(self):
        self.write("my tracker/VERSION", "Trac Environment Version 1\n")
        made = site(f"{self.tmp}/my tracker")
        self.assertEqual(("trac", "my_tracker", ""),
                         (made.framework, made.name, made.application))

    def test_no_environment(self):
        os.makedirs(f"{self.tmp}/p")
        self.assertEqual(
            f"--framework: trac: {self.tmp}/p is no Trac environment; name"
            " the directory of one",
            self.error(find_project, f"{self.tmp}/p", framework="trac"))

    def test_its_application_is_known(self):
        self.write("p/VERSION", "Trac Environment Version 1\n")
        self.assertEqual(
            "--application: the application of Trac is known; leave it out,"
            " or give --framework=wsgi", self.error(
                site, f"{self.tmp}/p", framework="trac", application="a:b"))


class Callable(Case):

    def test_a_module_in_the_directory(self):
        self.write("p/hello.py", "raise RuntimeError\n")
        project = find_project(f"{self.tmp}/p", application="hello:app.x")
        self.assertEqual(
            ("wsgi", "hello", "hello", "hello:app.x", f"{self.tmp}/p"),
            (project.framework, project.name, project.package,
             project.application, project.location))

    def test_an_installed_one(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        os.makedirs(f"{self.tmp}/p")
        project = find_project(f"{self.tmp}/p", virtualenv=virtualenv,
                               application="hatchapp.wsgi:app")
        self.assertEqual(("Hatch-App", "hatchapp"),
                         (project.name, project.package))

    def test_beside_a_project_of_another_framework(self):
        project = find_project(Path(FAKES, "pyramid"),
                               application="shop:app")
        self.assertEqual(("wsgi", "My.Shop-x", "shop"), (
            project.framework, project.name, project.package))

    def test_a_module_that_is_nowhere(self):
        os.makedirs(f"{self.tmp}/p")
        self.assertEqual(
            f"--application: hello:app: the module 'hello' is not in"
            f" {self.tmp}/p, its src/, any virtualenv; put it there, or name"
            " the virtualenv that has it by --virtualenv", self.error(
                find_project, f"{self.tmp}/p", application="hello:app"))

    def test_a_framework_that_its_ini_loads(self):
        self.assertEqual(
            "--application: a Pyramid application is named by its Paste"
            " configuration; leave it out, or give --framework=wsgi",
            self.error(site, Path(FAKES, "pyramid"), framework="pyramid",
                       application="shop.wsgi:app"))

    def test_what_is_no_callable(self):
        for text in ("hello", "hello:", ":app", "hello:app(x)", "a b:c",
                     "hello:app(1)()", "hello:app()+x", "hello:app(*[1])",
                     "hello:app;import os", "hello:app(1);import os()"):
            self.assertIn(
                f"--application: {text!r} is not valid; give MODULE:CALLABLE",
                self.error(site, self.tmp, application=text))


if __name__ == "__main__":
    unittest.main()
