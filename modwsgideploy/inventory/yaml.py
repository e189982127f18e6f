"""Write plain values as YAML that Ansible takes as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Union

Scalar = Union[str, int, bool]
Value = Union[Scalar, Sequence[Scalar]]

# What needs no quotes; words that YAML takes for other than text do.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_/.@-]*")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false",
                    "null"))
# What Ansible would take for a template.
_TEMPLATE = re.compile(r"\{[{%#]")


def scalar(value: Scalar) -> str:
    """Return ``value`` as YAML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return f"!unsafe {quoted}" if _TEMPLATE.search(value) else quoted


def items(mapping: Mapping[str, Value], indent: str) -> Iterator[str]:
    """Yield the lines of ``mapping``, each after ``indent``."""
    for key, value in mapping.items():
        if isinstance(value, (str, int)):
            yield f"{indent}{key}: {scalar(value)}"
        elif value:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {scalar(each)}" for each in value)
        else:
            yield f"{indent}{key}: []"
