"""The log file: small, private, and begun anew when it has grown.

`logging.handlers` has such a handler, but loads sockets, queues and pickle beside, half a megabyte in a process that
stays all day.
"""

from __future__ import annotations

import logging
from pathlib import Path

from notifier.private import private_folder

MOST = 500_000  # octets, then the file becomes the old one


class LogFile(logging.FileHandler):
    """Appends to `path` (0600); keeps one older file, `path` with ".1". Raises OSError where nothing can be written."""

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
            self._path.write_bytes(b"")  # another program holds it open: better no history than an endless file
