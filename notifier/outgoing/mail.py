"""A mail in the outbox as a value, and how its parts are written into rows and read back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass

from notifier.errors import Reason
from notifier.outgoing import draft as drafts
from notifier.outgoing.draft import Draft
from notifier.outgoing.message import Envelope
from notifier.outgoing.refusals import Cause, Refusal
from notifier.outgoing.states import Outcome, State


@dataclass(frozen=True, slots=True)
class Recipient:
    address: str
    outcome: Outcome
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """One row. Times are POSIX seconds; `progress` counts the octets handed to the server in the present try."""

    id: int
    state: State
    account: str
    draft: Draft
    envelope: Envelope | None  # None: a draft, not made into a mail yet
    spool: str
    saved_at: float
    queued_at: float | None
    next_try: float | None
    finished_at: float | None
    tries: int
    refusal: Refusal | None
    progress: int
    recipients: tuple[Recipient, ...] = ()

    @property
    def outstanding(self) -> tuple[str, ...]:
        """The addresses still to be offered to a server."""
        return tuple(r.address for r in self.recipients if r.outcome == Outcome.WAITING)

    def addresses(self, *outcomes: Outcome) -> tuple[str, ...]:
        return tuple(r.address for r in self.recipients if r.outcome in outcomes)


def refusal_to_json(refusal: Refusal | None) -> str:
    return json.dumps(asdict(refusal)) if refusal else ""


def refusal_from_json(text: str) -> Refusal | None:
    if not text:
        return None
    facts = json.loads(text)
    cause = facts.pop("cause")
    return Refusal(Cause(cause) if cause in set(Cause) else Reason(cause), **facts)


def look_up(db: sqlite3.Connection, mail: int) -> Mail | None:
    row = db.execute("SELECT * FROM mail WHERE id=?", (mail,)).fetchone()
    return None if row is None else with_recipients(db, row)


def find(db: sqlite3.Connection, mail: int) -> Mail:
    """A mail that is known to be there."""
    return with_recipients(db, db.execute("SELECT * FROM mail WHERE id=?", (mail,)).fetchone())


def with_recipients(db: sqlite3.Connection, row: sqlite3.Row) -> Mail:
    return _mail_of(row, db.execute("SELECT * FROM recipient WHERE mail=? ORDER BY place", (row["id"],)).fetchall())


def _mail_of(row: sqlite3.Row, recipients: list[sqlite3.Row]) -> Mail:
    people = tuple(Recipient(r["address"], Outcome(r["outcome"]), refusal_from_json(r["refusal"])) for r in recipients)
    envelope = None
    if row["spool"]:
        envelope = Envelope(
            row["message_id"], row["sender"], tuple(p.address for p in people), row["octets"], bool(row["needs_utf8"])
        )
    return Mail(
        id=row["id"],
        state=State(row["state"]),
        account=row["account"],
        draft=drafts.from_json(row["draft"]),
        envelope=envelope,
        spool=row["spool"],
        saved_at=row["saved_at"],
        queued_at=row["queued_at"],
        next_try=row["next_try"],
        finished_at=row["finished_at"],
        tries=row["tries"],
        refusal=refusal_from_json(row["refusal"]),
        progress=row["progress"],
        recipients=people,
    )
