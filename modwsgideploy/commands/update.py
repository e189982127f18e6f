"""``update``: serve new code, as a release that is beside the one before."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.named_sites import root_of, site_directories
from modwsgideploy.commands.outcome import (
    FAILED,
    ROLLED_BACK,
    Outcome,
    Tally,
)
from modwsgideploy.commands.settling import settle
from modwsgideploy.commands.updating import Refused, Update, not_begun
from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases import cleaning
from modwsgideploy.system.signals import ignored_signals, stop_on_signals

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting

_MIGRATED = ("what --before has done stays done: a rollback puts back code and"
             " configuration, and no database")


def main(words: Sequence[str], settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Update each site that ``words`` name, by directory or name.

    Return the exit status.  Raises DeployError.
    """
    tally = Tally("update", run)
    directories = site_directories(words, run)
    os.umask(0o022)      # Apache's users have to read what is made
    handlers = stop_on_signals()
    try:
        for directory in directories:
            outcome = _outcome(directory, run, len(directories) > 1)
            tally.add(outcome)
            if not run.json:
                print_outcome(outcome, run)
    finally:
        with ignored_signals(handlers):     # which puts them back
            pass
    if run.json:
        tally.print_json()
    elif len(directories) > 1 and run.verbosity >= 0:
        print(tally.summary())
    return tally.exit_status


def _outcome(directory: str, run: Invocation, many: bool) -> Outcome:
    """Update one site; return what became of it.

    Raises DeployError for wrong use, unless there are ``many``.
    """
    try:
        return _updated(directory, run)
    except DeployError as error:
        if not many:
            raise
        return not_begun(directory, error)


def _updated(directory: str, run: Invocation) -> Outcome:
    """Update one site; return what became of it.  Raises DeployError."""
    root = root_of(directory, run)
    paths = ReleasePaths(root)
    update = Update(root, directory, run)
    with cleaning.locked(paths):
        if not run.simulate:
            settle(paths, update.old, run)
            if paths.current != update.before:
                update = Update(root, directory, run)
        try:
            outcome = update.go()
        except DeployError as error:
            outcome = _failed(update, error)
    if outcome.status.wrong and update.ran_before:
        outcome = outcome._replace(messages=[*outcome.messages, _MIGRATED])
    return outcome


def _failed(update: Update, error: DeployError) -> Outcome:
    """Return the outcome of a site that is served as before."""
    site = update.old.site
    findings = error.findings if isinstance(error, Refused) else ()
    return Outcome(
        update.name, FAILED, "", site.url, site.output_dir,
        findings=findings, messages=list(error.messages),
        details={"release": "", "before": update.before})


def print_outcome(outcome: Outcome, run: Invocation) -> None:
    """Print what became of one site."""
    for message in outcome.messages:
        print(f"{outcome.name}: {message}", file=sys.stderr)
    sys.stderr.flush()
    if run.verbosity < 0:
        return
    if run.simulate and not outcome.status.wrong:
        print(outcome.diff, end="")
        print(f"{outcome.name} would be served from a new release, which was"
              " made, tried and removed")
        return
    before = outcome.details["before"]
    served = f"release {before}" if before else "what it was deployed from"
    if outcome.status == FAILED and not outcome.details["release"]:
        print(f"{outcome.name} was not updated: it is served from {served}")
    elif outcome.status == ROLLED_BACK:
        print(f"{outcome.name} was not updated" + (
            f": it is served from {served} again" if outcome.restored
            else ", and does not answer from the one before either"))
    else:
        line = f"{outcome.name} is served from release" \
            f" {outcome.details['release']}: {outcome.url}"
        if outcome.answer:
            line += (f" answers {outcome.answer.status}"
                     f" {outcome.answer.reason} in"
                     f" {outcome.answer.seconds:.3f} s")
        print(line)
        for path, action in outcome.files:
            print(f"  {action:9} {path}")
