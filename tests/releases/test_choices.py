"""How the choices of a site become those of its release."""

import os
import shutil
import tempfile
import unittest

from modwsgideploy.commands import inputs
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases.choices import choices_of_release
from modwsgideploy.sites.options import Setting
from modwsgideploy.sites.resolve import make_site
from tests.support.fakes import FAKES


class Moved(unittest.TestCase):

    def test_paths_with_an_equals_sign_of_their_own(self):
        top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, top)
        project = f"{top}/a=b"
        paths = ReleasePaths(f"{top}/site")
        for directory in (project, paths.code("1")):
            shutil.copytree(os.path.join(FAKES, "paste"), directory)
            for name in ("site.inc", "sorry=.html"):
                with open(f"{directory}/{name}", "w"):
                    pass
        given = {
            "include": f"{project}/site.inc",
            "error-page": f"503={project}/sorry=.html",
            "init": f"{project}/gone.py"}
        site = make_site(*inputs.read(
            project, {"in-place": Setting("yes", "a test")}))
        made = choices_of_release(
            {name: Setting(value, "a test") for name, value in given.items()},
            site, paths, "1")
        code = paths.code("1")
        self.assertEqual(made["include"].value, f"{code}/site.inc")
        self.assertEqual(made["error-page"].value, f"503={code}/sorry=.html")
        self.assertEqual(made["init"].value, given["init"])


if __name__ == "__main__":
    unittest.main()
