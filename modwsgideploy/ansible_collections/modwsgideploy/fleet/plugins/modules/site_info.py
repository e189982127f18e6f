#!/usr/bin/python
# Copyright: the authors of modwsgideploy
# MIT License
"""Say what runs on one host, and what is wrong with it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: site_info
short_description: Say what runs on a host, and what is wrong with it
version_added: "1.0.0"
description:
  - Has the command C(modwsgideploy status) of the host say of each site
    whether it is on, what runs since when, how it answers, and what is wrong.
options:
  target:
    description:
      - The directory of a project, the name of a site, or a manifest.
      - By default the sites of the release that is served, or where there is
        none all sites of the host.
    type: str
extends_documentation_fragment:
  - modwsgideploy.fleet.host
attributes:
  check_mode:
    description: It changes nothing at all.
    support: full
author:
  - The authors of modwsgideploy (@modwsgideploy)
"""

EXAMPLES = r"""
- name: Look at the host
  modwsgideploy.fleet.site_info:
  register: found

- name: Say what is wrong
  ansible.builtin.debug:
    var: found.wrong
"""

RETURN = r"""
sites:
  description: All that C(modwsgideploy status --json) says of each site.
  returned: always
  type: list
  elements: dict
wrong:
  description: What is wrong, in sentences that begin with the site's name.
  returned: always
  type: list
  elements: str
release:
  description: The release that is served; empty for none.
  returned: always
  type: str
previous:
  description: The release before it; empty for none.
  returned: always
  type: str
releases:
  description: All releases of the host, the newest first.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.command import (
    COMMAND_SPEC,
    Command,
    is_wrong,
    messages,
)
from ansible_collections.modwsgideploy.fleet.plugins.module_utils.releases import (
    ROOT,
    Releases,
)

SPEC: dict[str, Any] = {
    "target": {"type": "str"},
    "root": {"type": "path", "default": ROOT},
    "probe": {"type": "str"},
    **COMMAND_SPEC,
}


def main() -> None:
    """Do what the task says."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    releases = Releases(module.params["root"])
    current = releases.current
    target = module.params["target"] or (
        releases.manifest(current) if current else "")
    probe = module.params["probe"]
    document = Command(module).document(
        "status", *[f"--probe={probe}"] * bool(probe), *[target] * bool(
            target))
    if document["exit_status"] not in (0, 1):
        module.fail_json(msg="\n".join(messages(document)))
    module.exit_json(
        changed=False, sites=document["sites"],
        wrong=messages(document) if is_wrong(document) else [],
        release=current, previous=releases.resolve("previous"),
        releases=releases.names)


if __name__ == "__main__":
    main()
