"""README.txt: what a project needs to be installed and configured."""

import contextlib
import io
import os
import unittest

from fakes import Case

from modwsgideploy import cli


class Runbook(Case):

    def commands(self, directory, *arguments):
        """The commands for the project in the runbook, in order."""
        with contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as said:
            status = cli.main(["deploy", directory, "--platform=debian",
                               "--deployment=/srv", *arguments])
        self.assertEqual(status, 0, said.getvalue())
        with open(os.path.join(directory, "apache", "README.txt"),
                  encoding="utf-8") as stream:
            text = stream.read()
        return [line.strip() for line in text.splitlines()
                if "pip install" in line or " cp -n " in line
                or "sudoedit" in line], said.getvalue()

    def test_pastedeploy_is_installed_as_turbogears_does_not_require_it(self):
        found, _ = self.commands(self.copy("turbogears2"))
        self.assertEqual(
            found[0],
            "sudo /usr/local/pythonenv/myapp/bin/pip install -e /srv/myapp"
            " PasteDeploy")

    def test_a_configuration_is_copied_from_that_for_development(self):
        project = self.copy("turbogears2")
        found, said = self.commands(project)
        self.assertEqual(found[1:3], [
            "sudo cp -n /srv/myapp/development.ini /srv/myapp/production.ini",
            "sudoedit /srv/myapp/production.ini"])
        self.assertIn(f"sudo cp {project}/development.ini"
                      " /srv/myapp/production.ini", said)
        self.write("turbogears2/production.ini", "[app:main]\nuse = egg:x\n")
        found, said = self.commands(project)
        self.assertEqual(found[1], "sudoedit /srv/myapp/production.ini")
        self.assertIn(f"sudo cp {project}/production.ini"
                      " /srv/myapp/production.ini", said)

    def test_a_project_without_any_configuration(self):
        _, said = self.commands(self.copy("pylons"))
        self.assertIn("sudoedit /srv/blog/production.ini", said)

    def test_what_is_but_an_ini_is_installed_from_the_index(self):
        site = self.site("env")
        self.egg_info(f"{site}/Shop.App-1.0.dist-info", "Shop.App")
        self.write(f"{site}/Shop.App-1.0.dist-info/METADATA",
                   "Metadata-Version: 2.1\nName: Shop.App\nVersion: 1.0\n")
        self.write(f"{site}/Shop.App-1.0.dist-info/RECORD",
                   "shop/__init__.py,,\n")
        self.write(f"{site}/shop/__init__.py")
        self.write("shop/production.ini", "[app:main]\nuse = egg:Shop.App\n")
        env = self.virtualenv("env")
        found, _ = self.commands(os.path.join(self.tmp, "shop"),
                                 f"--virtualenv={env}")
        self.assertEqual(
            found[0],
            f"sudo {env}/bin/pip install --upgrade Shop.App PasteDeploy")

    def test_code_without_metadata_needs_pastedeploy_alone(self):
        self.write("bare/bare.py")
        self.write("bare/production.ini",
                   "[app:main]\npaste.app_factory = bare:main\n")
        found, _ = self.commands(os.path.join(self.tmp, "bare"))
        self.assertEqual(
            found[0],
            "sudo /usr/local/pythonenv/bare/bin/pip install PasteDeploy")


if __name__ == "__main__":
    unittest.main()
