"""Pieces of Apache's configuration: by --include, and written by hand."""

import json
import os
import re
import subprocess
import unittest

from modwsgideploy.deployment import record
from modwsgideploy.deployment.own_lines import own_lines
from modwsgideploy.deployment.record import BASE
from modwsgideploy.sites.pieces import OWN_BEGIN, OWN_END
from tests.support.commands import CommandTest

HOST = ("--server-name=www.example.com", "--mount-point=/myapp")
PIECE = """\
# ours
<Location /myapp/admin>
    Require ip 192.0.2.0/24
</Location>
"""
OWN = "    Redirect /old /myapp/new\n    # kept\n"


class PieceCase(CommandTest):

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8",
                  newline="") as stream:
            stream.write(text)

    def add_own_lines(self, lines=OWN, name="myapp"):
        text = self.text(name)
        self.assertRegex(text, f"{OWN_BEGIN}\n *{OWN_END}")
        self.write(f"apache/{name}", text.replace(
            OWN_BEGIN + "\n", OWN_BEGIN + "\n" + lines))


class Include(PieceCase):

    def test_becomes_a_part_of_the_virtual_host(self):
        self.write("extra.conf", PIECE)
        self.deploy("--include", "extra.conf", *HOST)
        text = self.text("myapp")
        self.assertIn("\n    <Location /myapp/admin>\n"
                      "        Require ip 192.0.2.0/24\n    </Location>\n",
                      text)
        self.assertLess(text.index("/myapp/admin"),
                        text.index("</VirtualHost>"))
        self.assertIn(f"include =\n    {self.path('extra.conf')}\n",
                      self.text("site.ini"))

    def test_is_read_anew_by_each_run(self):
        self.write("extra.conf", PIECE)
        self.deploy("--include=extra.conf", *HOST)
        self.write("extra.conf", PIECE.replace("192", "198"))
        self.deploy(self.directory, cwd="/")
        self.assertIn("Require ip 198.0.2.0/24", self.text("myapp"))
        self.deploy("--include=")
        self.assertNotIn("198.0.2", self.text("myapp"))

    def test_keeps_what_a_line_goes_on_with(self):
        self.write("extra.conf", 'ErrorDocument 404 "one \\\ntwo"\r\n')
        self.deploy("--include=extra.conf", *HOST)
        self.assertIn('\nErrorDocument 404 "one \\\ntwo"\n',
                      self.text("myapp"))

    def test_is_refused_where_it_cannot_be_a_part(self):
        for text, message in (
                ("<Location /x>\n", "line 1: the section <location> is not"),
                ("A b\n</VirtualHost>\n", "line 2: </VirtualHost> ends no"),
                ("<If 1>\n</Else>\n", "line 2: </Else> ends no section"),
                (OWN_END, "has the line '# End of")):
            with self.subTest(text):
                self.write("extra.conf", text)
                _, err = self.deploy("--include=extra.conf", status=2)
                self.assertIn(
                    f"--include: {self.path('extra.conf')}: {message}", err)
                self.assertEqual(self.written(), [])
        _, err = self.deploy("--include=missing.conf", status=2)
        self.assertIn(f"--include: {self.path('missing.conf')}: cannot be"
                      " read: No such file", err)
        out, _ = self.deploy("--include=missing.conf", "--json", status=2)
        self.assertEqual(json.loads(out)["exit_status"], 2)

    @unittest.skipIf(os.geteuid(), "it is about root")
    def test_of_another_user_gives_that_user_no_rights_of_root(self):
        os.chmod(os.path.dirname(self.directory), 0o755)
        self.write("extra.conf", 'CustomLog "|/tmp/x" combined\n')
        self.deploy("--include=extra.conf", "-n", *HOST)
        os.chown(self.path("extra.conf"), 1, 1)
        _, err = self.deploy("--include=extra.conf", *HOST, status=2)
        self.assertIn("line 1: Apache would do this as root, and another user"
                      " can write it", err)
        self.write("extra.conf", PIECE)
        self.deploy("--include=extra.conf", *HOST)

    def test_of_a_site_of_a_manifest(self):
        self.write("extra.conf", PIECE)
        self.write("more.ini", "[second]\noutput-dir = second\n"
                               "project = .\n")
        self.write("sites.ini", "[DEFAULT]\nproject = .\n"
                                "include = more.ini\n"
                                "[first]\ninclude = extra.conf\n"
                                "output-dir = first\n")
        self.run_command("modwsgideploy", "batch", self.path("sites.ini"),
                         cwd="/")
        with open(self.path("first/first"), encoding="utf-8") as stream:
            self.assertIn("Require ip 192.0.2.0/24", stream.read())
        self.write("extra.conf", PIECE.replace("192", "198"))
        out, _ = self.run_command("modwsgideploy", "batch", "--json",
                                  self.path("sites.ini"), cwd="/")
        self.assertEqual(json.loads(out)["counts"]["changed"], 1)


