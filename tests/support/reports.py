"""The logs of tests/error_logs, and what is said of each.

Those that users reported, reworded, are in reports.txt; it says how it is
written.  The others are excerpts of our own: ``== NAME: what is known of it``.
"""

import os

from tests.support import TESTS


def reports():
    """(title, names, words that are said, that are not, lines) of each."""
    path = os.path.join(TESTS, "error_logs", "reports.txt")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for section in text.split("\n== ")[1:]:
        head, _, body = section.partition("\n")
        title, _, names = head.partition(": ")
        said, unsaid, lines, prefix = [], [], [], ""
        for line in body.rstrip("\n").split("\n"):
            if line.startswith("+ "):
                said.append(line[2:])
            elif line.startswith("- "):
                unsaid.append(line[2:])
            elif line.startswith("@"):
                prefix = line[1:]
            elif line.startswith("|"):
                lines.append(prefix + line[1:])
            else:
                lines.append(line)
        yield title, names.split(), said, unsaid, lines


def excerpts(name):
    """(title, names of what is known, lines) of one file of excerpts."""
    path = os.path.join(TESTS, "error_logs", name + ".txt")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for section in text.split("== ")[1:]:
        title, _, lines = section.partition("\n")
        title, _, names = title.partition(": ")
        yield title, names.split(), lines.strip("\n").split("\n")
