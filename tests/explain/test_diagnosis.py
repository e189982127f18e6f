"""``explain`` over real lines, made by tests/live/test_explain.py's sites."""

import bz2
import gzip
import io
import json
import lzma
import os
import random
import re
import subprocess
import sys
import tempfile
import tracemalloc
import unittest

from hypothesis import given
from hypothesis import strategies as st

from modwsgideploy.catalog.checks import CHECKS
from modwsgideploy.catalog.failures import (
    FAILURES,
    OTHER_WSGI,
    SCRIPT_FAILED,
)
from modwsgideploy.explain import diagnosis, report
from modwsgideploy.explain.diagnosis import Explainer
from modwsgideploy.explain.lines import read_lines
from modwsgideploy.explain.report import Live
from modwsgideploy.explain.sources import SourceIndex
from modwsgideploy.explain.texts import DEFAULTS, texts
from tests.support import TESTS
from tests.support.reports import excerpts

COMMAND = os.path.join(os.path.dirname(sys.executable), "modwsgideploy")
ALL = (*FAILURES, SCRIPT_FAILED, OTHER_WSGI)
# Commands that only look.
READS = re.compile(r"(?:sudo )?(?:-u \S+ )?(?:ls|namei|ldd|head|grep|findmnt"
                   r"|realpath|systemctl show)\b|sudo -u \{user\} ls\b")
LOGS = ("mod_wsgi-4.9", "mod_wsgi-6.1", "other-modules")

TRACEBACK = """\
mod_wsgi (pid={pid}): Exception occurred processing WSGI script '/srv/a.wsgi'.
Traceback (most recent call last):
  File "/srv/a/views.py", line {line}, in show
    raise {error}
{error}: {message}
"""


def told(lines, **options):
    """An Explainer that has taken all of ``lines``."""
    explainer = Explainer(**options)
    for line in lines:
        explainer.feed(line)
    explainer.flush()
    return explainer


def commands(text):
    """What stands between backquotes in ``text``."""
    return text.split("`")[1::2]


def names(explainer):
    return [cause.failure.name for cause, _ in explainer.report()]


def logged(text, pid=7, thread=8, second=0):
    """``text`` as mod_wsgi logs it, line by line."""
    return [f"[Fri Nov 20 19:00:{second:02}.000001 2026] [wsgi:error]"
            f" [pid {pid}:tid {thread}] [remote 127.0.0.1:5] {line}"
            for line in text.rstrip("\n").split("\n")]


def traceback(error="KeyError", message="'x'", line=3, pid=7, **where):
    return logged(TRACEBACK.format(error=error, message=message, line=line,
                                   pid=pid), pid, **where)


class Excerpts(unittest.TestCase):

    def test_each_is_known_and_nothing_else_is_said(self):
        for log in LOGS:
            for title, expected, lines in excerpts(log):
                with self.subTest(f"{log}: {title}"):
                    explainer = told(lines)
                    self.assertEqual(names(explainer), expected)
                    self.assertFalse([
                        other.raw for other in explainer.unknown.values()])

    def test_both_versions_are_told_alike(self):
        old, new = ({title: known for title, known, _ in excerpts(log)}
                    for log in LOGS[:2])
        both = set(old) & set(new) - {"header-long"}
        self.assertGreater(len(both), 20)
        for title in both:
            self.assertEqual(old[title], new[title], title)

    def test_all_excerpts_as_one_log(self):
        for log in LOGS:
            everything = [line for _, _, lines in excerpts(log)
                          for line in lines]
            expected = {name for _, known, _ in excerpts(log)
                        for name in known}
            explainer = told(everything)
            found = {cause.failure.name
                     for cause in explainer.diagnoses.values()}
            self.assertLessEqual(expected, found)


