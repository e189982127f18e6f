"""The failures that users meet: foretold, seen, mended by the printed fix.

Each test makes one on a private Apache.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path
from urllib.parse import quote

from modwsgideploy.apache import binaries, control, parser
from modwsgideploy.apache.probe import probe
from modwsgideploy.errors import DeployError
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import fastcgi_samples, samples

BIN = Path(sys.executable).parent
HOST = "www.example.com"


class Case(unittest.TestCase):
    """One deployment, in place, and what surrounds it on the server."""

    maxDiff = None
    sample = staticmethod(samples.paste)
    choices = ()
    modules = ()
    wsgi = True
    # That has no finding: what the sample's pages read of their own accord.
    usual = ("--egg-cache=", "--pass-authorization")

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)
        self.virtualenv = self.sample().virtualenv
        project = self.sample().copy(self.top / "project")
        self.project, self.name = project.directory, project.package
        # What somebody deployed of the sample itself is not copied.
        shutil.rmtree(self.project / "apache", ignore_errors=True)
        self.ini = self.project / project.config
        self.others = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def deploy(self, *choices):
        """Write the deployment, in place."""
        (self.top / "logs").mkdir(exist_ok=True)
        self.run_command(
            "deploy", "-q", "--in-place", f"--virtualenv={self.virtualenv}",
            f"--config={self.ini.name}", f"--log-directory={self.top}/logs",
            *self.usual, *choices)
        self.assertEqual(self.status, 0)
        self.conf = self.project / "apache" / self.name
        self.script = self.project / "apache" / (self.name + ".wsgi")
        text = self.conf.read_text()
        self.host = HOST if "ServerName" in text else ""
        # Static files are below it.
        self.mount = min((
            directive.arguments[0] for directive
            in parser.parse(text, "")
            if directive.key in ("wsgiscriptalias", "alias")), key=len)

    def run_command(self, *arguments):
        """What modwsgideploy prints."""
        done = subprocess.run(
            [BIN / "modwsgideploy", arguments[0], self.project,
             *arguments[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        self.status = done.returncode
        return done.stdout + done.stderr

    def edit(self, path, old, new):
        """Change a file by hand."""
        text = path.read_text()
        self.assertRegex(text, old)
        path.write_text(re.sub(old, new, text))

    def neighbour(self, text):
        """Configuration of the server before the site's own."""
        path = self.top / f"other{len(self.others)}.conf"
        path.write_text(text + "\n")
        self.others.append(str(path))

    @contextlib.contextmanager
    def apache(self):
        """A private Apache, not started yet, configured for the site."""
        with Server(port=self.port, virtualenv=str(self.virtualenv),
                    prefer="system", timeout=8,
                    wsgi=self.wsgi, modules=self.modules) as server:
            self.served = self.serving()
            self.server_config = server.configure(self.served)
            yield server

    def serving(self):
        """The sites (Served) of a private Apache."""
        baseline = self.project / "apache" / "baseline.conf"
        return [Served((*self.others, str(self.conf)), self.mount, self.host,
                       str(baseline) if baseline.exists() else "")]

    def check(self, *arguments):
        """The findings, by code."""
        with self.apache():
            return self.findings(*arguments)

    def findings(self, *arguments):
        told = json.loads(self.run_command(
            "check", "--json", "--server-config", self.server_config,
            *arguments))
        self.assertEqual(self.status, 2 if any(
            each["level"] == "error" for each in told["problems"]) else int(
                any(each["level"] == "warning"
                    for each in told["problems"])))
        return {each["code"]: each for each in told["problems"]
                if each["level"] != "hint"}

    def visit(self, path="/", **options):
        """What a visitor gets and the log says, as one text."""
        with self.apache() as server:
            try:
                server.start(self.served)
                answer = server.get(quote(self.mount.rstrip("/")) + path,
                                    self.host, **options)
                time.sleep(0.05)
                return "\n".join((
                    f"{answer.status} {answer.reason}",
                    answer.body.decode("utf-8", "replace"),
                    *server.new_lines()))
            except DeployError as error:
                return "\n".join((str(error), *(
                    path.read_text() for path
                    in (self.top / "logs").iterdir())))

    def mend(self, problem):
        """Do as the finding says, as whoever runs this."""
        done = subprocess.run(
            re.sub(r"\bsudo ", "", problem["fix"]), shell=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            cwd="/", umask=0o022)
        self.assertEqual(done.returncode, 0, (problem, done.stdout))

    def prove(self, code, symptom, mended="200", path="/", **options):
        """Foretold, seen, mended, gone."""
        found = self.check()
        self.assertIn(code, found)
        self.assertRegex(self.visit(path, **options), symptom)
        self.mend(found[code])
        self.assertNotIn(code, self.check())
        self.assertRegex(self.visit(path, **options), mended)


