"""``plan`` of real projects, whose memory is measured, and its page."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from modwsgideploy.apache import binaries
from modwsgideploy.apache.processes import children_of
from tests.support import http_samples, samples
from tests.support.browser import Browser
from tests.support.deployed import deployed
from tests.support.http import by_http

BIN = Path(sys.executable).parent


class Case(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.manifest = self.top / "sites.ini"
        self.manifest.write_text("[DEFAULT]\nplatform = debian\n")

    def add(self, sample, name, *lines):
        """One more site of the manifest."""
        if "framework = wsgi" not in lines:
            lines += (f"config = {sample.config}",)
        with self.manifest.open("a") as stream:
            stream.write("\n".join([
                f"[{name}]", f"project = {sample.directory}",
                f"output-dir = {name}",
                f"virtualenv = {sample.virtualenv}", *lines, ""]))

    def plan(self, *arguments, command=("modwsgideploy", "plan")):
        """The exit status and what is printed."""
        done = subprocess.run(
            [BIN / command[0], *command[1:], self.manifest, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, cwd=self.top)
        self.assertNotIn("Traceback", done.stdout)
        return done.returncode, done.stdout

    def told(self, *arguments):
        """What --json tells of each site, by its name."""
        told = json.loads(self.plan("--json", *arguments)[1])
        return {site["name"]: site for site in told["sites"]}


def resident(group):
    """The kilobytes of the processes that mod_wsgi calls ``group``."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                command = Path("/proc", name, "cmdline").read_bytes()
                status = Path("/proc", name, "status").read_text()
            except OSError:
                continue
            if command.startswith(f"(wsgi:{group}".encode()[:12]):
                yield int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def proportional(pid):
    """The kilobytes of a process, with its part of what others have, too."""
    return int(re.search(r"(?m)^Pss:\s+(\d+)", Path(
        f"/proc/{pid}/smaps_rollup").read_text())[1])


def family(pid):
    """A process and what it has started."""
    return [pid, *(each for child in children_of(pid)
                   for each in family(child.pid))]


class Measured(Case):

    def test_is_what_the_processes_of_apache_take(self):
        for make in (samples.turbogears2, samples.pyramid):
            sample = make()
            self.add(sample, sample.package, "in-place = yes")
            site = self.told()[sample.package]
            self.assertEqual((site["memory"], site["not_loaded"]),
                             ("measured", ""))
            with deployed((sample, {"processes": "1", "name": "measured",
                                    "mount-point": "/measured"})) as site_:
                for _ in range(10):
                    site_.get("/")
                found = max(resident("measured"))
            # Never less, and with room for what requests add.
            self.assertLess(found, site["kilobytes"])
            self.assertGreater(found * 1.5, site["kilobytes"])

    def test_with_an_application_server(self):
        """Its main process and whatever else it starts is counted."""
        sample = http_samples.pyramid()
        for server in http_samples.SERVERS:
            self.add(sample, server, "in-place = yes", "backend = http",
                     "processes = 1", f"app-server = {server}")
        sites = self.told()
        for server in http_samples.SERVERS:
            with by_http(sample, {"app-server": server, "processes": "1"}
                         ) as site:
                for _ in range(10):
                    site.get("/")
                program, = site.server.programs
                found = sum(map(proportional, family(program.process.pid)))
            planned = sites[server]["kilobytes"]
            self.assertLess(found, planned, server)
            self.assertGreater(found * 2.5, planned, server)

    def test_a_project_that_is_not_at_its_place_yet(self):
        self.add(samples.paste(), "plain")
        self.add(samples.bare(), "bare")
        sites = self.told()
        self.assertEqual(sites["plain"]["memory"], "measured", sites)
        self.assertEqual(sites["bare"]["memory"], "measured", sites)

    def test_each_application_is_loaded_once(self):
        project = samples.paste().copy(self.top / "project")
        self.top.chmod(0o755)
        counted = self.top / "counted"
        counted.mkdir(mode=0o777)
        counted.chmod(0o777)
        (project.directory / "count.py").write_text(
            "import os, tempfile\n"
            f"os.close(tempfile.mkstemp(dir={str(counted)!r})[0])\n"
            "def application(environ, start_response):\n    return []\n")
        choices = ("in-place = yes", "framework = wsgi",
                   "application = count:application",
                   f"python-path = {project.directory}")
        for number in range(5):
            self.add(project, f"s{number}", *choices)
        self.add(project, "other", *choices, "env = OTHER=1")
        self.add(project, "given", *choices, "process-memory = 70")
        sites = self.told("--jobs=2")
        self.assertEqual(len(list(counted.iterdir())), 2)
        self.assertEqual({sites[f"s{number}"]["memory"]
                          for number in range(5)}, {"measured"})
        self.assertEqual((sites["given"]["memory"],
                          sites["given"]["kilobytes"]), ("given", 70 * 1024))

    def test_what_does_not_load_is_assumed_and_told(self):
        project = samples.paste().copy(self.top / "project")
        self.top.chmod(0o755)
        (project.directory / "broken.py").write_text("import not_there\n")
        self.add(project, "broken", "in-place = yes", "framework = wsgi",
                 "application = broken:application",
                 f"python-path = {project.directory}")
        status, said = self.plan()
        self.assertRegex(said, r"assumed, as broken did not load:"
                               r" ModuleNotFoundError: .*not_there")
        self.assertRegex(said, r"(?m)^broken +2 +15 +80 +160  assumed$")

    def test_paster_and_gearbox_have_it(self):
        self.add(samples.paste(), "plain")
        for command in (("paster", "modwsgi_plan"),
                        ("gearbox", "modwsgi-plan")):
            status, said = self.plan("--no-load", command=command)
            self.assertEqual(status, 0, said)
            self.assertIn("1 site: 2 processes, 30 threads; all fits", said)


