"""Write a set of files as one transaction: all of them, or none.

The only code that writes output.  How a set stays whole:

- A forked child in a session of its own writes it, so that killing the
  command or its process group, even with -9, cannot interrupt the writing.
  A child that has changed nothing yet gives up when its command is gone.
- The new files are written and synced first, under names of their own: a
  full disk shows before anything has changed.
- A new output directory is built beside its place, whole, and renamed to it.
- In an existing directory, the stage (a directory in it, which is also the
  lock between runs) gets the new files, links to the old ones and a journal.
  Then each new file is renamed over its old one, and files to remove are
  unlinked.  Removing the journal is the point of no return; an error before
  it puts the old files back.
- What a kill -9 of the child itself or a power cut leaves is put right by the
  next `write`.  `plan` changes nothing, and already sees it put right.
- Of thousands of sets (`write_each`) a child writes one after the other.
  Unless asked to sync, it does not wait for the disk, which takes longer than
  all the rest: a power cut in the next seconds can then leave empty files.
"""

from modwsgideploy.system.transaction.changes import (
    Change,
    File,
    FoundFile,
    plan,
    read_files,
)
from modwsgideploy.system.transaction.links import put_links
from modwsgideploy.system.transaction.paths import STAGE, is_settled
from modwsgideploy.system.transaction.writer import write, write_each

__all__ = ["STAGE", "Change", "File", "FoundFile", "is_settled", "plan",
           "put_links", "read_files", "write", "write_each"]
