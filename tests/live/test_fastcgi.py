"""FastCGI under the real mod_fcgid and mod_proxy_fcgi, with the real flup."""

import contextlib
import io
import os
import re
import subprocess
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from modwsgideploy.cli import console
from modwsgideploy.errors import DeployError
from modwsgideploy.server.private import Server
from tests.support import fastcgi_samples as samples
from tests.support.deployed import deploy_site, served
from tests.support.fastcgi import HOST, by_fcgid, by_htaccess, by_proxy
from tests.support.samples import paste
from tests.support.wire_case import WireCase


class Requests(WireCase):
    """The same requests to each way of running it."""

    def test_below_a_mount_point_of_the_main_server(self):
        with by_fcgid(samples.wire()) as site:
            self.check(site)
            self.check_mount_point_itself(site)

    def test_at_the_root_of_the_main_server(self):
        with by_fcgid(samples.wire(), {"mount-point": "/"}) as site:
            self.check(site)

    def test_at_the_root_of_a_host(self):
        with by_fcgid(samples.wire(), {
                "server-name": HOST, "mount-point": "/"}) as site:
            self.check(site)

    def test_below_a_mount_point_of_a_host(self):
        with by_fcgid(samples.wire(), {
                "server-name": HOST, "mount-point": "/my app/ü"}) as site:
            self.check(site)
            self.check_mount_point_itself(site)

    def test_with_the_wrapper(self):
        for choices in ({}, {"server-name": HOST, "mount-point": "/"}):
            with by_fcgid(samples.wire(), {
                    "fastcgi-mode": "wrapper", **choices}) as site:
                os.chmod(site.sites[0].script, 0o644)
                self.check(site)

    def test_through_a_proxy_to_a_server_of_its_own(self):
        for choices in ({}, {"server-name": HOST, "mount-point": "/"},
                        {"mount-point": "/my app/ü"}):
            with by_proxy(samples.wire(), choices) as site:
                self.check(site)

    def test_by_htaccess_below_a_mount_point(self):
        with by_htaccess(samples.wire()) as site:
            self.check(site)

    def test_by_htaccess_at_the_root(self):
        with by_htaccess(samples.wire(), mount_point="/") as site:
            self.check(site)

    def test_authorization_is_passed_when_asked_for(self):
        asked = {"pass-authorization": "yes"}
        for run in (by_fcgid, by_proxy, by_htaccess):
            with run(samples.wire(), asked) as site:
                self.assertEqual(self.authorization(site), "Basic eDp5")

    def test_a_body_over_the_limit_is_refused(self):
        choices = {"limit-request-body": "200000"}
        for run in (by_fcgid, by_proxy):
            with run(samples.wire(), choices) as site:
                for size, status in ((200000, 200), (200001, 413)):
                    answer = site.get("/digest", method="POST",
                                      body=b"x" * size)
                    self.assertEqual(answer.status, status)

    def test_without_a_limit_there_is_none(self):
        for run in (by_fcgid, by_proxy):
            with run(samples.wire(), {"limit-request-body": "0"}) as site:
                body = b"x" * 20000000
                for sent in body, iter([body[:9999], body[9999:]]):
                    answer = site.get("/digest", method="POST", body=sent)
                    self.assertEqual(answer.body.decode(),
                                     f"{len(body)} {zlib.crc32(body)}")

    def test_chunks_do_not_get_around_the_limit(self):
        choices = {"limit-request-body": "200000"}
        for run, status in ((by_fcgid, 500), (by_proxy, 411)):
            with run(samples.wire(), choices) as site:
                answer = site.get("/digest", method="POST",
                                  body=iter([b"x" * 100000] * 3))
                self.assertEqual(answer.status, status)

    def test_200_at_once_are_served_without_an_error(self):
        for run in (by_fcgid, by_proxy, by_htaccess):
            with run(samples.wire()) as site:
                self.assertEqual(site.server.httpd.mpms[0], "event")
                with ThreadPoolExecutor(200) as pool:
                    answers = list(pool.map(
                        lambda number: site.get(f"/n{number}", timeout=300),
                        range(600)))
                for number, answer in enumerate(answers):
                    self.assertEqual(answer.status, 200, answer)
                    self.assertIn(f"/n{number}\n".encode(), answer.body)


