"""The parser of paster's commands (optparse)."""

from __future__ import annotations

import re
from optparse import (
    SUPPRESS_HELP,
    HelpFormatter,
    Option,
    OptionGroup,
    OptionParser,
)
from typing import Any, NoReturn

from paste.script.bool_optparse import BoolOptionParser

from modwsgideploy.cli.arguments import Argument, arguments, refusal
from modwsgideploy.cli.table import Command
from modwsgideploy.errors import DeployError


class PasterParser(BoolOptionParser):  # type: ignore[misc]
    """A parser of what ``command`` takes and may be in ``words``."""

    def __init__(self, command: Command, prog: str, words: list[str]) -> None:
        super().__init__(
            prog=prog, usage=f"%prog [OPTIONS] [{command.argument}]",
            description=f"{command.description} {command.details}",
            epilog=command.exit_statuses)
        self.command, self.words = command, words
        self.add_option("--help-all", action="callback", callback=_help_all,
                        help="show this, and exit")
        groups: dict[str, Any] = {"": self}
        for argument in arguments(command, words):
            if argument.group not in groups:
                groups[argument.group] = OptionGroup(self, argument.group)
                self.add_option_group(groups[argument.group])
            groups[argument.group].add_option(*argument.names,
                                              **_keywords(argument))

    def format_help(self, formatter: HelpFormatter | None = None) -> str:
        """Return the help of -h."""
        from modwsgideploy.cli import help

        return help.screen(self.command, self.prog)

    def format_all_help(self) -> str:
        """Return the help of --help-all."""
        text: str = super().format_help()
        return text

    def parse(self) -> dict[str, Any]:
        """Return what the words say.  Raises DeployError."""
        options, rest = self.parse_args(list(self.words))
        if self.command.many:
            return {**vars(options), "argument": rest}
        if rest[1:]:
            raise refusal(self.command, rest[1:], self.prog)
        return {**vars(options),
                "argument": rest[0] if rest else self.command.default}

    def error(self, message: str) -> NoReturn:
        """Raise DeployError, in place of an exit."""
        unknown = re.match(r"no such option: (--?\S+)", message)
        if unknown:
            raise refusal(self.command, [unknown[1]], self.prog)
        raise DeployError(f"{message}; '{self.prog} -h' shows how to use it")


def _help_all(option: Option, name: str, value: None, parser: PasterParser
              ) -> None:
    """Print all options, and exit."""
    print(parser.format_all_help(), end="")
    parser.exit()


def _keywords(argument: Argument) -> dict[str, Any]:
    keywords: dict[str, Any] = {
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
    """Store the next word if it is the path of a URL or a page, else ""."""
    rargs, values = parser.rargs, parser.values
    assert option.dest and rargs is not None
    path = rargs.pop(0) if rargs and (
        rargs[0].startswith("/") or rargs[0].endswith((".html", ".htm"))
        ) else ""
    setattr(values, option.dest, path)
