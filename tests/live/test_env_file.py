"""Env files on each backend: the application has the variables, and nobody
else."""

import os
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.system.accounts import find_account
from tests.support import fastcgi_samples, http_samples, samples
from tests.support.deployed import by_mod_python, deployed
from tests.support.fastcgi import by_fcgid
from tests.support.http import by_http
from tests.support.pages import sections, wrong

SECRET = "hunter2, \" and all"


class EnvFile(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        os.chmod(top.name, 0o755)
        self.path = Path(top.name, "secrets.env")
        self.path.write_text("# ours\nHARMLESS='" + SECRET + "'\n")
        self.path.chmod(0o640)
        if not os.geteuid():
            os.chown(self.path, 0, find_account().gid)
        self.choices = {"env-file": str(self.path), "test-page": "local",
                        "egg-cache": ""}

    def check(self, site, page="/test.wsgi"):
        self.assertEqual(site.seen("env=HARMLESS")["env"]["HARMLESS"], SECRET)
        self.assertEqual(wrong(site, page), {})
        _, facts = sections(site, page)
        self.assertEqual(facts["Environment"]["HARMLESS"], "[hidden]")
        for form in ("html", "text", "json"):
            self.assertNotIn("hunter2", site.text(f"{page}?format={form}"))
        for path in Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                try:
                    told = (path / name).read_bytes()
                except OSError:
                    continue
                self.assertNotIn(b"hunter2", told, path)
        output = Path(site.sites[0].output_dir)
        for path in output.iterdir():
            self.assertNotIn("hunter2", path.read_text())

    def test_of_daemon_processes(self):
        with deployed((samples.paste(), self.choices)) as site:
            self.check(site)

    def test_of_apaches_own_processes(self):
        with deployed((samples.paste(), {
                **self.choices, "mode": "embedded"})) as site:
            self.check(site)

    def test_by_fastcgi(self):
        with by_fcgid(fastcgi_samples.pyramid(), self.choices) as site:
            self.check(site, "/test.fcgi")

    def test_by_an_application_server(self):
        with by_http(http_samples.pyramid(), self.choices) as site:
            self.check(site)

    def test_by_mod_python(self):
        with by_mod_python((samples.paste(), self.choices)) as site:
            self.check(site)

    def test_that_others_can_read_is_said_in_the_log(self):
        # Of two processes, one may read it only now.
        with deployed((samples.paste(), {
                **self.choices, "processes": "1"})) as site:
            self.assertEqual(site.get("/seen").status, 200)
            self.path.chmod(0o644)
            for name in ("test.wsgi", "plain_app.wsgi"):
                os.utime(Path(site.sites[0].output_dir, name), (1, 1))
            self.assertEqual(site.get("/seen").status, 500)
            self.assertIn("refused to read", site.log())
            self.assertIn("Set-up", wrong(site))
            self.assertNotIn("hunter2", site.text("/test.wsgi?format=text"))


if __name__ == "__main__":
    unittest.main()
