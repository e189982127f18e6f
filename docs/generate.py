"""Write the pages of options, checks and explanations from their tables, the
list of layers from .importlinter and the modules, and what the role of the
collection for Ansible takes.

``--check`` writes nothing and fails where a file is stale.
"""

import ast
import configparser
import inspect
import pathlib
import re
import sys
import textwrap
from itertools import zip_longest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from modwsgideploy.catalog import failures  # noqa: E402
from modwsgideploy.catalog.checks import GROUPS  # noqa: E402
from modwsgideploy.checks import function_of  # noqa: E402
from modwsgideploy.cli.arguments import help_of  # noqa: E402
from modwsgideploy.cli.help import example_lines  # noqa: E402
from modwsgideploy.cli.table import COMMANDS  # noqa: E402
from modwsgideploy.inventory.hosts import NUMBERS, OF_RELEASE  # noqa: E402
from modwsgideploy.inventory.yaml import scalar  # noqa: E402
from modwsgideploy.sites.options import (  # noqa: E402
    ALL_COMMANDS,
    OPTIONS,
)

HERE = pathlib.Path(__file__).parent
ROLE = (HERE.parent / "modwsgideploy" / "ansible_collections"
        / "modwsgideploy" / "fleet" / "roles" / "site")

ROLE_OPTIONS = """\
site_projects:
  description: >-
    The projects, each with its directory on the controller, and where that
    is wanted the names of files with requirements and a constraint in it,
    and the paths in it that all releases share.
  type: dict
  required: true
site_manifest:
  description: >-
    The name of the manifest of the sites. A release of another one than that
    of the release that is served is refused.
  type: str
site_root:
  description: The directory of the releases on the host.
  type: path
  default: /srv/modwsgideploy
site_release:
  description: The name of the release; by default the time it was built.
  type: str
site_keep:
  description: How many releases are kept.
  type: int
  default: 3
site_python:
  description: The Python of Apache's mod_wsgi on the host.
  type: path
  default: /usr/bin/python3
site_build_python:
  description: What builds the wheels on the controller.
  type: str
  default: python3
site_artifacts:
  description: The directory on the controller for what is built.
  type: path
site_load:
  description: Whether the checks load each application.
  type: bool
  default: true
site_probe:
  description: What each site is asked for, by default its mount point.
  type: str
site_timeout:
  description: So many seconds Apache, and an answer, are waited for.
  type: int
  default: 30
site_drain_tasks:
  description: A file of tasks that take the host out of a balancer.
  type: path
site_add_tasks:
  description: A file of tasks that put the host back into a balancer.
  type: path
site_wheels:
  description: >-
    A directory on the controller with the wheels of modwsgideploy, which is
    then installed into /opt/modwsgideploy.
  type: path
site_command:
  description: The path of modwsgideploy on the host.
  type: path
site_server_config:
  description: The main configuration file of another Apache.
  type: path
site_sites:
  description: >-
    The sites of the host. In their values {code} stands for the directory of
    the project.
  type: list
  elements: dict
  required: true
  options:"""

HEAD = """\
.. Written by docs/generate.py from modwsgideploy/sites/options.py
   and modwsgideploy/cli/table.py; edit those.

Commands and options
====================

Each command has flags of its own, which are listed with it.  Below them are
the options of a site, by what they are about.  Unless it says for which
commands an option is, these have it:
{commands}.
In a manifest each is a key, in a template a variable with underscores.  Every
option is spelled the same for ``paster modwsgi_COMMAND`` and for
``modwsgideploy COMMAND``.
"""


CHECKS_HEAD = """\
.. Written by docs/generate.py from modwsgideploy/catalog/checks and
   modwsgideploy/checks; edit those.

What the checks find
====================

``modwsgideploy check`` (``paster modwsgi_check``) reads the files of a
deployment, edited by hand or not, the project, and this machine's Apache.  It
says what would fail, each with the command that mends it; Apache's own
``apache2 -t`` accepts most of this.  It exits with 0 if it finds nothing, 1
for warnings and errors; ``-v`` shows hints, which do not count.

As root it tries access as the user of the daemon processes; as anyone else it
goes by owners and modes.  ``--skip CODE`` leaves a check out, and ``deploy``
remembers that for the site.  ``deploy`` and ``serve`` make the cheap checks
by themselves.

A site that others have set up needs no deployment: of a file, or a directory,
of Apache's configuration the checks are made that read nothing else, for each
file that has mod_wsgi run something.  They say whether it is in force, and a
file that is not is checked as if it were added.

.. code-block:: console

   $ modwsgideploy check /etc/apache2/sites-available/trac.conf
   $ modwsgideploy check /etc/httpd/conf.d

The examples are of a project in ``/srv/shop``.  Its site is ``shop.conf``,
which ``deploy`` wrote as ``/srv/shop/apache/shop``, beside ``shop.wsgi``; its
Paste configuration is ``production.ini``.  ``blog.conf`` is another site.  Of
each file they show the lines that matter.

.. contents::
   :local:
   :depth: 2
"""

