"""Files in; out, a directory that has all of them, or is as it was.

The only module that writes output.  How a set stays whole:

- A forked child in a session of its own writes it, so that killing the
  command or its process group, even with -9, cannot cut the writing short.
  A child that has changed nothing yet gives up when its command is gone.
- The new files are written and synced first, without names where the file
  system can do that: a full disk shows before anything has changed.
- A new output directory is made beside its place, whole, and renamed to it.
- In an existing one, the stage (a directory in it, which is also the lock
  between runs) gets the new files, links to the old ones and a journal.
  Then each new file is renamed over its old one, and what shall go is
  unlinked.  Removing the journal is the point of no return; an error before
  it puts the old files back.
- What a kill -9 of the very child or a power cut leaves is put right by the
  next `write`.  `plan` changes nothing, and already sees it put right.
- Of thousands of sets (`write_each`) a child writes one after the other and
  does not wait for the disk, which takes longer than all else: a power cut in
  the next seconds can leave empty files.  If asked to sync, it stages many,
  forces them onto the disk together, and then gives each its names.
"""

import os
import stat
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from typing import NamedTuple, Optional

from modwsgideploy.errors import Collector, DeployError

STAGE = ".modwsgideploy"
LOCK_SECONDS = 30
ATTEMPTS = 2
_EFFECTIVE = os.access in os.supports_effective_ids


class File(NamedTuple):
    """A file to be, of the name ``path`` in the output directory.

    With None for its ``text``, one that shall not be there.
    """

    path: str
    text: Optional[str]
    mode: int = 0o644


class Change(NamedTuple):
    """What `write` has to do for one file.

    ``path`` is absolute; ``action`` is create, update, remove or unchanged;
    bytes of ``old`` that are not UTF-8 are surrogate escapes.  ``mode`` is
    what to create with (the umask applies) or what an existing file ends up
    with.
    """

    path: str
    action: str
    old: Optional[str]
    new: Optional[str]
    mode: int
    old_mode: Optional[int] = None


def look(names, directory):
    """What there is of the files ``names`` in ``directory``.

    A dict of name to text and permissions, (None, None) for no file.
    Raises DeployError, for what cannot be read.
    """
    directory = os.path.abspath(directory)
    real = _real(directory)
    existing = _existing(real)
    _check_directory(existing, directory)
    if existing != real:
        return dict.fromkeys(names, (None, None))
    with Collector() as problems:
        displaced = problems(_displaced, real) or {}
        return {name: problems(_found, name, real, displaced)
                for name in names}


def plan(files, directory, found=None):
    """The changes (tuple of Change) that put ``files`` into ``directory``.

    Reads only, and not again what a `look` has ``found``.  An existing file
    keeps its permissions, except that it gains the executable bits of its
    File and loses what that gives to nobody.

    Raises DeployError, for all that would keep `write` from its work.
    """
    directory = os.path.abspath(directory)
    real = _real(directory)
    existing = _existing(real)
    _check_directory(existing, directory)
    if existing != real:
        return _all_new(files, directory, existing)
    with Collector() as problems:
        displaced = problems(_displaced, real) or {}
        changes = [problems(_change, file, directory, real,
                            (found or {}).get(file.path), displaced)
                   for file in files]
    return tuple(changes)


def write(changes):
    """Make ``changes``, of one `plan`: all, or none when it raises.

    Raises DeployError: no space, no permission, a file that has changed since
    it was planned, another run that does not end.
    """
    if not changes:
        return
    directory = _real(os.path.dirname(changes[0].path))
    if _nothing_to_do(changes, directory):
        return
    _in_child(lambda gone: _write_set(changes, directory, gone), directory)


def write_each(numbers, prepare, told, jobs=1, sync=False):
    """Make ``prepare(number)``, changes of one plan, for each of ``numbers``.

    ``jobs`` children prepare and write them, each set as `write` does, and
    stop when this process is gone.  ``prepare`` also returns a note, of plain
    values; ``told(number, note, messages)`` is called here as each is done,
    with the messages of the DeployError if it failed.  With ``sync`` each is
    on the disk by then.

    Raises DeployError when the children are killed again and again.
    """
    import gc

    left = dict.fromkeys(numbers)
    attempts = ATTEMPTS
    gc.freeze()   # or each child copies all memory to look through it
    try:
        while left and attempts:
            before = len(left)
            _round(left, prepare, told, jobs, sync)
            attempts = ATTEMPTS if len(left) < before else attempts - 1
    finally:
        gc.unfreeze()
    if left:
        raise DeployError(
            f"the process that writes was killed; {len(left)} sites were not"
            " looked at; run again, which also puts right what it left")