def needs_root(test):
    return unittest.skipIf(
        os.geteuid(), "only root can serve as another user")(test)


class Processes(Case):
    """Numbers are those of the failures that users meet most."""

    def test_01_a_daemon_process_that_another_site_has(self):
        # Other words of the directive may end in the name.
        home = self.top / "plain_app"
        home.mkdir()
        self.deploy(f"--home={home}")
        self.neighbour("WSGIDaemonProcess plain_app threads=1")
        self.prove("MWD401", "did not start(.|\n)*Name duplicates")
        self.assertEqual(self.check(), {})
        self.assertIn(f"home={home} ", self.conf.read_text())

    def test_10_not_the_first_interpreter(self):
        self.deploy()
        self.edit(self.conf, r" application-group=%\{GLOBAL\}", "")
        self.prove("MWD406", r'"application_group": "[^"]',
                   r'"application_group": ""', "/seen")

    def test_11_the_process_group_of_another_host(self):
        self.deploy()
        self.neighbour(f"<VirtualHost *:{self.port}>\n"
                       "ServerName other.example\n"
                       "WSGIDaemonProcess theirs threads=1\n</VirtualHost>\n"
                       f"<VirtualHost *:{self.port}>\n"
                       "ServerName 127.0.0.1\n</VirtualHost>")
        self.edit(self.conf, "process-group=plain_app",
                  "process-group=theirs")
        self.prove("MWD403", "500|did not start|did not answer")

    def test_11_a_process_group_that_nobody_defines(self):
        self.deploy()
        self.edit(self.conf, "process-group=plain_app",
                  "process-group=nobodys")
        self.prove("MWD402", "500|did not start|did not answer")

    def test_12_no_locale(self):
        self.deploy()
        self.edit(self.conf, r" \\\n +lang=.* \\\n +locale=\S+", "")
        self.prove("MWD407", '"fs_encoding": "ascii"',
                   '"fs_encoding": "utf-8"', "/seen")

    def test_12_a_locale_that_is_not_installed(self):
        self.deploy("--locale=xx_YY.UTF-8")
        self.prove("MWD408", '"fs_encoding": "ascii"',
                   '"fs_encoding": "utf-8"', "/seen")

    def test_a_daemon_process_after_the_script_that_needs_it(self):
        self.deploy()
        text = self.conf.read_text()
        daemon = re.search(r"WSGIDaemonProcess(?:.*\\\n)*.*\n", text)[0]
        self.conf.write_text(text.replace(daemon, "") + daemon)
        self.prove("MWD404", "did not start(.|\n)*not yet configured")

    def test_a_process_group_for_the_whole_server(self):
        self.deploy("--no-preload")
        self.edit(self.conf, r"(?m)^ +WSGIProcessGroup.*\n", "")
        self.edit(self.conf, r"\Z", "WSGIProcessGroup plain_app\n")
        self.prove("MWD405", "200")

    def test_embedded_mode_where_it_is_switched_off(self):
        self.deploy()
        self.neighbour("WSGIRestrictEmbedded On")
        self.edit(self.conf, " process-group=plain_app", "")
        self.prove("MWD418", "[45]0\\d")

    def test_certbots_copy_of_the_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        daemon = re.search(r"WSGIDaemonProcess (\S+)", self.conf.read_text())
        copy = self.top / "plain_app-le-ssl.conf"
        copy.write_text("<VirtualHost *:443>\n"
                        f"ServerName {HOST}\n"
                        f"WSGIDaemonProcess {daemon[1]} threads=1\n"
                        "</VirtualHost>\n")
        self.neighbour(f"Include {copy}")
        self.prove("MWD416", "did not start(.|\n)*Name duplicates")

    def test_certbots_copy_of_a_host_whose_name_begins_alike(self):
        self.deploy()
        copy = self.top / "plain_apple-le-ssl.conf"
        copy.write_text("WSGIDaemonProcess plain_app threads=1\n")
        self.neighbour(f"Include {copy}")
        found = self.check()
        self.assertIn("MWD401", found)
        self.assertNotIn("MWD416", found)

    def test_certbots_copy_is_read_before_the_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        host = re.search(r"(?ms)^<VirtualHost.*", self.conf.read_text())[0]
        copy = self.top / f"{self.name}-le-ssl.conf"
        copy.write_text(host.replace(f"*:{self.port}>", "*:443>"))
        self.neighbour(f"Include {copy}")
        self.prove("MWD404", "did not start(.|\n)*not yet configured")


