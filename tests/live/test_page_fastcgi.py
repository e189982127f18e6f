"""The diagnostics page under FastCGI: real mod_fcgid, real flup."""

import os
import tempfile
import unittest
from pathlib import Path

from tests.support import fastcgi_samples as samples
from tests.support.deployed import deployed
from tests.support.fastcgi import HOST, by_fcgid, by_htaccess
from tests.support.pages import LOCAL, sections, wrong

PAGE = "/test.fcgi"
OF_THE_HOST = {"server-name": HOST, "mount-point": "/"}


class Green(unittest.TestCase):
    """A clean deployment gives no red line."""

    def check(self, run, choices, *expected, **options):
        with tempfile.TemporaryDirectory() as eggs, \
                tempfile.TemporaryDirectory() as home:
            os.chmod(eggs, 0o777)
            os.chmod(home, 0o755)
            with run(samples.wire(), {
                    **LOCAL, "egg-cache": eggs, "home": home,
                    "umask": "0037", **choices}, **options) as site:
                self.check_page(site, expected)

    def check_page(self, site, expected):
        self.assertEqual(wrong(site, PAGE), {})
        told, facts = sections(site, PAGE)
        self.assertTrue(told["ok"])
        self.assertEqual(
            [row["name"] for row in told["sections"][0]["rows"]],
            ["Set-up", "Virtualenv", "Mount point", "User", "Umask",
             *expected, "Working directory", "Configuration", "Egg cache",
             "Project"])
        self.assertEqual(facts["Server"]["Module"], "fastcgi")
        self.assertNotIn("unknown", facts["sys.path"])
        # The application is where it was, whatever was asked first.
        below = site.sites[0].below
        for path in ("/x", "/test.fcgix"):
            self.assertEqual(site.text(path), f"{below}\n{path}\n")
        self.assertIn("<h1>wire_app runs as deployed</h1>",
                      site.text(PAGE + "/more"))
        self.assertNotIn("error]", site.log())

    def test_in_each_mode_below_a_path_and_at_the_root(self):
        for mode in ("alias", "wrapper"):
            for choices in ({}, {"mount-point": "/"}, OF_THE_HOST,
                            {"server-name": HOST,
                             "mount-point": "/my app/ü"}):
                with self.subTest(mode=mode, **choices):
                    self.check(by_fcgid, {"fastcgi-mode": mode, **choices},
                               "Locale")

    def test_without_a_locale_of_its_own(self):
        self.check(by_fcgid, {"locale": ""})

    def test_by_htaccess_below_a_path_and_at_the_root(self):
        for mount_point in ("/~me/my app", "/"):
            self.check(by_htaccess, {}, mount_point=mount_point)

    def test_where_no_plain_first_line_starts_the_python(self):
        for name in ("x" * 120, "it's \"ü\" $1 %h"):
            with tempfile.TemporaryDirectory() as top:
                os.chmod(top, 0o755)
                virtualenv = Path(top, name)
                virtualenv.symlink_to(samples.wire().virtualenv)
                sample = samples.wire()._replace(virtualenv=virtualenv)
                for run, mode in ((by_fcgid, "alias"), (by_fcgid, "wrapper"),
                                  (by_htaccess, "htaccess")):
                    with self.subTest(name=name, mode=mode), run(sample, {
                            **LOCAL, "egg-cache": "",
                            "fastcgi-mode": mode}) as site:
                        self.assertEqual(wrong(site, PAGE), {})


