"""Env files: what is read, what is refused, and that no value gets out."""

import io
import os
import re
import shutil
import subprocess
import sys
import unittest

import dotenv
from hypothesis import given, settings
from hypothesis import strategies as st

from modwsgideploy.deployment.env_file import parse_env_file
from tests import support
from tests.support.commands import CommandTest
from tests.support.fuzzing import examples

SECRET = "hunter2-Grüße"
GOOD = f"""\
# Of production alone
DATABASE_URL=postgresql://shop:{SECRET}@db/shop?a=b#c
SPACED = two  words\t
  QUOTED="a \\"word\\" \\\\ and # more"
PLAIN='$HOME "as it is" # too'
EMPTY=
APOSTROPHE=it's
KEY="-----BEGIN KEY-----
abc
-----END KEY-----"\r
CARRIAGE=return\r
"""
READ = {
    "DATABASE_URL": f"postgresql://shop:{SECRET}@db/shop?a=b#c",
    "SPACED": "two  words", "QUOTED": 'a "word" \\ and # more',
    "PLAIN": '$HOME "as it is" # too', "EMPTY": "", "APOSTROPHE": "it's",
    "KEY": "-----BEGIN KEY-----\nabc\n-----END KEY-----",
    "CARRIAGE": "return"}
# What systemd and python-dotenv, or two releases of one, read differently.
REFUSED = (
    "export A=1", "A", "A: 1", "A-B=1", "1A=1", "A=b # a comment", "A=#b",
    "A=b\\", "A=a\\nb", 'A="a\\nb"', "A='a\\b'", "A='x' y", "A='x'y", 'A="x',
    "A=${HOME}", "A='${HOME}'", "# more \\\nA=1", "\ufeffA=1", "A=x\0",
    "[Service]", "A=x\u000cy")


def read(text):
    return {name.decode(): value.decode()
            for name, value in parse_env_file(text.encode())}


class Grammar(unittest.TestCase):

    def test_of_what_all_readers_agree_on(self):
        self.assertEqual(read(GOOD), READ)
        self.assertEqual(dotenv.dotenv_values(
            stream=io.StringIO(GOOD), interpolate=True), READ)

    def test_refuses_all_else_by_its_line(self):
        for line in REFUSED:
            with self.subTest(line):
                with self.assertRaisesRegex(ValueError, "^line 3 ") as raised:
                    read("GOOD=1\n\n" + line)
                self.assertNotIn("HOME", str(raised.exception))
        with self.assertRaisesRegex(ValueError, "^line 1 is no UTF-8"):
            parse_env_file(b"A=\xff")

    @settings(max_examples=examples(300), deadline=None)
    @given(st.text(st.sampled_from("A=B1'\"\\ #\t\n\r$é{}"), max_size=24))
    def test_never_reads_what_dotenv_reads_otherwise(self, text):
        text = "A=" + text
        try:
            found = read(text)
        except ValueError:
            return
        self.assertEqual(found, dotenv.dotenv_values(
            stream=io.StringIO(text, newline=""), interpolate=True))


