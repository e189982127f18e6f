"""The parser of the plain command and of gearbox's commands (argparse)."""

from __future__ import annotations

import argparse
from typing import Any, Dict, List, Sequence

from modwsgideploy.cli.arguments import Argument, arguments
from modwsgideploy.cli.table import COMMANDS


def fill(parser: argparse.ArgumentParser, name: str
         ) -> argparse.ArgumentParser:
    """Return ``parser`` with all that the command ``name`` takes."""
    command = COMMANDS[name]
    parser.description = command.description
    parser.epilog = command.epilog
    parser.add_argument("argument", nargs="?", default=command.default,
                        metavar=command.argument)
    groups: Dict[str, Any] = {"": parser}
    for argument in arguments(command):
        if argument.group not in groups:
            groups[argument.group] = parser.add_argument_group(argument.group)
        action = groups[argument.group].add_argument(
            *argument.names, **_keywords(argument))
        if argument.choices:
            # For argcomplete; our own error says more than argparse's.
            action.completer = _completer(argument.choices)
    return parser


def _keywords(argument: Argument) -> Dict[str, Any]:
    keywords: Dict[str, Any] = {
        "dest": argument.dest, "action": argument.action, "default": None,
        "help": (argparse.SUPPRESS if argument.hidden
                 else argument.help.replace("%", "%%"))}
    if argument.action == "store_const":
        keywords["const"] = argument.constant
    elif argument.action != "count":
        keywords["metavar"] = argument.metavar
    if argument.optional:
        keywords.update(nargs="?", const="")
    return keywords


def _completer(choices: Sequence[str]) -> Any:
    def complete(**_: object) -> List[str]:
        return list(choices)

    return complete
