"""``serve --reload``, while somebody edits the project."""

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from modwsgideploy.apache.probe import probe
from modwsgideploy.system.accounts import find_account
from tests.support import http_samples, samples

BIN = Path(sys.executable).parent


class Reload(unittest.TestCase):

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.top.chmod(0o755)

    def serve(self, sample, *options):
        """Serve a copy of ``sample``; its directory."""
        directory = sample.copy(self.top / "project").directory
        shutil.rmtree(directory / "apache", ignore_errors=True)
        process = subprocess.Popen(
            [BIN / "modwsgideploy", "serve", directory, "--reload",
             "--virtualenv", sample.virtualenv, "--config", sample.config,
             "--static=", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, cwd=directory)
        self.addCleanup(process.communicate)
        self.addCleanup(process.send_signal, signal.SIGINT)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, args=[process.stdout],
                         daemon=True).start()
        url = self.said(r"Serving http://127\.0\.0\.1:(\d+)(/\S*)")
        self.port, self.path = int(url[1]), url[2]
        return directory

    def read(self, stream):
        for line in stream:
            self.lines.put(line)

    def said(self, pattern):
        """The match of the next line that has ``pattern``."""
        lines, end = [], time.monotonic() + 60
        while time.monotonic() < end:
            try:
                lines.append(self.lines.get(timeout=1))
            except queue.Empty:
                continue
            match = re.search(pattern, lines[-1])
            if match:
                return match
        return self.fail("".join([f"no {pattern} in:\n", *lines]))

    def edit(self, path, old, new):
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def get(self, path):
        return probe(self.path.rstrip("/") + path, self.port)

    def check(self, directory, module, old, name):
        """Edit the code and the ini; the next answer is that of both."""
        code, ini = directory / module, directory / "production.ini"
        working = code.read_text()
        self.edit(code, old, f"raise ValueError(7)\n{old}")
        self.said(rf"Changed: {re.escape(module)}; starting new processes")
        self.said(r"answers 500 Internal Server Error")
        self.said(r"error: the application raised ValueError: 7")
        code.write_text(working)
        self.said(rf"Changed: {re.escape(module)}; ")
        self.said(r"answers [24]\d\d ")
        before = self.get("/seen?" + name).body
        with ini.open("a") as stream:
            stream.write("# a comment\n")
        self.said(r"Changed: production\.ini; ")
        self.said(r"answers [24]\d\d ")
        self.assertEqual(self.get("/seen?" + name).status, 200, before)

    def test_with_daemon_processes(self):
        directory = self.serve(samples.bare())
        self.check(directory, "bare_app.py", "def ", "env=A")
        # What is recorded counts as well, and what it names.
        (directory / ".env").write_text("A=of the file\n")
        (directory / ".env").chmod(0o640)
        if not os.geteuid():
            os.chown(directory / ".env", -1, find_account().gid)
        subprocess.run([BIN / "modwsgideploy", "deploy", directory, "-q",
                        "--config=production.ini", "--env-file=.env"],
                       check=True, stderr=subprocess.DEVNULL)
        self.said(r"Changed: apache/site\.ini")
        self.said(r"answers [24]\d\d ")
        self.assertIn(b"of the file", self.get("/seen?env=A").body)
        (directory / ".env").chmod(0o604)
        (directory / ".env").write_text("A=for all\n")
        self.said(r"Changed: \.env; ")
        self.said(r"--env-file: .*/\.env: everybody can read")
        self.said("The processes of before go on")
        self.assertIn(b"of the file", self.get("/seen?env=A").body)
        (directory / ".env").write_text("A=\n")
        (directory / ".env").chmod(0o640)
        self.said(r"answers [24]\d\d ")

    def test_with_an_application_server(self):
        directory = self.serve(http_samples.wire(), "--backend=http")
        code = directory / "wire_app.py"
        working = code.read_text()
        self.edit(code, "def ", "raise ValueError(7)\ndef ")
        self.said(r"Changed: wire_app\.py; starting new processes")
        self.said(r"answers 50\d ")
        code.write_text(working)
        self.said(r"Changed: wire_app\.py; ")
        self.said(r"answers [24]\d\d ")
        self.assertEqual(self.get("/wsgi?name=x").status, 200)

    def test_begins_with_what_fails(self):
        sample = samples.bare().copy(self.top / "broken")
        code = sample.directory / "bare_app.py"
        working = code.read_text()
        code.write_text("raise ValueError(7)\n")
        self.serve(sample)
        self.said(r"the application raised ValueError: 7")
        (self.top / "project" / "bare_app.py").write_text(working)
        self.said(r"Changed: bare_app\.py; ")
        self.said(r"answers [24]\d\d ")

    def test_is_for_one_project_until_ctrl_c(self):
        for words in (["--reload", "--probe", str(self.top)],
                      ["--reload", "-"]):
            done = subprocess.run(
                [BIN / "modwsgideploy", "serve", *words], check=False,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--reload: is for one project", done.stderr)


if __name__ == "__main__":
    unittest.main()