class Table(unittest.TestCase):

    def test_names_are_there_once_and_checks_exist(self):
        known = [failure.name for failure in FAILURES]
        self.assertEqual(len(known), len(set(known)))
        codes = {check.code for check in CHECKS}
        for failure in FAILURES:
            self.assertIn(failure.check, codes | {""}, failure.name)
            for name in failure.after:
                self.assertIn(name, known)

    def test_the_documentation_names_what_there_is(self):
        path = os.path.join(os.path.dirname(TESTS), "docs", "explain.rst")
        with open(path, encoding="utf-8") as stream:
            rows = stream.read().split("`modwsgideploy check``.")[1]
        known = {failure.name for failure in FAILURES}
        rows = rows.partition("mod_wsgi 6.1")[0]
        codes = {check.code for check in CHECKS}
        self.assertEqual(re.findall(r"(?m)^(\d+) ", rows),
                         [str(number) for number in range(1, 26)])
        for name in re.findall(r"``([\w-]+)``", rows):
            self.assertIn(name, known | {"info"})
        for code in re.findall(r"MWD\d+", rows):
            self.assertIn(code, codes)

    def test_each_explanation_names_its_section(self):
        path = os.path.join(os.path.dirname(TESTS), "docs", "explain.rst")
        with open(path, encoding="utf-8") as stream:
            anchors = re.findall(r"(?m)^\.\. _([\w-]+):$", stream.read())
        for failure in ALL:
            lines = list(report.render(Explainer(), diagnosis.Diagnosis(
                failure, {}, [])))
            self.assertIn(f"    docs:  explain#{failure.name}", lines)
            self.assertIn(failure.name, anchors)

    def test_every_text_is_complete_without_any_value(self):
        explainer = Explainer()
        for failure in ALL:
            cause = diagnosis.Diagnosis(failure, {}, [])
            for text in explainer.text_of(cause).values():
                self.assertNotRegex(text, r"(?<!%)\{\w*\}",
                                    failure.name)
            self.assertTrue(list(report.render(explainer, cause)))

    def test_each_example_is_known_as_what_it_is_an_example_of(self):
        # A directory that has the module is not on this machine.
        for failure in ALL:
            if failure.name == "own-module-found":
                continue
            with self.subTest(failure.name):
                explainer = told(failure.example.split("\n"))
                self.assertEqual(names(explainer), [failure.name])
                self.assertFalse(explainer.unknown)

    def test_no_command_has_a_word_for_a_value(self):
        values = SourceIndex().values({})
        for failure in ALL:
            for known in ({}, dict.fromkeys(DEFAULTS, "/srv/x y")):
                fix = texts(failure, {**values, **known})["fix"]
                for command in commands(fix):
                    for word in DEFAULTS.values():
                        self.assertFalse(
                            " " in word and word in command,
                            f"{failure.name}: {command}")
                    self.assertNotRegex(
                        command, r"\b(?!GLOBAL)[A-Z]{4,}\b|(?<!%)[{]\w+[}]",
                        failure.name)

    def test_what_changes_something_names_nothing_of_the_log(self):
        safe = {"reload", "restart", "configtest", "conf", "virtualenv",
                "project", "requirements", "config", "package", "service",
                "user", "group_of_user", "dump_hosts", "socket_prefix",
                "uid", "script_directory"}
        for failure in ALL:
            for step in failure.steps:
                for way in [step] if isinstance(step, str) else step:
                    for command in commands(way):
                        if not READS.match(command):
                            fields = set(re.findall(r"(?<!{){(\w+)}", command))
                            self.assertLessEqual(fields, safe, failure.name)
                        self.assertNotRegex(
                            command, r"\b(?:mkdir|touch|chmod|chown|rm)\b",
                            failure.name)

    def test_every_code_of_mod_wsgi_6_is_explained(self):
        for number in range(1, 211):
            code = f"WSGI{number:04}"
            explainer = told([f"[Fri Nov 20 19:00:00.0 2026] [wsgi:error]"
                              f" [pid 1:tid 1] {code}: In other words."])
            (cause, _), = explainer.report()
            text = explainer.text_of(cause)
            if cause.failure.name == "other-mod-wsgi":
                self.assertIn(code, text["title"])
                self.assertIn(f"error-reference.html#{code.lower()}",
                              text["fix"])


