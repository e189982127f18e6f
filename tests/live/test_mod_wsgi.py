"""Real projects, deployed and served by a real Apache and mod_wsgi."""

import re
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import quote

from tests.support import samples
from tests.support.deployed import deployed
from tests.support.pages import check_turbogears2

HOST = "www.example.com"


class TurboGears2(unittest.TestCase):

    def test_below_a_mount_point_of_the_main_server(self):
        with deployed((samples.turbogears2(), {})) as site:
            self.assertEqual(site.sites[0].mount_point, "/myapp")
            check_turbogears2(self, site)
            css = site.get("/css/style.css")
            self.assertEqual(css.header("Content-Type"), "text/css")
            self.assertTrue(css.header("ETag"), "not served by Apache")
            self.assertNotIn("error]", site.log())

    def test_on_a_host_of_its_own(self):
        with deployed((samples.turbogears2(), {
                "server-name": HOST, "mount-point": "/"})) as site:
            check_turbogears2(self, site)
            self.assertEqual(site.get("/css/style.css").status, 200)
            self.assertNotIn("error]", site.log())

    def test_a_login_posts_and_redirects_below_the_mount_point(self):
        with deployed((samples.turbogears2(), {"mount-point": "/shop"})
                      ) as site:
            answer = site.get(
                "/login_handler", method="POST",
                body=b"login=manager&password=managepass",
                headers={"Content-Type":
                         "application/x-www-form-urlencoded"})
            self.assertEqual(answer.status, 302)
            self.assertIn("/shop/", answer.header("Location"))


class Pyramid(unittest.TestCase):

    def test_a_link_carries_the_mount_point(self):
        for choices in ({}, {"server-name": HOST, "mount-point": "/app"},
                        {"server-name": HOST, "mount-point": "/"},
                        {"mount-point": "/a/b c"}):
            with deployed((samples.pyramid(), choices)) as site:
                below = quote(site.sites[0].below)
                host = choices.get("server-name", "127.0.0.1")
                self.assertIn(
                    f'href="http://{host}:{site.server.port}{below}/linked"',
                    site.text("/"))

    def test_forms_unicode_paths_and_escapes_arrive(self):
        with deployed((samples.pyramid(), {
                "server-name": HOST, "mount-point": "/pyramid_app"})) as site:
            answer = site.get("/echo", method="POST", body=b"\x00\xffdata")
            self.assertEqual(answer.body, b"\x00\xffdata")
            self.assertIn("crème brûlée",
                          site.text("/caf%C3%A9/cr%C3%A8me%20br%C3%BBl%C3%A9e"
                                    ))
            seen = site.seen()
            self.assertEqual(seen["script_name"], "'/pyramid_app'")
            self.assertEqual(seen["path_info"], "'/seen'")

    def test_apache_serves_the_static_files_unless_told_not_to(self):
        with deployed((samples.pyramid(), {})) as site:
            self.assertTrue(
                site.get("/static/style.css").header("Accept-Ranges"))
        with deployed((samples.pyramid(), {"static": ()})) as site:
            answer = site.get("/static/style.css")
            self.assertEqual(answer.status, 200)
            self.assertNotIn(
                "Alias /pyramid_app/static",
                Path(site.sites[0].output_dir, "pyramid_app").read_text())


