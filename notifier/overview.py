"""Everything the tray and `notifier status` show, as one frozen value; made by `watch`, drawn by `tray`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TroubleNote:
    """Why an account cannot be checked now. `retry_at` POSIX time, None: only the user can change it."""

    kind: str
    message: str
    retry_at: float | None
    since: float


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account's line. `count`, `octets` are None before the first good check; times are POSIX seconds."""

    name: str
    count: int | None = None
    octets: int | None = None
    unseen: int = 0
    limit: int | None = None
    percent: float | None = None
    level: str = "ok"  # ok warning high critical full
    checked_at: float | None = None
    next_check: float | None = None
    checking: bool = False
    muted: bool = False
    trouble: TroubleNote | None = None
    outside: int = 0  # octets beside the inbox's, by what the user read on the provider's page; they are in `percent`
    forecast: str = ""  # a ready sentence such as "full in about 9 days", or empty


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole program at one moment. `paused_until`: POSIX time, `float("inf")` until resumed, None not paused."""

    accounts: tuple[AccountState, ...] = ()
    paused_until: float | None = None
    quiet: bool = False
    offline: bool = False
    waiting_mails: int = 0
    uncertain_mails: int = 0
    note: str = ""  # one sentence about the program itself (state file, no tray), or empty

    @property
    def unseen(self) -> int:
        return sum(a.unseen for a in self.accounts if not a.muted)

    @property
    def fullest(self) -> AccountState | None:
        """The account nearest to its limit, if any has one."""
        known = [a for a in self.accounts if a.percent is not None]
        return max(known, key=lambda a: a.percent or 0.0, default=None)
