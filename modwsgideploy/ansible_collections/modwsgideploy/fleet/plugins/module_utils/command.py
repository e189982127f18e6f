# Copyright: the authors of modwsgideploy
# MIT License
"""Call the command modwsgideploy, and read the document that it prints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# Where it is looked for when PATH has none.
DIRECTORIES = ("/opt/modwsgideploy/bin", "/usr/local/bin")
COMMAND_SPEC: dict[str, Any] = {
    "command": {"type": "path"},
    "server_config": {"type": "path"},
}
_TAIL = 20
_FIX = ("mend it in the project, in what it requires, or in the options of"
        " the site, and run again")
# What is in the way of a release, and is not told by files of its own.
_FIXES = {"MWD410": "choose another server-name or mount-point; where the"
                    " site had another name before, roll out without it once,"
                    " then with it"}


class Command:
    """The command modwsgideploy of this host."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.path = module.params["command"] or module.get_bin_path(
            "modwsgideploy", False, list(DIRECTORIES))
        if not self.path or not os.path.exists(self.path):
            module.fail_json(
                msg=f"{self.path or 'modwsgideploy'}: there is no such"
                " command on this host; install it, or name it by command")

    def document(self, *words: str) -> dict[str, Any]:
        """Return what the command says with ``--json``.

        Of Apache another than the host's, where that is asked for.
        """
        config = self.module.params["server_config"]
        name, *others = words
        more = ["--server-config", config] if config and name not in (
            "batch", "deploy") else []
        status, out, err = self.module.run_command(
            [self.path, name, *more, "--json", *others],
            environ_update={"LC_ALL": "C.UTF-8"}, cwd="/")
        try:
            document: dict[str, Any] = json.loads(out)
        except ValueError:
            tail = "\n".join((err or out).splitlines()[-_TAIL:])
            self.module.fail_json(
                msg=f"modwsgideploy {name} ended with {status}, and said"
                f" nothing that can be read: {tail}")
        return document


def is_wrong(document: dict[str, Any]) -> bool:
    """Tell whether something is wrong, with a site or with the whole run."""
    return document["exit_status"] not in (0, 3)


def messages(*documents: dict[str, Any]) -> list[str]:
    """Return what is wrong: of the runs, then of each site with its name."""
    found: list[str] = []
    for document in documents:
        found += document["messages"]
        for site in document["sites"]:
            found += (_named(site["name"], text) for text in site["messages"])
    return [*dict.fromkeys(found)]


def errors(document: dict[str, Any], release: str) -> list[str]:
    """Return the errors that `check` has found, each with site and fix.

    What many sites have alike is said once.  A fix in the directory of the
    ``release``, which will be gone, is one of the project.
    """
    sites: dict[tuple[str, str, str], list[str]] = {}
    for site in document["sites"]:
        if site["status"] == "unchecked":
            for text in site["messages"]:
                sites.setdefault((text, "", ""), []).append(site["name"])
        for problem in site["problems"]:
            if problem["level"] == "error":
                fix = problem["fix"]
                if release in fix:
                    fix = _FIXES.get(problem["code"], _FIX)
                key = problem["message"], problem["code"], fix
                sites.setdefault(key, []).append(site["name"])
    return [_named(_few(names), text + (f" [{code}]: {fix}" if code else ""))
            for (text, code, fix), names in sites.items()]


def _named(name: str, text: str) -> str:
    return text if text.startswith(f"{name}:") else f"{name}: {text}"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if names[3:] else shown


def in_short(*documents: dict[str, Any]) -> list[dict[str, Any]]:
    """Return of each site what a playbook may want to know."""
    sites: dict[str, dict[str, Any]] = {}
    for document in documents:
        for site in document["sites"]:
            before = sites.get(site["name"], {})
            sites[site["name"]] = {
                "name": site["name"], "url": site["url"],
                "status": site["status"], "answer": site["answer"],
                "messages": site["messages"],
                "changed": site["changed"] or before.get("changed", False)}
    return [*sites.values()]


def diff_of(*documents: dict[str, Any]) -> dict[str, str]:
    """Return the diffs of all sites, for the diff mode of Ansible."""
    return {"prepared": "".join(
        site["diff"] for document in documents
        for site in document["sites"])}


def option_words(options: dict[str, Any]) -> Iterable[str]:
    """Return options of a site as the command line has them."""
    for name, value in options.items():
        word = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            yield word if value else "--no-" + word[2:]
        elif isinstance(value, (list, tuple)):
            for text in value or ("",):
                yield f"{word}={text}"
        elif value is not None:
            yield f"{word}={value}"
