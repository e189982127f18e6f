# Copyright: the authors of modwsgideploy
# MIT License
"""The options of all modules that run the command of a host."""

from __future__ import annotations


class ModuleDocFragment:
    """What Ansible puts into the documentation of such a module."""

    DOCUMENTATION = r"""
options:
  root:
    description: The directory of the releases.
    type: path
    default: /srv/modwsgideploy
  probe:
    description: What each site is asked for, by default its mount point.
    type: str
  command:
    description:
      - The path of C(modwsgideploy) on the host.
      - By default it is looked for in C(PATH), C(/opt/modwsgideploy/bin) and
        C(/usr/local/bin).
    type: path
  server_config:
    description: The main configuration file of another Apache.
    type: path
"""
