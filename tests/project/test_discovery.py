"""Projects of every shape in, what find_project says of them out."""

import os
import subprocess
import sys
import unittest
from unittest import mock

from modwsgideploy.project.discovery import find_project
from tests.support.fakes import FAKES, Case


class ProjectTests(Case):

    def test_turbogears2_quickstart(self):
        root = os.path.join(FAKES, "turbogears2")
        public = os.path.join(root, "myapp", "public")
        project = find_project(root)
        self.assertEqual("myapp", project.name)
        self.assertEqual("myapp", project.package)
        self.assertEqual("0.1", project.version)
        self.assertEqual(root, project.directory)
        self.assertEqual(root, project.location)
        self.assertEqual(os.path.join(root, "myapp.egg-info"),
                         project.metadata)
        self.assertEqual(
            ("turbogears2", "beaker", "kajiki", "zope-sqlalchemy",
             "sqlalchemy", "repoze-who", "webhelpers2", "babel"),
            project.requires)
        self.assertEqual("turbogears2", project.framework)
        self.assertEqual(("development.ini", "test.ini"), project.configs)
        self.assertEqual(
            (("/css", os.path.join(public, "css")),
             ("/favicon.ico", os.path.join(public, "favicon.ico")),
             ("/img", os.path.join(public, "img"))), project.static)
        self.assertEqual("", project.virtualenv)

    def test_pyramid_with_a_name_of_dots_and_dashes(self):
        root = os.path.join(FAKES, "pyramid")
        project = find_project(root, config="production.ini")
        self.assertEqual("My.Shop-x", project.name)
        self.assertEqual("shop", project.package)
        self.assertEqual("2.0", project.version)
        self.assertEqual(("plaster-pastedeploy", "pyramid", "waitress",
                          "tomli"), project.requires)
        self.assertEqual("pyramid", project.framework)
        self.assertEqual(
            (("/static", os.path.join(root, "shop", "static")),),
            project.static)

    def test_pylons_with_indented_entry_points(self):
        root = os.path.join(FAKES, "pylons")
        project = find_project(root)
        self.assertEqual("Blog", project.name)
        self.assertEqual("blog", project.package)
        self.assertEqual("pylons", project.framework)
        self.assertEqual(["/images", "/javascripts", "/stylesheets"],
                         [url for url, _ in project.static])

    def test_relative_directory_is_made_absolute(self):
        self.copy("pylons")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.tmp)
        self.assertEqual(os.path.join(self.tmp, "pylons"),
                         find_project("pylons").directory)

    def test_link_to_the_directory_is_kept(self):
        self.copy("pylons")
        link = os.path.join(self.tmp, "current")
        os.symlink("pylons", link)
        self.assertEqual(link, find_project(link).directory)

    def test_parent_directories_are_not_searched(self):
        self.egg_info("stranger.egg-info", "stranger", top_level="stranger\n")
        self.write("child/readme.txt")
        self.assertIn(
            "no project is found", self.error(
                find_project, os.path.join(self.tmp, "child")))

    def test_nothing_of_the_project_is_imported(self):
        root, virtualenv = self.unpack("turbogears2")
        before = set(sys.modules)
        found = find_project(root, virtualenv=virtualenv)
        self.assertEqual(found.package, "myapp")
        self.assertFalse({name for name in set(sys.modules) - before
                          if name.startswith(("myapp", "migration"))})


