"""Application servers of sites under the real systemd."""

import os
import re
import unittest

from tests.support import http_samples
from tests.support.systemd_case import (
    APPLICATION,
    HOST,
    PROJECT,
    UNITS,
    SystemdCase,
)

UNIT_DIRECTORY = "/etc/systemd/system"
INSTALLED = f"{UNIT_DIRECTORY}/shop.service"
# As docs/http.rst says.
MOST_EXPOSED = 1.9
# So many calls has a command at least ahead of which it can be killed.
LEAST = 30 if os.environ.get("FUZZ") else 2
KILLED = "a run before this one was killed: shop is now "


class Units(SystemdCase):

    def pids(self):
        return self.run_there("systemctl", "show", "-P", "MainPID",
                              "shop.service")

    def test_from_enable_to_disable(self):
        self.deploy()
        before = self.state()
        self.assertIn("shop is on", self.command("enable", PROJECT))
        self.assertRegex(self.get().body, r"one \d+")
        self.assertEqual(self.state()["active"], ["active", "active"])
        self.assertRegex(self.command("status"), r"shop .* on +2 since")
        self.assertIn("on already", self.command("enable", PROJECT))
        self.assertNotIn("MWD32", self.command("check", PROJECT, status=None))
        with self.visited() as visitors:
            main = self.pids()
            for command in (["systemctl", "restart", "shop.service"],
                            ["systemctl", "reload", "shop.service"],
                            ["modwsgideploy", "restart", "shop"],
                            ["systemctl", "reload", "apache2"]):
                self.answered(visitors)
                self.run_there(*command)
            self.answered(visitors)
            self.assertNotEqual(self.pids(), main)
        self.assertEqual((visitors.failures, list(visitors.answers)),
                         ([], [200]))
        self.assertIn("shop is off", self.command("disable", PROJECT))
        after = self.state()
        self.assertEqual(after["active"], ["inactive", "inactive"])
        for path in (path for path in after if "shop" in path):
            self.assertNotIn(".wants/", path)
        # A process of before a reload may answer some time after it.
        self.until(lambda: self.get().status == 404, "its end")
        self.assertIn("its files are removed",
                      self.command("disable", PROJECT, "--purge"))
        self.assertEqual([each for each in self.unlike(before)
                          if "mods-enabled" not in each], [])

    def test_it_can_do_little(self):
        self.deploy()
        self.command("enable", PROJECT)
        said = self.run_there("systemd-analyze", "security", "shop.service")
        exposed = re.search(r"exposure level for shop.service: ([\d.]+)", said)
        self.assertLessEqual(float(exposed[1]), MOST_EXPOSED, said)
        self.addCleanup(self.run_there, "chown", "root", PROJECT, "/srv")
        self.run_there("chown", "www-data", PROJECT, "/srv")
        for path, answer in (
                (f"{PROJECT}/one", "written"), ("/srv/one", "written"),
                ("/tmp/one", "written"), ("/etc/one", "Read-only file system"),
                ("/usr/one", "Read-only file system"),
                ("/home/one", "Permission denied"),
                ("/root/one", "Permission denied")):
            self.assertEqual(self.get(f"/write?{path}").body, answer, path)
        self.assertFalse((self.host.root / "tmp/one").exists())

    def test_a_line_more_lets_it_write(self):
        self.run_there("install", "-d", "-o", "www-data", "/etc/shop")
        self.addCleanup(self.run_there, "rm", "-rf", "/etc/shop")
        self.deploy()
        self.command("enable", PROJECT)
        self.assertEqual(self.get("/write?/etc/shop/one").body,
                         "Read-only file system")
        self.change(f"{PROJECT}/apache/shop.service", "ReadWritePaths=",
                    "ReadWritePaths=/etc/shop\nReadWritePaths=")
        with self.visited() as visitors:
            self.answered(visitors)
            self.assertIn(f"update    {INSTALLED}",
                          self.command("enable", PROJECT))
            self.answered(visitors)
        self.assertEqual((visitors.failures, list(visitors.answers)),
                         ([], [200]))
        self.assertEqual(self.get("/write?/etc/shop/one").body, "written")

    def test_an_application_that_does_not_start_is_taken_back(self):
        self.deploy()
        before = self.state()
        self.write(f"{PROJECT}/shop.py", "import nowhere\n")
        said = self.command("enable", PROJECT, "--no-check", status=1)
        self.assertIn("shop: its application server does not start", said)
        self.assertIn("error: Python finds no module nowhere", said)
        self.assertIn(f"{PROJECT}/shop.py:1 in <module>", said)
        self.assertIn("shop was not switched on: all is as it was before",
                      said)
        self.assertEqual(self.unlike(before), [])

    def test_limits_and_what_visitors_see(self):
        self.deploy("--socket-timeout=2", "--limit-request-body=1000",
                    "--processes=1", "--threads=2")
        self.command("enable", PROJECT)
        self.assertEqual(self.get("/sleep?0.1").status, 200)
        self.assertEqual(self.get("/sleep?20").status, 502)
        for size, status in ((1000, "200"), (1001, "413")):
            said = self.run_there(
                "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                "-H", f"Host: {HOST}", "--data-binary", "x" * size,
                "http://127.0.0.1/")
            self.assertEqual(said, status)
        self.run_there("systemctl", "stop", *UNITS)
        answer = self.get()
        self.assertEqual((answer.status, answer.headers["Retry-After"]),
                         (503, "5"))
        said = self.command("explain", "/var/log/apache2/shop-error.log",
                            status=1)
        for each in ("does not answer in time (502, 504)",
                     "the socket /run/shop/http.sock does not run (503)",
                     " 0 that are not known"):
            self.assertIn(each, said)
        # Nothing is changed by that, and `enable` starts it again.
        self.assertIn("MWD321", self.command("check", PROJECT, status=1))
        self.assertIn("shop is on", self.command("enable", PROJECT))
        self.assertEqual(self.get().status, 200)

    def test_a_server_that_is_not_installed_is_told_twice(self):
        """Of what is written it is a warning, for the runbook installs it."""
        self.run_there("python3", "-m", "venv", "--without-pip", "/srv/bare")
        self.assertRegex(self.deploy("--virtualenv=/srv/bare"),
                         r"warning: /srv/bare has no granian.*MWD320")
        before = self.state()
        said = self.command("enable", PROJECT, status=1)
        self.assertRegex(said, r"error: /srv/bare has no granian.*MWD320")
        self.assertIn("1 error in its way", said)
        self.assertEqual(self.unlike(before), [])
        self.host.send(http_samples.wheels(), "/srv/wheels")
        fix = re.search(r"(?m)^ +(/srv/bare/.* -m pip install .*)$", said)[1]
        self.run_there("env", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/srv/wheels",
                       "sh", "-c", fix)
        self.assertIn("shop is on", self.command("enable", PROJECT))

    def boot(self):
        """Have systemd start what a boot starts; what runs afterwards."""
        targets = ("sockets.target", "multi-user.target")
        self.run_there("systemctl", "stop", *targets, *UNITS)
        self.run_there("systemctl", "start", *targets)
        return self.get().status

    def test_what_no_boot_would_start_is_told(self):
        self.deploy()
        self.command("enable", PROJECT)
        for unit in UNITS:      # one of them is enough
            self.run_there("systemctl", "disable", unit)
            self.assertNotIn("MWD32", self.command("check", PROJECT))
            self.assertEqual(self.boot(), 200)
            self.run_there("systemctl", "enable", unit)
        self.run_there("systemctl", "disable", *UNITS)
        said = self.command("check", PROJECT, status=1)
        self.assertIn("starts the application server at the next boot"
                      " [MWD323]", said)
        self.assertEqual(self.boot(), 503)
        fix = re.search(r"(?m)^ +sudo (systemctl enable .*)$", said)[1]
        self.run_there(*fix.split())
        self.assertEqual(self.boot(), 200)
        self.assertNotIn("MWD32", self.command("check", PROJECT))
        self.command("disable", PROJECT, "--purge")
        self.run_there("test", "!", "-e", "/run/shop/http.sock")

    def test_a_python_that_the_service_cannot_see(self):
        self.run_there("sh", "-c", "mkdir -p /home/py && cp /usr/bin/python3"
                       " /home/py/python3.11 && cp -a /srv/venv /srv/homely"
                       " && ln -sf /home/py/python3.11 /srv/homely/bin/python")
        self.addCleanup(self.run_there, "rm", "-rf", "/home/py", "/srv/homely")
        self.deploy("--virtualenv=/srv/homely")
        said = self.command("enable", PROJECT, status=1)
        self.assertIn("is hidden by ProtectHome= of shop.service [MWD324]",
                      said)
        told = self.command("enable", PROJECT, "--no-check", status=1)
        self.assertIn("systemd cannot run the command of the unit shop", told)
        self.run_there("sh", "-c", re.search(r"(?m)^ +(sed .*)$", said)[1])
        self.assertIn("shop is on", self.command("enable", PROJECT))

    def test_a_port_that_another_program_has(self):
        """What runs goes on, although server.py is of the new address."""
        self.deploy()
        self.command("enable", PROJECT)
        self.run_there("systemd-run", "--unit=taker", "python3", "-m",
                       "http.server", "--bind=127.0.0.1", "8077")
        self.addCleanup(self.host.run, "systemctl", "stop", "taker",
                        check=False)
        self.until(lambda: not self.host.run(
            "curl", "-s", "127.0.0.1:8077", check=False).returncode, "taker")
        self.deploy("--http-socket=8077")
        said = self.command("enable", PROJECT, status=1)
        for each in ("listens at port 8077; `ss -ltnp` shows which [MWD325]",
                     "error: another program listens where the application's",
                     "all is as it was before"):
            self.assertIn(each, said)
        self.assertNotIn("MWD321", said)
        self.assertEqual(self.state()["active"], ["active", "active"])
        self.assertEqual(self.get().status, 200)
        self.run_there("systemctl", "stop", "taker")
        self.assertIn("shop is on", self.command("enable", PROJECT))
        self.assertEqual(self.get().status, 200)
        self.assertNotIn("MWD32", self.command("check", PROJECT))

    def test_options_that_no_unit_has(self):
        """They are in server.py, and count from the next `enable` on."""
        self.deploy()
        self.command("enable", PROJECT)
        main = self.pids()
        self.deploy("--processes=3")
        self.assertIn("shop would be switched on",
                      self.command("enable", PROJECT, "-n"))
        self.assertEqual(self.pids(), main)
        self.assertIn("shop is on: ", self.command("enable", PROJECT))
        self.assertNotEqual(self.pids(), main)
        self.assertRegex(self.command("status"), r"shop .* on +3 since")
        self.assertIn("on already", self.command("enable", PROJECT))

    def test_a_user_whom_nobody_knows(self):
        self.deploy("--user=nobody-here")
        said = self.command("enable", PROJECT, status=1)
        self.assertIn("this machine does not have the user nobody-here, as"
                      " which the application shall run [MWD205]", said)
        said = self.command("enable", PROJECT, "--no-check", status=1)
        self.assertIn("error: the user or group of the unit shop does not"
                      " exist", said)
        self.assertNotIn("nowhere", said)     # of the attempts before

    def test_a_server_that_runs_goes_on(self):
        self.deploy()
        self.command("enable", PROJECT)
        before = self.state()
        self.write(f"{PROJECT}/shop.py", APPLICATION.replace(
            "VERSION =", "import nowhere\nVERSION ="))
        self.change(f"{PROJECT}/apache/shop.service", "UMask=",
                    "Nice=5\nUMask=")
        main = self.pids()
        said = self.command("enable", PROJECT, status=1)
        self.assertIn("goes on as it was", said)
        self.assertEqual((self.unlike(before), self.pids()), ([], main))
        # Whoever wants it so gets the one before back, which fails as well.
        self.command("enable", PROJECT, "--no-check", status=1)
        self.assertEqual([path for path in self.unlike(before)
                          if not path.startswith("active")], [])
        self.write(f"{PROJECT}/shop.py", APPLICATION)
        self.assertIn("shop is on", self.command("enable", PROJECT))
        self.assertIn("Nice=5", self.run_there("cat", INSTALLED))

    def test_back_to_mod_wsgi_and_forth(self):
        self.deploy()
        self.command("enable", PROJECT)
        with self.visited() as visitors:
            for backend, active in (("mod_wsgi", "inactive"),
                                    ("http", "active")):
                self.answered(visitors)
                self.deploy(f"--backend={backend}")
                self.command("enable", PROJECT)
                self.assertEqual(self.state()["active"], [active] * 2)
            self.answered(visitors)
        # One reload each, at which mod_wsgi may lose some.
        self.assertGreater(visitors.answers[200], 0)
        self.assertEqual(self.get().status, 200)

    def unlike(self, before):
        """What is not as before."""
        after = self.state()
        return sorted(
            path if path != "active" else f"{path} {after[path]}"
            for path in {*before, *after}
            if before.get(path) != after.get(path))


