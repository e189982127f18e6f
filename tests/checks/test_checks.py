"""Each check, on deployments on disk; what it looks like to a user.

That a finding foretells a failure, and its fix mends it, is shown in
live/test_checks_*.py.
"""

import contextlib
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from unittest import mock

from modwsgideploy import __version__, checks
from modwsgideploy.apache import binaries
from modwsgideploy.catalog import checks as catalog
from modwsgideploy.checks import environment, permissions
from modwsgideploy.cli import console
from modwsgideploy.system.versions import version_tuple
from tests.support import TESTS

FAKES = os.path.join(TESTS, "fake_projects")

INI = """\
[app:main]
use = egg:MyApp
{}
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = INFO
handlers =
"""

# A whole server that knows what a generated site needs.
SERVER = """\
ServerRoot {top}
{modules}
ErrorLog {top}/error.log
ServerName localhost
Listen 127.0.0.1:65000
Listen 80
Listen 8080
{text}
"""


class Case(unittest.TestCase):
    """A project, deployed in place without a virtualenv."""

    maxDiff = None

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)
        self.project = shutil.copytree(
            os.path.join(FAKES, "paste"), self.top + "/project")
        os.makedirs(self.top + "/logs")
        self.ini = self.write("project/production.ini", INI.format(""))
        self.server = self.write("httpd.conf", self.server_text())

    def write(self, path, text):
        path = os.path.join(self.top, path)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def server_text(self, text=""):
        httpd = binaries.find_httpd()
        modules = [f"LoadModule {name}_module {httpd.module(name)}"
                   for name in ("mpm_event", "authz_core", "authz_host",
                                "alias", "wsgi", "reqtimeout", "headers",
                                "rewrite")
                   if httpd.module(name)]
        return SERVER.format(top=self.top, modules="\n".join(modules),
                             text=text)

    def run_command(self, *arguments):
        """The exit status and what was printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(err):
            status = console.main([arguments[0], self.project, *arguments[1:]])
        return status, out.getvalue(), err.getvalue()

    def deploy(self, *choices):
        status, _, err = self.run_command(
            "deploy", "-q", "--in-place", "--virtualenv=", "--egg-cache=",
            f"--log-directory={self.top}/logs", *choices)
        self.assertEqual(status, 0, err)
        self.conf = self.project + "/apache/myapp"

    def check(self, *arguments, status=None):
        found, out, err = self.run_command(
            "check", "--json", "--no-load", "--server-config", self.server,
            *arguments)
        self.assertEqual(err, "")
        if status is not None:
            self.assertEqual(found, status, out)
        site, = json.loads(out)["sites"]
        return {each["code"]: each for each in site["problems"]
                if each["level"] != "hint"}

    def edit(self, path, old, new):
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        self.assertIn(old, text)
        self.write(path, text.replace(old, new))


class Table(unittest.TestCase):

    def test_codes_are_unique_and_each_has_its_text(self):
        codes = [check.code for check in catalog.CHECKS]
        self.assertEqual(codes, sorted(set(codes)))
        for check in catalog.CHECKS:
            self.assertRegex(check.code, r"\AMWD[1-9]\d\d\Z")
            self.assertIn(check.level, ("error", "warning", "hint"))
            text = inspect.getdoc(checks.function_of(check)) or ""
            self.assertGreater(len(text), 30, check.code)

    def test_each_has_its_version_and_examples(self):
        for check in catalog.CHECKS:
            with self.subTest(check.code):
                self.assertRegex(check.since, r"\A\d+\.\d+\.\d+\Z")
                self.assertLessEqual(
                    version_tuple(check.since),
                    version_tuple(re.match(r"[\d.]*\d", __version__)[0]))
                self.assertTrue(check.bad and check.good)
                self.assertNotEqual(check.bad, check.good)
                for text in (*check.bad.values(), *check.good.values()):
                    self.assertTrue(text.strip())

    def test_the_documentation_is_up_to_date(self):
        with open(os.path.join(TESTS, "..", "docs", "checks.rst"),
                  encoding="utf-8") as stream:
            text = stream.read()
        for check in catalog.CHECKS:
            for part in (f".. _{check.code}:\n\n{check.code}:"
                         f" {check.title}\n~~~", f"since {check.since}",
                         inspect.getdoc(checks.function_of(check)),
                         *(textwrap.indent(example, "   ")
                           for example in (*check.bad.values(),
                                           *check.good.values()))):
                # The page is too long to be shown.
                self.assertTrue(part in text, f"{check.code}: {part}")

    def test_what_apache_refuses_is_not_told_twice(self):
        self.assertIn("MWD305", catalog.CODES)
        self.assertFalse(catalog.CODES["MWD305"].refused)


class Command(Case):

    def test_a_clean_deployment(self):
        self.deploy()
        status, out, err = self.run_command(
            "check", "--no-load", "--server-config", self.server)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out, f"{self.conf}: 2 hints; -v shows the hints\n")

    def test_quiet_says_nothing(self):
        self.deploy()
        self.assertEqual(self.run_command(
            "check", "-q", "--no-load", "--server-config", self.server),
            (0, "", ""))

    def test_warnings_and_errors_are_status_1(self):
        self.deploy()
        self.edit(self.conf, " application-group=%{GLOBAL}", "")
        self.assertEqual(set(self.check(status=1)), {"MWD406"})
        self.edit(self.conf, "WSGIScriptAlias /myapp ",
                  "WSGIScriptAlias /myapp/ ")
        self.assertEqual(set(self.check(status=1)), {"MWD406", "MWD409"})

    def test_a_finding_is_printed_with_its_fix(self):
        self.deploy()
        self.write(self.ini, INI.format("debug = true"))
        status, out, err = self.run_command(
            "check", "--no-load", "--server-config", self.server)
        self.assertEqual(status, 1)
        self.assertRegex(
            err, rf"\Aerror: {self.ini}: \[app:main\] has debug on"
                 r" \[MWD501\]\n    sed -i -e '3s")
        self.assertIn("1 error", out)

    def test_what_an_application_raises_does_nothing_to_the_terminal(self):
        self.deploy()
        self.write("project/apache/myapp.wsgi",
                   "raise ValueError('\\x1b]0;evil\\x07 \u2603')\n")
        _, _, err = self.run_command("check", "--server-config", self.server)
        self.assertIn(r"does not load: ValueError: \x1b]0;evil\x07 "
                      "\u2603", err)
        self.assertIn("\n        Traceback", err)
        self.assertNotIn("\x1b", err)

    def test_one_can_be_left_out_for_a_run_or_for_the_site(self):
        self.deploy()
        self.write(self.ini, INI.format("debug = true"))
        self.assertEqual(self.check("--skip=mwd501", status=0), {})
        self.deploy("--skip=MWD501")
        self.assertEqual(self.check(status=0), {})

    def test_an_unknown_code_is_told(self):
        status, _, err = self.run_command("check", "--skip=MWD999")
        self.assertEqual(status, 2)
        self.assertIn("--skip: 'MWD999' is not valid", err)
        self.assertIn("check --list", err)

    def test_list_prints_the_table(self):
        status, out, _ = self.run_command("check", "--list")
        self.assertEqual(status, 0)
        self.assertEqual(len(out.splitlines()), len(catalog.CHECKS))
        self.assertIn("MWD501  error    debug is on\n", out)
        rows = json.loads(self.run_command("check", "--list", "--json")[1])
        self.assertEqual([row["code"] for row in rows], list(catalog.CODES))

    def test_without_a_deployment_it_says_how_to_write_one(self):
        status, _, err = self.run_command("check")
        self.assertEqual(status, 2)
        self.assertIn("there is no deployment of myapp; write it with"
                      " modwsgideploy deploy", err)

    def test_a_server_configuration_that_is_not_there(self):
        self.deploy()
        status, _, err = self.run_command("check", "--server-config=/no/such")
        self.assertEqual(status, 2)
        self.assertIn("--server-config: there is no file /no/such", err)

    def test_deploy_tells_what_the_cheap_checks_find(self):
        self.write(self.ini, INI.format("debug = true"))
        _, _, err = self.run_command("deploy", "--in-place", "--virtualenv=",
                                     "--egg-cache=")
        self.assertIn("has debug on [MWD501]", err)
        _, _, err = self.run_command("deploy", "--skip=MWD501")
        self.assertNotIn("MWD501", err)

    def test_paster_has_it(self):
        paster = os.path.join(os.path.dirname(sys.executable), "paster")
        done = subprocess.run([paster, "modwsgi_check", "--list"],
                              stdout=subprocess.PIPE, cwd=self.top,
                              check=True, text=True)
        self.assertIn("MWD101", done.stdout)


class OnDisk(Case):
    """What the files say counts, and not how they were made."""

    def test_options_need_not_be_repeated(self):
        self.deploy("--mount-point=/shop", "--name=shop")
        self.assertEqual(self.check(status=0), {})

    def test_without_its_record_a_deployment_is_still_found(self):
        self.deploy("--name=shop", "--config=production.ini")
        for name in os.listdir(self.project + "/apache"):
            if name not in ("shop", "shop.wsgi"):
                os.remove(f"{self.project}/apache/{name}")
        self.write(self.ini, INI.format("debug = true"))
        self.assertEqual(set(self.check()), {"MWD501"})

    def test_a_fix_that_writes_it_anew_does_so_where_it_is(self):
        place = self.project + "/elsewhere"
        self.deploy("--output-dir=" + place)
        self.write(place + "/myapp", "# Nothing.\n")
        found = self.check("--output-dir=" + place)
        self.assertEqual(
            found["MWD422"]["fix"],
            f"modwsgideploy deploy -f --output-dir={place} {self.project}")


class Configurations(Case):

    def found(self, *lines, choices=()):
        self.write(self.ini, INI.format("\n".join(lines)))
        self.deploy(*choices)
        return self.check()

    def test_secrets(self):
        for line in ("session.secret = change-me", "beaker.session.secret =",
                     "sa_auth.cookie_secret = secret",
                     "session.validate_key = %(here)s/CHANGE_ME",
                     "auth.password = 12345"):
            with self.subTest(line):
                self.assertEqual(set(self.found(line)), {"MWD502"})
        for line in ("session.secret = 8f3b1d7c90a4f2e1",
                     "session.key = myapp", "secretary = default",
                     "smtp_password ="):
            with self.subTest(line):
                self.assertEqual(self.found(line), {})

    def test_what_paste_deploy_cannot_fill_in(self):
        for line, wrong in (("a = %(http_port)s", "%(http_port)s"),
                            ("a = 50% off", "%"), ("a = 100%", "%")):
            with self.subTest(line):
                found = self.found(line)
                self.assertEqual(set(found), {"MWD507"})
                self.assertIn(f"fill in {wrong};",
                              found["MWD507"]["message"])
        for line in ("a = 50%% off", "a = %(here)s/x", "a = %%(http_port)s"):
            with self.subTest(line):
                self.assertEqual(self.found(line), {})

    def test_values_of_other_sections_are_nobodys_concern(self):
        self.assertEqual(self.found(
            "[server:main]", "port = %(http_port)s", "[DEFAULT]",
            "debug = false"), {})

    def test_debug_of_a_filter_or_for_all(self):
        lines = "[filter:errors]", "use = egg:x", "debug = on"
        self.assertEqual(set(self.found("filter-with = errors", *lines)),
                         {"MWD501"})
        self.assertEqual(self.found(*lines), {})
        self.assertEqual(set(self.found("[DEFAULT]", "debug = true")),
                         {"MWD501"})

    def test_what_set_says_counts_and_not_what_it_replaces(self):
        self.assertEqual(self.found("set debug = false", "[DEFAULT]",
                                    "debug = true"), {})
        found = self.found("set debug = true", "[DEFAULT]",
                           "debug = false")["MWD501"]
        subprocess.run(found["fix"], shell=True, check=True)
        self.assertEqual(self.check(), {})

    def test_what_another_file_says_counts(self):
        path = self.write("project/common.ini", (
            "[DEFAULT]\ndebug = true\n[app:main]\nuse = egg:MyApp\n"
            "session.secret = changeme\nother.secret = changeme\n"
            "[app:unused]\nuse = egg:MyApp\npassword = secret\n"))
        self.write(self.ini, INI.format("other.secret = 8f3b1d7c90a4f2e1")
                   .replace("egg:MyApp", "config:common.ini"))
        self.deploy()
        found = self.check()
        self.assertEqual(set(found), {"MWD501", "MWD502"})
        for finding in found.values():
            self.assertIn(path, finding["message"])
            subprocess.run(finding["fix"], shell=True, check=True)
        self.assertEqual(self.check(), {})

    def test_well_known_passwords(self):
        for line in ("ldap.password = letmein",
                     "sqlalchemy.url = postgresql://shop:postgres@db/shop"):
            with self.subTest(line):
                self.assertEqual(set(self.found(line)), {"MWD502"})
        self.assertEqual(self.found(
            "sqlalchemy.url = postgresql://shop:hK3_ls92d@db/shop"), {})

    def test_prefix_middleware_that_nothing_uses(self):
        self.assertEqual(self.found("[filter:p]",
                                    "use = egg:PasteDeploy#prefix"), {})

    def test_logging_by_half(self):
        self.write(self.ini, "[app:main]\nuse = egg:x\n[loggers]\n"
                             "keys = root, a\n[logger_root]\nhandlers = c\n"
                             "[handler_c]\nclass = StreamHandler\n"
                             "args = ()\nformatter = f\n")
        self.deploy()
        found = self.check()["MWD505"]
        self.assertIn("[logger_a], [handlers], [formatters], [formatter_f]",
                      found["message"])
        subprocess.run(found["fix"], shell=True, check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(self.check(), {})
        # And Python takes it.
        subprocess.run([sys.executable, "-c", "import sys\n"
                        "from logging.config import fileConfig\n"
                        "fileConfig(sys.argv[1])", self.ini], check=True)

    def test_sqlite_in_memory_or_elsewhere(self):
        self.assertEqual(self.found(
            "sqlalchemy.url = sqlite:///:memory:", "other = postgresql:///x",
            "third = sqlite://"), {})
        line = "sqlalchemy.url = sqlite:///%(here)s/x.db"
        self.assertNotIn("MWD508", self.found(line))
        found = self.found(line, choices=["--processes=2"])
        self.assertIn(f"the SQLite file {self.project}/x.db",
                      found["MWD508"]["message"])

    def test_relative_paths_matter_where_home_is_another(self):
        line = "sqlalchemy.url = sqlite:///x.db"
        self.write(self.ini, INI.format(line))
        os.chmod(self.project, 0o1777)
        self.deploy("--processes=1")
        self.assertEqual(self.check(), {})
        self.deploy("--home=" + self.top)
        found = self.check()["MWD503"]
        self.assertIn(f"x.db, which is looked for in {self.top}",
                      found["message"])
        subprocess.run(found["fix"], shell=True, check=True)
        with open(self.ini) as stream:
            self.assertIn("sqlite:///%(here)s/x.db", stream.read())

    def test_code_that_nobody_has_copied_yet(self):
        for path in ".git", "env/bin", "data":
            os.makedirs(f"{self.project}/{path}")
        for path in ".git/HEAD", "env/bin/activate", "data/list.txt":
            self.write(f"project/{path}", "")
        served = f"{self.top}/served/myapp"
        status, _, err = self.run_command(
            "deploy", "-q", f"--deployment={self.top}/served", "--virtualenv=",
            "--egg-cache=", "--baseline=", f"--log-directory={self.top}/logs")
        self.assertEqual(status, 0, err)
        fix = self.check()["MWD103"]["fix"]
        subprocess.run(["sh", "-c", fix.replace("sudo ", "")], check=True)
        names = set(os.listdir(served))
        self.assertLessEqual({"apache", "data", "production.ini"}, names)
        self.assertFalse({".git", "env"} & names)
        self.assertTrue(os.path.exists(f"{served}/data/list.txt"))
        self.assertNotIn("MWD103", self.check())


class Servers(Case):

    def test_neighbours_are_read_from_what_apache_has_in_force(self):
        other = self.write("other.conf", "Alias /myapp /srv\n")
        self.server = self.write("httpd.conf", self.server_text(
            f"<IfModule alias_module>\nInclude {other}\n</IfModule>"))
        self.deploy()
        self.assertIn(f"{other}:1 has Alias /myapp /srv",
                      self.check()["MWD411"]["message"])

    def test_where_apache_refuses_all_the_files_are_read(self):
        self.server = self.write("httpd.conf", self.server_text(
            "Alias /myapp /srv\nNonsense"))
        self.deploy()
        found = self.check()
        self.assertIn("in force already", found["MWD305"]["message"])
        self.assertIn("MWD411", found)

    def test_a_host_without_apache(self):
        self.deploy()
        with mock.patch.dict(os.environ, PATH="/nowhere"), \
                mock.patch.object(binaries, "_DIRECTORIES", ()):
            _, out, _ = self.run_command("check", "--json", "--no-load")
        site, = json.loads(out)["sites"]
        found = {each["code"] for each in site["problems"]}
        self.assertIn("MWD301", found)

    def test_what_is_in_force_is_checked_on_demand(self):
        self.deploy()
        status, _, err = self.run_command(
            "check", "--enabled", "--server-config", self.server)
        self.assertEqual(status, 2)
        self.assertIn("myapp.conf is not in force on this host", err)
        self.server = self.write("httpd.conf", self.server_text(
            f"Include {self.conf}"))
        self.assertEqual(self.check("--enabled", status=0), {})

    def rewrite(self, text):
        """Write the site's configuration anew, mounting its script."""
        script = f"{self.project}/apache/myapp.wsgi"
        self.write(self.conf, text.replace("SCRIPT", script) + (
            f"<Directory {self.project}/apache>\nRequire all granted\n"
            "</Directory>\n"))

    def mended(self, finding):
        subprocess.run(finding["fix"].replace("sudo ", ""), shell=True,
                       check=True)
        return self.check()

    def test_a_daemon_inside_a_host_that_its_other_alias_cannot_reach(self):
        self.deploy()
        self.rewrite(
            "<VirtualHost *:80>\nServerName shop.example\n"
            "WSGIDaemonProcess shop lang=C.UTF-8 queue-timeout=45\n"
            "WSGIScriptAlias / SCRIPT process-group=shop"
            " application-group=%{GLOBAL}\n</VirtualHost>\n"
            "WSGIScriptAlias /identity SCRIPT process-group=shop"
            " application-group=%{GLOBAL}\n")
        found = self.check()
        self.assertIn("MWD403", found)
        self.assertEqual(self.mended(found["MWD403"]), {})

    def test_a_process_group_counts_where_it_stands(self):
        self.deploy()
        daemon = "WSGIDaemonProcess shop lang=C.UTF-8 queue-timeout=45\n"
        alias = ("WSGIScriptAlias / SCRIPT"
                 " application-group=%{GLOBAL}\n")
        host = "<VirtualHost *:80>\nServerName shop.example\n"
        group = "WSGIProcessGroup shop\n"
        for text, unused in (
                (f"{host}{daemon}{alias}</VirtualHost>\n", True),
                (f"{host}{daemon}{alias}{group}</VirtualHost>\n", False),
                (f"{host}{daemon}{alias}<Location /other>\n{group}"
                 "</Location>\n</VirtualHost>\n", False),
                (f"{daemon}{host}{alias}<Location />\n{group}"
                 "</Location>\n</VirtualHost>\n", False),
                (f"{daemon}{host}{alias}<Files *.wsgi>\n{group}"
                 "</Files>\n</VirtualHost>\n", False)):
            with self.subTest(text):
                self.rewrite(text)
                self.assertEqual("MWD425" in self.check(), unused)
        self.rewrite(f"{host}{daemon}{alias}</VirtualHost>\n")
        self.assertEqual(self.mended(self.check()["MWD425"]), {})

    def test_a_copy_in_force_is_not_in_the_sites_way(self):
        self.deploy("--server-name=www.example.com")
        for name in ("myapp.conf", "10-shop.conf"):
            with self.subTest(name):
                copy = self.top + "/" + name
                shutil.copy(self.conf, copy)
                self.server = self.write("httpd.conf", self.server_text(
                    f"Include {copy}"))
                self.assertEqual(self.check(status=0), {})
                os.remove(copy)

    def test_a_wildcard_takes_the_requests_of_what_is_read_later(self):
        self.deploy("--server-name=www.example.com")
        enabled = self.top + "/sites-enabled"
        os.mkdir(enabled)
        self.server = self.write("httpd.conf", self.server_text(
            f"IncludeOptional {enabled}/*.conf"))
        os.symlink(self.conf, enabled + "/myapp.conf")
        for alias in ("*.example.org", "*.example.com.*", "other.example.com"):
            self.write("sites-enabled/all.conf", (
                "<VirtualHost *:80>\nServerName example.com\n"
                f"ServerAlias {alias}\n</VirtualHost>\n"))
            self.assertEqual(self.check(), {})
        path = self.write("sites-enabled/all.conf", (
            "<VirtualHost *:80>\nServerName example.com\n"
            "ServerAlias example.org *.Example.com\n</VirtualHost>\n"))
        found = self.check()
        self.assertEqual(set(found), {"MWD423"})
        self.assertIn(f"taken by {path}:3, which answers to *.example.com and"
                      " is read first", found["MWD423"]["message"])
        subprocess.run(found["MWD423"]["fix"], shell=True, check=True)
        self.assertEqual(self.check(), {})

    def test_a_file_that_is_included_by_its_name_is_not_renamed(self):
        self.deploy("--server-name=www.example.com")
        os.mkdir(self.top + "/sites")
        os.symlink(self.conf, self.top + "/sites/myapp.conf")
        other = self.write("sites/all.conf", (
            "<VirtualHost *:80>\nServerName example.com\n"
            "ServerAlias *.example.com\n</VirtualHost>\n"))
        self.server = self.write("httpd.conf", self.server_text(
            f"Include {other}\nInclude {self.top}/sites/myapp.conf"))
        self.assertIn(f"before that of {other}",
                      self.check()["MWD423"]["fix"])

    def test_a_wildcard_before_a_site_that_is_not_enabled_yet(self):
        self.server = self.write("httpd.conf", self.server_text(
            "<VirtualHost *:80>\nServerName example.com\n"
            "ServerAlias www.*\n</VirtualHost>"))
        self.deploy("--server-name=www.example.com")
        found = self.check()
        self.assertEqual(set(found), {"MWD423"})
        self.assertIn("another --server-name", found["MWD423"]["fix"])

    def test_a_host_of_the_same_name_on_another_port_is_another(self):
        self.server = self.write("httpd.conf", self.server_text(
            "<VirtualHost *:8080>\nServerName www.example.com\n"
            "</VirtualHost>"))
        self.deploy("--server-name=www.example.com")
        self.assertEqual(self.check(), {})
        self.deploy("--port=8080")
        self.assertEqual(set(self.check()), {"MWD410"})


