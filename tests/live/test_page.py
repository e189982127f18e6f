"""The diagnostics page on a real Apache, in a real browser."""

import hashlib
import os
import re
import tempfile
import unittest
from pathlib import Path

from tests.support import samples
from tests.support.browser import Browser
from tests.support.deployed import deployed
from tests.support.pages import LOCAL, sections, wrong

HOST = "www.example.com"
EVIL = "\"'><script>document.title='pwned'</script><img src=x>&lt;"


def _replace(site, old, new):
    """Edit Apache's configuration by hand."""
    path = Path(site.output_dir, site.name)
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new))


class EggCache(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.eggs = directory.name
        os.chmod(self.eggs, 0o777)


class Green(EggCache):
    """A clean deployment gives no red line."""

    def check(self, sample, modules=None, **choices):
        with deployed((sample, {**LOCAL, "egg-cache": self.eggs, **choices}),
                      modules=modules) as site:
            self.assertEqual(wrong(site), {}, (sample.name, choices))
            told, facts = sections(site)
            self.assertTrue(told["ok"])
            self.assertEqual(facts["Server"]["Module"],
                             f"mod_wsgi {site.server.mod_wsgi.version}")

    def test_of_each_sample(self):
        for make in samples.SAMPLES:
            with self.subTest(make.__name__):
                self.check(make())

    def test_of_each_way_to_run_on_both_versions(self):
        baseline = str(samples.baseline())
        for modules in (None, samples.mod_wsgi_6()):
            for choices in (
                    {}, {"mode": "embedded"}, {"baseline": baseline},
                    {"baseline": baseline, "preload": "no"},
                    {"mode": "embedded", "baseline": baseline},
                    {"processes": "1", "threads": "1"},
                    {"server-name": HOST, "mount-point": "/"},
                    {"mount-point": "/a b/ünï"},
                    {"user": "www-data", "group": "www-data"},
                    {"user": "#33"}):
                with self.subTest(modules=modules, **choices):
                    self.check(samples.conflict(), modules, **choices)


class Red(EggCache):
    """What is not as it was deployed gives a red line, and no other."""

    def check(self, edit, expected, words, **choices):
        """``edit`` is (old, new) in Apache's configuration, or a callable."""
        def change(site):
            if callable(edit):
                edit(site)
            else:
                _replace(site, *edit)

        sample = samples.conflict()
        with deployed((sample, {**LOCAL, "egg-cache": self.eggs, **choices}),
                      edit=change) as site:
            found = wrong(site)
            self.assertEqual(set(found), set(expected), found)
            self.assertRegex(found[expected[0]], words)
            self.assertIn(f"differs from its deployment: {expected[0]}",
                          site.text("/test.wsgi"))

    def test_the_process_group(self):
        self.check(lambda site: _replace(
            site, f"{site.output_dir}/test.wsgi \\\n    process-group="
            "conflict_app", f"{site.output_dir}/test.wsgi \\\n"
            "    process-group=%{GLOBAL}"),
            ["Process group", "Virtualenv", "Processes and threads", "Umask",
             "Locale", "Working directory"],
            "^none: embedded; deployed: conflict_app$")

    def test_the_virtualenv(self):
        self.check((f"python-home={samples.conflict().virtualenv}",
                    f"python-home={samples.baseline()}"),
                   ["Virtualenv"], "baseline; deployed: ", preload="no")

    def test_the_baseline(self):
        self.check(lambda site: os.remove(f"{site.output_dir}/baseline.conf"),
                   ["Baseline"], "/usr; deployed: .*/baseline",
                   baseline=str(samples.baseline()))

    def test_the_mount_point(self):
        with deployed((samples.paste(), {**LOCAL, "egg-cache": self.eggs}),
                      edit=lambda site: _replace(
                          site, "Alias /plain_app/", "Alias /moved/")
                      ) as site:
            page = site.server.get("/moved/test.wsgi").body.decode()
            self.assertIn("/moved/test.wsgi; deployed: /plain_app/test.wsgi",
                          page)
            self.assertIn("differs from its deployment: Mount point", page)

    def test_processes_and_threads(self):
        self.check(("threads=15", "threads=3"), ["Processes and threads"],
                   "2 and 3; deployed: 2 and 15")

    def test_the_user_and_the_group(self):
        self.check(("user=www-data", "user=nobody"), ["User"],
                   r"nobody \(\d+\); deployed: www-data \(\d+\)",
                   user="www-data")
        self.check(("group=nogroup", "group=www-data"), ["Group"],
                   r"www-data \(\d+\); deployed: nogroup \(\d+\)",
                   group="nogroup")

    def test_the_umask(self):
        self.check(("umask=0027", "umask=0022"), ["Umask"],
                   "0022; deployed: 0027")

    def test_the_locale(self):
        self.check(("=C.UTF-8", "=C"), ["Locale"],
                   "C; deployed: C.UTF-8, file names in ascii")

    def test_the_working_directory(self):
        self.check((f"home={samples.conflict().directory}", "home=/tmp"),
                   ["Working directory"], "/tmp; deployed: ")

    def test_the_egg_cache(self):
        self.check(lambda site: os.chmod(self.eggs, 0o700), ["Egg cache"],
                   "is NOT writable")

    def test_the_configuration_and_the_project(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.bare().copy(Path(top, "project"))
            with deployed((sample, {**LOCAL, "egg-cache": self.eggs})
                          ) as site:
                self.assertEqual(wrong(site), {})
                Path(sample.directory, sample.config).chmod(0)
                self.assertRegex(wrong(site)["Configuration"],
                                 "Permission denied")

    def test_the_virtualenv_that_is_layered(self):
        with tempfile.TemporaryDirectory() as empty:
            Path(empty).chmod(0o755)
            # Nothing asks the application itself, which cannot be loaded.
            self.check(("WSGIScriptAlias /conflict_app ",
                        "WSGIScriptAlias /elsewhere "),
                       ["Set-up", "Virtualenv"],
                       f"nothing can be seen below {empty}", preload="no",
                       virtualenv=empty, baseline=str(samples.baseline()))


class Access(unittest.TestCase):

    def test_a_request_that_was_passed_on_is_refused(self):
        for choices in ({}, {"trusted-proxy": "127.0.0.1"},
                        # whose header mod_wsgi takes away
                        {"trusted-proxy": "10.0.0.1"}):
            with self.subTest(**choices), deployed(
                    (samples.paste(), {**LOCAL, **choices})) as site:
                self.assertEqual(site.get("/test.wsgi").status, 200)
                for value in ("127.0.0.1", "192.0.2.1"):
                    answer = site.get("/test.wsgi", headers={
                        "X-Forwarded-For": value})
                    self.assertEqual(answer.status, 403)
                    self.assertNotIn(b"sys.path", answer.body)

    def test_everybody_sees_it_where_the_site_says_so(self):
        with deployed((samples.paste(), {"test-page": "all"})) as site:
            self.assertEqual(site.get("/test.wsgi", headers={
                "X-Forwarded-For": "192.0.2.1"}).status, 200)

    def test_its_answer_is_kept_nowhere(self):
        with deployed((samples.paste(), LOCAL)) as site:
            answer = site.get("/test.wsgi")
            self.assertEqual(answer.header("Cache-Control"), "no-store")
            self.assertIn("noindex", answer.header("X-Robots-Tag"))
            self.assertNotIn("error]", site.log())


class InABrowser(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()

    def check_quiet(self):
        """The browser had nothing to complain of, and fetched one thing."""
        told = [message["params"] for message in self.browser.messages
                if message["method"] in ("Log.entryAdded",
                                         "Runtime.exceptionThrown",
                                         "Runtime.consoleAPICalled")]
        # Every browser asks a site for that.
        told = [one for one in told if "favicon" not in str(one)]
        self.assertEqual(told, [])

    def test_it_fits_a_phone_and_a_desktop_in_light_and_dark(self):
        with deployed((samples.turbogears2(), {
                **LOCAL, "env": ("LONG=" + "x" * 2000,)})) as site:
            url = site.server.url + "/test.wsgi"
            pictures = set()
            for width in (390, 1280):
                for dark in (False, True):
                    self.browser.open(url, width, dark=dark)
                    self.assertEqual(self.browser.evaluate("innerWidth"),
                                     width)
                    self.assertLessEqual(self.browser.evaluate(
                        "document.documentElement.scrollWidth"), width)
                    # The policy let the page's own style pass.
                    self.assertEqual(self.browser.evaluate(
                        "getComputedStyle(document.body).backgroundColor"),
                        "rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)")
                    self.check_quiet()
                    with tempfile.NamedTemporaryFile() as picture:
                        self.browser.screenshot(picture.name)
                        pictures.add(hashlib.sha256(
                            Path(picture.name).read_bytes()).hexdigest())
            self.assertEqual(len(pictures), 4)

    def test_its_links_lead_to_text_and_json(self):
        with deployed((samples.paste(), LOCAL)) as site:
            for form, kind in (("text", "text/plain"),
                               ("json", "application/json")):
                self.browser.open(site.server.url + "/test.wsgi")
                link = self.browser.evaluate(
                    f"document.querySelector('[href*={form}]').href")
                self.browser.open(link)
                self.assertEqual(
                    self.browser.evaluate("document.contentType"), kind)

    def test_hostile_values_are_text(self):
        mount_point = "/" + EVIL.replace("</", "<_")
        with deployed((samples.paste(), {
                **LOCAL, "mount-point": mount_point,
                "env": ("HOSTILE=" + EVIL,), "python-path": "/p" + EVIL,
                "egg-cache": "/e" + EVIL})) as site:
            # A browser gets the path as it is; the query it escapes itself.
            url = site.server.url_of(site.server.sites[0]) + "/test.wsgi"
            self.browser.open(f"{url}/{EVIL}?{EVIL}", headers={
                "Referer": EVIL, "X-Hostile": EVIL, "User-Agent": EVIL})
            self.assertIn("plain_app", self.browser.evaluate(
                "document.title"))
            self.assertEqual(self.browser.evaluate(
                "document.querySelectorAll('script, img').length"), 0)
            shown = self.browser.evaluate("document.body.innerText")
            self.assertGreater(shown.count(EVIL), 5, shown)
            self.assertIn(mount_point, shown)
            self.check_quiet()

    def test_the_policy_stops_what_escaping_would_miss(self):
        def edit(site):
            path = Path(site.output_dir, "test.wsgi")
            text = path.read_text()
            path.write_text(text.replace(
                "import escape\n",
                "import escape as _\nescape = lambda text: text\n"))

        with deployed((samples.paste(), LOCAL), edit=edit) as site:
            self.browser.open(site.server.url + "/test.wsgi", headers={
                "X-Hostile": EVIL})
            self.assertEqual(self.browser.evaluate(
                "document.querySelectorAll('script').length"), 1)
            self.assertNotEqual(self.browser.evaluate("document.title"),
                                "pwned")

    def test_it_reads_without_colours(self):
        with deployed((samples.paste(), {**LOCAL, "egg-cache": "/dev/null/e"}
                       )) as site:
            self.browser.open(site.server.url + "/test.wsgi")
            words = self.browser.evaluate(
                "[...document.querySelectorAll('b')]"
                ".map(b => b.className + ' ' + b.innerText).join('\\n')")
            self.assertEqual(
                set(re.findall(r"(?m)^.*$", words)),
                {"ok \u2713 ok", "wrong \u2717 wrong"})
            headings = self.browser.evaluate(
                "[...document.querySelectorAll('h1, h2')]"
                ".map(h => h.tagName).join(' ')")
            self.assertRegex(headings, r"^H1( H2){10}$")


if __name__ == "__main__":
    unittest.main()
