"""Commands that mend a line, by sed."""

import os
import re


def sudo(path):
    """"sudo " where this user may not write ``path``, else ""."""
    return "" if os.access(path, os.W_OK) else "sudo "


def replace(directive, old, new):
    """The sed command that replaces the word ``old`` in a directive."""
    # Other words, such as a path, may end in it.
    return (f"{directive.line},{directive.last_line}"
            f"s|\\([[:space:]]\\){pattern(old)}|\\1{_replacement(new)}|")


def pattern(text):
    """``text`` as a pattern of sed's."""
    return re.sub(r"([\\.*\[\]^$|])", r"\\\1", text)


def _replacement(text):
    """``text`` as what sed puts in the place of something."""
    return re.sub(r"([\\&|])", r"\\\1", text)


def inserted(directive, count, text):
    """The sed command that puts ``text`` after the first words."""
    start = "[[:space:]]\\+".join(
        pattern(word) for word in (directive.name,
                                   *directive.raw_words[:count]))
    return (f"{directive.line},{directive.last_line}"
            f"s|{start}|& {_replacement(text)}|")


def commented(directive):
    """The sed command that makes a directive a comment."""
    return f"{directive.line},{directive.last_line}s|^|#|"


def added(directive, *lines):
    """The sed command that puts ``lines`` where ``directive`` stands."""
    return (f"{directive.last_line}a " if directive.inside else "$a ") + (
        "\\n".join(lines))


def set_option(directive, name, value):
    """The sed commands (list) that give a directive an option."""
    for word in directive.raw_words:
        if word.startswith(name + "="):
            return [replace(directive, word, f"{name}={value}")]
    return [inserted(directive, 1, f"{name}={value}")]
