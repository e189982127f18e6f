"""``check`` and ``serve`` of a manifest, run as a user runs them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.apache import binaries, control
from modwsgideploy.apache.probe import probe
from modwsgideploy.server.private import Server
from tests.support import fastcgi_samples, http_samples, samples

COMMAND = str(Path(sys.executable).parent / "modwsgideploy")

SAYING = """
import os

def main(global_conf, says, noted=""):
    if noted:
        with open(noted, "a") as stream:
            stream.write("loaded\\n")

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [says.encode() + environ["PATH_INFO"].encode()]

    return application
"""
ANSWERING = """
def main(global_conf, says):
    def application(environ, start_response):
        start_response(says, [("Content-Type", "text/plain")])
        return [b"here"]

    return application
"""
FAILING = """
def main(global_conf, **settings):
    raise RuntimeError("not today")
"""
INI = "[app:main]\npaste.app_factory = saying:main\nsays = {}\n"
# What these sites could have besides; no test is about it.
SKIPPED = "skip = MWD504\n    MWD406\n    MWD314"


class Case(unittest.TestCase):
    """A manifest in a directory of its own."""

    maxDiff = None

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)
        self.sections = [
            "[DEFAULT]\nin-place = yes\negg-cache =\n"
            f"virtualenv = {samples.bare().virtualenv}\n{SKIPPED}\n"]

    def add(self, name, *lines, code=SAYING, ini=INI):
        """A site with a project of its own."""
        project = self.top / name
        project.mkdir(mode=0o755)
        (project / "saying.py").write_text(code)
        (project / "production.ini").write_text(ini.format(name))
        self.section(name, f"project = {name}", *lines)

    def section(self, name, *lines):
        """A site of a project that there is."""
        self.sections.append("\n".join([f"[{name}]", *lines, ""]))

    def run_command(self, *words, status=0):
        """What the command prints, to stdout and to stderr."""
        done = subprocess.run(
            [COMMAND, *words], cwd=self.top, text=True, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", re.sub(
            "(?m)^    .*", "", done.stdout + done.stderr))
        return done.stdout, done.stderr

    def manifest(self):
        """Write it; its path as a user names it."""
        (self.top / "sites.ini").write_text("\n".join(self.sections))
        return "sites.ini"


# In a mount namespace, with another configuration of the system's Apache.
ELSEWHERE = """
set -e
mount --bind etc "$1"
$2 batch sites.ini 2> told || echo $? >> told
rm "$1/sites-enabled/old.conf"
$2 batch sites.ini
"""


class Batch(Case):

    def test_what_this_hosts_apache_serves_already_is_in_the_way(self):
        etc = os.path.dirname(control.main_config(binaries.find_httpd()))
        shutil.copytree(etc, self.top / "etc", symlinks=True)
        enabled = self.top / "etc" / "sites-enabled"
        (enabled / "old.conf").write_text(
            "<VirtualHost *:80>\nServerName shop.example.com\n"
            "</VirtualHost>\n")
        self.add("shop", "server-name = shop.example.com")
        self.manifest()
        done = None
        for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
            done = subprocess.run(
                [*unshare, "sh", "-c", ELSEWHERE, "sh", etc, COMMAND],
                cwd=self.top, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode == 0:
                break
        else:
            if not os.environ.get("CI"):
                self.skipTest(f"nothing can be mounted: {done.stdout}")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 site: 1 created", done.stdout)
        self.assertRegex((self.top / "told").read_text(), (
            r"\Amodwsgideploy: sites\.ini:\d+ \[shop\]: shop\.example\.com:80"
            rf" is taken by {etc}/sites-enabled/old\.conf:2, which is enabled"
            r" on this host; disable that, or choose another\n2\n\Z"))


class Check(Case):

    def deploy(self):
        self.run_command("batch", "-q", self.manifest())

    def check(self, *words, status=0):
        """What ``check`` prints, on an Apache that has nothing yet."""
        with Server(prefer="system") as server:
            return self.run_command(
                "check", self.manifest(), "--server-config",
                server.configure([]), *words, status=status)

    def found(self, *words, status=0):
        """The JSON of it: a dict of site to what is said of it."""
        out, _ = self.check("--json", *words, status=status)
        return {site["name"]: site for site in json.loads(out)["sites"]}

    def codes(self, site):
        return [problem["code"] for problem in site["problems"]]

    def test_sites_in_order(self):
        # This Apache has a port of its own.
        self.add("shop", "server-name = shop.example.com",
                 SKIPPED + "\n    MWD428")
        self.add("blog")
        self.deploy()
        out, err = self.check()
        self.assertRegex(out, r"^2 sites: 2 in order; 4 hints \(-v shows the"
                              r" hints\) \(\d+\.\d s\)\n$")
        self.assertEqual(err, "")

    def test_what_many_have_alike_is_told_once(self):
        for name in ("shop", "blog", "wiki"):
            self.add(name, "home = /srv/of-nobody",
                     ini=INI + "debug = true\n" * (name != "wiki"))
        self.deploy()
        _, err = self.check("--no-load", status=1)
        self.assertEqual(err.count("[MWD110]"), 1)
        self.assertEqual(err.count("[MWD501]"), 1)
        self.assertIn("\n3 sites (shop, blog, wiki):\nerror: the home of the"
                      " daemon processes /srv/of-nobody does not exist", err)
        self.assertIn("\n2 sites (shop, blog), told as of shop:\nerror:"
                      f" {self.top}/shop/production.ini: [app:main] has debug"
                      " on", err)
        found = self.found("--no-load", status=1)
        self.assertIn(f"{self.top}/blog/production.ini",
                      [problem["message"] for problem
                       in found["blog"]["problems"]
                       if problem["code"] == "MWD501"][0])

    def test_a_site_without_a_deployment_is_one_error_among_others(self):
        self.add("shop")
        self.deploy()
        self.add("blog")
        self.section("gone", "project = nowhere")
        out, err = self.check(status=1)
        self.assertRegex(err, r"error: sites\.ini:\d+ \[blog\]: .*there is no"
                              " deployment of blog")
        self.assertRegex(err, r"error: sites\.ini:\d+ \[gone\]: .*nowhere")
        self.assertEqual(len(err.splitlines()), 2)
        self.assertIn("3 sites: 2 could not be checked, 1 in order", out)
        found = self.found(status=1)
        self.assertEqual([found[name]["status"]
                          for name in ("shop", "blog", "gone")],
                         ["in order", "unchecked", "unchecked"])
        self.assertIn("there is no deployment", found["blog"]["messages"][0])

    def test_only_some_of_them(self):
        self.add("shop")
        self.add("warned", "static = /files=/srv/of-nobody")
        self.add("wrong", ini=INI + "debug = true\n")
        self.deploy()
        self.check("--only=shop")
        self.check("--only=shop", "--only=warned", status=1)
        found = self.found("--only=w*", status=1)
        self.assertEqual({name: site["status"]
                          for name, site in found.items()},
                         {"warned": "warnings", "wrong": "errors"})

    def test_one_application_of_many_sites_is_loaded_once(self):
        noted = self.top / "noted"
        noted.touch()
        noted.chmod(0o666)
        self.add("shop", ini=INI + f"noted = {noted}\n")
        for number in range(3):
            self.section(f"shop{number}", "project = shop",
                         f"output-dir = out{number}")
        self.add("failing", code=FAILING)
        self.deploy()
        found = self.found("--jobs=2", status=1)
        self.assertEqual(noted.read_text(), "loaded\n")
        self.assertEqual(self.codes(found["failing"])[-1:], ["MWD601"])
        self.assertNotIn("MWD601", self.codes(found["shop2"]))

    def test_apache_names_those_that_it_refuses(self):
        for name in ("shop", "blog", "wiki", "news"):
            self.add(name)
        self.deploy()
        for name in ("blog", "news"):
            with open(self.top / name / "apache" / name, "a") as stream:
                stream.write("Alias /nowhere\n")
        found = self.found("--no-load", status=1)
        for name, site in found.items():
            self.assertEqual("MWD305" in self.codes(site),
                             name in ("blog", "news"), name)
        self.assertIn(f"of {self.top}/news/apache/news: ", [
            problem["message"] for problem in found["news"]["problems"]
            if problem["code"] == "MWD305"][0])

    def test_as_many_processes_find_the_same(self):
        for name in ("shop", "blog", "wiki"):
            self.add(name, "home = /srv/of-nobody")
        self.deploy()
        one, many = (self.found("--jobs", jobs, status=1)
                     for jobs in ("1", "3"))
        self.assertEqual(one, many)


class Serve(Case):

    def serve(self, *words, status=0):
        return self.run_command("serve", self.manifest(), *words,
                                status=status)

    def test_every_site_is_probed_and_those_that_fail_are_explained(self):
        self.add("shop", "server-name = shop.example.com", "mount-point = /",
                 "user = of-nobody", "port = 8080")
        self.add("blog")
        self.add("failing", code=FAILING)
        self.section("gone", "project = nowhere")
        out, err = self.serve("--probe", status=1)
        self.assertRegex(out, r"shop +200 OK in \d\.\d+ s:"
                              r" http://shop\.example\.com\.localhost:\d+/\n")
        self.assertRegex(out, r"blog +200 OK in .*http://127\.0\.0\.1:\d+/blo"
                              "g\n")
        self.assertRegex(out, "failing +500 Internal Server Error in ")
        self.assertIn("\n4 sites: 2 answered, 1 failed, 1 left out (", out)
        self.assertIn("RuntimeError: not today", err)
        self.assertRegex(err, r"left out: sites\.ini:\d+ \[gone\]: ")

    def test_json_of_a_path_below_each_mount_point(self):
        self.add("shop", "server-name = shop.example.com")
        self.add("blog")
        out, err = self.serve("--probe=/page", "--json")
        told = json.loads(out)
        self.assertEqual([(site["name"], site["status"], site["log"],
                           site["answer"]["status"])
                          for site in told["sites"]],
                         [("shop", "answered", [], 200),
                          ("blog", "answered", [], 200)])
        self.assertRegex(told["sites"][0]["url"], r"\.localhost:\d+/page\Z")
        self.assertEqual((told["exit_status"], told["counts"], err), (
            0, {"answered": 2, "failed": 0, "left out": 0}, ""))

    def test_json_of_those_that_fail_and_of_those_left_out(self):
        self.add("shop")
        self.add("failing", code=FAILING)
        self.section("gone", "project = nowhere")
        out, err = self.serve("--probe", "--json", status=1)
        told = json.loads(out)
        sites = {site["name"]: site for site in told["sites"]}
        self.assertEqual(told["counts"],
                         {"answered": 1, "failed": 1, "left out": 1})
        self.assertEqual(sites["failing"]["answer"]["status"], 500)
        self.assertIn("RuntimeError: not today",
                      "\n".join(sites["failing"]["log"]))
        self.assertRegex(sites["gone"]["messages"][0], "nowhere")
        self.assertEqual(err, "")

    def test_json_while_they_are_served(self):
        self.add("shop")
        with subprocess.Popen(
                [COMMAND, "serve", self.manifest(), "--json"], cwd=self.top,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as process:
            try:
                lines = []
                while not lines or lines[-1] != "}\n":
                    lines.append(process.stdout.readline())
                told = json.loads("".join(lines))
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=60)
            finally:
                process.kill()   # or a failure would wait for it
        self.assertEqual((process.returncode, out), (0, ""))
        self.assertEqual(told["sites"][0]["status"], "answered")

    def test_some_of_them_and_none(self):
        self.add("shop")
        self.section("gone", "project = nowhere")
        out, _ = self.serve("--probe", "--only=shop")
        self.assertIn("1 site: 1 answered (", out)
        _, err = self.serve("--probe", "--only=gone", status=2)
        self.assertIn("none of the sites can be served", err)

    def test_sites_that_one_apache_cannot_have_together(self):
        for number, name in enumerate(("shop", "twin")):
            self.add(name, "server-name = www.example.com",
                     f"port = {8004 + number}", "mount-point = /")
        out, err = self.serve("--probe", status=1)
        self.assertIn("2 sites: 1 answered, 1 left out", out)
        self.assertIn("[twin]: is called www.example.com as shop is", err)

    def test_applications_of_one_host_on_each_backend(self):
        own = {"mod_wsgi": samples.bare, "fastcgi": fastcgi_samples.wire,
               "http": http_samples.wire}
        # Apache itself asks them in the order of one of these.
        for backends in (("fastcgi", "http", "mod_wsgi"),
                         ("http", "mod_wsgi", "fastcgi"),
                         ("mod_wsgi", "fastcgi", "http")):
            del self.sections[1:]
            for name, mount, status, backend in zip(
                    ("site", "wiki", "api"), ("/", "/wiki", "/wiki/api"),
                    ("201 Created", "202 Accepted", "203 Other"), backends,
                    strict=True):
                name += backends[0]
                self.add(name, "server-name = www.example.com",
                         f"mount-point = {mount}", f"backend = {backend}",
                         f"virtualenv = {own[backend]().virtualenv}",
                         code=ANSWERING, ini=INI.format(status))
            out, err = self.serve("--probe", "/x", "--json")
            self.assertEqual([site["answer"]["status"]
                              for site in json.loads(out)["sites"]],
                             [201, 202, 203], (backends, out, err))

    def test_all_are_there_until_it_is_stopped(self):
        self.add("shop", "server-name = shop.example.com", "mount-point = /")
        self.add("blog")
        self.add("wiki", "server-name = wiki.example.com",
                 "mount-point = /wiki")
        with subprocess.Popen(
                [COMMAND, "serve", self.manifest()], cwd=self.top,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as process:
            try:
                urls = dict(process.stdout.readline().split()
                            for _ in self.sections[1:])
                port = int(re.search(r":(\d+)/", urls["blog"])[1])
                self.assertEqual(urls, {
                    "shop": f"http://shop.example.com.localhost:{port}/",
                    "blog": f"http://127.0.0.1:{port}/blog",
                    "wiki": f"http://wiki.example.com.localhost:{port}/wiki"})
                for host, path, says in (
                        ("shop.example.com", "/x", b"shop/x"),
                        ("shop.example.com.localhost", "/x", b"shop/x"),
                        ("127.0.0.1", "/blog/x", b"blog/x"),
                        ("wiki.example.com.localhost", "/wiki/x", b"wiki/x")):
                    with self.subTest(host):
                        self.assertEqual(probe(path, port, host).body, says)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=60)
            finally:
                process.kill()   # or a failure would wait for it
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(f"curl --resolve shop.example.com:{port}:127.0.0.1", err)


class Recorded(Case):
    """``serve`` of a project repeats what its deployment was made with."""

    def test_recorded_choices_and_given_ones(self):
        self.add("shop")
        project = str(self.top / "shop")
        self.run_command(
            "deploy", "-q", project, "--mount-point=/till", "--user=daemon",
            "--port=8443", "--server-name=shop.example.com", "--baseline=",
            "--virtualenv=/srv/of-nobody", "--env=COLOUR=green")
        os.environ["VIRTUAL_ENV"] = str(samples.bare().virtualenv)
        self.addCleanup(os.environ.pop, "VIRTUAL_ENV")
        out, err = self.run_command("serve", project, "--probe")
        self.assertRegex(out, r"200 OK in .*: http://shop\.example\.com"
                              r"\.localhost:\d+/till\n")
        self.assertNotIn(":8443", out)
        self.assertRegex(err, "^[^\n]*site.ini:[^\n]*/srv/of-nobody is left"
                              " out, as it is not on this machine\n")
        out, _ = self.run_command("serve", project, "--probe",
                                  "--mount-point=/shop")
        self.assertIn("/shop\n", out)
        _, err = self.run_command("serve", project, "--user=daemon", status=2)
        self.assertIn("there is no option --user", err)


if __name__ == "__main__":
    unittest.main()
