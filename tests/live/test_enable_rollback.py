"""What ``enable`` takes back, when others are at work as well."""

import os
import subprocess
import threading
import time
import unittest

from tests.support.apache_case import ApacheCase

AS_BEFORE = "all is as it was before"


class Shop(ApacheCase):

    def setUp(self):
        super().setUp()
        self.before = self.tree()
        self.shop = self.project("shop")

    def program(self, text):
        module = self.shop / "bare_app.py"
        module.write_text(module.read_text() + text)


class TakenBack(Shop):

    def test_reloads_by_others_do_not_fail_a_good_site(self):
        # As certbot makes them.  The application is slow, so that each of
        # its requests meets one.
        self.program("import time\ntime.sleep(0.7)\n")
        enough = threading.Event()

        def reload():
            link = self.root / "sites-enabled" / "shop.conf"
            while not link.is_symlink():
                time.sleep(0.01)
            for _ in range(8):
                if enough.wait(0.5):
                    break
                self.apache("graceful")

        thread = threading.Thread(target=reload)
        thread.start()
        try:
            out, err = self.enable(self.shop, "--no-check")
        finally:
            enough.set()
            thread.join()
        self.assertIn("shop is on", out, err)
        self.assertEqual(self.get("/shop/seen").status, 200)

    def test_what_is_not_as_before_is_not_said_to_be(self):
        # Somebody edits the installed copy while the application loads.
        installed = self.root / "sites-available" / "shop.conf"
        signals = self.top / "signals"
        signals.mkdir()
        signals.chmod(0o777)
        self.program(
            "import os, time\n"
            f"open('{signals}/loads', 'w').close()\n"
            f"while not os.path.exists('{signals}/edited'):\n"
            "    time.sleep(0.05)\n"
            "raise ValueError(7)\n")

        def edit():
            for _ in range(3000):
                if (signals / "loads").exists():
                    break
                time.sleep(0.01)
            with open(installed, "a") as stream:
                stream.write("# mine\n")
            (signals / "edited").touch()

        thread = threading.Thread(target=edit)
        thread.start()
        try:
            out, err = self.enable(self.shop, "--no-check", status=1)
        finally:
            (signals / "edited").touch()
            thread.join()
        self.assertIn(f"{installed}: was changed by somebody else", err)
        self.assertIn("shop was not switched on", out)
        self.assertNotIn(AS_BEFORE, out)

    def test_what_is_as_before_is_said_to_be(self):
        self.program("raise ValueError(7)\n")
        out, _ = self.enable(self.shop, "--no-check", status=1)
        self.assertIn(AS_BEFORE, out)
        self.assertEqual(self.tree(), self.before)


class FullDisk(Shop):
    """The configuration is on a small file system of its own."""

    def lay_out(self):
        if os.geteuid():
            self.skipTest("only root can mount one; see tests/activation")
        self.root.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k,mode=1777",
                        "tmpfs", self.root], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.root],
                        check=True)
        # These are elsewhere on a host, and Apache does not live without.
        for name in "log", "run":
            (self.top / name).mkdir()
            (self.root / name).symlink_to(self.top / name)
        super().lay_out()

    def fill(self):
        """Take all the space that there is; code for the application."""
        return ("import os\n"
                f"descriptor = os.open({str(self.root)!r} + '/filler',"
                " os.O_WRONLY | os.O_CREAT)\n"
                "for size in 4096, 1:\n"
                "    try:\n"
                "        while True:\n"
                "            os.write(descriptor, b'x' * size)\n"
                "    except OSError:\n"
                "        pass\n")

    def test_an_update_that_fails_is_taken_back_without_any_space(self):
        self.enable(self.shop)
        before = self.tree()
        self.run_command("deploy", self.shop, "-q", "--threads=6")
        self.program(self.fill() + "raise ValueError(7)\n")
        out, err = self.enable(self.shop, "--no-check", status=1)
        self.assertIn("the application raised ValueError: 7", err)
        self.assertIn(AS_BEFORE, out)
        after = self.tree()
        self.assertEqual(after.pop("filler")[:1], "x")
        self.assertEqual(after, before)

    def test_a_killed_update_is_put_back_without_any_space(self):
        self.enable(self.shop)
        before = self.tree()
        self.run_command("deploy", self.shop, "-q", "--threads=6")
        self.program(self.fill() + "import time\ntime.sleep(3)\n"
                     "raise ValueError(7)\n")
        process = self.start_command("enable", self.shop, "--server-config",
                                     self.config, "--no-check")
        while not (self.root / "filler").exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        time.sleep(0.3)
        process.kill()
        process.communicate()
        _, err = self.enable(self.top / "neighbour")
        self.assertIn("shop is now on, as before", err)
        after = self.tree()
        self.assertEqual(after.pop("filler")[:1], "x")
        self.assertEqual(after, before)

    def test_a_disk_that_is_full_already_changes_nothing(self):
        self.enable(self.shop)
        self.run_command("deploy", self.shop, "-q", "--threads=6")
        with open(self.root / "filler", "wb", buffering=0) as stream:
            for size in 4096, 1:
                try:
                    while True:
                        stream.write(b"x" * size)
                except OSError:
                    pass
        before = self.tree()
        _, err = self.enable(self.shop, status=2)
        self.assertIn("No space left on device", err)
        self.assertEqual(self.tree(), before)


class ReadOnly(Shop):

    def test_root_is_not_told_to_become_root(self):
        if os.geteuid():
            self.skipTest("only root can mount anything read-only")
        subprocess.run(["mount", "--bind", self.root, self.root], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.root],
                        check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", self.root],
                       check=True)
        _, err = self.enable(self.shop, status=2)
        self.assertIn(f"{self.root}: is on a file system that is mounted"
                      " read-only", err)
        self.assertNotIn("sudo", err)


if __name__ == "__main__":
    unittest.main()
