"""``serve``, run as a user runs it."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from tests.support import samples
from tests.support.ports import free_port

BIN = Path(sys.executable).parent


def command(sample, *arguments, name="modwsgideploy", top=None, **kwargs):
    """Start ``serve`` for ``sample``, with ``top`` for temporary files."""
    words = (["modwsgideploy", "serve"] if name == "modwsgideploy"
             else ["paster", "modwsgi_serve"])
    return subprocess.Popen(
        [str(BIN / words[0]), words[1], str(sample.directory),
         "--virtualenv", str(sample.virtualenv), "--config", sample.config,
         *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "ignore",
             **({"TMPDIR": top} if top else {})}, **kwargs)


def left_behind(top):
    """What private servers have left in the temporary directory ``top``."""
    shown = subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE,
                           encoding="utf-8", check=True).stdout
    return [*os.listdir(top), *(line for line in shown.splitlines()
                                if f"{top}/mwd-" in line)]


class Serve(unittest.TestCase):

    def finish(self, process, status):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, status, out + err)
        return out, err

    def check_stopped_by(self, number, status, *arguments, **kwargs):
        top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, top)
        os.chmod(top, 0o1777)     # anybody makes files there
        process = command(samples.paste(), *arguments, top=top, **kwargs)
        line = process.stdout.readline()
        match = re.match(r"Serving http://127\.0\.0\.1:(\d+)(/\S*)", line)
        self.assertTrue(match, line)
        connection = http.client.HTTPConnection("127.0.0.1",
                                                int(match.group(1)))
        connection.request("GET", match.group(2) + "/seen")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.assertTrue(left_behind(top))
        process.send_signal(number)
        self.finish(process, status)
        self.assertEqual(left_behind(top), [])

    def test_ctrl_c_stops_it_and_leaves_nothing_behind(self):
        self.check_stopped_by(signal.SIGINT, 0)

    def test_sigterm_stops_it_and_leaves_nothing_behind(self):
        self.check_stopped_by(signal.SIGTERM, 0)

    def test_under_paster(self):
        # Not inside the project: its requirements are not installed here.
        self.check_stopped_by(signal.SIGTERM, 0, name="paster", cwd="/")

    def test_a_probe_prints_status_and_time_and_exits_with_0(self):
        out, _ = self.finish(command(samples.paste(), "--probe"), 0)
        self.assertRegex(out, r"^200 OK in \d+\.\d+ s: http://127\.0\.0\.1:"
                              r"\d+/plain_app\n$")

    def test_a_probe_shows_the_address_that_it_asked_for(self):
        out, _ = self.finish(command(
            samples.paste(), "--probe", "/gone/caf\xe9 x\nY: z%20"), 1)
        self.assertRegex(out, r"^404 .*/gone/caf%C3%A9%20x%0AY:%20z%20\n$")

    def test_a_probe_of_a_path_that_is_not_there_exits_with_1(self):
        out, _ = self.finish(
            command(samples.paste(), "--probe", "/plain_app/gone"), 1)
        self.assertRegex(out, "^404 Not Found in ")

    def test_an_application_that_fails_is_explained_and_exits_with_1(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.paste().copy(Path(top, "project"))
            Path(sample.directory, sample.config).write_text(
                "[app:main]\npaste.app_factory = gone:main\n")
            _, err = self.finish(command(sample, "--probe"), 1)
        self.assertIn("No module named 'gone'", err)

    def test_debug_in_a_configuration_that_was_asked_for_is_no_fault(self):
        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            sample = samples.paste().copy(Path(top, "project"))
            for name in "development.ini", "production.ini":
                config = Path(sample.directory, name)
                config.write_text(
                    Path(sample.directory, "production.ini").read_text()
                    .replace("[app:main]\n", "[app:main]\ndebug = true\n"))
            sample = sample._replace(config="development.ini")
            _, err = self.finish(command(sample, "--probe"), 0)
            self.assertNotIn("[MWD501]", err)
            done = subprocess.run(
                [str(BIN / "modwsgideploy"), "serve", str(sample.directory),
                 "--virtualenv", str(sample.virtualenv), "--probe"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                encoding="utf-8", check=True)
            self.assertIn("[MWD501]", done.stderr)

    def test_a_port_of_ones_own_and_one_that_is_taken(self):
        port = free_port()
        out, _ = self.finish(command(
            samples.paste(), "--probe", "--port", str(port)), 0)
        self.assertIn(f"127.0.0.1:{port}/", out)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            _, err = self.finish(command(
                samples.paste(), "--probe", "--port", str(port)), 2)
        self.assertIn(f"--port: {port}", err)

    def test_a_configuration_that_is_not_there_names_the_others(self):
        sample = samples.paste()._replace(config="gone.ini")
        _, err = self.finish(command(sample, "--probe"), 2)
        self.assertIn("gone.ini", err)
        self.assertIn("production.ini", err)

    def test_without_root_it_needs_no_more(self):
        if os.geteuid():
            self.skipTest("these tests run without root already")
        user = dict(user="nobody", group="nogroup", cwd="/")
        reachable = subprocess.run(
            [str(BIN / "modwsgideploy"), "--version"],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            **user) if os.access(BIN, os.X_OK) else None
        if reachable is None or reachable.returncode:
            self.skipTest("another user cannot enter this checkout")
        self.check_stopped_by(signal.SIGTERM, 0, **user)


class Loaded(unittest.TestCase):

    def test_new_code_is_served_when_the_script_is_touched(self):
        """What the runbook says of updates."""
        from tests.support.deployed import deployed

        with tempfile.TemporaryDirectory() as top:
            directory = Path(top, "changing")
            directory.mkdir()
            for path in (Path(top), directory):
                path.chmod(0o755)
            module = directory / "changing.py"
            code = ("def main(global_conf):\n"
                    "    def application(environ, start_response):\n"
                    "        start_response('200 OK', [])\n"
                    "        return [b'%s']\n"
                    "    return application\n")
            module.write_text(code % "old")
            Path(directory, "changing.ini").write_text(
                "[app:main]\npaste.app_factory = changing:main\n")
            sample = samples.Sample(
                "changing", directory, samples.bare().virtualenv,
                "changing.ini", "changing")
            with deployed((sample, {"processes": "1"})) as site:
                self.assertEqual(site.text("/"), "old")
                module.write_text(code % "newer")
                self.assertEqual(site.text("/"), "old")
                time.sleep(1.1)
                os.utime(site.sites[0].script)
                self.assertEqual(site.text("/"), "newer")


if __name__ == "__main__":
    unittest.main()
