"""The type of a row of the table of checks, and the words its fields use."""

from collections.abc import Mapping
from typing import NamedTuple

ERROR, WARNING, HINT = "error", "warning", "hint"
# What a check asks of: the files alone, this machine, or the application,
# which it runs.  `deploy` makes the cheap ones.
CHEAP, HOST, LOAD = "cheap", "host", "load"


class Check(NamedTuple):
    """What is looked for, and an example of it."""

    code: str                  # stable: MWD...
    level: str                 # ERROR, WARNING or HINT
    title: str
    function: str              # "module.name", in modwsgideploy.checks
    since: str                 # the version that it came in
    # Texts by the names of their files; "console" is what is typed.
    bad: Mapping[str, str]     # makes the finding
    good: Mapping[str, str]    # does not
    cost: str = HOST           # CHEAP, HOST or LOAD
    # Apache itself refuses such a configuration.
    refused: bool = False
