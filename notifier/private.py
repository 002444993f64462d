"""Files nobody else may read, written so that a crash at any moment leaves the old content or the new, never less."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path


def private_folder(folder: Path) -> Path:
    """`folder`, made with its parents; 0700 where it is ours to make. An existing folder keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_private(path: Path, content: str | bytes) -> None:
    """Puts `content` into `path` (0600): written beside it, flushed to the disk, then renamed over it.

    Raises OSError, and then `path` is as it was.
    """
    import tempfile

    target = path.resolve()  # a settings file kept elsewhere through a link stays a link
    private_folder(target.parent)
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
    _sync_folder(target.parent)


def write_where_told(path: Path, content: str | bytes) -> None:
    """As `write_private`, but makes no folders: a slip in a name that somebody typed is to be said. Raises OSError."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    write_private(path, content)


def _sync_folder(folder: Path) -> None:
    """A rename is only lasting once the folder is on the disk too; where folders cannot be opened, it is at once."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