class Killed(SystemdCase):
    """A kill ahead of any call of systemctl, with FUZZ of any call at all, and
    the next run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whose `enable` is the next run.
        self = cls("test_ahead_of_any_change")
        self.write("/srv/cafe/shop.py", APPLICATION)
        self.deploy("--backend=mod_wsgi", "--server-name=cafe.example",
                    name="cafe", project="/srv/cafe")
        self.command("enable", "/srv/cafe")

    def test_ahead_of_any_change(self):
        """Old or new, files and processes, and never some of each."""
        self.deploy()
        self.command("enable", PROJECT)
        on = self.state()
        self.command("disable", PROJECT)
        off = self.state()
        left = {command: iter(range(1, 299))
                for command in ("enable", "disable")}
        is_on, told = False, set()
        while left:
            command = "disable" if is_on else "enable"
            number = next(left.get(command, iter([0])))
            status = self.killed_at(number, command, PROJECT,
                                    *["--no-check"] * (command == "enable"))
            if status >= 0:
                self.assertEqual(status, 0)
            if status >= 0 and number:
                self.assertGreater(number, LEAST)
                del left[command]
            said = self.command("enable", "/srv/cafe")
            state = self.state()
            is_on = state["active"][0] == "active"
            self.assertEqual(state, on if is_on else off,
                             (command, number, said))
            if KILLED in said:
                self.assertIn(KILLED + ("on" if is_on else "off"), said)
                told.add((command, is_on))
            self.until(lambda is_on=is_on: self.get().status
                       == (200 if is_on else 404), "its answer")
        self.assertGreater(len(told), 1)

    def test_a_change_of_what_runs(self):
        """The server goes on as it was, or as it is to be."""
        self.deploy()
        self.command("enable", PROJECT)
        old = self.state()
        path = f"{PROJECT}/apache/shop.service"
        self.change(path, "UMask=", "Nice=5\nUMask=")
        ends = set()
        for number in range(1, 299):
            status = self.killed_at(number, "enable", PROJECT, "--no-check")
            self.command("enable", "/srv/cafe")
            state = self.state()
            self.assertEqual(state["active"], ["active"] * 2, number)
            self.assertEqual(self.get().status, 200)
            is_new = "Nice=5" in state[INSTALLED[1:]]
            if not is_new:
                self.assertEqual(state, old)
            nice = self.run_there("sh", "-c", "ps -o ni= -p $(systemctl show"
                                  " -P MainPID shop.service)").strip()
            self.assertEqual(nice, "5" if is_new else "0", number)
            ends.add(is_new)
            if status >= 0:
                break
            if is_new:
                self.change(path, "Nice=5\nUMask=", "UMask=")
                self.command("enable", PROJECT)
                self.assertEqual(self.state(), old)
                self.change(path, "UMask=", "Nice=5\nUMask=")
        self.assertEqual((status, ends), (0, {True, False}))


if __name__ == "__main__":
    unittest.main()
