"""Make, try and serve one release of one site, for ``update``."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from modwsgideploy.activation.rights import check_rights
from modwsgideploy.backends import fastcgi, http
from modwsgideploy.commands.checking import find_host
from modwsgideploy.commands.named_sites import ReadSite, make, read_site
from modwsgideploy.commands.outcome import (
    FAILED,
    ROLLED_BACK,
    UPDATED,
    Outcome,
)
from modwsgideploy.commands.output import colored, note, print_findings
from modwsgideploy.commands.trying import checked, served_privately
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import ReleasePaths
from modwsgideploy.releases import cleaning, installing, making, sharing
from modwsgideploy.releases.choices import choices_of_release
from modwsgideploy.releases.deploying import write_deployment
from modwsgideploy.releases.records import (
    Release,
    new_name,
    now,
    read_release,
    read_releases,
    write_release,
)
from modwsgideploy.releases.running import account_of, environment_of, may_run
from modwsgideploy.releases.sharing import check_shared
from modwsgideploy.releases.switching import Switch
from modwsgideploy.releases.ways import check_user, refuse
from modwsgideploy.system.venv import sees_system_packages

if TYPE_CHECKING:
    from modwsgideploy.apache.probe import Probe
    from modwsgideploy.checks.finding import Finding
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site
    from modwsgideploy.system.accounts import Account


class Refused(Failed):
    """The release was not served; ``findings`` are what the checks found."""

    def __init__(self, findings: list[Finding], *messages: str) -> None:
        super().__init__(*messages)
        self.findings = findings


class Update:
    """One update of the site whose releases are in ROOT."""

    def __init__(self, root: str, directory: str, run: Invocation) -> None:
        self.paths, self.run = ReleasePaths(root), run
        self.old = read_site(directory, run)
        self.name = self.old.site.name
        self.before = self.paths.current
        self.is_first = not self.before
        last = read_release(self.paths, self.before) or next(
            iter(read_releases(self.paths)), None)
        self.choices = last.choices if last else {}
        refuse(self.old.context, self.old.layout)
        self.account: Account | None = account_of(root)
        sharing.check_root(self.paths)
        if not run.simulate:    # and not after all is built
            check_user(self.old.context, self.old.layout)
        if self.is_first and not run.simulate:
            check_rights(self.old.layout, ())
        self.recipe = self.read_recipe()
        self.ran_before = self.has_switched = False
        self.findings: list[Finding] = []

    def read_recipe(self) -> making.Recipe:
        """Return how the release is made.  Raises DeployError."""
        run, site = self.run, self.old.site

        def repeated(name: str, given: str | None) -> str:
            return making.repeated(self.choices, name, given)

        source = making.source_of(self.choices, run.from_)
        if not source:
            raise DeployError(
                "--from: is missing; say where the new code is: a directory, a"
                " wheel, an sdist or the URL of a git repository")
        installer = run.installer or repeated("installer", None) or "pip"
        uv = installing.find_uv(installer, environment_of(self.account))
        module = self.old.context.host.mod_wsgi
        shared = self.choices.get("shared", [])
        taken_over = self.choices.get("taken_over") or site.project_directory
        return making.Recipe(
            source, installing.find_python(
                module.python if module and site.backend == "mod_wsgi" else "",
                site.virtualenv, partial(may_run, self.paths.root)),
            sees_system_packages(site.virtualenv),
            repeated("requirements", run.requirements),
            repeated("constraint", run.constraint),
            repeated("before", run.before), repeated("after", run.after),
            uv,
            tuple(dict.fromkeys([*shared, *map(check_shared, run.shared)])),
            self.configs(), _packages(site), str(taken_over))

    def configs(self) -> tuple[str, ...]:
        """The site's configuration files, relative to its project."""
        site = self.old.site
        head = site.directory + "/"
        return tuple(path[len(head):] for path in (site.config, site.env_file)
                     if path.startswith(head))

    def go(self) -> Outcome:
        """Do it; return what became of the site.  Raises DeployError."""
        name = new_name(self.paths)
        self.refuse_databases()
        with self.removed_unless_served(name):
            release, shared = making.make_release(
                self.paths, name, self.recipe, self.account, self.step)
            if self.is_first and shared:
                note(f"{self.name}: shared by all releases:"
                     f" {', '.join(shared)}", self.run)
            new = self.deploy(release)
            release = release._replace(version=new.site.version)
            write_release(self.paths, release)
            self.hook(release, "before")
            self.check(new)
            self.try_out(new)
            switch = plan_switch(self.paths, name, new, self.old, self.run)
            if self.run.simulate:
                return self.foretold(release, switch)
            return self.serve(release, switch)

    def refuse_databases(self) -> None:
        """Raise Failed for what only the current release would have."""
        current = read_release(self.paths, self.before)
        if not current:
            return
        code = self.paths.code(self.before)
        names = sharing.made_inside(code, time.time() - current.age_seconds)
        if names:
            raise Failed(*(
                f"{code}/{name}: is a database that the site has made inside"
                " of its release, and the next one would not have it; put it"
                f" at {self.paths.shared}/{name}, which every release uses"
                for name in names))

    @contextmanager
    def removed_unless_served(self, name: str) -> Iterator[None]:
        """Remove the release ``name`` after a block that does not serve it.

        Once processes may run it, that is left to the next update.
        """
        try:
            yield
        finally:
            if not self.has_switched:
                cleaning.remove_release(self.paths, name)
                cleaning.remove_beginnings(self.paths)

    def deploy(self, release: Release) -> ReadSite:
        """Write the deployment of ``release``."""
        self.step("writing its deployment")
        code = self.paths.code(release.name)
        settings = choices_of_release(
            self.old.settings, self.old.site, self.paths, release.name)
        site, _ = make(code, settings, self.old.context.host)
        write_deployment(self.old.site, site, settings, self.run.overwrite)
        return read_site(code, self.run)

    def hook(self, release: Release, flag: str) -> None:
        """Run --before or --after.  Raises Failed."""
        command = getattr(self.recipe, flag)
        if command and not self.run.simulate:
            self.step(f"running --{flag}")
            self.ran_before = self.ran_before or flag == "before"
            making.run_hook(self.paths, release, command, f"--{flag}",
                            self.account)

    def check(self, new: ReadSite) -> None:
        """Make the checks, with the application loaded.  Raises Refused."""
        if self.run.no_check:
            return
        self.step("checking it")
        self.findings = checked(new, find_host(self.run), self.run.no_load)
        errors = [each for each in self.findings if each.level == "error"]
        if not self.run.json:
            print_findings(errors if self.run.verbosity < 1
                           else self.findings, self.run)
        if errors:
            raise Refused(
                self.findings,
                f"{len(errors)} error{'s' * (len(errors) != 1)} in the way of"
                " the release; --no-check serves it nevertheless",
                *(f"{each.message} [{each.code}]: {each.fix}" for each
                  in errors if self.run.json or self.run.verbosity < 0),
                *missing(self.old.site.virtualenv, new.site.virtualenv))

    def try_out(self, new: ReadSite) -> Probe:
        """Serve it on a private Apache.  Raises Failed."""
        self.step("serving it on a private Apache")
        try:
            return served_privately(new, self.run)
        except DeployError as error:
            raise Failed(*error.messages, *missing(
                self.old.site.virtualenv, new.site.virtualenv)) from None

    def foretold(self, release: Release, switch: Switch) -> Outcome:
        """Return what would become of the site."""
        from modwsgideploy.activation.state import shown_changes
        from modwsgideploy.system.diff import diff

        text = diff(shown_changes(switch.change.all_paths),
                    color=not self.run.json and colored(sys.stdout))
        skipped = [f"--{flag}: `{getattr(self.recipe, flag)}` was not run"
                   for flag in ("before", "after")
                   if getattr(self.recipe, flag)]
        return self.outcome(release, switch)._replace(
            diff=text, messages=skipped)

    def serve(self, release: Release, switch: Switch) -> Outcome:
        """Switch to ``release``; return what became of the site."""
        switch.check()
        if self.is_first:
            self.ask_to_take_over(switch)
        self.step("switching to it")
        self.has_switched = True
        try:
            result = switch.go()
        except DeployError as error:
            self.note_failure(release, error.messages)
            raise
        if result.messages:
            self.note_failure(release, result.messages)
            return self.outcome(release, switch)._replace(
                status=ROLLED_BACK, messages=result.messages,
                restored=result.restored)
        release = release._replace(served=now())
        write_release(self.paths, release)
        messages = [*self.after(release), *left_message(result.left),
                    *maintained_message(switch)]
        outcome = self.outcome(release, switch)
        return outcome._replace(
            status=FAILED if messages and "--after" in messages[0]
            else UPDATED, messages=messages,
            answer=result.answer)

    def note_failure(self, release: Release, messages: Sequence[str]) -> None:
        """Record that ``release`` was taken back, and why."""
        write_release(self.paths, release._replace(
            failed=messages[0].partition("\n")[0]))

    def after(self, release: Release) -> list[str]:
        """Run --after, and remove old releases; what went wrong."""
        try:
            self.hook(release, "after")
        except Failed as error:
            return [f"{error.messages[0]}\n    the release is served"
                    " nevertheless"]
        finally:
            gone = cleaning.prune(self.paths, self.run.keep)
            if gone and self.run.verbosity > 0:
                note(f"{self.name}: removed {', '.join(gone)}", self.run)
        return []

    def ask_to_take_over(self, switch: Switch) -> None:
        """Show what changes, and ask.  Raises Failed where nobody agrees."""
        from modwsgideploy.activation.state import shown_changes
        from modwsgideploy.system.diff import diff

        if self.run.yes:
            return
        sys.stdout.flush()
        print(diff(shown_changes(switch.change.all_paths),
                   color=colored(sys.stderr)), end="", file=sys.stderr)
        print(f"{self.name} is served from {self.paths.root} itself; from now"
              f" on it would be served from {self.paths.link}, by the change"
              " above.  Nothing there is removed.  Do it [y/n]? ", end="",
              file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            raise Failed("nobody answered whether it is taken over; -y does")
        if not line.strip().lower().startswith("y"):
            raise Failed("it was not taken over, as that was the answer")

    def outcome(self, release: Release, switch: Switch) -> Outcome:
        """Return the outcome of an update that went well."""
        site = self.old.site
        return Outcome(
            self.name, UPDATED, "", switch.change.url, site.output_dir,
            [(each.path, each.action) for each in switch.change.all_paths],
            findings=self.findings, details={
                "release": release.name, "before": switch.before})

    def step(self, text: str) -> None:
        """Say on a terminal what is done next."""
        if self.run.verbosity >= 0 and not self.run.json and (
                sys.stderr.isatty() or self.run.verbosity > 0):
            print(f"{self.name}: {text}", file=sys.stderr, flush=True)


def _packages(site: Site) -> tuple[str, ...]:
    """Return what the backend needs besides the application, as pip has it.

    Only where it is in the virtualenv of before, so not where it is found
    elsewhere.
    """
    wanted = [fastcgi.requirement(site)] * (site.backend == "fastcgi")
    wanted += http.requirements(site) * (site.backend == "http")
    return installing.those_installed(wanted, site.virtualenv)


def plan_switch(paths: ReleasePaths, name: str, new: ReadSite, old: ReadSite,
                run: Invocation) -> Switch:
    """Plan the switch from ``old`` to ``new``, the release ``name``.

    Raises DeployError.
    """
    from modwsgideploy.activation import planner, units
    from modwsgideploy.activation.maintenance import still_maintained
    from modwsgideploy.activation.sharing import Sharing

    before = old.site.through_current(old.context.conf)
    change = planner.plan_on(
        new.context, Sharing(new.layout, new.context.host), run.overwrite,
        run.probe, before)
    change = still_maintained(change, old.site, new.layout)
    if new.site.backend == "http":
        change = change._replace(server=units.plan_start(
            new.site, run.overwrite,
            old.site.through_current(old.site.output_dir)))
    return Switch(paths, name, change, new.layout, new.context,
                  run.timeout)


def missing(old: str, new: str) -> list[str]:
    """Say what the virtualenv ``old`` has and ``new`` has not."""
    names = installing.distributions(old) - installing.distributions(new)
    if not names:
        return []
    return ["the virtualenv of before has what the new one has not:"
            f" {', '.join(sorted(names))}; what of that is needed, name in a"
            " file for --requirements"]


def not_begun(directory: str, error: DeployError) -> Outcome:
    """Return the outcome of one of many sites, with which nothing is done."""
    return Outcome(os.path.basename(directory), FAILED,
                   messages=error.messages,
                   details={"release": "", "before": ""})


def maintained_message(switch: Switch) -> list[str]:
    """Say that visitors do not get what is served."""
    if not switch.maintained:
        return []
    root = shlex.quote(switch.paths.root)
    return [f"is in maintenance still; `modwsgideploy enable {root}` ends"
            " that"]


def left_message(left: tuple[int, ...]) -> list[str]:
    """Say which processes still serve the release before."""
    if not left:
        return []
    return [f"process {', '.join(map(str, left))} has still requests of"
            " before to answer, and ends when it has"]