class ErrorTests(Case):

    def test_missing_directory(self):
        self.assertEqual(
            f"{self.tmp}/none: there is no such directory; name the"
            " project's directory",
            self.error(find_project, f"{self.tmp}/none"))

    def test_file_in_place_of_the_directory(self):
        path = self.write("production.ini")
        self.assertEqual(
            f"{path}: is a file; name the project's directory, and an ini"
            " file by --config", self.error(find_project, path))

    def test_nothing_found_says_what_was_looked_at_and_what_to_do(self):
        virtualenv = self.virtualenv()
        self.write("p/setup.py")
        self.assertEqual(
            f"{self.tmp}/p: no project is found in it. Looked at *.egg-info"
            " in it and in its src/, at what is installed from it in"
            f" {virtualenv}/lib/python3.11/site-packages, at its"
            " production.ini (not there), and for an application in its code."
            " Run 'pip install -e .' or 'python setup.py egg_info' in it, or"
            " name its Paste ini file by --config, or any WSGI application"
            " by --application MODULE:CALLABLE",
            self.error(find_project, f"{self.tmp}/p", virtualenv=virtualenv))

    def test_projects_below_are_named(self):
        self.write("shop/pyproject.toml")
        self.write("blog/manage.py")
        self.write("docs/conf.py")
        self.write(".tox/setup.py")
        self.assertTrue(self.error(find_project, self.tmp).endswith(
            "MODULE:CALLABLE; or name the directory of one of those in it:"
            " blog, shop"))

    def test_other_ini_files_are_named_when_that_of_config_is_missing(self):
        self.write("p/a.ini", "[app:main]\nuse = egg:Paste#test\n")
        self.write("p/b.ini", "[composite:main]\n")
        self.write("p/tox.ini", "[tox]\n")
        self.assertIn(
            "any virtualenv, at its 'deploy.ini' (not there; there are"
            " a.ini, b.ini), and", self.error(
                find_project, f"{self.tmp}/p", config="deploy.ini"))

    def test_ini_files_of_directories_below_are_named(self):
        self.write("p/conf/production.ini", "[app:main]\n")
        self.write("p/conf/alembic.ini", "[alembic]\n")
        self.write("p/tests/test.ini", "[app:main]\n")
        self.assertIn(
            "by --config (such as conf/production.ini), or any",
            self.error(find_project, f"{self.tmp}/p"))

    def test_all_errors_of_a_run_are_told(self):
        self.write("app.egg-info/top_level.txt", "app\n")
        self.write("production.ini", "[app:blog]\nuse = egg:App\n")
        messages = self.error(
            find_project, self.tmp, config="production.ini",
            framework="pyramyd").splitlines()
        self.assertEqual(3, len(messages))
        self.assertIn(
            "--framework: 'pyramyd' is not a known framework (did you mean"
            " 'pyramid'?); the known ones are ", messages[0])
        self.assertIn("gives no name", messages[1])
        self.assertEqual(
            f"{self.tmp}/production.ini: there is no application 'main';"
            " --app-name can be one of: blog", messages[2])


class FrameworkTests(Case):

    def find(self, ini="", requires="", **kwargs):
        self.egg_info("p/app.egg-info", "app", top_level="app\n",
                      requires=requires)
        if ini:
            self.write("p/production.ini", ini)
        return find_project(f"{self.tmp}/p", **kwargs)

    def test_ini_says_it_when_requirements_do_not(self):
        self.assertEqual("pyramid", self.find(
            "[app:main]\nuse = egg:app\npyramid.includes = x\n").framework)

    def test_requirements_say_more_than_the_ini(self):
        self.assertEqual("turbogears2", self.find(
            "[app:main]\nuse = egg:app\npyramid.includes = x\n",
            "TurboGears2\n").framework)

    def test_option_says_most(self):
        self.assertEqual("pylons", self.find(
            "", "TurboGears2\n", framework="Pylons").framework)

    def test_fallback(self):
        self.assertEqual("paste", self.find().framework)

    def test_static_files_follow_the_path_in_a_composite(self):
        self.write("p/app/__init__.py",
                   "c.add_static_view('static', 'static')")
        self.write("p/app/static/a.css")
        project = self.find(
            "[composite:main]\nuse = egg:Paste#urlmap\n/ = egg:other\n"
            "/app/ = egg:app\n", "pyramid\n")
        self.assertEqual((("/app/static", f"{self.tmp}/p/app/static"),),
                         project.static)

    def test_static_files_of_another_host_are_left_out(self):
        self.write("p/app/__init__.py",
                   "c.add_static_view('static', 'static')")
        self.write("p/app/static/a.css")
        project = self.find(
            "[composite:main]\nuse = egg:Paste#urlmap\n/ = egg:other\n"
            "domain example.org = egg:app\n", "pyramid\n")
        self.assertEqual((), project.static)


class ConfigsTests(Case):

    def setUp(self):
        super().setUp()
        self.root = self.copy("pyramid")

    def test_one_that_metadata_made_unnecessary(self):
        self.assertEqual("", find_project(self.root).config)
        self.assertEqual("", find_project(
            self.root, config="production.ini").config)

    def test_one_that_an_installation_made_unnecessary(self):
        root, virtualenv = self.unpack("hatch_src")
        self.write("project/deploy.ini", "[app:main]\nuse = egg:Hatch-App\n")
        project = find_project(root, virtualenv=virtualenv)
        self.assertEqual(("deploy.ini",), project.configs)
        self.assertEqual("", project.config)

    def test_config_not_named_ini(self):
        self.write("pyramid/etc/deploy.conf", "[app:main]\nuse = egg:x\n")
        self.assertEqual(
            ("etc/deploy.conf", "production.ini"), find_project(
                self.root, config="./etc/deploy.conf").configs)

    def test_config_elsewhere_is_absolute(self):
        path = self.write("etc/shop.ini", "[app:main]\nuse = egg:x\n")
        self.assertEqual((path, "production.ini"),
                         find_project(self.root, config=path).configs)

    def test_config_that_is_only_on_the_server(self):
        project = find_project(self.root, config="server.ini", app_name="x")
        self.assertEqual(("production.ini",), project.configs)

    def test_config_without_the_application(self):
        self.assertEqual(
            f"{self.root}/production.ini: there is no application 'blog';"
            " --app-name can be one of: main", self.error(
                find_project, self.root, config="production.ini",
                app_name="blog"))

    def test_broken_config(self):
        self.write("pyramid/production.ini", "[app:main]\na = 1\na = 2\n")
        self.assertEqual(
            f"{self.root}/production.ini: line 3: [app:main] has 'a' twice",
            self.error(find_project, self.root, config="production.ini"))