class Tracebacks(unittest.TestCase):

    def test_equal_ones_are_one_with_count_and_times(self):
        explainer = told(traceback(second=1) + traceback(second=2)
                         + traceback(second=9, thread=99))
        (cause, _), = explainer.report()
        self.assertEqual(cause.count, 3)
        self.assertEqual((cause.frame.path, cause.frame.line),
                         ("/srv/a/views.py", 3))
        first, *_ = report.render(explainer, cause)
        self.assertEqual(first, "error: the application raised KeyError: 'x'"
                         " (3 times, 2026-11-20 19:00:01 to 19:00:09)")

    def test_other_places_and_other_errors_are_others(self):
        explainer = told(traceback() + traceback(line=4)
                         + traceback(error="TypeError"))
        self.assertEqual(len(explainer.diagnoses), 3)

    def test_numbers_do_not_make_another(self):
        explainer = told([line for number in range(50) for line in traceback(
            "ValueError", f"no item {number} at 0x7f{number:x}")])
        (cause, _), = explainer.report()
        self.assertEqual(cause.count, 50)

    def test_two_threads_that_write_at_the_same_time(self):
        one, two = traceback(thread=1), traceback("TypeError", thread=2)
        mixed = [line for pair in zip(one, two) for line in pair]
        explainer = told(mixed)
        self.assertEqual(len(explainer.diagnoses), 2)
        self.assertFalse(explainer.unknown)

    def test_the_application_s_frame_counts_not_the_library_s(self):
        explainer = told(logged(
            'Traceback (most recent call last):\n'
            '  File "/srv/a/views.py", line 3, in show\n'
            '    load()\n'
            '  File "/srv/venv/lib/python3.11/site-packages/lib/x.py",'
            ' line 99, in load\n'
            '    raise OSError\n'
            'lib.Failure: no'))
        (cause, _), = explainer.report()
        self.assertEqual(str(cause.frame), "/srv/a/views.py:3")

    def test_lines_around_are_not_swallowed(self):
        explainer = told(logged("before") + traceback() + logged("after"))
        self.assertEqual([other.raw.split("] ")[-1]
                          for other in explainer.unknown.values()],
                         ["before", "after"])

    def test_the_cause_within_a_chain_is_found(self):
        explainer = told(logged(
            "Traceback (most recent call last):\n"
            '  File "/srv/a.py", line 1, in a\n'
            "ModuleNotFoundError: No module named 'nowhere'\n\n"
            "During handling of the above exception, another exception"
            " occurred:\n\n"
            "Traceback (most recent call last):\n"
            '  File "/srv/b.py", line 2, in b\n'
            "Trouble: cannot start"))
        self.assertEqual(names(explainer), ["no-module"])

    def test_one_that_never_ends_is_bounded(self):
        explainer = told(logged("Traceback (most recent call last):") + [
            line for number in range(5000)
            for line in logged(f'  File "/srv/{number}.py", line 1, in x')])
        (cause, _), = explainer.report()
        self.assertLessEqual(len(cause.lines), 300)

    def test_python_2(self):
        explainer = told(logged(
            "Traceback (most recent call last):\n"
            '  File "/srv/a.wsgi", line 1, in <module>\n'
            "ImportError: No module named tg"))
        (cause, _), = explainer.report()
        self.assertEqual(cause.failure.name, "not-installed")
        self.assertIn("TurboGears2", explainer.text_of(cause)["fix"])

    def test_what_comes_of_a_failed_load_is_not_another_error(self):
        failed = """\
mod_wsgi (pid=7): Failed to exec Python script file '/srv/a.wsgi'.
mod_wsgi (pid=7): Exception occurred processing WSGI script '/srv/a.wsgi'.
Traceback (most recent call last):
  File "/srv/a.wsgi", line 3, in <module>
    import turbogears
{}"""
        first = failed.format("ImportError: No module named simplejson")
        second = failed.format("ImportError: cannot import name config")
        for log in first, second, first.replace("(pid=7)", "(pid=8)"):
            self.assertNotIn("    so:", self.explained(log))
        out = self.explained(first, second, second)
        self.assertEqual(out.count("error:"), 1, out)
        self.assertIn("error: Python finds no module simplejson", out)
        self.assertRegex(out, r"    so:    the name config .*\(2 times\)")
        # In another process it is what failed first.
        out = self.explained(first, second.replace("(pid=7)", "(pid=8)"))
        self.assertEqual(out.count("error:"), 2, out)
        # The first is still open when another thread's is complete.
        out = self.explained(*(
            "\n".join(f"[Fri Nov 20 19:21:12.000001 2026] [wsgi:error] [pid"
                      f" 7:tid {thread}] {line}" for line in log.splitlines())
            for thread, log in ((1, first), (2, second), (2, second))))
        self.assertIn("error: Python finds no module simplejson", out)
        self.assertEqual(out.count("error:"), 1, out)

    def explained(self, *logs):
        """The text of what is explained of some logs, one after another."""
        explainer = told([line for log in logs for line in log.splitlines()])
        return "\n".join(
            line for diagnosis, followers in explainer.report()
            for line in report.render(explainer, diagnosis, followers))

    def test_an_application_server_is_none_of_apache_s(self):
        raised = ("    from flask import Flask\n"
                  "ModuleNotFoundError: No module named 'flask'\n")
        packages = "/srv/shop/venv/lib/python3.13/site-packages"
        for frames in (
                f'  File "{packages}/uvicorn/config.py", line 514, in load\n'
                "    self.loaded_app = self.loaded_app()\n"
                '  File "/srv/shop/apache/server.py", line 320, in loaded\n'
                "    return load()\n",
                f'  File "{packages}/gunicorn/arbiter.py", line 608, in'
                " spawn_worker\n    worker.init_process()\n"
                '  File "/srv/shop/views.py", line 1, in <module>\n',
                '  File "/srv/shop/apache/server.py", line 330, in'
                " <module>\n    serve(listen())\n"
                '  File "/srv/shop/views.py", line 1, in <module>\n'):
            out = " ".join(self.explained(
                "Traceback (most recent call last):\n" + frames + raised
            ).split())
            self.assertIn("then restart the application's service", out)
            for words in ("mod_wsgi", "apache2", "python-home"):
                self.assertNotIn(words, out)
        out = self.explained("\n".join(logged(
            "mod_wsgi (pid=7): Exception occurred processing WSGI script"
            " '/srv/shop/server.py'.\nTraceback (most recent call last):\n"
            '  File "/srv/shop/server.py", line 1, in <module>\n' + raised)))
        for words in ("sudo systemctl reload apache2", "python-home="):
            self.assertIn(words, out)

    def test_mod_python_for_python_2_is_restarted(self):
        reload = ("FcgidMaxRequestLen", "mod_fcgid: HTTP request length 136000"
                  " (so far) exceeds MaxRequestLen (131072)")
        for module, command in (("mod_python/3.5.0 Python/2.7.18", "restart"),
                                ("mod_python/3.5.0 Python/3.11.2", "reload"),
                                ("mod_wsgi/4.9.4 Python/2.7", "reload")):
            out = self.explained(
                f"AH00489: Apache/2.4.57 (Debian) {module} configured --"
                " resuming normal operations", reload[1])
            self.assertIn(f"`sudo systemctl {command} apache2`", out)

    def test_an_ini_that_cannot_be_parsed(self):
        explainer = told(logged(
            "Traceback (most recent call last):\n"
            '  File "/srv/a.wsgi", line 48, in set_up_logging\n'
            "    parser.read(CONFIG)\n"
            "configparser.MissingSectionHeaderError: File contains no section"
            " headers.\nfile: '/srv/a.ini', line: 1\n'x=1\\n'"))
        self.assertEqual(names(explainer), ["ini-broken"])

    def test_a_log_file_that_turbogears_1_cannot_write(self):
        for reason, path, name in (
                ("[Errno 13] Permission denied", "/srv/log", "permission"),
                ("[Errno 2] No such file or directory", "/no/log",
                 "file-missing"),
                ("[Errno 2] No such file or directory", "logs/log",
                 "relative-file")):
            explainer = told(traceback(
                "ConfigError", "Missing or wrong argument to FileHandler in"
                f" handler access_out -> {reason}: '{path}' "))
            cause, = explainer.diagnoses.values()
            self.assertEqual(cause.failure.name, name)
            self.assertEqual(cause.values["path"], path)


