"""Plan which files switch a site on or off, as the runbook has them typed."""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator, Mapping, NamedTuple

from modwsgideploy.activation import certbot
from modwsgideploy.activation.endpoint import (
    Endpoint,
    endpoints_in_host,
    find_endpoint,
)
from modwsgideploy.activation.host_file import (
    Generated,
    generated_of,
    host_without,
    plan_host,
    plan_mount,
    removals,
)
from modwsgideploy.activation.https_copy import (
    copy_endpoint,
    find_copy,
    plan_copy_off,
    plan_copy_on,
)
from modwsgideploy.activation.installed import (
    backup,
    directive_lines,
    is_ours,
    plan_copy,
    source_of,
    stamped,
)
from modwsgideploy.activation.layout import ApacheLayout, Named
from modwsgideploy.activation.maintained import (
    end_maintenance,
    without_maintenance,
)
from modwsgideploy.activation.modules import (
    enable_modules,
    link,
)
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.state import (
    NOTHING,
    PathChange,
    PathState,
    read_state,
    read_written,
    unless_there,
)
from modwsgideploy.activation.units import UnitChange
from modwsgideploy.apache.parser import parse
from modwsgideploy.checks.context import CheckContext
from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.model.release import is_same_but_release, through_current
from modwsgideploy.quoting import shell


class SiteChange(NamedTuple):
    """What switches one site on, or off."""

    name: str
    url: str
    files: tuple[str, ...]     # where Apache would read it
    own: tuple[PathChange, ...]            # none: it is so already
    shared: tuple[PathChange, ...] = ()    # of what other sites need as well
    endpoints: tuple[Endpoint, ...] = ()   # where it is asked, if it is
    logs: tuple[str, ...] = ()
    deployment: str = ""       # the directory of its generated files
    certificates: tuple[str, ...] = ()     # and keys, that Apache reads
    host: tuple[PathChange, ...] = ()    # of what its host's sites need
    mount: str = ""            # of `files`, what a VirtualHost includes
    server: UnitChange | None = None    # that of its own, beside Apache

    @property
    def paths(self) -> tuple[PathChange, ...]:
        """Every path that it changes, the shared ones first."""
        return (*self.shared, *self.host, *self.own)

    @property
    def all_paths(self) -> tuple[PathChange, ...]:
        """The same, and those of its systemd units."""
        return (*self.paths, *(self.server.changes if self.server else ()))

    @property
    def is_change(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.paths or self.server)

    @property
    def source(self) -> str:
        """The generated file that is installed."""
        return f"{self.deployment}/{self.name}"

    def is_named_in(self, text: str) -> bool:
        """Whether Apache names one of its files in ``text``."""
        return any(
            re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w/-]|\.\w)", text)
            for path in (*self.files, *(
                change.path for change in self.paths)))

    @property
    def was_on(self) -> bool:
        """Whether the site is on before anything is changed."""
        return next((change.old.exists for change in self.own
                     if change.path == self.files[-1]),
                    os.path.lexists(self.files[-1]))


def new_texts(site: SiteChange) -> Iterator[str]:
    """Yield what the files of ``site`` gain, but for certbot's copies."""
    for change in (*site.own, *site.host):
        if change.new.text and certbot.COPY_SUFFIX not in change.path:
            known = (change.old.text or "").split("\n")
            yield "\n".join(line for line in change.new.text.split("\n")
                            if line not in known)


def plan_on(context: CheckContext, sharing: Sharing,
            overwrite: bool = False, path: str | None = None,
            before: str = "") -> SiteChange:
    """Plan how to switch a site on.

    ``path`` is what to ask it for, by default the mount point; with
    ``overwrite`` edits of what is installed are given up.  ``before`` is a
    generated file of the same site that may be installed until now, as is
    that of another release.  Raises DeployError.
    """
    layout = sharing.layout
    site = context.site
    files = installed_files(site, layout)
    generated = generated_of(context, before or _release_before(
        files[0], context.conf))
    if not overwrite:
        _refuse_another(context, files, generated.names)
    plan = _in_host if sharing.joins(site) else _whole
    placed = plan(context, sharing, generated, overwrite, path)
    return placed._replace(
        shared=(*enable_modules(context, layout),
                *_server_wide(context, layout, overwrite)),
        logs=placed.logs or error_logs(context), deployment=site.output_dir,
        certificates=_certificates(context))


