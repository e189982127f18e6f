"""The virtual hosts around a site, and which Apache reads first."""

import os
import shlex

from modwsgideploy.checks.fixes import sudo


def _is_certbots(subject, directive):
    """Whether it is in what certbot made of the site's own file."""
    return os.path.basename(directive.path) in [
        os.path.basename(path).removesuffix(".conf") + "-le-ssl.conf"
        for path in (subject.enabled, subject.site.conf_name)]


def _definitions(subject, group):
    """The WSGIDaemonProcess directives of ``group``, anywhere."""
    return [each for each in subject.of("WSGIDaemonProcess",
                                        among=subject.effective)
            if each.arguments[:1] == (group,)]


def _names(subject, host):
    """The names (list) of a VirtualHost section, ServerName first."""
    return subject.host_names.get(host.identity, [])


def _is_read_first(subject, directive):
    """Whether Apache reads a neighbour's ``directive`` before the site's."""
    if subject.enabled:
        paths = subject.host.paths
        return paths.index(directive.path) < paths.index(subject.enabled)
    return not _is_beside(subject, directive) or (
        os.path.basename(directive.path) < subject.site.conf_name)


def _is_beside(subject, directive):
    """Whether it stands in the directory where the site's file is put."""
    directory = (os.path.dirname(subject.enabled) if subject.enabled
                 else subject.site.platform.sites_enabled)
    return os.path.dirname(directive.path) == directory


def _read_last(subject, directive):
    """The command that has Apache read the file of ``directive`` last."""
    if not _is_beside(subject, directive):
        return subject.redeploy("--server-name=ANOTHER.example")
    directory, name = os.path.split(directive.path)
    command = sudo(directory) + shlex.join(
        ["mv", directive.path, f"{directory}/zzz-{name}"])
    return command + ("" if subject.host.config else
                      f" && sudo {subject.site.platform.reload}")
