"""``update``, ``rollback`` and ``releases`` on an Apache that serves."""

import json
import os
import re
import signal
import subprocess
import tarfile
import unittest
import zipfile

from tests.support import kept
from tests.support.full_disk import mounted_tmpfs
from tests.support.release_case import ReleaseCase


class Updates(ReleaseCase):

    def test_releases_there_and_back(self):
        generation = self.generation()
        out, err = self.update("--from", self.new_code("2"), "-y")
        first = self.current()
        self.assertRegex(out, rf"\Ashop is served from release {first}:"
                              r" http://localhost:\d+/shop answers 200 OK")
        self.assertEqual(self.served(), "2")
        # The first one changes what is installed, the others do not.
        self.assertNotEqual(self.generation(), generation)
        generation = self.generation()
        self.update("--from", self.new_code("3"))
        second = self.current()
        self.assertEqual(self.served(), "3")
        self.assertIn(f"shop is served from release {first}: ",
                      self.rollback()[0])
        self.assertEqual(self.served(), "2")
        self.assertIn(f"shop is served from release {second}: ",
                      self.rollback(second)[0])
        self.assertEqual(self.served(), "3")
        self.assertEqual(self.generation(), generation)
        self.assertEqual(self.releases(), [first, second])
        out, _ = self.run_command("releases", "shop", "--server-config",
                                  self.config)
        self.assertRegex(out, rf"\A{second}  current  \d+ \w+ +\S+\n"
                              rf"{first}  before   \d+ \w+ +\S+\n\Z")
        # The one before stays, too.
        self.update("--from", self.new_code("4"), "--keep=1")
        self.assertEqual(self.releases(), [second, self.current()])

    def test_rollback_of_the_first_release(self):
        before = self.tree()
        self.update("--from", self.new_code("2"), "-y")
        out, _ = self.rollback()
        self.assertIn(f"shop is served from {self.shop}: ", out)
        self.assertEqual(self.served(), "1")
        self.assertEqual(self.tree(), before)
        self.assertFalse(os.path.lexists(self.shop / "current"))
        _, err = self.rollback(status=1)
        self.assertIn("is served from there, and not from a release", err)
        self.assertNotIn("before", self.run_command(
            "releases", "shop", "--server-config", self.config)[0])
        self.update("-y")
        self.assertEqual(self.served(), "2")
        # One of several that cannot be keeps no other from it.
        out, _ = self.rollback("--json", self.top / "new-2", status=1)
        self.assertEqual([site["status"] for site in json.loads(out)["sites"]],
                         ["switched", "failed"])

    def test_the_egg_cache_is_made_as_the_check_says(self):
        egg = self.top / "lib.egg"
        with zipfile.ZipFile(egg, "w") as archive:
            archive.writestr("lib.py", "")
        virtualenv = self.shop / "venv"
        subprocess.run([kept.interpreter(), "-m", "venv", "--without-pip",
                        virtualenv], check=True)
        self.first_day(f"--virtualenv={virtualenv}", f"--python-path={egg}",
                       f"--egg-cache={virtualenv}/python-eggs")
        # As setuptools does with a library that a zipped egg has.
        self.new_code("2", more="open(os.environ['PYTHON_EGG_CACHE']"
                                " + '/lib.so', 'w').close()")
        update = ("-v", "-y", "--from", self.top / "new-2")
        done = self.raw_update(*update)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(self.served(), "1")
        cache = self.shop / "shared" / "python-eggs"
        fix = re.search(rf"the egg cache {cache} does not exist \[MWD105\]\n"
                        r" +(.*)\n", done.stderr)
        self.assertIsNotNone(fix, done.stderr)
        subprocess.run(["sh", "-ec", fix[1].replace("sudo ", "")], check=True)
        self.update(*update)
        self.assertEqual(self.served(), "2")
        self.assertTrue((cache / "lib.so").exists())

    def test_a_release_that_fails_only_where_it_is_served_is_taken_back(self):
        self.update("--from", self.new_code("2"), "-y")
        before = self.current()
        done = self.raw_update("--no-check", "--from", self.new_code(
            "3", broken=f"assert environ['SERVER_PORT'] != '{self.port}'"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"shop: http://localhost:\d+/shop"
                                      r" answers 500(?s:.*)AssertionError")
        self.assertIn("shop was not updated: it is served from release"
                      f" {before} again", done.stdout)
        self.assertEqual((self.served(), self.current()), ("2", before))
        # What processes may have run is left to the next update.
        self.assertEqual(len(self.releases()), 2)
        self.update("--from", self.new_code("4"))
        self.assertEqual(self.releases(), [before, self.current()])

    def test_the_first_update_asks(self):
        before = self.tree()
        _, err = self.update("--from", self.new_code("2"), status=1)
        self.assertIn(f"+WSGIScriptAlias /shop {self.shop}/current/code/apache"
                      "/shop.wsgi", err.replace("+    WSGI", "+WSGI"))
        self.assertIn("nobody answered whether it is taken over; -y does",
                      err)
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.served(), "1")
        for name in "releases", "shared", "python":
            self.assertFalse((self.shop / name).exists(), name)

    def test_simulation_makes_and_tries_it(self):
        self.update("--from", self.new_code("2"), "-y")
        before = self.current()
        out, err = self.update("-n", "--from", self.new_code("3"),
                               "--before", "touch ran")
        self.assertIn("shop would be served from a new release", out)
        self.assertIn("--before: `touch ran` was not run", err)
        done = self.raw_update("-n", "--from", self.new_code(
            "4", more="import nothing_like_it"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing_like_it", done.stderr)
        self.assertEqual(self.releases(), [before])

    def test_choices_and_hand_edits_go_with_the_release(self):
        self.update("--from", self.new_code("2"), "-y")
        self.run_command("deploy", self.shop, "--threads=7", "-q")
        script = self.shop / "current/code/apache/shop.wsgi"
        script.write_text(script.read_text() + "# mine\n")
        self.own(self.shop / "current" / "code" / "apache")
        generation = self.generation()
        self.update("--from", self.new_code("3"))
        self.assertNotEqual(self.generation(), generation)
        self.assertIn("threads=7", self.installed())
        self.assertIn("# mine", script.read_text())
        self.assertEqual(self.served(), "3")
        before = self.tree()
        _, err = self.disable(self.shop, "--purge", status=2)
        self.assertIn(f"delete {self.shop}/current and {self.shop}/releases",
                      err)
        self.assertEqual(self.tree(), before)
        self.in_a_manifest()

    def test_what_was_asked_for_once_is_asked_for_again(self):
        code = self.new_code("2")
        self.update("--from", code, "-y", "--before", "echo $SHARED > before",
                    "--after", "touch $SHARED/after")
        for _ in range(2):
            self.assertEqual(
                (self.shop / "current/code/before").read_text(),
                f"{self.shop}/shared\n")
            after = self.shop / "shared" / "after"
            self.assertTrue(after.exists())
            after.unlink()
            self.update()

    def test_failing_commands(self):
        self.update("--from", self.new_code("2"), "-y")
        before = self.current()
        _, err = self.update("--before", "echo too bad; exit 3",
                             "--from", self.new_code("3"), status=1)
        self.assertIn("--before failed (exit status 3)\n    too bad\n", err)
        self.assertIn("what --before has done stays done", err)
        self.assertEqual((self.served(), self.current()), ("2", before))
        out, err = self.update("--after", "false",
                               "--from", self.new_code("3"), status=1)
        self.assertIn("--after failed (exit status 1)", err)
        self.assertIn("the release is served nevertheless", err)
        self.assertEqual(self.served(), "3")
        self.as_json()

    def as_json(self):
        out, _ = self.update("--after=", "--before=", "--json")
        document = json.loads(out)
        site, = document["sites"]
        self.assertEqual(
            (document["exit_status"], site["status"], site["release"],
             site["answer"]["status"]), (0, "updated", self.current(), 200))
        done = self.raw_update("--json", "--from", self.new_code(
            "4", more="import nothing_like_it"))
        document = json.loads(done.stdout)
        site, = document["sites"]
        self.assertEqual((document["exit_status"], document["changed"],
                          site["status"]), (1, False, "failed"))
        self.assertIn("MWD601", {each["code"] for each in site["problems"]})

    def test_a_wheel_and_an_sdist(self):
        code = self.new_code("2")
        wheel = self.top / "shop-2-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name in "shop_app.py", "shop_late.py", "version.txt":
                archive.write(code / name, name)
            archive.writestr("shop-2.dist-info/METADATA",
                             "Metadata-Version: 2.1\nName: shop\nVersion: 2")
            archive.writestr("shop-2.dist-info/WHEEL", "Wheel-Version: 1.0\n"
                             "Root-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr("shop-2.dist-info/RECORD", "".join(
                f"{name},,\n" for name in archive.namelist()))
        self.update("--from", wheel, "-y")
        self.assertEqual(self.served(), "2")
        sdist = self.top / "shop-3.tar.gz"
        with tarfile.open(sdist, "w:gz") as archive:
            archive.add(self.new_code("3"), "shop-3")
        self.update("--from", sdist)
        self.assertEqual(self.served(), "3")

    def in_a_manifest(self):
        """A manifest writes the deployment of the current release."""
        manifest = self.top / "sites.ini"
        manifest.write_text(
            f"[shop]\nproject = {self.shop}\nin-place = yes\nvirtualenv =\n"
            "application = shop_app:application\nthreads = 9\negg-cache =\n"
            f"log-directory = {self.root}/log\nplatform = debian\n")
        apache = self.shop / "current" / "code" / "apache"
        before = (apache / "shop.wsgi").read_text()
        self.run_command("batch", manifest, "-q")
        self.assertEqual((apache / "shop.wsgi").read_text(), before)
        self.assertIn("threads=9", (apache / "shop").read_text())
        self.enable(manifest, "--no-check")
        self.assertIn("threads=9", self.installed())
        self.update("--from", self.new_code("4"))
        self.assertIn("threads=9", self.installed())
        self.assertEqual(self.served(), "4")
        self.assertIn(f"modwsgideploy update {self.shop} --from DIR",
                      (apache / "README.txt").read_text())

    def test_other_commands_take_the_directory_for_its_release(self):
        self.update("--from", self.new_code("2"), "-y")
        self.assertIn("shop is on already", self.enable(self.shop)[0])
        out, _ = self.run_command("serve", self.shop, "--probe")
        self.assertIn("200 OK", out)
        self.disable(self.shop)
        self.assertEqual(self.get("/shop").status, 404)
        _, err = self.update(status=1)
        self.assertIn("shop: is not on, so there is nothing to switch;"
                      f" `modwsgideploy enable {self.shop}` switches it on",
                      err)
        self.enable(self.shop)
        self.assertEqual(self.served(), "2")

    def test_a_run_that_is_ended_leaves_the_site_as_it_was(self):
        self.update("--from", self.new_code("2"), "-y")
        before = self.current()
        begun = self.shop / "shared" / "begun"
        for number, left in (signal.SIGTERM, 0), (signal.SIGKILL, 1):
            process = self.start_command(
                "update", self.shop, "--server-config", self.config, "--from",
                self.new_code("3"), "--before",
                "echo $$ > $SHARED/begun; sleep 600")
            self.until(lambda: begun.exists() and begun.read_text())
            pid = int(begun.read_text())
            process.send_signal(number)
            process.wait()
            # What it has started ends, too.
            self.until(lambda pid=pid: not os.path.exists(f"/proc/{pid}"))
            self.assertEqual((self.served(), self.current()), ("2", before))
            self.assertEqual(len(self.releases()), 1 + left)
            begun.unlink()
        _, err = self.update("--from", self.new_code("3"), "--before=")
        self.assertRegex(err, r"shop: an update before this one was killed;"
                              r" its release \S+ was removed")
        self.assertEqual(self.served(), "3")
        self.assertEqual(self.releases(), [before, self.current()])

    def test_one_that_is_killed_in_the_middle_of_the_switch(self):
        self.kill_in_the_middle()

    def test_no_database_is_left_behind(self):
        self.update("--from", self.new_code("2"), "-y")
        code = self.shop / "current" / "code"
        (code / "shop.db").write_bytes(b"SQLite format 3\0")
        os.mkfifo(code / "fifo")      # which nobody waits for
        _, err = self.update("--from", self.new_code("3"), status=1)
        self.assertIn(f"shop.db: is a database that the site has made inside"
                      f" of its release, and the next one would not have it;"
                      f" put it at {self.shop}/shared/shop.db", err)
        os.rename(code / "shop.db", self.shop / "shared" / "shop.db")
        self.update("--from", self.new_code("3"))
        self.assertEqual(os.path.realpath(code / "shop.db"),
                         str(self.shop / "shared" / "shop.db"))

    def installed(self):
        return (self.root / "sites-available" / "shop.conf").read_text()

    def generation(self):
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns


@unittest.skipIf(os.geteuid(), "only root can mount")
class FullDisk(ReleaseCase):
    """Whose releases are on a small disk."""

    def test_the_site_goes_on(self):
        releases = self.shop / "releases"
        releases.mkdir()
        with mounted_tmpfs(str(releases), "size=2m,mode=0755"):
            self.own(self.shop)
            self.update("--from", self.new_code("2"), "-y")
            before = self.current()
            large = self.new_code("3")
            (large / "large").write_bytes(bytes(3_000_000))
            _, err = self.update("--from", large, status=1)
            self.assertRegex(err, r"shop: --from: .*/large: was not copied to"
                                  r" \S+: No space left on device\n\Z")
            self.assertEqual((self.served(), self.current()), ("2", before))
            self.assertEqual(self.releases(), [before])
            self.update("--from", self.new_code("4"))
            self.assertEqual(self.served(), "4")


class OfAHost(ReleaseCase):
    """An application of a host that has another, with a long name."""

    def first_day(self, *options):
        host = ("--server-name=a-long-name.shop.example",
                f"--port={self.port}")
        self.enable(self.project("cafe", *host, "--mount-point=/"),
                    "--no-check")
        super().first_day(*host, "--mount-point=/shop")

    def get(self, path, *options, **more):
        if path.startswith("/neighbour"):
            return super().get(path, *options, **more)
        return super().get(path, *options, host="a-long-name.shop.example",
                           **more)

    def test_maintenance_goes_on(self):
        self.disable("shop", "--maintenance")
        for version in "2", "3":     # the first changes what is installed
            _, err = self.update("--from", self.new_code(version), "-y")
            self.assertIn("shop: is in maintenance still; `modwsgideploy"
                          f" enable {self.shop}` ends that", err)
            self.assertEqual(self.get("/shop").status, 503)
        newest = self.current()
        self.rollback()
        self.assertNotEqual(self.current(), newest)
        self.assertEqual(self.get("/shop").status, 503)
        self.run_command("restart", "shop", "--server-config", self.config)
        self.assertEqual(self.get("/shop").status, 503)
        self.enable("shop", "--no-check")
        self.assertEqual(self.served(), "2")

    def test_its_processes_are_found_though_their_title_is_cut(self):
        self.update("--from", self.new_code("2"), "-y")
        self.update("--from", self.new_code("3"))
        self.assertEqual(self.served(), "3")
        self.rollback()
        self.assertEqual(self.served(), "2")
        self.assertEqual(self.get("/seen").status, 200)


if __name__ == "__main__":
    unittest.main()
