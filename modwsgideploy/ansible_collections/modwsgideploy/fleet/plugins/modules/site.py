#!/usr/bin/python
# Copyright: the authors of modwsgideploy
# MIT License
"""Switch sites of one host on or off, or give them new processes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site
short_description: Switch sites on or off by modwsgideploy
version_added: "1.0.0"
description:
  - Has the command C(modwsgideploy) of the host switch the site of a
    project, the sites of a manifest, or all sites of a release on or off.
  - Apache tests its configuration before it reloads, each site is asked for
    its page, and what does not answer is taken back.
  - A release is served as a whole. Where one of its sites fails, the release
    before is served again.
options:
  project:
    description: The directory of a project, whose site is meant.
    type: path
  manifest:
    description: A manifest, whose sites are meant.
    type: path
  release:
    description:
      - A release of the host that M(modwsgideploy.fleet.release) has made.
      - V(current) and V(previous) stand for the one that is served, and for
        the one before it.
    type: str
  state:
    description:
      - With V(enabled) the deployments of O(project) or O(manifest) are
        written, and the sites are on.
      - With V(disabled) they are off, and their deployments stay.
      - With V(restarted) they have new processes, without a reload of Apache.
      - With V(absent) they are off, and what was generated of them is gone;
        so is O(release) itself.
    type: str
    choices: [enabled, disabled, restarted, absent]
    default: enabled
  options:
    description: Options of the site of O(project), with underscores.
    type: dict
    default: {}
  only:
    description: Of O(manifest), only the sites called so.
    type: list
    elements: str
    default: []
  timeout:
    description: So many seconds Apache, and an answer, are waited for.
    type: int
    default: 30
  overwrite:
    description: Give up hand edits; each file is kept as FILE.bak.
    type: bool
    default: false
  keep:
    description: How many releases are kept; by default all.
    type: int
extends_documentation_fragment:
  - modwsgideploy.fleet.host
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows the lines that change.
    support: full
author:
  - The authors of modwsgideploy (@modwsgideploy)
"""

EXAMPLES = r"""
- name: Have the shop on
  modwsgideploy.fleet.site:
    project: /srv/shop
    options:
      server_name: www.example.com
      in_place: true

- name: Give it new processes
  modwsgideploy.fleet.site:
    project: /srv/shop
    state: restarted

- name: Go back to the release before
  modwsgideploy.fleet.site:
    release: previous
"""

RETURN = r"""
release:
  description: The release that is served now, or would be.
  returned: with O(release)
  type: str
before:
  description: The release that was served.
  returned: with O(release)
  type: str
restored:
  description: Whether all is served as it was before.
  returned: when it failed
  type: bool
removed:
  description: Releases that were removed.
  returned: with O(keep)
  type: list
  elements: str
sites:
  description: What became of each site.
  returned: always
  type: list
  elements: dict
"""

