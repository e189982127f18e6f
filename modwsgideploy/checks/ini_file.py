"""Find the lines of a Paste configuration that set a value."""

from __future__ import annotations

from typing import NamedTuple

from modwsgideploy.project.paste_ini import Config


class IniFile(NamedTuple):
    """The Paste configuration, and its text."""

    config: Config
    text: str

    def line(self, section: str, key: str) -> int:
        """The number of the line that sets ``key`` in ``[section]``.

        One of [DEFAULT] is found as well; 0 if there is none.
        """
        current, found = "", 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if line.startswith("["):
                current = line[1:].partition("]")[0]
            name = line.partition("=")[0].partition(":")[0].strip()
            if name == key and current in (section, "DEFAULT"):
                found = number
                if current == section:
                    break
        return found

    def lines(self, section: str, key: str) -> tuple[int, int]:
        """The numbers of the first and the last line of that value."""
        first = last = self.line(section, key)
        for text in self.text.splitlines()[first:]:
            if text[:1] not in (" ", "\t"):
                break
            last += 1
        return first, last
