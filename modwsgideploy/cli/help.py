"""Lay out what -h prints: what fits a screen, and where the rest is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from modwsgideploy.cli.table import COMMANDS, Command, Example, Flag

_WIDTH = 79
# Where the text of an option begins.
_COLUMN = 24


def overview(prog: str, version: str) -> str:
    """Return what ``prog`` is, and its commands."""
    first = [command for command in COMMANDS.values() if command.first_day]
    later = [command for command in COMMANDS.values()
             if not command.first_day]
    return "\n".join([
        f"{prog} {version} puts a WSGI project on Apache, of any framework.",
        "",
        "On the first day, in the directory of a project:", "",
        *_listed(first, prog), "", "And then:", "", *_listed(later, prog), "",
        f"'{prog} COMMAND -h' shows how to use a command."])


def _listed(commands: Iterable[Command], prog: str) -> Iterator[str]:
    for command in commands:
        yield f"  {prog} {command.name:8}  {command.summary}"


def screen(command: Command, prog: str) -> str:
    """Return what fits a screen: own flags, examples, where the rest is.

    ``prog`` is how the command is called.
    """
    return "\n".join([
        f"usage: {prog} [OPTIONS] [{command.argument}"
        f"{' ...' * command.many}]", "",
        *textwrap.wrap(command.description, _WIDTH), "",
        *_flags(command.flags), "",
        "Examples:",
        *("  " + line for line in example_lines(command, prog)), "",
        f"All options, defaults, exit statuses: {prog} --help-all", ""])


def _flags(flags: Iterable[Flag]) -> Iterator[str]:
    for flag in flags:
        if flag.rare or flag.name == "quiet":
            continue
        names, text = ", ".join(flag.names), flag.help
        if flag.name == "verbose":
            names, text = "-v, -q", "say more, say less"
        metavar = f"[{flag.metavar}]" if flag.optional else flag.metavar
        default = flag.default or flag.derived
        with_default = f"{text} (default: {default})" if default else text
        if len(with_default) <= _WIDTH - _COLUMN:
            text = with_default
        yield f"  {f'{names} {metavar}'.rstrip():{_COLUMN - 4}}  {text}"


def example_lines(command: Command, prog: str) -> Iterator[str]:
    """Yield the examples of ``command``, which is called ``prog``."""
    lines = [(_command_line(example, prog), example.text)
             for example in command.examples]
    width = max(len(line) for line, _ in lines)
    for line, text in lines:
        yield f"{line:{width}}  # {text}"


def _command_line(example: Example, prog: str) -> str:
    """Return ``example`` such that it works when it is copied."""
    command, _, rest = prog.partition(" ")
    if example.root:
        # It looks for commands in places of its own.
        command = f"sudo $(command -v {command})"
    return f"{command} {rest} {example.arguments}".rstrip()
