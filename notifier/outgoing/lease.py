"""The right to send one mail, held by one process at a time, and what became of each try.

How two processes never send the same mail: who wants to send it takes a *lease*, renews it while at work, and states in
the database that the final dot goes out (`commit`) before it does. A lease that ran out before `commit` is free to
take; after it, the mail is *uncertain* and only the person may decide. A process that lost its lease is told so by
`commit`, and does not send the dot. So a process may be killed, or sleep for a night, at any instant.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from notifier.outgoing import spool
from notifier.outgoing.ledger import OutboxStuckError, connect, writing
from notifier.outgoing.mail import Mail, find, refusal_to_json
from notifier.outgoing.refusals import Cause, Refusal
from notifier.outgoing.states import Outcome, State, gives_up, pause, state_of

LEASE = 20.0  # seconds a lease lasts without renewal
CLOCK_JUMP = 2 * 3600.0  # seconds; nothing is ever due later than this, unless the clock was set back meanwhile


class Lease:
    """One try to send `mail`, as it stood when the lease was taken. `now` is always POSIX seconds.

    Every method may raise OutboxStuckError when the disk does not take what is to be written.
    """

    def __init__(self, db: sqlite3.Connection, folder: Path, mail: Mail, owner: str, length: float) -> None:
        self._db = db
        self._folder = folder
        self.mail = mail
        self.owner = owner
        self.length = length

    def commit(self, accepted: Iterable[str], *, now: float) -> bool:
        """States that the final dot goes out now, for `accepted`. False: the lease is lost, and it must not go out."""
        with writing(self._db):
            if not self._held():
                return False
            self._mark(dict.fromkeys(accepted), Outcome.COMMITTED)
            self._db.execute("UPDATE mail SET lease_until=? WHERE id=?", (now + self.length, self.mail.id))
            return True

    def settle(self, outcome: Outcome, refusal: Refusal | None = None) -> None:
        """Stores the answer to the final dot for those it was committed for.

        It counts even when the lease ran out meanwhile, as long as nobody decided otherwise: knowing is better.
        """
        with writing(self._db):
            sql = "SELECT state FROM mail WHERE id=? AND owner=?"
            row = self._db.execute(sql, (self.mail.id, self.owner)).fetchone()
            if row is None:
                return
            self._db.execute(
                "UPDATE recipient SET outcome=?, refusal=? WHERE mail=? AND outcome IN ('committed', 'uncertain')",
                (outcome, refusal_to_json(refusal), self.mail.id),
            )
            if row["state"] != State.SENDING:
                self._db.execute("UPDATE mail SET state='sending' WHERE id=?", (self.mail.id,))

    def refuse(self, refused: Mapping[str, Refusal]) -> None:
        """Stores why recipients were not taken: for good, or (they stay waiting) for now."""
        with writing(self._db):
            if self._held():
                self._mark({a: r for a, r in refused.items() if r.permanent}, Outcome.REFUSED)
                self._mark({a: r for a, r in refused.items() if not r.permanent}, Outcome.WAITING)

    def release(self, *, now: float, refusal: Refusal | None = None) -> State | None:
        """Ends the try and gives the lease back; `refusal` is why it did not get (all the way) through.

        Returns the mail's state from now on; None if the lease was lost, and with it the say.
        """
        with writing(self._db):
            if not self._held():
                return None
            found = find(self._db, self.mail.id)
            state = _state(self._db, self.mail.id)
            if state == State.SENT:
                self._finish(found, now)
            else:
                state = self._give_back(found, state, refusal, now)
        if state == State.SENT:
            spool.remove(self._folder, found.spool)
        return state

    def _finish(self, mail: Mail, now: float) -> None:
        """The list of sent mails keeps the words, not the files."""
        kept = replace(mail.draft, attachments=tuple(Path(a).name for a in mail.draft.attachments))
        self._db.execute(
            "UPDATE mail SET state='sent', finished_at=?, draft=?, spool='', next_try=NULL, refusal='', owner='',"
            " lease_until=0 WHERE id=?",
            (now, kept.to_json(), mail.id),
        )

    def _give_back(self, mail: Mail, state: State, refusal: Refusal | None, now: float) -> State:
        tries, next_try = mail.tries + 1, None
        if state == State.WAITING:
            reach = refusal is not None and refusal.code == 0
            next_try = now + pause(tries, reach=reach)
            if gives_up(mail.queued_at or now, now, reach=reach):
                refusal = replace(refusal or Refusal(Cause.TEMPORARY, False), cause=Cause.GAVE_UP, permanent=True)
                self._mark(dict.fromkeys(mail.outstanding, refusal), Outcome.REFUSED)
                state = _state(self._db, mail.id)
        self._db.execute(
            "UPDATE mail SET state=?, next_try=?, tries=?, refusal=?, owner='', lease_until=0 WHERE id=?",
            (state, next_try, tries, refusal_to_json(refusal), mail.id),
        )
        return state

    def progress(self, octets: int) -> None:
        with writing(self._db):
            sql = "UPDATE mail SET progress=? WHERE id=? AND owner=?"
            self._db.execute(sql, (octets, self.mail.id, self.owner))

    def _held(self) -> bool:
        """A lease that ran out but that nobody took away is as good as a fresh one."""
        sql = "SELECT 1 FROM mail WHERE id=? AND owner=? AND state='sending'"
        return self._db.execute(sql, (self.mail.id, self.owner)).fetchone() is not None

    def _mark(self, refusals: Mapping[str, Refusal | None], outcome: Outcome) -> None:
        self._db.executemany(
            "UPDATE recipient SET outcome=?, refusal=? WHERE mail=? AND address=? AND outcome='waiting'",
            [(outcome, refusal_to_json(refusal), self.mail.id, address) for address, refusal in refusals.items()],
        )


def reap(db: sqlite3.Connection, now: float) -> None:
    """Takes back the leases that ran out: their owner was killed, or sleeps. To be called inside a transaction.

    The owner's name stays, so that one who wakes up and gets the server's answer may still store it.
    """
    ended = "SELECT id FROM mail WHERE state='sending' AND (lease_until <= ? OR lease_until > ?)"
    for row in db.execute(ended, (now, now + CLOCK_JUMP)).fetchall():
        lost = refusal_to_json(Refusal(Cause.LOST_AFTER, permanent=True))
        db.execute(
            "UPDATE recipient SET outcome='uncertain', refusal=? WHERE mail=? AND outcome='committed'",
            (lost, row["id"]),
        )
        state = _state(db, row["id"])
        refusal = lost if state == State.UNCERTAIN else ""
        db.execute("UPDATE mail SET state=?, next_try=?, refusal=? WHERE id=?", (state, now, refusal, row["id"]))


def _state(db: sqlite3.Connection, mail: int) -> State:
    rows = db.execute("SELECT outcome FROM recipient WHERE mail=?", (mail,))
    return state_of(Outcome(row["outcome"]) for row in rows)


def renew(path: Path, mail: int, owner: str, until: float) -> bool:
    """Extends a lease from another thread than the one that sends. False: it was taken away."""
    with contextlib.suppress(sqlite3.Error, OutboxStuckError), contextlib.closing(connect(path)) as db:
        sql = "UPDATE mail SET lease_until=max(lease_until, ?) WHERE id=? AND owner=? AND state='sending'"
        return db.execute(sql, (until, mail, owner)).rowcount > 0
    return False
