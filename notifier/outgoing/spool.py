"""Mails ready to travel, one file each beside the outbox: where the facts begin, the mail as it goes out, the facts.

The facts are all that is of lasting worth in the mail's row, so the files alone bring the mails back if the database is
ever lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from notifier.errors import NotifierError
from notifier.outgoing import draft as drafts
from notifier.outgoing import message
from notifier.outgoing.addresses import Mailbox
from notifier.outgoing.draft import Draft
from notifier.outgoing.message import Envelope
from notifier.private import private_folder

_SUFFIX = ".mail"
_HEAD_ROOM = 16  # octets for the length of the first line, written when it is known


class SpoolError(NotifierError):
    """A stored mail cannot be read back."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A mail on the disk: `name` of its file in the spool folder."""

    name: str
    envelope: Envelope
    draft: Draft


def store(folder: Path, draft: Draft, sender: Mailbox, *, message_id: str, date: datetime) -> Spooled:
    """Writes the mail of `draft` into `folder` and through to the disk (0600).

    Raises UnfitError for a draft that cannot be a mail, OSError for a full disk or an unreadable attachment; then
    nothing is left behind.
    """
    private_folder(folder)
    path = folder / f"{secrets.token_hex(16)}{_SUFFIX}"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            file.write(b" " * (_HEAD_ROOM - 1) + b"\n")
            envelope = message.write(draft, sender, file, message_id=message_id, date=date)
            spooled = Spooled(path.name, envelope, replace(draft, attachments=()))
            _write_facts(file, spooled)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    _sync(folder)
    return spooled


def _write_facts(file: BinaryIO, spooled: Spooled) -> None:
    """The facts stand behind the mail, and their place in front, because the mail's size is known last."""
    place = file.tell()
    facts = {"envelope": asdict(spooled.envelope), "draft": asdict(spooled.draft)}
    file.write(json.dumps(facts).encode())
    file.seek(0)
    file.write(str(place).encode())
    file.seek(0, os.SEEK_END)


def open_mail(folder: Path, name: str) -> BinaryIO:
    """The file, standing at the mail's first octet; read `envelope.octets` from it. Raises SpoolError."""
    try:
        file = (folder / name).open("rb")
    except OSError as error:
        raise SpoolError(str(error)) from error
    file.seek(_HEAD_ROOM)
    return file


def load(folder: Path, name: str) -> Spooled:
    """The facts of a stored mail. Raises SpoolError for a file that was never finished or is damaged."""
    try:
        with (folder / name).open("rb") as file:
            file.seek(int(file.read(_HEAD_ROOM)))
            facts = json.loads(file.read())
            envelope = Envelope(**{**facts["envelope"], "recipients": tuple(facts["envelope"]["recipients"])})
            return Spooled(name, envelope, drafts.from_mapping(facts["draft"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SpoolError(f"{name}: {error}") from error


def names(folder: Path) -> list[str]:
    """The files there are, finished or not."""
    return sorted(path.name for path in folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []


def age(folder: Path, name: str, now: float) -> float:
    """Seconds since the file was last written; 0 if it is not there."""
    try:
        return now - (folder / name).stat().st_mtime
    except OSError:
        return 0.0


def remove(folder: Path, name: str) -> None:
    if name:
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def _sync(folder: Path) -> None:
    """A new file is only lasting once its folder is on the disk too; where folders cannot be opened, it is at once."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
