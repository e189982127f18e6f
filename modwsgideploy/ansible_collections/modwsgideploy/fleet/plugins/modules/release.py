#!/usr/bin/python
# Copyright: the authors of modwsgideploy
# MIT License
"""Make a release of all sites of one host, and say whether it would work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Make a release of a host, and say whether it would work
version_added: "1.0.0"
description:
  - Unpacks the code of projects, makes a virtualenv for each, writes the
    deployments of all sites beside those that are served, and checks them,
    with each application loaded. It also has Apache test its configuration
    with them.
  - Nothing is switched. M(modwsgideploy.fleet.site) serves the release.
  - It fails, and leaves nothing behind, where the release would not work.
  - Hand edits of the deployments that are served are merged.
options:
  name:
    description: The name of the release, the same for all hosts.
    type: str
    required: true
  sites:
    description:
      - The sites of the host, each with its C(name), the name of its
        C(project) in O(projects), and options with underscores.
      - In their values C({code}) stands for the directory of the project.
    type: list
    elements: dict
    required: true
  projects:
    description:
      - The projects of the sites, each with the path of its C(archive), which
        M(modwsgideploy.fleet.artifacts) has made, and the paths in it that
        all releases have in common (C(shared)).
    type: dict
    required: true
  manifest:
    description: The name of the manifest of the sites. A release of another
      one than that of the release that is served is refused.
    type: str
  python:
    description: What makes the virtualenvs; the Python of Apache's mod_wsgi.
    type: path
    default: /usr/bin/python3
  load:
    description: Whether the checks load each application.
    type: bool
    default: true
extends_documentation_fragment:
  - modwsgideploy.fleet.host
attributes:
  check_mode:
    description: Says whether the release is there, and makes none.
    support: partial
  diff_mode:
    description: Shows what serving the release would change.
    support: full
author:
  - The authors of modwsgideploy (@modwsgideploy)
"""

EXAMPLES = r"""
- name: Make a release
  modwsgideploy.fleet.release:
    name: 20261127-093000
    projects:
      shop:
        archive: /var/tmp/shop.tar.gz
    sites:
      - name: shop
        project: shop
        server_name: www.example.com
"""

RETURN = r"""
before:
  description: The release that is served; empty for none.
  returned: success
  type: str
would_change:
  description: Whether serving it would change anything.
  returned: success
  type: bool
sites:
  description: What would become of each site.
  returned: success
  type: list
  elements: dict
"""

