"""Metadata and installations of every shape in, what find_project makes of
them out."""

import os
import sys
from unittest import mock

from modwsgideploy.project.discovery import find_project
from tests.support.fakes import FAKES, Case

HOW_TO = "pip install -e . (or python setup.py egg_info)"


class EggInfoTests(Case):

    def test_src_layout_is_located_in_src(self):
        root = os.path.join(FAKES, "src_layout")
        project = find_project(root)
        self.assertEqual("stsrc", project.package)
        self.assertEqual(os.path.join(root, "src"), project.location)

    def test_package_of_a_declared_namespace_is_dotted(self):
        project = find_project(os.path.join(FAKES, "namespace"))
        self.assertEqual("zope_x.web", project.package)

    def test_egg_info_that_is_a_file(self):
        self.write("app.egg-info", "Name: app\nVersion: 3\n")
        self.write("app/__init__.py")
        project = find_project(self.tmp)
        self.assertEqual(("app", "app", "3"),
                         (project.name, project.package, project.version))

    def test_fields_of_many_lines_do_not_end_the_header(self):
        self.egg_info("p/app.egg-info", "x", top_level="app\n")
        self.write("p/app.egg-info/PKG-INFO",
                   "Metadata-Version: 1.0\nSummary: one\ntwo\n   Name: no\n"
                   "Name: app\nVersion: 1\nRequires-Dist: Pylons>=1\n\n"
                   "Name: evil\nRequires-Dist: pyramid\n")
        project = find_project(os.path.join(self.tmp, "p"))
        self.assertEqual(("app", "1", ("pylons",)), (
            project.name, project.version, project.requires))

    def test_extras_are_no_requirements_and_conditions_are(self):
        self.egg_info("p/app.egg-info", "app", top_level="app\n", requires=(
            "Pylons>=1\n\n[:python_version < '3']\nfoo[x]\n\n[test]\nbar\n"
            "\n[test:python_version < '3']\nbaz\n"))
        project = find_project(os.path.join(self.tmp, "p"))
        self.assertEqual(("pylons", "foo"), project.requires)


class PackageTests(Case):

    def package(self, **files):
        self.egg_info("p/My.App_x.egg-info", "My.App-x", **files)
        return find_project(os.path.join(self.tmp, "p")).package

    def test_application_factory_says_it(self):
        self.assertEqual("site_code", self.package(
            top_level="my_app_x\nsite_code\n",
            entry_points="[console_scripts]\nx = my_app_x:y\n\n"
            "[paste.app_factory]\nmain = site_code.wsgi:app\n"))

    def test_main_factory_says_it_before_others(self):
        self.assertEqual("b", self.package(
            top_level="a\nb\n",
            entry_points="[paste.app_factory]\nadmin = a:x\nmain = b:x\n"))

    def test_application_says_it_before_filters(self):
        self.assertEqual("b", self.package(
            top_level="a\nb\n", entry_points="[paste.filter_factory]\n"
            "main = a:x\n[paste.app_factory]\nother = b:x [extra]\n"))

    def test_factory_of_somebody_else_is_passed_over(self):
        self.assertEqual("my_app_x", self.package(
            top_level="a\nmy_app_x\n",
            entry_points="[paste.app_factory]\nmain = tg.devtools:x\n"))

    def test_name_of_the_distribution_says_it(self):
        self.assertEqual("my_app_x", self.package(top_level="a\nmy_app_x\n"))

    def test_name_run_together_says_it(self):
        self.assertEqual("myappx", self.package(top_level="a\nmyappx\n"))

    def test_only_one_beside_tests_and_migrations(self):
        self.assertEqual("site_code", self.package(
            top_level="migration\nsite_code\ntests\n"))

    def test_factory_in_the_ini_says_it(self):
        self.egg_info("p/App.egg-info", "App", top_level="one\ntwo\n")
        self.write("p/production.ini",
                   "[app:main]\npaste.app_factory = two.wsgi:make\n")
        self.assertEqual("two", find_project(
            os.path.join(self.tmp, "p")).package)

    def test_factory_alone_says_it(self):
        self.assertEqual("site_code", self.package(
            entry_points="[paste.app_factory]\nmain = site_code.x:y\n"))

    def test_files_say_it_when_nothing_is_listed(self):
        self.write("p/site_code/__init__.py")
        self.write("p/docs/conf.py")
        self.write("p/setup.py")
        self.assertEqual("site_code", self.package())

    def test_native_namespace_is_found_in_the_files(self):
        self.write("p/acme/shop/__init__.py")
        self.write("p/acme/blog/__init__.py")
        self.assertEqual("acme.shop", self.package(
            top_level="acme\n",
            entry_points="[paste.app_factory]\nmain = acme.shop.wsgi:app\n"))

    def test_native_namespace_is_found_by_the_name(self):
        self.write("p/acme/shop/__init__.py")
        self.write("p/acme/blog/__init__.py")
        self.egg_info("p/acme.shop.egg-info", "acme.shop",
                      top_level="acme\n")
        self.assertEqual("acme.shop", find_project(
            os.path.join(self.tmp, "p")).package)

    def test_package_without_init_is_no_namespace(self):
        self.write("p/site_code/wsgi.py")
        self.write("p/site_code/model/__init__.py")
        self.assertEqual("site_code", self.package(
            top_level="site_code\n",
            entry_points="[paste.app_factory]\nmain = site_code.wsgi:app\n"))

    def test_several_are_listed(self):
        self.assertEqual(
            f"{self.tmp}/p/My.App_x.egg-info: which of its 2 packages is the"
            " application? one, two; name the ini file that says it by"
            " --config, or its factory in the project's entry points, as"
            " [paste.app_factory] main = PACKAGE.MODULE:CALLABLE, and install"
            " the project again",
            self.error(self.package, top_level="two\none\ntests\n"))

    def test_none_is_an_error(self):
        self.assertEqual(
            f"{self.tmp}/p/My.App_x.egg-info: lists no package or module of"
            f" My.App-x, and {self.tmp}/p has none; a project to deploy has"
            " one", self.error(self.package))


