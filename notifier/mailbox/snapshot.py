"""What one look at a mailbox saw, and what is remembered of the looks before.

Words of this room, used nowhere with another meaning:
  message     one mail on the server; its *number* is its place in this session's list (RFC 1939 §5), never an identity
  unique-id   the server's lasting name of a message (RFC 1939 §7, UIDL); the only identity there is
  octets      bytes as the server counts them, line ends as CRLF (RFC 1939 §11)
  snapshot    what one session said: count, octets, unique-ids
  known       the unique-ids of the last good look, in the server's order
  new         a unique-id that is not known
  gone        a known unique-id that the server no longer lists
  unseen      what arrived since the user last looked and is still on the server
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at a mailbox (STAT and UIDL).

    `kept` leading messages were proved to be as known (by probing, not listing); `uids` are the unique-ids of the
    messages after them, in the server's order. A full list has `kept == 0`. `uids is None`: the server has no UIDL,
    only counts are known. Otherwise `kept + len(uids) == count`.
    """

    count: int
    octets: int
    uids: tuple[str, ...] | None
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the last good look left behind; what the next one may lean on.

    `uids` in the server's order (repeats allowed), or None where the server has no UIDL.
    """

    count: int
    octets: int
    uids: tuple[str, ...] | None