class Deployed(CommandTest):

    def setUp(self):
        super().setUp()
        self.env_file = os.path.join(self.directory, ".env")
        self.write(GOOD)

    def write(self, text, mode=0o640):
        with open(self.env_file, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.chmod(self.env_file, mode)

    def deploy(self, *arguments, **kwargs):
        return super().deploy("--in-place", "--virtualenv=", "--env-file=.env",
                              *arguments, **kwargs)

    def run_script(self, python=sys.executable):
        """Run what the script begins with; its output and exit status."""
        text = self.text("myapp.wsgi").partition("\nneeded(CONFIG")[0]
        path = os.path.join(self.directory, "begun.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text + "\nsys.stdout.write(repr(dict(os.environ)))")
        done = subprocess.run(
            [python, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8"}, check=False, encoding="utf-8")
        return done.stdout, done.stderr, done.returncode

    def test_no_value_is_written_or_printed(self):
        out, err = self.deploy("--json", "-v")
        for name in self.written():
            self.assertNotIn(SECRET, self.text(name))
        self.assertNotIn(SECRET, out + err)
        self.assertIn("env-file = .env", self.text("site.ini"))

    def test_the_script_reads_it(self):
        self.deploy("--env=EMPTY=of --env")
        out, err, status = self.run_script()
        self.assertEqual((status, err), (0, ""))
        environment = eval(out)
        for name, value in {**READ, "EMPTY": "of --env"}.items():
            self.assertEqual(environment[name], value)

    def test_the_script_reads_it_by_python_2(self):
        python2 = support.python2()
        if not python2:
            self.skipTest(support.NO_PYTHON2)
        self.deploy()
        out, err, status = self.run_script(python2)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(
            {name: value.encode() for name, value in READ.items()},
            {name: value.encode("latin-1") if isinstance(value, str)
             else value for name, value in eval(out).items()
             if name in READ})

    def test_one_that_everybody_can_read_is_refused(self):
        self.write(GOOD, 0o644)
        _, err = self.deploy(status=2)
        self.assertIn(f"--env-file: {self.env_file}: everybody can read or"
                      " write it (mode 0644); chmod o= ", err)
        self.assertEqual(self.written(), [])
        os.chmod(self.env_file, 0o600)
        self.deploy()
        os.chmod(self.env_file, 0o604)
        _, err, status = self.run_script()
        self.assertEqual(status, 1)
        self.assertIn(f"refused to read {self.env_file}, the env file:"
                      " everybody can read or write it, mode 0604", err)

    def test_one_that_is_wrong_is_refused_without_a_word_of_it(self):
        self.deploy()
        self.write(f"A=1\nexport B={SECRET}\n")
        _, err = self.deploy(status=2)
        self.assertIn(".env: line 2 is no plain NAME=VALUE", err)
        self.assertNotIn(SECRET, err)
        _, err, status = self.run_script()
        self.assertEqual(status, 1)
        self.assertIn("the env file: line 2 is no plain NAME=VALUE", err)
        self.assertNotIn(SECRET, err)

    def test_all_that_is_wrong_is_told_at_once(self):
        self.write("export A=1\nB=2\nC: 3\nD=${E}\n")
        _, err = self.deploy(status=2)
        self.assertIn("line 1 is no plain", err)
        self.assertIn("leave out export; line 3 is no plain", err)
        self.assertIn("write = in place of the colon; line 4 has ${", err)
        self.assertNotIn("line 2", err)

    def test_what_is_no_file_is_refused(self):
        os.unlink(self.env_file)
        os.symlink("/dev/zero", self.env_file)
        _, err = self.deploy(status=2)
        self.assertIn(f"--env-file: {self.env_file}: is no file; name one with"
                      " NAME=VALUE lines", err)

    def test_what_people_write_is_told_with_what_to_do(self):
        for line, hint in (
                ("export DEBUG=True", "leave out export"),
                ("HSTS_SECONDS=0 # one hour", "a comment stands on a line"),
                ("GREETING=", ""), ("SECRET_KEY='a$b#c(d)&e'", ""),
                ("URL=redis://[:pass]@127.0.0.1:6379", ""),
                ("HOSTS=\"localhost, 127.0.0.1\"", ""),
                ("database: postgres", "write = in place of the colon"),
                ("[production]", "leave out the [section]"),
                ("MAIL_PASSWORD", "give it a value, or ="),
                ("app.debug=1", "a name has letters, digits and _ alone"),
                ("MY-NAME=1", "a name has letters, digits and _ alone"),
                ("COLOR=#fff", "put the value in quotes"),
                ("A='x' # why", "leave out what stands behind the quotes"),
                ("HOME_DIR=C:\\Users", "two backslashes for one"),
                ('KEY="line\\nline"', "two backslashes for one"),
                ("DIR=${HOME}/x", "write out what ${...} stands for"),
                ("\ufeffA=1", "without a byte order mark")):
            with self.subTest(line):
                self.write(f"# first\n{line}\n")
                _, err = self.deploy(status=2 if hint else 0)
                self.assertIn(hint, err)
                if hint:
                    self.assertRegex(err, f"line 2 [^:]*: .*{re.escape(hint)}")

    def test_a_missing_one_is_a_finding(self):
        os.remove(self.env_file)
        _, err = self.deploy()
        self.assertIn(f"the env file {self.env_file} does not exist [MWD112]",
                      err)
        _, err, status = self.run_script()
        self.assertIn(f"cannot read {self.env_file}, the env file", err)
        self.assertEqual(status, 1)

    def test_static_files_do_not_show_it(self):
        shutil.move(self.env_file, os.path.join(self.directory, "public.env"))
        self.env_file = os.path.join(self.directory, "public.env")
        _, err = self.run_command(
            "modwsgideploy", "deploy", "--in-place", "--virtualenv=",
            "--env-file=public.env", f"--static=/x={self.env_file}", status=2)
        self.assertIn("holds the env file", err)

    def test_a_batch_refuses_its_site_alone(self):
        self.write(GOOD, 0o644)
        manifest = os.path.join(os.path.dirname(self.directory), "sites.ini")
        with open(manifest, "w", encoding="utf-8") as stream:
            stream.write("[DEFAULT]\nproject = myapp\nin-place = yes\n"
                         "[one]\nenv-file = .env\noutput-dir = one\n"
                         "[other]\noutput-dir = other\n")
        _, err = self.run_command("modwsgideploy", "batch", manifest, status=1,
                                  cwd=os.path.dirname(self.directory))
        self.assertIn("sites.ini:5 [one] env-file: ", err)
        self.assertTrue(os.path.exists(os.path.join(
            os.path.dirname(manifest), "other", "other")))
        self.assertFalse(os.path.exists(os.path.join(
            os.path.dirname(manifest), "one", "one")))


if __name__ == "__main__":
    unittest.main()
