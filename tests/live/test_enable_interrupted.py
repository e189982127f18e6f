"""Runs of ``enable`` and ``disable`` that end in the middle."""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from tests.support import TOP
from tests.support.apache_case import ApacheCase

KILLED = "a run before this one was killed: shop is now "


class Interrupted(ApacheCase):

    seconds = 1.5    # for the application to start

    def setUp(self):
        super().setUp()
        self.before = self.tree()
        self.shop = self.project("shop")
        module = self.shop / "bare_app.py"
        module.write_text(f"import time\ntime.sleep({self.seconds})\n"
                          + module.read_text())

    def start(self, command="enable"):
        return self.start_command(
            command, self.shop, "--server-config", self.config,
            *["--no-check"] * (command == "enable"))

    def started(self):
        """An ``enable`` that has put the files in their places."""
        process = self.start()
        link = self.root / "sites-enabled" / "shop.conf"
        self.until(link.is_symlink)
        return process

    def asking(self):
        """An ``enable`` that waits for the application to answer."""
        before = self.generation()
        process = self.started()
        self.until(lambda: self.generation() != before)
        time.sleep(0.2)
        return process

    def until(self, holds):
        for _ in range(12000):
            if holds():
                return
            time.sleep(0.005)
        self.fail("in vain")

    def generation(self):
        try:
            return (self.root / "run" / "apache.pid").stat().st_mtime_ns
        except OSError:
            return 0

    def kill_run(self, process):
        process.kill()
        process.wait()

    def added(self):
        return self.tree().keys() - self.before.keys()


class Signals(Interrupted):

    def test_ctrl_c_and_kill_put_everything_back(self):
        for number, status in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            process = self.asking()
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, status, out + err)
            self.assertEqual(self.tree(), self.before)
            self.assertEqual(self.get("/shop").status, 404)

    def test_nobody_else_can_at_the_same_time(self):
        process = self.started()
        self.enable(self.project("cafe"), "--no-check")
        out, _ = process.communicate(timeout=60)
        self.assertIn("shop is on", out)
        self.assertEqual(self.get("/cafe/seen").status, 200)
        self.assertEqual(self.get("/shop/seen").status, 200)


class Killed(Interrupted):

    def test_a_site_that_answers_is_on_after_the_next_run(self):
        self.kill_run(self.asking())
        _, err = self.enable(self.project("cafe"))
        self.assertRegex(err, KILLED + r"on: http://localhost:\d+/shop"
                                       " answers 200 OK")
        self.assertEqual(self.added(), {
            f"sites-{state}/{name}.conf" for name in ("cafe", "shop")
            for state in ("available", "enabled")})
        for name in "cafe", "shop":
            self.assertEqual(self.get(f"/{name}/seen").status, 200)
        self.assertIn("shop is on already", self.enable(self.shop)[0])

    def test_a_site_that_fails_is_off_after_the_next_run(self):
        module = self.shop / "bare_app.py"
        module.write_text(module.read_text() + "raise ValueError(7)\n")
        self.kill_run(self.asking())
        _, err = self.enable(self.project("cafe"))
        self.assertIn(KILLED + "off, as before", err)
        self.assertIn("the application raised ValueError: 7", err)
        self.assertEqual(self.added(), {"sites-available/cafe.conf",
                                        "sites-enabled/cafe.conf"})
        self.assertEqual(self.get("/shop").status, 404)
        self.assertEqual(self.get("/cafe/seen").status, 200)

    def test_what_apache_was_not_told_of_is_put_back_without_a_reload(self):
        process = self.started()
        self.kill_run(process)
        before = self.generation()
        _, err = self.enable(self.top / "neighbour")
        self.assertIn(KILLED + "off, as before", err)
        self.assertEqual(self.tree(), self.before)
        self.assertEqual(self.generation(), before)

    def test_what_somebody_else_let_apache_read_is_put_back_with_one(self):
        self.kill_run(self.started())
        before = self.generation()
        self.apache("graceful")
        self.until(lambda: self.generation() != before)
        self.until(lambda: self.get("/shop/seen").status == 200)
        _, err = self.enable(self.project("cafe"))
        self.assertIn(KILLED + "off, as before", err)
        self.assertEqual(self.get("/shop").status, 404)

    def test_simulation_says_so_and_changes_nothing(self):
        self.kill_run(self.asking())
        before = self.tree()
        _, err = self.enable(self.project("cafe"), "-n")
        self.assertIn("a run before this one was killed", err)
        self.assertEqual(self.tree(), before)

    def test_without_reload_nothing_is_started(self):
        self.kill_run(self.asking())
        self.stop()
        _, err = self.enable(self.project("cafe"), "--no-reload")
        self.assertIn(KILLED + "off, as before", err)
        self.assertIn("Apache has still to read that", err)
        self.assertRegex(err, "apache2? .* -k start")
        self.assertEqual(self.get("/neighbour/seen").status, 0)
        self.assertEqual(self.added(), {"sites-available/cafe.conf",
                                        "sites-enabled/cafe.conf"})

    def test_a_copy_of_the_configuration_is_put_back_by_itself(self):
        self.kill_run(self.asking())
        copy = self.top / "copy"
        shutil.copytree(self.root, copy, symlinks=True,
                        ignore=shutil.ignore_patterns("run"))
        (copy / "run").mkdir()
        for path in copy.glob("*.conf"):
            path.write_text(path.read_text().replace(
                f"{self.root}", f"{copy}").replace(
                f"{self.port}", "1"))
        before, generation = self.tree(), self.generation()
        self.root, self.config = copy, copy / "apache2.conf"
        _, err = self.enable(self.project("cafe"), "--no-reload")
        self.assertIn(KILLED + "off, as before", err)
        self.assertNotIn("sites-enabled/shop.conf", self.tree())
        self.root = self.top / "etc"
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.generation(), generation)
        self.assertEqual(self.get("/shop/seen").status, 200)


