"""Which targets of `check` are Apache's configuration, and which are not."""

import tempfile
import unittest
from pathlib import Path

from modwsgideploy.apache.host import UnknownHost
from modwsgideploy.catalog.checks import CHEAP, HOST
from modwsgideploy.checks import foreign
from modwsgideploy.commands.check_apache import is_foreign

SITE = ("# Trac\n<VirtualHost *:80>\n  ServerName a.example\n"
        "  WSGIScriptAlias / /srv/a.wsgi\n</VirtualHost>\n")
ONE_LINE = "WSGIScriptAlias /trac /srv/trac/cgi-bin/trac.wsgi\n"
INI = "[shop]\nproject = /srv/shop\n\n[blog]\nproject = /srv/blog\n"
CSV = "name,project,server-name\nshop,/srv/shop,shop.example\n"


class Targets(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name)

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def test_files(self):
        for text, expected in ((SITE, True), (ONE_LINE, True), (INI, False),
                               (CSV, False), ("", False),
                               ("Include other.conf\n", True),
                               ("[x]\nalias = ServerName a\n" + SITE, False)):
            with self.subTest(text):
                self.assertEqual(is_foreign(self.write("x", text)), expected)
        self.assertFalse(is_foreign("-"))
        self.assertFalse(is_foreign(str(self.top / "none")))

    def test_directories(self):
        self.assertFalse(is_foreign(str(self.top)))
        # Debian's 000-default has nothing of mod_wsgi, and is no project.
        self.write("000-default.conf", "<VirtualHost *:80>\n</VirtualHost>\n")
        self.assertTrue(is_foreign(str(self.top)))
        self.write("shop.txt", "")
        self.assertFalse(is_foreign(str(self.top)))
        self.write("shop.conf", SITE)
        self.assertTrue(is_foreign(str(self.top)))
        # That is a project, which has a file of its own for Apache.
        self.write("setup.py", "")
        self.assertFalse(is_foreign(str(self.top)))

    def test_whole_configurations(self):
        for name in ("apache2.conf", "httpd.conf", "conf/httpd.conf"):
            with self.subTest(name), tempfile.TemporaryDirectory() as top:
                self.top = Path(top)
                self.write(name, "ServerRoot /etc/httpd\n")
                self.assertTrue(is_foreign(top))

    def test_our_own_deployment_is_none(self):
        self.write("apache/shop", SITE)
        self.write("apache/site.ini", "[site]\n")
        self.assertFalse(is_foreign(str(self.top)))
        self.assertFalse(is_foreign(str(self.top / "apache")))


class WithoutAHost(unittest.TestCase):
    """What a file tells by itself, where there is no Apache."""

    def test_an_alias_for_a_single_file_of_code(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            Path(top, "app.wsgi").write_text("")
            Path(top, "web.py").write_text("")
            path = Path(top, "shop.conf")
            path.write_text(
                f"Alias /code {top}/web.py\n"
                f"WSGIScriptAlias / {top}/app.wsgi\n<Directory {top}>\n"
                "Require all granted\n</Directory>\n")
            found = {each.code: each.message for each in foreign.run(
                foreign.ForeignContext(str(path), UnknownHost()),
                (CHEAP, HOST))}
            self.assertRegex(found["MWD427"], r"can read \S+web\.py at /code$")
            self.assertEqual(set(found), {"MWD301", "MWD406", "MWD427"})


if __name__ == "__main__":
    unittest.main()
