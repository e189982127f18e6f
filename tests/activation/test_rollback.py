"""What enabling does to files: nothing by half, and all of it undone."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from modwsgideploy.activation import checkpoint
from modwsgideploy.activation.checkpoint import (
    Checkpoint,
    CheckpointFile,
    read_checkpoint,
)
from modwsgideploy.activation.layout import find_layout
from modwsgideploy.activation.placing import place, remove_kept
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.activation.recovery import recover
from modwsgideploy.activation.rollback import put_back
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
)
from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.errors import DeployError
from tests.support.fuzzing import examples

SITES, ON = "sites-available", "sites-enabled"
NAMES = (f"{SITES}/a.conf", f"{SITES}/b.conf", f"{ON}/a.conf", f"{ON}/b.conf")
TEXTS = st.text("ab#\n\\\udcff\r", max_size=20)


def trees():
    """What may be at NAMES: files in one directory, links in the other."""
    file = (st.none() | TEXTS).map(PathState)
    link = (st.none() | st.sampled_from([f"../{SITES}/a.conf", "x"])).map(
        lambda target: PathState(link=target))
    return st.tuples(*(file if name.startswith(SITES) else link
                       for name in NAMES))


# Changes the files of the layout and changes that it reads, as `apply` does.
CHILD = """\
import sys
from modwsgideploy.activation import checkpoint, layout, placing, state
from modwsgideploy.activation.planner import SiteChange
from modwsgideploy.apache.platforms import PLATFORMS
config, changes = eval(sys.stdin.read(), vars(state))
found = layout.find_layout(PLATFORMS['debian'], config)
print('ready', flush=True)
with checkpoint.locked(found):
    file = checkpoint.CheckpointFile(found)
    file.write(checkpoint.Checkpoint(found.root, True, False, None, (
        SiteChange('a', '', (changes[0].path,), tuple(changes)),)))
    placing.place(changes)
    file.remove()
    placing.remove_kept(changes)
