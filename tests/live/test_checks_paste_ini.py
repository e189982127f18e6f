"""Values of a Paste configuration.

Each failure is foretold, seen, and mended by the printed fix.
"""

import hmac
import time

from tests.support.check_case import CheckCase, StagedCase, needs_root


class Ini(CheckCase):

    def test_22_a_secret_that_everybody_knows(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n",
                  "[app:main]\nsession.secret = change-me\n")
        found = self.check()
        self.mend(found["MWD502"])
        self.assertEqual(self.check(), {})
        self.assertRegex(self.ini.read_text(),
                         "session.secret = [0-9a-f]{64}\n")

    def test_22_a_relative_path(self):
        self.ini = self.project / "relative.ini"
        self.deploy("--home=/", "--skip=MWD504")
        self.prove("MWD503", "unable to open database file")

    def test_22_no_loggers(self):
        self.deploy()
        self.edit(self.ini, r"\[loggers\](.|\n)*", "")
        self.prove("MWD504", r"200 OK\nsaid\n(?!(.|\n)*log fish)",
                   "log fish", "/say?text=fish")

    def test_23_code_that_reads_sys_argv(self):
        self.deploy()
        self.edit(self.script, r"\Z", "import sys\nsys.argv[1]\n")
        self.prove("MWD601", "500(.|\n)*IndexError")
        self.assertIn(f"sys.argv[1:] = ['{self.ini}']\n",
                      self.script.read_text())

    def test_23_code_that_parses_the_command_line(self):
        self.deploy()
        self.edit(self.script, r"\Z", (
            "import argparse\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('config')\nparser.parse_args()\n"))
        self.prove("MWD601", "500(.|\n)*SystemExit")

    def test_24_logging_that_is_set_up_by_half(self):
        self.deploy()
        self.edit(self.ini, r"\[formatters\]\nkeys = generic\n", "")
        self.prove("MWD505", "KeyError: 'formatters'")

    def test_25_prefix_middleware(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n", (
            "[filter:proxy-prefix]\nuse = egg:PasteDeploy#prefix\n"
            "prefix = /elsewhere\n"
            "[app:main]\nfilter-with = proxy-prefix\n"))
        self.prove("MWD506", 'href="/elsewhere/linked"',
                   'href="/plain_app/linked"')

    def test_25_prefix_middleware_in_a_pipeline(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n", (
            "[pipeline:main]\npipeline =\n    proxy-prefix\n    plain\n"
            "[filter:proxy-prefix]\nuse = egg:PasteDeploy#prefix\n"
            "prefix = /elsewhere\n[app:plain]\n"))
        self.prove("MWD506", 'href="/elsewhere/linked"',
                   'href="/plain_app/linked"')
        self.assertIn("\n[filter:proxy-prefix]\n", self.ini.read_text())

    def test_a_value_that_paste_deploy_cannot_fill_in(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n", (
            "[app:main]\naddress = http://localhost:%(http_port)s/\n"))
        self.prove("MWD507", "http_port")

    def test_an_application_that_does_not_load(self):
        self.deploy()
        self.edit(self.script, r"\Z", "raise RuntimeError('not today')\n")
        found = self.check()["MWD601"]
        self.assertIn("RuntimeError: not today", found["message"])
        self.assertIn("plain_app.wsgi", found["message"])
        self.assertNotIn("MWD601", self.check("--no-load"))


class Databases(StagedCase):

    @needs_root
    def test_18_a_database_that_is_locked(self):
        self.ini = self.project / "relative.ini"
        self.deploy("--threads=1", "--skip=MWD504")
        self.project.chmod(0o1777)
        for database in self.project.glob("notes.db*"):
            database.chmod(0o666)
        self.wrap(f"""
import sqlite3, time

def answer(environ):
    if environ['REQUEST_METHOD'] != 'POST':
        return None
    database = sqlite3.connect({str(self.project / 'notes.db')!r},
                               timeout=0.2)
    # The other one comes while this one has the database to itself; if
    # there is one process, it comes later.
    with open({str(self.project / 'came')!r}, 'ab', 0) as came:
        came.write(b'.')
        with database:
            database.execute("insert into note values ('long')")
            end = time.monotonic() + 5
            while came.tell() % 2 and time.monotonic() < end:
                time.sleep(0.01)
                came.seek(0, 2)
            time.sleep(1)
    return (b'saved',)
""")
        found = self.check()
        self.assertEqual(set(found), {"MWD508"})
        statuses, log = self.write_at_once()
        self.assertEqual(statuses, [200, 500])
        self.assertIn("database is locked", log)
        self.mend(found["MWD508"])
        self.assertEqual(self.check(), {})
        statuses, log = self.write_at_once()
        self.assertEqual(statuses, [200, 200])
        self.assertNotIn("locked", log)

    def write_at_once(self):
        """What two visitors get who write at one time, and the log."""
        with self.apache() as server:
            server.start(self.served)
            statuses = self.together(server, "/", 2, method="POST", body=b"")
            log = "\n".join(server.new_lines())
            end = time.monotonic() + 30
            while 500 in statuses and "Error" not in log:
                self.assertLess(time.monotonic(), end, log)
                time.sleep(0.1)
                log += "\n".join(server.new_lines())
            return statuses, log


class Visitors(StagedCase):

    def test_22_debug_shows_the_source_to_every_visitor(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n", (
            "[DEFAULT]\ndebug = true\n"
            "[filter:errors]\nuse = egg:Paste#error_catcher\n"
            "[app:main]\nfilter-with = errors\n"))
        self.prove("MWD501", "500(.|\n)*seen.py(.|\n)*asked to fail"
                   "(.|\n)*</html>", "500(.|\n)*Turn debug on", "/fail")
        self.assertIn("debug = false\n", self.ini.read_text())


    def test_22_a_secret_that_everybody_knows_lets_everybody_in(self):
        self.deploy()
        self.edit(self.ini, r"\[app:main\]\n",
                  "[app:main]\nsession.secret = change-me\n")
        self.wrap("""
import configparser, hmac

def answer(environ):
    ini = configparser.RawConfigParser()
    ini.read(CONFIG)
    secret = ini.get('app:main', 'session.secret').encode()
    signed = hmac.new(secret, b'admin', 'sha256').hexdigest()
    return (b'welcome, admin' if hmac.compare_digest(
        signed, environ.get('HTTP_X_SESSION', '')) else b'who are you?',)
""")
        forged = hmac.new(b"change-me", b"admin", "sha256").hexdigest()
        self.prove("MWD502", "welcome, admin", "who are you",
                   headers={"X-Session": forged})
