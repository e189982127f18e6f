"""Command lines: from the table of options to parsers, and back to choices.

paster wants optparse, the plain command argparse; both are filled from
`OPTIONS` and from `COMMANDS`, and both end in `run`.
"""

from modwsgideploy.cli.table import COMMANDS
from modwsgideploy.sites.options import OPTIONS


def for_paster(parser, command):
    """``parser`` (optparse, with paster's own options), filled in."""
    from optparse import SUPPRESS_HELP, OptionGroup

    command = COMMANDS[command]
    parser.description = command.description
    parser.epilog = command.epilog
    for flag in command.flags:
        known = parser.get_option(flag.names[-1])
        if known:
            known.help = flag.help
        elif flag.action == "optional":
            parser.add_option(*flag.names, dest=flag.dest, metavar="[PATH]",
                              action="callback", callback=_take_optional,
                              help=flag.help)
        else:
            parser.add_option(*flag.names, dest=flag.dest,
                              action=flag.action, help=flag.help)
    groups = {}
    for option in OPTIONS if command.sites else ():
        group = groups.setdefault(option.group,
                                  OptionGroup(parser, option.group))
        for names, keywords, shown in _arguments(option):
            if not shown:
                keywords["help"] = SUPPRESS_HELP
            group.add_option(*names, **keywords)
    for group in groups.values():
        parser.add_option_group(group)
    return parser


def _take_optional(option, name, value, parser):
    """An optparse option whose argument can be left out."""
    taken = ""
    if parser.rargs and parser.rargs[0].startswith("/"):
        taken = parser.rargs.pop(0)
    setattr(parser.values, option.dest, taken)


def for_plain(parser, command):
    """``parser`` (argparse), filled in."""
    import argparse

    command = COMMANDS[command]
    parser.description = command.description
    parser.epilog = command.epilog
    parser.add_argument("argument", nargs="?", default=command.default,
                        metavar=command.argument)
    for flag in command.flags:
        keywords = {"dest": flag.dest, "help": flag.help}
        if flag.action == "optional":
            keywords.update(nargs="?", const="", metavar=flag.metavar)
        else:
            keywords.update(action=flag.action, default=(
                None if flag.action == "append" else 0))
        if flag.action in ("store", "append"):
            keywords["metavar"] = flag.metavar
        parser.add_argument(*flag.names, **keywords)
    groups = {}
    for option in OPTIONS if command.sites else ():
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        for names, keywords, shown in _arguments(option):
            keywords["help"] = (keywords["help"].replace("%", "%%") if shown
                                else argparse.SUPPRESS)
            added = groups[option.group].add_argument(*names, **keywords)
            if option.choices:
                # For argcomplete; our own error says more than argparse's.
                added.completer = lambda choices=option.choices, **_: choices
    return parser


def _arguments(option):
    """Names, keywords and visibility of ``option``, for either library."""
    keywords = {"dest": option.field, "default": None,
                "help": _help(option)}
    if option.kind != "flag":
        metavar = option.metavar or "|".join(option.choices)
        action = "append" if option.many else "store"
        yield ["--" + option.name], dict(keywords, action=action,
                                         metavar=metavar), True
        if option.name == "static":
            yield ["--no-static"], dict(
                keywords, action="store_const", const=[""],
                help="the same as --static="), True
        return
    on_by_default = option.default == "yes"
    for names, value, shown in (
            (["--" + option.name], "yes", not on_by_default),
            (["--no-" + option.name], "no", on_by_default)):
        text = option.help if value == "yes" else "do not " + option.help
        yield names, dict(keywords, action="store_const", const=value,
                          help=text), shown


def _help(option):
    if option.default and option.kind != "flag":
        return f"{option.help} (default: {option.default})"
    return option.help