class IniAloneTests(Case):
    """A directory with nothing of the project but its ini."""

    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.tmp, "etc")

    def find(self, ini, virtualenv=None, name="production.ini", **kwargs):
        self.write(f"etc/{name}", ini)
        return find_project(self.root, virtualenv=virtualenv, **kwargs)

    def test_application_from_the_index(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        site = f"{virtualenv}/lib/python3.11/site-packages"
        project = self.find("[app:main]\nuse = egg:hatch.app\n", virtualenv)
        self.assertEqual("Hatch-App", project.name)
        self.assertEqual("hatchapp", project.package)
        self.assertEqual(site, project.location)
        self.assertEqual(f"{site}/hatch_app-1.2.dist-info", project.metadata)
        self.assertEqual("pyramid", project.framework)
        self.assertEqual(self.root, project.directory)
        self.assertEqual(virtualenv, project.virtualenv)

    def test_editable_application_of_elsewhere(self):
        source, virtualenv = self.unpack("hatch_src")
        project = self.find("[app:main]\nuse = egg:Hatch-App\n", virtualenv)
        self.assertEqual(f"{source}/src", project.location)
        self.assertEqual(self.root, project.directory)

    def test_egg_info_directory_in_site_packages(self):
        _, virtualenv = self.unpack("egg_info_directory")
        project = self.find("[app:main]\nuse = egg:Inst.Lib_x\n", virtualenv)
        self.assertEqual("instlib", project.package)
        self.assertEqual("pylons", project.framework)

    def test_egg_info_file_in_site_packages(self):
        _, virtualenv = self.unpack("egg_info_file")
        project = self.find("[app:main]\nuse = egg:dist-file\n", virtualenv)
        self.assertEqual("distfile", project.package)
        self.assertEqual("0.1", project.version)

    def test_develop(self):
        source, virtualenv = self.unpack("egg_link")
        project = self.find("[app:main]\nuse = egg:Old.Lib-x\n", virtualenv)
        self.assertEqual("oldlib", project.package)
        self.assertEqual(f"{source}/lib", project.location)

    def test_egg_directory(self):
        site = self.site()
        egg = f"{site}/App-1.0-py3.11.egg"
        self.egg_info(f"{egg}/EGG-INFO", "App", top_level="app\n")
        project = self.find("[app:main]\nuse = egg:App\n",
                            f"{self.tmp}/venv")
        self.assertEqual((egg, "app"), (project.location, project.package))

    def test_namespace_shared_with_others(self):
        _, virtualenv = self.unpack("namespace_installed")
        self.write("venv/lib/python3.11/site-packages/zope_x/a/__init__.py")
        project = self.find("[app:main]\nuse = egg:zope_x.web\n", virtualenv)
        self.assertEqual("zope_x.web", project.package)

    def test_inline_pipeline(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        self.assertEqual("hatchapp", self.find(
            "[pipeline:main]\npipeline = egg:Paste#gzip egg:Hatch-App\n",
            virtualenv).package)

    def test_inline_composite(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        self.assertEqual("hatchapp", self.find(
            "[composite:main]\nuse = egg:Paste#urlmap\n"
            "/static = egg:Paste#static\n/ = egg:Hatch-App\n",
            virtualenv).package)

    def test_factory_in_the_directory_without_metadata(self):
        self.write("etc/app.py", "raise RuntimeError\n")
        project = self.find("[app:main]\npaste.app_factory = app:make\n")
        self.assertEqual(("app", "app", "", ""), (
            project.name, project.package, project.version,
            project.metadata))
        self.assertEqual(self.root, project.location)

    def test_call_of_a_package_in_src(self):
        self.write("etc/src/acme/shop/__init__.py")
        self.write("etc/src/acme/shop/wsgi.py")
        project = self.find("[app:main]\nuse = call:acme.shop.wsgi:make\n")
        self.assertEqual("acme.shop", project.package)
        self.assertEqual(f"{self.root}/src", project.location)

    def test_directory_without_code_hides_no_package_in_src(self):
        self.write("etc/web/index.html")
        self.write("etc/src/web/__init__.py")
        self.assertEqual(f"{self.root}/src", self.find(
            "[app:main]\nuse = call:web:make\n").location)

    def test_compiled_module(self):
        self.write("etc/shop/__init__.py")
        self.write("etc/shop/web.cpython-311-x86_64-linux-gnu.so")
        self.assertEqual("shop", self.find(
            "[app:main]\nuse = call:shop.web:make\n").package)

    def test_module_that_its_package_does_not_have(self):
        self.write("etc/shop/__init__.py")
        self.write("etc/web.py")
        for module in ("shop.wbe", "web.app"):
            self.assertIn(
                f"the module {module!r} is not in {self.root}, its src/,",
                self.error(self.find, f"[app:main]\nuse = call:{module}:x\n"))

    def test_factory_of_an_installed_distribution(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        self.unpack("egg_info_file")
        project = self.find(
            "[app:main]\npaste.app_factory = hatchapp.wsgi:make\n",
            virtualenv)
        self.assertEqual(("Hatch-App", "hatchapp", "pyramid"), (
            project.name, project.package, project.framework))

    def test_factory_of_a_developed_distribution(self):
        _, virtualenv = self.unpack("egg_link")
        project = self.find(
            "[app:main]\npaste.app_factory = oldlib.wsgi:make\n", virtualenv)
        self.assertEqual("Old.Lib-x", project.name)

    def test_factory_of_code_copied_into_site_packages(self):
        site = self.site()
        self.write(f"{site}/app.py")
        project = self.find("[app:main]\npaste.app_factory = app:make\n",
                            f"{self.tmp}/venv")
        self.assertEqual(("app", "app", site), (
            project.name, project.package, project.location))

    def test_only_ini_of_the_directory(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        project = self.find(
            "[app:main]\nuse = egg:Hatch-App\n", virtualenv, "deploy.ini")
        self.assertEqual(("deploy.ini",), project.configs)
        self.assertEqual("deploy.ini", project.config)

    def test_ini_not_named_ini(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        project = self.find(
            "[app:main]\nuse = egg:Hatch-App\n", virtualenv, "deploy.conf",
            config="deploy.conf")
        self.assertEqual(("deploy.conf",), project.configs)
        self.assertEqual("", project.config)

    def test_production_ini_of_several(self):
        self.write("etc/app.py")
        self.write("etc/development.ini", "[app:main]\nuse = egg:none\n")
        self.assertEqual("production.ini", self.find(
            "[app:main]\npaste.app_factory = app:make\n").config)

    def test_ini_that_uses_another(self):
        self.write("etc/app.py")
        self.write("app.ini", "[app:main]\npaste.app_factory = app:make\n")
        self.assertEqual("site.ini", self.find(
            "[app:main]\nuse = config:../app.ini\n",
            name="site.ini").config)

    def test_named_application(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        self.assertEqual("hatchapp", self.find(
            "[app:main]\nuse = egg:none\n[app:shop]\nuse = egg:Hatch-App\n",
            virtualenv, app_name="shop").package)

    def test_site_of_paste_alone(self):
        site = self.site()
        self.egg_info(f"{site}/Paste-3.egg-info", "Paste",
                      top_level="paste\n")
        self.assertEqual("paste", self.find(
            "[app:main]\nuse = egg:Paste#static\n",
            f"{self.tmp}/venv").package)

    def test_distribution_of_the_index_that_is_not_installed(self):
        virtualenv = self.virtualenv()
        project = self.find("[app:main]\nuse = egg:My.App#admin\n",
                            virtualenv)
        self.assertEqual(
            ("My.App", "", "my_app", "", "", "production.ini", "paste"),
            (project.name, project.package, project.short_name,
             project.location,
             project.version, project.config, project.framework))
        self.assertEqual(
            f"{self.root}/production.ini: [app:main] use = egg:My.App#admin:"
            " the distribution 'My.App' is not installed in"
            f" {virtualenv}/lib/python3.11/site-packages; install it:"
            f" {virtualenv}/bin/pip install My.App, or name the virtualenv"
            " that has it by --virtualenv", project.not_installed)

    def test_files_of_here_are_not_those_of_one_that_is_not_installed(self):
        self.write("public/css/a.css")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.tmp)
        self.assertEqual((), self.find(
            "[app:main]\nuse = egg:MyApp\n", framework="turbogears2").static)

    def test_framework_of_one_that_is_not_installed(self):
        self.assertEqual("pyramid", self.find(
            "[app:main]\nuse = egg:MyApp\npyramid.includes = x\n"
        ).framework)

    def test_project_that_is_not_installed_yet(self):
        virtualenv = self.virtualenv("my env")
        self.write("etc/src/my_app/__init__.py")
        self.write("etc/src/tests/__init__.py")
        self.write("etc/pyproject.toml", '[project]\nname = "my_app"\n'
                   'dependencies = ["TurboGears2>=2.4"]\n')
        project = self.find("[app:main]\nuse = egg:My.App\n", virtualenv)
        self.assertEqual(
            ("my_app", f"{self.root}/src", "turbogears2"),
            (project.package, project.location, project.framework))
        self.assertIn(
            f" install it: '{virtualenv}/bin/pip' install -e {self.root}, or",
            project.not_installed)

    def test_project_without_code_that_is_not_installed(self):
        self.write("etc/setup.py", "setup(name='My-App')\n")
        self.assertIn(
            f" install it: pip install -e {self.root}, or",
            self.error(self.find, "[app:main]\nuse = egg:My.App\n"))

    def test_virtualenv_of_the_command_is_not_the_first_to_install_into(self):
        own, project = self.virtualenv("own"), self.virtualenv("etc/.venv")
        with mock.patch.object(sys, "prefix", own):
            self.assertIn(
                f" install it: {project}/bin/pip install MyApp, or",
                self.find("[app:main]\nuse = egg:MyApp\n").not_installed)
            self.assertIn(
                f" install it: {own}/bin/pip install MyApp, or",
                self.find("[app:main]\nuse = egg:MyApp\n", own).not_installed)

    def test_distribution_not_installed_and_no_virtualenv(self):
        self.assertIn(
            "is not installed in any virtualenv; install it: pip install"
            " MyApp, or", self.find(
                "[app:main]\nuse = egg:MyApp\n").not_installed)

    def test_broken_metadata_of_others_do_not_matter(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        self.write("venv/lib/python3.11/site-packages/a.egg-info/x", "")
        self.assertEqual("Hatch-App", self.find(
            "[app:main]\npaste.app_factory = hatchapp:make\n",
            virtualenv).name)

    def test_distribution_installed_twice(self):
        _, virtualenv = self.unpack("hatch_src_installed")
        site = f"{virtualenv}/lib/python3.11/site-packages"
        self.egg_info(f"{site}/Hatch_App-1.1.egg-info", "Hatch-App")
        self.assertIn(
            f"{site}: the metadata of hatch-app are there 2 times",
            self.error(self.find, "[app:main]\nuse = egg:Hatch-App\n",
                       virtualenv))

    def test_module_not_found(self):
        self.assertEqual(
            f"{self.root}/production.ini: [app:main] paste.app_factory ="
            f" app.wsgi:make: the module 'app.wsgi' is not in {self.root},"
            " its src/, any virtualenv; put it there, or name the virtualenv"
            " that has it by --virtualenv", self.error(
                self.find, "[app:main]\npaste.app_factory = app.wsgi:make\n"))

    def test_ini_without_application(self):
        for name in ("tox.ini", "pytest.ini", "uwsgi.ini", "alembic.ini"):
            self.assertIn(f"{self.root}: no project is found in it.",
                          self.error(self.find, "[tox]\nenvlist = py\n",
                                     name=name))
        self.assertEqual(
            f"{self.root}/tox.ini: there is no application 'main'; it has no"
            " application at all: a section [app:main] is needed",
            self.error(self.find, "[tox]\n", config="tox.ini",
                       name="tox.ini"))


class StartTests(unittest.TestCase):

    def check(self, code):
        heavy = ("email", "importlib.metadata", "packaging", "configparser",
                 "json", "urllib", "difflib", "ast", "pkg_resources",
                 "modwsgideploy.project.paste_ini")
        code = (f"import sys; old = set(sys.modules); {code};"
                f"print(sorted(set({heavy!r}) & (set(sys.modules) - old)))")
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual("[]", subprocess.check_output(
            [sys.executable, "-c", code], cwd=root, text=True).strip())

    def test_importing_is_cheap(self):
        self.check("import modwsgideploy.project.discovery")

    def test_reading_no_ini_is_cheap(self):
        self.check("from modwsgideploy.project.discovery import find_project;"
                   f"find_project({os.path.join(FAKES, 'turbogears2')!r})")