print('done', flush=True)
"""


class InDirectory(unittest.TestCase):

    def setUp(self):
        self.fresh()

    def fresh(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top, True)
        for name in (SITES, ON):
            os.mkdir(os.path.join(self.top, name))
        self.layout = find_layout(
            PLATFORMS["debian"], os.path.join(self.top, "none.conf"))

    def changes(self, old, new):
        return [PathChange(os.path.join(self.top, name), *states)
                for name, *states in zip(NAMES, old, new)]

    def arrange(self, states):
        """Have what is to be there before."""
        for name, state in zip(NAMES, states):
            path = os.path.join(self.top, name)
            if state.link is not None:
                os.symlink(state.link, path)
            elif state.text is not None:
                with open(path, "w", encoding="utf-8", newline="",
                          errors="surrogateescape") as stream:
                    stream.write(state.text)

    def write_checkpoint(self, changes, **more):
        site = SiteChange("a", "", (f"{self.top}/{ON}/a.conf",),
                          tuple(changes))
        CheckpointFile(self.layout).write(Checkpoint(
            self.layout.root, True, False, None, (site,), **more))

    def now(self):
        """What is there, and nothing else is."""
        for name in (SITES, ON, ""):
            for each in os.listdir(os.path.join(self.top, name)):
                self.assertIn(os.path.join(name, each), {*NAMES, SITES, ON})
        return tuple(read_state(os.path.join(self.top, name))
                     for name in NAMES)

    def same(self, one, other):
        self.assertEqual([state[:2] for state in one],
                         [state[:2] for state in other])


class PuttingBack(InDirectory):

    @settings(max_examples=examples(15), deadline=None)
    @given(trees(), trees())
    def test_changes_do_what_they_say(self, old, new):
        self.fresh()
        changes = self.changes(old, new)
        self.arrange(old)
        place(changes)
        remove_kept(changes)
        self.same(self.now(), new)

    @settings(max_examples=examples(15), deadline=None)
    @given(trees(), trees())
    def test_it_restores_the_very_files(self, old, new):
        self.fresh()
        changes = self.changes(old, new)
        self.arrange(old)
        before = self.inodes()
        place(changes)
        self.assertEqual(put_back(changes), [])
        self.same(self.now(), old)
        self.assertEqual(self.inodes(), before)

    def inodes(self):
        return {name: os.lstat(os.path.join(self.top, name)).st_ino
                for name in NAMES
                if os.path.lexists(os.path.join(self.top, name))}

    def test_what_somebody_else_has_changed_stays(self):
        change = PathChange(os.path.join(self.top, NAMES[0]),
                            PathState("old"), PathState("new"))
        self.arrange([PathState("mine")])
        self.assertEqual(put_back([change]), [change.path])
        self.assertEqual(read_state(change.path).text, "mine")
        with self.assertRaises(DeployError) as caught:
            place([change])
        self.assertIn("somebody else", str(caught.exception))
        self.assertEqual(read_state(change.path).text, "mine")

    def test_modes_come_back(self):
        path = os.path.join(self.top, NAMES[0])
        self.arrange([PathState("old")])
        os.chmod(path, 0o640)
        old = read_state(path)
        change = PathChange(path, old, PathState("new", mode=old.mode))
        place([change])
        self.assertEqual(read_state(path), ("new", None, 0o640))
        put_back([change])
        self.assertEqual(read_state(path), old)

    def test_a_directory_that_is_missing_changes_nothing(self):
        self.arrange([PathState("old")])
        changes = [
            PathChange(os.path.join(self.top, NAMES[0]), PathState("old"),
                       PathState("new")),
            PathChange(os.path.join(self.top, "gone", "a"), NOTHING,
                       PathState("new"))]
        with self.assertRaises(DeployError):
            place(changes)
        self.same(self.now(), [PathState("old"), *[NOTHING] * 3])


class Recovering(InDirectory):

    @settings(max_examples=examples(15), deadline=None)
    @given(trees(), trees(), st.integers(0, len(NAMES)))
    def test_after_any_number_of_changes_all_of_them_are_undone(
            self, old, new, done):
        self.fresh()
        changes = self.changes(old, new)
        self.arrange(old)
        self.write_checkpoint(changes)
        place(changes[:done])
        self.assertEqual(read_checkpoint(self.layout).changes, changes)
        self.assertTrue(recover(self.layout))
        self.same(self.now(), old)
        self.assertEqual(recover(self.layout), [])

    def test_it_says_what_the_site_is_now(self):
        old = (PathState("old"), NOTHING, NOTHING, NOTHING)
        new = (PathState("new"), NOTHING, PathState(link="x"), NOTHING)
        for old_link, word in (NOTHING, "off"), (PathState(link="y"), "on"):
            self.fresh()
            old = (PathState("old"), NOTHING, old_link, NOTHING)
            changes = self.changes(old, new)
            self.arrange(old)
            self.write_checkpoint(changes)
            place(changes)
            self.assertEqual(recover(self.layout), [
                "a run before this one was killed: a is now"
                f" {word}, as before"])
            self.same(self.now(), old)

    def test_a_site_that_had_answered_stays(self):
        changes = self.changes([NOTHING] * 4, [PathState("new")] * 4)
        self.write_checkpoint(changes, run="l", reached="k")
        place(changes)
        self.assertEqual(recover(self.layout), [
            "a run before this one was killed: a is now on"])
        self.assertEqual(read_state(changes[0].path).text, "new")

    def test_the_original_of_a_copied_tree_is_left_alone(self):
        changes = self.changes([NOTHING] * 4, [
            PathState("new"), NOTHING, PathState(link="x"), NOTHING])
        self.write_checkpoint(changes)
        place(changes)
        copy = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, copy)
        shutil.copytree(self.top, copy + "/etc", symlinks=True)
        self.assertTrue(recover(find_layout(
            PLATFORMS["debian"], copy + "/etc/none.conf")))
        self.assertEqual(read_state(changes[0].path).text, "new")
        self.assertEqual(os.listdir(f"{copy}/etc/{SITES}"), [])
        self.assertEqual(os.listdir(f"{copy}/etc/{ON}"), [])
        self.assertEqual(sorted(os.listdir(copy + "/etc")), [SITES, ON])

    def test_a_checkpoint_that_leads_elsewhere_is_not_believed(self):
        target = self.top + "-target"
        name = os.path.basename(target)
        for path in (f"../{name}", target, f"{SITES}/../../{name}",
                     os.path.join(self.top, "..", name)):
            self.write_checkpoint([PathChange(
                os.path.join(self.top, path), PathState("old"), NOTHING)])
            with self.assertRaises(DeployError) as caught:
                recover(self.layout)
            self.assertIn("none of the places", str(caught.exception))
            self.assertFalse(os.path.exists(target))

    def test_a_checkpoint_of_somebody_else_is_not_believed(self):
        self.write_checkpoint(self.changes([NOTHING] * 4, [NOTHING] * 4))
        path = os.path.join(self.top, checkpoint.CHECKPOINT)
        os.chmod(path, 0o666)
        with self.assertRaises(DeployError) as caught:
            recover(self.layout)
        self.assertIn(f"{path}: is not only root's", str(caught.exception))
        os.chmod(path, 0o600)
        if not os.geteuid():
            os.chown(path, 65534, -1)
            with self.assertRaises(DeployError):
                recover(self.layout)

    def test_one_of_the_version_before_is_undone(self):
        changes = self.changes(
            [PathState("old"), NOTHING, NOTHING, NOTHING],
            [PathState("new"), NOTHING, PathState(link="x"), NOTHING])
        self.arrange([PathState("new"), NOTHING, PathState(link="x")])
        with open(os.path.join(self.top, checkpoint.CHECKPOINT),
                  "w") as stream:
            json.dump({"format": 1, "ran": False, "steps": changes}, stream,
                      indent=1)
        self.assertIn(changes[0].path, recover(self.layout)[0])
        self.same(self.now(), [PathState("old"), *[NOTHING] * 3])

    def test_kill_9_at_any_moment(self):
        """Nothing but all or, once it is undone, none of it."""
        old, new = (tuple(
            PathState(text + name) if name.startswith(SITES)
            else PathState(link=text + name) for name in NAMES)
            for text in ("old ", "new "))
        whole = [[state[:2] for state in tree] for tree in (old, new)]
        for attempt in range(12):
            self.fresh()
            changes = self.changes(old, new)
            self.arrange(old)
            with self.child(changes) as process:
                time.sleep(attempt * 0.0015)
                process.send_signal(signal.SIGKILL)
            recover(self.layout)
            remove_kept(changes)    # when all was done but that
            self.assertIn([state[:2] for state in self.now()], whole)

    def test_what_is_not_killed_comes_to_its_end(self):
        # Or else the test above would kill what has nothing to do.
        old, new = ((PathState(text), *[NOTHING] * 3)
                    for text in ("old", "new"))
        changes = self.changes(old, new)
        self.arrange(old)
        with self.child(changes) as process:
            self.assertEqual(process.stdout.readline(), "done\n")
        self.same(self.now(), new)
        self.assertEqual(recover(self.layout), [])

    @contextlib.contextmanager
    def child(self, changes):
        """A process that is about to make ``changes``."""
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        with process:
            process.stdin.write(repr((self.layout.config, changes)))
            process.stdin.close()
            self.assertEqual(process.stdout.readline(), "ready\n")
            yield process

    def test_the_lock_is_for_one(self):
        seconds, checkpoint.LOCK_SECONDS = checkpoint.LOCK_SECONDS, 0.1
        self.addCleanup(setattr, checkpoint, "LOCK_SECONDS", seconds)
        with checkpoint.locked(self.layout):
            with self.assertRaises(DeployError) as caught:
                with checkpoint.locked(self.layout):
                    pass
        self.assertIn("another run", str(caught.exception))
        with checkpoint.locked(self.layout):
            pass


if __name__ == "__main__":
    unittest.main()
