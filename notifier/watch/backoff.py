"""When to try again after a failure, and when a failure has lasted long enough to be said. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.errors import KIND_OF, Kind, Reason

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How one sort of trouble is met. Seconds, but `failures`.

    `first`: the first retry, doubled at each further failure up to `longest`. `say_after`: how long it must have
    lasted, and over how many `failures`, before the user hears of it. `stops`: no retry by itself at all.
    """

    first: float
    longest: float
    say_after: float
    failures: int = 2
    stops: bool = False


_BY_KIND: dict[Kind, Patience] = {
    # A second wrong password may lock the account at the provider (RFC 3206 [AUTH]).
    Kind.AUTH: Patience(0, 0, 0, 1, stops=True),
    Kind.CONFIG: Patience(0, 0, 0, 1, stops=True),
    # A hotel's login page answers for every server for a few minutes; a wrong certificate that stays is said.
    Kind.TLS: Patience(2 * MINUTE, HOUR, 5 * MINUTE),
    Kind.NETWORK: Patience(30, 15 * MINUTE, 30 * MINUTE, 3),
    # Locks of a mailbox last from 2 to 30 minutes (field notes).
    Kind.IN_USE: Patience(2 * MINUTE, 15 * MINUTE, HOUR, 3),
    Kind.TOO_SOON: Patience(15 * MINUTE, 2 * HOUR, 6 * HOUR, 3),
    Kind.SERVER: Patience(MINUTE, 30 * MINUTE, 30 * MINUTE, 3),
    Kind.PROTOCOL: Patience(2 * MINUTE, HOUR, 30 * MINUTE, 3),
}
_BY_REASON: dict[Reason, Patience] = {
    # At login the desktop's password store may be locked for as long as the user takes to unlock it.
    Reason.STORE_LOCKED: Patience(20, 5 * MINUTE, 10 * MINUTE, 3),
    # A store may start after us, and a command may wait for an agent; asking them costs nothing at the provider.
    Reason.STORE_MISSING: Patience(20, 5 * MINUTE, MINUTE, 3),
    Reason.PASSWORD_COMMAND_FAILED: Patience(20, 5 * MINUTE, MINUTE, 3),
    Reason.SERVER_PERMANENT: Patience(HOUR, 6 * HOUR, 0, 1),
}
# While nothing at all can be reached the computer is offline; that is the icon's state. A day of it is worth a word.
OFFLINE = frozenset({Reason.NAME_NOT_FOUND, Reason.UNREACHABLE})
OFFLINE_SAY_AFTER = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Failing:
    """An account's run of failures: since when (POSIX seconds), how many, why last, and whether it was said."""

    since: float
    count: int
    reason: Reason
    host: str = ""
    said: str = ""
    announced: bool = False


def patience(reason: Reason) -> Patience:
    return _BY_REASON.get(reason) or _BY_KIND[KIND_OF[reason]]


def failed(before: Failing | None, reason: Reason, now: float, host: str = "", said: str = "") -> Failing:
    """One more failure. Another kind of trouble keeps `since`, but what was announced must be said anew."""
    if before is None:
        return Failing(now, 1, reason, host, said)
    same = KIND_OF[before.reason] is KIND_OF[reason]
    return Failing(before.since, before.count + 1, reason, host, said, before.announced and same)


def ever_later(failures: int, first: float, most: float) -> float:
    """Seconds to wait after so many failures in a row (1: `first`): twice as long each time, and `most` at most."""
    return min(first * 2.0 ** min(failures - 1, 20), most)


def retry_at(failing: Failing, now: float, interval: float, wait: float | None = None) -> float | None:
    """When to try again by ourselves (POSIX seconds); None: only the user can change it.

    `interval` is the account's own; `wait` what the server demanded. A retry never comes later than the longest
    patience or the interval, whichever is longer, and never earlier than the server wants.
    """
    rule = patience(failing.reason)
    if rule.stops:
        return None
    delay = ever_later(failing.count, rule.first, max(rule.longest, interval))
    return now + max(delay, wait or 0.0)


def to_say(failing: Failing, now: float, *, offline: bool = False) -> bool:
    """Whether the user should hear of this failure now: once, and only when it lasts."""
    if failing.announced:
        return False
    rule = patience(failing.reason)
    if offline and failing.reason in OFFLINE:
        return now - failing.since >= OFFLINE_SAY_AFTER
    return failing.count >= rule.failures and now - failing.since >= rule.say_after


def announced(failing: Failing) -> Failing:
    return replace(failing, announced=True)
