"""The httpd and mod_wsgi of this machine, and of others' layouts."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from modwsgideploy.apache import binaries, control
from modwsgideploy.apache.mod_wsgi import (
    find_mod_wsgi,
    python_mismatch,
    read_module,
    versions,
)
from modwsgideploy.errors import DeployError

_spawned = []


def _note(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec"):
        _spawned.append(event)


def make(path, text=""):
    """Make the file ``path`` with ``text`` (str or bytes), and return it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    with open(path, "wb") as stream:
        stream.write(data)
    return path


class Tree(unittest.TestCase):
    """With a directory that stands for / of another machine."""

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.real = binaries.find_httpd()
        self.wsgi = find_mod_wsgi(self.real)

    def link(self, target, path):
        """Make ``path`` in the tree a link to the real ``target``."""
        path = self.root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
        return path

    def link_modules(self, directory):
        for name in os.listdir(self.real.modules):
            if name.endswith(".so") and "wsgi" not in name:
                self.link(f"{self.real.modules}/{name}",
                          f"{directory}/{name}")

    def other_wsgi(self, path, python=None, version=None):
        """A copy of the real mod_wsgi for another Python or version."""
        with open(self.wsgi.path, "rb") as stream:
            data = stream.read()
        for old, new in ((f"libpython{self.wsgi.python}.so",
                          f"libpython{python}.so"),
                         (f"\0{self.wsgi.version}\0", f"\0{version}\0")):
            if "None" not in new:
                assert len(old) == len(new) and old.encode() in data
                data = data.replace(old.encode(), new.encode())
        return make(path, data)

    def find(self, **options):
        return binaries.find_httpd(search_path="", root=self.root, **options)

    def refused(self, function, *args, **kwargs):
        """The message with which ``function`` refuses."""
        with self.assertRaises(DeployError) as caught:
            function(*args, **kwargs)
        return str(caught.exception)


class ThisMachine(Tree):

    def said(self, option):
        return subprocess.run(
            [self.real.path, option], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=True).stdout.decode()

    def test_version_is_the_one_httpd_prints(self):
        self.assertIn(f"Apache/{self.real.version} ", self.said("-v"))
        self.assertEqual(self.real.version_info[:2], (2, 4))

    def test_static_modules_are_those_httpd_prints(self):
        printed = {name[len("mod_"):-len(".c")] for name in
                   self.said("-l").split() if name.startswith("mod_")}
        self.assertTrue(printed)
        shared = {name[len("mod_"):-len(".so")]
                  for name in os.listdir(self.real.modules)}
        self.assertLessEqual(printed, self.real.static)
        self.assertFalse(self.real.static & shared)

    def test_without_sbin_in_path(self):
        self.assertEqual(binaries.find_httpd(search_path="/bin"), self.real)

    def test_modules(self):
        self.assertEqual(self.real.mpms[0], "event")
        self.assertTrue(os.path.isfile(self.real.module("mpm_event")))
        self.assertIsNone(self.real.module("flux_capacitor"))
        self.assertTrue(os.path.isfile(self.real.types_config))

    def test_mod_wsgi_is_the_one_httpd_shows(self):
        with open(self.wsgi.path, "rb") as stream:
            self.assertIn(f"libpython{self.wsgi.python}.so".encode(),
                          stream.read())
        self.assertRegex(self.wsgi.version, r"\A[4-9]\.\d+\.\d+\Z")

    def test_versions_start_no_process(self):
        if not _spawned:
            sys.addaudithook(_note)
        _spawned[:] = ["hooked"]
        self.assertEqual(versions(),
                         (self.real.version, self.wsgi.version))
        self.assertEqual(_spawned, ["hooked"])

    def test_versions_take_few_milliseconds(self):
        times = []
        for _ in range(7):
            began = time.perf_counter()
            versions()
            times.append(time.perf_counter() - began)
        self.assertLess(min(times), 0.005)


