"""Find the WSGI and ASGI applications in a project's code.

The code is read, not run.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from modwsgideploy.project.import_package import NOT_APPLICATIONS
from modwsgideploy.project.source_code import parse_code
from modwsgideploy.system.files import names_in, text_or_empty

# What makes an application when it is called, and of which framework that is.
_MAKERS = {
    "Flask": "flask", "FastAPI": "asgi", "Starlette": "asgi", "Quart": "asgi",
    "Litestar": "asgi", "get_asgi_application": "asgi",
    "get_wsgi_application": "wsgi", "make_wsgi_app": "wsgi",
    "WSGIApplication": "wsgi", "Bottle": "wsgi", "default_app": "wsgi",
    "falcon.App": "wsgi", "falcon.API": "wsgi", "falcon.asgi.App": "asgi",
    "web.application": "wsgi", "wsgifunc": "wsgi", "loadapp": "wsgi",
}
_FACTORY = re.compile(r"(?:create|make|build|get)_(?:wsgi_)?"
                      r"(?:app|application)\Z|app_factory\Z")
_PERHAPS = re.compile("|".join(["(?i)app|[wa]sgi", *map(re.escape, _MAKERS)]))
_INSTANCES = ("application", "app", "wsgi_app", "wsgi_application")
# Files that say by their name that they have the application to serve.
_ENTRIES = ("wsgi", "passenger_wsgi")
_DEEPEST = 3
# What we have written ourselves: a directory with a record, and a script.
_RECORD = ".modwsgideploy.base"
_OURS = re.compile(r"\A(?:.*\n){0,4}# Written by modwsgideploy ")


class Callable(NamedTuple):
    """An application, or a function without arguments that makes one."""

    name: str
    framework: str     # a key of FRAMEWORKS
    line: int
    is_factory: bool = False

    @property
    def expression(self) -> str:
        """What has the application as its value."""
        return self.name + "()" * self.is_factory


class Candidate(NamedTuple):
    """An application in the code of a project."""

    path: str          # of its file, relative to the project
    module: str        # dotted; "" for a file that cannot be imported
    found: Callable

    @property
    def application(self) -> str:
        """What names it for --application."""
        return f"{self.module or self.path}:{self.found.expression}"

    @property
    def where(self) -> str:
        """Its file and line."""
        return f"{self.path}:{self.found.line}"


def find_candidates(directory: str) -> list[Candidate]:
    """The applications to choose from: those of a file that is called wsgi,
    else those that are there, else those that a function makes."""
    found = [
        Candidate(path, module, one) for path, module in _code_files(directory)
        for one in best(callables(
            text_or_empty(os.path.join(directory, path)), path))]
    for level in (
            [one for one in found if _is_entry(one.path)],
            [one for one in found if not one.found.is_factory], found):
        if level:
            return level
    return []


def best(found: Sequence[Callable]) -> list[Callable]:
    """Of the applications in one file those that are meant to be served: that
    of the usual name, else all, and no factory of one that is there."""
    for name in _INSTANCES:
        usual = [one for one in found if one.name == name]
        if usual:
            return usual
    return [one for one in found if not one.is_factory] or list(found)


def _is_entry(path: str) -> bool:
    """Whether a file is there for a server to load its application from."""
    stem, ending = os.path.splitext(os.path.basename(path))
    return stem in _ENTRIES or ending == ".wsgi"


def callables(text: str, path: str) -> list[Callable]:
    """The applications, and what makes them, in the code of a file."""
    # most files have none, and to parse them takes a while
    tree = (parse_code(text) if _PERHAPS.search(text)
            and not _OURS.match(text) else None)
    found: dict[str, Callable] = {}
    for node in _statements(tree.body if tree else ()):
        for one in _made(node, found):
            found.setdefault(one.name, one)
        # Anybody may import another's application, to use it.
        if isinstance(node, ast.ImportFrom) and _is_entry(path):
            for alias in node.names:
                name = alias.asname or alias.name
                if name in _INSTANCES:
                    found.setdefault(name, Callable(name, "wsgi", node.lineno))
    return list(found.values())


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "__main__" not in ast.dump(node.test):
            yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, (ast.Try, ast.With)):
            yield from _statements(node.body)


def _made(node: ast.stmt, known: dict[str, Callable]) -> Iterator[Callable]:
    """The applications that one statement makes."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
        targets = (node.targets if isinstance(node, ast.Assign)
                   else [node.target])
        for target in targets:
            framework = isinstance(target, ast.Name) and _kind(
                node.value, target.id, known)
            if isinstance(target, ast.Name) and framework:
                yield Callable(target.id, framework, node.lineno)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        names = [argument.arg for argument in node.args.args]
        if names == ["environ", "start_response"]:
            yield Callable(node.name, "wsgi", node.lineno)
        elif names == ["scope", "receive", "send"]:
            yield Callable(node.name, "asgi", node.lineno)
        elif _FACTORY.match(node.name) and _needs_nothing(node.args):
            kinds = [kind for kind in map(_maker, ast.walk(node)) if kind]
            if kinds:
                yield Callable(node.name, kinds[0], node.lineno, True)


