"""Switch sites on or off in the system's Apache, for enable and disable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from modwsgideploy.activation import apply, checkpoint, layout, planner
from modwsgideploy.activation.age import older_than_files
from modwsgideploy.activation.asking import ask_sites
from modwsgideploy.activation.maintenance import plan_maintenance
from modwsgideploy.activation.modules import missing_modules
from modwsgideploy.activation.own_pairs import needs_pair
from modwsgideploy.activation.recovery import recover
from modwsgideploy.activation.rehearsal import rehearse
from modwsgideploy.activation.rights import check_rights
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.standing import as_it_stands, standing
from modwsgideploy.activation.unread import unread_sites
from modwsgideploy.apache import binaries, mod_wsgi
from modwsgideploy.apache.platforms import find_platform
from modwsgideploy.commands.app_servers import AppServers
from modwsgideploy.commands.candidate import Candidate, Selected
from modwsgideploy.commands.certificates import OF_PAIRS, Certificates
from modwsgideploy.commands.checking import context_of, find_host
from modwsgideploy.commands.inputs import (
    is_manifest,
    read,
    read_maintenance,
    read_sites,
    recall,
)
from modwsgideploy.commands.output import note, print_findings
from modwsgideploy.commands.progress import progress
from modwsgideploy.errors import DeployError
from modwsgideploy.model.release import ReleasePaths

if TYPE_CHECKING:
    from modwsgideploy.apache.host import Host
    from modwsgideploy.apache.platforms import Platform
    from modwsgideploy.checks.context import CheckContext
    from modwsgideploy.commands.invocation import Invocation
    from modwsgideploy.model.site import Site
    from modwsgideploy.sites.options import Setting

# What `deploy` may still miss, for somebody is about to put it there, keeps a
# site from starting: the baseline even those of others.
NEEDED = ("MWD101", "MWD102", "MWD103", "MWD104", "MWD112",
          "MWD113", "MWD320")


class Switching:
    """One run over some sites, switched ``on`` or off."""

    def __init__(self, target: str, settings: Mapping[str, Setting],
                 run: Invocation, on: bool, host: Host | None = None
                 ) -> None:
        self.run, self.on = run, on
        self.maintenance = None if on else read_maintenance(run)
        self.many = is_manifest(target)
        self.asked: set[str] = set()     # the sites that were on already
        # Their own servers, which run while they are on.
        self.servers = AppServers(run, on, self.maintenance is None)
        self.names: frozenset[str] = frozenset()    # of the whole manifest
        binaries.find_httpd()    # or say how to get one
        self.host = host or find_host(run)
        self.sites = list(self._of_manifest(target, settings) if self.many
                          else self._of_project(target, settings))
        self.layout = self._find_layout(dict.fromkeys(
            each.site.platform for each in self.sites if each.site))
        self.certificates = Certificates(run, self.layout, on)

    def _of_project(self, directory: str, settings: Mapping[str, Setting]
                    ) -> Iterator[Selected]:
        """Yield the site of a project.  Raises DeployError."""
        from modwsgideploy.sites.resolve import make_site

        _, settings = recall(directory, settings, self.run)
        project, choices, platform = read(directory, settings)
        module = self.host.mod_wsgi
        version = module.version if module else mod_wsgi.versions()[1]
        yield Selected(None, make_site(project, choices, platform, version),
                       project)

    def _of_manifest(self, manifest: str, settings: Mapping[str, Setting]
                     ) -> Iterator[Selected]:
        """Yield the sites of a manifest.  Raises DeployError."""
        fleet = read_sites(manifest, settings, self.run, alone=True)
        self.names = fleet.names
        for entry, messages in fleet.unreadable:
            yield Selected(entry, messages=messages)
        for entry, site, project in fleet.sites:
            yield Selected(entry, site, project)

    def _find_layout(self, platforms: Iterable[Platform]
                     ) -> layout.ApacheLayout:
        """Find out where the sites go.  Raises DeployError."""
        first, *others = [
            layout.find_layout(platform, self.host.config)
            for platform in platforms] or [
            layout.find_layout(find_platform(), self.host.config)]
        for other in others:
            if other != first:
                raise DeployError(
                    f"--platform: the sites are for {first.platform.name} and"
                    f" {other.platform.name}, which are not one Apache;"
                    " choose some by --only")
        return first

    def plan(self) -> list[Candidate]:
        """Work out what is to be done of each site."""
        sharing = self._sharing()
        candidates = [self._plan(each, sharing) for each in self.sites]
        refused = {
            change.name: f"{path}: is shared by all sites, and is not to be"
            f" as {first.name} has it; deploy both with the same, or choose"
            " some by --only"
            for change, first, path in planner.disagreements(
                each.change for each in candidates if each.change)}
        return [each.refused(refused[each.name]) if each.name in refused
                else each for each in candidates]

    def _sharing(self) -> Sharing:
        """Return who shares a host with whom."""
        return Sharing(self.layout, self.host, [
            self._here(each.site) for each in self.sites if each.site])

    def _here(self, site: Site) -> Site:
        """Return ``site`` with the directories of this Apache."""
        return site._replace(platform=self.layout.platform)

    def _plan(self, selected: Selected, sharing: Sharing) -> Candidate:
        entry, site = selected.entry, selected.site
        if site is None or selected.project is None:
            return Candidate(entry.name if entry else "", entry,
                             messages=tuple(selected.messages))
        site = self._here(site)
        candidate = Candidate(site.name, entry, site)
        try:
            if self.maintenance:
                context = context_of(site, selected.project, self.host,
                                     self.run)
                change = plan_maintenance(
                    context, sharing, self.maintenance)
                return candidate._replace(
                    name=change.name, context=context, change=change)
            if not self.on:
                self._refuse_releases(site)
                change = planner.plan_off(site, sharing, self.run.purge)
                return candidate._replace(
                    name=change.name,
                    change=self.servers.with_server(site, change))
            context = context_of(site, selected.project, self.host, self.run)
            change = self.servers.with_server(site, planner.plan_on(
                context, sharing, self.run.overwrite, self.run.probe), context)
        except DeployError as error:
            if not entry:
                raise
            return candidate._replace(name=entry.name).refused(
                *error.messages)
        # As Apache's files are called, and no two sites of it.
        return candidate._replace(name=change.name, context=context,
                                  change=change)

    def _refuse_releases(self, site: Site) -> None:
        """Raise DeployError where the files to remove are those of one of
        several releases, and the others could not be served any more."""
        if self.run.purge and site.release_root:
            paths = ReleasePaths(site.release_root)
            raise DeployError(
                f"--purge: {site.name} has releases, each with a deployment of"
                f" its own; leave it out, and delete {paths.link} and"
                f" {paths.releases} once it is off")

    def look(self) -> Iterator[Candidate]:
        """Yield each site as it stands, whether or not it can be switched.

        Its change is what `plan` would make of it, or nothing but where it is
        asked; its messages say why it cannot be switched.
        """
        sharing = self._sharing()
        for entry, site, project, messages in self.sites:
            if site is None or project is None:
                yield Candidate(entry.name if entry else "", entry,
                                messages=tuple(messages))
                continue
            candidate = Candidate(site.name, entry, site)
            try:
                context = context_of(
                    self._here(site), project, self.host, self.run)
            except DeployError as error:
                yield candidate.refused(*error.messages)
                continue
            try:
                change = planner.plan_on(
                    context, sharing, path=self.run.probe)
            except DeployError as error:
                candidate = candidate.refused(*error.messages)
                change = standing(context, sharing, self.run.probe)
            yield candidate._replace(name=change.name, context=context,
                                     change=as_it_stands(change))

    def changing(self, candidates: Iterable[Candidate]
                 ) -> list[planner.SiteChange]:
        """Return the changes for which there is anything to do."""
        changes = [each.change for each in candidates if each.change]
        changing = [change for change in changes if change.is_change]
        if changing or self.run.no_reload or not changes:
            return changing
        unread = unread_sites(changes, self.layout, self.stays_on)
        return [change for change in changes if change.name in unread]

    @property
    def stays_on(self) -> bool:
        """Whether Apache is to read the sites: also in maintenance."""
        return self.on or self.maintenance is not None

    def was_killed(self) -> bool:
        """Tell whether a run before this one was."""
        return checkpoint.read_checkpoint(self.layout) is not None

    def foretell(self) -> tuple[list[Candidate], dict[str, apply.SiteResult]]:
        """Return what `switch` would, and change nothing."""
        candidates = self._passed(self.plan())
        self.servers.tell(candidates)
        changes = self.changing(candidates)
        foretold = rehearse(changes, self.layout, self._options)
        for line in foretold.unknown:
            note(line, self.run)
        self.certificates.foretell(candidates, changes, {
            name for name, result in foretold.results.items()
            if result.messages})
        return candidates, {**self._ask(
            each for each in candidates
            if each.name not in foretold.results), **foretold.results}

    def switch(self) -> tuple[list[Candidate], dict[str, apply.SiteResult]]:
        """Do it; return the candidates, and the results by their names.

        Raises DeployError.
        """
        certificates = self.certificates
        with checkpoint.locked(self.layout), certificates:
            self.recover_killed()
            # What another run has just changed counts.
            self.host = find_host(self.run)
            candidates = self.plan()
            certificates.make_pairs(candidates)
            changes = self.changing(candidates)
            if changes:
                check_rights(self.layout, [
                    path for change in changes for path in change.all_paths])
                candidates = [*map(self.servers.tried,
                                   self._passed(candidates))]
                candidates = certificates.ordered(
                    candidates, self.changing(candidates))
                changes = self.changing(candidates)
            self.servers.tell(candidates)
            results = certificates.apply(
                candidates, changes, self._options) if changes else {}
            results.update(self._ask(
                each for each in candidates if each.name not in results))
            certificates.certify_asked(candidates, results)
            self.asked -= {*certificates.by_certbot.done}
            return candidates, results

    def _ask(self, candidates: Iterable[Candidate]
             ) -> dict[str, apply.SiteResult]:
        """Ask those that are on already whether they work."""
        candidates = list(candidates)
        sites = [each.change for each in candidates
                 if each.change and not each.change.paths]
        if not (sites and self.on) or self.run.no_reload:
            return {}
        self.asked = {site.name for site in sites}
        contexts = {each.name: each.context for each in candidates}
        return {name: apply.SiteResult(
            (why,) if why else older_than_files(contexts[name]),
            answer and answer.probe)
            for name, (why, answer) in ask_sites(
                sites, self.layout, self.run.timeout).items()}

    def recover_killed(self) -> None:
        """Finish or undo a run that was killed."""
        killed = checkpoint.read_checkpoint(self.layout)
        if killed:
            check_rights(self.layout, killed.changes)
        for line in recover(self.layout, not self.run.no_reload,
                            self.run.timeout):
            note(line, self.run)

    @property
    def _options(self) -> apply.ApplyOptions:
        return apply.ApplyOptions(
            self.stays_on, not self.run.no_reload, self.run.timeout)

    def _passed(self, candidates: list[Candidate]) -> list[Candidate]:
        """Return ``candidates``; refused those that the checks stop."""
        from modwsgideploy.catalog.checks import ALWAYS

        if self.on and self.changing(candidates):
            return self._checked(candidates,
                                 ALWAYS if self.run.no_check else ())
        return candidates

    def _checked(self, candidates: Sequence[Candidate],
                 codes: Sequence[str]) -> list[Candidate]:
        """Return ``candidates``; refused those that the checks stop.

        ``codes`` names the checks to make, by default all.
        """
        from modwsgideploy import checks
        from modwsgideploy.catalog import checks as catalog
        from modwsgideploy.checks.finding import Finding
        from modwsgideploy.system.workers import parallel_map

        checked = list(candidates)
        contexts = {number: each.context
                    for number, each in enumerate(candidates)
                    if each.context and each.change and each.change.paths}
        if not codes:    # looked at once, and not by each child again
            self.host.prefetch()
        with progress(len(contexts), self.run) as bar:
            # What Apache says itself it says soon, of all sites together.
            found = parallel_map(
                lambda number: [tuple(finding) for finding in checks.run(
                    contexts[number], (catalog.CHEAP, catalog.HOST),
                    rejected=False, codes=codes)], contexts,
                self.run.workers)
            for number, rows in found:
                checked[number] = checked[number]._replace(
                    findings=[Finding(*entry) for entry in rows])
                bar.advance()
        return [self._judged(each, contexts[number]) if number in contexts
                else each for number, each in enumerate(checked)]

    def _judged(self, candidate: Candidate, context: CheckContext
                ) -> Candidate:
        """Return ``candidate``; refused if its findings stop it."""
        from modwsgideploy.catalog.checks import ALWAYS

        loaded = tuple(f"the module {name}{end}" for name in
                       missing_modules(context, self.layout) for end in ",:")
        findings = [
            finding._replace(level="error") if finding.code in NEEDED
            else finding for finding in candidate.findings
            if not (finding.code in ("MWD302", "MWD314") and any(
                words in finding.message for words in loaded)
                or finding.code in OF_PAIRS
                and needs_pair(context.site, self.layout))]
        candidate = candidate._replace(findings=findings)
        self._print_findings(candidate)
        errors = [finding for finding in findings if finding.level == "error"]
        if not errors:
            return self._as_checked(candidate, context)
        remedy = "--no-check switches it on nevertheless"
        if any(finding.code in ALWAYS for finding in errors):
            remedy = "--no-check does not help, as others would gain rights"
        messages = [f"{len(errors)} error{'s' * (len(errors) != 1)} in its"
                    f" way; {remedy}"]
        if self.run.json or self.run.verbosity < 0:
            messages += [f"{finding.message} [{finding.code}]: {finding.fix}"
                         for finding in errors]
        return candidate.refused(*messages)

    def _as_checked(self, candidate: Candidate, context: CheckContext
                    ) -> Candidate:
        """Return ``candidate``; refused if what is to be installed is not
        what was checked, as its owner could have changed it meanwhile."""
        from modwsgideploy.checks.config_test import gains_root

        if candidate.change and any(
                gains_root(text, context)
                for text in planner.new_texts(candidate.change)):
            return candidate.refused(
                f"{context.conf}: was changed while it was read, to what"
                " Apache would do as root")
        return candidate

    def _print_findings(self, candidate: Candidate) -> None:
        if self.run.json:
            return
        start = f"{candidate.name}: " if self.many else ""
        print_findings([
            finding._replace(message=start + finding.message)
            for finding in candidate.findings
            if finding.level == "error" or self.run.verbosity > 0
            or finding.level == "warning" and not self.many], self.run)
