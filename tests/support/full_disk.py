"""Write sets of files on disks that are too small for them."""

import contextlib
import os

from modwsgideploy.errors import DeployError
from modwsgideploy.system.transaction import plan, write
from tests.support.transactions import (
    FILE_SYSTEMS,
    as_files,
    fill,
    tree,
    watched,
)


def fill_disks(disk):
    """Write sets on a tmpfs at ``disk``, too small by ever less."""
    page = os.sysconf("SC_PAGE_SIZE")
    old = {f"f{number}": "o" * (page * number - 7) for number in range(1, 5)}
    new = {f"f{number}": "n" * (page * number - 5) for number in range(6)}
    needed = 1 + 2 + 3 + 4 + 5  # pages; f0 is empty
    for before, pages in (None, 0), ({}, 0), (old, 10):
        for lacking in FILE_SYSTEMS:
            by_size = [
                filled_disk(disk, f"size={size * page}", before, new, lacking)
                for size in range(max(pages, 1), pages + needed + 14)]
            by_inodes = [
                filled_disk(disk, f"size=1m,nr_inodes={count}", before, new,
                            lacking)
                for count in range(8, 40)]
            for outcomes in by_size, by_inodes:
                # too small up to some size, big enough from there on
                assert outcomes == sorted(outcomes), outcomes
                assert set(outcomes) == {False, True}, outcomes


def filled_disk(disk, options, before, new, lacking):
    """Whether ``new`` fits on a disk with these mount options."""
    directory = os.path.join(disk, "deep", "apache")
    with mounted_tmpfs(disk, options):
        if before is not None:
            fill(directory, before)
        earlier = tree(disk)
        error = None
        changes = plan(as_files(new), directory)
        with watched(lacking):
            try:
                write(changes)
            except DeployError as caught:
                error = str(caught)
        if error is None:
            assert tree(directory) == new, "not the new set"
            assert os.listdir(disk) == ["deep"], os.listdir(disk)
        else:
            needed = sum(map(len, new.values()))
            assert error.startswith(
                f"{directory}: No space left on device: its files need"
                f" {needed} bytes, "), error
            assert tree(disk) == earlier, sorted(tree(disk))
    return error is None


@contextlib.contextmanager
def mounted_tmpfs(path, options):
    """A tmpfs at ``path``, by system call: there are hundreds to mount."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, options.encode()):
        raise OSError(ctypes.get_errno(), f"cannot mount with {options}")
    try:
        yield
    finally:
        libc.umount2(path.encode(), 2)  # MNT_DETACH
