"""What enabling does to files: nothing by half, and all of it undone."""

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

from modwsgideploy.activation import apply, checkpoint, layout, planner, state
from modwsgideploy.activation.layout import ApacheLayout
from modwsgideploy.activation.state import PathChange, PathState
from modwsgideploy.apache.platforms import PLATFORMS
from modwsgideploy.apache.probe import Probe
from modwsgideploy.errors import DeployError

NAMES = ("sites/a.conf", "sites/b.conf", "on/a.conf", "on/b.conf")
TEXTS = st.text("ab#\n\\\udcff\r", max_size=20)


def trees():
    """What may be at NAMES: files in one directory, links in the other."""
    file = (st.none() | TEXTS).map(PathState)
    link = (st.none() | st.sampled_from(["../sites/a.conf", "x"])).map(
        lambda target: PathState(link=target))
    return st.tuples(*(file if name.startswith("sites") else link
                       for name in NAMES))


class InDirectory(unittest.TestCase):

    def setUp(self):
        self.fresh()

    def fresh(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top, True)
        for name in ("sites", "on"):
            os.mkdir(os.path.join(self.top, name))
        self.place = ApacheLayout(PLATFORMS["debian"],
                           os.path.join(self.top, "none.conf"), self.top)

    def steps(self, old, new):
        return [PathChange(os.path.join(self.top, name), *entries)
                for name, *entries in zip(NAMES, old, new)]

    def now(self):
        """What is there, and nothing else is."""
        for name in ("sites", "on", ""):
            for each in os.listdir(os.path.join(self.top, name)):
                self.assertIn(os.path.join(name, each),
                              {*NAMES, "sites", "on"})
        return tuple(state.read_files(os.path.join(self.top, name))
                     for name in NAMES)

    def same(self, one, other):
        self.assertEqual([entry[:2] for entry in one],
                         [entry[:2] for entry in other])


class Checkpoint(InDirectory):

    @settings(max_examples=15, deadline=None)
    @given(trees(), trees(), st.integers(0, len(NAMES)))
    def test_after_any_number_of_steps_all_of_them_are_undone(
            self, old, new, done):
        self.fresh()
        steps = self.steps(old, new)
        state.put([(step.path, step.old) for step in steps])
        checkpoint.remember(self.place, steps)
        state.put([(step.path, step.new) for step in steps[:done]])
        self.assertEqual(
            [step[1:] for step in checkpoint.remembered(self.place)],
            [step[1:] for step in steps])
        self.assertTrue(apply.recover(self.place))
        self.same(self.now(), old)
        self.assertEqual(apply.recover(self.place), [])

    @settings(max_examples=15, deadline=None)
    @given(trees(), trees())
    def test_steps_do_what_they_say(self, old, new):
        self.fresh()
        steps = self.steps(old, new)
        state.put([(step.path, step.old) for step in steps])
        self.same(self.now(), old)
        state.put([(step.path, step.new) for step in steps])
        self.same(self.now(), new)

    def test_what_somebody_else_has_changed_stays(self):
        step = PathChange(os.path.join(self.top, NAMES[0]),
                    PathState("old"), PathState("new"))
        state.put([(step.path, PathState("mine"))])
        self.assertEqual(state.undo([step]), [step.path])
        self.assertEqual(state.read_files(step.path).text, "mine")

    def test_modes_come_back(self):
        path = os.path.join(self.top, NAMES[0])
        with open(path, "w") as stream:
            stream.write("old")
        os.chmod(path, 0o640)
        old = state.read_files(path)
        step = PathChange(path, old, PathState("new", mode=old.mode))
        state.put([(path, step.new)])
        self.assertEqual(state.read_files(path).mode, 0o640)
        state.undo([step])
        self.assertEqual(state.read_files(path), old)

    def test_kill_9_at_any_moment(self):
        """Nothing but all or, once it is undone, none of it."""
        old, new = (tuple(
            PathState(text + name) if name.startswith("sites")
            else PathState(link=text + name) for name in NAMES)
            for text in ("old ", "new "))
        code = ("import sys\n"
                "from modwsgideploy.activation import checkpoint as e, layout, state\n"
                "place, steps = eval(sys.stdin.read(), {**vars(layout), **vars(state)})\n"
                "print(flush=True)\n"
                "with e.locked(place):\n"
                "    e.remember(place, steps)\n"
                "    state.put([(step.path, step.new) for step in steps])\n"
                "    e.forget(place)\n")
        for attempt in range(12):
            self.fresh()
            steps = self.steps(old, new)
            state.put([(step.path, step.old) for step in steps])
            place = self.place._replace(platform=None)
            process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
            process.stdin.write(repr((place, steps)))
            process.stdin.close()
            process.stdout.readline()
            time.sleep(attempt * 0.003)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            with checkpoint.locked(self.place):    # its child has ended, too
                apply.recover(self.place)
            found = [entry[:2] for entry in self.now()]
            self.assertIn(found, [[entry[:2] for entry in tree]
                                  for tree in (old, new)])

    def test_the_lock_is_for_one(self):
        seconds, checkpoint.LOCK_SECONDS = checkpoint.LOCK_SECONDS, 0.1
        self.addCleanup(setattr, apply, "LOCK_SECONDS", seconds)
        with checkpoint.locked(self.place):
            with self.assertRaises(DeployError) as caught:
                with checkpoint.locked(self.place):
                    pass
        self.assertIn("another run", str(caught.exception))
        with checkpoint.locked(self.place):
            pass


