"""Read what a WSGI script sets, such as its virtualenv and configuration,
without running it."""

import ast
from typing import NamedTuple, Optional


class Script(NamedTuple):
    """What a WSGI script sets."""

    path: str
    config: str = ""
    virtualenv: str = ""             # whose packages it uses
    egg_cache: str = ""
    import_from: tuple[str, ...] = ()    # what it puts on sys.path
    logs: bool = False               # calls fileConfig
    asks_for_loggers: bool = False   # but only if there is a [loggers]
    env_file: str = ""
    global_conf: tuple[tuple[str, str], ...] = ()
    init: str = ""


def read_script(text: str, path: str) -> Script:
    """Read the Script of ``text``; only literal strings count."""
    names: dict[str, str] = {}
    environment: dict[str | None, str] = {}
    paths = []
    tree = _parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], _literal(node.value)
            if isinstance(target, ast.Name) and value is not None:
                names.setdefault(target.id, value)
            elif isinstance(target, ast.Subscript) and value is not None:
                environment[_literal(target.slice)] = value
        elif (isinstance(node, ast.Call) and len(node.args) == 2
                and ast.unparse(node.func) == "sys.path.insert"):
            paths.append(_literal(node.args[1]) or "")
    return Script(
        path, names.get("CONFIG") or _loaded(tree),
        names.get("VIRTUALENV", ""), environment.get("PYTHON_EGG_CACHE", ""),
        tuple(filter(None, paths)), "fileConfig(" in text,
        "has_section" in text and "loggers" in text,
        names.get("ENV_FILE", ""), _global_conf(tree),
        names.get("INIT", ""))


def _global_conf(tree: ast.Module) -> tuple[tuple[str, str], ...]:
    """What the script gives PasteDeploy for all of the configuration."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
                and ast.unparse(node.targets[0]) == "GLOBAL_CONF"):
            pairs = [(_literal(key) if key else None, _literal(value))
                     for key, value in zip(node.value.keys,  # noqa: B905
                                           node.value.values)]
            return tuple((key, value) for key, value in pairs
                         if key is not None and value is not None)
    return ()


def _parse(text: str) -> ast.Module:
    """Parse ``text``; if it is no Python 3, each line of it that is."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([statement for line in text.splitlines()
                           for statement in _statements(line)], [])


def _statements(line: str) -> list[ast.stmt]:
    """The statements on one line; none if it does not stand by itself."""
    try:
        return ast.parse(line.strip()).body
    except (SyntaxError, ValueError):
        return []


def _literal(node: ast.AST) -> Optional[str]:
    """The string that ``node`` is; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _loaded(tree: ast.Module) -> str:
    """The file of the first ``config:`` URI in a script, or ""."""
    from urllib.parse import unquote

    for node in ast.walk(tree):
        text = _literal(node)
        if text and text.startswith("config:/"):
            return unquote(text[len("config:"):].partition("#")[0])
    return ""