# The highlighting of an example, by the end of its file's name.
LANGUAGES = {".conf": "apache", ".htaccess": "apache", ".ini": "ini",
             ".cfg": "ini", ".service": "ini", ".wsgi": "python",
             ".py": "python", "console": "console"}

EXPLANATIONS = """\
.. From here on written by docs/generate.py from
   modwsgideploy/catalog/failures; edit that.
"""


def main():
    """Write or check; returns the exit status."""
    status = 0
    for name, lines in (("options.rst", option_lines()),
                        ("checks.rst", check_lines()),
                        ("explain.rst", explain_lines()),
                        ("layers.inc", layer_lines()),
                        (ROLE / "meta/argument_specs.yml", spec_lines())):
        target, text = HERE / name, "\n".join(lines)
        if "--check" not in sys.argv:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            print(f"{name} is stale: run python docs/generate.py",
                  file=sys.stderr)
            status = 1
    return status


def spec_lines():
    """Return what the role takes, as Ansible checks it: for each of its entry
    points the variables, and of a site the options."""
    yield from ("---", "# Written by docs/generate.py from"
                " modwsgideploy/sites/options.py; edit that.",
                "argument_specs:")
    for name, text in (("main", "Serve the sites of a host"),
                       ("prepare", "Make a release of a host")):
        yield from (f"  {name}:", f"    short_description: {text}",
                    "    options:")
        yield from (line and "      " + line for line in ROLE_OPTIONS.split(
            "\n"))
        yield from ("          name:", "            description: Its name.",
                    "            type: str", "            required: true",
                    "          project:",
                    "            description: The name of its project in"
                    " site_projects.", "            type: str",
                    "            required: true")
        for option in sorted(OPTIONS, key=lambda option: option.field):
            if option.name not in OF_RELEASE and option.name != "name":
                yield from spec_of(option)
    yield ""


def spec_of(option):
    """Return the lines of one option of a site."""
    kind = ("bool" if option.kind == "flag" else
            "list" if option.many else
            "int" if option.kind in NUMBERS else "str")
    yield f"          {option.field}:"
    yield "            description: >-"
    yield from textwrap.wrap(
        describe(option, commands=False), 78, break_on_hyphens=False,
        initial_indent=" " * 14, subsequent_indent=" " * 14)
    yield f"            type: {kind}"
    if option.many:
        yield "            elements: str"
    if option.choices and not option.can_be_empty:
        yield "            choices:"
        yield from (f"              - {scalar(choice)}"
                    for choice in option.choices)


def check_lines():
    """Return the page of checks."""
    yield CHECKS_HEAD
    for title, checks in GROUPS:
        yield from heading(title, "-")
        for check in checks:
            yield f".. _{check.code}:"
            yield from heading(f"{check.code}: {check.title}", "~")
            cheap = ", cheap" if check.cost == "cheap" else ""
            yield (f"*{check.level.capitalize()}{cheap}, since"
                   f" {check.since}.*")
            yield ""
            yield inspect.getdoc(function_of(check))
            yield ""
            yield from example("Bad", check.bad)
            yield from example("Good", check.good)


def example(kind, files):
    """Return an example: a block of code for each of its files."""
    for number, (name, text) in enumerate(files.items()):
        language = next(LANGUAGES[end] for end in LANGUAGES
                        if name.endswith(end))
        caption = ("" if number else f"{kind}: ") + name
        yield from (f".. code-block:: {language}", f"   :caption: {caption}",
                    "")
        yield from ("   " + line for line in text.splitlines())
        yield ""


def explain_lines():
    """Return the page of explanations: its own text, and the sections."""
    text = (HERE / "explain.rst").read_text()
    yield text.partition(EXPLANATIONS)[0] + EXPLANATIONS
    for title, table in failures.GROUPS:
        yield from heading(title, "-")
        for failure in table:
            yield f".. _{failure.name}:"
            yield from heading(in_words(failure.title), "~")
            check = f", :ref:`{failure.check}`" if failure.check else ""
            yield f"*{failure.level.capitalize()}*, ``{failure.name}``{check}."
            yield ""
            yield "::"
            yield ""
            yield from ("    " + line for line in failure.example.split("\n"))
            yield ""
            yield in_words(failure.cause)
            yield ""
            steps = [step if isinstance(step, str) else step[0]
                     for step in failure.steps]
            yield f"*Fix:* {in_words('; '.join(steps))}"
            yield ""