@unittest.skipIf(os.geteuid(), "only root can label files")
class Confined(Case):

    def test_selinux(self):
        self.deploy()
        script = self.project + "/apache/myapp.wsgi"
        try:
            os.setxattr(script, "security.selinux",
                        b"system_u:object_r:user_home_t:s0\0")
        except OSError:
            self.skipTest("this file system takes no labels")
        self.assertNotIn("MWD206", self.check())
        with mock.patch.object(permissions, "SELINUX",
                               self.write("enforce", "1")):
            found = self.check()["MWD206"]
        self.assertIn("user_home_t", found["message"])
        self.assertIn(f"restorecon -R {self.project}/apache", found["fix"])

    def test_apparmor(self):
        self.deploy()
        profiles = self.write("profiles", "/usr/bin/man (enforce)\n"
                                          "/usr/sbin/apache2 (enforce)\n")
        with mock.patch.object(permissions, "APPARMOR", profiles):
            found = self.check()["MWD207"]
        self.assertIn("/usr/sbin/apache2", found["fix"])
        self.write("profiles", "/usr/sbin/apache2 (complain)\n")
        with mock.patch.object(permissions, "APPARMOR", profiles):
            self.assertEqual(self.check(), {})


class Locales(unittest.TestCase):

    def test_installed_ones(self):
        for name in ("C", "POSIX", "C.UTF-8"):
            self.assertTrue(environment.is_installed(name), name)
        self.assertFalse(environment.is_installed("xx_YY.UTF-8"))


if __name__ == "__main__":
    unittest.main()
