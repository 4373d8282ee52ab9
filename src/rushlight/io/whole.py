"""Whole files: a path is written aside and then renamed, so that it never holds half of anything.

A process killed in the middle leaves the old file, or the new one; what it had written aside lies
under one fixed name, which the next save of the same path takes over.
May import: nothing.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any

try:
    import fcntl
except ImportError:  # Windows and the browser have no locks of this kind
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def replacing(path: str) -> Iterator[Any]:
    """A binary file to write, which becomes `path` at the end, or vanishes when an error is raised.

    RuntimeError for a folder, or one that is missing; OSError, and the old file as it was, where
    the disk refuses. What is no ordinary file (/dev/null, a pipe) is written to as it is.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {os.path.dirname(path)} does not exist.")
    if os.path.isdir(target):
        raise RuntimeError(f"invalid file name: {path}: it is a folder; name a file in it")
    mode = os.stat(target).st_mode if os.path.exists(target) else None
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as file:
            yield file
        return
    # 60 letters are at most 240 bytes: a name of the greatest length can be written aside too
    aside = os.path.join(folder, f".{name[:60]}.saving")
    file = os.fdopen(_open_alone(aside), "wb")
    try:
        file.truncate(0)
        yield file
        file.flush()
        os.fsync(file.fileno())
        if mode is not None:
            os.chmod(aside, stat.S_IMODE(mode))
        _close_after(lambda: os.replace(aside, target), file)
    except BaseException:
        with contextlib.suppress(OSError):
            _close_after(lambda: os.unlink(aside), file)
        raise


def _open_alone(aside: str) -> int:
    """The file opened for writing, once nobody else is writing it."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    while True:
        handle = os.open(aside, flags, 0o666)
        if fcntl is None:
            return handle
        with contextlib.suppress(OSError):  # some network disks know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.stat(aside), os.fstat(handle)):
                return handle
        # another save of the same path ended meanwhile and took the name with it
        os.close(handle)


def _close_after(change: Callable[[], None], file: Any) -> None:
    """Renames or removes the file while it is still locked; where there are no locks, closed."""
    if fcntl is None:
        file.close()
    try:
        change()
    finally:
        file.close()
