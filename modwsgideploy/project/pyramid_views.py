"""Read the static views of a Pyramid application from its code."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from modwsgideploy.project.import_package import ImportPackage, holds
from modwsgideploy.project.source_code import parse_code, source_files
from modwsgideploy.system.files import text_or_empty

# What may put a static view elsewhere, or other files at its URL.
_MOVED = re.compile(r"route_prefix|override_asset")


class StaticView(NamedTuple):
    """A call of add_static_view."""

    where: str
    url: str
    path: str
    why_not: str     # "" where Apache can serve it


def static_views(package: ImportPackage) -> Iterator[StaticView]:
    """Every static view that the code of ``package`` adds."""
    moved = False
    sources = []
    for path in source_files(package.path):
        text = text_or_empty(path)
        moved = moved or bool(_MOVED.search(text))
        if "add_static_view" in text:
            sources.append((path, text))
    for path, text in sources:
        tree = parse_code(text)
        if tree is None:
            yield StaticView(path, path, "", "this Python cannot read it")
            continue
        for call, sure in _calls(tree, True):
            view = _view(call, path, package)
            if moved and not view.why_not:
                view = view._replace(why_not="a prefix or an override of"
                                     " assets may put it elsewhere")
            if not sure:
                view = view._replace(why_not="it is added conditionally")
            yield view


def _calls(node: ast.AST, sure: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Each call of add_static_view below ``node``, and whether nothing but
    functions and classes is around it."""
    for child in ast.iter_child_nodes(node):
        if (isinstance(child, ast.Call)
                and isinstance(child.func, ast.Attribute)
                and child.func.attr == "add_static_view"):
            yield child, sure
        yield from _calls(child, sure and not isinstance(
            child, (ast.If, ast.IfExp, ast.For, ast.While, ast.Try,
                    ast.BoolOp, ast.Lambda, ast.comprehension)))


def _view(call: ast.Call, path: str, package: ImportPackage) -> StaticView:
    """What a call of add_static_view says, as far as it is literal."""
    where = f"{os.path.relpath(path, package.location)}:{call.lineno}"
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    given.update(zip(("name", "path"), call.args))
    texts = {key: value.value for key, value in given.items()
             if isinstance(value, ast.Constant)
             and isinstance(value.value, str)}
    name, spec = texts.get("name"), texts.get("path")

    def view(why_not: str, directory: str = "") -> StaticView:
        return StaticView(where, f"/{(name or where).strip('/')}", directory,
                     why_not)

    if "permission" in given:
        return view("it is protected by a permission")
    if None in given or name is None or spec is None:
        return view("its URL or its directory is computed")
    if re.search(r"[{}<>*:%]|//", name) or not name.strip("/"):
        return view("its URL is a pattern, or on another host")
    owner, colon, inside = spec.rpartition(":")
    directory = os.path.dirname(path)
    if colon:
        if not holds(package.name, owner):
            return view(f"its files are those of {owner}")
        directory = os.path.join(
            package.path, *owner[len(package.name) + 1:].split("."))
    return view("", os.path.normpath(os.path.join(directory, inside)))
