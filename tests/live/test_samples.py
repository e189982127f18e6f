"""The samples are sound by themselves: each is served in process, by its own
virtualenv's interpreter and, as under Apache, by an unprivileged user."""

import glob
import json
import os
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from tests.support import kept, samples

ASK = (kept.SOURCES / "ask.py").read_text()

# When the tests run as root, whom to serve as: nobody.
NOBODY = 65534

# What launchers would get that add the application's virtualenv to the
# baseline's path, and that move it to the front as well.
LAYERED = """
import site, sys
before = len(sys.path)
site.addsitedir(sys.argv[1])
"""
MOVED = LAYERED + """
sys.path[:0] = sys.path[before:]
"""
TELL = """
import paste.deploy, webob
print(webob.__file__)
print(paste.deploy.__file__)
"""


def run(python, code, *arguments, **options):
    """What ``code`` prints in an isolated ``python``; not as root."""
    if os.geteuid() == 0:
        options.update(user=NOBODY, group=NOBODY, extra_groups=[])
    done = subprocess.run(
        [str(python), "-I", "-c", code, *map(str, arguments)], check=False,
        text=True, capture_output=True, timeout=120, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ask(sample, *requests, path=()):
    """The answers of ``sample`` to requests: paths, or dicts (see ask.py)."""
    requests = [{"path": request} if isinstance(request, str) else request
                for request in requests]
    output = run(sample.python, ASK, sample.directory / sample.config, *path,
                 cwd=sample.directory, input=json.dumps(requests))
    return json.loads(output)


def seen(sample, query="", **options):
    """What the application of ``sample`` tells about itself."""
    answer, = ask(sample, {"path": "/seen", "query": query}, **options)
    return json.loads(answer["body"])


class OurSamples(unittest.TestCase):
    """Those which answer alike."""

    def check(self, sample, path=()):
        """They show a page, echo what they get, and tell where they are."""
        page, linked, missing, echo, cafe, told = ask(
            sample,
            {"path": "/", "mount": "/a b"}, "/linked", "/missing",
            {"path": "/echo", "method": "POST", "body": "\0\xff\r\n"},
            {"path": "/caf\xc3\xa9/\xe2\x82\xac"},
            {"path": "/seen", "mount": "/m", "query":
             "env=PATH&wsgi=SERVER_NAME&dist=PasteDeploy&module=paste.deploy"},
            path=path)
        self.assertEqual(page["status"], 200)
        self.assertRegex(page["body"], 'href="[^"]*/a%20b/linked"')
        self.assertRegex(page["body"], 'href="[^"]*/a%20b/static/style.css"')
        self.assertEqual(linked["body"], "linked\n")
        self.assertEqual(missing["status"], 404)
        self.assertEqual(echo["body"], "\0\xff\r\n")
        self.assertIn("/caf\xc3\xa9/\xe2\x82\xac", cafe["body"])
        self.check_facts(sample, json.loads(told["body"]))

    def check_facts(self, sample, facts):
        """``facts`` are those of this process, and all can be had."""
        self.assertEqual(facts["prefix"], str(sample.virtualenv))
        self.assertEqual(facts["cwd"], str(sample.directory))
        self.assertEqual(facts["script_name"], "'/m'")
        self.assertEqual(facts["path_info"], "'/seen'")
        self.assertEqual(facts["env"], {"PATH": os.environ["PATH"]})
        self.assertEqual(facts["wsgi"], {"SERVER_NAME": "127.0.0.1"})
        self.assertEqual(facts["dist"], {"PasteDeploy": "3.1.0"})
        self.assertTrue(facts["module"]["paste.deploy"].startswith(
            str(sample.site_packages)))
        self.assertRegex(facts["umask"], "^0[0-7]+$")
        self.assertEqual(facts["fs_encoding"], "utf-8")
        self.assertIsNone(facts["process_group"])

    def test_pyramid(self):
        sample = samples.pyramid()
        self.check(sample)
        css, = ask(sample, "/static/style.css")
        self.assertEqual(css["body"], "/* pyramid_app */\n")
        self.assertTrue((sample.directory / "pyramid_app.egg-info").is_dir())

    def test_hatchling(self):
        sample = samples.hatchling()
        self.check(sample)
        self.assertEqual(list(sample.directory.rglob("*.egg-info")), [])
        url, = sample.site_packages.glob("hatch_app-*/direct_url.json")
        self.assertEqual(json.loads(url.read_text())["url"],
                         sample.directory.as_uri())

    def test_paste(self):
        sample = samples.paste()
        self.check(sample)
        self.assertTrue((sample.directory / "Plain_App.egg-info").is_dir())

    def test_pipeline(self):
        sample = samples.pipeline()
        self.check(sample)
        zipped, = ask(sample, {
            "path": "/", "environ": {"HTTP_ACCEPT_ENCODING": "gzip"}})
        self.assertEqual(zipped["headers"]["content-encoding"], "gzip")

    def test_composite(self):
        sample = samples.composite()
        page, css = ask(sample, {"path": "/", "mount": "/m"},
                        "/files/style.css")
        self.assertIn('href="/m/linked"', page["body"])
        self.assertEqual(css["body"], "/* plain_app */\n")

    def test_other_suffix(self):
        self.check(samples.other_suffix())

    def test_bare(self):
        sample = samples.bare()
        self.check(sample, path=[sample.directory])

    def test_factory(self):
        sample = samples.factory()
        self.check(sample)
        entries = sample.directory / "factory_app.egg-info/entry_points.txt"
        self.assertFalse(entries.exists())

    def test_egg_info(self):
        sample = samples.egg_info()
        self.check(sample)
        self.assertEqual(os.listdir(sample.directory), ["production.ini"])
        metadata, = sample.site_packages.glob("legacy.app*info")
        self.assertEqual(metadata.suffix, ".egg-info")

    def test_relative_sqlite(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            sample = samples.relative_sqlite()
            sample = sample.copy(Path(directory, "copy"), writable=True)
            self.check(sample)
            ask(sample, {"path": "/notes", "method": "POST", "body": "new"})
            notes, = ask(sample, "/notes")
        self.assertEqual(notes["body"], "first\nnew\n")
        self.assertEqual(ask(samples.relative_sqlite(), "/notes")[0]["body"],
                         "first\n")

    def test_relative_sqlite_needs_its_directory(self):
        sample = samples.relative_sqlite()
        ini = sample.directory / sample.config
        with self.assertRaisesRegex(AssertionError, "unable to open database"):
            run(sample.python, ASK, ini, cwd="/", input="[]")


class TheirSamples(unittest.TestCase):
    """Those which other people's tools made."""

    def test_turbogears2(self):
        root, demo, login, css = ask(samples.turbogears2(), *(
            {"path": path, "mount": "/m"}
            for path in ("/", "/demo", "/login", "/css/style.css")))
        self.assertEqual(root["status"], 302)
        self.assertEqual(root["headers"]["Location"],
                         "http://127.0.0.1/m/demo")
        self.assertEqual(demo["status"], 200)
        self.assertIn('href="/m/login"', demo["body"])
        self.assertIn('action="/m/login_handler', login["body"])
        self.assertEqual(css["headers"]["Content-Type"], "text/css")

    def test_turbogears2_is_for_production(self):
        sample = samples.turbogears2()
        ini = (sample.directory / sample.config).read_text()
        self.assertIn("\ndebug = false\n", ini)
        self.assertNotIn("devdata", ini)
        self.assertTrue((sample.directory / "production.db").stat().st_size)
        self.assertTrue((sample.directory / "myapp.egg-info").is_dir())

    def test_from_index(self):
        sample = samples.from_index()
        page, packages = ask(sample, {"path": "/", "mount": "/m"},
                             "/packages/")
        self.assertIn('href="/m/packages/"', page["body"])
        self.assertEqual(packages["status"], 200)
        self.assertEqual(sorted(os.listdir(sample.directory)),
                         ["packages", "production.ini"])

    def test_mod_wsgi_6(self):
        virtualenv = samples.mod_wsgi_6()
        output = subprocess.run(
            [virtualenv / "bin/mod_wsgi-express", "module-config"],
            check=True, text=True, capture_output=True).stdout
        module = re.search(r'^LoadModule wsgi_module "(.+)"$', output,
                           re.MULTILINE)
        self.assertIn(virtualenv, Path(module.group(1)).parents)
        self.assertTrue(Path(module.group(1)).is_file())
        self.assertEqual(len(list(virtualenv.glob(
            "lib/python*/site-packages/mod_wsgi-6.*info"))), 1)


class Conflict(unittest.TestCase):
    """The two virtualenvs that disagree."""

    def test_application_virtualenv(self):
        sample = samples.conflict()
        facts = seen(sample, "dist=WebOb&module=webob&module=paste.deploy")
        self.assertEqual(facts["dist"], {"WebOb": "1.8.11"})
        for file in facts["module"].values():
            self.assertIn(str(sample.site_packages), file)

    def test_baseline(self):
        baseline = samples.baseline()
        code = ("import webob, paste.deploy as p; from importlib.metadata "
                "import version as v; print(v('WebOb'), v('PasteDeploy'))")
        self.assertEqual(run(baseline / "bin/python", code).split(),
                         ["1.8.7", "3.0.1"])

    def test_baseline_wins_when_layered_carelessly(self):
        webob, paste_deploy = self.layered(LAYERED)
        self.assertIn(samples.baseline(), webob.parents)
        self.assertIn(samples.baseline(), paste_deploy.parents)

    def test_application_wins_when_moved_to_the_front(self):
        """Even `paste`, which a .pth of the baseline made at its start."""
        webob, paste_deploy = self.layered(MOVED)
        self.assertIn(samples.conflict().virtualenv, webob.parents)
        self.assertIn(samples.conflict().virtualenv, paste_deploy.parents)

    def layered(self, code):
        """Which webob and paste.deploy are found, after ``code``."""
        return map(Path, run(
            samples.baseline() / "bin/python", code + TELL,
            samples.conflict().site_packages).split())


class Interpreter(unittest.TestCase):
    """The virtualenvs suit the system's mod_wsgi."""

    def test_minor_version(self):
        version = run(kept.interpreter(),
                      "import sys; print('3.%d' % sys.version_info[1])")
        linked = re.search(rb"libpython(3\.\d+)", self.module())
        self.assertEqual(version.strip(), linked.group(1).decode())

    def module(self):
        """The system's mod_wsgi, as bytes."""
        for pattern in kept.MODULES:
            for path in glob.glob(pattern):
                return Path(path).read_bytes()
        raise unittest.SkipTest("the system has no mod_wsgi")


class Keeping(unittest.TestCase):
    """A directory is made once, and only complete ones are used."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name, "cache")
        self.calls = []
        for patch in (
                mock.patch.dict(os.environ, {
                    "MODWSGIDEPLOY_TEST_CACHE": str(self.root)}),
                mock.patch.dict(kept.results, clear=True)):
            patch.start()
            self.addCleanup(patch.stop)

    def _make_thing(self, unit):
        self.calls.append(unit)
        (unit / f"file {len(self.calls)}").touch()
        if self.root.joinpath("broken").exists():
            raise kept.BuildError("no network")

    def made(self, new_run=True):
        """Asks for the directory; as another run of the tests would."""
        if new_run:
            kept.results.clear()
        return kept.make_once(self._make_thing)

    def test_once(self):
        unit = self.made()
        self.assertEqual(self.made(), unit)
        self.assertEqual(self.made(new_run=False), unit)
        self.assertEqual(self.calls, [unit])
        self.assertEqual(unit.stat().st_mode & 0o777, 0o755)
        self.assertEqual(self.root.stat().st_mode & 0o777, 0o755)

    def test_broken_is_made_again_by_the_next_run(self):
        kept.root().joinpath("broken").touch()
        for new_run in True, False:
            with self.assertRaisesRegex(kept.BuildError, "no network"):
                self.made(new_run)
        self.assertEqual(len(self.calls), 1)
        self.root.joinpath("broken").unlink()
        unit = self.made()
        self.assertEqual(sorted(os.listdir(unit)), ["complete", "file 2"])

    def test_old_is_made_again(self):
        unit = self.made()
        old = time.time() - kept.MAX_AGE - 1
        os.utime(unit, (old, old))
        self.assertEqual(self.made(), unit)
        self.assertEqual(len(self.calls), 2)

    def test_another_recipe_leaves_what_is_in_use(self):
        old, used = (kept.root() / f"thing-{name}" for name in "ab")
        for directory in old, used:
            directory.mkdir()
            (directory / "complete").touch()
        os.utime(old / "complete", (0, 0))
        unit = self.made()
        self.assertFalse(old.exists())
        self.assertTrue(used.exists() and unit.exists())

    def test_a_root_that_others_can_write_is_refused(self):
        self.root.mkdir()
        self.root.chmod(0o777)
        with self.assertRaisesRegex(kept.BuildError, "not ours alone"):
            self.made()

    def test_a_tool_that_fails(self):
        with self.assertRaisesRegex(kept.BuildError, "sh -c .*\nwhy\n"):
            kept.run("sh", "-c", "echo why >&2; exit 3")
