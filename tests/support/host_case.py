"""Sites on six hosts, rolled out by Ansible, and what each host serves.

    class Shops(HostCase):
        sites = 12

        def test_it(self):
            self.write("2")               # new code of all projects
            self.rollout()                # what ansible-playbook printed
            self.assertEqual(self.served(), self.expected("2"))

Every host has a site ``shop`` of its own name, the same on all, and an equal
share of the ``sites``.  They are of a few projects, as in an agency, and those
of a project share processes, so that two hundred fit.
"""

import contextlib
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support import ansible, hosts
from tests.support.apache_case import BIN

# ``{more}`` is run for each request; the page says what is served and where.
APPLICATION = """\
import os

VERSION = {version!r}
HOST = os.uname().nodename
{importing}

def application(environ, start_response):
    {more}
    text = ' '.join([VERSION, {project!r}, HOST, environ['HTTP_HOST']])
    start_response('200 OK', [('Content-Type', 'text/plain'),
                              ('Content-Length', str(len(text)))])
    return [text.encode()]
"""
PROJECTS = ("one", "two", "three")
DEFAULTS = """\
[DEFAULT]
platform = debian
application = app:application
virtualenv =
processes = 1
threads = 15
"""


class HostCase(unittest.TestCase):
    """Hosts that are there for all tests of the class, with version 1."""

    count = 6
    others = 0          # hosts without sites
    sites = 12
    sizes = {}          # of disks, by the names of hosts
    first_rollout = True

    @classmethod
    def setUpClass(cls):
        hosts.require()
        made = contextlib.ExitStack()
        cls.addClassCleanup(made.close)
        cls.fleet = made.enter_context(hosts.made(
            cls.count + cls.others, **cls.sizes))
        cls.serving = cls.fleet[:cls.count]
        cls.top = cls.fleet.top
        cls.directory = cls.top / "fleet"
        cls.write("1")
        cls.write_inventory()
        if cls.first_rollout:
            cls.rollout()

    # What is on the controller

    @classmethod
    def write_inventory(cls):
        """The manifest, and what the command makes of it for Ansible."""
        manifest = cls.top / "sites.ini"
        everywhere = " ".join(host.name for host in cls.serving)
        sections = [section("shop", everywhere), *(
            section(name, host.name) for host in cls.serving
            for name in cls.names(host)[1:])]
        manifest.write_text("\n".join([DEFAULTS, *sections]))
        done = subprocess.run(
            [BIN / "modwsgideploy", "fleet", manifest, "-o", cls.directory],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, stdin=subprocess.DEVNULL, timeout=120)
        assert not done.returncode, done.stdout
        with (cls.directory / "inventory.ini").open("a") as stream:
            stream.write("\n[balancers]\n" + "".join(
                f"{host.name}\n" for host in cls.fleet[cls.count:]))

    @classmethod
    def write(cls, version, importing="", more="pass"):
        """Write new code of all projects.

        ``importing`` is run when it is loaded, ``more`` for each request.
        """
        for project in PROJECTS:
            directory = cls.top / "projects" / project
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "app.py").write_text(APPLICATION.format(
                version=version, project=project, importing=importing,
                more=more))

    @classmethod
    def playbook(cls, name, *options, status=0):
        """Run a playbook; what it printed.  ``status`` None is any but 0."""
        done = cls.fleet.run(
            "ansible-playbook", name, *options,
            check=False, timeout=600, cwd=cls.directory,
            env=environment(cls.fleet),
            stderr=subprocess.STDOUT)
        right = (done.returncode == status if status is not None
                 else done.returncode)
        assert right, f"{done.returncode}\n{done.stdout}"
        return done.stdout

    @classmethod
    def rollout(cls, *options, status=0):
        return cls.playbook("rollout.yml", *options, status=status)

    # What is on the hosts

    @classmethod
    def names(cls, host):
        """The names of the sites of ``host``."""
        return ["shop", *(f"site{site}" for site in range(
            cls.serving.index(host), cls.sites, cls.count))]

    def expected(self, version, *chosen):
        """The pages of each site, as `served` gives them."""
        pages = {}
        for host in chosen or self.serving:
            for name in self.names(host):
                pages[host.name, name] = (
                    200, f"{version} {project_of(name)} {host.name}"
                    f" {name}.example.com")
        return pages

    def served(self, *chosen):
        """Status and body of each site of each host."""
        wanted = [(host, name) for host in chosen or self.serving
                  for name in self.names(host)]
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda pair: pair[0].get(
                "/", f"{pair[1]}.example.com"), wanted)
        return {(host.name, name): (answer.status, answer.body)
                for (host, name), answer in zip(wanted, answers)}


def section(name, hosts):
    """The section of a site in the manifest."""
    project = project_of(name)
    return (f"[{name}]\nproject = projects/{project}\nhosts = {hosts}\n"
            f"daemon = {project}\nserver-name = {name}.example.com\n"
            "mount-point = /\n")


def project_of(name):
    """The project of a site."""
    return PROJECTS[0 if name == "shop" else int(name[4:]) % len(PROJECTS)]


def environment(fleet):
    """The environment of an Ansible that drives the hosts of ``fleet``."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("ANSIBLE_")}
    return {
        **kept, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1",
        "PATH": f"{ansible.virtualenv()}/bin:{os.environ['PATH']}",
        "ANSIBLE_HOME": str(fleet.top / "ansible"),
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_SSH_COMMON_ARGS": f"-F {fleet.config}",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(fleet.top / "cp"),
        # What is connected longer than a test needs would outlive it.
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=10s"}


def state(host):
    """What an idle run may not touch: files with times, and processes."""
    found = {"apache": host.run(
        "systemctl", "show", "-p", "MainPID", "apache2").stdout}
    listed = host.run(
        "find", "/etc/apache2", "/srv/modwsgideploy", "-printf",
        "%p %y %m %u %T@ %l\n").stdout
    found["files"] = sorted(listed.splitlines())
    found["sums"] = host.run("sh", "-c", (
        "find /etc/apache2 -type f -exec sha256sum {} +")).stdout
    # Apache's own children come and go; those of mod_wsgi with a reload.
    found["daemons"] = host.run(
        "sh", "-c", "ps -eo pid=,args= | grep '[(]wsgi:'").stdout
    return found


def recap(printed):
    """The counts of each host at the end of what Ansible printed."""
    counts = {}
    for line in printed.partition("PLAY RECAP")[2].splitlines():
        name, colon, rest = line.partition(":")
        if colon:
            counts[name.strip()] = {
                key: int(value) for key, _, value in (
                    word.partition("=") for word in rest.split())}
    return counts


def path(name):
    """A file of the tests' own playbooks."""
    return Path(__file__).with_name("sources") / "fleet" / name
