"""What was given on a command line or in a manifest, as values."""

import os
import unittest

from modwsgideploy.backends import BACKENDS
from modwsgideploy.cli.table import COMMANDS
from modwsgideploy.commands import inputs
from modwsgideploy.errors import Collector, DeployError
from modwsgideploy.model.site import Site
from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.sites.delivered_files import HASHED_NAMES
from modwsgideploy.sites.kinds import convert
from modwsgideploy.sites.options import (
    ALL_COMMANDS,
    BY_FIELD,
    BY_NAME,
    OPTIONS,
    Setting,
    parse,
)
from modwsgideploy.sites.resolve import choose, make_site
from tests.support.fakes import FAKES


def value(name, text):
    """The value that ``text`` gives the option ``name``."""
    given = Setting(text, "--" + name)
    with Collector() as collect:
        return parse({name: given}, collect)[name.replace("-", "_")]


class Values(unittest.TestCase):

    def test_a_trailing_slash_of_the_mount_point_goes(self):
        self.assertEqual(value("mount-point", "/myapp/"), "/myapp")
        self.assertEqual(value("mount-point", "/"), "/")

    def test_a_name_that_apache_would_read_is_refused(self):
        for name in ("evil.conf", "Evil.CONF", ".evil"):
            with self.assertRaisesRegex(DeployError, "--name: "):
                convert("name", name, "--name")

    def test_paths_are_normalised(self):
        self.assertEqual(value("deployment", "/srv//x/../y/"), "/srv/y")

    def test_host_names_are_lowered_and_internationalised(self):
        self.assertEqual(value("server-name", "WWW.Example.COM"),
                         "www.example.com")
        self.assertEqual(value("server-name", "bücher.example"),
                         "xn--bcher-kva.example")

    def test_a_dot_that_ends_a_host_name_goes(self):
        self.assertEqual(value("server-name", "a.example."), "a.example")
        self.assertEqual(value("server-alias", ("*.example.",)),
                         ("*.example",))

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
                ("server-name", "[a]"), ("server-name", "[::1]"),
                ("server-name", "::1"), ("server-name", "x.example:80"),
                ("server-name", "*.example"), ("server-name", "1234"),
                ("server-name", "a.1"), ("server-name", "1.2.3"),
                ("server-name", "01.2.3.4"), ("server-name", "a..b"),
                ("port", "0"), ("port", "65536"), ("port", "http"),
                ("processes", "0"), ("processes", "two"),
                ("threads", "-1"), ("umask", "999"), ("user", "a b"),
                ("user", "root"), ("user", "#0"), ("group", "root"),
                ("group", "#00"),
                ("deployment", "relative"), ("deployment", "/a*"),
                ("mode", "turbo"), ("queue-timeout", "1m"),
                ("apache-version", "2.0"), ("mod-wsgi-version", "latest"),
                ("in-place", "perhaps"), ("name", "a/b"),
                ("header-buffer-size", "8191"),
                ("trusted-proxy", ("proxy.example",)),
                ("trusted-proxy", ("10.0.0.0/33",)),
                ("skip", ("MWD999",)), ("application", "mysite"),
                ("application", "my site:app"), ("application", "a:b("),
                ("locale", "C UTF-8"), ("static", ("/files",)),
                ("static", ("/=/srv/files",)), ("static-hashed", "-[0-9"),
                ("access-log-format", "%{Referer"),
                ("access-log-format", "% h"), ("access-log-format", "100%"),
                ("compress", "gzip"), ("static-cache", "1h"),
                ("access-log-format", "jason"),
                ("error-page", ("404",)), ("error-page", ("200=/srv/x",)),
                ("error-page", ("503=x.html",)), ("canonical", "https://x/"),
                ("request-read-timeout", "header=x")):
            message, = self.errors(**{name.replace("-", "_"): text})
            self.assertTrue(message.startswith("--" + name), message)
            text = text if isinstance(text, str) else text[0]
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


