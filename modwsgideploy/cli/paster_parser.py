"""The parser of paster's commands (optparse)."""

from __future__ import annotations

from optparse import SUPPRESS_HELP, Option, OptionGroup, OptionParser
from typing import Any, Dict

from paste.script.bool_optparse import BoolOptionParser

from modwsgideploy.cli.arguments import Argument, arguments
from modwsgideploy.cli.table import COMMANDS


def make_parser(name: str, prog: str) -> OptionParser:
    """Return a parser of all that the command ``name`` takes.

    ``prog`` is how the command is called.
    """
    command = COMMANDS[name]
    parser: OptionParser = BoolOptionParser(
        prog=prog, usage=f"%prog [options] [{command.argument}]",
        description=command.description, epilog=command.epilog)
    groups: Dict[str, Any] = {"": parser}
    for argument in arguments(command):
        if argument.group not in groups:
            groups[argument.group] = OptionGroup(parser, argument.group)
            parser.add_option_group(groups[argument.group])
        groups[argument.group].add_option(*argument.names,
                                          **_keywords(argument))
    return parser


def _keywords(argument: Argument) -> Dict[str, Any]:
    keywords: Dict[str, Any] = {
        "dest": argument.dest, "action": argument.action,
        "help": SUPPRESS_HELP if argument.hidden else argument.help}
    if argument.action == "store_const":
        keywords["const"] = argument.constant
    elif argument.action != "count":
        keywords["metavar"] = argument.metavar
    if argument.optional:
        keywords.update(action="callback", callback=_take_path,
                        metavar=f"[{argument.metavar}]")
    return keywords


def _take_path(option: Option, name: str, value: None,
               parser: OptionParser) -> None:
    """Store the next word if it is a path of a URL, else ""."""
    rargs, values = parser.rargs, parser.values
    assert option.dest and rargs is not None
    path = rargs.pop(0) if rargs and rargs[0].startswith("/") else ""
    setattr(values, option.dest, path)