# The width of the diagram of layers; 1, 2 or 3 boxes fit.
WIDTH = 60


def layer_lines():
    """Return the diagram of the layers, and what each module of them does."""
    config = configparser.ConfigParser()
    config.read(HERE.parent / ".importlinter")
    layers = [line.split(" | ") for line in config[
        "importlinter:contract:layers"]["layers"].split("\n") if line]
    yield from (".. Written by docs/generate.py from .importlinter and the"
                " modules; edit those.", "", "::", "")
    yield from ("    " + line for line in diagram(layers))
    for layer in layers:
        for name in layer:
            yield from heading(f"``{name}``", "~")
            yield from module_lines(HERE.parent / "modwsgideploy", name)


def diagram(layers):
    """Return the layers as rows of boxes, the upper ones first."""
    rows = ["|" + "".join(f" {name}".ljust(WIDTH // len(layer) - 1) + "|"
                          for name in layer) for layer in layers]
    for above, below in zip(["", *rows], [*rows, ""]):  # noqa: B905
        yield "".join("+" if "|" in pair else "-"
                      for pair in zip_longest(above, below))
        if below:
            yield below


def module_lines(package, name):
    """Return what a layer does, and a table of its modules."""
    path = package / f"{name}.py"
    if path.exists():
        yield summary(path)
        yield ""
        return
    yield summary(package / name / "__init__.py")
    yield from ("", ".. list-table::", "   :widths: 30 70", "")
    for path in sorted((package / name).rglob("*.py")):
        if path.name != "__init__.py":
            module = path.relative_to(package / name).with_suffix("")
            yield f"   * - ``{'.'.join(module.parts)}``"
            yield f"     - {summary(path)}"
    yield ""


def summary(path):
    """Return the first sentences of a module's docstring."""
    text = inspect.cleandoc(ast.get_docstring(ast.parse(path.read_text())))
    return re.sub(r"`+", "``", " ".join(text.split("\n\n")[0].split()))


def in_words(text):
    """Return a text of the table of failures as reStructuredText."""
    parts = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", lambda match: (
        match[1].upper()), text).replace("{{", "{").replace("}}", "}")
    return "".join(
        f"``{part}``" if number % 2 else re.sub(r"([*|\\]|_\b)", r"\\\1", part)
        for number, part in enumerate(parts.split("`")))


def option_lines():
    """The lines of the page of commands and options."""
    yield HEAD.format(commands=listed(ALL_COMMANDS))
    for command in COMMANDS.values():
        yield from heading(command.name, "-")
        yield f"{command.description} {command.details}"
        yield ""
        yield command.exit_statuses
        yield ""
        yield "::"
        yield ""
        yield from ("    $ " + line for line in example_lines(
            command, f"modwsgideploy {command.name}"))
        yield ""
        for flag in command.flags:
            yield from entry(", ".join(flag.names), flag.metavar,
                             help_of(flag))
    group = None
    for option in sorted(OPTIONS, key=group_order()):
        if option.group != group:
            group = option.group
            yield from heading(group, "-")
        yield from entry(names(option), option.metavar
                         or "|".join(option.choices), describe(option))


def group_order():
    """A key that sorts by group, the groups in the table's order."""
    order = []
    for option in OPTIONS:
        if option.group not in order:
            order.append(option.group)
    return lambda option: order.index(option.group)


def names(option):
    """How ``option`` is spelled."""
    if option.kind == "flag" and option.default == "yes":
        return f"--no-{option.name}"
    return "--" + option.name


def describe(option, commands=True):
    """The help of ``option`` as sentences; with the ``commands`` it is for."""
    text = option.help
    if option.kind == "flag" and option.default == "yes":
        text = "do not " + text
    text = text[0].upper() + text[1:] + "."
    if option.shown_default and option.kind != "flag":
        text += f" Default: {option.shown_default}."
    if option.many:
        text += " Can be repeated."
    if option.backends:
        text += f" Only with --backend {' or '.join(option.backends)}."
    if commands and len(option.commands) < len(ALL_COMMANDS):
        text += f" *For {listed(option.commands)}.*"
    return text


def listed(words):
    """Several words as English has them."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def heading(title, line):
    """``title`` underlined."""
    return ["", title, line * len(title), ""]


def entry(names, metavar, text):
    """One option as a definition."""
    shown = f"{names} {metavar}".strip()
    return [f"``{shown}``", "    " + text, ""]


if __name__ == "__main__":
    sys.exit(main())
