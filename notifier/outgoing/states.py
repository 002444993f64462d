"""The states of a mail and of each of its recipients, and when a mail is tried again. Pure.

Words of this room:
  draft      written, not sent; the only state that is edited
  waiting    to be sent by itself, at `next_try`
  sending    a process holds the lease and talks to the server
  sent       the server's final 250 came
  refused    will not be sent by itself any more: the person has to do something
  uncertain  the final dot went out and no answer came: it may have been sent, and only the person may decide
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Outcome(StrEnum):
    """What became of one recipient. COMMITTED: accepted, the final dot may be out, its answer is not in."""

    WAITING = "waiting"
    COMMITTED = "committed"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


def state_of(outcomes: Iterable[Outcome]) -> State:
    """The state of a mail that nobody is sending, from its recipients'.

    Uncertainty comes first: as long as the person has not decided, nothing more is sent by itself.
    """
    there = set(outcomes)
    if there & {Outcome.UNCERTAIN, Outcome.COMMITTED}:
        return State.UNCERTAIN
    if Outcome.WAITING in there:
        return State.WAITING
    return State.REFUSED if Outcome.REFUSED in there else State.SENT


# Seconds until the next try. Greylisting usually ends after 5 minutes; a server that is down for an hour is common.
_SERVER_STEPS = (60, 300, 300, 600, 900, 1800, 3600)
# The network is often back sooner, and trying costs nobody anything.
_REACH_STEPS = (30, 60, 120, 300, 600, 900)
GIVE_UP_AFTER = 3 * 86400.0  # seconds of refusals "for now", counted from Send; days without network never count
ALERT_AFTER = 3600.0  # seconds of waiting after which the person should know


def pause(tries: int, *, reach: bool) -> float:
    """Seconds to stay away after the `tries`-th failure in a row (1: the first)."""
    steps = _REACH_STEPS if reach else _SERVER_STEPS
    return float(steps[min(max(tries, 1), len(steps)) - 1])


def gives_up(sent_at: float, now: float, *, reach: bool) -> bool:
    """Whether a temporary failure is to be taken as a refusal by now. Never for a network that is not there."""
    return not reach and now - sent_at > GIVE_UP_AFTER
