"""Errors and kills ahead of each call that touches the disk."""

import mmap
import os
import unittest
from unittest import mock

from modwsgideploy.errors import DeployError
from modwsgideploy.system import transaction
from modwsgideploy.system.transaction import STAGE, File, plan, write
from tests.support.transactions import (
    FILE_SYSTEMS,
    NEW,
    OLD,
    TransactionTest,
    after,
    all_there,
    as_nobody,
    fill,
    io_error,
    kill_self,
    mode_of,
    nth,
    tree,
    watched,
)


class FaultTest(TransactionTest):
    """Errors and kill -9 ahead of each single call that touches the disk."""

    def each_fault(self, act, outcome):
        """Write with ``act()`` ahead of each call; then ``outcome``."""
        hit = mmap.mmap(-1, 1)  # shared with the child
        for lacking in FILE_SYSTEMS:
            for before in None, {}, OLD:
                for number in range(1, 99):
                    hit[0] = 0
                    self.fresh(before)
                    with watched(lacking, nth(number, lambda: (
                            hit.__setitem__(0, 1), act()))):
                        error = self.error_of(write, self.plan(NEW))
                    if not hit[0]:
                        break
                    outcome(before, error)
                self.assertGreater(number, 20)
                self.assertLess(number, 98)

    def error_of(self, function, *args):
        """The text of the DeployError that it raises, or None."""
        try:
            function(*args)
        except DeployError as error:
            return str(error)

    def without_stage(self):
        """The files there, but for stages; None for no output directory."""
        if not os.path.isdir(self.directory):
            return None
        return {name: text for name, text in tree(self.directory).items()
                if STAGE not in name}

    def assert_next_run_mends(self, texts=NEW):
        self.deploy(texts)
        self.assert_holds(texts)

    def test_an_error_at_any_call_leaves_the_old_set_or_the_new_one(self):
        def outcome(before, error):
            if error:
                self.assertIn("Input/output error; nothing was", error)
                self.assertEqual(self.without_stage(), before)
            else:
                self.assertEqual(self.without_stage(), NEW)
            self.assert_next_run_mends()

        self.each_fault(io_error, outcome)

    def test_a_disk_that_fails_for_good_is_told_and_mended_next_time(self):
        told = []
        for number in range(1, 60):
            self.fresh(OLD)
            changes = self.plan(NEW)
            with watched(after(number, io_error)):
                error = self.error_of(write, changes)
            told.append("put back" in (error or ""))
            expected = OLD if error else NEW
            # Half of the set may be there, but a plan already sees it whole.
            changes = self.plan(expected)
            if not told[-1]:
                self.assertEqual(self.without_stage(), expected)
            self.assertEqual({change.action for change in changes},
                             {"unchanged"})
            write(changes)
            self.assert_holds(expected)
        self.assertIn(True, told)
        self.assertIn(False, told)

    def test_a_child_killed_at_any_call_is_put_right_by_the_next_run(self):
        def outcome(before, error):
            if error:
                self.assertIn("was killed", error)
            found = tree(self.top)
            changes = self.plan(NEW)  # sees one set or the other
            self.assertEqual(tree(self.top), found)
            self.assertIn({change.action for change in changes
                           if change.path != self.path("same")}, (
                {"unchanged"}, {"create"},
                {"create", "update"} if before else {"create"}))
            write(changes)
            self.assert_holds(NEW)

        self.each_fault(kill_self, outcome)

    def test_a_child_killed_once_is_not_even_noticed(self):
        for number in range(1, 70):
            self.fresh(OLD)
            flag = os.path.join(self.top, "killed")

            def kill_once(flag=flag):
                if not os.path.exists(flag):
                    open(flag, "w").close()
                    kill_self()

            changes = self.plan(NEW)
            with watched(nth(number, kill_once)):
                write(changes)
            if not os.path.exists(flag):
                break
            os.unlink(flag)
            self.assert_holds(NEW)
        self.assertGreater(number, 30)
        self.assertLess(number, 69)

    def interrupt(self, renames, lacking=all_there, make=None):
        """Kill it for good after so many renames, of which journal is 1."""
        self.fresh(OLD)
        if make:
            make()
        self.kill_after(renames, self.plan(NEW), lacking)
        self.assertIn(STAGE, os.listdir(self.directory))

    def kill_after(self, renames, changes, lacking=all_there):
        done = []

        def before(name, *args):
            if len(done) >= renames:
                kill_self()
            if name == "rename":
                done.append(args)

        # no second child, as that would undo what the first one has done
        with watched(lacking, before), mock.patch.object(
                transaction.writer, "ATTEMPTS", 1):
            self.assertIn("killed", self.problems(write, changes)[0])

    def test_going_back_to_the_old_set_is_possible_too(self):
        for renames in range(1, 6):
            for lacking in FILE_SYSTEMS:
                self.interrupt(renames, lacking)
                self.assert_next_run_mends(OLD)

    def test_edits_after_an_interrupted_run_are_not_lost(self):
        self.interrupt(3)  # the journal and two files
        done = [name for name in OLD
                if tree(self.directory)[name] != OLD[name]]
        self.assertEqual(len(done), 2)
        fill(self.directory, {done[0]: "edited in place"})
        fill(self.top, {"draft": "edited by rename"})
        os.rename(os.path.join(self.top, "draft"), self.path(done[1]))
        edited = dict(OLD, **{done[0]: "edited in place",
                              done[1]: "edited by rename"})
        changes = self.plan(NEW)
        self.assertEqual({change.old for change in changes} - {None},
                         set(edited.values()))
        self.deploy(edited)
        self.assert_holds(edited)

    def test_an_interrupted_update_of_a_linked_file_is_undone(self):
        def make():
            os.rename(self.path("site"), os.path.join(self.top, "real"))
            os.symlink("../real", self.path("site"))

        self.interrupt(4, make=make)
        self.deploy(OLD)
        self.assertTrue(os.path.islink(self.path("site")))
        self.assertEqual(tree(self.directory), OLD)
        self.assertEqual(sorted(os.listdir(self.top)), ["apache", "real"])

    def test_an_interrupted_change_of_modes_is_undone(self):
        for renames in range(1, 4):
            self.fresh({"a": "1", "b": "1"})
            self.kill_after(renames, plan(
                [File("a", "1", 0o755), File("b", "1", 0o755)],
                self.directory))
            self.deploy({"a": "1", "b": "1"})
            self.assertEqual([mode_of(self.path(name)) for name in "ab"],
                             [0o644, 0o644])
            self.assert_holds({"a": "1", "b": "1"})

    @unittest.skipUnless(os.geteuid() == 0, "needs two users")
    def test_the_interrupted_run_of_another_user(self):
        self.interrupt(3)
        os.chmod(self.directory, 0o777)
        error = as_nobody(lambda: self.plan(NEW))
        self.assertRegex(str(error), r"run again as that user \(root\)")

    def test_litter_beside_a_directory_that_exists_by_now_is_removed(self):
        self.fresh(OLD)
        fill(os.path.join(self.top, ".apache" + STAGE), {"site": "half"})
        self.deploy(OLD)
        self.assert_holds(OLD)

    def test_links_in_a_stage_are_not_followed(self):
        fill(os.path.join(self.top, "precious"), {"a": "1"})
        self.fresh({})
        os.mkdir(self.path(STAGE))
        os.symlink("../../precious", self.path(STAGE, "link"))
        self.deploy({"b": "1"})
        self.assertEqual(sorted(tree(self.top)), [
            "apache", "apache/b", "precious", "precious/a"])
        os.symlink("../precious", self.path(STAGE))
        self.assertIn(STAGE, self.problems(self.deploy, {"b": "2"})[0])
        self.assertEqual(sorted(tree(self.top)), [
            "apache", "apache/.modwsgideploy", "apache/b", "precious",
            "precious/a"])


if __name__ == "__main__":
    unittest.main()
