"""Many runs at once, and disks of any size: never half, nothing left."""

import os
import random
import time
import unittest

from tests.support import samples
from tests.support.apache_case import ApacheCase
from tests.support.full_disk import mounted_tmpfs
from tests.support.fuzzing import examples

SEED = os.urandom(4).hex() if os.environ.get("FUZZ") else "kept"
LEFT = "modwsgideploy-"


class Several(ApacheCase):
    """Sites that several runs switch at once."""

    names = ("aa", "bb", "cc")

    def setUp(self):
        super().setUp()
        self.before = self.tree()
        for name in self.names:
            self.project(name)
        sample = samples.bare()
        self.manifest = self.top / "sites.ini"
        self.manifest.write_text(
            "[DEFAULT]\nplatform = debian\nin-place = yes\n"
            f"virtualenv = {sample.virtualenv}\n"
            f"config = {sample.config}\n" + "".join(
                f"[{name}]\nproject = {self.top}/{name}\n"
                for name in self.names))

    def test_runs_at_once_come_one_after_the_other(self):
        chosen = random.Random(SEED)
        for _ in range(examples(2)):
            what = [(chosen.choice(("enable", "disable")), chosen.choice(
                (*(self.top / name for name in self.names), self.manifest)))
                for _ in range(4)]
            runs = [self.start_command(
                command, path, "--server-config", self.config,
                *["--no-check"] * (command == "enable"))
                for command, path in what]
            for run, words in zip(runs, what):
                _, err = run.communicate(timeout=120)
                # Who waits for too long is told, and has changed nothing.
                self.assertIn(run.returncode, (0, 2), (words, err))
                self.assertNotIn("Traceback", err)
            tree = self.tree()
            self.assertFalse([name for name in tree if LEFT in name])
            for name in self.names:
                is_on = f"sites-enabled/{name}.conf" in tree
                self.until_answers(f"/{name}/seen", 200 if is_on else 404)
        self.disable(self.manifest)
        self.enable(self.manifest, "--no-check")
        for name in self.names:
            self.until_answers(f"/{name}/seen", 200)

    def until_answers(self, path, status):
        """A process of before a reload may answer some time after it."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            answer = self.get(path)
            if answer.status == status:
                return
            time.sleep(0.01)
        self.assertEqual(answer.status, status, path)


@unittest.skipIf(os.geteuid(), "only root can mount disks")
class Disks(ApacheCase):
    """The configuration is on a disk that is too small, or not quite."""

    def lay_out(self):
        self.root.mkdir()
        disk = mounted_tmpfs(str(self.root), "size=2m,mode=1777")
        disk.__enter__()
        self.addCleanup(disk.__exit__, None, None, None)
        for name in "log", "run":
            (self.top / name).mkdir()
            (self.root / name).symlink_to(self.top / name)
        super().lay_out()

    def test_either_is_there_whatever_the_size(self):
        shop = self.project("shop")
        states = [self.tree()]
        self.enable(shop, "-q", "--no-check")
        states.append(self.tree())
        self.run_command("deploy", shop, "-q", "--threads=6")
        self.enable(shop, "-q", "--no-check")
        states.append(self.tree())
        chosen = random.Random(SEED)
        told = []
        for number in range(examples(8)):
            self.run_command("deploy", shop, "-q",
                             f"--threads={5 + number % 2}")
            self.fill_up(chosen.choice((0, 0, 1, 1, 2, 2, 3, 4, 9)))
            before = self.tree()
            out, err = self.enable(shop, "--no-check", status=None)
            told.append("No space left" in err)
            tree = self.tree()
            self.assertTrue(tree == before if told[-1] else tree in states,
                            (out, err))
            self.assertFalse([name for name in tree if LEFT in name])
            (self.root / "filler" / "file").unlink()
            self.assertEqual(self.get("/shop/seen").status, 200)
        self.assertEqual(set(told), {True, False})

    def fill_up(self, pages):
        """Leave so many pages of the disk."""
        (self.root / "filler").mkdir(exist_ok=True)
        disk = os.statvfs(self.root)
        with open(self.root / "filler" / "file", "wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, disk.f_frsize * (
                disk.f_bavail - pages))


if __name__ == "__main__":
    unittest.main()