# What the words of a default that varies come to, for the project and the
# choices of `Defaults`; each is given as an option there.
DERIVED = {
    "mount-point": "/",
    "port": "443",
    "certificate": "",
    "certificate-key": "/etc/ssl/shop.pem",
    "name": "myapp",
    "framework": "turbogears2",
    "application": None,     # none: a Paste configuration names it
    "config": "production.ini",
    "baseline": "/usr/local/pythonenv/BASELINE",
    "virtualenv": "/usr/local/pythonenv/myapp",
    "egg-cache": "/usr/local/pythonenv/myapp/python-eggs",
    "home": "/usr/local/turbogears/myapp",
    "log-directory": "/var/log/apache2",
    "static": tuple(
        f"{url}=/usr/local/turbogears/myapp/myapp/public{url}"
        for url in ("/css", "/favicon.ico", "/img")),
    "fastcgi-socket": "/run/myapp/fastcgi.sock",
    "web-directory": "/var/www/html/myapp",   # of a site without a host
    "app-server": "granian",
    "interface": "wsgi",
    "http-socket": "/run/myapp/http.sock",
    "python-interpreter": "myapp@shop.example",
    "mutex-directory": "/run/apache2",
    "precompressed": "no",
    "static-hashed": HASHED_NAMES,
    "platform": "debian",
    "mod-wsgi-version": "4.9",
    "output-dir": os.path.join(FAKES, "turbogears2", "apache"),
}
# The same for words beside a default that is the same for every site.
CONSTANT = ("daemon", "process-memory", "processes", "user", "group")


class Defaults(unittest.TestCase):
    """The default that help and documentation print is the one in force."""

    def site(self, directory="turbogears2", **given):
        settings = {
            "server-name": "shop.example", "platform": "debian",
            "certificate": "/etc/ssl/shop.pem", **{
                name.replace("_", "-"): value
                for name, value in given.items()}}
        return make_site(*inputs.read(
            os.path.join(FAKES, directory),
            {name: Setting(value, "--" + name)
             for name, value in settings.items()}))

    def backend(self, option):
        """Choices with which an option has an effect."""
        found = {"backend": option.backends[0]} if option.backends else {}
        if option.name == "fastcgi-socket":
            found["fastcgi_mode"] = "proxy"
        elif option.name == "web-directory":
            found.update(fastcgi_mode="htaccess", server_name="",
                         certificate="")
        return found

    def test_each_default_is_what_is_in_force_without_the_option(self):
        for option in OPTIONS:
            with self.subTest(option.name):
                given = DERIVED.get(option.name, option.default)
                if given is None or option.name in (
                        "server-name", "certificate"):
                    continue
                if option.many and not given:
                    given = ()
                # The other one names an SQLite file.
                project = ("paste" if option.name == "processes"
                           else "turbogears2")
                made, asked = (
                    self.site(project, **{**self.backend(option), **more})
                    for more in ({}, {option.field: given}))
                if option.name == "static":
                    # Given ones are said to be directories.
                    made, asked = ([one[:2] for one in site.static]
                                   for site in (made, asked))
                self.assertEqual(made, asked)

    def test_each_row_says_where_its_default_comes_from(self):
        for option in OPTIONS:
            with self.subTest(option.name):
                self.assertEqual(option.rule is not None,
                                 option.name in DERIVED)
                self.assertEqual(
                    bool(option.derived),
                    option.name in DERIVED or option.name in CONSTANT)
                if option.rule:
                    self.assertEqual(option.default, "")
                if option.derived:
                    self.assertTrue(
                        option.shown_default.startswith(option.derived))

    def test_defaults_in_place(self):
        here = os.path.join(FAKES, "turbogears2")
        site = self.site(in_place="yes")
        self.assertEqual(site, self.site(
            in_place="yes", baseline="", virtualenv="", egg_cache="",
            home=here))
        self.assertIn("with --in-place: none",
                      BY_NAME["baseline"].shown_default)

    def test_the_home_of_shared_processes(self):
        self.assertEqual(self.site(daemon="all").home, "/")
        self.assertIn("with --daemon: /", BY_NAME["home"].shown_default)

    def test_defaults_of_backends_and_frameworks_are_printed(self):
        self.assertRegex(BY_NAME["processes"].shown_default,
                         "2; 1 where .*; FastCGI: 10; TurboGears 1,"
                         " TurboGears 1.5: 1")
        self.assertEqual(BY_NAME["threads"].shown_default,
                         "15; TurboGears 1, TurboGears 1.5: 25")
        self.assertEqual(self.site("paste", backend="fastcgi").processes, 10)
        self.assertEqual(self.site(backend="fastcgi").processes, 1)
        site = self.site("turbogears15")
        self.assertEqual((site.processes, site.threads), (1, 25))
        for table in (BACKENDS, FRAMEWORKS):
            for one in table.values():
                defaults = getattr(one, "DEFAULTS", None) or getattr(
                    one, "defaults", {})
                for field, value in defaults.items():
                    option = BY_FIELD[field]
                    if one in BACKENDS.values() and option.backends and (
                            one is not BACKENDS[option.backends[0]]):
                        continue
                    self.assertIn(f": {value}", option.shown_default)

    def test_the_configuration_of_each_framework_is_printed(self):
        shown = BY_NAME["config"].shown_default
        for framework in FRAMEWORKS.values():
            self.assertIn(framework.config, shown)

    def test_a_site_without_a_host(self):
        project, choices, platform = inputs.read(
            os.path.join(FAKES, "turbogears2"),
            {"platform": Setting("debian", "")})
        site = make_site(project, choices, platform)
        self.assertEqual(site, self.site(server_name="", certificate=""))
        self.assertEqual((site.port, site.mount_point, site.process_group),
                         (80, "/myapp", "myapp"))


