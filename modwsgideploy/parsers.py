"""Command lines: from the table of options to parsers, and back to choices.

paster wants optparse, the plain command argparse; both are filled from
`OPTIONS` and from `COMMANDS`, and both end in `run`.
"""

import errno
import os
import sys
from typing import NamedTuple, Tuple

from .errors import Failed
from .options import OPTIONS, Given

# The exit status when nobody reads what is printed, as a shell has it.
READER_GONE = 128 + 13


class Flag(NamedTuple):
    """An option that is about one run, not about the site."""

    names: Tuple[str, ...]
    dest: str
    action: str     # store_true, count, store, append or optional
    help: str
    metavar: str = ""


_VERBOSE = Flag(("-v", "--verbose"), "verbose", "count", "say more")
_QUIET = Flag(("-q", "--quiet"), "quiet", "count", "say less")
_JSON = Flag(("--json",), "json", "store_true",
             "print what was decided and done as JSON")

_ONLY = Flag(("--only",), "only", "append",
             "of a manifest, only the sites whose name matches this pattern,"
             " such as 'shop*'; can be repeated", "GLOB")


_SERVER_CONFIG = Flag(
    ("--server-config",), "server_config", "store",
    "the main configuration file of another Apache than this machine's own",
    "FILE")
_SWITCHING = (
    Flag(("-n", "--simulate"), "simulate", "store_true",
         "change nothing; print what would change as a diff"),
    Flag(("--no-reload",), "no_reload", "store_true",
         "leave it to you to have Apache read the change"),
    Flag(("--timeout",), "timeout", "store",
         "wait so long for Apache, and for an answer (default: 30)",
         "SECONDS"),
    _SERVER_CONFIG, _ONLY, _VERBOSE, _QUIET, _JSON)


# What a machine has, in place of what this one is found to have.
FIGURES = (
    Flag(("--memory",), "memory", "store",
         "the machine's memory (default: this one's)", "MB"),
    Flag(("--cores",), "cores", "store",
         "its processors (default: this one's)", "N"),
    Flag(("--tasks",), "tasks", "store",
         "how many processes and threads Apache may have (default: what the"
         " kernel and systemd allow)", "N"),
    Flag(("--open-files",), "open_files", "store",
         "how many files one process may have open (default: ulimit's)", "N"),
    Flag(("--request-workers",), "request_workers", "store",
         "Apache's MaxRequestWorkers (default: what its configuration says)",
         "N"),
    Flag(("--database-connections",), "connections", "store",
         "how many connections a database server takes (default: not"
         " compared)", "N"),
)


class Command(NamedTuple):
    """One command, for every command line that has it."""

    name: str
    summary: str
    description: str
    epilog: str
    flags: Tuple[Flag, ...]
    argument: str = "PROJECT_DIR"
    default: str = "."     # of the argument; a "." is made absolute
    sites: bool = True     # whether it takes OPTIONS as well


