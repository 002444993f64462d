"""People written to before, kept in the outbox only, to complete an address that is being typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import replace

from notifier.outgoing.addresses import Mailbox, check, parse_list
from notifier.outgoing.draft import Draft

KEEP = 2000  # people; those written to least recently are forgotten


def remember(db: sqlite3.Connection, mailboxes: Iterable[Mailbox], now: float) -> None:
    """Counts one more mail to each; a name that was typed replaces an older one, no name leaves it."""
    db.executemany(
        "INSERT INTO person (address, name, times, last) VALUES (?, ?, 1, ?) ON CONFLICT (address) DO UPDATE SET"
        " name=CASE WHEN excluded.name != '' THEN excluded.name ELSE name END, times=times + 1, last=excluded.last",
        [(m.address, m.name, now) for m in mailboxes if not m.problem],
    )
    db.execute("DELETE FROM person WHERE address IN (SELECT address FROM person ORDER BY last DESC LIMIT -1 OFFSET ?)",
               (KEEP,))  # fmt: skip


def forget(db: sqlite3.Connection, address: str) -> None:
    db.execute("DELETE FROM person WHERE address=?", (address,))


def complete(db: sqlite3.Connection, prefix: str, limit: int) -> list[Mailbox]:
    """Whose address, or a word of whose name, begins with `prefix`. Compared here: SQLite folds ASCII letters only."""
    wanted = prefix.strip().casefold()
    if not wanted:
        return []
    rows = db.execute("SELECT address, name FROM person ORDER BY times DESC, last DESC")
    found = []
    for row in rows:
        words = [row["address"], row["name"], *row["name"].split()]
        if any(word.casefold().startswith(wanted) for word in words):
            found.append(check(row["address"], name=row["name"]))
            if len(found) == limit:
                break
    return found


def without(draft: Draft, addresses: Collection[str]) -> Draft:
    """The draft for those who are not in `addresses`: they got it already."""

    def rest(typed: str) -> str:
        return ", ".join(m.shown or m.typed for m in parse_list(typed) if m.address not in addresses)

    return replace(draft, to=rest(draft.to), cc=rest(draft.cc), bcc=rest(draft.bcc))
