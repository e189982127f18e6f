"""What each command does: choices in, printed text and an exit status out.

One module for each command, with a function ``main(directory, settings,
run)``.  The command lines stand before them; nothing here knows how its
arguments were parsed.
"""

import os
import sys
from contextlib import contextmanager
from typing import NamedTuple

from ..errors import Collector, DeployError
from ..quoting import printable


class Run(NamedTuple):
    """How this one run shall go, as paster's own options have it."""

    simulate: bool = False      # -n: show a diff, write nothing
    overwrite: bool = False     # -f
    interactive: bool = False   # -i: ask for each file
    verbose: int = 0            # -v counts up, -q counts down
    json: bool = False
    probe: object = None        # a path; "" for the mount point
    enabled: bool = False       # what is in force, not what was written
    list: bool = False          # the table of checks
    no_load: bool = False       # without loading the application
    no_check: bool = False
    no_reload: bool = False     # leave that to the administrator
    timeout: int = 30           # for Apache, and for an answer
    server_config: str = ""     # of another Apache than this machine's own
    deployment_dir: str = ""    # where to look for what a log is about
    only: tuple = ()            # patterns of the names of sites
    changed: bool = False       # let the exit status tell of changes
    jobs: int = 1
    all_or_nothing: bool = False
    sync: bool = False          # onto the disk
    figures: tuple = ()         # (field of capacity.Machine, int, option)
    share: bool = False         # small sites, also where all fits
    html: str = ""              # where to write a page
    write: str = ""             # and a proposal


def read(directory, settings):
    """The Project in ``directory``, the Choices and the Platform.

    ``settings`` is a dict of option name to options.Given.
    Raises DeployError with all that is wrong with any of them.
    """
    from ..platforms import find_platform
    from ..project import find_project
    from ..sites import choose

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
    from ..options import BY_NAME, parse_one
    from ..record import CHOICES, Record, read_choices, read_record

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
    from .. import apache
    from ..fleet import read_fleet
    from .progress import progress

    with _opened(manifest) as (source, name), \
            progress(None, run, " sites read") as bar:
        fleet = read_fleet(source, name, settings, apache.versions()[1],
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
    from .. import apache

    try:
        return apache.configured(apache.find_httpd())
    except DeployError:
        return []


def _only(fleet, patterns):
    """The part of ``fleet`` that ``patterns`` name.  Raises DeployError."""
    from fnmatch import fnmatchcase

    members, broken = (tuple(
        one for one in part
        if any(fnmatchcase(one.row.name, pattern) for pattern in patterns))
        for part in fleet)
    if not (members or broken):
        raise DeployError(
            f"--only: no site is called {' or '.join(patterns)}; give names"
            " of the manifest, or a pattern such as 'shop*'")
    return fleet._replace(members=members, broken=broken)


def shown(path):
    """``path`` as a person in the current directory would write it."""
    here = os.getcwd()
    if path.startswith(here + os.sep):
        return path[len(here) + 1:]
    return path


def note(text, run):
    """Tell something that is not what was asked for."""
    if run.verbose >= 0:
        print(text, file=sys.stderr)


def print_json(value):
    """Print ``value`` as JSON that arrives whole in any locale."""
    import json

    utf8 = (sys.stdout.encoding or "").replace("-", "").lower() == "utf8"
    json.dump(value, sys.stdout, indent=2, ensure_ascii=not utf8)
    print(flush=True)


_COLORS = {"error": 31, "warning": 33}


def tell_problems(problems, run):
    """Print ``problems`` to stderr, each with its fix."""
    if run.verbose < 0:
        return
    sys.stdout.flush()
    color = colored(sys.stderr)
    for problem in problems:
        level = (f"\033[{_COLORS.get(problem.level, 36)}m{problem.level}"
                 "\033[0m" if color else problem.level)
        # It may quote what an application raised, or others wrote.
        print(f"{level}: {printable(problem.message)} [{problem.code}]\n"
              f"    {printable(problem.fix)}", file=sys.stderr)


def colored(stream):
    """Whether to colour: on a terminal, unless https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