class Processes(unittest.TestCase):

    def test_run_as_they_were_asked_to(self):
        with tempfile.TemporaryDirectory() as home:
            Path(home).chmod(0o755)
            with deployed((samples.paste(), {
                    "processes": "3", "threads": "4", "umask": "0027",
                    "home": home, "env": ("GREETING=Grüße, \"world\" $1",
                                          "EMPTY="),
                    "pass-authorization": "yes"})) as site:
                seen = site.seen(
                    "env=GREETING&env=EMPTY&env=PYTHON_EGG_CACHE",
                    headers={"Authorization": "Basic eDp5"})
                self.assertEqual(seen["cwd"], home)
                self.assertEqual(seen["umask"], "0027")
                self.assertTrue(seen["multiprocess"])
                self.assertEqual(seen["env"], {
                    "GREETING": "Grüße, \"world\" $1", "EMPTY": "",
                    "PYTHON_EGG_CACHE":
                        f"{samples.paste().virtualenv}/python-eggs"})
                self.assertEqual(seen["authorization"], "Basic eDp5")
                self.assertEqual(seen["process_group"], "plain_app")
                self.assertEqual(seen["application_group"], "")
                self.assertEqual(seen["fs_encoding"], "utf-8")

    def test_are_the_defaults_where_nothing_was_asked(self):
        sample = samples.paste()
        with deployed((sample, {})) as site:
            seen = site.seen(headers={"Authorization": "Basic eDp5"})
            self.assertEqual(seen["prefix"], str(sample.virtualenv))
            self.assertEqual(seen["cwd"], str(sample.directory))
            self.assertIsNone(seen["authorization"])
            self.assertTrue(seen["multithread"])

    def test_one_process_says_so(self):
        with deployed((samples.paste(), {"processes": "1"})) as site:
            self.assertFalse(site.seen()["multiprocess"])

    def test_a_body_over_the_limit_is_refused(self):
        with deployed((samples.paste(), {"limit-request-body": "1000"})
                      ) as site:
            post = dict(method="POST")
            self.assertEqual(site.get("/echo", body=b"x" * 1000,
                                      **post).status, 200)
            self.assertEqual(site.get("/echo", body=b"x" * 1001,
                                      **post).status, 413)

    def test_embedded_mode_runs_in_apache_itself(self):
        sample = samples.paste()
        with deployed((sample, {"mode": "embedded"})) as site:
            seen = site.seen("module=paste.deploy")
            self.assertEqual(seen["process_group"], "")
            self.assertIn(str(sample.virtualenv),
                          seen["module"]["paste.deploy"])

    def test_what_the_application_prints_and_logs_is_in_the_error_log(self):
        with deployed((samples.paste(), {"server-name": HOST})) as site:
            site.text("/say?text=fish")
            log = site.log()
            self.assertEqual(log.count("fish"), 3, log)

MARKING = """
import os


def mark(path, *words):
    with open(path, "a") as stream:
        stream.write(" ".join((str(os.getpid()),) + words) + "\\n")


def main(global_conf, marks):
    mark(marks, "loaded")

    def application(environ, start_response):
        mark(marks, "asked", environ["SCRIPT_NAME"] + environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"marked"]

    return application
"""


class Loading(unittest.TestCase):
    """When the application is loaded, and what it is asked by whom."""

    def check_marks(self, *expected, **choices):
        """What the application noted once its first visitor was served.

        Processes start side by side: it waits for the slower one, and a
        second for what should not be there.
        """
        with tempfile.TemporaryDirectory() as top:
            directory = Path(top, "marking")
            directory.mkdir()
            for path in (Path(top), directory):
                path.chmod(0o1777)
            Path(directory, "marking.py").write_text(MARKING)
            Path(directory, "marks.ini").write_text(
                "[app:main]\npaste.app_factory = marking:main\n"
                "marks = %(here)s/marks\n")
            sample = samples.Sample("marking", directory,
                                    samples.bare().virtualenv, "marks.ini",
                                    "marking")
            with deployed((sample, {"processes": "2", **choices})):
                def marks():
                    lines = Path(directory, "marks").read_text().splitlines()
                    return sorted(line.split(" ", 1)[1] for line in lines)

                end = time.monotonic() + 60
                while len(marks()) < len(expected):
                    self.assertLess(time.monotonic(), end, marks())
                    time.sleep(0.1)
                time.sleep(1)
                self.assertEqual(marks(), sorted(expected))

    def test_it_is_loaded_in_every_process_before_the_first_request(self):
        self.check_marks("loaded", "loaded", "asked /marking")

    def test_without_preload_only_where_the_first_request_came(self):
        self.check_marks("loaded", "asked /marking", preload="no")

    def test_a_warm_up_asks_in_every_process_below_the_mount_point(self):
        self.check_marks(
            "loaded", "loaded", "asked /marking/first",
            "asked /marking/first", "asked /marking",
            **{"warm-up": "/first"})


