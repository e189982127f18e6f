"""Hand edits: merged, or left alone with the new text beside them.

``golden_merge/CASE`` has a file before, edited and new; ``after`` is what
becomes of it, which in a conflict is the edited one.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from types import SimpleNamespace
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modwsgideploy.deployment import record, update
from modwsgideploy.deployment.merge import merge
from modwsgideploy.deployment.record import BASE, CHOICES
from modwsgideploy.deployment.update import merge_or_hold
from modwsgideploy.errors import DeployError
from modwsgideploy.sites.options import Setting
from modwsgideploy.system.transaction import File, write
from tests.support import TESTS
from tests.support.commands import FILES, CommandTest
from tests.support.fuzzing import examples

GOLDEN = os.path.join(TESTS, "golden_merge")
SETTINGS = settings(max_examples=examples(150), deadline=None,
                    suppress_health_check=list(HealthCheck))


def golden(case, name):
    with open(os.path.join(GOLDEN, case, name), encoding="utf-8",
              newline="") as stream:
        return stream.read()


def raw_lines(text):
    """The lines of ``text`` without their ends, counted."""
    return Counter(line.rstrip("\r") for line in text.split("\n"))


class DirectoryTest(unittest.TestCase):
    """A deployment of any texts, in a temporary directory."""

    maxDiff = None

    def setUp(self):
        self.directory = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)

    def deploy(self, texts, answer=merge_or_hold, **choices):
        """Write ``texts`` (by name); what happened to each file (a dict)."""
        site = SimpleNamespace(name="myapp", output_dir=self.directory)
        done = update.plan_update(
            [File(name, text) for name, text in texts.items()], site,
            {name: Setting(value, "test") for name, value in choices.items()},
            record.read_record(self.directory), answer)
        if not done.held:
            write(done.changes)
        return {os.path.basename(told.path): told.action
                for told in done.files}

    def put(self, name, data):
        """Edit a file, by bytes or str."""
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        with open(os.path.join(self.directory, name), "wb") as stream:
            stream.write(data)

    def text(self, name):
        """The text of a file, None without one."""
        try:
            with open(os.path.join(self.directory, name), "rb") as stream:
                return stream.read().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None


class Golden(DirectoryTest):
    """Each case of golden_merge, written by a deployment."""

    def check(self, case):
        self.deploy({"myapp": golden(case, "before")})
        self.put("myapp", golden(case, "edited"))
        conflict = case.startswith("conflict")
        told = self.deploy({"myapp": golden(case, "new")})
        self.assertMultiLineEqual(self.text("myapp"), golden(case, "after"))
        self.assertEqual(told["myapp"] == "conflict", conflict)
        self.assertEqual(self.text("myapp.new"),
                         golden(case, "new") if conflict else None)
        if not conflict:
            again = self.deploy({"myapp": golden(case, "new")})
            self.assertEqual(set(again.values()), {"unchanged"})


def _test(case):
    def test(self):
        self.check(case)
    return test


for _case in sorted(os.listdir(GOLDEN)):
    setattr(Golden, "test_" + _case.replace("-", "_"), _test(_case))


# -- edits anywhere ----------------------------------------------------------

LINES = st.one_of(st.sampled_from(["", "a", "b", "    threads=15 \\", "}"]),
                  st.text(st.characters(codec="utf-8",
                                        exclude_characters="\n\r"),
                          max_size=8))
ENDS = st.sampled_from(["as it is"] * 4 + ["no last", "crlf", "mixed"])


@st.composite
def changed(draw, lines, new_lines=LINES):
    """``lines`` with some inserted, changed, deleted or moved."""
    lines = list(lines)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(lines)))
        end = min(len(lines), start + draw(st.sampled_from([0, 0, 1, 1, 3])))
        put = draw(st.lists(new_lines, max_size=3))
        if draw(st.booleans()):
            put += lines[start:end]
        lines[start:end] = put
    return lines


def ended(lines, ends):
    """One text of ``lines``."""
    text = "".join(line + "\n" for line in lines)
    if ends == "no last":
        return text[:-1]
    if ends == "crlf":
        return text.replace("\n", "\r\n")
    if ends == "mixed":
        return text.replace("\n", "\r\n", 2)
    return text


@st.composite
def three_texts(draw):
    """A text as generated, edited, and generated anew."""
    base = draw(st.lists(LINES, max_size=12))
    return (ended(base, ""), ended(draw(changed(base)), draw(ENDS)),
            ended(draw(changed(base)), ""))


class Merge(unittest.TestCase):

    @SETTINGS
    @given(three_texts())
    def test_no_line_of_either_side_is_lost(self, texts):
        base, edited, new = texts
        merged = merge(base, edited, new)
        if merged is None:
            return
        kept = raw_lines(merged)
        for side in edited, new:
            lost = raw_lines(side) - raw_lines(base) - kept
            self.assertFalse(lost, merged)

    @SETTINGS
    @given(three_texts())
    def test_nothing_is_made_up_or_comes_back(self, texts):
        base, edited, new = texts
        merged = merge(base, edited, new)
        if merged is None:
            return
        self.assertFalse(
            set(raw_lines(merged)) - set(raw_lines(edited))
            - set(raw_lines(new)))
        # What one side deleted, and nobody put anywhere else, is gone.
        for line in set(raw_lines(base)) - {""}:
            counts = [raw_lines(side)[line] for side in (edited, new)]
            if 0 in counts and raw_lines(base)[line] == 1 == max(counts):
                moved = _neighbours(base, line) != _neighbours(
                    new if counts[1] else edited, line)
                self.assertTrue(moved or not raw_lines(merged)[line])

    @SETTINGS
    @given(three_texts())
    def test_one_side_alone_is_taken_as_it_is(self, texts):
        base, edited, new = texts
        self.assertEqual(merge(base, edited, base), edited)
        self.assertEqual(merge(base, base, new), new)
        self.assertEqual(merge(base, new, new), new)

    @SETTINGS
    @given(st.integers(4, 12), st.data())
    def test_changes_of_different_lines_never_clash(self, size, data):
        base = [f"line {number}\n" for number in range(size)]
        edited, new = list(base), list(base)
        for number in range(size):
            side = data.draw(st.sampled_from([None, None, edited, new]))
            if side is not None:
                side[number] = f"{'edited' if side is edited else 'new'}\n"
        expected = [one if one != old else other for old, one, other
                    in zip(base, edited, new)]  # noqa: B905
        self.assertEqual(merge(*map("".join, (base, edited, new))),
                         "".join(expected))

    def test_frequent_lines_of_a_long_file_are_no_obstacle(self):
        block = "<If a>\n    b\n</If>\n"
        base = "".join(f"# {number}\n{block}" for number in range(200))
        edited = base.replace("# 70\n", "# 70\n# mine\n")
        new = base.replace("# 170\n", "")
        self.assertEqual(
            merge(base, edited, new),
            edited.replace("# 170\n", ""))


def _neighbours(text, line):
    """The lines around one that is there once."""
    lines = [None, *(raw.rstrip("\r") for raw in text.split("\n")), None]
    return lines[lines.index(line) - 1:lines.index(line) + 2:2]


BYTES = st.one_of(
    st.sampled_from([b"", b"\n", b"caf\xe9\n", b"\r\n", b"\0", b"x"]),
    st.binary(max_size=30))


class Anywhere(DirectoryTest):
    """Edits at any place of the files, by any kind of editor."""

    def files(self, seed):
        lines = [f"directive-{number} {seed if number % 5 == 2 else ''}"
                 for number in range(20)]
        return {"myapp": ended(lines, ""), "myapp.wsgi": ended(
            [f"# Written by modwsgideploy {seed}", *lines], "")}

    def setUp(self):
        super().setUp()
        self.number = 0

    def fresh(self):
        """Let the next deployment be in an empty directory."""
        self.number += 1
        self.directory = os.path.join(self.directory.partition("/sub")[0],
                                      f"sub{self.number}")

    @SETTINGS
    @given(st.data())
    def test_no_edited_line_is_ever_lost(self, data):
        self.fresh()
        generated = self.files("1")
        self.deploy(generated)
        for seed in "2", "3":
            before = {}
            for name in generated:
                lines = self.text(name).split("\n")
                edited = ended(data.draw(changed(lines)), data.draw(ENDS))
                self.put(name, edited)
                before[name] = edited
            generated, old = self.files(seed), generated
            told = self.deploy(generated)
            for name, edited in before.items():
                self.check(name, edited, old[name], generated[name], told)
                # As somebody who has read it.
                if self.text(name + ".new") is not None:
                    os.unlink(os.path.join(self.directory, name + ".new"))

    def check(self, name, edited, old, new, told):
        now = self.text(name)
        if told[name] == "conflict":
            self.assertEqual(now, edited)
            self.assertEqual(self.text(name + ".new"), new)
            return
        self.assertIsNone(self.text(name + ".new"))
        added = raw_lines(edited) - raw_lines(old)
        self.assertFalse(added - raw_lines(now))

    @SETTINGS
    @given(BYTES, st.sampled_from(["1", "2"]))
    def test_a_file_replaced_by_anything(self, data, seed):
        self.fresh()
        self.deploy(self.files("1"))
        self.put("myapp", data)
        told = self.deploy(self.files(seed))
        kept = data.decode("utf-8", "surrogateescape")
        self.assertEqual(self.text("myapp"), kept)
        self.assertEqual(told["myapp"],
                         "unchanged" if seed == "1" else "conflict")

    @SETTINGS
    @given(st.data())
    def test_a_damaged_record_never_costs_an_edit(self, data):
        self.fresh()
        self.deploy(self.files("1"))
        self.put("myapp", self.text("myapp") + "mine\n")
        base = self.text(BASE)
        start = data.draw(st.integers(0, len(base)))
        end = data.draw(st.integers(start, min(len(base), start + 40)))
        damaged = base[:start] + data.draw(st.text(
            "abc019 \n", max_size=3)) + base[end:]
        self.put(BASE, damaged)
        told = self.deploy(self.files("2"))
        if damaged == base:
            self.assertEqual(told["myapp"], "merge")
        self.assertIn("mine\n", self.text("myapp"))
        self.assertIn(told["myapp"], ("merge", "differs"))


# -- conflicts, and how they end --------------------------------------------

class Conflict(DirectoryTest):

    def setUp(self):
        super().setUp()
        self.deploy({"a": "1\nkept\n"})
        self.put("a", "mine\nkept\n")
        self.assertEqual(self.deploy({"a": "2\nkept\n"}), {
            "a": "conflict", "a.new": "create", CHOICES: "unchanged"})

    def test_it_stays_until_somebody_settles_it(self):
        self.assertEqual(self.deploy({"a": "2\nkept\n"}), {
            "a": "conflict", "a.new": "unchanged", CHOICES: "unchanged"})

    def test_deleting_the_new_text_settles_it(self):
        os.unlink(os.path.join(self.directory, "a.new"))
        self.assertEqual(self.deploy({"a": "2\nkept\n"})["a"], "unchanged")
        self.assertEqual(self.text("a"), "mine\nkept\n")
        self.assertEqual(self.deploy({"a": "2\nother\n"})["a"], "merge")
        self.assertEqual(self.text("a"), "mine\nother\n")

    def test_putting_the_new_text_in_place_settles_it(self):
        os.rename(os.path.join(self.directory, "a.new"),
                  os.path.join(self.directory, "a"))
        self.assertEqual(self.deploy({"a": "3\nkept\n"})["a"], "update")

    def test_taking_the_lines_over_removes_the_new_text(self):
        self.put("a", "2\nkept\nand mine\n")
        self.assertEqual(self.deploy({"a": "2\nkept\n"}), {
            "a": "unchanged", "a.new": "remove", CHOICES: "unchanged"})
        self.assertIsNone(self.text("a.new"))
        self.assertEqual(self.text("a"), "2\nkept\nand mine\n")

    def test_going_back_to_the_old_choices_removes_it_too(self):
        self.assertEqual(self.deploy({"a": "1\nkept\n"})["a.new"], "remove")
        self.assertEqual(self.text("a"), "mine\nkept\n")

    def test_the_new_text_is_kept_up_to_date(self):
        self.assertEqual(self.deploy({"a": "3\nkept\n"})["a.new"], "update")
        self.assertEqual(self.text("a.new"), "3\nkept\n")

    def test_a_new_text_that_was_edited_is_never_touched(self):
        self.put("a.new", "2\nnotes\n")
        self.assertEqual(self.deploy({"a": "2\nkept\n"})["a"], "conflict")
        with self.assertRaisesRegex(DeployError, "a.new: is in the way"):
            self.deploy({"a": "3\nkept\n"})
        self.assertEqual(self.deploy({"a": "1\nkept\n"})["a.new"], "keep")
        self.assertEqual(self.text("a.new"), "2\nnotes\n")

    def test_a_file_of_that_name_is_never_overwritten(self):
        self.deploy({"a": "1\nkept\n"})
        self.put("a.new", "somebody's")
        with self.assertRaisesRegex(DeployError, "a.new: is in the way"):
            self.deploy({"a": "2\nkept\n"})
        self.assertEqual(self.text("a.new"), "somebody's")

    def test_it_has_the_permissions_of_its_file(self):
        self.deploy({"a": "1\nkept\n"})
        os.chmod(os.path.join(self.directory, "a"), 0o600)
        self.deploy({"a": "2\nkept\n"})
        self.assertEqual(os.stat(os.path.join(
            self.directory, "a.new")).st_mode & 0o777, 0o600)


class Gone(DirectoryTest):
    """Files that are not generated any more."""

    def setUp(self):
        super().setUp()
        self.deploy({"a": "1\n", "b": "1\n"})

    def test_one_without_edits_is_removed(self):
        self.assertEqual(self.deploy({"a": "1\n"})["b"], "remove")
        self.assertIsNone(self.text("b"))

    def test_one_with_edits_stays_and_its_edits_are_still_known(self):
        self.put("b", "1\nmine\n")
        self.assertEqual(self.deploy({"a": "1\n"})["b"], "keep")
        self.assertEqual(self.deploy({"a": "1\n"})["b"], "keep")
        self.assertEqual(self.deploy({"a": "1\n", "b": "2\n"})["b"], "merge")
        self.assertEqual(self.text("b"), "2\nmine\n")

    def test_one_that_is_a_link_stays(self):
        real = os.path.join(self.directory, "real")
        os.rename(os.path.join(self.directory, "b"), real)
        os.symlink("real", os.path.join(self.directory, "b"))
        self.assertEqual(self.deploy({"a": "1\n"})["b"], "keep")
        self.assertTrue(os.path.exists(real))

    def test_one_that_is_gone_already_is_forgotten(self):
        os.unlink(os.path.join(self.directory, "b"))
        self.assertNotIn("b", self.deploy({"a": "1\n"}))
        self.put("b", "somebody's")
        self.deploy({"a": "1\n"})
        self.assertEqual(self.text("b"), "somebody's")

    def test_a_file_that_was_deleted_is_made_again(self):
        os.unlink(os.path.join(self.directory, "b"))
        self.assertEqual(self.deploy({"a": "1\n", "b": "1\n"})["b"], "create")


# -- the choices -------------------------------------------------------------

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=[
    "C", "Z"]), min_size=1, max_size=8)
CHOSEN = st.fixed_dictionaries({}, optional={
    "threads": VALUES, "baseline": st.one_of(st.just(""), VALUES),
    "config": VALUES, "in-place": st.sampled_from(["yes", "no"]),
    "env": st.lists(VALUES.map("A={}".format), min_size=1,
                    max_size=3).map(tuple),
    "static": st.just(("",))})


class Choices(unittest.TestCase):

    def text(self, old, choices, name="myapp"):
        return record.choices_text(old, "site.ini", name, {
            key: Setting(value, "--" + key) for key, value in choices.items()})

    def read(self, text):
        return {key: given.value for key, given
                in record.read_choices(text, "site.ini").items()}

    @SETTINGS
    @given(st.lists(CHOSEN, min_size=1, max_size=3))
    def test_they_come_back_and_comments_stay(self, several):
        text = None
        for number, choices in enumerate(several):
            text = self.text(text, choices)
            self.assertEqual(self.read(text), {"name": "myapp", **choices})
            text += f"# comment {number}\n"
        for number in range(len(several) - 1):
            self.assertIn(f"# comment {number}\n", text)

    def test_only_what_is_changed_is_touched(self):
        text = ("; ours\n\n[myapp]\nthreads: 3   \n\n# why\nenv =\n  A=1\n"
                "  # B is\n  B=2\n# end")
        self.assertEqual(self.text(text, {"threads": "3",
                                          "env": ("A=1", "B=2")}), text)
        self.assertEqual(
            self.text(text, {"env": ("B=3",), "user": "www"}, "shop"),
            "; ours\n\n[shop]\n\n# why\nenv =\n    B=3\n  # B is\n"
            "user = www\n# end")

    def test_what_it_cannot_hold_is_told(self):
        with self.assertRaisesRegex(DeployError, "--config: 'a ' .* space"):
            self.text(None, {"config": "a "})

    def test_what_is_wrong_is_told_with_its_line(self):
        for text, expected in (
                ("[a]\nthreads\n", "site.ini:2 .*'threads' sets nothing"),
                ("[a]\nthreds = 1\n", "site.ini:2 .*mean 'threads'"),
                ("[a]\nthreads = 1\nthreads = 2\n", "site.ini:3"),
                ("[a]\n[b]\n", "site.ini: is about one site"),
                ("[DEFAULT]\nuser = a\n[b]\n", "site.ini: is about one site"),
                ("[a]\noutput-dir = x\n", "site.ini:2 .*delete the line"),
                ("[a]\nproject = x\n", "site.ini:2 .*delete the line"),
                ("", "site.ini: ")):
            with self.subTest(text), self.assertRaisesRegex(
                    DeployError, expected):
                record.read_choices(text, "site.ini")


# -- as a user ---------------------------------------------------------------

class EditedTest(CommandTest):
    """The command line, in a project that is deployed."""

    def setUp(self):
        super().setUp()
        self.deploy("--mount-point=/shop", "--threads=20")

    def path(self, name):
        return os.path.join(self.directory, "apache", name)

    def edit(self, name, old, new):
        text = self.text(name)
        self.assertIn(old, text)
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.write(text.replace(old, new))

    def actions(self, *arguments, **kwargs):
        """What --json tells of the files, and the whole of it."""
        out, err = self.deploy("--json", *arguments, **kwargs)
        self.assertEqual(err, "")
        told = json.loads(out)
        return {os.path.basename(file["path"]): file["action"]
                for file in told["sites"][0]["files"]}, told


class Recorded(EditedTest):

    def test_a_run_without_options_repeats_the_choices(self):
        out, _ = self.deploy()
        self.assertIn("at http://localhost/shop", out)
        self.assertIn("all files are as they should be", out)

    def test_an_option_changes_just_its_choice(self):
        out, _ = self.deploy("--threads=30")
        self.assertIn("update    apache/myapp\n", out)
        self.assertIn("update    apache/site.ini\n", out)
        self.assertIn("threads=30", self.text("myapp"))
        self.assertIn("WSGIScriptAlias /shop", self.text("myapp"))
        self.assertTrue(self.text("site.ini").endswith(
            "[myapp]\nmount-point = /shop\nthreads = 30\n"))

    def test_choices_that_another_backend_does_not_know_are_left_out(self):
        self.deploy("--baseline=/srv/empty", "--processes=3")
        before = self.text("site.ini")
        _, err = self.deploy("-n", "--backend=mod_python")
        for name in "baseline", "processes", "threads":
            self.assertRegex(
                err, rf"note: apache/site.ini:\d+ \[myapp\] {name}: left out,"
                " for it has no effect with --backend mod_python")
        self.assertEqual(self.text("site.ini"), before)
        self.deploy("--backend=mod_python")
        self.assertTrue(self.text("site.ini").endswith(
            "[myapp]\nmount-point = /shop\nbackend = mod_python\n"))
        # What is given now is refused, as ever.
        _, err = self.deploy("--backend=mod_python", "--threads=3", status=2)
        self.assertIn("--threads: has no effect with --backend", err)
        self.edit("site.ini", "backend = mod_python",
                  "backend = mod_python\nthreads = 3")
        _, err = self.deploy(status=2)
        self.assertIn("threads: has no effect with --backend", err)

    def test_editing_the_choices_is_choosing(self):
        self.edit("site.ini", "threads = 20", "# ours\nthreads = 25")
        self.edit("site.ini", "mount-point = /shop\n", "")
        out, _ = self.deploy()
        self.assertIn("at http://localhost/myapp", out)
        self.assertIn("threads=25", self.text("myapp"))
        self.assertIn("# ours\nthreads = 25\n", self.text("site.ini"))

    def test_mistakes_in_it_are_told_with_line_and_key(self):
        self.edit("site.ini", "threads = 20", "threads = x\nusr = me")
        before = self.text("myapp")
        _, err = self.deploy(status=2)
        self.assertRegex(err, r"apache/site.ini:\d+ .*usr.*mean 'user'")
        self.edit("site.ini", "usr = me\n", "")
        _, err = self.deploy(status=2)
        self.assertRegex(err, r"apache/site.ini:7 .*threads: 'x' is not val")
        self.assertEqual(self.text("myapp"), before)

    def test_in_place_the_virtualenv_of_one_shell_stays_that_of_others(self):
        env = os.path.join(os.path.dirname(self.directory), "env")
        inside = os.path.join(self.directory, ".venv")
        for path in env, inside:
            os.makedirs(f"{path}/bin")
            open(f"{path}/bin/python", "w").close()
        with mock.patch.dict(os.environ, {"VIRTUAL_ENV": env}):
            self.deploy("--in-place", "--baseline=")
        self.assertIn(f"virtualenv = {env}\n", self.text("site.ini"))
        out, _ = self.deploy()
        self.assertIn("all files are as they should be", out)
        # What stands in the project is found by everybody.
        self.edit("site.ini", f"virtualenv = {env}\n", "")
        with mock.patch.dict(os.environ, {"VIRTUAL_ENV": inside}):
            self.deploy()
        self.assertIn(f"python-home={inside} ", self.text("myapp"))
        self.assertNotIn("virtualenv", self.text("site.ini"))

    def test_another_output_directory_has_choices_of_its_own(self):
        self.deploy("--output-dir=other", "--threads=3")
        self.deploy("--output-dir=other")
        with open(self.directory + "/other/myapp") as stream:
            text = stream.read()
        self.assertIn("threads=3 ", text)
        self.assertIn("WSGIScriptAlias /myapp", text)
        self.assertNotIn("output-dir", self.text("site.ini"))

    def test_another_name_moves_the_deployment(self):
        actions, _ = self.actions("--name=kiosk")
        self.assertEqual(actions["myapp"], "remove")
        self.assertEqual(actions["kiosk"], "create")
        self.assertIn("[kiosk]\n", self.text("site.ini"))
        self.assertIn("all files are", self.deploy()[0])

    def test_both_records_are_for_their_owner(self):
        for name in BASE, CHOICES:
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o007, 0)


class Edited(EditedTest):

    def test_edits_are_merged_with_what_is_new(self):
        self.edit("myapp", "threads=20", "threads=21")
        self.edit("myapp.wsgi", "application = ", "application = wrapped = ")
        actions, _ = self.actions("--processes=5", "--env=A=1")
        self.assertEqual(actions["myapp"], "merge")
        self.assertEqual(actions["myapp.wsgi"], "merge")
        self.assertEqual(actions["README.txt"], "update")
        self.assertIn("    processes=5 \\\n    threads=21 \\\n",
                      self.text("myapp"))
        self.assertIn("wrapped", self.text("myapp.wsgi"))
        self.assertIn("'A'", self.text("myapp.wsgi"))
        self.assertIn("all files are", self.deploy()[0])

    def test_a_conflict_names_both_files_and_exits_with_1(self):
        self.edit("myapp", "threads=20", "threads=21")
        edited = self.text("myapp")
        out, err = self.deploy("--threads=30", status=1)
        self.assertIn("conflict  apache/myapp\n", out)
        self.assertIn("create    apache/myapp.new\n", out)
        self.assertRegex(err, "apache/myapp: your edits .*apache/myapp.new")
        self.assertEqual(self.text("myapp"), edited)
        self.assertIn("threads=30", self.text("myapp.new"))
        _, err = self.deploy("-q", status=1)
        self.assertIn("apache/myapp.new", err)
        os.unlink(self.path("myapp.new"))
        self.deploy()
        self.assertEqual(self.text("myapp"), edited)
        self.deploy("--processes=9")
        self.assertIn("    processes=9 \\\n    threads=21 \\\n",
                      self.text("myapp"))

    def test_n_shows_what_would_happen_and_writes_nothing(self):
        self.edit("myapp", "threads=20", "threads=21")
        before = self.written()
        out, _ = self.deploy("-n", "--processes=5")
        self.assertIn("+    processes=5", out)
        self.assertNotIn("threads=21 \\\n-", out)
        self.assertIn("+++ apache/site.ini", out)
        self.assertNotIn(BASE, out)
        out, err = self.deploy("-n", "--threads=30", status=1)
        self.assertIn("+++ apache/myapp.new", out)
        self.assertIn("apache/myapp.new", err)
        self.assertEqual(self.written(), before)
        self.assertIn("threads = 20", self.text("site.ini"))

    def test_f_overwrites_and_saves_the_edits(self):
        self.edit("myapp", "threads=20", "threads=21")
        edited = self.text("myapp")
        os.chmod(self.path("myapp"), 0o600)
        out, _ = self.deploy("-f", "--threads=30")
        self.assertIn("create    apache/myapp.bak\n", out)
        self.assertIn("threads=30", self.text("myapp"))
        self.assertEqual(self.text("myapp.bak"), edited)
        self.assertEqual(os.stat(self.path("myapp.bak")).st_mode & 0o777,
                         0o600)
        self.edit("myapp", "threads=30", "threads=31")
        self.deploy("-f")
        self.assertIn("threads=31", self.text("myapp.bak1"))
        self.assertEqual(self.text("myapp.bak"), edited)
        self.deploy("-f", "--threads=2")
        self.assertNotIn("myapp.bak2", self.written())

    def test_an_option_taken_back_removes_its_file_unless_edited(self):
        actions, _ = self.actions("--baseline=")
        self.assertEqual(actions["baseline.conf"], "remove")
        self.assertNotIn("baseline.conf", self.written())
        self.deploy("--baseline=/srv/base")
        self.edit("baseline.conf", "# ", "# Ours: ")
        out, err = self.deploy("--baseline=")
        self.assertIn("keep      apache/baseline.conf\n", out)
        self.assertIn("apache/baseline.conf: is not a part", err)
        self.assertIn("baseline.conf", self.written())

    def newer(self, *arguments, status=0):
        """Run the command as a later version of it would."""
        done = subprocess.run(
            [sys.executable, "-c", "import sys, modwsgideploy;"
             " modwsgideploy.__version__ = '9.0.1';"
             " from modwsgideploy.cli.console import main; sys.exit(main())",
             "deploy", *arguments], cwd=self.directory, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def test_a_newer_version_upgrades_edited_files_too(self):
        signature = next(line for line in self.text("myapp").splitlines()
                         if "Written by" in line)
        self.edit("myapp", signature, f"# above\n{signature}\n# below")
        self.edit("myapp.wsgi", "import os\n", "import os, my\n")
        out = self.newer()
        self.assertIn("merge     apache/myapp\n", out)
        self.assertIn("update    apache/README.txt\n", out)
        for name in "myapp", "myapp.wsgi", "README.txt", "test.wsgi":
            self.assertIn("modwsgideploy 9.0.1", self.text(name))
        self.assertIn("# above\n# Written", self.text("myapp"))
        self.assertIn("\n# below\n", self.text("myapp"))
        self.assertIn("import os, my\n", self.text("myapp.wsgi"))


class Asked(EditedTest):

    def setUp(self):
        super().setUp()
        self.edit("myapp", "threads=20", "threads=21")
        self.edited = self.text("myapp")

    def ask(self, answers, *arguments, **kwargs):
        return self.deploy("-i", *arguments, answers=answers, **kwargs)

    def test_d_shows_the_difference_and_y_overwrites(self):
        _, err = self.ask("d\ny\n", "--threads=30")
        self.assertEqual(err.count("Overwrite apache/myapp [y/n/d/b/m/?]?"),
                         2)
        self.assertIn("-    threads=21", err)
        self.assertNotIn("Overwrite apache/README.txt", err)
        self.assertIn("threads=30", self.text("myapp"))
        self.assertEqual(self.written(), FILES)

    def test_n_leaves_that_file_and_writes_the_others(self):
        self.ask("n\n", "--mount-point=/other")
        self.assertEqual(self.text("myapp"), self.edited)
        self.assertIn("/other", self.text("README.txt"))
        self.deploy()
        self.assertIn("WSGIScriptAlias /other", self.text("myapp"))
        self.assertIn("threads=21", self.text("myapp"))

    def test_b_saves_the_file_first(self):
        self.ask("b\n")
        self.assertEqual(self.text("myapp.bak"), self.edited)
        self.assertIn("threads=20", self.text("myapp"))

    def test_m_merges(self):
        self.ask("m\n", "--mount-point=/other")
        self.assertIn("threads=21", self.text("myapp"))
        self.assertIn("WSGIScriptAlias /other", self.text("myapp"))

    def test_any_other_answer_explains_them(self):
        _, err = self.ask("?\n\nwhat\nn\n")
        self.assertEqual(err.count("m  merge the new text"), 3)

    def test_without_an_answer_nothing_is_written(self):
        _, err = self.ask("", "--mount-point=/other", status=2)
        self.assertIn("nothing was written", err)
        self.assertIn("/shop", self.text("README.txt"))


class WithoutARecord(EditedTest):
    """As deployments were before, or with a record that was damaged."""

    def setUp(self):
        super().setUp()
        os.unlink(self.path(BASE))

    def test_files_that_differ_hold_all_of_them_back(self):
        os.unlink(self.path("site.ini"))
        before = self.text("README.txt")
        out, err = self.deploy("--mount-point=/other", "--test-page=all",
                               status=1)
        self.assertIn("apache/myapp differs", out)
        self.assertIn("Nothing was written", out)
        self.assertNotIn("missing", err)
        self.assertEqual(self.text("README.txt"), before)
        actions, told = self.actions("--mount-point=/other", status=1)
        self.assertEqual(actions["myapp"], "differs")
        self.assertFalse(told["changed"])
        self.assertNotIn("site.ini", self.written())

    def test_one_whose_files_are_as_they_should_be_gets_a_record(self):
        os.unlink(self.path("site.ini"))
        self.deploy("--mount-point=/shop", "--threads=20")
        self.assertEqual(self.written(), FILES)
        self.edit("myapp", "threads=20", "threads=21")
        self.assertIn("merge     apache/myapp\n",
                      self.deploy("--processes=5")[0])

    def test_i_asks_and_cannot_merge(self):
        _, err = self.deploy("-i", "--threads=3", answers="m\nn\nn\ny\ny\n")
        self.assertIn("Overwrite apache/myapp [y/n/d/b/?]?", err)
        self.assertIn("threads=20", self.text("myapp"))

    def test_f_overwrites_and_saves(self):
        self.deploy("-f", "--threads=3")
        self.assertIn("threads=3 ", self.text("myapp"))
        self.assertIn("threads=20", self.text("myapp.bak"))

    def test_n_shows_the_difference(self):
        out, err = self.deploy("-n", "--threads=3", status=1)
        self.assertIn("-    threads=20", out)
        self.assertIn("apache/myapp differs from what would be", err)
        self.assertIn("Nothing would be written. -i asks", err)
        site, = json.loads(self.deploy("-n", "--json", "--threads=3",
                                       status=1)[0])["sites"]
        self.assertEqual(site["status"], "held")
        self.assertIn("-    threads=20", site["diff"])

    def test_a_record_that_is_missing_is_told(self):
        _, err = self.deploy("--threads=3", status=1)
        self.assertIn(f"{BASE} is missing", err)
        out, err = self.deploy()
        self.assertIn(f"{BASE} is missing", err)
        self.assertNotIn("missing", self.deploy()[1])

    def test_choices_that_are_missing_are_not_taken_for_defaults(self):
        self.deploy()
        os.unlink(self.path("site.ini"))
        _, err = self.deploy(status=1)
        self.assertIn("site.ini is missing", err)
        self.assertIn("/shop", self.text("myapp"))

    def test_a_damaged_record_is_told(self):
        self.deploy()
        self.edit(BASE, "threads=20", "threads=21")
        _, err = self.deploy("--threads=3", status=1)
        self.assertIn(f"{BASE} is damaged", err)
        self.assertIn("threads=20", self.text("myapp"))


if __name__ == "__main__":
    unittest.main()
