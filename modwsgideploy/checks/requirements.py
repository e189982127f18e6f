"""Check that a project asks for what its code imports."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from modwsgideploy.checks.context import CheckContext
from modwsgideploy.checks.finding import CheckResult
from modwsgideploy.errors import DeployError
from modwsgideploy.project.frameworks import FRAMEWORKS
from modwsgideploy.project.metadata import canonical
from modwsgideploy.project.requirement_closure import read_provided
from modwsgideploy.project.source_code import parse_code, source_files
from modwsgideploy.system.files import text_or_empty
from modwsgideploy.system.venv import site_packages

# Every virtualenv had them, and has pip still.
_ALWAYS_THERE = {"setuptools", "pip", "wheel"}
# An import of Python 2, which this Python does not parse.
_IMPORT = re.compile(r"(?m)^(?:import|from) +(\w+)")
_STRING = re.compile(r'"""(?:.|\n)*?"""' r"|'''(?:.|\n)*?'''")


def undeclared(context: CheckContext) -> CheckResult:
    """What is installed beside an application is there by chance unless its
    project requires it: a new virtualenv lacks it, and the application does
    not load there.  So it is with what a quickstarted project of TurboGears
    imports, which ``tg.devtools`` does not bring.  Only what is imported as
    a module is loaded counts, and not what is tried.
    """
    project = context.project
    found = site_packages(context.virtualenv)
    if not (project and project.metadata and project.requires and found):
        return
    try:
        provided = read_provided(found[0])
    except DeployError:      # what cannot be read tells nothing
        return
    asked_for = provided.closure([canonical(project.name), *project.requires])
    asked_for |= _ALWAYS_THERE
    if FRAMEWORKS[context.site.framework].uses_paste:
        asked_for.add("pastedeploy")     # the script imports it
    told = set()
    for path, line, module in _imports(context):
        owners = provided.owners.get(module, set())
        if not owners or owners & asked_for:
            continue
        name = sorted(owners)[0]
        if name not in told:
            told.add(name)
            yield (f"{path}:{line} imports {module}, of {name}, which neither"
                   f" {project.name} nor anything that it requires asks for;"
                   " a new virtualenv would not have it",
                   f"let {_declaration(context)} require {name}")


def _declaration(context: CheckContext) -> str:
    """Where the project says what it requires."""
    assert context.project
    directory = context.project.directory
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        if os.path.isfile(f"{directory}/{name}"):
            return f"{directory}/{name}"
    return "the project"


def _imports(context: CheckContext) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and top-level module of what the project imports."""
    assert context.project
    location, package = context.project.location, context.project.package
    top = os.path.join(location, *package.split("."))
    own = {os.path.splitext(name)[0] for name in os.listdir(location)
           } if location and os.path.isdir(location) else set()
    for path in source_files(top) if os.path.isdir(top) else [top + ".py"]:
        beside = os.path.dirname(path)
        for line, module in _imported(text_or_empty(path)):
            # Python 2 looks beside the importing module first.
            if module not in own and not any(
                    os.path.exists(f"{beside}/{module}{ending}")
                    for ending in ("", ".py")):
                yield path, line, module


def _imported(text: str) -> Iterator[tuple[int, str]]:
    """Yield what a module imports whenever it is loaded."""
    tree = parse_code(text)
    if tree is None:
        plain = _STRING.sub(lambda match: "\n" * match[0].count("\n"), text)
        for match in _IMPORT.finditer(plain):
            yield plain.count("\n", 0, match.start()) + 1, match[1]
        return
    for node in tree.body:
        names = ([alias.name for alias in node.names]
                 if isinstance(node, ast.Import) else
                 [node.module or ""] if isinstance(node, ast.ImportFrom)
                 and not node.level else [])
        for name in names:
            yield node.lineno, name.partition(".")[0]
