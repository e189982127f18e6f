"""``update`` and ``rollback`` of sites that are not in mod_wsgi's daemons."""

import json
import os
import subprocess
import sys
import unittest

from modwsgideploy.system.accounts import find_account
from tests.support import fastcgi_samples, samples
from tests.support.load import Load
from tests.support.release_case import ReleaseCase


class Backend(ReleaseCase):
    """Several updates, there and back, under load."""

    reloads = True     # whether each is a reload of Apache

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns

    def there_and_back(self):
        self.update("--from", self.new_code("2"), "-y")
        first, generation = self.current(), self.generation()
        self.assertEqual(self.served(), "2")
        with Load(self.port, ["/shop"], again=self.reloads) as load:
            self.update("--from", self.new_code("3"))
            self.assertEqual(self.served(), "3")
            self.rollback()
            self.assertEqual((self.served(), self.current()), ("2", first))
            # What fails only where it is served is taken back.
            done = self.raw_update("--no-check", "--from", self.new_code(
                "4", more="import nothing_like_it"))
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("nothing_like_it", done.stderr)
            self.assertEqual((self.served(), self.current()), ("2", first))
        self.assertEqual(load.failed("/shop"), {}, self.log())
        self.assertEqual({body.split()[0] for body in load.bodies("/shop")},
                         {"2", "3"})
        for body in load.bodies("/shop"):
            self.assertEqual(len(set(body.split())), 1, body)
        self.assertEqual(self.generation() != generation, self.reloads)
        self.taken_back()

    def taken_back(self):
        done = self.raw_update("--no-check", "--from", self.new_code(
            "5", broken=f"assert environ['SERVER_PORT'] != '{self.port}'"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"shop: http://localhost:\d+/shop"
                                      r" answers 500(?s:.*)AssertionError")
        self.assertIn("shop was not updated: it is served from release",
                      done.stdout)
        self.assertEqual({self.served() for _ in range(10)}, {"2"})


class FastCGI(Backend):

    mode = ""

    def setUp(self):
        _, flup = fastcgi_samples.turbogears2()
        self.backend = ("--backend=fastcgi", f"--fastcgi-mode={self.mode}",
                        "--processes=4", f"--python-path={flup}")
        super().setUp()

    def lay_out(self):
        super().lay_out()
        self.module("fcgid")
        (self.root / "conf-enabled" / "fcgid.conf").write_text(
            f"FcgidIPCDir {self.root}/run/fcgid\n"
            f"FcgidProcessTableFile {self.root}/run/fcgid/shm\n")

    def processes(self):
        """The ids of the processes, as status has them."""
        site, = json.loads(self.run_command(
            "status", "shop", "--json", "--server-config", self.config
            )[0])["sites"]
        return {each["pid"] for each in site["processes"]}


class Alias(FastCGI):
    """mod_fcgid knows its processes by the file that is the script."""

    reloads = False
    mode = "alias"

    def test_there_and_back(self):
        self.there_and_back()

    def test_those_of_before_end(self):
        self.update("--from", self.new_code("2"), "-y")
        self.served()
        older = self.processes()
        self.assertTrue(older)
        # What only names the script is none of them.
        script = self.shop / "current" / "code" / "apache" / "dispatch.fcgi"
        other = subprocess.Popen([
            sys.executable, "-c", "import time; time.sleep(600)", script])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.assertNotIn(other.pid, self.processes())
        self.update("--from", self.new_code("3"))
        self.served()
        self.assertTrue(self.processes())
        self.assertFalse(self.processes() & older)
        older = self.processes()
        self.run_command("restart", "shop", "--server-config", self.config)
        self.assertFalse(self.processes() & older)


class Wrapper(FastCGI):
    """mod_fcgid knows its processes by the Python that runs them."""

    mode = "wrapper"

    def test_there_and_back(self):
        self.there_and_back()

    def setUp(self):
        self.virtualenv = samples.bare().virtualenv
        super().setUp()

    def first_day(self, *options):
        super().first_day(f"--virtualenv={self.virtualenv}", *options)


class ModPython(Backend):

    backend = ("--backend=mod_python",)

    def lay_out(self):
        super().lay_out()
        # Both cannot be in one Apache.
        (self.root / "mods-enabled" / "wsgi.load").unlink()
        self.module("python")
        conf = self.root / "sites-enabled" / "neighbour.conf"
        conf.unlink()
        conf.write_text(f'Alias /neighbour/seen "{self.root}/documents/seen"')
        (self.root / "documents" / "seen").touch()

    def test_there_and_back(self):
        self.there_and_back()


class Embedded(Backend):

    backend = ("--mode=embedded",)

    def test_there_and_back(self):
        self.there_and_back()

    def test_one_that_is_killed_in_the_middle_of_the_switch(self):
        slow = "import time\ntime.sleep(2)"
        self.update("--from", self.new_code("2", more=slow), "-y")
        before = self.current()
        process = self.start_command(
            "update", self.shop, "--server-config", self.config, "--from",
            self.new_code("3", more=slow))
        self.until(lambda: self.current() != before)
        process.kill()
        process.wait()
        self.until(lambda: self.current() == before)
        self.until(lambda: {self.version() for _ in range(20)} == {"2"})
        self.only_who_may_reload()

    def only_who_may_reload(self):
        if os.geteuid():
            return
        account = find_account()
        _, err = self.update("--from", self.new_code("4"), status=2, user={
            "user": account.uid, "group": account.gid, "extra_groups": []})
        self.assertIn("shop: runs such that only a reload of Apache gives it"
                      " new code, and Apache runs as another user; run it as"
                      " root: sudo ", err)


if __name__ == "__main__":
    unittest.main()
