"""--global-conf: what PasteDeploy is given for all of an ini."""

import os
import subprocess
import sys
import unittest

from paste.deploy import appconfig

from modwsgideploy.project.paste_ini import main_applications, read_config
from tests.support.commands import CommandTest

INI = """\
[DEFAULT]
name = of the file
path = %(base)s/data

[app:main]
use = config:more.ini
own = %(path)s and %(name)s and %(base)s
get got = base
set name = set

[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys =
[logger_root]
level = INFO
handlers = file
[handler_file]
class = FileHandler
args = (%(log)r,)
"""
MORE = """\
[app:main]
use = call:hello:make
database = sqlite:///%(base)s/shop.db
"""
HELLO = """\
import logging

def make(global_conf, **settings):
    logging.info("made")
    def application(environ, start_response):
        start_response("200 OK", [])
        return [repr((sorted(global_conf.items()), sorted(settings.items())))]
    return application
"""
RUN = """\
import sys
names = {"__name__": "script", "__file__": sys.argv[1]}
exec(open(sys.argv[1]).read(), names)
print(names["application"]({}, lambda *args: None)[0])
"""


class GlobalConf(CommandTest):

    def setUp(self):
        super().setUp()
        self.write("production.ini", INI.replace("%(log)r", "'%(log)s'"))
        self.write("more.ini", MORE)
        self.write("hello.py", HELLO)
        for name in os.listdir(self.directory):
            if name.endswith(".egg-info") or name.startswith("setup"):
                os.rename(os.path.join(self.directory, name),
                          self.directory + "-" + name)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w",
                  encoding="utf-8") as stream:
            stream.write(text)

    def deploy(self, *arguments, **kwargs):
        return super().deploy(
            "--in-place", "--virtualenv=", "--name=myapp",
            "--config=production.ini", *arguments, **kwargs)

    def test_is_what_pastedeploy_makes_of_it(self):
        given = {"base": "/srv", "name": "given", "log": "/log"}
        path = os.path.join(self.directory, "production.ini")
        ours, = main_applications(read_config(path, global_conf=given))
        sys.path.insert(0, self.directory)
        self.addCleanup(sys.path.remove, self.directory)
        self.addCleanup(sys.modules.pop, "hello", None)
        theirs = appconfig("config:" + path, global_conf=given)
        self.assertEqual(dict(ours.globals), theirs.global_conf)
        self.assertEqual(dict(ours.locals), theirs.local_conf)
        self.assertEqual(ours.locals["own"],
                         "/srv/data and of the file and /srv")

    def test_reaches_the_application_and_its_logging(self):
        log = os.path.join(self.directory, "a log")
        self.deploy("--global-conf=base=/srv", "--global-conf=log=" + log,
                    "--global-conf=title=Grüße, it's \"=\"")
        script = os.path.join(self.directory, "apache", "myapp.wsgi")
        done = subprocess.run(
            [sys.executable, "-c", RUN, script], stdout=subprocess.PIPE,
            check=True, encoding="utf-8", env={"LC_ALL": "C.UTF-8"})
        global_conf, settings = map(dict, eval(done.stdout))
        self.assertEqual(global_conf["title"], "Grüße, it's \"=\"")
        self.assertEqual(settings["database"], "sqlite:////srv/shop.db")
        with open(log, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "made\n")
        # Others cannot read what may be a password.
        self.assertEqual(os.stat(script).st_mode & 0o007, 0)

    def test_is_seen_by_the_checks(self):
        self.write("more.ini", MORE + "debug = %(debugging)s\n")
        options = ("--global-conf=base=/srv", "--global-conf=log=x",
                   "--global-conf=debugging=")
        _, err = self.deploy(*[option + "true" * option.endswith("debugging=")
                               for option in options])
        self.assertIn("[MWD501]", err)
        # One process, for it is SQLite.
        self.assertIn("One process: ", self.text("myapp"))
        _, err = self.deploy("--global-conf=base=/srv",
                             "--global-conf=debugging=false")
        self.assertNotIn("[MWD501]", err)

    def test_is_refused_where_it_cannot_be(self):
        for value in ("x", "=y", "here=/srv", "a b=c", "a=50%"):
            with self.subTest(value):
                _, err = self.deploy(f"--global-conf={value}", status=2)
                self.assertIn(f"--global-conf: {value!r} is not valid", err)
        _, err = self.run_command(
            "modwsgideploy", "deploy", "--framework=wsgi",
            "--application=hello:make", "--global-conf=a=b", status=2)
        self.assertIn("--global-conf: is what PasteDeploy is given", err)


if __name__ == "__main__":
    unittest.main()
