"""Templates in, Python functions out: Cheetah compiles, this makes it lean.

Importing Cheetah takes longer than all the rest of a run.  So the templates
are compiled when the package is built (setup.py), into a module of their own.
Of the class that Cheetah makes of a template only the statements that render
are kept, and neighbouring texts are put at once: half the time, for a fleet.
Names are looked up as Python looks up globals, not by Cheetah's name mapper.
"""

import ast
import os
import textwrap
import zlib

_SETTINGS = {"useNameMapper": False, "includeRawExprInFilterArgs": False}


def compiled(path):
    """The function of the template at ``path``, as `source` says."""
    names = {}
    exec(compile(source(path, "page"), os.path.basename(path), "exec"), names)
    return names["page"]


def build(target):
    """Compile all templates into the module at ``target`` (a path)."""
    from modwsgideploy.templating.directory import TEMPLATES

    parts, built = [], {}
    for head, _, names in sorted(os.walk(TEMPLATES)):
        for base in sorted(names):
            if base.endswith("_tmpl"):
                path = os.path.join(head, base)
                name = f"page{len(built)}"
                parts.append(source(path, name))
                with open(path, "rb") as stream:
                    # By which a template that has changed since is told.
                    checksum = zlib.crc32(stream.read())
                built[os.path.relpath(path, TEMPLATES)] = name, checksum
    parts.append(f"BUILT = {built!r}")
    with open(target, "w", encoding="utf-8") as stream:
        stream.write("\n\n\n".join(parts) + "\n")


def source(path, name):
    """The Python source of a function for the template at ``path``.

    It is ``name(put, quote)``: ``put`` takes a tuple of texts, ``quote`` makes
    one of a value.
    """
    from Cheetah.Compiler import Compiler

    with open(path, encoding="utf-8") as stream:
        compiler = Compiler(stream.read(), moduleName=name, mainClassName=name,
                            settings=_SETTINGS)
    compiler.compile()
    page, = compiler._finishedClasses()
    respond = next(one for one in ast.parse(str(page.classDef())).body[0].body
                   if getattr(one, "name", "") == "respond")
    # Before it stands how Cheetah finds where to write and how to quote.
    start = next(number for number, one in enumerate(respond.body)
                 if ast.unparse(one).startswith("_filter ="))
    body = list(_lean(respond.body[start + 1:-1])) or [ast.Pass()]
    return f"def {name}(put, quote):\n" + textwrap.indent(
        "\n".join(map(ast.unparse, body)), "    ")


def _lean(statements):
    """``statements`` that put together what stands side by side."""
    parts, value = [], None
    for one in statements:
        kind = ast.unparse(one).partition("(")[0].split("\n")[0]
        if kind.startswith("_v = "):
            value = one.value
        elif kind == "if _v is not None:":
            parts.append(ast.Call(ast.Name("quote"), [value], []))
        elif kind == "write":
            parts += one.value.args
        else:
            yield from _put(parts)
            parts = []
            for block in ("body", "orelse"):
                if getattr(one, block, None):
                    setattr(one, block, list(_lean(getattr(one, block))))
            yield one
    yield from _put(parts)


def _put(parts):
    """The statement, if any, that puts ``parts``."""
    if parts:
        yield ast.Expr(ast.Call(ast.Name("put"), [ast.Tuple(parts)], []))
