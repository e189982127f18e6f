"""COMMANDS: the commands and their flags, for every command line."""

from typing import NamedTuple, Tuple


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