class Machine(Case):

    def test_apaches_own_limits_are_read_from_its_configuration(self):
        self.add(samples.paste(), "plain", "processes = 9")
        config = self.top / "httpd.conf"
        modules = binaries.find_httpd().modules
        for mpm, lines, expected in (
                ("event", "MaxRequestWorkers 77\nThreadsPerChild 7", (77, 7)),
                ("worker", "MaxClients 50", (50, 25)),
                ("prefork", "ThreadsPerChild 7", (256, 1))):
            config.write_text(
                f"LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so\n"
                f"{lines}\n")
            told = json.loads(self.plan("--json", "--no-load",
                                        f"--server-config={config}")[1])
            self.assertEqual((told["machine"]["request_workers"],
                              told["machine"]["threads_per_child"]), expected)
        said = self.plan("--no-load", f"--server-config={config}", "-v",
                         "--request-workers=30")[1]
        self.assertIn("plain has 135 threads, and Apache asks for 30 requests",
                      said)
        self.assertIn("request workers: 30 (--request-workers)", said)


class Proposed(Case):

    def test_shared_daemons_that_work_as_proposed(self):
        wanted = [samples.paste(), samples.pyramid(), samples.factory()]
        for sample in wanted:
            self.add(sample, sample.package, "in-place = yes")
        # This one has modules for one interpreter.
        self.add(samples.turbogears2(), "myapp", "in-place = yes")
        self.add(samples.turbogears2(), "again", "in-place = yes")
        changes = json.loads(self.plan("--json", "--share")[1])["changes"]
        self.assertEqual({name for name in changes
                          if "daemon" in changes[name]},
                         {sample.package for sample in wanted})
        with deployed(*((sample, {
                key: str(value) for key, value
                in changes[sample.package].items()})
                for sample in wanted)) as site:
            for number in range(3):
                seen = site.seen("", number)
                self.assertEqual(seen["process_group"], "virtualenv-shared-1")


class Page(Case):

    def test_is_readable_on_a_phone_and_a_desk_by_day_and_night(self):
        for sample in (samples.paste(), samples.pyramid()):
            self.add(sample, sample.package, "server-name = a-rather-long-"
                     f"name.{sample.package.replace('_', '-')}.example.com")
        with self.manifest.open("a") as stream:
            for number in range(40):
                stream.write(f"[a_name_that_is_one_long_word_without_any_end"
                             f"_{number}]\nproject = "
                             f"{samples.paste().directory}\n"
                             f"output-dir = {number}\n"
                             f"process-memory = {50 + 7 * number}\n")
        page = self.top / "page.html"
        status, _ = self.plan(f"--html={page}", "--memory=4000")
        self.assertEqual(status, 1)
        with Browser() as browser:
            for width in (390, 1280):
                for dark in (False, True):
                    browser.open(f"file://{page}", width=width, dark=dark)
                    self.check(browser, width, dark)

    def check(self, browser, width, dark):
        """Nothing is cut off, hidden or asked for from elsewhere."""
        self.assertLessEqual(browser.evaluate(
            "document.documentElement.scrollWidth"), width)
        self.assertEqual(browser.evaluate(
            "[...document.querySelectorAll('p, h2, svg')].filter(one =>"
            " one.getBoundingClientRect().right > innerWidth).length"), 0)
        self.assertIn("It does not fit", browser.evaluate(
            "document.querySelector('.verdict').innerText"))
        # Bars have a length, and at most that of their place.
        lengths = browser.evaluate(
            "[...document.querySelectorAll('rect:not(.track)')].map(one =>"
            " one.getBoundingClientRect().width"
            " / one.ownerSVGElement.getBoundingClientRect().width)")
        self.assertGreater(len(lengths), 40)
        self.assertLessEqual(max(lengths), 1.001)
        color = browser.evaluate(
            "getComputedStyle(document.body).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", color)[:3])) > 380
        self.assertEqual(light, not dark)
        asked = [message["params"]["request"]["url"]
                 for message in browser.messages
                 if message["method"] == "Network.requestWillBeSent"]
        self.assertEqual(len(asked), 1, asked)
        self.assertFalse([message for message in browser.messages
                          if message["method"] == "Log.entryAdded"])
