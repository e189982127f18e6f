"""Values that nobody should choose: refused, or carried through unharmed.

Whatever is not refused must give a configuration that Apache itself accepts
and scripts that Python compiles, and come back exactly as it was given.
"""

import ast
import contextlib
import io
import os
import shutil
import subprocess
import tempfile
import unittest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modwsgideploy.apache import binaries, control
from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
from modwsgideploy.cli import console
from tests.support.fuzzing import examples

AWKWARD = st.sampled_from([
    " ", "  x  ", '"', "'", "\\", "\\\\", 'a"b', "a'b", "a\\", "$", "$1",
    "${HOME}", "$HOME", "%", "%s", "%(here)s", "%{GLOBAL}", "#", "#x", "x#y",
    "\n", "\r\n", "\t", "\0", "\x1b[31m", "é", "日本", "\u202e", "\ud800",
    "*", "?", "[a]", "<", ">", "</VirtualHost>", "&", ";", "|x", "`id`",
    "$(id)", "~", "-n", "--", "=", ",", ":", "..", "/../", "a" * 300, "{}",
    "{0}", "#if", "$name", "\\$x", "'''", '"""', "''", '" extra=1 "'])
TEXT = st.one_of(
    AWKWARD, st.text(max_size=20),
    st.lists(AWKWARD, min_size=2, max_size=3).map("".join),
    st.text("ab /\\\"'$%#`{}", max_size=12))
PATHS = TEXT.map(lambda text: "/srv/" + text)
HOSTS = st.one_of(
    TEXT, st.just("ok.example.com"),
    st.text("[]:.-_019afxé*?@/%", max_size=12),
    st.ip_addresses().map(str), st.ip_addresses(v=6).map("[{}]".format))

OPTIONS = {
    "mount-point": TEXT.map(lambda text: "/" + text),
    "server-name": HOSTS, "server-alias": HOSTS, "port": TEXT,
    "certificate": PATHS,
    "name": TEXT, "deployment": PATHS, "config": TEXT, "app-name": TEXT,
    "baseline": PATHS, "virtualenv": PATHS, "egg-cache": PATHS,
    "home": PATHS, "python-path": PATHS, "log-directory": PATHS,
    "env": TEXT.map(lambda text: "NAME=" + text), "locale": TEXT,
    "user": TEXT, "group": TEXT, "umask": TEXT,
    "static": TEXT.map(lambda text: f"/x={'/srv/' + text}"),
    "warm-up": TEXT.map(lambda text: "/" + text),
    "trusted-proxy": TEXT, "request-read-timeout": TEXT,
    "certificate-key": PATHS, "mod-wsgi-version": TEXT, "threads": TEXT,
    "daemon": TEXT, "application": TEXT, "framework": TEXT,
    "python-interpreter": TEXT, "fastcgi-socket": PATHS,
    "web-directory": PATHS, "skip": TEXT, "platform": TEXT,
}
# A few at a time: one that is refused hides what becomes of the others.
CHOICES = st.lists(
    st.sampled_from(sorted(OPTIONS)), min_size=1, max_size=3, unique=True
    ).flatmap(lambda names: st.fixed_dictionaries(
        {name: OPTIONS[name] for name in names}))

FRAME = "ServerName localhost\nListen 127.0.0.1:1\nErrorLog /dev/null\n"

SETTINGS = settings(max_examples=examples(150), deadline=None,
                    suppress_health_check=list(HealthCheck))


