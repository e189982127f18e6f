"""Apache configuration is read as httpd itself reads it."""

import os
import shutil
import tempfile
import unittest

from hypothesis import given
from hypothesis import strategies as st

from modwsgideploy import quoting
from modwsgideploy.apache import control, parser
from modwsgideploy.apache.binaries import find_httpd
from modwsgideploy.apache.parser import ParseContext, parse, read, words

TEXT = r"""
# A comment that goes on \
Listen 1
ServerName main.example
  WSGIDaemonProcess "my app" threads=4 \
      home="/srv/a b" lang='C.UTF-8'
<VirtualHost *:80 [::1]:80>
    servername a.example
    <Directory "/srv/a b">
        Require all granted
        <Files x.wsgi>
            SetHandler wsgi-script
        </Files>
    </Directory>
    WSGIScriptAlias / "/srv/a b/x.wsgi" process-group="my app"
</VirtualHost>
Timeout 5
"""


def shown(directives):
    return [str(directive) for directive in directives]


class Parsing(unittest.TestCase):

    def test_each_directive_has_its_lines_and_sections(self):
        found = {each.key: each for each in parse(TEXT, "/etc/site")}
        self.assertNotIn("listen", found)
        daemon = found["wsgidaemonprocess"]
        self.assertEqual((daemon.line, daemon.last_line), (5, 6))
        self.assertEqual(daemon.where, "/etc/site:5")
        self.assertEqual(daemon.arguments[0], "my app")
        self.assertEqual(daemon.options, {
            "threads": "4", "home": "/srv/a b", "lang": "C.UTF-8"})
        self.assertEqual(daemon.raw_words, [
            '"my app"', "threads=4", 'home="/srv/a b"', "lang='C.UTF-8'"])
        handler = found["sethandler"]
        self.assertEqual([each.key for each in handler.inside],
                         ["virtualhost", "directory", "files"])
        self.assertEqual(handler.section("VirtualHost").arguments,
                         ("*:80", "[::1]:80"))
        self.assertEqual(handler.section("directory").arguments,
                         ("/srv/a b",))
        self.assertIsNone(found["timeout"].section("VirtualHost"))

    def test_words_are_split_as_apache_splits_them(self):
        for text, expected in (
                ("a  b", ("a", "b")), ('"a b" c', ("a b", "c")),
                (r'"say \"hi\"" x', ('say "hi"', "x")),
                (r'"back\\slash" "other\n"', ("back\\slash", "other\\n")),
                ("'it''s'", ("it", "s")), ('"open', ("open",)), ("", ())):
            self.assertEqual(words(text), expected, text)

    @given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2fff)))
    def test_what_we_quote_is_read_back(self, value):
        self.assertEqual(words(quoting.apache(value)), (value,))

    @given(st.text("ab <>/\"'\\=#$\n{}", max_size=60))
    def test_no_text_breaks_it(self, text):
        for each in parse(text, "x"):
            self.assertIsInstance(each.options, dict)

    def test_conditions_depend_on_what_is_known(self):
        text = ("<IfModule mod_ssl.c>\nA\n</IfModule>\n"
                "<IfModule !ssl_module>\nB\n</IfModule>\n"
                "<IfDefine X>\nC\n<IfModule ssl_module>\nD\n</IfModule>\n"
                "</IfDefine>\n"
                "<IfVersion >= 2.4.10>\nE\n</IfVersion>\n"
                "<IfVersion 2.2>\nF\n</IfVersion>\n"
                "Define X\n<IfDefine X>\nG\n</IfDefine>\n")
        for context, expected in (
                (ParseContext(version=(2, 4, 57)), "A E G"),
                (ParseContext(modules=frozenset({"ssl"}), defines=("X",),
                              version=(2, 4, 57)), "A C D E G"),
                (ParseContext(modules=frozenset(), version=(2, 2, 15)),
                 "B F G")):
            found = [each for each in shown(parse(text, "x", context))
                     if len(each) == 1]
            self.assertEqual(" ".join(found), expected)

    def test_variables_are_filled_in(self):
        found = parse('Define ROOT "/srv/x"\nAlias /a ${ROOT}/b\n'
                      "Alias /c ${OTHER}/${NONE}", "x",
                      ParseContext(variables=(("OTHER", "/o"),)))
        self.assertEqual(shown(found)[1:], ["Alias /a /srv/x/b",
                                            "Alias /c /o/${NONE}"])

    def test_a_last_line_that_is_to_be_continued_counts(self):
        self.assertEqual(shown(parse("Alias /a \\\n/b \\", "x")),
                         ["Alias /a /b"])


