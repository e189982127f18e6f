"""Compile Cheetah templates into lean Python functions.

Importing Cheetah takes longer than all the rest of a run, so the templates
are compiled when the package is built (setup.py), into a module of their own.
Of the class that Cheetah generates, only the statements that render are kept,
and neighbouring texts are written together, which halves the time for a
fleet.  Names are looked up as Python globals, not by Cheetah's name mapper.
"""

from __future__ import annotations

import ast
import os
import textwrap
import zlib
from types import FunctionType
from typing import Any, Iterable, Iterator

_SETTINGS = {"useNameMapper": False, "includeRawExprInFilterArgs": False}


def compile_template(path: str) -> FunctionType:
    """Return the function of the template at ``path``; see function_source."""
    names: dict[str, Any] = {}
    code = compile(function_source(path, "page"), os.path.basename(path),
                   "exec")
    exec(code, names)
    function: FunctionType = names["page"]
    return function


def build(target: str) -> None:
    """Compile all templates into the module at the path ``target``."""
    from modwsgideploy.templating.directory import TEMPLATES

    parts: list[str] = []
    built: dict[str, tuple[str, int]] = {}
    for head, _, names in sorted(os.walk(TEMPLATES)):
        for base in sorted(names):
            if base.endswith("_tmpl"):
                path = os.path.join(head, base)
                name = f"page{len(built)}"
                parts.append(function_source(path, name))
                with open(path, "rb") as stream:
                    # Shows later whether the template has changed.
                    checksum = zlib.crc32(stream.read())
                built[os.path.relpath(path, TEMPLATES)] = name, checksum
    parts.append(f"BUILT = {built!r}")
    with open(target, "w", encoding="utf-8") as stream:
        stream.write("\n\n\n".join(parts) + "\n")


def function_source(path: str, name: str) -> str:
    """Return the Python source of a function for the template at ``path``.

    Its signature is ``name(put, quote)``: it calls ``put`` with tuples of
    texts, and ``quote`` to make text of a value.
    """
    from Cheetah.Compiler import Compiler

    with open(path, encoding="utf-8") as stream:
        compiler = Compiler(stream.read(), moduleName=name, mainClassName=name,
                            settings=_SETTINGS)
    compiler.compile()
    page, = compiler._finishedClasses()
    respond = next(node for node in ast.walk(ast.parse(str(page.classDef())))
                   if isinstance(node, ast.FunctionDef)
                   and node.name == "respond")
    # The statements before it find out where to write and how to quote.
    start = next(number for number, statement in enumerate(respond.body)
                 if ast.unparse(statement).startswith("_filter ="))
    body = list(_lean(respond.body[start + 1:-1])) or [ast.Pass()]
    return f"def {name}(put, quote):\n" + textwrap.indent(
        "\n".join(map(ast.unparse, body)), "    ")


def _lean(statements: Iterable[Any]) -> Iterator[ast.stmt]:
    """Yield ``statements`` with neighbouring texts written by one call."""
    parts: list[ast.expr] = []
    value: Any = None
    for statement in statements:
        kind = ast.unparse(statement).partition("(")[0].split("\n")[0]
        if kind.startswith("_v = "):
            value = statement.value
        elif kind == "if _v is not None:":
            parts.append(ast.Call(ast.Name("quote"), [value], []))
        elif kind == "write":
            parts += statement.value.args
        else:
            yield from _put_call(parts)
            parts = []
            for block in ("body", "orelse"):
                if getattr(statement, block, None):
                    setattr(statement, block,
                            list(_lean(getattr(statement, block))))
            yield statement
    yield from _put_call(parts)


def _put_call(parts: list[ast.expr]) -> Iterator[ast.stmt]:
    """Yield the statement that puts ``parts``, none without any."""
    if parts:
        yield ast.Expr(ast.Call(ast.Name("put"), [ast.Tuple(parts)], []))