class Virtualenvs(unittest.TestCase):
    """A baseline and an application with conflicting packages."""

    def check_application_wins(self, **choices):
        sample = samples.conflict()
        with deployed((sample, choices)) as site:
            seen = site.seen("dist=WebOb&dist=PasteDeploy&module=webob"
                             "&module=paste.deploy")
            self.assertEqual(seen["dist"], {"WebOb": "1.8.11",
                                            "PasteDeploy": "3.1.0"})
            for path in seen["module"].values():
                self.assertIn(str(sample.virtualenv), path)
            return seen["prefix"]

    def test_python_home_is_the_applications(self):
        self.assertEqual(self.check_application_wins(baseline=""),
                         str(samples.conflict().virtualenv))

    def test_a_baseline_lies_below_the_applications(self):
        baseline = str(samples.baseline())
        self.assertEqual(self.check_application_wins(baseline=baseline),
                         baseline)

    def test_a_baseline_lies_below_in_embedded_mode_as_well(self):
        baseline = str(samples.baseline())
        self.assertEqual(self.check_application_wins(
            baseline=baseline, mode="embedded"), baseline)

    def test_the_baseline_is_what_runs_without_a_virtualenv(self):
        with deployed((samples.bare(), {
                "virtualenv": "", "baseline": str(samples.conflict()
                                                  .virtualenv)})) as site:
            self.assertEqual(site.seen()["prefix"],
                             str(samples.conflict().virtualenv))


