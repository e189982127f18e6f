"""Write the files of an inventory, as those of a directory for Ansible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modwsgideploy.inventory.hosts import Inventory
from modwsgideploy.inventory.yaml import Value, items, scalar

# Every host that the manifest names.
GROUP = "sites"


def files(inventory: Inventory, manifest: str, collections: str
          ) -> dict[str, dict[str, str]]:
    """Return the texts of an inventory by directory and name.

    ``manifest`` is named in them, and ``collections`` is where Ansible finds
    the collection.
    """
    return {
        "": {
            "inventory.ini": "\n".join(_inventory(inventory, manifest)),
            "ansible.cfg": _ANSIBLE_CFG.format(
                manifest=manifest, collections=collections),
            "rollout.yml": _ROLLOUT.format(manifest=manifest),
            "README.txt": _readme(inventory, manifest)},
        "group_vars": {
            f"{GROUP}.yml": "\n".join(_projects(inventory, manifest))},
        "host_vars": {
            f"{host}.yml": "\n".join(_sites(host, sites, manifest))
            for host, sites in inventory.hosts.items()}}


def _inventory(inventory: Inventory, manifest: str) -> Iterator[str]:
    yield from (f"# Written by modwsgideploy fleet from {manifest}.",
                "# Add what ssh needs to a line, such as"
                " ansible_host=192.0.2.7", f"[{GROUP}]", *inventory.hosts, "")
    for name, hosts in inventory.groups.items():
        yield from (f"[{name}]", *hosts, "")


def _projects(inventory: Inventory, manifest: str) -> Iterator[str]:
    yield from ("---", f"# Written by modwsgideploy fleet from {manifest}.",
                f"site_manifest: {scalar(manifest)}", "",
                "# The projects on this machine.  To each can be added:",
                "#   requirements, constraint: the names of such files in it",
                "#   shared: [uploads], paths in it that all releases share",
                "site_projects:")
    for key, directory in inventory.projects.items():
        yield f"  {scalar(key)}:"
        yield f"    directory: {scalar(directory)}"
    yield from ("", "# The wheels of modwsgideploy, for hosts that have it"
                " not:", '# site_wheels: "{{ inventory_dir }}/wheels"', "",
                "# How many releases a host keeps, and how many hosts are"
                " switched at a time:", "# site_keep: 3",
                "# site_serial: [1, 25%, 100%]", "",
                "# Tasks that take a host out of a balancer, and put it back:",
                '# site_drain_tasks: "{{ inventory_dir }}/drain.yml"',
                '# site_add_tasks: "{{ inventory_dir }}/add.yml"', "",
                "# All that can be set: `ansible-doc -t role"
                " modwsgideploy.fleet.site`.", "")


def _sites(host: str, sites: Sequence[Mapping[str, Value]], manifest: str
           ) -> Iterator[str]:
    yield from ("---", f"# Written by modwsgideploy fleet from {manifest}: the"
                f" sites of {host}.", "site_sites:")
    for site in sites:
        first, *others = items(site, "    ")
        yield from ("  - " + first.lstrip(), *others)
    yield ""


def _readme(inventory: Inventory, manifest: str) -> str:
    left_out = "" if not inventory.left_out else _LEFT_OUT.format(
        names=", ".join(inventory.left_out))
    return _README.format(manifest=manifest, left_out=left_out,
                          hosts=", ".join(inventory.hosts))


_ANSIBLE_CFG = """\
# Written by modwsgideploy fleet from {manifest}.
[defaults]
inventory = inventory.ini
collections_path = {collections}
forks = 20
callback_result_format = yaml
display_skipped_hosts = false
retry_files_enabled = false

[privilege_escalation]
become = true

[ssh_connection]
pipelining = true
# A host that is lost is noticed after half a minute.
ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s
    -o ServerAliveInterval=10 -o ServerAliveCountMax=3
"""

_ROLLOUT = """\
---
# Written by modwsgideploy fleet from {manifest}.
- name: Serve the sites on every host
  ansible.builtin.import_playbook: modwsgideploy.fleet.rollout
"""

_LEFT_OUT = """
Of the manifest these are left out, as each release has its own: {names}.
"""

_README = """\
Sites on many hosts
===================

Written by modwsgideploy fleet from {manifest}, for
{hosts}.

In this directory, with ansible-core 2.15 or later:

    ansible-playbook rollout.yml --check --diff    # what would change
    ansible-playbook rollout.yml                   # serve it
    ansible-playbook modwsgideploy.fleet.status    # what runs where
    ansible-playbook modwsgideploy.fleet.rollback  # the release before

The hosts are Linux machines that ssh reaches, with Python 3.9 or later,
Apache, mod_wsgi and its Python's venv (on Debian: apache2,
libapache2-mod-wsgi-py3, python3-venv), where you are root or have sudo.
Where they have no modwsgideploy, set site_wheels in group_vars/sites.yml.
{left_out}
To change a site, edit {manifest} and run modwsgideploy fleet again; what you
have edited here stays.  To bring new code, run the first two commands.
"""