class Places(Case):

    def test_02_a_module_that_is_not_installed_without_a_virtualenv(self):
        self.deploy("--virtualenv=", "--backend=fastcgi")
        with self.apache():
            found = self.findings()["MWD601"]
        path = f"{self.project}/virtualenv"
        self.assertRegex(found["fix"], f" -m venv {path} && (sudo )?{path}/bin"
                         f"/pip install .* && .*--virtualenv={path}")
        subprocess.run(found["fix"].split(" && ")[0], shell=True, check=True)
        self.assertTrue(os.path.exists(f"{path}/bin/pip"))

    def test_02_a_module_that_is_not_installed(self):
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([samples.interpreter(), "-m", "venv",
                        self.virtualenv], check=True)
        self.deploy()
        self.prove("MWD601", "No module named 'paste'")

    def test_02_a_baseline_that_is_missing(self):
        self.deploy(f"--baseline={self.top}/baseline")
        # An ordinary user's server has its sockets elsewhere.
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.prove("MWD101", "encodings|did not answer")

    def test_02_a_virtualenv_that_is_missing(self):
        self.virtualenv = self.top / "gone"
        self.deploy()
        found = self.check()
        self.assertRegex(self.visit(), "encodings|did not answer|No module")
        self.mend(found["MWD102"])
        # It is empty still, and that is the next finding.
        found = self.check()
        self.assertNotIn("MWD102", found)
        self.assertIn("MWD601", found)

    def test_03_a_virtualenv_of_another_python(self):
        python = other_python()
        self.virtualenv = self.top / "virtualenv"
        subprocess.run([python, "-m", "venv", "--without-pip",
                        self.virtualenv], check=True)
        ours = samples.paste().virtualenv
        self.virtualenv, wrong = ours, self.virtualenv
        self.deploy()
        self.edit(self.conf, str(ours), str(wrong))
        self.edit(self.script, str(ours), str(wrong))
        self.prove("MWD304", "No module named|nothing can be seen")

    @needs_root
    def test_04_a_directory_that_only_its_owner_enters(self):
        self.deploy()
        self.top.chmod(0o700)
        self.prove("MWD201", "403|did not answer|50\\d|Permission")

    @needs_root
    def test_04_an_ini_that_only_its_owner_reads(self):
        self.deploy()
        self.ini.chmod(0o600)
        self.prove("MWD201", "cannot read .*production.ini")
        self.assertEqual(self.ini.stat().st_mode & 0o777, 0o640)

    def test_05_a_script_that_is_not_there(self):
        self.deploy()
        self.edit(self.conf, r"apache/plain_app\.wsgi", "apache/plain.wsgi")
        self.prove("MWD107", "403|404|500")

    def test_06_order_and_allow(self):
        self.deploy()
        self.edit(self.conf, "Require all granted",
                  "Order allow,deny\n        Allow from all")
        self.prove("MWD306", "did not start(.|\n)*Order")

    def test_06_access_that_nobody_grants(self):
        self.deploy()
        self.edit(self.conf, " +Require all granted\n(?= *</Files>)", "")
        self.prove("MWD311", "403(.|\n)*AH01630")

    @needs_root
    def test_07_sockets_in_a_closed_directory(self):
        self.deploy()
        closed = self.top / "run"
        closed.mkdir(mode=0o700)
        self.neighbour(f"WSGISocketPrefix {closed}/wsgi")
        self.prove("MWD203", "503")

    @needs_root
    def test_13_an_egg_cache_that_cannot_be_written(self):
        cache = self.top / "eggs"
        cache.mkdir(mode=0o755)
        egg = self.top / "zipped-1.0-py3.egg"
        with zipfile.ZipFile(egg, "w") as archive:
            archive.writestr("zipped/__init__.py", "")
            archive.writestr("zipped/data.txt", "unpacked")
            archive.writestr("EGG-INFO/PKG-INFO",
                             "Metadata-Version: 2.1\nName: zipped\n"
                             "Version: 1.0\n")
        self.usual = ("--pass-authorization",)
        self.deploy(f"--egg-cache={cache}", f"--python-path={egg}")
        self.edit(self.script, r"\Z", (
            "\nimport pkg_resources\n"
            "pkg_resources.resource_filename('zipped', 'data.txt')\n"))
        self.prove("MWD202", "Can't extract file")

    def test_the_egg_cache_is_made_by_the_fix(self):
        self.usual = ("--pass-authorization",)
        self.deploy(f"--egg-cache={self.top}/eggs")
        problem = self.check()["MWD105"]
        if os.geteuid():
            self.assertIn("sudo install -d", problem["fix"])
            return
        self.mend(problem)
        self.assertEqual(self.check(), {})

    @needs_root
    def test_18_a_database_that_cannot_be_written(self):
        self.ini = self.project / "relative.ini"
        self.deploy("--processes=1", "--skip=MWD504")
        found = self.check()
        self.assertEqual(set(found), {"MWD204"})
        post = dict(path="/notes", method="POST", body=b"remember")
        self.assertRegex(self.visit(**post), "readonly database")
        # The directory, and then the file.
        for problem in (found["MWD204"], *self.check().values()):
            self.mend(problem)
        for problem in self.check().values():
            self.mend(problem)
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(**post), "200 OK\nfirst\nremember")

    def test_18_a_database_that_processes_share(self):
        self.ini = self.project / "relative.ini"
        self.deploy()
        found = self.check()
        self.mend(found["MWD508"])
        self.assertNotIn("MWD508", self.check())
        self.assertRegex(self.visit("/seen"), '"multiprocess": false')

    def test_a_home_that_is_missing(self):
        self.deploy(f"--home={self.top}/home")
        self.prove("MWD110", "did not|503|No such file", "200")

    def test_a_log_directory_that_is_missing(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}",
                    f"--log-directory={self.top}/gone")
        self.prove("MWD109", "did not start")

    @needs_root
    def test_a_user_who_does_not_exist(self):
        self.deploy("--user=nobody-of-that-name")
        found = self.check()
        self.assertIn("useradd --system nobody-of-that-name",
                      found["MWD205"]["fix"])
        self.assertNotIn("MWD305", found)
        self.assertRegex(self.visit(), "did not start")


