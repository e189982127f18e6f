"""The table of commands against what stands elsewhere."""

import unittest
from importlib.metadata import entry_points

from modwsgideploy.cli.arguments import arguments
from modwsgideploy.cli.table import COMMANDS, LEVEL, SWITCH
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.sites.kinds import convert


def ours(group):
    """The entry points of ``group`` that lead to this package."""
    points = entry_points()
    if hasattr(points, "select"):
        points = points.select(group=group)
    else:                                   # Python 3.9
        points = points.get(group, ())
    return {point.name: point.load() for point in points
            if point.value.startswith("modwsgideploy.")}


class EntryPoints(unittest.TestCase):

    def test_paster_has_every_command_and_no_other(self):
        classes = ours("paste.global_paster_command")
        self.assertEqual({name: cls.row for name, cls in classes.items()},
                         {"modwsgi_" + name: row
                          for name, row in COMMANDS.items()})

    def test_gearbox_has_every_command_and_no_other(self):
        classes = ours("gearbox.commands")
        self.assertEqual({name: cls.row for name, cls in classes.items()},
                         {"modwsgi-" + name: row
                          for name, row in COMMANDS.items()})


class Flags(unittest.TestCase):

    def rows(self):
        return [flag for command in COMMANDS.values()
                for flag in command.flags]

    def test_each_has_its_field_with_the_default_that_is_shown(self):
        invocation = Invocation()
        for flag in self.rows():
            with self.subTest(flag.name):
                value = getattr(invocation, flag.field)
                if flag.default:
                    self.assertEqual(value, convert(
                        flag.kind, flag.default, "", flag.choices))
                else:
                    self.assertFalse(value)

    def test_exit_statuses_name_no_option_that_there_is_not(self):
        for command in COMMANDS.values():
            names = [name for flag in command.flags for name in flag.names]
            for name in "-n", "--changed":
                if name not in names:
                    self.assertNotIn(name, command.exit_statuses)
        self.assertIn("(with -n: would change)",
                      COMMANDS["enable"].exit_statuses)

    def test_what_has_a_value_says_what_it_is(self):
        for flag in self.rows():
            self.assertEqual(bool(flag.metavar),
                             flag.kind not in (SWITCH, LEVEL), flag.name)


class Arguments(unittest.TestCase):

    def test_words_get_all_arguments_that_they_can_be_about(self):
        for command in COMMANDS.values():
            everything = list(arguments(command))
            for argument in everything:
                for name in argument.names:
                    with self.subTest(name):
                        for word in (name, name + "=x"):
                            self.assertIn(argument, list(
                                arguments(command, [word])))
                        # As paster takes it, cut short.
                        self.assertIn(argument, list(
                            arguments(command, [name[:-1]])))
            self.assertEqual(list(arguments(command, ["--help-all"])),
                             everything)


if __name__ == "__main__":
    unittest.main()
