"""Read files of a project that may be missing, and compare paths."""

from __future__ import annotations

import os

from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import opened_text


def read_optional(*parts: str) -> str:
    """The text of a file, "" of one that does not exist; paths in it keep
    odd bytes.

    Raises DeployError for a file that exists and cannot be used.
    """
    path = os.path.join(*parts)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape",
                  opener=opened_text) as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise DeployError(
            f"{path}: cannot be read: {error.strerror}") from None
    if "\0" in text:  # no path can hold it
        raise DeployError(
            f"{path}: is broken, it holds a null byte; install what it is of"
            " again")
    return text


def is_same(path: str, directory: str) -> bool:
    """Whether two paths lead to the same place."""
    return os.path.realpath(path) == os.path.realpath(directory)