class Red(unittest.TestCase):
    """What is not as it was deployed gives a red line, and no other."""

    def check(self, edit, expected, words, **choices):
        with by_fcgid(samples.wire(), {**LOCAL, "egg-cache": "", **choices},
                      edit=edit) as site:
            found = wrong(site, PAGE)
            self.assertEqual(list(found), expected, found)
            self.assertRegex(found[expected[-1]], words)

    def test_the_virtualenv(self):
        self.check(lambda site: replace(
            site, "test.fcgi", f"#!{site.virtualenv}/bin/python\n",
            "#!/usr/bin/env python3\nimport sys\n"
            f"sys.path.append({flup_of(site)!r})\n"),
            ["Virtualenv"], "/usr; deployed: .*virtualenv")

    def test_the_locale(self):
        self.check(lambda site: replace(
            site, site.name, "LANG=C.UTF-8", "LC_ALL=POSIX"),
            ["Locale"], "; deployed: C.UTF-8")

    def test_the_mount_point(self):
        with by_fcgid(samples.wire(), LOCAL, edit=lambda site: replace(
                site, site.name, "Alias /wire_app/", "Alias /moved/")
                ) as site:
            self.assertIn(
                "/moved/test.fcgi; deployed: /wire_app/test.fcgi",
                site.server.get("/moved/test.fcgi").body.decode())

    def test_a_home_that_is_gone(self):
        with tempfile.TemporaryDirectory() as top:
            # The application itself would not start there.
            home = f"{top}/home"
            os.mkdir(home)
            os.chmod(top, 0o755)
            with by_fcgid(samples.wire(), {
                    **LOCAL, "egg-cache": "", "home": home}) as site:
                os.rmdir(home)
                found = wrong(site, PAGE)
                self.assertEqual(set(found), {
                    "Set-up", "Umask", "Working directory"})
                self.assertIn(f"No such file or directory: '{home}'",
                              found["Set-up"])


def replace(site, name, old, new):
    """Edit a file of the deployment by hand."""
    path = Path(site.output_dir, name)
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new))


def flup_of(site):
    """The packages of the site's virtualenv, in which flup is."""
    found, = Path(site.virtualenv, "lib").glob("python3*/site-packages")
    return str(found)


class Access(unittest.TestCase):

    def refused(self, site, **headers):
        answer = site.get(PAGE, headers={
            name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual(answer.status, 403)
        self.assertNotIn(b"sys.path", answer.body)
        return answer.body

    def test_a_request_that_was_passed_on_is_refused(self):
        for run, choices in (
                (by_fcgid, {}), (by_fcgid, OF_THE_HOST),
                (by_fcgid, {"fastcgi-mode": "wrapper"}), (by_htaccess, {})):
            with self.subTest(run.__name__, **choices), \
                    run(samples.wire(), {**LOCAL, **choices}) as site:
                self.assertEqual(site.get(PAGE).status, 200)
                for value in ("127.0.0.1", "192.0.2.1"):
                    # By Apache, then by the page itself.
                    self.assertNotIn(b"own machine", self.refused(
                        site, X_Forwarded_For=value))
                    self.assertIn(b"own machine", self.refused(
                        site, Forwarded="for=" + value))

    def test_so_is_one_from_elsewhere(self):
        """mod_remoteip makes one, so that no other machine is needed."""
        def edit(site):
            path = Path(site.output_dir, site.name)
            path.write_text("RemoteIPHeader X-Seen\n" + path.read_text())

        with deployed((samples.wire(), {"backend": "fastcgi", **LOCAL}),
                      backend_modules=("fcgid", "remoteip"),
                      edit=edit) as site:
            self.assertEqual(site.get(PAGE).status, 200)
            self.assertNotIn(b"own machine", self.refused(
                site, X_Seen="192.0.2.1"))

    def test_everybody_sees_it_where_the_site_says_so(self):
        for run, choices in (
                (by_fcgid, {}), (by_fcgid, OF_THE_HOST),
                (by_fcgid, {"fastcgi-mode": "wrapper"}), (by_htaccess, {})):
            with self.subTest(run.__name__, **choices), \
                    run(samples.wire(), {"test-page": "all",
                                         **choices}) as site:
                self.assertEqual(site.get(PAGE, headers={
                    "X-Forwarded-For": "192.0.2.1"}).status, 200)

    def test_nobody_unless_asked_for(self):
        """The address is the application's then."""
        for run, choices in ((by_fcgid, {}), (by_fcgid, OF_THE_HOST),
                             (by_htaccess, {})):
            with run(samples.wire(), choices) as site:
                below = site.sites[0].below
                self.assertEqual(site.text(PAGE), f"{below}\n{PAGE}\n")

    def test_its_source_is_never_shown(self):
        for modules in ((), ("fcgid",)):
            with by_htaccess(samples.wire(), LOCAL, modules) as site:
                for path in (PAGE, PAGE + "/", "/./test.fcgi",
                             "/%74est.fcgi", PAGE + "%00", "/TEST.FCGI"):
                    answer = site.get(path)
                    self.assertNotIn(b"def application", answer.body, path)


if __name__ == "__main__":
    unittest.main()
