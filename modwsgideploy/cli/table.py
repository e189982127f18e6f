"""List the commands with their flags and examples, for every command line."""

from typing import NamedTuple, Tuple

SWITCH, LEVEL = "switch", "level"
# Where it is what an argument may be, a site that is installed can be named.
SITE = "SITE"


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
    more: str = ""             # the rest of the help, for --help-all
    rare: bool = False         # for --help-all alone

    @property
    def name(self) -> str:
        """Its long name without the dashes."""
        return self.names[-1][2:]

    @property
    def field(self) -> str:
        """The field of Invocation that holds it."""
        field = self.name.replace("-", "_")
        return field + "_" * (field == "from")    # a word of Python's

    @property
    def has_value(self) -> bool:
        """Whether it is given with a value."""
        return self.kind not in (SWITCH, LEVEL)


_VERBOSE = Flag(("-v", "--verbose"), "say more", LEVEL)
_QUIET = Flag(("-q", "--quiet"), "say less", LEVEL)
_JSON = Flag(("--json",), "print what was decided and done as JSON")
_ONLY = Flag(
    ("--only",), "of a manifest, only the sites called so", "text",
    metavar="GLOB", many=True, more="a pattern, such as 'shop*'")
_SERVER_CONFIG = Flag(
    ("--server-config",), "the main configuration file of another Apache",
    "text", derived="this machine's own", metavar="FILE", rare=True)
_SIMULATE = Flag(("-n", "--simulate"),
                 "change nothing; print what would change as a diff")
_OVERWRITE = Flag(
    ("-f", "--overwrite"),
    "overwrite files with hand edits", more="each is saved as FILE.bak")
_CHANGED = Flag(("--changed",), "exit with 3 when anything changed")
_NO_LOAD = Flag(("--no-load",),
                "leave out the checks that load the application")


def _jobs(work: str) -> Flag:
    """--jobs of processes that do this ``work``."""
    return Flag(("--jobs",), f"of a manifest, the processes that {work}",
                "count", derived="one for each processor, up to four",
                metavar="N")


_PRUNE = Flag(("--prune",), "switch off what has gone from the manifest",
              more="since earlier runs of batch")
_SWITCHING = (
    Flag(("--no-reload",), "leave it to you to have Apache read the change"),
    Flag(("--timeout",), "wait so long for Apache, and for an answer",
         "count", default="30", metavar="SECONDS", rare=True),
    _SERVER_CONFIG, _ONLY, _CHANGED, _JSON, _VERBOSE, _QUIET)
_PROBE = Flag(("--probe",), "what to ask for", "request_path",
              derived="the mount point", metavar="PATH")
_CHANGING = (
    Flag(("--timeout",), "wait so long for an answer", "count", default="30",
         metavar="SECONDS", rare=True),
    _SERVER_CONFIG, _CHANGED, _JSON, _VERBOSE, _QUIET)
# What a machine has, in place of what this one is found to have.
_FIGURES = (
    Flag(("--memory",), "the machine's memory", "count",
         derived="this one's", metavar="MB", rare=True),
    Flag(("--cores",), "its processors", "count", derived="this one's",
         metavar="N", rare=True),
    Flag(("--tasks",), "how many processes and threads Apache may have",
         "count", derived="what the kernel and systemd allow", metavar="N",
         rare=True),
    Flag(("--open-files",), "how many files one process may have open",
         "count", derived="ulimit's", metavar="N", rare=True),
    Flag(("--request-workers",), "Apache's MaxRequestWorkers", "count",
         derived="what its configuration says", metavar="N", rare=True),
    Flag(("--database-connections",),
         "how many connections a database server takes", "count",
         derived="not compared", metavar="N", rare=True),
)


class Example(NamedTuple):
    """One way to call a command."""

    arguments: str
    text: str              # what that does
    root: bool = False     # whether root has to do it


