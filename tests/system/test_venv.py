"""The Python of a virtualenv, and where its packages are."""

import os
import tempfile
import unittest

from modwsgideploy.system.venv import site_packages, virtualenv_python


class Virtualenv(unittest.TestCase):

    def test_the_python_it_names_or_has_directories_of(self):
        cases = (("version = 3.12.4\n", "3.12"),
                 ("home = /usr\nversion_info = 3.10.0.final.0\n", "3.10"),
                 ("home = /usr\n", "3.9"))
        with tempfile.TemporaryDirectory() as home:
            os.makedirs(f"{home}/lib/python3.9")
            os.makedirs(f"{home}/lib/python-is-nice")
            for text, python in cases:
                with open(f"{home}/pyvenv.cfg", "w") as stream:
                    stream.write(text)
                self.assertEqual(virtualenv_python(home), python)
        for unknown in (None, "", f"{home}/nothing"):
            self.assertIsNone(virtualenv_python(unknown))

    def test_the_newest_packages_come_first(self):
        with tempfile.TemporaryDirectory() as home:
            for name in ("python3.9", "python3.11", "python3", "other"):
                os.makedirs(f"{home}/lib/{name}")
            self.assertEqual(site_packages(home), [
                f"{home}/lib/python3.11/site-packages",
                f"{home}/lib/python3.9/site-packages"])
        self.assertEqual(site_packages(home), [])
        self.assertEqual(site_packages(""), [])


if __name__ == "__main__":
    unittest.main()
