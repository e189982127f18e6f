"""What ``deploy`` and ``batch`` say of a site that is on."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.commands import inputs
from modwsgideploy.commands.update_outcome import live_scripts
from modwsgideploy.sites.resolve import make_site
from tests.support import TESTS

SITE = make_site(*inputs.read(
    os.path.join(TESTS, "fake_projects", "paste"), {}), "4.9.4")


class Live(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        for name in "sites-available", "sites-enabled":
            os.mkdir(f"{top.name}/{name}")
        self.site = SITE._replace(platform=PLATFORMS["debian"]._replace(
            sites=f"{top.name}/sites-available"))
        self.link = f"{top.name}/sites-enabled/{self.site.conf_name}"

    def live(self, **actions):
        return live_scripts(self.site, [
            ("/x/" + name.replace("_", "."), action)
            for name, action in actions.items()])

    def test_a_script_that_changes_is_named(self):
        os.symlink("/gone", self.link)
        self.assertEqual(self.live(a_wsgi="update", a_conf="update",
                                   b_wsgi="unchanged"), ["/x/a.wsgi"])
        self.assertEqual(self.live(a_wsgi="merge", b_fcgi="update"),
                         ["/x/a.wsgi", "/x/b.fcgi"])

    def test_nothing_is_said_where_it_changes_nothing(self):
        self.assertEqual(self.live(a_wsgi="update"), [])
        os.symlink("/gone", self.link)
        self.assertEqual(self.live(a_wsgi="create", a_conf="update"), [])

    def test_batch_says_so_too(self):
        out = f"{self.link}-out"
        manifest = f"{self.link}.ini"
        project = os.path.join(TESTS, "fake_projects", "paste")
        names = "one", "two"

        def batch(*options, title="x"):
            with open(manifest, "w") as stream:
                stream.write("".join(
                    f"[{name}]\nproject = {project}\nplatform = debian\n"
                    f"env = TITLE={title}\noutput-dir = {out}/{name}\n"
                    for name in names))
            # The platform whose directory of sites is a temporary one.
            done = subprocess.run(
                [sys.executable, "-c", "import sys\n"
                 "from modwsgideploy.apache import platforms\n"
                 "from modwsgideploy.cli.console import main\n"
                 "known = platforms.PLATFORMS\n"
                 f"known['debian'] = known['debian']._replace("
                 f"sites={self.site.platform.sites!r})\nsys.exit(main())",
                 "batch", manifest, *options], check=False, text=True,
                capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stderr

        for name in names:
            os.symlink("/gone", os.path.join(os.path.dirname(self.link),
                                             f"{name}.conf"))
        self.assertEqual(batch(), "")
        self.assertEqual(batch("-n", title="y"), "")
        live = (" live with the next request; `modwsgideploy enable"
                f" {manifest}` asks whether they work\n")
        self.assertRegex(batch(title="y"), (
            "^(one|two) and 1 other site are on, and their scripts, such as"
            rf" {out}/(one|two)/(one|two).wsgi, are{re.escape(live)}$"))
        self.assertEqual(batch("--only=one", title="z"),
                         f"one is on, and {out}/one/one.wsgi is{live}")
        self.assertEqual(batch("-q", title="u"), "")


if __name__ == "__main__":
    unittest.main()
