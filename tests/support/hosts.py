"""Test hosts on this machine: systemd, sshd, Apache and the command on each.

    with hosts.made(3) as fleet:
        one, two, three = fleet           # host1, host2 and host3
        one.run("systemctl", "reload", "apache2")     # as root, without ssh
        one.ssh("sudo", "modwsgideploy", "status")  # as admin, by ssh
        one.get("/shop", "www.example.com").status
        (one.root / "etc/apache2/ports.conf").read_text()
        fleet.run("ansible-playbook", "-i", fleet.inventory(), "rollout.yml")
        one.cut_off()                     # its cable is drawn

Each is a systemd-nspawn container with a network, a disk and a control group
of its own; ``fleet.run`` runs a command of this machine on the network that
they are on.  A disk has ``size`` bytes (tmpfs), so it can be filled.  They
are gone with the end of the ``with``, and also when the tests are killed.
They start in about two seconds; the system that they boot is made once, see
`tests.support.host_trees`.

``require()`` is for ``setUpClass``: it skips where a machine cannot make them.
"""

import contextlib
import ctypes
import functools
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import NamedTuple

from tests.support import host_trees

NO_HOSTS = ("NO TEST HOSTS ON THIS MACHINE: what is for more than one host"
            " goes untested ({})")
NETWORK = "10.77.0."
LIMIT_SECONDS = 60
KEEPER = Path(__file__).with_name("host_keeper.py")
SSH_CONFIG = """\
IdentityFile {0}/key
IdentitiesOnly yes
BatchMode yes
User admin
ConnectTimeout 30
StrictHostKeyChecking accept-new
UserKnownHostsFile {0}/known_hosts
ServerAliveInterval 3
ServerAliveCountMax 5
"""
_CLONE_NEWNET = 0x40000000
_UNSHARE = ("unshare", "--mount", "--pid", "--net", "--fork",
            "--kill-child=KILL", "--mount-proc")
_NEEDED = ("mmdebstrap", "systemd-nspawn", "ip", "ssh", "ssh-keygen",
           "nsenter", "unshare")


class Answer(NamedTuple):
    """What a web server answered; 0 and the error where it did not."""

    status: int
    body: str
    headers: dict


@functools.cache
def missing():
    """Why this machine can make no hosts, or ""."""
    if os.geteuid():
        return "only root can make them"
    absent = [name for name in _NEEDED if not shutil.which(name)]
    if absent:
        return f"no {', '.join(absent)}"
    with tempfile.TemporaryDirectory() as top:
        tried = subprocess.run(
            [*_UNSHARE, "sh", "-ec", _TRIAL, "sh", top],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False)
    if tried.returncode:
        return (tried.stderr.strip().splitlines() or ["unshare failed"])[-1]
    return "" if _cgroup_tops() else "no control groups to write to"


_TRIAL = """
cd "$1"
mount -t tmpfs tmpfs .
mkdir lower upper work root
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root
ip link add bridge type bridge
ip link add one type veth peer name two
"""


def require():
    """Skip where there can be no hosts; but fail where CI is to have them."""
    reason = missing()
    if not reason:
        return
    if os.environ.get("CI") == "true":
        raise AssertionError(NO_HOSTS.format(reason))
    raise unittest.SkipTest(reason)


@contextlib.contextmanager
def made(count, size="512m", **sizes):
    """A Fleet of ``count`` hosts that answer; ``host2="64m"`` is a small disk.

    Raises AssertionError with the boot's messages where one does not start.
    """
    trees = [str(host_trees.product()), str(host_trees.base())]
    with tempfile.TemporaryDirectory(prefix="fleet") as top:
        fleet = Fleet(Path(top), count)
        try:
            fleet.start(trees, {host.name: sizes.get(host.name, size)
                                for host in fleet})
            yield fleet
        finally:
            fleet.end()


