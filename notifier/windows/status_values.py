"""What the status window shows, as plain values made from the running program's own report (`status --json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notifier.overview import AccountState, Overview, TroubleNote
from notifier.tray import wording
from notifier.untrusted import clean
from notifier.words import _, ngettext, size

NAME_LIMIT = 40  # characters
SENTENCE_LIMIT = 400
_NARROW = ("high", "critical", "full")  # levels at which the bar takes the colour of an error


@dataclass(frozen=True, slots=True)
class Card:
    """One account. `share` of its mailbox, 0 to 1, None: no limit is known; empty sentences are not shown."""

    name: str
    badge: str
    facts: str
    share: float | None
    narrow: bool
    forecast: str
    times: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Page:
    """The whole window. `running` False: nobody answers, and the one button is to start the program."""

    running: bool
    title: str
    note: str = ""
    cards: tuple[Card, ...] = ()
    paused: bool = False
    unseen: bool = False
    outbox: str = ""


def page_of(facts: Mapping[str, Any] | None, now: float) -> Page:
    """The page for a report of `status --json`, None when no program runs. `now`: POSIX seconds."""
    if facts is None:
        return Page(False, _("Notifier is not running"), _("Nothing is watched now."))
    overview = overview_of(facts)
    return Page(
        True,
        _headline(overview),
        wording.state_line(overview, now),
        tuple(_card(account, now) for account in overview.accounts),
        overview.paused_until is not None,
        any(account.unseen for account in overview.accounts),
        wording.outbox_line(overview),
    )


def overview_of(facts: Mapping[str, Any]) -> Overview:
    """The overview behind a report, so that its words are those of the menu and the tooltip."""
    until = facts.get("paused_until")
    return Overview(
        tuple(_state(account) for account in facts["accounts"]),
        float("inf") if until == "resumed" else until,
        quiet=bool(facts.get("quiet")),
        offline=bool(facts.get("offline")),
        waiting_mails=facts.get("waiting_mails") or 0,
        uncertain_mails=facts.get("uncertain_mails") or 0,
        note=facts.get("note") or "",
    )


def _state(account: Mapping[str, Any]) -> AccountState:
    quota = account["quota"] or {}
    error = account["error"]
    return AccountState(
        account["name"],
        account["messages"],
        account["octets"],
        account["unseen"],
        quota.get("limit"),
        quota.get("percent"),
        quota.get("level", "ok"),
        account["checked_at"],
        account["next_check"],
        account["checking"],
        account["muted"],
        None if error is None else TroubleNote(error["kind"], error["message"], error["retry_at"], error["since"]),
        account["outside_inbox"],
        account["forecast"] or "",
    )


def _headline(overview: Overview) -> str:
    if not overview.accounts:
        return _("No account yet")
    n = overview.unseen
    if n:
        return ngettext("{n} unseen message", "{n} unseen messages", n).format(n=n)
    if all(account.trouble for account in overview.accounts):  # then nobody knows whether there is mail
        accounts = len(overview.accounts)
        return ngettext("The account cannot be checked now", "No account can be checked now", accounts)
    if all(account.count is None for account in overview.accounts):
        return _("Not checked yet")
    return _("No unseen mail")


def _card(account: AccountState, now: float) -> Card:
    unseen = ngettext("{n} unseen", "{n} unseen", account.unseen).format(n=account.unseen) if account.unseen else ""
    return Card(
        clean(account.name, NAME_LIMIT) or _("(no name)"),
        ", ".join(part for part in (unseen, _("muted") if account.muted else "") if part),
        _facts(account),
        None if account.percent is None else min(max(account.percent / 100, 0.0), 1.0),
        account.level in _NARROW,
        clean(account.forecast, SENTENCE_LIMIT),
        _times(account, now),
        "" if account.trouble is None else clean(account.trouble.message, SENTENCE_LIMIT),
    )


def _facts(account: AccountState) -> str:
    if account.count is None:
        return "" if account.trouble else _("Not checked yet")
    messages = ngettext("{n} message", "{n} messages", account.count).format(n=account.count)
    used = size(account.octets or 0)
    if account.limit is None or account.percent is None:
        return _("{messages}, {used}").format(messages=messages, used=used)
    share = _("full") if account.level == "full" else _("at least {n} %").format(n=int(account.percent))
    line = _("{messages}, {used} of {limit} ({share})")
    return line.format(messages=messages, used=used, limit=size(account.limit), share=share)


def _times(account: AccountState, now: float) -> str:
    """When it was and will be looked at; a check under way goes before both."""
    if account.checking:
        return _("Checking now…")
    parts = []
    if account.checked_at is not None:
        parts.append(_("Checked at {time}").format(time=wording.clock(account.checked_at, now)))
    again = account.trouble.retry_at if account.trouble else account.next_check
    if again is not None:
        parts.append(_("next at {time}").format(time=wording.clock(again, now)))
    line = ", ".join(parts)
    return line[:1].upper() + line[1:]
