"""Root switches on what belongs to Alice: nothing of hers is obeyed."""

import os
import shutil
import subprocess
import unittest

from tests.support import samples
from tests.support.apache_case import ApacheCase

ALICE = 54321
SECRET = "do-not-show"
# Lines with which Apache would do as root what Alice wants.
LINES = (
    "LoadModule rewrite_module modules/mod_rewrite.so",
    'CustomLog "|/usr/bin/touch {top}/planted" combined',
    'ErrorLog "|/usr/bin/touch {top}/planted"',
    "ErrorLog {top}/planted", "CustomLog /etc/cron.d/planted combined",
    "CustomLog {top}/alice/log combined", "TransferLog {root}/planted",
    "ErrorLog {root}/log/../planted", "CustomLog ${{X}}/planted combined",
    "GlobalLog {top}/planted combined", "Include {top}/alice/other",
    "IncludeOptional {root}/log/*.log", "Include {root}/log/error.log",
    "PidFile {top}/planted", "ScoreBoardFile {top}/planted", "User root",
    "SSLSessionCache dbm:{top}/planted", "Define A LoadFile\n${{A}} /x.so",
    "SSLPassPhraseDialog exec:{top}/alice/program",
    'AuthLDAPBindPassword "exec:{top}/alice/program"',
    "OIDCCryptoPassphrase 'exec:{top}/alice/program'")


@unittest.skipIf(os.geteuid(), "only root can be led astray like this")
class Planted(ApacheCase):

    def setUp(self):
        super().setUp()
        (self.top / "alice").mkdir()
        project = self.project("shop")
        self.shop = self.top / "alice" / "shop"
        shutil.move(project, self.shop)
        shutil.rmtree(self.shop / "apache")
        self.deploy()
        self.before = self.tree()
        self.conf = self.shop / "apache" / "shop"
        self.generated = self.conf.read_text()

    def deploy(self):
        sample = samples.bare()
        self.give()
        self.run_command(
            "deploy", self.shop, "-q", "--in-place", "--name=shop",
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            "--log-directory", self.root / "log", "--egg-cache=",
            "--processes=1", "--platform=debian")

    def give(self):
        subprocess.run(["chown", "-hR", f"{ALICE}:{ALICE}",
                        self.top / "alice"], check=True)

    def test_her_site_is_switched_on(self):
        self.enable(self.shop)
        self.assertEqual(self.get("/shop/seen").status, 200)
        self.enable(self.shop)
        self.disable(self.shop)

    def test_her_lines_are_not_even_unchecked(self):
        generation = self.generation()
        with (self.shop / "apache" / "site.ini").open("a") as stream:
            stream.write("skip = MWD210\n")
        for line in LINES:
            line = line.format(top=self.top, root=self.root)
            self.conf.write_text(f"{self.generated}{line}\n")
            with self.subTest(line):
                _, err = self.enable(self.shop, "--no-check", status=1)
                self.assertIn("Apache would do this as root", err)
                self.assertIn("--no-check does not help", err)
                self.assertEqual(self.tree(), self.before)
                self.assertFalse((self.top / "planted").exists())
        self.assertEqual(self.generation(), generation)
        self.conf.write_text(self.generated)
        self.conf.chmod(0o666)
        _, err = self.enable(self.shop, "--no-check", status=1)
        self.assertIn("MWD209", err)

    def test_her_links_and_fifos_lead_nowhere(self):
        secret = self.top / "secret"
        secret.write_text(f"# {SECRET}\n")
        secret.chmod(0o600)
        apache = self.shop / "apache"
        for name in "shop", "site.ini", ".modwsgideploy.base":
            kept = (apache / name).read_bytes()
            for plant in (lambda path: path.symlink_to(secret),
                          lambda path: path.symlink_to("/dev/zero"),
                          lambda path: path.symlink_to(path.name),
                          os.mkfifo, os.mkdir,
                          lambda path: path.write_bytes(b"\0\xff{[" * 9999)):
                (apache / name).unlink()
                plant(apache / name)
                self.give()
                with self.subTest(name):
                    out, err = self.enable(self.shop, "-n", status=None)
                    self.assertNotIn(SECRET, out + err)
                if (apache / name).is_dir():
                    (apache / name).rmdir()
                else:
                    (apache / name).unlink()
                (apache / name).write_bytes(kept)
                self.give()
        (apache / "shop").unlink()
        (apache / "shop").symlink_to(secret)
        self.give()
        out, err = self.enable(self.shop, "--no-check", status=None)
        self.assertNotIn(SECRET, out + err)
        self.assertEqual(self.tree(), self.before)

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns


if __name__ == "__main__":
    unittest.main()