class Files(unittest.TestCase):

    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)

    def write(self, path, text):
        path = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as stream:
            stream.write(text)
        return path

    def test_includes_are_followed_in_apaches_order(self):
        for name in ("b.conf", "a.conf", "c.txt"):
            self.write("sites/" + name, f"ServerName {name}\n")
        self.write("all/one", "ServerName one\n")
        main = self.write("httpd.conf", (
            f"ServerRoot {self.top}\nInclude sites/*.conf\n"
            "IncludeOptional none/*.conf\nInclude all\nInclude gone\n"))
        found = [each for each in read(main) if each.key == "servername"]
        self.assertEqual(shown(found), [
            "ServerName a.conf", "ServerName b.conf", "ServerName one"])
        self.assertEqual(found[0].where, f"{self.top}/sites/a.conf:1")

    def test_an_include_inside_a_host_is_inside_it(self):
        self.write("part", "Alias /a /b\n")
        main = self.write("main", f"<VirtualHost *:80>\nInclude {self.top}"
                                  "/part\n</VirtualHost>\n")
        alias = read(main)[-1]
        self.assertEqual(alias.section("VirtualHost").line, 1)

    def test_a_file_that_includes_itself_ends(self):
        main = self.write("main", f"Include {self.top}/main\n")
        self.assertLess(len(read(main)), 100)

    def test_a_file_that_is_not_there_has_none(self):
        self.assertEqual(read(self.top + "/gone"), [])

    def test_it_finds_what_httpd_finds(self):
        """In the configuration of this machine, and in one of ours."""
        httpd = find_httpd()
        site = self.write("site", TEXT.replace("/srv/a b", self.top))
        main = self.write("main", "".join(
            f"LoadModule {name}_module {httpd.module(name)}\n"
            for name in ("mpm_event", "authz_core", "alias", "wsgi")
            if httpd.module(name)) + (
                f"ErrorLog {self.top}/log\nUser #1\n"
                f"<IfModule alias_module>\nInclude {site}\n</IfModule>\n"
                "<IfModule nothing_module>\nNonsense\n</IfModule>\n"
                "<If \"true\">\nSetHandler none\n</If>\n"))
        for conf in (main, None):
            report = control.examine(httpd, conf)
            self.assertTrue(report.accepted, report.output)
            path = conf or control.main_config(httpd)
            context = ParseContext(
                modules=httpd.static, version=httpd.version_info,
                root=os.path.dirname(path))
            ours = [each for each in read(path, context)
                    if "$" not in each.text]

            def place(each):
                return each.key, each.arguments, each.path, each.last_line

            theirs = {place(each) for each in report.directives}
            # What acts while it is read is not in httpd's list.
            acting = {"include", "includeoptional", "loadmodule", "define",
                      "serverroot", "loadfile", "mutex"}
            missing = [str(each) for each in ours if each.key not in acting
                       and place(each) not in theirs]
            self.assertEqual(missing, [])


class Examining(unittest.TestCase):
    """httpd's own answers."""

    def test_modules_and_directives_of_this_machine(self):
        report = control.examine(find_httpd())
        self.assertTrue(report.accepted, report.output)
        self.assertIn("core", report.modules)
        self.assertTrue(any(each.key == "user" and "$" not in each.text
                            for each in report.directives))

    def test_what_is_refused_is_told(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as wrong:
            wrong.write("Nonsense on\n")
            wrong.flush()
            report = control.examine(find_httpd(),
                                     include=[wrong.name])
            self.assertFalse(report.accepted)
            self.assertIn(f"line 1 of {wrong.name}", report.output)
            self.assertIsNone(report.directives)

    def test_names_of_modules(self):
        for text in ("mod_ssl.c", "ssl_module", "ssl"):
            self.assertEqual(parser.module_name(text), "ssl")


class Directives(unittest.TestCase):

    def test_found_by_name_in_their_order(self):
        found = parser.Directives(parse(
            "Alias /a /1\nDefine X\nALIAS /b /2\nScriptAlias /c /3\n", "x"))
        self.assertEqual([each.arguments[0] for each in found.of("Alias")],
                         ["/a", "/b"])
        self.assertEqual(
            [each.line for each in found.of("ScriptAlias", "Alias")],
            [1, 3, 4])
        self.assertEqual(found.of("Nothing"), [])

    def test_the_names_of_each_host(self):
        found = parser.Directives(parse(
            "ServerName main.example\n<VirtualHost *:80>\n"
            "ServerAlias b.example C.example\nServerName https://A.example:1"
            "\n</VirtualHost>\n<VirtualHost *:81>\nServerName a.example\n"
            "</VirtualHost>\n", "x.conf"))
        self.assertEqual(found.host_names, {
            ("x.conf", 2, "*:80"): ["a.example", "b.example", "c.example"],
            ("x.conf", 6, "*:81"): ["a.example"]})


if __name__ == "__main__":
    unittest.main()
