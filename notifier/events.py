"""What happened that a person may want to hear: made by `watch`, said by `alerts`, shown by `tray`. No words here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args


@dataclass(frozen=True, slots=True)
class Watching:
    """The first good check of an account: it only learned."""

    account: str
    count: int


@dataclass(frozen=True, slots=True)
class NewMail:
    """`new` messages came since the last check; `unseen` since the user last looked; `count` are in the mailbox."""

    account: str
    new: int
    unseen: int
    count: int


@dataclass(frozen=True, slots=True)
class MailGone:
    """All that was announced has left the server or was seen: an alert about it says nothing true any more."""

    account: str


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The server gave every message another unique-id; learned again in silence, one quiet note."""

    account: str
    count: int


@dataclass(frozen=True, slots=True)
class QuotaStep:
    """The inbox rose over a warning step; `level` is `warning`, `high`, `critical` or `full`; `limit` in octets."""

    account: str
    level: str
    percent: float
    octets: int
    limit: int


@dataclass(frozen=True, slots=True)
class FillingUp:
    """At this rate the mailbox will be full in `low` to `high` days; `middle` is the best single figure."""

    account: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class MailExpires:
    """`count` messages come near the age of `expire` days at which the server deletes; the first in `days` (0: now)."""

    account: str
    count: int
    days: float
    expire: int


@dataclass(frozen=True, slots=True)
class TroubleLasts:
    """An account could not be checked for long enough that the user should know.

    `reason` is an `errors.Reason` value; `said` the server's own (cleaned) words; `retry_at` a POSIX time or None
    when only the user can change it; `since` the POSIX time of the first failure.
    """

    account: str
    reason: str
    host: str
    said: str
    since: float
    retry_at: float | None


@dataclass(frozen=True, slots=True)
class TroubleOver:
    """An account that was announced as failing works again; it had been down for `seconds`."""

    account: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StateLost:
    """The state file was damaged and set aside as `aside`; everything is learned again."""

    account: str
    aside: str


@dataclass(frozen=True, slots=True)
class StateStuck:
    """The state file cannot be written (`said`, e.g. a full disk); the program goes on from memory."""

    account: str
    said: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Quiet hours or a pause ended: per account how many messages came meanwhile."""

    account: str
    arrived: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MailRefused:
    """A mail in the outbox needs the user: refused for good, may have been sent, or waiting for an hour."""

    account: str
    mail: int
    state: str
    subject: str
    said: str


Event = (
    Watching
    | NewMail
    | MailGone
    | Renumbered
    | QuotaStep
    | FillingUp
    | MailExpires
    | TroubleLasts
    | TroubleOver
    | StateLost
    | StateStuck
    | Summary
    | MailRefused
)

_KINDS: dict[str, Callable[..., Event]] = {kind.__name__: kind for kind in get_args(Event)}


def revive(kind: str, facts: dict[str, Any]) -> Event | None:
    """An event as the store kept it; None for one that another version of this program wrote."""
    made = _KINDS.get(kind)
    if made is None:
        return None
    try:
        return made(**{k: tuple(map(tuple, v)) if isinstance(v, list) else v for k, v in facts.items()})
    except TypeError:
        return None
