"""Open a log: packed by its rotation, as Windows writes it, or plain."""

from __future__ import annotations

from typing import BinaryIO, Optional, cast

from modwsgideploy.errors import DeployError

_SAMPLE = 65536
# Nobody's log has more of it that is not text.
_MOST_ODD = 0.3
_ZSTD = b"\x28\xb5\x2f\xfd"


def open_log(path: str) -> BinaryIO:
    """Return a stream of the log ``path``, as bytes of UTF-8.

    What it was packed with, and UTF-16, are told by its first bytes.  Raises
    OSError, and DeployError where it is no text.
    """
    with open(path, "rb") as plain:
        magic = plain.read(6)
    if magic.startswith(_ZSTD):
        raise DeployError(
            f"{path}: is packed by zstd, which is not read here; use"
            " `zstdcat` and a pipe, with - for the name of the log")
    stream = _unpacked(path, magic)
    sample = stream.read(_SAMPLE)
    stream.seek(0)
    encoding = _wide(sample)
    if encoding:
        import codecs

        return cast(BinaryIO, codecs.EncodedFile(
            stream, "utf-8", encoding, "replace"))
    if _odd(sample) > _MOST_ODD:
        stream.close()
        raise DeployError(
            f"{path}: is not text, so it is no error log; name one, such as"
            " /var/log/apache2/error.log")
    return stream


def is_unreadable(error: Exception) -> bool:
    """Return whether ``error`` comes of a file that cannot be read on.

    The modules that unpack have errors of their own.
    """
    return isinstance(error, (OSError, EOFError, ValueError)) or (
        type(error).__module__ in ("zlib", "lzma", "_lzma"))


def _unpacked(path: str, magic: bytes) -> BinaryIO:
    if magic.startswith(b"\x1f\x8b") or path.endswith(".gz"):
        import gzip

        return cast(BinaryIO, gzip.open(path))
    if magic.startswith(b"BZh"):
        import bz2

        return cast(BinaryIO, bz2.open(path))
    if magic == b"\xfd7zXZ\0":
        import lzma

        return cast(BinaryIO, lzma.open(path))
    return open(path, "rb")


def _wide(sample: bytes) -> Optional[str]:
    """Return the codec of text with two bytes a character; None for other.

    PowerShell writes such files, with a mark at their beginning.
    """
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    half = len(sample) // 2 or 1
    even, odd = (sample[first::2].count(0) / half for first in (0, 1))
    if odd > 0.9 > 0.1 > even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.9 > 0.1 > odd else None


def _odd(sample: bytes) -> float:
    """Return which part of ``sample`` is no text.

    A log that was cut off while Apache went on begins with zeros.
    """
    text = sample.replace(b"\0", b"").decode("utf-8", "replace")
    return sum(each == "\ufffd" or each < " " and each not in "\t\n\r\x1b"
               for each in text) / (len(text) or 1)
