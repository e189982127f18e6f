"""Quoted text, read back by the program it was quoted for."""

import ast
import subprocess
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st

from modwsgideploy import quoting
from modwsgideploy.errors import DeployError
from tests import support
from tests.support.fuzzing import examples

AWKWARD = (
    "plain", "with space", 'a "quoted" word', "it's", "back\\slash", "\\",
    'end\\"', "$1", "%{GLOBAL}", "100%", "#5", "~user", "a;b|c&d", "`id`",
    "$(id)", "<b>&amp;</b>", "schöne Grüße", "日本語", "*?[x]", "-n", "")

VALUES = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=("C", "Z")), max_size=30),
    st.text(" \\\"'$%#`<>&;|()", max_size=12))


def quotable(value):
    """Whether `require_quotable` lets ``value`` pass."""
    try:
        return quoting.require_quotable(value, "--here") == value
    except DeployError:
        return False


class WhatCannotBeQuoted(unittest.TestCase):

    def check_refused(self, value, *words):
        with self.assertRaises(DeployError) as caught:
            quoting.require_quotable(value, "--env")
        for word in ("--env", repr(value), *words):
            self.assertIn(word, str(caught.exception))

    def test_variables_of_apache_are_refused(self):
        self.check_refused("a${HOME}", "${")

    def test_line_breaks_and_control_characters_are_refused_by_number(self):
        self.check_refused("a\nb", "U+000A")
        self.check_refused("a\x00b", "U+0000")
        self.check_refused("a\x7f", "U+007F")

    def test_invisible_characters_are_refused(self):
        self.check_refused("a\u200bb", "U+200B")
        self.check_refused("a\u2028b", "U+2028")

    def test_bytes_that_are_not_utf8_are_refused(self):
        self.check_refused(b"caf\xe9".decode("utf-8", "surrogateescape"),
                           "U+DCE9")


class Quoted(unittest.TestCase):

    @given(VALUES)
    def test_python_reads_the_value_back(self, value):
        if quotable(value):
            self.assertEqual(ast.literal_eval(quoting.python(value)), value)

    @given(st.lists(VALUES, min_size=1, max_size=5))
    @settings(max_examples=examples(60), deadline=None)
    def test_a_shell_reads_the_value_back(self, values):
        values = [value for value in values if quotable(value)]
        words = " ".join(quoting.shell(value) for value in values)
        out = subprocess.run(
            ["sh", "-c", f"printf '%s\\n' {words}"], check=True,
            stdout=subprocess.PIPE, encoding="utf-8").stdout
        self.assertEqual(out, "".join(value + "\n" for value in values)
                         or "\n")

    def test_html_reads_the_value_back(self):
        from html.parser import HTMLParser

        for value in AWKWARD:
            seen = []
            parser = HTMLParser()
            parser.handle_starttag = lambda tag, attrs, seen=seen: (
                seen.extend(attrs))
            parser.feed(f'<a title="{quoting.html(value)}">')
            self.assertEqual(seen, [("title", value)])

    def test_python_2_reads_the_same_bytes(self):
        python2 = support.python2()
        if not python2:
            self.skipTest(support.NO_PYTHON2)
        source = "# -*- coding: utf-8 -*-\nimport sys\n" + "".join(
            f"sys.stdout.write({quoting.python(value)} + '\\n')\n"
            for value in AWKWARD)
        out = subprocess.run([python2, "-c", source], check=True,
                             stdout=subprocess.PIPE).stdout
        self.assertEqual(out.decode("utf-8"),
                         "".join(value + "\n" for value in AWKWARD))


class PasteUris(unittest.TestCase):

    def test_paste_deploy_opens_the_very_file(self):
        import os
        import tempfile

        from paste.deploy import appconfig

        for name in ("a b.ini", "a#b.ini", "a\\b.ini",
                     "ü.ini", "a?b.ini"):
            with tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, name)
                with open(path, "w") as stream:
                    stream.write("[app:main]\nuse = egg:Paste#static\n"
                                 "document_root = /\nmark = found\n")
                config = appconfig(quoting.paste_uri(path))
                self.assertEqual(config["mark"], "found")


if __name__ == "__main__":
    unittest.main()