class Https(unittest.TestCase):
    """What --https needs, and what does not go with it."""

    AUTHORITY = {"acme-agree": "yes", "acme-contact": "me@example.com"}

    def refusals(self, **given):
        """What is refused of these options, as "OPTION: begin"."""
        settings = {name.replace("_", "-"): Setting(
            text, "--" + name.replace("_", "-")) for name, text in
            {"server_name": "shop.example", **given}.items()}
        try:
            with Collector() as collect:
                choose(settings, collect)
        except DeployError as error:
            return [message.partition(";")[0] for message in error.messages]
        return []

    def test_what_it_needs(self):
        for mode in "auto", "certbot":
            consent, contact = self.refusals(https=mode)
            self.assertIn("needs your consent", consent)
            self.assertIn("needs an address", contact)
            self.assertEqual(self.refusals(https=mode, **self.AUTHORITY), [])
        self.assertEqual(self.refusals(https="self-signed"), [])
        self.assertIn("--https: needs a VirtualHost", str(self.refusals(
            https="self-signed", server_name="")))

    def test_what_does_not_go_with_it(self):
        for mode, given, words in (
                ("auto", {"certificate": "/c.pem"}, "--certificate: with"),
                ("auto", {"server_alias": ("*.shop.example",)},
                 "'*.shop.example'"),
                ("certbot", {"hsts": "yes"}, "--hsts: has no effect"),
                ("certbot", {"acme_ca": "/ca.pem"}, "--acme-ca: certbot"),
                ("certbot", {"port": "8080"}, "--port: certbot needs"),
                ("auto", {"acme_contact": "me"}, "'me' is not valid"),
                ("auto", {"acme_directory": "http://x/y"}, "is not valid"),
                ("auto", {"apache_version": "2.2"}, "--https: HTTPS is")):
            with self.subTest(mode=mode, given=given):
                refused = self.refusals(
                    https=mode, **{**self.AUTHORITY, **given})
                self.assertEqual(len(refused), 1, refused)
                self.assertIn(words, refused[0])

    def test_without_it_there_is_nothing_to_redirect_to(self):
        for option in ({"redirect": "no"}, {"hsts": "yes"}):
            refused, = self.refusals(**option)
            self.assertIn("needs HTTPS", refused)
        self.assertEqual(self.refusals(certificate="/c.pem", redirect="no"),
                         [])


class Table(unittest.TestCase):

    def test_every_option_is_a_field_of_the_site(self):
        for option in OPTIONS:
            self.assertIn(option.field, Site._fields)

    def test_every_kind_exists(self):
        from modwsgideploy.sites.kinds import KINDS

        for option in OPTIONS:
            if option.kind != "choice":
                self.assertIn(option.kind, KINDS)

    def test_an_empty_default_can_be_given(self):
        for option in OPTIONS:
            if not (option.default or option.rule):
                self.assertTrue(option.can_be_empty, option.name)

    def test_every_backend_and_command_exists(self):
        for option in OPTIONS:
            self.assertLessEqual(set(option.backends), set(BACKENDS))
            self.assertLessEqual(set(option.commands), set(ALL_COMMANDS))
        self.assertLessEqual(set(ALL_COMMANDS), set(COMMANDS))

    def test_every_framework_is_named_in_the_help(self):
        for name in FRAMEWORKS:
            self.assertIn(name, BY_NAME["framework"].help)

    def test_a_command_has_no_option_that_it_cannot_use(self):
        for command, name in (
                ("disable", "queue-timeout"), ("disable", "threads"),
                ("check", "processes"), ("enable", "env"),
                ("serve", "certificate"), ("serve", "user"),
                ("batch", "name"), ("batch", "output-dir"),
                ("plan", "umask")):
            self.assertNotIn(command, BY_NAME[name].commands, name)
        for name in ("name", "output-dir", "platform", "backend"):
            self.assertIn("disable", BY_NAME[name].commands, name)


if __name__ == "__main__":
    unittest.main()
