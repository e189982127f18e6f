"""Hosts of a fleet on this machine, each with an Apache and releases of its
own; Ansible reaches them without ssh."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import modwsgideploy
from tests.support import ansible
from tests.support.apache_case import BIN, ApacheCase

PACKAGE = Path(modwsgideploy.__file__).parent
APPLICATION = """\
VERSION = {version!r}
{more}

def application(environ, start_response):
    {broken}
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [VERSION.encode()]
"""


class LocalHost(ApacheCase):
    """One host; not a test itself."""

    def start(self, case, name):
        """Set it up until ``case`` is over; it."""
        case.addCleanup(self.doCleanups)
        self.setUp()
        self.name = name
        return self

    def setUp(self):
        super().setUp()
        self.releases = self.top / "releases"

    def generation(self):
        """What changes when Apache reads its configuration."""
        return (self.root / "run" / "apache.pid").stat().st_mtime_ns

    def installed(self):
        """The text of the site's configuration."""
        return (self.root / "sites-available" / "shop.conf").read_text()

    def served(self, path="/shop"):
        """The version that answers."""
        answer = self.get(path)
        assert answer.status == 200, (answer.status, answer.body, self.log())
        return answer.body.decode()

    @property
    def current(self):
        """The release that is served."""
        return os.readlink(self.releases / "current")

    @property
    def variables(self):
        """What the inventory says of it."""
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "site_command": str(BIN / "modwsgideploy"),
            "site_root": str(self.releases),
            "site_server_config": str(self.config)}


class FleetCase(unittest.TestCase):
    """Some hosts, and a project on the controller."""

    maxDiff = None
    hosts = ("one",)

    def setUp(self):
        top = tempfile.TemporaryDirectory()
        self.addCleanup(top.cleanup)
        self.top = Path(top.name).resolve()
        self.bin = ansible.virtualenv() / "bin"
        self.shop = self.top / "shop"
        self.code("1")
        self.local = {name: LocalHost().start(self, name)
                      for name in self.hosts}
        self.fleet = self.top / "fleet"
        self.fleet.mkdir()
        self.sites = {name: [self.site(host)]
                      for name, host in self.local.items()}
        self.write_inventory()

    def code(self, version, more="", broken="pass"):
        """Write the code of a ``version`` of the project."""
        self.shop.mkdir(exist_ok=True)
        (self.shop / "app.py").write_text(APPLICATION.format(
            version=version, more=more, broken=broken))

    def site(self, host, **options):
        """The shop on ``host``, with ``options``."""
        return {"name": "shop", "project": "shop",
                "application": "app:application", "processes": 1,
                "platform": "debian", "log_directory": f"{host.root}/log",
                **options}

    def write_inventory(self):
        """Have Ansible know the hosts as they are now."""
        hosts = {name: {**host.variables, "site_sites": self.sites[name]}
                 for name, host in self.local.items()}
        (self.fleet / "inventory.json").write_text(json.dumps({
            "all": {"children": {"sites": {"hosts": hosts, "vars": {
                "site_projects": {"shop": {"directory": str(self.shop)}}
            }}}}}))

    def ansible(self, name, *arguments, status=0):
        """What a playbook of the collection says."""
        return self.run_ansible("ansible-playbook", "-i",
                                self.fleet / "inventory.json",
                                f"modwsgideploy.fleet.{name}", *arguments,
                                status=status)

    def module(self, host, module, status=0, *arguments, **parameters):
        """What a module of the collection returns for ``host``."""
        host = self.local[host]
        parameters = {"command": str(BIN / "modwsgideploy"),
                      "server_config": str(host.config), **parameters}
        out = self.run_ansible(
            "ansible", "-i", self.fleet / "inventory.json", host.name, "-m",
            f"modwsgideploy.fleet.{module}", "-a", json.dumps(parameters),
            *arguments, status=status, ANSIBLE_STDOUT_CALLBACK="json",
            ANSIBLE_LOAD_CALLBACK_PLUGINS="true")
        task = json.loads(out)["plays"][0]["tasks"][0]
        return task["hosts"][host.name]

    def run_ansible(self, *words, status=0, **environment):
        done = subprocess.run(
            [self.bin / words[0], *words[1:]], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            check=False, cwd=self.fleet, timeout=600, env={
                **os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PACKAGE),
                "ANSIBLE_HOME": str(self.top / "ansible"),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
                "PATH": f"{self.bin}:{os.environ['PATH']}", **environment})
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout
