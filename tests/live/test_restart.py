"""``restart``: new processes for one site, on a real Apache under load."""

import collections
import contextlib
import json
import re
import shutil
import subprocess
import threading
import unittest

from modwsgideploy.apache.processes import (
    process_of,
    processes_with,
    running_daemons,
)
from modwsgideploy.backends import http
from tests.support import fastcgi_samples, http_samples
from tests.support.apache_case import (
    ApacheCase,
    owner_without_rights,
)
from tests.support.ports import free_port


class RestartCase(ApacheCase):

    def fix(self, project, code):
        """What check says of how to mend what has this code."""
        sites = json.loads(self.run_command(
            "check", project, "--json", "--server-config", self.config,
            status=1)[0])["sites"]
        return {each["code"]: each["fix"] for site in sites
                for each in site["problems"]}[code]


class Restart(RestartCase):

    def setUp(self):
        super().setUp()
        self.shop = self.project("shop", "--processes=2")
        self.module = self.shop / "bare_app.py"
        self.enable(self.shop)
        self.wait("/shop/seen")
        self.settle(shop=2, neighbour=1)

    def restart(self, *arguments, **kwargs):
        return self.run_command("restart", *arguments, "--server-config",
                                self.config, **kwargs)

    def pids(self, name="shop"):
        """The ids of a site's processes."""
        return {daemon.pid for daemon in running_daemons()
                if daemon.title == f"(wsgi:{name})".encode()
                and process_of(daemon.pid).parent == self.pid}

    @contextlib.contextmanager
    def load(self, *paths):
        """Ask for ``paths`` all the time; a Counter of (path, status)."""
        answers, enough = collections.Counter(), threading.Event()

        def ask(path):
            while not enough.is_set():
                answers[path, self.get(path).status] += 1

        threads = [threading.Thread(target=ask, args=(path,))
                   for path in paths for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            yield answers
        finally:
            enough.set()
            for thread in threads:
                thread.join()

    def test_new_processes_run_new_code_and_no_request_is_lost(self):
        before, neighbour = self.pids(), self.pids("neighbour")
        generation = (self.root / "run" / "apache.pid").stat().st_mtime_ns
        self.module.write_text(self.module.read_text().replace(
            "def ", "# new\ndef ", 1))
        with self.load("/shop/seen", "/neighbour/seen") as answers:
            self.assertIn("before", self.enable(self.shop, status=1)[1])
            out, _ = self.restart(self.shop)
        self.assertRegex(out, "^shop is restarted, with 2 new processes: "
                              "http://localhost:.*/shop answers 200 OK in")
        self.assertEqual(answers.keys(), {("/shop/seen", 200),
                                          ("/neighbour/seen", 200)})
        self.assertFalse(self.pids() & before)
        self.assertEqual(len(self.pids()), 2)
        self.assertEqual(self.pids("neighbour"), neighbour)
        self.assertEqual(
            (self.root / "run" / "apache.pid").stat().st_mtime_ns, generation)
        self.enable(self.shop)

    def test_by_name_and_by_manifest_and_as_json(self):
        before = self.pids()
        sites, = json.loads(self.restart("shop", "--json", "--changed",
                                         status=3)[0])["sites"]
        self.assertEqual((sites["status"], sites["replaced"]),
                         ("restarted", 2))
        self.assertEqual({each["pid"] for each in sites["processes"]},
                         self.pids())
        self.assertFalse(self.pids() & before)
        _, err = self.restart("shopp", "wiki", status=2)
        self.assertIn("shopp: there is no such directory, manifest or site"
                      " of this host (did you mean 'shop'?)", err)
        self.assertIn("wiki: there is no such", err)
        manifest = self.top / "sites.ini"
        manifest.write_text(
            f"[shop]\nproject = {self.shop}\n[neighbour]\n"
            f"project = {self.top}/neighbour\n")
        self.assertRegex(self.restart(manifest)[0],
                         "2 sites: 2 restarted")

    def test_what_does_not_load_is_not_started(self):
        before = self.pids()
        working = self.module.read_text()
        self.module.write_text("import not_there\n")
        shop, = json.loads(self.restart(self.shop, "--json", status=1)[0]
                           )["sites"]
        self.assertIn("not_there", shop["problems"][0]["message"])
        self.assertIn("would not start, so its processes were left",
                      shop["messages"][0])
        self.assertEqual(self.pids(), before)
        self.assertEqual(self.get("/shop/seen").status, 200)
        _, err = self.restart(self.shop, "--no-check", status=1)
        self.assertIn("answers 500 Internal Server Error", err)
        self.assertIn("Python finds no module not_there", err)
        self.module.write_text(working)
        self.restart(self.shop)
        self.assertEqual(self.get("/shop/seen").status, 200)

    def test_what_cannot_be_restarted(self):
        self.disable(self.shop)
        _, err = self.restart(self.shop, "--no-check", status=1)
        self.assertIn("shop: is off, so it has no processes", err)
        self.enable(self.shop)
        choices = self.shop / "apache" / "site.ini"
        text = choices.read_text()
        choices.write_text(re.sub(
            "(?m)^(processes|threads) = .*", "", text) + "mode = embedded\n")
        self.run_command("deploy", self.shop, "-q")
        _, err = self.restart(self.shop, "--no-check", status=1)
        self.assertIn("shop: runs in Apache's own processes", err)
        working = self.module.read_text()
        self.module.write_text(working + "raise ValueError(7)\n")
        self.assertEqual(
            self.fix(self.shop, "MWD601"),
            "mend what the traceback names, then: sudo systemctl reload"
            " apache2")
        self.module.write_text(working)
        choices.write_text(text)
        self.run_command("deploy", self.shop, "-q")
        self.stop()
        _, err = self.restart(self.shop, "--no-check", status=1)
        self.assertIn("Apache does not run", err)
        self.assertNotIn("--no-reload", err)

    def test_root_alone_can_restart_the_processes_of_another(self):
        user = owner_without_rights(self, self.shop)
        before = self.pids()
        _, err = self.restart(self.shop, "--no-check", status=2, user=user)
        self.assertRegex(err, "is another user's; run it as root: sudo .*"
                              " restart ")
        self.assertEqual(self.pids(), before)


class FastCGI(RestartCase):

    def lay_out(self):
        super().lay_out()
        self.module("fcgid")
        (self.root / "conf-enabled" / "fcgid.conf").write_text(
            f"FcgidIPCDir {self.root}/run/fcgid\n"
            f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")

    def test_the_script_becomes_another_file(self):
        sample = fastcgi_samples.wire().copy(self.top / "wire")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place",
            "--backend=fastcgi", "--egg-cache=", "--platform=debian",
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            "--log-directory", self.root / "log")
        self.enable(sample.directory)
        module = sample.directory / "wire_app.py"
        working = module.read_text()
        module.write_text(working + "raise ValueError(7)\n")
        # A copy elsewhere than in /etc/apache2 is not known for one.
        installed = self.root / "sites-available" / "wire_app.conf"
        copied = installed.rename(self.top / "copied")
        installed.symlink_to(sample.directory / "apache" / "wire_app")
        self.assertEqual(
            self.fix(sample.directory, "MWD601"),
            "mend what the traceback names, then: modwsgideploy restart"
            f" {sample.directory}")
        copied.rename(installed)
        module.write_text(working)
        script = sample.directory / "apache" / "dispatch.fcgi"
        self.assertTrue(processes_with(str(script)))
        before = script.stat()
        out, _ = self.run_command(
            "restart", sample.directory, "--server-config", self.config)
        self.assertRegex(out, r"wire_app is restarted, with \d+ new process")
        now = script.stat()
        self.assertNotEqual(now.st_ino, before.st_ino)
        self.assertEqual((now.st_mode, now.st_uid, now.st_gid),
                         (before.st_mode, before.st_uid, before.st_gid))


class ApplicationServer(ApacheCase):

    def test_its_processes_are_replaced(self):
        for name in http.MODULES:
            self.module(name)
        self.apache("graceful")
        sample = http_samples.wire().copy(self.top / "wire")
        shutil.rmtree(sample.directory / "apache", ignore_errors=True)
        self.run_command(
            "deploy", sample.directory, "-q", "--in-place", "--backend=http",
            "--app-server=gunicorn", "--processes=2", "--platform=debian",
            "--virtualenv", sample.virtualenv, "--config", sample.config,
            f"--http-socket={free_port()}", "--log-directory",
            self.root / "log")
        command = ["restart", sample.directory, "--server-config",
                   self.config]
        self.enable(sample.directory, "--no-reload")
        self.apache("graceful")
        _, err = self.run_command(*command, status=1)
        self.assertIn("`sudo systemctl start wire_app` starts it", err)
        script = sample.directory / "apache" / "server.py"
        reader = subprocess.Popen(["tail", "-f", script],
                                  stdout=subprocess.DEVNULL)
        self.addCleanup(reader.wait)
        self.addCleanup(reader.kill)
        with open(self.top / "server.log", "wb") as log:
            server = subprocess.Popen(
                [sample.python, script],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.wait("/wire_app/seen")
        site, = json.loads(self.run_command(*command, "--json")[0])["sites"]
        self.assertEqual((site["status"], site["replaced"],
                          len(site["processes"])), ("restarted", 2, 2))
        status, = json.loads(self.run_command(
            "status", *command[1:], "--json")[0])["sites"]
        self.assertEqual({each["pid"] for each in status["processes"]},
                         {each["pid"] for each in site["processes"]})
        self.assertIsNone(reader.poll())


if __name__ == "__main__":
    unittest.main()