class Installed(unittest.TestCase):

    @given(TEXTS)
    def test_what_was_installed_is_known_again(self, text):
        installed = planner.stamped(text, "/a b/c")
        self.assertTrue(installed.startswith(text))
        self.assertTrue(planner.is_ours(installed, "/a b/c"))
        self.assertFalse(planner.is_ours(installed, "/a"))

    @given(TEXTS, st.data())
    def test_an_edit_shows(self, text, data):
        installed = planner.stamped(text, "/a")
        at = data.draw(st.integers(0, len(text)))
        self.assertFalse(planner.is_ours(
            installed[:at] + "x" + installed[at:], "/a"))
        self.assertFalse(planner.is_ours(installed + "more\n", "/a"))
        self.assertFalse(planner.is_ours(text, "/a"))


class Places(unittest.TestCase):

    def test_directories_of_another_apache(self):
        with tempfile.TemporaryDirectory() as top:
            for path in ("debian/sites-available", "redhat/conf.d",
                         "redhat/conf"):
                os.makedirs(os.path.join(top, path))
            place = layout.find_layout(PLATFORMS["debian"],
                                        f"{top}/debian/apache2.conf")
            self.assertEqual(place.platform.sites,
                             f"{top}/debian/sites-available")
            self.assertEqual(place.enabled, f"{top}/debian/sites-enabled")
            self.assertEqual(place.conf_enabled, f"{top}/debian/conf-enabled")
            place = layout.find_layout(PLATFORMS["redhat"],
                                        f"{top}/redhat/conf/httpd.conf")
            self.assertEqual(place.root, f"{top}/redhat")
            self.assertEqual(place.platform.sites, f"{top}/redhat/conf.d")
            self.assertEqual(place.enabled, "")
            with self.assertRaises(DeployError) as caught:
                layout.find_layout(PLATFORMS["debian"],
                                    f"{top}/redhat/conf/httpd.conf")
            self.assertIn("no sites-available", str(caught.exception))

    def test_addresses(self):
        for text, wanted in (
                ("80", ("", 80)), ("*:80", ("", 80)),
                ("_default_:443", ("", 443)), ("[::]:80", ("", 80)),
                ("[::1]:8080", ("::1", 8080)), ("0.0.0.0:80", ("", 80)),
                ("10.0.0.1:80", ("10.0.0.1", 80)), ("*", ("", 0)),
                ("10.0.0.1", ("10.0.0.1", 0))):
            self.assertEqual(planner._address(text), wanted, text)


class Answers(unittest.TestCase):

    PAGE = (b'<!DOCTYPE HTML PUBLIC "-//%s">\n<html><head>\n'
            b"<title>404 Not Found</title>\n</head><body>\n"
            b"<h1>Not Found</h1>\n")

    def trouble(self, status, body=b""):
        return apply.trouble(Probe(status, "Reason", 0.1, (), body))

    def test_an_answer_of_the_application_is_good(self):
        for status in (200, 302, 401, 403, 404):
            self.assertEqual(self.trouble(status, b"<html>own"), "")

    def test_errors_are_not(self):
        self.assertIn("answers 500 Reason", self.trouble(500))
        self.assertIn("does not answer: Reason", self.trouble(0))

    def test_nor_are_pages_of_apaches_own(self):
        for kind in b"IETF//DTD HTML 2.0//EN", b"W3C//DTD HTML 4.01//EN":
            for status in (403, 404):
                self.assertIn("that is Apache",
                              self.trouble(status, self.PAGE % kind))


if __name__ == "__main__":
    unittest.main()