class Hostile(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.httpd = binaries.find_httpd()
        cls.mod_wsgi = mod_wsgi_module.find_mod_wsgi(cls.httpd)

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)

    def project(self, name="myapp"):
        """A small project in a directory called ``name``."""
        directory = os.path.join(self.top, name)
        os.makedirs(directory + "/myapp.egg-info")
        with open(directory + "/myapp.egg-info/PKG-INFO", "w") as stream:
            stream.write("Metadata-Version: 1.0\nName: myapp\n"
                         "Version: 1.0\n")
        os.makedirs(directory + "/myapp")
        open(directory + "/myapp/__init__.py", "w").close()
        return directory

    def deploy(self, directory, *arguments):
        """The exit status and what was said; every file by its name."""
        told = io.StringIO()
        with contextlib.redirect_stdout(told), \
                contextlib.redirect_stderr(told):
            status = console.main(["deploy", directory, "--platform=debian",
                               *arguments])
        output = os.path.join(directory, "apache")
        files = {}
        if os.path.isdir(output):
            for name in os.listdir(output):
                with open(os.path.join(output, name)) as stream:
                    files[name] = stream.read()
        return status, told.getvalue(), files

    def check(self, directory, arguments):
        """Refused in words, or sound; the files or None."""
        status, told, files = self.deploy(directory, *arguments)
        if status == 2:
            self.assertEqual(files, {}, "refused, but written")
            for line in told.splitlines():
                self.assertTrue(line.startswith("modwsgideploy: "), told)
            self.assertNotIn("Traceback", told)
            return None
        self.assertEqual(status, 0, told)
        for name, text in files.items():
            if name.endswith(".wsgi"):
                compile(text, name, "exec")
        self.check_configuration(directory, files)
        return files

    def check_configuration(self, directory, files):
        """Apache accepts what was written."""
        conf = os.path.join(self.top, "httpd.conf")
        site, = [name for name in files if name + ".wsgi" in files]
        baseline = files.get("baseline.conf", "")
        # Not about values: users, logs and roots that are not on this host.
        skipped = ("user=", "group=", "ErrorLog ", "CustomLog ",
                   "DocumentRoot ")
        kept = "\n".join(
            line for line in (baseline + files[site]).splitlines()
            if not line.strip().startswith(skipped))
        with open(conf, "w") as stream:
            stream.write(FRAME)
            for name in ("mpm_event", "authz_core", "authz_host", "alias",
                         "reqtimeout"):
                path = self.httpd.module(name)
                if path:
                    stream.write(f"LoadModule {name}_module {path}\n")
            stream.write(f"LoadModule wsgi_module {self.mod_wsgi.path}\n"
                         f"{kept}\n")
        accepted, output = control.config_test(self.httpd, conf)
        self.assertTrue(accepted, f"{output}\n{kept}")

    @SETTINGS
    @given(CHOICES)
    def test_choices(self, choices):
        directory = self.project()
        try:
            arguments = [f"--{name}={value}"
                         for name, value in choices.items()]
            files = self.check(directory, arguments)
            if files and "env" in choices:
                script, = [name for name in files if name.endswith(".wsgi")
                           and name != "test.wsgi"]
                self.assertEqual(environment(files[script])["NAME"],
                                 choices["env"][len("NAME="):])
        finally:
            shutil.rmtree(directory)

    @SETTINGS
    @given(st.one_of(HOSTS, st.text("abz019.-_", max_size=12)),
           st.one_of(HOSTS, st.text("abz019.-_*?", max_size=12)))
    def test_hosts(self, name, alias):
        directory = self.project()
        try:
            self.check(directory, [f"--server-name={name}",
                                   f"--server-alias={alias}"])
            self.check(directory, ["--server-name=ok.example",
                                   f"--server-alias={alias}"])
        finally:
            shutil.rmtree(directory)

    @SETTINGS
    @given(TEXT.filter(lambda text: "/" not in text and "\0" not in text
                       and text not in ("", ".", "..")
                       and len(text.encode("utf-8", "surrogatepass")) < 200))
    def test_directories(self, name):
        try:
            os.fsencode(name)
            directory = self.project(name)
        except (OSError, UnicodeError):
            return
        try:
            files = self.check(directory, [
                "--in-place", "--virtualenv=", "--config=a b.ini"])
            if files:
                tree = ast.parse(files["myapp.wsgi"])
                config, = [node.value.value for node in tree.body
                           if isinstance(node, ast.Assign)
                           and node.targets[0].id == "CONFIG"]
                self.assertEqual(config, f"{directory}/a b.ini")
        finally:
            shutil.rmtree(directory)


def environment(script):
    """What ``script`` sets in os.environ."""
    found = {}
    for node in ast.parse(script).body:
        if (isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]).startswith("os.environ[")):
            found[ast.literal_eval(node.targets[0].slice)] = (
                ast.literal_eval(node.value))
    return found


class Directives(unittest.TestCase):
    """What Apache reads is what was quoted, told by Apache itself."""

    @SETTINGS
    @given(st.lists(TEXT, min_size=1, max_size=8))
    def test_defined_values_come_back(self, values):
        from modwsgideploy import quoting
        from modwsgideploy.errors import DeployError

        kept = []
        for value in values:
            try:
                kept.append("=" + quoting.require_quotable(value, "test"))
            except DeployError:
                pass
        httpd = binaries.find_httpd()
        with tempfile.TemporaryDirectory() as top:
            conf = os.path.join(top, "httpd.conf")
            with open(conf, "w") as stream:
                stream.write(f"{FRAME}LoadModule mpm_event_module"
                             f" {httpd.module('mpm_event')}\n")
                for number, value in enumerate(kept):
                    stream.write(f"Define V{number}"
                                 f" {quoting.apache(value)}\n")
            told = subprocess.run(
                [httpd.path, "-f", conf, "-t", "-D", "DUMP_RUN_CFG"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", errors="surrogateescape").stdout
        for number, value in enumerate(kept):
            self.assertIn(f"Define: V{number}={value}\n", told + "\n")


if __name__ == "__main__":
    unittest.main()