class OtherLayouts(Tree):

    def test_red_hat(self):
        httpd = self.link(self.real.path, "/usr/sbin/httpd")
        self.link_modules("/etc/httpd/modules")
        self.link(self.wsgi.path, "/etc/httpd/modules/mod_wsgi_python3.so")
        make(f"{self.root}/etc/mime.types")
        found = self.find()
        self.assertEqual(found.path, httpd)
        self.assertEqual(found.modules, f"{self.root}/etc/httpd/modules")
        self.assertEqual(found.types_config, f"{self.root}/etc/mime.types")
        self.assertEqual(found.libraries, "")
        wsgi = find_mod_wsgi(found, root=self.root)
        self.assertEqual(
            wsgi, (f"{found.modules}/mod_wsgi_python3.so",
                   self.wsgi.version, self.wsgi.python))

    def test_red_hat_with_lib64(self):
        self.link(self.real.path, "/usr/sbin/httpd")
        self.link_modules("/usr/lib64/httpd/modules")
        self.assertEqual(self.find().modules,
                         f"{self.root}/usr/lib64/httpd/modules")

    def test_red_hat_with_a_mod_wsgi_for_each_python(self):
        self.link(self.real.path, "/usr/sbin/httpd")
        self.link_modules("/etc/httpd/modules")
        modules = f"{self.root}/etc/httpd/modules"
        self.link(self.wsgi.path, "/etc/httpd/modules/mod_wsgi.so")
        self.other_wsgi(f"{modules}/mod_wsgi_python3.so", python="3.99")
        virtualenv = f"{self.root}/env"
        make(f"{virtualenv}/pyvenv.cfg", "version = 3.99.1\n")
        found = self.find()
        self.assertEqual(
            find_mod_wsgi(found, virtualenv).python, "3.99")
        make(f"{virtualenv}/pyvenv.cfg",
             f"version = {self.wsgi.python}.1\n")
        self.assertEqual(find_mod_wsgi(found, virtualenv).python,
                         self.wsgi.python)
        # Without a virtualenv the newest.
        self.assertEqual(find_mod_wsgi(found).python, "3.99")

    def test_suse(self):
        self.link(self.real.path, "/usr/sbin/httpd-prefork")
        self.link_modules("/usr/lib64/apache2")
        found = self.find()
        self.assertEqual(os.path.basename(found.path), "httpd-prefork")
        self.assertEqual(found.modules, f"{self.root}/usr/lib64/apache2")

    def test_one_directory_of_its_own(self):
        self.link(self.real.path, "/usr/local/apache2/bin/httpd")
        self.link_modules("/usr/local/apache2/modules")
        self.link_modules("/usr/lib/apache2/modules")
        found = self.find()
        prefix = f"{self.root}/usr/local/apache2"
        self.assertEqual(found.modules, f"{prefix}/modules")
        self.assertEqual(found.libraries, f"{prefix}/lib")

    def test_mod_wsgi_standalone_brings_its_own(self):
        self.link(self.real.path, "/usr/sbin/apache2")
        own = self.link(
            self.real.path, "/env/lib/python3.11/site-packages/"
            "mod_wsgi_packages/httpd/bin/httpd")
        self.assertEqual(
            self.find(virtualenv=f"{self.root}/env").path, own)

    def test_what_is_no_httpd_is_passed_over(self):
        for name, text in (("apache2", "#!/bin/sh\n"), ("httpd", "")):
            os.chmod(make(f"{self.root}/usr/sbin/{name}", text), 0o755)
        self.assertIn("no Apache was found", self.refused(self.find))

    def test_none(self):
        make(f"{self.root}/etc/os-release", "ID=fedora\n")
        message = self.refused(self.find, virtualenv="/srv/env")
        self.assertIn("dnf install httpd python3-mod_wsgi", message)
        self.assertIn("/srv/env/bin/pip install mod_wsgi-standalone", message)
        make(f"{self.root}/etc/os-release", "ID=debian\n")
        message = self.refused(self.find)
        self.assertIn("apt-get install apache2 libapache2-mod-wsgi-py3",
                      message)
        make(f"{self.root}/etc/os-release", 'ID_LIKE="suse opensuse"\n')
        self.assertIn("zypper install apache2", self.refused(self.find))

    def test_no_versions_of_nothing(self):
        path = os.environ["PATH"]
        os.environ["PATH"] = ""
        self.addCleanup(os.environ.update, PATH=path)
        self.assertEqual(versions(root=self.root), (None, None))
        self.link(self.real.path, "/usr/sbin/httpd")
        self.assertEqual(versions(root=self.root),
                         (self.real.version, None))

    def test_no_mod_wsgi(self):
        self.link(self.real.path, "/usr/sbin/httpd")
        self.link_modules("/etc/httpd/modules")
        message = self.refused(
            find_mod_wsgi, self.find(), f"{self.root}/env")
        self.assertIn(f"none in {self.root}/etc/httpd/modules", message)
        self.assertIn(f"none in {self.root}/env", message)
        self.assertIn("pip install mod_wsgi-standalone", message)


