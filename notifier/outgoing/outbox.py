"""The outbox: drafts and mails to be sent, in one SQLite file beside the spooled mails.

Here mails are written, queued, looked at and decided upon; how one is sent without ever being sent twice is in `lease`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from notifier.config import Account
from notifier.outgoing import copies, people, spool
from notifier.outgoing.addresses import Mailbox
from notifier.outgoing.draft import Draft
from notifier.outgoing.lease import CLOCK_JUMP, LEASE, Lease, reap
from notifier.outgoing.ledger import open_ledger, writing
from notifier.outgoing.mail import Mail, find, look_up, refusal_to_json, with_recipients
from notifier.outgoing.message import new_message_id
from notifier.outgoing.refusals import Cause, Refusal
from notifier.outgoing.states import ALERT_AFTER, Outcome, State

FILE_NAME = "outbox.db"
SPOOL_NAME = "outbox"
KEEP_SENT = 30 * 86400.0  # seconds a sent mail stays listed; POP3 has no folder of sent mail
_UNFINISHED = 3600.0  # seconds after which a spooled mail without a row was left by a crash


class Outbox:
    """One process's (and one thread's) hold on the outbox. `now` is always POSIX seconds.

    Every method may raise OutboxStuckError when the disk does not take what is to be written; nothing is lost then.
    """

    def __init__(self, path: Path, *, now: float) -> None:
        """Opens or makes `path`, a folder's `outbox.db`. A damaged file is put at `set_aside`, its mails brought back.

        Raises OutboxStuckError, OutboxTooNewError.
        """
        self.path = path
        self.folder = path.parent / SPOOL_NAME
        self._db, self.set_aside = open_ledger(path, now)
        self._tidy(now)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- writing and queueing ------------------------------------------------------------------------------------

    def save_draft(self, draft: Draft, *, now: float, mail: int | None = None) -> int:
        """Keeps a draft, a new one or over the draft `mail`; returns its number. Over a mail that is no draft any
        more (sent from another window) a new one is begun, so that nothing typed is lost."""
        with writing(self._db):
            return self._keep(draft, now, mail)

    def _keep(self, draft: Draft, now: float, mail: int | None) -> int:
        values = (draft.account, draft.subject, draft.to_json(), now)
        if mail is not None:
            sql = "UPDATE mail SET account=?, subject=?, draft=?, saved_at=? WHERE id=? AND state='draft'"
            if self._db.execute(sql, (*values, mail)).rowcount:
                return mail
        sql = "INSERT INTO mail (state, account, subject, draft, saved_at) VALUES ('draft', ?, ?, ?, ?)"
        return int(self._db.execute(sql, values).lastrowid or 0)

    def submit(
        self, draft: Draft, sender: Mailbox, *, now: float, date: datetime, mail: int | None = None, delay: float = 0.0
    ) -> int:
        """Makes the draft a mail to be sent `delay` seconds from now; returns its number. It is stored then.

        Raises UnfitError for a draft that cannot be a mail; OSError, OutboxStuckError when it cannot be stored.
        """
        spooled = spool.store(self.folder, draft, sender, message_id=new_message_id(sender.address), date=date)
        try:
            with writing(self._db):
                mail = self._keep(draft, now, mail)
                self._queue(mail, spooled, now=now, delay=delay)
                people.remember(self._db, draft.mailboxes(), now)
        except Exception:
            spool.remove(self.folder, spooled.name)
            raise
        return mail

    def _queue(self, mail: int, spooled: spool.Spooled, *, now: float, delay: float) -> None:
        envelope = spooled.envelope
        self._db.execute(
            "UPDATE mail SET state='waiting', message_id=?, sender=?, spool=?, octets=?, needs_utf8=?, queued_at=?,"
            " next_try=?, tries=0, refusal='', owner='', progress=0, told='' WHERE id=?",
            (envelope.message_id, envelope.sender, spooled.name, envelope.octets, envelope.needs_utf8, now,
             now + delay, mail),
        )  # fmt: skip
        self._db.execute("DELETE FROM recipient WHERE mail=?", (mail,))
        self._db.executemany(
            "INSERT INTO recipient (mail, place, address, outcome) VALUES (?, ?, ?, 'waiting')",
            [(mail, place, address) for place, address in enumerate(envelope.recipients)],
        )

    def reopen(self, mail: int, *, now: float) -> Draft | None:
        """Makes a mail that is not being sent a draft again (Undo, Edit), for those who did not get it yet.

        None if it is being sent, sent, or not there.
        """
        with writing(self._db):
            reap(self._db, now)
            found = self.get(mail)
            if found is None or found.state in {State.SENDING, State.SENT}:
                return None
            if found.state == State.DRAFT:
                return found.draft
            got_it = frozenset(found.addresses(Outcome.SENT))
            draft = people.without(found.draft, got_it) if got_it else found.draft
            self._db.execute(
                "UPDATE mail SET state='draft', draft=?, saved_at=?, spool='', next_try=NULL, refusal='', told='',"
                " owner='' WHERE id=?",
                (draft.to_json(), now, mail),
            )
            self._db.execute("DELETE FROM recipient WHERE mail=?", (mail,))
        spool.remove(self.folder, found.spool)
        return draft

    def claim(self, owner: str, *, now: float, length: float = LEASE, mail: int | None = None) -> Lease | None:
        """Takes the lease of the next mail that is due (or of `mail`, if it is due); None if there is none."""
        with writing(self._db):
            reap(self._db, now)
            row = self._db.execute(
                "SELECT id FROM mail WHERE state='waiting' AND (next_try <= ? OR next_try > ?)"
                " AND (? IS NULL OR id = ?) ORDER BY next_try LIMIT 1",
                (now, now + CLOCK_JUMP, mail, mail),
            ).fetchone()
            if row is None:
                return None
            self._db.execute(
                "UPDATE mail SET state='sending', owner=?, lease_until=?, progress=0 WHERE id=?",
                (owner, now + length, row["id"]),
            )
            return Lease(self._db, self.folder, find(self._db, row["id"]), owner, length)

    # --- what the person decides ---------------------------------------------------------------------------------

    def retry(self, *, now: float, mail: int | None = None) -> list[int]:
        """Has mails tried again at once; returns their numbers. Without a number: all that wait or were refused.

        A mail that may have been sent is only sent again when it is named.
        """
        with writing(self._db):
            reap(self._db, now)
            rows = self._db.execute(
                "SELECT id FROM mail WHERE CASE WHEN ? IS NULL THEN state IN ('waiting', 'refused')"
                " ELSE id=? AND state IN ('waiting', 'refused', 'uncertain') END",
                (mail, mail),
            ).fetchall()
            for row in rows:
                self._db.execute(
                    "UPDATE recipient SET outcome='waiting' WHERE mail=? AND outcome IN ('refused', 'uncertain')",
                    (row["id"],),
                )
                self._db.execute(
                    "UPDATE mail SET state='waiting', next_try=?, tries=0, owner='', told='', queued_at=? WHERE id=?",
                    (now, now, row["id"]),
                )
        return [row["id"] for row in rows]

    def delete(self, mail: int, *, now: float) -> bool:
        """Throws a mail or draft away for good. False if it is being sent at this moment, or is not there."""
        with writing(self._db):
            reap(self._db, now)
            found = self.get(mail)
            if found is None or found.state == State.SENDING:
                return False
            self._db.execute("DELETE FROM mail WHERE id=?", (mail,))
        spool.remove(self.folder, found.spool)
        return True

    # --- looking -------------------------------------------------------------------------------------------------

    def get(self, mail: int) -> Mail | None:
        return look_up(self._db, mail)

    def mails(self, *states: State) -> list[Mail]:
        """The mails in `states` (none given: everything but sent ones), oldest first."""
        wanted = states or tuple(s for s in State if s != State.SENT)
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"SELECT * FROM mail WHERE state IN ({marks}) ORDER BY id", wanted)  # noqa: S608
        return [with_recipients(self._db, row) for row in rows.fetchall()]

    def last_account(self) -> str:
        """The account of the mail that was sent off last; empty if there was none."""
        row = self._db.execute("SELECT account FROM mail WHERE queued_at NOT NULL ORDER BY queued_at DESC").fetchone()
        return "" if row is None else str(row["account"])

    def counts(self) -> dict[State, int]:
        rows = self._db.execute("SELECT state, count(*) AS n FROM mail GROUP BY state")
        return {State(row["state"]): row["n"] for row in rows}

    def next_due(self, now: float) -> float | None:
        """When something is to be done next: a try, a lease to take back, an alert. None: nothing at all."""
        row = self._db.execute(
            "SELECT min(at) AS at FROM (SELECT next_try AS at FROM mail WHERE state='waiting'"
            " UNION ALL SELECT lease_until FROM mail WHERE state='sending'"
            " UNION ALL SELECT queued_at + ? FROM mail WHERE state IN ('waiting', 'sending') AND told='')",
            (ALERT_AFTER,),
        ).fetchone()
        if row["at"] is None:
            return None
        return float(row["at"]) if row["at"] <= now + CLOCK_JUMP else now

    # --- what the person should hear -----------------------------------------------------------------------------

    def untold(self, *, now: float) -> list[Mail]:
        """Mails to speak up for: refused, uncertain, or waiting for an hour; each state once (`told` ends it)."""
        with writing(self._db):
            reap(self._db, now)
        rows = self._db.execute(
            "SELECT * FROM mail WHERE (state IN ('refused', 'uncertain') AND told != state)"
            " OR (state='waiting' AND told='' AND queued_at <= ?) ORDER BY id",
            (now - ALERT_AFTER,),
        ).fetchall()
        return [with_recipients(self._db, row) for row in rows]

    def told(self, mail: int, state: str) -> None:
        with writing(self._db):
            self._db.execute("UPDATE mail SET told=? WHERE id=?", (str(state), mail))

    def take_copies(self, account: Account, arrived: int, *, since: float, now: float) -> int:
        """How many of `arrived` messages, new in the account's mailbox since the look at `since`, are taken for copies
        that its provider made of mails sent from here (`copies`). Each sent mail explains one arrival, once."""
        if arrived <= 0 or not copies.copies_expected(account):
            return 0
        with writing(self._db):
            rows = self._db.execute(
                "SELECT id FROM mail WHERE state='sent' AND account=? AND copy_seen=0 AND finished_at BETWEEN ? AND ?"
                " ORDER BY finished_at LIMIT ?",
                (account.name, copies.earliest(since), now, arrived),
            ).fetchall()
            self._db.executemany("UPDATE mail SET copy_seen=1 WHERE id=?", [(row["id"],) for row in rows])
        return len(rows)

    # --- what is remembered beside the mails ---------------------------------------------------------------------

    def complete(self, prefix: str, limit: int = 8) -> list[Mailbox]:
        """People written to before whose name or address begins with `prefix`, those written to most first."""
        return people.complete(self._db, prefix, limit)

    def forget_person(self, address: str) -> None:
        with writing(self._db):
            people.forget(self._db, address)

    def size_limit(self, server: str) -> int | None:
        """Octets that `server` (host:port) takes at most, as it said last time; None: it never said."""
        row = self._db.execute("SELECT octets FROM size_limit WHERE server=?", (server,)).fetchone()
        return None if row is None else int(row["octets"])

    def remember_size_limit(self, server: str, octets: int) -> None:
        if self.size_limit(server) != octets:
            with writing(self._db):
                self._db.execute("INSERT OR REPLACE INTO size_limit VALUES (?, ?)", (server, octets))

    # --- upkeep --------------------------------------------------------------------------------------------------

    def _tidy(self, now: float) -> None:
        """Forgets what was sent long ago; spooled mails without a row were never finished, or lost their database."""
        known = {row["spool"] for row in self._db.execute("SELECT spool FROM mail WHERE spool != ''")}
        orphans = [name for name in spool.names(self.folder) if name not in known]
        if self._db.execute("SELECT 1 FROM done WHERE step='brought-back'").fetchone() is None:
            with writing(self._db):
                if self._db.execute("INSERT OR IGNORE INTO done VALUES ('brought-back')").rowcount:
                    for name in orphans:
                        self._bring_back(name, now)
            return
        for name in orphans:
            if spool.age(self.folder, name, now) > _UNFINISHED:
                spool.remove(self.folder, name)
        if self._db.execute("SELECT 1 FROM mail WHERE state='sent' AND finished_at < ?", (now - KEEP_SENT,)).fetchone():
            with writing(self._db):
                self._db.execute("DELETE FROM mail WHERE state='sent' AND finished_at < ?", (now - KEEP_SENT,))

    def _bring_back(self, name: str, now: float) -> None:
        """A mail whose row was lost with the database: nobody knows whether it was sent, so it is uncertain."""
        try:
            spooled = spool.load(self.folder, name)
        except spool.SpoolError:
            return
        mail = self._keep(spooled.draft, now, None)
        self._queue(mail, spooled, now=now, delay=0)
        lost = refusal_to_json(Refusal(Cause.LOST_AFTER, permanent=True))
        self._db.execute("UPDATE recipient SET outcome='uncertain', refusal=? WHERE mail=?", (lost, mail))
        self._db.execute("UPDATE mail SET state='uncertain', refusal=? WHERE id=?", (lost, mail))
