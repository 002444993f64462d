"""The log: warnings to the terminal, more with -v; the running program also keeps a small file."""

from __future__ import annotations

import logging
from pathlib import Path

from notifier.private import private_folder

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FILE_OCTETS = 500_000  # then the file starts over, and the one before is kept


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
    from logging.handlers import RotatingFileHandler

    try:
        private_folder(path.parent)
        path.touch(mode=0o600, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=FILE_OCTETS, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    handler.setLevel(logging.INFO)
    return handler