COMMANDS = {command.name: command for command in (
    Command(
        "deploy", "Write the Apache mod_wsgi deployment of a project",
        "Read the metadata of the project in PROJECT_DIR (default: the"
        " current directory), importing none of it, and write Apache's"
        " configuration of the site, its WSGI script, a test page and a"
        " runbook. The choices are kept in site.ini there: a later run"
        " repeats them, and changes those that are given again. Hand edits"
        " of the files are merged with what is new. What is still missing on"
        " this host is printed with the command that mends it.",
        "Exit status: 0 when the deployment is as asked; 1 when hand edits"
        " were in the way: of the same lines that are new, and the new text"
        " is in FILE.new, or in a deployment without a record, and nothing"
        " was written; 2 for a wrong choice or project, and nothing was"
        " written.",
        (Flag(("-n", "--simulate"), "simulate", "store_true",
              "write nothing; print what would change as a diff"),
         Flag(("-f", "--overwrite"), "overwrite", "store_true",
              "overwrite files with hand edits; each is saved as FILE.bak"),
         Flag(("-i", "--interactive"), "interactive", "count",
              "ask what becomes of each file with hand edits"),
         _VERBOSE, _QUIET, _JSON)),
    Command(
        "serve", "Serve a project's deployment on a private Apache",
        "Serve the project in PROJECT_DIR (default: the current directory)"
        " as it would be deployed, in place, on an Apache of its own in a"
        " temporary directory, without root. The choices that a deployment"
        " of it has recorded are repeated, except those that are no matter of"
        " a private server. If a MANIFEST (a file, or - for standard input)"
        " is named instead, serve all its sites, on one Apache. Ctrl-C stops"
        " it and leaves nothing behind. --port is the port to listen on"
        " (default: a free one).",
        "Exit status: 0 when it was stopped or the probe was answered; 1"
        " when the application or the probe failed, or a site of a manifest"
        " could not be served; 2 for a wrong choice or project, or a host"
        " that cannot serve it.",
        (Flag(("--probe",), "probe", "optional",
              "make one request for PATH (default: the mount point; of a"
              " manifest, one for PATH below each mount point), print"
              " status and time, and exit", "PATH"),
         _ONLY, _VERBOSE, _QUIET, _JSON),
        "PROJECT_DIR|MANIFEST"),
    Command(
        "check", "Say what would fail of a deployment, and the fix",
        "Read the deployment of the project in PROJECT_DIR (default: the"
        " current directory) as its files are, hand edits included, and say"
        " what of it would fail on this host, each with the command that"
        " mends it. If a MANIFEST (a file, or - for standard input) is named"
        " instead, do so for each of its sites; what many have alike is told"
        " once. Run it as root to have access tried as the user of the"
        " daemon processes.",
        "Exit status: 0 when nothing was found; 1 for warnings; 2 for"
        " errors, or a wrong choice or project; of a manifest, the worst of"
        " any site.",
        (Flag(("--enabled",), "enabled", "store_true",
              "check the configuration that is in force, instead of that in"
              " the output directory"),
         Flag(("--no-load",), "no_load", "store_true",
              "leave out the checks that load the application"),
         Flag(("--server-config",), "server_config", "store",
              "the main configuration file of the Apache to check against"
              " (default: this machine's own)", "FILE"),
         Flag(("--list",), "list", "store_true",
              "print the table of checks, and exit"),
         _ONLY,
         Flag(("--jobs",), "jobs", "store",
              "of a manifest, the number of processes that check (default:"
              " one for each processor, up to four)", "N"),
         _VERBOSE, _QUIET, _JSON),
        "PROJECT_DIR|MANIFEST"),
    Command(
        "enable", "Switch a deployment on in the system's Apache",
        "Switch on the deployment of the project in PROJECT_DIR (default: the"
        " current directory), or of each site of a MANIFEST (a file, or - for"
        " standard input), as its README.txt has it: check it, install it,"
        " have Apache test its configuration and reload, and ask for the"
        " site. A site that is refused, or does not answer as it should, is"
        " taken back; the others stay on. What a run that was killed has left"
        " is put back by the next one.",
        "Exit status: 0 when all sites are on; 1 when some are not, and are"
        " as they were before; 2 for a wrong choice or project.",
        (Flag(("--no-check",), "no_check", "store_true",
              "do not check the deployment before"),
         Flag(("-f", "--overwrite"), "overwrite", "store_true",
              "overwrite an installed file with hand edits; it is saved as"
              " FILE.bak"),
         Flag(("--probe",), "probe", "store",
              "what to ask for (default: the mount point)", "PATH"),
         *_SWITCHING),
        "PROJECT_DIR|MANIFEST"),
    Command(
        "disable", "Switch a deployment off in the system's Apache",
        "Switch off the site of the project in PROJECT_DIR (default: the"
        " current directory), or each site of a MANIFEST (a file, or - for"
        " standard input): take its configuration out of Apache's, have that"
        " tested and reloaded. The deployment itself stays as it is.",
        "Exit status: 0 when all sites are off; 1 when some are not, and are"
        " as they were before; 2 for a wrong choice or project.",
        _SWITCHING, "PROJECT_DIR|MANIFEST"),
    Command(
        "explain", "Say what an Apache error log means, and the fix",
        "Read LOGFILE (default, and -: standard input), an error log of"
        " Apache with mod_wsgi, mod_fcgid or mod_python, and say of each"
        " failure that is known why it happened, which line of the"
        " deployment it comes from, and what mends it. Lines that are not"
        " known are printed as they are; -q leaves them out.",
        "Exit status: 0 when nothing known was found; 1 when something was;"
        " 2 when the log cannot be read.",
        (Flag(("--deployment-dir",), "deployment_dir", "store",
              "the deployment, or the project with one in apache, whose"
              " lines to name (default: what the log leads to)", "DIR"),
         _VERBOSE, _QUIET, _JSON),
        argument="LOGFILE", default="-", sites=False),
    Command(
        "batch", "Write the deployments of all sites of a manifest",
        "Read MANIFEST (default: sites.ini; - for standard input), an ini"
        " file with a section for each site or CSV with a line for each,"
        " whose keys are the options below and project, the directory of the"
        " site's project. All of it is validated first, and what one site"
        " does to another; then each site is written as deploy does it. An"
        " option given here counts for all sites.",
        "Exit status: 0 when all sites are as asked; 1 when some failed, or"
        " edits were in the way; 2 when the manifest is wrong, and nothing"
        " was written. With --changed 3 when all went well and something"
        " changed (with -n: would change).",
        (Flag(("-n", "--simulate"), "simulate", "store_true",
              "write nothing; print what would change as a diff"),
         Flag(("-f", "--overwrite"), "overwrite", "store_true",
              "overwrite files with hand edits; each is saved as FILE.bak"),
         _ONLY,
         Flag(("--changed",), "changed", "store_true",
              "exit with 3 when anything changed"),
         Flag(("--jobs",), "jobs", "store",
              "the number of processes that write (default: one for each"
              " processor, up to four)", "N"),
         Flag(("--all-or-nothing",), "all_or_nothing", "store_true",
              "write nothing unless every site can be written"),
         Flag(("--sync",), "sync", "store_true",
              "wait till each site is on the disk (slower), so that not even"
              " a power cut leaves a half-written one"),
         _VERBOSE, _QUIET, _JSON),
        "MANIFEST", "sites.ini"),
    Command(
        "plan", "Say whether a machine has room for all sites, and what fits",
        "Add up what the sites of MANIFEST (default: sites.ini; - for"
        " standard input), or the project in a directory, ask for: processes,"
        " threads, memory, open files, database connections. Compare it with"
        " what the machine and its Apache have, and propose processes,"
        " threads and shared daemons that fit. The memory of a process is"
        " measured by loading each application once.",
        "Exit status: 0 when all fits; 1 when it does not, or a site cannot"
        " be counted; 2 when the manifest is wrong.",
        (*FIGURES,
         Flag(("--no-load",), "no_load", "store_true",
              "assume the memory of a process, without loading any"
              " application"),
         Flag(("--share",), "share", "store_true",
              "propose shared daemons for small sites even where all fits"),
         Flag(("--html",), "html", "store",
              "also write a page with plots", "FILE"),
         Flag(("--write",), "write", "store",
              "write what is proposed, as lines of a manifest", "FILE"),
         _SERVER_CONFIG, _ONLY,
         Flag(("--jobs",), "jobs", "store",
              "the number of processes that load applications (default: one"
              " for each processor, up to four)", "N"),
         _VERBOSE, _QUIET, _JSON),
        "MANIFEST", "sites.ini"),
)}


