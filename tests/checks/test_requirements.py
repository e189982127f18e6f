"""What an application imports and nothing requires (MWD609)."""

import contextlib
import io
import json
import os
import unittest

from modwsgideploy.cli import console
from tests.support.fakes import Case


class Requirements(Case):

    def setUp(self):
        super().setUp()
        self.egg_info("p/Shop.egg-info", "Shop", top_level="shop\n",
                      requires="Alpha\n\n[testing]\nZeta\n")
        self.write("p/setup.py", "")
        self.write("p/shop/helpers.py")
        self.write("p/shop/__init__.py")
        for name, module, required in (
                ("Alpha", "alpha", "Requires-Dist: Beta.Part[all]\n"),
                ("beta_part", "beta", ""), ("Gamma-Ray", "gamma", ""),
                ("Delta", "delta", ""), ("Zeta", "zeta", "")):
            dist_info = f"env/lib/python3.11/site-packages/{name}-1.dist-info"
            self.write(f"{dist_info}/METADATA",
                       f"Name: {name}\nVersion: 1\n{required}\nText\n")
            self.write(f"{dist_info}/RECORD",
                       f"{module}/__init__.py,,\n{module}/part.py,,\n")
        self.write("env/pyvenv.cfg", "version = 3.11.2\n")

    def found(self, code):
        """What is found of a project with this code, as (message, fix)."""
        self.write("p/shop/views.py", code)
        project = os.path.join(self.tmp, "p")
        with contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()):
            console.main([
                "deploy", project, "-f", "-q", "--in-place", "--egg-cache=",
                "--application=shop.views:app", "--baseline=",
                f"--virtualenv={self.tmp}/env"])
            out.truncate(0)
            out.seek(0)
            console.main(["check", project, "--json"])
        site, = json.loads(out.getvalue())["sites"]
        return [(finding["message"], finding["fix"])
                for finding in site["problems"]
                if finding["code"] == "MWD609"]

    def test_what_is_imported_and_not_required_is_named(self):
        (message, fix), = self.found(
            "import os\nimport alpha, beta.part\nfrom shop import helpers\n"
            "from . import helpers\n\nfrom gamma.part import x\n"
            "import gamma\n")
        self.assertIn("shop/views.py:6 imports gamma, of gamma-ray, which"
                      " neither Shop nor anything that it requires", message)
        self.assertEqual(
            fix, f"let {self.tmp}/p/setup.py require gamma-ray")

    def test_an_extra_of_the_project_is_not_what_it_requires(self):
        (message, _), = self.found("import zeta\n")
        self.assertIn("imports zeta", message)

    def test_what_need_not_be_there_is_let_pass(self):
        self.assertEqual([], self.found(
            "try:\n    import delta\nexcept ImportError:\n    delta = None\n"
            "def show():\n    import gamma\n"
            "'''\nimport gamma\n'''\nimport nowhere\nimport helpers\n"))

    def test_code_of_python_2(self):
        (message, _), = self.found(
            "'''\nimport delta\n'''\nimport alpha\nprint 'x'\nimport gamma\n")
        self.assertIn("views.py:6 imports gamma", message)


if __name__ == "__main__":
    unittest.main()
