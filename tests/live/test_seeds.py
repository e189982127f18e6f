"""TurboGears 1.1 and 1.5 themselves, quickstarted, as they are generated.

Of what they need only PEAK-Rules is a stand-in; TurboGears 1.0, which cannot
do without RuleDispatch, is in test_frameworks, on its real CherryPy.
"""

import contextlib
import io
import re
import signal
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

from modwsgideploy.cli import console
from modwsgideploy.errors import Failed
from tests.support import fastcgi_samples, framework_samples, seed_samples
from tests.support.deployed import deployed
from tests.support.fastcgi import by_htaccess

HOST = "www.example.com"
ROOT = {"server-name": HOST, "mount-point": "/"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RELEASES = (seed_samples.turbogears11, seed_samples.turbogears15)


@contextlib.contextmanager
def served(make, settings="", **choices):
    """A release's project on its own mod_wsgi, with data of its own.

    ``settings`` are added to its configuration.
    """
    modules = framework_samples.mod_wsgi_4()
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        sample = make().writable(top)
        config = sample.directory / "prod.cfg"
        config.write_text(config.read_text().replace(
            "[global]\n", "[global]\n" + settings, 1))
        with deployed((sample, {
                "baseline": str(seed_samples.baseline()),
                "application": f"{sample.package}.notes:Root", **choices}),
                modules=modules) as site:
            yield site


def post(site, path, **fields):
    """Send a form; the answer."""
    return site.get(path, method="POST", body=urlencode(fields).encode(),
                    headers=FORM)


def links(text):
    """The addresses on this host that a page names."""
    return {address for address in re.findall(r'(?:href|src)="([^"]*)"', text)
            # Quickstart's own template has these, whatever the mount point.
            if not re.match(r"\w+:|/?#|/$", address)}


class Pages(unittest.TestCase):
    """What visitors get, at the root of a host and below a mount point."""

    def test_every_page(self):
        for make in RELEASES:
            for choices in ({"mount-point": "/a/wiki"}, ROOT):
                with self.subTest(make.__name__, choices=choices), \
                        served(make, **choices) as site:
                    self.check_links(site)
                    self.check_forms(site)
                    self.check_cookies(site)
                    self.check_login(site)

    def check_links(self, site):
        below = site.sites[0].below
        self.assertIn(f"Grüße, Bø, from {below}/form",
                      site.text("/greet?name=B%C3%B8"))
        for page in ("/", "/form"):
            found = links(site.text(page))
            for address in found:
                self.assertTrue(address.startswith(below + "/"), address)
                answer = site.server.get(
                    address.replace("&amp;", "&"), site.sites[0].server_name)
                self.assertIn(answer.status, (200, 401), address)
        for name in ("/tg_js/MochiKit.js", "/tg_widgets/"):
            self.assertIn(below + name, " ".join(sorted(found)))
        self.assertEqual(site.get("/nothing").status, 404)

    def check_forms(self, site):
        saved = post(site, "/save", name="Bø", day="24/12/2007")
        self.assertIn("saved: Bø", saved.body.decode())
        wrong = post(site, "/save", name="", day="no day")
        self.assertEqual(wrong.status, 200)
        self.assertIn("fielderror", wrong.body.decode())

    def check_cookies(self, site):
        left = site.get("/leave")
        self.assertIn(left.status, (302, 303))
        self.assertTrue(left.header("Location").endswith(
            site.sites[0].below + "/form"))
        cookies = [value for name, value in left.headers
                   if name == "Set-Cookie"]
        # That of the visit, and that of what is flashed.
        self.assertEqual(len(cookies), 2, cookies)
        for cookie in cookies:
            self.assertEqual(cookie, cookie.strip())

    def check_login(self, site):
        self.assertIn(site.get("/secret").status, (401, 403))
        self.assertIn(b"for bob alone", post(
            site, "/secret", user_name="bob", password="secret",
            login="Login").body)

    def test_errors_are_logged_and_nothing_else(self):
        for make in RELEASES:
            with self.subTest(make.__name__), served(make, **ROOT) as site:
                self.assertEqual(site.get("/form").status, 200)
                # Neither that a handler of signals was not set, with the
                # stack it came from, nor anything about the start.
                self.assertNotRegex(site.log(), r":(warn|error)\]")
                self.assertEqual(site.get("/fail").status, 500)
                self.assertIn("ValueError: failed on purpose", site.log())
                site.server.process.terminate()
                site.server.process.wait(60)
                self.assertNotRegex(site.log(), r":(warn|error)\]")


class FirstInstant(unittest.TestCase):

    # Each visit is a row in a database that lets one write at a time.
    settings = "visit.on = False\nidentity.on = False\n"

    def test_a_hundred_first_requests_at_once(self):
        for make in RELEASES:
            with self.subTest(make.__name__), \
                    ThreadPoolExecutor(100) as pool:
                for _ in range(3):
                    with served(make, self.settings, **ROOT) as site:
                        answers = list(pool.map(
                            lambda number, site=site: post(
                                site, "/save", name="Bob", day="24/12/2007")
                            if number % 2 else site.get("/form"),
                            range(100)))
                        self.assertEqual(
                            {answer.status for answer in answers}, {200},
                            site.log())


class Script(unittest.TestCase):
    """A script by itself."""

    def run_script(self, make, code, *choices):
        """Run ``code`` after the script; a Popen."""
        output = tempfile.TemporaryDirectory()
        self.addCleanup(output.cleanup)
        sample = make().writable(output.name)
        with contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            status = console.main([
                "deploy", str(sample.directory), "--in-place",
                f"--virtualenv={sample.virtualenv}", "--egg-cache=",
                f"--output-dir={output.name}/apache",
                f"--application={sample.package}.notes:Root", *choices])
        self.assertEqual(status, 0)
        script = f"{output.name}/apache/{sample.package}.wsgi"
        return subprocess.Popen(
            [sample.python, "-c", f"import sys\nexecfile({script!r})\n{code}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd="/", env={})

    def test_the_signal_that_ends_a_process_does(self):
        for make in RELEASES:
            process = self.run_script(
                make, "import time\nsys.__stdout__.write('loaded\\n')\n"
                "sys.__stdout__.flush()\ntime.sleep(60)")
            self.assertEqual(process.stdout.readline(), "loaded\n")
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -signal.SIGTERM, said)

    def test_settings_that_a_server_of_its_own_would_need_are_off(self):
        process = self.run_script(
            seed_samples.turbogears15,
            "import cherrypy\nfor name in ('environment', 'server.webpath',"
            " 'engine.autoreload_on', 'tools.proxy.on'):\n"
            "    sys.__stdout__.write('%s\\n' % cherrypy.config.get(name))\n"
            "sys.__stdout__.write('%s\\n' % cherrypy.engine.state)")
        out, said = process.communicate(timeout=60)
        self.assertEqual(
            out.splitlines(),
            ["embedded", "", "False", "False", "states.STOPPED"], said)


class Layers(unittest.TestCase):
    """A baseline that is not empty."""

    def test_the_virtualenv_wins_inside_a_namespace_package(self):
        for baseline, virtualenv, module in seed_samples.layers():
            with self.subTest(virtualenv.name, module=module), \
                    tempfile.TemporaryDirectory() as output:
                # .pth files have made it, as of old.
                self.assertTrue(list(baseline.glob(
                    "lib/python*/site-packages/*-nspkg.pth")))
                Path(output, "shown.py").write_text(
                    f"import sys\nimport {module}\n"
                    f"sys.__stdout__.write(sys.modules[{module!r}].__file__)\n"
                    "application = None\n")
                with contextlib.redirect_stdout(io.StringIO()), \
                        contextlib.redirect_stderr(io.StringIO()):
                    self.assertEqual(console.main([
                        "deploy", output, "--in-place", "--egg-cache=",
                        f"--virtualenv={virtualenv}",
                        f"--baseline={baseline}",
                        "--application=shown:application"]), 0)
                found = subprocess.run(
                    [baseline / "bin" / "python", "-c",
                     "import sys; exec(open(sys.argv[1]).read())",
                     f"{output}/apache/shown.wsgi"], check=True, cwd="/",
                    stdout=subprocess.PIPE, text=True, env={}).stdout
                self.assertTrue(found.startswith(f"{virtualenv}/"), found)


class SharedHost(unittest.TestCase):
    """A host that allows an .htaccess file no more than it must."""

    allowed = "AllowOverride FileInfo\nOptions +ExecCGI +FollowSymLinks"

    def test_where_options_are_forbidden_the_runbook_s_command_mends_it(self):
        with self.assertRaises(Failed) as caught, by_htaccess(
                fastcgi_samples.wire(), allowed=self.allowed):
            pass
        self.assertIn("Options not allowed here", str(caught.exception))
        with by_htaccess(fastcgi_samples.wire(), allowed=self.allowed,
                         edit=self.leave_out) as site:
            self.assertEqual(site.get("/").status, 200)

    def leave_out(self, site):
        text = Path(site.output_dir, "README.txt").read_text()
        command, = re.findall("^  (sed -i .*)$", text, re.MULTILINE)
        subprocess.run(["sh", "-c", command], check=True)


if __name__ == "__main__":
    unittest.main()
