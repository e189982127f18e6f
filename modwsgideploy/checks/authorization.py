"""Find code that reads the Authorization header."""

from __future__ import annotations

import ast
import re

# What a file has that does; most have nothing of it, and are not parsed.
_HINT = re.compile(rb"uthorization|HTTP_AUTHORIZATION|BasicAuth|paste\.auth"
                   rb"|httpauth|rest_framework")
# Modules that do nothing else.
_MODULES = ("paste.auth.basic", "paste.auth.digest", "flask_httpauth",
            "rest_framework.authentication", "rest_framework.authtoken")
_NAMES = ("BasicAuthAuthenticationPolicy", "extract_http_basic_credentials",
          "make_basic_auth", "BasicAuthPlugin")
_REQUESTS = ("request", "req")


def reading_line(data: bytes) -> int:
    """The number of the first line of a module that reads the header; 0
    without one."""
    if not _HINT.search(data):
        return 0
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return _in_python2(data)
    lines = [getattr(node, "lineno", 0) for node in ast.walk(tree)
             if _reads(node)]
    return min(lines, default=0)


def _in_python2(data: bytes) -> int:
    """The same for code of Python 2: by its lines."""
    for number, line in enumerate(data.splitlines(), 1):
        if re.match(rb"[^#]*\w[\[(]['\"]HTTP_AUTHORIZATION['\"]", line):
            return number
    return 0


def _reads(node: ast.AST) -> bool:
    """Whether a part of a module reads the header."""
    if isinstance(node, ast.ImportFrom):
        return node.module in _MODULES
    if isinstance(node, ast.Import):
        return any(name.name in _MODULES for name in node.names)
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Load) and (
            node.attr in _NAMES
            or node.attr == "authorization" and _is_request(node.value))
    if isinstance(node, ast.Name):
        return node.id in _NAMES
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load) and _is_header(
            node.slice, node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("get", "pop", "getlist") and bool(
            node.args) and _is_header(node.args[0], node.func.value)
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], (ast.In, ast.NotIn)) and _is_header(
            node.left, node.comparators[0])
    return False


def _is_header(key: ast.AST, where: ast.AST) -> bool:
    """Whether ``where[key]`` is the header of a request."""
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        return False
    if key.value == "HTTP_AUTHORIZATION":
        return True
    return key.value.lower() == "authorization" and isinstance(
        where, ast.Attribute) and where.attr == "headers" and _is_request(
        where.value)


def _is_request(node: ast.AST) -> bool:
    """Whether it is named like the request that is answered."""
    if isinstance(node, ast.Attribute):
        return node.attr in _REQUESTS
    return isinstance(node, ast.Name) and node.id in _REQUESTS