class Reading(unittest.TestCase):

    def test_bytes_that_are_not_utf_8_and_controls_are_shown_escaped(self):
        lines = list(read_lines(io.BytesIO(
            b"caf\xe9\xff \x1b[31mred\x07\n\tt\xc3\xa9\r\nlast")))
        self.assertEqual(lines, [r"caf\xe9\xff \x1b[31mred\x07",
                                 "\tt\xe9", "last"])

    def test_a_line_without_end_is_cut(self):
        stream = io.BytesIO(b"\0" * 10_000_000 + b"\nnext\n")
        long, last = read_lines(stream)
        self.assertEqual(last, "next")
        self.assertLess(len(long), 300_000)

    @given(st.binary())
    def test_any_bytes(self, data):
        explainer = told(read_lines(io.BytesIO(data)))
        for cause, followers in explainer.report():
            list(report.render(explainer, cause, followers))

    @given(st.lists(st.tuples(
        st.sampled_from([line for log in LOGS for _, _, lines in
                         excerpts(log) for line in lines]),
        st.integers(0, 60), st.text(max_size=5))))
    def test_broken_lines_in_any_order(self, parts):
        explainer = told([line[:cut] + text + line[cut:]
                          for line, cut, text in parts])
        for cause, followers in explainer.report():
            list(report.render(explainer, cause, followers))

    def test_every_way_to_write_the_same(self):
        said = "AH01630: client denied by server configuration: /srv/a"
        for line in (
                f"[Fri Nov 20 19:00:00.000001 2026] [authz_core:error]"
                f" [pid 1:tid 2] [client 10.0.0.1:5] {said}",
                f"[Fri Nov 20 19:00:00 2026] [error] [client 10.0.0.1]"
                f" {said[9:]}",
                f"Nov 20 19:00:00 host apachectl[77]: {said}",
                f"2026-11-20T19:00:00+00:00 host apache2[77]: {said}",
                said, said + ", referer: http://example.com/"):
            explainer = told([line])
            (cause, _), = explainer.report()
            self.assertEqual(cause.failure.name, "denied", line)
            self.assertEqual(cause.values["path"], "/srv/a", line)

    def test_names_that_apache_escaped_are_as_they_were(self):
        explainer = told(logged(
            r"Target WSGI script not found or unable to stat:"
            r" /srv/gr\xc3\xbc\xc3\x9fe/it\\s.wsgi"))
        (cause, _), = explainer.report()
        self.assertEqual(cause.values["script"], "/srv/gr\xfc\xdfe/it\\s.wsgi")

    def test_what_apache_escaped_for_a_terminal_stays_so(self):
        explainer = told([r"AH00128: File does not exist: /srv/\x1b]0;x\x07\n"
                          r"\xe2\x80\xae\xff"])
        (cause, _), = explainer.report()
        for text in (cause.values["path"],
                     *report.render(explainer, cause)):
            self.assertTrue(text.isprintable(), ascii(text))

    def test_what_is_put_into_commands_is_quoted(self):
        explainer = told(logged(
            "Target WSGI script not found or unable to stat:"
            " /srv/$(reboot) `x`.wsgi"))
        (cause, _), = explainer.report()
        self.assertIn("ls -l '/srv/$(reboot) `x`.wsgi'",
                      explainer.text_of(cause)["fix"])

    def test_memory_does_not_grow_with_the_log(self):
        def feed(explainer, count):
            for number in range(count):
                word = "".join(chr(ord(digit) + 49) for digit in str(number))
                explainer.feed(f"[Fri Nov 20 19:00:00.1 2026] [wsgi:error]"
                               f" [pid 1:tid {number}] {word} no")
                for line in traceback(f"{word}Error", thread=number):
                    explainer.feed(line)

        explainer = Explainer()
        feed(explainer, 3000)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        feed(explainer, 6000)
        self.assertLess(tracemalloc.get_traced_memory()[0], 1_000_000)
        self.assertEqual(len(explainer.diagnoses), diagnosis.MOST)
        self.assertGreater(explainer.left_out, 0)