class Command(NamedTuple):
    """One command, for every command line that has it."""

    name: str
    summary: str
    description: str       # what it does, for -h
    details: str           # and the rest, for --help-all
    wrong: str             # when the exit status is 1
    examples: Tuple[Example, ...]
    flags: Tuple[Flag, ...]
    argument: str = "PROJECT_DIR"
    default: str = "."     # of the argument; a "." is made absolute
    many: bool = False     # whether it can be given several times
    first_day: bool = True

    @property
    def exit_statuses(self) -> str:
        """The exit statuses, in a sentence."""
        text = (f"Exit status: 0 when it is done, or nothing was to do; 1 when"
                f" {self.wrong}; 2 for wrong use, and nothing was done")
        if _CHANGED in self.flags:
            text += ("; 3 with --changed when all went well and something"
                     " changed")
            if any("--simulate" in flag.names for flag in self.flags):
                text += " (with -n: would change)"
        return text + "."


def class_name(command: Command) -> str:
    """Return what paster's and gearbox's class for ``command`` is called."""
    return command.name.capitalize() + "Command"


COMMANDS = {command.name: command for command in (
    Command(
        "serve", "Serve a project's deployment on a private Apache",
        "Serve the project in PROJECT_DIR (default: the current directory),"
        " or all sites of a MANIFEST, as they would be deployed, in place, on"
        " an Apache of their own, without root, until Ctrl-C.",
        "That Apache lives in a temporary directory and leaves nothing behind."
        " The choices that a deployment has recorded are repeated, except"
        " those that are no matter of a private server. A MANIFEST is a file,"
        " or - for standard input. --port is the port to listen on (default:"
        " a free one).",
        "the application or the probe failed, or a site of a manifest could"
        " not be served",
        (Example("", "the project here"),
         Example("--config development.ini", "by another ini"),
         Example("sites.ini --probe", "ask each site, and stop")),
        (Flag(("--probe",), "make one request, print its answer, and exit",
              "request_path", derived="the mount point", metavar="PATH",
              optional=True,
              more="of a manifest, one below each mount point"),
         Flag(("--reload",),
              "new processes when code or configuration changes",
              more="of a project; the reason is shown"),
         Flag(("--https",), "serve HTTPS, with a certificate of its own",
              more="made for this run, for NAME.localhost; browsers warn of"
              " it"),
         _ONLY, _JSON, _VERBOSE, _QUIET),
        "PROJECT_DIR|MANIFEST"),
    Command(
        "deploy", "Write the deployment of a project for Apache",
        "Write the deployment of the project in PROJECT_DIR (default: the"
        " current directory) into its directory apache: Apache's"
        " configuration, the WSGI script, a test page, and a runbook.",
        "The metadata of the project are read, and none of it is imported."
        " The choices are kept in site.ini there: a later run repeats them,"
        " and changes those that are given again. Hand edits of the files are"
        " merged with what is new. What is still missing on this host is"
        " printed with the command that mends it.",
        "hand edits were in the way: of the same lines that are new, and the"
        " new text is in FILE.new, or in a deployment without a record, and"
        " nothing was written",
        (Example("--server-name www.example.com", "a host of its own"),
         Example("--in-place --mount-point /shop", "where it stands"),
         Example("-n --backend http", "what would change")),
        (_SIMULATE, _OVERWRITE,
         Flag(("-i", "--interactive"),
              "ask what becomes of each file with hand edits", LEVEL),
         _CHANGED, _JSON, _VERBOSE, _QUIET)),
    Command(
        "check", "Say what would fail of a deployment, and the fix",
        "Read the deployment of the project in PROJECT_DIR (default: the"
        " current directory), of an installed SITE, or of each site of a"
        " MANIFEST, hand edits included, and say what would fail on this host,"
        " with the fix.",
        "A MANIFEST is a file, or - for standard input; what many of its sites"
        " have alike is told once. In their place a file or directory of"
        " Apache's configuration that others wrote, such as"
        " /etc/apache2/sites-enabled, is checked for what needs no deployment."
        " Run it as root to have access tried as the user of the daemon"
        " processes.",
        "there were warnings or errors",
        (Example("", "the deployment here"),
         Example("--enabled", "what Apache has now"),
         Example("sites.ini --only 'shop*'", "some of many")),
        (Flag(("--enabled",), "check the configuration that is in force",
              more="instead of that in the output directory"),
         _NO_LOAD, _SERVER_CONFIG,
         Flag(("--list",), "print the table of checks, and exit"),
         _ONLY, _jobs("check"), _JSON, _VERBOSE, _QUIET),
        "PROJECT_DIR|MANIFEST|SITE"),
    Command(
        "enable", "Switch a deployment on in the system's Apache",
        "Switch on the deployment of the project in PROJECT_DIR (default: the"
        " current directory), of a SITE that was on before, or of each site of"
        " a MANIFEST: check it, install"
        " it, have Apache test and reload, and ask for the site.",
        "A site that is refused, or does not answer as it should, is taken"
        " back; the others stay on. What a run that was killed has left is put"
        " back by the next one. A MANIFEST is a file, or - for standard"
        " input.",
        "some sites are not on, and are as they were before",
        (Example("-n", "what would change"),
         Example("", "the deployment here", root=True),
         Example("sites.ini", "all of them", root=True)),
        (_SIMULATE, _OVERWRITE,
         Flag(("--no-check",), "do not check the deployment before"),
         _PROBE,
         _PRUNE, *_SWITCHING),
        "PROJECT_DIR|MANIFEST|SITE"),
    Command(
        "disable", "Switch a deployment off in the system's Apache",
        "Switch off the site of the project in PROJECT_DIR (default: the"
        " current directory), a SITE by its name, or each site of a MANIFEST:"
        " take it out of"
        " Apache's configuration, have that tested and reloaded.",
        "The deployment itself stays as it is. A MANIFEST is a file, or - for"
        " standard input.",
        "some sites are not off, and are as they were before",
        (Example("-n", "what would change"),
         Example("", "the deployment here", root=True),
         Example("sites.ini", "all of them", root=True)),
        (_SIMULATE,
         Flag(("--purge",), "remove the deployment's own files as well",
              more="but none with hand edits, and nothing else"),
         Flag(("--maintenance",),
              "answer 503, with this HTML file, and leave it on", "page",
              derived="a page of our own", metavar="PAGE", optional=True,
              more="until it is enabled again"),
         Flag(("--allow",), "in maintenance, who gets the site as ever",
              "address", metavar="IP", many=True,
              more="an address or network"),
         Flag(("--retry-after",),
              "in maintenance, when to come again", "count", default="300",
              metavar="SECONDS", rare=True),
         *_SWITCHING), "PROJECT_DIR|MANIFEST|SITE", first_day=False),
    Command(
        "status", "Say what runs, since when, and what is wrong",
        "Print a table: of every site on this host, whether it was written by"
        " this program or not, or of the site of a project or a name, or those"
        " of a MANIFEST; and below each site what is wrong with it.",
        "Each site that is on is asked for its page. A site is wrong if it"
        " does not answer as it should, if its certificate ends within two"
        " weeks, or if it is not what it should be: the file that Apache has,"
        " from the generated one; that from the choices; the processes, from"
        " the code; and where FILE.new waits. Edits by hand are shown, and are"
        " not wrong; nor is a site that is off. Of a site of others is shown"
        " what Apache tells. As root it sees the processes of all users.",
        "something is wrong with a site",
        (Example("", "the whole host", root=True),
         Example("sites.ini", "a manifest", root=True),
         Example("--json", "for a script", root=True)),
        (Flag(("--format",), "table, or prometheus for its textfile"
              " collector", "choice", default="table",
              choices=("table", "prometheus"), metavar="FORMAT"),
         Flag(("--probe",), "what to ask for", "request_path",
              derived="the mount point", metavar="PATH"),
         Flag(("--timeout",), "wait so long for an answer", "count",
              default="30", metavar="SECONDS"),
         _SERVER_CONFIG, _ONLY, _JSON, _VERBOSE, _QUIET),
        "PROJECT_DIR|MANIFEST|SITE", "", first_day=False),
    Command(
        "restart", "Give a site new processes, without a reload of Apache",
        "Replace the processes that run a site one after the other, so that"
        " they run the code as it is now, and no request is lost; then ask the"
        " site for its page. No other site notices.",
        "A SITE is the name of a site that is installed on this host, the"
        " directory of its project (default: the current one), or a manifest"
        " with many. First the application is loaded in a process of its own,"
        " and nothing is touched where that fails. Sites that share processes"
        " by --daemon are restarted together. What runs in Apache's own"
        " processes (mod_python) cannot be restarted by itself.",
        "a site was not restarted, or does not answer as it should",
        (Example("", "the project here", root=True),
         Example("shop wiki", "two by name", root=True),
         Example("sites.ini", "all of them", root=True)),
        (Flag(("--no-check",), "do not load the application before"),
         Flag(("--probe",), "what to ask for", "request_path",
              derived="the mount point", metavar="PATH"),
         Flag(("--timeout",), "wait so long for new processes, and for an"
              " answer", "count", default="30", metavar="SECONDS"),
         _SERVER_CONFIG, _ONLY, _CHANGED, _JSON, _VERBOSE, _QUIET),
        "SITE", many=True, first_day=False),
    Command(
        "update", "Serve new code of a site, as a release beside the old",
        "Make a release of each SITE (a directory or a name; default: here)"
        " beside the old one, try it, switch to it, and go back if it fails.",
        "A release has its own code, virtualenv and deployment. It is checked"
        " and tried on a private Apache before the site is switched to it."
        " What is not given is as the last update had it. Nothing is built by"
        " root, but by the owner of the site's directory, ROOT. A release is"
        " ROOT/releases/NAME, ROOT/current leads to the one that is served,"
        " and what is in ROOT/shared stands in the code of each. Apache reads"
        " its configuration only when that changes. The first update takes"
        " over a site that is deployed in ROOT itself. What --before does to a"
        " database stays done when the release is taken back, so write"
        " migrations with which the release before works, too.",
        "a site is not served from a new release, or --after failed",
        (Example("--from ../shop", "a directory"),
         Example("shop --from ssh://git@host/shop.git@v1", "a tag"),
         Example("", "as last time")),
        (Flag(("--from",), "the new code: DIR, WHEEL, SDIST or GIT_URL[@REF]",
              "words", metavar="SOURCE"),
         Flag(("--requirements",), "what to install besides", "words",
              metavar="FILE", more="a file of the code, or of this machine"),
         Flag(("--constraint",), "what limits the versions", "words",
              metavar="FILE", rare=True),
         Flag(("--before",), "run this before it is tried, as a migration",
              "words", metavar="COMMAND", more="in the new code, by a shell"),
         Flag(("--after",), "run this when it is served", "words",
              metavar="COMMAND"),
         Flag(("--shared",), "what all releases share", "text",
              metavar="PATH", many=True,
              more="a path in the code, such as uploads; it is kept in"
              " ROOT/shared, as databases are by themselves"),
         Flag(("--installer",), "what installs", "choice", derived="pip",
              metavar="pip|uv", choices=("pip", "uv"), rare=True),
         Flag(("--keep",), "how many releases to keep", "count", default="3",
              metavar="N", rare=True,
              more="that is served, and the one before, always"),
         _SIMULATE._replace(
             help="make it, try it, show what would change, remove it"),
         _OVERWRITE._replace(rare=True),
         Flag(("-y", "--yes"), "take a site over without a question"),
         Flag(("--no-check",), "do not check the release before", rare=True),
         _NO_LOAD._replace(rare=True), _PROBE._replace(rare=True),
         *_CHANGING),
        "SITE", many=True, first_day=False),
    Command(
        "rollback", "Serve a release of a site that was served before",
        "Switch each SITE (a directory or a name; default: here) back to the"
        " release before the current one, or to RELEASE, and ask for the"
        " site.",
        "It goes back to the one that was served if the other does not"
        " answer. Code, virtualenv and configuration are those of the"
        " release; a database stays as it is.",
        "a site is not served from another release",
        (Example("", "to the release before"),
         Example("shop", "a site by its name"),
         Example("shop 20261127-093000", "to that release")),
        (_PROBE, *_CHANGING), "SITE|RELEASE", many=True, first_day=False),
    Command(
        "releases", "List the releases of a site",
        "List the releases of each SITE (a directory or a name; default:"
        " here): the current one, when each was made, and from what.",
        "The one that rollback would serve is marked as well.",
        "a release cannot be read",
        (Example("", "of the site here"),
         Example("shop", "of a site by its name"),
         Example("shop --json", "for a script")),
        (_SERVER_CONFIG, _JSON, _VERBOSE, _QUIET), "SITE", many=True,
        first_day=False),
    Command(
        "explain", "Say what an Apache error log means, and the fix",
        "Read LOGFILE (default: standard input), an error log of Apache, or"
        " those of a SITE, and say of each failure that is known why it"
        " happened, which line of the deployment it comes from, and what mends"
        " it.",
        "It knows mod_wsgi, mod_fcgid, mod_python, application servers and the"
        " journal of their units. Lines that are not known"
        " are printed as they are; -q leaves them out.",
        "something known was found",
        (Example("shop", "the logs of a site"),
         Example("error.log.2.gz -q", "what is known alone"),
         Example("error.log --deployment-dir .", "name its lines")),
        (Flag(("--deployment-dir",), "whose lines to name", "text",
              derived="what the log leads to", metavar="DIR",
              more="the deployment, or the project with one in apache"),
         _SERVER_CONFIG, _JSON, _VERBOSE, _QUIET),
        argument="LOGFILE|SITE", default="-", first_day=False),
    Command(
        "batch", "Write the deployments of all sites of a manifest",
        "Read MANIFEST (default: sites.ini), an ini file with a section for"
        " each site or CSV with a line for each, validate all of it, and write"
        " the deployment of each site as deploy does it.",
        "The keys are the options below and project, the directory of the"
        " site's project; - is standard input. What one site does to another"
        " is validated, too. An option given here counts for all sites.",
        "some sites failed, or edits were in the way; the others are written",
        (Example("", "all of sites.ini"),
         Example("sites.ini -n --only 'shop*'", "what would change"),
         Example("sites.ini --changed", "for a script")),
        (_SIMULATE, _OVERWRITE, _ONLY, _CHANGED, _jobs("write"),
         Flag(("--all-or-nothing",),
              "write nothing unless every site can be written"),
         Flag(("--sync",), "wait till each site is on the disk (slower)",
              more="so that not even a power cut leaves a half-written one"),
         _PRUNE, _SERVER_CONFIG, _JSON, _VERBOSE, _QUIET),
        "MANIFEST", "sites.ini", first_day=False),
    Command(
        "plan", "Say whether a machine has room for all sites",
        "Add up what the sites of MANIFEST (default: sites.ini), or the"
        " project in a directory, ask for, compare it with what this machine"
        " or another has, and propose what fits.",
        "That is processes, threads, memory, open files and database"
        " connections; - is standard input. The memory of a process is"
        " measured by loading each application once.",
        "it does not fit, or a site cannot be counted",
        (Example("sites.ini", "on this machine"),
         Example("sites.ini --memory 4000 --cores 2", "on another"),
         Example("sites.ini --html plan.html", "with plots")),
        (*_FIGURES,
         Flag(("--host",), "of a fleet, only the sites on this host", "text",
              metavar="HOST"),
         _NO_LOAD._replace(help="assume the memory of a process, load none"),
         Flag(("--share",), "propose shared daemons even where all fits",
              more="for small sites"),
         Flag(("--html",), "also write a page with plots", "text",
              metavar="FILE"),
         Flag(("--write",), "write what is proposed, as lines of a manifest",
              "text", metavar="FILE"),
         _SERVER_CONFIG, _ONLY, _jobs("load applications"), _JSON, _VERBOSE,
         _QUIET),
        "MANIFEST", "sites.ini", first_day=False),
    Command(
        "fleet", "Write an inventory for Ansible: sites on many hosts",
        "Write what Ansible needs to serve the sites of MANIFEST (default:"
        " sites.ini) on the hosts that it names: an inventory, variables, a"
        " playbook, and a README with the commands.",
        "Each site has a key hosts; a section [hosts:GROUP] names the hosts of"
        " a group; - is standard input. Hand edits of the files are merged"
        " with what is new, and nothing is done on any host.",
        "a project cannot be read, or edits were in the way",
        (Example("sites.ini", "into the directory fleet"),
         Example("sites.ini -o /srv/fleet", "into another"),
         Example("sites.ini -n", "what would change")),
        (Flag(("-o", "--output"), "the directory to write", "text",
              default="fleet", metavar="DIR"),
         _SIMULATE, _OVERWRITE, _ONLY, _CHANGED, _JSON, _VERBOSE, _QUIET),
        "MANIFEST", "sites.ini", first_day=False),
)}
