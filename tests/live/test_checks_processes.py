"""How the processes of a site run, and what breaks them.

Each failure is foretold, seen, and mended by the printed fix.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.support import kept, samples
from tests.support.check_case import HOST, CheckCase, StagedCase


class Processes(CheckCase):
    """Numbers are those of the failures that users meet most."""

    def test_01_a_daemon_process_that_another_site_has(self):
        # Other words of the directive may end in the name.
        home = self.top / "plain_app"
        home.mkdir()
        self.deploy(f"--home={home}")
        self.neighbour("WSGIDaemonProcess plain_app threads=1")
        self.prove("MWD401", "did not start(.|\n)*Name duplicates")
        self.assertEqual(self.check(), {})
        self.assertIn(f"home={home} ", self.conf.read_text())

    def test_10_not_the_first_interpreter(self):
        self.deploy()
        self.edit(self.conf, r" application-group=%\{GLOBAL\}", "")
        self.prove("MWD406", r'"application_group": "[^"]',
                   r'"application_group": ""', "/seen")

    def test_11_the_process_group_of_another_host(self):
        self.deploy()
        self.neighbour(f"<VirtualHost *:{self.port}>\n"
                       "ServerName other.example\n"
                       "WSGIDaemonProcess theirs threads=1\n</VirtualHost>\n"
                       f"<VirtualHost *:{self.port}>\n"
                       "ServerName 127.0.0.1\n</VirtualHost>")
        self.edit(self.conf, "process-group=plain_app",
                  "process-group=theirs")
        self.prove("MWD403", "500|did not start|did not answer")

    def test_11_a_process_group_that_nobody_defines(self):
        self.deploy()
        self.edit(self.conf, "process-group=plain_app",
                  "process-group=nobodys")
        self.prove("MWD402", "500|did not start|did not answer")

    def test_12_no_locale(self):
        self.deploy()
        self.edit(self.conf, r" \\\n +lang=.* \\\n +locale=\S+", "")
        self.prove("MWD407", '"fs_encoding": "ascii"',
                   '"fs_encoding": "utf-8"', "/seen")

    def test_12_a_locale_that_is_not_installed(self):
        self.deploy("--locale=xx_YY.UTF-8")
        self.prove("MWD408", '"fs_encoding": "ascii"',
                   '"fs_encoding": "utf-8"', "/seen")

    def test_a_daemon_process_after_the_script_that_needs_it(self):
        self.deploy()
        text = self.conf.read_text()
        daemon = re.search(r"WSGIDaemonProcess(?:.*\\\n)*.*\n", text)[0]
        self.conf.write_text(text.replace(daemon, "") + daemon)
        self.prove("MWD404", "did not start(.|\n)*not yet configured")

    def test_a_process_group_for_the_whole_server(self):
        self.deploy("--no-preload")
        self.edit(self.conf, r"(?m)^ +WSGIProcessGroup.*\n", "")
        self.edit(self.conf, r"\Z", "WSGIProcessGroup plain_app\n")
        self.prove("MWD405", "200")

    def test_embedded_mode_where_it_is_switched_off(self):
        self.deploy()
        self.neighbour("WSGIRestrictEmbedded On")
        self.edit(self.conf, " process-group=plain_app", "")
        self.prove("MWD418", "[45]0\\d")

    def test_certbots_copy_of_the_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        daemon = re.search(r"WSGIDaemonProcess (\S+)", self.conf.read_text())
        copy = self.top / "plain_app-le-ssl.conf"
        copy.write_text("<VirtualHost *:443>\n"
                        f"ServerName {HOST}\n"
                        f"WSGIDaemonProcess {daemon[1]} threads=1\n"
                        "</VirtualHost>\n")
        self.neighbour(f"Include {copy}")
        self.prove("MWD416", "did not start(.|\n)*Name duplicates")

    def test_certbots_copy_of_a_host_whose_name_begins_alike(self):
        self.deploy()
        copy = self.top / "plain_apple-le-ssl.conf"
        copy.write_text("WSGIDaemonProcess plain_app threads=1\n")
        self.neighbour(f"Include {copy}")
        found = self.check()
        self.assertIn("MWD401", found)
        self.assertNotIn("MWD416", found)

    def test_certbots_copy_is_read_before_the_host(self):
        self.deploy(f"--server-name={HOST}", f"--port={self.port}")
        text = self.conf.read_text()
        host = re.search(r"(?ms)^<VirtualHost.*", text)[0]
        groups = re.search(
            r"process-group=\S+ application-group=%\{GLOBAL\}", text)[0]
        copy = self.top / f"{self.name}-le-ssl.conf"
        # As an alias was generated at first, and may still be written.
        copy.write_text(re.sub(
            r"(WSGIScriptAlias .*)", rf"\1 {groups}",
            host.replace(f"*:{self.port}>", "*:443>")))
        self.neighbour(f"Include {copy}")
        self.prove("MWD404", "did not start(.|\n)*not yet configured")


class Sockets(StagedCase):

    def test_08_sockets_that_a_log_rotation_takes_away(self):
        self.deploy()
        self.assertRegex(self.during_a_log_rotation(),
                         "503(.|\n)*No such file or directory.*"
                         r"Unable to connect to WSGI daemon process")
        with self.apache():
            output = self.run_command("check", "-v", "--no-load",
                                    "--server-config", self.server_config)
        self.assertIn("hint: WSGISocketRotation is not off", output)
        self.assertEqual(self.status, 0)
        self.mend(self.hints()["MWD310"])
        self.assertNotIn("MWD310", self.hints())
        self.assert_reached(self.during_a_log_rotation())

    def test_08_the_generated_baseline_keeps_them(self):
        self.deploy(f"--baseline={samples.baseline()}")
        # An ordinary user's server has its sockets elsewhere.
        self.edit(self.project / "apache" / "baseline.conf",
                  "(?m)^WSGISocketPrefix.*\n", "")
        self.assertNotIn("MWD310", self.hints())
        self.assert_reached(self.during_a_log_rotation())

    def assert_reached(self, output):
        """The socket was there; but mod_wsgi, up to 6.1, takes nothing from
        a child of Apache that has read its configuration before."""
        self.assertNotIn(" 503 ", output)
        self.assertNotIn("Unable to connect", output)
        self.assertIn("Request origin could not be validated", output)

    def during_a_log_rotation(self):
        """The answer to a request that is half sent then, and the log."""
        with self.apache() as server:
            server.start(self.served)
            before = self.process(server)
            with socket.create_connection(
                    ("127.0.0.1", self.port)) as visitor:
                visitor.sendall(f"GET {self.mount}/ HTTP/1.0\r\n".encode())
                self.wait_for(lambda: self.is_read(visitor))
                # As logrotate does, by `apachectl graceful`.
                pid = Path(f"{server.directory}/httpd.pid").read_text()
                os.kill(int(pid), signal.SIGUSR1)
                # The processes of before end; visitors come anew.
                self.wait_for(lambda: not os.path.exists(f"/proc/{before}"))
                self.wait_for(lambda: self.process(server))
                server.new_lines()
                visitor.sendall(b"Host: 127.0.0.1\r\n\r\n")
                with visitor.makefile("rb") as answer:
                    status = answer.readline().decode()
            lines = [status]

            def is_told():
                lines.extend(server.new_lines())
                return "wsgi" in "".join(lines)

            self.wait_for(is_told)
            return "\n".join(lines)

    def is_read(self, visitor):
        """Whether a process of the server has read what the visitor sent.

        Before, its end of the connection is of no process (inode 0), or
        has bytes to be read (proc_net_tcp(5)).
        """
        port = visitor.getsockname()[1]
        lines = [line for table in ("tcp", "tcp6")
                 for line in Path("/proc/net", table).read_text().split("\n")
                 if ":" in line]
        for line in lines:
            _, local, remote, _, queues, _, _, _, _, inode, *_ = line.split()
            if (int(local.rpartition(":")[2], 16) == self.port
                    and int(remote.rpartition(":")[2], 16) == port):
                return inode != "0" and int(queues.split(":")[1], 16) == 0
        return False

    def process(self, server):
        """The id of the process that answers; None if there is none."""
        answer = self.get(server, "/seen")
        return json.loads(answer.body)["pid"] if answer.status == 200 \
            else None

    def wait_for(self, true):
        """Return once it is."""
        end = time.monotonic() + 60
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


# A library in C as many are: it takes Python's lock wherever it is called.
LIBRARY = r"""
#include <Python.h>