def _whole(context: CheckContext, sharing: Sharing, generated: Generated,
           overwrite: bool, path: str | None) -> SiteChange:
    """Plan to install a site with the VirtualHost that it has, if any."""
    layout, site = sharing.layout, context.site
    installed, *links = files = installed_files(site, layout)
    installation = plan_copy(
        context.conf, installed, generated.earlier, overwrite,
        generated.names, sharing.located(site))
    changes = [*installation.changes,
               *unless_there(link(each, installed) for each in links),
               *removals(sharing, site)]
    endpoints = [find_endpoint(context, path)]
    copy = find_copy(site, layout)
    changes += end_maintenance(site, layout)
    if copy:
        changes += plan_copy_on(copy, installation, os.path.lexists(files[-1]),
                                layout, overwrite)
        if _will_be_on(copy.link, changes):
            endpoints.insert(0, copy_endpoint(copy, endpoints[0],
                                              context.host))
    return SiteChange(site.name, endpoints[0].url, files, tuple(changes),
                      endpoints=tuple(endpoints))


def _in_host(context: CheckContext, sharing: Sharing, generated: Generated,
             overwrite: bool, path: str | None) -> SiteChange:
    """Plan to install a site in a VirtualHost that is not in its own file."""
    layout, site = sharing.layout, context.site
    above = "" if sharing.mount_of(site) else sharing.maintained_above(site)
    if above:
        raise Failed(
            f"{site.mount_point}: is below {above}, which is in maintenance,"
            f" and so would {site.name} be; `modwsgideploy enable {above}`"
            " ends that")
    installed, *links = files = installed_files(site, layout)
    placed = plan_mount(context, sharing, generated, installed, overwrite)
    host = plan_host(context, sharing, generated, overwrite)
    changes = [*placed.changes,
               *unless_there(link(each, installed) for each in links),
               *end_maintenance(site, layout)]
    copy = find_copy(site, layout)
    if copy:
        changes += plan_copy_off(copy, layout)
    endpoints = endpoints_in_host(context, host.texts, path)
    return SiteChange(
        site.name, endpoints[0].url, (placed.path, *files), tuple(changes),
        endpoints=endpoints, host=host.changes, mount=placed.path,
        logs=error_logs_in(host.texts))


def _will_be_on(link: str, changes: Iterable[PathChange]) -> bool:
    """Tell whether anything is at ``link`` once ``changes`` are made."""
    return next((change.new.exists for change in changes
                 if change.path == link), os.path.lexists(link))


def plan_off(site: Named, sharing: Sharing, purge: bool = False
             ) -> SiteChange:
    """Plan how to switch ``site`` off; as README.txt does it.

    With ``purge`` what is installed goes as well, if nobody has edited it.
    Raises Failed where what is on is not of this deployment.
    """
    layout = sharing.layout
    files = installed_files(site, layout)
    path, state = files[-1], read_state(files[-1])
    source = through_current(f"{site.output_dir}/{site.name}")
    other = source_of(read_state(os.path.realpath(path)).text or "")
    if other not in ("", source):
        raise Failed(f"{path}: is of another deployment, {other}; disable"
                     " that one, or remove the file")
    if layout.enabled and state.text is not None:
        raise Failed(f"{path}: is no link to {files[0]}, so it may be all"
                     " there is of it; move it there")
    changes = [*end_maintenance(site, layout), *removals(sharing, site, purge)]
    if state.exists:
        changes += host_without(site, sharing, purge)
        changes.append(PathChange(path, state, NOTHING))
    kept = files[0] if layout.enabled else path + ".off"
    old = read_state(kept)
    left = without_maintenance(
        state if state.exists and not layout.enabled else old)
    if purge and _is_of(left, kept, source):
        left = NOTHING
    changes += unless_there([PathChange(kept, old, left)])
    copy = find_copy(site, layout)
    if copy:
        changes += plan_copy_off(copy, layout)
    return SiteChange(site.name, site.url, files, tuple(changes),
                      deployment=site.output_dir)


def _is_of(state: PathState, path: str, source: str) -> bool:
    """Tell whether the ``state`` of ``path`` is as `enable` made it of
    ``source``."""
    if state.link is not None:
        return os.path.realpath(path) == os.path.realpath(source)
    return is_ours(state.text or "", source)


