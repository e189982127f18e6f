#!/usr/bin/python
# Copyright: the authors of modwsgideploy
# MIT License
"""Build what hosts need of projects, once for all of them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: artifacts
short_description: Build what hosts need of projects, and name the release
version_added: "1.0.0"
description:
  - Puts the code of each project, and the wheels of it and of all that it
    requires, into an archive. To be run on the controller, once for all
    hosts.
  - Names the release, by the time (UTC). While neither the projects nor
    O(inputs) have changed the name stays, so that nothing has to be done on
    any host.
  - Databases of SQLite and ZODB, virtualenvs, deployments, and what a version
    control system keeps are left out.
options:
  projects:
    description:
      - The projects, each with its C(directory), and where that is wanted the
        names of a file of C(requirements) and of one with a C(constraint),
        relative to it.
      - What pip can install is built with all that it requires. Of another
        project it is what C(requirements.txt) names.
    type: dict
    required: true
  dest:
    description: The directory for the archives.
    type: path
    required: true
  inputs:
    description: What else a release depends on, such as the sites of all
      hosts.
    type: raw
  release:
    description: The name of the release, instead of a new one.
    type: str
  python:
    description: What builds the wheels; the same version as that of the hosts.
    type: path
    default: python3
attributes:
  check_mode:
    description: It builds in check mode as well, as hosts are asked with it.
    support: none
  diff_mode:
    description: There is nothing to be seen.
    support: none
author:
  - The authors of modwsgideploy (@modwsgideploy)
"""

