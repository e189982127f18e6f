"""Many sites from one manifest, as a user writes them; killed, full, twice."""

import fcntl
import hashlib
import json
import os
import pty
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

from modwsgideploy.apache.processes import is_zombie
from modwsgideploy.system.transaction import STAGE
from tests.support import TESTS, unmeasured
from tests.support.commands import BIN, CommandTest

PROJECTS = os.path.join(TESTS, "fake_projects")
KINDS = ("turbogears2", "pylons", "pyramid", "paste")
# In memory, where there is room: some of these write gigabytes.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def manifest(count, directory="out"):
    """The text of a manifest with ``count`` sites of several kinds."""
    lines = ["[DEFAULT]", "platform = debian", "mod-wsgi-version = 4.9", ""]
    for number in range(count):
        lines += [f"[site{number}]",
                  f"project = {PROJECTS}/{KINDS[number % 4]}",
                  f"output-dir = {directory}/site{number}"]
        if number % 3:
            lines += [f"server-name = www{number}.example.com",
                      "mount-point = /"]
        if number % 5 == 1:
            lines += ["env =", f"    SITE={number}", "    KIND=test"]
    return "\n".join(lines) + "\n"


def tree(directory):
    """All files below ``directory``: digest and mode by relative path."""
    found = {}
    for head, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(head, name)
            with open(path, "rb") as stream:
                digest = hashlib.sha256(stream.read()).hexdigest()
            found[os.path.relpath(path, directory)] = (
                digest, os.stat(path).st_mode)
    return found


def times(directory):
    """What tells whether anything below ``directory`` was written."""
    return {path: (os.lstat(path).st_ino, os.lstat(path).st_mtime_ns)
            for head, _, names in os.walk(directory)
            for path in [head, *(os.path.join(head, name)
                                 for name in names)]}


class BatchTest(unittest.TestCase):
    """A manifest in a temporary directory."""

    memory = None
    environment = None   # that of the test

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(dir=self.memory))
        self.addCleanup(shutil.rmtree, self.top)
        self.out = os.path.join(self.top, "out")

    def write(self, text, name="sites.ini"):
        with open(os.path.join(self.top, name), "w",
                  encoding="utf-8") as stream:
            stream.write(text)

    def path(self, *names):
        return os.path.join(self.out, *names)

    def text(self, *names):
        with open(self.path(*names), encoding="utf-8") as stream:
            return stream.read()

    def edit(self, old, new, *names):
        """Edit a file as an editor does."""
        text = self.text(*names)
        self.assertIn(old, text)
        with open(self.path(*names), "w", encoding="utf-8") as stream:
            stream.write(text.replace(old, new))

    def assert_same(self, found, expected, about=""):
        """Two trees are one; the first few that differ, if not."""
        self.assertEqual([path for path in {**found, **expected}
                          if found.get(path) != expected.get(path)][:9], [],
                         about)

    def start(self, *arguments, **kwargs):
        """A running batch, in a process group of its own."""
        return subprocess.Popen(
            [os.path.join(BIN, "modwsgideploy"), "batch", *arguments],
            cwd=self.top, start_new_session=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8",
            **{"env": self.environment, **kwargs})

    def batch(self, *arguments, status=0, stdin="", **kwargs):
        """Run a batch to its end: stdout and stderr."""
        process = self.start(*arguments, stdin=subprocess.PIPE, **kwargs)
        out, err = process.communicate(stdin, timeout=300)
        self.assertEqual(process.returncode, status, out + err)
        return out, err


