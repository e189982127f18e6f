"""Read the error logs of a private Apache while they grow."""

from __future__ import annotations

import os
import re
from typing import Iterable, Iterator

from modwsgideploy.system.files import read_text


class Logs:
    """The error logs in a directory."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._read: dict[str, int] = {}      # path: how many of its bytes

    def _files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the path and the unread bytes of each log of errors."""
        for name in sorted(os.listdir(self._directory)):
            if "access" not in name:
                path = f"{self._directory}/{name}"
                with open(path, "rb") as stream:
                    stream.seek(self._read.get(path, 0))
                    yield path, stream.read()

    def new_lines(self) -> list[str]:
        """Read the whole lines that came since the last call."""
        lines = []
        for path, data in self._files():
            whole = data[:data.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            lines += whole.decode("utf-8", "replace").splitlines()
        return lines

    def tail(self, count: int) -> list[str]:
        """Read the last ``count`` lines of each log."""
        return [line for _, data in Logs(self._directory)._files()
                for line in data.decode("utf-8", "replace")
                .splitlines()[-count:]]


def quoted_lines(log_lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of configuration that lines of a log name."""
    for line in log_lines:
        match = re.search(r"on line (\d+) of (/.+?):?$", line)
        if match and os.path.isfile(match.group(2)):
            lines = read_text(match.group(2)).split("\n")
            number = int(match.group(1))
            yield f"{number}: {lines[number - 1].strip()}"
