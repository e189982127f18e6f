"""How one run shall go."""

from typing import NamedTuple


class Invocation(NamedTuple):
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
