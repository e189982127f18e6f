"""The same of a deployment on a shared host, in an .htaccess file."""

import shutil
from pathlib import Path

from modwsgideploy.server.configuration import Served
from tests.support import fastcgi_samples
from tests.support.check_case import CheckCase
from tests.support.fastcgi import run_step


class Htaccess(CheckCase):

    sample = staticmethod(fastcgi_samples.pyramid)
    modules = ("fcgid",)
    wsgi = False

    def share(self, allowed):
        """Put the site onto a host that allows this in .htaccess files."""
        (self.top / "logs").mkdir()
        self.web = self.top / "web"
        self.deploy("--backend=fastcgi", "--fastcgi-mode=htaccess",
                    "--mount-point=/shop", f"--web-directory={self.web}")
        self.neighbour(f'Alias /shop "{self.web}"\n'
                       f'<Directory "{self.web}">\n'
                       f'    AllowOverride {allowed}\n'
                       '    Require all granted\n</Directory>')

    def deploy(self, *choices):
        output = self.run_command(
            "deploy", "-q", "--in-place", f"--virtualenv={self.virtualenv}",
            f"--config={self.ini.name}", *self.usual, *choices)
        self.assertEqual(self.status, 0, output)
        self.mount, self.host = "/shop", ""
        self.conf = self.project / "apache" / ".htaccess"
        run_step(self.project / "apache", "Switch it on")

    def serving(self):
        """What is served: the host's configuration, not that of the site."""
        return [Served(tuple(self.others), self.mount)]

    def test_a_host_that_does_not_read_it(self):
        self.share("None")
        self.prove("MWD312", "40[34]")

    def test_a_host_that_allows_too_little(self):
        self.share("FileInfo AuthConfig")
        self.prove("MWD312", "500(.|\n)*Options not allowed here")

    def test_a_host_as_the_runbook_wants_it(self):
        self.share("FileInfo Options AuthConfig")
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "200")
        self.assertEqual(self.check("--enabled"), {})

    def test_what_apache_refuses_is_told(self):
        self.share("All")
        self.edit(self.conf, r"\Z", "RewriteRule (\n")
        self.assertIn("MWD305", self.check())

    def mend(self, finding):
        """Do so, and have the next server read what that wrote."""
        config = Path(finding["fix"].split()[-1])
        config.parent.mkdir()
        super().mend(finding)
        self.neighbour(config.read_text())
        shutil.rmtree(config.parent)
