"""What enabling does to files: nothing by half, and all of it undone."""

import contextlib
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
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.rollback import put_back, recover
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
    write_states,
)
from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.errors import DeployError
from tests.support.fuzzing import examples

NAMES = ("sites/a.conf", "sites/b.conf", "on/a.conf", "on/b.conf")
TEXTS = st.text("ab#\n\\\udcff\r", max_size=20)


def trees():
    """What may be at NAMES: files in one directory, links in the other."""
    file = (st.none() | TEXTS).map(PathState)
    link = (st.none() | st.sampled_from(["../sites/a.conf", "x"])).map(
        lambda target: PathState(link=target))
    return st.tuples(*(file if name.startswith("sites") else link
                       for name in NAMES))


# Changes the files of the layout and changes that it reads, as `apply` does.
CHILD = """\
import sys
from modwsgideploy.activation import checkpoint, layout, state
place, changes = eval(sys.stdin.read(), {**vars(layout), **vars(state)})
print('ready', flush=True)
with checkpoint.locked(place):
    checkpoint.write_checkpoint(place, changes)
    state.write_states([(change.path, change.new) for change in changes])
    checkpoint.remove_checkpoint(place)
print('done', flush=True)
"""


class InDirectory(unittest.TestCase):

    def setUp(self):
        self.fresh()

    def fresh(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top, True)
        for name in ("sites", "on"):
            os.mkdir(os.path.join(self.top, name))
        self.layout = ApacheLayout(
            PLATFORMS["debian"], os.path.join(self.top, "none.conf"),
            self.top)

    def changes(self, old, new):
        return [PathChange(os.path.join(self.top, name), *states)
                for name, *states in zip(NAMES, old, new)]

    def now(self):
        """What is there, and nothing else is."""
        for name in ("sites", "on", ""):
            for each in os.listdir(os.path.join(self.top, name)):
                self.assertIn(os.path.join(name, each),
                              {*NAMES, "sites", "on"})
        return tuple(read_state(os.path.join(self.top, name))
                     for name in NAMES)

    def same(self, one, other):
        self.assertEqual([state[:2] for state in one],
                         [state[:2] for state in other])


class Recovering(InDirectory):

    @settings(max_examples=examples(15), deadline=None)
    @given(trees(), trees(), st.integers(0, len(NAMES)))
    def test_after_any_number_of_changes_all_of_them_are_undone(
            self, old, new, done):
        self.fresh()
        changes = self.changes(old, new)
        write_states([(change.path, change.old) for change in changes])
        checkpoint.write_checkpoint(self.layout, changes)
        write_states([(change.path, change.new) for change in changes[:done]])
        self.assertEqual(
            [change[1:] for change in checkpoint.read_checkpoint(
                self.layout).changes],
            [change[1:] for change in changes])
        self.assertTrue(recover(self.layout))
        self.same(self.now(), old)
        self.assertEqual(recover(self.layout), [])

    @settings(max_examples=examples(15), deadline=None)
    @given(trees(), trees())
    def test_changes_do_what_they_say(self, old, new):
        self.fresh()
        changes = self.changes(old, new)
        write_states([(change.path, change.old) for change in changes])
        self.same(self.now(), old)
        write_states([(change.path, change.new) for change in changes])
        self.same(self.now(), new)

    def test_what_somebody_else_has_changed_stays(self):
        change = PathChange(os.path.join(self.top, NAMES[0]),
                            PathState("old"), PathState("new"))
        write_states([(change.path, PathState("mine"))])
        self.assertEqual(put_back([change]), [change.path])
        self.assertEqual(read_state(change.path).text, "mine")

    def test_modes_come_back(self):
        path = os.path.join(self.top, NAMES[0])
        with open(path, "w") as stream:
            stream.write("old")
        os.chmod(path, 0o640)
        old = read_state(path)
        change = PathChange(path, old, PathState("new", mode=old.mode))
        write_states([(path, change.new)])
        self.assertEqual(read_state(path).mode, 0o640)
        put_back([change])
        self.assertEqual(read_state(path), old)

    def test_kill_9_at_any_moment(self):
        """Nothing but all or, once it is undone, none of it."""
        old, new = (tuple(
            PathState(text + name) if name.startswith("sites")
            else PathState(link=text + name) for name in NAMES)
            for text in ("old ", "new "))
        whole = [[state[:2] for state in tree] for tree in (old, new)]
        for attempt in range(12):
            self.fresh()
            changes = self.changes(old, new)
            write_states([(change.path, change.old) for change in changes])
            with self.child(changes) as process:
                time.sleep(attempt * 0.003)
                process.send_signal(signal.SIGKILL)
            with checkpoint.locked(self.layout):   # its child has ended, too
                recover(self.layout)
            self.assertIn([state[:2] for state in self.now()], whole)

    def test_what_is_not_killed_comes_to_its_end(self):
        # Or else the test above would kill what has nothing to do.
        old, new = ((PathState(text), *[PathState()] * 3)
                    for text in ("old", "new"))
        changes = self.changes(old, new)
        write_states([(change.path, change.old) for change in changes])
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
            process.stdin.write(repr((
                self.layout._replace(platform=None), changes)))
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
