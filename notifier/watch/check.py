"""One check from start to events. Read this page first: it is the whole program.

    timetable -> `asking` (worker thread: a POP3 session gives a *snapshot*: count, octets, unique-ids)
              -> `conclude` (snapshot against what is known gives *changes*; how full gives *warnings*)
              -> the store, in one transaction: what was seen and what is due to be said
              -> *events* -> alerts and tray

A check that failed goes to `conclude_failure` instead: it changes nothing that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from notifier.config import Account
from notifier.errors import Reason, Trouble
from notifier.events import Event, MailGone, NewMail, QuotaStep, Renumbered, TroubleLasts, TroubleOver, Watching
from notifier.mailbox.changes import Changes, compare
from notifier.mailbox.quota import Quota, announce, level_of, quota_of
from notifier.store import Memory, Store
from notifier.watch import backoff, outlook
from notifier.watch.asking import CAPABILITIES_AGAIN, Found
from notifier.watch.backoff import Failing
from notifier.watch.outlook import Outlook


@dataclass(frozen=True, slots=True)
class Case:
    """One account's check at one moment: what is known of it, its interval (seconds) and the time (POSIX)."""

    account: Account
    memory: Memory
    interval: float
    now: float
    own_copies: Callable[[int], int] = lambda _new: 0  # how many of so many new mails are copies of what we sent
    outlook: Outlook | None = None  # as it was after the check before


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check led to. `memory` is what is known now; `next_check` POSIX seconds, None: not by itself."""

    memory: Memory
    events: tuple[Event, ...]
    next_check: float | None
    changes: Changes | None = None
    quota: Quota | None = None
    trouble: Trouble | None = None
    outlook: Outlook | None = None


def identity_of(account: Account) -> str:
    """What makes a mailbox the same one under its name: host and user, not port, security or password."""
    return f"{account.pop3.user}@{account.pop3.host.lower()}"


def conclude(store: Store, case: Case, found: Found) -> Outcome:
    """A good look: stores what changed together with what is to be said. Raises Trouble(INCONSISTENT), store errors."""
    account, memory, now = case.account, case.memory, case.now
    with store.transaction():
        changes = compare(memory.known, found.snapshot, store.departed(account.name))
        changes = without_copies(changes, case.own_copies(changes.new) if changes.new else 0)
        used = changes.octets + outlook.outside(store, account)
        quota = quota_of(used, account.mailbox_limit, account.warn_at)
        step, to_say = announce(memory.notes.get("step", 0), quota.percent, account.warn_at) if quota else (0, None)
        after = store.remember(memory, changes, now, listed=found.snapshot.kept == 0)
        after = store.put_notes(after, step=step or None, failing=None, **_notes_of(found, memory, now))
        ahead, warnings, notes = outlook.after_check(store, account, after, now, case.outlook)
        after = store.put_notes(after, **notes)
        events = (*_mail_events(case, after, changes), *_quota_events(account, used, quota, to_say), *warnings)
        _store_due(store, events, now)
    return Outcome(after, events, now + max(case.interval, found.login_delay or 0), changes, quota, outlook=ahead)


def conclude_failure(store: Store, case: Case, trouble: Trouble, *, offline: bool) -> Outcome:
    """A failed look: nothing known is touched; says so when it lasts, and when it will be tried again."""
    account, memory, now = case.account, case.memory, case.now
    failing = backoff.failed(failing_of(memory), trouble.reason, now, trouble.host, trouble.said)
    retry_at = backoff.retry_at(failing, now, case.interval, trouble.wait)
    events: tuple[Event, ...] = ()
    if backoff.to_say(failing, now, offline=offline):
        failing = backoff.announced(failing)
        reason = str(trouble.reason)
        events = (TroubleLasts(account.name, reason, trouble.host, trouble.said, failing.since, retry_at),)
    with store.transaction():
        after = store.put_notes(memory, failing=_failing_facts(failing))
        _store_due(store, events, now)
    return Outcome(after, events, retry_at, trouble=trouble)


def _store_due(store: Store, events: tuple[Event, ...], now: float) -> None:
    for event in events:
        store.add_due(event.account, type(event).__name__, asdict(event), now)


def without_copies(changes: Changes, own: int) -> Changes:
    """`own` of the arrived messages are the provider's copies of mails sent from here: known, but no news."""
    if not own:
        return changes
    keep = len(changes.arrived) - own
    return replace(
        changes,
        arrived=changes.arrived[:keep],
        returned=changes.returned + changes.arrived[keep:],
        new=changes.new - own,
    )


def failing_of(memory: Memory) -> Failing | None:
    facts = memory.notes.get("failing")
    try:
        return Failing(**{**facts, "reason": Reason(facts["reason"])}) if facts else None
    except (TypeError, ValueError):  # noted by another version of this program
        return None


def _failing_facts(failing: Failing) -> dict[str, Any]:
    return {**asdict(failing), "reason": str(failing.reason)}


def _mail_events(case: Case, after: Memory, changes: Changes) -> list[Event]:
    name, failing = case.account.name, failing_of(case.memory)
    events: list[Event] = []
    if failing and failing.announced:
        events.append(TroubleOver(name, case.now - failing.since))
    if changes.first:
        events.append(Watching(name, changes.count))
    elif changes.renumbered:
        events.append(Renumbered(name, changes.count))
    elif changes.new:
        events.append(NewMail(name, changes.new, after.unseen, changes.count))
    elif case.memory.unseen and not after.unseen:
        events.append(MailGone(name))
    return events


def _quota_events(account: Account, octets: int, quota: Quota | None, step: int | None) -> list[Event]:
    if quota is None or step is None:
        return []
    return [QuotaStep(account.name, level_of(step, account.warn_at), quota.percent, octets, quota.limit)]


def _notes_of(found: Found, memory: Memory, now: float) -> dict[str, Any]:
    """The server's abilities, remembered so that the next check need not ask again."""
    old = memory.notes.get("capabilities") or {}
    facts = found.capabilities
    at = old.get("at", now) if old.get("list") == facts and now - old.get("at", 0.0) <= CAPABILITIES_AGAIN else now
    return {"capabilities": {"at": at, "list": facts}, "login_delay": found.login_delay, "expire": found.expire}
