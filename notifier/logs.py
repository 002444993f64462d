"""The log: warnings to the terminal, more with -v; the running program also keeps a small file."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from notifier.private import private_folder

MOST = 500_000  # octets, then the file becomes the old one
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up(verbose: int, file: Path | None) -> None:
    """`verbose` counts the -v: with two of them every command sent to a server is shown, passwords never."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    handlers[0].setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    if file is not None and (kept := _file(file)) is not None:
        handlers.append(kept)
    logging.basicConfig(level=logging.DEBUG if verbose > 1 else logging.INFO, format=FORM, handlers=handlers)
    logging.getLogger("schedule").setLevel(logging.WARNING)


def _file(path: Path) -> logging.Handler | None:
    """None where the disk takes no file: that alone is no reason not to watch."""
    try:
        handler = LogFile(path)
    except OSError:
        return None
    handler.setLevel(logging.INFO)
    return handler


class LogFile(logging.FileHandler):
    """Appends to `path` (0600); keeps one older file, `path` with ".1". Raises OSError where nothing can be written.

    `logging.handlers` has such a one, but loads sockets, queues and pickle beside, half a megabyte in a process that
    stays all day.
    """

    def __init__(self, path: Path, most: int = MOST) -> None:
        private_folder(path.parent)
        path.touch(mode=0o600, exist_ok=True)
        self._path = path
        self._most = most
        super().__init__(path, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if self.stream is not None and self.stream.tell() > self._most:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.close()  # Windows renames no open file; the next record opens it again
        try:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._path.touch(mode=0o600)
        except OSError:
            with contextlib.suppress(OSError):  # a log that cannot be kept is no reason to fail
                self._path.write_bytes(b"")  # another program holds it open: better no history than an endless file
