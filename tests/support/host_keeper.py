"""Boot test hosts in namespaces of their own, and keep them until told to end.

``python host_keeper.py`` is process 1 of a process, mount and network
namespace (`tests.support.hosts` starts it with unshare).  It reads a line of
JSON, makes a bridge and the hosts, prints ``ready``, and waits for the end of
its standard input, which comes with the end of the tests, however they end.
When it exits the kernel ends all hosts, and what is mounted and every network
goes with the namespaces.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def main():
    """Do what the first line of standard input says."""
    wanted = json.loads(sys.stdin.readline())
    top = wanted["top"]
    run("mount", "--make-rprivate", "/")
    for directory in ("/run/netns", "/run/systemd/nspawn"):
        os.makedirs(directory, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", directory)
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "bridge", "type", "bridge")
    run("ip", "address", "add", f"{wanted['controller']}/24", "dev", "bridge")
    run("ip", "link", "set", "bridge", "up")
    for host in wanted["hosts"]:
        connect(host)
        lay_out(host, top, wanted)
    booted = [boot(host, top, wanted["cgroups"]) for host in wanted["hosts"]]
    print("ready", flush=True)
    sys.stdin.read()
    del booted


def connect(host):
    """A network namespace with one address, on the bridge."""
    name = host["name"]
    run("ip", "netns", "add", name)
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0",
        "netns", name)
    run("ip", "link", "set", name, "master", "bridge", "up")
    run("ip", "-n", name, "address", "add", f"{host['address']}/24", "dev",
        "eth0")
    for device in ("eth0", "lo"):
        run("ip", "-n", name, "link", "set", device, "up")


def lay_out(host, top, wanted):
    """The root file system: shared trees, and what is this host's own."""
    disk = Path(top, host["name"])
    disk.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"mode=755,size={host['size']}", "tmpfs",
        disk)
    for name in ("upper", "work", "root"):
        (disk / name).mkdir(mode=0o755)
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir={':'.join(wanted['trees'])},upperdir={disk}/upper,"
        f"workdir={disk}/work", disk / "root")
    root = disk / "root"
    (root / "etc/hostname").write_text(host["name"] + "\n")
    names = [("127.0.0.1", "localhost")] + [
        (one["address"], one["name"]) for one in wanted["hosts"]]
    (root / "etc/hosts").write_text(
        "".join(f"{address} {name}\n" for address, name in names))
    subprocess.run(["chroot", root, "sh", "-ec", PEOPLE, "sh", wanted["key"]],
                   check=True)


# Root and an administrator get in by the key of the run.
PEOPLE = """
useradd --create-home --shell /bin/bash admin
echo 'admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin
chmod 440 /etc/sudoers.d/admin
for home in /root /home/admin; do
    mkdir -p -m 700 $home/.ssh
    echo "$1" > $home/.ssh/authorized_keys
done
chown -R admin: /home/admin/.ssh
ssh-keygen -A >/dev/null
echo 'ServerName localhost' > /etc/apache2/conf-enabled/own-name.conf
"""


def boot(host, top, cgroups):
    """Start systemd in a control group of the host's own."""
    name = host["name"]

    def enter():
        for cgroup in cgroups:
            directory = Path(cgroup, name)
            directory.mkdir(parents=True)
            (directory / "cgroup.procs").write_text("0")

    log = open(f"{top}/{name}.log", "wb")
    return subprocess.Popen(
        ["systemd-nspawn", "--quiet", f"--directory={top}/{name}/root",
         "--boot", "--register=no", "--keep-unit", f"--machine={name}",
         f"--network-namespace-path=/run/netns/{name}", "--console=pipe",
         "--resolv-conf=off", "--timezone=off"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=enter)


def run(*command):
    """Run a command; what it says goes to the tests."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
