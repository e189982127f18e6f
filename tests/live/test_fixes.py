"""Fixes that write a deployment anew, or switch a module of Apache on."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.support.check_case import BIN, CheckCase, needs_root

DEBIAN = Path("/etc/apache2")


class Redeploy(CheckCase):

    def fix(self, code):
        """Run the printed fix, a `modwsgideploy deploy`; it mends that."""
        found = self.check("--no-load")[code]
        self.assertRegex(found["fix"], r"^modwsgideploy deploy ")
        self.mend(found)
        self.assertNotIn(code, self.check("--no-load"))

    def test_a_script_that_is_gone(self):
        self.deploy()
        self.script.unlink()
        self.fix("MWD107")
        self.assertRegex(self.visit(), "200 OK")

    def test_embedded_mode_where_it_is_off(self):
        self.deploy("--mode=embedded")
        self.neighbour("WSGIRestrictEmbedded On")
        self.fix("MWD418")
        self.assertRegex(self.visit("/seen"), '"process_group": "plain_app')

    @needs_root
    def test_processes_of_root(self):
        self.deploy()
        self.edit(self.conf, r"(WSGIDaemonProcess \S+)", r"\1 user=root")
        # Apache refuses the word, wherever it stands in the line, so a deploy
        # that keeps the hand edit would not do.
        self.mend(self.check("--no-load")["MWD208"])
        self.assertNotIn("MWD208", self.check("--no-load"))
        self.assertRegex(self.visit(), "200 OK")


@unittest.skipUnless(shutil.which("a2enmod"), "a2enmod is Debian's")
class Modules(unittest.TestCase):
    """On a copy of the system's configuration."""

    def test_a_module_that_is_not_enabled(self):
        enabled = {path.stem for path in DEBIAN.glob("mods-enabled/*.load")}
        name, directive = next(
            (name, directive) for name, directive in (
                ("headers", "Header set X-A b"),
                ("expires", "ExpiresActive On"),
                ("rewrite", "RewriteEngine On"), ("ssl", "SSLEngine off"),
                ("proxy", "ProxyRequests Off"))
            if name not in enabled)
        with tempfile.TemporaryDirectory() as top:
            conf = Path(top, "apache2")
            shutil.copytree(DEBIAN, conf, symlinks=True)
            site = conf / "sites-available" / "shop.conf"
            site.write_text("WSGIScriptAlias /shop /srv/none/shop.wsgi\n"
                            + directive + "\n")
            done = subprocess.run([BIN / "modwsgideploy", "check", site],
                                  capture_output=True, text=True)
            fix, = re.findall(rf"^ +sudo (a2enmod {name}) && sudo ",
                              done.stderr, re.MULTILINE)
            subprocess.run(fix, shell=True, check=True,
                           stdout=subprocess.DEVNULL,
                           env={**os.environ, "APACHE_CONFDIR": str(conf)})
            self.assertTrue((conf / f"mods-enabled/{name}.load").is_file())
            # The system's own is as it was.
            self.assertEqual(
                {path.stem for path in DEBIAN.glob("mods-enabled/*.load")},
                enabled)


if __name__ == "__main__":
    unittest.main()
