"""Say what became of each site: one outcome, one summary, one document."""

from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Optional

from modwsgideploy.commands.output import print_json

if TYPE_CHECKING:
    from modwsgideploy.apache.probe import Probe
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation

# The exit statuses that every command has.
DONE, WRONG, WRONG_USE, SOME_CHANGED = 0, 1, 2, 3


class Status(NamedTuple):
    """What can become of a site."""

    word: str
    wrong: bool = False
    changed: bool = False
    phrase: str = ""     # for the summary, where the word does not do


CREATED = Status("created", changed=True)
CHANGED = Status("changed", changed=True)
UNCHANGED = Status("unchanged")
HELD = Status("held", wrong=True)            # nothing written, for its edits
CONFLICT = Status("conflict", wrong=True)    # the rest of it is written
FAILED = Status("failed", wrong=True)
ON = Status("on", changed=True)
OFF = Status("off", changed=True)
RESTARTED = Status("restarted", changed=True)
PURGED = Status("purged", changed=True)
MAINTAINED = Status("maintenance", changed=True, phrase="in maintenance")
ROLLED_BACK = Status("rolled back", wrong=True)
UNCHECKED = Status("unchecked", wrong=True, phrase="could not be checked")
ERRORS = Status("errors", wrong=True, phrase="with errors")
WARNINGS = Status("warnings", wrong=True, phrase="with warnings")
IN_ORDER = Status("in order")
ANSWERED = Status("answered")
WRONG_SITE = Status("wrong", wrong=True, phrase="with something wrong")
NOT_ON = Status("off")
IN_MAINTENANCE = Status("maintenance", phrase="in maintenance")
FOREIGN = Status("foreign")
LEFT_OUT = Status("left out", wrong=True)
UPDATED = Status("updated", changed=True)
SWITCHED = Status("switched", changed=True)

# What can become of the sites of each command, as the summary has it.
STATUSES = {
    "deploy": (CREATED, CHANGED, UNCHANGED, HELD, CONFLICT),
    "batch": (CREATED, CHANGED, UNCHANGED, HELD, CONFLICT, FAILED, OFF,
              ROLLED_BACK),
    "enable": (ON, OFF, UNCHANGED, FAILED, ROLLED_BACK),
    "disable": (OFF, PURGED, MAINTAINED, UNCHANGED, FAILED, ROLLED_BACK),
    "status": (WRONG_SITE, IN_ORDER, NOT_ON, IN_MAINTENANCE, FOREIGN),
    "restart": (RESTARTED, FAILED),
    "update": (UPDATED, UNCHANGED, FAILED, ROLLED_BACK),
    "rollback": (SWITCHED, UNCHANGED, FAILED, ROLLED_BACK),
    "check": (UNCHECKED, ERRORS, WARNINGS, IN_ORDER),
    "serve": (ANSWERED, FAILED, LEFT_OUT),
}
NEEDS_MANIFEST = ("--prune: needs a manifest, in a file, since it is about the"
                  " sites that its earlier runs had")
_WRITING = ("create", "update", "merge", "remove")


class Outcome(NamedTuple):
    """What became of one site."""

    name: str
    status: Status
    source: str = ""                        # its place in the manifest
    url: str = ""
    output_dir: str = ""
    files: Sequence[tuple[str, str]] = ()   # (path, action), but unchanged
    diff: str = ""                          # of a simulation
    answer: "Probe | None" = None
    restored: bool = True                   # where it was rolled back
    findings: "Sequence[Finding]" = ()
    messages: Sequence[str] = ()
    log: Sequence[str] = ()                 # of the server, explained
    details: Mapping[str, object] = {}      # what only this command knows

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be."""
        return (self.status.changed or not self.restored
                or self.status == CONFLICT and any(
                    action in _WRITING for _, action in self.files))


class Tally:
    """Count outcomes as they come, and tell the sum of them."""

    def __init__(self, command: str, run: "Invocation") -> None:
        self.command, self.run = command, run
        self.counts = {status.word: 0 for status in STATUSES[command]}
        self.outcomes: list[Outcome] = []     # for --json alone
        self.messages: list[str] = []         # about no site
        self.more: dict[str, object] = {}     # for --json alone
        self.wrong = self.changed = False
        self._began = perf_counter()

    def add(self, outcome: Outcome) -> None:
        """Count ``outcome``."""
        self.counts[outcome.status.word] += 1
        self.wrong = self.wrong or outcome.status.wrong
        self.changed = self.changed or outcome.changed
        if self.run.json:
            self.outcomes.append(outcome)

    @property
    def exit_status(self) -> int:
        """The exit status of the command."""
        if self.wrong or self.messages:
            return WRONG
        return SOME_CHANGED if self.changed and self.run.changed else DONE

    def summary(self, found: str = "", rate: bool = False) -> str:
        """Say in a line how many there were, and what became of them.

        ``found`` stands behind that; with ``rate`` it says how fast it was.
        """
        seconds = perf_counter() - self._began
        total = sum(self.counts.values())
        parts = [f"{count} {status.phrase or status.word}"
                 for status in STATUSES[self.command]
                 if (count := self.counts[status.word])]
        return (f"{total} {'site' if total == 1 else 'sites'}:"
                + " would be:" * self.run.simulate
                + f" {', '.join(parts) or 'nothing to do'}{found}"
                + f" ({seconds:.1f} s"
                + (f", {total / seconds:.0f} a second)" if rate else ")"))

    def print_json(self) -> None:
        """Print the document of --json."""
        print_json(document(
            self.command, self.exit_status, self.messages,
            simulated=self.run.simulate, changed=self.changed,
            seconds=perf_counter() - self._began,
            counts=self.counts, sites=map(_as_dict, self.outcomes),
            **self.more))


def document(command: str, exit_status: int, messages: Iterable[str] = (), *,
             simulated: bool = False, changed: Optional[bool] = False,
             seconds: float = 0,
             counts: Optional[Mapping[str, int]] = None,
             sites: Iterable[Mapping[str, object]] = (),
             **more: object) -> dict[str, object]:
    """Return the document that --json prints of any command.

    ``messages`` are about the run as a whole; ``changed`` is None where a
    run ended before that was known; ``more`` is what one command has alone.
    """
    return {"command": command, "exit_status": exit_status,
            "simulated": simulated, "changed": changed,
            "messages": list(messages), "seconds": round(seconds, 3),
            "counts": dict(counts or {}), "sites": list(sites), **more}


def _as_dict(outcome: Outcome) -> dict[str, object]:
    answer = outcome.answer
    return {
        "name": outcome.name, "source": outcome.source,
        "url": outcome.url, "output_dir": outcome.output_dir,
        "status": outcome.status.word, "changed": outcome.changed,
        "files": [{"path": path, "action": action}
                  for path, action in outcome.files],
        "diff": outcome.diff,
        "answer": answer and {
            "status": answer.status, "reason": answer.reason,
            "seconds": round(answer.seconds, 3)},
        "problems": [finding._asdict() for finding in outcome.findings],
        "messages": list(outcome.messages), "log": list(outcome.log),
        **outcome.details}
