"""The diagnostics page, asked in process by Python 3 and Python 2.7."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from modwsgideploy.cli import console
from modwsgideploy.templating.directory import TEMPLATES
from tests import support
from tests.support import TESTS

# Answers one request with the page of argv[1]; Python 2.7 and 3.
ASK = r"""
import json, os, sys
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

def native(text):
    # What a server makes of bytes, which stand for themselves as Latin-1.
    return str(text) if sys.version_info > (3,) else text.encode('latin-1')

request = json.load(sys.stdin)
for name, value in request.get('os', {}).items():
    getattr(os, 'environb', os.environ)[
        name.encode('utf-8')] = value.encode('latin-1')
sys.path += [native(path) if sys.version_info < (3,) else
             path.encode('latin-1').decode('utf-8')
             for path in request.get('sys.path', ())]
environ = {}
environ.update((native(name), native(value))
               for name, value in request['environ'].items())
setup_testing_defaults(environ)
environ['mod_wsgi.version'] = (4, 9)
names = {'__name__': '_mod_wsgi_', '__file__': sys.argv[1]}
with open(sys.argv[1], 'rb') as stream:
    exec(compile(stream.read(), sys.argv[1], 'exec'), names)
seen = {}

def start_response(status, headers, exc_info=None):
    seen.update(status=status, headers=dict(headers))
    return lambda data: None