class Deployment(unittest.TestCase):
    """The line of the deployment that something comes from."""

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = top.name
        os.mkdir(f"{self.top}/apache")
        self.write("shop", "# A site\nWSGIDaemonProcess shop \\\n"
                   "    user=shopper group=shop \\\n"
                   f"    python-home={self.top}/venv \\\n"
                   f"    home={self.top}/gone\n"
                   f'WSGIScriptAlias /shop "{self.top}/apache/shop.wsgi"'
                   " process-group=shop\n")
        self.write("other", "WSGIDaemonProcess other home=/\n")
        os.mkdir(f"{self.top}/venv")
        self.write("../venv/pyvenv.cfg", "version = 3.11.2\n")
        self.write("shop.wsgi", f"CONFIG = '{self.top}/shop.ini'\n")
        self.write("README.txt", "WSGIDaemonProcess shop home=/nowhere\n")

    def write(self, name, text):
        with open(f"{self.top}/apache/{name}", "w") as stream:
            stream.write(text)

    def first(self, line, given=()):
        explainer = told([line], sources=SourceIndex(given))
        (cause, _), = explainer.report()
        return explainer, cause

    def test_the_very_line_of_the_option(self):
        for place in (self.top, f"{self.top}/apache",
                      f"{self.top}/apache/shop"):
            _, cause = self.first(
                "[Fri Nov 20 19:00:00.1 2026] [wsgi:alert] [pid 1:tid 1]"
                " (2)No such file or directory: mod_wsgi (pid=1): Unable to"
                f" change working directory to '{self.top}/gone'.", [place])
            self.assertEqual(str(cause.where), f"{self.top}/apache/shop:5")
            self.assertEqual(cause.where.text, f"home={self.top}/gone")

    def test_a_script_in_the_log_leads_there(self):
        explainer, cause = self.first(
            f"Embedded mode of mod_wsgi disabled by runtime configuration:"
            f" {self.top}/apache/shop.wsgi")
        self.assertEqual(str(cause.where), f"{self.top}/apache/shop:6")

    def test_a_process_group_is_told_from_another(self):
        for group, line in (("shop", 2), ("other", 1)):
            _, cause = self.first(
                "Queue timeout expired for WSGI daemon process"
                f" '{group}'.", [self.top])
            self.assertEqual(str(cause.where),
                             f"{self.top}/apache/{group}:{line}")

    def test_fixes_have_the_deployment_s_own_values(self):
        explainer = told(logged(
            "mod_wsgi (pid=7): Exception occurred processing WSGI script"
            f" '{self.top}/apache/shop.wsgi'.\n"
            "Traceback (most recent call last):\n"
            '  File "/x.py", line 1, in x\n'
            "ModuleNotFoundError: No module named 'tg'"))
        (cause, _), = explainer.report()
        text = explainer.text_of(cause)
        self.assertIn(f"{self.top}/venv/bin/pip install TurboGears2",
                      text["fix"])
        self.assertIn("sudo -u shopper ls", text["fix"])
        self.assertEqual(str(cause.where), f"{self.top}/apache/shop:4")

    def test_a_directory_above_the_deployment_is_not_to_be_opened(self):
        explainer, cause = self.first(
            "AH01630: client denied by server configuration:"
            f" {os.path.dirname(self.top)}", [self.top])
        fix = explainer.text_of(cause)["fix"]
        self.assertIn(f"<Directory {self.top}/apache>", fix)
        self.assertNotIn(f"<Directory {os.path.dirname(self.top)}>", fix)

    def test_a_line_that_apache_names_itself(self):
        explainer = told([
            f"AH00526: Syntax error on line 6 of {self.top}/apache/shop:",
            "Invalid command 'WSGIScriptAlias', perhaps misspelled or defined"
            " by a module not included in the server configuration"])
        (cause, _), = explainer.report()
        self.assertEqual(cause.where.line, 6)
        self.assertIn("WSGIScriptAlias /shop", cause.where.text)
        self.assertIn("wsgi", explainer.text_of(cause)["fix"])


