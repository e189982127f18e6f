"""List the options of a command as argparse and optparse both take them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Optional

from modwsgideploy.cli.table import LEVEL, Command, Flag
from modwsgideploy.errors import DeployError, did_you_mean
from modwsgideploy.sites.options import OPTIONS, Option


class Argument(NamedTuple):
    """One spelling of an option, or several of one meaning."""

    names: tuple[str, ...]
    dest: str
    action: str                     # store, append, count or store_const
    help: str
    metavar: str = ""               # of store and append
    constant: object = None         # what store_const stores
    choices: tuple[str, ...] = ()   # what a shell completes
    optional: bool = False          # its value can be left out
    hidden: bool = False            # from --help
    group: str = ""


def arguments(command: Command, words: Optional[Iterable[str]] = None
              ) -> Iterator[Argument]:
    """Yield all that ``command`` takes, its flags first.

    Of the options of a site, only those that ``words`` can be about, where
    that is known: a parser takes most of its time to learn the others.
    """
    for flag in command.flags:
        yield _of_flag(flag)
    names = _long_names(words)
    for option in options_of(command):
        if names is None or any(spelling.startswith(name) for name in names
                                for spelling in (option.name,
                                                 f"no-{option.name}")):
            yield from _of_option(option)


def _long_names(words: Optional[Iterable[str]]) -> Optional[list[str]]:
    """Return the names in ``words``, which may be cut short; None for all."""
    names = [word[2:].partition("=")[0] for word in words or ()
             if word.startswith("--")]
    if words is None or any(name.startswith("help-") for name in names):
        return None
    return names


def options_of(command: Command) -> tuple[Option, ...]:
    """Return the options of a site that ``command`` takes."""
    return tuple(option for option in OPTIONS
                 if command.name in option.commands)


def refusal(command: Command, words: Iterable[str], prog: str) -> DeployError:
    """Return an error: ``command`` does not take ``words``.

    It says what may be meant; ``prog`` is how the command is called.
    """
    known = [name for argument in arguments(command)
             for name in argument.names if name.startswith("--")]
    messages = []
    for word in words:
        name = word.partition("=")[0]
        messages.append(
            f"there is no option {name}{did_you_mean([name], known)}"
            if name.startswith("-") else
            f"there is one argument too many: {word}")
    return DeployError(*messages[:-1], f"{messages[-1]}; '{prog} -h' shows"
                       " how to use it")


def help_of(flag: Flag) -> str:
    """Return the whole help of ``flag``: how often, and its default."""
    default = flag.default or flag.derived
    return (flag.help + (f"; {flag.more}" if flag.more else "")
            + "; can be repeated" * flag.many
            + (f" (default: {default})" if default else ""))


def _of_flag(flag: Flag) -> Argument:
    text = help_of(flag)
    if flag.has_value:
        return Argument(flag.names, flag.field,
                        "append" if flag.many else "store", text,
                        flag.metavar, None, flag.choices, flag.optional)
    if flag.kind == LEVEL:
        return Argument(flag.names, flag.field, "count", text)
    return Argument(flag.names, flag.field, "store_const", text,
                    constant=True)


def _of_option(option: Option) -> Iterator[Argument]:
    if option.kind == "flag":
        yield from _of_yes_or_no(option)
        return
    text = option.help
    if option.shown_default:
        text += f" (default: {option.shown_default})"
    yield Argument(
        ("--" + option.name,), option.field,
        "append" if option.many else "store", text,
        option.metavar or "|".join(option.choices), None, option.choices,
        group=option.group)
    if option.name == "static":
        yield Argument(("--no-static",), option.field, "store_const",
                       "the same as --static=", constant=[""],
                       group=option.group)


def _of_yes_or_no(option: Option) -> Iterator[Argument]:
    """Yield both spellings; the one that is the default is hidden."""
    on_by_default = option.default == "yes"
    yield Argument(("--" + option.name,), option.field, "store_const",
                   option.help, constant="yes", hidden=on_by_default,
                   group=option.group)
    yield Argument(("--no-" + option.name,), option.field, "store_const",
                   "do not " + option.help, constant="no",
                   hidden=not on_by_default, group=option.group)
