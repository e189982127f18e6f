"""The parser of the plain command and of gearbox's commands (argparse)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from modwsgideploy.cli import dispatch
from modwsgideploy.cli.arguments import Argument, arguments, refusal
from modwsgideploy.cli.table import Command
from modwsgideploy.errors import DeployError


class _Formatter(argparse.HelpFormatter):
    """A formatter of one width, which spares it to load shutil, and to ask
    for that of the terminal as each option is added."""

    def __init__(self, prog: str, **_: object) -> None:
        super().__init__(prog, width=79)


class PlainParser(argparse.ArgumentParser):
    """A parser of what ``command`` takes, or of what may be in ``words``."""

    def __init__(self, command: Command, prog: str,
                 words: Iterable[str] | None = None) -> None:
        super().__init__(
            prog=prog, description=f"{command.description} {command.details}",
            epilog=command.exit_statuses, formatter_class=_Formatter,
            allow_abbrev=False, add_help=False)
        self.command = command
        self.add_argument("-h", "--help", action="help",
                          help="show what fits a screen, and exit")
        self.add_argument("--help-all", action=_HelpAll, nargs=0,
                          help="show this, and exit")
        taken = self.add_argument(
            "argument", nargs="*" if command.many else "?",
            default=[] if command.many else command.default,
            metavar=command.argument)
        if "SITE" in command.argument:
            taken.completer = _complete_site  # type: ignore[attr-defined]
        groups: dict[str, Any] = {"": self}
        for argument in arguments(command, words):
            if argument.group not in groups:
                groups[argument.group] = self.add_argument_group(
                    argument.group)
            action = groups[argument.group].add_argument(
                *argument.names, **_keywords(argument))
            if argument.choices:
                # For argcomplete; our own error says more than argparse's.
                action.completer = _Completer(argument.choices)

    def format_help(self) -> str:
        """Return the help of -h."""
        from modwsgideploy.cli import help

        return help.screen(self.command, self.prog)

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Return what is given by ``words``.  Raises DeployError."""
        known, unknown = self.parse_known_args(words)
        parsed = vars(known)
        if self.command.many:
            # argparse takes only those that stand together.
            more = [word for word in unknown if not word.startswith("-")]
            unknown = [word for word in unknown if word.startswith("-")]
            parsed["argument"] = [*parsed["argument"], *more]
        if unknown:
            raise refusal(self.command, unknown, self.prog)
        return parsed

    def error(self, message: str) -> NoReturn:
        """Raise DeployError, in place of an exit."""
        raise DeployError(f"{message}; '{self.prog} -h' shows how to use it")


class _HelpAll(argparse.Action):
    """Print all options, and exit."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(argparse.ArgumentParser.format_help(parser), end="")
        parser.exit()


class ReportingParser(PlainParser):
    """A parser that reports what is wrong and exits, for who calls
    ``parse_args`` and expects that."""

    def parse_args(self, args: Sequence[str], namespace: None = None  # type: ignore[override]
                   ) -> argparse.Namespace:
        """Return what is given by ``args``."""
        try:
            return argparse.Namespace(**self.parse(args))
        except DeployError as error:
            sys.exit(dispatch.report(self.command.name, error,
                                     "--json" in args))


def _keywords(argument: Argument) -> dict[str, Any]:
    keywords: dict[str, Any] = {
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


def _complete_site(prefix: str, **_: object) -> list[str]:
    """Return the sites of this host, and the paths, that begin so."""
    from argcomplete.completers import FilesCompleter

    from modwsgideploy.activation.found import installed_names
    from modwsgideploy.apache.platforms import find_platform

    return [*(name for name in installed_names(find_platform().sites)
              if name.startswith(prefix)), *FilesCompleter()(prefix)]


class _Completer:
    """What argcomplete asks for the values of an option."""

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = choices

    def __call__(self, **_: object) -> Sequence[str]:
        return self.choices