import glob
import os
import pwd
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.command import (
    COMMAND_SPEC,
    Command,
    diff_of,
    errors,
    in_short,
    is_wrong,
    messages,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.databases import (
    databases,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.manifest import (
    manifest_text,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.releases import (
    NAME,
    ROOT,
    Releases,
)

_LINES = 12
_OTHER_PYTHON = ("the wheels are for another Python or machine than this host;"
                 " have site_build_python be of its version, and hosts of other"
                 " versions in another manifest")
# What a switch writes at most: a checkpoint, configurations, records.
_ROOM_KB = 1024
# Of Apache's processes, as the distributions have them.
_USERS = ("www-data", "apache", "wwwrun")
SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "root": {"type": "path", "default": ROOT},
    "sites": {"type": "list", "elements": "dict", "required": True},
    "projects": {"type": "dict", "required": True},
    "manifest": {"type": "str"},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "load": {"type": "bool", "default": True},
    "probe": {"type": "str"},
    **COMMAND_SPEC,
}


def _group(user: Any) -> int:
    """Return the group of ``user``, or of Apache's processes; -1 if there is
    none."""
    for name in [user] if user else _USERS:
        try:
            return pwd.getpwnam(name).pw_gid
        except KeyError:
            continue
    return -1


def _room_kb(path: str) -> int:
    """Return how much of the disk of ``path`` is free for root.

    That is enough where the file system does not count it.
    """
    found = os.statvfs(path)
    return (found.f_bfree * found.f_frsize // 1024 if found.f_blocks
            else _ROOM_KB)


class Failed(Exception):
    """The release would not work; the message says why, and what to do."""


class Making:
    """Makes one release."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.params = module, module.params
        self.releases = Releases(module.params["root"])
        self.name: str = module.params["name"]
        self.command = Command(module)
        self.before = self.releases.current

    def path(self, *parts: str) -> str:
        """Return a path in the release."""
        return self.releases.path(self.name, *parts)

    def make(self) -> None:
        """Make all of it.  Raises Failed or OSError."""
        self.refuse_other()
        self.refuse_databases()
        os.mkdir(self.path())
        for key, project in self.params["projects"].items():
            self.unpack(key, project)
        self.copy_deployments()
        self.write()
        self.check()

    def refuse_other(self) -> None:
        """Raise Failed where another manifest's sites would be gone."""
        had = self.releases.record(self.before).get("manifest")
        manifest = self.params["manifest"]
        if had and manifest and had != manifest:
            raise Failed(
                f"{self.releases.root}: the release that is served has the"
                f" sites of {had}, and one of {manifest} would switch them off;"
                " put all sites of a host into one manifest, or name another"
                f" site_root; where {had} was renamed, keep site_manifest:"
                f" {had}")

    def refuse_databases(self) -> None:
        """Raise Failed for what only the release that is served has."""
        if not self.before:
            return
        code = self.releases.path(self.before, "projects")
        shared = f"{self.releases.root}/shared"
        for path in databases(code):
            key, _, inside = os.path.relpath(path, code).partition("/")
            raise Failed(
                f"{path}: is a database that a site has made inside of its"
                " release, and the next one would not have it; move it to"
                f" {shared}/{key}/{inside}, and add {inside} to `shared` of"
                f" the project {key}")

    def unpack(self, key: str, project: dict[str, Any]) -> None:
        """Unpack a project, and make its virtualenv."""
        code = self.path("projects", key)
        staged = self.path("unpacked", key)
        os.makedirs(staged)
        try:
            with tarfile.open(project["archive"]) as archive:
                if hasattr(tarfile, "tar_filter"):
                    archive.extractall(staged, filter="tar")
                else:
                    archive.extractall(staged)
        except tarfile.TarError as error:
            raise Failed(f"{project['archive']}: cannot be unpacked"
                         f" ({error})") from None
        os.makedirs(os.path.dirname(code), exist_ok=True)
        os.rename(f"{staged}/code", code)
        self.admit(key, code)
        self.share(key, code, project.get("shared") or [])
        self.install(key, sorted(glob.glob(
            f"{glob.escape(staged)}/wheels/*.whl")))
        shutil.rmtree(self.path("unpacked"))

    def admit(self, key: str, code: str) -> None:
        """Let the processes of its sites read what is closed to others."""
        users = {site.get("user") for site in self.params["sites"]
                 if (site.get("project") or site["name"]) == key}
        group = _group(users.pop() if len(users) == 1 else None)
        for head, _, names in os.walk(code):
            for name in names:
                path = os.path.join(head, name)
                if not os.path.islink(path) and not (
                        os.stat(path).st_mode & 0o004):
                    os.chown(path, -1, group)

    def share(self, key: str, code: str, paths: list[str]) -> None:
        """Link what all releases share into the ``code`` of a project."""
        for path in paths:
            plain = os.path.normpath(path)
            if plain.startswith(("/", "..")) or plain == ".":
                raise Failed(f"{key}: shared: {path!r} is no path in the"
                             " project")
            target = os.path.join(self.releases.root, "shared", key, plain)
            place = os.path.join(code, plain)
            if not os.path.lexists(target):
                raise Failed(
                    f"{target}: is missing, which the releases of {key} have"
                    " in common; make the file or directory, with the rights"
                    " that the user of its processes needs")
            if os.path.isdir(place) and not os.path.islink(place):
                shutil.rmtree(place)
            elif os.path.lexists(place):
                os.unlink(place)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(target, place)

    def install(self, key: str, wheels: list[str]) -> None:
        """Make the virtualenv of a project, of nothing but ``wheels``."""
        directory = self.path("venvs", key)
        self.run(f"{self.params['python']} -m venv", [
            self.params["python"], "-m", "venv",
            *["--without-pip"] * (not wheels), directory])
        if wheels:
            # They are unpacked, and no code of the project runs.
            self.run(f"{key}: pip install", [
                f"{directory}/bin/python", "-m", "pip", "install", "--quiet",
                "--disable-pip-version-check", "--no-input", "--no-index",
                "--no-deps", "--no-cache-dir", "--only-binary=:all:",
                "--root-user-action=ignore", *wheels])

    def run(self, what: str, words: list[str]) -> None:
        """Run a command.  Raises Failed with the end of what it says."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("PYTHON", "PIP_"))}
        done = subprocess.run(
            words, check=False, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", env=environment)
        if done.returncode:
            tail = done.stdout.strip().splitlines()[-_LINES:]
            if "not a supported wheel" in done.stdout:
                tail.append(_OTHER_PYTHON)
            raise Failed("\n    ".join(
                [f"{what} failed ({done.returncode})", *tail]))

    def copy_deployments(self) -> None:
        """Copy those that are served, so that hand edits are merged."""
        if self.before:
            served = self.releases.path(self.before, "sites")
            shutil.copytree(served, self.path("sites"), symlinks=True,
                            ignore=shutil.ignore_patterns("*.new"))

    def write(self) -> None:
        """Write the manifest, and the deployments.  Raises Failed."""
        path = self.releases.manifest(self.name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with open(descriptor, "w", encoding="utf-8") as stream:
            try:
                stream.write(manifest_text(self.params["sites"], self.path()))
            except ValueError as error:
                raise Failed(str(error)) from None
        document = self.command.document("batch", path)
        if is_wrong(document):
            raise Failed("\n".join(messages(document)))
        have = {site["name"] for site in document["sites"]}
        sites = self.path("sites")
        for name in os.listdir(sites) if os.path.isdir(sites) else ():
            if name not in have:      # gone from the manifest
                shutil.rmtree(os.path.join(sites, name))

    def check(self) -> None:
        """Check the deployments.  Raises Failed for errors."""
        load = ["--no-load"] * (not self.params["load"])
        document = self.command.document(
            "check", *load, self.releases.manifest(self.name))
        found = errors(document, self.path()) or document["messages"]
        if found:
            raise Failed("\n".join(found))

    def foretell(self) -> dict[str, Any]:
        """Say what serving it would change.  Raises Failed."""
        probe = self.params["probe"]
        document = self.command.document(
            "enable", "-n", *[f"--probe={probe}"] * bool(probe),
            self.releases.manifest(self.name))
        if is_wrong(document):
            raise Failed("\n".join(messages(document)))
        if document["changed"]:
            for path in ("/etc", self.releases.root):
                room_kb = _room_kb(path)
                if room_kb < _ROOM_KB:
                    raise Failed(f"{path}: no room is left on its disk, of"
                                 f" which {room_kb} KB are free; make some")
        return document

    def tidy(self) -> None:
        """Remove archives of other releases."""
        needed = {project["archive"]
                  for project in self.params["projects"].values()}
        for path in glob.glob(os.path.join(
                glob.escape(self.releases.root), "archives", "*.tar.gz")):
            if path not in needed:
                os.unlink(path)

    def names(self) -> Iterator[str]:
        """The names of the sites."""
        return (site["name"] for site in self.params["sites"])


def main() -> None:
    """Do what the task says."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    os.umask(0o022)
    making = Making(module)
    name = making.name
    if not NAME.fullmatch(name):
        module.fail_json(msg=f"{name}: is no name of a release, such as"
                         " 20261127-093000")
    if making.releases.danger:
        module.fail_json(msg=making.releases.danger)
    is_there = bool(making.releases.record(name))
    if module.check_mode and not is_there:
        module.exit_json(changed=True, would_change=True, sites=[],
                         before=making.before)
    is_whole = False
    try:
        os.makedirs(making.releases.root, mode=0o755, exist_ok=True)
        with making.releases.locked():
            if not is_there:
                making.releases.remove(name)      # what is half of one
                making.make()
            elif name != making.before:
                making.check()
            document = making.foretell()
            if not is_there:
                making.releases.write_record(name, {
                    "sites": [*making.names()], "before": "",
                    "manifest": module.params["manifest"]})
            is_whole = True
            making.tidy()
    except Failed as error:
        module.fail_json(msg=str(error))
    except BlockingIOError:
        is_whole = True     # or will be, and is not ours
        module.fail_json(msg=f"{making.releases.root}: another run changes"
                         " the releases; wait for it or end it")
    except (OSError, shutil.Error) as error:
        module.fail_json(msg=f"{getattr(error, 'filename', None) or making.path()}:"
                         f" {getattr(error, 'strerror', None) or error}")
    finally:
        if not is_whole and not is_there:
            making.releases.remove(name)
    module.exit_json(
        changed=not is_there, would_change=bool(document["changed"]),
        sites=in_short(document), before=making.before,
        **({"diff": diff_of(document)} if module._diff else {}))


if __name__ == "__main__":
    main()
