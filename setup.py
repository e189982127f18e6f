"""Set-up; all but the compiled templates is in setup.cfg."""

import os
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


class BuildPy(build_py):
    """Also compile the templates, into a module of the package.

    Without Cheetah at hand the package works as well, but starts slower.
    """

    def run(self):
        super().run()
        try:
            from modwsgideploy.templating.compiler import build
        except ImportError:
            return
        top = HERE if self.editable_mode else self.build_lib
        build(os.path.join(top, "modwsgideploy", "_templates.py"))


setup(cmdclass={"build_py": BuildPy})
