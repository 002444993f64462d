"""What is remembered between checks, in SQLite: known messages, mailbox sizes over time, what is due to be said.

An account is known by its name; its *identity* (host and user) tells when another mailbox hides behind the name.
One check is one transaction: what it saw and what is to be announced are stored together or not at all.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier import state_file
from notifier.mailbox.changes import Changes, octets_moved
from notifier.mailbox.snapshot import Known
from notifier.state_file import StoreDamagedError, StoreStuckError

# How long a unique-id that left is remembered: a server that loses its list for a while has no new mail afterwards.
REMEMBER_DEPARTED = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of one account. `notes` holds small facts of other rooms (capabilities, announced step…)."""

    name: str
    identity: str
    known: Known | None = None
    unseen: int = 0
    checked_at: float | None = None
    listed_at: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """Something still to be said: `kind` names the event, `facts` are its fields."""

    id: int
    account: str
    kind: str
    facts: dict[str, Any]
    at: float


class Store:
    """The state file. Belongs to one thread; other processes may read it at the same time."""

    def __init__(self, path: Path, *, now: float) -> None:
        """Opens or makes `path`. A damaged file is set aside (`set_aside` says where) and a fresh one begun.

        Where nothing can be written (full disk, read-only), what can be read is taken into memory and `stuck` says
        why. Raises StoreTooNewError for a newer program's file, which is left untouched.
        """
        self.path = path
        self.set_aside: Path | None = None
        self.on_disk = True
        self.stuck = ""
        try:
            self._db = self._opened(now)
        except StoreStuckError as error:
            self._db, self.on_disk, self.stuck = state_file.readable(path), False, str(error)

    def _opened(self, now: float) -> sqlite3.Connection:
        try:
            return state_file.open_file(self.path)
        except StoreDamagedError:
            self.set_aside = state_file.put_aside(self.path, now)
            return state_file.open_file(self.path)

    def close(self) -> None:
        self._db.close()

    # --- one check, one transaction ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises StoreStuckError (then `go_on_in_memory`) or StoreDamagedError (then `begin_anew`);
        either way nothing of this transaction was stored, and the caller does its work again once.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._understood(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _understood(self, error: sqlite3.Error) -> StoreStuckError | StoreDamagedError:
        if state_file.is_damage(error):
            return StoreDamagedError(str(error))
        return StoreStuckError(str(error))

    def begin_anew(self, now: float) -> Path:
        """Sets a damaged file aside under another name and starts an empty one; the new name is the answer."""
        self._db.close()
        self.set_aside = state_file.put_aside(self.path, now)
        self._db = state_file.open_file(self.path)
        return self.set_aside

    def go_on_in_memory(self) -> None:
        """Carries all that is stored into memory: the program goes on while the disk is full or read-only."""
        memory = state_file.connect(":memory:")
        self._db.backup(memory)
        self._db.close()
        self._db, self.on_disk = memory, False

    def back_to_disk(self) -> bool:
        """Tries to write the state held in memory back into the file; False while that still fails."""
        try:
            file = state_file.open_file(self.path)
        except (StoreStuckError, StoreDamagedError):
            return False
        try:
            self._db.backup(file)
            file.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error:
            file.close()
            return False
        self._db.close()
        self._db, self.on_disk = file, True
        return True

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """A read outside a transaction meets the same mishaps."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._understood(error) from error

    # --- accounts ------------------------------------------------------------------------------------------------

    def memory(self, name: str, identity: str) -> Memory:
        """What is known of `name`; nothing, when another mailbox (`identity`) stands behind the name now."""
        with self._reading():
            return self._memory(name, identity)

    def _memory(self, name: str, identity: str) -> Memory:
        row = self._db.execute(
            "SELECT id, identity, count, octets, has_uids, unseen, checked_at, listed_at, notes"
            " FROM account WHERE name = ?",
            (name,),
        ).fetchone()
        if row is None or row[1] != identity:
            return Memory(name, identity)
        uids = self._uids(row[0]) if row[4] else None
        known = None if row[2] is None else Known(row[2], row[3], uids)
        return Memory(name, identity, known, row[5], row[6], row[7], json.loads(row[8]))

    def _uids(self, account: int) -> tuple[str, ...]:
        rows = self._db.execute("SELECT uid FROM message WHERE account = ? ORDER BY place", (account,))
        return tuple(uid for (uid,) in rows)

    def departed(self, name: str) -> frozenset[str]:
        """Unique-ids that left in the last thirty days: should they come back, they are not new."""
        rows = self._db.execute(
            "SELECT uid FROM departed JOIN account ON account.id = departed.account WHERE name = ?", (name,)
        )
        return frozenset(uid for (uid,) in rows)

    def first_seen(self, name: str) -> tuple[float, ...]:
        """When each message now in the mailbox was first seen, POSIX seconds, oldest first."""
        rows = self._db.execute(
            "SELECT first_seen FROM message JOIN account ON account.id = message.account WHERE name = ?"
            " ORDER BY first_seen",
            (name,),
        )
        return tuple(at for (at,) in rows)

    def notes(self, name: str) -> dict[str, Any]:
        """The small facts of an account, whichever mailbox stands behind its name."""
        row = self._db.execute("SELECT notes FROM account WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else {}

    def accounts(self) -> tuple[str, ...]:
        return tuple(name for (name,) in self._db.execute("SELECT name FROM account ORDER BY id"))

    def forget(self, name: str) -> None:
        """All that is known of an account that the user removed."""
        self._db.execute("DELETE FROM account WHERE name = ?", (name,))
        self._db.execute("DELETE FROM setting WHERE key = ?", (_calibration_key(name),))

    def rename(self, old: str, new: str) -> None:
        """The user gave an account another name; what is known of it goes with it."""
        self._db.execute("UPDATE OR REPLACE account SET name = ? WHERE name = ?", (new, old))
        keys = (_calibration_key(new), _calibration_key(old))
        self._db.execute("UPDATE OR REPLACE setting SET key = ? WHERE key = ?", keys)

    # --- within a transaction ------------------------------------------------------------------------------------

    def remember(self, memory: Memory, changes: Changes, now: float, *, listed: bool) -> Memory:
        """Stores what a good look changed and gives what is known now. To be called inside `transaction`."""
        account = self._account(memory)
        had = memory.known.uids if memory.known else None
        if changes.uids is None:
            self._db.execute("DELETE FROM message WHERE account = ?", (account,))
            unseen = 0 if changes.first else min(memory.unseen + changes.new, changes.count)
        else:
            fresh = not (changes.first or changes.renumbered or had is None)
            self._depart(account, changes.departed, now)
            self._arrive(account, changes, now, unseen=fresh)
            if self._appended(had, changes) is False:
                self._place(account, changes.uids)
            unseen = self._count_unseen(account)
        self._db.execute(
            "UPDATE account SET count = ?, octets = ?, has_uids = ?, unseen = ?, checked_at = ?, listed_at = ?"
            " WHERE id = ?",
            (
                changes.count,
                changes.octets,
                changes.uids is not None,
                unseen,
                now,
                now if listed else memory.listed_at,
                account,
            ),
        )
        self._add_size(account, memory, changes, now)
        known = Known(changes.count, changes.octets, changes.uids)
        return Memory(
            memory.name, memory.identity, known, unseen, now, now if listed else memory.listed_at, memory.notes
        )

    def put_notes(self, memory: Memory, **notes: Any) -> Memory:
        """Sets small facts of an account; None removes one."""
        account = self._account(memory)
        merged = {k: v for k, v in {**memory.notes, **notes}.items() if v is not None}
        self._db.execute("UPDATE account SET notes = ? WHERE id = ?", (json.dumps(merged), account))
        return Memory(
            memory.name, memory.identity, memory.known, memory.unseen, memory.checked_at, memory.listed_at, merged
        )

    def mark_seen(self, name: str | None = None) -> None:
        """The user looked: nothing of `name` (None: of any account) is unseen any more."""
        which = "" if name is None else " WHERE name = ?"
        values = () if name is None else (name,)
        self._db.execute(
            f"UPDATE message SET unseen = 0 WHERE unseen AND account IN (SELECT id FROM account{which})",  # noqa: S608
            values,
        )
        self._db.execute(f"UPDATE account SET unseen = 0{which}", values)  # noqa: S608 - `which` is one of two texts here

    def _account(self, memory: Memory) -> int:
        row = self._db.execute("SELECT id, identity FROM account WHERE name = ?", (memory.name,)).fetchone()
        if row is not None and row[1] == memory.identity:
            return int(row[0])
        self._db.execute("DELETE FROM account WHERE name = ?", (memory.name,))
        cursor = self._db.execute("INSERT INTO account (name, identity) VALUES (?, ?)", (memory.name, memory.identity))
        return int(cursor.lastrowid or 0)

    def _depart(self, account: int, uids: Sequence[str], now: float) -> None:
        for uid in uids:  # one row a message: a repeated unique-id loses as many rows as messages left
            self._db.execute(
                "DELETE FROM message WHERE rowid ="
                " (SELECT rowid FROM message WHERE account = ? AND uid = ? ORDER BY place DESC LIMIT 1)",
                (account, uid),
            )
        self._db.execute("DELETE FROM departed WHERE account = ? AND at < ?", (account, now - REMEMBER_DEPARTED))
        self._db.executemany("REPLACE INTO departed VALUES (?, ?, ?)", ((account, uid, now) for uid in uids))

    def _arrive(self, account: int, changes: Changes, now: float, *, unseen: bool) -> None:
        start = self._db.execute(
            "SELECT COALESCE(MAX(place), 0) FROM message WHERE account = ?", (account,)
        ).fetchone()[0]
        new = ((account, uid, start + n, now, unseen) for n, uid in enumerate(changes.arrived, 1))
        self._db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?)", new)
        start += len(changes.arrived)
        back = ((account, uid, start + n, now, False) for n, uid in enumerate(changes.returned, 1))
        self._db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?)", back)
        self._db.executemany(
            "DELETE FROM departed WHERE account = ? AND uid = ?", ((account, u) for u in changes.returned)
        )

    @staticmethod
    def _appended(had: Sequence[str] | None, changes: Changes) -> bool:
        """Whether the list only grew at its end, so that the stored places are right already."""
        if changes.uids is None or changes.returned:
            return False
        if changes.departed:
            return False
        start = len(had or ())
        return changes.uids[:start] == tuple(had or ()) and changes.uids[start:] == changes.arrived

    def _place(self, account: int, uids: Sequence[str]) -> None:
        """Writes the server's order anew: messages left from the middle, or the server lists in another order."""
        rows: dict[str, list[int]] = {}
        for rowid, uid in self._db.execute(
            "SELECT rowid, uid FROM message WHERE account = ? ORDER BY place DESC", (account,)
        ):
            rows.setdefault(uid, []).append(rowid)
        places = ((n, rows[uid].pop()) for n, uid in enumerate(uids, 1))
        self._db.executemany("UPDATE message SET place = ? WHERE rowid = ?", places)

    def _count_unseen(self, account: int) -> int:
        row = self._db.execute("SELECT COUNT(*) FROM message WHERE account = ? AND unseen", (account,)).fetchone()
        return int(row[0])

    # --- sizes over time -----------------------------------------------------------------------------------------

    def _add_size(self, account: int, memory: Memory, changes: Changes, now: float) -> None:
        before = memory.known
        quiet = before is not None and not (changes.new or changes.gone or changes.returned or changes.renumbered)
        delta = 0 if before is None else changes.octets - before.octets
        if quiet and delta == 0 and self._still(account):
            # Nothing changed twice: only the end of the plateau moves, so quiet months cost two rows.
            last = self._db.execute("SELECT MAX(at) FROM sizes WHERE account = ?", (account,)).fetchone()[0]
            self._db.execute("UPDATE sizes SET at = ? WHERE account = ? AND at = ?", (now, account, last))
            return
        gained, lost = octets_moved(changes, before)
        self._db.execute(
            "REPLACE INTO sizes VALUES (?, ?, 'check', ?, ?, ?, ?, ?, ?, ?)",
            (account, now, changes.count, changes.octets, changes.octets, changes.new, changes.gone, gained, lost),
        )

    def _still(self, account: int) -> bool:
        """Whether the last two samples say the same and neither saw mail come or go."""
        rows = self._db.execute(
            "SELECT count, octets, arrived, departed, span FROM sizes WHERE account = ? ORDER BY at DESC LIMIT 2",
            (account,),
        ).fetchall()
        return len(rows) == 2 and rows[0][:2] == rows[1][:2] and rows[0][2:] == (0, 0, "check")

    def sizes(self, name: str, since: float = 0.0) -> list[tuple[Any, ...]]:
        """Rows (at, span, count, octets, peak, arrived, departed, octets_in, octets_out), oldest first."""
        return self._db.execute(
            "SELECT at, span, sizes.count, sizes.octets, peak, arrived, departed, octets_in, octets_out"
            " FROM sizes JOIN account ON account.id = sizes.account WHERE name = ? AND at >= ? ORDER BY at",
            (name, since),
        ).fetchall()

    def replace_sizes(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Puts thinned `rows` (as from `sizes`) in the place of all sizes of an account."""
        found = self._db.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
        if found is None:
            return
        self._db.execute("DELETE FROM sizes WHERE account = ?", found)
        self._db.executemany(
            "REPLACE INTO sizes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ((found[0], *row) for row in rows)
        )

    # --- what is due to be said ----------------------------------------------------------------------------------

    def add_due(self, account: str, kind: str, facts: dict[str, Any], now: float) -> None:
        """Notes an event in the transaction of its check: after a crash it may be said twice, never not at all."""
        self._db.execute(
            "INSERT INTO due (account, kind, facts, at) VALUES (?, ?, ?, ?)", (account, kind, json.dumps(facts), now)
        )

    def due(self) -> list[Due]:
        with self._reading():
            rows = self._db.execute("SELECT id, account, kind, facts, at FROM due ORDER BY id").fetchall()
        return [Due(i, account, kind, json.loads(facts), at) for i, account, kind, facts, at in rows]

    def said(self, ids: Sequence[int]) -> None:
        self._db.executemany("DELETE FROM due WHERE id = ?", ((i,) for i in ids))

    # --- what the user told ---------------------------------------------------------------------------------------

    def calibration(self, name: str) -> Any:
        """What the provider's page said, as `put_calibration` was given it; None where nobody said."""
        return self.setting(_calibration_key(name))

    def put_calibration(self, name: str, facts: dict[str, Any] | None) -> None:
        """Another process (the history window) may write this while the program runs."""
        self.put_setting(_calibration_key(name), facts)

    # --- the program's own small facts ---------------------------------------------------------------------------

    def setting(self, key: str) -> Any:
        row = self._db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def put_setting(self, key: str, value: Any) -> None:
        self._db.execute("REPLACE INTO setting VALUES (?, ?)", (key, json.dumps(value)))


def _calibration_key(name: str) -> str:
    return f"calibration of {name}"
