"""Three texts to one."""


_SIGNED = "Written by modwsgideploy "


def merge(base, edited, new):
    """``new`` with what was changed from ``base`` to ``edited``.

    All are str; None where both changed the same lines, or put something
    at the same place.
    """
    if new == base:
        return edited
    if "\r\n" in edited and edited.count("\r\n") == edited.count("\n"):
        base, new = (text.replace("\n", "\r\n") for text in (base, new))
    import merge3

    base, edited, new = map(_lines, (base, edited, new))
    _sign_alike(base, edited, new)
    merged = []
    for kind, *texts in merge3.Merge3(
            base, edited, new, sequence_matcher=_matcher).merge_groups():
        lines = _interleaved(*texts) if kind == "conflict" else texts[0]
        if lines is None:
            return None
        merged += lines
    # What comes after a last line without its end would be glued to it.
    if not all(line.endswith("\n") for line in merged[:-1]):
        return None
    return "".join(merged)


def _lines(text):
    """The lines of ``text`` with their ends (and none but "\\n" is one)."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _matcher(junk, one, other):
    """A matcher that finds frequent lines as well as others."""
    from difflib import SequenceMatcher

    return SequenceMatcher(junk, one, other, autojunk=False)


def _sign_alike(base, edited, new):
    """Give ``base`` and ``edited`` the version that ``new`` names.

    Each release changes that line of each file, which shall not make a
    conflict of an edit next to it.
    """
    signature = [next((line for line in lines if _SIGNED in line), None)
                 for lines in (base, new)]
    if None not in signature:
        for lines in (base, edited):
            lines[:] = [signature[1] if line == signature[0] else line
                        for line in lines]


def _interleaved(base, edited, new):
    """Lines with both changes, which may touch; None where they overlap."""
    merged, position, last = [], 0, None
    for change in sorted(_changed(base, edited) | _changed(base, new)):
        start, end, lines = change
        if start < position or (start, end) == last == (start, start):
            return None
        merged += base[position:start]
        merged += lines
        position, last = end, (start, end)
    return merged + base[position:]


def _changed(base, other):
    """The set of (start, end, lines): what ``other`` puts in place of
    ``base[start:end]``."""
    return {(start, end, tuple(other[first:last]))
            for kind, start, end, first, last
            in _matcher(None, base, other).get_opcodes() if kind != "equal"}