class Command(BatchTest):

    def setUp(self):
        super().setUp()
        self.write(manifest(4))

    def test_writes_every_site_and_says_so_in_one_line(self):
        out, err = self.batch()
        self.assertRegex(out, r"\A4 sites: 4 created \(.* a second\)\n\Z")
        self.assertEqual(err, "")
        self.assertEqual(sorted(os.listdir(self.out)),
                         ["site0", "site1", "site2", "site3"])
        self.assertIn("ServerName www1.example.com", self.text(
            "site1", "site1"))

    def test_v_has_a_line_for_each_site_that_changed(self):
        out, _ = self.batch("-v")
        self.assertIn("created   site1  out/site1"
                      "  http://www1.example.com/\n", out)
        self.edit("threads=15", "threads=16", "site2", "site2")
        with open(os.path.join(self.top, "sites.ini"), "a") as stream:
            stream.write("processes = 5\n")
        out, _ = self.batch("-v")
        self.assertEqual([line.split()[:2] for line in out.splitlines()[:-1]],
                         [["changed", "site3"]])
        self.assertIn("1 changed, 3 unchanged", out)

    def test_it_is_what_deploy_writes(self):
        self.batch()
        before = tree(self.out)
        subprocess.run(
            [os.path.join(BIN, "modwsgideploy"), "deploy", "-q",
             f"{PROJECTS}/paste", "--output-dir", "out/site3"],
            cwd=self.top, check=True)
        after = tree(self.out)
        # The record of a batch has the digest of its choices as well.
        self.assertEqual({name for name in after
                          if after[name] != before[name]},
                         {"site3/.modwsgideploy.base"})

    def test_q_says_nothing(self):
        self.assertEqual(self.batch("-q"), ("", ""))
        self.assertTrue(os.path.isfile(self.path("site1", "site1.wsgi")))

    def test_n_shows_differences_and_writes_nothing(self):
        out, _ = self.batch("-n")
        self.assertIn("+++ out/site1/site1.wsgi", out)
        self.assertIn("4 sites: would be: 4 created", out)
        self.assertFalse(os.path.exists(self.out))

    def test_only_some_sites(self):
        self.batch("--only", "site[12]", "--only=*3")
        self.assertEqual(sorted(os.listdir(self.out)),
                         ["site1", "site2", "site3"])
        _, err = self.batch("--only=shop", status=2)
        self.assertIn("--only: no site is called shop", err)

    def test_changed_tells_by_its_exit_status(self):
        self.batch("--changed", "-n", status=3)
        self.batch("--changed", status=3)
        self.batch("--changed", status=0)

    def test_json(self):
        with open(os.path.join(self.top, "sites.ini"), "a") as stream:
            stream.write("[lost]\nproject = nowhere\n")
        out, err = self.batch("--json", status=1)
        told = json.loads(out)
        self.assertEqual(told["counts"], {
            "created": 4, "changed": 0, "unchanged": 0, "held": 0,
            "conflict": 0, "failed": 1, "off": 0, "rolled back": 0})
        by_name = {site["name"]: site for site in told["sites"]}
        self.assertEqual(by_name["site1"]["source"], "sites.ini:8 [site1]")
        self.assertIn({"path": self.path("site1", "site1.wsgi"),
                       "action": "create"}, by_name["site1"]["files"])
        self.assertRegex(by_name["lost"]["messages"][0], "no such directory")
        self.assertEqual(err, "")

    def test_from_standard_input(self):
        self.batch("-", stdin=manifest(2, "piped"))
        self.assertEqual(len(os.listdir(os.path.join(self.top, "piped"))), 2)
        _, err = self.batch("-", status=2, stdin="[x]\nport = 0\n")
        self.assertIn("modwsgideploy: standard input:2 [x] port: '0'", err)

    def test_standard_input_is_utf_8_in_any_locale(self):
        text = manifest(1) + "env = A=caf\u00e9\n"
        for encoding in "latin-1", "ascii":
            self.batch("-", "-f", stdin=text, env={
                **os.environ, "PYTHONIOENCODING": encoding})
            self.assertIn("env =\n    A=caf\u00e9\n",
                          self.text("site0", "site.ini"))
        process = self.start("-", stdin=subprocess.PIPE, env={
            **os.environ, "PYTHONIOENCODING": "utf-8:strict"})
        process.stdin.buffer.write(b"[a]\nhome = /caf\xe9\n")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, err)
        self.assertIn("standard input:2 [a] home: ", err)

    def test_names_that_the_locale_has_no_letters_for_are_escaped(self):
        self.write(manifest(1, "caf\u00e9 \u20ac"))
        ascii = {**os.environ, "PYTHONIOENCODING": "ascii"}
        self.assertIn("created   site0  caf\\xe9 \\u20ac/site0",
                      self.batch("-v", env=ascii)[0])
        self.write(manifest(1, "\u20ac"))
        site, = json.loads(self.batch("--json", env=ascii)[0])["sites"]
        self.assertEqual(site["output_dir"], f"{self.top}/\u20ac/site0")

    def test_from_csv(self):
        self.write("name,project,output-dir,threads\n"
                   f"a,{PROJECTS}/paste,out/a,7\n", "sites.csv")
        self.batch("sites.csv")
        self.assertIn("threads=7", self.text("a", "a"))

    def test_an_option_counts_for_all_sites(self):
        self.batch("--threads=9")
        for number in range(4):
            self.assertIn("threads=9", self.text(
                f"site{number}", f"site{number}"))

    def test_several_processes_write_the_same(self):
        self.write(manifest(30))
        self.batch()
        expected = tree(self.out)
        shutil.rmtree(self.out)
        self.batch("--jobs=3")
        self.assert_same(tree(self.out), expected)
        _, err = self.batch("--jobs=0", status=2)
        self.assertIn("--jobs: '0' is not valid", err)

    def test_sync_writes_the_same(self):
        self.write(manifest(10))
        self.batch()
        expected = tree(self.out)
        shutil.rmtree(self.out)
        self.batch("--sync")
        self.assert_same(tree(self.out), expected)
        self.write(manifest(10).replace("4.9", "4.8"))
        self.assertIn("10 changed", self.batch("--sync")[0])

    def test_a_bar_on_a_terminal(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        process = subprocess.Popen(
            [os.path.join(BIN, "modwsgideploy"), "batch", "--all-or-nothing"],
            cwd=self.top, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while True:
                shown += os.read(ours, 1024)
        except OSError:   # the other end is closed
            pass
        os.close(ours)
        out = process.communicate()[0]
        self.assertIn(b"0 sites read [", shown)
        # Once to find out what would fail, once to write.
        self.assertEqual(shown.count(b"0/4 ["), 2)
        self.assertIn(b"4 sites: 4 created", out)

    def test_a_manifest_that_is_wrong_writes_nothing(self):
        with open(os.path.join(self.top, "sites.ini"), "a") as stream:
            stream.write("port = x\n[site1]\n")
        _, err = self.batch(status=2)
        self.assertIn("sites.ini:24 [site3] port: 'x' is not valid", err)
        self.assertIn("[site1]: is given a second time", err)
        self.assertFalse(os.path.exists(self.out))


class Paster(CommandTest):

    def test_batch_is_a_command_of_paster_as_well(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            with open(os.path.join(elsewhere, "sites.ini"), "w") as stream:
                stream.write(manifest(2))
            out, _ = self.run_command("paster", "modwsgi_batch", "sites.ini",
                                      "--only=site1", cwd=elsewhere)
            self.assertIn("1 site: 1 created", out)
            out, _ = self.run_command("paster", "modwsgi_batch", "sites.ini",
                                      "-n", cwd=elsewhere)
            self.assertIn("1 created, 1 unchanged", out)
            _, err = self.run_command("paster", "modwsgi_batch", "none.ini",
                                      cwd=elsewhere, status=2)
            self.assertIn("none.ini: cannot be read", err)
            out, _ = self.run_command("paster", "modwsgi_batch", "--help",
                                      cwd=elsewhere)
            self.assertIn("--all-or-nothing", out)


class SomeFail(BatchTest):

    def setUp(self):
        super().setUp()
        self.write(manifest(4) + "[lost]\nproject = nowhere\n")

    def test_one_broken_project_does_not_stop_the_rest(self):
        out, err = self.batch(status=1)
        self.assertIn("5 sites: 4 created, 1 failed", out)
        self.assertEqual(
            err, f"sites.ini:24 [lost]: {self.top}/nowhere: there is no such"
            " directory; name the project's directory\n")
        self.assertEqual(len(os.listdir(self.out)), 4)

    def test_all_or_nothing_writes_nothing_then(self):
        _, err = self.batch("--all-or-nothing", status=1)
        self.assertIn("[lost]: ", err)
        self.assertIn("nothing was written", err)
        self.assertFalse(os.path.exists(self.out))
        self.write(manifest(4))
        self.batch("--all-or-nothing")
        self.assertEqual(len(os.listdir(self.out)), 4)

    def test_a_directory_in_the_way(self):
        self.write(manifest(4))
        os.makedirs(self.path("site2", "README.txt"))
        _, err = self.batch("--all-or-nothing", status=1)
        self.assertFalse(os.path.exists(self.path("site1")))
        out, err = self.batch(status=1)
        self.assertIn("3 created, 1 failed", out)
        self.assertRegex(err, r"^sites.ini:16 \[site2\]: .*/README.txt: is"
                         " not a regular file; move it away")


class Again(BatchTest):
    """A second run over what is there."""

    def setUp(self):
        super().setUp()
        self.write(manifest(4))
        self.batch()

    def test_nothing_is_written_when_nothing_has_changed(self):
        before = times(self.out)
        out, _ = self.batch()
        self.assertIn("4 sites: 4 unchanged", out)
        self.assertEqual(times(self.out), before)

    def test_hand_edits_stay_and_are_merged_with_what_is_new(self):
        self.edit("# The mount point.", "# Our mount point.",
                  "site1", "site1")
        before = times(self.out)
        self.assertIn("4 unchanged", self.batch()[0])
        self.assertEqual(times(self.out), before)
        out, _ = self.batch("--threads=4")
        self.assertIn("4 changed", out)
        self.assertIn("# Our mount point.", self.text("site1", "site1"))
        self.assertIn("threads=4", self.text("site1", "site1"))

    def test_edits_of_the_same_lines_are_told(self):
        self.edit("threads=15", "threads=99", "site1", "site1")
        out, err = self.batch("--threads=4", status=1)
        self.assertIn("3 changed, 1 conflict", out)
        self.assertRegex(err, r"^sites.ini:8 \[site1\]: out/site1/site1: your"
                         " edits and the new text change the same lines")
        self.assertIn("threads=4", self.text("site1", "site1.new"))
        # Nobody has looked at it yet.
        out, _ = self.batch("--threads=4", status=1)
        self.assertIn("3 unchanged, 1 conflict", out)

    def test_files_of_unknown_origin_hold_their_site_back(self):
        os.unlink(self.path("site1", ".modwsgideploy.base"))
        self.edit("threads=15", "threads=99", "site1", "site1")
        out, err = self.batch("--umask=077", status=1)
        self.assertIn("3 changed, 1 held", out)
        self.assertIn("nothing says who changed it", err)
        out, _ = self.batch("--umask=077", "-n", status=1)
        self.assertIn("-    threads=99", out)
        self.assertIn("1 held", out)
        _, err = self.batch("--umask=077", "--all-or-nothing", status=1)
        self.assertIn("nothing was written", err)
        self.batch("--umask=077", "-f")
        self.assertIn("umask=0077", self.text("site1", "site1"))
        self.assertIn("threads=99", self.text("site1", "site1.bak"))

    def test_what_stays_because_of_its_edits_is_no_change(self):
        with open(self.path("site1", "baseline.conf"), "a") as stream:
            stream.write("# mine\n")
        self.batch("--baseline=", "--changed", status=3)
        out, err = self.batch("--baseline=", "--changed", status=0)
        self.assertIn("4 sites: 4 unchanged", out)
        self.assertEqual(err.count("has edits, so it stays"), 1)
        self.assertIn("# mine\n", self.text("site1", "baseline.conf"))

    def test_f_overwrites_edits_even_if_nothing_else_is_new(self):
        self.edit("threads=15", "threads=99", "site1", "site1")
        self.assertIn("4 unchanged", self.batch()[0])
        self.assertIn("1 changed, 3 unchanged", self.batch("-f")[0])
        self.assertIn("threads=15", self.text("site1", "site1"))
        self.assertIn("threads=99", self.text("site1", "site1.bak"))
        self.assertIn("4 unchanged", self.batch("-f")[0])

    def test_what_is_missing_is_made_again(self):
        expected = tree(self.out)
        os.unlink(self.path("site1", "README.txt"))
        os.unlink(self.path("site2", "site.ini"))
        shutil.rmtree(self.path("site3"))
        out, _ = self.batch()
        self.assertIn("1 created, 2 changed, 1 unchanged", out)
        self.assert_same(tree(self.out), expected)

    def test_the_manifest_decides_over_an_edited_record(self):
        self.edit("mount-point = /", "mount-point = /elsewhere",
                  "site1", "site.ini")
        self.assertIn("1 changed, 3 unchanged", self.batch()[0])
        self.assertIn("mount-point = /\n", self.text("site1", "site.ini"))

    def test_what_a_project_has_new_is_seen(self):
        shutil.copytree(os.path.join(PROJECTS, "pyramid"),
                        os.path.join(self.top, "p"))
        self.write("[a]\nproject = p\noutput-dir = out/a\n")
        self.batch()
        self.assertIn("Alias /a/static", self.text("a", "a"))
        shutil.rmtree(os.path.join(self.top, "p", "shop", "static"))
        self.assertIn("1 changed", self.batch()[0])

    def test_what_the_runbook_says_of_the_projects_files_is_not_stale(self):
        project = os.path.join(self.top, "p")
        shutil.copytree(os.path.join(PROJECTS, "pyramid"), project)
        self.write("[a]\nproject = p\noutput-dir = out/a\n")
        self.batch()
        for name, text, told in (
                ("alembic.ini", "[alembic]\n",
                 "/bin/alembic upgrade head"),
                ("requirements.txt", "WebOb==1.8.9\n",
                 "requirements.txt -e /usr/local")):
            self.assertNotIn(told, self.text("a", "README.txt"))
            with open(os.path.join(project, name), "w") as stream:
                stream.write(text)
            self.assertIn("1 changed", self.batch()[0])
            self.assertIn(told, self.text("a", "README.txt"))
            self.assertIn("1 unchanged", self.batch()[0])


class Killed(BatchTest):
    """Ended at any moment; then run again, to the same end."""

    memory = MEMORY
    sites = 1000
    times = int(os.environ.get("KILLS", 3))

    def setUp(self):
        super().setUp()
        self.environment = unmeasured()
        self.write(manifest(self.sites))
        start = time.monotonic()
        self.batch("-q")
        self.seconds = time.monotonic() - start
        self.expected = tree(self.out)
        shutil.rmtree(self.out)

    def assert_whole(self, seed):
        """Each site that is there is there with all its files."""
        for name in os.listdir(self.out) if os.path.isdir(self.out) else ():
            if not name.endswith(STAGE):
                mine = {path: told for path, told in self.expected.items()
                        if path.startswith(name + "/")}
                found = {f"{name}/{path}": told for path, told
                         in tree(self.path(name)).items()
                         if path.split("/")[0] != STAGE}
                self.assert_same(found, mine, seed)

    def test_by_kill_9(self):
        for number in range(self.times):
            seed = random.randrange(10 ** 9)
            chance = random.Random(seed)
            self.kill(chance, number % 2)
            self.assert_whole(seed)
            if chance.random() < 0.5:   # and what is resumed, as well
                self.kill(chance, number % 2)
                self.assert_whole(seed)
            self.batch("-q")
            self.assert_same(tree(self.out), self.expected, seed)
            shutil.rmtree(self.out)

    def kill(self, chance, with_writer):
        """Start a batch and kill it, and the process that writes too."""
        process = self.start("-q")
        time.sleep(chance.random() * self.seconds)
        pids = [process.pid]
        if with_writer:
            pids += self.children(process.pid)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate()   # also ends when the writer has ended
        self.settled(pids[1:])

    def children(self, pid):
        path = f"/proc/{pid}/task/{pid}/children"
        try:
            with open(path) as stream:
                return list(map(int, stream.read().split()))
        except FileNotFoundError:
            return []

    def settled(self, pids):
        """Wait till what was killed is gone."""
        for pid in pids:
            for _ in range(1000):
                if is_zombie(pid) or not os.path.exists(f"/proc/{pid}"):
                    break
                time.sleep(0.01)

    def wait_for_sites(self):
        """Wait till a running batch has written the first of many."""
        while not (os.path.isdir(self.out)
                   and len(os.listdir(self.out)) > 100):
            time.sleep(0.01)

    def test_by_ctrl_c(self):
        process = self.start()
        self.wait_for_sites()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assert_whole("")
        self.assertFalse([name for name in os.listdir(self.out)
                          if name.endswith(STAGE)])

    def test_only_the_writer(self):
        process = self.start()
        self.wait_for_sites()
        for pid in self.children(process.pid):
            os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(f"{self.sites} sites: ", out)
        self.assert_same(tree(self.out), self.expected)

    def test_two_at_once(self):
        first, second = self.start(), self.start("--jobs=2")
        for process in first, second:
            out, err = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, err)
            self.assertIn(f"{self.sites} sites: ", out)
        self.assert_same(tree(self.out), self.expected)


# In a mount namespace: a disk with room for all, then with too little.
FULL = """
set -e
mount -t tmpfs -o size=400m tmpfs disk
$1 batch -q
cp -a disk/out expected
rm -r disk/out
mount -o remount,size=8m disk
! $1 batch > told 2>&1
for site in disk/out/*; do diff -r $site expected/${site##*/}; done
ls -A disk/out > left
mount -o remount,size=400m disk
$1 batch > again
diff -r disk/out expected
"""


class FullDisk(BatchTest):

    def test_leaves_whole_sites_and_goes_on_when_there_is_room(self):
        os.mkdir(os.path.join(self.top, "disk"))
        self.write(manifest(300, "disk/out"))
        for prefix in (["unshare", "-m"], ["unshare", "-Urm"]):
            done = subprocess.run(
                [*prefix, "sh", "-c", FULL, "sh",
                 os.path.join(BIN, "modwsgideploy")], cwd=self.top,
                env=unmeasured(),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8")
            if done.returncode == 0:
                break
        else:
            if "unshare" in done.stdout and not os.environ.get("CI"):
                self.skipTest("no tmpfs can be mounted")
            self.fail(done.stdout)
        told = self.read("told")
        created = int(re.search(r"(\d+) created", told)[1])
        failed = int(re.search(r"(\d+) failed", told)[1])
        self.assertEqual(created + failed, 300)
        self.assertGreater(created, 5)   # of large pages few fit
        self.assertEqual(told.count(": No space left on device: its files"
                                    " need"), failed)
        self.assertEqual(len(self.read("left").split()), created)
        self.assertIn(f"{failed} created, {created} unchanged",
                      self.read("again"))

    def read(self, name):
        with open(os.path.join(self.top, name)) as stream:
            return stream.read()


class Large(BatchTest):
    """A manifest of 100,000 lines in which 500 are wrong."""

    memory = MEMORY

    # How a section is spoilt, and what is said of it.
    WRONG = (
        (["port = http"], "port: 'http' is not valid"),
        (["mount_point = /x"], "there is no option 'mount_point'"),
        (["threads = 3", "threads = 4"], "threads: is given a second time"),
        (["nothing"], "'nothing' sets nothing"),
        (["processes = 2", "  3"], "processes: takes one value"),
        (["hsts = yes"], "hsts: needs HTTPS"),
        (["name = site0"], "is called site0 as sites.ini:"),
        (["output-dir ="], "output-dir: is empty"),
        (["env = A"], "env: 'A' is not valid"),
        (["home = /${HOME}"], "home: '/${HOME}' contains '${'"),
        (["platform = beos"], "there is no platform 'beos'"),
        (["framework = djnago"], "framework: 'djnago' is not a known"),
        (["static = /x"], "static: '/x' is not valid"),
        (["server-name = same.example", "mount-point = /x"],
         "same.example:80"),
        (["mount-point = /same"], "is mounted at /same of the main server"),
        (["backend = fastcgi", "threads = 3"], "threads: has no effect"),
        (["[site1]"], "[site1]: is given a second time"),
        (["project ="], "project: is empty"),
        (["locale = de DE"], "locale: 'de DE' is not valid"),
        (["python-path = x"], "python-path: 'x' is not valid"),
    )

    def test_all_errors_are_told_at_once(self):
        expected, lines = [], ["[DEFAULT]", "platform = debian"]
        places = set(range(100, 20000, 39)[:500])
        for number in range(20000):
            if number not in places:
                lines += self.section(number)
                continue
            extra, message = self.WRONG[len(expected) % len(self.WRONG)]
            lines += self.section(number, extra)
            expected.append((f"[site{number}]", message))
        # One site has to have what two others are refused.
        lines += self.section(20000, ["server-name = same.example",
                                      "mount-point = /x"])
        lines += self.section(20001, ["mount-point = /same"])
        self.assertGreaterEqual(len(lines), 100000 - 500)
        self.write("\n".join(lines) + "\n")
        start = time.monotonic()
        out, err = self.batch(status=2)
        self.assertLess(time.monotonic() - start, 60)
        self.assertFalse(os.path.exists(self.out))
        self.assertEqual(out, "")
        told = err.splitlines()
        for line in told:
            self.assertRegex(line, r"\Amodwsgideploy: sites.ini:\d+ \[.*\]")
        for _, message in self.WRONG:
            wanted = sum(one[1] == message for one in expected)
            found = sum(message in line for line in told)
            self.assertGreaterEqual(found, wanted, message)
        self.assertGreaterEqual(len(told), 500)

    def section(self, number, extra=()):
        """The lines of one site, with ``extra`` ones."""
        keys = {line.partition(" =")[0] for line in extra}
        lines = [f"project = {PROJECTS}/paste",
                 f"output-dir = out/{number}",
                 f"mount-point = /site{number}"]
        return [f"[site{number}]",
                *(line for line in lines
                  if line.partition(" =")[0] not in keys), *extra, ""]


if __name__ == "__main__":
    # By hand: python tests/test_batch.py 50
    if sys.argv[1:] and sys.argv[1].isdecimal():
        Killed.times = int(sys.argv.pop(1))
    unittest.main()
