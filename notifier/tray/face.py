"""What the icon says at a glance: one of six states, a number, and how full the fullest mailbox is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifier.overview import AccountState, Overview

COUNT_MOST = 10  # drawn as "9+"; a larger number would not be legible at 16 pixels
FILL_STEPS = 20  # a bar 14 pixels long cannot show more, and every step less is an icon change less

# A mailbox somebody else holds open, or a server that wants a rest: both pass by themselves and are no alarm.
PASSING_TROUBLE = frozenset({"in-use", "too-soon"})


class State(StrEnum):
    """What the shape in the icon's corner tells. `quiet` and `new` have none: the number is the news."""

    QUIET = "quiet"
    NEW = "new"
    CHECKING = "checking"
    TROUBLE = "trouble"
    PAUSED = "paused"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Face:
    """The icon as a value. `count` 0 to 10 (10 stands for more than nine); `fill` 0..1, None when no limit is known."""

    state: State = State.QUIET
    count: int = 0
    fill: float | None = None


def face_of(overview: Overview) -> Face:
    """The face for `overview`. The number is shown in every state, so that a pause or a failing check hides no mail."""
    fullest = overview.fullest
    fill = None if fullest is None or fullest.percent is None else _stepped(fullest.percent / 100)
    return Face(_state(overview), min(max(overview.unseen, 0), COUNT_MOST), fill)


def _state(overview: Overview) -> State:
    if overview.paused_until is not None:
        return State.PAUSED
    if overview.offline:
        return State.OFFLINE
    if any(is_alarming(account) for account in overview.accounts):
        return State.TROUBLE  # also while it is tried again: an icon that flips back and forth tells less
    if any(account.checking for account in overview.accounts):
        return State.CHECKING
    return State.NEW if overview.unseen > 0 else State.QUIET


def is_alarming(account: AccountState) -> bool:
    """Whether the account's trouble deserves the icon's warning sign."""
    return account.trouble is not None and account.trouble.kind not in PASSING_TROUBLE and not account.muted


def _stepped(share: float) -> float:
    """`share` rounded down to a step, so that a bar is full only when the mailbox is."""
    return math.floor(min(max(share, 0.0), 1.0) * FILL_STEPS + 1e-9) / FILL_STEPS
