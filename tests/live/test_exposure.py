"""What a site never shows, asked of a real Apache in every way we know."""

import os
import tempfile
import unittest
from pathlib import Path

from tests.support import samples
from tests.support.deployed import deployed

SECRET = "do-not-show"
# Ways to write what stands below /static.
HIDDEN = (".env", "sub/.git/config", "sub/.hidden/x", "sub/.htpasswd", ".",
          "sub/.svn/entries", "..data/x")
LINKS = ("out", "outside/secret.ini", "sub/up/secret.ini")
WAYS = ("{0}", "/{0}", "./{0}", "sub/../{0}", "x/../{0}", "%2e/{0}", "{0}?a",
        "{0};a", "{1}", "{0}/", "{0}%00", "sub/%2e%2e/{0}", "//{0}")


def escaped(path):
    """``path`` with each character as an escape."""
    return "".join(f"%{ord(one):02x}" if one != "/" else one for one in path)


class StaticFiles(unittest.TestCase):
    """A directory with everything in it that people leave there."""

    @classmethod
    def setUpClass(cls):
        top = tempfile.TemporaryDirectory()
        cls.addClassCleanup(top.cleanup)
        os.chmod(top.name, 0o755)
        cls.top = Path(top.name)
        files = cls.top / "files"
        for name in HIDDEN[:4] + HIDDEN[5:]:
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            (files / name).write_text(SECRET)
        (cls.top / "secret.ini").write_text(SECRET)
        (files / "style.css").write_text("body {}")
        (files / "sub" / "a.txt").write_text("shown")
        (files / "out").symlink_to(cls.top / "secret.ini")
        (files / "outside").symlink_to(cls.top)
        (files / "sub" / "up").symlink_to("../..")

    def ask(self, **choices):
        """Ask one site; the number of requests."""
        choices = {"static": f"/static={self.top}/files", **choices}
        asked = 0
        with deployed((samples.paste(), choices)) as site:
            for path in ("style.css", "sub/a.txt"):
                self.assertEqual(site.get("/static/" + path).status, 200)
            for directory in ("/static/", "/static/sub/"):
                answer = site.get(directory)
                self.assertIn(answer.status, (403, 404))
                self.assertNotIn("a.txt", answer.body.decode())
            for name in HIDDEN + LINKS:
                for way in WAYS:
                    path = "/static/" + way.format(name, escaped(name))
                    answer = site.get(path)
                    self.assertNotIn(SECRET, answer.body.decode(
                        "utf-8", "replace"), path)
                    asked += 1
        return asked

    def test_at_a_mount_point_of_the_main_server(self):
        self.assertGreater(self.ask(**{"mount-point": "/a.b"}), 100)

    def test_at_the_root_of_a_host(self):
        self.ask(**{"mount-point": "/", "server-name": "www.example.com"})


class Refused(unittest.TestCase):
    """Directories that are not for everybody."""

    def refused(self, path, message):
        from modwsgideploy.errors import DeployError

        with self.assertRaisesRegex(DeployError, message), deployed(
                (samples.paste(), {"static": f"/files={path}"})):
            pass

    def test_what_holds_the_project_or_a_part_of_it(self):
        sample = samples.paste()
        self.refused(sample.directory, "holds .*the project")
        self.refused(sample.directory.parent, "the project")
        self.refused(sample.virtualenv, "the virtualenv")
        self.refused(sample.directory / sample.config, "the Paste config")

    def test_what_holds_a_repository(self):
        with tempfile.TemporaryDirectory() as top:
            os.mkdir(os.path.join(top, ".git"))
            self.refused(top, r"the history in \.git")
            os.symlink(top, top + "/link")
            self.refused(top + "/link", r"the history in \.git")