class InstalledTests(Case):
    """Each shape as the named tool really left it."""

    def check(self, shape, package, location="", framework="paste"):
        root, virtualenv = self.unpack(shape)
        project = find_project(root, virtualenv=virtualenv)
        self.assertEqual(package, project.package)
        self.assertEqual(os.path.join(root, location).rstrip("/"),
                         project.location)
        self.assertEqual(framework, project.framework)
        self.assertEqual(virtualenv, project.virtualenv)
        return project

    def test_hatchling_src_layout(self):
        project = self.check("hatch_src", "hatchapp", "src", "pyramid")
        self.assertEqual("Hatch-App", project.name)
        self.assertEqual("1.2", project.version)
        self.assertEqual(("pyramid", "waitress", "zope-sqlalchemy"),
                         project.requires)
        self.assertEqual(
            (("/static", f"{self.tmp}/project/src/hatchapp/static"),),
            project.static)
        self.assertEqual(
            f"{self.tmp}/venv/lib/python3.11/site-packages/"
            "hatch_app-1.2.dist-info", project.metadata)

    def test_hatchling(self):
        self.check("hatch_flat", "hatch_flat")

    def test_hatchling_with_an_import_hook(self):
        self.check("hatch_exact", "hatch_exact")

    def test_flit(self):
        self.check("flit_app", "flitapp")

    def test_flit_single_module(self):
        self.assertEqual("flit.mod", self.check("flit_mod", "flitmod").name)

    def test_flit_namespace(self):
        self.check("flit_ns", "acme.web", "src")

    def test_poetry(self):
        project = self.check("poetry_app", "poetry_app", "", "pyramid")
        self.assertEqual(("pyramid",), project.requires)

    def test_pdm(self):
        self.check("pdm_app", "pdm_app", "src")

    def test_setuptools_package_dir(self):
        self.check("st_lib", "stlib", "lib", "pylons")

    def test_setuptools_directory_of_another_name(self):
        self.check("st_map", "stmap", os.path.join(
            self.tmp, "venv/lib/python3.11/site-packages"))

    def test_setuptools_namespace(self):
        self.check("st_ns", "acme.shop", "", "turbogears2")

    def test_turbogears2_whose_egg_info_is_not_checked_out(self):
        project = self.check("turbogears2", "myapp", "", "turbogears2")
        self.assertEqual(["/css", "/favicon.ico", "/img"],
                         [url for url, _ in project.static])

    def test_develop(self):
        project = self.check("egg_link", "oldlib", "lib", "pylons")
        self.assertEqual("Old.Lib-x", project.name)
        self.assertEqual(("pylons", "foo"), project.requires)

    def test_installed_not_editable(self):
        site = f"{self.tmp}/venv/lib/python3.11/site-packages"
        self.check("hatch_src_installed", "hatchapp", site, "pyramid")

    def test_namespace_installed_not_editable(self):
        site = f"{self.tmp}/venv/lib/python3.11/site-packages"
        self.check("namespace_installed", "zope_x.web", site)

    def test_editable_without_direct_url(self):
        _, virtualenv = self.unpack("st_map")
        self.unpack("st_ns", "other")
        site = f"{virtualenv}/lib/python3.11/site-packages"
        os.remove(f"{site}/acme_shop-0.1.dev3.dist-info/direct_url.json")
        self.assertEqual("acme.shop", find_project(
            f"{self.tmp}/other", virtualenv=virtualenv).package)

    def test_egg_info_that_is_there_too_is_taken(self):
        root, virtualenv = self.unpack("st_map")
        self.egg_info("project/stmap.egg-info", "stmap", top_level="stmap\n")
        project = find_project(root, virtualenv=virtualenv)
        self.assertEqual(f"{root}/stmap.egg-info", project.metadata)
        # where its import hook is
        self.assertEqual(f"{virtualenv}/lib/python3.11/site-packages",
                         project.location)

    def test_directory_with_space_and_umlaut(self):
        root, virtualenv = self.unpack("hatch_src", "my pröject")
        self.write("venv/lib/python3.11/site-packages/"
                   "hatch_app-1.2.dist-info/direct_url.json",
                   f'{{"url": "file://{self.tmp}/my%20pr%C3%B6ject"}}')
        project = find_project(root, virtualenv=virtualenv)
        self.assertEqual(f"{root}/src/hatchapp/static", project.static[0][1])

    def test_linked_directory(self):
        root, virtualenv = self.unpack("hatch_src")
        os.symlink(root, f"{self.tmp}/link")
        self.assertEqual("hatchapp", find_project(
            f"{self.tmp}/link", virtualenv=virtualenv).package)

    def test_virtualenv_inside_the_project_is_found(self):
        root, _ = self.unpack("hatch_src", virtualenv="project/.venv")
        project = find_project(root)
        self.assertEqual("hatchapp", project.package)
        self.assertEqual(f"{root}/.venv", project.virtualenv)

    def test_active_virtualenv_is_found(self):
        root, virtualenv = self.unpack("hatch_src")
        os.environ["VIRTUAL_ENV"] = virtualenv
        project = find_project(root)
        self.assertEqual("hatchapp", project.package)
        self.assertEqual(virtualenv, project.virtualenv)

    def test_running_virtualenv_is_found(self):
        root, virtualenv = self.unpack("hatch_src")
        sys.path.append(f"{virtualenv}/lib/python3.11/site-packages")
        with mock.patch.object(sys, "prefix", virtualenv):
            project = find_project(root)
        self.assertEqual("hatchapp", project.package)
        self.assertEqual(virtualenv, project.virtualenv)

    def test_given_virtualenv_comes_first(self):
        root, virtualenv = self.unpack("hatch_src")
        os.environ["VIRTUAL_ENV"] = virtualenv
        self.unpack("hatch_src", virtualenv="other")
        project = find_project(root, virtualenv=f"{self.tmp}/other")
        self.assertEqual(f"{self.tmp}/other", project.virtualenv)
        self.assertTrue(project.metadata.startswith(f"{self.tmp}/other/"))

    def test_given_virtualenv_need_not_exist_here(self):
        root, virtualenv = self.unpack("hatch_src")
        os.environ["VIRTUAL_ENV"] = virtualenv
        project = find_project(root, virtualenv="/usr/local/pythonenv/none")
        self.assertEqual("/usr/local/pythonenv/none", project.virtualenv)
        self.assertEqual("hatchapp", project.package)

    def test_empty_virtualenv_is_none(self):
        root, virtualenv = self.unpack("hatch_src")
        os.environ["VIRTUAL_ENV"] = virtualenv
        self.assertEqual("", find_project(root, virtualenv="").virtualenv)

    def test_virtualenv_that_has_the_project_comes_before_an_active_one(self):
        root, _ = self.unpack("hatch_src", virtualenv="project/.venv")
        os.environ["VIRTUAL_ENV"] = self.virtualenv("empty")
        self.assertEqual(f"{root}/.venv", find_project(root).virtualenv)

    def test_active_virtualenv_is_taken_if_none_has_the_project(self):
        root = self.copy("pylons")
        os.environ["VIRTUAL_ENV"] = self.virtualenv("empty")
        self.assertEqual(f"{self.tmp}/empty", find_project(root).virtualenv)

    def test_usual_virtualenv_is_taken_before_none(self):
        root = self.copy("pylons")
        self.virtualenv("pylons/env")
        self.assertEqual(f"{root}/env", find_project(root).virtualenv)

    def test_virtualenv_whose_interpreter_is_gone_is_one(self):
        root = self.copy("pylons")
        self.virtualenv("pylons/env")
        os.remove(f"{root}/env/bin/python")
        os.symlink("/nonexistent/python3", f"{root}/env/bin/python")
        self.assertEqual(f"{root}/env", find_project(root).virtualenv)