import glob
import os
from collections.abc import Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.command import (
    COMMAND_SPEC,
    Command,
    diff_of,
    in_short,
    is_wrong,
    messages,
    option_words,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.releases import (
    NAME,
    ROOT,
    Releases,
)

SPEC = {
    "project": {"type": "path"},
    "manifest": {"type": "path"},
    "release": {"type": "str"},
    "root": {"type": "path", "default": ROOT},
    "state": {"type": "str", "default": "enabled", "choices": [
        "enabled", "disabled", "restarted", "absent"]},
    "options": {"type": "dict", "default": {}},
    "only": {"type": "list", "elements": "str", "default": []},
    "probe": {"type": "str"},
    "timeout": {"type": "int", "default": 30},
    "overwrite": {"type": "bool", "default": False},
    "keep": {"type": "int"},
    **COMMAND_SPEC,
}


class Work:
    """One run of the module; ``documents`` are what the command has said."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module, self.params = module, module.params
        self.command = Command(module)
        self.documents: list[dict[str, Any]] = []
        self.diffs: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}

    def say(self, *words: str) -> dict[str, Any]:
        """Run the command; return its document."""
        document = self.command.document(*words)
        self.documents.append(document)
        return document

    def do(self, name: str, target: str, *words: str) -> dict[str, Any]:
        """Run a command that can be simulated, and see that it goes well.

        In check mode it is simulated; in diff mode before it is run, too.
        """
        if self.module.check_mode or self.module._diff:
            document = self.command.document(name, "-n", *words, target)
            self.diffs.append(document)
            if self.module.check_mode:
                self.documents.append(document)
                self.expect(document)
                return document
        document = self.say(name, *words, target)
        self.expect(document)
        return document

    def expect(self, document: dict[str, Any], **more: Any) -> None:
        """End the module where ``document`` says that something is wrong."""
        if is_wrong(document):
            self.module.fail_json(
                msg="\n".join(messages(document)) or (
                    f"modwsgideploy {document['command']} failed"),
                **self.result(), **more)

    def result(self) -> dict[str, Any]:
        """Return what the module has to say."""
        found = {"changed": any(each["changed"] for each in self.documents),
                 "sites": in_short(*self.documents), **self.more}
        if self.module._diff:
            found["diff"] = diff_of(*self.diffs)
        return found

    @property
    def words(self) -> Iterable[str]:
        """The options that all commands which switch sites have."""
        yield f"--timeout={self.params['timeout']}"
        for pattern in self.params["only"]:
            yield f"--only={pattern}"

    @property
    def enable_words(self) -> Iterable[str]:
        """The options of enable, and of what it asks for."""
        yield from self.words
        if self.params["probe"]:
            yield f"--probe={self.params['probe']}"
        if self.params["overwrite"]:
            yield "--overwrite"


def enable(work: Work) -> None:
    """Write the deployments of a project or manifest, and switch them on."""
    project, manifest = work.params["project"], work.params["manifest"]
    edits = ["--overwrite"] * work.params["overwrite"]
    only = [f"--only={pattern}" for pattern in work.params["only"]]
    if project:
        written = work.do("deploy", project, *edits,
                          *option_words(work.params["options"]))
    else:
        written = work.do("batch", manifest, *edits, *only)
    if work.module.check_mode and written["changed"]:
        # enable would read the files that are not written.
        return
    work.do("enable", project or manifest, *work.enable_words)


def disable(work: Work) -> None:
    """Switch the sites of a project or manifest off."""
    target = work.params["project"] or work.params["manifest"]
    purge = work.params["state"] == "absent"
    made = f"{target}/apache" if work.params["project"] else target
    if purge and not os.path.exists(made):
        return
    work.do("disable", target, *["--purge"] * purge, *work.words)


def restart(work: Work) -> None:
    """Give sites new processes; nobody can say before whether that works."""
    if work.params["release"]:
        releases = Releases(work.params["root"])
        target = releases.manifest(releases.resolve(work.params["release"]))
    else:
        target = work.params["project"] or work.params["manifest"]
    if work.module.check_mode:
        work.more["changed"] = True
        return
    probe = work.params["probe"]
    work.expect(work.say(
        "restart", *work.words, *[f"--probe={probe}"] * bool(probe), target))


class Switch:
    """Has a host serve another of its releases."""

    def __init__(self, work: Work) -> None:
        self.work, self.module = work, work.module
        self.releases = Releases(work.params["root"])
        if self.releases.danger:
            self.module.fail_json(msg=self.releases.danger)
        self.before = self.releases.current
        self.name = self._wanted(work.params["release"])
        work.more.update(release=self.name, before=self.before)

    def _wanted(self, text: str) -> str:
        """The name of the release that is meant; the module ends if there is
        none."""
        name = self.releases.resolve(text)
        if not name or not NAME.fullmatch(name) or not self.releases.record(
                name):
            absent = self.work.params["state"] == "absent"
            if absent and NAME.fullmatch(name):
                return name
            others = ", ".join(self.releases.names) or "none"
            self.module.fail_json(
                msg=f"{self.releases.root}: there is no release"
                f" {name or text}; there are {others}")
        return name

    def enable(self) -> None:
        """Serve the release; serve the one before where that fails."""
        self._switch_off_gone()
        work = self.work
        words = ["enable", *work.enable_words,
                 self.releases.manifest(self.name)]
        if self.module.check_mode or self.module._diff:
            foretold = work.command.document("enable", "-n", *words[1:])
            work.diffs.append(foretold)
        document = foretold if self.module.check_mode else (
            work.command.document(*words))
        work.documents.append(document)
        if is_wrong(document):
            self._fail(document)
        if self.name != self.before and not self.module.check_mode:
            self.releases.write_record(self.name, {
                **self.releases.record(self.name), "before": self.before})
            self.releases.serve(self.name)
        self._prune()

    def _switch_off_gone(self) -> None:
        """Switch off the sites that the release has no more."""
        had = self.releases.record(self.before).get("sites", [])
        have = self.releases.record(self.name).get("sites", [])
        gone = [name for name in had if name not in have]
        if gone:
            self.work.do("disable", self.releases.manifest(self.before),
                         *(f"--only={glob.escape(name)}" for name in gone))

    def _fail(self, document: dict[str, Any]) -> None:
        """Serve what was served before; end the module."""
        why = messages(document)
        restored = True
        if not self.module.check_mode and self.name != self.before:
            back = self.work.command.document(*(
                ["enable", *self.work.words,
                 self.releases.manifest(self.before)] if self.before else
                ["disable", *self.work.words,
                 self.releases.manifest(self.name)]))
            restored = not is_wrong(back)
            if not restored:
                why += ["what was served before is not served again:",
                        *messages(back)]
        self.work.more["release"] = self.before
        result = self.work.result()
        self.module.fail_json(msg="\n".join(why), restored=restored, **{
            **result, "changed": not restored})

    def _prune(self) -> None:
        keep = self.work.params["keep"]
        if keep is None or self.module.check_mode:
            return
        gone = self.releases.superfluous(keep)
        for name in gone:
            self.releases.remove(name)
        self.work.more["removed"] = gone

    def disable(self) -> None:
        """Switch off all sites of the release."""
        self.work.do("disable", self.releases.manifest(self.name),
                     *self.work.words)

    def remove(self) -> None:
        """Remove the release, and switch it off if it is served."""
        if not os.path.isdir(self.releases.path(self.name)):
            return
        if self.name == self.before:
            self.disable()
        self.work.more["changed"] = True
        if not self.module.check_mode:
            if self.name == self.before:
                self.releases.serve("")
            self.releases.remove(self.name)


def main() -> None:
    """Do what the task says."""
    module = AnsibleModule(
        argument_spec=SPEC, supports_check_mode=True,
        mutually_exclusive=[("project", "manifest", "release")],
        required_one_of=[("project", "manifest", "release")])
    os.umask(0o022)
    work = Work(module)
    state = module.params["state"]
    if state == "restarted":
        restart(work)
    elif module.params["release"]:
        switch = Switch(work)
        action = {"enabled": switch.enable, "disabled": switch.disable,
                  "absent": switch.remove}[state]
        try:
            if module.check_mode:
                action()
            else:
                with switch.releases.locked():
                    action()
        except BlockingIOError:
            module.fail_json(msg=f"{switch.releases.root}: another run"
                             " changes the releases; wait for it or end it")
        except OSError as error:
            module.fail_json(msg=f"{error.filename}: {error.strerror}",
                             **work.result())
    elif state == "enabled":
        enable(work)
    else:
        disable(work)
    module.exit_json(**work.result())


if __name__ == "__main__":
    main()
