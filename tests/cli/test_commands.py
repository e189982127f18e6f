"""The command lines, run as a user runs them."""

import json
import os
import shlex
import subprocess
import tempfile
import unittest

from modwsgideploy.cli import dispatch
from modwsgideploy.cli.plain_parser import PlainParser
from modwsgideploy.cli.table import COMMANDS
from modwsgideploy.errors import Collector
from modwsgideploy.sites.options import parse
from tests.support.commands import BIN, FILES, CommandTest


class Deploy(CommandTest):

    def test_writes_the_deployment_and_tells_what_is_missing(self):
        out, err = self.deploy()
        self.assertEqual(self.written(), FILES)
        for name in FILES[1:]:
            self.assertIn("create    apache/" + name, out)
        self.assertIn("warning: the baseline virtualenv"
                      " /usr/local/pythonenv/BASELINE does not exist", err)
        self.assertIn("    sudo python3 -m venv"
                      " /usr/local/pythonenv/BASELINE\n", err)

    def test_without_a_baseline_there_is_no_baseline_conf(self):
        self.deploy("--baseline=")
        self.assertEqual(self.written(), [
            name for name in FILES if name != "baseline.conf"])

    def test_a_second_run_changes_nothing(self):
        self.deploy()
        before = os.stat(os.path.join(self.directory, "apache", "myapp"))
        out, _ = self.deploy()
        after = os.stat(os.path.join(self.directory, "apache", "myapp"))
        self.assertIn("all files are as they should be", out)
        self.assertEqual((before.st_ino, before.st_mtime_ns),
                         (after.st_ino, after.st_mtime_ns))

    def test_n_prints_a_diff_and_writes_nothing(self):
        out, _ = self.deploy("-n")
        self.assertIn("--- /dev/null", out)
        self.assertIn("+WSGIScriptAlias /myapp", out)
        self.assertEqual(self.written(), [])

    def test_q_says_nothing_when_all_is_well(self):
        self.assertEqual(self.deploy("-q"), ("", ""))
        self.assertEqual(self.written(), FILES)

    def test_json_tells_what_was_decided_and_done(self):
        out, err = self.deploy("--json", "--mount-point=/x")
        told = json.loads(out)
        site, = told["sites"]
        self.assertEqual(site["site"]["mount_point"], "/x")
        self.assertEqual(site["url"], "http://localhost/x")
        self.assertEqual([file["action"] for file in site["files"]],
                         ["create"] * 6)
        self.assertEqual(site["problems"][0]["code"], "MWD101")
        self.assertEqual((site["status"], site["changed"], site["diff"]),
                         ("created", True, ""))
        self.assertEqual((told["command"], told["exit_status"],
                          told["changed"], told["messages"]),
                         ("deploy", 0, True, []))
        self.assertEqual(err, "")

    def test_json_of_a_simulation_has_the_diff(self):
        told = json.loads(self.deploy("--json", "-n")[0])
        self.assertTrue(told["changed"])
        self.assertIn("+WSGIScriptAlias /myapp", told["sites"][0]["diff"])
        self.assertEqual(self.written(), [])

    def test_changed_lets_the_exit_status_tell(self):
        self.deploy("--changed", "-n", status=3)
        self.deploy("--changed", status=3)
        self.deploy("--changed", status=0)

    def test_an_unknown_option_is_told_with_what_is_most_like_it(self):
        _, err = self.deploy("--servername=www.example.org", "--in-plac", "x",
                             "y", status=2)
        self.assertEqual(
            "modwsgideploy: there is no option --servername (did you mean"
            " '--server-name'?)\n"
            "modwsgideploy: there is no option --in-plac (did you mean"
            " '--in-place'?)\n"
            "modwsgideploy: there is one argument too many: y;"
            " 'modwsgideploy deploy -h' shows how to use it\n", err)
        _, err = self.deploy("x", "y", status=2)
        self.assertIn("there is one argument too many: y; 'modwsgi", err)

    def test_all_mistakes_are_told_at_once_and_nothing_is_written(self):
        _, err = self.deploy("--port=x", "--mount-point=y",
                             "--env=A=a\nb", "--user=a b", "--hsts",
                             status=2)
        for name in ("--port", "--mount-point", "--env", "--user", "--hsts"):
            self.assertIn(f"modwsgideploy: {name}: ", err)
        self.assertEqual(self.written(), [])

    def test_what_would_be_valid_is_told(self):
        for words, told in (
                (["deploy", "--threads=-1"], "--threads: '-1' is not valid;"
                 " give a whole number from 1"),
                (["check", "--jobs=-1"], "--jobs: '-1' is not valid; give a"
                 " whole number from 1"),
                (["enable", "--probe", "https://a.example/x/y"],
                 "give a path that starts with /, such as /x/y"),
                (["deploy", "--mount-point=shop"],
                 "give a URL path that starts with /, such as /shop"),
                (["deploy", "--mount-point=http://a.example"],
                 "give a URL path that starts with /, such as /")):
            with self.subTest(words):
                _, err = self.run_command("modwsgideploy", *words, status=2)
                self.assertIn(told + "\n", err)
                self.assertEqual(err.count("\n"), 1)

    def test_an_empty_argument_is_not_what_is_here(self):
        # status without an argument is about the whole host.
        for name in {*COMMANDS} - {"status"}:
            with self.subTest(name):
                _, err = self.run_command("modwsgideploy", name, "",
                                          status=2)
                self.assertEqual(
                    err, "modwsgideploy: '': an empty argument names nothing;"
                    " give a name or a path, or leave it out\n")
        self.assertEqual(self.written(), [])

    def test_a_directory_that_is_no_project_is_one_clear_error(self):
        with tempfile.TemporaryDirectory() as empty:
            _, err = self.deploy(empty, status=2)
        self.assertIn(empty, err)
        self.assertNotIn("Traceback", err)

    def test_another_project_directory_and_output_directory(self):
        with tempfile.TemporaryDirectory() as other:
            self.deploy(self.directory, "--output-dir", "there", cwd=other)
            self.assertEqual(sorted(os.listdir(other + "/there")), FILES)
        self.assertEqual(self.written(), [])

    def test_a_reader_that_has_had_enough_is_no_trouble(self):
        command = os.path.join(BIN, "modwsgideploy")
        for words in (["deploy", "--json"], ["check", "--list"]):
            with self.subTest(words):
                reader, writer = os.pipe()
                os.close(reader)
                done = subprocess.run(
                    [command, *words], cwd=self.directory, stdout=writer,
                    stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
                os.close(writer)
                self.assertEqual(done.returncode, 141, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertNotIn("BrokenPipe", done.stderr)
        self.assertEqual(self.written(), FILES)

    def test_output_that_is_closed_is_no_trouble(self):
        command = os.path.join(BIN, "modwsgideploy")
        for closed in (">&-", "2>&-"):
            with self.subTest(closed):
                done = subprocess.run(
                    ["sh", "-c", f'"$0" deploy {closed}', command],
                    cwd=self.directory, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
                self.assertEqual(self.written(), FILES)

    def test_output_that_finds_no_room_is_one_clear_error(self):
        for words in (["deploy"], ["deploy", "--json"], ["check", "--list"]):
            with self.subTest(words), open("/dev/full", "w") as full:
                done = subprocess.run(
                    [os.path.join(BIN, "modwsgideploy"), *words],
                    cwd=self.directory, stdout=full, stderr=subprocess.PIPE,
                    encoding="utf-8", timeout=60)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("modwsgideploy: the output is cut off: No space",
                              done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_json_arrives_whole_in_any_locale(self):
        for encoding in ("utf-8", "latin-1", "ascii"):
            with self.subTest(encoding):
                done = subprocess.run(
                    [os.path.join(BIN, "modwsgideploy"), "deploy", "-n",
                     "--json", "--env=WORDS=caf\xe9 \u2603 \U0001f600"],
                    cwd=self.directory, stdout=subprocess.PIPE, timeout=60,
                    env={**os.environ, "PYTHONUTF8": "1",
                         "PYTHONIOENCODING": encoding})
                told = json.loads(done.stdout.decode(encoding))
                self.assertEqual(
                    told["sites"][0]["site"]["env"],
                    [["WORDS", "caf\xe9 \u2603 \U0001f600"]])

    def test_an_unknown_option_exits_with_2(self):
        _, err = self.deploy("--mount-pont=/x", status=2)
        self.assertIn("--mount-pont", err)

    def test_help_all_is_grouped_and_has_defaults_and_exit_status(self):
        from modwsgideploy.sites.options import OPTIONS

        out, _ = self.deploy("--help-all")
        for option in OPTIONS:
            self.assertIn(option.group + ":", out)
            name = ("--no-" if option.kind == "flag"
                    and option.default == "yes" else "--") + option.name
            self.assertIn(name, out)
        self.assertIn("Exit status", out)


class Paster(CommandTest):

    project = "paste"

    def paster(self, *arguments, **kwargs):
        # Outside the project: its requirements are not installed here.
        with tempfile.TemporaryDirectory() as elsewhere:
            return self.run_command("paster", *arguments, cwd=elsewhere,
                                    **kwargs)

    def test_help_lists_the_commands_in_a_group_of_their_own(self):
        out, _ = self.paster("help")
        group = out.split("Apache deployment:\n")[1]
        for name in ("check", "deploy", "serve"):
            self.assertRegex(group, rf"(?m)^  modwsgi_{name} +\S")

    def test_deploys_with_the_same_options(self):
        out, err = self.paster("modwsgi_deploy", self.directory,
                               "--mount-point=/x", "--virtualenv=")
        self.assertEqual(self.written(), FILES)
        self.assertIn("WSGIScriptAlias /x", self.text("myapp"))
        self.assertNotIn("MWD102", err)

    def test_mistakes_are_printed_and_exit_with_2(self):
        out, err = self.paster("modwsgi_deploy", self.directory, "--port=x",
                               "--umask=9", status=2)
        self.assertIn("--port: 'x' is not valid", err)
        self.assertIn("--umask: '9' is not valid", err)
        self.assertEqual(out, "")

    def test_an_unknown_option_is_told_with_what_is_most_like_it(self):
        _, err = self.paster("modwsgi_deploy", "--servername=x", status=2)
        self.assertRegex(err, "there is no option --servername .did you mean"
                              " '--server-name'")
        self.assertIn("'paster modwsgi_deploy -h' shows how", err)
        _, err = self.paster("modwsgi_deploy", "x", "y", status=2)
        self.assertIn("there is one argument too many: y", err)

    def test_help_is_complete(self):
        from modwsgideploy.sites.options import OPTIONS

        out, _ = self.paster("modwsgi_deploy", "--help-all")
        for option in OPTIONS:
            self.assertIn(option.group + ":", out)
        for name in ("--simulate", "--overwrite", "--interactive",
                     "--verbose", "--quiet", "--json"):
            self.assertIn(name, out)

    def test_runs_inside_a_project_whose_requirements_are_here(self):
        out, _ = self.run_command("paster", "modwsgi_deploy", "-n")
        self.assertIn("+WSGIScriptAlias /myapp", out)


class Gearbox(CommandTest):

    def test_help_lists_the_commands(self):
        out, _ = self.run_command("gearbox", "help")
        for name in ("modwsgi-deploy", "modwsgi-serve", "modwsgi-check"):
            self.assertIn(name, out)

    def test_deploys_with_the_same_options(self):
        self.run_command("gearbox", "modwsgi-deploy", "--mount-point=/x")
        self.assertIn("WSGIScriptAlias /x", self.text("myapp"))

    def test_mistakes_exit_with_2(self):
        _, err = self.run_command("gearbox", "modwsgi-deploy", "--port=x",
                                  status=2)
        self.assertIn("--port: 'x' is not valid", err)

    def test_an_unknown_option_is_told_with_what_is_most_like_it(self):
        _, err = self.run_command("gearbox", "modwsgi-deploy",
                                  "--servername=x", status=2)
        self.assertEqual(
            "there is no option --servername (did you mean '--server-name'?);"
            " 'gearbox modwsgi-deploy -h' shows how to use it\n", err)

    def test_its_own_v_and_q_are_ours_too(self):
        self.assertEqual(self.run_command(
            "gearbox", "modwsgi-deploy", "-q"), ("", ""))
        out, _ = self.run_command("gearbox", "modwsgi-deploy", "-v")
        self.assertIn("unchanged apache/myapp", out)


class JsonOfFailures(CommandTest):
    """--json is one document, whatever goes wrong."""

    def document(self, *command, status=2):
        out, err = self.run_command(*command, status=status)
        told = json.loads(out)
        self.assertEqual(told["exit_status"], status)
        self.assertFalse(told["changed"])
        self.assertTrue(told["messages"])
        for message in told["messages"]:
            self.assertIn(message, err)
        return told

    def test_of_every_command(self):
        for words in (
                ["deploy", "--port=x"], ["serve", "nowhere", "--probe"],
                ["check"], ["enable", "--probe=x"],
                ["disable", "--timeout=0"], ["explain", "nowhere.log"],
                ["batch", "nowhere.ini"], ["plan", "nowhere.ini"]):
            with self.subTest(words):
                told = self.document("modwsgideploy", *words, "--json")
                self.assertEqual(told["command"], words[0])
                self.assertEqual(told["sites"], [])

    def test_of_bad_options_in_every_front_end(self):
        for command in (["modwsgideploy", "deploy"],
                        ["gearbox", "modwsgi-deploy"],
                        ["paster", "modwsgi_deploy"]):
            for words in (["--json", "--prot=80"], ["--port", "--json"],
                          ["--port", "x", "--json"], ["--json", "x", "y"]):
                with self.subTest(command + words):
                    told = self.document(*command, *words)
                    self.assertEqual(told["command"], "deploy")

    def test_of_a_command_that_there_is_not(self):
        told = self.document("modwsgideploy", "deplyo", "--json")
        self.assertEqual(told["messages"], [
            "there is no command 'deplyo' (did you mean 'deploy'?);"
            " 'modwsgideploy' lists what there is"])

    def test_of_edits_in_the_way(self):
        self.deploy()
        path = os.path.join(self.directory, "apache", "myapp")
        with open(path) as stream:
            text = stream.read()
        with open(path, "w") as stream:
            stream.write(text.replace("/myapp", "/mine"))
        told = json.loads(self.deploy("--json", "--mount-point=/other",
                                      status=1)[0])
        site, = told["sites"]
        self.assertEqual((told["exit_status"], site["status"]),
                         (1, "conflict"))
        self.assertIn("change the same lines", site["messages"][0])


class FrontDoor(CommandTest):
    """What somebody sees who types the name of the command, or mistypes."""

    def fits_a_screen(self, command, *words):
        out, err = self.run_command(command, *words, cwd="/")
        self.assertEqual(err, "")
        lines = out.splitlines()
        # And the next prompt.
        self.assertLess(len(lines), 24, out)
        self.assertLessEqual(max(map(len, lines)), 80, out)
        return out

    def test_alone_it_shows_what_it_is_and_its_commands(self):
        out = self.fits_a_screen("modwsgideploy")
        first, later = out.split("And then:")
        self.assertIn("puts a WSGI project on Apache", first)
        for name in COMMANDS:
            self.assertIn(f"\n  modwsgideploy {name} ", out)
        for name in ("serve", "deploy", "check", "enable"):
            self.assertIn(f"\n  modwsgideploy {name} ", first)
        for words in (["-h"], ["--help"], ["help"]):
            self.assertEqual(self.run_command("modwsgideploy", *words)[0],
                             out)

    def test_help_of_a_command_fits_a_screen(self):
        for name, command in COMMANDS.items():
            for words in (["modwsgideploy", name],
                          ["paster", f"modwsgi_{name}"],
                          ["gearbox", f"modwsgi-{name}"]):
                with self.subTest(words):
                    out = self.fits_a_screen(*words, "-h")
                    examples = out.split("Examples:\n")[1].split("\n\n")[0]
                    for line in examples.splitlines():
                        self.assertIn(f"{words[1]} ", line)
                    self.assertEqual(len(examples.splitlines()), 3)
                    self.assertIn(f": {' '.join(words)} --help-all\n", out)
                    for flag in command.flags:
                        if not flag.rare and flag.name != "quiet":
                            self.assertIn(f"  {flag.names[0]}", out)

    def test_help_is_a_command_too(self):
        self.assertEqual(
            self.run_command("modwsgideploy", "help", "plan"),
            self.run_command("modwsgideploy", "plan", "--help"))

    def test_examples_are_understood(self):
        for name, command in COMMANDS.items():
            for example in command.examples:
                with self.subTest(example):
                    parsed = PlainParser(command, name).parse(
                        shlex.split(example.arguments))
                    dispatch.invocation(command, parsed)
                    with Collector() as collect:
                        parse(dispatch.settings(parsed), collect)

    def test_version_tells_it_from_the_other_program(self):
        self.assertRegex(self.run_command("modwsgideploy", "--version")[0],
                         r"\Amodwsgideploy \d.* .distribution "
                         r"apache-modwsgi-deploy.\n\Z")

    def test_a_misspelt_command_is_told_with_what_is_most_like_it(self):
        _, err = self.run_command("modwsgideploy", "deplyo", status=2)
        self.assertEqual(err, "modwsgideploy: there is no command 'deplyo'"
                              " (did you mean 'deploy'?); 'modwsgideploy'"
                              " lists what there is\n")

    def test_paster_suggests_below_its_list(self):
        for words, status, typed, meant in (
                (["modwsgi_deplyo"], 2, "modwsgi_deplyo", "modwsgi_deploy"),
                (["modwsgi-plan", "x"], 2, "modwsgi-plan", "modwsgi_plan"),
                (["help", "modwsgi_chek"], 0, "modwsgi_chek",
                 "modwsgi_check")):
            with self.subTest(words):
                _, err = self.run_command("paster", *words, cwd="/",
                                          status=status)
                self.assertEqual(err, f"there is no command '{typed}'"
                                      f" (did you mean '{meant}'?)\n")
        for words, status in ((["help"], 0), (["nothing-like-it"], 2)):
            self.assertEqual(self.run_command(
                "paster", *words, cwd="/", status=status)[1], "")

    def test_paster_does_not_warn_of_its_own_imports(self):
        _, err = self.run_command("paster", "modwsgi_deploy", "-q",
                                  self.directory, cwd="/")
        self.assertEqual(err, "")


class Completion(CommandTest):

    def complete(self, line):
        """What a shell is offered for ``line``, through argcomplete."""
        with tempfile.NamedTemporaryFile() as offered:
            subprocess.run(
                [os.path.join(BIN, "modwsgideploy")], cwd=self.directory,
                env={**os.environ, "_ARGCOMPLETE": "1",
                     "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line,
                     "COMP_POINT": str(len(line)), "COMP_TYPE": "9",
                     "_ARGCOMPLETE_STDOUT_FILENAME": offered.name},
                check=True, timeout=60)
            return offered.read().decode().split()

    def test_commands_and_options_and_choices_are_offered(self):
        self.assertEqual(self.complete("modwsgideploy de"), ["deploy"])
        self.assertIn("--mount-point",
                      self.complete("modwsgideploy deploy --mount"))
        self.assertEqual(
            sorted(self.complete("modwsgideploy deploy --mode ")),
            ["daemon", "embedded"])
        # And the sites of this host, if it has any.
        self.assertIn("setup.py",
                      self.complete("modwsgideploy restart set"))


if __name__ == "__main__":
    unittest.main()


class Environment(CommandTest):
    """The values of --env, which may be secrets."""

    def test_others_cannot_read_the_scripts_that_hold_them(self):
        self.deploy()
        for name in ("myapp.wsgi", "test.wsgi"):
            path = os.path.join(self.directory, "apache", name)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o644)
        for backend, names in (
                ("mod_wsgi", ("myapp.wsgi", "test.wsgi")),
                ("fastcgi", ("dispatch.fcgi", "test.fcgi"))):
            self.deploy("--env=DB_PASSWORD=x", "--backend=" + backend,
                        "--baseline=")
            for name in names:
                path = os.path.join(self.directory, "apache", name)
                self.assertEqual(os.stat(path).st_mode & 0o007, 0, name)
            self.assertRegex(self.text("README.txt"),
                             rf"sudo chgrp www-data .*{names[0]}")


class Untrusted(CommandTest):
    """What others have put into a project."""

    def metadata(self):
        return os.path.join(self.directory, "MyApp.egg-info", "PKG-INFO")

    def test_a_fifo_is_waited_for_by_nobody(self):
        os.remove(self.metadata())
        os.mkfifo(self.metadata())
        _, err = self.deploy(status=2)
        self.assertIn("PKG-INFO: cannot be read: is no regular file", err)
        self.assertEqual(self.written(), [])

    def test_a_version_does_not_write_to_the_terminal(self):
        with open(self.metadata()) as stream:
            text = stream.read()
        with open(self.metadata(), "w") as stream:
            stream.write(text.replace(
                "\nVersion: ", "\nVersion: \x1b]0;owned\x07\x1b[2J"))
        out, err = self.deploy(status=2)
        self.assertNotIn("\x1b", out + err)
        self.assertIn("PKG-INFO", err)
