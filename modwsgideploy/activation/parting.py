"""Part an installed site into its host, its processes and what mounts it.

So a host outlives the application in whose file it was, and an application
that was alone is mounted beside others.
"""

from __future__ import annotations

import os
from typing import Iterator

from modwsgideploy.activation import certbot
from modwsgideploy.activation.https_copy import find_copy_of, plan_copy_off
from modwsgideploy.activation.installed import (
    Part,
    backup,
    is_ours,
    source_of,
    stamped,
    unstamped,
)
from modwsgideploy.activation.layout import Named
from modwsgideploy.activation.maintained import without_block
from modwsgideploy.activation.modules import link
from modwsgideploy.activation.sharing import Sharing
from modwsgideploy.activation.state import (
    PathChange,
    PathState,
    read_state,
    unless_there,
)
from modwsgideploy.apache import shared_hosts
from modwsgideploy.deployment import parts
from modwsgideploy.errors import Failed
from modwsgideploy.model.site import Site


def processes_part(mount_path: str) -> Part:
    """Return what makes the file of its processes of a site's text."""
    def processes(text: str) -> str:
        cut = parts.cut(text)
        return f"{cut.processes}# It is mounted by {mount_path}\n" \
            if cut else text

    return processes


def mount_part(server_name: str, installed: str) -> Part:
    """Return what makes the file that mounts it of a site's text.

    ``installed`` is where its processes are.
    """
    def mount(text: str) -> str:
        cut = parts.cut(text)
        return (f"{parts.MOUNTED.format(cut.name, cut.url, server_name)}\n"
                f"# Its processes are in {installed}\n{parts.mounting(cut)}"
                ) if cut else text

    return mount


def host_heading(site: Named, sharing: Sharing) -> str:
    """Return the first lines of the host's own file."""
    return (f"# The host {site.server_name}, for the applications in\n"
            f"# {sharing.place(site).directory}\n\n")


def is_untouched(path: str) -> bool:
    """Whether nobody has edited what some deployment installed at ``path``.

    To be in maintenance is no edit.
    """
    text = read_state(path).text
    if text is None:
        return True
    text = without_block(text)
    return any(is_ours(each, source_of(each))
               for each in (text, certbot.without_redirect(text)))


def included(site: Named) -> str:
    """Return what is in each file that makes the host of ``site``."""
    return f"/{site.shared_host}.d/"


def left_behind(site: Named, sharing: Sharing) -> Iterator[PathChange]:
    """Plan to make the host's own file of that of ``site``, which leaves."""
    yield from own_file(
        f"{sharing.layout.platform.sites}/{site.conf_name}", site, sharing)


def parted(makers: list[str], sharing: Sharing, site: Site, brings: bool
            ) -> Iterator[PathChange]:
    """Plan to part the files that make the host of ``site``.

    It has a file of its own then, unless ``site`` ``brings`` that, and the
    application that made it is mounted there like others.
    """
    layout = sharing.layout
    for maker in makers:
        path = os.path.realpath(maker)
        state = read_state(path)
        text = state.text or ""
        cut = parts.cut(unstamped(text))
        if path.endswith(certbot.COPY_SUFFIX):
            continue     # goes with the file that it is a copy of
        if without_block(text) != text:
            raise Failed(f"{path}: is in maintenance, and would be in another"
                         f" file with {site.name} beside it; enable that one"
                         " first")
        if cut is None or os.path.dirname(path) != layout.platform.sites:
            raise Failed(
                f"{path}: makes the host {site.server_name} and does not show"
                f" where its application begins, so {site.name} cannot be"
                " mounted beside it; deploy and enable that one anew")
        if not brings:
            yield from own_file(path, site, sharing)
        source = source_of(text)
        is_known = is_ours(certbot.without_redirect(text), source)
        whole = unstamped(certbot.without_redirect(text))
        mount_path = f"{sharing.place(site).directory}/" \
            + shared_hosts.mount_file(cut.name, cut.url)
        for target, part in (
                (path, processes_part(mount_path)),
                (mount_path, mount_part(site.server_name, path))):
            wanted = part(whole)
            # Edits are edits in the new files, too.
            yield PathChange(target, read_state(target), PathState(
                stamped(wanted, source) if is_known else wanted,
                mode=state.mode))
        copy = find_copy_of(os.path.basename(path), included(site), layout)
        if copy:
            yield from plan_copy_off(copy, layout)


def own_file(path: str, site: Named, sharing: Sharing
              ) -> Iterator[PathChange]:
    """Plan to make the host's own file of what is installed at ``path``."""
    place, layout = sharing.place(site), sharing.layout
    state = read_state(os.path.realpath(path))
    text = without_block(state.text or "")
    source, redirect = source_of(text), certbot.redirect_in(text)
    bare = certbot.without_redirect(text)
    cut = parts.cut(unstamped(bare))
    if cut is None:
        raise Failed(f"{path}: does not show where the application begins, so"
                     " the others of its host cannot stay without it")
    alone = sharing.located(site)(host_heading(site, sharing) + cut.host)
    wanted = certbot.with_redirect(alone, redirect)
    yield from _written(place.conf, PathState(
        stamped(wanted, source) if is_ours(bare, source) else wanted,
        mode=state.mode))
    if place.link != place.conf:
        yield from unless_there([link(place.link, place.conf)])
    copy = find_copy_of(os.path.basename(path), included(site), layout)
    if copy and copy.is_on:
        name = certbot.copy_name(os.path.basename(place.conf))
        copied = f"{os.path.dirname(place.conf)}/{name}"
        yield from _written(copied, PathState(certbot.anew(
            without_block(copy.state.text or ""),
            certbot.host_in(unstamped(bare)),
            certbot.host_in(alone)), mode=copy.state.mode))
        if place.link != place.conf:
            yield from unless_there([link(
                f"{os.path.dirname(place.link)}/{name}", copied)])


def _written(path: str, new: PathState) -> Iterator[PathChange]:
    """Plan to write ``path``; edits that are there now are kept as .bak."""
    old = read_state(path)
    if old.text is not None and not old.same(new) and not is_untouched(path):
        yield backup(path, old)
    yield from unless_there([PathChange(path, old, new)])