class Frameworks(unittest.TestCase):

    def test_pyramids_links_carry_the_mount_point(self):
        for run in (by_fcgid, by_proxy, by_htaccess):
            with run(samples.pyramid()) as site:
                below = quote(site.sites[0].below, safe="/~")
                self.assertIn(
                    f'href="http://127.0.0.1:{site.server.port}{below}'
                    '/linked"', site.text("/"))
                css = site.get("/static/style.css")
                self.assertTrue(css.header("ETag"), "not served by Apache")
                self.assertNotIn("error]", site.log())

    def test_turbogears_2(self):
        sample, flup = samples.turbogears2()
        flup = {"python-path": str(flup)}
        for site in (
                by_fcgid(sample, flup),
                by_fcgid(sample, {**flup, "server-name": HOST,
                                  "mount-point": "/"}),
                by_htaccess(sample, flup, mount_point="/~me/myapp")):
            with site as site:
                below = quote(site.sites[0].below, safe="/~")
                page = site.text("/demo")
                links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
                self.assertTrue(links, page)
                for link in links:
                    self.assertTrue(link.startswith(below + "/"), link)
                self.assertNotIn("dispatch", page)
                self.assertTrue(site.get("/css/style.css").header("ETag"))


class Source(unittest.TestCase):
    """The script's source is never shown."""

    def check_hidden(self, server, host, paths):
        for path in paths:
            answer = server.get(path, host)
            self.assertNotIn(b"WSGIServer", answer.body, path)
            self.assertIn(answer.status, (403, 404, 500), path)

    def test_without_the_handlers_module_everything_is_forbidden(self):
        for choices, modules in (
                ({}, ()), ({"fastcgi-handler": "fastcgi-script"}, ()),
                ({"fastcgi-handler": "fastcgi-script"}, ("fcgid",))):
            for mount_point in ("/app", "/"):
                with by_htaccess(samples.wire(), choices, modules,
                                 mount_point) as site:
                    below = quote(site.sites[0].below)
                    self.check_hidden(site.server, None, [
                        below + path for path in (
                            "/", "/x", "/dispatch.fcgi", "/dispatch.fcgi/",
                            "/dispatch.fcgi/x", "/./dispatch.fcgi",
                            "/%64ispatch.fcgi", "/dispatch.fcgi?x",
                            "/dispatch.fcgi%00", "/DISPATCH.FCGI")])

    def test_by_its_name_either(self):
        with by_htaccess(samples.wire()) as site:
            self.assertEqual(site.text("/dispatch.fcgi/x"),
                             "/~me/my app\n/dispatch.fcgi/x\n")
            self.assertEqual(site.get("/.htaccess").body,
                             b"/~me/my app\n/.htaccess\n")
        for run in (by_fcgid, by_proxy):
            with run(samples.wire(), {"server-name": HOST,
                                      "mount-point": "/app"}) as site:
                self.check_hidden(site.server, HOST, (
                    "/", "/wire_app", "/README.txt"))
                answer = site.server.get("/dispatch.fcgi", HOST)
                self.assertNotIn(b"WSGIServer", answer.body)

    def test_apache_does_not_start_without_the_module(self):
        for mode, directive in (("alias", "FcgidCmdOptions"),
                                ("proxy", "ProxyFCGIBackendType")):
            with self.assertRaises(DeployError) as caught, \
                    Server(wsgi=False) as server:
                site = deploy_site(server, 0, samples.wire(), {
                    "backend": "fastcgi", "fastcgi-mode": mode})
                server.start([served(site)])
            self.assertIn(f"Invalid command '{directive}'",
                          str(caught.exception))


class Processes(unittest.TestCase):

    def test_run_as_they_were_asked_to(self):
        for mode in ("alias", "wrapper"):
            with tempfile.TemporaryDirectory() as home:
                os.chmod(home, 0o755)
                with by_fcgid(samples.pyramid(), {
                        "fastcgi-mode": mode, "umask": "0037", "home": home,
                        "env": ("GREETING=Grüße, \"world\" $1",)}) as site:
                    seen = site.seen("env=GREETING&env=LANG")
                    self.assertEqual(seen["cwd"], home)
                    self.assertEqual(seen["umask"], "0037")
                    self.assertEqual(seen["prefix"],
                                     str(samples.pyramid().virtualenv))
                    self.assertEqual(seen["env"], {
                        "GREETING": "Grüße, \"world\" $1",
                        "LANG": "C.UTF-8"})
                    self.assertEqual(seen["fs_encoding"], "utf-8")
                    self.assertTrue(seen["multiprocess"])

    def test_no_more_of_them_than_asked_for(self):
        with by_fcgid(samples.pyramid(), {"processes": "2"}) as site:
            with ThreadPoolExecutor(20) as pool:
                seen = list(pool.map(lambda _: site.seen(timeout=60)["pid"],
                                     range(60)))
            self.assertLessEqual(len(set(seen)), 2)

    def test_a_new_file_is_what_reloads_and_touch_is_not(self):
        """What the runbook says of updates."""
        with by_fcgid(samples.pyramid()) as site:
            script = site.sites[0].script
            before = site.seen()["pid"]
            os.utime(script)
            self.assertEqual(site.seen()["pid"], before)
            # As the runbook has it; its other commands are the system's.
            text = Path(site.sites[0].output_dir, "README.txt").read_text()
            commands = re.findall(rf"^  sudo ((?:cp -p|mv) {script}.*)$",
                                  text, re.MULTILINE)
            self.assertEqual(len(commands), 2)
            for command in commands:
                subprocess.run(["sh", "-c", command], check=True)
            self.assertNotEqual(site.seen()["pid"], before)