class Require(PieceCase):

    LINES = "AuthType Basic\nAuthUserFile /srv/users\nRequire user anna\n"

    def test_a_relative_path_starts_from_here(self):
        self.write("admins", self.LINES)
        self.deploy("--require=/admin=admins", *HOST)
        text = self.text("myapp")
        self.assertIn('    <Location /myapp/admin>\n', text)
        self.assertIn("        Require user anna\n", text)
        self.assertIn(f"require =\n    /admin={self.path('admins')}\n",
                      self.text("site.ini"))

    def test_what_is_below_comes_later_and_so_wins(self):
        self.write("admins", self.LINES)
        self.deploy("--require=/a/b=admins", "--require=admins",
                    "--require=/a=admins", *HOST)
        self.assertEqual(re.findall("<Location (.*)>", self.text("myapp")),
                         ["/myapp", "/myapp/a", "/myapp/a/b"])

    def test_what_keeps_nobody_out_is_refused(self):
        for text, message in (
                ("AuthType Basic\n", "has no line with Require"),
                ("# Require all denied\n", "has no line with Require"),
                ("Require all denied\n</Location>\n", "ends no section")):
            self.write("admins", text)
            _, err = self.deploy("--require=admins", *HOST, status=2)
            self.assertIn(f"--require: {self.path('admins')}: ", err)
            self.assertIn(message, err)
        _, err = self.deploy("--require=missing", *HOST, status=2)
        self.assertIn("cannot be read", err)
        self.assertEqual(self.written(), [])

    def test_every_host_of_the_server_is_not_locked(self):
        self.write("admins", self.LINES)
        _, err = self.deploy("--require=admins", "--mount-point=/", status=2)
        self.assertIn("visitors of every host", err)
        self.deploy("--require=/admin=admins", "--mount-point=/")


class OwnLines(PieceCase):

    def test_stay_whatever_changes_around_them(self):
        self.deploy(*HOST)
        self.add_own_lines()
        self.deploy("--limit-request-body=77", "--include=")
        self.assertEqual(own_lines(self.text("myapp")), OWN)
        self.assertIn("LimitRequestBody 77", self.text("myapp"))
        # Another edit, too.
        self.write("apache/myapp", self.text("myapp").replace(
            "LimitRequestBody 77", "LimitRequestBody 78"))
        _, err = self.deploy("--limit-request-body=79", status=1)
        self.assertIn("myapp.new", err)
        self.assertEqual(own_lines(self.text("myapp")), OWN)
        self.assertEqual(own_lines(self.text("myapp.new")), OWN)
        self.deploy("-f")
        self.assertEqual(own_lines(self.text("myapp")), OWN)
        self.assertIn("LimitRequestBody 79", self.text("myapp"))
        self.assertNotIn(OWN, self.text(BASE))

    def test_are_no_edit(self):
        self.deploy(*HOST)
        self.add_own_lines()
        out, _ = self.deploy("--json")
        self.assertEqual({each["action"] for each in
                          json.loads(out)["sites"][0]["files"]},
                         {"unchanged"})
        out, _ = self.deploy("--json", "-f", "--limit-request-body=77")
        self.assertEqual({each["action"] for each in
                          json.loads(out)["sites"][0]["files"]},
                         {"unchanged", "update"})
        self.assertNotIn("myapp.bak", self.written())
        os.remove(self.path("apache/" + BASE))
        self.deploy()
        self.assertEqual(own_lines(self.text("myapp")), OWN)

    def test_stay_in_a_fleet(self):
        self.write("sites.ini", "[myapp]\nproject = .\n")
        self.run_command("modwsgideploy", "batch")
        self.add_own_lines()
        self.run_command("modwsgideploy", "batch", "--limit-request-body=77")
        self.assertEqual(own_lines(self.text("myapp")), OWN)
        self.assertIn("LimitRequestBody 77", self.text("myapp"))

    def test_stay_in_htaccess_and_with_other_ends_of_lines(self):
        options = ("--backend=fastcgi", "--fastcgi-mode=htaccess")
        self.deploy(*options)
        self.add_own_lines("Options -Indexes\n", ".htaccess")
        path = self.path("apache/.htaccess")
        subprocess.run(["sed", "-i", "s/$/\\r/", path], check=True)
        self.deploy("--pass-authorization")
        with open(path, encoding="utf-8", newline="") as stream:
            text = stream.read()
        self.assertIn("\r\nOptions -Indexes\r\n", text)
        self.assertIn("\r\nCGIPassAuth On\r\n", text)
        self.assertEqual(text.count("\n"), text.count("\r\n"))

    def test_of_before_there_was_a_place_for_them(self):
        for options, last in ((HOST, "</VirtualHost>\n"), ((), "")):
            with self.subTest(options):
                self.deploy("-f", "--server-name=", "--mount-point=/myapp",
                            *options)
                marks = f"\n *{OWN_BEGIN}\n *{OWN_END}\n"
                text = re.sub(marks, "", self.text("myapp"))
                generated = dict(record.read_record(
                    self.path("apache")).generated)
                generated["myapp"] = text
                self.write("apache/" + BASE, record.base_text(generated, {}))
                self.write("apache/myapp",
                           text[:len(text) - len(last)] + OWN + last)
                self.deploy("--limit-request-body=77")
                text = self.text("myapp")
                self.assertIn(OWN + "\n", text)
                self.assertIn("LimitRequestBody 77", text)
                self.assertEqual(text.count(OWN_BEGIN), 1)


if __name__ == "__main__":
    unittest.main()
