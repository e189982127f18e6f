"""What was given on a command line or in a manifest, as values."""

import os
import unittest

from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.sites.options import OPTIONS, Setting, parse


def value(name, text):
    """The value that ``text`` gives the option ``name``."""
    given = Setting(text, "--" + name)
    with Collector() as collect:
        return parse({name: given}, collect)[name.replace("-", "_")]


class Values(unittest.TestCase):

    def test_a_trailing_slash_of_the_mount_point_goes(self):
        self.assertEqual(value("mount-point", "/myapp/"), "/myapp")
        self.assertEqual(value("mount-point", "/"), "/")

    def test_paths_are_normalised(self):
        self.assertEqual(value("deployment", "/srv//x/../y/"), "/srv/y")

    def test_host_names_are_lowered_and_internationalised(self):
        self.assertEqual(value("server-name", "WWW.Example.COM"),
                         "www.example.com")
        self.assertEqual(value("server-name", "bücher.example"),
                         "xn--bcher-kva.example")

    def test_empty_means_none(self):
        for name in ("baseline", "virtualenv", "egg-cache", "locale"):
            self.assertEqual(value(name, ""), "")
        self.assertEqual(value("static", ("",)), ())

    def test_variables_keep_equals_signs_and_spaces(self):
        self.assertEqual(value("env", ("A=b=c d", "E=")),
                         (("A", "b=c d"), ("E", "")))

    def test_flags_take_the_usual_words(self):
        self.assertIs(value("in-place", "Yes"), True)
        self.assertIs(value("in-place", "off"), False)

    def test_zero_leaves_slow_clients_alone(self):
        self.assertEqual(value("request-read-timeout", "0"), "")


class Errors(unittest.TestCase):

    def errors(self, **given):
        with self.assertRaises(DeployError) as caught:
            with Collector() as collect:
                parse({name.replace("_", "-"):
                       Setting(text, "--" + name.replace("_", "-"))
                       for name, text in given.items()}, collect)
        return caught.exception.messages

    def test_each_names_the_value_its_source_and_what_to_give(self):
        for name, text in (
                ("mount-point", "myapp"), ("mount-point", "/a/../b"),
                ("mount-point", ""), ("config", ""), ("output-dir", ""),
                ("server-name", "http://x/"),
                ("server-name", "-x"), ("server-name", "a" * 300),
                ("port", "0"), ("port", "65536"), ("port", "http"),
                ("processes", "0"), ("processes", "two"),
                ("threads", "-1"), ("umask", "999"), ("user", "a b"),
                ("deployment", "relative"), ("deployment", "/a*"),
                ("mode", "turbo"), ("queue-timeout", "1m"),
                ("apache-version", "2.0"), ("mod-wsgi-version", "latest"),
                ("in-place", "perhaps"), ("name", "a/b"),
                ("header-buffer-size", "8191"),
                ("request-read-timeout", "header=x")):
            message, = self.errors(**{name.replace("-", "_"): text})
            self.assertTrue(message.startswith("--" + name), message)
            self.assertIn(repr(text), message)
            self.assertIn("; give ", message)

    def test_a_relative_path_that_is_there_is_told_as_an_absolute_one(self):
        here = os.path.relpath(os.path.dirname(os.path.abspath(__file__)))
        for text, path in ((here, os.path.abspath(here)),
                           ("no/venv", "/srv/no/venv"), ("", "/srv/app")):
            message, = self.errors(deployment=text)
            self.assertEqual(message.partition("; ")[2],
                             f"give an absolute path, such as {path}")

    def test_all_of_one_run_are_told_at_once(self):
        self.assertEqual(len(self.errors(
            port="x", mode="y", env=("1=2", "B"), threads="z")), 5)

    def test_an_unknown_name_gets_the_one_that_was_meant(self):
        message, = self.errors(mount_pont="/x")
        self.assertIn("did you mean 'mount-point'", message)


class Table(unittest.TestCase):

    def test_every_option_is_a_field_of_the_site(self):
        here = {"platform", "apache_version", "mod_wsgi_version"}
        fields = set(Site._fields) | here
        for option in OPTIONS:
            self.assertIn(option.field, fields)

    def test_every_kind_exists(self):
        from modwsgideploy.sites.kinds import KINDS

        for option in OPTIONS:
            if option.kind != "choice":
                self.assertIn(option.kind, KINDS)


if __name__ == "__main__":
    unittest.main()