def installed_files(site: Named, layout: ApacheLayout) -> tuple[str, ...]:
    """Name where the configuration of ``site`` is installed, and its link."""
    directories = filter(None, (layout.platform.sites, layout.enabled))
    return tuple(f"{directory}/{site.conf_name}" for directory in directories)


def _release_before(installed: str, conf: str) -> str:
    """Name the file of another release that is ``installed``; "" for none."""
    other = source_of(read_state(installed).text or "")
    return other if is_same_but_release(other, conf) else ""


def _refuse_another(context: CheckContext, files: tuple[str, ...],
                    names: tuple[str, ...]) -> None:
    """Raise Failed where another deployment has the name of the site."""
    installed = files[0]
    other = source_of(read_state(installed).text or "")
    if other in ("", *names) or not os.path.isfile(other):
        return
    name = context.site.name
    instead = ("or switch that one off" if os.path.lexists(files[-1]) else
               "or -f puts it in the place of that one, which is off")
    raise Failed(f"{installed}: is of another deployment, {other}, that is"
                 f" called {name} as well; give this one a name of its own, as"
                 f" with `modwsgideploy deploy --name={name}2"
                 f" {shell(context.site.project_directory)}`, {instead}")


def _server_wide(context: CheckContext, layout: ApacheLayout,
                 overwrite: bool) -> list[PathChange]:
    """Plan to install what all sites of its backend share."""
    from modwsgideploy.backends import BACKENDS

    site = context.site
    named = BACKENDS[site.backend].server_conf(site)
    if not named:
        return []
    source = os.path.join(site.output_dir, named[0])
    path = f"{layout.platform.conf}/{named[1]}.conf"
    written, old = read_written(source), read_state(path)
    if written.text is None:
        raise DeployError(f"{source}: is missing; write it with"
                          f" `{context.redeploy()}`")
    changes = []
    if directive_lines(written.text) != directive_lines(old.text or ""):
        if old.exists and not (overwrite and old.text is not None):
            raise Failed(
                f"{path}: is what other sites of this server share, and not"
                f" as {source} has it, as `diff -u {path} {source}` shows;"
                " deploy the site with the same, or -f replaces it")
        changes = [PathChange(path, old, PathState(
            stamped(written.text, source), mode=written.mode))]
        if old.text is not None:
            changes.insert(0, backup(path, old))
    if layout.conf_enabled:
        changes += unless_there([link(
            f"{layout.conf_enabled}/{named[1]}.conf", path)])
    return changes


def _certificates(context: CheckContext) -> tuple[str, ...]:
    """Name the certificates and keys that the site's files name."""
    return tuple(dict.fromkeys(
        each.arguments[0] for each in context.of(
            "SSLCertificateFile", "SSLCertificateKeyFile",
            "SSLCertificateChainFile") if each.arguments))


def error_logs_in(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Name the error logs of the hosts in ``texts``, by their paths."""
    return tuple(dict.fromkeys(
        each.arguments[0] for path, text in texts.items()
        for each in parse(text, path) if each.key == "errorlog"
        and each.arguments and os.path.isabs(each.arguments[0])))


def error_logs(context: CheckContext) -> tuple[str, ...]:
    """Name the error logs of the site's own."""
    return tuple(dict.fromkeys(
        each.arguments[0] for each in context.of("ErrorLog")
        if each.arguments and os.path.isabs(each.arguments[0])))


def disagreements(site_changes: Iterable[SiteChange]
                  ) -> Iterator[tuple[SiteChange, SiteChange, str]]:
    """Find sites that want another shared file than one before them.

    Yields the site, the one before it, and the path of the file.
    """
    wanted: dict[str, tuple[SiteChange, PathState]] = {}
    for site_change in site_changes:
        for change in site_change.shared:
            first, state = wanted.setdefault(
                change.path, (site_change, change.new))
            if not _alike(state, change.new):
                yield site_change, first, change.path


def _alike(one: PathState, other: PathState) -> bool:
    """Tell whether two states are the same to Apache."""
    if one.text is None or other.text is None:
        return one.same(other)
    return directive_lines(one.text) == directive_lines(other.text)
