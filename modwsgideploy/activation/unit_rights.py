"""Refuse lines of systemd units with which others would gain root's rights.

systemd runs as root, and reads units that `enable` copies from a deployment,
which is often another user's.
"""

from __future__ import annotations

import os
import re
import stat

from modwsgideploy.deployment.render import render
from modwsgideploy.errors import Failed
from modwsgideploy.model.site import Site
from modwsgideploy.system.files import text_or_empty
from modwsgideploy.system.identity import owner_on_the_way

# What can be changed by hand, since it acts with the rights of User= or only
# takes some away (systemd.exec(5), systemd.service(5)).
_HARMLESS = re.compile(r"""(?x)
    (?:Description|Documentation|After|Environment|UnsetEnvironment|UMask
      |Nice|Type|NotifyAccess|Restart\w*|Timeout\w+|WatchdogSec
      |StartLimit(?:IntervalSec|Burst)|Kill\w+|OOM\w+|Memory\w+|CPU\w+
      |IO\w+|Tasks\w+|Limit[A-Z]+|WorkingDirectory|SyslogIdentifier
      |NoNewPrivileges|LockPersonality|CapabilityBoundingSet
      |Private(?:Tmp|Devices|Network)|Protect\w+|Restrict\w+|RemoveIPC
      |SystemCall\w+|ReadWritePaths|ReadOnlyPaths|InaccessiblePaths)\s*=.*
    # Without + or !, which run it as root, and no second command.
    |Exec(?:Start|Stop|Reload)\w*\s*=\s*(?:-?"?/[^;]*)?""")
# What a socket unit runs it runs as root (systemd.socket(5)).
_HARMLESS_OF_SOCKETS = re.compile(r"(?:ListenStream|Backlog)\s*=.*")
# What other characters end a line for systemd.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def refuse_gains(site: Site, name: str, text: str) -> None:
    """Raise Failed where the unit ``name`` would have systemd do as root what
    another user has written into ``text``.

    ``text`` is what is to be installed of that user's file.
    """
    source = f"{site.output_dir}/{name}"
    if not owner_on_the_way(source):
        return
    generated = {file.path: file.text for file in render(site)}
    wanted = _lines(generated.get(name) or "")
    found = _lines(text)
    wrong = [line for section, line in found
             if (section, line) not in wanted and not _is_harmless(
                 section, line)]
    wrong += [f"{line} (missing)" for section, line in wanted
              if line.startswith("User=") and (section, line) not in found]
    wrong += [line for _, line in found if line.startswith("ListenStream")
              and not _may_listen(line, f"{site.platform.units}/{name}")]
    if _CONTROL.search(text):
        wrong.append("a control character")
    if wrong:
        raise Failed(
            f"{source}: another user than root can change it, and systemd acts"
            f" as root on: {'; '.join(wrong)}; take that out, or put it into"
            f" {site.platform.units}/{name}.d/own.conf as root")


def _is_harmless(section: str, line: str) -> bool:
    pattern = _HARMLESS_OF_SOCKETS if section == "[Socket]" else _HARMLESS
    # One that goes on in the next line could hide that.
    return bool(line.startswith("[") or pattern.fullmatch(line)) and (
        not line.endswith("\\"))


def _lines(text: str) -> list[tuple[str, str]]:
    """The lines that systemd heeds, each with its section."""
    section, found = "", []
    for line in map(str.strip, text.split("\n")):
        if line.startswith("["):
            section = line
        elif line and not line.startswith(("#", ";")):
            found.append((section, line))
    return found


def _may_listen(line: str, installed: str) -> bool:
    """Whether systemd, which removes what is at the path of a socket, may
    listen where ``line`` says: at a port, or where root alone puts a socket.
    """
    path = line.partition("=")[2].strip().replace("%%", "%")
    if not path.startswith("/"):
        return re.fullmatch(r"127\.0\.0\.1:\d+", path) is not None
    if owner_on_the_way(os.path.dirname(path)):
        return False
    try:
        found = os.lstat(path).st_mode
    except OSError:
        return True
    # It is this site's if its unit has it already.
    return stat.S_ISSOCK(found) and (
        line in text_or_empty(installed).split("\n"))
