"""The outbox's database file: its tables, its safety settings, and what happens when it is damaged, old or too new."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from time import gmtime, strftime
from typing import Any

from notifier.errors import NotifierError
from notifier.private import private_folder

SCHEMA_VERSION = 1
BUSY_TIMEOUT = 10.0  # seconds another process may hold the file

_SCHEMA = """
CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL, account TEXT NOT NULL, subject TEXT NOT NULL, draft TEXT NOT NULL, saved_at REAL NOT NULL,
    message_id TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL DEFAULT '', spool TEXT NOT NULL DEFAULT '',
    octets INTEGER NOT NULL DEFAULT 0, needs_utf8 INTEGER NOT NULL DEFAULT 0, queued_at REAL, finished_at REAL,
    next_try REAL, tries INTEGER NOT NULL DEFAULT 0, refusal TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '', lease_until REAL NOT NULL DEFAULT 0, progress INTEGER NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT '', copy_seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX mail_due ON mail (state, next_try);
CREATE TABLE recipient (
    mail INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE, place INTEGER NOT NULL,
    address TEXT NOT NULL, outcome TEXT NOT NULL, refusal TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (mail, address)
) WITHOUT ROWID;
CREATE TABLE person (
    address TEXT PRIMARY KEY, name TEXT NOT NULL, times INTEGER NOT NULL, last REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE size_limit (server TEXT PRIMARY KEY, octets INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE done (step TEXT PRIMARY KEY) WITHOUT ROWID;
"""

# From version N to N + 1, inside the transaction that also counts the version up.
_MIGRATIONS: dict[int, str] = {}


class OutboxStuckError(NotifierError):
    """The outbox cannot be written now (full disk, read-only). Nothing already stored is lost."""


class OutboxTooNewError(NotifierError):
    """The outbox was written by a newer version of this program; it is left untouched."""


class _DamagedError(NotifierError):
    pass


def open_ledger(path: Path, now: float) -> tuple[sqlite3.Connection, Path | None]:
    """The database, and where a damaged one was set aside.

    Raises OutboxStuckError when not even a new file can be made, OutboxTooNewError for a newer program's file.
    """
    try:
        return _open(path), None
    except _DamagedError:
        aside = _put_aside(path, now)
        return _open(path), aside


class _Connection(sqlite3.Connection):
    """Says of every command, of looking too, that the outbox is stuck when the file or its disk is."""

    def execute(self, *command: Any) -> sqlite3.Cursor:
        try:
            return super().execute(*command)
        except sqlite3.OperationalError as error:
            raise OutboxStuckError(str(error)) from error

    def executemany(self, *command: Any) -> sqlite3.Cursor:
        try:
            return super().executemany(*command)
        except sqlite3.OperationalError as error:
            raise OutboxStuckError(str(error)) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the existing file; commits are on the disk when they return. Raises OutboxStuckError."""
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, factory=_Connection)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")  # a deleted mail does not live on in the file's free pages
    return db


@contextlib.contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the file from its first look on; on the disk when this ends.

    Raises OutboxStuckError when the disk does not take it; then nothing has changed.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        with contextlib.suppress(sqlite3.Error, OutboxStuckError):
            db.execute("ROLLBACK")


def _make_private(path: Path) -> None:
    """Makes the file, for its owner only, if it is not there. An existing one must not be opened beside SQLite.

    Closing any descriptor of a file drops all of this process's locks on it (POSIX `fcntl`): another connection of ours
    would lose its own, and another process could take the log away under it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _open(path: Path) -> sqlite3.Connection:
    try:
        private_folder(path.parent)
        _make_private(path)
        db = connect(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise OutboxStuckError(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise _DamagedError(str(error)) from error
    try:
        if (version := _version(db)) > SCHEMA_VERSION:
            raise OutboxTooNewError(f"schema {version}, this program knows {SCHEMA_VERSION}")
        db.execute("PRAGMA journal_mode = WAL")
        if version < SCHEMA_VERSION:
            _bring_up_to_date(db)
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        db.close()
        raise _DamagedError(str(error)) from error
    except NotifierError:
        db.close()
        raise
    if found != "ok":
        db.close()
        raise _DamagedError(found)
    return db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Makes or migrates the tables. Two processes may start at the same moment."""
    with writing(db):
        version = _version(db)  # another process may have been quicker
        steps = [_SCHEMA] if version == 0 else [_MIGRATIONS[n] for n in range(version, SCHEMA_VERSION)]
        for statement in ";".join(steps).split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {max(version, SCHEMA_VERSION)}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _put_aside(path: Path, now: float) -> Path:
    """Renames a damaged database and what belongs to it; a person may still get something out of it."""
    stamp = strftime("%Y%m%d-%H%M%S", gmtime(now))
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    try:
        for ending in ("", "-wal", "-shm"):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.replace(aside.with_name(aside.name + ending))
    except OSError as error:
        raise OutboxStuckError(str(error)) from error
    return aside