def _kind(value: ast.expr, name: str, known: dict[str, Callable]) -> str:
    """The framework of the application that ``name`` gets, "" for none."""
    maker = _maker(value)
    if maker:
        return maker
    if isinstance(value, ast.Name) and value.id in known and (
            not known[value.id].is_factory):
        return known[value.id].framework
    if isinstance(value, ast.Call):
        called = _dotted(value.func).rpartition(".")[2]
        if called in known and known[called].is_factory:
            return known[called].framework
        if name in _INSTANCES and (name != "app" or _FACTORY.match(called)):
            return "wsgi"
    return "wsgi" if name == "application" and isinstance(
        value, (ast.Name, ast.Attribute)) else ""


def _maker(node: ast.AST) -> str:
    """The framework of what a call makes, "" for nothing that is known."""
    if not isinstance(node, ast.Call):
        return ""
    called = _dotted(node.func)
    for name, framework in _MAKERS.items():
        if called == name or "." not in name and called.endswith("." + name):
            return framework
    return ""


def _dotted(node: ast.expr) -> str:
    """The dotted name of an expression, "" for another one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _needs_nothing(arguments: ast.arguments) -> bool:
    """Whether a function can be called without arguments."""
    needed = len(arguments.posonlyargs) + len(arguments.args)
    return needed == len(arguments.defaults) and all(
        default is not None for default in arguments.kw_defaults)


def _code_files(directory: str) -> Iterator[tuple[str, str]]:
    """The files of a project's own code: (relative path, dotted name); of one
    that cannot be imported the name is ""."""
    for root in ("", "src"):
        yield from _below(os.path.join(directory, root), root, "")


def _below(directory: str, shown: str, package: str
           ) -> Iterator[tuple[str, str]]:
    names = names_in(directory)
    if package and _RECORD in names:
        return
    for name in sorted(names):
        path = os.path.join(directory, name)
        stem, ending = os.path.splitext(name)
        if ending in (".py", ".wsgi") and os.path.isfile(path):
            if stem in ("setup", "conftest", "manage", "test",
                        "modpython_gateway") or (
                    stem.startswith("test_")):
                continue
            importable = ending == ".py" and stem.isidentifier()
            module = package.rstrip(".") if stem == "__init__" else (
                package + stem)
            yield os.path.join(shown, name), module if importable else ""
        elif (name.isidentifier() and package.count(".") < _DEEPEST - 1
              and name.lower() not in NOT_APPLICATIONS
              and (shown or name != "src") and os.path.isdir(path)
              and not os.path.lexists(os.path.join(path, "pyvenv.cfg"))):
            yield from _below(path, os.path.join(shown, name),
                              f"{package}{name}.")
