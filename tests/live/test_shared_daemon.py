"""Sites that share daemon processes, on a real Apache."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from modwsgideploy.errors import Failed
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import samples
from tests.support.apache_case import ApacheCase
from tests.support.deployed import deployed
from tests.support.ending import ending_at_once

HOST = "www.example.com"

TITLES = {"plain_app": "<h1>Plain-App</h1>",
          "pyramid_app": "<h1>pyramid-app</h1>",
          "factory_app": "<h1>factory-app</h1>"}


@contextlib.contextmanager
def shared(*projects, **choices):
    """Each of ``projects`` (Samples) as a site that shares the daemon pool;
    the last one has a host of its own."""
    wanted = [(project, {"daemon": "pool", "egg-cache": f"/tmp/{number}",
                         "env": (f"OWN{number}={number}",), **choices})
              for number, project in enumerate(projects)]
    wanted[-1][1]["server-name"] = HOST
    with deployed(*wanted) as site:
        yield site


def reload(site, without=None):
    """Reload Apache gracefully, without the site of that number."""
    if without is not None:
        conf = Path(site.server.directory, "httpd.conf")
        name = site.sites[without].name
        text, count = re.subn(rf"\nInclude \S*/{name}(?=\n)", "",
                              conf.read_text())
        assert count == 1, text
        conf.write_text(text)
    site.log()
    os.kill(site.server.process.pid, signal.SIGUSR1)
    end = time.monotonic() + 60
    while "resuming normal operations" not in site.log():
        assert time.monotonic() < end, "Apache did not reload"
        time.sleep(0.05)


class SharedDaemon(unittest.TestCase):

    def check_each(self, site, numbers):
        """Each serves its own pages, in the same processes."""
        pids = set()
        for number in numbers:
            deployment = site.sites[number]
            self.assertIn(TITLES[deployment.package], site.text("/", number))
            for _ in range(4):
                seen = site.seen("", number)
                pids.add(seen["pid"])
                self.assertEqual(seen["process_group"], "pool")
                self.assertEqual(seen["application_group"],
                                 deployment.application_group)
                self.assertEqual(seen["prefix"], deployment.virtualenv)
        self.assertEqual(len(pids), 1)

    def test_two_sites_share_processes_but_no_interpreter(self):
        with shared(samples.paste(), samples.pyramid(),
                    processes="1") as site:
            self.check_each(site, (0, 1))
            # Each sees its own environment, and none of the other's code.
            for number, other in ((0, 1), (1, 0)):
                seen = site.seen(
                    "env=PYTHON_EGG_CACHE&env=OWN0&env=OWN1", number)
                self.assertEqual(seen["env"]["PYTHON_EGG_CACHE"],
                                 f"/tmp/{number}")
                self.assertEqual(seen["env"][f"OWN{number}"], str(number))
                self.assertIn(seen["env"][f"OWN{other}"],
                              (None, str(other)))
            self.assertNotRegex(site.log(), r"\[\w+:(error|crit)\] .*AH0")

    def test_three_sites_go_on_without_the_first_after_a_reload(self):
        with shared(samples.paste(), samples.pyramid(), samples.factory(),
                    processes="1") as site:
            self.check_each(site, (0, 1, 2))
            reload(site)
            self.check_each(site, (0, 1, 2))
            reload(site, without=0)
            self.check_each(site, (1, 2))
            self.assertEqual(site.get("/", 0).status, 404)
            reload(site, without=1)
            self.check_each(site, (2,))

    def test_the_diagnostics_page_expects_what_is_shared(self):
        with shared(samples.paste(), samples.pyramid(),
                    **{"test-page": "local", "processes": "2"}) as site:
            for number in (0, 1):
                page = site.text("/test.wsgi?format=text", number)
                self.assertIn("ok     Process group: pool\n", page)
                self.assertIn("ok     Application group: "
                              + site.sites[number].application_group, page)
                self.assertIn("ok     Processes and threads: 2 and 15", page)
                self.assertIn("runs as deployed", page)


class Checks(unittest.TestCase):
    """What ``check`` says of sites that share, both in force."""

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)

    def deploy(self, sample, *choices):
        """The paths of a project and of its configuration."""
        project = self.top / sample.package
        if not project.exists():
            sample.copy(project)
            shutil.rmtree(project / "apache", ignore_errors=True)
        status, said = self.command(
            "deploy", project, "-q", "--in-place", "--egg-cache=",
            f"--virtualenv={sample.virtualenv}", f"--config={sample.config}",
            f"--log-directory={self.top}", *choices)
        self.assertEqual(status, 0, said)
        return project, project / "apache" / sample.package

    def command(self, *arguments):
        done = subprocess.run(
            [Path(sys.executable).parent / "modwsgideploy", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        return done.returncode, done.stdout

    @contextlib.contextmanager
    def server(self, *confs):
        with ending_at_once(Server(
                virtualenv=str(samples.paste().virtualenv),
                prefer="system")) as server:
            config = server.configure([
                Served((str(conf),), "/" + conf.name) for conf in confs])
            self.check = lambda project: self.command(
                "check", project, "--no-load", f"--server-config={config}",
                "--skip=MWD310", "--skip=MWD313", "--skip=MWD314",
                "--skip=MWD413", "--skip=MWD509")[1]
            yield server

    def test_no_alarm_for_sites_that_share(self):
        first, conf = self.deploy(samples.paste(), "--daemon=pool")
        second, other = self.deploy(samples.pyramid(), "--daemon=pool")
        for order in ((conf, other), (other, conf), (conf,)):
            with self.server(*order):
                for project in (first, second):
                    self.assertRegex(self.check(project), "nothing found")

    def test_a_name_that_is_taken_is_found_and_the_fix_mends_it(self):
        project, conf = self.deploy(samples.paste(), "--daemon=pool")
        other = self.top / "other.conf"
        other.write_text("WSGIDaemonProcess pool\n")
        with self.server(other):
            said = self.check(project)
            self.assertRegex(said, r"pool of \S+ is\s+defined at \S+:1 as"
                                   r" well \[MWD401\]")
            fix, = re.findall(r"modwsgideploy deploy --daemon=\S+", said)
            self.command(*fix.split()[1:], project, "-q")
            self.assertRegex(self.check(project), "nothing found")
            self.assertIn("Define modwsgi-daemon-pool-2", conf.read_text())

    def test_a_module_for_one_interpreter_is_found_and_the_fix_mends_it(self):
        sample = samples.turbogears2()
        project, conf = self.deploy(sample, "--daemon=pool")
        with self.server(conf):
            said = self.check(project)
            self.assertRegex(said, r"is shared, but .*\bsqlalchemy\b.* can be"
                                   r" loaded into one .* \[MWD421\]")
            self.assertIn(f"modwsgideploy deploy --daemon= {project}", said)
            self.command("deploy", "--daemon=", project, "-q")
            self.assertNotIn("MWD421", self.check(project))
        # And so it is.
        both = {"daemon": "pool", "processes": "1", "preload": "no"}
        with self.assertRaisesRegex(Failed, "/b answers 500[^$]*"
                                            "Interpreter change detected"):
            with deployed((sample, {**both, "name": "a"}),
                          (sample, {**both, "name": "b"})):
                pass

    def test_another_definition_is_found_and_the_fix_mends_it(self):
        _, first = self.deploy(samples.paste(), "--daemon=pool",
                               "--processes=3", "--request-timeout=0")
        project, conf = self.deploy(samples.pyramid(), "--daemon=pool",
                                    "--user=www-data")
        with self.server(first, conf):
            said = self.check(project)
            self.assertRegex(said, r"processes=3 and no user and no"
                                   r" request-timeout \[MWD420\]")
            fix, = re.findall(r"(?m)^ +(sed .*)$", said)
            subprocess.run(fix, shell=True, check=True)
            self.assertRegex(self.check(project), "nothing found")
            self.assertIn("processes=3", conf.read_text())


class SwitchedOnAndOff(ApacheCase):
    """In the system's Apache, one by one."""

    def test_in_any_order(self):
        sites = {name: self.project(name, "--daemon=pool")
                 for name in ("blog", "shop", "wiki")}
        on = []
        for verb, name in (
                ("enable", "shop"), ("enable", "wiki"), ("enable", "blog"),
                ("disable", "blog"), ("disable", "shop"), ("enable", "blog"),
                ("disable", "wiki"), ("disable", "blog")):
            said = self.run_command(verb, sites[name], "--server-config",
                                    self.config)
            on.append(name) if verb == "enable" else on.remove(name)
            for each in sites:
                expected = 200 if each in on else 404
                self.assertEqual(self.get(f"/{each}/seen").status, expected,
                                 (verb, name, each, said))
        self.assertNotIn("[crit]", self.log())