class Awkward(unittest.TestCase):
    """Where the script cannot start its Python by a plain first line."""

    def test_long_paths_and_spaces(self):
        for name in ("x" * 120, "it's \"ü\" $1 %h"):
            with tempfile.TemporaryDirectory() as top:
                os.chmod(top, 0o755)
                virtualenv = Path(top, name)
                virtualenv.symlink_to(samples.wire().virtualenv)
                sample = samples.wire().copy(
                    Path(top, name.replace("%", "") + " project"))
                sample = sample._replace(virtualenv=virtualenv)
                for run, choices in (
                        (by_fcgid, {}), (by_proxy, {}), (by_htaccess, {}),
                        (by_fcgid, {"fastcgi-mode": "wrapper"})):
                    with self.subTest(name=name, choices=choices), \
                            run(sample, choices) as site:
                        below = site.sites[0].below
                        self.assertEqual(site.text("/x"), f"{below}\n/x\n")


class Debugging(unittest.TestCase):

    def test_a_missing_flup_is_named_in_the_log(self):
        with self.assertRaises(DeployError) as caught:
            with by_fcgid(paste()):
                pass
        self.assertIn("500", str(caught.exception))
        self.assertIn("FastCGI needs flup, version 1.0.3",
                      str(caught.exception))

    def test_in_a_shell_it_answers_one_request(self):
        with by_fcgid(samples.wire()) as site:
            told = subprocess.run([site.sites[0].script], check=True,
                                  stdout=subprocess.PIPE).stdout
            self.assertIn(b"Status: 200 OK\r\n", told)
            self.assertTrue(told.endswith(b"\r\n\r\n/wire_app\n/\n"), told)

    def test_what_a_cgi_script_prints_is_not_its_answer(self):
        with by_fcgid(samples.wire()) as site:
            done = subprocess.run(
                [site.sites[0].script], check=True, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"REQUEST_METHOD": "GET", "PATH_INFO": "/say"})
            self.assertTrue(done.stdout.startswith(b"Status: 200 OK\r\n"),
                            done.stdout)
            self.assertIn(b"printed words", done.stderr)


class Refused(unittest.TestCase):
    """What cannot work, or would have no effect, is said before writing."""

    def told(self, *choices):
        with tempfile.TemporaryDirectory() as top:
            sample = samples.wire().copy(Path(top, "project"))
            err = io.StringIO()
            with contextlib.redirect_stderr(err):
                status = console.main(["deploy", str(sample.directory),
                                   "--backend", "fastcgi", *choices])
            self.assertEqual(status, 2, choices)
            self.assertFalse(Path(sample.directory, "apache").exists())
            return err.getvalue()

    def test_each_choice_without_effect_is_named(self):
        for reason, *choices in (
                ("--backend fastcgi", "--mode=embedded"),
                ("--backend fastcgi", "--baseline=/srv/baseline"),
                ("--backend fastcgi", "--threads=5"),
                ("--backend fastcgi", "--queue-timeout=5"),
                ("--backend fastcgi", "--trusted-proxy=10.0.0.1"),
                ("--fastcgi-mode alias", "--user=me"),
                ("--fastcgi-mode alias", "--web-directory=/srv/www"),
                ("--fastcgi-mode alias", "--fastcgi-socket=/run/x"),
                ("--fastcgi-mode wrapper",
                 "--fastcgi-handler=fastcgi-script",
                 "--fastcgi-mode=wrapper"),
                ("--fastcgi-mode proxy", "--processes=4",
                 "--fastcgi-mode=proxy"),
                ("--fastcgi-mode proxy", "--test-page=local",
                 "--fastcgi-mode=proxy"),
                ("--fastcgi-mode htaccess", "--server-name=www.example.com",
                 "--fastcgi-mode=htaccess")):
            name = choices[0].partition("=")[0]
            self.assertIn(f"{name}: has no effect with {reason}; leave one"
                          " of the two out", self.told(*choices))

    def test_what_cannot_work_is_told(self):
        for message, *choices in (
                ("for Apache 2.4 only", "--apache-version=2.2"),
                ("and there is none", "--fastcgi-mode=wrapper",
                 "--virtualenv="),
                ("contains a backslash", "--virtualenv=/srv/a\\b")):
            self.assertIn(message, self.told(*choices))


class Serve(unittest.TestCase):

    def test_the_command_serves_it(self):
        sample = samples.pyramid()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = console.main(["serve", str(sample.directory), "--backend",
                               "fastcgi", "--virtualenv",
                               str(sample.virtualenv), "--probe"])
        self.assertEqual(status, 0)
        self.assertTrue(out.getvalue().startswith("200 OK"))


if __name__ == "__main__":
    unittest.main()