class Virtualenv(Tree):

    def setUp(self):
        super().setUp()
        self.virtualenv = f"{self.root}/env"

    def own_wsgi(self, **other):
        name = "mod_wsgi-py311.cpython-311-x86_64-linux-gnu.so"
        return self.other_wsgi(
            f"{self.virtualenv}/lib/python{self.wsgi.python}/site-packages/"
            f"mod_wsgi/server/{name}", **other)

    def test_its_own_mod_wsgi_wins(self):
        own = self.own_wsgi(version="6.1.1")
        found = find_mod_wsgi(self.real, self.virtualenv)
        self.assertEqual(found, (own, "6.1.1", self.wsgi.python))
        self.assertEqual(versions(self.virtualenv),
                         (self.real.version, "6.1.1"))
        self.assertEqual(
            find_mod_wsgi(self.real, self.virtualenv, "system"),
            self.wsgi)

    def test_what_is_no_mod_wsgi_is_passed_over(self):
        make(self.own_wsgi(), "")
        self.assertEqual(
            find_mod_wsgi(self.real, self.virtualenv), self.wsgi)

    def test_of_another_python_than_mod_wsgi(self):
        make(f"{self.virtualenv}/pyvenv.cfg", "version = 3.99.1\n")
        message = python_mismatch(self.wsgi, self.virtualenv)
        self.assertIn("Python 3.99", message)
        self.assertIn(f"{self.wsgi.path} runs Python {self.wsgi.python}",
                      message)
        self.assertIn(f"{self.virtualenv}/bin/pip install mod_wsgi", message)
        self.assertIn(f"`python{self.wsgi.python} -m venv`", message)
        make(f"{self.virtualenv}/pyvenv.cfg", "version = 2.7.18\n")
        message = python_mismatch(self.wsgi, self.virtualenv)
        self.assertIn("pip install mod_wsgi", message)
        self.assertNotIn("-m venv", message)

    def test_of_the_same_python(self):
        make(f"{self.virtualenv}/pyvenv.cfg",
             f"version = {self.wsgi.python}.9\n")
        self.assertIsNone(
            python_mismatch(self.wsgi, self.virtualenv))
        self.assertIsNone(python_mismatch(self.wsgi, ""))


class Patterns(Tree):
    """What other builds of mod_wsgi hold in place of this one's strings."""

    def read(self, data):
        return read_module(
            make(f"{self.root}/mod_wsgi.so", b"wsgi_module\0" + data))[1:]

    def test_python_linked_statically(self):
        self.assertEqual(
            self.read(b"\0003.12.0rc2\0x\0005.0.2\0mod_wsgi/%s\0"),
            ("5.0.2", "3.12"))

    def test_version_elsewhere(self):
        self.assertEqual(
            self.read(b"libpython3.9.so.1.0\0\0004.7.1\0\0003.9.2\0"),
            ("4.7.1", "3.9"))

    def test_neither(self):
        self.assertEqual(self.read(b""), ("", ""))


class ConfigTest(Tree):

    def test_good_and_bad(self):
        modules = "".join(
            f"LoadModule {name}_module {self.real.module(name)}\n"
            for name in ("mpm_event", "authz_core"))
        conf = make(f"{self.root}/httpd.conf",
                    modules + f"ServerName x\nListen 127.0.0.1:1\n"
                    f"DefaultRuntimeDir {self.root}\n"
                    f"ErrorLog {self.root}/log\n")
        self.assertEqual(control.config_test(self.real, conf),
                         (True, "Syntax OK"))
        make(conf, modules + "Nonsense on\n")
        good, said = control.config_test(self.real, conf)
        self.assertFalse(good)
        self.assertIn("Invalid command 'Nonsense'", said)
