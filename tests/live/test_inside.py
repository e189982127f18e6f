"""Applications in a VirtualHost that somebody else wrote."""

import time
import unittest

from tests.support.apache_case import ApacheCase, HttpsCase

NAME = "old.example"
THEIRS = """\
# Mine, since 2011.
<VirtualHost *:{port}>
\tServerName {name}:{port}
\tServerAlias www.{name}
\tDocumentRoot {documents}
\tScriptAlias /cgi-bin/ {documents}/cgi-bin/
\tAlias /shop {documents}/old-shop
</VirtualHost>
"""
CGI = """\
#!/bin/sh
printf 'Content-Type: text/plain\\n\\nold %s' "$SCRIPT_NAME"
"""


class Inside(ApacheCase):

    # As an editor of another system has left them.
    ends = "\r\n"

    def setUp(self):
        super().setUp()
        if "cgid" not in self.httpd.static:
            self.module("cgid")
        documents = self.root / "documents"
        (documents / "cgi-bin").mkdir()
        script = documents / "cgi-bin" / "page"
        script.write_text(CGI)
        script.chmod(0o755)
        (documents / "index.html").write_text("static")
        (documents / "old-shop").mkdir()
        (documents / "old-shop" / "seen").write_text("old shop")
        self.file = self.root / "sites-available" / "old.conf"
        self.theirs = THEIRS.format(
            port=self.port, name=NAME, documents=documents).replace(
            "\n", self.ends).encode() + b"# \xe4\xf6"
        self.file.write_bytes(self.theirs)
        self.file.chmod(0o640)
        (self.root / "sites-enabled" / "old.conf").symlink_to(self.file)
        self.apache("restart")
        self.wait("/neighbour/seen")

    def inside(self, name, *options):
        return self.project(name, f"--inside={self.file}",
                            f"--server-name={NAME}", *options)

    def body(self, path):
        answer = self.get(path, host=NAME)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.body

    def assert_theirs(self):
        self.assertEqual(self.body("/index.html"), b"static")
        self.assertEqual(self.body("/cgi-bin/page"), b"old /cgi-bin/page")

    def test_one_line_comes_and_goes(self):
        wiki = self.inside("wiki")
        before = self.tree_of_names()
        out, _ = self.enable(wiki)
        self.assertRegex(out, rf"wiki is on: http://{NAME}:{self.port}/wiki"
                              " answers 200")
        self.assertIn(b'"process_group": "wiki@', self.body("/wiki/seen"))
        self.assert_theirs()
        lines = self.file.read_bytes().splitlines(keepends=True)
        line, = (each for each in lines if b"wiki" in each)
        self.assertEqual(b"".join(each for each in lines if each != line),
                         self.theirs)
        self.assertEqual(line.decode(), "    IncludeOptional"
                         f" {self.root}/sites-available/wiki.inside"
                         + self.ends)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o640)
        self.assertIn("wiki is on already", self.enable(wiki)[0])
        for options in (), ("--enabled",):
            _, err = self.run_command(
                "check", wiki, "--server-config", self.config, "--no-load",
                "--skip=MWD504", "--skip=MWD314", *options)
            self.assertEqual(err, "")
        # What they change meanwhile stays.
        self.file.write_bytes(self.file.read_bytes() + b" more")
        self.disable(wiki)
        self.assertEqual(self.file.read_bytes(), self.theirs + b" more")
        self.assert_theirs()
        self.assertEqual(self.get("/wiki/seen", host=NAME).status, 404)
        self.assertEqual(
            self.tree_of_names() - before,
            {"sites-available/wiki.conf", "sites-available/wiki.inside.off"})

    def tree_of_names(self):
        return {f"{name}/{path.name}"
                for name in ("sites-available", "sites-enabled")
                for path in (self.root / name).iterdir()}

    def test_one_that_fails_leaves_no_byte(self):
        wiki = self.inside("wiki")
        (wiki / "bare_app.py").write_text("raise ValueError(7)\n")
        before = self.tree_of_names()
        _, err = self.enable(wiki, "--no-check", status=1)
        self.assertIn("ValueError: 7", err)
        self.assertEqual(self.file.read_bytes(), self.theirs)
        self.assertEqual(self.tree_of_names(), before)
        self.assert_theirs()

    def test_it_comes_before_what_is_there_and_the_longest_first(self):
        for name, mount in ("shop", "/shop"), ("api", "/shop/api"):
            self.enable(self.inside(name, f"--mount-point={mount}"))
        for path, name in ("/shop/seen", b"shop"), ("/shop/api/seen", b"api"):
            self.assertIn(b'"process_group": "%s@' % name, self.body(path))
        out, _ = self.run_command("status", self.top / "api",
                                  "--server-config", self.config)
        self.assertIn(" on ", out)
        self.disable(self.top / "shop")
        self.assertEqual(self.body("/shop/seen"), b"old shop")
        self.disable(self.top / "api")
        self.assertEqual(self.file.read_bytes(), self.theirs)

    def test_what_is_not_clear_is_refused(self):
        other = self.root / "sites-available" / "other.conf"
        other.write_text(self.theirs.decode("latin-1"))
        for file, host, message in (
                (other, NAME, "Apache does not read"),
                (self.file, "x.example", "no VirtualHost for x.example, but"
                 " for old.example, www.old.example"),
                (self.top / "nothing", NAME, "is no file below")):
            wiki = self.top / "wiki"
            if not wiki.exists():
                self.inside("wiki")
            self.run_command("deploy", wiki, "-q", f"--inside={file}",
                             f"--server-name={host}")
            _, err = self.enable(wiki, status=1 if file != self.top else 2)
            self.assertIn(message, err)
        _, err = self.run_command("deploy", wiki, "--inside", self.file,
                                  "--server-name=", status=2)
        self.assertIn("--inside: needs the name of that host", err)
        self.assertEqual(self.file.read_bytes(), self.theirs)


class Secure(HttpsCase):

    def test_of_two_hosts_the_one_with_https_has_it(self):
        certificate, key = self.certificate("own")
        file = self.root / "sites-available" / "old.conf"
        file.write_text(f"""\
<VirtualHost *:{self.port}>
    ServerName {self.name}
    RedirectMatch ^/(.*) https://{self.name}:{self.https}/$1
</VirtualHost>
<VirtualHost *:{self.https}>
    ServerName {self.name}
    SSLEngine on
    SSLCertificateFile {certificate}
    SSLCertificateKeyFile {key}
</VirtualHost>
""")
        (self.root / "sites-enabled" / "old.conf").symlink_to(file)
        self.apache("restart")
        deadline = time.monotonic() + 60
        while not self.get("/", port=self.https, host=self.name,
                           tls=True).status:
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.01)
        wiki = self.project("wiki", f"--inside={file}",
                            f"--server-name={self.name}")
        out, _ = self.enable(wiki)
        self.assertIn(f"wiki is on: https://{self.name}:{self.https}/wiki"
                      " answers 200", out)


if __name__ == "__main__":
    unittest.main()
