"""What commands read."""

import os
from contextlib import contextmanager

from modwsgideploy.commands.output import shown
from modwsgideploy.errors import Collector, DeployError


def read(directory, settings):
    """The Project in ``directory``, the Choices and the Platform.

    ``settings`` is a dict of option name to options.Given.
    Raises DeployError with all that is wrong with any of them.
    """
    from modwsgideploy.apache.platforms import find_platform
    from modwsgideploy.project.discovery import find_project
    from modwsgideploy.sites.resolve import choose

    with Collector() as collect:
        choices = choose(settings, collect)
        chosen = choices.values.get
        platform = collect(find_platform, chosen("platform"))
        project = collect(
            find_project, directory, config=chosen("config"),
            app_name=chosen("app_name"), framework=chosen("framework"),
            application=chosen("application"),
            virtualenv=chosen("virtualenv"))
    return project, choices, platform


def recall(directory, settings):
    """What is recorded of the deployment that ``settings`` are about.

    Its Record, and its choices with ``settings`` in place of those that they
    name.  Raises DeployError.
    """
    from modwsgideploy.deployment.record import (
        CHOICES,
        Record,
        read_choices,
        read_record,
    )
    from modwsgideploy.sites.options import BY_NAME, parse_one

    output_dir = os.path.join(directory, "apache")
    given = settings.get("output-dir")
    if given and given.value:
        try:
            output_dir = parse_one(BY_NAME["output-dir"], given)
        except DeployError:  # `read` tells it, and all else that is wrong
            return Record(), settings
    record = read_record(output_dir)
    if record.choices is None:
        return record, settings
    return record, {**read_choices(
        record.choices, shown(os.path.join(output_dir, CHOICES))), **settings}


def is_manifest(argument):
    """Whether a command is to look at many sites: "-", or a file."""
    return argument == "-" or os.path.isfile(argument)


def no_manifest(run):
    """Refuse what is about many sites.  Raises DeployError."""
    if run.only:
        raise DeployError("--only: chooses sites of a manifest; name one in"
                          " place of the project's directory")


def read_sites(manifest, settings, run, alone=False):
    """The Fleet of ``manifest``, a path or "-" for standard input.

    Of that, what --only names.  What this host's Apache serves already is in
    the way, unless the sites are looked at ``alone``.  Raises DeployError.
    """
    from modwsgideploy.apache import mod_wsgi as mod_wsgi_module
    from modwsgideploy.commands.progress import progress
    from modwsgideploy.sites.fleet import read_fleet

    with _opened(manifest) as (source, name), \
            progress(None, run, " sites read") as bar:
        fleet = read_fleet(
            source, name, settings, mod_wsgi_module.versions()[1],
            [] if alone else _in_force(), bar.advance)
    return _only(fleet, run.only) if run.only else fleet


@contextmanager
def _opened(manifest):
    """What to read ``manifest`` from, and its name for messages.

    Raises DeployError for a standard input that cannot be read.
    """
    if manifest != "-":
        yield manifest, manifest
        return
    try:
        # Not sys.stdin: a manifest is UTF-8, whatever the locale is.
        stream = open(0, encoding="utf-8-sig", errors="surrogateescape",
                      newline="", closefd=False)
    except OSError as error:
        raise DeployError(f"standard input: cannot be read ({error.strerror})"
                          "; pipe an ini or CSV file with the sites into it"
                          ) from None
    with stream:
        yield stream, "standard input"


def _in_force():
    """The directives of this host's Apache; none where there is no Apache."""
    from modwsgideploy.apache import binaries, control

    try:
        return control.read_config(binaries.find_httpd())
    except DeployError:
        return []


def _only(fleet, patterns):
    """The part of ``fleet`` that ``patterns`` name.  Raises DeployError."""
    from fnmatch import fnmatchcase

    sites, unreadable = (tuple(
        one for one in part
        if any(fnmatchcase(one.entry.name, pattern) for pattern in patterns))
        for part in fleet)
    if not (sites or unreadable):
        raise DeployError(
            f"--only: no site is called {' or '.join(patterns)}; give names"
            " of the manifest, or a pattern such as 'shop*'")
    return fleet._replace(sites=sites, unreadable=unreadable)
