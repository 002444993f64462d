"""The state file itself: its tables, opening it, carrying it over from an older program, what to do with damage."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from time import localtime, strftime

from notifier.errors import NotifierError
from notifier.private import private_folder

SCHEMA_VERSION = 1
BUSY_TIMEOUT = 5.0  # seconds another process (a `notifier check`, the history window) may hold the file

_SCHEMA = """
CREATE TABLE account (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, identity TEXT NOT NULL,
    count INTEGER, octets INTEGER, has_uids INTEGER NOT NULL DEFAULT 1, unseen INTEGER NOT NULL DEFAULT 0,
    checked_at REAL, listed_at REAL, notes TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE message (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    uid TEXT NOT NULL, place INTEGER NOT NULL, first_seen REAL NOT NULL, unseen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX message_of ON message (account, place);
CREATE TABLE departed (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE, uid TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (account, uid)
) WITHOUT ROWID;
CREATE TABLE sizes (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    at REAL NOT NULL, span TEXT NOT NULL DEFAULT 'check', count INTEGER NOT NULL, octets INTEGER NOT NULL,
    peak INTEGER NOT NULL, arrived INTEGER NOT NULL DEFAULT 0, departed INTEGER NOT NULL DEFAULT 0,
    octets_in INTEGER NOT NULL DEFAULT 0, octets_out INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, at)
) WITHOUT ROWID;
CREATE TABLE due (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, facts TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# From version N to N + 1; a file of an older program is carried over inside one transaction.
_MIGRATIONS: dict[int, str] = {}


class StoreStuckError(NotifierError):
    """The state file cannot be written now (full disk, read-only). Nothing already stored is lost."""


class StoreTooNewError(NotifierError):
    """The state file was written by a newer version of this program; it is left untouched."""


class StoreDamagedError(NotifierError):
    """The state file is not readable as what it should be."""


def connect(path: str) -> sqlite3.Connection:
    """Raises sqlite3.Error."""
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def open_file(path: Path) -> sqlite3.Connection:
    """Opens or makes the file (0600). Raises StoreStuckError, StoreDamagedError, StoreTooNewError."""
    try:
        private_folder(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))  # SQLite gives -wal and -shm the same mode
        db = connect(str(path))
    except (OSError, sqlite3.Error) as error:
        raise StoreStuckError(str(error)) from error
    try:
        _prepare(db)
    except sqlite3.Error as error:
        db.close()
        if is_damage(error):
            raise StoreDamagedError(str(error)) from error
        raise StoreStuckError(str(error)) from error
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreTooNewError(f"state.db has version {version}; this program knows {SCHEMA_VERSION}")
    if version and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise StoreDamagedError("quick_check")
    while version < SCHEMA_VERSION:
        step = _MIGRATIONS[version] if version else _SCHEMA
        version = version + 1 if version else SCHEMA_VERSION
        try:
            db.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {version}; COMMIT;")
        except sqlite3.Error as error:  # the file is as it was: a step that fails is no damage
            raise StoreStuckError(f"state.db cannot be carried over to version {version}: {error}") from error


def readable(path: Path) -> sqlite3.Connection:
    """The state in memory: what the file holds, where it can be read at all, else nothing."""
    memory = connect(":memory:")
    try:
        file = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            file.backup(memory)
        finally:
            file.close()
        if memory.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
            return memory
    except sqlite3.Error:
        pass
    memory.close()
    memory = connect(":memory:")
    memory.executescript(f"{_SCHEMA}; PRAGMA user_version = {SCHEMA_VERSION};")
    return memory


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is at fault, and not the disk it lies on."""
    return isinstance(error, sqlite3.DatabaseError) and any(
        sign in str(error) for sign in ("malformed", "not a database", "disk image", "no such table", "no such column")
    )


def put_aside(path: Path, now: float) -> Path:
    """Renames a damaged file, keeping it for whoever wants to look; its write-ahead log goes with it."""
    stamp = strftime("%Y%m%d-%H%M%S", localtime(now))
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            part.replace(aside.with_name(aside.name + suffix))
    return aside
