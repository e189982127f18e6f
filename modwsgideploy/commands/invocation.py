"""Hold what the command line asks of one run, apart from the site's options.

Each field is that of a row in the command's table of flags.
"""

import os
from typing import NamedTuple, Optional, Tuple

_MOST_WORKERS = 4


class Invocation(NamedTuple):
    """How one run of a command shall go."""

    simulate: bool = False            # show a diff, write nothing
    overwrite: bool = False
    interactive: int = 0              # ask for each file
    verbose: int = 0                  # how often -v was given
    quiet: int = 0
    json: bool = False
    probe: Optional[str] = None       # a path; "" for the mount point
    maintenance: Optional[str] = None    # a page; "" for our own
    allow: Tuple[str, ...] = ()       # addresses that maintenance is not for
    retry_after: int = 300            # seconds
    reload: bool = False              # when files change
    https: bool = False               # on a private Apache
    prune: bool = False               # what is gone from the manifest
    purge: bool = False               # a deployment's own files
    enabled: bool = False             # what is in force, not what was written
    list: bool = False                # the table of checks
    no_load: bool = False
    no_check: bool = False
    no_reload: bool = False
    timeout: int = 30                 # seconds, for Apache and for an answer
    server_config: str = ""
    deployment_dir: str = ""
    only: Tuple[str, ...] = ()        # patterns of the names of sites
    changed: bool = False             # let the exit status tell of changes
    jobs: int = 0                     # processes; 0 for what suits
    all_or_nothing: bool = False
    sync: bool = False
    memory: int = 0                   # megabytes; 0, here and below: as found
    cores: int = 0
    tasks: int = 0
    open_files: int = 0
    request_workers: int = 0
    database_connections: int = 0
    share: bool = False
    format: str = "table"             # of what is printed
    html: str = ""                    # where to write a page
    write: str = ""                   # and a proposal
    from_: str = ""                   # what a release is made from
    requirements: Optional[str] = None    # None: as the last update had it
    constraint: Optional[str] = None
    before: Optional[str] = None          # commands
    after: Optional[str] = None
    shared: Tuple[str, ...] = ()          # paths that all releases have
    installer: str = ""
    keep: int = 3                         # releases
    yes: bool = False                     # do not ask
    output: str = "fleet"                 # the directory of an inventory
    host: str = ""                        # of a fleet

    @property
    def verbosity(self) -> int:
        """How much to say: 0 is usual, below that only what is wrong."""
        return self.verbose - self.quiet

    @property
    def workers(self) -> int:
        """The number of processes among which to spread work."""
        if self.jobs:
            return self.jobs
        if hasattr(os, "sched_getaffinity"):   # Linux
            return min(_MOST_WORKERS, len(os.sched_getaffinity(0)))
        return 1
