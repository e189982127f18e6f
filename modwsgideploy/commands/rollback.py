"""``rollback``: serve a release that was served before."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.commands.named_sites import (
    read_site,
    root_of,
    site_directories,
)
from modwsgideploy.commands.outcome import (
    FAILED,
    ROLLED_BACK,
    SWITCHED,
    UNCHANGED,
    Outcome,
    Tally,
)
from modwsgideploy.commands.settling import settle
from modwsgideploy.commands.updating import (
    left_message,
    maintained_message,
    not_begun,
    plan_switch,
)
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import NAME, ReleasePaths
from modwsgideploy.releases import cleaning
from modwsgideploy.releases.records import (
    Release,
    read_release,
    read_releases,
)
from modwsgideploy.releases.running import account_of
from modwsgideploy.releases.ways import refuse
from modwsgideploy.system.identity import owner_on_the_way

if TYPE_CHECKING:
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.sites.options import Setting


def main(words: Sequence[str], settings: Mapping[str, Setting],
         run: Invocation) -> int:
    """Go back to the release before, or to one that ``words`` name.

    Return the exit status.  Raises DeployError.
    """
    tally = Tally("rollback", run)
    names = [word for word in words if NAME.fullmatch(word)]
    if names[1:]:
        raise DeployError(f"{names[1]}: is a second release; name one")
    directories = site_directories(
        [word for word in words if word not in names] or ["."], run)
    for directory in directories:
        try:
            outcome = _outcome(directory, names[0] if names else "", run)
        except DeployError as error:
            if not directories[1:]:
                raise
            outcome = not_begun(directory, error)
        tally.add(outcome)
        if not run.json:
            _print(outcome, run)
    if run.json:
        tally.print_json()
    return tally.exit_status


def _outcome(directory: str, name: str, run: Invocation) -> Outcome:
    """Switch one site; return what became of it.  Raises DeployError."""
    paths = ReleasePaths(root_of(directory, run))
    if not paths.current:
        raise Failed(
            f"{directory}: is served from there, and not from a release;"
            f" `{shlex.join(['modwsgideploy', 'update', directory])}` makes"
            " one" if read_releases(paths) else
            f"{directory}: has no releases yet; update makes the first")
    account_of(paths.root)      # or say who may
    with cleaning.locked(paths):
        old = read_site(paths.root, run)
        settle(paths, old, run)
        old = read_site(paths.root, run)
        before = paths.current
        target = wanted(paths, name)
        if target.name == before:
            return Outcome(old.site.name, UNCHANGED, "", old.site.url,
                           old.site.output_dir,
                           details={"release": before, "before": before})
        if not target.name:
            _refuse_elsewhere(paths)
        new = (read_site(paths.code(target.name), run) if target.name
               else read_site(taken_over(paths), run, itself=True))
        if new.site.name != old.site.name:
            raise Failed(f"{new.site.output_dir}: is of {new.site.name}, and"
                         f" not of {old.site.name}")
        refuse(old.context, old.layout)
        switch = plan_switch(paths, target.name, new, old, run)
        switch.check()
        result = switch.go()
    return Outcome(
        old.site.name, ROLLED_BACK if result.messages else SWITCHED, "",
        switch.change.url, new.site.output_dir,
        [(each.path, each.action) for each in switch.change.all_paths],
        answer=result.answer,
        restored=result.restored,
        messages=[*result.messages, *left_message(result.left),
                  *maintained_message(switch)],
        details={"release": target.name, "before": before})


def wanted(paths: ReleasePaths, name: str) -> Release:
    """Return the release ``name``, or the one before the current one.

    Raises DeployError where there is none.
    """
    releases = [each for each in read_releases(paths) if each.served]
    if not name:
        name = before_current(paths, releases)
        if not name and taken_over(paths):
            return Release("")
        if not name:
            raise Failed(
                f"{paths.root}: there is no release before"
                f" {paths.current}; `modwsgideploy releases {paths.root}`"
                " lists those there are")
    for release in releases:
        if release.name == name:
            return release
    raise DeployError(f"{paths.root}: has no release {name}, but "
                      + (", ".join(each.name for each in releases)
                         or "none that was served"))


def _refuse_elsewhere(paths: ReleasePaths) -> None:
    """Raise Failed where root would serve what another user has.

    The owner of a site can write of it that it was served from anywhere.
    """
    directory = taken_over(paths)
    owner, other = (owner_on_the_way(os.path.join(path, ""), reading=True)
                    for path in (paths.root, directory))
    if owner and (other is None or other.uid != owner.uid):
        raise Failed(
            f"{directory}: is not the directory of who owns {paths.root}, so"
            " root does not go back to it; `"
            + shlex.join(["modwsgideploy", "enable", directory])
            + "` switches on what it has")


def taken_over(paths: ReleasePaths) -> str:
    """Return the project that was served before the first release; "" where
    another release was."""
    current = read_release(paths, paths.current)
    if current is None or current.previous:
        return ""
    return str(current.choices.get("taken_over", ""))


def before_current(paths: ReleasePaths, releases: Sequence[Release]) -> str:
    """Return the name of the release before the current one; "" for none."""
    if not paths.current:
        return ""
    names = [each.name for each in releases]
    current = next((each for each in releases if each.name == paths.current),
                   None)
    if current and current.previous in names:
        return current.previous
    if current and not current.previous:
        return ""       # as it was taken over
    older = names[names.index(current.name) + 1:] if current else names
    return next(iter(older), "")


def _named(outcome: Outcome) -> str:
    """Say what a site is served from."""
    name = outcome.details["release"]
    return f"release {name}" if name else os.path.dirname(outcome.output_dir)


def _print(outcome: Outcome, run: Invocation) -> None:
    """Print what became of one site."""
    for message in outcome.messages:
        print(f"{outcome.name}: {message}", file=sys.stderr)
    sys.stderr.flush()
    if run.verbosity < 0:
        return
    release, before = outcome.details["release"], outcome.details["before"]
    if outcome.status == UNCHANGED:
        print(f"{outcome.name} is served from release {release} already")
    elif outcome.status == FAILED:
        print(f"{outcome.name} was not switched")
    elif outcome.status == ROLLED_BACK:
        print(f"{outcome.name} was not switched" + (
            f": it is served from release {before} again" if outcome.restored
            else f", and does not answer from release {before} either"))
    else:
        line = f"{outcome.name} is served from {_named(outcome)}:" \
            f" {outcome.url}"
        if outcome.answer:
            line += f" answers {outcome.answer.status} {outcome.answer.reason}"
        print(line)