static PyObject *call(PyObject *self, PyObject *function)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(function);
    PyGILState_Release(state);
    return result;
}

static PyMethodDef methods[] = {{"call", call, METH_O, ""}, {NULL}};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "library", "", -1, methods};

PyMODINIT_FUNC PyInit_library(void)
{
    return PyModule_Create(&module);
}
"""


class Interpreters(StagedCase):

    def test_10_a_library_in_c_hangs_outside_the_first_interpreter(self):
        directory = self.top / "libraries"
        directory.mkdir()
        (directory / "library.c").write_text(LIBRARY)
        include = subprocess.check_output(
            [kept.interpreter(), "-c", "import sysconfig;"
             " print(sysconfig.get_path('include'))"], text=True).strip()
        subprocess.run(
            ["gcc", "-shared", "-fPIC", f"-I{include}", "-o",
             directory / "library.so", directory / "library.c"], check=True)
        self.deploy(f"--python-path={directory}")
        self.edit(self.conf, r"application-group=%\{GLOBAL\}",
                  "application-group=plain_app")
        self.edit(self.script, r"\Z", "import library\nlibrary.call(list)\n")
        self.prove("MWD406", "did not answer within", "200 OK")


class Load(StagedCase):

    def test_20_a_site_that_is_overrun(self):
        self.overrun("--queue-timeout=0")

    def test_20_a_queue_timeout_that_comes_too_late(self):
        self.overrun("--queue-timeout=45")

    def overrun(self, choice):
        """Foresee it, let it happen, mend it, let it happen again."""
        self.deploy("--processes=1", "--threads=1", "--socket-timeout=4",
                    choice)
        found = self.check()
        self.assertIn("MWD412", found)
        statuses, later = self.busy()
        self.assertIn(504, statuses)
        self.assertEqual(later, 504)
        self.mend(found["MWD412"])
        self.assertNotIn("MWD412", self.check())
        statuses, later = self.busy()
        self.assertIn(200, statuses)
        self.assertEqual(later, 200)

    def busy(self):
        """What twelve visitors of a slow page get, and one after them."""
        with self.apache() as server:
            server.start(self.served)
            statuses = self.together(server, "/sleep?seconds=1.2", 12)
            return statuses, self.get(server, "/").status


class Code(StagedCase):

    def test_19_a_changed_script_that_is_not_loaded_again(self):
        self.deploy("--processes=1")
        self.edit(self.conf, r"\Z", "WSGIScriptReloading Off\n")
        self.wrap("def answer(environ):\n    return (b'code 1',)")
        found = self.check()["MWD415"]
        self.assertEqual(self.change("code 1", "code 2"), b"code 1")
        self.mend(found)
        self.assertNotIn("MWD415", self.check())
        self.assertEqual(self.change("code 2", "code 3"), b"code 3")

    def change(self, old, new):
        """What a visitor sees once the script of a running site changed."""
        with self.apache() as server:
            server.start(self.served)
            self.assertEqual(self.get(server, "/").body, old.encode())
            self.edit(self.script, old, new)
            later = time.time() + 2
            os.utime(self.script, (later, later))
            return self.get(server, "/").body

    def test_19_a_changed_module(self):
        self.deploy("--processes=1")
        with self.apache() as server:
            server.start(self.served)
            self.assertEqual(self.get(server, "/linked").body, b"linked\n")
            self.assertNotIn("MWD415", self.findings())
            earlier = time.time() - 60
            module = self.project / "plain_app" / "seen.py"
            self.edit(module, 'b"linked', 'b"changed')
            later = time.time() + 1
            # The ini counts as the code does.
            for path, other in ((self.ini, module), (module, self.ini)):
                os.utime(path, (later, later))
                os.utime(other, (earlier, earlier))
                self.assertIn(str(path), self.findings()["MWD415"]["message"])
            self.assertEqual(self.get(server, "/linked").body, b"linked\n")
            found = self.findings()
            time.sleep(1.1)
            self.mend(found["MWD415"])
            self.assertEqual(self.get(server, "/linked").body, b"changed\n")
            self.assertNotIn("MWD415", self.findings())