class Urls(Case):

    def test_directives_that_are_in_force_nowhere(self):
        self.deploy()
        self.edit(self.conf, r"(.|\n)+",
                  r"<IfModule no_such_module>\n\g<0></IfModule>\n")
        self.prove("MWD422", "404")

    def test_14_authorization_that_is_not_passed(self):
        self.usual = ("--egg-cache=",)
        self.deploy()
        self.prove("MWD413", '"authorization": null',
                   '"authorization": "Basic eDp5"', "/seen",
                   headers={"Authorization": "Basic eDp5"})

    def test_15_a_mount_point_with_a_slash_at_the_end(self):
        self.deploy()
        self.edit(self.conf, "WSGIScriptAlias /plain_app ",
                  "WSGIScriptAlias /plain_app/ ")
        self.prove("MWD409", "404", path="")

    def test_16_static_files_outside_the_mount_point(self):
        static = f"{self.project}/plain_app/static"
        self.deploy(f"--static=/static={static}")
        self.edit(self.conf, "Alias /plain_app/static", "Alias /static")
        self.prove("MWD417", "404", path="/static/style.css")

    def test_16_static_files_that_are_not_there(self):
        self.deploy(f"--static=/files={self.top}/files")
        found = self.check()
        self.assertRegex(self.visit("/files/x"), "404|AH00128|403")
        self.mend(found["MWD108"])
        self.assertEqual(self.check(), {})

    def test_17_the_scheme_behind_a_proxy(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.edit(self.conf, f"ServerName {HOST}:{self.port}",
                  f"ServerName https://{HOST}")
        self.prove("MWD414", '"scheme": "http"', '"scheme": "https"', "/seen",
                   headers={"X-Forwarded-Proto": "https",
                            "X-Forwarded-For": "10.1.2.3"})

    def test_17_headers_that_are_believed_from_everybody(self):
        self.deploy()
        self.edit(self.conf, r"\Z",
                  "WSGITrustedProxyHeaders X-Forwarded-For\n")
        self.prove("MWD414", "200")

    def test_an_alias_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour(f"Alias /plain_app {self.top}/logs")
        self.prove("MWD411", "403|404")

    def test_a_redirect_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour("Redirect permanent / https://www.example.com/")
        self.prove("MWD411", "301")

    def test_a_redirect_of_the_main_server_takes_a_virtual_hosts(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour("RedirectMatch 302 ^/plain(.*)$ http://127.0.0.1/$1")
        self.prove("MWD411", "302")

    def test_a_pattern_that_takes_the_sites_urls(self):
        self.deploy()
        self.neighbour(f"AliasMatch ^/([a-z_]+)/ {self.top}/logs/$1")
        self.prove("MWD411", "403|404")

    def test_a_proxy_that_takes_the_sites_urls(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy()
        self.neighbour("ProxyPass / http://127.0.0.1:1/")
        self.prove("MWD411", "503")

    def test_a_proxy_of_the_main_server_takes_a_virtual_hosts(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour("ProxyPass / http://127.0.0.1:1/")
        self.prove("MWD411", "503")

    def test_a_proxy_that_leaves_the_sites_urls(self):
        self.modules = ("proxy", "proxy_http")
        self.deploy()
        self.neighbour("ProxyPass /plain_app !\n"
                       "ProxyPass / http://127.0.0.1:1/")
        self.assertEqual(self.check(), {})
        self.assertRegex(self.visit(), "200")

    def other_application(self):
        """The path of the script of an application of somebody else."""
        path = self.top / "other.wsgi"
        path.write_text("def application(environ, start_response):\n"
                        "    start_response('200 OK', [])\n"
                        "    return [b'somebody else']\n")
        return path

    def grant(self):
        self.neighbour(f"<Directory {self.top}>\nRequire all granted\n"
                       "</Directory>")

    def test_the_first_virtual_host_takes_a_mount_of_the_main_server(self):
        self.deploy()
        self.grant()
        self.neighbour(f"<VirtualHost *:{self.port}>\n"
                       f"WSGIScriptAlias / {self.other_application()}\n"
                       "</VirtualHost>")
        self.assertRegex(self.check()["MWD411"]["message"],
                         "WSGIScriptAlias / .* takes all of /plain_app .*"
                         " where no other VirtualHost answers")
        self.assertIn("somebody else", self.visit())
        # As a host of its own it is not in the way.
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.assertEqual(self.check(), {})
        self.assertNotIn("somebody else", self.visit())

    def test_another_virtual_host_may_have_all_urls(self):
        self.deploy()
        self.neighbour(f"<VirtualHost *:{self.port}>\n</VirtualHost>\n"
                       f"<VirtualHost *:{self.port}>\nServerName {HOST}\n"
                       f"WSGIScriptAlias / {self.other_application()}\n"
                       "</VirtualHost>")
        self.assertEqual(self.check(), {})
        self.assertNotIn("somebody else", self.visit())

    def test_a_script_of_the_main_server_that_is_read_first(self):
        self.deploy()
        self.grant()
        self.neighbour(f"WSGIScriptAlias / {self.other_application()}")
        self.assertIn("read first", self.check()["MWD411"]["message"])
        self.assertIn("somebody else", self.visit())

    def test_a_virtual_host_for_an_address(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        # One that visitors come to, on every machine.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            try:
                ours.connect(("192.0.2.1", 9))
            except OSError:
                self.skipTest("this machine has no address but its own")
            address = ours.getsockname()[0]
        self.neighbour(f"Listen {address}:{self.port}\n"
                       f"<VirtualHost {address}:{self.port}>\n"
                       "ServerName other.example.com\n</VirtualHost>")

        def status():
            with self.apache() as server:
                server.start(self.served)
                return probe(self.mount, self.port, HOST,
                             address=address).status

        found = self.check()
        self.assertIn("MWD424", found)
        self.assertIn(status(), (403, 404))
        self.mend(found["MWD424"])
        self.assertEqual(self.check(), {})
        self.assertEqual(status(), 200)

    def test_virtual_hosts_for_other_addresses(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost 127.0.0.2:{self.port}>\n"
                       "ServerName localhost\n</VirtualHost>\n"
                       f"<VirtualHost 192.0.2.1:{self.port + 1}>\n"
                       "ServerName other.example.com\n</VirtualHost>\n"
                       f"<VirtualHost _default_:{self.port}>\n"
                       "ServerName third.example.com\n</VirtualHost>")
        self.assertEqual(self.check(), {})

    def test_a_host_that_a_macro_makes(self):
        self.modules = ("macro",)
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour("<Macro Both $name $port>\n"
                       "<VirtualHost *:$port>\nServerName $name\n"
                       "</VirtualHost>\n"
                       "<VirtualHost *:1>\nServerName $name\n"
                       "</VirtualHost>\n</Macro>\n"
                       f"Use Both other.example.com {self.port}\n"
                       f"Use Both {HOST} 2")
        self.assertEqual(self.check(), {})
        self.neighbour(f"Use Both {HOST} {self.port}")
        self.assertIn(f"taken by {self.others[-1]}:1 as well",
                      self.check()["MWD410"]["message"])

    def test_redirects_that_take_only_some(self):
        self.deploy()
        self.neighbour("Redirect /plain_app/old /plain_app/new\n"
                       "Redirect gone /plain\n"
                       "RedirectMatch ^/plain_app/$ /plain_app/start\n"
                       "<Location /other>\nRedirect /\n</Location>")
        self.assertEqual(self.check(), {})

    def test_a_host_that_another_site_has(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerName {HOST}\n"
                       "</VirtualHost>")
        self.assertIn("MWD410", self.check())
        self.assertRegex(self.visit(), "40\\d")

    def test_a_host_that_anothers_wildcard_takes(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.neighbour(f"<VirtualHost *:{self.port}>\nServerName example.com\n"
                       "ServerAlias *.example.com\n</VirtualHost>")
        self.assertIn("MWD423", self.check())
        self.assertRegex(self.visit(), "40\\d")

    def test_a_mount_point_that_another_site_has(self):
        self.deploy()
        self.neighbour("WSGIScriptAlias /plain_app /elsewhere/app.wsgi")
        self.assertIn("MWD410", self.check())


class Ini(Case):

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


class Servers(Case):

    def prove_on_server(self, code, refused=True):
        """As `prove`, where the fix is one of the server's."""
        found = self.findings()
        self.assertIn(code, found)
        httpd = binaries.find_httpd()
        self.assertEqual(
            control.config_test(httpd, self.server_config)[0], not refused)
        self.mend(found[code])
        self.assertEqual(self.findings(), {})
        self.assertTrue(control.config_test(httpd, self.server_config)[0])

    def test_a_module_that_is_not_enabled(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "ExpiresActive On\n")
        with self.apache():
            self.prove_on_server("MWD302")

    def test_mod_python_beside_mod_wsgi(self):
        self.deploy()
        with self.apache() as server:
            self.edit(Path(self.server_config), "(?=LoadModule wsgi_module)",
                      "LoadModule python_module"
                      f" {server.httpd.module('python')}\n")
            self.prove_on_server("MWD303", refused=False)

    def test_an_option_of_another_mod_wsgi(self):
        self.deploy()
        self.edit(self.conf, " threads=15", " threads=15 interrupt-timeout=5")
        self.prove("MWD307", "did not start")

    def test_a_directive_of_the_server_in_a_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        self.edit(self.conf, "(?=</VirtualHost>)",
                  f"WSGIPythonHome {self.virtualenv}\n")
        self.prove("MWD308", "did not start")

    def test_several_baselines(self):
        self.deploy()
        self.neighbour(f"WSGIPythonHome {self.virtualenv}")
        self.neighbour(f"WSGIPythonHome {samples.baseline()}")
        self.prove("MWD309", "200")

    def test_the_baseline_of_another_site(self):
        other = samples.baseline()
        self.deploy(f"--baseline={self.virtualenv}")
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.neighbour(f"WSGIPythonHome {other}")
        self.prove("MWD309", f"200 OK(.|\n)*{other}",
                   f"200 OK(.|\n)*{other}", "/seen")

    def test_what_apache_alone_can_tell(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "Alias /nowhere\n")
        found = self.check()
        self.assertEqual(set(found), {"MWD305"})
        self.assertIn("Alias", found["MWD305"]["message"])
        self.assertRegex(self.visit(), "did not start")

    def test_a_site_that_is_not_in_force_is_tried_by_apache_as_well(self):
        self.deploy()
        self.edit(self.conf, r"\Z", "Alias /nowhere\n")
        with self.apache() as server:
            self.server_config = server.configure([])
            self.assertEqual(set(self.findings()), {"MWD305"})
            self.run_command("check", "--enabled",
                             "--server-config", self.server_config)
            self.assertEqual(self.status, 2)

    def test_more_processes_than_memory(self):
        self.deploy("--processes=100000")
        found = self.check()
        self.mend(found["MWD602"])
        self.assertEqual(self.check(), {})


class Certificates(Case):

    def certify(self, name, *options):
        """Make a certificate for NAME.pem and NAME.key."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", f"/CN={HOST}", "-keyout", self.top / f"{name}.key",
             "-out", self.top / f"{name}.pem", *options], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def deploy_with(self, certificate, key):
        self.modules = ("ssl", "socache_shmcb")
        self.deploy(f"--server-name={HOST}",
                    f"--certificate={self.top}/{certificate}",
                    f"--certificate-key={self.top}/{key}")

    def test_a_good_one_has_no_finding(self):
        self.certify("good", "-days", "60")
        self.deploy_with("good.pem", "good.key")
        self.assertEqual(self.check(), {})

    def test_a_key_of_another_certificate(self):
        self.certify("one", "-days", "60")
        self.certify("two", "-days", "60")
        self.deploy_with("one.pem", "two.key")
        self.assertEqual(set(self.check()), {"MWD702"})
        self.assertRegex(self.visit(), "did not start(.|\n)*AH02565")

    def test_one_that_is_missing(self):
        self.certify("one", "-days", "60")
        self.deploy_with("gone.pem", "one.key")
        self.assertEqual(set(self.check()), {"MWD701"})
        self.assertRegex(self.visit(), "did not start")

    def test_one_that_ends_soon(self):
        self.certify("near", "-days", "5")
        self.deploy_with("near.pem", "near.key")
        self.assertEqual(set(self.check()), {"MWD703"})


class Clean(Case):
    """No false alarm."""

    def check_clean(self, sample, *choices):
        self.sample = sample
        self.setUp()
        self.deploy(*(word.format(port=self.port) for word in choices))
        began = time.perf_counter()
        self.assertEqual(self.check("--no-load"), {})
        self.assertLess(time.perf_counter() - began, 1.5)
        self.assertEqual(self.check("--enabled"), {})
        self.assertRegex(self.visit(), "200 OK|302 Found")

    def test_paste_and_pyramid(self):
        for sample in (samples.paste, samples.pyramid):
            for choices in ((), ("--mode=embedded",),
                            ("--mount-point=/a b",),
                            ("--test-page=local", "--trusted-proxy=10.0.0.1"),
                            (f"--server-name={HOST}", "--port={port}",
                             "--mount-point=/")):
                with self.subTest(sample.__name__, choices=choices):
                    self.check_clean(sample, *choices)

    def test_fastcgi(self):
        self.modules = ("fcgid",)
        for choices in ((), (f"--server-name={HOST}", "--port={port}")):
            with self.subTest(choices=choices):
                self.check_clean(fastcgi_samples.pyramid,
                                 "--backend=fastcgi", *choices)

    def test_mod_python(self):
        self.wsgi, self.modules = False, ("python",)
        for choices in ((), (f"--server-name={HOST}", "--port={port}")):
            with self.subTest(choices=choices):
                self.check_clean(samples.pyramid, "--backend=mod_python",
                                 *choices)

    @needs_root
    def test_turbogears_2(self):
        sample = samples.turbogears2
        self.sample = sample
        self.setUp()
        subprocess.run(["chgrp", "-R", "www-data", self.project], check=True)
        subprocess.run(["chmod", "-R", "g+w", self.project], check=True)
        self.deploy("--processes=1")
        self.assertEqual(self.check(), {})

    def test_what_the_samples_of_odd_shapes_lack_is_logging_alone(self):
        for sample in (samples.hatchling, samples.bare, samples.factory,
                       samples.egg_info, samples.composite):
            with self.subTest(sample.__name__):
                self.check_clean(sample, "--skip=MWD504")


def other_python():
    """A Python that is not that of mod_wsgi."""
    ours = re.search(r"3\.\d+", samples.interpreter())
    for minor in range(9, 15):
        path = next(iter(Path.home().glob(
            f".pyenv/versions/3.{minor}.*/bin/python")), None) or (
                shutil.which(f"python3.{minor}"))
        if path and (not ours or ours[0] != f"3.{minor}"):
            return path
    raise unittest.SkipTest("no second Python 3 on this machine")


if __name__ == "__main__":
    unittest.main()
