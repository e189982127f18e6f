"""What a WSGI script says of itself."""

import ast
from typing import NamedTuple, Tuple


class Script(NamedTuple):
    """What a WSGI script says of itself, without running it."""

    path: str
    config: str = ""
    virtualenv: str = ""          # that it layers or looks into
    egg_cache: str = ""
    import_from: Tuple[str, ...] = ()
    logs: bool = False            # calls fileConfig
    asks_for_loggers: bool = False   # but only with a section [loggers]


def read_script(text, path):
    """The Script in ``text``; what is not written out plainly is left."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Script(path)
    names, environment, paths = {}, {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], _constant(node.value)
            if isinstance(target, ast.Name) and value is not None:
                names.setdefault(target.id, value)
            elif isinstance(target, ast.Subscript) and value is not None:
                environment[_constant(target.slice)] = value
        elif (isinstance(node, ast.Call) and len(node.args) == 2
                and ast.unparse(node.func) == "sys.path.insert"
                and _constant(node.args[1])):
            paths.append(_constant(node.args[1]))
    return Script(
        path, names.get("CONFIG") or _loaded(tree),
        names.get("VIRTUALENV", ""), environment.get("PYTHON_EGG_CACHE", ""),
        tuple(paths), "fileConfig(" in text,
        "has_section" in text and "loggers" in text)


def _constant(node):
    """The str that ``node`` is; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _loaded(tree):
    """The file of the first ``config:`` URI in a script, or ""."""
    from urllib.parse import unquote

    for node in ast.walk(tree):
        text = _constant(node)
        if text and text.startswith("config:/"):
            return unquote(text[len("config:"):].partition("#")[0])
    return ""
