"""What ``deploy`` says of a site that is on."""

import os
import tempfile
import unittest

from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.commands import inputs
from modwsgideploy.commands.deploy import live_scripts
from modwsgideploy.deployment.update import FileOutcome
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
            FileOutcome("/x/" + name.replace("_", "."), action)
            for name, action in actions.items()])

    def test_a_script_that_changes_is_named(self):
        os.symlink("/gone", self.link)
        self.assertEqual(self.live(a_wsgi="update", a_conf="update",
                                   b_wsgi="unchanged"), "/x/a.wsgi")
        self.assertEqual(self.live(a_wsgi="merge", b_fcgi="update"),
                         "/x/a.wsgi and /x/b.fcgi")

    def test_nothing_is_said_where_it_changes_nothing(self):
        self.assertEqual(self.live(a_wsgi="update"), "")
        os.symlink("/gone", self.link)
        self.assertEqual(self.live(a_wsgi="create", a_conf="update"), "")


if __name__ == "__main__":
    unittest.main()