EXAMPLES = r"""
- name: Build once
  modwsgideploy.fleet.artifacts:
    projects:
      shop:
        directory: /home/me/shop
    dest: /home/me/fleet/artifacts
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
release:
  description: The name of the release.
  returned: always
  type: str
archives:
  description: The archive of each project.
  returned: always
  type: dict
left_out:
  description: Databases that were left out.
  returned: always
  type: list
  elements: str
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.databases import (
    is_database,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.releases import (
    NAME,
)

# What is made anew, or tells only of the checkout.
_LEFT_OUT = frozenset((".git", ".hg", ".svn", ".bzr", "__pycache__", ".tox",
                       ".nox", ".mypy_cache", ".pytest_cache"))
_LINES = 20
# Counts as a change of all projects, where archives are made in another way.
_FORMAT = "1"
SPEC: dict[str, Any] = {
    "projects": {"type": "dict", "required": True},
    "dest": {"type": "path", "required": True},
    "inputs": {"type": "raw"},
    "release": {"type": "str"},
    "python": {"type": "path", "default": "python3"},
}


class Failed(Exception):
    """An artifact cannot be built; the message says why, and what to do."""


class Project(NamedTuple):
    """One project as it stands on the controller."""

    key: str
    directory: str
    requirements: str
    constraint: str
    paths: tuple[str, ...]       # of its files and links, relative
    left_out: tuple[str, ...]    # databases
    digest: str

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return f"{self.key}-{self.digest[:16]}.tar.gz"

    @property
    def is_installable(self) -> bool:
        """Whether pip can install it."""
        if "setup.py" in self.paths:
            return True
        if "pyproject.toml" not in self.paths:
            return False
        with open(os.path.join(self.directory, "pyproject.toml"),
                  encoding="utf-8", errors="replace") as stream:
            lines = {line.strip() for line in stream}
        return bool(lines & {"[project]", "[build-system]", "[tool.poetry]"})

    @property
    def to_build(self) -> list[str]:
        """What pip is to build, as words of its command line."""
        words = ["."] if self.is_installable else []
        requirements = self.requirements or (
            "requirements.txt" if not words
            and "requirements.txt" in self.paths else "")
        if requirements:
            words += ["-r", requirements]
        if words and self.constraint:
            words += ["-c", self.constraint]
        return words


def read_project(key: str, entry: dict[str, Any]) -> Project:
    """Read a project.  Raises Failed or OSError."""
    directory = entry.get("directory") or ""
    if not os.path.isdir(directory):
        raise Failed(f"{key}: {directory or 'directory'}: there is no such"
                     " directory; name that of the project")
    texts = [entry.get(name) or "" for name in ("requirements", "constraint")]
    for name in filter(None, texts):
        if not os.path.isfile(os.path.join(directory, name)):
            raise Failed(f"{key}: {directory} has no file {name}")
    left_out: list[str] = []
    paths = tuple(sorted(_walk(directory, left_out)))
    digest = hashlib.sha256("\0".join([_FORMAT, *texts]).encode())
    for path in paths:
        _add(digest, directory, path)
    return Project(key, directory, texts[0], texts[1], paths,
                   tuple(left_out), digest.hexdigest())


def _walk(top: str, left_out: list[str]) -> Iterator[str]:
    """Yield the files and links below ``top`` that belong to its code."""
    for head, directories, names in os.walk(top):
        directories[:] = [
            name for name in directories if name not in _LEFT_OUT
            and not any(os.path.isfile(os.path.join(head, name, mark))
                        for mark in ("pyvenv.cfg", ".modwsgideploy.base"))]
        links = [name for name in directories
                 if os.path.islink(os.path.join(head, name))]
        for name in (*names, *links):
            path = os.path.join(head, name)
            if os.path.isfile(path) and is_database(path):
                left_out.append(path)
            elif os.path.islink(path) or os.path.isfile(path):
                yield os.path.relpath(path, top)


def _add(digest: Any, directory: str, path: str) -> None:
    """Add a file, or where a link leads, to ``digest``."""
    whole = os.path.join(directory, path)
    if os.path.islink(whole):
        content, mode = os.readlink(whole).encode(), "link"
    else:
        with open(whole, "rb") as stream:
            content = stream.read()
        mode = oct(os.stat(whole).st_mode & 0o104)
    for part in (os.fsencode(path), mode.encode(), content):
        digest.update(str(len(part)).encode() + b":" + part)


class Builder:
    """Builds archives in the directory ``dest``."""

    def __init__(self, dest: str, python: str) -> None:
        self.dest, self.python = dest, python

    def build(self, project: Project) -> None:
        """Make the archive of ``project``.  Raises Failed or OSError."""
        with tempfile.TemporaryDirectory() as top:
            wheels = f"{top}/wheels"
            os.mkdir(wheels)
            if project.to_build:
                self._wheels(project, top, wheels)
            path = os.path.join(self.dest, project.archive)
            try:
                _archive(path + ".new", project, wheels)
            except OSError:
                os.unlink(path + ".new")
                raise
            os.rename(path + ".new", path)

    def _wheels(self, project: Project, top: str, wheels: str) -> None:
        """Build the wheels of ``project``, from a copy of its code."""
        code = f"{top}/code"
        for name in project.paths:
            place = os.path.join(code, name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(os.path.join(project.directory, name), place,
                         follow_symlinks=False)
        _run(f"{project.key}: {self.python} -m venv",
             [self.python, "-m", "venv", f"{top}/venv"], top)
        # pip 23.0 builds no setup.py otherwise where there is no wheel.
        _run(f"{project.key}: pip wheel", [
            f"{top}/venv/bin/python", "-m", "pip", "wheel",
            "--disable-pip-version-check", "--no-input", "--use-pep517",
            f"--wheel-dir={wheels}", *project.to_build], code)


def _run(what: str, words: list[str], directory: str) -> None:
    """Run a command.  Raises Failed with the end of what it says."""
    try:
        done = subprocess.run(
            words, check=False, cwd=directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace")
    except OSError as error:
        raise Failed(f"{what}: {words[0]}: {error.strerror}") from None
    if done.returncode:
        tail = [line for line in done.stdout.strip().splitlines()
                if not line.startswith("WARNING:")][-_LINES:]
        raise Failed("\n    ".join(
            [f"{what} failed ({done.returncode})", *tail]))


def _archive(path: str, project: Project, wheels: str) -> None:
    """Write the code of ``project`` and its wheels.  Raises OSError."""
    with open(path, "wb") as stream, gzip.GzipFile(
            "", "wb", 6, stream, 0) as packed, tarfile.open(
                fileobj=packed, mode="w") as archive:
        _directory(archive, "code")
        for name in project.paths:
            _pack(archive, project.directory, name, "code")
        for name in sorted(os.listdir(wheels)):
            _pack(archive, wheels, name, "wheels")


def _directory(archive: tarfile.TarFile, name: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    archive.addfile(entry)


def _pack(archive: tarfile.TarFile, top: str, name: str, into: str) -> None:
    """Add a file or a link, as it is whoever packs it and when."""
    path = os.path.join(top, name)
    entry = tarfile.TarInfo(f"{into}/{name}")
    if os.path.islink(path):
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(path)
        archive.addfile(entry)
        return
    with open(path, "rb") as stream:
        content = stream.read()
    mode = os.stat(path).st_mode
    entry.mode = (0o644 if mode & 0o004 else 0o640) | (
        0o111 if mode & 0o100 else 0)
    if not mode & 0o004:
        entry.mode &= ~0o007
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def name_release(dest: str, digest: str, wanted: str) -> str:
    """Return the name of the release with ``digest``: that of the last one, if
    it is the same; ``wanted``, or the time, if not.

    Remember it in ``dest``.  Raises OSError.
    """
    path = os.path.join(dest, "release.json")
    try:
        with open(path, encoding="utf-8") as stream:
            last = json.load(stream)
    except (OSError, ValueError):
        last = {}
    if last.get("digest") == digest and wanted in ("", last.get("release")):
        return str(last["release"])
    name = wanted or datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    stem, _, number = str(last.get("release", ""))[9:].partition("-")
    if not wanted and name[9:] == stem:
        name += f"-{int(number or 1) + 1}"
    with open(path + ".new", "w", encoding="utf-8") as stream:
        json.dump({"digest": digest, "release": name}, stream)
    os.rename(path + ".new", path)
    return name


def main() -> None:
    """Do what the task says."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    dest, wanted = module.params["dest"], module.params["release"] or ""
    if wanted and not NAME.fullmatch(wanted):
        module.fail_json(msg=f"{wanted}: is no name of a release, such as"
                         " 20261127-093000")
    try:
        os.makedirs(dest, exist_ok=True)
        projects = [read_project(key, entry) for key, entry in sorted(
            module.params["projects"].items())]
        missing = [project for project in projects if not os.path.isfile(
            os.path.join(dest, project.archive))]
        for project in missing:
            Builder(dest, module.params["python"]).build(project)
        digest = hashlib.sha256(json.dumps(
            [[project.archive for project in projects],
             module.params["inputs"]], sort_keys=True).encode()).hexdigest()
        release = name_release(dest, digest, wanted)
        wanted_names = {project.archive for project in projects}
        for name in os.listdir(dest):
            if name.endswith(".tar.gz") and name not in wanted_names:
                os.unlink(os.path.join(dest, name))
    except Failed as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or dest}: {error.strerror}")
    module.exit_json(
        changed=bool(missing), release=release,
        archives={project.key: os.path.join(dest, project.archive)
                  for project in projects},
        left_out=[path for project in projects for path in project.left_out])


if __name__ == "__main__":
    main()
