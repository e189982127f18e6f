"""Changes of files as a unified diff."""

import os


def diff(changes, color=False):
    """``changes`` as a unified diff (str); ``color`` for a terminal."""
    lines = [line for change in changes if change.action != "unchanged"
             for line in _diff_lines(change)]
    if color:
        lines = map(_colored, lines)
    return "".join(lines)


def _diff_lines(change):
    """One file's part of `diff`: a list of lines."""
    import difflib

    name = _printable(_short(change.path))
    old_name = "/dev/null" if change.old is None else name
    tab = "\t" if " " in name else ""  # as GNU diff does, for patch
    new_name = "/dev/null" if change.new is None else name
    lines = list(difflib.unified_diff(
        _lines(change.old or ""), _lines(change.new or ""),
        old_name + tab, new_name + tab))
    modes = []
    if change.old is None:
        if change.mode != 0o644 or not lines:
            modes = [f"new file mode {change.mode:04o}\n"]
    elif change.old_mode != change.mode and change.new is not None:
        modes = [f"old mode {change.old_mode:04o}\n",
                 f"new mode {change.mode:04o}\n"]
    if modes:
        modes.insert(0, f"diff -u {old_name} {name}\n")
    return modes + lines


def _short(path):
    """``path`` relative to the current directory, if it is below that."""
    here = os.path.join(os.getcwd(), "")
    return path[len(here):] if path.startswith(here) else path


def _printable(text):
    """``text`` with escapes for the bytes that were not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode(
        "utf-8", "backslashreplace")


def _lines(text):
    """The lines of ``text`` as diff shows them (not those of splitlines)."""
    lines = [line + "\n" for line in _printable(text).split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    else:
        lines[-1] += "\\ No newline at end of file\n"
    return lines


def _colored(line):
    """``line`` in the colour that git and diff --color give it."""
    for start, code in (("diff ", 1), ("old mode", 1), ("new ", 1),
                        ("---", 1), ("+++", 1), ("@@", 36), ("-", 31),
                        ("+", 32)):
        if line.startswith(start):
            text, newline, rest = line.partition("\n")
            return f"\x1b[{code}m{text}\x1b[m{newline}{rest}"
    return line