parts = validator(names['application'])(environ, start_response)
seen['body'] = b''.join(parts).decode('utf-8')
parts.close()
sys.stdout.write(json.dumps(seen))
"""

# Everything that could end a text, an attribute, a tag or a line.
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;"
SECRET = "Sup3r-s3cret"


class Reader(html.parser.HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.data = set(), set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data):
        self.data.append(data)


class Case(unittest.TestCase):

    maxDiff = None
    python = sys.executable

    def setUp(self):
        if not self.python:
            self.skipTest(support.NO_PYTHON2)
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)

    def page(self, *arguments, directory="project", ini=None):
        """Deploy a project, give it ``ini``; the path of its page."""
        directory = os.path.join(self.top, directory)
        shutil.copytree(os.path.join(TESTS, "fake_projects", "paste"),
                        directory)
        status = console.main(["deploy", "-q", directory, "--platform=debian",
                           "--mod-wsgi-version=4.9", "--in-place",
                           *(() if ini is None else
                             ["--config=production.ini"]), *arguments])
        self.assertEqual(status, 0)
        if ini is not None:
            with open(os.path.join(directory, "production.ini"), "w",
                      encoding="utf-8") as stream:
                stream.write(ini)
        return os.path.join(directory, "apache", "test.wsgi")

    def ask(self, page, query="", environ=None, **more):
        """What the page answers: status, headers and body."""
        out = subprocess.run(
            [self.python, "-c", ASK, page], stdout=subprocess.PIPE,
            check=True, encoding="utf-8", input=json.dumps({
                "environ": {"REMOTE_ADDR": "127.0.0.1", "PATH_INFO": "/",
                            "SCRIPT_NAME": "/myapp/test.wsgi",
                            "QUERY_STRING": query, **(environ or {})},
                **more}), env={"PATH": os.environ["PATH"]}).stdout
        return json.loads(out)

    def facts(self, page, **options):
        """Title -> name -> (state, value)."""
        answer = self.ask(page, "format=json", **options)
        self.assertEqual(answer["status"], "200 OK")
        return {section["title"]: {row["name"]: (row["state"], row["value"])
                                   for row in section["rows"]}
                for section in json.loads(answer["body"])["sections"]}


class Answers(Case):

    def test_a_page_without_anything_from_elsewhere(self):
        answer = self.ask(self.page("--virtualenv="))
        self.assertEqual(answer["headers"]["Content-Type"],
                         "text/html; charset=utf-8")
        for name, value in (
                ("Cache-Control", "no-store"),
                ("X-Robots-Tag", "noindex, nofollow"),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer")):
            self.assertEqual(answer["headers"][name], value)
        self.assertRegex(answer["headers"]["Content-Security-Policy"],
                         r"^default-src 'none'; style-src 'sha256-[^']{44}';")
        read = Reader(answer["body"])
        self.assertEqual(read.tags, {
            "html", "head", "meta", "title", "style", "body", "main", "h1",
            "p", "a", "section", "h2", "dl", "div", "dt", "dd", "b"})
        self.assertEqual({value for name, value in read.attributes
                          if name in ("href", "src")},
                         {"?format=text", "?format=json"})

    def check_form(self, kind, query="", accept=""):
        answer = self.ask(self.form_page, query, {"HTTP_ACCEPT": accept})
        self.assertEqual(answer["headers"]["Content-Type"],
                         kind + "; charset=utf-8", (query, accept))

    def test_the_form_that_is_asked_for(self):
        self.form_page = self.page("--virtualenv=")
        browser = ("text/html,application/xhtml+xml,application/xml;q=0.9,"
                   "*/*;q=0.8")
        self.check_form("text/html", accept=browser)
        self.check_form("text/html", accept="*/*")
        self.check_form("text/html", "format=xml", "image/png")
        self.check_form("application/json", accept="application/json")
        self.check_form("text/plain", accept="text/html;q=0.5, text/plain")
        self.check_form("text/html", accept="text/html, text/plain;q=0.5")
        self.check_form("text/plain", "a=b&format=text", browser)
        self.check_form("application/json", "format=json", "text/html")
        self.check_form("text/html", "format=html", "text/plain")
        self.check_form("text/html", "xformat=text&format=textual", browser)

    def test_what_fails_is_said_and_harms_nothing_else(self):
        # No server, no virtualenv, no ini, no user: nothing holds.
        page = self.page("--virtualenv=/nowhere/env", "--user=no_such_user",
                         "--group=#4242", "--config=gone.ini", "--name=gone",
                         "--egg-cache=/dev/null/e", "--home=/nowhere",
                         "--server-name=a.example", "--umask=0777",
                         "--baseline=/nowhere/BASELINE",
                         "--locale=xx_XX.UTF-8")
        found = self.facts(page)["Expectations"]
        self.assertEqual(
            {name: state for name, (state, _) in found.items()},
            dict.fromkeys((
                "Set-up", "Process group", "Application group", "Virtualenv",
                "Baseline", "Mount point", "Processes and threads", "User",
                "Group", "Umask", "Locale", "Working directory",
                "Configuration", "Egg cache", "Project"), "wrong"))
        self.assertIn("cannot read /nowhere/env/lib/python",
                      found["Set-up"][1])
        self.assertIn("gone.ini", found["Configuration"][1])
        text = self.ask(page, "format=text")["body"]
        self.assertNotIn("Traceback", text)
        self.assertIn("\u2717 wrong", text)

    def test_what_holds_is_said(self):
        page = self.page("--virtualenv=", "--mode=embedded",
                         f"--egg-cache={self.top}", ini="[app:main]\na = b\n")
        found = self.facts(page, environ={
            "mod_wsgi.process_group": "", "mod_wsgi.application_group": ""})
        self.assertEqual({name for name, (state, _) in
                          found["Expectations"].items() if state != "ok"},
                         {"User"} if os.geteuid() == 0 else set())
        self.assertEqual(found["Configuration"], {"a": ("", "b")})

    def test_each_entry_of_the_path_says_where_it_comes_from(self):
        version = subprocess.run(
            [self.python, "-c",
             "import sys; print('%d.%d' % sys.version_info[:2])"],
            stdout=subprocess.PIPE, encoding="ascii").stdout.strip()
        packages = f"{self.top}/env/lib/python{version}/site-packages"
        for name in (packages, f"{self.top}/added", f"{self.top}/option"):
            os.makedirs(name)
        with open(f"{packages}/extra.pth", "w") as stream:
            stream.write(f"# a comment\nimport os\n\n{self.top}/added\n")
        page = self.page(f"--virtualenv={self.top}/env", "--baseline=/base",
                         f"--python-path={self.top}/option")
        answer = self.ask(page, "format=json")
        rows, = [section["rows"] for section in
                 json.loads(answer["body"])["sections"]
                 if section["title"] == "sys.path"]
        why = {row["value"]: row["name"] for row in rows}
        self.assertEqual(why[packages], "virtualenv")
        self.assertEqual(why[f"{self.top}/added"],
                         "extra.pth of the virtualenv")
        self.assertEqual(why[f"{self.top}/option"], "python-path option")
        self.assertEqual(why[f"{self.top}/project"], "project")
        self.assertEqual({name for path, name in why.items()
                          if path.endswith(f"/lib/python{version}")},
                         {"standard library"})
        # Layered: in front of what the interpreter has by itself.
        self.assertEqual(
            self.facts(page)["Expectations"]["Virtualenv"], ("ok", packages))


class FastCGI(Case):
    """test.fcgi in a shell, which needs no server and no flup."""

    def told(self, page, **environ):
        """The headers and the body."""
        head, _, body = subprocess.run(
            [self.python, page], stdout=subprocess.PIPE, check=True,
            stdin=subprocess.DEVNULL, encoding="utf-8", env={
                "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environ}
            ).stdout.replace("\r\n", "\n").partition("\n\n")
        return head, body

    def test_it_answers_one_request(self):
        for mode in ("alias", "wrapper", "htaccess"):
            page = self.page(
                "--backend=fastcgi", f"--fastcgi-mode={mode}",
                f"--virtualenv={self.top}/env" if mode == "wrapper"
                else "--virtualenv=", f"--egg-cache={self.top}",
                "--umask=0137",
                directory=mode, ini="[app:main]\na = b\n")
            page = os.path.join(os.path.dirname(page), "test.fcgi")
            self.assertTrue(os.access(page, os.X_OK))
            head, body = self.told(
                page, REMOTE_ADDR="127.0.0.1", QUERY_STRING="format=json",
                SCRIPT_NAME="/myapp/test.fcgi")
            self.assertIn("Status: 200 OK", head)
            rows = json.loads(body)["sections"][0]["rows"]
            states = {row["name"]: row["state"] for row in rows}
            for name in ("Mount point", "Configuration", "Egg cache"):
                self.assertEqual(states[name], "ok", rows)
            self.assertEqual("Locale" in states, mode != "htaccess")
            # There is no such virtualenv, which ends the first lines.
            state = "wrong" if mode == "wrapper" else "ok"
            for name in ("Set-up", "Umask", "Working directory", "Project"):
                self.assertEqual(states[name], state, rows)

    def test_nobody_is_local_unless_the_server_says_so(self):
        page = os.path.join(os.path.dirname(self.page(
            "--backend=fastcgi", "--virtualenv=")), "test.fcgi")
        head, body = self.told(page)
        self.assertIn("Status: 403 Forbidden", head)
        self.assertNotIn("sys.path", body)

    def test_what_systemd_runs_has_none(self):
        page = self.page("--backend=fastcgi", "--fastcgi-mode=proxy")
        self.assertFalse(os.path.exists(os.path.join(
            os.path.dirname(page), "test.fcgi")))


class Local(Case):

    def check(self, page, status, **environ):
        answer = self.ask(page, environ=environ)
        self.assertEqual(answer["status"][:3], status, environ)
        if status == "403":
            self.assertNotIn("sys.path", answer["body"])

    def test_it_answers_only_this_machine(self):
        for choice in ("local", "off"):
            page = self.page("--virtualenv=", f"--test-page={choice}",
                             directory=choice)
            for address in ("127.0.0.1", "127.8.9.1", "::1",
                            "::ffff:127.0.0.1"):
                self.check(page, "200", REMOTE_ADDR=address)
            self.check(page, "200", REMOTE_ADDR="10.1.1.1",
                       SERVER_ADDR="10.1.1.1")
            for address in ("10.0.0.1", "2001:db8::1", "", "::11", "1127.1",
                            "128.0.0.1", "::ffff:10.0.0.1"):
                self.check(page, "403", REMOTE_ADDR=address,
                           SERVER_ADDR="127.0.0.1")

    def test_a_request_that_a_proxy_passed_on_is_not_local(self):
        page = self.page("--virtualenv=", "--test-page=local")
        for name in ("X_FORWARDED_FOR", "X_FORWARDED_HOST", "FORWARDED",
                     "VIA", "X_REAL_IP", "TRUE_CLIENT_IP",
                     "CF_CONNECTING_IP"):
            self.check(page, "403", **{"HTTP_" + name: "127.0.0.1"})

    def test_everybody_where_the_site_says_so(self):
        page = self.page("--virtualenv=", "--test-page=all")
        self.check(page, "200", REMOTE_ADDR="192.0.2.1",
                   HTTP_X_FORWARDED_FOR="192.0.2.7")


class Injection(Case):
    """Hostile text in every value that the page shows."""

    def test_none_of_them_becomes_markup(self):
        evil = EVIL.replace("/", "\u2215")
        mount_point = "/" + EVIL.replace("</", "<_")
        env = os.path.join(self.top, "env" + evil)
        version = "import sys; print('python%d.%d' % sys.version_info[:2])"
        packages = os.path.join(env, "lib", subprocess.run(
            [self.python, "-c", version], stdout=subprocess.PIPE,
            encoding="ascii").stdout.strip(), "site-packages")
        os.makedirs(packages + "/in" + evil)
        with open(f"{packages}/{evil}.pth", "w", encoding="utf-8") as stream:
            stream.write(f"in{evil}\n")
        page = self.page(
            "--mount-point=" + mount_point, "--baseline=/b" + EVIL,
            "--virtualenv=" + env, "--home=/h" + EVIL,
            "--python-path=/p" + EVIL, "--egg-cache=/e" + EVIL,
            "--env=GIVEN=" + EVIL, "--app-name=a" + evil,
            directory="d" + evil,
            ini=f"[DEFAULT]\nd{EVIL} = 1\n[app:a{evil}]\nk = {EVIL}\n"
                f"n{EVIL} = {EVIL}\n")
        raw = EVIL.encode().decode("latin-1")
        environ = dict.fromkeys((
            "SERVER_NAME", "SERVER_SOFTWARE", "SERVER_PORT", "SERVER_ADDR",
            "REMOTE_ADDR", "CONTENT_TYPE", "HTTP_REFERER", "HTTP_USER_AGENT",
            "HTTP_HOST", "HTTP_ACCEPT", "mod_wsgi.process_group",
            "mod_wsgi.application_group", "HTTP_X_" + raw), raw)
        # The validator insists on these.
        environ.update(PATH_INFO="/" + raw, SCRIPT_NAME="/" + raw,
                       REQUEST_METHOD="GET")
        for query in (EVIL, "format=html&" + EVIL):
            answer = self.ask(page, query, environ,
                              os={"SET" + EVIL.replace("=", ""): EVIL},
                              **{"sys.path": ["/s" + EVIL]})
            read = Reader(answer["body"])
            self.assertNotIn("script", read.tags)
            self.assertNotIn("img", read.tags)
            self.assertEqual({name for name, _ in read.attributes}, {
                "lang", "charset", "name", "content", "href", "class"})
            text = "".join(read.data)
            # It did arrive, in this many places.
            self.assertGreater(text.count("<script>"), 25, text)

    def test_no_value_begins_a_line_or_commands_a_terminal(self):
        page = self.page("--virtualenv=")
        body = self.ask(page, "format=text", {
            "HTTP_X_A": "\x1b[31mred\u009b1m\x7f",
            "HTTP_X_B": "\u2713 ok\r\nforged: line".encode().decode("latin-1"),
            "HTTP_X_C": "\u202eabc\u2066".encode().decode("latin-1"),
            "HTTP_X_D": "\xff\xfe"},
            os={"BYTES": "\xff\xfe\x01"})["body"]
        for character in "\x1b\x9b\x7f\r\u202e\u2066\x01":
            self.assertNotIn(character, body)
        self.assertNotRegex(body, "(?m)^forged")
        self.assertIn("HTTP_X_A: \\x1b[31mred", body)
        self.assertIn("HTTP_X_C: \\x202eabc", body)


class Secrets(Case):

    NAMES = ("DB_PASSWORD", "PASSWD", "db_pass", "PGPWD", "SECRET_KEY",
             "session.secret", "API_TOKEN", "AWS_ACCESS_KEY_ID", "X_AUTH",
             "some.Credentials", "COOKIE", "validate_key", "salt",
             "PRIVATE_THING", "JWT", "CSRF", "SESSION_ID", "DB_PW", "pw1",
             "DBPW", "STRIPE_SK", "GITHUB_PAT", "SLACK_WEBHOOK", "SENTRY_DSN")
    VALUES = ("postgres://me:%s@host/db", "https://%s@sentry.example/1",
              "amqp://u:a/%s@h//", "mysql://u:p@%s@h/d", "me:%s@host",
              "Server=x;Password=%s;Database=y", "host=h password='a %s'",
              '{"db": {"password": "%s"}}', "http://h/?a=b&api_key=%s",
              "http://h/?token%%3D%s", "Bearer %s", "Basic %s",
              "SECRET: a\n%s", "x\npassword = %s", "ghp_1%s", "sk_live_2%s",
              "https://hooks.example.com/T0/B1/%s",
              "https://chat.example.com/api/webhooks/1/%s",
              "9f86d081884c7d659a2feaa0c55ad015%s")

    def check(self, answer, places):
        body = answer["body"]
        self.assertNotIn(SECRET, body)
        self.assertGreaterEqual(body.count("[hidden]"), places)

    def test_of_the_environment_never_show(self):
        values = dict.fromkeys(self.NAMES, SECRET)
        values.update((f"V{number}", value % SECRET)
                      for number, value in enumerate(self.VALUES))
        page = self.page("--virtualenv=", "--env=MY_TOKEN=" + SECRET,
                         "--env=URL=x://a:%s@b" % SECRET)
        for form in ("html", "text", "json"):
            self.check(self.ask(page, "format=" + form, os=values),
                       len(values) + 2)

    def test_of_a_request_never_show(self):
        page = self.page("--virtualenv=")
        environ = {"HTTP_" + name: SECRET for name in (
            "AUTHORIZATION", "PROXY_AUTHORIZATION", "COOKIE", "X_API_KEY",
            "X_CSRF_TOKEN")}
        environ.update((f"HTTP_X_V{number}", value % SECRET)
                       for number, value in enumerate(self.VALUES))
        for name in ("PATH_INFO", "HTTP_REFERER"):
            environ[name] = "/x?token=" + SECRET
        for form in ("html", "text", "json"):
            self.check(self.ask(
                page, f"format={form}&password={SECRET}", environ), 20)

    def test_of_the_ini_never_show(self):
        values = [f"{name} = {SECRET}" for name in self.NAMES]
        values += [f"v{number} = {value % SECRET}".replace("\n", "\n    ")
                   for number, value in enumerate(self.VALUES)]
        ini = "[DEFAULT]\n%s\n[app:main]\n%s\nshown = yes\n" % (
            values[0], "\n".join(values))
        page = self.page("--virtualenv=", ini=ini)
        answer = self.ask(page, "format=text")
        self.check(answer, len(values))
        self.assertIn("shown: yes", answer["body"])

    def test_of_an_ini_that_is_none_never_show(self):
        for number, ini in enumerate((
                SECRET, f"[app:main]\n{SECRET}\n", f"[{SECRET}")):
            page = self.page("--virtualenv=", directory=str(number), ini=ini)
            body = self.ask(page, "format=text")["body"]
            self.assertNotIn(SECRET, body)
            self.assertRegex(body, r"wrong +Configuration: .*Error")

    def test_what_is_none_is_shown(self):
        page = self.page("--virtualenv=")
        facts = self.facts(page, os={
            "PLAIN": "postgresql://host/db", "MAIL": "me@example.com"})
        self.assertEqual(facts["Environment"]["PLAIN"],
                         ("", "postgresql://host/db"))
        self.assertEqual(facts["Environment"]["MAIL"],
                         ("", "me@example.com"))


def _on_python_2(case):
    """``case`` again, by Python 2.7."""
    return type(case.__name__ + "OnPython2", (case,), {
        "python": support.python2(), "__module__": __name__})


AnswersOnPython2, FastCGIOnPython2, LocalOnPython2, InjectionOnPython2, \
    SecretsOnPython2 = map(
        _on_python_2, (Answers, FastCGI, Local, Injection, Secrets))


class Contrast(unittest.TestCase):
    """WCAG 2.1, 1.4.3: 4.5 to 1, in light and dark."""

    def test_each_colour_on_its_background(self):
        with open(os.path.join(TEMPLATES, "common",
                               "diagnostics.py_tmpl")) as stream:
            style = stream.read().partition("STYLE = ")[2]
        schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
        colours = {}
        for scheme in schemes:
            colours.update(re.findall(r"--(\w+): (#\w{6})", scheme))
            for name in ("text", "soft", "ok", "wrong"):
                self.assertGreaterEqual(
                    contrast(colours[name], colours["back"]), 4.5, name)
        self.assertEqual(len(schemes), 2)


def contrast(one, other):
    """The contrast ratio of two #rrggbb, as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """The relative luminance of #rrggbb."""
    def linear(part):
        value = int(part, 16) / 255
        return (value / 12.92 if value <= 0.03928
                else ((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[at:at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


if __name__ == "__main__":
    unittest.main()