class MetadataErrorTests(Case):

    def test_several_distributions_are_listed(self):
        one = self.egg_info("one.egg-info", "one")
        two = self.egg_info("src/two.egg-info", "two")
        self.assertEqual(
            f"{self.tmp}: the metadata of 2 distributions are there: {one},"
            f" {two}; keep those of the project to deploy and remove the"
            " others", self.error(find_project, self.tmp))

    def test_stale_copies_are_told_as_such(self):
        one = self.egg_info("My_App.egg-info", "My-App")
        two = self.egg_info("my-app.egg-info", "my-app")
        self.assertEqual(
            f"{self.tmp}: the metadata of my-app are there 2 times, so all"
            f" but one are stale: {one}, {two}; remove them all, then make"
            f" them anew: {HOW_TO}", self.error(find_project, self.tmp))

    def test_metadata_from_before_a_package_was_renamed(self):
        self.egg_info("App.egg-info", "App", top_level="app\n")
        self.write("tests/__init__.py")
        self.assertEqual("app", find_project(self.tmp).package)
        self.write("shop/__init__.py")
        self.assertEqual(
            f"{self.tmp}/App.egg-info: tells of app, which is not in"
            f" {self.tmp}; shop is. These metadata are stale; remove them,"
            f" then make them anew: {HOW_TO}",
            self.error(find_project, self.tmp))
        for name, text in (
                ("setup.py", "setup(package_dir={'app': 'shop'})"),
                ("setup.cfg", "[options]\npackage_dir =\n  app = shop\n"),
                ("pyproject.toml",
                 "[tool.setuptools.package-dir]\n'app' = 'shop'\n")):
            path = self.write(name, text)
            self.assertEqual("app", find_project(self.tmp).package)
            os.unlink(path)

    def test_missing_pkg_info(self):
        self.write("app.egg-info/top_level.txt", "app\n")
        self.assertEqual(
            f"{self.tmp}/app.egg-info/PKG-INFO: gives no name, so these"
            f" metadata are broken; remove {self.tmp}/app.egg-info, then"
            f" make it anew: {HOW_TO}", self.error(find_project, self.tmp))

    def test_unknown_is_no_name(self):
        self.egg_info("UNKNOWN.egg-info", "UNKNOWN")
        self.assertIn("UNKNOWN.egg-info/PKG-INFO: gives no name",
                      self.error(find_project, self.tmp))

    def test_unreadable_metadata(self):
        os.makedirs(f"{self.tmp}/app.egg-info/PKG-INFO")
        self.assertEqual(
            f"{self.tmp}/app.egg-info/PKG-INFO: cannot be read: Is a"
            " directory", self.error(find_project, self.tmp))

    def test_directory_without_permission(self):
        if os.geteuid():
            os.chmod(self.tmp, 0)
            self.addCleanup(os.chmod, self.tmp, 0o700)
        else:  # whom no permission stops
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)
        self.assertEqual(
            f"{self.tmp}: cannot be read: Permission denied; run this as a"
            " user who can read it", self.error(find_project, self.tmp))

    def test_broken_direct_url(self):
        root, virtualenv = self.unpack("hatch_src")
        path = (f"{virtualenv}/lib/python3.11/site-packages/"
                "hatch_app-1.2.dist-info/direct_url.json")
        self.write(path, '{"url": "file:')
        self.assertEqual(
            f"{path}: is broken; install what it is of again",
            self.error(find_project, root, virtualenv=virtualenv))

    def test_broken_import_hook(self):
        root, virtualenv = self.unpack("st_map")
        site = f"{virtualenv}/lib/python3.11/site-packages"
        self.write(f"{site}/__editable___stmap_0_1_dev3_finder.py",
                   "MAPPING = {x}\n")
        self.assertEqual(
            f"{site}/__editable___stmap_0_1_dev3_finder.py: is broken;"
            " install what it is of again",
            self.error(find_project, root, virtualenv=virtualenv))

    def test_null_byte_where_a_path_is_expected(self):
        root, virtualenv = self.unpack("st_map")
        hook = (f"{virtualenv}/lib/python3.11/site-packages/"
                "__editable___stmap_0_1_dev3_finder.py")
        self.write(hook, "MAPPING = {'stmap': '/srv/st\0map'}\n")
        self.assertEqual(
            f"{hook}: is broken, it holds a null byte; install what it is of"
            " again", self.error(find_project, root, virtualenv=virtualenv))

    def test_two_distributions_installed_from_one_directory(self):
        root, virtualenv = self.unpack("hatch_src")
        self.unpack("hatch_flat")
        self.assertIn("the metadata of 2 distributions are there:",
                      self.error(find_project, root, virtualenv=virtualenv))

    def test_dead_egg_link_is_passed_over(self):
        site = self.site()
        for link in ("", "\n", f"{self.tmp}/none\n.\n", f"{site}\n.\n"):
            self.write(f"{site}/x.egg-link", link)
            self.assertIn("no project is found", self.error(
                find_project, self.tmp, virtualenv=f"{self.tmp}/venv"))
