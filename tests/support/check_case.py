"""One deployment on a private Apache, and what `check` says of it."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import quote

from modwsgideploy.apache import parser
from modwsgideploy.errors import DeployError
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import kept, samples
from tests.support.ending import ending_at_once
from tests.support.ports import free_port

BIN = Path(sys.executable).parent
HOST = "www.example.com"


class CheckCase(unittest.TestCase):
    """One deployment, in place, and what surrounds it on the server."""

    maxDiff = None
    sample = staticmethod(samples.paste)
    choices = ()
    modules = ()
    wsgi = True
    # That has no finding: what the sample's pages read of their own accord.
    usual = ("--egg-cache=", "--pass-authorization")

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)
        self.virtualenv = self.sample().virtualenv
        project = self.sample().copy(self.top / "project")
        self.project, self.name = project.directory, project.package
        # What somebody deployed of the sample itself is not copied.
        shutil.rmtree(self.project / "apache", ignore_errors=True)
        self.ini = self.project / (project.config or "production.ini")
        self.others = []
        self.port = free_port()

    def deploy(self, *choices):
        """Write the deployment, in place."""
        (self.top / "logs").mkdir(exist_ok=True)
        self.run_command(
            "deploy", "-q", "--in-place", f"--virtualenv={self.virtualenv}",
            f"--config={self.ini.name}", f"--log-directory={self.top}/logs",
            *self.usual, *choices)
        self.assertEqual(self.status, 0)
        self.conf = self.project / "apache" / self.name
        self.script = self.project / "apache" / (self.name + ".wsgi")
        text = self.conf.read_text()
        self.host = HOST if "ServerName" in text else ""
        # Static files are below it.
        self.mount = min((
            directive.arguments[0] for directive
            in parser.parse(text, "")
            if directive.key in ("wsgiscriptalias", "alias")), key=len)

    def run_command(self, *arguments):
        """What modwsgideploy prints."""
        done = subprocess.run(
            [BIN / "modwsgideploy", arguments[0], self.project,
             *arguments[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        self.status = done.returncode
        return done.stdout + done.stderr

    def edit(self, path, old, new):
        """Change a file by hand."""
        text = path.read_text()
        self.assertRegex(text, old)
        path.write_text(re.sub(old, new, text))

    def neighbour(self, text):
        """Configuration of the server before the site's own."""
        path = self.top / f"other{len(self.others)}.conf"
        path.write_text(text + "\n")
        self.others.append(str(path))

    @contextlib.contextmanager
    def apache(self, seconds=8):
        """A private Apache, not started yet, configured for the site.

        Some sites do not answer at all, so it waits for ``seconds`` only.
        """
        with ending_at_once(Server(
                port=self.port, virtualenv=str(self.virtualenv),
                prefer="system", timeout=seconds,
                wsgi=self.wsgi, modules=self.modules)) as server:
            self.served = self.serving()
            self.server_config = server.configure(self.served)
            yield server

    def serving(self):
        """The sites (Served) of a private Apache."""
        baseline = self.project / "apache" / "baseline.conf"
        return [Served((*self.others, str(self.conf)), self.mount, self.host,
                       str(baseline) if baseline.exists() else "")]

    def check(self, *arguments):
        """The findings, by code."""
        with self.apache():
            return self.findings(*arguments)

    def findings(self, *arguments):
        report = json.loads(self.run_command(
            "check", "--json", "--server-config", self.server_config,
            *arguments))
        site, = report["sites"]
        findings = {each["code"]: each for each in site["problems"]
                    if each["level"] != "hint"}
        self.assertEqual(self.status, int(bool(findings)))
        levels = {each["level"] for each in findings.values()}
        self.assertEqual(site["status"], "errors" if "error" in levels else
                         "warnings" if levels else "in order")
        return findings

    def visit(self, path="/", symptom="", seconds=8, **options):
        """What a visitor gets and the log says, as one text.

        Lines of the log may come after the answer: it waits until
        ``symptom``, a regular expression, is found.
        """
        with self.apache(seconds) as server:
            try:
                server.start(self.served)
                answer = server.get(quote(self.mount.rstrip("/")) + path,
                                    self.host, **options)
                text = "\n".join((
                    f"{answer.status} {answer.reason}",
                    answer.body.decode("utf-8", "replace")))
                end = time.monotonic() + 30
                while True:
                    text = "\n".join((text, *server.new_lines()))
                    if (re.search(symptom, text)
                            or time.monotonic() > end):
                        return text
                    time.sleep(0.05)
            except DeployError as error:
                return "\n".join((str(error), *(
                    path.read_text() for path
                    in (self.top / "logs").iterdir())))

    def mend(self, finding):
        """Do as the finding says, as whoever runs this."""
        done = subprocess.run(
            re.sub(r"\bsudo ", "", finding["fix"]), shell=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
            cwd="/", umask=0o022)
        self.assertEqual(done.returncode, 0, (finding, done.stdout))

    def prove(self, code, symptom, mended="200", path="/", **options):
        """Foretold, seen, mended, gone."""
        found = self.check()
        self.assertIn(code, found)
        self.assertRegex(self.visit(path, symptom, **options), symptom)
        self.mend(found[code])
        self.assertNotIn(code, self.check())
        self.assertRegex(self.visit(path, mended, 60, **options), mended)


def needs_root(test):
    return unittest.skipIf(
        os.geteuid(), "only root can serve as another user")(test)


class StagedCase(CheckCase):
    """The same with an application of the test's own before the sample's."""

    def wrap(self, code):
        """Answer what ``answer(environ)``, defined by ``code``, knows.

        It returns a body and more headers; None leaves it to the sample.
        """
        # As the text is, and not as a pattern has it.
        code = code.replace("\\", r"\\")
        self.edit(self.script, r"\Z", f"""
{code}

sample = application

def application(environ, start_response):
    answered = answer(environ)
    if answered is None:
        return sample(environ, start_response)
    start_response('200 OK', [('Content-Type', 'text/plain'), *answered[1:]])
    return [answered[0]]
""")

    def get(self, server, path, **options):
        """What a visitor of the running server gets."""
        return server.get(self.mount + path, self.host, **options)

    def together(self, server, path, count, **options):
        """The statuses of ``count`` visitors at one time, in order."""
        statuses = []
        visitors = [threading.Thread(target=lambda: statuses.append(
            self.get(server, path, **options).status))
            for _ in range(count)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        return sorted(statuses)

    def hints(self):
        """The findings that are shown with -v alone, by code."""
        with self.apache():
            report = json.loads(self.run_command(
                "check", "--json", "--server-config", self.server_config))
        return {each["code"]: each for each in report["sites"][0]["problems"]
                if each["level"] == "hint"}


def other_python():
    """A Python that is not that of mod_wsgi."""
    ours = re.search(r"3\.\d+", kept.interpreter())
    for minor in range(9, 15):
        path = next(iter(Path.home().glob(
            f".pyenv/versions/3.{minor}.*/bin/python")), None) or (
                shutil.which(f"python3.{minor}"))
        if path and (not ours or ours[0] != f"3.{minor}"):
            return path
    raise unittest.SkipTest("no second Python 3 on this machine")