class Command(unittest.TestCase):

    DENIED = ("[Fri Nov 20 19:00:00.1 2026] [authz_core:error] [pid 1:tid 1]"
              " [client 10.0.0.1:5] AH01630: client denied by server"
              " configuration: /srv/a\n")
    OTHER = "[Fri Nov 20 19:00:00.1 2026] [x:error] [pid 1] what is this\n"

    def run_command(self, *arguments, status, data="", name=None):
        if isinstance(data, str):
            data = data.encode()
        done = subprocess.run(
            name or [COMMAND, "explain", *arguments], input=data,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            env={**os.environ, "PYTHONWARNINGS": "ignore"})
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode(), done.stderr.decode()

    def test_standard_input_and_exit_statuses(self):
        out, err = self.run_command(status=1, data=self.DENIED)
        self.assertIn("error: Apache is not allowed to serve /srv/a", out)
        self.assertIn("1 known cause", err)
        out, _ = self.run_command("-", status=0, data=self.OTHER)
        self.assertEqual(out, self.OTHER)
        out, _ = self.run_command(status=0)
        self.assertEqual(out, "")
        for arguments, words in (
                (["/no/such/log"], "/no/such/log: No such file"),
                (["/"], "/: Is a directory"),
                (["-", "--deployment-dir", "/no/such"], "no /no/such")):
            _, err = self.run_command(*arguments, status=2)
            self.assertIn(words, err)
            self.assertNotIn("Traceback", err)

    def test_quiet_leaves_out_what_is_not_known(self):
        out, _ = self.run_command("-q", status=1,
                                  data=self.OTHER + self.DENIED)
        self.assertNotIn("what is this", out)
        self.assertIn("/srv/a", out)

    def test_what_is_not_known_and_repeats_is_counted(self):
        out, _ = self.run_command(status=0, data=self.OTHER * 3)
        self.assertEqual(out.count("what is this"), 1)
        self.assertIn("3 times", out)

    def test_no_colours_in_a_pipe_and_no_escapes_of_the_log(self):
        out, _ = self.run_command(
            status=1, data=self.DENIED.encode() + b"\x1b]0;evil\x07 \xff\n")
        self.assertNotIn("\x1b", out)
        self.assertIn(r"\x1b]0;evil\x07 \xff", out)

    def test_a_file_a_compressed_file_and_a_broken_one(self):
        with tempfile.TemporaryDirectory() as top:
            for name, opened in (("error.log", open),
                                 ("error.log.2.gz", gzip.open)):
                with opened(f"{top}/{name}", "wb") as stream:
                    stream.write(self.DENIED.encode())
                out, _ = self.run_command(f"{top}/{name}", status=1)
                self.assertIn("/srv/a", out)
            with open(f"{top}/error.log.2.gz", "r+b") as stream:
                stream.truncate(30)
            _, err = self.run_command(f"{top}/error.log.2.gz", status=2)
            self.assertIn("error.log.2.gz", err)

    def test_a_log_by_its_first_bytes(self):
        log = self.DENIED.encode()
        packed = {"gz": gzip.compress, "bz2": bz2.compress,
                  "xz": lzma.compress}
        written = {
            **{f"{kind}.1": pack(log) for kind, pack in packed.items()},
            "marked": self.DENIED.encode("utf-16"),
            "wide": self.DENIED.encode("utf-16-le"),
            "big": self.DENIED.encode("utf-16-be"),
            "carriage": log.replace(b"\n", b"\r\n"),
            "cut": b"\0" * 100000 + b"\n" + log}
        broken = {kind: b"".join((text[:2000], b"broken", text[2006:]))
                  for kind, pack in packed.items() for text in [pack(
                      random.Random(1).randbytes(300000).hex().encode())]}
        refused = {**broken, "zstd": b"\x28\xb5\x2f\xfd" + log,
                   "program": random.Random(1).randbytes(100000)}
        with tempfile.TemporaryDirectory() as top:
            for name, data in {**written, **refused}.items():
                with self.subTest(name):
                    with open(f"{top}/{name}", "wb") as stream:
                        stream.write(data)
                    out, err = self.run_command(
                        f"{top}/{name}", status=2 if name in refused else 1)
                    self.assertNotIn("Traceback", err)
                    if name in refused:
                        self.assertEqual(err.count("\n"), 1, err)
                        self.assertIn(f"{top}/{name}: ", err)
                    else:
                        self.assertIn("/srv/a", out)

    def test_json(self):
        out, _ = self.run_command("--json", status=1,
                                  data=self.DENIED * 2 + self.OTHER)
        found = json.loads(out)
        known, = found["known"]
        self.assertEqual((known["name"], known["count"], known["first"],
                          known["check"]),
                         ("denied", 2, "2026-11-20 19:00:00", "MWD311"))
        self.assertEqual(set(known) >= {"title", "cause", "fix", "where",
                                        "code", "log"}, True)
        self.assertEqual(found["unknown"][0]["line"] + "\n", self.OTHER)

    def test_paster(self):
        paster = os.path.join(os.path.dirname(COMMAND), "paster")
        with tempfile.NamedTemporaryFile() as log:
            log.write(self.DENIED.encode())
            log.flush()
            out, _ = self.run_command(
                name=[paster, "modwsgi_explain", log.name], status=1)
        self.assertIn("not allowed to serve /srv/a", out)

    def test_the_reader_of_the_pipe_may_go(self):
        data = "".join(f"{'x' * number} y\n" for number in range(1, 3000))
        done = subprocess.run(
            f"'{COMMAND}' explain | head -n 1", shell=True,
            input=data.encode(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60)
        self.assertNotIn(b"Error", done.stderr)


class WhileItGrows(unittest.TestCase):

    def test_each_cause_is_explained_once_after_its_lines(self):
        live = Live()
        one = live.annotate(traceback(second=1))
        self.assertEqual(one[:5], traceback(second=1))
        self.assertRegex(one[5], "error: the application raised KeyError")
        self.assertEqual(live.annotate(traceback(second=2)),
                         traceback(second=2))

    def test_a_traceback_that_comes_in_two_parts(self):
        live, lines = Live(), traceback()
        self.assertEqual(live.annotate(lines[:3]), lines[:3])
        rest = live.annotate(lines[3:])
        self.assertEqual(rest[:2], lines[3:])
        self.assertRegex(rest[2], "error: the application raised")

    def test_an_explanation_stands_before_the_next_record(self):
        first, second = traceback(), traceback("TypeError")
        told = live_lines(first + second)
        self.assertLess(told.index("KeyError: 'x' ("),
                        told.index(second[0].split("] ")[-1], 400))

    def test_lines_that_are_not_known_pass(self):
        lines = logged("anything\nand more")
        self.assertEqual(Live().annotate(lines), lines)


def live_lines(lines):
    return re.sub(r"\n +", "\n", "\n".join(Live().annotate(lines)))


if __name__ == "__main__":
    unittest.main()
