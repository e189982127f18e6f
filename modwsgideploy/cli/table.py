"""COMMANDS: the commands and their flags, for every command line."""

from __future__ import annotations

from typing import NamedTuple, Tuple

SWITCH, LEVEL = "switch", "level"


class Flag(NamedTuple):
    """An option of one run, not of the site: one row."""

    names: Tuple[str, ...]     # as on the command line, the long one last
    help: str
    kind: str = SWITCH         # SWITCH, LEVEL (counted), or a key of KINDS
    default: str = ""          # as it would be given on the command line
    derived: str = ""          # the default in words, where it is worked out
    metavar: str = ""
    choices: Tuple[str, ...] = ()
    many: bool = False         # can be given several times
    optional: bool = False     # can be given without its value

    @property
    def name(self) -> str:
        """Its long name without the dashes."""
        return self.names[-1][2:]

    @property
    def field(self) -> str:
        """The field of Invocation that holds it."""
        return self.name.replace("-", "_")

    @property
    def has_value(self) -> bool:
        """Whether it is given with a value."""
        return self.kind not in (SWITCH, LEVEL)


_VERBOSE = Flag(("-v", "--verbose"), "say more", LEVEL)
_QUIET = Flag(("-q", "--quiet"), "say less", LEVEL)
_JSON = Flag(("--json",), "print what was decided and done as JSON")
_ONLY = Flag(
    ("--only",), "of a manifest, only the sites whose name matches this"
    " pattern, such as 'shop*'", "text", metavar="GLOB", many=True)
_SERVER_CONFIG = Flag(
    ("--server-config",), "the main configuration file of another Apache",
    "text", derived="this machine's own", metavar="FILE")
_SIMULATE = Flag(("-n", "--simulate"),
                 "change nothing; print what would change as a diff")
_OVERWRITE = Flag(
    ("-f", "--overwrite"),
    "overwrite files with hand edits; each is saved as FILE.bak")
_CHANGED = Flag(("--changed",), "exit with 3 when anything changed")
_NO_LOAD = Flag(("--no-load",),
                "leave out the checks that load the application")


def _jobs(work: str) -> Flag:
    """--jobs of processes that do this ``work``."""
    return Flag(("--jobs",), f"of a manifest, the number of processes that"
                f" {work}", "count",
                derived="one for each processor, up to four", metavar="N")


_SWITCHING = (
    _SIMULATE,
    Flag(("--no-reload",), "leave it to you to have Apache read the change"),
    Flag(("--timeout",), "wait so long for Apache, and for an answer",
         "count", default="30", metavar="SECONDS"),
    _SERVER_CONFIG, _ONLY, _CHANGED, _VERBOSE, _QUIET, _JSON)
# What a machine has, in place of what this one is found to have.
_FIGURES = (
    Flag(("--memory",), "the machine's memory", "count",
         derived="this one's", metavar="MB"),
    Flag(("--cores",), "its processors", "count", derived="this one's",
         metavar="N"),
    Flag(("--tasks",), "how many processes and threads Apache may have",
         "count", derived="what the kernel and systemd allow", metavar="N"),
    Flag(("--open-files",), "how many files one process may have open",
         "count", derived="ulimit's", metavar="N"),
    Flag(("--request-workers",), "Apache's MaxRequestWorkers", "count",
         derived="what its configuration says", metavar="N"),
    Flag(("--database-connections",),
         "how many connections a database server takes", "count",
         derived="not compared", metavar="N"),
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


def class_name(command: Command) -> str:
    """Return what paster's and gearbox's class for ``command`` is called."""
    return command.name.capitalize() + "Command"


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
        (_SIMULATE, _OVERWRITE,
         Flag(("-i", "--interactive"),
              "ask what becomes of each file with hand edits", LEVEL),
         _CHANGED, _VERBOSE, _QUIET, _JSON)),
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
        (Flag(("--probe",),
              "make one request for PATH (of a manifest, one below each mount"
              " point), print status and time, and exit", "request_path",
              derived="the mount point", metavar="PATH", optional=True),
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
        "Exit status: 0 when nothing was found; 1 for warnings and errors; 2"
        " for a wrong choice or project.",
        (Flag(("--enabled",),
              "check the configuration that is in force, instead of that in"
              " the output directory"),
         _NO_LOAD, _SERVER_CONFIG,
         Flag(("--list",), "print the table of checks, and exit"),
         _ONLY, _jobs("check"), _VERBOSE, _QUIET, _JSON),
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
        (Flag(("--no-check",), "do not check the deployment before"),
         _OVERWRITE,
         Flag(("--probe",), "what to ask for", "request_path",
              derived="the mount point", metavar="PATH"),
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
        (Flag(("--deployment-dir",),
              "the deployment, or the project with one in apache, whose"
              " lines to name", "text", derived="what the log leads to",
              metavar="DIR"),
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
        (_SIMULATE, _OVERWRITE, _ONLY, _CHANGED,
         _jobs("write"),
         Flag(("--all-or-nothing",),
              "write nothing unless every site can be written"),
         Flag(("--sync",),
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
        (*_FIGURES,
         _NO_LOAD._replace(help="assume the memory of a process, without"
                           " loading any application"),
         Flag(("--share",),
              "propose shared daemons for small sites even where all fits"),
         Flag(("--html",), "also write a page with plots", "text",
              metavar="FILE"),
         Flag(("--write",), "write what is proposed, as lines of a manifest",
              "text", metavar="FILE"),
         _SERVER_CONFIG, _ONLY, _jobs("load applications"), _VERBOSE, _QUIET,
         _JSON),
        "MANIFEST", "sites.ini"),
)}