class Anywhere(Interrupted):

    seconds = 0

    def test_ahead_of_any_change(self):
        """Whole, and what it says, after a kill and the next run."""
        self.enable(self.shop, "-q", "--no-check")
        on = self.tree()
        self.disable(self.shop, "-q")
        off = self.tree()
        step = 1 if os.environ.get("FUZZ") else 3
        left = {command: iter(range(1, 99, step))
                for command in ("enable", "disable")}
        is_on, told = False, set()
        while left:
            command = "disable" if is_on else "enable"
            number = next(left.get(command, iter([0])))
            status = self.killed_at(number, command)
            if status >= 0:
                self.assertEqual(status, 0)
                self.assertGreater(number, 20)
                del left[command]
            _, err = self.enable(self.top / "neighbour")
            tree = self.tree()
            self.assertTrue(tree in (on, off), (
                command, number, err, set(tree.items()) - set(on.items())))
            is_on = tree == on
            if KILLED in err:
                self.assertIn(KILLED + ("on" if is_on else "off"), err)
                told.add((command, is_on))
            # A process of before a reload may answer some time after it.
            self.until(lambda is_on=is_on: self.get("/shop/seen").status
                       == (200 if is_on else 404))
        self.assertEqual(len(told), 4)

    def test_ctrl_c_ahead_of_any_change(self):
        """Whole as soon as the command has ended, and nothing is left."""
        self.enable(self.shop, "-q", "--no-check")
        on = self.tree()
        self.disable(self.shop, "-q")
        off = self.tree()
        step = 1 if os.environ.get("FUZZ") else 4
        for command, before in ("enable", off), ("disable", on):
            for number in range(2, 99, step):
                status = self.killed_at(number, command, "INT")
                tree = self.tree()
                self.assertTrue(tree in (on, off), (
                    command, number, set(tree.items()) - set(on.items())))
                if tree != before:
                    break
                self.assertEqual(status, 130)
            self.assertGreater(number, 20)
            self.assertIn(status, (0, 130))
            self.until(lambda tree=tree: self.get("/shop/seen").status
                       == (200 if tree == on else 404))
            self.enable(self.shop, "-q", "--no-check")

    def killed_at(self, number, command, name="KILL"):
        """Have it get a signal ahead of a call; the exit status."""
        return subprocess.run(
            [sys.executable, "-m", "tests.support.killing", name, f"{number}",
             command, self.shop, "--server-config", self.config,
             *["--no-check"] * (command == "enable")], cwd=TOP, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=60).returncode


if __name__ == "__main__":
    unittest.main()
