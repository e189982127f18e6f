"""Hold how one site is."""

from __future__ import annotations

from typing import NamedTuple

from modwsgideploy.apache.probe import Probe
from modwsgideploy.apache.processes import RunningProcess

# In what a site can differ from what it should be.
INSTALLED = "installed"    # Apache's copy, from the generated text
UNREAD = "unread"          # what Apache has read, from its files
GENERATED = "generated"    # the generated text, from the choices
EDITED = "edited"          # the file, from the generated text: by hand
CONFLICT = "conflict"      # the same, and FILE.new waits
CODE = "code"              # the processes, from the code
DRIFTS = (INSTALLED, UNREAD, GENERATED, EDITED, CONFLICT, CODE)


class SiteDrift(NamedTuple):
    """One way in which a site is not as it should be."""

    kind: str
    text: str

    @property
    def wrong(self) -> bool:
        """Whether anything is to be done about it: edits may stay."""
        return self.kind != EDITED


class ServedRelease(NamedTuple):
    """The release that a site serves."""

    name: str
    since: float      # when it became the one that is served


class Certificate(NamedTuple):
    """The certificate of a site."""

    path: str
    ends: float | None      # None where this user cannot read it


class SiteStatus(NamedTuple):
    """How one site is."""

    name: str
    url: str
    on: bool
    foreign: bool = False      # not written by us
    maintained: bool = False   # answers all but some with 503, as it is to
    source: str = ""           # its place in the manifest
    output_dir: str = ""
    release: ServedRelease | None = None
    processes: tuple[RunningProcess, ...] = ()
    answer: Probe | None = None
    trouble: str = ""          # why that is none of a site that works
    certificate: Certificate | None = None
    drift: tuple[SiteDrift, ...] = ()
    messages: tuple[str, ...] = ()     # what else is wrong
    notes: tuple[str, ...] = ()        # what is not known

    @property
    def memory(self) -> int:
        """The bytes that its processes take."""
        return sum(process.memory for process in self.processes)

    @property
    def since(self) -> float:
        """When the oldest of its processes was started; 0 without any."""
        return min((process.started for process in self.processes),
                   default=0)

    @property
    def is_wrong(self) -> bool:
        """Whether anything has to be done.

        Of a site that is not ours that cannot be told.
        """
        return not self.foreign and bool(
            self.trouble or self.messages
            or any(each.wrong for each in self.drift))