def for_paster(parser, command):
    """``parser`` (optparse, with paster's own options), filled in."""
    from optparse import SUPPRESS_HELP, OptionGroup

    command = COMMANDS[command]
    parser.description = command.description
    parser.epilog = command.epilog
    for flag in command.flags:
        known = parser.get_option(flag.names[-1])
        if known:
            known.help = flag.help
        elif flag.action == "optional":
            parser.add_option(*flag.names, dest=flag.dest, metavar="[PATH]",
                              action="callback", callback=_take_optional,
                              help=flag.help)
        else:
            parser.add_option(*flag.names, dest=flag.dest,
                              action=flag.action, help=flag.help)
    groups = {}
    for option in OPTIONS if command.sites else ():
        group = groups.setdefault(option.group,
                                  OptionGroup(parser, option.group))
        for names, keywords, shown in _arguments(option):
            if not shown:
                keywords["help"] = SUPPRESS_HELP
            group.add_option(*names, **keywords)
    for group in groups.values():
        parser.add_option_group(group)
    return parser


def _take_optional(option, name, value, parser):
    """An optparse option whose argument can be left out."""
    taken = ""
    if parser.rargs and parser.rargs[0].startswith("/"):
        taken = parser.rargs.pop(0)
    setattr(parser.values, option.dest, taken)


def for_plain(parser, command):
    """``parser`` (argparse), filled in."""
    import argparse

    command = COMMANDS[command]
    parser.description = command.description
    parser.epilog = command.epilog
    parser.add_argument("argument", nargs="?", default=command.default,
                        metavar=command.argument)
    for flag in command.flags:
        keywords = {"dest": flag.dest, "help": flag.help}
        if flag.action == "optional":
            keywords.update(nargs="?", const="", metavar=flag.metavar)
        else:
            keywords.update(action=flag.action, default=(
                None if flag.action == "append" else 0))
        if flag.action in ("store", "append"):
            keywords["metavar"] = flag.metavar
        parser.add_argument(*flag.names, **keywords)
    groups = {}
    for option in OPTIONS if command.sites else ():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        for names, keywords, shown in _arguments(option):
            keywords["help"] = (keywords["help"].replace("%", "%%") if shown
                                else argparse.SUPPRESS)
            added = groups[option.group].add_argument(*names, **keywords)
            if option.choices:
                # For argcomplete; our own error says more than argparse's.
                added.completer = lambda choices=option.choices, **_: choices
    return parser