def put_links(wanted):
    """Make each path of (path, target) a link; with None, nothing.

    What was there is a link or nothing.  Raises DeployError.
    """
    for path, target in wanted:
        try:
            if os.path.islink(path):
                os.unlink(path)
            if target is not None:
                os.symlink(target, path)
        except OSError as error:
            raise DeployError(f"{path}: {error.strerror}; mend that and run"
                              " again") from None
    for directory in {os.path.dirname(path) for path, _ in wanted}:
        _sync(directory)


def _real(path):
    """``path`` (absolute) without links, as far as it exists."""
    head, tail = os.path.split(path)
    try:
        # The kernel is five times as fast as os.path.realpath.
        descriptor = os.open(head, os.O_PATH | os.O_DIRECTORY)
        try:
            head = os.readlink(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    except (OSError, AttributeError):   # not there, or no Linux
        return os.path.realpath(path)
    path = os.path.join(head, tail)
    return os.path.realpath(path) if os.path.islink(path) else path


def _existing(path):
    """``path`` (real), or the nearest directory above it that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def _check_directory(existing, directory):
    """Raise DeployError if no files can be in ``directory``."""
    if not os.path.isdir(existing):
        raise DeployError(
            f"{existing}: is not a directory; move it away or choose another"
            " --output-dir")
    if not os.access(existing, os.X_OK, effective_ids=_EFFECTIVE):
        raise DeployError(
            f"{directory}: no permission to look into {existing}; run as its"
            f" owner{_owner(existing)} or choose another --output-dir")


def _check_writable(path):
    """Raise DeployError if ``path`` cannot be changed by this user."""
    if os.access(path, os.W_OK, effective_ids=_EFFECTIVE):
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise DeployError(
            f"{path}: is on a read-only file system; choose another"
            " --output-dir or mount it writable")
    remedy = f"run as its owner{_owner(path)}"
    if os.stat(path).st_uid == os.geteuid():
        remedy = f"chmod u+w {path}"
    raise DeployError(
        f"{path}: is write-protected; {remedy}, or choose another"
        " --output-dir")


def _owner(path):
    """The owner of ``path``, to follow "its owner" in a message."""
    import pwd

    try:
        return f" ({pwd.getpwuid(os.stat(path).st_uid).pw_name})"
    except (KeyError, OSError):
        return ""


def _found(name, real, displaced):
    """Text and permissions of the file ``name``.  Raises DeployError."""
    _check_name(name)
    target = _target(os.path.join(real, name))
    # A run that was killed may have put the old file aside, or made a new one.
    return _read(displaced.get(name, target))


def _all_new(files, directory, existing):
    """The changes that make ``directory``, below the ``existing`` one."""
    changes = []
    start = os.path.join(directory, "")
    for file in files:
        _check_name(file.path)
        path = start + file.path
        if file.text is None:
            changes.append(Change(path, "unchanged", None, None, file.mode))
        else:
            changes.append(Change(path, "create", None, file.text, file.mode))
    if any(change.new is not None for change in changes):
        _check_writable(existing)
    return tuple(changes)


def _check_name(name):
    if "/" in name or name in ("", ".."):
        raise ValueError(f"not a plain file name: {name!r}")


def _change(file, directory, real, found, displaced):
    """The Change for ``file``.  Raises DeployError."""
    old, old_mode = found or _found(file.path, real, displaced)
    path = os.path.join(directory, file.path)
    if old is None:
        if file.text is None:
            return Change(path, "unchanged", None, None, file.mode)
        _check_writable(_existing(real))
        return Change(path, "create", None, file.text, file.mode)
    mode = _wanted_mode(old_mode, file.mode)
    if (old, old_mode) == (file.text, mode):
        return Change(path, "unchanged", old, file.text, mode, old_mode)
    target = _target(os.path.join(real, file.path))
    with Collector() as problems:
        problems(_check_writable, _existing(target))
        problems(_check_writable, os.path.dirname(target))
    action = "remove" if file.text is None else "update"
    return Change(path, action, old, file.text, mode, old_mode)


def _wanted_mode(old, wanted):
    """Permissions for a file that has ``old``: as few changes as need be."""
    mode = old
    if wanted & 0o111:
        mode |= (old & 0o444) >> 2 & wanted
    for others in (0o070, 0o007):
        if not wanted & others:
            mode &= ~others
    return mode


def _target(path):
    """Where the file of name ``path`` is: a link stays, its file is replaced.

    Raises DeployError if that is no regular file, or no business of ours.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise DeployError(
            f"{path}: {error.strerror}; choose another --output-dir") from None
    target = path
    if stat.S_ISLNK(found.st_mode):
        target = os.path.realpath(path)
        found = _linked(path, target, found.st_uid)
    if not stat.S_ISREG(found.st_mode):
        raise DeployError(
            f"{path}: is not a regular file; move it away or choose another"
            " --output-dir")
    return target


def _linked(path, target, link_owner):
    """The stat result of ``target``, to which the link ``path`` points."""
    try:
        found = os.stat(target)
    except OSError as error:
        raise DeployError(
            f"{path}: is a link to {target}, which cannot be read"
            f" ({error.strerror}); remove the link") from None
    # Or root, writing for a user, could be led to overwrite any file.
    if link_owner not in (os.geteuid(), found.st_uid):
        raise DeployError(
            f"{path}: is a link, made by another user, to {target}, which is"
            " not that user's; remove the link")
    if found.st_dev != os.stat(os.path.dirname(path)).st_dev:
        raise DeployError(
            f"{path}: is a link to {target}, on another file system, where it"
            " cannot be replaced together with the other files; remove the"
            " link")
    return found


def _read(path):
    """Text and permissions of the file ``path``; (None, None) without one."""
    if path is None:
        return None, None
    try:
        with open(path, "rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            return stream.read().decode("utf-8", "surrogateescape"), mode
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise DeployError(
            f"{path}: cannot be read ({error.strerror}); run as its"
            f" owner{_owner(path)}, or move it away") from None


def _nothing_to_do(changes, directory):
    """Whether all is as it shall be, and no killed run left anything."""
    return (all(change.action == "unchanged" for change in changes)
            and is_settled(directory))


def is_settled(directory):
    """Whether no run is writing ``directory``, or was killed while it was."""
    return not any(map(os.path.lexists, _stages(directory)))


def _in_child(function, directory):
    """Call ``function(gone)`` in a child; ``directory`` is for messages.

    There, ``gone(milliseconds)`` tells whether this process ends, or stops
    waiting, within that time: what has not begun should then not begin.

    Raises DeployError, as the function does; RuntimeError for a bug in it.
    """
    for _ in range(ATTEMPTS):
        with _child(lambda gone, tell: function(gone), directory) as reading:
            report = _hear(reading)
        if report:
            _fail(*report)
            return
    # killed, and once more while it put that right
    raise DeployError(
        f"{directory}: the process that writes it was killed; run again,"
        " which also puts right what it left")


def _fail(bug, messages):
    """Raise what ended a child, if anything did."""
    if bug:
        raise RuntimeError("while writing:\n" + bug)
    if messages:
        raise DeployError(*messages)


def _round(left, prepare, told, jobs, sync):
    """Let children work on the numbers ``left`` (a dict) till they end.

    What they tell of is taken out of it.
    """
    import select

    numbers = list(left)
    with ExitStack() as children:
        heard_of = [children.enter_context(_child(
            lambda gone, tell, part=numbers[job::jobs]: _write_each(
                part, prepare, gone, tell, sync),
            "output directories")) for job in range(min(jobs, len(numbers)))]
        while heard_of:
            for reading in select.select(heard_of, (), ())[0]:
                heard = _hear(reading)
                if heard is None:
                    heard_of.remove(reading)
                elif len(heard) == 2:
                    _fail(*heard)
                else:
                    del left[heard[0]]
                    told(*heard)


@contextmanager
def _child(function, directory):
    """A child for ``function(gone, tell)``: where it is heard.

    It has ended when the context has, Ctrl-C or not.
    """
    import fcntl  # noqa: F401  (here: a child should import little)
    import marshal  # noqa: F401
    import select  # noqa: F401
    import signal

    reading, writing = os.pipe()
    # A Ctrl-C in the child must not run the rest of the command there.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ending_signals())
    try:
        try:
            child = os.fork() or _be_child(function, reading, writing)
        except OSError as error:
            os.close(reading)
            raise DeployError(
                f"{directory}: cannot start the process that writes it"
                f" ({error.strerror}); nothing was changed") from None
        finally:
            os.close(writing)
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            yield reading
        finally:
            os.close(reading)  # after Ctrl-C: "do not begin"
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _tell(writing, what):
    """Let the other end of a pipe `_hear` ``what``, of plain values."""
    import marshal

    data = marshal.dumps(what)
    _write_all(writing, len(data).to_bytes(4, "big") + data)


def _hear(reading):
    """What was told by `_tell`; None when the other end is gone."""
    import marshal

    data = _read_exactly(reading, int.from_bytes(
        _read_exactly(reading, 4), "big"))
    return marshal.loads(data) if data else None


def _read_exactly(descriptor, size):
    """``size`` bytes, or none when there are less."""
    data = b""
    while len(data) < size:
        part = os.read(descriptor, size - len(data))
        if not part:
            return b""
        data += part
    return data


def _ending_signals():
    """The signals with which commands are ended, but for SIGKILL."""
    import signal

    return signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT


def _be_child(function, reading, writing):
    """Leave the command's session, call ``function``, report and exit."""
    import select
    import signal

    try:
        os.setsid()
        for number in _ending_signals():
            signal.signal(number, signal.SIG_IGN)
        os.close(reading)
        poll = select.poll()
        poll.register(writing, 0)  # no event but that nobody reads

        def tell(*what):
            with suppress(BrokenPipeError):  # as `gone` tells
                _tell(writing, what)

        tell(*_outcome(function, poll.poll, tell))
    finally:  # nothing of the parent's: no handlers, no buffers
        os._exit(0)


def _outcome(function, *arguments):
    """A traceback or None, and a list of messages for the user."""
    try:
        function(*arguments)
    except DeployError as error:
        return None, list(error.messages)
    except BaseException:
        import traceback

        return traceback.format_exc(), []
    return None, []


def _write_set(changes, directory, gone, now=True):
    """Make ``changes`` in ``directory`` (real).  Raises DeployError."""
    coming = [StagedFile(change, directory) for change in changes
              if change.action != "unchanged"]
    with _explained(directory, coming):
        while not _commit(changes, coming, directory, gone, now):
            pass


@contextmanager
def _explained(directory, coming):
    """Turns an OSError into a DeployError, and closes ``coming``."""
    try:
        yield
    except OSError as error:
        for new in coming:  # for their space, too, is free then
            new.close()
        raise DeployError(_explain(error, directory, coming)) from None
    finally:
        for new in coming:
            new.close()


def _commit(changes, coming, directory, gone, now):
    """Stage the new files and give them their names; False if it has to be
    tried again.  With ``now`` each step is on the disk before the next."""
    existing = _existing(directory)
    inside, beside = _stages(directory)
    there = existing == directory
    if there:
        if os.path.lexists(beside):  # of a killed run; the lock clears it
            with _locked(beside, 0o700, gone):
                pass
        top, stage, mode, make = directory, inside, 0o700, _replace
    else:
        top = os.path.join(
            existing, directory[len(existing):].strip("/").split("/")[0])
        stage, mode, make = _stages(top)[1], 0o777, _create
    with _locked(stage, mode, gone):
        if os.path.lexists(top) != there:  # another run was faster
            return False
        if there or any(change.old is not None for change in changes):
            _check_unchanged(changes, directory)
            coming = [new for new in coming if not new.done()]
        make(coming, directory, stage, now)
        return True


def _write_each(numbers, prepare, gone, tell, sync):
    """`write_each`, in the child."""
    for number in numbers:
        if gone(0):
            break
        note, messages = None, []
        try:
            changes, note = prepare(number)
            directory = changes and _real(os.path.dirname(changes[0].path))
            if changes and not _nothing_to_do(changes, directory):
                _write_set(changes, directory, gone, sync)
        except DeployError as error:
            messages = list(error.messages)
        tell(number, note, messages)


def _stages(directory):
    """Where files of ``directory`` are staged: in it, or beside it."""
    parent, name = os.path.split(directory)
    return (os.path.join(directory, STAGE),
            os.path.join(parent, f".{name}{STAGE}"))


def _check_unchanged(changes, directory):
    """Raise DeployError for files that are not as `plan` found them."""
    with Collector() as problems:
        for change in changes:
            problems(_check_same, change, directory)


def _check_same(change, directory):
    """Raise DeployError if another than this run has changed the file."""
    path = os.path.join(directory, os.path.basename(change.path))
    text, mode = _read(_target(path))
    if text != change.new and (text, mode) != (change.old, change.old_mode):
        raise DeployError(
            f"{change.path}: has changed since it was read; nothing was"
            " written; run again")


def _create(coming, directory, stage, now):
    """Stage ``directory`` with its files, to be made in one step, a rename."""
    parent = os.path.dirname(stage)
    top, _, rest = directory[len(parent):].lstrip("/").partition("/")
    inner = os.path.join(stage, rest)
    if rest:
        os.makedirs(inner)
    for new in coming:
        new.name(os.path.join(inner, new.file), now)
    if now:
        _sync(inner)
    os.rename(stage, os.path.join(parent, top))
    if now:
        with suppress(OSError):  # it is made, whatever this says
            _sync(parent)


def _replace(coming, directory, stage, now):
    """Stage each file, to be put in the place of its old one."""
    entries = []
    for number, new in enumerate(coming):
        staged = os.path.join(stage, f"new-{number}")
        if not new.removes:
            new.name(staged, now)
        old = new.change.old is not None
        if old:
            _keep(new.target, os.path.join(stage, f"old-{number}"))
        entries.append((new.file, old, _identity(staged)))
    if entries:
        _write_journal(stage, entries, now)
    for number, new in enumerate(coming):
        if new.removes:
            os.unlink(new.target)
        else:
            os.rename(os.path.join(stage, f"new-{number}"), new.target)
    if now:
        _sync(directory)
    if entries:
        os.unlink(_journal(stage))


class StagedFile:
    """The new version of one file: complete, but without its name.

    Of a file to remove there is nothing but the old one's name.
    """

    def __init__(self, change, directory):
        self.change = change
        self.file = os.path.basename(change.path)
        self.directory = directory
        self.removes = change.new is None
        self.data = (change.new or "").encode("utf-8", "surrogateescape")
        self.descriptor = None

    @cached_property
    def target(self):
        """The file that it replaces."""
        return _target(os.path.join(self.directory, self.file))

    def done(self):
        """Whether another run has written just this, since `plan`."""
        return _read(self.target)[0] == self.change.new != self.change.old

    def _fill(self):
        """Give the open file its text, and all else of the one it replaces."""
        _write_all(self.descriptor, self.data)
        if self.change.old is not None:
            same = self.change.old == self.change.new
            _adopt(self.descriptor, self.target, self.change.mode, same)

    def sync(self):
        """Force it onto the disk, with all errors that this may bring."""
        if self.descriptor is not None:
            os.fsync(self.descriptor)

    def name(self, path, now):
        """Let it be the file ``path``; ``now`` also on the disk."""
        self.descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self.change.mode)
        self._fill()
        if now:
            self.sync()
        else:
            self.close()

    def close(self):
        """Forget it, if it has no name."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def _write_all(descriptor, data):
    """Write ``data``; the last part of it may be what hits a full disk."""
    while data:
        data = data[os.write(descriptor, data):]


def _adopt(descriptor, model, mode, keep_time):
    """Give an open file owner, attributes and permissions of ``model``.

    As far as allowed: someone else's file may become ours.
    """
    try:
        wanted, found = os.stat(model), os.fstat(descriptor)
    except FileNotFoundError:  # since `plan`, as will be found soon
        return
    if (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid):
        for owner in (wanted.st_uid, -1):
            with suppress(PermissionError):
                os.fchown(descriptor, owner, wanted.st_gid)
                break
    if hasattr(os, "listxattr"):  # access lists, SELinux's label
        for name in os.listxattr(model):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(model, name))
    os.fchmod(descriptor, mode)
    if keep_time:
        os.utime(descriptor, ns=(wanted.st_atime_ns, wanted.st_mtime_ns))


def _keep(path, backup):
    """Let ``backup`` be the file ``path`` too."""
    import errno

    try:
        os.link(path, backup)
    except OSError as error:  # a file system without hard links?
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        with open(path, "rb") as old, open(backup, "xb", 0) as copy:
            _write_all(copy.fileno(), old.read())
            mode = stat.S_IMODE(os.fstat(old.fileno()).st_mode)
            _adopt(copy.fileno(), path, mode, keep_time=True)
            os.fsync(copy.fileno())


def _sync(directory):
    """Force the names in ``directory`` onto the disk."""
    import errno

    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some file systems have no such thing
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(descriptor)


def _explain(error, directory, coming):
    """The message for ``error``, an OSError."""
    import errno

    name = error.filename2 or error.filename
    if not isinstance(name, str) or not os.path.isabs(name):
        name = directory
    if os.path.lexists(_journal(_stages(directory)[0])):
        return (f"{name}: {error.strerror}; and the old files could not be"
                " put back: mend that, then run again, which does it")
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return (f"{name}: {error.strerror}; nothing was changed in"
                f" {directory}; mend that and run again")
    needed = sum(len(new.data) for new in coming)
    disk = os.statvfs(_existing(directory))
    free = f"{disk.f_bavail * disk.f_frsize} are free"
    if 0 <= disk.f_favail <= len(coming) < disk.f_files:
        free += f", and only {disk.f_favail} inodes"
    return (f"{directory}: {error.strerror}: its files need {needed} bytes,"
            f" {free}; nothing was changed; make room and run again")


@contextmanager
def _locked(stage, mode, gone):
    """Have the directory ``stage`` empty and to oneself; then it is gone.

    Raises DeployError if another run has it for too long, or if this run is
    no longer wanted.
    """
    descriptor = _lock(stage, mode, gone)
    try:
        if os.listdir(descriptor):
            _undo(stage)
            _clear(stage)
        try:
            yield
        finally:
            # Only the holder of its lock moves a stage: if it is still there
            # by this name, it is ours.
            if _is(stage, descriptor):
                _undo(stage)
                with suppress(OSError):  # then the next run does it
                    _clear(stage)
                    os.rmdir(stage)
    finally:
        os.close(descriptor)


def _lock(stage, mode, gone):
    """A descriptor of the directory ``stage``, made if need be and locked."""
    import fcntl
    import time

    end, wait = time.monotonic() + LOCK_SECONDS, 0
    while time.monotonic() < end:
        if gone(wait):
            raise DeployError(f"{stage}: the command ended")
        with suppress(FileExistsError):
            os.mkdir(stage, mode)
        try:
            descriptor = os.open(
                stage, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # the other run has just finished
            continue
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(stage, descriptor):
                return descriptor
        os.close(descriptor)
        wait = 5
    raise DeployError(
        f"{os.path.dirname(stage)}: another run has been writing here for"
        f" {LOCK_SECONDS} seconds; nothing was changed; wait for it or end it")


def _is(path, descriptor):
    """Whether ``path`` names the open directory ``descriptor``."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _clear(stage):
    """Remove all that is in ``stage``, and follow no links."""
    for _, directories, files, descriptor in os.fwalk(stage, topdown=False):
        for name in files + directories:  # these may be links, too
            try:
                os.unlink(name, dir_fd=descriptor)
            except IsADirectoryError:
                os.rmdir(name, dir_fd=descriptor)


def _journal(stage):
    """The name of the journal in ``stage``."""
    return os.path.join(stage, "journal")


def _identity(path):
    """What tells one version of a file from another: a list, or None."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _write_journal(stage, entries, now):
    """Record ``entries``: name, whether it had an old file, new identity."""
    draft = os.path.join(stage, "draft")
    with open(draft, "xb", 0) as stream:
        _write_all(stream.fileno(),
                   ascii(entries).encode("ascii"))
        if now:
            os.fsync(stream.fileno())
    os.rename(draft, _journal(stage))
    if now:
        _sync(stage)


def _interrupted(directory):
    """What a run that did not finish has replaced in ``directory``.

    Pairs: the file's name, and where its old version is, None without one.
    A file that was edited since is not among them.
    """
    stage = _stages(directory)[0]
    try:
        with open(_journal(stage), "rb") as stream:
            text = stream.read().decode("ascii")
    except (FileNotFoundError, NotADirectoryError):
        return
    import ast

    for number, (name, old, identity) in enumerate(ast.literal_eval(text)):
        path = os.path.realpath(os.path.join(directory, name))
        if _identity(path) == identity:
            yield name, os.path.join(stage, f"old-{number}") if old else None


def _displaced(directory):
    """`_interrupted` as a dict, for `plan`.  Raises DeployError."""
    try:
        return dict(_interrupted(directory))
    except OSError as error:
        raise DeployError(
            f"{error.filename}: cannot be read ({error.strerror}), and belongs"
            " to a run that did not finish: run again as that user"
            f"{_owner(_stages(directory)[0])}") from None


def _undo(stage):
    """Put back the old files, if the journal says that some are replaced."""
    directory = os.path.dirname(stage)
    if (stage != _stages(directory)[0]  # but beside a directory to be made
            or not os.path.lexists(_journal(stage))):
        return
    for name, old in _interrupted(directory):
        path = os.path.realpath(os.path.join(directory, name))
        with suppress(FileNotFoundError):  # as done before, then killed
            if old is None:
                os.unlink(path)
            else:
                os.rename(old, path)
    _sync(directory)
    os.unlink(_journal(stage))
