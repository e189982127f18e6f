"""What ``deploy`` says of where and as what a project is deployed."""

import os
import shutil
import unittest

from tests.support.commands import CommandTest


class Where(CommandTest):

    def virtualenv(self, *names):
        """What looks like a virtualenv."""
        path = os.path.join(self.directory, *names)
        os.makedirs(os.path.join(path, "bin"))
        open(os.path.join(path, "bin", "python"), "w").close()
        return os.path.realpath(path)

    def test_a_virtualenv_beside_it_makes_in_place_proposed(self):
        path = self.virtualenv(".venv")
        _, err = self.deploy()
        self.assertIn(
            "note: this is for /usr/local/turbogears/myapp and its virtualenv"
            " /usr/local/pythonenv/myapp; to serve the project where it"
            f" stands, with {path}, add --in-place\n", err)
        # Whoever deploys again has decided.
        _, err = self.deploy()
        self.assertNotIn("note:", err)

    def test_a_layout_that_is_there_is_what_is_meant(self):
        self.virtualenv(".venv")
        _, err = self.deploy(f"--virtualenv={self.directory}/.venv")
        self.assertNotIn("note:", err)
        shutil.rmtree(os.path.join(self.directory, "apache"))
        _, err = self.deploy("--in-place")
        self.assertNotIn("note:", err)

    def test_a_relative_virtualenv_is_taken_and_recorded_absolute(self):
        path = self.virtualenv("envs", "x")
        for given in ("envs/x", "./envs/x/"):
            self.deploy(f"--virtualenv={given}")
            self.assertIn(f"virtualenv = {path}\n", self.text("site.ini"))
        self.deploy("--virtualenv=")
        self.assertIn("virtualenv =\n", self.text("site.ini"))

    def test_one_of_a_manifest_starts_from_there(self):
        os.mkdir(os.path.join(self.directory, "etc"))
        with open(os.path.join(self.directory, "etc/sites.ini"), "w") as file:
            file.write("[shop]\nproject = ..\nvirtualenv = ../envs/x\n"
                       "[none]\nproject = ..\noutput-dir = none\n"
                       "virtualenv =\n")
        self.run_command("modwsgideploy", "batch", "etc/sites.ini")
        path = os.path.realpath(self.directory)
        self.assertIn(f"virtualenv = {path}/envs/x\n", self.text("site.ini"))
        self.assertIn("virtualenv =\n", self.text("../etc/none/site.ini"))

    def test_one_in_site_ini_starts_from_there(self):
        self.deploy()
        path = os.path.join(self.directory, "apache", "site.ini")
        with open(path, "a") as file:
            file.write("virtualenv = ../envs/x\n")
        self.deploy(self.directory, cwd="/")
        self.assertIn(f"VIRTUALENV = '{self.directory}/envs/x'\n",
                      self.text("myapp.wsgi"))


class NotInstalled(CommandTest):

    def setUp(self):
        super().setUp()
        shutil.rmtree(os.path.join(self.directory, "MyApp.egg-info"),
                      ignore_errors=True)
        for name in os.listdir(self.directory):
            path = os.path.join(self.directory, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        with open(os.path.join(self.directory, "production.ini"), "w") as file:
            file.write("[app:main]\nuse = egg:No-Such-App\n")

    def test_an_application_of_the_index_needs_no_installation_here(self):
        _, err = self.deploy("--baseline=")
        self.assertIn("note: No-Such-App is not installed on this machine,",
                      err)
        self.assertIn("\n  sudo /usr/local/pythonenv/no_such_app/bin/pip"
                      " install", self.text("README.txt"))
        self.assertIn("No-Such-App", self.text("README.txt"))

    def test_in_place_it_is_needed(self):
        _, err = self.deploy("--in-place", status=2)
        self.assertIn("the distribution 'No-Such-App' is not installed in",
                      err)
        self.assertEqual(self.written(), [])
        _, err = self.run_command("modwsgideploy", "serve", "--probe",
                                  status=2)
        self.assertIn("is not installed in", err)


class Code(CommandTest):
    """A project that is nothing but code."""

    project = "flask"

    def test_its_application_is_found(self):
        out, _ = self.deploy("--baseline=")
        self.assertIn("myapp, Flask, at http://localhost/myapp\n", out)
        self.assertIn("import app\n\napplication = app.app\n",
                      self.text("myapp.wsgi"))
        self.assertIn("bin/pip install Flask\n", self.text("README.txt"))

    def test_a_second_run_finds_the_same(self):
        for backend in "mod_wsgi", "mod_python", "fastcgi":
            for _ in range(2):
                out, _ = self.deploy(f"--backend={backend}")
                self.assertIn("myapp, Flask, at ", out)

    def test_several_are_listed(self):
        shutil.copy(os.path.join(self.directory, "app.py"),
                    os.path.join(self.directory, "admin.py"))
        _, err = self.deploy(status=2)
        self.assertIn("has several applications: admin:app (admin.py:3),"
                      " app:app (app.py:3); name the one", err)
        self.deploy("--application=admin:app")
        self.assertIn("application = admin.app\n", self.text("admin.wsgi"))

    def test_a_script_that_is_named(self):
        with open(os.path.join(self.directory, "my-own.wsgi"), "w") as file:
            file.write("application = None\n")
        self.deploy("--application=my-own.wsgi")
        self.assertIn(
            "needed('/usr/local/turbogears/my_own/my-own.wsgi', 'WSGI script",
            self.text("my_own.wsgi"))
        self.deploy()
        self.assertIn("application = my-own.wsgi\n", self.text("site.ini"))

    def test_a_factory(self):
        self.deploy("--application=app:make(1, name='x:y')")
        self.assertIn("application = app.make(1, name='x:y')\n",
                      self.text("myapp.wsgi"))


class Asgi(CommandTest):

    project = "asgi"

    def test_it_is_translated(self):
        out, _ = self.deploy("--baseline=")
        self.assertIn("myapp, ASGI, at ", out)
        self.assertIn("ASGIMiddleware(main.app, loop=loop)\n",
                      self.text("myapp.wsgi"))
        self.assertIn("bin/pip install a2wsgi\n", self.text("README.txt"))


class Probe(CommandTest):

    def test_a_directory_after_probe_is_the_project(self):
        other = os.path.join(os.path.dirname(self.directory), "other")
        os.mkdir(other)
        open(os.path.join(other, "setup.py"), "w").close()
        for command in (["modwsgideploy", "serve"],
                        ["paster", "modwsgi_serve"]):
            _, err = self.run_command(*command, "--probe", other, status=2)
            self.assertIn(f"{other}: no project is found in it", err)


if __name__ == "__main__":
    unittest.main()
