"""The error logs of a private Apache."""

import os


def _quoted(lines):
    """The lines of configuration that are named in ``lines`` of a log."""
    import re

    for line in lines:
        match = re.search(r"on line (\d+) of (/.+?):?$", line)
        if match and os.path.isfile(match.group(2)):
            with open(match.group(2), encoding="utf-8") as stream:
                text = stream.read().split("\n")
            number = int(match.group(1))
            yield f"{number}: {text[number - 1].strip()}"


class _Logs:
    """Reads the error logs of a directory while they grow."""

    def __init__(self, directory):
        self._directory = directory
        self._read = {}      # path: how many of its bytes

    def _files(self):
        """The path and bytes of every log but those of the accesses."""
        for name in sorted(os.listdir(self._directory)):
            if "access" not in name:
                path = f"{self._directory}/{name}"
                with open(path, "rb") as stream:
                    stream.seek(self._read.get(path, 0))
                    yield path, stream.read()

    def new_lines(self):
        """The whole lines since the last call."""
        lines = []
        for path, data in self._files():
            whole = data[:data.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            lines += whole.decode("utf-8", "replace").splitlines()
        return lines

    def tail(self, count):
        """The last ``count`` lines of each log."""
        return [line for _, data in _Logs(self._directory)._files()
                for line in data.decode("utf-8", "replace")
                .splitlines()[-count:]]
