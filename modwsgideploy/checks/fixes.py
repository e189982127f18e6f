"""Write the sed commands that mend a line of a configuration."""

from __future__ import annotations

import os
import re

from modwsgideploy.apache.parser import Directive


def sudo(path: str) -> str:
    """"sudo " if this user may not write ``path``, else ""."""
    return "" if os.access(path, os.W_OK) else "sudo "


def replace(directive: Directive, old: str, new: str) -> str:
    """The sed command that replaces the word ``old`` of a directive."""
    # Other words, such as a path, may end in it.
    return (f"{directive.line},{directive.last_line}"
            f"s|\\([[:space:]]\\){pattern(old)}|\\1{replacement(new)}|")


def pattern(text: str) -> str:
    """Escape ``text`` for a pattern of sed."""
    return re.sub(r"([\\.*\[\]^$|])", r"\\\1", text)


def replacement(text: str) -> str:
    """Escape ``text`` for what sed puts in the place of something."""
    return re.sub(r"([\\&|])", r"\\\1", text)


def insert_after(directive: Directive, count: int, text: str) -> str:
    """The sed command that puts ``text`` after the first ``count`` words."""
    start = "[[:space:]]\\+".join(
        pattern(word) for word in (directive.name,
                                   *directive.raw_words[:count]))
    return (f"{directive.line},{directive.last_line}"
            f"s|{start}|& {replacement(text)}|")


def comment_out(directive: Directive) -> str:
    """The sed command that makes a comment of a directive."""
    return f"{directive.line},{directive.last_line}s|^|#|"


def append_lines(directive: Directive, *lines: str) -> str:
    """The sed command that adds ``lines`` in the section of a directive."""
    return (f"{directive.last_line}a " if directive.inside else "$a ") + (
        "\\n".join(lines))


def option_word(directive: Directive, name: str) -> str:
    """The word ``name=...`` of a directive as it is written, or ""."""
    return next((word for word in directive.raw_words
                 if word.startswith(name + "=")), "")


def set_option(directive: Directive, name: str, value: object,
               after: int = 1) -> str:
    """The sed command that sets an option of a directive.

    A new one is put after the first ``after`` words.
    """
    word = option_word(directive, name)
    if word:
        return replace(directive, word, f"{name}={value}")
    return insert_after(directive, after, f"{name}={value}")