def _arguments(option):
    """Names, keywords and visibility of ``option``, for either library."""
    keywords = {"dest": option.field, "default": None,
                "help": _help(option)}
    if option.kind != "flag":
        metavar = option.metavar or "|".join(option.choices)
        action = "append" if option.many else "store"
        yield ["--" + option.name], dict(keywords, action=action,
                                         metavar=metavar), True
        if option.name == "static":
            yield ["--no-static"], dict(
                keywords, action="store_const", const=[""],
                help="the same as --static="), True
        return
    on_by_default = option.default == "yes"
    for names, value, shown in (
            (["--" + option.name], "yes", not on_by_default),
            (["--no-" + option.name], "no", on_by_default)):
        text = option.help if value == "yes" else "do not " + option.help
        yield names, dict(keywords, action="store_const", const=value,
                          help=text), shown


def _help(option):
    if option.default and option.kind != "flag":
        return f"{option.help} (default: {option.default})"
    return option.help


def settings(parsed):
    """What was given, as a dict of option name to Given.

    ``parsed`` is a dict of dest to value; None means not given.
    """
    given = {}
    for option in OPTIONS:
        value = parsed.get(option.field)
        if value is not None:
            # Before Python 3.13 argparse makes [] of the value "--".
            if option.many:
                value = tuple("--" if text == [] else text for text in value)
            elif value == []:
                value = "--"
            given[option.name] = Given(value, "--" + option.name)
    return given


def run(command, arguments, parsed):
    """Run ``command`` as parsed; returns the exit status.

    ``arguments`` is a list with the command's argument, or empty;
    ``parsed`` a dict of dest to value.  Raises DeployError.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:   # closed by who started this
            setattr(sys, name, open(os.devnull, "w"))
    if getattr(sys.stdout, "errors", "") == "strict":
        # As on stderr: what the locale has no letter for is escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _run(command, arguments, parsed)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Who reads has had enough; nor is there anybody for the rest.
        _silence()
        return READER_GONE
    except OSError as error:
        # Files have names; of what is written, that is the output alone.
        if error.errno != errno.ENOSPC or error.filename:
            raise
        _silence()
        raise Failed(f"the output is cut off: {error.strerror}") from None


def _silence():
    """Let nothing more be written to stdout, nor Python try it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(command, arguments, parsed):
    from importlib import import_module

    from . import actions

    default = COMMANDS[command].default
    argument = arguments[0] if arguments else default
    probe = parsed.get("probe")
    if probe and not probe.startswith("/") and argument == default:
        # argparse has taken what follows --probe, and it is no path of a URL.
        argument, probe = probe, ""
    if default == "." and not actions.is_manifest(argument):
        argument = os.path.abspath(argument)
    return import_module(f".actions.{command}", __package__).main(
        argument, settings(parsed), actions.Run(
            simulate=bool(parsed.get("simulate")),
            overwrite=bool(parsed.get("overwrite")),
            interactive=bool(parsed.get("interactive")),
            verbose=(parsed.get("verbose") or 0) - (parsed.get("quiet") or 0),
            json=bool(parsed.get("json")), probe=probe,
            enabled=bool(parsed.get("enabled")),
            list=bool(parsed.get("list")),
            no_load=bool(parsed.get("no_load")),
            no_check=bool(parsed.get("no_check")),
            no_reload=bool(parsed.get("no_reload")),
            timeout=_timeout(parsed.get("timeout")),
            server_config=parsed.get("server_config") or "",
            deployment_dir=parsed.get("deployment_dir") or "",
            only=tuple(parsed.get("only") or ()),
            changed=bool(parsed.get("changed")),
            jobs=_jobs(parsed.get("jobs")),
            all_or_nothing=bool(parsed.get("all_or_nothing")),
            sync=bool(parsed.get("sync")),
            figures=_figures(parsed), share=bool(parsed.get("share")),
            html=parsed.get("html") or "", write=parsed.get("write") or ""))


def _figures(parsed):
    """What FIGURES give, as (field, int, option).  Raises DeployError."""
    from .options import Option, parse_one

    return tuple(
        (flag.dest, parse_one(Option(flag.dest, "", "count", "", ""),
                              Given(parsed[flag.dest], flag.names[0])),
         flag.names[0])
        for flag in FIGURES if parsed.get(flag.dest))


def _timeout(text):
    """The seconds that --timeout gives.  Raises DeployError."""
    from .options import Option, parse_one

    return 30 if not text else parse_one(
        Option("timeout", "", "count", "", ""), Given(text, "--timeout"))


def _jobs(text):
    """The number that --jobs gives, or that of the processors that can be
    used, up to four.  Raises DeployError."""
    from .options import Option, parse_one

    if not text and hasattr(os, "sched_getaffinity"):   # Linux
        return min(4, len(os.sched_getaffinity(0)))
    if not text:
        return 1
    return parse_one(Option("jobs", "", "count", "", ""),
                     Given(text, "--jobs"))
