"""One account as the watch sees it: its settings, what is remembered, what is under way, and how that is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from notifier.config import Account
from notifier.errors import Trouble
from notifier.mailbox.quota import quota_of
from notifier.overview import AccountState, TroubleNote
from notifier.store import Memory
from notifier.watch import backoff, check
from notifier.watch.outlook import Outlook
from notifier.words import explain

Told = Callable[[check.Outcome], None]


@dataclass
class Watched:
    """Touched by the watch's thread only."""

    account: Account
    memory: Memory
    interval: float  # seconds
    checking: bool = False
    again: bool = False  # asked for while a check was running, which may have looked before
    trouble: Trouble | None = None
    retry_at: float | None = None
    outlook: Outlook = field(default_factory=Outlook)
    waiters: list[Told] = field(default_factory=list)  # for the check that is running or due
    late_waiters: list[Told] = field(default_factory=list)  # for the one after it

    def take_over(self, old: Watched) -> None:
        """What is under way goes on under changed settings."""
        self.checking, self.again = old.checking, old.again
        self.waiters, self.late_waiters = old.waiters, old.late_waiters

    def wait(self, done: Told) -> None:
        """`done` is to hear of a check that begins from now on."""
        (self.late_waiters if self.checking else self.waiters).append(done)

    def waited(self) -> list[Told]:
        """Who is to hear of the check that ended now."""
        ended, self.waiters, self.late_waiters = self.waiters, self.late_waiters, []
        return ended

    def state(self, next_check: float | None) -> AccountState:
        known, account = self.memory.known, self.account
        outside = self.outlook.outside
        quota = quota_of(known.octets + outside, account.mailbox_limit, account.warn_at) if known else None
        return AccountState(
            name=account.name,
            count=known.count if known else None,
            octets=known.octets if known else None,
            unseen=self.memory.unseen,
            limit=account.mailbox_limit,
            percent=quota.percent if quota else None,
            level=quota.level if quota else "ok",
            outside=outside,
            forecast=self.outlook.sentence,
            checked_at=self.memory.checked_at,
            next_check=next_check,
            checking=self.checking,
            muted=account.muted,
            trouble=self._trouble_note(),
        )

    def _trouble_note(self) -> TroubleNote | None:
        trouble, failing = self.trouble, check.failing_of(self.memory)
        if trouble is None or failing is None:
            return None
        words = explain(trouble.reason, trouble.host, trouble.said)
        return TroubleNote(str(trouble.kind), str(words), self.retry_at, failing.since)


def all_offline(accounts: Collection[Watched]) -> bool:
    """Nothing can be reached, for any account: the computer is offline, and no single server is to blame."""
    return bool(accounts) and all(w.trouble is not None and w.trouble.reason in backoff.OFFLINE for w in accounts)
