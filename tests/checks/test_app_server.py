"""Whether the Python of a virtualenv can run the application server."""

import contextlib
import io
import os
import shutil
from pathlib import Path

from modwsgideploy.cli import console
from tests.support.fakes import Case

OLD, NEW = "3.9", "3.11"


class Installed(Case):
    """A virtualenv with granian 2.5, and what can be wrong with it."""

    def setUp(self):
        super().setUp()
        self.egg_info("p/Shop.egg-info", "Shop", top_level="shop\n")
        self.write("p/shop/__init__.py")
        self.env = Path(self.tmp, "env")
        self.install("granian", "2.5.0")
        self.write("env/lib/python3.11/site-packages/pip/__init__.py")
        self.write("env/pyvenv.cfg", "version = 3.11.2\n")
        self.lead_to(NEW)

    def install(self, name, version, python=NEW):
        packages = f"env/lib/python{python}/site-packages"
        self.write(f"{packages}/{name}/__init__.py")
        self.write(f"{packages}/{name}-{version}.dist-info/METADATA")

    def lead_to(self, version):
        """Have bin/python lead to a Python of the system's."""
        self.write(f"usr/bin/python{version}")
        (self.env / "bin").mkdir(exist_ok=True)
        for name, target in (("python3", f"{self.tmp}/usr/bin/python3"),
                             ("python", "python3")):
            (self.env / "bin" / name).unlink(missing_ok=True)
            (self.env / "bin" / name).symlink_to(target)
        system = Path(self.tmp, "usr/bin/python3")
        system.unlink(missing_ok=True)
        system.symlink_to(f"python{version}")

    def told(self, *choices):
        """What `deploy` says of the server."""
        project = os.path.join(self.tmp, "p")
        shutil.rmtree(project + "/apache", ignore_errors=True)
        with contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()) as out:
            console.main([
                "deploy", project, "--in-place", "--egg-cache=",
                "--application=shop:app", "--backend=http",
                f"--virtualenv={self.env}", *choices])
        lines = out.getvalue().replace(str(self.tmp), "").splitlines()
        return [line.strip() for number, line in enumerate(lines)
                if any("MWD32" in each
                       for each in lines[max(0, number - 1):number + 1])]

    def test_one_that_is_as_it_should_be(self):
        self.assertEqual(self.told(), [])

    def test_what_is_for_the_python_of_before_an_upgrade_does_not_count(self):
        """pyvenv.cfg still names that one."""
        (self.env / "lib/python3.11").rename(self.env / "lib/python3.9")
        self.write("env/pyvenv.cfg", "version = 3.9.2\n")
        self.assertEqual(self.told(), [
            "warning: /env has no granian, under which /p/apache/server.py"
            " runs the application; what is in /env/lib/python3.9"
            "/site-packages is not for its Python, which is 3.11 [MWD320]",
            "/env/bin/python -m ensurepip && /env/bin/python -m pip install"
            " 'granian>=2.5,<3'"])

    def test_a_python_that_is_gone(self):
        Path(self.tmp, "usr/bin/python3").unlink()
        told = self.told()
        self.assertIn("warning: /env/bin/python, which runs the application,"
                      " leads to /usr/bin/python3, which is gone", told[0])
        self.assertIn("python3 -m venv --clear /env && /env/bin/python -m pip",
                      told[1])

    def test_a_python_that_is_too_old_for_the_server(self):
        (self.env / "lib/python3.11").rename(self.env / "lib/python3.8")
        self.lead_to("3.8")
        self.assertEqual(self.told(), [
            "warning: /env/bin/python is Python 3.8, and granian needs 3.9 or"
            " later [MWD320]",
            "modwsgideploy deploy --app-server=gunicorn /p"])
        self.assertIn("has no gunicorn", self.told("--app-server=gunicorn")[0])
        self.assertIn("make /env with Python 3.9 or later",
                      self.told("--interface=asgi"))

    def test_what_the_system_has_counts_where_it_is_let_in(self):
        shutil.rmtree(self.env / "lib/python3.11/site-packages")
        self.write("env/lib/python3.11/site-packages/readme")
        self.write("usr/lib/python3.11/site-packages/granian/__init__.py")
        self.assertIn("has no granian", self.told()[0])
        self.write("env/pyvenv.cfg", "include-system-site-packages = true\n")
        self.assertEqual(self.told(), [])

    def test_another_version_than_it_was_written_for(self):
        for version, fits in (("2.4.2", False), ("2.8", True), ("3.0", False)):
            packages = self.env / "lib/python3.11/site-packages"
            for path in packages.glob("granian-*"):
                shutil.rmtree(path)
            self.install("granian", version)
            told = self.told()
            self.assertEqual(not told, fits, told)
            if told:
                self.assertEqual(told, [
                    f"warning: /env has granian {version}, and"
                    " /p/apache/server.py was written for granian>=2.5,<3"
                    " [MWD322]",
                    "/env/bin/python -m pip install 'granian>=2.5,<3'"])

    def test_a_python_in_a_home_is_hidden_from_the_service(self):
        home = "/home/nobody-of-mine/python3.11"
        (self.env / "bin/python3").unlink()
        (self.env / "bin/python3").symlink_to(home)
        self.assertIn(f"error: /env/bin/python leads to {home}, which is"
                      " hidden by ProtectHome= of shop.service [MWD324]",
                      self.told())