class Fleet:
    """Some hosts, and the network of who controls them."""

    def __init__(self, top, count):
        self.top = top
        self.key = top / "key"
        # For ssh: who may get in where, as in ~/.ssh/config.
        self.config = top / "ssh_config"
        self._hosts = tuple(Host(self, f"host{number}", NETWORK + str(
            10 + number)) for number in range(1, count + 1))
        self._keeper = None
        self.cgroups = _cgroups(f"modwsgideploy-{os.getpid()}-{id(self):x}")

    def __iter__(self):
        return iter(self._hosts)

    def __getitem__(self, number):
        return self._hosts[number]

    def __len__(self):
        return len(self._hosts)

    def start(self, trees, sizes):
        """Boot all hosts, and wait till each serves ssh and http."""
        _sweep()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                        "tests", "-f", self.key], check=True)
        self.config.write_text(SSH_CONFIG.format(self.top) + "".join(
            f"Host {host.name}\n    HostName {host.address}\n"
            for host in self))
        (self.top / "hosts").mkdir()
        self._keeper = subprocess.Popen(
            [*_UNSHARE, sys.executable, KEEPER], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        json.dump({
            "top": str(self.top / "hosts"), "trees": trees,
            "controller": NETWORK + "1", "cgroups": self.cgroups,
            "key": self.key.with_suffix(".pub").read_text().strip(),
            "hosts": [{"name": host.name, "address": host.address,
                       "size": sizes[host.name]} for host in self]},
            self._keeper.stdin)
        self._keeper.stdin.write("\n")
        self._keeper.stdin.flush()
        if self._keeper.stdout.readline() != "ready\n":
            raise AssertionError("the hosts were not made, see above")
        for host in self:
            host.wait()

    def end(self):
        """End all hosts; nothing of them stays."""
        if self._keeper:
            self._keeper.stdin.close()
            try:
                self._keeper.wait(LIMIT_SECONDS)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper.stdout.close()
        for cgroup in self.cgroups:
            _remove_cgroup(Path(cgroup))

    @functools.cached_property
    def pid(self):
        """The keeper, which is in the network of the controller."""
        return children(self._keeper.pid)[0]

    @contextlib.contextmanager
    def network(self):
        """Be in the controller's network: this thread, and what it starts.

        A socket or a thread that is made in it stays in it.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as before, open(
                f"/proc/{self.pid}/ns/net") as its:
            if libc.setns(its.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if libc.setns(before.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")

    def run(self, *command, check=True, timeout=300, **kwargs):
        """Run a command of this machine in the controller's network."""
        with self.network():
            return _run(command, check, timeout, **kwargs)

    def inventory(self):
        """The file of an Ansible inventory, written now."""
        path = self.top / "inventory.ini"
        path.write_text("[sites]\n" + "".join(
            f"{host.name}\n" for host in self) + "\n[sites:vars]\n"
            f"ansible_become=true\nansible_ssh_common_args=-F {self.config}\n"
            "ansible_python_interpreter=/usr/bin/python3\n")
        return path


class Host:
    """One of them."""

    def __init__(self, fleet, name, address):
        self._fleet, self.name, self.address = fleet, name, address

    def __repr__(self):
        return f"<{self.name} {self.address}>"

    @functools.cached_property
    def pid(self):
        """Its process 1, by the number that it has on this machine."""
        for pid in children(self._fleet.pid):
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            if f"--machine={self.name}" in words:
                for child in children(pid):
                    return child
        raise AssertionError(f"{self.name} does not run\n{self.messages()}")

    @property
    def root(self):
        """Its file system, for reading and writing; follow no links there."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def cgroups(self):
        """The directories of its control group."""
        return [f"{top}/{self.name}" for top in self._fleet.cgroups]

    def messages(self):
        """What its boot has said."""
        return (self._fleet.top / "hosts" / f"{self.name}.log").read_text(
            errors="replace")

    def wait(self):
        """Wait till sshd and Apache answer."""
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(OSError, AssertionError, IndexError):
                if self.get("/").status and self._greets():
                    return
            time.sleep(0.05)
        raise AssertionError(f"{self.name} does not answer\n{self.messages()}")

    def _greets(self):
        with self._connection(22) as ssh:
            return ssh.sock.recv(4) == b"SSH-"

    def run(self, *command, check=True, timeout=120, **kwargs):
        """Run a command on it as root, not by ssh; a CompletedProcess."""
        return _run(["nsenter", "--target", str(self.pid), "--all", "env",
                     "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin"
                     ":/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
                     *command], check, timeout, **kwargs)

    def ssh(self, *command, user="admin", check=True, timeout=120, **kwargs):
        """Run a command on it as ``user``, by ssh from the controller."""
        return self._fleet.run(
            "ssh", "-F", self._fleet.config, f"{user}@{self.name}", *command,
            check=check, timeout=timeout, **kwargs)

    def send(self, source, destination):
        """Copy a file or directory of this machine to it, owned by root."""
        self.run("mkdir", "-p", destination)
        packed = subprocess.run(
            ["tar", "-C", source, "--owner=0", "--group=0", "-cf", "-", "."],
            check=True, stdout=subprocess.PIPE).stdout
        self.run("tar", "-C", destination, "-xf", "-", input=packed,
                 text=False)

    def get(self, path, host="", timeout=60):
        """The `Answer` to a request from the controller, at port 80."""
        with contextlib.closing(self._connection(80, timeout)) as connection:
            connection.request("GET", path, headers={
                "Host": host or self.name, "Connection": "close"})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(
                "utf-8", "replace"), dict(answer.getheaders()))

    def _connection(self, port, timeout=10):
        connection = _Connection(self.address, port, timeout=timeout)
        with self._fleet.network():
            connection.connect()
        return connection

    def cut_off(self):
        """Draw its cable."""
        self._fleet.run("ip", "link", "set", self.name, "down")

    def connect(self):
        """Put it back."""
        self._fleet.run("ip", "link", "set", self.name, "up")

    def fill_disk(self, spare_kb=0):
        """Leave no room on its disk but ``spare_kb``."""
        self.run("sh", "-c", "cat /dev/zero > /filled 2>/dev/null || true;"
                 f"truncate -s -{spare_kb}K /filled")

    def empty_disk(self):
        """Give the room back."""
        self.run("rm", "-f", "/filled")


class _Connection(http.client.HTTPConnection):

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _run(command, check, timeout, **kwargs):
    """Run a command; where it fails and is not to, say what it said."""
    kwargs.setdefault("text", True)
    kwargs.setdefault("stderr", subprocess.PIPE)
    if "input" not in kwargs:
        kwargs.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([str(word) for word in command], check=False,
                          timeout=timeout, stdout=subprocess.PIPE, **kwargs)
    if check and done.returncode:
        raise AssertionError(f"{command}: exit status {done.returncode}\n"
                             f"{done.stdout}\n{done.stderr}")
    return done


def children(pid):
    """The numbers of the processes that a process has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (entry / "stat").read_text()
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return sorted(found)


def _cgroups(name):
    """The directories of control groups called so; two with cgroups v1."""
    return [str(top / name) for top in _cgroup_tops()]


def _cgroup_tops():
    first = Path("/sys/fs/cgroup")
    tops = [top for top in (first / "systemd", first / "unified")
            if (top / "cgroup.procs").is_file()]
    return [top for top in tops or [first] if (top / "cgroup.procs").is_file()
            and os.access(top / "cgroup.procs", os.W_OK)]


def _sweep():
    """Remove the control groups that killed tests have left."""
    for top in _cgroup_tops():
        for left in top.glob("modwsgideploy-*"):
            owner = left.name.split("-")[1]
            if not Path("/proc", owner).exists():
                _remove_cgroup(left)


def _remove_cgroup(top):
    """Remove a control group and those in it, when their processes ended."""
    end = time.monotonic() + LIMIT_SECONDS
    while top.is_dir():
        for directory, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        if time.monotonic() > end:
            raise AssertionError(f"{top} is not empty")
        time.sleep(0.02)