class Odd(unittest.TestCase):
    """Projects in odd shapes, each deployed without a hand edit."""

    def test_each_is_served(self):
        for make in (samples.hatchling, samples.pipeline, samples.composite,
                     samples.other_suffix, samples.bare, samples.factory,
                     samples.egg_info, samples.from_index):
            with self.subTest(make.__name__), \
                    deployed((make(), {})) as site:
                self.assertIn(site.get("/").status, (200, 301, 302))

    def test_a_relative_database_is_found_and_written(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.relative_sqlite().copy(
                Path(top, "project"), writable=True)
            with deployed((sample, {})) as site:
                site.get("/notes", method="POST", body=b"remember")
                self.assertIn("remember", site.text("/notes"))

    def test_hatchling_without_an_egg_info(self):
        with deployed((samples.hatchling(), {})) as site:
            self.assertEqual(site.sites[0].mount_point, "/hatch_app")
            self.assertEqual(site.seen()["script_name"], "'/hatch_app'")


class Awkward(unittest.TestCase):
    """Values that need quoting everywhere, on their way to a page."""

    def check_served(self, name, mount_point, values):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.bare().copy(Path(top, name))
            Path(top, name, "public").mkdir()
            Path(top, name, "public", "page.txt").touch()
            with deployed((sample, {
                    "mount-point": mount_point,
                    "static": f"{mount_point}={top}/{name}/public",
                    "env": tuple(f"{key}={value}"
                                 for key, value in values.items())})) as site:
                seen = site.seen("&".join(f"env={key}" for key in values))
                self.assertEqual(seen["env"], values)
                self.assertEqual(seen["cwd"], f"{top}/{name}")
                self.assertEqual(
                    site.get(quote(mount_point) + "/page.txt").status, 200)

    def test_directories_mount_points_and_variables_are_served(self):
        values = {
            "A": """ "quoted" 'both' """, "B": "back\\slash\\",
            "C": "$1 %{GLOBAL} %s #5 `id` $(id)", "D": "Grüße 日本 </Files>"}
        for name in ("with space", "it's", 'say "hi"', "back\\slash",
                     "$1 #5 & ;", "ünïcödé", "-n", "a'''b"):
            with self.subTest(name):
                self.check_served(name, "/" + name.replace("#", ""), values)


class Neighbours(unittest.TestCase):

    def test_two_sites_do_not_disturb_each_other(self):
        with deployed(
                (samples.paste(), {"server-name": "a.example",
                                   "mount-point": "/"}),
                (samples.pyramid(), {"server-name": "b.example",
                                     "mount-point": "/pyramid_app",
                                     "threads": "3"})) as sites:
            first, second = sites.seen(site=0), sites.seen(site=1)
            port = sites.server.port
            self.assertEqual(first["process_group"],
                             f"plain_app@a.example:{port}")
            self.assertEqual(second["process_group"],
                             f"pyramid_app@b.example:{port}/pyramid_app")
            self.assertNotEqual(first["pid"], second["pid"])
            # Neither answers for the other.
            self.assertEqual(sites.server.get("/pyramid_app/seen",
                                              "a.example").status, 404)
            self.assertEqual(sites.server.get("/", "b.example").status, 403)

    def test_the_same_application_twice_on_the_main_server(self):
        with deployed((samples.paste(), {}),
                      (samples.paste(), {"mount-point": "/again"})) as sites:
            self.assertEqual(sites.seen(site=0)["process_group"],
                             "plain_app")
            self.assertEqual(sites.seen(site=1)["process_group"],
                             "plain_app@/again")

    def test_nothing_but_the_script_is_served_from_its_directory(self):
        with deployed((samples.paste(), {
                "server-name": HOST, "mount-point": "/app"})) as site:
            for path in ("/", "/plain_app", "/README.txt", "/plain_app.wsgi",
                         "/test.wsgi"):
                answer = site.server.get(path, HOST)
                self.assertEqual(answer.status, 403, path)


class TestPage(unittest.TestCase):

    def test_is_off_unless_asked_for(self):
        with deployed((samples.paste(), {})) as site:
            self.assertEqual(site.get("/test.wsgi").status, 404)

    def test_tells_what_is_in_force(self):
        sample = samples.paste()
        with deployed((sample, {"test-page": "local"})) as site:
            page = site.text("/test.wsgi?format=text")
            self.assertRegex(
                page, f"ok +Virtualenv: {re.escape(str(sample.virtualenv))}/")
            self.assertRegex(page, "ok +Process group: plain_app\n")


class ErrorLog(unittest.TestCase):
    """What cannot be read is named, with the user and the interpreter."""

    def check_log(self, choices, *expected):
        from modwsgideploy.errors import DeployError

        with self.assertRaises(DeployError) as caught:
            with deployed((samples.paste(), choices)):
                pass
        for words in expected:
            self.assertRegex(str(caught.exception), words)

    def test_a_missing_configuration(self):
        self.check_log({"config": "gone.ini"}, r"cannot read .*/gone\.ini",
                       r"user id \d+", r"Python 3\.\d+")

    def test_a_virtualenv_without_packages_for_this_python(self):
        with tempfile.TemporaryDirectory() as empty:
            Path(empty).chmod(0o755)
            self.check_log(
                {"virtualenv": empty, "baseline": str(samples.baseline())},
                rf"nothing can be seen below {empty}", r"user id \d+")


class ModWsgi6(unittest.TestCase):
    """The same on the current mod_wsgi, built from the index."""

    def test_daemon_and_embedded_mode(self):
        modules = samples.mod_wsgi_6()
        static = f"/static={samples.paste().directory}/plain_app/static"
        for choices in ({}, {"mode": "embedded"},
                        {"server-name": HOST, "mount-point": "/",
                         "test-page": "local", "trusted-proxy": "10.0.0.1"},
                        {"baseline": str(samples.baseline())}):
            with deployed((samples.paste(), {**choices, "static": static}),
                          modules=modules) as site:
                self.assertEqual(site.server.mod_wsgi.version[:2], "6.")
                self.assertEqual(site.seen()["mod_wsgi"][0], 6)
                self.assertEqual(site.get("/static/style.css").status, 200)

    def test_turbogears_2(self):
        with deployed((samples.turbogears2(), {}),
                      modules=samples.mod_wsgi_6()) as site:
            self.assertIn("/myapp/", site.text("/demo"))


if __name__ == "__main__":
    unittest.main()
